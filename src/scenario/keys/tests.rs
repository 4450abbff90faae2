//! Every form is one that its setting takes.

use crate::scenario::Plan;

use super::*;

const BASES: [&str; 3] = [
    "{ name: t, rounds: 5, workers: { count: 15 }, method: signsgd_fd, server: { close: { deadline: 1s } },
       adversaries: { count: 1, attack: sign_inversion },
       task: { train: { data: digits, model: logistic } } }",
    "{ name: t, rounds: 5, workers: { count: 15 }, method: signsgd_fd, server: { close: { deadline: 1s } },
       adversaries: { count: 1, attack: sign_inversion },
       task: { channel: { coordinates: 9, crossover: 0.2 } } }",
    "{ name: t, rounds: 5, workers: { count: 15 }, method: signsgd_fd, server: { close: { deadline: 1s } },
       adversaries: { count: 1, attack: sign_inversion },
       task: { quadratic: { coordinates: 9 } } }",
];

/// Whether `key` stands directly below the data set `set`.
fn is_below(keys: &[&str], set: &str, key: &str) -> bool {
    keys.get(3) == Some(&set) && keys.get(4) == Some(&key)
}

/// The setting with this value is read: by itself, or within one of those that hold it.
fn is_read(key: &str, value: &str) -> bool {
    let keys: Vec<&str> = key.split('.').collect();
    (1..=keys.len()).any(|n| {
        let below = keys[n..].iter().rev().fold(value.to_owned(), |value, key| match *key {
            "[]" => format!("[{value}]"),
            // A convolution has filters, whatever else is said of it.
            "kernel" | "stride" | "padding" | "bias" => format!("{{filters: 16, {key}: {value}}}"),
            // A set of one's own has files of training samples at least, and a table a column of labels.
            // A quadratic has coordinates.
            key if n == 2 && keys[1] == "quadratic" && key != "coordinates" => {
                format!("{{coordinates: 9, {key}: {value}}}")
            }
            key if n < keys.len()
                && ["arrays", "csv", "folders"].iter().any(|set| is_below(&keys, set, key)) =>
            {
                let train = if keys[3] == "arrays" { "a.npz" } else { "a" };
                let rest = [("train", train), ("test_share", "0.5"), ("label", "c")];
                let rest = rest.into_iter().filter(|(other, _)| *other != key);
                let rest = rest.filter(|(other, _)| *other != "label" || keys[3] == "csv");
                let rest: String = rest.map(|(key, value)| format!(", {key}: {value}")).collect();
                format!("{{{key}: {value}{rest}}}")
            }
            key => format!("{{{key}: {value}}}"),
        });
        let set = format!("{}={below}", keys[..n].join("."));
        BASES.iter().any(|base| match Plan::parse("t", base, std::slice::from_ref(&set), None) {
            Ok(_) => true,
            // The form is right where only its meaning is not: a class, a file, a pair of settings.
            Err(e) => {
                let text = e.to_string();
                !["expected", "unknown key", "not known", "missing", "YAML"]
                    .iter()
                    .any(|word| text.contains(word))
            }
        })
    })
}

#[test]
fn every_form_is_one_that_its_setting_takes() {
    for (key, value) in KEYS {
        assert!(is_read(key, value), "{key}: {value}");
    }
    assert!(!is_read("workers.count", "{ constant: 20ms }") && !is_read("workers.cuont", "3"));
}

#[test]
fn families_are_found_by_their_last_keys_and_items_by_their_list() {
    let form = |path: &str| form(&path.split('.').map(str::to_owned).collect::<Vec<_>>());
    for (path, expected) in [
        ("workers.compute_time.pareto.shape", "pareto: { minimum: 5ms, shape: 2.5 }"),
        ("network.links.workers.[3].up.latency", "latency: { constant: 20ms }"),
        ("network.availability.on_off.[0].up.exponential", "exponential: { mean: 20ms }"),
        ("workers.speed.log_normal", "log_normal: { median: 1, sigma: 0.5 }"),
        ("task.train.model.mlp.hidden.[0]", "hidden: [128]"),
    ] {
        assert_eq!(form(path).as_deref(), Some(expected), "{path}");
    }
    assert_eq!(form("figures.[0].accuracy_vs_time.size"), None);
}
