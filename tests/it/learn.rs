//! Learning against numbers that somebody else computed, and against itself.

mod initial;
mod layers;
mod models;
mod reference;
mod twin;
