//! A layout written as a dialect file: defaults first, then one line a field, then the composite fields.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::layout::{Code, Counts, Field, Inner, Kind, Layout, Length, Part, Shape};
use super::notes::{self, Notes};
use super::{Options, Source, standard};

/// The codings that stand once at the top and need no mention in a field.
struct Defaults {
    digits: Option<Code>,
    text: Option<Code>,
    lengths: Option<Code>,
}

impl Defaults {
    fn of(&self, kind: Kind) -> Option<Code> {
        match kind {
            Kind::Digits | Kind::Track => self.digits,
            Kind::Text | Kind::Signed => self.text,
            Kind::Bytes => None,
        }
    }
}

/// The dialect file.
pub(super) fn toml(name: &str, layout: &Layout, source: Source, options: &Options<'_>, notes: &mut Notes) -> String {
    let of = |pick: fn(&Field) -> Option<Code>| commonest(layout.fields.iter().filter_map(pick));
    let defaults = Defaults {
        digits: of(|f| f.shape.coding.filter(|_| matches!(f.shape.kind, Kind::Digits | Kind::Track))),
        text: of(|f| f.shape.coding.filter(|_| matches!(f.shape.kind, Kind::Text | Kind::Signed))),
        lengths: of(|f| f.shape.prefix),
    };
    let program = match source {
        Source::Jpos => "jPOS",
        Source::Moov => "moov-io/iso8583",
        Source::Pyiso8583 => "pyiso8583",
    };
    let name = match (notes::shown(name), notes::shown(&layout.title)) {
        (name, title) if name.is_empty() && title.is_empty() => "imported".to_owned(),
        (name, title) if name.is_empty() => title,
        (name, _) => name,
    };
    let mut out = format!("# imported from {program}");
    if !layout.title.is_empty() {
        let _ = write!(out, ": {}", notes::shown(&layout.title));
    }
    match options.inherits {
        Some(base) => _ = writeln!(out, ". A field that is not here is as in `{}`.", notes::shown(base)),
        None => out.push_str(". It inherits from no other dialect.\n"),
    }
    let _ = writeln!(out, "id = {}", quoted(&id_of(&name)));
    let _ = writeln!(out, "title = {}", pair(&format!("{name}（从 {program} 导入）"), &format!("{name} (imported from {program})")));
    if let Some(base) = options.inherits {
        let _ = writeln!(out, "inherits = {}", quoted(base));
    }
    let tops = [
        ("mti", layout.mti),
        ("bitmap", layout.bitmap),
        ("digits", defaults.digits),
        ("text", defaults.text),
        ("lengths", defaults.lengths),
    ];
    for (key, code) in tops {
        if let Some(code) = code {
            let _ = writeln!(out, "{key} = \"{}\"", code.as_str());
        }
    }
    if let Some(header) = layout.header {
        let _ = write!(
            out,
            "\n[[frame]]\nid = \"imported\"\nlength = \"none\"\ntpdu = false\nheader = {}\nheader_coding = \"{}\"\n",
            header.bytes,
            header.coding.as_str()
        );
    }
    out.push_str("\n[field]\n");
    let (plain, composite): (Vec<_>, Vec<_>) = layout.fields.iter().partition(|f| matches!(f.inner, Inner::Nothing | Inner::Ber));
    for field in plain {
        let mut keys = keys_of(field, &defaults, options, notes);
        if matches!(field.inner, Inner::Ber) {
            keys.push("tlv = \"ber\"".to_owned());
        }
        let _ = writeln!(out, "{} = {{ {} }}", field.number, keys.join(", "));
    }
    for field in composite {
        let _ = writeln!(out, "\n[field.{}]", field.number);
        for key in keys_of(field, &defaults, options, notes) {
            let _ = writeln!(out, "{key}");
        }
        match &field.inner {
            Inner::Parts(parts) => parts_of(&mut out, field, parts, &defaults, notes),
            Inner::Tagged { tag, length, skip, names } => tags_of(&mut out, field.number, (*tag, *length, *skip), names),
            Inner::Nothing | Inner::Ber => {}
        }
    }
    out
}

/// The keys of a field, `format` first.
fn keys_of(field: &Field, defaults: &Defaults, options: &Options<'_>, notes: &mut Notes) -> Vec<String> {
    let shape = &field.shape;
    let mut keys = vec![format!("format = \"{}\"", shape.format())];
    if let Some(code) = shape.coding.filter(|c| Some(*c) != defaults.of(shape.kind)) {
        keys.push(format!("coding = \"{}\"", code.as_str()));
    }
    if let Some(code) = shape.prefix.filter(|c| Some(*c) != defaults.lengths) {
        keys.push(format!("lengths = \"{}\"", code.as_str()));
    }
    match shape.counts {
        Counts::Units => {}
        Counts::Bytes => keys.push("counts = \"bytes\"".to_owned()),
        Counts::Nibbles => keys.push("counts = \"nibbles\"".to_owned()),
    }
    names_of(field, options, notes, &mut keys);
    keys
}

/// The base's name stays where it agrees with the source's; otherwise the source's English stands beside the field's number.
fn names_of(field: &Field, options: &Options<'_>, notes: &mut Notes, keys: &mut Vec<String>) {
    let known = match (options.inherits, options.names) {
        (None, _) => &[],
        (_, Some(names)) => names,
        (Some("iso87"), None) => standard::ISO87_NAMES,
        (Some(_), None) => &[],
    };
    let base = known.iter().find(|(n, _)| *n == field.number).map(|(_, name)| *name);
    if base.is_some_and(|base| standard::same_meaning(&field.name, base)) {
        return;
    }
    let name = notes::shown(&field.name);
    let en = if name.is_empty() { format!("Field {}", field.number) } else { name };
    keys.push(format!("name = {}", pair(&format!("域 {}", field.number), &en)));
    if base.is_some() && standard::is_read(field.number) {
        notes.add(field.number.to_string(), field.line, notes::other_meaning(&field.name));
        keys.push("meaning = \"text\"".to_owned());
    }
    // What the base keeps secret stays secret by inheritance. Anything else the source's name must tell.
    let inherited = base.is_some() && standard::secret_of(field.number).is_some();
    let own = standard::secret_of(field.number).or_else(|| standard::secret_in(&field.name));
    let free = matches!((field.shape.kind, field.shape.length), (Kind::Text | Kind::Bytes, Length::Prefixed { max: 100.., .. }));
    if let Some(secret) = own.or((base.is_none() && free).then_some("mixed")).filter(|_| !inherited) {
        keys.push(format!("secret = \"{secret}\""));
    }
}

/// The parts of a composite, one a line, in the units of the field around them.
fn parts_of(out: &mut String, field: &Field, parts: &[Part], defaults: &Defaults, notes: &mut Notes) {
    out.push_str("parts = [\n");
    let mut used: BTreeMap<String, usize> = BTreeMap::new();
    for part in parts {
        let own = notes::shown(&part.id);
        let count = used.entry(own.clone()).and_modify(|n| *n += 1).or_insert(1);
        let id = if *count == 1 { own } else { format!("{own}-{count}") };
        let place = format!("{}.{id}", field.number);
        let mut shape = part.shape;
        if let (Kind::Bytes | Kind::Text, Some(Code::Bcd), Some(bytes)) = (field.shape.kind, shape.coding, shape.fixed_bytes()) {
            notes.add(place.as_str(), field.line, notes::packed_part());
            shape = Shape::fixed(Kind::Bytes, bytes, None);
        }
        if shape.prefix.is_some_and(|c| Some(c) != defaults.lengths) {
            notes.add(place.as_str(), field.line, notes::part_prefix());
        }
        let name = notes::shown(&part.name);
        let en = if name.is_empty() { format!("Part {id}") } else { name };
        let mut keys = vec![
            format!("id = {}", quoted(&id)),
            format!("name = {}", pair(&format!("第 {id} 部分"), &en)),
            format!("format = \"{}\"", shape.format()),
        ];
        // Said whenever the field around it and the file's default would not both give the same.
        let agreed = |c: Code| Some(c) == field.shape.coding && Some(c) == defaults.of(shape.kind);
        if let Some(code) = shape.coding.filter(|c| !agreed(*c)) {
            keys.push(format!("coding = \"{}\"", code.as_str()));
        }
        if let Some(secret) = standard::secret_in(&part.name) {
            keys.push(format!("secret = \"{secret}\""));
        }
        let _ = writeln!(out, "  {{ {} }},", keys.join(", "));
    }
    out.push_str("]\n");
}

/// Tags of fixed width and their names.
fn tags_of(out: &mut String, number: u16, (tag, length, skip): (usize, usize, usize), names: &[(String, String)]) {
    let skip = if skip == 0 { String::new() } else { format!(", skip = {skip}") };
    let _ = writeln!(out, "tlv = {{ tag = {tag}, length = {length}{skip} }}");
    let last: BTreeMap<String, &String> = names.iter().map(|(key, name)| (notes::shown(key), name)).collect();
    let _ = writeln!(out, "\n[field.{number}.tlv_names]");
    for (key, name) in last {
        let shown = notes::shown(name);
        let en = if shown.is_empty() { format!("Tag {key}") } else { shown };
        let secret = standard::secret_in(name).map(|s| format!(", secret = \"{s}\"")).unwrap_or_default();
        let _ = writeln!(out, "{} = {{ name = {}{secret} }}", quoted(&key), pair(&format!("标签 {key}"), &en));
    }
}

/// The coding that most have; the first in order among equals.
fn commonest(codes: impl Iterator<Item = Code>) -> Option<Code> {
    let mut counts: BTreeMap<Code, usize> = BTreeMap::new();
    for code in codes {
        *counts.entry(code).or_default() += 1;
    }
    counts.into_iter().rev().max_by_key(|(_, n)| *n).map(|(code, _)| code)
}

/// Lower case letters, digits and single hyphens.
fn id_of(name: &str) -> String {
    let mut id = String::new();
    for c in name.chars() {
        if c.is_ascii_alphanumeric() {
            id.push(c.to_ascii_lowercase());
        } else if !id.is_empty() && !id.ends_with('-') {
            id.push('-');
        }
    }
    let id = id.trim_end_matches('-');
    if id.is_empty() { "imported".to_owned() } else { id.to_owned() }
}

fn pair(zh: &str, en: &str) -> String {
    format!("{{ zh = {}, en = {} }}", quoted(zh), quoted(en))
}

/// A basic string of TOML.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if c.is_control() => _ = write!(out, "\\u{:04X}", u32::from(c)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
