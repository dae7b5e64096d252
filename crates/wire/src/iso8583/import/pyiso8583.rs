//! The specification dictionary of pyiso8583: `"2": {"data_enc", "len_enc", "len_type", "max_len", "desc"}`, as Python or as JSON.

use super::layout::{Code, Counts, Field, Header, Inner, Kind, Layout, Length, Shape, largest};
use super::literal::{self, Entry, Found, Value};
use super::notes::{self, Notes};
use super::{ImportError, standard};

/// Python's names of code pages of EBCDIC.
const EBCDIC: &[&str] = &["37", "037", "273", "424", "500", "875", "1026", "1047", "1140"];

/// Reads a specification.
pub(super) fn read(text: &str, notes: &mut Notes) -> Result<Layout, ImportError> {
    let found = literal::dictionaries(text)?;
    let mut tables = found.iter().filter(|f| f.key.is_none() && f.value.entries().iter().any(|e| is_field(&e.value)));
    let mut entries: Vec<Entry> = tables.next().map(|f| f.value.entries().to_vec()).unwrap_or_default();
    for other in tables {
        notes.add("", other.line, notes::another_table(other.line));
    }
    // `spec["48"] = {…}` changes the table; a file of nothing else changes a table that it imports.
    let single = |f: &Found| f.key.clone().filter(|_| is_field(&f.value)).map(|key| Entry { key, value: f.value.clone(), line: f.line });
    entries.extend(found.iter().filter_map(single));
    if entries.is_empty() {
        return Err(ImportError::at(
            (1, 1),
            "没有找到 pyiso8583 的字典：每个域应有 data_enc、len_enc、len_type、max_len",
            "there is no dictionary of pyiso8583: each field has data_enc, len_enc, len_type and max_len",
        ));
    }
    let mut layout = Layout::default();
    let lengths = entries.iter().find(|e| e.value.text("len_enc") == "b" && e.value.number("len_type").unwrap_or(0) > 0);
    let new_words = entries.iter().any(|e| e.value.text("len_enc") == "bcd");
    if let Some(entry) = lengths.filter(|_| !new_words) {
        notes.add("", entry.line, notes::len_enc_b());
    }
    if let Some(entry) = entries.iter().find(|e| ebcdic_page(word(&e.value, "data_enc")).is_some_and(|p| !matches!(p, "37" | "037"))) {
        notes.add("", entry.line, notes::code_page());
    }
    for entry in &entries {
        one(entry, &mut layout, notes);
    }
    Ok(layout)
}

fn is_field(value: &Value) -> bool {
    value.get("max_len").is_some() && (value.get("data_enc").is_some() || value.get("data_encoding").is_some())
}

/// A property, by its name of today or its name before version 1.
fn word<'a>(spec: &'a Value, key: &str) -> &'a str {
    match (key, spec.text(key)) {
        ("data_enc", "") => spec.text("data_encoding"),
        ("len_enc", "") => spec.text("len_encoding"),
        (_, found) => found,
    }
}

fn ebcdic_page(word: &str) -> Option<&str> {
    let lower = word.trim_start_matches(|c: char| c.is_ascii_alphabetic() || c == '-' || c == '_');
    let named = word.to_ascii_lowercase();
    (EBCDIC.contains(&lower) && ["cp", "ibm", "ebcdic", ""].iter().any(|p| named.strip_suffix(lower) == Some(*p))
        || named.starts_with("ebcdic"))
    .then_some(lower)
}

/// A coding of characters by Python's name.
fn coding(word: &str, id: &str, line: usize, notes: &mut Notes) -> Code {
    if ebcdic_page(word).is_some() {
        return Code::Ebcdic;
    }
    match word.to_ascii_lowercase().replace(['_', ' '], "-").as_str() {
        "" | "ascii" | "us-ascii" | "latin-1" | "latin1" | "l1" | "iso-8859-1" | "iso8859-1" | "utf-8" | "utf8" | "cp437" | "cp1252" => {
            Code::Ascii
        }
        "gbk" | "gb2312" | "gb18030" | "cp936" => Code::Gbk,
        _ => {
            notes.add(id, line, notes::unknown_coding(word));
            Code::Ascii
        }
    }
}

fn one(entry: &Entry, layout: &mut Layout, notes: &mut Notes) {
    let (id, line, spec) = (entry.key.trim(), entry.line, &entry.value);
    if !is_field(spec) {
        return;
    }
    let packed = word(spec, "data_enc") == "b";
    let fixed = spec.number("len_type").unwrap_or(0) == 0;
    let Some(max) = spec.number("max_len").filter(|n| *n <= 999_999) else {
        notes.add(notes::shown(id), line, notes::bad_length());
        return;
    };
    match id {
        "h" if max == 0 => {}
        "h" if !fixed || max > 64 => notes.add("", line, notes::variable_header()),
        "h" => {
            let coding = if packed { Code::Binary } else { coding(word(spec, "data_enc"), "", line, notes) };
            layout.header = Some(Header { bytes: max, coding: if coding == Code::Gbk { Code::Ascii } else { coding } });
        }
        "t" => layout.mti = Some(if packed { Code::Bcd } else { plain(coding(word(spec, "data_enc"), "", line, notes)) }),
        "p" => layout.bitmap = Some(if packed { Code::Binary } else { plain(coding(word(spec, "data_enc"), "", line, notes)) }),
        "1" => {}
        _ => match id.parse::<u16>() {
            Ok(number @ 2..=128) => {
                let name = spec.text("desc").to_owned();
                let Some(shape) = shape(spec, number, max, line, notes) else { return };
                layout.fields.push(Field { number, name, shape, inner: Inner::Nothing, line });
            }
            _ => notes.add("", line, notes::bad_number(id)),
        },
    }
}

/// Message type and bitmap know no GBK.
fn plain(code: Code) -> Code {
    if code == Code::Gbk { Code::Ascii } else { code }
}

fn shape(spec: &Value, number: u16, max: usize, line: usize, notes: &mut Notes) -> Option<Shape> {
    let id = number.to_string();
    let packed = word(spec, "data_enc") == "b";
    let len_type = spec.number("len_type").unwrap_or(0);
    if max == 0 {
        notes.add(id, line, notes::bad_length());
        return None;
    }
    let (digits, prefix) = match word(spec, "len_enc") {
        "b" | "bcd" if len_type > 2 => {
            notes.add(id.as_str(), line, notes::long_prefix(len_type * 2, 4));
            (4, if word(spec, "len_enc") == "b" { Code::Binary } else { Code::Bcd })
        }
        "b" => (len_type + 1, Code::Binary),
        // One byte is up to two digits, two bytes up to four.
        "bcd" => (
            if len_type < 2 {
                2
            } else if max > 999 {
                4
            } else {
                3
            },
            Code::Bcd,
        ),
        text => {
            if len_type > 4 {
                notes.add(id.as_str(), line, notes::long_prefix(len_type, 4));
            }
            (len_type.min(4), plain(if len_type == 0 { Code::Ascii } else { coding(text, &id, line, notes) }))
        }
    };
    let digits = if len_type == 0 { 0 } else { digits };
    let length = |max| if digits == 0 { Length::Fixed(max) } else { Length::Prefixed { digits, max } };
    let nibbles = spec.text("len_count") == "nibbles";
    let track = standard::is_track(number);
    let mut out = Shape {
        kind: Kind::Text,
        length: length(max),
        right: false,
        coding: None,
        prefix: (digits > 0).then_some(prefix),
        counts: Counts::Units,
    };
    if packed {
        if standard::is_numeric(number) || track || (standard::has_three_digits(number) && max == if nibbles { 3 } else { 2 }) {
            // Packed digits: the source counts bytes (or nibbles), a dialect counts digits.
            out.kind = if track { Kind::Track } else { Kind::Digits };
            out.coding = Some(Code::Bcd);
            let three = standard::has_three_digits(number) && digits == 0 && max == 2 && !nibbles;
            out.length = length(if nibbles {
                max
            } else if three {
                3
            } else {
                max.saturating_mul(2)
            });
            out.right = three || !spec.text("left_pad").is_empty();
            out.counts = if nibbles || digits == 0 { Counts::Units } else { Counts::Bytes };
        } else {
            out.kind = Kind::Bytes;
            out.length = length(if nibbles { max.div_ceil(2) } else { max });
            out.counts = if nibbles && digits > 0 { Counts::Nibbles } else { Counts::Units };
        }
    } else {
        out.coding = Some(coding(word(spec, "data_enc"), &id, line, notes));
        out.kind = match number {
            _ if track => Kind::Track,
            28..=31 if digits == 0 && max == 9 => {
                out.length = Length::Fixed(8);
                Kind::Signed
            }
            97 if digits == 0 && max == 17 => {
                out.length = Length::Fixed(16);
                Kind::Signed
            }
            n if standard::is_numeric(n) && !(28..=31).contains(&n) => Kind::Digits,
            _ => Kind::Text,
        };
        if out.kind != Kind::Text && out.coding == Some(Code::Gbk) {
            out.coding = Some(Code::Ascii);
        }
    }
    if let Length::Prefixed { digits, max } = out.length {
        // What the prefix can say is in what it counts.
        let most = match out.counts {
            Counts::Units => largest(digits, out.prefix),
            Counts::Bytes => largest(digits, out.prefix).saturating_mul(2),
            Counts::Nibbles => largest(digits, out.prefix).div_ceil(2),
        };
        if max > most {
            notes.add(id, line, notes::capped(max, most));
            out.length = Length::Prefixed { digits, max: most };
        }
    }
    Some(out)
}
