//! The kinds of figures: one file each says what the kind is called and takes, and turns records into plain data.

pub mod accuracy_vs_adversaries;
pub mod accuracy_vs_megabytes;
pub mod accuracy_vs_rounds;
pub mod accuracy_vs_setting;
pub mod accuracy_vs_time;
mod behind;
pub mod crossover_histogram;
mod declaration;
pub mod decoding_error_vs_adversaries;
pub mod label_partition;
pub mod layer_crossovers;
pub mod method_table;
mod passing;
pub mod phase_diagram;
mod progress;
mod settings;
pub mod time_to_accuracy;
pub mod timeline;
pub mod weights_vs_rounds;

pub use declaration::{FigureKind, Form};

use crate::catalogue::Entry;

/// Every kind, in the order of `signsim list figures`.
pub const KINDS: &[FigureKind] = &[
    accuracy_vs_adversaries::KIND,
    accuracy_vs_rounds::KIND,
    accuracy_vs_time::KIND,
    accuracy_vs_megabytes::KIND,
    accuracy_vs_setting::KIND,
    decoding_error_vs_adversaries::KIND,
    weights_vs_rounds::KIND,
    crossover_histogram::KIND,
    layer_crossovers::KIND,
    phase_diagram::KIND,
    time_to_accuracy::KIND,
    timeline::KIND,
    method_table::KIND,
    label_partition::KIND,
];

/// Every figure, for `signsim list`.
pub const CATALOGUE: &[Entry] = &{
    let mut entries = [Entry { word: "", about: "", source: "" }; KINDS.len()];
    let mut i = 0;
    while i < entries.len() {
        let FigureKind { word, about, source, .. } = KINDS[i];
        entries[i] = Entry { word, about, source };
        i += 1;
    }
    entries
};
