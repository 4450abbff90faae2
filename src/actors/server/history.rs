//! The latest steps, and who is known to hold which model: what a worker must be sent to catch up.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::protocol::{Update, WorkerId};
use crate::time::Round;
use crate::vote::Step;
use crate::wire::{full_len, steps_len};

/// One bit against thirty-two: more steps than this are never shorter than all parameters.
const KEPT: usize = 32;

/// What the server remembers of the past.
#[derive(Debug)]
pub struct History {
    coordinates: usize,
    /// For each worker, the last round it has voted for: proof that it held that round's model.
    proven: Vec<Round>,
    /// Newest last.
    steps: VecDeque<Arc<Step>>,
}

impl History {
    /// Before the first round, when everyone holds the initial model.
    pub fn new(workers: u32, coordinates: usize) -> Self {
        Self { coordinates, proven: vec![Round::FIRST; workers as usize], steps: VecDeque::new() }
    }

    /// The worker has voted for `round`, so it held its model.
    pub fn has_held(&mut self, worker: WorkerId, round: Round) {
        let proven = &mut self.proven[worker.index()];
        *proven = round.max(*proven);
    }

    /// Adds the step that ends a round.
    pub fn push(&mut self, step: Arc<Step>) {
        self.steps.push_back(step);
        if self.steps.len() > KEPT {
            self.steps.pop_front();
        }
    }

    /// What a worker's model may lack in `round`: the steps since the last round it is known to have held, or
    /// everything, whichever is shorter.
    pub fn update_for(&self, worker: WorkerId, round: Round) -> Update {
        let behind = (round.0 - self.proven[worker.index()].0) as usize;
        if behind > self.steps.len() {
            return Update::Full;
        }
        let steps: Vec<_> = self.steps.iter().skip(self.steps.len() - behind).cloned().collect();
        if steps_len(&steps) > full_len(self.coordinates) { Update::Full } else { Update::Steps(steps) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sign::SignVector;

    #[test]
    fn the_shorter_way_to_catch_up_is_taken() {
        let d = 800;
        let mut history = History::new(2, d);
        let mut steps_of = |rounds: u32, heard: bool| {
            for round in rounds..rounds + 40 {
                history.push(Arc::new(Step::Signs(SignVector::from_words(d, vec![0; d.div_ceil(64)]))));
                if heard {
                    history.has_held(WorkerId(0), Round(round));
                }
            }
            [0, 1].map(|m| match history.update_for(WorkerId(m), Round(rounds + 40)) {
                Update::Steps(steps) => Some(steps.len()),
                Update::Full => None,
            })
        };
        // A worker that has voted for round 39 lacks one step; one that was never heard lacks forty.
        assert_eq!(steps_of(0, true), [Some(1), None]);
        assert_eq!(steps_of(40, false), [None, None]);
    }
}
