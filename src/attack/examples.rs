//! Votes, scenes and answers in the fewest words, for the worked examples of every attack.

use super::{AttackContext, OnVote};
use crate::protocol::WorkerId;
use crate::random::Streams;
use crate::sign::SignVector;
use crate::time::Round;
use crate::units::Population;
use crate::vote::Vote;

/// Five workers, two of them corrupted.
pub(crate) const POPULATION: Population = Population { workers: 5, adversaries: 2 };

fn packed(text: &str) -> SignVector {
    let sign = |c| match c {
        '+' => 1,
        '-' => -1,
        _ => 0,
    };
    SignVector::from_signs(&text.chars().map(sign).collect::<Vec<i8>>())
}

/// A vote of signs, written `+-0`.
pub(crate) fn signs(text: &str) -> Vote {
    Vote::Signs(packed(text))
}

/// Signs with one scale.
pub(crate) fn scaled(text: &str, scale: f32) -> Vote {
    let signs = packed(text);
    let parts = vec![(signs.coordinates(), scale)];
    Vote::scaled(signs, parts)
}

/// A dense vote.
pub(crate) fn numbers(values: &[f32]) -> Vote {
    Vote::Dense(values.to_vec())
}

/// A worker with its vote and no news.
pub(crate) const fn context(round: u32, worker: u32, own: &Vote) -> AttackContext<'_> {
    AttackContext::new(Round(round), WorkerId(worker), own, &[], Streams::new(5))
}

/// What a worker votes in round 0.
pub(crate) fn says(attack: &mut dyn OnVote, worker: u32, own: &Vote) -> Vote {
    says_in(attack, 0, worker, own)
}

/// What a worker votes, once and at once.
pub(crate) fn says_in(attack: &mut dyn OnVote, round: u32, worker: u32, own: &Vote) -> Vote {
    let act = attack.act(context(round, worker, own));
    assert!(act.copies == 1 && act.after.is_zero());
    act.vote.expect("a vote")
}
