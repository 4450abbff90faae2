//! The `signsim` program: its arguments, and what becomes of them as its exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(signsim::cli::main(std::env::args_os()))
}
