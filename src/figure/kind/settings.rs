//! Runs that differ in nothing but their seed, under the words in which they differ from the others.

use crate::figure::cases::{self, Cases};
use crate::figure::label::Label;
use crate::figure::options::Options;
use crate::record::{Results, RunRecord};

/// The settings of a sweep, methods and numbers of adversaries among them.
pub struct Settings<'a> {
    /// In the order of the sweep: the words, empty where there is only one setting, and the runs.
    pub all: Vec<(Label, Vec<&'a RunRecord>)>,
}

impl<'a> Settings<'a> {
    /// The settings of those runs that a figure can show.
    pub fn of(results: &'a Results, shows: impl Fn(&RunRecord) -> bool) -> Self {
        // Words need no tables.
        let runs = results.runs.iter().filter(|run| shows(run)).map(RunRecord::without_tables).collect();
        let shown = Results { name: results.name.clone(), runs, missing: vec![] };
        let cases = Cases::but(&shown, &[], &Options::NONE);
        let one_method = cases::distinct(cases.families.iter().cloned()).len() == 1;
        let words = |run: usize| {
            let method = (!one_method).then(|| cases.families[run].clone());
            let rest = cases::words(cases.panels.iter().chain(&cases.members), run);
            Label::list(method.into_iter().chain([rest]))
        };
        let mut all: Vec<(Label, Vec<&RunRecord>)> = Vec::new();
        for (run, record) in results.runs.iter().filter(|run| shows(run)).enumerate() {
            let title = words(run);
            match all.iter_mut().find(|(known, _)| *known == title) {
                Some((_, runs)) => runs.push(record),
                None => all.push((title, vec![record])),
            }
        }
        Self { all }
    }
}
