//! The figures that a scenario can ask for: their words, what each can be told, and what each needs.

use serde::{Deserialize, Serialize};

use super::Shown;
use super::cases::{ADVERSARIES, METHOD, NO_PANEL};
use super::catalogue::CATALOGUE;
use super::kind::accuracy_vs_rounds::{self, Progress};
use super::kind::accuracy_vs_setting::{self, field};
use super::kind::{
    accuracy_vs_adversaries, crossover_histogram, label_partition, layer_crossovers, method_table,
    phase_diagram, time_to_accuracy, timeline, weights_vs_rounds,
};
use super::measure::Measure;
use super::options::{Options, Theory};
use crate::error::{Error, Result};
use crate::record::Results;

/// The figures that a scenario can ask for, each with its options.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum FigureSpec {
    /// Final accuracy over the number of adversaries L, a line a method.
    AccuracyVsAdversaries(Options),
    /// Accuracy over the rounds, a line a method and number of adversaries.
    AccuracyVsRounds(Options),
    /// Accuracy over simulated time, a line a method and number of adversaries.
    AccuracyVsTime(Options),
    /// Accuracy over the megabytes that all workers have sent, a line a method and number of adversaries.
    AccuracyVsMegabytes(Options),
    /// Final accuracy over a setting of the sweep that is a number.
    AccuracyVsSetting(Options),
    /// Decoding error over L, with the exact values and the bounds behind it.
    DecodingErrorVsAdversaries(Options),
    /// The weights of honest and adversarial workers over the rounds.
    WeightsVsRounds(Options),
    /// How often votes are wrong, honest and adversarial.
    CrossoverHistogram(Options),
    /// How often votes and decisions are wrong in each layer.
    LayerCrossovers(Options),
    /// A heat map over the share of adversaries and a setting of the sweep that is a number.
    PhaseDiagram(Options),
    /// Simulated time until a method is as accurate as it should be, a bar a method and setting.
    TimeToAccuracy(Options),
    /// The first rounds of a run on the simulated clock, a row a worker.
    Timeline(Options),
    /// Final accuracy and megabytes, a row a method, a column an attack and number of adversaries L.
    MethodTable(Options),
    /// How many samples of each label every worker holds.
    LabelPartition(Options),
}

/// What the records of a scenario hold besides their rounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recorded {
    /// Whether models are trained; channels otherwise.
    pub trains: bool,
    /// Whether a timeline is recorded.
    pub timeline: bool,
    pub layers: bool,
    pub labels: bool,
}

impl Recorded {
    /// What is found in results.
    #[must_use]
    pub fn of(results: &Results) -> Self {
        let any = |has: fn(&crate::record::RunRecord) -> bool| results.runs.iter().any(has);
        Self {
            trains: any(|run| run.summary.final_accuracy.is_some()),
            timeline: any(|run| !run.timeline.is_empty()),
            layers: any(|run| !run.layers.is_empty()),
            labels: any(|run| !run.labels.is_empty()),
        }
    }
}

/// What a result folder holds besides figures.
const OF_THE_FOLDER: [&str; 7] = ["summary", "manifest", "scenario", "runs", "report", "index", "readme"];

/// The word that is meant, if any is near; what differs only in what stands behind `_vs_` is not.
fn nearest<'a>(word: &str, words: &[&'a str]) -> Option<&'a str> {
    let word = word.to_ascii_lowercase().replace(['-', ' '], "_");
    let begins = |known: &&&str| word.len() > 3 && known.starts_with(word.as_str());
    let score = |known: &str| strsim::normalized_damerau_levenshtein(&word, known);
    let near =
        || words.iter().max_by(|a, b| score(a).total_cmp(&score(b))).filter(|known| score(known) > 0.7);
    words.iter().find(begins).or_else(near).copied()
}

/// What every figure can be told.
const COMMON: [&str; 3] = ["name", "size", "theme"];

impl FigureSpec {
    /// The figure of a word, with these options.
    ///
    /// # Errors
    /// When no figure has this word.
    pub fn of_word(word: &str, options: Options) -> Result<Self> {
        let value = serde_json::json!({ word: options });
        serde_json::from_value(value).map_err(|_| {
            let words: Vec<&str> = CATALOGUE.iter().map(|entry| entry.word).collect();
            let near = nearest(word, &words).map_or(String::new(), |near| format!("did you mean `{near}`? "));
            let help = format!("{near}write one of {}", words.join(", "));
            Error::input(format!("`{word}` is no figure")).help(help)
        })
    }

    /// Its options.
    #[must_use]
    pub const fn options(&self) -> &Options {
        match self {
            Self::AccuracyVsAdversaries(options)
            | Self::AccuracyVsRounds(options)
            | Self::AccuracyVsTime(options)
            | Self::AccuracyVsMegabytes(options)
            | Self::AccuracyVsSetting(options)
            | Self::DecodingErrorVsAdversaries(options)
            | Self::WeightsVsRounds(options)
            | Self::CrossoverHistogram(options)
            | Self::LayerCrossovers(options)
            | Self::PhaseDiagram(options)
            | Self::TimeToAccuracy(options)
            | Self::Timeline(options)
            | Self::MethodTable(options)
            | Self::LabelPartition(options) => options,
        }
    }

    /// Its word, and the options that it takes besides those that every figure takes.
    const fn kind(&self) -> (&'static str, &'static [&'static str]) {
        match self {
            Self::AccuracyVsAdversaries(_) => {
                ("accuracy_vs_adversaries", &["y", "group", "panel", "scale", "theory"])
            }
            Self::AccuracyVsRounds(_) => ("accuracy_vs_rounds", &["y", "group", "panel"]),
            Self::AccuracyVsTime(_) => ("accuracy_vs_time", &["y", "group", "panel", "scale"]),
            Self::AccuracyVsMegabytes(_) => ("accuracy_vs_megabytes", &["y", "group", "panel", "scale"]),
            Self::AccuracyVsSetting(_) => ("accuracy_vs_setting", &["x", "y", "group", "panel", "scale"]),
            Self::DecodingErrorVsAdversaries(_) => {
                ("decoding_error_vs_adversaries", &["group", "panel", "scale", "theory"])
            }
            Self::WeightsVsRounds(_) => ("weights_vs_rounds", &[]),
            Self::CrossoverHistogram(_) => ("crossover_histogram", &[]),
            Self::LayerCrossovers(_) => ("layer_crossovers", &[]),
            Self::PhaseDiagram(_) => ("phase_diagram", &["x", "y", "colour", "group", "panel"]),
            Self::TimeToAccuracy(_) => ("time_to_accuracy", &["accuracy", "group", "panel"]),
            Self::Timeline(_) => ("timeline", &[]),
            Self::MethodTable(_) => ("method_table", &["y", "group", "panel"]),
            Self::LabelPartition(_) => ("label_partition", &[]),
        }
    }

    /// The word of the figure.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        self.kind().0
    }

    /// The options that it takes, of those that it is given.
    #[must_use]
    pub fn fitting(&self, given: &Options) -> Options {
        let takes = |word: &str| self.kind().1.contains(&word) || COMMON.contains(&word);
        let given = given.clone();
        Options {
            name: given.name,
            size: given.size,
            theme: given.theme,
            x: given.x.filter(|_| takes("x")),
            y: given.y.filter(|_| takes("y")),
            colour: given.colour.filter(|_| takes("colour")),
            group: given.group.filter(|_| takes("group")),
            panel: given.panel.filter(|_| takes("panel")),
            scale: given.scale.filter(|_| takes("scale")),
            theory: given.theory.filter(|_| takes("theory")),
            accuracy: given.accuracy.filter(|_| takes("accuracy")),
        }
    }

    /// The name of the figure's files: the option `name`, or its word with what it shows in the place of `accuracy` and
    /// `setting`.
    #[must_use]
    pub fn name(&self) -> String {
        let (word, options) = (self.word(), self.options());
        if let Some(name) = &options.name {
            return name.clone();
        }
        let measured = |word: &str| match word.strip_prefix("accuracy_vs_") {
            Some(rest) => format!("{}_vs_{rest}", options.measure().word()),
            None => word.to_owned(),
        };
        match (self, &options.x) {
            (Self::AccuracyVsSetting(_), Some(x)) => measured(&format!("accuracy_vs_{}", field(x))),
            _ => measured(word),
        }
    }

    /// Checks the figure against the settings of one run that it will show, and what is recorded of it.
    ///
    /// # Errors
    /// When it is told what it cannot be told, or the run has no place in it.
    pub fn validate(&self, settings: &[(String, String)], recorded: Recorded) -> Result<()> {
        self.check(settings, recorded).map_err(|error| error.key(self.word()))
    }

    fn check(&self, settings: &[(String, String)], recorded: Recorded) -> Result<()> {
        let (word, takes) = self.kind();
        let options = self.options();
        if let Some(other) = options.given().iter().find(|o| !takes.contains(o) && !COMMON.contains(o)) {
            let all: Vec<&str> = takes.iter().chain(&COMMON).copied().collect();
            return Err(Error::scenario(format!("{word} has no option `{other}`"))
                .key(*other)
                .help(format!("it takes {}", all.join(", "))));
        }
        if let Some(name) = &options.name {
            let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
            if name.is_empty() || name.len() > 100 || !name.chars().all(legal) {
                return Err(Error::scenario(format!("`{name}` cannot name a file"))
                    .key("name")
                    .help("use letters, digits, `_` and `-`, at most 100"));
            }
            if OF_THE_FOLDER.contains(&name.to_ascii_lowercase().as_str()) {
                return Err(Error::scenario(format!("`{name}` is the name of a file of the result folder"))
                    .key("name")
                    .help(format!("choose another name than {}", OF_THE_FOLDER.join(", "))));
            }
        }
        for (key, path) in [("group", &options.group), ("panel", &options.panel)] {
            path.as_deref().map_or(Ok(()), |path| known(path, key, settings))?;
        }
        if options.group.is_some() && options.group == options.panel {
            return Err(Error::scenario("group and panel are the same setting")
                .key("panel")
                .help("leave one of them away"));
        }
        let axis = match self {
            Self::AccuracyVsAdversaries(_) | Self::DecodingErrorVsAdversaries(_) | Self::MethodTable(_) => {
                Some(ADVERSARIES)
            }
            Self::AccuracyVsSetting(_) => options.x.as_deref(),
            _ => None,
        };
        for (key, path) in [("group", &options.group), ("panel", &options.panel)] {
            if axis.is_some() && path.as_deref() == axis {
                return Err(Error::scenario("this setting is the horizontal axis of the figure already")
                    .key(key)
                    .help("choose another setting, or leave it away"));
            }
        }
        if options.x.is_some() && options.x == options.y {
            return Err(Error::scenario("both axes are the same setting")
                .key("y")
                .help("choose another setting"));
        }
        match self {
            Self::PhaseDiagram(_) => {
                let Some(y) = &options.y else {
                    return Err(Error::scenario("a phase diagram needs a setting along its vertical axis")
                        .key("y")
                        .help("write y: and an axis of the sweep, for example task.channel.crossover"));
                };
                for (key, path) in [("x", options.x.as_ref()), ("y", Some(y))] {
                    let own = |path: &&String| path.as_str() != ADVERSARIES;
                    let path = path.filter(own);
                    path.map_or(Ok(()), |path| {
                        accuracy_vs_setting::validate(path, key, super::options::Division::Linear, settings)
                    })?;
                }
                measured(options.colour.unwrap_or_default(), "colour", recorded)
            }
            _ => {
                let y = options.y.as_deref().map_or(Ok(Measure::default()), |word| {
                    Measure::of_word(word).ok_or_else(|| {
                        let words = Measure::ALL.map(|(word, _)| word).join(", ");
                        Error::scenario(format!("nothing is measured under the name `{word}`"))
                            .key("y")
                            .help(format!("write one of {words}"))
                    })
                })?;
                measured(y, "y", recorded)?;
                self.needs(settings, recorded)
            }
        }
    }

    /// What a kind cannot do without.
    fn needs(&self, settings: &[(String, String)], recorded: Recorded) -> Result<()> {
        let options = self.options();
        let without = |there: bool, message: &str, help: &str| {
            if there { Ok(()) } else { Err(Error::scenario(message).help(help)) }
        };
        match self {
            Self::AccuracyVsSetting(_) => {
                let Some(x) = &options.x else {
                    return Err(Error::scenario("the setting along the horizontal axis is missing")
                        .key("x")
                        .help("write x: and an axis of the sweep, for example task.channel.crossover"));
                };
                accuracy_vs_setting::validate(x, "x", options.scale.unwrap_or_default(), settings)
            }
            Self::TimeToAccuracy(_) => without(
                options.accuracy.is_some(),
                "the accuracy to be reached is missing",
                "write { accuracy: 0.9 }",
            ),
            Self::AccuracyVsAdversaries(_) | Self::DecodingErrorVsAdversaries(_) => without(
                !recorded.trains || options.theory.is_none_or(|theory| theory == Theory::None),
                "theory knows the error of votes on channels, not the accuracy of a model",
                "leave theory away",
            ),
            Self::LayerCrossovers(_) => without(
                recorded.layers,
                "layers are compared only where they are measured, and none are",
                "write metrics: { layers: true }",
            ),
            Self::LabelPartition(_) => without(
                recorded.labels,
                "a partition of labels is drawn from what was recorded of it, and nothing is",
                "write metrics: { labels: true }",
            ),
            Self::Timeline(_) => without(
                recorded.timeline,
                "a timeline is drawn from rounds that were recorded, and none are",
                "write metrics: { timeline: 3 } for the first three rounds",
            ),
            _ => Ok(()),
        }
    }

    /// The figure as data.
    #[must_use]
    pub fn shown(&self, results: &Results) -> Shown {
        let options = self.options();
        let over = |progress| Shown::Chart(accuracy_vs_rounds::content(results, progress, options));
        let division = options.scale.unwrap_or_default();
        let mut shown = match self {
            Self::AccuracyVsAdversaries(_) => {
                Shown::Chart(accuracy_vs_adversaries::content(results, options))
            }
            Self::AccuracyVsRounds(_) => over(Progress::Rounds),
            Self::AccuracyVsTime(_) => over(Progress::Time(division)),
            Self::AccuracyVsMegabytes(_) => over(Progress::Megabytes(division)),
            Self::AccuracyVsSetting(_) => Shown::Chart(accuracy_vs_setting::content(results, options)),
            Self::DecodingErrorVsAdversaries(_) => {
                Shown::Chart(accuracy_vs_adversaries::decoding_error(results, options))
            }
            Self::WeightsVsRounds(_) => Shown::Chart(weights_vs_rounds::content(results)),
            Self::CrossoverHistogram(_) => Shown::Chart(crossover_histogram::content(results)),
            Self::LayerCrossovers(_) => Shown::Bars(layer_crossovers::bars(results)),
            Self::PhaseDiagram(_) => Shown::Heat(phase_diagram::heat(results, options)),
            Self::TimeToAccuracy(_) => Shown::Bars(time_to_accuracy::bars(results, options)),
            Self::Timeline(_) => Shown::Timeline(timeline::timeline(results)),
            Self::MethodTable(_) => Shown::Table(method_table::table(results, options)),
            Self::LabelPartition(_) => Shown::Heat(label_partition::heat(results)),
        };
        self.remarks(results).into_iter().for_each(|note| shown.say(note));
        shown.proofread()
    }
}

/// Whether a setting is one of the sweep's, or one that every run has.
fn known(path: &str, key: &str, settings: &[(String, String)]) -> Result<()> {
    let own = [METHOD, ADVERSARIES, "adversaries.attack", "workers.count"];
    let none = key == "panel" && path == NO_PANEL;
    if none || own.contains(&path) || settings.iter().any(|(known, _)| known == path) {
        return Ok(());
    }
    let all: Vec<&str> = settings.iter().map(|(path, _)| path.as_str()).chain(own).collect();
    let mut all = super::named::distinct(all);
    if key == "panel" {
        all.push(NO_PANEL);
    }
    Err(Error::scenario(format!("the sweep does not vary `{path}`"))
        .key(key)
        .help(format!("write one of {}", all.join(", "))))
}

/// Whether there is such a measure of these runs.
fn measured(measure: Measure, key: &str, recorded: Recorded) -> Result<()> {
    if measure == Measure::Loss && !recorded.trains {
        return Err(Error::scenario("on channels nothing is trained, so there is no loss")
            .key(key)
            .help("write accuracy or decoding_error"));
    }
    Ok(())
}
