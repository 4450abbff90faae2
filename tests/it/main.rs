//! What the library promises, a module for each behaviour.

mod acknowledge;
mod attacks;
mod availability;
#[cfg(unix)]
mod checkpoints;
mod cli;
mod comments;
mod convolution;
mod cost;
mod data;
mod decode;
#[cfg(target_os = "linux")]
mod destinations;
mod docs;
mod dynamics;
mod empty;
mod ends;
mod engine;
mod fairness;
mod fetch;
mod figure;
mod folder;
#[cfg(target_os = "linux")]
mod full_disk;
#[cfg(unix)]
mod hostile;
mod house;
mod idle;
mod instant;
#[cfg(unix)]
mod interrupts;
mod learn;
#[cfg(unix)]
mod many;
#[cfg(unix)]
mod many_ends;
mod methods;
mod mistakes;
mod network;
mod own;
#[cfg(unix)]
mod places;
mod plain;
mod python;
mod quadratic;
#[cfg(unix)]
mod readers;
mod reference;
mod report;
mod resume;
mod saved_models;
mod scenarios;
mod simd;
mod spectral;
mod speeds;
mod steps;
mod stop;
#[cfg(unix)]
mod submit;
mod swarm;
mod theory;
mod trace_files;
mod traces;
mod trusted;
mod twin;
mod verify;
