//! The pages for users say what the program knows: every key of a scenario stands in `docs/settings.md`.

use std::fs;
use std::path::Path;

use signsim::scenario::Plan;

/// Scenarios that reach every section between them.
const CHANNEL: &str = "\
name: sections
rounds: 2
workers: { count: 3, local: { steps: 1 } }
task: { channel: { coordinates: 8, crossover: 0.1 } }
method: { quantizer: sign, aggregator: majority }
";

/// Sections of a scenario: where an unknown key is put, and what the page calls the section.
const SECTIONS: &[(&str, &str)] = &[
    ("", ""),
    ("workers", "workers"),
    ("workers.local", "workers.local"),
    ("task.channel", "task.channel"),
    ("task.train", "task.train"),
    ("task.train.data.digits", "data"),
    ("task.train.data.mnist", "data"),
    ("task.train.split.minority", "data"),
    ("task.train.model.mlp", "data"),
    ("method", "method"),
    ("method.quantizer.sign", "part"),
    ("method.quantizer.stochastic_sign", "part"),
    ("method.quantizer.noisy_sign", "part"),
    ("method.quantizer.top_k", "part"),
    ("method.quantizer.ternary", "part"),
    ("method.quantizer.scaled_sign", "part"),
    ("method.aggregator.majority", "part"),
    ("method.aggregator.federated_defense", "part"),
    ("method.aggregator.election", "part"),
    ("method.aggregator.oracle", "part"),
    ("method.aggregator.trimmed_mean", "part"),
    ("method.aggregator.krum", "part"),
    ("method.aggregator.multi_krum", "part"),
    ("method.aggregator.geometric_median", "part"),
    ("method.aggregator.centered_clipping", "part"),
    ("adversaries", "adversaries"),
    ("adversaries.attack.stochastic_flip", "part"),
    ("adversaries.attack.gaussian", "part"),
    ("adversaries.attack.dither", "part"),
    ("adversaries.attack.alie", "part"),
    ("adversaries.attack.ipm", "part"),
    ("adversaries.attack.late", "part"),
    ("adversaries.attack.replay", "part"),
    ("adversaries.attack.duplicate", "part"),
    ("adversaries.attack.crash_when_close", "part"),
    ("adversaries.attack.sleeper", "part"),
    ("adversaries.attack.oscillator", "part"),
    ("server", "server"),
    ("server.close.quorum_or_deadline", "part"),
    ("server.late.count", "part"),
    ("network", "network"),
    ("network.links", "network.links"),
    ("network.links.up", "link"),
    ("network.links.up.retransmit", "part"),
    ("network.links.up.reorder", "part"),
    ("network.availability", "network.availability"),
    ("network.availability.trace", "part"),
    ("metrics", "metrics"),
    ("limits", "limits"),
];

/// The legal keys of a section, as the program's own message lists them.
fn keys(section: &str) -> Vec<String> {
    const UNKNOWN: &str = "no_such_key";
    let path = if section.is_empty() { UNKNOWN.to_owned() } else { format!("{section}.{UNKNOWN}") };
    let mut sets = vec![format!("{path}=1")];
    let first: Vec<&str> = section.split('.').collect();
    // What stands in the way of the section is replaced as a whole.
    for (whole, below) in
        [("task", 2), ("method.aggregator", 3), ("method.quantizer", 3), ("adversaries.attack", 3)]
    {
        if section.starts_with(whole) && first.len() >= below {
            let inner = first[whole.split('.').count()..].iter().rev();
            let value =
                inner.fold(format!("{{ {UNKNOWN}: 1 }}"), |value, key| format!("{{ {key}: {value} }}"));
            sets = vec![format!("{whole}={value}")];
        }
    }
    let error = Plan::parse("sections.yaml", CHANNEL, &sets, None).expect_err(section);
    let advice = error.advice().unwrap_or_else(|| panic!("{section}: {error} has no advice")).to_owned();
    let (_, legal) = advice
        .split_once("legal keys")
        .unwrap_or_else(|| panic!("{section}: {error} [{advice}] lists no keys"));
    legal.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn every_key_of_a_scenario_is_explained() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("docs/settings.md")).unwrap();
    let (mut missing, mut seen) = (Vec::new(), 0);
    for (section, name) in SECTIONS {
        for key in keys(section) {
            let written = match *name {
                "" | "part" | "data" => format!("`{key}`"),
                "link" => format!("`….{key}`"),
                _ => format!("`{name}.{key}`"),
            };
            // A section with keys of its own is explained by them.
            let below = format!("`{name}.{key}.");
            if !page.contains(&written) && !page.contains(&below) {
                missing.push(format!("{section}: {written}"));
            }
            seen += 1;
        }
    }
    assert!(missing.is_empty(), "docs/settings.md does not explain: {missing:#?}");
    assert!(seen > 100, "only {seen} keys seen");
}
