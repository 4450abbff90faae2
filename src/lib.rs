//! signsim simulates distributed learning with one-bit gradient signs under Byzantine workers.
pub mod data;
pub mod error;
pub mod figure;
pub mod learn;
pub mod random;
pub mod record;
pub mod time;
