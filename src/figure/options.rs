//! What can be said about a figure besides its kind. Every kind takes some of these words; the others are refused.
//!
//! An option is declared once, in the table below: scenarios, manifests, defaults, merging and the flags of `signsim plot`
//! follow from its line. Its first line is also its help on the command line.
//!
//! A scenario writes `y` for two things, which are two fields here: a measure, and in a phase diagram the path of a setting.
//! Read on its own it is a path; what it is, its figure decides as soon as the kind is known.
//!
//! The options of a figure go before those that a scenario gives to all its figures (`style`), and what `signsim plot` is told
//! goes before both.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::amount::{FontSize, Height, Level, Window};
use super::choice::{
    Background, Colours, ErrorKind, Filter, IntervalLook, LegendPlace, Limits, Markers, Names, OneOrMore,
    Over, Reference, Word,
};
use super::content::Scale;
use super::measure::Measure;
pub use super::page::measures::Size;
pub use super::page::theme::Mode;
use super::statistics::Uncertainty;
use crate::error::{Error, Result, in_part};
use crate::units::Probability;

/// Makes [`FigureOptions`] and [`OptionKey`] from lines of a key, its field and type, and for what is an argument as
/// well the name of its value and what reads it from a text.
macro_rules! options {
    ($(
        #[doc = $about:literal]
        $(#[serde($($serde:tt)*)])*
        $key:ident $word:literal $field:ident: $type:ty $(, $value:literal, $read:path)?;
    )*) => {
        /// The options of a figure, all of them optional.
        #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct FigureOptions {
            $(
                #[doc = $about]
                #[serde(skip_serializing_if = "Option::is_none")]
                $(#[serde($($serde)*)])*
                pub $field: Option<$type>,
            )*
        }

        /// The name of an option.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum OptionKey {
            $(#[doc = $about] $key,)*
        }

        /// The options of `signsim plot`.
        pub const ARGUMENTS: &[OptionArgument] = &[
            $($(OptionArgument { key: OptionKey::$key, value: $value, help: $about },)?)*
        ];

        impl OptionKey {
            /// As it is written.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$key => $word,)*
                }
            }
        }

        impl FigureOptions {
            /// Nothing but what is usual.
            pub const NONE: Self = Self { $($field: None,)* };

            /// The options that are given.
            #[must_use]
            pub fn given(&self) -> Vec<OptionKey> {
                let all = [$((OptionKey::$key, self.$field.is_some()),)*];
                all.into_iter().filter(|(_, given)| *given).map(|(key, _)| key).collect()
            }

            /// Whether nothing is given.
            #[must_use]
            pub fn is_empty(&self) -> bool {
                self.given().is_empty()
            }

            /// These options, and where they say nothing, those of `others`.
            #[must_use]
            pub fn or(self, others: Self) -> Self {
                Self { $($field: self.$field.or(others.$field),)* }
            }

            /// Those of these options that are `wanted`.
            #[must_use]
            pub fn only(&self, wanted: impl Fn(OptionKey) -> bool) -> Self {
                Self { $($field: self.$field.clone().filter(|_| wanted(OptionKey::$key)),)* }
            }

            /// Sets an option from the text of an argument.
            ///
            /// # Errors
            /// When the option has no such value.
            pub fn set(&mut self, key: OptionKey, text: &str) -> Result<()> {
                match key {
                    $(OptionKey::$key => { $(self.$field = Some($read($word, text)?);)? })*
                }
                Ok(())
            }
        }
    };
}

options! {
    /// The name of the files, instead of the figure's own
    Name "name" name: String, "NAME", text;
    /// The setting along the horizontal axis, for example task.channel.crossover
    X "x" x: String, "SETTING", text;
    /// What is measured: accuracy, error, loss, decoding_error or gradient_norm; of a phase diagram the vertical setting
    Y "y" y: String, "MEASURE", text;
    /// What is measured along the vertical axis: `y` in every kind that is not told a setting there
    #[serde(rename = "y", skip_deserializing)]
    Measure "y" measure: Measure;
    /// What the colours of a phase diagram measure: accuracy, error, loss, decoding_error or gradient_norm
    Colour "colour" colour: Measure, "MEASURE", word;
    /// Of the values of a setting the least or the greatest mean: '{ adversaries.attack: min }'
    Over "over" over: Over, "SETTING", yaml;
    /// true: the number of each cell in it
    Values "values" values: bool, "BOOL", yaml;
    /// The setting that the colours of series stand for [default: method]
    Group "group" group: String, "SETTING", text;
    /// The setting that makes panels, or none
    Panel "panel" panel: String, "SETTING", text;
    /// The setting that makes rows of panels
    Rows "rows" rows: String, "SETTING", text;
    /// The setting that makes columns of panels
    Columns "columns" columns: String, "SETTING", text;
    /// Only the runs with these values of settings: '{ method: [a, b], adversaries.count: 3 }'
    #[serde(rename = "where")]
    Where "where" filter: Filter, "VALUES", yaml;
    /// Methods and values in the order in which they shall stand: [signsgd_fd, signsgd_mv]
    Order "order" order: OneOrMore<Word>, "WORDS", yaml;
    /// What methods and values are called: '{ signsgd_mv: MV, adversaries.count=0: nobody }'
    Names "names" names: Names, "NAMES", yaml;
    /// The colours of methods, 1 to 7 or #rrggbb: '{ signsgd_mv: 1 }'
    Colours "colours" colours: Colours, "COLOURS", yaml;
    /// linear, log or symlog: the axis over which the kind spreads its numbers
    Scale "scale" scale: Division, "SCALE", word;
    /// linear, log or symlog along the horizontal axis
    XScale "x_scale" x_scale: Division, "SCALE", word;
    /// linear, log or symlog along the vertical axis
    YScale "y_scale" y_scale: Division, "SCALE", word;
    /// The ends of the horizontal axis: [0, 100], or [0, null] for one of them
    XRange "x_range" x_range: Limits, "ENDS", yaml;
    /// The ends of the vertical axis: [0.9, 1], or [0.9, null] for one of them
    YRange "y_range" y_range: Limits, "ENDS", yaml;
    /// What intervals show: ci, sd, sem, range, seeds or none [default: ci]
    Error "error" error: ErrorKind, "KIND", word;
    /// The confidence of intervals [default: 0.95]
    Level "level" level: Level, "SHARE", yaml;
    /// band or bars
    Interval "interval" interval: IntervalLook, "SHAPE", word;
    /// auto, all or none
    Markers "markers" markers: Markers, "WHICH", word;
    /// Every run's curve as the mean of so many neighbouring measurements, an odd number
    Smooth "smooth" smooth: Window, "NUMBER", yaml;
    /// Lines across the axes: chance, or '{ y: 0.9, label: target }', or several in a list
    Reference "reference" reference: OneOrMore<Reference>, "LINES", yaml;
    /// What theory draws behind channels: none, exact or bounds
    Theory "theory" theory: TheoryCurve, "THEORY", word;
    /// The accuracy to be reached, for time_to_accuracy
    Accuracy "accuracy" accuracy: Probability, "SHARE", share;
    /// What stands above the figure
    Title "title" title: String, "WORDS", text;
    /// The name of the horizontal axis
    XLabel "x_label" x_label: String, "WORDS", text;
    /// The name of the vertical axis
    YLabel "y_label" y_label: String, "WORDS", text;
    /// above, right, inside, direct or none
    Legend "legend" legend: LegendPlace, "PLACE", word;
    /// false: the small print goes to NAME.caption.txt instead
    Notes "notes" notes: bool, "BOOL", yaml;
    /// true or false: lines behind the data
    Grid "grid" grid: bool, "BOOL", yaml;
    /// true: a, b, c in front of the titles of panels
    Letters "letters" letters: bool, "BOOL", yaml;
    /// The size of text in points, with which lines and markers grow [default: 8pt]
    Font "font" font: FontSize, "POINTS", yaml;
    /// The width: single (85 mm), double (178 mm), icml, neurips, ieee, nature, or millimetres, for example 120mm
    Size "size" size: Size, "WIDTH", word;
    /// The height in millimetres, for example 50mm
    Height "height" height: Height, "MM", yaml;
    /// light or dark
    Theme "theme" theme: Mode, "THEME", word;
    /// paper, or transparent
    Background "background" background: Background, "WHAT", word;
}

/// An option as an argument of `signsim plot`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OptionArgument {
    /// The option of a figure that it gives.
    pub key: OptionKey,
    /// What its value is called in the help.
    pub value: &'static str,
    /// One line for `signsim plot --help`.
    pub help: &'static str,
}

/// How numbers are spread over an axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Division {
    /// Equal differences take equal room.
    #[default]
    Linear,
    /// Equal ratios take equal room.
    Log,
    /// Equal ratios take equal room, but near 0 equal differences do: an axis with 0 and numbers below it.
    Symlog,
}

impl Division {
    /// The scale of an axis that is divided so.
    #[must_use]
    pub const fn scale(self) -> Scale {
        match self {
            Self::Linear => Scale::Value,
            Self::Log => Scale::Log,
            Self::Symlog => Scale::Symlog,
        }
    }
}

/// What theory draws behind measurements on channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TheoryCurve {
    /// Nothing.
    None,
    /// The exact value, with the true weights where a method learns them.
    Exact,
    /// The exact value and what papers prove about it.
    Bounds,
}

/// A text as it stands.
fn text(_: &str, text: &str) -> Result<String> {
    Ok(text.to_owned())
}

/// A value by the word that a scenario has for it.
fn word<T: DeserializeOwned>(option: &str, text: &str) -> Result<T> {
    let value = serde_json::Value::String(text.to_owned());
    serde_json::from_value(value).map_err(|why| Error::input(format!("--{option} {}: {why}", in_part(text))))
}

/// A value as a scenario has it; a mapping may lack its braces.
fn yaml<T: DeserializeOwned>(option: &str, text: &str) -> Result<T> {
    serde_yaml::from_str(text).map_err(|why| Error::input(format!("--{option} {}: {why}", in_part(text))))
}

/// A share of one.
fn share(option: &str, text: &str) -> Result<Probability> {
    let refused = |number: &str, why: &str| {
        Error::input(format!("--{option} {number}: {why}")).help("write a share of one, for example 0.9")
    };
    let number: f64 = text.trim().parse().map_err(|_| refused(text, "not a number"))?;
    number.try_into().map_err(|why: String| refused(&number.to_string(), &why))
}

impl FigureOptions {
    /// The width of the page in millimetres, `usual` unless told otherwise.
    #[must_use]
    pub fn width(&self, usual: f64) -> f64 {
        self.size.map_or(usual, Size::millimetres)
    }

    /// How the horizontal axis is divided, in a kind whose `scale` is that one's.
    #[must_use]
    pub fn x_division(&self) -> Division {
        self.x_scale.or(self.scale).unwrap_or_default()
    }

    /// What cannot be said of all figures of a scenario: which one it is, and what it shows.
    pub const OF_ONE_FIGURE: [OptionKey; 4] = [OptionKey::Name, OptionKey::X, OptionKey::Y, OptionKey::Title];

    /// The settings that stand for colours and panels.
    pub(super) fn settings(&self) -> impl Iterator<Item = &str> {
        let Self { group, panel, rows, columns, .. } = self;
        [group, panel, rows, columns].into_iter().filter_map(|path| path.as_deref())
    }

    /// As many panels as a figure shows: `usual`, or where rows and columns order them, a page of them.
    #[must_use]
    pub(super) fn most_panels(&self, usual: usize) -> usize {
        /// More than this fit no page.
        const GRID: usize = 48;
        if self.rows.is_some() || self.columns.is_some() { GRID } else { usual }
    }

    /// What intervals show.
    #[must_use]
    pub fn uncertainty(&self) -> Uncertainty {
        let (error, level) = (self.error.unwrap_or_default(), self.level.unwrap_or(Level::USUAL));
        Uncertainty { error, level: level.share() }
    }

    /// These options of a kind whose `y` is a measure; a word that names none stays a setting, and is refused.
    #[must_use]
    pub(super) fn with_measure(mut self) -> Self {
        if let Some(measure) = self.y.as_deref().and_then(Measure::of_word) {
            (self.measure, self.y) = (Some(measure), None);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_fall_back_on_others() {
        let own = FigureOptions { y: Some("loss".to_owned()), ..FigureOptions::NONE };
        let others =
            FigureOptions { y: Some("accuracy".to_owned()), theme: Some(Mode::Dark), ..FigureOptions::NONE };
        assert_eq!(own.or(others).given(), [OptionKey::Y, OptionKey::Theme]);
    }

    /// An argument, a line of YAML and a field are three ways to say the same.
    #[test]
    fn an_argument_says_what_the_scenario_says() {
        for (words, json) in [
            ("name mine", r#"{"name":"mine"}"#),
            ("y loss", r#"{"y":"loss"}"#),
            ("colour decoding_error", r#"{"colour":"decoding_error"}"#),
            ("scale log", r#"{"scale":"log"}"#),
            ("theory bounds", r#"{"theory":"bounds"}"#),
            ("accuracy 0.9", r#"{"accuracy":0.9}"#),
            ("size 120mm", r#"{"size":"120mm"}"#),
            ("theme dark", r#"{"theme":"dark"}"#),
            ("where adversaries.count: 3", r#"{"where":{"adversaries.count":["3"]}}"#),
            ("order [b, a]", r#"{"order":["b","a"]}"#),
            ("names {a: B}", r#"{"names":{"a":"B"}}"#),
            ("y_scale log", r#"{"y_scale":"log"}"#),
            ("colours {a: 3}", r##"{"colours":{"a":"3"}}"##),
            ("y_range [0.9, null]", r#"{"y_range":[0.9,null]}"#),
            ("error sd", r#"{"error":"sd"}"#),
            ("level 0.9", r#"{"level":0.9}"#),
            ("smooth 5", r#"{"smooth":5}"#),
            ("reference chance", r#"{"reference":["chance"]}"#),
            ("notes false", r#"{"notes":false}"#),
            ("font 7pt", r#"{"font":"7pt"}"#),
            ("height 50mm", r#"{"height":"50mm"}"#),
        ] {
            let (option, value) = words.split_once(' ').unwrap();
            let argument = ARGUMENTS.iter().find(|argument| argument.key.word() == option).unwrap();
            let mut told = FigureOptions::NONE;
            told.set(argument.key, value).unwrap();
            assert_eq!(told, serde_json::from_str(json).unwrap());
            assert_eq!(serde_json::to_string(&told).unwrap(), json);
            assert_eq!(told.given(), [argument.key]);
            assert_eq!(told.only(|key| key != argument.key), FigureOptions::NONE);
        }
    }

    #[test]
    fn a_measure_is_written_y() {
        let told = |y: &str| FigureOptions { y: Some(y.to_owned()), ..FigureOptions::NONE }.with_measure();
        assert_eq!((told("loss").measure, told("loss").y), (Some(Measure::Loss), None));
        assert_eq!((told("rounds").measure, told("rounds").y.as_deref()), (None, Some("rounds")));
        assert_eq!(serde_json::to_string(&told("loss")).unwrap(), r#"{"y":"loss"}"#);
    }
}
