//! What several benches share.

use criterion::Criterion;
use signsim::simd::{self, LEVELS};

/// A benchmark with the instructions that the variable `SIMD` names, where it does: `SIMD=avx2 cargo bench`.
pub(crate) fn criterion() -> Criterion {
    let Ok(word) = std::env::var("SIMD") else { return Criterion::default() };
    let level = LEVELS.iter().find(|(known, _)| *known == word).map(|(_, level)| *level);
    let words = LEVELS.map(|(word, _)| word).join(", ");
    simd::hold(level.unwrap_or_else(|| panic!("SIMD={word}: write one of {words}")))
        .expect("this processor has it");
    Criterion::default()
}
