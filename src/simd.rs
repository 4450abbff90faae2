//! Which vector instructions computations use, for machines of unlike processors that shall agree bit for bit.
//!
//! Sums of floating-point numbers depend on how many lanes add at once and on whether a product is rounded before it is
//! added. So two machines compute the same bits where they use the same instructions: the widest that each of them has
//! unless they are held to less. Logarithms and the like come from the system's library, which may choose by
//! processor, too; what is compared across machines should use one system.

use std::sync::atomic::{AtomicU8, Ordering};

use pulp::{Arch, Scalar, Simd, WithSimd};

/// A set of instructions, widest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SimdLevel {
    /// 512 bits, with fused multiplication and addition.
    Avx512,
    /// 256 bits, likewise.
    Avx2,
    /// What every processor has: one number after the other.
    Portable,
}

/// Every level with its word.
pub const LEVELS: [(&str, SimdLevel); 3] =
    [("avx512", SimdLevel::Avx512), ("avx2", SimdLevel::Avx2), ("portable", SimdLevel::Portable)];

/// 0 for the widest that there is, else one more than the place in [`LEVELS`].
static HELD: AtomicU8 = AtomicU8::new(0);

impl SimdLevel {
    /// The word of the command line and of records.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Avx512 => "avx512",
            Self::Avx2 => "avx2",
            Self::Portable => "portable",
        }
    }

    /// Whether this machine has these instructions.
    #[must_use]
    pub fn is_here(self) -> bool {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => pulp::x86::V4::try_new().is_some(),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => pulp::x86::V3::try_new().is_some(),
            #[cfg(not(target_arch = "x86_64"))]
            Self::Avx512 | Self::Avx2 => false,
            Self::Portable => true,
        }
    }
}

/// Holds everything that this process computes from now on to a level.
///
/// # Errors
/// When this machine lacks the instructions; in words.
pub fn hold(level: SimdLevel) -> Result<(), String> {
    if !level.is_here() {
        let here: Vec<&str> = LEVELS.iter().filter(|(_, l)| l.is_here()).map(|(word, _)| *word).collect();
        return Err(format!("this processor has no {}; it has {}", level.word(), here.join(", ")));
    }
    let place = LEVELS.iter().position(|(_, known)| *known == level).expect("every level is listed");
    HELD.store(place as u8 + 1, Ordering::Relaxed);
    Ok(())
}

/// The level that this process is held to, if it is.
#[must_use]
pub fn held() -> Option<SimdLevel> {
    match HELD.load(Ordering::Relaxed) {
        0 => None,
        held => Some(LEVELS[usize::from(held) - 1].1),
    }
}

/// The level that this process computes with.
#[must_use]
pub fn level() -> SimdLevel {
    let widest = || LEVELS.iter().find(|(_, level)| level.is_here()).map(|(_, level)| *level);
    held().or_else(widest).unwrap_or(SimdLevel::Portable)
}

/// Computes with the instructions of the level.
pub fn dispatch<O: WithSimd>(operation: O) -> O::Output {
    match held() {
        None | Some(SimdLevel::Avx512) => Arch::new().dispatch(operation),
        Some(_) => dispatch_narrow(operation),
    }
}

/// Computes with AVX2 at the most, for work that does not fill wider registers and gives the same bits in any.
pub fn dispatch_narrow<O: WithSimd>(operation: O) -> O::Output {
    match level() {
        #[cfg(target_arch = "x86_64")]
        SimdLevel::Avx512 | SimdLevel::Avx2 => match pulp::x86::V3::try_new() {
            Some(avx2) => Simd::vectorize(avx2, operation),
            None => Simd::vectorize(Scalar, operation),
        },
        _ => Simd::vectorize(Scalar, operation),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_those_of_the_list_and_the_last_level_is_everywhere() {
        assert!(LEVELS.iter().all(|(word, level)| *word == level.word()));
        assert!(SimdLevel::Portable.is_here() && level().is_here());
    }
}
