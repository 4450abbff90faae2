//! Telling cases apart that a scenario calls by one name: the setting in which they differ joins their names.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::label::Label;
use super::named::{Named, distinct, told_apart};
use super::names;
use crate::record::RunRecord;

/// Settings that say most about a method come first.
const TELLING: [&str; 7] =
    ["aggregator", "quantizer", "before", "momentum", "learning_rate", "weight_decay", "attack"];
/// More settings than this fit no legend.
const MOST_WORDS: usize = 3;

/// For every run what tells its case from others with the same `printed` words; `None` where all are told apart. Runs of
/// one `family` all get such words or none does.
#[must_use]
pub fn words(runs: &[RunRecord], families: &[Named], printed: &[String]) -> Option<Vec<Named>> {
    let mut alike: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (run, printed) in runs.iter().zip(printed).filter(|(run, _)| !run.case.is_empty()) {
        alike.entry(printed).or_default().insert(&run.case);
    }
    let groups: Vec<BTreeSet<&str>> = alike.into_values().filter(|cases| cases.len() > 1).collect();
    if groups.is_empty() {
        return None;
    }
    let specs: BTreeMap<&str, Value> =
        runs.iter().map(|run| (run.case.as_str(), settings(&run.spec))).collect();
    let specs: BTreeMap<&str, &Value> = specs.iter().map(|(case, spec)| (*case, spec)).collect();
    let confused = |run: &RunRecord| groups.iter().any(|cases| cases.contains(run.case.as_str()));
    let concerned: BTreeSet<String> = runs
        .iter()
        .zip(families)
        .filter(|(run, _)| confused(run))
        .map(|(_, family)| family.label.to_string())
        .collect();
    let name = telling(&groups, &distinct(runs.iter().map(|run| run.case.as_str())), &specs);
    let of_run = |(run, family): (&RunRecord, &Named)| {
        if concerned.contains(&family.label.to_string()) {
            name(&run.case, &settings(&run.spec))
        } else {
            Named::default()
        }
    };
    Some(runs.iter().zip(families).map(of_run).collect())
}

/// In plain words what tells those cases apart that print alike, by case; who prints like no other is not there. A case
/// comes with what is printed of it, in the order in which such are numbered, and `spec` gives its specification.
#[must_use]
pub fn told<'a>(cases: &[(&'a str, String)], spec: impl Fn(&'a str) -> Value) -> BTreeMap<&'a str, String> {
    let mut alike: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (case, printed) in cases {
        alike.entry(printed).or_default().insert(case);
    }
    let mut told = BTreeMap::new();
    for group in alike.into_values().filter(|group| group.len() > 1) {
        let specs: BTreeMap<&str, Value> = group.iter().map(|case| (*case, settings(&spec(case)))).collect();
        let specs: BTreeMap<&str, &Value> = specs.iter().map(|(case, spec)| (*case, spec)).collect();
        let order: Vec<&str> =
            cases.iter().map(|(case, _)| *case).filter(|case| group.contains(case)).collect();
        let name = telling(std::slice::from_ref(&group), &order, &specs);
        let labels = order.iter().map(|case| name(case, specs[case]).label).collect();
        let words = told_apart(labels).into_iter().map(|label| label.to_string());
        told.extend(order.into_iter().zip(words));
    }
    told
}

/// The sections of a run's specification; a setting is named without the one it stands in.
const SECTIONS: [&str; 5] = ["population", "workers", "server", "adversary", "record"];

/// The settings of a run, each by its own name.
fn settings(spec: &Value) -> Value {
    let mut all = serde_json::Map::new();
    for (key, value) in spec.as_object().into_iter().flatten() {
        match value {
            Value::Object(section) if SECTIONS.contains(&key.as_str()) => all.extend(section.clone()),
            other => drop(all.insert(key.clone(), other.clone())),
        }
    }
    Value::Object(all)
}

/// Names a case and its specification.
type Namer<'a> = Box<dyn Fn(&str, &Value) -> Named + 'a>;

/// Names a run by the first setting that tells all cases of all groups apart; by every setting that differs where no single
/// one does, and by the number of its case, counted in this order, where the record does not say.
fn telling<'a>(
    groups: &[BTreeSet<&'a str>],
    order: &[&'a str],
    specs: &BTreeMap<&'a str, &'a Value>,
) -> Namer<'a> {
    let keys: BTreeSet<&str> =
        specs.values().filter_map(|spec| spec.as_object()).flatten().map(|(key, _)| key.as_str()).collect();
    let keys = distinct(TELLING.into_iter().chain(keys.into_iter().filter(|key| *key != "seed")));
    let part =
        |case: &str, key: &str| specs.get(case).and_then(|spec| spec.get(key)).cloned().unwrap_or_default();
    let tells = |key: &&&str| {
        let all = |cases: &BTreeSet<&str>| {
            cases.iter().map(|case| part(case, key).to_string()).collect::<BTreeSet<_>>()
        };
        groups.iter().all(|cases| all(cases).len() == cases.len())
    };
    let cases: Vec<&str> =
        order.iter().copied().filter(|case| groups.iter().any(|group| group.contains(case))).collect();
    if let Some(key) = keys.iter().find(tells) {
        let key = (*key).to_owned();
        let parts: Vec<Value> = cases.iter().map(|case| part(case, &key)).collect();
        return Box::new(move |_, spec| named(&key, spec.get(&key).unwrap_or(&Value::Null), &parts));
    }
    let differing = |key: &&&str| distinct(cases.iter().map(|case| part(case, key).to_string())).len() > 1;
    let keys: Vec<String> = keys.iter().filter(differing).map(|key| (*key).to_owned()).collect();
    let parts: Vec<Vec<Value>> =
        keys.iter().map(|key| cases.iter().map(|case| part(case, key)).collect()).collect();
    let cases: Vec<String> = cases.into_iter().map(str::to_owned).collect();
    Box::new(move |case, spec| {
        if keys.is_empty() {
            let number = cases.iter().position(|known| known == case).map_or(0, |at| at + 1);
            let label = Label::plain(if number > 0 { format!("({number})") } else { String::new() });
            return Named { key: case.to_owned(), label };
        }
        let one =
            |(key, parts): (&String, &Vec<Value>)| named(key, spec.get(key).unwrap_or(&Value::Null), parts);
        Named::list(keys.iter().zip(parts.iter()).map(one))
    })
}

/// A setting in words: its first word where that is enough, else what differs in it.
fn named(key: &str, value: &Value, others: &[Value]) -> Named {
    let text = value.to_string();
    let first = |value: &Value| names::first_word(&value.to_string()).to_owned();
    let firsts = distinct(others.iter().map(first));
    let all = distinct(others.iter().map(ToString::to_string));
    let label = if firsts.len() == all.len() && first(value).starts_with(char::is_alphabetic) {
        Label::plain(names::words(&first(value)))
    } else {
        let leaves = |value: &Value| {
            let mut found = Vec::new();
            flatten(key, value, &mut found);
            found
        };
        let others: Vec<Vec<(String, String)>> = others.iter().map(leaves).collect();
        let differs = |leaf: &(String, String)| !others.iter().all(|other| other.contains(leaf));
        let words = leaves(value).into_iter().filter(differs).take(MOST_WORDS);
        Label::list(words.map(|(path, value)| names::setting(&path, &value)))
    };
    Named { key: text, label }
}

/// The settings below `path` that hold no others.
fn flatten(path: &str, value: &Value, found: &mut Vec<(String, String)>) {
    match value {
        Value::Object(settings) if !settings.is_empty() => {
            settings.iter().for_each(|(key, value)| flatten(&format!("{path}.{key}"), value, found));
        }
        Value::String(text) => found.push((path.to_owned(), text.clone())),
        other => found.push((path.to_owned(), other.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(specs: &[(&str, Value)], expected: &[&str]) {
        let specs_of: BTreeMap<&str, &Value> = specs.iter().map(|(case, spec)| (*case, spec)).collect();
        let groups = [specs.iter().map(|(case, _)| *case).collect()];
        let order: Vec<&str> = specs.iter().map(|(case, _)| *case).collect();
        let name = telling(&groups, &order, &specs_of);
        let mut words = Vec::new();
        for (case, spec) in specs {
            words.push(name(case, spec).label.to_string());
        }
        assert_eq!(words, expected);
    }

    #[test]
    fn the_setting_that_tells_most_is_named() {
        let fd = |t: u32| json!({ "aggregator": { "federated_defense": { "t_in": t, "max_llr": 10 } }, "momentum": 0.0 });
        let mv = json!({ "aggregator": "majority", "momentum": 0.0 });
        check(&[("a", fd(100)), ("b", mv)], &["federated defense", "majority"]);
        check(&[("a", fd(100)), ("b", fd(3))], &["T_in = 100", "T_in = 3"]);
        let momentum = |m: f64| json!({ "aggregator": "majority", "momentum": m });
        check(&[("a", momentum(0.0)), ("b", momentum(0.9))], &["momentum 0.0", "momentum 0.9"]);
        // In the order in which they come, whatever the names of their cases.
        for (first, second) in [("a", "b"), ("b", "a")] {
            check(&[(first, Value::Null), (second, Value::Null)], &["(1)", "(2)"]);
            let cases = [(first, "FD".to_owned()), (second, "FD".to_owned())];
            let told = told(&cases, |_| Value::Null);
            assert_eq!((told[first].as_str(), told[second].as_str()), ("(1)", "(2)"));
        }
    }
}
