//! The latest steps, and who is known to hold which model: what a worker must be sent to catch up.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::rules::Acknowledge;
use crate::protocol::{Delivered, Update, WorkerId};
use crate::time::Round;
use crate::vote::Step;
use crate::wire::{full_len, steps_len};

/// Steps that are remembered. One bit against thirty-two: more of them are not shorter than all parameters, unless most are
/// rounds in which nobody voted.
pub(crate) const KEPT: usize = 32;

/// What was told in a round to those who lacked so many steps.
pub(crate) type Told = BTreeMap<usize, Update>;

/// What the server remembers of the past.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct History {
    coordinates: usize,
    /// For each worker, the last round it has voted for; `None` where the transport tells more.
    voted: Option<Vec<Round>>,
    /// Newest last.
    steps: VecDeque<Arc<Step>>,
}

impl History {
    /// Before the first round, when everyone holds the initial model.
    pub(crate) fn new(workers: u32, coordinates: usize, rule: Acknowledge) -> Self {
        let voted = match rule {
            Acknowledge::Transport => None,
            Acknowledge::Vote => Some(vec![Round::FIRST; workers as usize]),
        };
        Self { coordinates, voted, steps: VecDeque::new() }
    }

    /// The worker has voted for `round`, so it held its model.
    pub(crate) fn has_voted(&mut self, worker: WorkerId, round: Round) {
        if let Some(newest) = &mut self.voted {
            let newest = &mut newest[worker.index()];
            *newest = round.max(*newest);
        }
    }

    /// The newest round whose model the worker is known to hold.
    fn held(&self, worker: WorkerId, delivered: &Delivered) -> Round {
        self.voted.as_ref().map_or_else(|| delivered.newest(worker), |newest| newest[worker.index()])
    }

    /// Adds the step that ends a round.
    pub(crate) fn push(&mut self, step: Arc<Step>) {
        self.steps.push_back(step);
        if self.steps.len() > KEPT {
            self.steps.pop_front();
        }
    }

    /// What a worker's model may lack in `round`: the steps since the last round it is known to have held, or
    /// everything, whichever is shorter. In `delivered` stands what the transport has delivered; in `told` what others were
    /// told in the same round, which all who lack as much share.
    pub(crate) fn update_for(
        &self,
        worker: WorkerId,
        round: Round,
        delivered: &Delivered,
        told: &mut Told,
    ) -> Update {
        let behind = (round.0 - self.held(worker, delivered).0) as usize;
        if behind > self.steps.len() {
            return Update::Full;
        }
        told.entry(behind).or_insert_with(|| self.update(behind)).clone()
    }

    /// What brings a model up to date that lacks the last `behind` steps.
    fn update(&self, behind: usize) -> Update {
        let steps: Arc<[_]> = self.steps.range(self.steps.len() - behind..).cloned().collect();
        if steps_len(&steps, self.coordinates) > full_len(self.coordinates) {
            Update::Full
        } else {
            Update::Steps(steps)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sign::SignVector;

    /// Forty rounds that worker 0 hears of and worker 1 does not, forty that neither does: who has heard of round 39 lacks one
    /// step in round 40; who lacks forty is sent everything.
    #[test]
    fn the_shorter_way_to_catch_up_is_taken() {
        for rule in [Acknowledge::Transport, Acknowledge::Vote] {
            let (d, delivered) = (800, Delivered::to_nobody(2));
            let mut history = History::new(2, d, rule);
            let mut steps_of = |rounds: u32, heard: bool| {
                for round in rounds..rounds + 40 {
                    history.push(Arc::new(Step::Signs(SignVector::from_words(d, vec![0; d.div_ceil(64)]))));
                    match rule {
                        _ if !heard => {}
                        Acknowledge::Vote => history.has_voted(WorkerId(0), Round(round)),
                        Acknowledge::Transport => delivered.note(WorkerId(0), Round(round)),
                    }
                }
                let mut told = Told::default();
                [0, 1].map(|m| {
                    match history.update_for(WorkerId(m), Round(rounds + 40), &delivered, &mut told) {
                        Update::Steps(steps) => Some(steps.len()),
                        Update::Full => None,
                    }
                })
            };
            assert_eq!(steps_of(0, true), [Some(1), None]);
            assert_eq!(steps_of(40, false), [None, None]);
        }
    }

    #[test]
    fn an_opening_that_was_overtaken_tells_nothing() {
        let delivered = Delivered::to_nobody(1);
        delivered.note(WorkerId(0), Round(7));
        delivered.note(WorkerId(0), Round(5));
        assert_eq!(delivered.newest(WorkerId(0)), Round(7));
        Delivered::default().note(WorkerId(0), Round(7));
        assert_eq!(Delivered::default().newest(WorkerId(0)), Round::FIRST);
    }
}
