//! What is legal, and what a reader of the results should know all the same: `check` and `run` say it once, the manifest
//! keeps it for every run, and figures print it below what they show.

use super::{RunSpec, TaskSpec};
use crate::attack::{Alie, AttackSpec};
use crate::data::{DataSpec, SplitSpec};
use crate::sim::Law;

/// One remark on a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// What the reader of a figure should know, on one line.
    pub words: String,
    /// What the author of the scenario can do about it.
    pub advice: Option<&'static str>,
}

impl Remark {
    fn plain(words: String) -> Self {
        Self { words, advice: None }
    }

    /// With what can be done.
    #[must_use]
    pub fn in_full(&self) -> String {
        match self.advice {
            Some(advice) => format!("{}; {advice}", self.words),
            None => self.words.clone(),
        }
    }
}

/// What is to be said of one run; it depends on no seed.
#[must_use]
pub(crate) fn of(spec: &RunSpec) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for attack in spec.adversary.attack.parts() {
        let AttackSpec::Alie(settings) = attack else { continue };
        let words = settings.remark(spec.population.workers, spec.population.adversaries);
        remarks.extend(words.map(|words| Remark { words, advice: Some(Alie::ADVICE) }));
    }
    let code = spec.server.aggregator.code().and_then(|code| code.remark(spec.population.workers));
    remarks.extend(code.map(Remark::plain));
    if let TaskSpec::Train { data, split, .. } = &spec.task {
        remarks.extend(orphans(data, split, spec.population.workers).map(Remark::plain));
        remarks.extend(large_batch(data, split, spec).map(Remark::plain));
        remarks.extend(large_own_batch(data, spec).map(Remark::plain));
    }
    remarks.extend(cut_laws(spec).into_iter().map(Remark::plain));
    remarks
}

/// Laws of time whose bounds reach their draws, each with the keys that it stands under.
fn cut_laws(spec: &RunSpec) -> Vec<String> {
    let network = spec.network.laws().into_iter().map(|(key, law)| (format!("network.{key}"), law));
    let mut found: Vec<(&Law, Vec<String>)> = Vec::new();
    for (key, law) in
        std::iter::once(("workers.compute_time".to_owned(), &spec.workers.compute_time)).chain(network)
    {
        match found.iter_mut().find(|(known, _)| *known == law) {
            Some((_, keys)) => keys.push(key),
            None => found.push((law, vec![key])),
        }
    }
    let said = |(law, keys): (&Law, Vec<String>)| {
        let more = if keys.len() > 1 { format!(" and {} more", keys.len() - 1) } else { String::new() };
        law.remark().map(|words| format!("{}{more}: {words}", keys[0]))
    };
    found.into_iter().filter_map(said).collect()
}

/// Labels or samples that nobody holds.
fn orphans(data: &DataSpec, split: &SplitSpec, workers: u32) -> Option<String> {
    if let SplitSpec::File(file) = split {
        let (orphans, all) = (file.orphans(), data.sizes().0);
        return (orphans > 0).then(|| format!("{orphans} of {all} training samples are nobody's"));
    }
    let &SplitSpec::LabelsPerWorker(limit) = split else { return None };
    let (held, classes) = (limit.saturating_mul(workers as usize), data.classes());
    (held < classes).then(|| {
        let labels = if limit == 1 { "label" } else { "labels" };
        format!(
            "{workers} workers with {limit} {labels} each hold {held} of {classes} labels: the samples of the other {} \
             are nobody's, and no model can learn them",
            classes - held
        )
    })
}

/// A batch that some worker can fill only by drawing samples twice.
fn large_batch(data: &DataSpec, split: &SplitSpec, spec: &RunSpec) -> Option<String> {
    let samples = data.sizes().0 - spec.server.trusted.map_or(0, |own| own.samples(data.sizes().0));
    let least = match split {
        SplitSpec::Iid | SplitSpec::DirichletLabels(_) => samples / spec.population.workers as usize,
        SplitSpec::Replicated => samples,
        // How many samples a worker has depends on the draw, on the labels or on the file.
        SplitSpec::LabelsPerWorker(_)
        | SplitSpec::Dirichlet(_)
        | SplitSpec::QuantitySkew(_)
        | SplitSpec::GammaSimilarity(_)
        | SplitSpec::Minority { .. }
        | SplitSpec::File(_) => return None,
    };
    let most = spec.workers.batch.values().max().unwrap_or(0);
    (most as usize > least).then(|| {
        format!(
            "a batch of {most} is larger than the {least} samples of a worker: some of them are in it twice"
        )
    })
}

/// A batch of the server's own that it can fill only by drawing samples twice.
fn large_own_batch(data: &DataSpec, spec: &RunSpec) -> Option<String> {
    let own = spec.server.trusted?;
    let held = own.samples(data.sizes().0);
    (own.batch as usize > held).then(|| {
        format!(
            "the server's batch of {} is larger than the {held} samples that it holds: some of them are in it twice",
            own.batch
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
            (
                train("{ count: 5, batch: 8, compute_time: { normal: { mean: 20ms, std: 15ms } } }", "iid"),
                "workers.compute_time: normal(mean 20ms, std 15ms) is cut at 0 (9.1 %",
            ),
            (
                train("{ count: 5, batch: 8 }", "iid")
                    + "network: { links: { up: { latency: { normal: { mean: 1ms, std: 1ms } } }, \
                       down: { latency: { normal: { mean: 1ms, std: 1ms } } } } }\n",
                "network.links.up.latency and 1 more: normal(mean 1ms, std 1ms) is cut at 0 (15.9 %",
            ),
            (
                train("{ count: 5, batch: 8 }", "iid")
                    + "network: { availability: { on_off: [{ up: { exponential: { mean: 9s } }, \
                       down: { pareto: { minimum: 1h, shape: 0.4 } } }] } }\n\
                       server: { close: { deadline: 1s } }\n",
                "network.availability.on_off.[0].down: pareto(minimum 1h, shape 0.4) is cut at 365 days (2.6 %",
            ),
        ] {
            let all = remarks(&scenario);
            assert_eq!(all.lines().count(), usize::from(!said.is_empty()), "{scenario}{all}");
            assert!(all.contains(said), "{scenario}{all}");
        }
    }
}
