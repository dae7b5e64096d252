//! The field packagers of jPOS, one a line: what they hold, how value and length are written, and what is special about them.
//!
//! Facts from the public sources of jPOS (`org.jpos.iso.IF*`, `org.jpos.tlv.packager.IFT*`), written as a table of our own.

use super::layout::Code::{self, Ascii, Bcd, Binary, Ebcdic};
use super::layout::Kind::{self, Bytes, Digits, Signed, Text};

/// What a class does beyond "a prefix, then a value".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Special {
    /// Nothing.
    Plain,
    /// Bytes written as hexadecimal letters; the length counts bytes.
    HexLetters,
    /// Hexadecimal digits packed two a byte; the length counts digits.
    PackedHex,
    /// A sign letter as text, then packed digits.
    PackedSign,
    /// The sign sits in the last EBCDIC digit.
    ZonedSign,
    /// Bytes translated to EBCDIC as characters.
    Translated,
    /// The prefix counts bytes of packed digits, odd values end in F.
    CountsBytes,
    /// The prefix counts nibbles of a value of bytes.
    CountsNibbles,
    /// The prefix is rounded up to an even number of digits.
    RoundedEven,
    /// A prefix, then a value filled up to its largest length.
    Filled,
    /// A bitmap.
    Bitmap,
    /// Takes no bytes.
    Nothing,
    /// Ends with the `token`.
    TokenEnd,
    /// A single optional letter at the start of a composite.
    OptionalLetter,
    /// A tag of so many characters, then length and value; 0 = as long as the `token`.
    Tag(usize),
    /// A tag in another coding than its length.
    MixedTag,
    /// A length that counts the tag behind it.
    LengthThenTag,
}
use Special::{
    Bitmap, CountsBytes, CountsNibbles, Filled, HexLetters, LengthThenTag, MixedTag, Nothing, OptionalLetter, PackedHex, PackedSign, Plain,
    RoundedEven, Tag, TokenEnd, Translated, ZonedSign,
};

/// One field packager.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Class {
    pub kind: Kind,
    /// How the value is written; `Binary` for bytes as they are.
    pub value: Code,
    /// Digits of the length prefix (one byte of a binary length stands for two digits); 0 = fixed.
    pub prefix: usize,
    /// How the prefix is written.
    pub length: Code,
    pub special: Special,
}

type Row = (&'static str, Kind, Code, usize, Code, Special);

#[rustfmt::skip]
const CLASSES: &[Row] = &[
    ("IF_CHAR", Text, Ascii, 0, Ascii, Plain),
    ("IF_ECHAR", Text, Ebcdic, 0, Ascii, Plain),
    ("IF_NOP", Text, Ascii, 0, Ascii, Nothing),
    ("IF_UNUSED", Text, Ascii, 0, Ascii, Nothing),
    ("IF_TCHAR", Text, Ascii, 0, Ascii, TokenEnd),

    ("IFA_NUMERIC", Digits, Ascii, 0, Ascii, Plain),
    ("IFA_AMOUNT", Signed, Ascii, 0, Ascii, Plain),
    ("IFA_AMOUNT2003", Digits, Ascii, 0, Ascii, Plain),
    ("IFA_BINARY", Bytes, Ascii, 0, Ascii, HexLetters),
    ("IFA_BITMAP", Bytes, Ascii, 0, Ascii, Bitmap),
    ("IFA_LCHAR", Text, Ascii, 1, Ascii, Plain),
    ("IFA_LLCHAR", Text, Ascii, 2, Ascii, Plain),
    ("IFA_LLLCHAR", Text, Ascii, 3, Ascii, Plain),
    ("IFA_LLLLCHAR", Text, Ascii, 4, Ascii, Plain),
    ("IFA_LLLLLCHAR", Text, Ascii, 5, Ascii, Plain),
    ("IFA_LLLLLLCHAR", Text, Ascii, 6, Ascii, Plain),
    ("IFA_LLNUM", Digits, Ascii, 2, Ascii, Plain),
    ("IFA_LLLNUM", Digits, Ascii, 3, Ascii, Plain),
    ("IFA_LLBNUM", Digits, Bcd, 2, Ascii, RoundedEven),
    ("IFA_LBINARY", Bytes, Binary, 1, Ascii, Plain),
    ("IFA_LLBINARY", Bytes, Binary, 2, Ascii, Plain),
    ("IFA_LLLBINARY", Bytes, Binary, 3, Ascii, Plain),
    ("IFA_LLLLBINARY", Bytes, Binary, 4, Ascii, Plain),
    ("IFA_LLLLLBINARY", Bytes, Binary, 5, Ascii, Plain),
    ("IFA_LLLLLLBINARY", Bytes, Binary, 6, Ascii, Plain),
    ("IFA_LLABINARY", Bytes, Ascii, 2, Ascii, HexLetters),
    ("IFA_LLLABINARY", Bytes, Ascii, 3, Ascii, HexLetters),
    ("IFA_FLLCHAR", Text, Ascii, 2, Ascii, Filled),
    ("IFA_FLLNUM", Text, Ascii, 2, Ascii, Filled),
    ("IFA_TTLCHAR", Text, Ascii, 1, Ascii, Tag(2)),
    ("IFA_TTLLCHAR", Text, Ascii, 2, Ascii, Tag(2)),
    ("IFA_TTLLLCHAR", Text, Ascii, 3, Ascii, Tag(2)),
    ("IFA_TTLLLLCHAR", Text, Ascii, 4, Ascii, Tag(2)),
    ("IFA_TTTLLLCHAR", Text, Ascii, 3, Ascii, Tag(3)),
    ("IFA_TTLBINARY", Bytes, Binary, 1, Ascii, Tag(2)),
    ("IFA_TTLLBINARY", Bytes, Binary, 2, Ascii, Tag(2)),
    ("IFA_TTLLLBINARY", Bytes, Binary, 3, Ascii, Tag(2)),
    ("IFA_TTLLLLBINARY", Bytes, Binary, 4, Ascii, Tag(2)),
    ("IFAE_LLCHAR", Text, Ebcdic, 2, Ascii, Plain),

    ("IFB_NUMERIC", Digits, Bcd, 0, Bcd, Plain),
    ("IFB_FNUMERIC", Digits, Bcd, 0, Bcd, Plain),
    ("IFB_AMOUNT", Bytes, Binary, 0, Bcd, PackedSign),
    ("IFB_AMOUNT2003", Digits, Bcd, 0, Bcd, Plain),
    ("IFB_BINARY", Bytes, Binary, 0, Bcd, Plain),
    ("IFB_BITMAP", Bytes, Binary, 0, Bcd, Bitmap),
    ("IFB_HEX", Bytes, Binary, 0, Bcd, PackedHex),
    ("IFB_LLNUM", Digits, Bcd, 2, Bcd, Plain),
    ("IFB_LLLNUM", Digits, Bcd, 3, Bcd, Plain),
    ("IFB_FLLNUM", Digits, Bcd, 2, Bcd, Plain),
    ("IFB_FLLLNUM", Digits, Bcd, 3, Bcd, Plain),
    ("IFB_LLHNUM", Digits, Bcd, 2, Binary, Plain),
    ("IFB_LLLHNUM", Digits, Bcd, 3, Binary, Plain),
    ("IFB_LLCHAR", Text, Ascii, 2, Bcd, Plain),
    ("IFB_LLLCHAR", Text, Ascii, 3, Bcd, Plain),
    ("IFB_LLLLCHAR", Text, Ascii, 4, Bcd, Plain),
    ("IFB_LLLLLLCHAR", Text, Ascii, 6, Bcd, Plain),
    ("IFB_LLHCHAR", Text, Ascii, 2, Binary, Plain),
    ("IFB_LLLHCHAR", Text, Ascii, 3, Binary, Plain),
    ("IFB_LLHECHAR", Text, Ebcdic, 2, Binary, Plain),
    ("IFB_LLLHECHAR", Text, Ebcdic, 3, Binary, Plain),
    ("IFB_LLBINARY", Bytes, Binary, 2, Bcd, Plain),
    ("IFB_LLLBINARY", Bytes, Binary, 3, Bcd, Plain),
    ("IFB_LLLLBINARY", Bytes, Binary, 4, Bcd, Plain),
    ("IFB_LLHBINARY", Bytes, Binary, 2, Binary, Plain),
    ("IFB_LLLHBINARY", Bytes, Binary, 3, Binary, Plain),
    ("IFB_LLHFBINARY", Bytes, Binary, 2, Binary, Filled),
    ("IFB_LLHEX", Bytes, Binary, 2, Bcd, CountsNibbles),
    ("IFB_LLLHEX", Bytes, Binary, 3, Bcd, CountsNibbles),

    ("IFE_NUMERIC", Digits, Ebcdic, 0, Ebcdic, Plain),
    ("IFE_SIGNED_NUMERIC", Text, Ebcdic, 0, Ebcdic, ZonedSign),
    ("IFE_AMOUNT", Signed, Ebcdic, 0, Ebcdic, Plain),
    ("IFE_CHAR", Text, Ebcdic, 0, Ebcdic, Plain),
    ("IFE_BINARY", Bytes, Ebcdic, 0, Ebcdic, HexLetters),
    ("IFE_BITMAP", Bytes, Ebcdic, 0, Ebcdic, Bitmap),
    ("IFE_LNUM", Digits, Ebcdic, 1, Ebcdic, Plain),
    ("IFE_LLNUM", Digits, Ebcdic, 2, Ebcdic, Plain),
    ("IFE_LLLNUM", Digits, Ebcdic, 3, Ebcdic, Plain),
    ("IFE_LCHAR", Text, Ebcdic, 1, Ebcdic, Plain),
    ("IFE_LLCHAR", Text, Ebcdic, 2, Ebcdic, Plain),
    ("IFE_LLLCHAR", Text, Ebcdic, 3, Ebcdic, Plain),
    ("IFE_LLLLCHAR", Text, Ebcdic, 4, Ebcdic, Plain),
    ("IFE_LBINARY", Bytes, Binary, 1, Ebcdic, Plain),
    ("IFE_LLBINARY", Bytes, Binary, 2, Ebcdic, Plain),
    ("IFE_LLLBINARY", Bytes, Binary, 3, Ebcdic, Plain),
    ("IFE_LLLLBINARY", Bytes, Binary, 4, Ebcdic, Plain),
    ("IFE_LLLEBINARY", Text, Ebcdic, 3, Ebcdic, Translated),
    ("IFEA_LLCHAR", Text, Ascii, 2, Ebcdic, Plain),
    ("IFEB_LLNUM", Digits, Bcd, 2, Ebcdic, CountsBytes),
    ("IFEB_LLLNUM", Digits, Bcd, 3, Ebcdic, CountsBytes),

    ("IFMC_TCC", Text, Ascii, 0, Ascii, OptionalLetter),
    ("IFMC_LLCHAR", Text, Ascii, 2, Ascii, Tag(2)),
    ("IFMC_LLLCHAR", Text, Ascii, 3, Ascii, Tag(2)),
    ("IFMC_LLBINARY", Bytes, Binary, 2, Ascii, Tag(2)),
    ("IFMC_LLLBINARY", Bytes, Binary, 3, Ascii, Tag(2)),
    ("IFEMC_TCC", Text, Ebcdic, 0, Ebcdic, OptionalLetter),
    ("IFEMC_LLCHAR", Text, Ebcdic, 2, Ebcdic, MixedTag),
    ("IFEMC_LLLCHAR", Text, Ebcdic, 3, Ebcdic, Tag(4)),
    ("IFEPE_LLCHAR", Text, Ebcdic, 2, Ebcdic, Tag(2)),
    ("IFEPE_LLLCHAR", Text, Ebcdic, 3, Ebcdic, Tag(3)),
    ("IFEPE_LLBINARY", Bytes, Binary, 2, Ebcdic, Tag(2)),
    ("IFIPM_LLLCHAR", Text, Ascii, 3, Ascii, Tag(4)),
    ("IFTA_LLCHAR", Text, Ascii, 2, Ascii, Tag(0)),
    ("IFTA_LLLCHAR", Text, Ascii, 3, Ascii, Tag(0)),
    ("IFTA_LLNUM", Digits, Ascii, 2, Ascii, Tag(0)),
    ("IFTA_LLLNUM", Digits, Ascii, 3, Ascii, Tag(0)),
    ("IFTA_LLBINARY", Bytes, Binary, 2, Ascii, Tag(0)),
    ("IFTA_LLLBINARY", Bytes, Binary, 3, Ascii, Tag(0)),
    ("IFTB_LLBINARY", Bytes, Binary, 2, Bcd, Tag(0)),
    ("IFEP_LLCHAR", Text, Ascii, 2, Ascii, LengthThenTag),
    ("IFEP_LLLCHAR", Text, Ascii, 3, Ebcdic, LengthThenTag),
    ("IFEP_LLLBINARY", Bytes, Binary, 3, Ebcdic, LengthThenTag),
    ("IFELPE_LLLCHAR", Text, Ebcdic, 3, Ebcdic, LengthThenTag),
];

/// The class of that name, without its package.
pub(super) fn class(name: &str) -> Option<Class> {
    let row = CLASSES.iter().find(|row| row.0 == name)?;
    Some(Class { kind: row.1, value: row.2, prefix: row.3, length: row.4, special: row.5 })
}

/// A class by the pattern of its name: family, `_`, as many `L` as the prefix has digits, `H` for a binary length, and the kind.
pub(super) fn guessed(name: &str) -> Option<Class> {
    let (family, rest) = name.split_once('_')?;
    let (value, length) = match family {
        "IF" | "IFA" => (Ascii, Ascii),
        "IFB" => (Bcd, Bcd),
        "IFE" => (Ebcdic, Ebcdic),
        _ => return None,
    };
    let kind = rest.trim_start_matches('L');
    let prefix = rest.len() - kind.len();
    let binary = prefix > 0 && kind.starts_with('H');
    let kind = if binary { kind.get(1..)? } else { kind };
    let length = if binary { Binary } else { length };
    let (kind, value) = match kind {
        "NUM" | "NUMERIC" => (Digits, value),
        "CHAR" => (Text, if value == Bcd { Ascii } else { value }),
        "BINARY" => (Bytes, Binary),
        _ => return None,
    };
    (prefix <= 6).then_some(Class { kind, value, prefix, length, special: Plain })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_plain_class_follows_the_pattern_of_its_name() {
        for row in CLASSES.iter().filter(|r| r.5 == Plain && matches!(r.0.split_once('_'), Some(("IFA" | "IFB" | "IFE", _)))) {
            let Some(guess) = guessed(row.0) else { continue };
            assert_eq!(Some(guess), class(row.0), "{}", row.0);
        }
    }

    #[test]
    fn no_class_stands_twice() {
        let names: std::collections::BTreeSet<_> = CLASSES.iter().map(|r| r.0).collect();
        assert_eq!(names.len(), CLASSES.len());
    }
}
