//! Links: their time to the nanosecond, their bytes to the last, and what becomes of every message.

mod closing;
mod shared;

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;

use proptest::prelude::*;
use rand::Rng;
use signsim::error::Result;
use signsim::protocol::{Message, Node};
use signsim::random::{Purpose, Streams};
use signsim::run::{RunControl, RunOutput, simulate_watched};
use signsim::scenario::Plan;
use signsim::sim::{Happening, IdleThreads, Observer};
use signsim::time::{Round, SimTime};
use signsim::wire::encoded_len;

use crate::engine::run;

const COORDINATES: usize = 800;

/// When a transmission starts and arrives, in nanoseconds.
type Times = (u64, Option<u64>);

/// Every transmission of a vote by worker and round, and all bytes.
#[derive(Default)]
struct Seen {
    votes: BTreeMap<(u32, u32), Vec<Times>>,
    /// Worker, and when its vote passes the server's own link.
    port: Vec<(u32, u64, u64)>,
    /// Up and down: encoded lengths without overhead, and the number of transmissions.
    encoded: [(u64, u64); 2],
}

impl Observer for Seen {
    fn happened(&mut self, now: SimTime, happening: &Happening<'_>) -> Result<()> {
        if let Happening::AtPort { message: Message::Vote { worker, .. }, begins, ends, .. } = happening {
            self.port.push((worker.0, begins.as_nanos(), ends.as_nanos()));
        }
        let Happening::Sent { to, message, starts, arrives, .. } = happening else { return Ok(()) };
        if !message.crosses_the_network() {
            return Ok(());
        }
        assert!(*starts >= now && arrives.is_none_or(|at| at >= *starts));
        let sum = &mut self.encoded[usize::from(*to != Node::Server)];
        *sum = (sum.0 + encoded_len(message, COORDINATES), sum.1 + 1);
        if let Message::Vote { round, worker, .. } = message {
            let entry = (starts.as_nanos(), arrives.map(SimTime::as_nanos));
            self.votes.entry((worker.0, round.0)).or_default().push(entry);
        }
        Ok(())
    }
}

/// A scenario of `workers` workers on `COORDINATES` channels.
fn scenario(workers: u32, rounds: u32, server: &str, network: &str) -> String {
    format!(
        "{{ name: t, rounds: {rounds}, workers: {{ count: {workers}, compute_time: {{ constant: 5ms }} }},
            task: {{ channel: {{ coordinates: {COORDINATES}, crossover: 0.1 }} }}, method: signsgd_mv,
            server: {{ close: {server} }}, network: {network} }}"
    )
}

fn watch(text: &str) -> (RunOutput, Seen) {
    let plan = Plan::parse("test.yaml", text, &[], None).unwrap_or_else(|e| panic!("{e}"));
    let mut seen = Seen::default();
    let control = RunControl {
        threads: 1,
        interrupted: &AtomicBool::new(false),
        on_round: &|_| {},
        spare: &IdleThreads::default(),
    };
    let output = simulate_watched(&plan.runs[0].spec, None, &control, Some(&mut seen)).unwrap();
    (output, seen)
}

/// A vote is 16 + 100 bytes, with its overhead 182 bytes = 1456 bits; the first opening 16 + 66 bytes = 656 bits, one
/// with s steps 656 + 808 s bits. At 3 Mbit/s down the first takes 218,666.7 ns, rounded up 218,667 ns, and travels 2 ms;
/// everyone computes 5 ms, so all votes are ready at 7,218,667 ns.
///
/// Round 0, up. Worker 0: 1456 bits at 1 Mbit/s 1,456,000 ns, latency 3 ms: 11,674,667. Worker 1, latency 4 ms:
/// 12,674,667. Worker 2 at 50 kbit/s: 29,120,000 ns, so sent at 36,338,667 and there at 39,338,667, long after the
/// deadline of 15 ms.
///
/// Round 1 opens at 15 ms with one step: 1464 bits, 488,000 ns; votes are ready at 22,488,000. Worker 0: 26,944,000.
/// Worker 2 is still sending its first vote: it starts at 36,338,667, has sent at 65,458,667, arrives at 68,458,667.
///
/// Round 2 opens at 30 ms. Worker 2, unheard of so far, is sent two steps: 2272 bits, 757,334 ns; its vote is ready at
/// 37,757,334 and starts at 65,458,667. All ends with round 3 at 60 ms: of twelve votes eight are in, one is late, three are on
/// their way.
#[test]
fn three_workers_take_as_long_as_computed_by_hand() {
    let network = "{ links: {
        up: { latency: { constant: 3ms }, bandwidth: 1Mbit/s, overhead: 66B },
        down: { latency: { constant: 2ms }, bandwidth: 3Mbit/s, overhead: 66B },
        workers: [{ workers: 1, up: { latency: { constant: 4ms } } }, { workers: 2, up: { bandwidth: 50kbit/s } }] } }";
    let text = scenario(3, 4, "{ deadline: 15ms }, acknowledge: vote", network);
    let (output, seen) = watch(&text);
    for (worker, round, starts, arrives) in [
        (0, 0, 7_218_667, 11_674_667),
        (1, 0, 7_218_667, 12_674_667),
        (2, 0, 7_218_667, 39_338_667),
        (0, 1, 22_488_000, 26_944_000),
        (2, 1, 36_338_667, 68_458_667),
        (2, 2, 65_458_667, 65_458_667 + 29_120_000 + 3_000_000),
    ] {
        assert_eq!(seen.votes[&(worker, round)], [(starts, Some(arrives))], "worker {worker}, round {round}");
    }
    let ledger = output.ended.ledger;
    assert_eq!(output.ended.now.as_nanos(), 60_000_000);
    assert_eq!((ledger.votes_sent, ledger.votes_in, ledger.votes_late), (12, 8, 1));
    assert_eq!(output.ended.votes_pending, 3);
    assert_eq!((ledger.uplink_bytes, ledger.wasted_bytes), (12 * 182, 182));
    // Worker 2 is sent 0, 1, 2 and 3 steps, the others 0, 1, 1 and 1.
    assert_eq!(ledger.downlink_bytes, 12 * 82 + (3 + 3 + 6) * 101);
    // What was promised beforehand.
    let plan = Plan::parse("test.yaml", &text, &[], None).unwrap();
    let cost = plan.runs[0].spec.cost(1).unwrap();
    assert_eq!((cost.uplink_bytes, cost.downlink_bytes), (12 * 182, 12 * 82 + 12 * 101));
}

/// Every attempt of a vote is lost: it is sent at 5, 5 + 1.16 + 10 and so on, since 116 bytes at 800 kbit/s take 1.16 ms.
#[test]
fn a_lost_message_is_repeated_until_the_attempts_are_used_up() {
    let network =
        "{ links: { up: { loss: 1, bandwidth: 100kB/s, retransmit: { after: 10ms, attempts: 3 } } } }";
    let (output, seen) = watch(&scenario(1, 1, "{ deadline: 100ms }", network));
    assert_eq!(seen.votes[&(0, 0)], [(5_000_000, None), (16_160_000, None), (27_320_000, None)]);
    let ledger = output.ended.ledger;
    assert_eq!(
        (ledger.votes_sent, ledger.votes_lost, ledger.messages_lost, ledger.retransmissions),
        (1, 1, 1, 2)
    );
    assert_eq!((ledger.uplink_bytes, ledger.wasted_bytes), (3 * 116, 3 * 116));
}

/// With attempts enough nearly everything arrives, whatever is lost on the way: 0.5^20 is one in a million.
#[test]
fn retransmission_draws_anew() {
    let network = "{ links: { up: { loss: 0.5, retransmit: { after: 1ms, attempts: 20 } } } }";
    let (output, seen) = watch(&scenario(10, 100, "{ deadline: 50ms }", network));
    assert_eq!(output.ended.ledger.votes_in, 1000);
    // Transmissions are geometric with mean 2 and standard deviation sqrt(2).
    let sent = seen.votes.values().map(Vec::len).sum::<usize>() as f64;
    assert!((sent / 1000.0 - 2.0).abs() < 5.0 * (2.0_f64 / 1000.0).sqrt(), "{sent}");
    assert_eq!(output.ended.ledger.retransmissions, sent as u64 - 1000);
}

/// Without the newer faults a message meets the fate that its two keys say, drawn here by hand; and the first attempt of
/// a network that repeats is the only one of a network that does not.
#[test]
fn the_first_attempt_draws_what_it_always_drew() {
    let link = "latency: { exponential: { mean: 3ms } }, loss: 0.3";
    let text = |more: &str| {
        scenario(4, 10, "{ deadline: 50ms }", &format!("{{ links: {{ up: {{ {link}{more} }} }} }}"))
    };
    let (_, plain) = watch(&text(""));
    let (_, repeating) = watch(&text(", retransmit: { after: 1ms, attempts: 3 }, duplicate: 0"));
    let plan = Plan::parse("test.yaml", &text(""), &[], None).unwrap();
    let latency = &plan.runs[0].spec.network.links.up.latency;
    for ((worker, round), sent) in &plain.votes {
        let stream = |purpose| Streams::new(1).stream(purpose, u64::from(*worker), Round(*round));
        let lost = stream(Purpose::LossUp).random_bool(0.3);
        let travels = latency.sample(&mut stream(Purpose::LatencyUp)).as_nanos() as u64;
        let after = |(starts, arrives): &Times| arrives.map(|at| at - starts);
        assert_eq!((sent.len(), after(&sent[0])), (1, (!lost).then_some(travels)));
        assert_eq!(after(&sent[0]), after(&repeating.votes[&(*worker, *round)][0]));
    }
    assert_eq!(plain.votes.len(), 40);
}

#[test]
fn copies_are_paid_for_and_change_nothing() {
    let plain = run(&scenario(3, 4, "all", "{ links: {} }"), 1).unwrap();
    let twice = "{ links: { up: { duplicate: 1 }, down: { duplicate: 1 } } }";
    let (copied, seen) = watch(&scenario(3, 4, "all", twice));
    assert_eq!(plain.summary.digest, copied.summary.digest);
    let ledger = copied.ended.ledger;
    assert_eq!((ledger.votes_sent, ledger.votes_in, ledger.duplicates), (24, 12, 24));
    assert_eq!((ledger.uplink_bytes, ledger.downlink_bytes), (seen.encoded[0].0, seen.encoded[1].0));
    assert_eq!(ledger.uplink_bytes, 2 * plain.ended.ledger.uplink_bytes);
    assert_eq!(ledger.votes_refused + ledger.votes_late + copied.ended.votes_pending, 12);
}

/// A detour of 50 ms for every vote of worker 0; the others overtake it.
#[test]
fn a_detour_adds_its_delay() {
    let network =
        "{ links: { workers: [{ workers: 0, up: { reorder: { probability: 1, delay: 50ms } } }] } }";
    let (_, seen) = watch(&scenario(2, 2, "all", network));
    assert_eq!(seen.votes[&(0, 0)], [(5_000_000, Some(55_000_000))]);
    assert_eq!(seen.votes[&(1, 0)], [(5_000_000, Some(5_000_000))]);
}

/// Votes are ready at 5 ms, within the cut from 5 ms up to, but not including, 25 ms: sent again at 15 and 25 ms.
#[test]
fn a_partition_cuts_what_is_sent_within_it() {
    let network = "{ links: { up: { retransmit: { after: 10ms, attempts: 9 } } },
        partitions: [{ from: 5ms, to: 25ms, workers: [0], direction: up }] }";
    let (output, seen) = watch(&scenario(2, 1, "{ deadline: 100ms }", network));
    let lost = [(5_000_000, None), (15_000_000, None), (25_000_000, Some(25_000_000))];
    assert_eq!(seen.votes[&(0, 0)], lost);
    assert_eq!(seen.votes[&(1, 0)], [(5_000_000, Some(5_000_000))]);
    assert_eq!((output.ended.ledger.votes_in, output.ended.ledger.wasted_bytes), (2, 2 * 116));
}

/// Votes of a round are 116 bytes: at 116 kB/s worker 0 sends three copies in 3 ms from 5 ms on. Away from 6.5 to 7.5 ms, it
/// sends the second, begun before, and not the third, which would begin at 7 ms and takes neither bytes nor the link. Worker 1
/// votes in both rounds; the second round, from 6 ms on, worker 0 misses with its computation.
#[test]
fn what_is_not_sent_costs_neither_bytes_nor_the_link() {
    let network = "{ links: { up: { bandwidth: 116kB/s } },
        availability: { crashes: [{ workers: 0, at: 6500us, rejoin: 7500us }] } }";
    let text = scenario(2, 2, "{ deadline: 20ms }", network)
        .replace("method:", "adversaries: { count: 1, attack: { duplicate: { copies: 3 } } }, method:");
    let (output, seen) = watch(&text);
    let sent: Vec<u64> = seen.votes[&(0, 0)].iter().map(|(starts, _)| *starts).collect();
    assert_eq!(sent, [5_000_000, 6_000_000]);
    let ledger = output.ended.ledger;
    assert_eq!((ledger.votes_sent, ledger.votes_lost, ledger.messages_lost), (5, 1, 1));
    assert_eq!(ledger.uplink_bytes, 4 * 116);
}

#[test]
fn what_makes_no_network_is_refused_by_key() {
    for (network, words) in [
        ("{ links: { up: { bandwidth: 10 } } }", &["links.up.bandwidth", "`10` has no unit"][..]),
        ("{ links: { up: { bandwidth: 0bit/s } } }", &["never sends"]),
        ("{ links: { up: { bandwidth: 1bit/s }, down: { bandwidth: 1bit/s } } }", &["584 years"]),
        ("{ links: { down: { overhead: 66 } } }", &["has no unit"]),
        ("{ links: { up: { retransmit: { after: 1ms, attempts: 1 } } } }", &["at least 2 attempts"]),
        ("{ links: { up: { retransmit: never } } }", &["`none`"]),
        (
            "{ links: { workers: [{ workers: [0, 5] }] } }",
            &["network.links.workers.[0].workers", "no worker 5", "0 to 2"],
        ),
        ("{ links: { workers: [{ workers: 0, up: { latencies: 1 } }] } }", &["latencies"]),
        ("{ partitions: [{ from: 2s, to: 1s }] }", &["network.partitions.[0].to", "is empty"]),
        ("{ partitions: [{ from: 1s, to: 2s, workers: '2..=3' }] }", &["no worker 3"]),
        ("{ partitions: [{ from: 1s, to: 2s, direction: left }] }", &["left"]),
        ("{ partitions: [{ from: 1s, to: 2s }] }", &["never closes", "links of all workers are cut"]),
        (
            "{ links: { workers: [{ workers: 0, down: { loss: 0.1 } }] } }",
            &["never closes", "messages of worker 0 are lost (network.links.workers[0])"],
        ),
        ("{ availability: { crashes: [{ workers: '1..=2', at: 1s }] } }", &["workers 1..=2 crash"]),
        (
            "{ links: { workers: [{ workers: 1 }, { workers: [0, '1..=2'] }] } }",
            &[
                "network.links.workers.[1].workers",
                "worker 1 has links of its own in entry 0 already",
                "one entry",
            ],
        ),
        ("{ links: { workers: [{ workers: all }, { workers: 2 }] } }", &["worker 2 has links"]),
        (
            "{ links: { up: { retransmit: { after: 0s, attempts: 4294967295 } } } }",
            &["links.up.retransmit", "4294967295 attempts 0s apart", "at most 1000 attempts"],
        ),
        ("{ links: { down: { retransmit: { after: 999ns, attempts: 1001 } } } }", &["at least 1us"]),
        ("{ links: { up: { overhead: 8999999GB } } }", &["may not fit 64 bits", "lower the overhead"]),
        ("{ links: { server: { up: { bandwidth: 0bit/s } } } }", &["never sends"]),
        ("{ links: { server: { up: { latency: 1ms } } } }", &["latency", "`bandwidth`"]),
        ("{ links: { server: { both: { bandwidth: 1Gbit/s } } } }", &["both"]),
        ("{ links: { server: { down: { bandwidth: 1bit/s } } } }", &["584 years"]),
    ] {
        let long = words.contains(&"584 years") || words.contains(&"may not fit 64 bits");
        let rounds = if long { 4_000_000 } else { 4 };
        let text = scenario(3, rounds, "all", network);
        let error = match Plan::parse("test.yaml", &text, &[], None) {
            Ok(_) => panic!("{network} is taken"),
            Err(error) => format!("{error} {error:?} {}", error.advice().unwrap_or_default()),
        };
        for word in words {
            assert!(error.contains(word), "{network}: {error}");
        }
    }
}

/// The resolved scenario reads back as itself, overrides complete.
#[test]
fn a_resolved_network_reads_back() {
    let network =
        "{ links: { up: { loss: 0.1, bandwidth: 1.5Mbit/s, latency: { gamma: { mean: 9ms, shape: 2 } } },
        workers: [{ workers: [0, '2..=2'], up: { reorder: { probability: 0.1, delay: 1ms } } }] },
        partitions: [{ from: 1s, to: 2s }] }";
    let text = scenario(3, 2, "{ deadline: 1s }", network);
    let plan = Plan::parse("test.yaml", &text, &[], None).unwrap();
    let again = Plan::parse("test.yaml", &plan.resolved, &[], None).unwrap();
    assert_eq!(plan.runs[0].spec, again.runs[0].spec);
    assert_eq!(plan.resolved, again.resolved);
    assert_eq!(plan.runs[0].spec.network.links.workers[0].up.loss.get(), 0.1);
}

fn link() -> impl Strategy<Value = String> {
    (0_u32..20, 50_u32..2000, 0_u32..100, 0.0..0.6_f64, 2_u32..4, 0.0..0.5_f64, 0.0..0.5_f64).prop_map(
        |(mean, kbit, overhead, loss, attempts, duplicate, reorder)| {
            format!(
                "{{ latency: {{ normal: {{ mean: {mean}ms, std: 3ms }} }}, bandwidth: {kbit}kbit/s,
                    overhead: {overhead}B, loss: {loss}, retransmit: {{ after: 7ms, attempts: {attempts} }},
                    duplicate: {duplicate}, reorder: {{ probability: {reorder}, delay: 20ms }} }}"
            )
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    /// Votes sent, copies included, = in + lost + late + refused + pending; bytes = encoded lengths + overhead of every
    /// transmission; any thread count, same bits.
    #[test]
    fn nothing_is_lost_from_the_books(
        up in link(), down in link(), seed in 0_u64..1000, deadline in 10_u32..80, from in 0_u32..200,
    ) {
        let network = format!(
            "{{ links: {{ up: {up}, down: {down}, workers: [{{ workers: '0..=1', up: {{ bandwidth: unlimited }} }}] }},
                availability: {{ drop_out: 0.1 }},
                partitions: [{{ from: {from}ms, to: {}ms, workers: '1..=3' }}] }}", from + 60
        );
        let server = format!("{{ quorum_or_deadline: {{ quorum: 4, deadline: {deadline}ms }} }}");
        let text = scenario(5, 8, &server, &network).replace("name: t", &format!("name: t, seed: {seed}"));
        let (output, seen) = watch(&text);
        let ledger = output.ended.ledger;
        let somewhere = ledger.votes_in + ledger.votes_lost + ledger.votes_late + ledger.votes_refused;
        prop_assert_eq!(ledger.votes_sent, somewhere + output.ended.votes_pending);
        let plan = Plan::parse("test.yaml", &text, &[], None).unwrap();
        let links = &plan.runs[0].spec.network.links;
        for (bytes, (encoded, count), link) in [
            (ledger.uplink_bytes, seen.encoded[0], &links.up),
            (ledger.downlink_bytes, seen.encoded[1], &links.down),
        ] {
            prop_assert_eq!(bytes, encoded + count * link.overhead.get());
        }
        prop_assert!(ledger.wasted_bytes <= ledger.uplink_bytes + ledger.downlink_bytes);
        prop_assert_eq!(output, run(&text, 2).unwrap());
    }
}
