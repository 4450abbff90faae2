//! Runs on the simulated clock: the spans that are drawn, and the CSV that says the same.

use super::content::FigureNote;
use super::label::Label;
use super::rows::csv_text;
// A span is drawn as it was recorded.
pub use crate::record::{Activity, TimelineRow as Span};

/// A whole timeline.
#[derive(Debug, Clone, PartialEq)]
pub struct TimelineContent {
    /// One per run.
    pub panels: Vec<TimelinePanel>,
    /// Printed under the axes.
    pub notes: Vec<FigureNote>,
}

/// One run.
#[derive(Debug, Clone, PartialEq)]
pub struct TimelinePanel {
    /// Empty when there is only one.
    pub title: Label,
    /// The workers shown, ascending.
    pub workers: Vec<u32>,
    /// Workers below this number are corrupted.
    pub adversaries: u32,
    /// Where it begins, in seconds: at 0, or where a part of it is asked for.
    pub from_s: f64,
    /// Where the last recorded round closes, or where the part ends that is asked for, in seconds.
    pub until_s: f64,
    /// Those of the server and of the workers shown, in the order in which they begin.
    pub spans: Vec<Span>,
}

impl TimelineContent {
    /// The spans in full precision, a row a span.
    #[must_use]
    pub fn to_csv(&self) -> String {
        let header =
            ["panel", "worker", "adversary", "what", "round", "from_s", "until_s"].map(str::to_owned);
        let spans = self.panels.iter().flat_map(|panel| panel.spans.iter().map(move |span| (panel, span)));
        let rows = spans.map(|(panel, span)| {
            let adversary = span.worker.map(|w| w < panel.adversaries);
            let title = panel.title.to_string();
            (title, span.worker, adversary, span.what, span.round, span.from_s, span.until_s)
        });
        csv_text(header, rows)
    }
}
