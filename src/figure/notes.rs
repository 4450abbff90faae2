//! The lines under the axes: repeats, interval, and whatever would otherwise be silent.

use super::cases::distinct;
use super::content::{Content, Note, Scale};
use super::label::Label;
use super::statistics::Estimate;
use crate::record::Results;

/// What to do where a clock stands still.
pub const NO_TIME: &str =
    "no simulated time passes in these runs; give links latency or workers compute_time";

/// A remark where there is time on an axis and none has passed.
pub fn no_time(results: &Results) -> Option<Label> {
    let still = !results.runs.is_empty() && results.runs.iter().all(|run| run.summary.sim_time_s == 0.0);
    still.then(|| Label::plain(NO_TIME))
}

/// Everything that every figure must say about its numbers.
#[must_use]
pub fn standard(content: &Content, results: &Results) -> Vec<Note> {
    let mut notes = vec![Note::remark(repeats(content.points().map(|p| p.estimate)))];
    let without: u32 = content.points().map(|p| p.estimate.without).sum();
    if without > 0 {
        let words = "× on the lower edge: one or more runs gave no finite value there (diverged); a mean is over the others";
        notes.push(Note::warning(Label::plain(words)));
    }
    let at_zero = |p: &super::content::Point| p.estimate.mean.is_some_and(|mean| mean <= 0.0);
    if content.y.scale == Scale::Log && content.points().any(at_zero) {
        notes.push(Note::remark(Label::plain("points on the lower edge are 0")));
    }
    notes.extend(missing(&results.missing).map(Note::warning));
    notes
}

/// What a figure says last: which settings were chosen of many, and which runs are missing.
#[must_use]
pub fn closing(shown: &[Label], of: usize, what: &str, results: &Results) -> Vec<Note> {
    let missing = missing(&results.missing).map(Note::warning);
    selection(shown, of, what).into_iter().chain(missing).collect()
}

/// Says how many runs are missing, and names one.
#[must_use]
pub fn missing(runs: &[String]) -> Option<Label> {
    let first = runs.first()?.split_whitespace().collect::<Vec<_>>().join(" ");
    let words = match runs.len() {
        1 => format!("incomplete: 1 run missing ({first})"),
        n => format!("incomplete: {n} runs missing ({first}, and {} more)", n - 1),
    };
    Some(Label::plain(words))
}

/// How many repeats stand behind a number and what its interval is.
#[must_use]
pub fn repeats(estimates: impl IntoIterator<Item = Estimate>) -> Label {
    let mut counts = distinct(estimates.into_iter().map(|estimate| estimate.runs + estimate.without));
    counts.sort_unstable();
    let words = match counts.as_slice() {
        [] => "no runs".to_owned(),
        [1] => "one seed per point, hence no interval".to_owned(),
        [1, .., most] => {
            format!("mean and 95 % Student-*t* interval over 1 to {most} seeds; one seed has no interval")
        }
        [n] => format!("mean and 95 % Student-*t* interval over {n} seeds"),
        [least, .., most] => format!("mean and 95 % Student-*t* interval over {least} to {most} seeds"),
    };
    Label::rich(&words)
}

/// Says which of many were chosen, unless all were.
#[must_use]
pub fn selection(shown: &[Label], of: usize, what: &str) -> Option<Note> {
    let list = || Label::join(shown.to_vec(), ", ");
    let count = || Label::rich(&format!("{} of {of} {what} shown: ", shown.len()));
    (shown.len() < of).then(|| Note::remark(count().then(list())))
}
