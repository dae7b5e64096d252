//! `posdx card`: the till card as text for a 58 mm printer, HTML or SVG for A5.

use clap::{Args, ValueEnum};
use posdx_embedded::catalogue;
use posdx_explain::render::card::TillCard;

use super::{Done, Failure, Output, exit, print};

#[derive(Args)]
pub struct CardArgs {
    /// Which card: see the ids in catalogue/till-cards.toml.
    #[arg(long = "for", default_value = "unionpay", value_name = "CARD")]
    which: String,
    /// text prints on 58 mm paper; html and svg are A5.
    #[arg(long, default_value = "text")]
    format: Format,
    #[command(flatten)]
    output: Output,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Text,
    Html,
    Svg,
}

impl CardArgs {
    pub fn run(self) -> Done {
        let Some(card) = TillCard::new(catalogue(), &self.which, self.output.lang()) else {
            let known: Vec<String> = catalogue().till_cards().map(|c| c.id).collect();
            return Err(Failure::Input(format!("there is no till card `{}`; known are: {}", self.which, known.join(", "))));
        };
        match (self.output.json, self.format) {
            (true, _) => super::print_json(&serde_json::json!({"schema": "posdx.till-card/1", "text": card.slip()}))?,
            (false, Format::Text) => print(&card.slip())?,
            (false, Format::Html) => print(&card.html())?,
            (false, Format::Svg) => print(&card.svg())?,
        }
        Ok(exit::ANSWERED)
    }
}
