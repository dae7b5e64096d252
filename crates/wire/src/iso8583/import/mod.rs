//! Layouts that other programs already have, turned into a dialect file.
//!
//! ```text
//! jPOS packager XML ─┐
//! moov spec JSON ────┼─► Layout (our terms) ─ write ─► TOML of a dialect
//! pyiso8583 dict ────┘         └─► notes: what could not be said exactly, and what was put instead
//! ```
//!
//! The text is read as data: nothing of it is run, no entity is fetched. What a dialect cannot say is approximated and noted, never
//! dropped in silence.

mod jpos;
mod jpos_classes;
mod layout;
mod literal;
mod moov;
mod notes;
mod pyiso8583;
mod scanner;
mod standard;
mod write;

use posdx_model::{Text, words};

use layout::Layout;
use notes::Notes;

words! {
    /// The program whose layout is imported.
    Source {
        /// jPOS: the XML of a `GenericPackager`.
        Jpos = "jpos",
        /// moov-io/iso8583: a message specification in JSON.
        Moov = "moov",
        /// pyiso8583: a specification dictionary, as Python source or as JSON.
        Pyiso8583 = "pyiso8583",
    }
}

/// Largest source accepted, in bytes. Real layouts have some ten kilobytes.
pub const LARGEST_SOURCE: usize = 4 * 1024 * 1024;

/// Something the dialect file could not say exactly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The field, such as `48` or `48.2` (part 2 of field 48); empty when the note is about the whole file.
    pub field: String,
    /// Line of the source, counted from 1, where it is known.
    pub line: Option<usize>,
    /// Why, and what was put instead.
    pub text: Text,
}

/// A dialect made from another program's layout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// The dialect file.
    pub toml: String,
    /// What it could not say exactly, by line of the source; first what has no line.
    pub notes: Vec<Note>,
    /// The program that the layout was taken to be from.
    pub source: Source,
}

/// Why nothing could be imported. It quotes nothing of the source.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {}", message.en)]
pub struct ImportError {
    /// Line of the source, counted from 1.
    pub line: usize,
    /// Column in characters, counted from 1.
    pub column: usize,
    /// What was expected there and what to do.
    pub message: Text,
}

impl ImportError {
    fn at(place: (usize, usize), zh: impl Into<String>, en: impl Into<String>) -> Self {
        ImportError { line: place.0, column: place.1, message: Text::new(zh, en) }
    }
}

/// How to import.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// The program that wrote the layout; told from the content when `None`.
    pub source: Option<Source>,
    /// The dialect to inherit from. With `None` the file stands alone: it has every name, and says itself what is secret.
    pub inherits: Option<&'a str>,
    /// Fields that the base names, with their English names. A field whose name in the source agrees with the base's keeps the base's
    /// name in both languages. `None`: the names of `iso87` when that is the base, otherwise no names.
    pub names: Option<&'a [(u16, &'a str)]>,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Options { source: None, inherits: Some("iso87"), names: None }
    }
}

/// Turns another program's layout into a dialect that inherits from `iso87`.
///
/// `name` becomes the title and, in lower case with hyphens, the id. With `hint` the text is read as that program's, otherwise the
/// program is told from the content.
///
/// # Errors
/// [`ImportError`] when the text is of none of the programs, is broken, or defines no field; with line and column.
pub fn import(name: &str, text: &str, hint: Option<Source>) -> Result<Imported, ImportError> {
    import_with(name, text, &Options { source: hint, ..Options::default() })
}

/// Turns another program's layout into a dialect, with a base of one's own choice.
///
/// # Errors
/// As [`import`].
pub fn import_with(name: &str, text: &str, options: &Options<'_>) -> Result<Imported, ImportError> {
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    if text.len() > LARGEST_SOURCE {
        return Err(ImportError::at((1, 1), "文件大于 4 MB，不像是报文布局", "the file is larger than 4 MB, which no message layout is"));
    }
    let source = match options.source {
        Some(source) => source,
        None => detect(text)?,
    };
    let mut notes = Notes::default();
    let mut layout = match source {
        Source::Jpos => jpos::read(text, &mut notes)?,
        Source::Moov => moov::read(text, &mut notes)?,
        Source::Pyiso8583 => pyiso8583::read(text, &mut notes)?,
    };
    tidy(&mut layout, &mut notes);
    if layout.fields.is_empty() {
        return Err(ImportError::at(
            (1, 1),
            "没有一个域可以导入；请检查这是不是完整的布局文件",
            "no field could be imported; check that this is the whole layout file",
        ));
    }
    let toml = write::toml(name, &layout, source, options, &mut notes);
    Ok(Imported { toml, notes: notes.into_inner(), source })
}

/// Tells the program from the content.
fn detect(text: &str) -> Result<Source, ImportError> {
    let start = text.trim_start();
    if start.starts_with('<') || text.contains("<isopackager") {
        Ok(Source::Jpos)
    } else if text.contains("data_enc") {
        Ok(Source::Pyiso8583)
    } else if start.starts_with('{') {
        Ok(Source::Moov)
    } else {
        Err(ImportError::at(
            (1, 1),
            "认不出这是什么布局：应为 jPOS 的 packager XML、moov-io/iso8583 的 JSON，或 pyiso8583 的字典；可以直接指明来源",
            "not a layout that posdx knows: expected the packager XML of jPOS, the JSON of moov-io/iso8583 or the dictionary of pyiso8583; \
             the source can also be named",
        ))
    }
}

/// Field order and one definition a field; the later one wins, as in the programs themselves.
fn tidy(layout: &mut Layout, notes: &mut Notes) {
    let mut last: std::collections::BTreeMap<u16, layout::Field> = std::collections::BTreeMap::new();
    for field in layout.fields.drain(..) {
        let (number, line) = (field.number, field.line);
        if last.insert(number, field).is_some() {
            notes.add(number.to_string(), line, notes::twice());
        }
    }
    layout.fields = last.into_values().collect();
}
