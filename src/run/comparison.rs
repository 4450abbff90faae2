//! How right a round was: its decision and its votes against the signs that count as right.

use std::ops::Range;

use crate::protocol::Closed;
use crate::sign::SignVector;

/// A round beside its reference.
pub(crate) struct Comparison<'a> {
    /// By worker, the latest. Signs of numbers are made for it, in a box, since there may be a million workers.
    votes: Vec<Option<Signs<'a>>>,
    decision: &'a SignVector,
    reference: &'a SignVector,
    adversaries: usize,
}

/// The signs of a vote.
enum Signs<'a> {
    /// They are what was cast.
    Cast(&'a SignVector),
    /// They are those of the numbers that were cast.
    Made(Box<SignVector>),
}

impl Signs<'_> {
    const fn get(&self) -> &SignVector {
        match self {
            Self::Cast(signs) => signs,
            Self::Made(signs) => signs,
        }
    }
}

/// What a range of coordinates shows.
pub(crate) struct Shares {
    /// Coordinates on which the reference has a sign.
    pub compared: u64,
    /// Wrong signs of the decision; a held coordinate counts one half.
    pub decoding_error: Option<f64>,
    /// Wrong signs of each worker's vote, where both have one.
    pub crossovers: Vec<Option<f64>>,
    pub honest_crossover: Option<f64>,
    pub adversary_crossover: Option<f64>,
}

impl<'a> Comparison<'a> {
    /// A round of `workers` workers, of which the first `adversaries` are corrupted.
    pub(crate) fn new(
        closed: &'a Closed,
        decision: &'a SignVector,
        reference: &'a SignVector,
        (workers, adversaries): (u32, u32),
    ) -> Self {
        let signs = |vote: &'a crate::vote::Vote| {
            let made = || Signs::Made(Box::new(SignVector::of_values(&vote.to_dense())));
            vote.signs().map_or_else(made, Signs::Cast)
        };
        let mut votes: Vec<_> = std::iter::repeat_with(|| None).take(workers as usize).collect();
        for cast in &closed.votes {
            votes[cast.worker.index()] = Some(signs(&cast.vote));
        }
        Self { votes, decision, reference, adversaries: adversaries as usize }
    }

    /// The shares within these coordinates.
    pub(crate) fn within(&self, range: Range<usize>) -> Shares {
        let (_, compared) = self.reference.disagreement_within(self.reference, range.clone());
        let (wrong, decided) = self.decision.disagreement_within(self.reference, range.clone());
        let share = |wrong: f64, of: u64| (of > 0).then(|| wrong / of as f64);
        let crossover = |vote: &Option<Signs<'_>>| {
            let (wrong, of) = vote.as_ref()?.get().disagreement_within(self.reference, range.clone());
            share(wrong as f64, of)
        };
        let crossovers: Vec<Option<f64>> = self.votes.iter().map(crossover).collect();
        let (corrupted, honest) = crossovers.split_at(self.adversaries);
        Shares {
            compared,
            decoding_error: share(wrong as f64 + (compared - decided) as f64 / 2.0, compared),
            honest_crossover: mean(honest),
            adversary_crossover: mean(corrupted),
            crossovers,
        }
    }
}

fn mean(values: &[Option<f64>]) -> Option<f64> {
    let known: Vec<f64> = values.iter().copied().flatten().collect();
    (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::protocol::{CountedVote, WorkerId};
    use crate::time::Round;
    use crate::vote::{Step, Vote};

    #[test]
    fn shares_are_counted_where_the_reference_has_a_sign() {
        let signs = SignVector::from_signs;
        let cast = |m, s: &[i8]| CountedVote {
            worker: WorkerId(m),
            age: 0,
            weight: 1.0,
            vote: Arc::new(Vote::Signs(signs(s))),
        };
        let reference = signs(&[1, 1, -1, -1, 0]);
        let decision = Step::Signs(signs(&[1, -1, 0, -1, 1]));
        let closed = Closed {
            round: Round(0),
            asked: 4,
            received: 3,
            votes: vec![cast(0, &[-1, -1, 1, 1, 1]), cast(1, &[1, 1, 1, 0, 1]), cast(3, &[1, 1, -1, -1, 1])],
            decision: Arc::new(decision.clone()),
            reference: None,
            estimates: Vec::new(),
        };
        let decided = decision.signs();
        let comparison = Comparison::new(&closed, &decided, &reference, (4, 1));
        let whole = comparison.within(0..5);
        assert_eq!(whole.decoding_error, Some(1.5 / 4.0));
        assert_eq!(whole.crossovers, [Some(1.0), Some(1.0 / 3.0), None, Some(0.0)]);
        assert_eq!((whole.adversary_crossover, whole.honest_crossover), (Some(1.0), Some(1.0 / 6.0)));
        let last = comparison.within(4..5);
        assert_eq!((last.compared, last.decoding_error), (0, None));
    }
}
