//! The first rounds of a run as spans of simulated time, for a picture of who did what when.

use serde::{Deserialize, Serialize};

use crate::protocol::{Message, Node, Note, WorkerId};
use crate::record::{Activity, TimelineRow};
use crate::sim::Happening;
use crate::time::SimTime;

/// Collects the spans that begin before a number of rounds has closed.
#[derive(Serialize, Deserialize)]
pub(crate) struct TimelineRecorder {
    /// Rounds still to come.
    rounds: u32,
    /// When the running round began, or the last recorded one ended.
    opened: SimTime,
    rows: Vec<TimelineRow>,
}

impl TimelineRecorder {
    /// Watches the first `rounds` rounds.
    pub(crate) const fn new(rounds: u32) -> Self {
        Self { rounds, opened: SimTime::ZERO, rows: Vec::new() }
    }

    /// The spans in the order of their beginnings. `absences` knows when a worker was away before an instant, here the end
    /// of the last recorded round, whether or not anybody had noticed.
    pub(crate) fn into_rows(
        mut self,
        workers: u32,
        absences: impl Fn(WorkerId, SimTime) -> Vec<(SimTime, SimTime)>,
    ) -> Vec<TimelineRow> {
        if self.opened > SimTime::ZERO {
            for worker in (0..workers).map(WorkerId) {
                for (from, until) in absences(worker, self.opened) {
                    let (worker, from_s) = (Some(worker.0), from.as_secs_f64());
                    let until_s = if until < SimTime::NEVER { until.as_secs_f64() } else { f64::INFINITY };
                    self.rows.push(TimelineRow {
                        worker,
                        what: Activity::Away,
                        round: None,
                        from_s,
                        until_s,
                    });
                }
            }
        }
        self.rows.sort_by(|a, b| a.from_s.total_cmp(&b.from_s));
        self.rows
    }

    fn push(&mut self, worker: Option<WorkerId>, what: Activity, round: Option<u32>, span: [SimTime; 2]) {
        let [from_s, until_s] = span.map(SimTime::as_secs_f64);
        self.rows.push(TimelineRow { worker: worker.map(|w| w.0), what, round, from_s, until_s });
    }

    /// Something that lasts begins.
    pub(crate) fn happened(&mut self, now: SimTime, happening: &Happening<'_>) {
        if self.rounds == 0 {
            return;
        }
        match happening {
            Happening::Sent { from, to, message, starts, arrives, .. } if message.crosses_the_network() => {
                let (worker, sent, lost) = match (from, to) {
                    (Node::Worker(worker), _) => (*worker, Activity::Upload, Activity::LostUp),
                    (_, Node::Worker(worker)) => (*worker, Activity::Download, Activity::LostDown),
                    _ => return,
                };
                let what = if arrives.is_some() { sent } else { lost };
                self.push(Some(worker), what, Some(message.round().0), [*starts, arrives.unwrap_or(*starts)]);
            }
            Happening::AtPort { message: Message::Vote { worker, round, .. }, ends, .. } => {
                self.push(Some(*worker), Activity::Upload, Some(round.0), [now, *ends]);
            }
            Happening::Computes { actor: Node::Worker(worker), until } => {
                self.push(Some(*worker), Activity::Compute, None, [now, *until]);
            }
            _ => {}
        }
    }

    /// A round closes, or a vote is not wanted.
    pub(crate) fn noted(&mut self, now: SimTime, note: &Note) {
        if self.rounds == 0 {
            return;
        }
        match note {
            Note::Closed(closed) => {
                let from = std::mem::replace(&mut self.opened, now);
                self.push(None, Activity::Round, Some(closed.round.0), [from, now]);
                self.rounds -= 1;
            }
            Note::Late { message: Message::Vote { worker, round, .. } } => {
                self.push(Some(*worker), Activity::Late, Some(round.0), [now, now]);
            }
            Note::Refused { message: Message::Vote { worker, round, .. } } => {
                self.push(Some(*worker), Activity::Refused, Some(round.0), [now, now]);
            }
            _ => {}
        }
    }
}
