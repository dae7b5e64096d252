//! Chip data against themselves and against the message around them. Each rule is a line here, each sentence a line of data.
//!
//! Card numbers are compared and never shown.

use posdx_model::Text;
use serde::{Deserialize, Serialize};

use super::iso::Iso;
use super::meaning_value::{date_parts, digits, hex, three_digits};
use super::tables::TableError;
use super::values::Values;

/// What the message around the chip data says. A field that is unknown is `None`; a rule that needs it is then skipped.
#[derive(Clone, Copy, Default)]
pub struct Context<'a> {
    /// Message type, four digits.
    pub mti: Option<&'a str>,
    /// Field 2, digits.
    pub pan: Option<&'a str>,
    /// Field 4, digits of minor units.
    pub amount: Option<&'a str>,
    /// Field 12, `hhmmss`.
    pub time: Option<&'a str>,
    /// Field 13, `MMDD`.
    pub date_mmdd: Option<&'a str>,
    /// Field 22, three digits (or four).
    pub entry_mode: Option<&'a str>,
    /// Field 23, digits.
    pub card_sequence: Option<&'a str>,
    /// Field 35, with `=` or `D` behind the card number.
    pub track2: Option<&'a str>,
    /// Field 49, three digits.
    pub currency: Option<&'a str>,
    /// Whether field 52 is there.
    pub has_pin_block: bool,
    /// Whether field 55 is there.
    pub has_chip_data: bool,
}

impl std::fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Context { mti, pan, entry_mode, track2, has_pin_block, has_chip_data, .. } = self;
        f.debug_struct("Context")
            .field("mti", mti)
            .field("entry_mode", entry_mode)
            .field("has_pan", &pan.is_some())
            .field("has_track2", &track2.is_some())
            .field("has_pin_block", has_pin_block)
            .field("has_chip_data", has_chip_data)
            .finish_non_exhaustive()
    }
}

impl Context<'_> {
    /// An authorisation or financial request, `01x0` or `02x0`: it asks the host to decide.
    fn asks_online(&self) -> bool {
        self.mti.is_some_and(|m| matches!(m.as_bytes(), [_, b'1' | b'2', b'0', _]))
    }

    /// A request of any kind, as far as the type tells.
    fn is_request(&self) -> bool {
        self.mti.is_some_and(|m| matches!(m.as_bytes(), [_, _, b'0' | b'2', _]))
    }
}

/// One contradiction that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Its id.
    pub id: String,
    /// What contradicts what.
    pub text: Text,
    /// The tags to look at.
    pub tags: Vec<u32>,
    /// The fields to look at.
    pub fields: Vec<u8>,
}

/// The sentences of all contradictions. Read from `dialects/emv/contradictions.toml`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contradictions {
    list: Vec<Finding>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Shape {
    contradiction: Vec<FindingShape>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FindingShape {
    id: String,
    text: Text,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    fields: Vec<u8>,
}

/// The rules, by the id of their sentence.
type Rule = (&'static str, fn(&Sides<'_>) -> Option<bool>);
const RULES: &[Rule] = &[
    ("amount-field4", |s| Some(number(s.chip(0x9F02)?)? != trimmed(s.context.amount?))),
    ("currency-field49", |s| Some(three_digits(s.chip(0x5F2A)?)? != s.context.currency?)),
    ("pan-field2", |s| Some(s.pan()? != s.context.pan?)),
    ("pan-field35", |s| Some(s.pan().or(s.track_pan())? != until_separator(s.field35()?))),
    ("track-field35", |s| Some(s.track()? != s.field35()?.replace(['=', 'd'], "D").trim_end_matches('F'))),
    ("pan-in-chip", |s| Some(s.pan()? != s.track_pan()?)),
    ("online-pin-missing", |s| Some(s.context.is_request() && s.method()? == ONLINE_PIN && !s.context.has_pin_block)),
    ("pin-block-unasked", |s| Some(s.context.has_pin_block && s.method()? != ONLINE_PIN)),
    ("date-field13", |s| Some(digits(s.chip(0x9A)?)?.get(2..)? != s.context.date_mmdd?)),
    ("time-field12", |s| Some(digits(s.chip(0x9F21)?)? != s.context.time?)),
    ("sequence-field23", |s| Some(number(s.chip(0x5F34)?)? != trimmed(s.context.card_sequence?))),
    ("declined-but-online", |s| Some(s.context.asks_online() && s.chip(0x9F27)?.first()? & 0xC0 == 0)),
    ("approved-but-online", |s| Some(s.context.asks_online() && s.chip(0x9F27)?.first()? & 0xC0 == 0x40)),
    ("country-currency", |s| {
        let country = s.iso.country(&three_digits(s.chip(0x9F1A)?)?)?;
        let currency = three_digits(s.chip(0x5F2A)?)?;
        Some(!country.currency.is_empty() && !country.currency.contains(&currency))
    }),
    ("chip-entry-no-data", |s| Some(s.context.asks_online() && s.entry(CHIP_MODES)? && !s.context.has_chip_data)),
    ("stripe-entry-with-data", |s| Some(s.entry(OTHER_MODES)? && s.context.has_chip_data)),
    ("counter-missing", |s| s.chip(0x9F26).map(|_| s.chip(0x9F36).is_none())),
    ("cvm-not-supported", |s| Some(s.chip(0x82)?.first()? & 0x10 == 0 && !matches!(s.method()?, 0x00 | 0x1F | 0x3F))),
    ("cvm-not-in-terminal", |s| {
        let capabilities = s.chip(0x9F33)?.get(1)?;
        Some(capabilities & METHOD_BITS.iter().find(|(m, _)| Some(*m) == s.method())?.1 == 0)
    }),
    ("expired", |s| Some(s.date(0x9A)? > s.date(0x5F24)? && !s.tvr(2, 0x40)?)),
    ("expired-wrongly", |s| Some(s.date(0x9A)? <= s.date(0x5F24)? && s.tvr(2, 0x40)?)),
    ("not-effective", |s| Some(s.date(0x9A)? < s.date(0x5F25)?)),
    ("tvr-pin-not-in-cvm", |s| Some(s.tvr(3, 0x04)? && s.method()? != ONLINE_PIN)),
    ("cvm-pin-not-in-tvr", |s| Some(!s.tvr(3, 0x04)? && s.method()? == ONLINE_PIN)),
    ("issuer-auth-skipped", |s| {
        let can = s.chip(0x82).and_then(|aip| aip.first()).is_none_or(|b| b & 0x04 != 0);
        Some(can && s.chip(0x91).is_some() && s.chip(0x9B)?.first()? & 0x10 == 0)
    }),
];

/// Enciphered PIN verified online (EMV 4.4 Book 3 Annex C3).
const ONLINE_PIN: u8 = 0x02;
/// Methods and the bit of terminal capabilities byte 2 that allows them (Annex A2 of Book 4).
const METHOD_BITS: &[(u8, u8)] = &[(0x01, 0x80), (0x02, 0x40), (0x04, 0x11), (0x1E, 0x20), (0x1F, 0x08)];
/// Entry modes that send chip data: chip, contactless chip, and the two UnionPay uses for tapping.
const CHIP_MODES: &[&str] = &["05", "07", "95", "96", "98"];
/// Entry modes without a chip: manual, stripe, fallback to stripe.
const OTHER_MODES: &[&str] = &["01", "02", "80", "90"];

struct Sides<'a> {
    values: &'a Values<'a>,
    context: &'a Context<'a>,
    iso: &'a Iso,
}

impl<'a> Sides<'a> {
    fn chip(&self, tag: u32) -> Option<&'a [u8]> {
        self.values.filled(tag)
    }

    fn pan(&self) -> Option<String> {
        digits(self.chip(0x5A)?)
    }

    /// Field 35 in the clear: behind a card number stands a separator. Many acquirers have the track enciphered; it says nothing then.
    fn field35(&self) -> Option<&'a str> {
        let track = self.context.track2?;
        let pan = until_separator(track);
        (pan.len() < track.len() && (12..=19).contains(&pan.len()) && pan.bytes().all(|b| b.is_ascii_digit())).then_some(track)
    }

    /// Track 2 equivalent data, filling dropped.
    fn track(&self) -> Option<String> {
        Some(hex(self.chip(0x57)?).trim_end_matches('F').into())
    }

    fn track_pan(&self) -> Option<String> {
        Some(until_separator(&self.track()?).into())
    }

    /// The method of the verification results.
    fn method(&self) -> Option<u8> {
        Some(self.chip(0x9F34)?.first()? & 0x3F)
    }

    fn entry(&self, modes: &[&str]) -> Option<bool> {
        let mode = self.context.entry_mode?;
        // Four digits: a zero in front fills the byte.
        let mode = if mode.len() == 4 { mode.get(1..3)? } else { mode.get(..2)? };
        Some(modes.contains(&mode))
    }

    fn tvr(&self, byte: usize, mask: u8) -> Option<bool> {
        Some(self.chip(0x95)?.get(byte.checked_sub(1)?)? & mask != 0)
    }

    /// A date that sorts; years from 50 on are of the last century.
    fn date(&self, tag: u32) -> Option<(u16, u8, u8)> {
        let [y, m, d] = date_parts(self.chip(tag)?)?;
        Some((if y >= 50 { 1900 } else { 2000 } + u16::from(y), m, d))
    }
}

fn trimmed(digits: &str) -> &str {
    digits.trim_start_matches('0')
}

fn number(value: &[u8]) -> Option<String> {
    digits(value).map(|d| trimmed(&d).into())
}

fn until_separator(track: &str) -> &str {
    track.split(['=', 'D', 'd']).next().unwrap_or_default()
}

impl Contradictions {
    /// Reads the sentences; every rule must have one, and every sentence a rule.
    pub fn read(toml: &str) -> Result<Contradictions, TableError> {
        let fail = |message: String| TableError { table: "contradictions", message };
        let shape: Shape = toml::from_str(toml).map_err(|e| fail(e.to_string()))?;
        let mut list = Vec::new();
        for f in shape.contradiction {
            if f.text.is_incomplete() || !RULES.iter().any(|(id, _)| *id == f.id) {
                return Err(fail(format!("`{}` lacks a language or has no rule", f.id)));
            }
            let tags = f.tags.iter().map(|t| u32::from_str_radix(t, 16).map_err(|_| fail(format!("`{t}` is no tag"))));
            list.push(Finding { tags: tags.collect::<Result<_, _>>()?, id: f.id, text: f.text, fields: f.fields });
        }
        match RULES.iter().find(|(id, _)| !list.iter().any(|f| f.id == *id)) {
            Some((id, _)) => Err(fail(format!("rule `{id}` has no sentence"))),
            None => Ok(Contradictions { list }),
        }
    }

    /// What contradicts what, in the order of the rules. `values`: the chip data of the message.
    pub fn check(&self, values: &Values<'_>, context: &Context<'_>, iso: &Iso) -> Vec<Finding> {
        let sides = Sides { values, context, iso };
        RULES
            .iter()
            .filter(|(_, rule)| rule(&sides) == Some(true))
            .filter_map(|(id, _)| self.list.iter().find(|f| f.id == *id).cloned())
            .collect()
    }

    /// Every sentence.
    pub fn iter(&self) -> impl Iterator<Item = &Finding> {
        self.list.iter()
    }
}
