//! A message of the lab's wire: built with its length header, TPDU, private header and MAC, and opened again. Both halves use it.

use std::collections::BTreeMap;
use std::fmt;

use posdx_wire::Knowledge;
use posdx_wire::crypto::{Cipher, Key, MacMethod, MacResult, MacScheme, mac, verify};
use posdx_wire::iso8583::{Decoded, Dialect, EncodeError, Envelope, Frame, decode, encode};

use crate::cast::CipherKind;
use crate::lab_values;

/// Longest message of the lab, its length header not counted. A longer one closes the connection.
pub const MESSAGE_MAX: usize = 4096;
/// Bytes before the message type: length header, TPDU, private header.
const FRONT: usize = 2 + 5 + 6;

/// TPDU of a request: to network 0001, from terminal network 0000.
pub const TPDU_REQUEST: [u8; 5] = [0x60, 0x00, 0x01, 0x00, 0x00];
/// Private header: application class 80, version 22, normal state, nothing to do.
pub const HEADER: [u8; 6] = [0x80, 0x22, 0x00, 0x00, 0x00, 0x00];

/// What the fourth digit of the header asks of the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Next {
    /// Nothing.
    #[default]
    Nothing = 0,
    /// Download the parameters.
    Parameters = 1,
    /// Sign on again.
    SignOn = 3,
}

/// The wire of the lab: its dialect and frame.
#[derive(Clone)]
pub struct Wire {
    dialect: Dialect,
    frame: Frame,
}

/// The lab's wire is not among the dialects that were given.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the dialect `lab` with its frame `tcp` is not among the dialects; dialects/lab.toml has it")]
pub struct NoLabDialect;

impl Wire {
    /// Finds the dialect `lab`.
    ///
    /// # Errors
    /// It is not there.
    pub fn new(knowledge: &Knowledge) -> Result<Wire, NoLabDialect> {
        let dialect = knowledge.dialects.get("lab").ok_or(NoLabDialect)?.clone();
        let frame = dialect.frames.iter().find(|f| f.id == "tcp").ok_or(NoLabDialect)?.clone();
        Ok(Wire { dialect, frame })
    }

    /// The dialect.
    pub fn dialect(&self) -> &Dialect {
        &self.dialect
    }
}

/// A message to be sent: its type and its values in the notation of [`posdx_wire::iso8583::encode`]. `Debug` shows no value.
#[derive(Clone, PartialEq, Eq)]
pub struct Draft {
    /// TPDU.
    pub tpdu: [u8; 5],
    /// Private header.
    pub header: [u8; 6],
    /// Message type, four digits.
    pub mti: String,
    /// Values by field: digits, characters, hexadecimal for bytes. Field 64 is put in by [`Draft::seal`].
    pub fields: BTreeMap<usize, String>,
}

impl Draft {
    /// A request without fields.
    pub fn request(mti: &str) -> Draft {
        Draft { tpdu: TPDU_REQUEST, header: HEADER, mti: mti.to_owned(), fields: BTreeMap::new() }
    }

    /// Puts a field in.
    #[must_use]
    pub fn with(mut self, number: usize, value: impl Into<String>) -> Draft {
        self.fields.insert(number, value.into());
        self
    }

    /// Puts a field of bytes in.
    #[must_use]
    pub fn with_bytes(self, number: usize, bytes: &[u8]) -> Draft {
        self.with(number, hex(bytes))
    }

    /// The bytes for the wire, length header first, with a MAC in field 64 when a key is given.
    ///
    /// # Errors
    /// A value does not fit its field; the error names the field only.
    pub fn seal(&self, wire: &Wire, key: Option<(CipherKind, &Key)>) -> Result<Vec<u8>, EncodeError> {
        let mut out = vec![0; 2];
        out.extend_from_slice(&self.tpdu);
        out.extend_from_slice(&self.header);
        let values = self.fields.iter().filter(|(n, _)| **n != 64).map(|(n, v)| (*n, v.as_str()));
        match key {
            None => encode(&wire.dialect, &self.mti, values, &mut out)?,
            Some((cipher, key)) => {
                encode(&wire.dialect, &self.mti, values.chain([(64, "0000000000000000")]), &mut out)?;
                let place = out.len().saturating_sub(8);
                let made = mac(&mac_scheme(cipher), key, out.get(FRONT..place).unwrap_or_default()).map_err(|_| EncodeError::Mti)?;
                out.truncate(place);
                out.extend_from_slice(made.as_bytes());
            }
        }
        let length = u16::try_from(out.len().saturating_sub(2)).unwrap_or(u16::MAX).to_be_bytes();
        out.iter_mut().zip(length).for_each(|(byte, value)| *byte = value);
        Ok(out)
    }
}

impl fmt::Debug for Draft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Draft({}, fields {:?})", self.mti, self.fields.keys().collect::<Vec<_>>())
    }
}

/// Why bytes are no message of the lab's wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Too few bytes, or other than the length header says.
    #[error("length header and bytes differ: it says {said}, there are {found}")]
    Length {
        /// Bytes announced.
        said: usize,
        /// Bytes there.
        found: usize,
    },
    /// More than [`MESSAGE_MAX`].
    #[error("{0} bytes; a message has at most 4096")]
    TooLong(usize),
    /// No TPDU where one should be.
    #[error("byte 2 is not 60: no TPDU")]
    Tpdu,
    /// The private header is of another application.
    #[error("byte 7 is not 80: another private header")]
    Header,
    /// The message breaks off or holds what no field may hold.
    #[error("byte {at}, field {field}: the message cannot be read")]
    Field {
        /// Offset from the start of the frame.
        at: usize,
        /// Field, 0 outside fields.
        field: usize,
    },
}

/// A message that was read. It lends its bytes; `Debug` shows no value.
pub struct Opened<'a> {
    /// TPDU.
    pub tpdu: [u8; 5],
    /// Private header.
    pub header: [u8; 6],
    decoded: Decoded<'a>,
}

impl fmt::Debug for Opened<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Opened({}, fields {:?})", self.mti(), self.decoded.fields().collect::<Vec<_>>())
    }
}

impl<'a> Opened<'a> {
    /// Reads one message with its length header.
    ///
    /// # Errors
    /// [`OpenError`] names the place; values are never repeated.
    pub fn read(wire: &'a Wire, bytes: &'a [u8]) -> Result<Opened<'a>, OpenError> {
        let found = bytes.len().saturating_sub(2);
        if found > MESSAGE_MAX {
            return Err(OpenError::TooLong(found));
        }
        let envelope = Envelope::read(bytes, &wire.frame).ok_or(OpenError::Length { said: FRONT - 2, found })?;
        let said = envelope.said.unwrap_or_default();
        if said != found {
            return Err(OpenError::Length { said, found });
        }
        let tpdu: [u8; 5] = bytes.get(2..7).and_then(|b| b.try_into().ok()).ok_or(OpenError::Tpdu)?;
        let header: [u8; 6] = bytes.get(7..FRONT).and_then(|b| b.try_into().ok()).ok_or(OpenError::Header)?;
        if tpdu.first() != Some(&0x60) {
            return Err(OpenError::Tpdu);
        }
        if header.first() != Some(&0x80) {
            return Err(OpenError::Header);
        }
        let decoded = decode(bytes.get(FRONT..).unwrap_or_default(), &wire.dialect);
        if let Some(fault) = decoded.fault() {
            return Err(OpenError::Field { at: FRONT + fault.offset, field: fault.field });
        }
        if decoded.end() != decoded.bytes().len() {
            return Err(OpenError::Field { at: FRONT + decoded.end(), field: 0 });
        }
        Ok(Opened { tpdu, header, decoded })
    }

    /// Message type, four digits.
    pub fn mti(&self) -> &str {
        self.decoded.mti()
    }

    /// The value of a field in the notation of [`Draft`]. It may be card data: never print it.
    pub fn value(&self, number: usize) -> Option<String> {
        self.decoded.value(number).map(|v| v.reveal(lab_values::leave()).to_owned())
    }

    /// The bytes of a field's value. They may be card data: never print them.
    pub fn bytes(&self, number: usize) -> Option<&'a [u8]> {
        self.decoded.raw(number)
    }

    /// A part of a field, such as `(60, "3")`.
    pub fn part(&self, number: usize, id: &str) -> Option<String> {
        self.decoded.part(number, id).map(|v| v.reveal(lab_values::leave()).to_owned())
    }

    /// Is the field there?
    pub fn has(&self, number: usize) -> bool {
        self.decoded.has(number)
    }

    /// Does the MAC in field 64 hold? `None` when there is no field 64.
    pub fn mac_holds(&self, cipher: CipherKind, key: &Key) -> Option<bool> {
        let (from, _) = self.decoded.span(64)?;
        let sent = self.decoded.raw(64)?;
        Some(verify(&mac_scheme(cipher), key, self.decoded.bytes().get(..from)?, sent).unwrap_or(false))
    }
}

/// The way in which the lab makes MACs: UnionPay's folding method, eight hexadecimal letters.
pub fn mac_scheme(cipher: CipherKind) -> MacScheme {
    MacScheme {
        id: "lab".into(),
        title: posdx_model::Text::new("银联折叠算法", "UnionPay's folding method"),
        cipher: block_cipher(cipher),
        method: MacMethod::UnionPayEcb,
        result: MacResult::Hex8,
    }
}

/// The block cipher of a terminal's keys.
pub fn block_cipher(cipher: CipherKind) -> Cipher {
    match cipher {
        CipherKind::Tdes => Cipher::TripleDes,
        CipherKind::Sm4 => Cipher::Sm4,
    }
}

/// Bytes as upper-case hexadecimal, the notation of fields of bytes.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().flat_map(|b| [b >> 4, b & 0x0F]).filter_map(|n| char::from_digit(n.into(), 16)).map(|c| c.to_ascii_uppercase()).collect()
}

/// Hexadecimal as bytes; `None` when it is none.
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text.chars().map(|c| c.to_digit(16).map(|d| d as u8)).collect();
    let digits = digits?;
    digits.len().is_multiple_of(2).then(|| digits.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect())
}
