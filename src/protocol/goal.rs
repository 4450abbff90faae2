//! Where a run ends before its last round: what a measurement of the model must show.

use serde::{Deserialize, Serialize};

use super::{Parameters, Score};
use crate::units::{Positive, Probability};

/// What ends a run after the measurement that shows it; nothing unless set.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StopRule {
    /// A share of the test set classified correctly that is enough.
    #[serde(default)]
    pub accuracy: Option<Probability>,
    /// A loss above which the run counts as diverged: a mean test cross-entropy in nats, or the value of a quadratic.
    #[serde(default)]
    pub loss_above: Option<Positive>,
    /// Whether a loss or a parameter that is not a finite number ends the run; it counts as diverged in any case.
    #[serde(default)]
    pub diverged: bool,
}

/// Why a run ended at a measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The model is as accurate as was asked.
    Reached,
    /// It will not become so.
    Diverged,
}

/// A measurement that decides whether the run goes on.
#[derive(Debug, Clone)]
pub struct Goal {
    /// What ends it.
    pub rule: StopRule,
    /// The model that is measured.
    pub parameters: Parameters,
}

impl StopRule {
    /// Whether every run comes to its last round.
    #[must_use]
    pub fn is_never(&self) -> bool {
        *self == Self::default()
    }
}

impl Goal {
    /// Why the run ends with this score of the whole test set, if it does.
    #[must_use]
    pub fn met(&self, score: &Score) -> Option<Ending> {
        let StopRule { accuracy, loss_above, diverged } = self.rule;
        let loss = score.loss();
        let finite =
            || loss.is_finite() && self.parameters.iter().flat_map(|p| p.iter()).all(|x| x.is_finite());
        // A loss that is no number is above every bound.
        if loss_above.is_some_and(|most| loss > most.get() || loss.is_nan()) || diverged && !finite() {
            return Some(Ending::Diverged);
        }
        let reached = accuracy.zip(score.accuracy()).is_some_and(|(enough, share)| share >= enough.get());
        reached.then_some(Ending::Reached)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_measurement_ends_a_run_where_it_shows_what_was_asked() {
        let score = |correct, loss_sum| Score { correct, samples: 10, loss_sum, ..Score::default() };
        let rule = |accuracy: Option<f64>, loss_above: Option<f64>, diverged| StopRule {
            accuracy: accuracy.map(|a| a.try_into().unwrap()),
            loss_above: loss_above.map(|l| l.try_into().unwrap()),
            diverged,
        };
        let (reached, lost) = (Some(Ending::Reached), Some(Ending::Diverged));
        for (rule, score, parameter, ending) in [
            (rule(None, None, false), score(10, f64::NAN), f32::NAN, None),
            (rule(Some(0.9), None, false), score(8, 1.0), 0.0, None),
            (rule(Some(0.9), None, false), score(9, 1.0), 0.0, reached),
            (rule(Some(0.9), Some(0.5), false), score(9, 5.0), 0.0, reached),
            (rule(Some(0.9), Some(0.5), false), score(9, 5.1), 0.0, lost),
            (rule(None, Some(0.5), false), score(0, f64::NAN), 0.0, lost),
            (rule(None, None, true), score(0, f64::INFINITY), 0.0, lost),
            (rule(None, None, true), score(0, 1.0), f32::INFINITY, lost),
            (rule(None, None, true), score(0, 1e9), 1e30, None),
        ] {
            let goal = Goal { rule, parameters: Some([parameter].into()) };
            assert_eq!(goal.met(&score), ending, "{rule:?} {score:?}");
        }
    }
}
