//! Who is away when: half-open intervals of simulated time, a pure function of seed and worker.
//!
//! Several causes may overlap; a worker is away while any of them keeps it away. Chains go on for ever, so their intervals
//! are drawn as far as somebody has asked, always in their order.

use std::collections::BTreeMap;

use super::availability::{Availability, OnOff};
use crate::protocol::WorkerId;
use crate::random::{Purpose, Stream, Streams};
use crate::time::{Round, SimTime};

/// From the first instant away to the first instant back.
pub type Interval = (SimTime, SimTime);

/// The absences of all workers.
pub struct Absences {
    spec: Availability,
    streams: Streams,
    /// By worker, made when it is first asked for.
    workers: Vec<Option<Vec<Cause>>>,
    /// By worker, the beginning of the absence that was met last.
    met: BTreeMap<WorkerId, SimTime>,
    untold: Option<(WorkerId, Interval)>,
}

/// One reason for which a worker is away now and then.
enum Cause {
    /// Known from the beginning: a crash, the gaps of a trace. Ascending and apart.
    Known(Vec<Interval>),
    Chain(Box<Chain>),
}

/// Alternating spans, known so far up to the end of the last one.
struct Chain {
    drawn: Vec<Interval>,
    law: OnOff,
    stream: Stream,
    ends: SimTime,
}

impl Chain {
    /// All intervals up to the first that ends after `at`, and maybe more.
    fn drawn_beyond(&mut self, at: SimTime) -> &[Interval] {
        while self.ends <= at {
            let leaves = self.ends.saturating_add(self.law.up.sample(&mut self.stream));
            self.ends = leaves.saturating_add(self.law.down.sample(&mut self.stream));
            self.drawn.push((leaves, self.ends));
        }
        &self.drawn
    }
}

impl Cause {
    /// The first interval that ends after `at`.
    fn first_after(&mut self, at: SimTime) -> Option<Interval> {
        let intervals = match self {
            Self::Known(intervals) => &intervals[..],
            Self::Chain(chain) => chain.drawn_beyond(at),
        };
        intervals.get(intervals.partition_point(|(_, until)| *until <= at)).copied()
    }
}

impl Absences {
    /// Nobody has been asked about yet.
    pub const fn new(spec: Availability, streams: Streams) -> Self {
        Self { spec, streams, workers: Vec::new(), met: BTreeMap::new(), untold: None }
    }

    /// The absence that was met last, if nobody has been told of it.
    pub fn take_untold(&mut self) -> Option<(WorkerId, Interval)> {
        self.untold.take()
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
    pub fn at(&mut self, worker: WorkerId, at: SimTime) -> Option<Interval> {
        if !self.spec.may_be_away() {
            return None;
        }
        let around = self.causes(worker).iter_mut().filter_map(|cause| cause.first_after(at));
        let longest = around.filter(|(from, _)| *from <= at).max_by_key(|(_, until)| *until);
        self.meet(worker, longest)
    }

    /// The absence that begins first after `from` and before `until`, or that `from` lies in.
    pub fn within(&mut self, worker: WorkerId, from: SimTime, until: SimTime) -> Option<Interval> {
        if !self.spec.may_be_away() {
            return None;
        }
        let first = self.causes(worker).iter_mut().filter_map(|cause| cause.first_after(from));
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
            let chain = Chain { drawn: Vec::new(), law: law.clone(), stream, ends: SimTime::ZERO };
            causes.push(Cause::Chain(Box::new(chain)));
        }
    }
    if let Some(gaps) = spec.trace.as_ref().and_then(|trace| trace.gaps(worker.0)) {
        causes.push(Cause::Known(gaps));
    }
    causes
}
