//! The server's own vote: what it tells, what it costs, and who does not have its samples.

use signsim::run::RunOutput;

use crate::engine::{channel, exact, run, tolerance};

fn output(text: &str) -> RunOutput {
    run(text, 1).unwrap_or_else(|e| panic!("{e}: {text}"))
}

fn with(text: &str, server: &str) -> String {
    text.replace("workers: { count: 15 }", &format!("workers: {{ count: 15 }}, server: {server}"))
}

/// Inverters tell as much as honest workers as soon as it is known who they are, and with its own vote the server knows it
/// whoever has the majority. Sixteen votes and a coin for ties err as often as fifteen.
#[test]
fn inverters_are_turned_around_however_many_they_are() {
    for crossover in [0.2, 0.4] {
        let expected = exact(crossover, 0, 1.0).majority;
        for adversaries in [0, 3, 7, 8, 10, 12, 14, 15] {
            let text = channel(20, crossover, adversaries, "{ quantizer: sign, aggregator: spectral }");
            let text = with(&text, "{ trusted: {} }").replace("coordinates: 2000", "coordinates: 20000");
            let error = output(&text).summary.decoding_error.unwrap();
            assert!(
                (error - expected).abs() < tolerance(expected, 20.0 * 20_000.0) + 0.001,
                "p = {crossover}, L = {adversaries}: {error} instead of {expected}"
            );
        }
    }
}

/// Two voters have one agreement, which tells that the worker lies and not who is better: equal weights, a coin where they differ.
/// Wrong are both (.1 · .3) or one of them and the coin ((.1 · .7 + .9 · .3) / 2).
#[test]
fn a_single_liar_is_turned_around_by_the_servers_own_vote() {
    let text = channel(20, 0.1, 1, "{ quantizer: sign, aggregator: spectral }");
    let text = text
        .replace("workers: { count: 15 }", "workers: { count: 1 }, server: { trusted: { crossover: 0.3 } }");
    let error = output(&text).summary.decoding_error.unwrap();
    assert!((error - 0.2).abs() < tolerance(0.2, 40_000.0), "{error}");
}

/// A coalition of coins is one voter that says nothing, even where nobody else is left but the server.
#[test]
fn coins_are_not_believed_however_many_they_are() {
    let method = "{ quantizer: sign, aggregator: { spectral: { ties: hold } } }";
    for (adversaries, expected) in [(8, 0.2_f64), (14, 0.2), (15, 0.2)] {
        let text = channel(20, 0.2, adversaries, method).replace("sign_inversion", "colluders");
        let text = with(&text, "{ trusted: {} }").replace("coordinates: 2000", "coordinates: 20000");
        let error = output(&text).summary.decoding_error.unwrap();
        let honest = 15 - adversaries;
        // At least as good as the server alone; with eight voters far better.
        let most = if honest > 1 { 0.06 } else { expected + tolerance(expected, 4e5) + 0.001 };
        assert!(error < most, "L = {adversaries}: {error}");
    }
}

/// The least error of a vote that is silenced where it disagrees with the server: 15 equals without liars, and nobody but the
/// honest workers with them.
#[test]
fn fltrust_silences_those_who_contradict_the_server() {
    let error = |adversaries: u32| {
        let text = channel(40, 0.2, adversaries, "{ quantizer: sign, aggregator: fltrust }");
        output(&with(&text, "{ trusted: { crossover: 0.1 } }")).summary.decoding_error.unwrap()
    };
    // Fifteen nearly equal weights, a single vote, nobody.
    let (all, one, nobody) = (error(0), error(14), error(15));
    assert!((all - exact(0.2, 0, 1.0).majority).abs() < 0.002, "{all}");
    assert!((one - 0.2).abs() < tolerance(0.2, 80_000.0), "{one}");
    assert!((nobody - 0.5).abs() < 1e-9, "{nobody}");
}

/// It takes the time of a gradient, which a round waits for; a deadline does not, and then the server is as if it had none.
#[test]
fn a_round_waits_for_it_unless_there_is_a_deadline() {
    let spectral = "{ quantizer: sign, aggregator: spectral }";
    let timed = |server: &str| {
        let text = with(&channel(10, 0.2, 9, spectral), server);
        let text = text.replace(
            "{ count: 15 }",
            "{ count: 15, compute_time: { constant: 10ms }, time_per_sample: 1ms }",
        );
        let summary = output(&text).summary;
        (summary.sim_time_s, summary.decoding_error.unwrap())
    };
    assert_eq!(timed("{ close: all }").0, 10.0 * 0.074);
    assert_eq!(timed("{ trusted: { batch: 10, speed: 4 } }").0, 10.0 * 0.074);
    let (time, known) = timed("{ trusted: { batch: 90, speed: 0.5 } }");
    assert!((time - 10.0 * 0.2).abs() < 1e-9, "{time}");
    let (time, unknown) = timed("{ close: { deadline: 100ms }, trusted: { batch: 90, speed: 0.5 } }");
    // Its vote for the first round comes at 200 ms, in the third: the first waits for it to the deadline, the next two have none
    // to wait for. So it goes on, and none is there in time.
    assert!((time - (4.0 * 0.1 + 6.0 * 0.074)).abs() < 1e-9, "{time}");
    assert!(known < 0.01 && unknown > 0.99, "{known} {unknown}");
}

/// Its samples are nobody else's, and which they are does not depend on the split.
#[test]
fn its_samples_are_in_no_shard() {
    let held = |split: &str, server: &str| {
        let text = format!(
            "{{ name: t, rounds: 2, workers: {{ count: 4, batch: 5 }}, server: {server}, metrics: {{ labels: true }},
                task: {{ train: {{ data: {{ digits: {{ train: 200, test: 10 }} }}, split: {split}, model: logistic }} }},
                method: {{ quantizer: sign, aggregator: spectral }} }}"
        );
        output(&text).tables.labels.iter().map(|row| row.samples).sum::<u64>()
    };
    assert_eq!(held("iid", "{}"), 200);
    assert_eq!(held("iid", "{ trusted: { share: 0.1, batch: 5 } }"), 180);
    assert_eq!(held("{ dirichlet: 1 }", "{ trusted: { share: 0.001, batch: 5 } }"), 199);
    assert_eq!(held("replicated", "{ trusted: { share: 0.1, batch: 5 } }"), 4 * 180);
}

/// In training, sixteen voters of which nine lie.
#[test]
fn a_majority_of_inverters_does_not_turn_learning_around() {
    let accuracy = |server: &str| {
        let text = format!(
            "{{ name: t, rounds: 30, evaluate_every: 30, workers: {{ count: 9, batch: 16 }}, server: {server},
                task: {{ train: {{ data: {{ digits: {{ train: 400, test: 100 }} }}, model: logistic }} }},
                adversaries: {{ count: 6, attack: sign_inversion }},
                method: {{ quantizer: sign, momentum: 0.5, aggregator: spectral }} }}"
        );
        output(&text).summary.final_accuracy.unwrap()
    };
    let (own, none) = (
        accuracy("{ learning_rate: 0.01, trusted: { share: 0.1, batch: 16 } }"),
        accuracy("{ learning_rate: 0.01 }"),
    );
    assert!(own > 0.5 && none < 0.1, "{own} {none}");
}
