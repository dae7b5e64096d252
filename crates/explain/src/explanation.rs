//! The one object that every surface shows: `posdx.explanation/1`.

use posdx_model::{Actor, CodeId, Grade, MoneyState, Outcome, Party, Place, RetryVerdict, Text};
use serde::Serialize;

/// What posdx answers to one question.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// `posdx.explanation/1`.
    pub schema: &'static str,
    /// Version of the catalogue that answered.
    pub catalogue: String,
    /// What was asked, card data masked.
    pub input: Input,
    /// Known, ambiguous or unknown.
    pub verdict: Verdict,
    /// Possible meanings, best first.
    pub readings: Vec<Reading>,
    /// The one question that separates the readings.
    pub ask: Option<Ask>,
    /// What to do when nothing is known.
    pub unknown: Option<Unknown>,
}

/// What was asked.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Input {
    /// The text, masked and shortened.
    pub text: String,
    /// The codes found in it, masked.
    pub codes: Vec<String>,
    /// True when it held more codes than are explained at once.
    pub more: bool,
}

/// Whether we know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// One meaning carries the weight.
    Known,
    /// Several do; `ask` separates them.
    Ambiguous,
    /// None that we know.
    Unknown,
}

/// One possible meaning.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reading {
    /// The code; `None` for a symptom in words.
    pub code: Option<CodeRef>,
    /// 0 to 1.
    pub score: f64,
    /// What is the matter.
    pub title: Text,
    /// Id of the condition.
    pub condition: String,
    /// True when the reason must not be shown at the till.
    pub discreet: bool,
    /// How it ended.
    pub outcome: Outcome,
    /// Whether money moved.
    pub money: MoneyAdvice,
    /// Whether to try again.
    pub retry: RetryAdvice,
    /// On whose side, likeliest first.
    pub fault: Vec<Fault>,
    /// The four texts.
    pub text: Texts,
    /// What the code list itself says, and what is peculiar about it.
    pub list: Option<ListEntry>,
    /// The bits of a whole field, such as a TVR.
    pub bits: Vec<Bit>,
    /// Ranked causes.
    pub causes: Vec<CauseShare>,
    /// What to do next.
    pub next: Option<Step>,
    /// Everything worth trying, in order; the first is `next`.
    pub plan: Vec<Step>,
    /// How to make it rarer.
    pub prevention: Vec<Advice>,
    /// Whom to call when the plan is through.
    pub contact: Option<Contact>,
    /// Where all this comes from.
    pub sources: Vec<Source>,
    /// Codes with the same number and another meaning.
    pub collides: Vec<String>,
}

/// A code as shown: id, namespace, value.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CodeRef {
    /// `namespace/value`.
    pub id: String,
    /// The list.
    pub namespace: String,
    /// The list's name.
    pub list: Text,
    /// The value, as the list writes it.
    pub value: String,
}

impl CodeRef {
    /// Makes one from its parts.
    pub fn new(id: CodeId, list: Text) -> Self {
        CodeRef { id: id.to_string(), namespace: id.namespace, list, value: id.value }
    }
}

/// The money verdict.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MoneyAdvice {
    /// The verdict.
    pub state: MoneyState,
    /// Why we may say so.
    pub ground: Text,
    /// What to do about it.
    #[serde(rename = "do")]
    pub act: Text,
}

/// The retry verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct RetryAdvice {
    /// The verdict.
    pub verdict: RetryVerdict,
    /// Seconds to wait first.
    pub wait_s: Option<u32>,
    /// Tries at most.
    pub max: Option<u32>,
}

/// A party and the probability that the trouble is there.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Fault {
    /// The party.
    pub party: Party,
    /// Probability.
    pub p: f64,
}

/// The four texts of a condition.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Texts {
    /// For the till.
    pub cashier: Text,
    /// To be said aloud.
    pub cardholder: Text,
    /// For the hotline.
    pub agent: Text,
    /// For the engineer.
    pub engineer: Text,
}

impl Texts {
    /// The text for a role.
    pub fn role(&self, role: posdx_model::Role) -> &Text {
        use posdx_model::Role;
        match role {
            Role::Cashier => &self.cashier,
            Role::Cardholder => &self.cardholder,
            Role::Agent => &self.agent,
            Role::Engineer => &self.engineer,
        }
    }
}

/// What the list that defines the code says.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ListEntry {
    /// Its own words.
    pub name: Text,
    /// What the wildcard part says: “2 PIN tries left”.
    pub detail: Option<Text>,
    /// A peculiarity.
    pub note: Option<Text>,
    /// Confirmed codes with the same meaning.
    pub near: Vec<String>,
    /// How well the meaning is supported.
    pub grade: Grade,
}

/// One entry of a bit field that applies.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Bit {
    /// Code id of the entry.
    pub id: String,
    /// Byte, from 1.
    pub byte: u8,
    /// Mask of the bits.
    pub mask: u8,
    /// What it says.
    pub text: Text,
    /// True when it is more than a mere record.
    pub matters: bool,
}

/// A cause with its probability.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CauseShare {
    /// Id.
    pub id: String,
    /// Its kind.
    pub category: posdx_catalogue::record::Category,
    /// Short name.
    pub title: Text,
    /// Probability.
    pub p: f64,
    /// Why it is here and how to tell.
    pub because: Vec<Text>,
}

/// What kind of thing a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum StepKind {
    /// Something to do.
    Step,
    /// A call for help.
    Call,
}

/// One step of the plan.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Step {
    /// Step or call.
    pub kind: StepKind,
    /// Id.
    pub id: String,
    /// Short name.
    pub title: Text,
    /// What to do.
    pub text: Text,
    /// Who does it.
    pub by: Actor,
    /// Minutes.
    pub minutes: f64,
    /// Probability that it helps, when it is reached.
    pub helps: f64,
    /// Why it stands here.
    pub because: Text,
    /// What must hold first.
    pub needs: Vec<Advice>,
    /// True for a restart, reset or reinstall.
    pub disruptive: bool,
}

/// An id with a text.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Advice {
    /// Id.
    pub id: String,
    /// The text.
    pub text: Text,
}

/// Whom to call.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Contact {
    /// Id.
    pub id: String,
    /// Who answers.
    pub who: Text,
    /// The number; empty when it stands on the card, the label or the slip.
    pub number: String,
    /// What to have at hand.
    pub have_ready: Vec<Text>,
    /// The day it was checked.
    pub checked: String,
    /// How well it is confirmed.
    pub grade: Grade,
}

/// A source with its grade.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Source {
    /// Id.
    pub id: String,
    /// What it is.
    pub title: Text,
    /// Address, where public.
    pub url: Option<String>,
    /// How well it supports the statement.
    pub grade: Grade,
}

/// The question that separates the readings.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Ask {
    /// `where`, or `which` for symptoms.
    pub id: String,
    /// The question.
    pub text: Text,
    /// Its answers.
    pub options: Vec<AskOption>,
}

/// An answer and the reading it leads to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AskOption {
    /// A place for `--where`, or a condition.
    pub id: String,
    /// The answer's words.
    pub text: Text,
    /// Code id or condition id of the reading.
    pub reading: String,
}

/// The honest answer to a code nobody knows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Unknown {
    /// What is not known.
    pub codes: Vec<String>,
    /// The sentence.
    pub text: Text,
    /// What to do about the money meanwhile.
    pub money: Text,
    /// Known codes that look like it.
    pub nearest: Vec<Advice>,
    /// What to note down.
    pub note_down: Vec<Text>,
    /// Whom to ask.
    pub contact: Option<Contact>,
}

/// The answer to “where did you see it?”.
pub(crate) fn place_text(place: Place) -> Text {
    match place {
        Place::Pos => Text::new("刷卡机屏幕上", "On the terminal's screen"),
        Place::App => Text::new("手机应用或收款码页面", "In a phone app or wallet"),
        Place::Receipt => Text::new("小票上", "On the receipt"),
        Place::Api => Text::new("接口应答或日志里", "In an interface's answer or a log"),
        Place::Printer => Text::new("打印机报的", "From the printer"),
        Place::Card => Text::new("卡片或读卡器报的", "From the card or the reader"),
        Place::Modem => Text::new("通信模块报的", "From the modem"),
    }
}
