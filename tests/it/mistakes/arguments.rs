//! Mistakes in `--set`, and settings that an argument or an axis would lose.

use super::{CHANNEL, TRAINING, answer, changed, check};

#[test]
fn samples_that_are_changed_have_no_full_batch() {
    let sets = ["task.train.augmentation={ flip: true }", "metrics.reference=full_batch"];
    check(TRAINING, &sets, "--set:1:19", "there is no full batch | write honest_mean");
    let sets = ["task.train.augmentation={ flip: true }", "metrics.gradient_norm=true"];
    check(TRAINING, &sets, "--set:1:23", "there is no full batch | omit it");
    check(CHANNEL, &["metrics.gradient_norm=true"], "--set:1:23", "has no training samples whose gradient");
}

#[test]
fn own_models_stand_where_there_is_a_model_and_one_step() {
    let own = "{ quantizer: sign, own_model: { penalty: 0.1, rate: 0.1 }, aggregator: mean }";
    check(CHANNEL, &[&format!("method={own}")], "--set:1:38", "no model that a worker could have of its own");
    let momentum = own.replace("sign,", "sign, momentum: 0.9,");
    check(TRAINING, &[&format!("method={momentum}")], "--set:1:53", "one step a round | no momentum");
    check(TRAINING, &[&format!("method={own}"), "workers.local.steps=2"], "--set:1:38", "one step a round");
}

#[test]
fn arguments_are_answered_at_their_own_columns() {
    for (set, place, words) in [
        ("adversary.count=3", "1:1", "unknown key `adversary` | did you mean `adversaries.count`?"),
        ("worker.count=3", "1:1", "did you mean `workers.count`?"),
        ("adversaries.cuont=3", "1:13", "did you mean `adversaries.count`"),
        ("rounds=", "1:8", "nothing is written here"),
        ("rounds=[", "1:9", "not YAML"),
        ("rounds=010", "1:8", "leading zero"),
        ("metrics.layers=yes", "1:16", "write true or false"),
        ("metrics.layers=1", "1:16", "write true or false"),
        ("workers.count=10,000", "1:15", "write 10000"),
        ("workers.count.x=3", "1:17", "has no settings below it"),
        ("workers.local=5", "1:15", "local: { steps: 5"),
        ("method=signsgd_df", "1:8", "did you mean"),
        ("method.aggregator.federated_defense.granularity=foo", "1:49", "`foo` is not known | `layer`"),
        (
            "method={preset: signsgd_fd, aggregator: {federated_defense: {granularity: foo}}}",
            "1:75",
            "`foo` is not known",
        ),
        ("method={preset: signsgd_fd, aggregater: mean}", "1:29", "did you mean `aggregator`?"),
        ("adversaries.attack.late.by=5ms", "1:1", "set the whole of it, adversaries.attack: { late:"),
        ("server.close={deadline: {ms: 5}}", "1:25", "a span of time"),
        ("network.links.up={bandwith: 10Mbit/s}", "1:19", "did you mean `bandwidth`?"),
        ("network.links.workers=[{up: {loss: 0.1}}]", "1:24", "`workers` is missing | workers: \"0..=4\""),
        ("network.links.workers=[{workers: -1}]", "1:34", "-1 is no worker"),
        ("network.links.workers=[{workers: 9}]", "1:34", "there is no worker 9"),
        ("figures=accuracy_vs_rounds", "1:9", "write a list: [accuracy_vs_rounds]"),
        ("figures=[accuracy_vs_round]", "1:10", "did you mean `accuracy_vs_rounds`?"),
        ("figures=[{accuracy_vs_rounds: {scale: log}}]", "1:39", "no option `scale` | it takes"),
        ("sweep.rounds=5", "1:14", "needs several values | [5, …]"),
        ("sweep.rounds=0..x", "1:14", "is not a count"),
        ("sweep.rounds=7..3", "1:14", "is empty"),
        ("sweep.seed=[1,2]", "1:7", "cannot be swept | repeats"),
        ("sweep=[a]", "1:7", "a sweep is a mapping | adversaries.count: [0, 3, 7]"),
        ("sweep.adversaries.count=0..=1000000000", "1:25", "more than 100000 points"),
        ("a..b=3", "1:1", "no path of keys | write a.b"),
        ("adversaries .count=3", "1:1", "no path of keys | write adversaries.count"),
    ] {
        check(CHANNEL, &[set], &format!("--set:{place}"), words);
    }
    for (set, words) in [
        ("rounds", "no path and value"),
        ("=3", "no path and value"),
        ("rounds=3\nname: evil", "a line ends within it"),
    ] {
        let got = answer(CHANNEL, &[set]);
        assert!(got.contains(words) && got.contains("help: write"), "{got}");
    }
}

/// What would have no effect is refused, whichever comes first.
#[test]
fn nothing_that_is_set_is_lost() {
    let swept = changed(CHANNEL, "rounds: 5", "rounds: 5\nsweep: { adversaries.count: [0, 1] }");
    for (sets, words) in [
        (["rounds=3", "rounds=4"], "two arguments give a value to `rounds`"),
        (["rounds=3", "sweep.rounds=[4, 5]"], "another argument sweeps `rounds`"),
        (
            ["adversaries.count=2", "adversaries={count: 1, attack: silent}"],
            "two arguments give a value to `adversaries.count`",
        ),
        (["sweep={rounds: [3]}", "sweep.rounds=[4]"], "two arguments give a value to `sweep.rounds`"),
        (["sweep.method=[signsgd_mv]", "method.momentum=0.5"], "the sweep replaces the whole of `method`"),
        (
            ["sweep.adversaries.count=[0]", "adversaries={count: 2, attack: silent}"],
            "the sweep replaces `adversaries.count`",
        ),
    ] {
        for sets in [sets, [sets[1], sets[0]]] {
            let got = answer(CHANNEL, &sets);
            assert!(got.starts_with("--set:1:") && got.contains(words), "{sets:?}: {got}");
        }
    }
    check(
        &swept,
        &["adversaries={count: 2, attack: silent}"],
        "--set:1:1",
        "hold it with --set adversaries.count=",
    );
    assert_eq!(answer(&swept, &["adversaries={attack: silent}", "server.close={deadline: 1s}"]), "accepted");
    assert_eq!(answer(&swept, &["method.momentum=0", "method=signsgd_mv"]), "accepted");
}

#[test]
fn axes_that_a_later_one_replaces_are_refused() {
    for (sweep, place, words) in [
        (
            "{ method.momentum: [0, 0.5], method: [signsgd_mv, signsgd_fd] }",
            "3:37",
            "`method` replaces | before `method.momentum`",
        ),
        ("{ adversaries.count: [0, 1], \"adversaries .count\": [2, 3] }", "3:37", "no path of keys"),
        ("{ adversaries.count: [0, 1], \"adversaries.count \": [2, 3] }", "3:37", "no path of keys"),
        ("{ rounds: [] }", "3:18", "has no values"),
        ("{ rounds: 0..=M/0 }", "3:18", "divides by zero"),
        ("{ name: [a, b] }", "3:10", "cannot be swept | method"),
        ("{ 3: [a, b] }", "3:10", "keys are words"),
    ] {
        let text = changed(CHANNEL, "rounds: 5", &format!("rounds: 5\nsweep: {sweep}"));
        let got = answer(&text, &[]);
        let found = words.split('|').all(|part| got.contains(part.trim()));
        assert!(got.starts_with(&format!("t.yaml:{place}")) && found, "{sweep}: {got}");
    }
    let below = "rounds: 5\nsweep: { method: [signsgd_fd, signsgd_fv], method.aggregator.federated_defense.t_in: [2, 3] }";
    assert_eq!(answer(&changed(CHANNEL, "rounds: 5", below), &[]), "accepted");
}

/// Ten axes of a hundred values would be 10^20 points: counted, not made.
#[test]
fn points_are_counted_before_they_are_made() {
    let values: Vec<String> = (1..=100).map(|i| i.to_string()).collect();
    let axes = ["rounds", "workers.batch", "evaluate_every", "metrics.every", "limits.events"];
    let axes: Vec<String> = axes.iter().map(|axis| format!("  {axis}: [{}]", values.join(", "))).collect();
    let text = changed(CHANNEL, "rounds: 5", &format!("rounds: 5\nsweep:\n{}", axes.join("\n")));
    check(&text, &[], "t.yaml:6:3", "more than 100000 points");
}
