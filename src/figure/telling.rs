//! What a user should hear of a figure that is drawn all the same: words of its options that stand for nothing, so that a style
//! can be shared, letters that the typeface lacks, and a height that is too small.

use super::choice::Word;
use super::options::FigureOptions;
use super::page::fonts;
use super::selection::{self, Told};
use super::shown::FigureContent;
use super::spec::FigureSpec;
use crate::record::Results;

/// Millimetres by which a page may be higher than it was asked to be before that is said.
const HIGHER: f64 = 0.5;

/// Everything that is to be said of a figure of this height in millimetres.
#[must_use]
pub(crate) fn remarks(
    spec: &FigureSpec,
    shown: &FigureContent,
    results: &Results,
    height: f64,
) -> Vec<String> {
    let name = spec.name();
    let mut all: Vec<String> = unmatched(&spec.options, shown, results)
        .into_iter()
        .map(|(option, word)| format!("{name}: `{word}` in its {option} stands for nothing that is shown"))
        .collect();
    all.extend(fonts::lacking(shown.names()).map(|words| format!("{name}: {words}")));
    if let Some(asked) = spec.options.height.filter(|asked| height > asked.0 + HIGHER) {
        all.push(format!("{name}: {} mm are too low for it: it is {height:.1} mm high", asked.0));
    }
    all
}

/// The words of names, order and colours that no run and no part of the figure goes by.
fn unmatched(
    options: &FigureOptions,
    shown: &FigureContent,
    results: &Results,
) -> Vec<(&'static str, String)> {
    let printed: Vec<String> = shown.names().iter().map(ToString::to_string).collect();
    let stands = |word: &str| {
        let known = |run| selection::goes_by(Told::of(run), word);
        printed.iter().any(|label| label.split(", ").any(|part| part == word))
            || results.runs.iter().any(known)
    };
    let names = options.names.iter().flatten().map(|(word, own)| ("names", word, Some(own)));
    let colours = options.colours.iter().flatten().map(|(word, _)| ("colours", word, None));
    // What has been given another name is found by that.
    let given = |own: Option<&String>| own.is_some_and(|own| stands(own));
    let mut found: Vec<(&'static str, String)> = names
        .chain(colours)
        .filter(|(_, word, own)| !stands(word) && !given(*own))
        .map(|(option, word, _)| (option, word.clone()))
        .collect();
    let order = options.order.iter().flat_map(|order| &order.0).filter(|Word(word)| !stands(word));
    found.extend(order.map(|Word(word)| ("order", word.clone())));
    found
}
