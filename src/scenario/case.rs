//! Which runs are repeats of each other: those of one case, which differ in nothing but their seed.
//!
//! A case is a point of the sweep with every default filled in and every expression in M worth its number. So `M/2 - 1` and
//! `6` are one case at M = 15, a method under another name is another case, and without adversaries two attacks are
//! two cases of one run, each with its own place in a figure.

use std::collections::BTreeMap;

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::Scenario;
use crate::hex::hex;
use crate::units::Count;

/// What belongs to the scenario as a whole, or is the seed.
const NOT_OF_A_CASE: [&str; 5] = ["name", "seed", "repeats", "figures", "style"];

/// The identity of the case that this point of a sweep is: a hash in 16 digits.
///
/// # Panics
/// Never: a scenario is plain data.
#[must_use]
pub(crate) fn identity(point: &Scenario) -> String {
    let mut tree = serde_json::to_value(point).expect("a scenario is plain data");
    if let Some(settings) = tree.as_object_mut() {
        settings.retain(|key, _| !NOT_OF_A_CASE.contains(&key.as_str()));
    }
    evaluate(&mut tree, point.workers.count);
    hex(&Sha256::digest(tree.to_string())[..8])
}

/// Puts the value of every expression in M into its place; names are no expressions.
fn evaluate(tree: &mut Value, workers: u32) {
    match tree {
        Value::Object(settings) => {
            settings
                .iter_mut()
                .filter(|(key, _)| *key != "name")
                .for_each(|(_, value)| evaluate(value, workers));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| evaluate(item, workers)),
        Value::String(text) if text.contains('M') => {
            let count = text.parse::<Count>().ok().and_then(|count| count.evaluate(workers).ok());
            if let Some(count) = count {
                *tree = Value::from(count);
            }
        }
        _ => {}
    }
}

/// The settings of a point of the sweep: path and value.
type Settings = Vec<(String, String)>;

/// The cases of a sweep so far, and the points that asked for one of them again.
#[derive(Default)]
pub(crate) struct SweepCases {
    first: BTreeMap<String, Settings>,
    again: Vec<(Settings, Settings)>,
}

impl SweepCases {
    /// Whether this case is new; `settings` are those of the point that asks for it.
    pub(crate) fn is_new(&mut self, case: &str, settings: &Settings) -> bool {
        match self.first.get(case) {
            Some(first) => {
                self.again.push((first.clone(), settings.clone()));
                false
            }
            None => {
                self.first.insert(case.to_owned(), settings.clone());
                true
            }
        }
    }

    /// Says of every point that repeats another what it repeats; the first few of many.
    #[must_use]
    pub(crate) fn remarks(&self) -> Vec<String> {
        const NAMED: usize = 5;
        let words = |settings: &[&(String, String)]| {
            settings.iter().map(|(path, value)| format!("{path}: {value}")).collect::<Vec<_>>().join(", ")
        };
        let remark = |(first, again): &(Settings, Settings)| {
            let differs = |at: &usize| first.get(*at) != again.get(*at);
            let (old, new): (Vec<_>, Vec<_>) = (0..again.len())
                .filter(differs)
                .filter_map(|at| Some((first.get(at)?, again.get(at)?)))
                .unzip();
            let same = || words(&again.iter().collect::<Vec<_>>());
            match new.is_empty() {
                true => format!("the sweep asks for {} twice: counted once", same()),
                false => format!("the sweep asks for {} again as {}: counted once", words(&old), words(&new)),
            }
        };
        let mut remarks: Vec<String> = Vec::new();
        for remark in self.again.iter().map(remark) {
            if !remarks.contains(&remark) {
                remarks.push(remark);
            }
        }
        let more = remarks.len().saturating_sub(NAMED);
        remarks.truncate(NAMED);
        if more > 0 {
            remarks.push(format!("{more} further points of the sweep repeat others and are counted once"));
        }
        remarks
    }
}

#[cfg(test)]
mod tests {
    use crate::scenario::Plan;

    /// Methods, L and seed of the runs, and what is said of the rest.
    fn plan(sweep: &str) -> (Vec<(String, String, u32)>, String) {
        let text = format!(
            "name: x\nrounds: 1\nworkers: {{ count: 15 }}\ntask: {{ channel: {{ coordinates: 10, crossover: 0.2 }} }}\n\
             method: signsgd_mv\nadversaries: {{ count: 0, attack: sign_inversion }}\nsweep: {sweep}\n"
        );
        let plan = Plan::parse("x.yaml", &text, &[], None).unwrap();
        let run = |run: &crate::scenario::PlannedRun| {
            (run.spec.record.method.clone(), run.spec.record.attack.clone(), run.spec.population.adversaries)
        };
        (plan.runs.iter().map(run).collect(), plan.remarks.join("\n"))
    }

    #[test]
    fn a_point_that_repeats_another_is_counted_once_and_said() {
        let counts = |sweep| plan(sweep).0.iter().map(|run| run.2).collect::<Vec<_>>();
        assert_eq!(counts("{ adversaries.count: [3, 3, 7] }"), [3, 7]);
        let halves = "{ adversaries.count: [M/2-1, 6, M - 8] }";
        assert_eq!(counts(halves), [6, 7]);
        let said = plan(halves).1;
        assert_eq!(
            said,
            "the sweep asks for adversaries.count: M/2-1 again as adversaries.count: 6: counted once"
        );
        let methods = "{ method: [signsgd_fd, { preset: signsgd_fd }, signsgd_fd] }";
        assert_eq!(plan(methods).0.len(), 1);
        assert!(plan(methods).1.contains("the sweep asks for method: signsgd_fd twice: counted once"));
        assert_eq!(plan("{ task.channel.crossover: [0.2, 2.0e-1, 0.3] }").0.len(), 2);
    }

    #[test]
    fn what_has_a_place_of_its_own_in_a_figure_stays() {
        let attacks = "{ adversaries.attack: [sign_inversion, silent], adversaries.count: [0] }";
        let (runs, said) = plan(attacks);
        assert_eq!(runs.iter().map(|run| run.1.as_str()).collect::<Vec<_>>(), ["sign_inversion", "silent"]);
        assert_eq!(said, "");
        let names = "{ method: [signsgd_fd, { name: ours, preset: signsgd_fd }] }";
        assert_eq!(plan(names).0.len(), 2);
    }
}
