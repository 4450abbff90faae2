//! The ballot box: which votes count in the running round.
//!
//! A worker has one vote per round. A second one is refused, one for a round that has closed counts by the rule for late
//! votes or not at all. What counts lies in the box, unless the server's rule has counted it at once.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::rules::LateVotes;
use crate::protocol::{CountedVote, WorkerId};
use crate::time::Round;

/// What becomes of a vote.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Admission {
    /// It is this many rounds late and counts for so much.
    Counts { age: u32, weight: f32 },
    /// Its round has closed, and the rule drops it.
    Late,
    /// The worker had voted for that round.
    Refused,
}

/// The votes of the running round.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct BallotBox {
    late: LateVotes,
    casts: Vec<CountedVote>,
    /// Votes that count in the running round, kept or not.
    votes: u32,
    /// By round, a bit for every worker whose vote has counted, as long as another one could still count.
    counted: BTreeMap<Round, Vec<u64>>,
}

impl BallotBox {
    /// An empty box.
    pub(crate) const fn new(late: LateVotes) -> Self {
        Self { late, casts: Vec::new(), votes: 0, counted: BTreeMap::new() }
    }

    /// Judges a vote for `round` while `running` runs; one that counts is counted here once and for all.
    pub(crate) fn judge(&mut self, running: Round, round: Round, worker: WorkerId) -> Admission {
        let age = running.0 - round.0;
        let Some(weight) = self.late.weight(age) else { return Admission::Late };
        let counted = self.counted.entry(round).or_default();
        let (k, bit) = (worker.index() / 64, 1 << (worker.index() % 64));
        if counted.len() <= k {
            counted.resize(k + 1, 0);
        }
        if counted[k] & bit != 0 {
            return Admission::Refused;
        }
        counted[k] |= bit;
        self.votes += 1;
        Admission::Counts { age, weight }
    }

    /// Keeps a vote that counts until the round closes.
    pub(crate) fn keep(&mut self, cast: CountedVote) {
        self.casts.push(cast);
    }

    /// Number of votes that count in the running round.
    pub(crate) const fn votes(&self) -> u32 {
        self.votes
    }

    /// Whether the worker has voted for this round.
    pub(crate) fn has(&self, round: Round, worker: WorkerId) -> bool {
        let word = self.counted.get(&round).and_then(|counted| counted.get(worker.index() / 64));
        word.is_some_and(|word| word >> (worker.index() % 64) & 1 == 1)
    }

    /// Takes the kept votes out: by worker, and of one worker the latest round last.
    pub(crate) fn empty(&mut self, running: Round) -> Vec<CountedVote> {
        let next = running.next();
        let late = &self.late;
        self.counted.retain(|round, _| late.weight(next.0 - round.0).is_some());
        self.votes = 0;
        let mut casts = std::mem::take(&mut self.casts);
        casts.sort_by_key(|cast| (cast.worker, std::cmp::Reverse(cast.age)));
        casts
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::sign::SignVector;
    use crate::vote::Vote;

    #[test]
    fn one_vote_a_worker_and_round_and_late_ones_by_rule() {
        let vote = Arc::new(Vote::Signs(SignVector::from_signs(&[1])));
        let mut open = BallotBox::new(LateVotes::Count { exponent: 1.0, within: 1 });
        let mut put = |running, round, m| {
            let worker = WorkerId(m);
            let verdict = open.judge(Round(running), Round(round), worker);
            if let Admission::Counts { age, weight } = verdict {
                open.keep(CountedVote { worker, age, weight, vote: Arc::clone(&vote) });
            }
            (verdict, open.votes())
        };
        let in_time = Admission::Counts { age: 0, weight: 1.0 };
        assert_eq!(put(0, 0, 1), (in_time, 1));
        assert_eq!(put(0, 0, 1), (Admission::Refused, 1));
        assert_eq!(open.empty(Round(0)).len(), 1);
        // In round 1, worker 1 has voted for round 0 already; worker 0 has not.
        let mut put = |running, round, m| open.judge(Round(running), Round(round), WorkerId(m));
        assert_eq!(put(1, 0, 1), Admission::Refused);
        assert_eq!(put(1, 1, 0), in_time);
        assert_eq!(put(1, 0, 0), Admission::Counts { age: 1, weight: 0.5 });
        assert_eq!(open.votes(), 2);
        assert!(open.empty(Round(1)).is_empty(), "nothing was kept");
        assert_eq!(open.judge(Round(2), Round(0), WorkerId(2)), Admission::Late);
    }
}
