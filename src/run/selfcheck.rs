//! Does a scenario give the same bits whatever the number of threads? Run it twice and compare every event.
//!
//! The first run leaves a digest of every event, eight bytes each; the second is compared while it runs. The first
//! difference names time, actor and message.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use super::one::{RunControl, RunOutput, simulate_watched};
use crate::data::Dataset;
use crate::error::Result;
use crate::protocol::{ComputationResult, EventKind, Message, Update};
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
    /// The first; absent where all events are the same.
    pub difference: Option<Difference>,
    /// Whether digests and records of the whole runs agree.
    pub same_records: bool,
}

/// Remembers, or compares with what was remembered: every event that is handled, every message that is sent and every
/// product of a computation, with all that it holds.
#[derive(Default)]
struct Events {
    digests: Vec<u64>,
    comparing: bool,
    next: usize,
    /// Events handled, up to the first difference.
    handled: u64,
    difference: Option<Difference>,
}

impl Events {
    fn see(&mut self, now: SimTime, words: &str, contents: impl FnOnce(&mut DefaultHasher)) {
        let mut hash = DefaultHasher::new();
        (now, words).hash(&mut hash);
        contents(&mut hash);
        let digest = hash.finish();
        if !self.comparing {
            return self.digests.push(digest);
        }
        if self.difference.is_none() && self.digests.get(self.next) != Some(&digest) {
            let seen = Some(format!("at {now}, {words}"));
            self.difference = Some(Difference { number: self.handled, seen });
        }
        self.next += 1;
    }

    /// From here on everything is compared with what was seen so far.
    fn compare(&mut self) {
        (self.comparing, self.handled) = (true, 0);
    }
}

impl Observer for Events {
    fn happened(&mut self, now: SimTime, happening: &Happening<'_>) -> Result<()> {
        match happening {
            Happening::Handled { number, to, event } => {
                self.see(now, &format!("{to}: {}", words_of(*event)), |hash| number.hash(hash));
                self.handled += u64::from(self.difference.is_none());
            }
            Happening::Sent { from, to, message, .. } => {
                let (word, round) = (message.word(), message.round());
                let words = format!("{from} sends {to} its {word} of round {round}");
                self.see(now, &words, |hash| message_into(message, hash));
            }
            Happening::Computed { actor, product } => {
                let words = format!("a computation of {actor} has finished");
                self.see(now, &words, |hash| product_into(product, hash));
            }
            Happening::AtPort { .. } | Happening::Computes { .. } | Happening::Away { .. } => {}
        }
        Ok(())
    }
}

/// Runs `spec` with one thread and with `control.threads`, at least two, and compares event by event.
///
/// # Errors
/// Those of a run.
pub fn selfcheck(spec: &RunSpec, data: Option<Arc<Dataset>>, control: &RunControl<'_>) -> Result<Verdict> {
    let mut events = Events::default();
    let with = |threads: usize| RunControl { threads, ..*control };
    let first = simulate_watched(spec, data.clone(), &with(1), Some(&mut events))?;
    events.compare();
    let second = simulate_watched(spec, data, &with(control.threads.max(2)), Some(&mut events))?;
    if events.difference.is_none() && events.next < events.digests.len() {
        events.difference = Some(Difference { number: events.handled, seen: None });
    }
    let same_records = without_wall_time(&first) == without_wall_time(&second);
    Ok(Verdict { events: events.handled, difference: events.difference, same_records })
}

/// Two runs leave the same records but for the time they took, and NaN is equal to itself here.
fn without_wall_time(output: &RunOutput) -> String {
    format!("{output:?}")
}

fn words_of(event: EventKind) -> String {
    match event {
        EventKind::Start => "start".to_owned(),
        EventKind::Arrived { message, round } => format!("{message} of round {round} arrives"),
        EventKind::Vote => "a gradient is computed".to_owned(),
        EventKind::GradientSum => "a part of the full gradient is computed".to_owned(),
        EventKind::Interrupted => "a computation is interrupted".to_owned(),
        EventKind::Woken(alarm) => format!("woken: {alarm:?}"),
    }
}

fn message_into(message: &Message, hash: &mut DefaultHasher) {
    match message {
        Message::Begin { update: Update::Steps(steps), .. } => {
            steps.iter().for_each(|step| step_into(step, hash));
        }
        Message::Begin { update: Update::Full, .. } => {}
        Message::Vote { vote, worker, .. } | Message::Overheard { vote, worker, .. } => {
            worker.hash(hash);
            vote_into(vote, hash);
        }
        Message::Consult { consult, .. } => {
            consult.worker.hash(hash);
            vote_into(&consult.vote, hash);
        }
        Message::Orders { act, .. } => {
            (act.copies, act.after).hash(hash);
            act.vote.iter().for_each(|vote| vote_into(vote, hash));
        }
    }
}

fn product_into(product: &ComputationResult, hash: &mut DefaultHasher) {
    match product {
        ComputationResult::Vote { vote, .. } => vote_into(vote, hash),
        ComputationResult::GradientSum(values) => numbers_into(values, hash),
    }
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
    use crate::protocol::{Node, WorkerId};
    use crate::time::Round;

    /// Shows each event to the watcher as if the engine had handled it, after the message that it is about.
    fn show(events: &mut Events, sign: i8) {
        let vote = Arc::new(Vote::Signs(SignVector::from_signs(&[sign])));
        let message = &Message::Vote { round: Round(7), worker: WorkerId(3), vote, gradient: None };
        let (from, to, at) = (Node::Worker(WorkerId(3)), Node::Server, SimTime::from_nanos(5));
        let (starts, arrives) = (at, Some(at));
        let sent = Happening::Sent { from, to, message, bytes: 1, attempt: 0, starts, arrives };
        let handled = |number, event| Happening::Handled { number, to, event };
        let arrived = EventKind::Arrived { message: "vote", round: Round(7) };
        for happening in [handled(0, EventKind::Start), sent, handled(1, arrived)] {
            events.happened(at, &happening).unwrap();
        }
    }

    #[test]
    fn the_first_difference_is_named_by_time_actor_and_message() {
        let mut events = Events::default();
        show(&mut events, 1);
        events.compare();
        show(&mut events, 1);
        assert_eq!((events.handled, &events.difference), (2, &None));
        (events.next, events.handled) = (0, 0);
        show(&mut events, -1);
        let Difference { number, seen } = events.difference.expect("another vote");
        assert_eq!((number, events.handled), (1, 1));
        assert_eq!(seen.unwrap(), "at 0.000000 s, worker 3 sends server its vote of round 7");
    }
}
