//! Who is away when: half-open intervals of simulated time, a pure function of seed and worker.
//!
//! Several causes may overlap; a worker is away while any of them keeps it away. Chains go on forever, so their intervals
//! are drawn as far as somebody has asked, always in their order, and forgotten once they are over.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use super::{Availability, OnOff};
use crate::error::{Error, Result};
use crate::protocol::WorkerId;
use crate::random::{Purpose, Stream, Streams};
use crate::time::{Interval, Round, SimTime};

/// The absences of all workers.
pub(crate) struct Absences {
    spec: Availability,
    streams: Streams,
    /// By worker, made when it is first asked for.
    workers: Vec<Option<Vec<Cause>>>,
    /// By worker, the beginning of the absence that was met last.
    met: BTreeMap<WorkerId, SimTime>,
    untold: Option<(WorkerId, Interval)>,
    /// Nobody asks about what is over by then.
    now: SimTime,
    lost: Option<WorkerId>,
}

/// One reason for which a worker is away now and then.
enum Cause {
    /// Known from the beginning: a crash, the gaps of a trace. Ascending and apart.
    Known(Vec<Interval>),
    Chain(Box<Chain>),
}

/// Alternating spans, drawn so far up to the end of the last one; those that are over are forgotten.
struct Chain {
    law: OnOff,
    stream: Stream,
    drawn: Drawn,
}

/// What was drawn of a chain.
#[derive(Clone, Default, Serialize, Deserialize)]
struct Drawn {
    ahead: VecDeque<Interval>,
    ends: SimTime,
    /// Turns that were drawn for one question passed [`MOST_TURNS`].
    lost: bool,
}

/// What has become of the absences: by worker the chains that were drawn, each with its place in its stream.
#[derive(Serialize, Deserialize)]
pub(crate) struct AbsencesState {
    chains: Vec<Option<Vec<(u128, Drawn)>>>,
    met: BTreeMap<WorkerId, SimTime>,
    untold: Option<(WorkerId, Interval)>,
    now: SimTime,
    lost: Option<WorkerId>,
}

/// More turns of presence and absence than this between two questions are taken for a mistake.
const MOST_TURNS: u32 = 10_000_000;

impl Chain {
    /// The first interval that ends after `at`, if it begins by `until`; nobody asks again for what is over by `now`.
    fn first_after(&mut self, now: SimTime, at: SimTime, until: SimTime) -> Option<Interval> {
        let Self { law, stream, drawn: Drawn { ahead, ends, lost } } = self;
        while ahead.front().is_some_and(|(_, until)| *until <= now) {
            ahead.pop_front();
        }
        let mut turns = 0;
        while *ends <= until && *ends < SimTime::NEVER && ahead.back().is_none_or(|(_, ends)| *ends <= at) {
            turns += 1;
            if turns > MOST_TURNS {
                *lost = true;
                return None;
            }
            let leaves = ends.saturating_add(law.up.sample(stream));
            *ends = leaves.saturating_add(law.down.sample(stream));
            // Two absences without presence between them are one, and one of no length is none.
            match ahead.back_mut() {
                Some((_, last)) if *last == leaves => *last = *ends,
                _ if leaves < *ends && *ends > now => ahead.push_back((leaves, *ends)),
                _ => {}
            }
        }
        ahead.get(ahead.partition_point(|(_, until)| *until <= at)).copied()
    }
}

impl Cause {
    /// The first interval that ends after `at`, which is not before `now`, if it begins by `until`.
    fn first_after(&mut self, now: SimTime, at: SimTime, until: SimTime) -> Option<Interval> {
        match self {
            Self::Known(intervals) => {
                intervals.get(intervals.partition_point(|(_, until)| *until <= at)).copied()
            }
            Self::Chain(chain) => chain.first_after(now, at, until),
        }
    }
}

/// When a worker is away before `until`, whatever the causes: ascending and apart.
#[must_use]
pub fn absences(spec: &Availability, streams: Streams, worker: WorkerId, until: SimTime) -> Vec<Interval> {
    let mut all = Vec::new();
    for mut cause in causes(spec, streams, worker) {
        let mut at = SimTime::ZERO;
        while let Some((from, to)) = cause.first_after(at, at, until).filter(|(from, _)| *from < until) {
            all.push((from, to));
            at = to;
        }
    }
    all.sort_unstable();
    let mut apart: Vec<Interval> = Vec::new();
    for (from, to) in all {
        match apart.last_mut() {
            Some((_, end)) if from <= *end => *end = to.max(*end),
            _ => apart.push((from, to)),
        }
    }
    apart
}

impl Absences {
    /// Nobody has been asked about yet.
    pub(crate) const fn new(spec: Availability, streams: Streams) -> Self {
        Self {
            spec,
            streams,
            workers: Vec::new(),
            met: BTreeMap::new(),
            untold: None,
            now: SimTime::ZERO,
            lost: None,
        }
    }

    /// What has become of them.
    pub(crate) fn save(&self) -> AbsencesState {
        let chain = |cause: &Cause| match cause {
            Cause::Chain(chain) => Some((chain.stream.get_word_pos(), chain.drawn.clone())),
            Cause::Known(_) => None,
        };
        let chains = |causes: &Option<Vec<Cause>>| Some(causes.as_ref()?.iter().filter_map(chain).collect());
        AbsencesState {
            chains: self.workers.iter().map(chains).collect(),
            met: self.met.clone(),
            untold: self.untold,
            now: self.now,
            lost: self.lost,
        }
    }

    /// Becomes what was saved.
    ///
    /// # Errors
    /// When other workers come and go than did then.
    pub(crate) fn restore(&mut self, state: AbsencesState) -> Result<()> {
        let AbsencesState { chains, met, untold, now, lost } = state;
        (self.met, self.untold, self.now, self.lost) = (met, untold, now, lost);
        for (worker, drawn) in (0..).map(WorkerId).zip(chains) {
            let Some(mut drawn) = drawn.map(VecDeque::from) else { continue };
            for cause in self.causes(worker) {
                let Cause::Chain(chain) = cause else { continue };
                let (place, drawn) = drawn.pop_front().ok_or_else(|| Error::run("a state lacks a chain"))?;
                chain.stream.set_word_pos(place);
                chain.drawn = drawn;
            }
        }
        Ok(())
    }

    /// The absence that was met last, if nobody has been told of it.
    pub(crate) fn take_untold(&mut self) -> Option<(WorkerId, Interval)> {
        self.untold.take()
    }

    /// Time has gone on: questions from here on are about `now` and what comes after it.
    pub(crate) const fn pass(&mut self, now: SimTime) {
        self.now = now;
    }

    /// # Errors
    /// A run error when somebody has come and gone so often that it cannot be followed.
    pub(crate) fn check(&self) -> Result<()> {
        let Some(worker) = self.lost else { return Ok(()) };
        let message = format!(
            "worker {} comes and goes more than {MOST_TURNS} times between two looks at it, at {}",
            worker.0, self.now
        );
        Err(Error::run(message)
            .help("write longer spans under network.availability.on_off, or shorter latencies and deadlines"))
    }

    /// The first absence of each cause that ends after `at`, of those that begin by `until`.
    fn first_after(&mut self, worker: WorkerId, at: SimTime, until: SimTime) -> Vec<Interval> {
        let now = self.now.min(at);
        let causes = self.causes(worker);
        let first = causes.iter_mut().filter_map(|cause| cause.first_after(now, at, until)).collect();
        let lost = causes.iter().any(|cause| matches!(cause, Cause::Chain(chain) if chain.drawn.lost));
        if lost {
            self.lost = Some(worker);
        }
        first
    }

    fn meet(&mut self, worker: WorkerId, absence: Option<Interval>) -> Option<Interval> {
        let met = absence?;
        if self.met.insert(worker, met.0) != Some(met.0) {
            self.untold = Some((worker, met));
        }
        absence
    }

    fn causes(&mut self, worker: WorkerId) -> &mut [Cause] {
        if self.workers.len() <= worker.index() {
            self.workers.resize_with(worker.index() + 1, || None);
        }
        let (spec, streams) = (&self.spec, self.streams);
        self.workers[worker.index()].get_or_insert_with(|| causes(spec, streams, worker))
    }

    /// The absence that this instant lies in; of several, the one that lasts longest.
    pub(crate) fn at(&mut self, worker: WorkerId, at: SimTime) -> Option<Interval> {
        if !self.spec.may_be_away() {
            return None;
        }
        let around = self.first_after(worker, at, at).into_iter();
        let longest = around.filter(|(from, _)| *from <= at).max_by_key(|(_, until)| *until);
        self.meet(worker, longest)
    }

    /// The absence that begins first after `from` and before `until`, or that `from` lies in.
    pub(crate) fn within(&mut self, worker: WorkerId, from: SimTime, until: SimTime) -> Option<Interval> {
        if !self.spec.may_be_away() {
            return None;
        }
        let first = self.first_after(worker, from, until).into_iter();
        let first = first.filter(|(leaves, _)| *leaves < until).min_by_key(|(leaves, _)| *leaves);
        self.meet(worker, first)
    }
}

fn causes(spec: &Availability, streams: Streams, worker: WorkerId) -> Vec<Cause> {
    let mut causes = Vec::new();
    for crash in spec.crashes.iter().filter(|crash| crash.workers.contains(worker.0)) {
        causes.push(Cause::Known(vec![crash.interval()]));
    }
    for (i, law) in (0_u64..).zip(&spec.on_off) {
        if law.workers.contains(worker.0) {
            let stream = streams.stream(Purpose::Absence, u64::from(worker.0) | i << 32, Round(0));
            let chain = Chain { law: law.clone(), stream, drawn: Drawn::default() };
            causes.push(Cause::Chain(Box::new(chain)));
        }
    }
    if let Some(gaps) = spec.trace.as_ref().and_then(|trace| trace.gaps(worker.0)) {
        causes.push(Cause::Known(gaps));
    }
    causes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::latency::Law;
    use crate::units::{Span, WorkerSet};
    use proptest::prelude::*;

    fn spec(up_ms: u64, down_ms: u64) -> Availability {
        let law = |ms: u64| match ms {
            0 => Law::ZERO,
            ms => Law::Exponential { mean: format!("{ms}ms").parse::<Span>().unwrap() },
        };
        let on_off = OnOff { workers: WorkerSet::all(), up: law(up_ms), down: law(down_ms) };
        Availability { on_off: vec![on_off], ..Availability::always() }
    }

    /// A worker that comes back for no time at all has not come back.
    #[test]
    fn absences_without_presence_between_them_are_one() {
        let at = SimTime::from_nanos(50_000_000);
        let mut asked = Absences::new(spec(0, 5), Streams::new(4));
        let (from, until) = asked.at(WorkerId(3), at).expect("it is never there");
        assert!(from == SimTime::from_nanos(0) && until > at, "{from} {until}");
    }

    proptest! {
        /// Asked as the kernel asks, ever later and now and then far ahead, and forgetting what is over: the answers of the
        /// whole list.
        #[test]
        fn what_is_forgotten_is_never_asked_for(
            up in 1_u64..30, down in 0_u64..30, seed: u64,
            asks in prop::collection::vec((0_u64..20_000_000, 0_u64..200_000_000), 1..60),
        ) {
            let (spec, streams, worker) = (spec(up, down), Streams::new(seed), WorkerId(3));
            let all = absences(&spec, streams, worker, SimTime::from_nanos(3_000_000_000));
            let mut asked = Absences::new(spec, streams);
            let mut now = 0;
            for (later, ahead) in asks {
                now += later;
                asked.pass(SimTime::from_nanos(now));
                let at = SimTime::from_nanos(now + ahead);
                let inside = all.iter().find(|(from, until)| *from <= at && at < *until).copied();
                prop_assert_eq!(asked.at(worker, at), inside);
                let from = SimTime::from_nanos(now);
                let first = all.iter().find(|(begins, until)| *until > from && *begins < at).copied();
                prop_assert_eq!(asked.within(worker, from, at), first);
            }
            prop_assert!(asked.check().is_ok());
        }
    }
}
