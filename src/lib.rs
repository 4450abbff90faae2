//! signsim simulates distributed learning with one-bit gradient signs under Byzantine workers.
pub mod actors;
pub mod aggregate;
pub mod attack;
pub mod data;
pub mod error;
pub mod figure;
pub mod learn;
pub mod protocol;
pub mod quantize;
pub mod random;
pub mod record;
pub mod scratch;
pub mod sign;
pub mod sim;
pub mod time;
pub mod units;
pub mod wire;
