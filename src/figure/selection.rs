//! Which runs a figure shows, and in which order: the options `where` and `order`.

use std::borrow::Cow;

use super::cases::{ADVERSARIES, METHOD};
use super::choice::{Filter, Word};
use super::content::FigureNote;
use super::label::Label;
use super::named::distinct;
use super::names;
use super::options::FigureOptions;
use crate::error::{Error, Result};
use crate::near::question;
use crate::record::{Results, RunRecord, SummaryRow};

/// Paths of what every run has, whatever a sweep varies.
pub(super) const OF_EVERY_RUN: [&str; 4] = [METHOD, ADVERSARIES, "adversaries.attack", "workers.count"];

/// The runs that `where` names, in the order that `order` asks for.
#[must_use]
pub(crate) fn chosen<'a>(results: &'a Results, options: &FigureOptions) -> Cow<'a, Results> {
    let mut chosen = Cow::Borrowed(results);
    if let Some(filter) = &options.filter {
        let mut runs = results.runs.clone();
        runs.retain(|run| passes(filter, Told::of(run)));
        chosen = Cow::Owned(Results { name: results.name.clone(), runs, missing: results.missing.clone() });
    }
    if let Some(order) = &options.order {
        chosen.to_mut().runs.sort_by_cached_key(|run| ranks(&order.0, Told::of(run)));
    }
    chosen
}

/// Says which runs a filter keeps, where it does not keep all.
#[must_use]
pub(crate) fn note(kept: &Results, of: &Results, options: &FigureOptions) -> Option<FigureNote> {
    let filter = options.filter.as_ref().filter(|_| kept.runs.len() < of.runs.len())?;
    let words = filter.iter().map(|(path, values)| {
        let one = |Word(value): &Word| match path.as_str() {
            METHOD => names::method(value),
            path => names::setting(path, value),
        };
        Label::join(values.0.iter().map(one).collect(), " or ")
    });
    let count = format!("{} of {} runs shown: ", kept.runs.len(), of.runs.len());
    Some(FigureNote::remark(Label::plain(count).then(Label::list(words))))
}

/// What a choice of runs looks at.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    /// The name of its method.
    pub method: &'a str,
    /// The word of its attack.
    pub attack: &'a str,
    /// L.
    pub adversaries: u32,
    /// M.
    pub workers: u32,
    /// Of this repeat.
    pub seed: u64,
    /// Path and value of every setting that the sweep varies.
    pub settings: &'a [(String, String)],
}

impl<'a> Told<'a> {
    /// What a record tells.
    #[must_use]
    pub fn of(run: &'a RunRecord) -> Self {
        let SummaryRow { method, attack, adversaries, workers, seed, .. } = &run.summary;
        let (adversaries, workers, seed) = (*adversaries, *workers, *seed);
        Self { method, attack, adversaries, workers, seed, settings: &run.settings }
    }
}

/// Whether a run has one of the values of every setting of a filter.
fn passes(filter: &Filter, run: Told<'_>) -> bool {
    filter.iter().all(|(path, words)| {
        let texts = texts(run, path);
        words.0.iter().any(|word| texts.iter().any(|text| stands_for(word, text)))
    })
}

/// Whether a word, or `path=value`, stands for a value of a run.
#[must_use]
pub(super) fn goes_by(run: Told<'_>, word: &str) -> bool {
    if let Some((path, value)) = word.split_once('=') {
        return texts(run, path).iter().any(|text| stands_for(&Word(value.to_owned()), text));
    }
    let swept = run.settings.iter().map(|(path, _)| path.as_str());
    let paths = OF_EVERY_RUN.into_iter().chain(swept);
    let word = Word(word.to_owned());
    paths.flat_map(|path| texts(run, path)).any(|text| stands_for(&word, &text))
}

/// How a run's value of a setting may be written.
fn texts(run: Told<'_>, path: &str) -> Vec<String> {
    let own = match path {
        METHOD => Some(run.method.to_owned()),
        ADVERSARIES => Some(run.adversaries.to_string()),
        "adversaries.attack" => Some(run.attack.to_owned()),
        "workers.count" => Some(run.workers.to_string()),
        "seed" => Some(run.seed.to_string()),
        _ => None,
    };
    let swept = run.settings.iter().filter(|(known, _)| known == path).map(|(_, value)| value.clone());
    own.into_iter().chain(swept).collect()
}

/// Whether a word stands for a value: as it is written, as a figure prints it, by its first word, or as an equal number.
fn stands_for(Word(word): &Word, value: &str) -> bool {
    let number = |text: &str| text.trim().parse::<f64>().ok();
    word == value
        || *word == names::words(value)
        || *word == names::plain_words(value)
        || *word == names::method(value).to_string()
        || (value.contains(['{', ':']) && word == names::first_word(value))
        || number(word).is_some_and(|a| number(value) == Some(a))
}

/// The place of each of a run's values in an order; values that are not in it come last.
fn ranks(order: &[Word], run: Told<'_>) -> Vec<usize> {
    let rank = |texts: &[String]| {
        let at = order.iter().position(|word| texts.iter().any(|text| stands_for(word, text)));
        at.unwrap_or(order.len())
    };
    let swept = run.settings.iter().map(|(path, _)| path.as_str());
    distinct(OF_EVERY_RUN.into_iter().chain(swept)).into_iter().map(|path| rank(&texts(run, path))).collect()
}

/// Refuses a filter that leaves no run, or has a value that no run has.
///
/// # Errors
/// Names the value and those that there are.
pub(crate) fn check(options: &FigureOptions, runs: &[Told<'_>]) -> Result<()> {
    let Some(filter) = &options.filter else { return Ok(()) };
    for (path, words) in filter {
        let there = distinct(runs.iter().flat_map(|run| texts(*run, path)));
        let unknown = words.0.iter().find(|word| there.iter().all(|value| !stands_for(word, value)));
        if let Some(Word(word)) = unknown {
            let known: Vec<&str> = there.iter().map(String::as_str).collect();
            let meant = question(word, &known);
            let there: Vec<String> = there.iter().map(|value| format!("`{value}`")).collect();
            return Err(Error::scenario(format!("no run has `{word}` as its `{path}`"))
                .key("where")
                .help(format!("{meant}there is {}", there.join(", "))));
        }
    }
    if runs.iter().all(|run| !passes(filter, *run)) {
        return Err(Error::scenario("no run has all these values together")
            .key("where")
            .help("leave one of the settings away"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_goes_by_its_text_its_words_its_number_or_its_first_word() {
        let word = |text: &str| Word(text.to_owned());
        let flip = "stochastic_flip: {probability: 0.5}";
        for (text, value) in [
            ("signsgd_fd", "signsgd_fd"),
            ("signSGD-FD", "signsgd_fd"),
            ("3.0", "3"),
            ("stochastic_flip", flip),
            ("stochastic flip, probability 0.5", flip),
            ("deadline 300ms", "{ deadline: 300ms }"),
            ("deadline 300 ms", "{ deadline: 300ms }"),
        ] {
            assert!(stands_for(&word(text), value), "{text}");
        }
        for (text, value) in [("3", "30"), ("sign", "sign_inversion"), ("1", "1Mbit/s")] {
            assert!(!stands_for(&word(text), value), "{text}");
        }
    }
}
