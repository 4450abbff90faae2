//! What the library promises, a module for each behaviour.

mod cli;
mod data;
mod engine;
mod figure;
mod house;
mod learn;
mod scenarios;
mod traces;
