//! The lines under the axes: repeats, interval, and whatever would otherwise be silent.

use super::choice::ErrorKind;
use super::content::{Content, FigureNote, IntervalShape, Scale, SeriesPoint};
use super::label::Label;
use super::measure::diverged;
use super::named::distinct;
use super::statistics::{Estimate, SHARE, Spread, Uncertainty};
use crate::record::{Results, RunRecord};

/// What to do where a clock stands still.
pub(crate) const NO_TIME: &str =
    "no simulated time passes in these runs; give links latency or workers compute_time";

/// Of many things that a note names, the first few.
const NAMED: usize = 3;
/// A name of more characters than this is cut in a note; the CSV and the folder have the whole.
const LONGEST: usize = 120;

/// A remark where there is time on an axis and none has passed.
pub(crate) fn no_time(results: &Results) -> Option<Label> {
    let still = !results.runs.is_empty() && results.runs.iter().all(|run| run.summary.sim_time_s == 0.0);
    still.then(|| Label::plain(NO_TIME))
}

/// Everything that every chart must say about its numbers.
#[must_use]
pub(crate) fn standard(content: &Content, results: &Results, uncertainty: Uncertainty) -> Vec<FigureNote> {
    let estimates = || content.points().map(|p| p.estimate);
    let mut notes = vec![FigureNote::remark(repeats(estimates(), uncertainty))];
    if estimates().any(|e| e.without > 0) {
        let words = format!(
            "× on the lower edge: one or more runs gave no finite value there (diverged{}); a mean is over the others",
            diverged_share(&results.runs),
        );
        notes.push(FigureNote::warning(Label::plain(words)));
    }
    notes.extend(limits(content));
    if content.y.scale == Scale::Log {
        notes.extend(zeros(content));
    }
    notes.extend(missing(&results.missing).map(FigureNote::warning));
    notes
}

/// How many of these runs diverged, to stand in brackets.
fn diverged_share(runs: &[RunRecord]) -> String {
    match runs.iter().filter(|run| diverged(run)).count() {
        0 => String::new(),
        n => format!(": {n} of {} runs", runs.len()),
    }
}

/// A warning where runs diverged whose records a figure shows all the same.
#[must_use]
pub(crate) fn diverged_among<'a>(runs: impl IntoIterator<Item = &'a RunRecord>) -> Option<FigureNote> {
    let (all, lost) =
        runs.into_iter().fold((0, 0), |(all, lost), run| (all + 1, lost + u32::from(diverged(run))));
    let words =
        format!("{lost} of {all} runs diverged (their loss is no number); what they did until then is shown");
    (lost > 0).then(|| FigureNote::warning(Label::plain(words)))
}

/// What is cut: intervals where values end, and where the axis does; values that no share can have.
fn limits(content: &Content) -> Vec<FigureNote> {
    let mut notes = Vec::new();
    let mut remark = |words: &str| notes.push(FigureNote::remark(Label::plain(words)));
    if content.points().any(|p| p.estimate.spread == Spread::Cut) {
        let words = if content.y.scale == Scale::Share { "at 0 and 1" } else { "at 0" };
        remark(&format!("intervals end {words}, where values do"));
    }
    let heights = content.heights();
    let least = heights.iter().fold(f64::INFINITY, |least, h| least.min(h.0));
    let most = heights.iter().fold(f64::NEG_INFINITY, |most, h| most.max(h.1));
    let beyond = |p: &SeriesPoint| p.estimate.interval.is_some_and(|(low, high)| low < least || high > most);
    if content.y.scale != Scale::Log
        && content.interval == IntervalShape::Bars
        && content.points().any(beyond)
    {
        remark("an interval without a cap goes on beyond the axis");
    }
    let impossible =
        |p: &SeriesPoint| p.estimate.mean.is_some_and(|mean| !(SHARE.0..=SHARE.1).contains(&mean));
    if content.y.scale == Scale::Share && content.points().any(impossible) {
        let words =
            "values outside 0 to 1, which no share has, are drawn at the edge: the records are damaged";
        notes.push(FigureNote::warning(Label::plain(words)));
    }
    notes
}

/// Points that a logarithmic axis cannot show.
fn zeros(content: &Content) -> Option<FigureNote> {
    let at_zero = |p: &SeriesPoint| p.estimate.mean.is_some_and(|mean| mean <= 0.0);
    let above = |p: &SeriesPoint| p.estimate.mean.is_some_and(|mean| mean > 0.0);
    if !content.points().any(at_zero) {
        return None;
    }
    if content.points().any(above) {
        return Some(FigureNote::remark(Label::plain("points on the lower edge are 0")));
    }
    let words =
        "nothing is above 0, so nothing has a place on the logarithmic axis: points on the lower edge are 0";
    Some(FigureNote::warning(Label::plain(words)))
}

/// Says what is not drawn, and why; nothing where nothing is left out.
#[must_use]
pub(crate) fn left_out(places: &[Label], why: &str) -> Option<FigureNote> {
    let named: Vec<Label> = places.iter().filter(|label| !label.is_empty()).map(cut).collect();
    if places.is_empty() {
        return None;
    }
    let names = match (named.is_empty(), named.len().saturating_sub(NAMED)) {
        (true, _) => Label::default(),
        (_, 0) => Label::plain(": ").then(Label::join(named, "; ")),
        (_, more) => Label::plain(": ")
            .then(Label::join(named[..NAMED].to_vec(), "; "))
            .then(Label::plain(format!("; and {more} more"))),
    };
    Some(FigureNote::warning(Label::plain(why).then(names)))
}

/// What a figure says last: which settings were chosen of many, and which runs are missing.
#[must_use]
pub(crate) fn closing(shown: &[Label], of: usize, what: &str, results: &Results) -> Vec<FigureNote> {
    let missing = missing(&results.missing).map(FigureNote::warning);
    selection(shown, of, what).into_iter().chain(missing).collect()
}

/// Says how many runs are missing, and names the first few.
#[must_use]
pub(crate) fn missing(runs: &[String]) -> Option<Label> {
    let one =
        |run: &String| cut(&Label::plain(run.split_whitespace().collect::<Vec<_>>().join(" "))).to_string();
    let first = runs.iter().take(NAMED).map(one).collect::<Vec<_>>().join("; ");
    let more = runs.len().saturating_sub(NAMED);
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    let count = match runs.len() {
        0 => return None,
        1 => "1 run".to_owned(),
        n => format!("{n} runs"),
    };
    Some(Label::plain(format!("incomplete: {count} missing ({first}{more})")))
}

/// Cuts a name that would fill a page.
fn cut(label: &Label) -> Label {
    let mut left = LONGEST;
    let mut short = Label::default();
    for (run, face) in &label.0 {
        let kept: String = run.chars().take(left).collect();
        left -= kept.chars().count();
        let whole = kept.len() == run.len();
        short.0.push((if whole { kept } else { kept + "…" }, *face));
        if !whole || left == 0 {
            break;
        }
    }
    short
}

/// How many repeats stand behind a number and what its interval is.
#[must_use]
pub(crate) fn repeats(estimates: impl IntoIterator<Item = Estimate>, uncertainty: Uncertainty) -> Label {
    let all: Vec<(u32, Spread)> = distinct(estimates.into_iter().map(|e| (e.runs + e.without, e.spread)));
    let mut counts = distinct(all.iter().map(|(n, _)| *n));
    counts.sort_unstable();
    let over = match counts.as_slice() {
        [] => return Label::plain("no runs"),
        [1] => return Label::plain("one seed per point, hence no interval"),
        [n] => format!("over {n} seeds"),
        [least, .., most] => format!("over {least} to {most} seeds"),
    };
    let has = |spread: &[Spread]| all.iter().any(|(_, of)| spread.contains(of));
    let student = has(&[Spread::Student, Spread::Cut]);
    let percent = (uncertainty.level * 1e4).round() / 1e2;
    let words = match (student, has(&[Spread::Range])) {
        _ if uncertainty.error == ErrorKind::Seeds => format!("mean and every seed {over}"),
        _ if has(&[Spread::Deviation]) => format!("mean and one standard deviation {over}"),
        _ if has(&[Spread::StandardError]) => format!("mean and one standard error {over}"),
        (true, false) => format!("mean and {percent} % Student-*t* interval {over}"),
        (true, true) => format!("mean and {percent} % Student-*t* interval {over}; of two their range"),
        (false, true) => format!("mean and range {over}"),
        (false, false) => format!("mean {over}"),
    };
    let single = if counts[0] == 1 { "; one seed has no interval" } else { "" };
    Label::rich(&(words + single))
}

/// Says which of many were chosen, unless all were.
#[must_use]
pub(crate) fn selection(shown: &[Label], of: usize, what: &str) -> Option<FigureNote> {
    let list = || Label::join(shown.iter().map(cut).collect(), ", ");
    let count = || Label::rich(&format!("{} of {of} {what} shown: ", shown.len()));
    (shown.len() < of).then(|| FigureNote::remark(count().then(list())))
}
