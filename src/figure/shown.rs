//! What a figure shows, whatever its form.

use super::bars::Bars;
use super::content::{Content, FigureNote};
use super::heat::Heat;
use super::label::Label;
use super::page::fonts;
use super::table::Table;
use super::timeline::TimelineContent;

/// What a figure shows, in plain data.
#[derive(Debug, Clone, PartialEq)]
pub enum FigureContent {
    /// Series over two axes, in panels.
    Chart(Content),
    /// Horizontal bars in groups.
    Bars(Bars),
    /// Cells over two sides, a colour for the number in each.
    Heat(Heat),
    /// Spans on the simulated clock, one panel per run.
    Timeline(TimelineContent),
    /// Also written as Markdown and LaTeX.
    Table(Table),
}

impl FigureContent {
    /// Every name in the figure that comes from outside, or may.
    pub(super) fn names(&self) -> Vec<&Label> {
        match self {
            Self::Chart(content) => {
                let titles = content.panels.iter().map(|panel| &panel.title);
                content.series.iter().map(|series| &series.label).chain(titles).collect()
            }
            Self::Bars(bars) => {
                let labels = bars.groups.iter().flat_map(|group| &group.bars).map(|bar| &bar.label);
                bars.groups.iter().map(|group| &group.title).chain(labels).collect()
            }
            Self::Heat(heat) => heat.panels.iter().map(|panel| &panel.title).collect(),
            Self::Timeline(timeline) => timeline.panels.iter().map(|panel| &panel.title).collect(),
            Self::Table(table) => {
                let groups = table.groups.iter().map(|group| &group.label);
                table.rows.iter().map(|row| &row.label).chain(groups).collect()
            }
        }
    }

    /// The figure with a warning about letters that its typeface lacks.
    #[must_use]
    pub fn proofread(mut self) -> Self {
        let Some(words) = fonts::lacking(self.names()) else { return self };
        self.say(FigureNote::warning(Label::plain(words)));
        self
    }

    /// The figure without its small print, which a caption says instead.
    #[must_use]
    pub(super) fn without_notes(mut self) -> Self {
        match &mut self {
            Self::Chart(content) => content.notes.clear(),
            Self::Bars(bars) => bars.notes.clear(),
            Self::Heat(heat) => heat.notes.clear(),
            Self::Timeline(timeline) => timeline.notes.clear(),
            // A table is without its notes as soon as its page leaves them away.
            Self::Table(_) => {}
        }
        self
    }

    /// What the figure shows, in a line.
    #[must_use]
    pub fn heading(&self) -> String {
        match self {
            Self::Chart(content) => format!("{} against {}", content.y.label, content.x.label),
            Self::Bars(bars) => bars.x.label.to_string(),
            Self::Heat(heat) => {
                format!("{} over {} and {}", heat.colour.label, heat.x.label, heat.y.label)
            }
            Self::Timeline(_) => "workers and server over simulated time".to_owned(),
            Self::Table(table) => format!("{} of methods", table.measure.label),
        }
    }

    /// The small print, a sentence a line.
    #[must_use]
    pub fn caption(&self) -> String {
        let texts = |notes: &[FigureNote]| notes.iter().map(|note| note.text.clone()).collect();
        let notes: Vec<Label> = match self {
            Self::Chart(content) => texts(&content.notes),
            Self::Bars(bars) => texts(&bars.notes),
            Self::Heat(heat) => texts(&heat.notes),
            Self::Timeline(timeline) => texts(&timeline.notes),
            Self::Table(table) => table.plain().notes,
        };
        notes.iter().map(|note| format!("{note}.\n")).collect()
    }

    /// Adds a line to the small print.
    pub(super) fn say(&mut self, note: FigureNote) {
        match self {
            Self::Chart(content) => content.notes.push(note),
            Self::Bars(bars) => bars.notes.push(note),
            Self::Heat(heat) => heat.notes.push(note),
            Self::Timeline(timeline) => timeline.notes.push(note),
            Self::Table(table) => table.remarks.push(note.text),
        }
    }
}

/// The numbers that a figure shows.
#[must_use]
pub fn csv(shown: &FigureContent) -> String {
    match shown {
        FigureContent::Chart(content) => content.to_csv(),
        FigureContent::Bars(bars) => bars.to_csv(),
        FigureContent::Heat(heat) => heat.to_csv(),
        FigureContent::Timeline(timeline) => timeline.to_csv(),
        FigureContent::Table(table) => table.to_csv(),
    }
}
