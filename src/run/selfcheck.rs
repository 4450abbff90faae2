//! Does a scenario give the same bits whatever the number of threads? Run it twice and compare every event.
//!
//! The first run leaves a digest of every event, eight bytes each; the second is compared while it runs. The first
//! difference names time, actor and message.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use super::one::{Means, Output, simulate_watched};
use crate::data::Dataset;
use crate::error::Result;
use crate::protocol::{Event, Message, Node, Product, Update};
use crate::scenario::RunSpec;
use crate::sign::SignVector;
use crate::sim::{Happening, Observer};
use crate::time::SimTime;
use crate::vote::{Step, Vote};

/// The first event in which two runs differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// How many events were the same.
    pub number: u64,
    /// Time, actor and message in the second run; `None` when it ended before the first did.
    pub seen: Option<String>,
}

/// What comparing two runs has shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// Events compared.
    pub events: u64,
    pub difference: Option<Difference>,
    /// Whether digests and records of the whole runs agree.
    pub same_records: bool,
}

/// Remembers, or compares with what was remembered.
#[derive(Default)]
struct Events {
    digests: Vec<u64>,
    comparing: bool,
    next: usize,
    difference: Option<Difference>,
}

impl Events {
    fn see(&mut self, digest: u64, describe: impl FnOnce() -> String) {
        if !self.comparing {
            return self.digests.push(digest);
        }
        if self.difference.is_none() && self.digests.get(self.next) != Some(&digest) {
            self.difference = Some(Difference { number: self.next as u64, seen: Some(describe()) });
        }
        self.next += 1;
    }
}

impl Observer for Events {
    fn happened(&mut self, now: SimTime, happening: &Happening<'_>) -> Result<()> {
        if let Happening::Handled { number, to, event } = happening {
            let digest = digest_of(now, *number, *to, event);
            self.see(digest, || format!("at {now}, {to}: {}", words_of(event)));
        }
        Ok(())
    }
}

/// Runs `spec` with one thread and with `means.threads`, at least two, and compares event by event.
///
/// # Errors
/// Those of a run.
pub fn selfcheck(spec: &RunSpec, data: Option<Arc<Dataset>>, means: &Means<'_>) -> Result<Verdict> {
    let mut events = Events::default();
    let with = |threads: usize| Means { threads, ..*means };
    let first = simulate_watched(spec, data.clone(), &with(1), Some(&mut events))?;
    events.comparing = true;
    let second = simulate_watched(spec, data, &with(means.threads.max(2)), Some(&mut events))?;
    if events.difference.is_none() && events.next < events.digests.len() {
        events.difference = Some(Difference { number: events.next as u64, seen: None });
    }
    let same_records = without_wall_time(&first) == without_wall_time(&second);
    Ok(Verdict { events: events.next as u64, difference: events.difference, same_records })
}

/// Two runs leave the same records but for the time they took, and NaN is equal to itself here.
fn without_wall_time(output: &Output) -> String {
    format!("{output:?}")
}

fn words_of(event: &Event) -> String {
    match event {
        Event::Start => "start".to_owned(),
        Event::Arrived(message) => format!("{} of round {} arrives", message.word(), message.round()),
        Event::Computed(Product::Vote { .. }) => "a gradient is computed".to_owned(),
        Event::Computed(Product::GradientSum(_)) => "a part of the full gradient is computed".to_owned(),
        Event::Interrupted => "a computation is interrupted".to_owned(),
        Event::Woken(alarm) => format!("woken: {alarm:?}"),
    }
}

fn digest_of(now: SimTime, number: u64, to: Node, event: &Event) -> u64 {
    let mut hash = DefaultHasher::new();
    (now, number, format!("{to}"), words_of(event)).hash(&mut hash);
    match event {
        Event::Arrived(Message::Begin { update: Update::Steps(steps), .. }) => {
            steps.iter().for_each(|step| step_into(step, &mut hash));
        }
        Event::Arrived(Message::Vote { vote, worker, .. } | Message::Overheard { vote, worker, .. }) => {
            worker.hash(&mut hash);
            vote_into(vote, &mut hash);
        }
        Event::Arrived(Message::Consult { consult, .. }) => {
            consult.worker.hash(&mut hash);
            vote_into(&consult.vote, &mut hash);
        }
        Event::Arrived(Message::Orders { act, .. }) => {
            (act.copies, act.after).hash(&mut hash);
            act.vote.iter().for_each(|vote| vote_into(vote, &mut hash));
        }
        Event::Computed(Product::Vote { vote, .. }) => vote_into(vote, &mut hash),
        Event::Computed(Product::GradientSum(values)) => numbers_into(values, &mut hash),
        Event::Start
        | Event::Interrupted
        | Event::Woken(_)
        | Event::Arrived(Message::Begin { update: Update::Full, .. }) => {}
    }
    hash.finish()
}

fn signs_into(signs: &SignVector, hash: &mut DefaultHasher) {
    (signs.positive(), signs.voted()).hash(hash);
}

fn numbers_into(values: &[f32], hash: &mut DefaultHasher) {
    values.iter().for_each(|x| x.to_bits().hash(hash));
}

fn vote_into(vote: &Vote, hash: &mut DefaultHasher) {
    match vote {
        Vote::Signs(signs) => signs_into(signs, hash),
        Vote::Scaled(scaled) => {
            scaled.parts.iter().for_each(|(end, scale)| (end, scale.to_bits()).hash(hash));
            signs_into(&scaled.signs, hash);
        }
        Vote::Dense(values) => numbers_into(values, hash),
    }
}

fn step_into(step: &Step, hash: &mut DefaultHasher) {
    match step {
        Step::Signs(signs) => signs_into(signs, hash),
        Step::Dense(values) => numbers_into(values, hash),
        Step::Nothing(coordinates) => coordinates.hash(hash),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Alarm, WorkerId};
    use crate::time::Round;

    /// Shows each event to the watcher as if the engine had handled it.
    fn show(events: &mut Events, what: &[(u64, Node, Event)]) {
        for (number, (nanos, to, event)) in what.iter().enumerate() {
            let happening = Happening::Handled { number: number as u64, to: *to, event };
            events.happened(SimTime::from_nanos(*nanos), &happening).unwrap();
        }
    }

    fn vote(sign: i8) -> Event {
        let vote = Arc::new(Vote::Signs(SignVector::from_signs(&[sign])));
        Event::Arrived(Message::Vote { round: Round(7), worker: WorkerId(3), vote, witness: None })
    }

    #[test]
    fn the_first_difference_is_named_by_time_actor_and_message() {
        let start = || (0, Node::Server, Event::Start);
        let wake = || (9, Node::Server, Event::Woken(Alarm::Deadline(Round(7))));
        let mut events = Events::default();
        show(&mut events, &[start(), (5, Node::Server, vote(1)), wake()]);
        events.comparing = true;
        show(&mut events, &[start(), (5, Node::Server, vote(-1)), wake()]);
        let Difference { number, seen } = events.difference.expect("another vote");
        assert_eq!(number, 1);
        let seen = seen.unwrap();
        assert!(
            seen.contains("server") && seen.contains("vote of round 7") && seen.contains("0.0000"),
            "{seen}"
        );
    }
}
