//! What a figure shows, whatever its form.

use super::bars::Bars;
use super::content::{Content, Note};
use super::heat::Heat;
use super::label::Label;
use super::page::fonts;
use super::table::Table;
use super::timeline::Timeline;

/// What a figure shows, in plain data.
#[derive(Debug, Clone, PartialEq)]
pub enum Shown {
    Chart(Content),
    Bars(Bars),
    Heat(Heat),
    Timeline(Timeline),
    /// Also written as Markdown and LaTeX.
    Table(Table),
}

impl Shown {
    /// Every name in the figure that comes from outside, or may.
    fn names(&self) -> Vec<&Label> {
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
        self.say(Note::warning(Label::plain(words)));
        self
    }

    /// Adds a line to the small print.
    pub(super) fn say(&mut self, note: Note) {
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
pub fn csv(shown: &Shown) -> String {
    match shown {
        Shown::Chart(content) => content.to_csv(),
        Shown::Bars(bars) => bars.to_csv(),
        Shown::Heat(heat) => heat.to_csv(),
        Shown::Timeline(timeline) => timeline.to_csv(),
        Shown::Table(table) => table.to_csv(),
    }
}
