//! The kinds of figures: one file each turns records into plain data.

pub mod accuracy_vs_adversaries;
pub mod accuracy_vs_rounds;
pub mod accuracy_vs_setting;
mod behind;
pub mod crossover_histogram;
pub mod label_partition;
pub mod layer_crossovers;
pub mod method_table;
pub mod phase_diagram;
mod settings;
pub mod time_to_accuracy;
pub mod timeline;
pub mod weights_vs_rounds;
