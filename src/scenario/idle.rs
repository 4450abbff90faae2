//! Settings that are written and cannot matter: refused, so that nobody takes a result for one of them.
//!
//! A setting is refused where it was written with another value than its default and nothing in any point of the sweep
//! that has it reads it. A setting that some points read and others do not is fine: that is what sweeps are for.

mod changed;
mod rows;
mod rules;

use std::collections::BTreeMap;

use super::Scenario;
use super::document::Document;
use super::resolve::RunSpec;
use super::shown::Path;
use crate::error::{Error, Result};
use changed::Reason;

/// The settings that nothing reads in this point, though they are not as they are by default, and why.
pub(crate) fn unread(point: &Scenario, run: &RunSpec) -> Vec<(String, &'static str)> {
    let unread = |(key, reason): (String, Option<Reason>)| reason.map(|reason| (key, reason.why));
    rows::changed(point, run).into_iter().filter_map(unread).collect()
}

/// The settings of a sweep that may turn out to be idle, each by its key and by where it was written: two items of an
/// axis may both have it. Why nothing reads it, or `None` once a point does.
#[derive(Default)]
pub(crate) struct Idle {
    seen: BTreeMap<(String, String), Option<Error>>,
}

impl Idle {
    /// Looks at a point of the sweep and the first of its runs.
    pub(crate) fn look(&mut self, point: &Scenario, run: &RunSpec, document: &Document) {
        for (key, reason) in rows::changed(point, run) {
            let path: Path = key.split('.').map(str::to_owned).collect();
            if document.value(&path).is_none() {
                continue;
            }
            let place = document.place(&path);
            let name = (key.clone(), place.as_ref().map(ToString::to_string).unwrap_or_default());
            let refusal = |Reason { why, help }| {
                let last = path.last().expect("a key has a name");
                Error::scenario(format!("`{last}` would have no effect: {why}"))
                    .key(&key)
                    .at(place.clone())
                    .help(help)
            };
            let written = self.seen.entry(name).or_insert_with(|| reason.map(refusal));
            if reason.is_none() {
                *written = None;
            }
        }
    }

    /// Refuses the first setting that no point reads.
    ///
    /// # Errors
    /// Names the setting, where it was written, and what would make it matter.
    pub(crate) fn refuse(self) -> Result<()> {
        self.seen.into_values().flatten().next().map_or(Ok(()), Err)
    }
}
