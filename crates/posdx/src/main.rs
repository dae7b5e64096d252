//! The command `posdx`: one file per verb.
#![allow(clippy::disallowed_methods, reason = "this is the outside: it reads files and the environment for the pure core")]

mod verb;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let command = verb::Command::parse();
    command.run()
}
