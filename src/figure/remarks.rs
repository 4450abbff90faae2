//! What a reader should know of runs that are legal and odd, below the figures that show them: the records say what, and
//! the figure says of which cases where it is not all of them.

use super::cases::{Cases, Dimension, METHOD};
use super::content::FigureNote;
use super::label::Label;
use super::named::{Named, distinct};
use super::options::FigureOptions;
use crate::record::{Results, RunRecord};

/// More remarks than this are counted.
const MOST: usize = 3;
/// More values of a setting than this are counted.
const MOST_VALUES: usize = 3;

/// The remarks on the runs that a figure `shows`.
pub(crate) fn of(
    results: &Results,
    shows: fn(&RunRecord) -> bool,
    options: &FigureOptions,
) -> Vec<FigureNote> {
    // Words need no tables.
    let runs = results.runs.iter().filter(|run| shows(run)).map(RunRecord::without_tables).collect();
    let shown = Results { name: results.name.clone(), runs, missing: vec![] };
    let remarks = distinct(shown.runs.iter().flat_map(|run| run.remarks.iter().cloned()));
    if remarks.is_empty() {
        return Vec::new();
    }
    let names = FigureOptions { names: options.names.clone(), ..FigureOptions::NONE };
    let dimensions = dimensions(&shown, &names);
    let note = |remark: &String| {
        let has: Vec<bool> = shown.runs.iter().map(|run| run.remarks.contains(remark)).collect();
        FigureNote::remark(whose(&dimensions, &has).then(Label::plain(remark.as_str())))
    };
    let more = remarks.len().saturating_sub(MOST);
    let rest = format!("and {more} more remarks on these runs; manifest.json has them all");
    let rest = (more > 0).then(|| FigureNote::remark(Label::plain(rest)));
    remarks.iter().take(MOST).map(note).chain(rest).collect()
}

/// Everything in which the runs differ, their method first.
fn dimensions(results: &Results, names: &FigureOptions) -> Vec<Dimension> {
    let cases = Cases::excluding(results, &[], names);
    let method = Dimension { path: METHOD.to_owned(), of_run: cases.families };
    std::iter::once(method).chain(cases.panels).chain(cases.members).collect()
}

/// The cases of the runs that have something, followed by a colon; nothing where all of them have it.
fn whose(dimensions: &[Dimension], has: &[bool]) -> Label {
    if has.iter().all(|has| *has) {
        return Label::default();
    }
    let mut named = vec![true; has.len()];
    let mut parts = Vec::new();
    for Dimension { path, of_run } in dimensions {
        let of: Vec<&Named> =
            distinct(of_run.iter().zip(has).filter(|(_, has)| **has).map(|(value, _)| value));
        let all = distinct(of_run).len();
        if of.len() == all {
            continue;
        }
        named.iter_mut().zip(of_run).for_each(|(named, value)| *named &= of.contains(&value));
        parts.push(match of.len() {
            n if n > MOST_VALUES => Label::plain(format!("{n} of {all} values of {path}")),
            _ => Label::join(of.iter().map(|value| value.label.clone()).collect(), " or "),
        });
    }
    // Settings that name other runs as well do not tell whose it is.
    if named != has {
        let count = has.iter().filter(|has| **has).count();
        parts = vec![Label::plain(format!("{count} of {} runs", has.len()))];
    }
    Label::list(parts).then(Label::plain(": "))
}
