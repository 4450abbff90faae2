//! The settings that are not as they are by default, and why nothing reads some of them.

/// Why nothing reads a setting, and what to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reason {
    pub why: &'static str,
    pub help: &'static str,
}

/// The settings whose values are not their defaults, each with the reason why nothing reads it, if there is one.
#[derive(Default)]
pub(super) struct Changed(pub Vec<(String, Option<Reason>)>);

impl Changed {
    /// Adds `key` where it was `changed`; the first of the `reasons` that holds is given.
    pub(super) fn watch(
        &mut self,
        key: impl Into<String>,
        changed: bool,
        reasons: &[(bool, &'static str, &'static str)],
    ) {
        if changed {
            let holds = reasons.iter().find(|(holds, ..)| *holds);
            self.0.push((key.into(), holds.map(|(_, why, help)| Reason { why, help })));
        }
    }
}
