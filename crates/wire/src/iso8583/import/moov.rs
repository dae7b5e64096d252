//! The JSON specification of moov-io/iso8583: `{"name": …, "fields": {"2": {"type", "length", "enc", "prefix", …}}}`.

use super::layout::{Code, Counts, Field, Inner, Kind, Layout, Length, Part, Shape, largest};
use super::literal::{self, Entry, Value};
use super::notes::{self, Notes};
use super::{ImportError, standard};

/// Reads a specification.
pub(super) fn read(text: &str, notes: &mut Notes) -> Result<Layout, ImportError> {
    if let Err(e) = serde_json::from_str::<serde::de::IgnoredAny>(text) {
        return Err(ImportError::at(
            (e.line().max(1), e.column().max(1)),
            "这里不是正确的 JSON；请检查这一处的引号、逗号和括号",
            "this is no well-formed JSON here; check the quotation marks, commas and brackets",
        ));
    }
    let found = literal::dictionaries(text)?;
    let no_fields = || {
        ImportError::at(
            (1, 1),
            "没有 \"fields\"，这不是 moov-io/iso8583 的规格文件",
            "there is no \"fields\"; this is no specification of moov-io/iso8583",
        )
    };
    let root = found.first().map(|f| &f.value).ok_or_else(no_fields)?;
    let fields = root.get("fields").ok_or_else(no_fields)?.entries();
    let mut layout = Layout { title: root.text("name").to_owned(), ..Layout::default() };
    for entry in fields {
        message_field(entry, &mut layout, notes);
    }
    Ok(layout)
}

fn message_field(entry: &Entry, layout: &mut Layout, notes: &mut Notes) {
    let (line, spec) = (entry.line, &entry.value);
    // Older files write "Field002".
    let digits = entry.key.strip_prefix("Field").unwrap_or(&entry.key);
    let Ok(number @ 0..=128) = digits.parse::<u16>() else {
        notes.add("", line, notes::bad_number(&entry.key));
        return;
    };
    let id = number.to_string();
    match number {
        0 => layout.mti = Some(coding_of(spec, &id, line, notes)),
        1 => {
            // The hexadecimal coding of bytes into letters is what the bitmap is about.
            layout.bitmap = Some(match spec.text("enc") {
                "Binary" | "binaryEncoder" => Code::Binary,
                "EBCDIC" | "EBCDIC1047" => Code::Ebcdic,
                _ => Code::Ascii,
            });
        }
        _ => {
            let name = spec.text("description").to_owned();
            let Some(mut shape) = shape(spec, &id, line, notes) else { return };
            if shape.kind == Kind::Text && standard::is_numeric(number) && standard_name(number, &name) {
                shape.kind = Kind::Digits;
            }
            if standard::is_track(number) && matches!(shape.kind, Kind::Text | Kind::Digits) {
                shape.kind = Kind::Track;
            }
            let inner = inside(spec, &id, line, notes);
            layout.fields.push(Field { number, name, shape, inner, line });
        }
    }
}

/// True when nothing speaks against the standard's meaning.
fn standard_name(number: u16, name: &str) -> bool {
    standard::ISO87_NAMES.iter().find(|(n, _)| *n == number).is_none_or(|(_, ours)| standard::same_meaning(name, ours))
}

/// `enc` as a coding of characters.
fn coding_of(spec: &Value, id: &str, line: usize, notes: &mut Notes) -> Code {
    match spec.text("enc") {
        "" | "ASCII" | "asciiEncoder" | "HexToASCII" | "hexToASCIIEncoder" | "hexEncoder" => Code::Ascii,
        "BCD" | "bcdEncoder" | "LBCD" | "lBCDEncoder" => Code::Bcd,
        "EBCDIC" | "ebcdicEncoder" => Code::Ebcdic,
        "EBCDIC1047" | "ebcdic1047Encoder" => {
            notes.add(id, line, notes::code_page());
            Code::Ebcdic
        }
        "Binary" | "binaryEncoder" | "ASCIIToHex" | "asciiToHexEncoder" | "BerTLVTag" => Code::Binary,
        other => {
            notes.add(id, line, notes::unknown_coding(other));
            Code::Ascii
        }
    }
}

/// A field or subfield in our terms.
fn shape(spec: &Value, id: &str, line: usize, notes: &mut Notes) -> Option<Shape> {
    let composite = spec.get("subfields").is_some();
    let (prefix_word, kind_word) = (spec.text("prefix"), spec.text("type"));
    let (family, width) = prefix_word.split_once('.').unwrap_or((prefix_word, ""));
    let mut coding = coding_of(spec, id, line, notes);
    if composite && spec.get("enc").is_none() {
        coding = match family {
            "EBCDIC" => Code::Ebcdic,
            "Binary" | "BCD" | "Hex" => Code::Binary,
            _ => Code::Ascii,
        };
    }
    let digits = match width {
        "Fixed" | "fixed" => 0,
        w if !w.is_empty() && w.len() <= 6 && w.bytes().all(|b| b == b'L') => w.len(),
        _ if prefix_word.is_empty() => 0,
        _ => {
            notes.add(id, line, notes::unknown_prefix(prefix_word));
            return None;
        }
    };
    let Some(length) = spec.number("length").filter(|n| (1..=999_999).contains(n)) else {
        notes.add(id, line, notes::bad_length());
        return None;
    };
    // A prefix of n binary bytes; two of our digits are one byte, three and four are two.
    let (digits, prefix) = match family {
        "Binary" if digits > 2 => {
            notes.add(id, line, notes::long_prefix(digits * 2, 4));
            (3, Code::Binary)
        }
        "Binary" => (digits + usize::from(digits > 0), Code::Binary),
        "Hex" => {
            if digits > 0 {
                notes.add(id, line, notes::hex_prefix());
            }
            ((digits * 2).min(4), Code::Ascii)
        }
        "BCD" => (digits, Code::Bcd),
        "EBCDIC" | "EBCDIC1047" => (digits, Code::Ebcdic),
        _ => (digits, Code::Ascii),
    };
    if digits > 4 {
        notes.add(id, line, notes::long_prefix(digits, 4));
    }
    let digits = digits.min(4);
    let letters = matches!(spec.text("enc"), "HexToASCII" | "hexToASCIIEncoder" | "hexEncoder");
    let zero_left = spec.get("padding").is_some_and(|p| p.text("type") == "Left" && p.text("pad") == "0");
    let kind = match kind_word {
        _ if coding == Code::Binary || letters => Kind::Bytes,
        "Binary" | "Bitmap" | "Hex" => Kind::Bytes,
        "Numeric" => Kind::Digits,
        "Track2" | "Track3" => Kind::Track,
        _ if coding == Code::Bcd || zero_left => Kind::Digits,
        _ => Kind::Text,
    };
    let mut out = Shape {
        kind,
        length: if digits == 0 { Length::Fixed(length) } else { Length::Prefixed { digits, max: length } },
        // Its BCD fills an odd number of digits in front, LBCD behind.
        right: coding == Code::Bcd && !spec.text("enc").starts_with(['L', 'l']),
        coding: Some(coding).filter(|c| *c != Code::Binary),
        prefix: (digits > 0).then_some(prefix),
        counts: Counts::Units,
    };
    if kind == Kind::Bytes {
        match (letters, digits, coding) {
            (true, 0, _) => {
                notes.add(id, line, notes::hex_value());
                out = Shape::fixed(Kind::Text, length.saturating_mul(2), Some(Code::Ascii));
            }
            (true, ..) => notes.add(id, line, notes::hex_value_counted()),
            // Packed bytes: the length counts digits.
            (false, 0, Code::Bcd) => out = Shape::fixed(Kind::Bytes, length.div_ceil(2), None),
            (false, _, Code::Bcd) => (out.coding, out.counts) = (None, Counts::Nibbles),
            _ => out.coding = None,
        }
    }
    if let Length::Prefixed { digits, max } = out.length {
        let most = largest(digits, out.prefix);
        if max > most {
            notes.add(id, line, notes::capped(max, most));
            out.length = Length::Prefixed { digits, max: most };
        }
    }
    Some(out)
}

/// The subfields of a composite.
fn inside(spec: &Value, id: &str, line: usize, notes: &mut Notes) -> Inner {
    let Some(subfields) = spec.get("subfields").map(Value::entries).filter(|s| !s.is_empty()) else { return Inner::Nothing };
    if spec.get("bitmap").is_some() {
        notes.add(id, line, notes::inner_bitmap());
        return Inner::Nothing;
    }
    let none = Value::Dict(Vec::new());
    let tag = spec.get("tag").unwrap_or(&none);
    match tag.text("enc") {
        "BerTLVTag" | "berTLVEncoderTag" => return Inner::Ber,
        "" => {}
        "ASCII" | "EBCDIC" | "asciiEncoder" | "ebcdicEncoder" => return tags(subfields, tag, id, line, notes),
        _ => {
            notes.add(id, line, notes::binary_tag());
            return Inner::Nothing;
        }
    }
    let mut ordered: Vec<&Entry> = subfields.iter().collect();
    ordered.sort_by_key(|e| (e.key.parse::<u64>().unwrap_or(u64::MAX), e.key.clone()));
    let mut parts = Vec::new();
    for entry in ordered {
        let part = format!("{id}.{}", notes::shown(&entry.key));
        let Some(shape) = shape(&entry.value, &part, entry.line, notes) else {
            // What follows cannot be found without this part.
            notes.add(part, entry.line, notes::part_unknown());
            break;
        };
        if entry.value.get("subfields").is_some() {
            notes.add(part, entry.line, notes::nested());
        }
        parts.push(Part { id: entry.key.clone(), name: entry.value.text("description").to_owned(), shape });
    }
    if parts.is_empty() { Inner::Nothing } else { Inner::Parts(parts) }
}

/// Tags of fixed width, when every subfield writes its length in the same way.
fn tags(subfields: &[Entry], tag: &Value, id: &str, line: usize, notes: &mut Notes) -> Inner {
    let width = tag.number("length").filter(|n| (1..=8).contains(n));
    let mut length = None;
    let mut names = Vec::new();
    for entry in subfields {
        let prefix = entry.value.text("prefix");
        let digits = prefix.split_once('.').map_or(0, |(_, l)| if l.bytes().all(|b| b == b'L') { l.len() } else { 0 });
        let characters = matches!(prefix.split('.').next(), Some("ASCII" | "EBCDIC" | "EBCDIC1047"));
        if digits == 0 || !characters || length.is_some_and(|l| l != digits) {
            notes.add(id, line, if characters { notes::mixed_inside() } else { notes::binary_tag() });
            return Inner::Nothing;
        }
        length = Some(digits);
        names.push((format!("{:0>1$}", entry.key, width.unwrap_or(0)), entry.value.text("description").to_owned()));
    }
    match (width, length) {
        (Some(tag), Some(length)) => Inner::Tagged { tag, length, skip: 0, names },
        _ => {
            notes.add(id, line, notes::mixed_inside());
            Inner::Nothing
        }
    }
}
