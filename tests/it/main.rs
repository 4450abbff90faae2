//! What the library promises, a module for each behaviour.

mod data;
mod figure;
mod learn;
mod traces;
