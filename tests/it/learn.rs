//! Learning against numbers that somebody else computed, and against itself.

mod layers;
mod models;
mod reference;
