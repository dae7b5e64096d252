//! The command `posdx`: one file per verb.
#![allow(clippy::disallowed_methods, reason = "this is the outside: it reads files and the environment for the pure core")]

mod verb;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    match verb::Command::try_parse() {
        Ok(command) => command.run(),
        Err(error) => verb::refused(&error),
    }
}
