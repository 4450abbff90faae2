//! The first rounds of a run, one row per worker: what travelled, what was computed, what came too late.

use super::{FigureKind, Form};
use crate::figure::cases::{self, Cases};
use crate::figure::choice::Limits;
use crate::figure::content::FigureNote;
use crate::figure::label::Label;
use crate::figure::named::{Named, distinct, told_apart};
use crate::figure::notes;
use crate::figure::options::FigureOptions;
use crate::figure::timeline::{Activity, Span, TimelineContent, TimelinePanel};
use crate::record::{Results, RunRecord};

/// More runs than this do not fit a page.
const MOST_PANELS: usize = 4;
/// More workers than this do not fit a panel.
const MOST_WORKERS: u32 = 30;

/// The first seed of every setting that has a timeline.
pub const KIND: FigureKind = FigureKind {
    word: "timeline",
    about: "the first rounds on the simulated clock, one row per worker; needs metrics: { timeline: 3 }",
    source: "one run: the first seed of every setting",
    takes: &[],
    shows: |run| !run.timeline.is_empty(),
    check: |asked| {
        asked.require(
            asked.recorded.timeline,
            "a timeline is drawn from rounds that were recorded, and none are",
            "write metrics: { timeline: 3 } for the first three rounds",
        )
    },
    draws: Form::Timeline(timeline),
};

fn timeline(results: &Results, options: &FigureOptions) -> TimelineContent {
    let cases = Cases::excluding(results, &[], options);
    let methods = distinct(cases.families.iter().cloned());
    let settings = |run: usize| cases::words(cases.panels.iter().chain(&cases.members), run);
    let recorded = |run: &usize| !results.runs[*run].timeline.is_empty();
    let runs: Vec<usize> = (0..results.runs.len()).filter(recorded).collect();
    // Methods hardly ever differ in time: where not all fit, the first one shows every setting.
    let every = distinct(runs.iter().map(|&run| (&cases.families[run], settings(run)))).len();
    let one = every > MOST_PANELS && methods.len() > 1;
    let title = |run: usize| {
        let method = (methods.len() > 1 && !one).then(|| cases.families[run].clone());
        Named::list(method.into_iter().chain([settings(run)]))
    };
    let kept: Vec<usize> =
        runs.into_iter().filter(|&run| !one || cases.families[run] == methods[0]).collect();
    let names = distinct(kept.iter().map(|&run| title(run)));
    let titles = told_apart(names.iter().map(|name| name.label.clone()).collect());
    let first = |name: &Named| kept.iter().find(|&&run| title(run) == *name);
    let shown = names.iter().zip(titles).take(MOST_PANELS);
    let panels: Vec<TimelinePanel> =
        shown.filter_map(|(name, title)| Some(panel(title, &results.runs[*first(name)?], options))).collect();
    let of = names.len();
    let shown: Vec<Label> = panels.iter().map(|p| p.title.clone()).collect();
    let of_method =
        if one { format!("; {} of {} methods", methods[0].label, methods.len()) } else { String::new() };
    let mut small = vec![FigureNote::remark(Label::plain(words(&panels, results) + &of_method))];
    small.extend(notes::selection(&shown, of, "settings"));
    if let Some(record) = results.runs.iter().find(|r| r.summary.workers > MOST_WORKERS) {
        let (all, corrupted) = (record.summary.workers, record.summary.adversaries);
        let shown = chosen(all, corrupted);
        let bad = shown.iter().filter(|worker| **worker < corrupted).count();
        let words = format!(
            "{MOST_WORKERS} of {all} workers shown: {bad} of {corrupted} corrupted and {} of {} honest ones",
            shown.len() - bad,
            all.saturating_sub(corrupted)
        );
        small.push(FigureNote::remark(Label::plain(words)));
    }
    small.extend(notes::no_time(results).map(FigureNote::warning));
    small.extend(notes::missing(&results.missing).map(FigureNote::warning));
    TimelineContent { panels, notes: small }
}

/// Which run this is, and how much of it.
fn words(panels: &[TimelinePanel], results: &Results) -> String {
    let rounds = |panel: &TimelinePanel| panel.spans.iter().filter(|s| s.what == Activity::Round).count();
    match (panels.first(), results.runs.iter().find(|r| !r.timeline.is_empty())) {
        (Some(panel), Some(run)) => {
            let which = if panels.iter().all(|panel| panel.from_s == 0.0) { "the first " } else { "" };
            format!("one run, seed {}; {which}{} rounds", run.summary.seed, rounds(panel))
        }
        _ => "no run recorded a timeline".to_owned(),
    }
}

/// The workers that fit a panel: half of them corrupted and half honest, where there are enough of both.
fn chosen(workers: u32, adversaries: u32) -> Vec<u32> {
    if workers <= MOST_WORKERS {
        return (0..workers).collect();
    }
    let adversaries = adversaries.min(workers);
    let corrupted =
        adversaries.min((MOST_WORKERS / 2).max(MOST_WORKERS.saturating_sub(workers - adversaries)));
    (0..corrupted).chain(adversaries..adversaries + MOST_WORKERS - corrupted).collect()
}

/// A run, or the part of it that is asked for.
fn panel(title: Label, record: &RunRecord, options: &FigureOptions) -> TimelinePanel {
    let Limits { low, high } = options.x_range.unwrap_or_default();
    let closes = record.timeline.iter().filter(|row| row.what == Activity::Round);
    let until_s = closes.map(|row| row.until_s).filter(|until| until.is_finite()).fold(0.0, f64::max);
    let workers = chosen(record.summary.workers, record.summary.adversaries);
    let (from_s, until_s) = (low.unwrap_or(0.0), high.unwrap_or(until_s));
    let within =
        |row: &&Span| low.is_none_or(|low| row.until_s >= low) && high.is_none_or(|high| row.from_s <= high);
    let shown = |row: &&Span| within(row) && row.worker.is_none_or(|w| workers.binary_search(&w).is_ok());
    let spans = record.timeline.iter().filter(shown).cloned().collect();
    TimelinePanel { title, workers, adversaries: record.summary.adversaries, from_s, until_s, spans }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_workers_half_are_corrupted_where_there_are_as_many() {
        assert_eq!(chosen(5, 2), [0, 1, 2, 3, 4]);
        let both = chosen(200, 100);
        assert_eq!((both.len(), both[14], both[15], both[29]), (30, 14, 100, 114));
        assert_eq!((chosen(200, 3)[2], chosen(200, 3)[3], chosen(200, 3)[29]), (2, 3, 29));
        assert_eq!((chosen(40, 36).len(), chosen(40, 36)[25], chosen(40, 36)[26]), (30, 25, 36));
        assert_eq!(chosen(200, 0).last(), Some(&29));
    }
}
