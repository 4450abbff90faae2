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

/// What is kept between rounds for each corrupted worker.
#[derive(Clone, Copy)]
pub enum AttackMemory {
    /// Nothing at all.
    Nothing,
    /// As many votes as a replay needs.
    Votes(Replay),
    /// A vote, and four bytes a coordinate.
    Books,
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
