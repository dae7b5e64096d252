//! What every importer reads into, before it is written as a dialect: the layout in posdx's own terms.

/// How characters or lengths are written; spelt as in the dialect file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Code {
    Ascii,
    Bcd,
    Ebcdic,
    Gbk,
    Binary,
}

impl Code {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Code::Ascii => "ascii",
            Code::Bcd => "bcd",
            Code::Ebcdic => "ebcdic",
            Code::Gbk => "gbk",
            Code::Binary => "binary",
        }
    }
}

/// What a field holds; the letters of the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Digits,
    Text,
    Track,
    Bytes,
    /// A sign letter and digits (`x+n`).
    Signed,
}

/// How long a field is, in digits, characters or bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Length {
    Fixed(usize),
    /// A prefix of `digits` digits stands before the value.
    Prefixed {
        digits: usize,
        max: usize,
    },
    /// All that is left of the field around it; parts only.
    Rest,
}

/// What a length prefix counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Counts {
    Units,
    Bytes,
    Nibbles,
}

/// Kind, length and codings: all that one line of a dialect says of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    pub kind: Kind,
    pub length: Length,
    /// An odd number of packed digits is aligned right.
    pub right: bool,
    /// `None` for plain bytes.
    pub coding: Option<Code>,
    /// `None` when there is no prefix.
    pub prefix: Option<Code>,
    pub counts: Counts,
}

impl Shape {
    pub(super) fn fixed(kind: Kind, units: usize, coding: Option<Code>) -> Self {
        Shape { kind, length: Length::Fixed(units), right: false, coding, prefix: None, counts: Counts::Units }
    }

    /// The format as the dialect file writes it.
    pub(super) fn format(&self) -> String {
        let letters = match self.kind {
            Kind::Digits => "n",
            Kind::Text => "ans",
            Kind::Track => "z",
            Kind::Bytes => "b",
            Kind::Signed => "x",
        };
        let length = match self.length {
            Length::Fixed(units) => units.to_string(),
            Length::Prefixed { digits, max } => format!("{}{max}", ".".repeat(digits)),
            Length::Rest => "*".to_owned(),
        };
        format!("{letters}{length}{}", if self.right && self.coding == Some(Code::Bcd) { ">" } else { "" })
    }

    /// Bytes of a fixed value, the sign letter included.
    pub(super) fn fixed_bytes(&self) -> Option<usize> {
        match (self.length, self.kind) {
            (Length::Fixed(units), Kind::Signed) => Some(units.saturating_add(1)),
            (Length::Fixed(units), _) if self.coding == Some(Code::Bcd) => Some(units.div_ceil(2)),
            (Length::Fixed(units), _) => Some(units),
            _ => None,
        }
    }
}

/// A named piece of a composite field.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub id: String,
    pub name: String,
    pub shape: Shape,
}

/// What is inside a field.
#[derive(Clone, Debug)]
pub(super) enum Inner {
    Nothing,
    Parts(Vec<Part>),
    /// Tags and lengths of fixed width, with the names of the tags.
    Tagged {
        tag: usize,
        length: usize,
        skip: usize,
        names: Vec<(String, String)>,
    },
    Ber,
}

/// One field of the message.
#[derive(Clone, Debug)]
pub(super) struct Field {
    pub number: u16,
    pub name: String,
    pub shape: Shape,
    pub inner: Inner,
    pub line: usize,
}

/// A private header before the message type.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    pub bytes: usize,
    pub coding: Code,
}

/// A whole layout.
#[derive(Clone, Debug, Default)]
pub(super) struct Layout {
    /// Title that the source gives itself; empty when it has none.
    pub title: String,
    pub mti: Option<Code>,
    pub bitmap: Option<Code>,
    pub header: Option<Header>,
    pub fields: Vec<Field>,
}

/// Digits that a prefix of `digits` digits can say at most, in a given coding.
pub(super) fn largest(digits: usize, prefix: Option<Code>) -> usize {
    match (prefix, digits) {
        (Some(Code::Binary), 0..=2) => 0xFF,
        (Some(Code::Binary), _) => 0xFFFF,
        _ => 10usize.saturating_pow(u32::try_from(digits).unwrap_or(9).min(9)).saturating_sub(1),
    }
}
