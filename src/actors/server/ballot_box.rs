//! The ballot box: which votes count in the running round.
//!
//! A worker has one vote a round. A second one is refused, one for a round that has closed counts by the rule for late
//! votes or not at all.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::rules::Late;
use crate::protocol::{Cast, WorkerId};
use crate::time::Round;
use crate::vote::Vote;

/// What has become of a vote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Counted,
    /// Its round has closed, and the rule drops it.
    Late,
    /// The worker had voted for that round.
    Refused,
}

/// The votes of the running round.
#[derive(Debug)]
pub struct BallotBox {
    late: Late,
    casts: Vec<Cast>,
    /// By round, a bit for every worker whose vote has counted, as long as another one could still count.
    counted: BTreeMap<Round, Vec<u64>>,
}

impl BallotBox {
    /// An empty box.
    pub const fn new(late: Late) -> Self {
        Self { late, casts: Vec::new(), counted: BTreeMap::new() }
    }

    /// Puts in a vote for `round` while `running` runs.
    pub fn put(&mut self, running: Round, round: Round, worker: WorkerId, vote: &Arc<Vote>) -> Verdict {
        let age = running.0 - round.0;
        let Some(weight) = self.late.weight(age) else { return Verdict::Late };
        let counted = self.counted.entry(round).or_default();
        let (k, bit) = (worker.index() / 64, 1 << (worker.index() % 64));
        if counted.len() <= k {
            counted.resize(k + 1, 0);
        }
        if counted[k] & bit != 0 {
            return Verdict::Refused;
        }
        counted[k] |= bit;
        self.casts.push(Cast { worker, age, weight, vote: Arc::clone(vote) });
        Verdict::Counted
    }

    /// Number of votes in the box.
    pub fn len(&self) -> usize {
        self.casts.len()
    }

    /// Whether the worker has voted for this round.
    pub fn has(&self, round: Round, worker: WorkerId) -> bool {
        let word = self.counted.get(&round).and_then(|counted| counted.get(worker.index() / 64));
        word.is_some_and(|word| word >> (worker.index() % 64) & 1 == 1)
    }

    /// Takes the votes out: by worker, and of one worker the latest round last.
    pub fn empty(&mut self, running: Round) -> Vec<Cast> {
        let next = running.next();
        let late = &self.late;
        self.counted.retain(|round, _| late.weight(next.0 - round.0).is_some());
        let mut casts = std::mem::take(&mut self.casts);
        casts.sort_by_key(|cast| (cast.worker, std::cmp::Reverse(cast.age)));
        casts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sign::SignVector;

    #[test]
    fn one_vote_a_worker_and_round_and_late_ones_by_rule() {
        let vote = Arc::new(Vote::Signs(SignVector::from_signs(&[1])));
        let mut open = BallotBox::new(Late::Count { exponent: 1.0, within: 1 });
        let put =
            |b: &mut BallotBox, running, round, m| b.put(Round(running), Round(round), WorkerId(m), &vote);
        assert_eq!(put(&mut open, 0, 0, 1), Verdict::Counted);
        assert_eq!(put(&mut open, 0, 0, 1), Verdict::Refused);
        assert_eq!(open.empty(Round(0)).len(), 1);
        // In round 1, worker 1 has voted for round 0 already; worker 0 has not.
        assert_eq!(put(&mut open, 1, 0, 1), Verdict::Refused);
        assert_eq!(put(&mut open, 1, 1, 0), Verdict::Counted);
        assert_eq!(put(&mut open, 1, 0, 0), Verdict::Counted);
        let casts: Vec<(u32, f32)> = open.empty(Round(1)).iter().map(|c| (c.age, c.weight)).collect();
        assert_eq!(casts, [(1, 0.5), (0, 1.0)]);
        assert_eq!(put(&mut open, 2, 0, 2), Verdict::Late);
    }
}
