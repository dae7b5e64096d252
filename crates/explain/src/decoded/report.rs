//! What `posdx decode` answers: `posdx.decoded/1`. Everything in it may be shown: values are masked before they get here.

use std::collections::BTreeMap;
use std::sync::Arc;

use posdx_model::Text;
use serde::Serialize;

use crate::Explanation;
use crate::explanation::Reading;

/// What was made of the bytes or the text.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Decoded {
    /// One ISO 8583 message.
    Iso8583(Box<MessageReport>),
    /// Chip data: BER-TLV elements.
    Emv(ChipReport),
    /// A command to a card, its answer, or several of both.
    Apdu(ApduReport),
    /// An answer to reset.
    Atr(ChipReport),
    /// What a device says: a printer's status bytes, a modem's answer.
    Device(DeviceReport),
    /// Lines of a log.
    Log(LogReport),
    /// A capture: messages joined into conversations.
    Capture(CaptureReport),
    /// Several things in one text.
    Several(SeveralReport),
}

/// The answer with its name.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DecodedReport {
    /// `posdx.decoded/1`.
    pub schema: &'static str,
    /// Version of the catalogue that explained it.
    pub catalogue: String,
    /// The answer.
    #[serde(flatten)]
    pub decoded: Decoded,
}

/// Several things in one text, in order.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SeveralReport {
    /// Each with its place.
    pub items: Vec<Item>,
    /// True when there were more.
    pub more: bool,
}

/// One thing found in a text.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Item {
    /// Line of the text, from 1.
    pub line: usize,
    /// What it is.
    #[serde(flatten)]
    pub decoded: Decoded,
}

/// One ISO 8583 message.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MessageReport {
    /// In what dress the bytes came: `hex`, `hexdump`, `binary`, …
    pub form: String,
    /// Id of the dialect.
    pub dialect: String,
    /// Its name.
    pub dialect_title: Text,
    /// How well the bytes fit it: the decimal logarithm of the odds. Not comparable between kinds of input.
    pub score: f64,
    /// What stands before the message type.
    pub framing: Framing,
    /// The message type, four digits.
    pub mti: String,
    /// What it says.
    pub mti_text: Text,
    /// Which transaction it belongs to.
    pub transaction: Option<Transaction>,
    /// The fields understood, by number.
    pub fields: BTreeMap<usize, FieldReport>,
    /// Where reading stopped, if it did.
    pub error: Option<ErrorReport>,
    /// What may follow behind the fault; a guess.
    pub guess: BTreeMap<usize, FieldReport>,
    /// Bytes behind the last field, masked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trailing: Option<FieldReport>,
    /// What contradicts what.
    pub contradictions: Vec<Contradiction>,
    /// Whether the message authentication code holds, when a key was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mac: Option<MacReport>,
    /// Other dialects that fit nearly as well.
    pub other_readings: Vec<OtherReading>,
    /// What it means: who refused, did the money move, what next.
    pub explanation: Explanation,
    /// Other things in the message that call for attention.
    #[serde(serialize_with = "as_they_are")]
    pub also: Vec<Arc<Reading>>,
    /// The bytes, hidden ones as `**`.
    pub hex: Vec<String>,
}

/// What stands before the message type.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Framing {
    /// The length header, hexadecimal.
    pub length_header: String,
    /// What it says, in bytes behind it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub length_says: Option<usize>,
    /// How many bytes there are behind it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub length_found: Option<usize>,
    /// The TPDU, hexadecimal.
    pub tpdu: String,
    /// The private header, hexadecimal.
    pub header: String,
    /// The header's parts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub header_parts: Vec<PartReport>,
    /// Bytes in front that nobody explains.
    #[serde(skip_serializing_if = "is_zero")]
    pub unexplained: usize,
}

/// Readings that are shared are written like others.
fn as_they_are<S: serde::Serializer>(readings: &[Arc<Reading>], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(readings.iter().map(AsRef::as_ref))
}

fn is_zero(n: &usize) -> bool {
    *n == 0
}

fn is_false(b: &bool) -> bool {
    !*b
}

/// The business that a message is about.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Transaction {
    /// Id, such as `sale`.
    pub id: String,
    /// Its name.
    pub name: Text,
}

/// One field.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FieldReport {
    /// Its name.
    pub name: Text,
    /// Its value: digits, characters, or hexadecimal; masked where it is a secret.
    pub value: String,
    /// What the value says.
    pub meaning: Option<Text>,
    /// First byte and the byte behind it, counted from the first byte of the input.
    pub bytes: [usize; 2],
    /// True when it is masked or may not be shown whole.
    #[serde(skip_serializing_if = "is_false")]
    pub secret: bool,
    /// True when no source confirms how it is read.
    #[serde(skip_serializing_if = "is_false")]
    pub unconfirmed: bool,
    /// What it consists of.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<PartReport>,
}

/// A part of a field, an element, or a bit of one.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct PartReport {
    /// `60.1`, `9F26`, or empty for a detail.
    pub id: String,
    /// Its name; empty for a detail.
    #[serde(skip_serializing_if = "is_nameless")]
    pub name: Text,
    /// Its value; empty for a detail.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub value: String,
    /// What it says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meaning: Option<Text>,
    /// First byte and the byte behind it.
    pub bytes: [usize; 2],
    /// Byte, from 1, and mask of the bits a detail speaks of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bits: Option<[u8; 2]>,
    /// The catalogue's code for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// True when it is more than a mere record.
    #[serde(skip_serializing_if = "is_false")]
    pub matters: bool,
    /// True when no source confirms how it is read.
    #[serde(skip_serializing_if = "is_false")]
    pub unconfirmed: bool,
    /// What it consists of.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<PartReport>,
}

fn is_nameless(name: &Text) -> bool {
    name.zh.is_empty()
}

/// Where reading stopped, and why.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ErrorReport {
    /// The layer: `mti`, `bitmap`, `field-length`, `field-value`.
    pub layer: String,
    /// The field; `None` outside fields.
    pub field: Option<usize>,
    /// Byte offset, counted from the first byte of the input.
    pub offset: usize,
    /// Byte offset, counted from the message type.
    pub offset_in_message: usize,
    /// What was expected.
    pub expected: Text,
    /// The whole sentence.
    pub message: Text,
    /// The bytes around the place, hidden ones as `**`, and a line with a caret.
    pub excerpt: [String; 2],
    /// Line and column in the text that was pasted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<[usize; 2]>,
}

/// Two things that cannot both be true.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Contradiction {
    /// Id.
    pub id: String,
    /// The sentence.
    pub text: Text,
    /// The fields and tags to look at.
    pub places: Vec<String>,
}

/// Whether a message authentication code holds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MacReport {
    /// True when one of the known methods gives the code on the wire.
    pub holds: bool,
    /// The method.
    pub scheme: Option<String>,
    /// The sentence.
    pub text: Text,
}

/// Another dialect that fits.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OtherReading {
    /// Its id.
    pub dialect: String,
    /// Its name.
    pub title: Text,
    /// Probability against the others, 0 to 1.
    pub score: f64,
    /// Fields it understands.
    pub fields: usize,
    /// Where it puts the message type.
    pub offset: usize,
}

/// Chip data or an answer to reset.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChipReport {
    /// In what dress the bytes came.
    pub form: String,
    /// The elements.
    pub parts: Vec<PartReport>,
    /// What contradicts what.
    pub contradictions: Vec<Contradiction>,
    /// Where reading stopped, if it did.
    pub error: Option<ErrorReport>,
    /// What calls for attention.
    pub explanation: Option<Explanation>,
    /// The bytes, hidden ones as `**`.
    pub hex: Vec<String>,
}

/// Commands and answers of a card.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ApduReport {
    /// In order.
    pub exchanges: Vec<ExchangeReport>,
    /// What the last answer that was no success means.
    pub explanation: Option<Explanation>,
}

/// One command and its answer.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ExchangeReport {
    /// Line of the text, from 1; 0 for bytes.
    pub line: usize,
    /// The command: name and parameters.
    pub command: Option<PartReport>,
    /// The answer's data.
    pub answer: Vec<PartReport>,
    /// The status word, four digits.
    pub status: Option<String>,
    /// What it says.
    pub status_text: Option<Text>,
}

/// What devices say.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DeviceReport {
    /// Each signal.
    pub signals: Vec<SignalReport>,
    /// What the gravest means.
    pub explanation: Option<Explanation>,
}

/// One thing that a device says.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SignalReport {
    /// Which list: `escpos`, `ipp`, …
    pub family: String,
    /// Its id in that list.
    pub id: String,
    /// What it says.
    pub text: Text,
    /// `info`, `warning` or `error`.
    pub severity: String,
    /// The catalogue's code, when it has one.
    pub code: Option<String>,
}

/// What a log holds.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct LogReport {
    /// Lines read.
    pub lines: u64,
    /// How they are written.
    pub format: String,
    /// What matters, in order of its first line.
    pub events: Vec<LogEvent>,
    /// Lines that matter but are not listed because there were too many kinds.
    pub not_listed: u64,
    /// Conversations of the messages in it.
    pub chains: Vec<ChainReport>,
    /// The gravest thing, explained.
    pub explanation: Option<Explanation>,
}

/// One kind of line that matters.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LogEvent {
    /// First line.
    pub line: u64,
    /// Last line of the same kind.
    pub last_line: u64,
    /// How many lines.
    pub count: u64,
    /// Time of the first, as written.
    pub time: Option<String>,
    /// Severity, when the log says one.
    pub level: Option<String>,
    /// The line, masked.
    pub text: String,
    /// What posdx reads in it: codes, titles.
    pub readings: Vec<EventReading>,
    /// A message in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decoded: Option<Box<Decoded>>,
}

/// A code in a log line.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EventReading {
    /// The code, or none for words.
    pub code: Option<String>,
    /// The condition.
    pub condition: String,
    /// What is the matter.
    pub title: Text,
    /// `approved`, `declined`, …
    pub outcome: posdx_model::Outcome,
    /// Whether money moved.
    pub money: posdx_model::MoneyState,
    /// 0 to 1.
    pub score: f64,
}

/// What a capture holds.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct CaptureReport {
    /// Packets read.
    pub packets: u64,
    /// TCP connections.
    pub streams: u64,
    /// Messages found.
    pub messages: u64,
    /// Messages that could not be read to the end.
    pub broken: u64,
    /// Bytes in streams that belong to no message.
    pub unexplained_bytes: u64,
    /// Bytes that the capture missed.
    pub lost_bytes: u64,
    /// Dialects and how many messages each.
    pub dialects: BTreeMap<String, u64>,
    /// Answers by response code.
    pub responses: BTreeMap<String, ResponseCount>,
    /// Conversations that need attention, then others, as many as are listed.
    pub chains: Vec<ChainReport>,
    /// Conversations in all.
    pub chain_count: u64,
    /// What went wrong, by kind, with counts.
    pub findings: Vec<FindingCount>,
    /// Where the file broke off, when it did.
    pub cut_at: Option<u64>,
    /// The gravest thing, explained.
    pub explanation: Option<Explanation>,
}

/// How often an answer came.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ResponseCount {
    /// How often.
    pub count: u64,
    /// What it means.
    pub title: Option<Text>,
}

/// How often something was found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FindingCount {
    /// Id.
    pub id: String,
    /// What it is.
    pub text: Text,
    /// How often.
    pub count: u64,
}

/// Messages that belong together.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChainReport {
    /// `payment`, `network`, `settlement`, …
    pub chain: String,
    /// How it ended.
    pub outcome: String,
    /// The last response code.
    pub response: Option<String>,
    /// What the response means.
    pub title: Option<Text>,
    /// Its messages.
    pub messages: Vec<TraceReport>,
    /// What is remarkable.
    pub findings: Vec<Text>,
    /// From first to last message, in milliseconds.
    pub milliseconds: Option<u64>,
}

/// One message of a conversation.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TraceReport {
    /// Number of the message in the source, from 1.
    pub number: u64,
    /// Milliseconds since the first message of the source.
    pub at_ms: Option<u64>,
    /// The message type.
    pub mti: String,
    /// What it is: “sale, request”.
    pub text: Text,
    /// True when it went from terminal to host.
    pub from_client: Option<bool>,
    /// Trace number.
    pub stan: Option<String>,
    /// Terminal.
    pub terminal: Option<String>,
    /// Amount in words.
    pub amount: Option<String>,
    /// Response code.
    pub response: Option<String>,
}
