//! Mini-batches: what is drawn and how often.

use std::collections::BTreeSet;

use proptest::prelude::*;
use signsim::data::{draw_batch, walk_batch};
use signsim::random::{Purpose, Streams};
use signsim::time::Round;

fn draw(shard: &[u32], batch: usize, round: u32) -> Vec<u32> {
    let mut out = vec![99; 3];
    draw_batch(shard, batch, &mut Streams::new(5).stream(Purpose::Batch, 2, Round(round)), &mut out);
    out
}

/// Sample numbers that are not their own places.
fn shard(len: u32) -> Vec<u32> {
    (0..len).map(|k| 1000 + 7 * k).collect()
}

proptest! {
    #[test]
    fn a_batch_that_fits_repeats_nothing(len in 1_u32..400, part in 0.0_f64..=1.0, round: u32) {
        let shard = shard(len);
        let batch = (part * f64::from(len)) as usize;
        let drawn = draw(&shard, batch, round);
        let distinct: BTreeSet<u32> = drawn.iter().copied().collect();
        prop_assert_eq!((drawn.len(), distinct.len()), (batch, batch));
        prop_assert!(distinct.iter().all(|sample| shard.contains(sample)));
    }

    #[test]
    fn a_batch_that_does_not_fit_is_filled_with_repetitions(len in 1_u32..20, more in 1_usize..50, round: u32) {
        let shard = shard(len);
        let drawn = draw(&shard, shard.len() + more, round);
        prop_assert_eq!(drawn.len(), shard.len() + more);
        prop_assert!(drawn.iter().all(|sample| shard.contains(sample)));
    }

    #[test]
    fn a_batch_is_a_function_of_its_stream(round: u32) {
        let shard = shard(1000);
        prop_assert_eq!(draw(&shard, 64, round), draw(&shard, 64, round));
        prop_assert_ne!(draw(&shard, 64, round), draw(&shard, 64, round ^ 1));
    }
}

/// How often each of `len` samples is in a batch, over 20,000 rounds.
fn frequencies(len: u32, batch: usize) -> Vec<f64> {
    let shard = shard(len);
    let mut counts = vec![0.0; len as usize];
    for round in 0..20_000 {
        for sample in draw(&shard, batch, round) {
            counts[(sample as usize - 1000) / 7] += 1.0 / 20_000.0;
        }
    }
    counts
}

#[test]
fn every_sample_is_drawn_equally_often() {
    // A count of 20,000 Bernoulli trials strays by less than 5 standard deviations, 5 sqrt(1/4 / 20,000) = 0.018.
    for frequency in frequencies(5, 2) {
        assert!((frequency - 0.4).abs() < 0.018, "{frequency}");
    }
    // With replacement each sample comes batch / len times on average, here with variance 8 (1/4)(3/4) = 1.5.
    for frequency in frequencies(4, 8) {
        assert!((frequency - 2.0).abs() < 5.0 * (1.5_f64 / 20_000.0).sqrt(), "{frequency}");
    }
}

#[test]
fn a_large_batch_leaves_samples_out_as_replacement_does() {
    let shard = shard(4);
    let complete =
        (0..20_000).filter(|&round| draw(&shard, 5, round).into_iter().collect::<BTreeSet<_>>().len() == 4);
    // Onto maps from 5 draws to 4 samples: 4! S(5,4) = 240 of 4^5 = 1024.
    let share = complete.count() as f64 / 20_000.0;
    assert!((share - 240.0 / 1024.0).abs() < 0.016, "{share}");
}

#[test]
fn the_batches_of_published_results_stay_what_they_are() {
    let shard: Vec<u32> = (0..300).collect();
    assert_eq!(draw(&shard, 6, 0), [74, 35, 234, 59, 153, 261]);
    assert_eq!(draw(&shard, 200, 1)[..6], [143, 259, 249, 262, 45, 53]);
    assert_eq!(draw(&shard[..4], 6, 0), [1, 0, 3, 0, 2, 3]);
}

#[test]
#[should_panic(expected = "a worker without samples cannot draw a batch")]
fn an_empty_shard_is_a_broken_promise() {
    draw(&[], 1, 0);
}

fn walk(shard: &[u32], batch: usize, number: u64) -> Vec<u32> {
    let mut out = vec![99; 3];
    let epoch = |epoch| Streams::new(5).stream(Purpose::Epoch, 2, Round(epoch as u32));
    walk_batch(shard, batch, number, epoch, &mut out);
    out
}

proptest! {
    /// Whatever sizes, also batches larger than the shard: all batches one after the other are epochs one after the other,
    /// each with every sample once, each in an order of its own.
    #[test]
    fn every_epoch_has_every_sample_exactly_once(len in 1_u32..60, batch in 1_usize..100) {
        let shard = shard(len);
        let epochs = 5;
        let batches = (epochs * shard.len()).div_ceil(batch) as u64;
        let walked: Vec<u32> = (0..batches).flat_map(|n| {
            let batch_n = walk(&shard, batch, n);
            assert_eq!(batch_n.len(), batch);
            batch_n
        }).collect();
        for epoch in walked.chunks_exact(shard.len()) {
            let mut sorted = epoch.to_vec();
            sorted.sort_unstable();
            prop_assert_eq!(&sorted, &shard);
        }
        let first = &walked[..shard.len()];
        prop_assert!(len < 12 || (first != &shard[..] && first != &walked[shard.len()..2 * shard.len()]));
    }
}

/// Each of four samples is equally often the first of an epoch.
#[test]
fn the_orders_of_epochs_are_fair() {
    let shard = shard(4);
    let mut counts = [0.0; 4];
    for epoch in 0..20_000 {
        counts[(walk(&shard, 4, epoch)[0] as usize - 1000) / 7] += 1.0 / 20_000.0;
    }
    assert!(counts.iter().all(|share| (share - 0.25_f64).abs() < 0.0155), "{counts:?}");
}
