//! What others have to know of an attack without asking it.

use super::replay::Replay;
use crate::units::Span;

/// How an attack departs from casting a vote at once, on its own, and from memory of nothing.
#[derive(Clone, Copy)]
pub struct AttackTraits {
    /// Whether it may keep a corrupted worker from voting at all, so that waiting for everyone may never end.
    pub may_be_silent: bool,
    /// Whether what it sends, rather than what it says, depends on what others have voted.
    pub watches_margins: bool,
    /// r where the attack is a binary symmetric channel behind the worker's own, independent between workers and
    /// coordinates, so that theory knows the crossover q = r + p - 2 r p of a vote without zeros.
    pub flip: Option<f64>,
    /// How long it holds votes back at most, on the simulated clock.
    pub delay: Span,
    /// How often it sends one vote, at most.
    pub copies: u32,
    /// What it remembers.
    pub keeps: AttackMemory,
}

impl AttackTraits {
    /// Of corrupted workers of which some attack in one way and some in another; what they keep is counted one by one.
    pub(super) fn either(self, other: Self) -> Self {
        Self {
            may_be_silent: self.may_be_silent || other.may_be_silent,
            watches_margins: self.watches_margins || other.watches_margins,
            flip: self.flip.filter(|flip| other.flip == Some(*flip)),
            delay: self.delay.max(other.delay),
            copies: self.copies.max(other.copies),
            keeps: AttackMemory::Nothing,
        }
    }
}

/// What is kept between rounds for corrupted workers.
#[derive(Clone, Copy)]
pub enum AttackMemory {
    /// Nothing at all.
    Nothing,
    /// As many votes as a replay needs.
    Votes(Replay),
    /// One vote more than so many, for all of them together; none for 0.
    Shared(u32),
    /// A vote, and four bytes a coordinate.
    Books,
}

impl AttackMemory {
    /// For so many workers, about, whose votes about D coordinates take `vote_bytes` each.
    pub(super) fn bytes(self, workers: u64, rounds: u32, coordinates: usize, vote_bytes: u64) -> u64 {
        match self {
            Self::Nothing | Self::Shared(0) => 0,
            Self::Votes(replay) => {
                replay.remembered(rounds).saturating_mul(vote_bytes).saturating_mul(workers)
            }
            Self::Shared(votes) => (u64::from(votes.min(rounds)) + 1).saturating_mul(vote_bytes),
            Self::Books => (4 * coordinates as u64 + vote_bytes).saturating_mul(workers),
        }
    }
}

/// A vote at once, on its own, and from memory of nothing.
pub(super) const PLAIN: AttackTraits = AttackTraits {
    may_be_silent: false,
    watches_margins: false,
    flip: None,
    delay: Span::ZERO,
    copies: 1,
    keeps: AttackMemory::Nothing,
};
