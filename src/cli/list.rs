//! `signsim list`: everything a scenario can name.

use super::near::nearest;
use signsim::catalogue::Entry;
use signsim::error::{Error, Result};
use signsim::{actors, aggregate, attack, data, figure, learn, quantize, scenario, sim};

/// The kinds in the order of the journey of a sign.
const KINDS: [(&str, &[Entry]); 13] = [
    ("methods", scenario::PRESETS),
    ("quantizers", quantize::CATALOGUE),
    ("aggregators", aggregate::CATALOGUE),
    ("before", aggregate::dense::BEFORE),
    ("attacks", attack::CATALOGUE),
    ("data", data::CATALOGUE),
    ("splits", data::SPLITS),
    ("speeds", scenario::SPEEDS),
    ("models", learn::CATALOGUE),
    ("initial", learn::INITIALS),
    ("schedules", actors::SCHEDULES),
    ("latency", sim::CATALOGUE),
    ("figures", figure::CATALOGUE),
];

/// The entries of one kind, or of all.
pub(crate) fn text(kind: Option<&str>) -> Result<String> {
    let words: Vec<&str> = KINDS.iter().map(|(name, _)| *name).collect();
    // One of a kind is as good as the kind.
    let several = kind.map(|kind| format!("{kind}s"));
    let kind = if kind.is_some_and(|k| words.contains(&k)) {
        kind
    } else {
        several.as_deref().filter(|k| words.contains(k)).or(kind)
    };
    if let Some(kind) = kind.filter(|k| !words.contains(k)) {
        let meant = nearest(kind, &words).map_or(String::new(), |meant| format!("did you mean `{meant}`? "));
        let help = format!("{meant}legal kinds: {}", words.join(", "));
        return Err(Error::input(format!("`{kind}` is not a kind")).help(help));
    }
    let mut text = String::new();
    for (name, entries) in KINDS.iter().filter(|(name, _)| kind.is_none_or(|k| k == *name)) {
        text += &format!("{name}\n");
        for Entry { word, about, source } in *entries {
            text += &format!("  {word:<26} {about}\n  {:<26} {source}\n", "");
        }
    }
    Ok(text)
}
