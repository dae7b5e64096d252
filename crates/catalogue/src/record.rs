//! What a payments person writes: one struct per kind of record, the same in TOML and in the packed catalogue.
//!
//! Ids are kebab-case words, stable for ever; sentences may change at any time. Every field that is not `Option`, a list or marked
//! with a default must be written.

use posdx_model::{Actor, Grade, Money, Outcome, Party, Place, Retry, Text};
use serde::{Deserialize, Serialize};

/// A list of codes: who defines it, where one meets it, how people name it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Namespace {
    /// Id, such as `cups-pos`.
    pub id: String,
    /// Name of the list.
    pub title: Text,
    /// Where its codes are seen.
    pub places: Vec<Place>,
    /// Relative frequency with which a shop meets this list when only a bare code is known; 1 is the commonest.
    pub weight: f64,
    /// Words that, said beside a code, point to this list: 银联在线, `WeChat`.
    #[serde(default)]
    pub hints: Vec<String>,
    /// Labels written right before a code of this list: `SW`, `+CME ERROR`, `TVR`.
    #[serde(default)]
    pub labels: Vec<String>,
    /// Bytes of the field, for a list whose codes are the bits and bytes of one field (TVR, TSI, CVM results).
    #[serde(default)]
    pub bytes: Option<u8>,
    /// Contact that takes the place of a condition's contact: `{ role = "acquirer", contact = "lakala-hotline" }`.
    #[serde(default)]
    pub contacts: Vec<ContactFor>,
}

/// Which contact serves a role within a namespace.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContactFor {
    /// The role a condition asks for, such as `acquirer`.
    pub role: String,
    /// The contact that plays it here.
    pub contact: String,
}

/// A value of a namespace and the condition it reports, with what differs from that condition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Code {
    /// The value as its list writes it; text, never a number.
    pub value: String,
    /// What the list itself says the value means.
    pub name: Text,
    /// Id of the condition.
    pub condition: String,
    /// Other spellings: a macro's name, a bit's number.
    #[serde(default)]
    pub also: Vec<String>,
    /// Values that this entry stands for, when it stands for several.
    #[serde(default)]
    pub covers: Option<Covers>,
    /// Bits of the field that this entry describes.
    #[serde(default)]
    pub bits: Option<Bits>,
    /// Overrides the condition's outcome.
    #[serde(default)]
    pub outcome: Option<Outcome>,
    /// Overrides the condition's money verdict.
    #[serde(default)]
    pub money: Option<Money>,
    /// Overrides the condition's retry verdict.
    #[serde(default)]
    pub retry: Option<Retry>,
    /// A peculiarity the reader must know: contradiction, collision, oddity of the source.
    #[serde(default)]
    pub note: Option<Text>,
    /// Confirmed codes with the same meaning, for a code that is itself unconfirmed.
    #[serde(default)]
    pub near: Vec<String>,
    /// Ids of sources.
    pub sources: Vec<String>,
    /// How well they support it.
    pub grade: Grade,
}

/// Values covered by one entry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Covers {
    /// A pattern: `63C?`, where `?` is one hexadecimal digit; its value fills `{n}` in `say`.
    #[serde(default)]
    pub pattern: Option<String>,
    /// First and last value of a range, compared digit by digit.
    #[serde(default)]
    pub range: Option<[String; 2]>,
    /// What the covered part says, with `{n}` for its number: “{n} tries left”.
    #[serde(default)]
    pub say: Option<Text>,
}

/// A place in a bit field: byte `byte` (from 1), the bits under `mask`, and the value they must have.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bits {
    /// Byte, counted from 1 as EMV does.
    pub byte: u8,
    /// The bits that count.
    pub mask: u8,
    /// Their value.
    pub is: u8,
    /// Last value, when the entry covers a range.
    #[serde(default)]
    pub to: Option<u8>,
}

/// What is the matter, independent of who says it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// Id, `family.name`.
    pub id: String,
    /// Title, shown first.
    pub title: Text,
    /// How the transaction ended.
    pub outcome: Outcome,
    /// Whether money moved, and why we may say so.
    pub money: Money,
    /// Whether to try again.
    pub retry: Retry,
    /// On whose side the trouble lies, with probabilities that add up to 1.
    pub fault: Vec<Share>,
    /// For the person at the till: at most 16 Han, verdict first, ending in an action.
    pub cashier: Text,
    /// May be said aloud to the buyer.
    pub cardholder: Text,
    /// For a hotline agent.
    pub agent: Text,
    /// For an integrator or field engineer.
    pub engineer: Text,
    /// The step that finds out what happened, when the outcome is unknown; the sale itself is queried unless said otherwise.
    #[serde(default)]
    pub query: Option<String>,
    /// True when no reversal can be pending: a refund, a wallet order, a settlement.
    #[serde(default)]
    pub no_reversal: bool,
    /// What makes the condition appear, with relative strengths.
    pub causes: Vec<Link>,
    /// Why the causes weigh as they do. No public source gives frequencies: the strengths are estimates, and this is the reasoning.
    #[serde(default)]
    pub why: Option<Text>,
    /// Pairs of causes that nothing on the spot tells apart although they need different repair; only service can.
    #[serde(default)]
    pub inseparable: Vec<[String; 2]>,
    /// Whom to call: a contact's id, or `none`.
    pub contact: String,
    /// How people say it; the fuel of the free-text search.
    pub asks: Vec<String>,
    /// How much more often than a usual condition a shop meets it; breaks ties between descriptions that fit equally well.
    #[serde(default = "once")]
    pub common: f64,
    /// True when the reason must not be shown at the till: a card reported lost, a suspicion.
    #[serde(default)]
    pub discreet: bool,
    /// Ids of sources.
    pub sources: Vec<String>,
}

fn once() -> f64 {
    1.0
}

/// Sentences about other things, from which the search learns what does not concern a till.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OffTopic {
    /// The sentences.
    pub asks: Vec<String>,
}

/// A party with the probability that the trouble is on its side.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Share {
    /// The party.
    pub party: Party,
    /// Probability, 0 to 1.
    pub p: f64,
}

/// A cause with its relative strength.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// Id of the cause.
    pub id: String,
    /// Relative plausibility; only the proportions count.
    pub strength: f64,
}

posdx_model::words! {
    /// The kind of thing a cause is; the categories of the seed's chapter 3, and those it left out.
    Category {
        /// A part of the device.
        Hardware = "hardware",
        /// A program.
        Software = "software",
        /// The line.
        Network = "network",
        /// The electricity.
        Power = "power",
        /// Heat, damp, interference.
        Environment = "environment",
        /// What a person did.
        Operation = "operation",
        /// How it was set up.
        Configuration = "configuration",
        /// The card.
        Card = "card",
        /// The buyer's account.
        Account = "account",
        /// The card's bank.
        Issuer = "issuer",
        /// The merchant's acquirer.
        Acquirer = "acquirer",
        /// The merchant's standing.
        Merchant = "merchant",
        /// Risk control.
        Risk = "risk",
        /// A switch, a wallet, a platform.
        Platform = "platform",
        /// Something that passes by itself, or something else.
        Other = "other",
    }
}

/// A state of the world that makes conditions appear.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cause {
    /// Id.
    pub id: String,
    /// Its kind.
    pub category: Category,
    /// Short name.
    pub title: Text,
    /// How it comes about and how one can tell.
    pub explain: Text,
    /// Who can remove it.
    pub party: Party,
    /// Preventions that make it rarer.
    pub prevent: Vec<String>,
    /// Ids of sources.
    pub sources: Vec<String>,
}

/// Something a person does that may repair.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Id.
    pub id: String,
    /// Who does it.
    pub by: Actor,
    /// Minutes it takes, waiting included.
    pub minutes: f64,
    /// True when it tries the same payment again: reads the card once more, sends the sale once more.
    #[serde(default)]
    pub again: bool,
    /// True when it ends in taking a payment, this one or another; never advised once the money is taken.
    #[serde(default)]
    pub charges: bool,
    /// True when all it does is wait or repeat; only such steps may count on a disturbance that passes by itself.
    #[serde(default)]
    pub waits: bool,
    /// Short name.
    pub title: Text,
    /// What to do, one action per sentence.
    pub text: Text,
    /// Which causes it removes, and how surely.
    pub repairs: Vec<Repair>,
    /// Preconditions that must hold first.
    #[serde(default)]
    pub needs: Vec<String>,
    /// True for a restart, reset, reinstall, downgrade or key reload: it must have preconditions.
    #[serde(default)]
    pub disruptive: bool,
    /// Ids of sources.
    pub sources: Vec<String>,
}

/// How surely a step removes a cause.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repair {
    /// Id of the cause.
    pub cause: String,
    /// Probability that the step removes it.
    pub p: f64,
}

/// Something that only finds out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Id.
    pub id: String,
    /// Who can answer.
    pub by: Actor,
    /// Minutes it takes.
    pub minutes: f64,
    /// The question.
    pub text: Text,
    /// Its answers.
    pub answers: Vec<Answer>,
    /// Answers to other questions after which this one makes no sense: nobody asks about the SIM card of a terminal on Wi-Fi.
    #[serde(default)]
    pub unless: Vec<Unless>,
    /// Probability of each answer under a cause.
    pub given: Vec<Likelihood>,
    /// The same for all other causes.
    pub otherwise: Vec<f64>,
    /// Ids of sources.
    pub sources: Vec<String>,
}

/// One answer of a question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// Id within the question.
    pub id: String,
    /// The answer's words.
    pub text: Text,
}

/// Answers to a question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unless {
    /// Id of the other question.
    pub question: String,
    /// Ids of its answers.
    pub answers: Vec<String>,
}

/// P(answer | cause), in the order of the answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Likelihood {
    /// Id of the cause.
    pub cause: String,
    /// One probability per answer, adding up to 1.
    pub p: Vec<f64>,
}

posdx_model::words! {
    /// How often a prevention is due.
    Cadence {
        /// Once, when setting up.
        Once = "once",
        /// Each time.
        Always = "always",
        /// Every day.
        Daily = "daily",
        /// Every week.
        Weekly = "weekly",
        /// Every month.
        Monthly = "monthly",
        /// Every three months.
        Quarterly = "quarterly",
    }
}

/// What makes a cause rarer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prevention {
    /// Id.
    pub id: String,
    /// Who does it.
    pub by: Actor,
    /// How often.
    pub every: Cadence,
    /// What to do.
    pub text: Text,
    /// Ids of sources.
    pub sources: Vec<String>,
}

/// Why a money verdict may be given, and what to do about the money.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ground {
    /// Id.
    pub id: String,
    /// The only verdict that this ground supports.
    pub state: posdx_model::MoneyState,
    /// The ground itself.
    pub text: Text,
    /// What to do about the money.
    #[serde(rename = "do")]
    pub act: Text,
}

/// What must hold before a step, so that it does no harm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Precondition {
    /// Id.
    pub id: String,
    /// The condition.
    pub text: Text,
    /// The question that finds out.
    pub ask: Text,
}

/// Something known about the place or the moment that changes the odds of causes, whatever the code: a new version, neighbours with
/// the same trouble.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Context {
    /// Id.
    pub id: String,
    /// What holds.
    pub text: Text,
    /// By how much it raises or lowers the odds.
    pub odds: Vec<Odds>,
    /// Why these odds; estimates say so.
    pub why: Text,
    /// Ids of sources.
    pub sources: Vec<String>,
}

/// A factor on the odds of causes. `*` at the end of the id takes a whole category: `network.*`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Odds {
    /// Id of a cause, or a category and `.*`.
    pub cause: String,
    /// Factor, above zero; 1 changes nothing.
    pub factor: f64,
}

/// Whom to call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    /// Id.
    pub id: String,
    /// Who answers.
    pub who: Text,
    /// The number; empty where it stands on the card, the label or the receipt.
    pub number: String,
    /// When they answer.
    #[serde(default)]
    pub hours: Option<Text>,
    /// What to have at hand.
    pub have_ready: Vec<Text>,
    /// The day the number was checked, ISO 8601.
    pub checked: String,
    /// How well it is confirmed.
    pub grade: Grade,
    /// Ids of sources.
    pub sources: Vec<String>,
}

/// Where a statement comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Id.
    pub id: String,
    /// What it is.
    pub title: Text,
    /// Its address, where it has a public one.
    #[serde(default)]
    pub url: Option<String>,
    /// What it is worth by itself.
    pub grade: Grade,
}

/// How people really write: a misspelling, a slang word, a screen's dialect, and what it stands for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Word {
    /// What stands in the text.
    pub say: Vec<String>,
    /// What is meant.
    pub means: String,
}

/// What people write right before a code: 错误代码, `respCode=`, 显示.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Label {
    /// Its spellings.
    pub say: Vec<String>,
    /// Namespaces that it points to; empty when it only says that a code follows.
    #[serde(default)]
    pub namespaces: Vec<String>,
}

/// A card to hang beside the till: the codes a shop meets most.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TillCard {
    /// Id.
    pub id: String,
    /// Its heading.
    pub title: Text,
    /// Code ids, the commonest first.
    pub codes: Vec<String>,
}

/// A merchant category code.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mcc {
    /// Four digits.
    pub mcc: String,
    /// Chinese name.
    pub zh: String,
    /// English name.
    pub en: String,
    /// Domestic fee class: 标准类, 优惠类, 减免类; empty when not known.
    pub class: String,
}

/// A clearing region of UnionPay and the People's Bank; not the code on an identity card.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Region {
    /// Four digits.
    pub code: String,
    /// Province and city.
    pub zh: String,
    /// The same in English or pinyin.
    pub en: String,
}

/// An acquiring institution by the first three digits of a merchant number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Acquirer {
    /// Three digits.
    pub prefix: String,
    /// Chinese name.
    pub zh: String,
    /// English name.
    pub en: String,
    /// How well the number is confirmed.
    pub grade: Grade,
}

/// A block of mobile numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PhoneSegment {
    /// First digits.
    pub prefix: String,
    /// Digits of a whole number.
    pub digits: u8,
    /// Whether a text message can arrive there.
    pub sms: bool,
    /// phone, MVNO, data-only, IoT, satellite, emergency, invalid.
    pub kind: String,
    /// The carrier the block was given to.
    pub carrier: Text,
}
