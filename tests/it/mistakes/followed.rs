//! What a help says to write is accepted when it is written, and no help speaks of what cannot be.

use signsim::scenario::Plan;

const SCENARIO: &str = "name: t\nrounds: 5\nworkers: { count: 15 }\nmethod: signsgd_fd\n\
    task: { channel: { coordinates: 50, crossover: 0.2 } }\n\
    adversaries: { count: 1, attack: sign_inversion }\n";

/// The message and the help for this argument.
fn refused(set: &str) -> (String, String) {
    let error = Plan::parse("t.yaml", SCENARIO, &[set.to_owned()], None).expect_err(set);
    (error.to_string(), error.advice().unwrap_or_else(|| panic!("{set}: no help")).to_owned())
}

#[track_caller]
fn accepted(set: &str) {
    if let Err(error) = Plan::parse("t.yaml", SCENARIO, &[set.to_owned()], None) {
        panic!("{set}: {error}\n{:?}", error.advice());
    }
}

#[test]
fn lists_where_one_value_is_due() {
    // What no sweep varies is not told to be swept.
    for (set, form) in [
        ("figures=[[x]]", "write figures: [accuracy_vs_adversaries]"),
        ("method.before=[[x]]", "write before: [{ bucketing: { size: 2 } }]"),
        ("workers.batch=[[1]]", "write batch: 64"),
        ("network.partitions=[[1]]", "write partitions: [{ from: 1s, to: 2s, workers: \"0..=4\" }]"),
        ("name=[a, b]", "write name: quickstart"),
        ("repeats=[1, 2]", "write repeats: 3"),
    ] {
        let (_, help) = refused(set);
        assert!(help.starts_with(form) && !help.contains("sweep: {"), "{set}: {help}");
    }
    let (_, help) = refused("task.channel.crossover=[0.1, 0.2]");
    assert!(help.ends_with("for several values, sweep: { task.channel.crossover: [ … ] }"), "{help}");
    accepted("sweep={ task.channel.crossover: [0.1, 0.2] }");
}

#[test]
fn ranges_are_told_what_they_need() {
    for set in
        ["0..=0.5", "0..=99999999999999999999", "0..=-1", "0..=M-99", "a..b", "..", "1..=2..=3", "0.1..0.3"]
    {
        let (message, help) = refused(&format!("sweep.adversaries.count={set}"));
        assert!(
            help.starts_with("a range runs over whole numbers, 0 or above and at most 100000"),
            "{message}: {help}"
        );
    }
    for set in ["5..=M-12", "3..3", "3..=2"] {
        let (_, help) = refused(&format!("sweep.adversaries.count={set}"));
        assert!(help.contains("write the smaller end first: 0..=7 with its end, 0..7 without"), "{help}");
    }
    let (message, _) = refused("sweep.adversaries.count=0..=4294967295");
    assert!(message.contains("more than 100000 points"), "{message}");
    for set in ["0..=7", "0..7", "0..=M/2+1", "[0, 3, 7]"] {
        accepted(&format!("sweep.adversaries.count={set}"));
    }
    accepted("sweep.task.channel.crossover=[0, 0.25, 0.5]");
}

/// An axis without values is told values that its setting takes.
#[test]
fn axes_without_values() {
    for axis in [
        "adversaries.count",
        "task.channel.crossover",
        "method",
        "rounds",
        "server.close",
        "adversaries.attack",
    ] {
        for nothing in ["", "[]", "{}"] {
            let (message, help) = refused(&format!("sweep.{axis}={nothing}"));
            let list = &help
                [help.find('[').unwrap_or_else(|| panic!("{message}: {help}"))..=help.rfind(']').unwrap()];
            accepted(&format!("sweep.{axis}={list}"));
        }
    }
    let (_, help) = refused("sweep.no.such=");
    assert!(help.contains("a list of values"), "{help}");
}

#[test]
fn the_servers_own_link_and_those_of_workers() {
    for set in
        ["network.links.server={ up: { latency } }", "network.links.server={ latency: { constant: 1ms } }"]
    {
        let (_, help) = refused(set);
        for word in [
            "network.links.up.latency",
            "network.links.down.latency",
            "(latency: { constant: 20ms })",
            "legal keys",
        ] {
            assert!(help.contains(word), "{help}");
        }
    }
    for way in ["up", "down"] {
        accepted(&format!("network.links.{way}.latency={{ constant: 20ms }}"));
    }
    let (_, help) = refused("network.links.server=1Gbit/s");
    let form = "server: { up: { bandwidth: 1Gbit/s }, down: { bandwidth: 1Gbit/s } }";
    assert!(help.contains(form), "{help}");
    accepted(&format!("network.links={{ {form} }}"));
}

/// However much somebody writes, an answer has a screen's length.
#[test]
fn long_texts_are_cut() {
    let long = "a".repeat(100_000);
    let words = "a b ".repeat(25_000);
    for set in [
        format!("{long}=1"),
        long.clone(),
        format!("rounds={long}"),
        format!("workers.{long}.count=1"),
        format!("sweep.{long}=[1, 2]"),
        format!("sweep.adversaries.count=0..={long}"),
        format!("sweep.method=[{long}]"),
        format!("name={long}"),
        format!("method={{ preset: {long} }}"),
        format!("method={{ name: {long}, preset: signsgd_fv, quantizer: sign }}"),
        format!("figures=[{{ accuracy_vs_rounds: {{ name: {long} }} }}]"),
        format!("figures=[{{ accuracy_vs_rounds: {{ group: {long} }} }}]"),
        format!("adversaries.count={words}"),
        format!("adversaries.attack={words}"),
        format!("name=\"{words}\""),
        format!("workers.batch={words}"),
        format!("server.close={{ {long}: 1, all: }}"),
        format!("network.links.up.bandwidth={long}"),
        format!("workers.compute_time={{ empirical: {{ file: {long} }} }}"),
        format!("task={{ train: {{ data: {{ mnist: {{ dir: {long} }} }}, model: {long} }} }}"),
    ] {
        let error = Plan::parse("t.yaml", SCENARIO, std::slice::from_ref(&set), None).err();
        let Some(error) = error else { continue };
        let text = format!("{error}\n{}", error.advice().unwrap_or_default());
        assert!(text.chars().count() < 2500, "{}: {text}", &set[..40]);
        let longest = text.split_whitespace().map(|word| word.chars().count()).max().unwrap();
        assert!(longest <= 200, "{}: {text}", &set[..40]);
    }
}
