//! What becomes of votes that are missing, late, or too many.

use proptest::prelude::*;
use signsim::attack::CATALOGUE;

use super::{WORKERS, channel, errors, usual};
use crate::engine::{adversaries as whose, run};

const L: u64 = 3;
const ROUNDS: u64 = 20;
const M: u64 = WORKERS as u64;

fn books(attack: &str, more: &str) -> signsim::run::RunOutput {
    let output = channel(attack, L as u32, ROUNDS as u32, 0.2, "signsgd_mv", more);
    let ledger = output.ended.ledger;
    let somewhere = ledger.votes_in + ledger.votes_lost + ledger.votes_late + ledger.votes_refused;
    assert_eq!(ledger.votes_sent, somewhere + output.ended.votes_pending, "{attack}");
    output
}

fn honest() -> signsim::run::RunOutput {
    channel("sign_inversion", 0, ROUNDS as u32, 0.2, "signsgd_mv", "")
}

#[test]
fn silent_workers_are_missing_in_every_round() {
    let output = books("silent", "server: { close: { deadline: 50ms } }");
    assert_eq!(output.summary.votes_missing, L * ROUNDS);
    assert_eq!(output.ended.ledger.votes_sent, (M - L) * ROUNDS);
    assert!(output.rounds.iter().all(|row| u64::from(row.votes_missing) == L));
}

/// Votes leave 10 ms into a round, and twelve of them end it there. Those of round r that are held back by 45 ms leave
/// at 10 r + 55 ms, and the run ends at 200 ms: fifteen rounds of them arrive, all late.
#[test]
fn late_votes_miss_their_round_and_are_waste() {
    for vote in ["honest", "inverted"] {
        let attack = format!("{{ late: {{ by: 45ms, vote: {vote} }} }}");
        let output = books(&attack, "server: { close: { quorum: 12 } }");
        let ledger = output.ended.ledger;
        assert_eq!(output.ended.now.as_nanos(), 200_000_000);
        assert_eq!((ledger.votes_in, ledger.votes_late), (12 * ROUNDS, 15 * L));
        assert_eq!(ledger.wasted_bytes, 15 * L * (16 + 250));
    }
}

#[test]
fn a_server_that_waits_for_all_waits_for_late_votes() {
    let output = books("{ late: { by: 45ms } }", "");
    assert_eq!(output.ended.now.as_nanos(), ROUNDS * 55_000_000);
    assert_eq!(errors(&output), errors(&honest()));
    let inverted = books("{ late: { by: 45ms, vote: inverted } }", "");
    assert_eq!(errors(&inverted), errors(&books("sign_inversion", "")));
}

#[test]
fn of_several_copies_one_is_accepted() {
    let output = books("{ duplicate: { copies: 3 } }", "");
    let ledger = output.ended.ledger;
    assert_eq!((ledger.votes_sent, ledger.votes_in), (ROUNDS * (M + 2 * L), ROUNDS * M));
    // A copy that comes after its round was closed by the one before it is late instead.
    let extra = ledger.votes_refused + ledger.votes_late + output.ended.votes_pending;
    assert_eq!(extra, 2 * L * ROUNDS);
    assert!(ledger.votes_refused >= 2 * (L - 1) * ROUNDS);
    assert_eq!(ledger.wasted_bytes, (ledger.votes_refused + ledger.votes_late) * (16 + 250));
    assert_eq!(output.summary.digest, honest().summary.digest);
    let inverted = books("{ duplicate: { vote: inverted } }", "");
    assert_eq!(inverted.summary.digest, books("sign_inversion", "").summary.digest);
}

#[test]
fn who_crashes_when_it_is_close_is_missing_only_then() {
    let close = "server: { close: { deadline: 50ms } }";
    for (attack, crossover, missing) in [
        // All honest votes agree: the margin is M - L = 12.
        ("{ crash_when_close: { share: 1 } }", 0.0, 0),
        ("{ crash_when_close: { margin: 11, share: 0.001 } }", 0.0, 0),
        ("{ crash_when_close: { margin: M - 3, share: 1 } }", 0.0, L * ROUNDS),
        // At p = 1/2 the margin of twelve coins is at most 3, so 0 or 2, with probability .6123; half are close.
        ("crash_when_close", 0.5, L * ROUNDS),
        ("{ crash_when_close: { share: 0.75 } }", 0.5, 0),
    ] {
        let output = channel(attack, L as u32, ROUNDS as u32, crossover, "signsgd_mv", close);
        assert_eq!(output.summary.votes_missing, missing, "{attack}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]
    /// Votes sent = in + lost + late + refused + pending under every attack, whatever the network does; any thread
    /// count, same bits.
    #[test]
    fn every_vote_is_somewhere(
        seed in 0_u64..1000,
        adversaries in 1_u32..=6,
        loss in 0.0..0.4_f64,
        mean_ms in 1_u32..40,
        deadline_ms in 5_u32..80,
        quorum in 1_u32..=6,
    ) {
        for attack in CATALOGUE.iter().map(|entry| entry.word).filter(|word| *word != "label_flip") {
            let attack = usual(attack);
            let text = format!(
                "{{ name: t, seed: {seed}, rounds: 12, method: signsgd_fd,
                    workers: {{ count: 6, compute_time: {{ exponential: {{ mean: 10ms }} }} }},
                    task: {{ channel: {{ coordinates: 70, crossover: 0.2 }} }},
                    {},
                    server: {{ close: {{ quorum_or_deadline: {{ quorum: {quorum}, deadline: {deadline_ms}ms }} }} }},
                    network: {{ links: {{
                        up: {{ latency: {{ exponential: {{ mean: {mean_ms}ms }} }}, loss: {loss} }},
                        down: {{ latency: {{ exponential: {{ mean: {mean_ms}ms }} }}, loss: {loss} }} }} }} }}",
                whose(adversaries, attack, "20ms")
            );
            let output = run(&text, 1).unwrap();
            let ledger = output.ended.ledger;
            let somewhere = ledger.votes_in + ledger.votes_lost + ledger.votes_late + ledger.votes_refused;
            prop_assert_eq!(ledger.votes_sent, somewhere + output.ended.votes_pending, "{}", attack);
            prop_assert_eq!(output, run(&text, 2).unwrap());
        }
    }
}
