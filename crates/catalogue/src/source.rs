//! TOML and TSV texts → records that remember where they were written.
//!
//! A text that cannot be read becomes a [`Problem`] with file and line; everything else is still loaded, so that one run of the
//! check shows all that is wrong.

use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

use crate::record::*;

/// A file of the catalogue: its path below `catalogue/` and its text.
pub struct File {
    /// Path with forward slashes, such as `conditions/funds.toml`.
    pub path: String,
    /// The whole text.
    pub text: String,
}

/// Something wrong in the catalogue, told so that its writer can mend it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Path below `catalogue/`.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Which rule was broken; stable, used by tests.
    pub rule: &'static str,
    /// What is wrong and what to do.
    pub message: String,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "catalogue/{}:{}: {} [{}]", self.file, self.line, self.message, self.rule)
    }
}

/// A record and the place where it was written.
#[derive(Clone, Debug)]
pub struct Placed<T> {
    /// The record.
    pub record: T,
    /// Index of its file in [`Library::files`].
    pub file: usize,
    /// Bytes of that file that hold the record.
    pub span: Range<usize>,
}

/// A namespace with its codes, as one file holds them.
#[derive(Clone, Debug)]
pub struct CodeList {
    /// The list.
    pub namespace: Placed<Namespace>,
    /// Its codes.
    pub codes: Vec<Placed<Code>>,
}

/// All records of a catalogue, in the order of files and lines.
#[derive(Default)]
pub struct Library {
    /// The texts, for line numbers.
    pub files: Vec<File>,
    /// Lists of codes.
    pub lists: Vec<CodeList>,
    /// Conditions.
    pub conditions: Vec<Placed<Condition>>,
    /// Causes.
    pub causes: Vec<Placed<Cause>>,
    /// Steps.
    pub steps: Vec<Placed<Step>>,
    /// Questions.
    pub questions: Vec<Placed<Question>>,
    /// Preventions.
    pub preventions: Vec<Placed<Prevention>>,
    /// Grounds of money verdicts.
    pub grounds: Vec<Placed<Ground>>,
    /// Preconditions of steps.
    pub preconditions: Vec<Placed<Precondition>>,
    /// Contexts.
    pub contexts: Vec<Placed<Context>>,
    /// Contacts.
    pub contacts: Vec<Placed<Contact>>,
    /// Sources.
    pub sources: Vec<Placed<Source>>,
    /// Words.
    pub words: Vec<Placed<Word>>,
    /// Labels.
    pub labels: Vec<Placed<Label>>,
    /// Sentences about other things.
    pub off_topic: Vec<Placed<OffTopic>>,
    /// Till cards.
    pub till_cards: Vec<Placed<TillCard>>,
    /// Merchant category codes.
    pub mccs: Vec<Mcc>,
    /// Clearing regions.
    pub regions: Vec<Region>,
    /// Acquiring institutions.
    pub acquirers: Vec<Acquirer>,
    /// Mobile number blocks.
    pub phone_segments: Vec<PhoneSegment>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Shape {
    namespace: Option<Spanned<Namespace>>,
    #[serde(default)]
    code: Vec<Spanned<Code>>,
    #[serde(default)]
    condition: Vec<Spanned<Condition>>,
    #[serde(default)]
    cause: Vec<Spanned<Cause>>,
    #[serde(default)]
    step: Vec<Spanned<Step>>,
    #[serde(default)]
    question: Vec<Spanned<Question>>,
    #[serde(default)]
    prevention: Vec<Spanned<Prevention>>,
    #[serde(default)]
    ground: Vec<Spanned<Ground>>,
    #[serde(default)]
    precondition: Vec<Spanned<Precondition>>,
    #[serde(default)]
    context: Vec<Spanned<Context>>,
    #[serde(default)]
    contact: Vec<Spanned<Contact>>,
    #[serde(default)]
    source: Vec<Spanned<Source>>,
    #[serde(default)]
    word: Vec<Spanned<Word>>,
    #[serde(default)]
    label: Vec<Spanned<Label>>,
    #[serde(default)]
    till_card: Vec<Spanned<TillCard>>,
    #[serde(default)]
    off_topic: Vec<Spanned<OffTopic>>,
}

impl Library {
    /// Reads all files. Files are taken in the order of their paths, so the result does not depend on the file system.
    pub fn read(mut files: Vec<File>) -> (Library, Vec<Problem>) {
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let mut library = Library::default();
        let mut problems = Vec::new();
        for (index, file) in files.iter().enumerate() {
            let read = if file.path.ends_with(".toml") {
                library.read_toml(index, file)
            } else if file.path.ends_with(".tsv") {
                library.read_table(file)
            } else {
                Ok(())
            };
            if let Err((line, message)) = read {
                problems.push(Problem { file: file.path.clone(), line, rule: "unreadable", message });
            }
        }
        library.files = files;
        (library, problems)
    }

    /// The line of byte `offset` in file `file`, from 1.
    pub fn line(&self, file: usize, offset: usize) -> usize {
        line_of(&self.files[file].text, offset)
    }

    /// A problem at the place where `needle` stands inside the record, or at the record's first line.
    pub fn problem<T>(&self, at: &Placed<T>, needle: &str, rule: &'static str, message: String) -> Problem {
        let text = &self.files[at.file].text;
        let inside = text.get(at.span.clone()).and_then(|t| t.find(needle)).unwrap_or(0);
        let offset = if needle.is_empty() { at.span.start } else { at.span.start + inside };
        Problem { file: self.files[at.file].path.clone(), line: self.line(at.file, offset), rule, message }
    }

    fn read_toml(&mut self, index: usize, file: &File) -> Result<(), (usize, String)> {
        let shape: Shape = toml::from_str(&file.text).map_err(|e| {
            let line = e.span().map_or(1, |s| line_of(&file.text, s.start));
            (line, format!("cannot be read: {}", e.message().replace('\n', " ")))
        })?;
        if let Some(namespace) = shape.namespace {
            self.lists.push(CodeList { namespace: place(index, namespace), codes: place_all(index, shape.code) });
        } else if let Some(code) = shape.code.first() {
            return Err((line_of(&file.text, code.span().start), "codes need a [namespace] table at the top of their file".into()));
        }
        self.conditions.extend(place_all(index, shape.condition));
        self.causes.extend(place_all(index, shape.cause));
        self.steps.extend(place_all(index, shape.step));
        self.questions.extend(place_all(index, shape.question));
        self.preventions.extend(place_all(index, shape.prevention));
        self.grounds.extend(place_all(index, shape.ground));
        self.preconditions.extend(place_all(index, shape.precondition));
        self.contexts.extend(place_all(index, shape.context));
        self.contacts.extend(place_all(index, shape.contact));
        self.sources.extend(place_all(index, shape.source));
        self.words.extend(place_all(index, shape.word));
        self.labels.extend(place_all(index, shape.label));
        self.till_cards.extend(place_all(index, shape.till_card));
        self.off_topic.extend(place_all(index, shape.off_topic));
        Ok(())
    }

    fn read_table(&mut self, file: &File) -> Result<(), (usize, String)> {
        let name = file.path.rsplit('/').next().unwrap_or_default();
        match name {
            "mcc.tsv" => self.mccs = rows(&file.text, ["mcc", "zh", "en", "class"], |[mcc, zh, en, class]| Ok(Mcc { mcc, zh, en, class }))?,
            "regions.tsv" => self.regions = rows(&file.text, ["code", "zh", "en"], |[code, zh, en]| Ok(Region { code, zh, en }))?,
            "acquirers.tsv" => {
                self.acquirers = rows(&file.text, ["prefix", "zh", "en", "grade"], |[prefix, zh, en, grade]| {
                    Ok(Acquirer { prefix, zh, en, grade: grade.parse()? })
                })?;
            }
            "phone-segments.tsv" => {
                self.phone_segments = rows(
                    &file.text,
                    ["prefix", "digits", "sms", "kind", "carrier_zh", "carrier_en"],
                    |[prefix, digits, sms, kind, zh, en]| {
                        let digits = digits.parse().map_err(|_| format!("`{digits}` is no number of digits"))?;
                        Ok(PhoneSegment { prefix, digits, sms: sms == "yes", kind, carrier: posdx_model::Text { zh, en } })
                    },
                )?;
            }
            other => return Err((1, format!("`{other}` is not a table posdx knows"))),
        }
        Ok(())
    }
}

/// Reads a tab-separated table whose first line names exactly `columns`; lines that begin with `#` are comments.
fn rows<const N: usize, T>(
    text: &str,
    columns: [&str; N],
    read: impl Fn([String; N]) -> Result<T, String>,
) -> Result<Vec<T>, (usize, String)> {
    let mut lines = text.lines().enumerate().filter(|(_, l)| !l.starts_with('#') && !l.trim().is_empty());
    let head = lines.next().map(|(_, l)| l.split('\t').collect::<Vec<_>>()).unwrap_or_default();
    if head != columns {
        return Err((1, format!("the first line must be: {}", columns.join("<TAB>"))));
    }
    lines
        .map(|(i, line)| {
            let cells: Vec<String> = line.split('\t').map(str::to_owned).collect();
            let found = cells.len();
            let cells: [String; N] = cells.try_into().map_err(|_| (i + 1, format!("{found} columns where {N} are expected")))?;
            read(cells).map_err(|e| (i + 1, e))
        })
        .collect()
}

fn place<T>(file: usize, spanned: Spanned<T>) -> Placed<T> {
    let span = spanned.span();
    Placed { record: spanned.into_inner(), file, span }
}

fn place_all<T>(file: usize, all: Vec<Spanned<T>>) -> Vec<Placed<T>> {
    all.into_iter().map(|s| place(file, s)).collect()
}

fn line_of(text: &str, offset: usize) -> usize {
    text.as_bytes()[..offset.min(text.len())].iter().filter(|b| **b == b'\n').count() + 1
}
