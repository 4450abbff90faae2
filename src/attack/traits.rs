//! What the rest of the program has to know of an attack before it runs: whether its settings make sense, for other checks,
//! for theory, for the memory it needs.

use super::{AttackSpec, Replay};
use crate::error::Result;
use crate::units::{Span, single};

/// How an attack departs from casting a vote at once, on its own, and from memory of nothing.
#[derive(Clone, Copy)]
struct AttackTraits {
    may_be_silent: bool,
    flip: Option<f64>,
    delay: Span,
    copies: u32,
    keeps: AttackMemory,
}

/// What is kept between rounds for each corrupted worker.
#[derive(Clone, Copy)]
enum AttackMemory {
    Nothing,
    /// As many votes as a replay needs.
    Votes(Replay),
    /// A vote, and four bytes a coordinate.
    Books,
}

const PLAIN: AttackTraits = AttackTraits {
    may_be_silent: false,
    flip: None,
    delay: Span::ZERO,
    copies: 1,
    keeps: AttackMemory::Nothing,
};

impl AttackSpec {
    /// Checks what the types cannot for M workers.
    ///
    /// # Errors
    /// Names the setting below `attack` that is out of range.
    pub fn validate(&self, workers: u32) -> Result<()> {
        let checked = match self {
            Self::Gaussian(settings) => single::above_zero(settings.std.get()).map_err(|e| e.key("std")),
            Self::Dither(settings) => single::above_zero(settings.std.get()).map_err(|e| e.key("std")),
            Self::Ipm(settings) => single::above_zero(settings.epsilon.get()).map_err(|e| e.key("epsilon")),
            Self::Alie(settings) => settings.validate(),
            Self::Replay(settings) => settings.validate(),
            Self::Duplicate(settings) => settings.validate(),
            Self::CrashWhenClose(settings) => settings.validate(workers),
            Self::Oscillator(settings) => settings.validate(),
            Self::SignInversion {}
            | Self::StochasticFlip(_)
            | Self::AllPlus {}
            | Self::Random {}
            | Self::Abstain {}
            | Self::Colluders {}
            | Self::MinusMajority {}
            | Self::LabelFlip {}
            | Self::Late(_)
            | Self::Silent {}
            | Self::Sleeper(_)
            | Self::Half {} => Ok(()),
        };
        checked.map_err(|e| e.key(self.word()))
    }

    const fn traits(&self) -> AttackTraits {
        match self {
            Self::SignInversion {} => AttackTraits { flip: Some(1.0), ..PLAIN },
            Self::StochasticFlip(settings) => {
                AttackTraits { flip: Some(settings.probability.get()), ..PLAIN }
            }
            Self::Random {} => AttackTraits { flip: Some(0.5), ..PLAIN },
            Self::Silent {} | Self::CrashWhenClose(_) => AttackTraits { may_be_silent: true, ..PLAIN },
            Self::Late(settings) => AttackTraits { delay: settings.by, ..PLAIN },
            Self::Duplicate(settings) => AttackTraits { copies: settings.copies, ..PLAIN },
            Self::Replay(settings) => AttackTraits { keeps: AttackMemory::Votes(*settings), ..PLAIN },
            Self::Half {} => AttackTraits { keeps: AttackMemory::Books, ..PLAIN },
            Self::Gaussian(_)
            | Self::AllPlus {}
            | Self::Abstain {}
            | Self::Colluders {}
            | Self::Dither(_)
            | Self::Alie(_)
            | Self::Ipm(_)
            | Self::MinusMajority {}
            | Self::LabelFlip {}
            | Self::Sleeper(_)
            | Self::Oscillator(_) => PLAIN,
        }
    }

    /// Whether it may keep a corrupted worker from voting at all, so that waiting for everyone may never end.
    #[must_use]
    pub const fn may_be_silent(&self) -> bool {
        self.traits().may_be_silent
    }

    /// r where the attack is a binary symmetric channel behind the worker's own, independent between workers and
    /// coordinates, so that theory knows the crossover q = r + p - 2 r p of a vote without zeros.
    #[must_use]
    pub const fn flip(&self) -> Option<f64> {
        self.traits().flip
    }

    /// How long it holds votes back at most, on the simulated clock.
    #[must_use]
    pub const fn delay(&self) -> Span {
        self.traits().delay
    }

    /// How often it sends one vote, at most.
    #[must_use]
    pub const fn copies(&self) -> u32 {
        self.traits().copies
    }

    /// Bytes that the strategy remembers between rounds, about, for L corrupted workers whose votes about D coordinates
    /// take `vote_bytes` each.
    #[must_use]
    pub fn memory_bytes(&self, adversaries: u32, rounds: u32, coordinates: usize, vote_bytes: u64) -> u64 {
        let each = match self.traits().keeps {
            AttackMemory::Nothing => 0,
            AttackMemory::Votes(replay) => replay.remembered(rounds).saturating_mul(vote_bytes),
            AttackMemory::Books => 4 * coordinates as u64 + vote_bytes,
        };
        each.saturating_mul(u64::from(adversaries))
    }
}
