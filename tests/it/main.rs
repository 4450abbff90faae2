//! What the library promises, a module for each behaviour.

mod acknowledge;
mod attacks;
mod availability;
mod cli;
mod comments;
mod data;
mod decode;
mod docs;
mod dynamics;
mod empty;
mod engine;
mod figure;
mod house;
mod instant;
mod learn;
mod methods;
mod network;
mod plain;
mod scenarios;
mod speeds;
mod swarm;
mod theory;
mod trace_files;
mod traces;
mod twin;
