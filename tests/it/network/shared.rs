//! The server's own link, which all messages share.

use super::{scenario, watch};
use crate::engine::run;

/// A vote is 116 bytes = 928 bits: at 928 kbit/s a millisecond. Five of them come after 5 ms of computing and 3 ms on the way
/// and queue at the server's door, so the last is in at 8 + 5 ms; one that travels for longer is last, though it left no later.
#[test]
fn uploads_share_the_link_of_the_server_first_come_first_served() {
    let network = "{ links: { server: { up: { bandwidth: 928kbit/s } }, up: { latency: { constant: 3ms } },
        workers: [{ workers: 0, up: { latency: { constant: 3500us } } }] } }";
    let (output, seen) = watch(&scenario(5, 1, "all", network));
    assert_eq!(output.ended.now.as_nanos(), 13_000_000);
    let ms = |n: u64| n * 1_000_000;
    let expected = [1, 2, 3, 4, 0].iter().zip(8..).map(|(worker, n)| (*worker, ms(n), ms(n + 1)));
    assert_eq!(seen.port, expected.collect::<Vec<_>>());
    assert_eq!(seen.votes[&(0, 0)], [(5_000_000, Some(8_500_000))]);
    // With the overhead of its link a message is 200 bytes, 1600 bits.
    let network = network.replace("latency: { constant: 3ms }", "latency: { constant: 3ms }, overhead: 84B");
    let (output, _) = watch(&scenario(5, 1, "all", &network.replace("928kbit/s", "1600kbit/s")));
    assert_eq!((output.ended.now.as_nanos(), output.ended.ledger.uplink_bytes), (13_000_000, 1000));
}

/// The first opening is 16 bytes = 128 bits: at 128 kbit/s a millisecond, one worker after the other, then at 64 kbit/s two
/// more on its own link and two on the way. So worker m hears of the round at m + 1 + 2 + 2 ms, and the last vote is there
/// 5 ms after 5 + 4 ms.
#[test]
fn downloads_share_the_link_of_the_server_before_their_own() {
    let network = "{ links: { server: { down: { bandwidth: 128kbit/s } },
        down: { latency: { constant: 2ms }, bandwidth: 64kbit/s } } }";
    let (output, seen) = watch(&scenario(5, 1, "all", network));
    for m in 0..5 {
        let at = (u64::from(m) + 10) * 1_000_000;
        assert_eq!(seen.votes[&(m, 0)], [(at, Some(at))]);
    }
    assert_eq!(output.ended.now.as_nanos(), 14_000_000);
}

#[test]
fn a_link_of_the_server_without_limit_is_none() {
    let link = "up: { latency: { exponential: { mean: 3ms } }, duplicate: 0.2 }, down: { loss: 0.1 }";
    let words =
        |more: &str| scenario(4, 6, "{ deadline: 30ms }", &format!("{{ links: {{ {link} {more} }} }}"));
    let plain = run(&words(""), 1).unwrap();
    assert_eq!(plain, run(&words(", server: { up: { bandwidth: unlimited } }"), 1).unwrap());
    // At a terabit a second nothing takes a whole nanosecond more than one, and the books still add up.
    let (fast, _) =
        watch(&words(", server: { up: { bandwidth: 1000Gbit/s }, down: { bandwidth: 1000Gbit/s } }"));
    let (a, b) = (plain.ended.ledger, fast.ended.ledger);
    assert_eq!((a.uplink_bytes, a.votes_sent, a.votes_in), (b.uplink_bytes, b.votes_sent, b.votes_in));
    let somewhere = b.votes_in + b.votes_lost + b.votes_late + b.votes_refused + fast.ended.votes_pending;
    assert_eq!(b.votes_sent, somewhere);
}
