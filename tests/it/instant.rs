//! The order within an instant: what arrives at a deadline counts, with all that follows from it without delay; what arrives
//! a nanosecond later does not.

use signsim::run::RunOutput;

use crate::engine::{adversaries, run};

const ROUNDS: u64 = 4;

/// Five workers on a channel.
fn votes(up: &str, server: &str, more: &str) -> RunOutput {
    let text = format!(
        "{{ name: t, rounds: {ROUNDS}, workers: {{ count: 5 }}, method: signsgd_mv,
            task: {{ channel: {{ coordinates: 500, crossover: 0.2 }} }}, server: {{ {server} }},
            network: {{ links: {{ down: {{ latency: {{ constant: 50ms }} }}, up: {{ latency: {{ constant: {up} }} }} }} }},
            {more} }}"
    );
    run(&text, 1).unwrap_or_else(|e| panic!("{up}, {server}, {more}: {e}"))
}

#[test]
fn a_vote_at_the_instant_of_the_deadline_counts_and_one_a_nanosecond_later_does_not() {
    for server in
        ["close: { deadline: 100ms }", "close: { quorum_or_deadline: { quorum: 5, deadline: 100ms } }"]
    {
        for (up, counted) in [("49999999ns", 5), ("50ms", 5), ("50000001ns", 0)] {
            let output = votes(up, server, "");
            assert_eq!(output.summary.votes_received, counted * ROUNDS, "{up}, {server}");
            assert_eq!(output.summary.empty_rounds, Some(if counted == 0 { ROUNDS } else { 0 }));
            // What comes late in the last round is not there when the run ends.
            let late = if counted == 0 { 5 * (ROUNDS - 1) } else { 0 };
            assert_eq!(output.summary.votes_late, late, "{up}, {server}");
            let round = if up == "49999999ns" { 99_999_999 } else { 100_000_000 };
            assert_eq!(output.ended.now.as_nanos(), ROUNDS * round, "{up}, {server}");
        }
    }
    // A quorum within the instant closes the round there; who speaks after it is late.
    let quorum = votes("50ms", "close: { quorum_or_deadline: { quorum: 3, deadline: 100ms } }", "");
    assert_eq!((quorum.summary.votes_received, quorum.summary.votes_late), (3 * ROUNDS, 2 * (ROUNDS - 1)));
    assert_eq!(quorum.ended.votes_pending, 2);
}

/// Votes that are there only because of what happens at that instant: orders of the adversary, one message after another.
#[test]
fn what_follows_without_delay_counts_too() {
    let more = |attack: &str| {
        let whose = adversaries(2, attack, "1s");
        format!("{whose}, workers: {{ count: 5, compute_time: {{ constant: 50ms }} }}")
    };
    for attack in ["sign_inversion", "minus_majority", "alie"] {
        for (deadline, counted) in [("100ms", 5), ("99999999ns", 0)] {
            let server = format!("close: {{ deadline: {deadline} }}");
            let text = format!(
                "{{ name: t, rounds: {ROUNDS}, method: signsgd_mv, server: {{ {server} }},
                    task: {{ channel: {{ coordinates: 500, crossover: 0.2 }} }},
                    network: {{ links: {{ down: {{ latency: {{ constant: 50ms }} }} }} }}, {} }}",
                more(attack)
            );
            let output = run(&text, 1).unwrap();
            assert_eq!(output.summary.votes_received, counted * ROUNDS, "{attack}, {deadline}");
        }
    }
}

/// Corrupted workers are ready 10 ms before honest ones. A patience that ends at the very instant in which those speak has
/// heard them all; one that ends a nanosecond before has heard nobody.
#[test]
fn a_patience_hears_what_is_said_at_its_end() {
    let text = |patience: &str| {
        format!(
            "{{ name: t, rounds: {ROUNDS}, method: signsgd_mv, task: {{ channel: {{ coordinates: 500, crossover: 0.2 }} }},
                workers: {{ count: 7, compute_time: {{ constant: 20ms }}, speed: 3x2 + 4x1 }},
                adversaries: {{ count: 3, attack: minus_majority, patience: {patience} }} }}"
        )
    };
    let errors = |patience: &str| {
        let output = run(&text(patience), 1).unwrap();
        assert_eq!(output.ended.now.as_nanos(), ROUNDS * 20_000_000, "{patience}");
        output.rounds.iter().map(|row| row.decoding_error.unwrap()).collect::<Vec<f64>>()
    };
    let heard = errors("1s");
    assert_eq!(errors("10ms"), heard);
    assert_ne!(errors("9999999ns"), heard);
}
