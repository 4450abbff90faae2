//! What is legal, and what a reader of the results should know all the same: `check` and `run` say it once.

use super::{RunSpec, TaskSpec};
use crate::attack::AttackSpec;
use crate::data::{DataSpec, SplitSpec};

/// What is to be said of one run, each remark on one line.
#[must_use]
pub fn of(spec: &RunSpec) -> Vec<String> {
    let alie = match &spec.attack.1 {
        AttackSpec::Alie(settings) => settings.remark(spec.workers, spec.adversaries),
        _ => None,
    };
    let code = spec.aggregator.code().and_then(|code| code.remark(spec.workers));
    let mut remarks: Vec<String> = alie.into_iter().chain(code).collect();
    if let TaskSpec::Train { data, split, .. } = &spec.task {
        remarks.extend(orphans(data, *split, spec.workers));
        remarks.extend(large_batch(data, *split, spec));
    }
    remarks
}

/// Labels that nobody holds.
fn orphans(data: &DataSpec, split: SplitSpec, workers: u32) -> Option<String> {
    let SplitSpec::LabelsPerWorker(limit) = split else { return None };
    let (held, classes) = (limit.saturating_mul(workers as usize), data.classes());
    (held < classes).then(|| {
        format!(
            "{workers} workers with {limit} labels each hold {held} of {classes} labels: the samples of the other {} \
             are nobody's, and no model can learn them",
            classes - held
        )
    })
}

/// A batch that some worker can fill only by drawing samples twice.
fn large_batch(data: &DataSpec, split: SplitSpec, spec: &RunSpec) -> Option<String> {
    let (samples, _) = data.sizes();
    let least = match split {
        SplitSpec::Iid => samples / spec.workers as usize,
        SplitSpec::Replicated => samples,
        // How many samples a worker has depends on the draw.
        SplitSpec::LabelsPerWorker(_) | SplitSpec::Dirichlet(_) | SplitSpec::Minority { .. } => return None,
    };
    let most = spec.batch.values().max().unwrap_or(0);
    (most as usize > least).then(|| {
        format!(
            "a batch of {most} is larger than the {least} samples of a worker: some of them are in it twice"
        )
    })
}

#[cfg(test)]
mod tests {
    use crate::scenario::Plan;

    fn remarks(rest: &str) -> String {
        let base = "name: t\nrounds: 1\nmethod: signsgd_mv\n";
        Plan::parse("t.yaml", &format!("{base}{rest}"), &[], None).unwrap().remarks.join("\n")
    }

    #[test]
    fn what_a_reader_should_know_is_said_once() {
        let train = |workers: &str, split: &str| {
            format!(
                "workers: {workers}\ntask: {{ train: {{ data: {{ digits: {{ train: 100, test: 10 }} }}, split: {split}, model: logistic }} }}\n"
            )
        };
        for (scenario, said) in [
            (train("{ count: 3, batch: 8 }", "{ labels_per_worker: 2 }"), "hold 6 of 10 labels"),
            (train("{ count: 3, batch: 34 }", "iid"), "a batch of 34 is larger than the 33 samples"),
            (train("{ count: 3, batch: 33 }", "iid"), ""),
            (train("{ count: 3, batch: 100 }", "replicated"), ""),
            (train("{ count: 5, batch: 8 }", "{ labels_per_worker: 2 }"), ""),
            (
                train("{ count: 5, batch: 8 }", "iid")
                    + "adversaries: { count: 1, attack: alie }\nrepeats: 3\n",
                "alie has z = 0 for M = 5 and L = 1",
            ),
            (
                train("{ count: 15, batch: 6 }", "iid")
                    .replace("workers", "sweep: { method: [election_signsgd] }\nworkers"),
                "costs 2.265 partitions a worker",
            ),
        ] {
            let all = remarks(&scenario);
            assert_eq!(all.lines().count(), usize::from(!said.is_empty()), "{scenario}{all}");
            assert!(all.contains(said), "{scenario}{all}");
        }
    }
}
