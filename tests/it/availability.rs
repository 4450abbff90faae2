//! Who is away: crashes and their end to the nanosecond, chains, traces, and what nobody hears.

use signsim::error::Error;
use signsim::record::{Activity, TimelineRow};
use signsim::scenario::Plan;

use crate::engine::run;

/// Three workers, 10 ms down, 5 ms of computing, 20 ms up: with everyone there a round takes 35 ms, else until its
/// deadline of 50 ms.
fn scenario(rounds: u32, availability: &str) -> String {
    format!(
        "{{ name: t, rounds: {rounds}, workers: {{ count: 3, compute_time: {{ constant: 5ms }} }}, method: signsgd_mv,
            task: {{ channel: {{ coordinates: 64, crossover: 0.2 }} }}, server: {{ close: {{ deadline: 50ms }} }},
            metrics: {{ timeline: {rounds} }},
            network: {{ links: {{ up: {{ latency: {{ constant: 20ms }} }}, down: {{ latency: {{ constant: 10ms }} }} }},
                        availability: {availability} }} }}"
    )
}

fn absences(rows: &[TimelineRow]) -> Vec<(Option<u32>, f64, f64)> {
    let away = rows.iter().filter(|row| row.what == Activity::Away);
    away.map(|row| (row.worker, row.from_s, row.until_s)).collect()
}

/// Worker 0 leaves at 12 ms, in the middle of its first computation, and is back at 105 ms.
///
/// Round 0: no vote of it, so the round lasts until 50 ms. Round 1: its opening arrives at 60 ms and is lost; the round lasts
/// until 100 ms. Round 2: the opening of 100 ms arrives at 110 ms and brings the two steps that it lacks; everyone votes, at
/// 135 ms. Round 3: 170 ms.
#[test]
fn a_crash_costs_a_computation_and_what_arrives() {
    let output = run(&scenario(4, "{ crashes: [{ workers: 0, at: 12ms, rejoin: 105ms }] }"), 1).unwrap();
    let closed: Vec<(u32, u32, f64)> =
        output.rounds.iter().map(|r| (r.votes_received, r.votes_missing, r.sim_time_s)).collect();
    assert_eq!(closed, [(2, 1, 0.05), (2, 1, 0.1), (3, 0, 0.135), (3, 0, 0.17)]);
    let ledger = output.ended.ledger;
    // The vote of round 0 was never cast, that of round 1 never asked for.
    assert_eq!((ledger.votes_sent, ledger.votes_in, ledger.votes_lost, ledger.messages_lost), (10, 10, 0, 1));
    // What arrives at nobody is paid for: the opening with one step that was lost.
    assert_eq!(ledger.wasted_bytes, 25);
    assert_eq!(absences(&output.timeline), [(Some(0), 0.012, 0.105)]);
    let computes = output.timeline.iter().filter(|r| r.worker == Some(0) && r.what == Activity::Compute);
    let spans: Vec<(f64, f64)> = computes.map(|r| (r.from_s, r.until_s)).collect();
    assert_eq!(spans, [(0.01, 0.012), (0.11, 0.115), (0.145, 0.15)]);
    // A step of 64 signs is a byte for its kind and eight of signs; openings have 16 bytes of header. Worker 0 is sent a step
    // more in round 1 than it hears of, and two in round 2.
    let down: Vec<u64> = output.rounds.iter().map(|r| r.downlink_bytes).collect();
    let of_round = |t: usize| down[t] - if t == 0 { 0 } else { down[t - 1] };
    assert_eq!([of_round(1), of_round(2), of_round(3)], [3 * 25, 3 * 25 + 9, 3 * 25]);
}

/// The first opening, 128 bits, takes its link until 64 ms and would arrive at 74 ms; the next, 200 bits, is sent at 50 ms and
/// waits for the link all the same: from 64 to 164 ms, and there at 174 ms.
#[test]
fn what_is_sent_to_somebody_who_is_away_takes_the_link() {
    let text = scenario(5, "{ crashes: [{ workers: 0, at: 70ms, rejoin: 80ms }] }")
        .replace("down: {", "workers: [{ workers: 0, down: { bandwidth: 2kbit/s } }], down: {");
    let rows = run(&text, 1).unwrap().tables.timeline;
    let of = |what: Activity, round: u32| {
        let rows = rows.iter().filter(|r| (r.worker, r.what, r.round) == (Some(0), what, Some(round)));
        rows.map(|r| (r.from_s, r.until_s)).collect::<Vec<_>>()
    };
    assert_eq!(of(Activity::LostDown, 0), [(0.0, 0.0)]);
    assert_eq!(of(Activity::Download, 1), [(0.064, 0.174)]);
}

#[test]
fn a_vote_of_a_worker_that_is_away_is_not_sent() {
    // A corrupted worker holds its vote back for 30 ms and is away when it would speak.
    let text = scenario(2, "{ crashes: [{ workers: [0], at: 30ms, rejoin: 48ms }] }");
    let text = text.replace("method:", "adversaries: { count: 1, attack: { late: { by: 30ms } } }, method:");
    let output = run(&text, 1).unwrap();
    assert_eq!(output.rounds[0].votes_received, 2);
    let ledger = output.ended.ledger;
    // Five votes of 24 bytes were sent, the last of them too late.
    assert_eq!((ledger.votes_sent, ledger.votes_lost), (6, 1));
    assert_eq!((ledger.uplink_bytes, ledger.wasted_bytes), (5 * 24, 0));
}

#[test]
fn who_never_comes_back_is_missed_for_ever() {
    let output = run(&scenario(5, "{ crashes: [{ workers: \"1..=2\", at: 60ms }] }"), 1).unwrap();
    let received: Vec<u32> = output.rounds.iter().map(|r| r.votes_received).collect();
    // Round 1 opens at 35 ms and arrives at 45 ms; the votes left at 50 ms, before the crash.
    assert_eq!(received, [3, 3, 1, 1, 1]);
    assert!(
        absences(&output.timeline).iter().all(|(_, from, until)| (*from, *until) == (0.06, f64::INFINITY))
    );
}

#[test]
fn a_trace_says_who_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("presence.csv");
    std::fs::write(&file, "worker,from,to\n2,0,0.05\n2,0.12,1\n").unwrap();
    let availability = format!("{{ trace: {{ file: {} }} }}", file.display());
    let output = run(&scenario(4, &availability), 1).unwrap();
    let received: Vec<u32> = output.rounds.iter().map(|r| r.votes_received).collect();
    // Rounds open at 0, 35, 85 and 135 ms. The vote of round 1 leaves at 50 ms, the first instant without worker 2; the
    // opening of round 2 arrives at 95 ms in vain, that of round 3 at 145 ms.
    assert_eq!(received, [3, 2, 2, 3]);

    let determined_by = |text: &str| {
        std::fs::write(&file, text).unwrap();
        let plan = Plan::parse("t.yaml", &scenario(4, &availability), &[], None).unwrap();
        serde_json::to_string(&plan.runs[0].spec).unwrap()
    };
    let [one, other] = ["worker,from,to\n2,0,0.05\n", "worker,from,to\n2,0,0.06\n"].map(determined_by);
    assert_ne!(one, other, "a run is named by what it reads");
}

/// The share of rounds that a worker misses tends to the share of time that it is away.
#[test]
fn who_comes_and_goes_is_away_for_its_share_of_the_time() {
    let law = "{ on_off: [{ up: { exponential: { mean: 3s } }, down: { exponential: { mean: 1s } } }] }";
    let text = scenario(4000, law).replace("timeline: 4000", "timeline: 0").replace("count: 3", "count: 20");
    let output = run(&text, 1).unwrap();
    let missing: u64 = output.rounds.iter().map(|r| u64::from(r.votes_missing)).sum();
    let share = missing as f64 / (20.0 * 4000.0);
    // Within a round of 50 ms a worker must also stay for the 15 ms until its vote has left, and 10 ms before: exp(-.015/3).
    let expected = 1.0 - 0.75 * (-0.015_f64 / 3.0).exp();
    // 200 s and 20 workers: 1,000 cycles, so a standard deviation below .01.
    assert!((share - expected).abs() < 0.03, "{share} instead of {expected}");
}

#[test]
fn absences_are_the_same_for_any_number_of_threads() {
    let law = "{ on_off: [{ up: { exponential: { mean: 200ms } }, down: { constant: 60ms } }] }";
    let text = scenario(60, law);
    assert_eq!(run(&text, 1).unwrap(), run(&text, 2).unwrap());
}

fn refused(availability: &str) -> String {
    let error = Plan::parse("t.yaml", &scenario(3, availability), &[], None).unwrap_err();
    format!("{error} [{}]", error.advice().unwrap_or(""))
}

#[test]
fn mistakes_are_answered_with_their_key_and_a_way_out() {
    for (availability, parts) in [
        ("{ crashes: [{ workers: 5, at: 1s }] }", &["worker 5", "workers from 0 to 2"][..]),
        ("{ crashes: [{ at: 2s, rejoin: 1s }] }", &["a crash at 2s is not over at 1s", "later instant"]),
        ("{ crashes: [{ at: 2 }] }", &["unit"]),
        ("{ on_off: [{ up: { constant: 0s }, down: { constant: 0s } }] }", &["within a microsecond"]),
        ("{ on_off: [{ up: { constant: 1s } }] }", &["`down` is missing"]),
        (
            "{ on_off: [{ up: { gamma: { mean: 1s, shape: 1e-9 } }, down: { gamma: { mean: 1s, shape: 1e-9 } } }] }",
            &["on_off", "take no time", "usual spans are longer"],
        ),
        ("{ trace: { file: /dev/zero } }", &["/dev/zero is no ordinary file"]),
        ("{ trace: { file: /tmp } }", &["/tmp is a folder"]),
        (
            "{ on_off: [{ up: { constant: 1s }, down: { empirical: { file: /dev/zero, unit: s } } }] }",
            &["/dev/zero is no ordinary file"],
        ),
        ("{ on_off: [{ upp: { constant: 1s }, down: { constant: 1s } }] }", &["unknown key `upp`"]),
        ("{ trace: { file: nowhere.csv } }", &["nowhere.csv"]),
    ] {
        let error = refused(availability);
        assert!(parts.iter().all(|part| error.contains(part)), "{availability}: {error}");
    }
    let waits =
        scenario(3, "{ crashes: [{ at: 2s }] }").replace("server: { close: { deadline: 50ms } },", "");
    let error = Plan::parse("t.yaml", &waits, &[], None).unwrap_err();
    assert!(error.to_string().contains("never closes"), "{error}");
}

#[test]
fn a_quorum_that_nobody_is_left_for_is_a_named_error() {
    let text = scenario(9, "{ crashes: [{ workers: \"0..=1\", at: 60ms }] }")
        .replace("{ deadline: 50ms }", "{ quorum: 2 }");
    let Err(Error::Run { message, .. }) = run(&text, 1) else { panic!("a run error") };
    assert!(
        message.contains("of the 2 votes that close round") && message.contains("waits for"),
        "{message}"
    );
}

/// Five of fifteen workers crash within the recorded rounds, some of them while nobody has to notice: the timeline knows of
/// all, and of nothing that begins after it.
#[test]
fn a_timeline_shows_everyone_who_is_away() {
    let text = |availability: &str| {
        format!(
            "{{ name: t, rounds: 8, workers: {{ count: 15, compute_time: {{ exponential: {{ mean: 50ms }} }} }},
                task: {{ channel: {{ coordinates: 100, crossover: 0.2 }} }}, method: signsgd_mv,
                server: {{ close: {{ deadline: 200ms }} }}, metrics: {{ timeline: 6 }},
                network: {{ links: {{ up: {{ latency: {{ exponential: {{ mean: 20ms }} }} }},
                                      down: {{ latency: {{ exponential: {{ mean: 20ms }} }} }} }},
                            availability: {availability} }} }}"
        )
    };
    let crashes = "{ crashes: [{ workers: \"10..=14\", at: 1s, rejoin: 20s }, { workers: 3, at: 1900ms },
        { workers: [4, 10], at: 990ms, rejoin: 1100ms }] }";
    let output = run(&text(crashes), 1).unwrap();
    assert!(output.rounds[5].sim_time_s > 1.0 && output.rounds[5].sim_time_s < 1.9);
    let mut away = absences(&output.timeline);
    away.sort_by_key(|row| row.0);
    let mut expected: Vec<_> = (11..=14).map(|m| (Some(m), 1.0, 20.0)).collect();
    // Two crashes of one worker that overlap are one absence.
    expected.splice(0..0, [(Some(4), 0.99, 1.1), (Some(10), 0.99, 20.0)]);
    assert_eq!(away, expected);

    let chains =
        "{ on_off: [{ up: { exponential: { mean: 500ms } }, down: { exponential: { mean: 100ms } } }] }";
    let output = run(&text(chains), 1).unwrap();
    let away = absences(&output.timeline);
    let until = output.rounds[5].sim_time_s;
    // 15 workers, about 1.2 s, an absence every 600 ms.
    assert!(away.len() > 15 && away.iter().all(|(_, from, to)| from < to && *from < until), "{away:?}");
}

/// A pipe would wait forever for somebody to write.
#[cfg(unix)]
#[test]
fn a_pipe_is_no_measurement() {
    let dir = tempfile::tempdir().unwrap();
    let pipe = dir.path().join("pipe.csv");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let error = refused(&format!("{{ trace: {{ file: {} }} }}", pipe.display()));
    assert!(error.contains("is no ordinary file"), "{error}");
}

/// Sixty million turns in an hour and a half without a look at the worker: an error that says so instead of all memory.
#[test]
fn who_comes_and_goes_too_often_to_follow_is_a_named_error() {
    let law = "{ on_off: [{ up: { constant: 50us }, down: { constant: 50us } }] }";
    let text =
        scenario(3, law).replace("constant: 10ms", "constant: 1h").replace("deadline: 50ms", "deadline: 2h");
    let Err(Error::Run { message, help, .. }) = run(&text, 1) else { panic!("a run error") };
    assert!(message.contains("comes and goes more than 10000000 times"), "{message}");
    assert!(format!("{help:?}").contains("on_off"));
}
