//! TOML → [`Dialects`]: inheritance filled in, formats compiled, every slip named with file and line.

use std::collections::BTreeMap;

use posdx_model::{Grade, SecretKind, Text};
use serde::Deserialize;
use toml::Spanned;

use super::format::{Coding, Counts, Defaults, Format, Length};
use super::{
    About, Dialect, Dialects, Effect, Field, Frame, Layout, LengthCounts, LengthForm, Meaning, Nested, Part, Subject, Table, Transaction,
    ValueEntry, When,
};

/// Why a dialect cannot be used, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {message}")]
pub struct DialectError {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong and what to do.
    pub message: String,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Shape {
    id: Spanned<String>,
    title: Text,
    #[serde(default)]
    inherits: Option<Spanned<String>>,
    #[serde(default)]
    mti: Option<Coding>,
    #[serde(default)]
    bitmap: Option<Coding>,
    #[serde(default)]
    digits: Option<Coding>,
    #[serde(default)]
    text: Option<Coding>,
    #[serde(default)]
    lengths: Option<Coding>,
    #[serde(default)]
    version: Option<u8>,
    #[serde(default)]
    weight: Option<f64>,
    #[serde(default)]
    track_separator: Option<char>,
    #[serde(default)]
    responses: Option<String>,
    #[serde(default)]
    currency: Option<String>,
    #[serde(default)]
    frame: Option<Vec<FrameShape>>,
    #[serde(default)]
    transaction: Vec<TransactionShape>,
    #[serde(default)]
    field: BTreeMap<String, Spanned<FieldShape>>,
    #[serde(default)]
    values: BTreeMap<String, BTreeMap<String, ValueShape>>,
    /// Where the layout comes from.
    #[serde(default)]
    #[allow(dead_code, reason = "for readers of the file")]
    sources: Option<Vec<String>>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct FrameShape {
    id: String,
    #[serde(default = "no_length")]
    length: LengthForm,
    #[serde(default = "after")]
    counts: LengthCounts,
    #[serde(default)]
    tpdu: bool,
    #[serde(default)]
    header: u16,
    #[serde(default)]
    header_starts: String,
    #[serde(default)]
    header_coding: Option<Coding>,
    #[serde(default)]
    header_parts: Vec<PartShape>,
}

fn no_length() -> LengthForm {
    LengthForm::None
}

fn after() -> LengthCounts {
    LengthCounts::After
}

#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldShape {
    #[serde(default)]
    format: Option<Spanned<String>>,
    #[serde(default)]
    name: Option<Text>,
    #[serde(default)]
    coding: Option<Coding>,
    #[serde(default)]
    lengths: Option<Coding>,
    #[serde(default)]
    counts: Option<Counts>,
    #[serde(default)]
    secret: Option<SecretWord>,
    #[serde(default)]
    meaning: Option<Meaning>,
    #[serde(default)]
    values: Option<String>,
    #[serde(default)]
    grade: Option<Grade>,
    #[serde(default)]
    parts: Vec<PartShape>,
    #[serde(default)]
    tlv: Option<TlvShape>,
    #[serde(default)]
    layouts: Vec<LayoutShape>,
    #[serde(default)]
    tlv_names: BTreeMap<String, AboutShape>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct PartShape {
    id: String,
    name: Text,
    format: Spanned<String>,
    #[serde(default)]
    coding: Option<Coding>,
    #[serde(default)]
    lengths: Option<Coding>,
    #[serde(default)]
    secret: Option<SecretWord>,
    #[serde(default)]
    meaning: Option<Meaning>,
    #[serde(default)]
    values: Option<String>,
    #[serde(default)]
    grade: Option<Grade>,
    #[serde(default)]
    tlv: Option<TlvShape>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct LayoutShape {
    when: BTreeMap<String, OneOrMany>,
    #[serde(default)]
    name: Option<Text>,
    #[serde(default)]
    secret: Option<SecretWord>,
    #[serde(default)]
    meaning: Option<Meaning>,
    #[serde(default)]
    values: Option<String>,
    #[serde(default)]
    grade: Option<Grade>,
    #[serde(default)]
    parts: Vec<PartShape>,
    #[serde(default)]
    tlv: Option<TlvShape>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct TransactionShape {
    id: String,
    name: Text,
    effect: Effect,
    when: BTreeMap<String, OneOrMany>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct AboutShape {
    name: Text,
    #[serde(default)]
    secret: Option<SecretWord>,
    #[serde(default)]
    meaning: Option<Meaning>,
    #[serde(default)]
    values: Option<String>,
    #[serde(default)]
    grade: Option<Grade>,
}

/// A kind of secret, or `none` where a dialect knows better than the one it inherits from.
#[derive(Clone, Copy, Deserialize)]
#[serde(untagged)]
enum SecretWord {
    Kind(SecretKind),
    None(NoSecret),
}

#[derive(Clone, Copy, Deserialize)]
enum NoSecret {
    #[serde(rename = "none")]
    None,
}

impl SecretWord {
    fn kind(self) -> Option<SecretKind> {
        match self {
            SecretWord::Kind(kind) => Some(kind),
            SecretWord::None(NoSecret::None) => None,
        }
    }
}

#[derive(Clone, Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(Word),
    Many(Vec<Word>),
}

#[derive(Clone, Deserialize)]
#[serde(untagged)]
enum Word {
    Text(String),
    Number(u32),
}

impl Word {
    fn text(&self) -> String {
        match self {
            Word::Text(text) => text.clone(),
            Word::Number(number) => number.to_string(),
        }
    }
}

#[derive(Clone, Deserialize)]
#[serde(untagged)]
enum TlvShape {
    Named(String),
    Fixed {
        tag: u8,
        length: u8,
        #[serde(default)]
        skip: u8,
    },
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct ValueShape {
    zh: String,
    en: String,
    #[serde(default)]
    grade: Option<Grade>,
}

impl Dialects {
    /// Reads a set of files, `(name, text)` each; a dialect may inherit from any other of the set.
    pub fn read(files: &[(&str, &str)]) -> Result<Dialects, Vec<DialectError>> {
        let mut shapes = BTreeMap::new();
        let mut errors = Vec::new();
        for (file, text) in files {
            match toml::from_str::<Shape>(text) {
                Ok(shape) => {
                    let source = Source { file, text };
                    let id = shape.id.get_ref().clone();
                    if let Some((_, other)) = shapes.get(&id) {
                        let other: &Source<'_> = other;
                        errors.push(source.error(shape.id.span(), format!("`{id}` is already the id of {}", other.file)));
                    } else {
                        shapes.insert(id, (shape, source));
                    }
                }
                Err(e) => errors.push(DialectError {
                    file: (*file).to_owned(),
                    line: e.span().map_or(1, |span| line_of(text, span.start)),
                    message: e.message().to_owned(),
                }),
            }
        }
        let mut all = Vec::new();
        for id in shapes.keys() {
            match whole(id, &shapes).and_then(|whole| whole.compile(id)) {
                Ok(dialect) => all.push(dialect),
                Err(error) if errors.contains(&error) => {}
                Err(error) => errors.push(error),
            }
        }
        if errors.is_empty() { Ok(Dialects { all }) } else { Err(errors) }
    }
}

#[derive(Clone, Copy)]
struct Source<'a> {
    file: &'a str,
    text: &'a str,
}

impl Source<'_> {
    fn error(&self, span: std::ops::Range<usize>, message: String) -> DialectError {
        DialectError { file: self.file.to_owned(), line: line_of(self.text, span.start), message }
    }
}

fn line_of(text: &str, at: usize) -> usize {
    1 + text.bytes().take(at).filter(|b| *b == b'\n').count()
}

/// A dialect with everything that it inherits, before it is compiled.
struct Whole<'a> {
    shape: Shape,
    fields: BTreeMap<usize, (FieldShape, std::ops::Range<usize>, Source<'a>)>,
    source: Source<'a>,
}

/// Fills in what is inherited: the farthest ancestor first, each generation overriding.
fn whole<'a>(id: &str, shapes: &BTreeMap<String, (Shape, Source<'a>)>) -> Result<Whole<'a>, DialectError> {
    let mut line = Vec::new();
    let mut next = shapes.get(id);
    while let Some((shape, source)) = next {
        line.push((shape, *source));
        let Some(parent) = &shape.inherits else { break };
        let known = shapes.get(parent.get_ref());
        if known.is_none() {
            return Err(source.error(parent.span(), format!("inherits from `{}`, which no file describes", parent.get_ref())));
        }
        if line.len() > shapes.len() {
            return Err(source.error(parent.span(), format!("`{id}` inherits from itself in the end")));
        }
        next = known;
    }
    let mut result: Option<Whole<'a>> = None;
    for (shape, source) in line.into_iter().rev() {
        let mut whole = result.unwrap_or_else(|| Whole { shape: shape.clone(), fields: BTreeMap::new(), source });
        whole.source = source;
        overlay(&mut whole.shape, shape);
        for (number, field) in &shape.field {
            let n = number
                .parse()
                .ok()
                .filter(|n| (2..=128).contains(n))
                .ok_or_else(|| source.error(field.span(), format!("`{number}` is no field; fields are 2 to 128")))?;
            let mut own = field.get_ref().clone();
            if let Some((parent, ..)) = whole.fields.get(&n) {
                inherit(&mut own, parent);
            }
            whole.fields.insert(n, (own, field.span(), source));
        }
        result = Some(whole);
    }
    result.ok_or_else(|| DialectError { file: String::new(), line: 1, message: format!("`{id}` is not described") })
}

fn overlay(whole: &mut Shape, shape: &Shape) {
    whole.title = shape.title.clone();
    whole.mti = shape.mti.or(whole.mti);
    whole.bitmap = shape.bitmap.or(whole.bitmap);
    whole.digits = shape.digits.or(whole.digits);
    whole.text = shape.text.or(whole.text);
    whole.version = shape.version.or(whole.version);
    whole.weight = shape.weight;
    whole.track_separator = shape.track_separator.or(whole.track_separator);
    whole.lengths = shape.lengths.or(whole.lengths);
    whole.responses = shape.responses.clone().or(whole.responses.take());
    whole.currency = shape.currency.clone().or(whole.currency.take());
    // A child's own kinds of business are looked at before its parents'.
    let parents = std::mem::take(&mut whole.transaction);
    let mut own = shape.transaction.clone();
    own.extend(parents.into_iter().filter(|p| !shape.transaction.iter().any(|t| t.id == p.id)));
    whole.transaction = own;
    whole.frame = shape.frame.clone().or(whole.frame.take());
    for (name, table) in &shape.values {
        whole.values.entry(name.clone()).or_default().extend(table.iter().map(|(k, v)| (k.clone(), v.clone())));
    }
}

/// What a field that is described anew keeps from its parent: who it is, not how it is laid out. Without a format of its own, that too.
fn inherit(own: &mut FieldShape, parent: &FieldShape) {
    own.name = own.name.take().or_else(|| parent.name.clone());
    own.secret = own.secret.or(parent.secret);
    own.meaning = own.meaning.or(parent.meaning);
    own.values = own.values.take().or_else(|| parent.values.clone());
    if own.format.is_none() {
        own.format = parent.format.clone();
        own.coding = own.coding.or(parent.coding);
        own.lengths = own.lengths.or(parent.lengths);
        own.counts = own.counts.or(parent.counts);
        if own.parts.is_empty() && own.tlv.is_none() && own.layouts.is_empty() {
            own.parts = parent.parts.clone();
            own.tlv = parent.tlv.clone();
            own.layouts = parent.layouts.clone();
            own.tlv_names = parent.tlv_names.clone();
        }
    }
}

impl Whole<'_> {
    fn compile(&self, id: &str) -> Result<Dialect, DialectError> {
        let shape = &self.shape;
        let defaults = Defaults {
            digits: shape.digits.unwrap_or(Coding::Ascii),
            text: shape.text.unwrap_or(Coding::Ascii),
            lengths: shape.lengths.unwrap_or(Coding::Ascii),
            separator: shape.track_separator.unwrap_or('D'),
        };
        let mut fields = vec![None; 129];
        let mut formats = vec![None; 129];
        for (n, (field, span, source)) in &self.fields {
            let compiled = compile_field(field, defaults, &shape.values)
                .map_err(|message| source.error(span.clone(), format!("field {n}: {message}")))?;
            formats[*n] = Some(compiled.format);
            fields[*n] = Some(compiled);
        }
        let mut frames = Vec::new();
        for frame in shape.frame.iter().flatten() {
            frames.push(
                compile_frame(frame, defaults).map_err(|message| self.source.error(0..0, format!("frame `{}`: {message}", frame.id)))?,
            );
        }
        let mut tables: BTreeMap<String, Table> = BTreeMap::new();
        for (name, entries) in &shape.values {
            let table = tables.entry(name.clone()).or_default();
            for (value, entry) in entries {
                let text = Text::new(entry.zh.clone(), entry.en.clone());
                table.insert(value.clone(), ValueEntry { text, unconfirmed: entry.grade == Some(Grade::Unconfirmed) });
            }
        }
        let mti = shape.mti.unwrap_or(Coding::Ascii);
        if matches!(mti, Coding::Binary | Coding::Gbk) {
            return Err(self.source.error(0..0, "`mti` is ascii, bcd or ebcdic".into()));
        }
        let bitmap = match shape.bitmap.unwrap_or(Coding::Binary) {
            Coding::Bcd => Coding::Binary,
            Coding::Gbk => return Err(self.source.error(0..0, "`bitmap` is binary, ascii or ebcdic".into())),
            other => other,
        };
        let mut transactions = Vec::new();
        for t in &shape.transaction {
            let when = conditions(&t.when).map_err(|message| self.source.error(0..0, format!("transaction `{}`: {message}", t.id)))?;
            transactions.push(Transaction { id: t.id.clone(), name: t.name.clone(), effect: t.effect, when });
        }
        let (version, weight) = (shape.version, shape.weight.unwrap_or_default());
        let (responses, currency) = (shape.responses.clone(), shape.currency.clone());
        Ok(Dialect {
            id: id.to_owned(),
            title: shape.title.clone(),
            version,
            weight,
            mti,
            bitmap,
            responses,
            currency,
            frames,
            transactions,
            formats: formats.into(),
            fields,
            tables,
        })
    }
}

fn compile_frame(shape: &FrameShape, defaults: Defaults) -> Result<Frame, String> {
    let coding = shape.header_coding.unwrap_or(Coding::Binary);
    let defaults = if coding == Coding::Binary { defaults } else { Defaults { digits: coding, text: coding, ..defaults } };
    let starts = &shape.header_starts;
    if !starts.len().is_multiple_of(2) || !starts.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err("`header_starts` is hexadecimal, two digits a byte".into());
    }
    Ok(Frame {
        id: shape.id.clone(),
        length: shape.length,
        counts: shape.counts,
        tpdu: shape.tpdu,
        header: shape.header,
        header_starts: (0..starts.len()).step_by(2).filter_map(|i| u8::from_str_radix(starts.get(i..i + 2)?, 16).ok()).collect(),
        header_parts: shape.header_parts.iter().map(|p| compile_part(p, defaults)).collect::<Result<_, _>>()?,
    })
}

type Values = BTreeMap<String, BTreeMap<String, ValueShape>>;

fn compile_field(shape: &FieldShape, defaults: Defaults, tables: &Values) -> Result<Field, String> {
    let notation = shape.format.as_ref().ok_or("has no format, and none to inherit")?.get_ref();
    let format = Format::read(notation, defaults, shape.coding, shape.lengths, shape.counts.unwrap_or_default())?;
    if format.length == Length::Rest {
        return Err("only a part can take all that is left".into());
    }
    let about = About {
        name: shape.name.clone().ok_or("has no name, and none to inherit")?,
        secret: shape.secret.and_then(SecretWord::kind),
        meaning: shape.meaning,
        values: shape.values.clone(),
        unconfirmed: shape.grade == Some(Grade::Unconfirmed),
    };
    // Parts are written the way the field is.
    let inner = match format.coding {
        Coding::Binary => defaults,
        coding => Defaults { digits: coding, text: coding, ..defaults },
    };
    let own = Layout { when: Vec::new(), about: None, parts: parts(&shape.parts, inner)?, nested: nested(shape.tlv.as_ref(), inner.text)? };
    let mut layouts = Vec::new();
    for layout in &shape.layouts {
        let when = conditions(&layout.when)?;
        let about = About {
            name: layout.name.clone().unwrap_or_else(|| about.name.clone()),
            secret: layout.secret.map_or(about.secret, SecretWord::kind),
            meaning: layout.meaning.or(about.meaning),
            values: layout.values.clone().or_else(|| about.values.clone()),
            unconfirmed: about.unconfirmed || layout.grade == Some(Grade::Unconfirmed),
        };
        layouts.push(Layout {
            when,
            about: Some(about),
            parts: parts(&layout.parts, inner)?,
            nested: nested(layout.tlv.as_ref(), inner.text)?,
        });
    }
    let elements = shape.tlv_names.iter().map(|(tag, a)| {
        let unconfirmed = a.grade == Some(Grade::Unconfirmed);
        (
            tag.clone(),
            About {
                name: a.name.clone(),
                secret: a.secret.and_then(SecretWord::kind),
                meaning: a.meaning,
                values: a.values.clone(),
                unconfirmed,
            },
        )
    });
    let field = Field { format, about, own, layouts, elements: elements.collect() };
    for about in everything_named(&field) {
        if let Some(name) = about.values.as_ref().filter(|name| !tables.contains_key(*name)) {
            return Err(format!("its values should stand in `[values.{name}]`, which does not exist"));
        }
    }
    Ok(field)
}

fn everything_named(field: &Field) -> impl Iterator<Item = &About> {
    let layouts = std::iter::once(&field.own).chain(&field.layouts);
    let inside = layouts.flat_map(|l| l.about.iter().chain(l.parts.iter().map(|p| &p.about)));
    std::iter::once(&field.about).chain(inside).chain(field.elements.values())
}

fn parts(shapes: &[PartShape], defaults: Defaults) -> Result<Vec<Part>, String> {
    shapes.iter().map(|p| compile_part(p, defaults)).collect()
}

fn compile_part(shape: &PartShape, defaults: Defaults) -> Result<Part, String> {
    let format = Format::read(shape.format.get_ref(), defaults, shape.coding, shape.lengths, Counts::Units)
        .map_err(|message| format!("part {}: {message}", shape.id))?;
    let unconfirmed = shape.grade == Some(Grade::Unconfirmed);
    let about = About {
        name: shape.name.clone(),
        secret: shape.secret.and_then(SecretWord::kind),
        meaning: shape.meaning,
        values: shape.values.clone(),
        unconfirmed,
    };
    Ok(Part { id: shape.id.clone(), about, format, nested: nested(shape.tlv.as_ref(), defaults.text)? })
}

fn nested(shape: Option<&TlvShape>, coding: Coding) -> Result<Option<Nested>, String> {
    Ok(match shape {
        None => None,
        Some(TlvShape::Named(name)) if name == "ber" || name == "ber-list" => Some(Nested::Ber),
        Some(TlvShape::Named(other)) => return Err(format!("`tlv = \"{other}\"` is neither \"ber\" nor {{ tag = …, length = … }}")),
        Some(TlvShape::Fixed { tag, length, skip }) if (1..=8).contains(tag) && (1..=4).contains(length) => {
            Some(Nested::Fixed { tag: *tag, length: *length, skip: *skip, coding })
        }
        Some(TlvShape::Fixed { .. }) => return Err("a tag has 1 to 8 characters, a length 1 to 4".into()),
    })
}

fn conditions(shapes: &BTreeMap<String, OneOrMany>) -> Result<Vec<When>, String> {
    shapes
        .iter()
        .map(|(name, patterns)| {
            let patterns = match patterns {
                OneOrMany::One(word) => vec![word.text()],
                OneOrMany::Many(words) => words.iter().map(Word::text).collect(),
            };
            Ok(When { subject: subject(name)?, patterns })
        })
        .collect()
}

fn subject(name: &str) -> Result<Subject, String> {
    let wrong = || format!("`when` looks at `{name}`; write mti, length, a field such as 3, or a part such as 60.3");
    match name {
        "mti" => Ok(Subject::Mti),
        "length" => Ok(Subject::Length),
        _ => {
            let (field, part) = name.split_once('.').map_or((name, None), |(f, p)| (f, Some(p)));
            let field: u8 = field.parse().ok().filter(|n| (2..=128).contains(n)).ok_or_else(wrong)?;
            Ok(part.map_or(Subject::Field(field), |part| Subject::Part(field, part.to_owned())))
        }
    }
}
