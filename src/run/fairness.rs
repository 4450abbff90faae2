//! Who is served how well: the model's accuracy on the test samples of every class, and on every worker's own samples.
//!
//! Some worker pays for robustness, most often the one whose data are unlike those of the others. Worst and best are
//! over the honest workers that hold samples: what a corrupted one would like its model to say is nobody's loss.

use std::sync::Arc;

use crate::actors::{Task, Training};
use crate::protocol::Score;
use crate::record::{ClassRow, ShardRow, SummaryRow, Tables};

/// The samples that accuracies are over.
pub(crate) struct Fairness {
    training: Arc<Training>,
    /// Of each label.
    test_samples: Vec<u64>,
    adversaries: u32,
}

impl Fairness {
    /// For a task that learns; `None` for another.
    pub(crate) fn of(task: &Task, adversaries: u32) -> Option<Self> {
        let Task::Train(training) = task else { return None };
        let mut test_samples = vec![0; training.data.classes];
        training.data.test.labels().iter().for_each(|label| test_samples[usize::from(*label)] += 1);
        Some(Self { training: Arc::clone(training), test_samples, adversaries })
    }

    /// Adds what the model after `steps` steps was measured to do.
    pub(crate) fn record(&self, steps: u32, score: &Score, tables: &mut Tables) {
        let class = |(label, (samples, correct)): (usize, (&u64, &u64))| ClassRow {
            round: steps,
            label: label as u32,
            samples: *samples,
            accuracy: share(*correct, *samples),
        };
        tables.classes.extend(self.test_samples.iter().zip(&score.of_label).enumerate().map(class));
        let shard = |(worker, own): (usize, &Arc<[u32]>)| {
            let correct = own.iter().filter(|sample| score.training[**sample as usize]).count();
            let (worker, samples) = (worker as u32, own.len() as u64);
            ShardRow {
                round: steps,
                worker,
                adversary: worker < self.adversaries,
                samples,
                accuracy: share(correct as u64, samples),
            }
        };
        tables.shards.extend(self.training.shards.iter().enumerate().map(shard));
    }
}

fn share(correct: u64, samples: u64) -> Option<f64> {
    (samples > 0).then(|| correct as f64 / samples as f64)
}

/// Adds to the summary how the worst and the best were served at the last measurement.
pub(crate) fn summarise(tables: &Tables, summary: &mut SummaryRow) {
    let last = tables.classes.last().map(|row| row.round);
    let classes = tables.classes.iter().filter(|row| Some(row.round) == last).filter_map(|row| row.accuracy);
    summary.worst_class_accuracy = classes.reduce(f64::min);
    let own = || {
        let rows = tables.shards.iter().filter(|row| Some(row.round) == last && !row.adversary);
        rows.filter_map(|row| row.accuracy)
    };
    summary.worst_worker_accuracy = own().reduce(f64::min);
    summary.best_worker_accuracy = own().reduce(f64::max);
}
