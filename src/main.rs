//! The thin binary: parses the command line, runs the verb, turns the outcome into an exit code.

#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    servent::cli::main()
}
