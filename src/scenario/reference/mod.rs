//! What a scenario can say, as an editor and a reader ask for it: a schema, and one setting or word explained.
//!
//! Nothing is written here a second time: the types say what they read, `docs/settings.md` what a key means and its default,
//! `keys.rs` gives the examples, and the catalogues the words with their sources.

mod explain;
mod page;
mod probe;
mod schema;

pub use explain::{explain, reference_page};
pub use schema::{schema, schema_text};

use crate::catalogue::Entry;
use crate::{actors, aggregate, attack, data, figure, learn, quantize, sim};

use super::{presets, speed};

/// All families of words, in the order of the journey of a sign.
pub const FAMILIES: [(&str, &[Entry]); 13] = [
    ("methods", presets::PRESETS),
    ("quantizers", quantize::CATALOGUE),
    ("aggregators", aggregate::CATALOGUE),
    ("before", aggregate::dense::BEFORE),
    ("attacks", attack::CATALOGUE),
    ("data", data::CATALOGUE),
    ("splits", data::SPLITS),
    ("speeds", speed::SPEEDS),
    ("models", learn::CATALOGUE),
    ("initial", learn::INITIALS),
    ("schedules", actors::SCHEDULES),
    ("latency", sim::CATALOGUE),
    ("figures", figure::CATALOGUE),
];
