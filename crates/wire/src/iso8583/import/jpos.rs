//! The packager XML of jPOS: `isopackager` with `isofield` and, for composites, `isofieldpackager`.

use roxmltree::{Document, Node, ParsingOptions};

use super::jpos_classes::{Class, Special, class, guessed};
use super::layout::{Code, Counts, Field, Header, Inner, Kind, Layout, Length, Part, Shape, largest};
use super::notes::{self, Notes};
use super::{ImportError, standard};

/// Elements read at most; the largest real packager has some thousand.
const MOST_NODES: u32 = 400_000;
/// Deepest nesting; the XML parser itself has no limit.
const DEEPEST: usize = 64;

/// Line of every byte offset, without counting from the start each time.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Self {
        Lines(text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| i).collect())
    }

    fn at(&self, offset: usize) -> usize {
        self.0.partition_point(|end| *end < offset) + 1
    }
}

/// Reads a packager.
pub(super) fn read(text: &str, notes: &mut Notes) -> Result<Layout, ImportError> {
    guard_depth(text)?;
    let options = ParsingOptions { allow_dtd: true, nodes_limit: MOST_NODES, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options).map_err(|e| {
        let at = e.pos();
        let place = (usize::try_from(at.row).unwrap_or(1).max(1), usize::try_from(at.col).unwrap_or(1).max(1));
        ImportError::at(
            place,
            "这里不是正确的 XML；请检查这一处的标签、引号和结束标签",
            "this is no well-formed XML here; check the tag, its quotation marks and its end tag",
        )
    })?;
    let lines = Lines::of(text);
    let place = |node: Node<'_, '_>| {
        let line = lines.at(node.range().start);
        let start = line.checked_sub(2).and_then(|i| lines.0.get(i)).map_or(0, |end| end + 1);
        (line, text.get(start..node.range().start).map_or(1, |s| s.chars().count() + 1))
    };
    let Some(root) = document.descendants().find(|n| n.has_tag_name("isopackager")) else {
        return Err(ImportError::at(
            place(document.root_element()),
            "没有 isopackager 元素，这不是 jPOS 的 packager 文件",
            "there is no isopackager element; this is no packager file of jPOS",
        ));
    };
    let mut layout = Layout::default();
    if let Some(bytes) = root.attribute("headerLength").and_then(|v| v.trim().parse().ok()).filter(|n| (1..=64).contains(n)) {
        layout.header = Some(Header { bytes, coding: Code::Binary });
    }
    if root.has_attribute("thirdBitmapField") {
        notes.add("", lines.at(root.range().start), notes::third_bitmap());
    }
    let mut any = false;
    for node in elements(root) {
        any = true;
        message_field(node, lines.at(node.range().start), &lines, &mut layout, notes);
    }
    if !any {
        return Err(ImportError::at(place(root), "isopackager 里没有 isofield", "the isopackager has no isofield"));
    }
    Ok(layout)
}

/// Refuses nesting that would exhaust the stack, before the XML is parsed.
fn guard_depth(text: &str) -> Result<(), ImportError> {
    let (mut depth, mut line) = (0usize, 1usize);
    let bytes = text.as_bytes();
    for (i, byte) in bytes.iter().enumerate() {
        match byte {
            b'\n' => line += 1,
            b'<' => match bytes.get(i + 1) {
                Some(b'/') => depth = depth.saturating_sub(1),
                Some(b'!' | b'?') => {}
                _ => depth += 1,
            },
            b'>' if i > 0 && bytes.get(i - 1) == Some(&b'/') => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEEPEST {
            return Err(ImportError::at((line, 1), "标签嵌套超过 64 层", "more than 64 levels of tags"));
        }
    }
    Ok(())
}

fn elements<'a, 'i>(node: Node<'a, 'i>) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(|n| n.has_tag_name("isofield") || n.has_tag_name("isofieldpackager"))
}

/// The class of a node and its length. The class keeps no package: people put their own subclasses elsewhere.
fn class_of(node: Node<'_, '_>, field: &str, line: usize, notes: &mut Notes) -> Option<(Class, usize)> {
    let full = node.attribute("class").unwrap_or_default().trim();
    let name = full.rsplit('.').next().unwrap_or_default();
    let Some(found) = class(name).or_else(|| guessed(name)) else {
        notes.add(field, line, notes::unknown_class(full));
        return None;
    };
    let length = node.attribute("length").and_then(|v| v.trim().parse::<usize>().ok()).filter(|n| *n <= 999_999);
    let free = matches!(found.special, Special::Nothing | Special::Bitmap);
    if length == Some(0) && !free {
        // People write length 0 for a field that they do not use.
        return Some((Class { special: Special::Nothing, ..found }, 0));
    }
    let Some(length) = length.or(free.then_some(0)) else {
        notes.add(field, line, notes::bad_length());
        return None;
    };
    if class(name).is_none() {
        let pad = node.attribute("pad") == Some("true");
        notes.add(field, line, notes::guessed_class(name, &shape(found, length, pad, &mut |_| {}).format()));
    }
    Some((found, length))
}

fn message_field(node: Node<'_, '_>, line: usize, lines: &Lines, layout: &mut Layout, notes: &mut Notes) {
    let id = node.attribute("id").unwrap_or_default().trim();
    let Ok(number @ 0..=128) = id.parse::<u16>() else {
        notes.add("", line, notes::bad_number(id));
        return;
    };
    let Some((class, length)) = class_of(node, id, line, notes) else { return };
    match (number, class.special) {
        (0, _) => layout.mti = Some(if class.value == Code::Binary { Code::Bcd } else { class.value }),
        (1, _) => layout.bitmap = Some(class.value),
        (_, Special::Nothing) => notes.add(id, line, notes::not_sent()),
        _ => {
            let pad = node.attribute("pad") == Some("true");
            let mut shape = shape(class, length, pad, &mut |text| notes.add(id, line, text));
            if class.special == Special::TokenEnd {
                notes.add(id, line, notes::token_end());
            }
            if standard::is_track(number) && matches!(shape.kind, Kind::Digits | Kind::Text) {
                shape.kind = Kind::Track;
            }
            let name = node.attribute("name").unwrap_or_default().to_owned();
            let inner = if node.has_tag_name("isofieldpackager") { inside(node, id, shape, lines, notes) } else { Inner::Nothing };
            layout.fields.push(Field { number, name, shape, inner, line });
        }
    }
}

/// A class in our terms; what has no exact counterpart is told to `note`.
fn shape(class: Class, length: usize, pad: bool, note: &mut dyn FnMut(posdx_model::Text)) -> Shape {
    let value = Some(class.value).filter(|c| *c != Code::Binary);
    let put = if class.prefix > 4 { 4 } else { class.prefix };
    if put != class.prefix {
        note(notes::long_prefix(class.prefix, put));
    }
    let mut out = Shape {
        kind: class.kind,
        length: if put == 0 { Length::Fixed(length) } else { Length::Prefixed { digits: put, max: length } },
        right: pad && class.kind == Kind::Digits,
        coding: value,
        prefix: (put > 0).then_some(class.length),
        counts: Counts::Units,
    };
    match class.special {
        Special::HexLetters if put == 0 => {
            note(notes::hex_value());
            out = Shape::fixed(Kind::Text, length.saturating_mul(2), value);
        }
        Special::HexLetters => note(notes::hex_value_counted()),
        Special::PackedHex => out.length = Length::Fixed(length.div_ceil(2)),
        Special::PackedSign => {
            let bytes = 1 + length / 2;
            note(notes::packed_sign(bytes));
            out.length = Length::Fixed(bytes);
        }
        Special::ZonedSign => note(notes::signed_digit()),
        Special::Translated => note(notes::translated_bytes()),
        Special::CountsBytes => {
            note(notes::filler_f());
            out.counts = Counts::Bytes;
        }
        Special::CountsNibbles => out.counts = Counts::Nibbles,
        Special::RoundedEven => {
            note(notes::rounded_even());
            out.length = Length::Prefixed { digits: put, max: length + length % 2 };
            out.right = pad;
        }
        Special::Filled => {
            // A binary length is one byte, whatever digits it stands for.
            let prefix = if class.length == Code::Binary { 1 } else { put };
            note(notes::filled_block(prefix));
            out = Shape::fixed(class.kind, length.saturating_add(prefix), value);
        }
        Special::Bitmap if value.is_some() => out = Shape::fixed(Kind::Text, length.saturating_mul(2), value),
        _ => {}
    }
    if class.kind == Kind::Signed {
        // The length counts the sign letter, the format does not.
        out.length = Length::Fixed(length.saturating_sub(1).max(1));
    }
    if let Length::Prefixed { digits, max } = out.length {
        let most = largest(digits, out.prefix);
        if max > most {
            note(notes::capped(max, most));
            out.length = Length::Prefixed { digits, max: most };
        }
    }
    out
}

/// The inside of an `isofieldpackager`.
fn inside(node: Node<'_, '_>, id: &str, around: Shape, lines: &Lines, notes: &mut Notes) -> Inner {
    let line = lines.at(node.range().start);
    let packager = node.attribute("packager").unwrap_or_default();
    if packager.contains("BERTLV") {
        return Inner::Ber;
    }
    if node.attribute("emitBitmap") == Some("true") || packager.contains("Base1SubFieldPackager") {
        notes.add(id, line, notes::inner_bitmap());
        return Inner::Nothing;
    }
    if packager.contains("Dataset") {
        notes.add(id, line, notes::binary_tag());
        return Inner::Nothing;
    }
    let mut children: Vec<Child<'_>> = Vec::new();
    for child in elements(node) {
        let key = child.attribute("id").unwrap_or_default().trim();
        let (line, part) = (lines.at(child.range().start), format!("{id}.{}", notes::shown(key)));
        let Some((class, length)) = class_of(child, &part, line, notes) else {
            if !children.is_empty() {
                notes.add(part, line, notes::part_unknown());
                children.push(Child { key, name: child.attribute("name").unwrap_or_default(), class: None, length: 0, node: child, line });
            }
            break;
        };
        match class.special {
            Special::Nothing => {}
            Special::Bitmap => {
                notes.add(part, line, notes::inner_bitmap());
                return Inner::Nothing;
            }
            Special::MixedTag => {
                notes.add(part, line, notes::mixed_inside());
                return Inner::Nothing;
            }
            Special::LengthThenTag => {
                notes.add(part, line, notes::length_before_tag());
                return Inner::Nothing;
            }
            _ => {
                let name = child.attribute("name").unwrap_or_default();
                children.push(Child { key, name, class: Some(class), length, node: child, line });
            }
        }
    }
    let tagged = |c: &Child<'_>| matches!(c.class, Some(Class { special: Special::Tag(_), .. }));
    if children.iter().any(tagged) {
        return tags(&children, around.coding.unwrap_or(Code::Ascii), id, line, notes);
    }
    let mut parts = Vec::new();
    for child in &children {
        let field = format!("{id}.{}", notes::shown(child.key));
        let pad = child.node.attribute("pad") == Some("true");
        let shape = match child.class {
            None => rest_of(around),
            Some(class) => shape(class, child.length, pad, &mut |text| notes.add(field.as_str(), child.line, text)),
        };
        let ended = child.class.is_some_and(|c| c.special == Special::TokenEnd);
        if ended {
            notes.add(field.as_str(), child.line, notes::part_unknown());
        }
        if child.node.has_tag_name("isofieldpackager") {
            notes.add(field.as_str(), child.line, notes::nested());
        }
        let shape = if ended { rest_of(around) } else { shape };
        parts.push(Part { id: child.key.to_owned(), name: child.name.to_owned(), shape });
        if ended {
            break;
        }
    }
    if parts.is_empty() { Inner::Nothing } else { Inner::Parts(parts) }
}

struct Child<'a> {
    key: &'a str,
    name: &'a str,
    class: Option<Class>,
    length: usize,
    node: Node<'a, 'a>,
    line: usize,
}

/// All that is left, in the terms of the field around it.
fn rest_of(around: Shape) -> Shape {
    Shape { length: Length::Rest, right: false, prefix: None, counts: Counts::Units, ..around }
}

/// Tagged parts, when all write tag and length in the same way and in the coding of the field `around` them; fixed parts may stand
/// before them.
fn tags(children: &[Child<'_>], around: Code, id: &str, line: usize, notes: &mut Notes) -> Inner {
    let mut width = None;
    let mut skip = 0usize;
    let mut names = Vec::new();
    for child in children {
        let Some(class) = child.class else { continue };
        let token = child.node.attribute("token").unwrap_or_default();
        match class.special {
            Special::Tag(tag) => {
                let tag = if tag == 0 { token.chars().count() } else { tag };
                let this = (tag, class.prefix);
                if !(1..=8).contains(&tag) || class.length != around || width.is_some_and(|w| w != this) {
                    let why = if class.length == Code::Bcd { notes::binary_tag() } else { notes::mixed_inside() };
                    notes.add(id, line, why);
                    return Inner::Nothing;
                }
                width = Some(this);
                let key = if token.is_empty() { child.key } else { token };
                // `##` stands for every tag that has no line of its own.
                if !key.starts_with('#') {
                    names.push((format!("{key:0>tag$}"), child.name.to_owned()));
                }
            }
            Special::OptionalLetter | Special::Plain if width.is_none() && class.prefix == 0 => skip = skip.saturating_add(child.length),
            _ => {
                notes.add(id, line, notes::mixed_inside());
                return Inner::Nothing;
            }
        }
    }
    width.map_or(Inner::Nothing, |(tag, length)| Inner::Tagged { tag, length, skip, names })
}
