//! What the command line offers, and what all verbs share: exit codes, language, output.

mod card;
mod catalogue;
mod check;
mod data;
mod decode;
mod dialect;
mod explain;
mod fix;
mod keep;
mod learn;
mod list;
mod model;
mod overlay;
mod people;
mod serve;
mod session;
mod shell;

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use posdx_model::Lang;

/// Exit codes that scripts rely on.
pub mod exit {
    /// Answered.
    pub const ANSWERED: u8 = 0;
    /// Bad usage or input.
    pub const BAD_INPUT: u8 = 2;
    /// Not known.
    pub const UNKNOWN: u8 = 3;
    /// Ambiguous, and `--where` was not given.
    pub const AMBIGUOUS: u8 = 4;
}

/// 诊码：any error of a payment terminal in; meaning, money, cause and next step out.
#[derive(Parser)]
#[command(
    name = "posdx",
    version,
    about,
    max_term_width = 100,
    after_help = "Exit codes: 0 answered, 2 bad input, 3 unknown, 4 ambiguous without --where."
)]
pub struct Command {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Explain a code, several codes, or a symptom in words.
    Explain(explain::ExplainArgs),
    /// Repair it step by step: one question or step at a time, until it works.
    Fix(fix::FixArgs),
    /// Decode a message, chip data, a log or a capture, and explain it.
    Decode(decode::DecodeArgs),
    /// Browse the catalogue: by namespace, condition, cause or step.
    List(list::ListArgs),
    /// Print the till card: the dozen codes a shop meets most.
    Card(card::CardArgs),
    /// Check a merchant, phone or card number on the spot.
    Check(check::CheckArgs),
    /// Work on the knowledge itself.
    Catalogue(catalogue::CatalogueArgs),
    /// Work on the layouts of ISO 8583.
    Dialect(dialect::DialectArgs),
    /// Learn from closed cases: how likely causes are, what steps remove, what people answer.
    Learn(learn::LearnArgs),
    /// Check, ask and plan with models of your own.
    Model(model::ModelArgs),
    /// Serve all of it over HTTP: pages for people, objects for programs.
    Serve(serve::ServeArgs),
    /// Add people who log in, and change their passwords.
    People(people::PeopleArgs),
    /// Copy the data file while the service runs.
    Backup(keep::BackupArgs),
    /// Bring a backup back, proven on a copy first.
    Restore(keep::RestoreArgs),
    /// Prove the audit trail.
    Audit(keep::AuditArgs),
    /// Print shell completions.
    Completions(shell::CompletionsArgs),
    /// Print the manual page.
    Man,
}

impl Command {
    /// Does what was asked.
    pub fn run(self) -> ExitCode {
        let done = match self.verb {
            Verb::Explain(args) => args.run(),
            Verb::Fix(args) => args.run(),
            Verb::Decode(args) => args.run(),
            Verb::Dialect(args) => args.run(),
            Verb::Learn(args) => args.run(),
            Verb::Model(args) => args.run(),
            Verb::List(args) => args.run(),
            Verb::Card(args) => args.run(),
            Verb::Check(args) => args.run(),
            Verb::Serve(args) => args.run(),
            Verb::Catalogue(args) => args.run(),
            Verb::People(args) => args.run(),
            Verb::Backup(args) => args.run(),
            Verb::Restore(args) => args.run(),
            Verb::Audit(args) => args.run(),
            Verb::Completions(args) => args.run(),
            Verb::Man => shell::man(),
        };
        match done {
            Ok(code) => ExitCode::from(code),
            // A reader that went away (`posdx list | head`) is no error of ours.
            Err(Failure::Output(e)) if e.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
            Err(failure) => {
                let _ = writeln!(anstream::stderr(), "posdx: {failure}");
                ExitCode::from(exit::BAD_INPUT)
            }
        }
    }
}

/// Shows help, version, or why the command line was not understood. The parser quotes what was typed, and people type card numbers.
pub fn refused(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        // A reader that went away is no error of ours.
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    let _ = write!(anstream::stderr(), "{}", posdx_model::mask_card_data(&error.render().to_string()));
    ExitCode::from(exit::BAD_INPUT)
}

/// Why a verb could not do its work.
pub enum Failure {
    /// The input; the message says what, where and what to try.
    Input(String),
    /// Standard output.
    Output(io::Error),
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            // A message may quote what was typed, and people type card numbers.
            Failure::Input(message) => f.write_str(&posdx_model::mask_card_data(message)),
            Failure::Output(e) => write!(f, "cannot write: {e}"),
        }
    }
}

impl From<io::Error> for Failure {
    fn from(e: io::Error) -> Self {
        Failure::Output(e)
    }
}

/// What a verb returns.
pub type Done = Result<u8, Failure>;

/// Options of every command that prints for people.
#[derive(Args)]
pub struct Output {
    /// Language of the answer; taken from the locale otherwise.
    #[arg(long, value_name = "zh|en")]
    lang: Option<Lang>,
    /// One JSON object instead of a page.
    #[arg(long)]
    pub json: bool,
}

impl Output {
    /// The language to speak: the flag, the locale, Chinese.
    pub fn lang(&self) -> Lang {
        self.lang.unwrap_or_else(|| {
            let locale =
                ["LC_ALL", "LC_MESSAGES", "LANG"].iter().find_map(|v| std::env::var(v).ok().filter(|l| !l.is_empty())).unwrap_or_default();
            if locale.starts_with("en") { Lang::En } else { Lang::Zh }
        })
    }
}

/// Columns of the terminal; 80 for a pipe.
pub fn width() -> usize {
    let asked = std::env::var("COLUMNS").ok().and_then(|c| c.parse().ok());
    let seen = || io::stdout().is_terminal().then(terminal_size::terminal_size).flatten().map(|(w, _)| usize::from(w.0));
    asked.or_else(seen).unwrap_or(80).clamp(40, 120)
}

/// Writes a page; colours are stripped unless a person looks at a terminal.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut out = anstream::stdout();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(())
}

/// Writes one JSON object.
pub fn print_json(value: &impl serde::Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value).map_err(|e| Failure::Output(e.into()))?;
    print(&(text + "\n"))
}
