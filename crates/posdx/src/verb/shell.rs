//! `posdx completions` and `posdx man`, both made from the command line's own definition.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{Command, Done, exit, print};

#[derive(Args)]
pub struct CompletionsArgs {
    /// bash, elvish, fish, powershell or zsh.
    shell: Shell,
}

impl CompletionsArgs {
    pub fn run(self) -> Done {
        let mut out = Vec::new();
        clap_complete::generate(self.shell, &mut Command::command(), "posdx", &mut out);
        print(&String::from_utf8_lossy(&out))?;
        Ok(exit::ANSWERED)
    }
}

pub fn man() -> Done {
    let mut out = Vec::new();
    clap_mangen::Man::new(Command::command()).render(&mut out)?;
    print(&String::from_utf8_lossy(&out))?;
    Ok(exit::ANSWERED)
}
