//! What a kind of figure says of itself.

use std::fmt;

use crate::error::{Error, Result};
use crate::figure::bars::Bars;
use crate::figure::check::Asked;
use crate::figure::content::Content;
use crate::figure::heat::Heat;
use crate::figure::measure::Measure;
use crate::figure::options::{FigureOptions, OptionKey};
use crate::figure::shown::FigureContent;
use crate::figure::table::Table;
use crate::figure::timeline::TimelineContent;
use crate::record::{Results, RunRecord};

/// What every figure can be told.
const COMMON: &[OptionKey] = &[
    OptionKey::Where,
    OptionKey::Order,
    OptionKey::Names,
    OptionKey::Title,
    OptionKey::Notes,
    OptionKey::Font,
    OptionKey::Name,
    OptionKey::Size,
    OptionKey::Theme,
    OptionKey::Background,
];
/// What every chart can be told besides.
const OF_CHARTS: &[OptionKey] = &[
    OptionKey::XRange,
    OptionKey::YRange,
    OptionKey::XLabel,
    OptionKey::YLabel,
    OptionKey::Reference,
    OptionKey::Colours,
    OptionKey::Legend,
    OptionKey::Grid,
    OptionKey::Letters,
    OptionKey::Height,
];
/// Likewise bars, heat maps and timelines.
const OF_BARS: &[OptionKey] = &[OptionKey::XLabel, OptionKey::Colours, OptionKey::Grid];
const OF_HEAT: &[OptionKey] = &[OptionKey::XLabel, OptionKey::YLabel, OptionKey::Letters, OptionKey::Height];
const OF_TIMELINES: &[OptionKey] = &[OptionKey::Letters, OptionKey::XRange];

/// A kind of figure.
pub struct FigureKind {
    /// As it is written in YAML.
    pub word: &'static str,
    /// What it shows, for `signsim list figures`.
    pub about: &'static str,
    /// What its marks and intervals are.
    pub source: &'static str,
    /// The options that it takes besides those that every figure takes.
    pub takes: &'static [OptionKey],
    /// Whether a run has recorded what the kind draws.
    pub shows: fn(&RunRecord) -> bool,
    /// Refuses, before anything is run, what holds for figures of any kind but not for this one.
    pub check: fn(&Asked<'_>) -> Result<()>,
    /// What it makes of records.
    pub draws: Form,
}

/// Makes plain data from records.
type Make<T> = fn(&Results, &FigureOptions) -> T;

/// In which form a kind shows records, and how it comes to its data.
pub enum Form {
    /// Series over two axes, in panels.
    Chart(Make<Content>),
    /// Horizontal bars in groups.
    Bars(Make<Bars>),
    /// Cells over two sides, a colour for the number in each.
    Heat(Make<Heat>),
    /// Spans on the simulated clock, one panel per run.
    Timeline(Make<TimelineContent>),
    /// Also written as Markdown and LaTeX.
    Table(Make<Table>),
}

impl FigureKind {
    /// Whether it takes an option, whatever that means to it.
    #[must_use]
    pub fn accepts(&self, key: OptionKey) -> bool {
        self.words().contains(&key.word())
    }

    /// The words of all options that it takes.
    fn words(&self) -> Vec<&'static str> {
        let of_form = match self.draws {
            Form::Chart(_) => OF_CHARTS,
            Form::Bars(_) => OF_BARS,
            Form::Heat(_) => OF_HEAT,
            Form::Timeline(_) => OF_TIMELINES,
            Form::Table(_) => &[],
        };
        self.takes.iter().chain(of_form).chain(COMMON).map(|key| key.word()).collect()
    }

    /// The endings of its files.
    #[must_use]
    pub fn endings(&self) -> Vec<&'static str> {
        let also = if matches!(self.draws, Form::Table(_)) { &["md", "tex"][..] } else { &[] };
        ["svg", "png", "pdf", "csv"].iter().chain(also).copied().collect()
    }

    /// What it makes of these records.
    #[must_use]
    pub fn shown(&self, results: &Results, options: &FigureOptions) -> FigureContent {
        match self.draws {
            Form::Chart(make) => FigureContent::Chart(make(results, options)),
            Form::Bars(make) => FigureContent::Bars(make(results, options)),
            Form::Heat(make) => FigureContent::Heat(make(results, options)),
            Form::Timeline(make) => FigureContent::Timeline(make(results, options)),
            Form::Table(make) => FigureContent::Table(make(results, options)),
        }
    }

    /// Checks what a figure of this kind is told.
    ///
    /// # Errors
    /// Names the first option that it does not take, or that means nothing, and what is missing.
    pub fn validate(&self, asked: &Asked<'_>) -> Result<()> {
        let options = asked.options;
        if let Some(other) = options.given().into_iter().find(|key| !self.accepts(*key)).map(OptionKey::word)
        {
            return Err(Error::scenario(format!("{} has no option `{other}`", self.word))
                .key(other)
                .help(format!("it takes {}", self.words().join(", "))));
        }
        asked.check_name()?;
        asked.check_setting("group", options.group.as_deref())?;
        asked.check_setting("panel", options.panel.as_deref())?;
        asked.check_looks()?;
        if options.x.is_some() && options.x == options.y {
            return Err(Error::scenario("both axes are the same setting")
                .key("y")
                .help("choose another setting"));
        }
        if let Some(word) = options.y.as_ref().filter(|_| self.takes.contains(&OptionKey::Measure)) {
            let words = Measure::ALL.map(|(word, _)| word).join(", ");
            return Err(Error::scenario(format!("nothing is measured under the name `{word}`"))
                .key("y")
                .help(format!("write one of {words}")));
        }
        asked.check_measure("y", options.measure)?;
        (self.check)(asked)
    }
}

/// A word stands for one kind.
impl PartialEq for FigureKind {
    fn eq(&self, other: &Self) -> bool {
        self.word == other.word
    }
}

impl fmt::Debug for FigureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word)
    }
}
