//! `posdx check`: merchant, phone and card numbers, read on the spot and never echoed where they are private.

use clap::{Args, Subcommand};
use posdx_embedded::catalogue;
use posdx_explain::number::{NumberReport, NumberVerdict, card, merchant, phone};
use posdx_model::{Lang, Text};

use super::{Done, Output, exit, print, print_json};

#[derive(Args)]
pub struct CheckArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// A 15-character merchant number: acquirer, region, trade, and whether they fit what the shop was told.
    Merchant {
        /// The number, from a slip.
        number: String,
        /// The acquirer that the shop was told of.
        #[arg(long)]
        acquirer: Option<String>,
        #[command(flatten)]
        output: Output,
    },
    /// A mobile number: format, block, whether a code can arrive.
    Phone {
        /// The number.
        number: String,
        #[command(flatten)]
        output: Output,
    },
    /// A card number: length and check digit. The number is not shown and not kept.
    Card {
        /// The number; `-` reads it from standard input, which keeps it out of the shell's history.
        #[arg(allow_hyphen_values = true)]
        number: String,
        #[command(flatten)]
        output: Output,
    },
}

impl CheckArgs {
    pub fn run(self) -> Done {
        let (report, output) = match self.what {
            What::Merchant { number, acquirer, output } => (merchant::read(catalogue(), &number, acquirer.as_deref()), output),
            What::Phone { number, output } => (phone::read(catalogue(), &number), output),
            What::Card { number, output } => {
                let number = if number == "-" { first_line()? } else { number };
                (card::read(&number), output)
            }
        };
        if output.json {
            print_json(&report)?;
        } else {
            print(&page(&report, output.lang()))?;
        }
        Ok(if report.verdict == NumberVerdict::Wrong { exit::BAD_INPUT } else { exit::ANSWERED })
    }
}

fn first_line() -> Result<String, super::Failure> {
    let mut line = String::new();
    std::io::BufRead::read_line(&mut std::io::Read::take(std::io::stdin().lock(), 4096), &mut line)
        .map_err(|e| super::Failure::Input(format!("cannot read standard input: {e}")))?;
    Ok(line.trim().to_owned())
}

fn page(report: &NumberReport, lang: Lang) -> String {
    let get = |t: &Text| t.get(lang).to_owned();
    let mark = match report.verdict {
        NumberVerdict::Fine => "✓",
        NumberVerdict::Doubtful => "?",
        NumberVerdict::Wrong => "✗",
    };
    let mut out = format!("{mark} {}  {}\n", report.shown, get(&report.summary));
    for f in &report.findings {
        let value = if f.value.is_empty() { String::new() } else { format!(" {}", f.value) };
        let colon = if lang == Lang::Zh { "：" } else { ": " };
        out += &format!("  {}{value}{colon}{}\n", get(&f.part), get(&f.meaning));
    }
    for advice in &report.advice {
        out += &format!("→ {}\n", get(advice));
    }
    out
}
