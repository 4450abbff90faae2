//! Scenarios.

use std::str;

use serde_json::Value;
use signsim::scenario::{Plan, PlannedRun};

use super::read;

/// No scenario that anybody waits for has more runs.
const MOST_RUNS: usize = 2000;

/// A text is refused, or asks for runs; the text that it is written down as asks for the same.
pub(super) fn scenario(bytes: &[u8]) {
    // What is no UTF-8 is refused before anybody parses it.
    let Ok(text) = str::from_utf8(bytes) else { return };
    // A million repeats are legal, and no news after the second.
    let sets: &[String] = if text.contains("repeats") { &["repeats=2".to_owned()] } else { &[] };
    let Some(plan) = read(Plan::parse("fuzz.yaml", text, sets, None)) else { return };
    assert!(!plan.runs.is_empty());
    if plan.runs.len() > MOST_RUNS {
        return;
    }
    let specs = |plan: &Plan| plan.runs.iter().map(spec).collect::<Vec<_>>();
    let again =
        |text: &str| Plan::parse("again.yaml", text, &[], None).unwrap_or_else(|e| panic!("{e}\n{text}"));
    let (source, alone) = (again(&plan.source), again(&plan.alone));
    assert_eq!(specs(&source), specs(&plan), "{}", plan.source);
    assert_eq!(source.resolved, plan.resolved);
    // Of several points the first one alone has no use for what only the others need.
    assert!(plan.points() > 1 || spec(&alone.runs[0]) == spec(&plan.runs[0]), "{}", plan.alone);
    assert_eq!(again(&alone.alone).resolved, alone.resolved);
}

fn spec(run: &PlannedRun) -> Value {
    serde_json::to_value(&run.spec).unwrap()
}
