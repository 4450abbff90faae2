//! Helps that name a number are true: whoever writes it is never told the same again, and in the end is accepted.

use serde_json::{Map, Value, json};
use signsim::error::Error;
use signsim::scenario::Plan;

/// More advice than this is not followed one after the other.
const MOST_STEPS: usize = 5;

/// A scenario with these settings changed.
fn scenario(training: bool, changes: &[(&str, Value)]) -> Value {
    let task = if training {
        json!({ "train": { "data": { "digits": { "train": 200, "test": 100 } }, "split": "iid", "model": "logistic" } })
    } else {
        json!({ "channel": { "coordinates": 50, "crossover": 0.2 } })
    };
    let mut whole = json!({
        "name": "t", "rounds": 5, "workers": { "count": 5 }, "task": task, "method": "signsgd_mv",
        "adversaries": { "count": 0, "attack": "sign_inversion" },
    });
    changes.iter().for_each(|(path, value)| set(&mut whole, path, value.clone()));
    whole
}

/// Writes a value where the path leads; a bare word on the way becomes a word with settings.
fn set(tree: &mut Value, path: &str, value: Value) {
    let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    if let Some(index) = first.strip_prefix('[').and_then(|i| i.strip_suffix(']')) {
        let item = &mut tree[index.parse::<usize>().unwrap()];
        return set(item, rest.unwrap(), value);
    }
    if !tree.is_object() {
        *tree = Value::Object(Map::new());
    }
    match rest {
        None => tree[first] = value,
        Some(rest) => set(&mut tree[first], rest, value),
    }
}

/// Where the number belongs that an error at `key` asks for: into the only setting of what stands there.
fn inner(tree: &Value, key: &str) -> String {
    let pointer = format!("/{}", key.replace(['[', ']'], "").replace('.', "/"));
    match tree.pointer(&pointer) {
        Some(Value::Object(map)) if map.len() == 1 => {
            inner(tree, &format!("{key}.{}", map.keys().next().unwrap()))
        }
        _ => key.to_owned(),
    }
}

/// The first number at the beginning of a text.
fn number(text: &str) -> Value {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    serde_json::from_str(text[..end].trim_end_matches('.')).unwrap_or_else(|_| panic!("no number: {text}"))
}

/// What a help says to write, path and value, every choice that it gives; `null` takes a setting away.
fn advised(tree: &Value, key: &str, help: &str) -> Vec<(String, Value)> {
    let after = |words: &str| help.split_once(words).map(|(_, rest)| rest);
    let workers = || tree["workers"]["count"].as_u64().unwrap();
    if let Some(rest) = after("from ") {
        let ends = [number(rest), number(rest.split_once(" to ").unwrap().1)];
        let at = |end: Value| match help.contains("sample: K") {
            true => (format!("{key}.sample"), end),
            false => (inner(tree, key), end),
        };
        let usual = after("usually ").map(|rest| at(number(rest)));
        return ends.into_iter().map(at).chain(usual).collect();
    }
    if let Some(rest) = after("write size: ") {
        let path = format!("method.{}.size", rest.split_once(" in ").unwrap().1);
        return vec![(path, number(rest))];
    }
    if let Some(rest) = after("let at least ") {
        return vec![("workers.count".to_owned(), number(rest))];
    }
    if help.starts_with("omit it") {
        return vec![(key.to_owned(), Value::Null)];
    }
    if help.starts_with("leave bucketing away") {
        return vec![("method.before".to_owned(), json!([]))];
    }
    if help.starts_with("write split: iid") {
        let two = ("workers.count".to_owned(), json!(2));
        return vec![("task.train.split".to_owned(), json!("iid")), two];
    }
    if help.starts_with("use an odd number of workers") {
        let code =
            ("method.aggregator.election.code".to_owned(), json!({ "bernoulli": { "redundancy": 2 } }));
        return vec![("workers.count".to_owned(), json!(workers() + 1)), code];
    }
    let close = |value| ("server.close".to_owned(), value);
    let mut choices = Vec::new();
    choices.extend(after("deadline: ").map(|_| close(json!({ "deadline": "500ms" }))));
    choices.extend(after("close: { quorum: ").map(|rest| close(json!({ "quorum": number(rest) }))));
    if choices.is_empty() {
        let (name, rest) = help
            .strip_prefix("write ")
            .and_then(|rest| rest.split_once(": "))
            .unwrap_or_else(|| panic!("{help}"));
        assert_eq!(Some(name), key.rsplit('.').next(), "{help}");
        choices.push((key.to_owned(), number(rest)));
    }
    choices
}

/// Follows every help from here until the scenario is accepted; gives how many were followed. What was written as advised
/// (`written`, paths) is never called wrong.
#[track_caller]
fn follow(tree: &Value, written: &[String]) -> usize {
    let error = match Plan::parse("t.yaml", &tree.to_string(), &[], None) {
        Ok(_) => return written.len(),
        Err(error) => error,
    };
    let Error::Scenario { key: Some(key), .. } = &error else { panic!("{error}\n{tree}") };
    let help = error.advice().unwrap_or_else(|| panic!("no help: {error}"));
    // A number may turn out to be one that nothing reads any more.
    let again = written.iter().any(|path| path.starts_with(key)) && !help.starts_with("omit it");
    assert!(!again && written.len() < MOST_STEPS, "after {written:?}: {error}\nhelp: {help}\n{tree}");
    let step = |(path, value): (String, Value)| {
        let mut next = tree.clone();
        set(&mut next, &path, value);
        let written: Vec<String> = written.iter().chain([&path]).cloned().collect();
        follow(&next, &written)
    };
    advised(tree, key, help).into_iter().map(step).max().unwrap()
}

/// Follows the helps of all these scenarios, some of which need it.
#[track_caller]
fn check(scenarios: impl IntoIterator<Item = Value>) {
    let followed: Vec<usize> = scenarios.into_iter().map(|tree| follow(&tree, &[])).collect();
    assert!(followed.iter().any(|steps| *steps > 0), "nothing to follow");
}

#[test]
fn numbers_of_rules_behind_whatever_is_mixed_before() {
    let rules = [
        json!("trimmed_mean"),
        json!({ "trimmed_mean": { "trim": 4 } }),
        json!("krum"),
        json!({ "krum": { "byzantine": 3 } }),
        json!("multi_krum"),
        json!({ "multi_krum": { "byzantine": 0, "selected": 6 } }),
    ];
    let before = [
        json!([]),
        json!([{ "bucketing": {} }]),
        json!([{ "bucketing": { "size": 4 } }]),
        json!([{ "nearest_neighbor_mixing": {} }]),
        json!([{ "nearest_neighbor_mixing": { "byzantine": 1 } }, { "bucketing": { "size": 3 } }]),
        json!([{ "bucketing": { "size": 2 } }, { "bucketing": { "size": 2 } }]),
    ];
    let mut all = Vec::new();
    for workers in 1..=9 {
        for adversaries in [0, workers / 2, workers] {
            for (rule, before) in
                rules.iter().flat_map(|rule| before.iter().map(move |before| (rule, before)))
            {
                let method = json!({ "quantizer": "sign", "aggregator": rule, "before": before });
                all.push(scenario(
                    false,
                    &[
                        ("workers.count", json!(workers)),
                        ("adversaries.count", json!(adversaries)),
                        ("method", method),
                    ],
                ));
            }
        }
    }
    check(all);
}

#[test]
fn numbers_of_codes() {
    let code = |workers: u32, code: Value| {
        let aggregator = json!({ "election": { "code": code } });
        let method = json!({ "quantizer": "sign", "aggregator": aggregator });
        scenario(true, &[("workers.count", json!(workers)), ("method", method)])
    };
    let codes = [
        json!({ "bernoulli": { "redundancy": 99 } }),
        json!({ "bernoulli": { "redundancy": 0.0001 } }),
        json!({ "deterministic": { "tolerated": 7 } }),
        json!({ "deterministic": { "tolerated": "M/2 - 9" } }),
    ];
    check((1..=6).flat_map(|workers| codes.iter().map(move |c| code(workers, c.clone()))).filter(|tree| {
        // One worker cannot be told to compute two of one partition.
        tree["workers"]["count"] != 1 || tree.to_string().contains("deterministic")
    }));
}

#[test]
fn quorums_where_some_never_vote() {
    let lossy = json!({ "links": { "up": { "loss": 0.1 } } });
    let mute = json!({ "availability": { "crashes": [{ "workers": "0..=1", "at": "0s" }] } });
    let mut all = Vec::new();
    for (quorum, sample) in (0..=6).flat_map(|quorum| [3, 5, 9].map(move |sample| (quorum, sample))) {
        for (attack, silent) in [("sign_inversion", 2), ("silent", 2), ("silent", 5)] {
            for network in [&json!("ideal"), &lossy, &mute] {
                all.push(scenario(
                    false,
                    &[
                        ("adversaries", json!({ "count": silent, "attack": attack })),
                        ("network", network.clone()),
                        ("server.close", json!({ "quorum": quorum })),
                        ("server.participants", json!({ "sample": sample })),
                    ],
                ));
            }
        }
    }
    for attack in ["silent", "sign_inversion"] {
        let nobody_else = ("adversaries", json!({ "count": 2, "attack": attack }));
        all.push(scenario(false, &[nobody_else.clone(), ("server.close", json!("all"))]));
        all.push(scenario(false, &[nobody_else.clone(), ("network", lossy.clone())]));
        let buffer = json!({ "close": { "buffer": 9 }, "late": "count" });
        all.push(scenario(true, &[nobody_else, ("server", buffer)]));
    }
    check(all);
}

#[test]
fn numbers_of_workers_and_of_data() {
    let mut all = Vec::new();
    for workers in [1, 2, 5] {
        let with =
            |path: &str, value: Value| scenario(true, &[("workers.count", json!(workers)), (path, value)]);
        all.extend([
            with("adversaries.count", json!(9)),
            with("server.participants", json!({ "sample": 0 })),
            with("task.train.split", json!({ "labels_per_worker": 0 })),
            with("task.train.split", json!({ "labels_per_worker": 11 })),
            with("task.train.split", json!({ "minority": { "workers": 7, "labels": 2 } })),
            with("task.train.data.digits.distortion", json!(3)),
            with("task.train.data.digits.noise", json!(-1)),
            with("task.train.data", json!({ "shapes": { "noise": 3 } })),
            with("task.train.data", json!({ "shapes": { "clutter": 99 } })),
            with("task.train.augmentation", json!({ "crop": 40 })),
            with("task.train.augmentation", json!({ "rotate": -3 })),
        ]);
        let told = json!({ "quantizer": "sign", "aggregator": "trimmed_mean" });
        let wrong = ("adversaries.declared", json!(9));
        all.push(scenario(false, &[("workers.count", json!(workers)), ("method", told), wrong]));
        if workers > 1 {
            all.push(with("task.train.split", json!({ "minority": { "workers": 1, "labels": 10 } })));
        }
    }
    for copies in [0, 1_000_000] {
        all.push(scenario(
            false,
            &[("adversaries", json!({ "count": 1, "attack": { "duplicate": { "copies": copies } } }))],
        ));
    }
    all.push(scenario(false, &[("task.channel.coordinates", json!(5_000_000_000_u64))]));
    check(all);
}
