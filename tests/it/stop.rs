//! Runs that end at a measurement: at the accuracy that was asked for, or because they have diverged.

use signsim::protocol::Ending;
use signsim::record::Status;
use signsim::run::{RunOutput, simulate_alone};
use signsim::scenario::{Certainty, Plan};

const TRAINING: &str = "\
name: t
rounds: 60
evaluate_every: 5
workers: { count: 5, batch: 16 }
task: { train: { data: { digits: { train: 500, test: 200 } }, model: logistic } }
method: signsgd_mv
adversaries: { count: 1, attack: sign_inversion }
server: { learning_rate: 0.01 }
";

fn run(sets: &[&str], threads: usize) -> RunOutput {
    let sets: Vec<String> = sets.iter().map(|s| (*s).to_owned()).collect();
    let plan = Plan::parse("t.yaml", TRAINING, &sets, None).unwrap_or_else(|e| panic!("{sets:?}: {e}"));
    simulate_alone(&plan.runs[0].spec, threads).unwrap()
}

/// Up to its end a run that stops is the run that does not, whatever closes its rounds and however many threads measure.
#[test]
fn a_run_ends_after_the_first_measurement_that_is_accurate_enough() {
    let noisy = [
        "network.links.up.latency={ exponential: { mean: 20ms } }",
        "network.links.down.latency={ exponential: { mean: 20ms } }",
    ];
    for more in [
        vec![],
        [&noisy[..], &["server.close={ quorum: 4 }"]].concat(),
        [&noisy[..], &["server.close={ buffer: 3 }", "server.late=count"]].concat(),
    ] {
        let whole = run(&more, 1);
        let best = whole.rounds.iter().filter_map(|row| row.accuracy).fold(0.0, f64::max);
        let enough = (best - 0.1).max(0.3);
        let first = whole.rounds.iter().find(|row| row.accuracy.is_some_and(|a| a >= enough)).unwrap().round;
        assert!(first > 0 && first < 60, "{first}");
        let target = format!("stop.accuracy={enough}");
        let stop: Vec<&str> = more.iter().copied().chain([target.as_str()]).collect();
        let stopped = run(&stop, 1);
        assert_eq!(stopped.rounds[..], whole.rounds[..=first as usize]);
        assert_eq!(stopped, run(&stop, 3));
        let summary = &stopped.summary;
        assert_eq!(
            (summary.status, summary.rounds, summary.rounds_done),
            (Status::Finished, 60, Some(first))
        );
        assert_eq!(summary.votes_missing + summary.votes_received, u64::from(first) * 5);
        assert_eq!(stopped.ended.ending, Some(Ending::Reached));
        assert_eq!(summary.final_accuracy, stopped.rounds.last().unwrap().accuracy);
        assert!(stopped.parameters.is_some() && summary.digest != whole.summary.digest);
        assert_eq!((whole.summary.rounds_done, whole.ended.ending), (Some(60), None));
    }
}

/// Until its measurement shows something, what would stop a run changes nothing about it.
#[test]
fn a_run_that_never_gets_there_is_the_same_run() {
    let (without, with) = (run(&[], 2), run(&["stop={ accuracy: 1, loss_above: 1000, diverged: true }"], 2));
    assert_eq!(without, with);
}

#[test]
fn a_run_that_has_diverged_ends_as_such() {
    let finite = run(&["server.learning_rate=10", "stop.loss_above=5"], 2);
    let summary = &finite.summary;
    assert_eq!((summary.status, summary.rounds_done), (Status::Diverged, Some(5)));
    assert!(summary.final_loss.unwrap() > 5.0 && summary.final_loss.unwrap().is_finite());
    let wild = ["method=sgd", "server.learning_rate=1e38"];
    let (whole, stopped) = (run(&wild, 1), run(&[&wild[..], &["stop.diverged=true"]].concat(), 1));
    assert_eq!((whole.summary.status, whole.summary.rounds_done), (Status::Diverged, Some(60)));
    assert_eq!((stopped.summary.status, stopped.summary.rounds_done), (Status::Diverged, Some(5)));
    assert_eq!(stopped.ended.ending, Some(Ending::Diverged));
}

#[test]
fn a_beginning_that_is_good_enough_needs_no_round() {
    let output = run(&["stop.accuracy=0.01"], 1);
    assert_eq!(
        (output.summary.rounds_done, output.rounds.len(), output.ended.ledger.votes_in),
        (Some(0), 1, 0)
    );
    assert_eq!(output.summary.uplink_bytes + output.summary.downlink_bytes, 0);
}

#[test]
fn what_may_end_early_costs_at_most_so_much() {
    let cost =
        |set: &[String]| Plan::parse("t.yaml", TRAINING, set, None).unwrap().runs[0].spec.cost(1).unwrap();
    let (whole, stop) = (cost(&[]), cost(&["stop.accuracy=0.9".to_owned()]));
    assert_eq!((whole.known, stop.known), (Certainty::Exactly, Certainty::AtMost));
    assert_eq!((whole.messages, whole.uplink_bytes), (stop.messages, stop.uplink_bytes));
}
