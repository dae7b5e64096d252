//! Numbers that a shop is asked about, read on the spot: merchant number, phone number, card number.
//!
//! Each reader returns a [`NumberReport`]: one verdict and the findings that led to it, both languages, nothing else.

pub mod card;
pub mod merchant;
pub mod phone;

use posdx_model::Text;
use serde::Serialize;

/// What a number tells.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NumberReport {
    /// `posdx.number/1`.
    pub schema: &'static str,
    /// merchant, phone or card.
    pub kind: &'static str,
    /// The number as it may be shown; card numbers are masked.
    pub shown: String,
    /// Whether it holds together.
    pub verdict: NumberVerdict,
    /// The verdict in one sentence.
    pub summary: Text,
    /// What was found, part by part.
    pub findings: Vec<Finding>,
    /// What to do.
    pub advice: Vec<Text>,
    /// The condition that this number would raise, for `posdx explain`.
    pub condition: Option<&'static str>,
}

/// Whether a number holds together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum NumberVerdict {
    /// Well formed, nothing against it.
    Fine,
    /// Well formed, but something does not fit or is not known.
    Doubtful,
    /// Cannot be right.
    Wrong,
}

/// One part of a number.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// What part it is.
    pub part: Text,
    /// Its characters; empty where they must not be shown.
    pub value: String,
    /// What it means.
    pub meaning: Text,
}

impl NumberReport {
    pub(crate) fn new(kind: &'static str, shown: String, verdict: NumberVerdict, summary: Text) -> Self {
        NumberReport { schema: "posdx.number/1", kind, shown, verdict, summary, findings: Vec::new(), advice: Vec::new(), condition: None }
    }

    pub(crate) fn finding(mut self, part: Text, value: impl Into<String>, meaning: Text) -> Self {
        self.findings.push(Finding { part, value: value.into(), meaning });
        self
    }

    pub(crate) fn advise(mut self, zh: &str, en: &str) -> Self {
        self.advice.push(Text::new(zh, en));
        self
    }
}
