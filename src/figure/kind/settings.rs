//! Runs that differ in nothing but their seed, under the words in which they differ from the others.

use std::collections::BTreeSet;

use crate::figure::cases::{self, Cases};
use crate::figure::label::Label;
use crate::figure::named::{Named, distinct, told_apart};
use crate::figure::options::FigureOptions;
use crate::record::{Results, RunRecord};

/// The settings of a sweep, methods and numbers of adversaries among them.
pub(crate) struct SweptSettings<'a> {
    /// In the order of the sweep: the words, empty where there is only one setting, and the runs.
    pub all: Vec<(Label, Vec<&'a RunRecord>)>,
}

impl<'a> SweptSettings<'a> {
    /// The settings of those runs that a figure can show.
    pub(crate) fn of(
        results: &'a Results,
        shows: impl Fn(&RunRecord) -> bool,
        options: &FigureOptions,
    ) -> Self {
        // Words need no tables.
        let runs = results.runs.iter().filter(|run| shows(run)).map(RunRecord::without_tables).collect();
        let shown = Results { name: results.name.clone(), runs, missing: vec![] };
        let cases = Cases::excluding(&shown, &[], options);
        let one_method = distinct(cases.families.iter().cloned()).len() == 1;
        let words = |run: usize| {
            let method = (!one_method).then(|| cases.families[run].clone());
            if options.rows.is_some() || options.columns.is_some() {
                let rest = cases::words(&cases.members, run);
                return Named::list(
                    [cases::words(&cases.panels, run)].into_iter().chain(method).chain([rest]),
                );
            }
            let rest = cases::words(cases.panels.iter().chain(&cases.members), run);
            Named::list(method.into_iter().chain([rest]))
        };
        let mut all: Vec<(Named, Vec<&RunRecord>)> = Vec::new();
        // A run counts once, however often it is asked for.
        let mut seen = BTreeSet::new();
        for (run, record) in results.runs.iter().filter(|run| shows(run)).enumerate() {
            let name = words(run);
            if !seen.insert((name.clone(), record.summary.run.as_str())) {
                continue;
            }
            match all.iter_mut().find(|(known, _)| *known == name) {
                Some((_, runs)) => runs.push(record),
                None => all.push((name, vec![record])),
            }
        }
        let labels = told_apart(all.iter().map(|(name, _)| name.label.clone()).collect());
        Self { all: labels.into_iter().zip(all).map(|(label, (_, runs))| (label, runs)).collect() }
    }
}
