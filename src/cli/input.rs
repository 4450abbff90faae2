//! What the commands that take a scenario have in common.

use std::path::PathBuf;

use clap::Args;
use signsim::error::{Error, Result};
use signsim::scenario::Plan;
use signsim::simd::{self, LEVELS, SimdLevel};

use super::output::tell;

/// A scenario as the command line names it.
#[derive(Args)]
pub(crate) struct Question {
    /// A scenario file, for example scenarios/quickstart.yaml
    pub scenario: PathBuf,
    /// Change a setting, for example --set adversaries.count=3 (again for more)
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub sets: Vec<String>,
    /// The first seed, instead of the scenario's
    #[arg(long, value_name = "N", value_parser = seed)]
    pub seed: Option<u64>,
    /// Vector instructions that computations are held to, so that unlike machines agree bit for bit: avx512, avx2 or portable
    /// [default: the widest that the processor has]
    #[arg(long, value_name = "LEVEL", value_parser = simd_level)]
    pub simd: Option<SimdLevel>,
}

/// A scenario, and on how many threads it is computed.
#[derive(Args)]
pub(crate) struct Input {
    #[command(flatten)]
    pub question: Question,
    /// Threads that compute; never changes a result [default: all cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
}

impl Question {
    /// The plan that it asks for; from now on computations are held to the level that was asked for.
    ///
    /// # Errors
    /// When the scenario cannot be read, or this machine has no such level.
    pub(crate) fn plan(&self) -> Result<Plan> {
        if let Some(level) = self.simd {
            simd::hold(level).map_err(|why| Error::input(format!("--simd {}: {why}", level.word())))?;
        }
        Plan::read(&self.scenario, &self.sets, self.seed)
    }
}

impl Input {
    /// [`Question::plan`].
    ///
    /// # Errors
    /// Those of [`Question::plan`].
    pub(crate) fn plan(&self) -> Result<Plan> {
        self.question.plan()
    }

    /// Threads that compute.
    pub(crate) fn threads(&self) -> usize {
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        self.threads.map_or_else(cores, usize::from)
    }
}

/// What a reader of the results should know.
pub(crate) fn tell_remark(remark: &str) {
    tell(&format!("note: {remark}"));
}

fn seed(text: &str) -> std::result::Result<u64, String> {
    text.trim().parse().map_err(|_| format!("`{text}` is not a whole number from 0 to {}", u64::MAX))
}

fn simd_level(text: &str) -> std::result::Result<SimdLevel, String> {
    let known = LEVELS.iter().find(|(word, _)| *word == text).map(|(_, level)| *level);
    known.ok_or_else(|| format!("`{text}` is no level: write {}", LEVELS.map(|(word, _)| word).join(", ")))
}
