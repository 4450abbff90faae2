//! The `signsim` program; everything but the terminal lives in the library.

mod cli;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    // Clap itself ends with 2 on bad usage, as the contract asks.
    match cli::Cli::parse().execute() {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("error: {error}");
            if let Some(help) = error.advice() {
                eprintln!("help: {help}");
            }
            ExitCode::from(error.exit_code())
        }
    }
}
