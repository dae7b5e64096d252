//! `posdx explain`: a code, several codes or a symptom → the answer.

use std::io::Read;

use clap::Args;
use posdx_catalogue::spelling::TEXT_BYTES_MAX;
use posdx_diagnosis::learning::Terminal;
use posdx_embedded::catalogue;
use posdx_explain::render::{View, narration, terminal as page_of};
use posdx_explain::repair::InUse;
use posdx_explain::{Explanation, Question, Verdict};
use posdx_model::{Lang, Place, Role};
use serde::Serialize;

use super::overlay::LearnedArgs;
use super::{Done, Failure, Output, exit, print, print_json, width};

#[derive(Args)]
pub struct ExplainArgs {
    /// What the terminal shows or what is the matter; `-` reads standard input.
    #[arg(required = true, value_name = "TEXT", allow_negative_numbers = true)]
    text: Vec<std::ffi::OsString>,
    /// Where the code was seen: pos, app, receipt, api, printer, card, modem.
    #[arg(long = "where", value_name = "PLACE")]
    place: Option<Place>,
    /// Who reads: cashier, cardholder, agent, engineer.
    #[arg(long, default_value = "cashier")]
    role: Role,
    /// Plain sentences for a screen reader.
    #[arg(long)]
    narrate: bool,
    /// Every possible meaning in full.
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    learned: LearnedArgs,
    #[command(flatten)]
    output: Output,
}

/// An answer that reasons with an overlay says so.
#[derive(Serialize)]
struct Learned<'e> {
    #[serde(flatten)]
    explanation: &'e Explanation,
    overlay: &'e InUse,
}

impl ExplainArgs {
    pub fn run(self) -> Done {
        let text = self.question()?;
        let lang = self.output.lang();
        let terminal = self.learned.terminal();
        let overlaid = self.learned.overlaid(terminal.clone(), lang)?;
        if overlaid.is_none() && terminal != Terminal::default() {
            return Err(Failure::Input(match lang {
                Lang::Zh => "--vendor、--model 和 --region 要和 --overlay 一起用".into(),
                Lang::En => "--vendor, --model and --region count only with --overlay".into(),
            }));
        }
        let known = overlaid.as_ref().map_or(catalogue(), |o| &o.catalogue);
        let explanation = posdx_explain::explain(known, Question { text: &text, place: self.place });
        let conditions: Vec<&str> = explanation.readings.iter().map(|r| r.condition.as_str()).collect();
        // Without a reading nothing is reasoned; an empty list would mean all conditions.
        let in_use = overlaid.as_ref().map(|o| if conditions.is_empty() { o.in_use(&[""]) } else { o.in_use(&conditions) });
        if self.output.json {
            match &in_use {
                Some(overlay) => print_json(&Learned { explanation: &explanation, overlay })?,
                None => print_json(&explanation)?,
            }
        } else {
            if let Some(used) = &in_use {
                print(&(used.text(lang) + "\n"))?;
            }
            let view = View { lang, role: self.role, width: width(), all: self.all };
            let page = if self.narrate { narration::narrate(&explanation, view) } else { page_of::render(&explanation, view) };
            print(&page)?;
        }
        Ok(match explanation.verdict {
            Verdict::Known => exit::ANSWERED,
            Verdict::Ambiguous if self.place.is_some() => exit::ANSWERED,
            Verdict::Ambiguous => exit::AMBIGUOUS,
            Verdict::Unknown => exit::UNKNOWN,
        })
    }

    /// The question, from the arguments or from standard input, checked for size and encoding.
    fn question(&self) -> Result<String, Failure> {
        let text = if self.text.len() == 1 && self.text[0] == "-" {
            let mut bytes = Vec::new();
            std::io::stdin()
                .take(TEXT_BYTES_MAX as u64 + 1)
                .read_to_end(&mut bytes)
                .map_err(|e| Failure::Input(format!("cannot read standard input: {e}")))?;
            too_long(bytes.len())?;
            String::from_utf8(bytes).map_err(|e| not_utf8(e.utf8_error().valid_up_to()))?
        } else {
            let mut words = Vec::new();
            for word in &self.text {
                let bytes = word.as_encoded_bytes();
                words.push(std::str::from_utf8(bytes).map_err(|e| not_utf8(e.valid_up_to()))?);
            }
            words.join(" ")
        };
        too_long(text.len())?;
        if text.trim().is_empty() {
            return Err(Failure::Input("nothing to explain. Give the code on the screen or say what is wrong: posdx explain C101".into()));
        }
        Ok(text)
    }
}

fn too_long(bytes: usize) -> Result<(), Failure> {
    if bytes > TEXT_BYTES_MAX {
        return Err(Failure::Input(format!("the question is longer than {TEXT_BYTES_MAX} bytes. Give only the line with the code.")));
    }
    Ok(())
}

fn not_utf8(at: usize) -> Failure {
    Failure::Input(format!("byte {at} of the text is not UTF-8. Convert the text to UTF-8 first (Chinese Windows often writes GBK)."))
}
