//! A dialect: how one network writes the fields of ISO 8583. Read from TOML, so that a new host is a file and no program.
//!
//! ```text
//! dialects/*.toml ─ read (inherit, compile) ─► Dialects ─► one Dialect: formats for the codec, names and meanings for people
//! ```

mod format;
mod read;
mod step;
mod values;

use std::collections::BTreeMap;

use posdx_model::{SecretKind, Text};
use serde::{Deserialize, Serialize};

pub use format::{Coding, Counts, Format, Kind, Length};
pub use read::DialectError;
use step::Formats;
pub(crate) use step::{Content, HALF, Measure, Step};
pub(crate) use values::fits;
pub use values::{Table, ValueEntry};

posdx_model::words! {
    /// How a value is put into words, beyond a table of its own.
    Meaning {
        /// An amount in the smallest unit of its currency.
        Amount = "amount",
        /// ISO 4217, three digits or letters.
        Currency = "currency",
        /// ISO 3166-1, three digits or letters.
        Country = "country",
        /// Merchant category code (ISO 18245).
        Mcc = "mcc",
        /// Month and day.
        DateMmdd = "date-mmdd",
        /// Year, month, day.
        DateYymmdd = "date-yymmdd",
        /// Year, month.
        DateYymm = "date-yymm",
        /// Hour, minute, second.
        TimeHhmmss = "time-hhmmss",
        /// Month, day, hour, minute, second.
        DatetimeMmddhhmmss = "datetime-mmddhhmmss",
        /// Year, month, day, hour, minute, second.
        DatetimeYymmddhhmmss = "datetime-yymmddhhmmss",
        /// A response code of the dialect's list.
        Response = "response",
        /// Point of service entry mode.
        EntryMode = "entry-mode",
        /// A merchant number.
        Merchant = "merchant",
        /// The acquiring institution in a merchant number.
        Acquirer = "acquirer",
        /// The clearing region in a merchant number.
        Region = "region",
        /// A message authentication code.
        Mac = "mac",
        /// BER-TLV of EMV.
        Emv = "emv",
        /// Words for people, in ASCII or GBK.
        Words = "text",
    }
}

posdx_model::words! {
    /// How the length before a message is written.
    LengthForm {
        /// There is none.
        None = "none",
        /// Two bytes, big endian.
        Binary2 = "binary2",
        /// Four bytes, big endian.
        Binary4 = "binary4",
        /// Four ASCII digits.
        Ascii4 = "ascii4",
        /// Four packed digits in two bytes.
        Bcd2 = "bcd2",
        /// Four EBCDIC digits.
        Ebcdic4 = "ebcdic4",
    }
}

impl LengthForm {
    /// Bytes that it takes.
    pub fn size(self) -> usize {
        match self {
            LengthForm::None => 0,
            LengthForm::Binary2 | LengthForm::Bcd2 => 2,
            LengthForm::Binary4 | LengthForm::Ascii4 | LengthForm::Ebcdic4 => 4,
        }
    }
}

posdx_model::words! {
    /// What the length before a message counts.
    LengthCounts {
        /// What follows it.
        After = "after",
        /// Itself too.
        All = "all",
    }
}

/// What may stand before the message type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    /// Id within the dialect.
    pub id: String,
    /// How the length is written.
    pub length: LengthForm,
    /// What the length counts.
    pub counts: LengthCounts,
    /// True when a TPDU (transport protocol data unit, five bytes) follows the length.
    pub tpdu: bool,
    /// Bytes of the private header before the message type.
    pub header: u16,
    /// What the header must begin with, to be told from other bytes.
    pub header_starts: Vec<u8>,
    /// The header's parts.
    pub header_parts: Vec<Part>,
}

impl Frame {
    /// Bytes before the message type.
    pub fn size(&self) -> usize {
        self.length.size() + if self.tpdu { 5 } else { 0 } + usize::from(self.header)
    }
}

/// What people are told about a field or a part of one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// Its name.
    pub name: Text,
    /// What kind of secret it holds.
    pub secret: Option<SecretKind>,
    /// How its value is put into words.
    pub meaning: Option<Meaning>,
    /// The table its values stand in.
    pub values: Option<String>,
    /// True when no source confirms it.
    pub unconfirmed: bool,
}

/// One part of a composite field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Its id: `60.1` is part `1` of field 60.
    pub id: String,
    /// What people are told.
    pub about: About,
    /// How it is laid out.
    pub format: Format,
    /// Elements inside it.
    pub nested: Option<Nested>,
}

/// Nested elements inside a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Nested {
    /// BER-TLV.
    Ber,
    /// Tags and lengths of fixed width in the field's own characters, behind `skip` characters.
    Fixed {
        /// Characters of a tag.
        tag: u8,
        /// Characters of a length.
        length: u8,
        /// Characters before the first tag.
        skip: u8,
        /// How tags, lengths and values are written.
        coding: Coding,
    },
}

/// What a field is in certain messages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layout {
    /// All must hold.
    pub when: Vec<When>,
    /// What people are told, where it differs from the field.
    pub about: Option<About>,
    /// Parts one after another.
    pub parts: Vec<Part>,
    /// Elements behind the parts.
    pub nested: Option<Nested>,
}

/// One condition on the message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct When {
    /// What is looked at.
    pub subject: Subject,
    /// Patterns of which one must fit: `?` is any character, a closing `*` any rest.
    pub patterns: Vec<String>,
}

posdx_model::words! {
    /// What a transaction does to the cardholder's money when it is approved.
    Effect {
        /// It is taken.
        Debit = "debit",
        /// It is given back.
        Credit = "credit",
        /// It is reserved.
        Hold = "hold",
        /// An earlier transaction of the same day is taken back by the terminal's user.
        Void = "void",
        /// An earlier transaction is taken back by the terminal, because its outcome was not known.
        Reversal = "reversal",
        /// Something that happened earlier is reported.
        Advice = "advice",
        /// Totals or records of a batch are handed in.
        Settlement = "settlement",
        /// A balance is asked for.
        Enquiry = "enquiry",
        /// Keys, parameters, echo: not about money.
        Network = "network",
    }
}

impl Effect {
    /// True when an approval, or its absence, concerns somebody's money.
    pub fn moves_money(self) -> bool {
        !matches!(self, Effect::Settlement | Effect::Enquiry | Effect::Network)
    }
}

/// A kind of business, and how its messages are known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transaction {
    /// Id, such as `sale`.
    pub id: String,
    /// Its name.
    pub name: Text,
    /// What it does to the money.
    pub effect: Effect,
    /// Conditions on the message; a field that is not there contradicts nothing.
    pub when: Vec<When>,
}

/// What a condition looks at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Subject {
    /// The message type.
    Mti,
    /// Bytes of the field itself.
    Length,
    /// A field's value.
    Field(u8),
    /// A part of a field: number and part id.
    Part(u8, String),
}

/// One field of a dialect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// How it is laid out.
    pub format: Format,
    /// What people are told.
    pub about: About,
    /// What it consists of, when no layout says otherwise.
    pub own: Layout,
    /// What it consists of in certain messages; the first that fits holds.
    pub layouts: Vec<Layout>,
    /// Names of elements with tags of fixed width.
    pub elements: BTreeMap<String, About>,
}

/// How one network writes ISO 8583.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Dialect {
    /// Id, such as `cup-pos`.
    pub id: String,
    /// Its name.
    pub title: Text,
    /// First digit of its message types: 0 is ISO 8583:1987, 1 is 1993, 2 is 2003.
    pub version: Option<u8>,
    /// How common it is, as a logarithm of odds: decides where two dialects fit equally well.
    pub weight: f64,
    /// How the message type is written.
    pub mti: Coding,
    /// How the bitmap is written: `binary`, or `ascii` and `ebcdic` for hexadecimal letters.
    pub bitmap: Coding,
    /// The catalogue's list of this network's response codes.
    pub responses: Option<String>,
    /// The currency of amounts when field 49 is missing.
    pub currency: Option<String>,
    /// What may stand before the message type.
    pub frames: Vec<Frame>,
    /// The kinds of business, the closest description first.
    pub transactions: Vec<Transaction>,
    /// Formats by field number.
    formats: Formats,
    /// Everything else by field number.
    fields: Vec<Option<Field>>,
    tables: BTreeMap<String, Table>,
}

impl Dialect {
    /// How field `number` is laid out, if the dialect has it.
    #[inline]
    pub fn format(&self, number: usize) -> Option<&Format> {
        self.formats.get(number)
    }

    /// What the codec does at each field, by half and bit of the bitmap.
    #[inline]
    pub(crate) fn steps(&self) -> &[[Step; HALF]; 2] {
        self.formats.steps()
    }

    /// Everything about field `number`.
    pub fn field(&self, number: usize) -> Option<&Field> {
        self.fields.get(number)?.as_ref()
    }

    /// The numbers of the fields it describes.
    pub fn numbers(&self) -> impl Iterator<Item = usize> + '_ {
        (2..=128).filter(|n| self.field(*n).is_some())
    }

    /// A table of values.
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.get(name)
    }

    /// What the tables say about a value.
    pub fn value_text(&self, about: &About, value: &str) -> Option<&ValueEntry> {
        self.table(about.values.as_deref()?)?.find(value)
    }
}

/// A set of dialects, each complete.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Dialects {
    all: Vec<Dialect>,
}

impl Dialects {
    /// All of them, in the order of their ids.
    pub fn all(&self) -> &[Dialect] {
        &self.all
    }

    /// One by its id.
    pub fn get(&self, id: &str) -> Option<&Dialect> {
        self.all.iter().find(|d| d.id == id)
    }
}
