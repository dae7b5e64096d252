//! The words, keys and weights: data, checked and sorted once.

use serde::{Deserialize, Serialize};

use super::line::Level;

/// What makes a line matter, read from `dialects/device/log-words.toml`. It serialises, so that a build script can pack it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    pub(super) threshold: i32,
    pub(super) dump_min_bytes: usize,
    pub(super) dump_weight: i32,
    pub(super) trace_weight: i32,
    pub(super) levels: Vec<LevelRule>,
    /// Sorted by their first byte, longer ones first.
    pub(super) terms: Vec<Term>,
    pub(super) cancel_values: Vec<String>,
    pub(super) keys: Vec<KeyRule>,
    pub(super) trace: TraceRule,
    pub(super) json: JsonKeys,
}

/// Why rules cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("log rules: {message}")]
pub struct RulesError {
    /// What is wrong and what to do.
    pub message: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LevelRule {
    pub level: Level,
    pub weight: i32,
    /// In lower case.
    pub words: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum TermKind {
    Word(i32),
    Cancel,
    Key(usize),
    OtherKey,
}

/// Something that is looked for; a blank in it stands for nothing or one of ` _-.`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Term {
    pub text: String,
    pub kind: TermKind,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeyRule {
    pub weight: i32,
    #[serde(default)]
    pub names: Vec<String>,
    #[serde(default)]
    pub namespace: Option<String>,
    /// Only values with a digit count, and only behind `=` or `:`.
    #[serde(default)]
    pub weak: bool,
    pub success: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TraceRule {
    pub starts: Vec<String>,
    pub head_ends: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct JsonKeys {
    pub time: Vec<String>,
    pub level: Vec<String>,
    pub message: Vec<String>,
    pub tag: Vec<String>,
    pub host: Vec<String>,
    pub process: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Shape {
    threshold: i32,
    dump_min_bytes: usize,
    dump_weight: i32,
    trace_weight: i32,
    level: Vec<LevelRule>,
    word: Vec<WordShape>,
    cancel: CancelShape,
    key: Vec<KeyRule>,
    other_keys: NamesShape,
    trace: TraceRule,
    json: JsonKeys,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WordShape {
    weight: i32,
    words: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CancelShape {
    phrases: Vec<String>,
    values: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NamesShape {
    names: Vec<String>,
}

impl Rules {
    /// Reads the rules from TOML.
    ///
    /// # Errors
    /// Broken TOML, or an empty word.
    pub fn read(content: &str) -> Result<Rules, RulesError> {
        let shape: Shape = toml::from_str(content).map_err(|e| RulesError { message: e.message().to_owned() })?;
        let mut terms = Vec::new();
        let mut add = |text: &str, kind| terms.push(Term { text: text.to_lowercase(), kind });
        for group in &shape.word {
            group.words.iter().for_each(|w| add(w, TermKind::Word(group.weight)));
        }
        shape.cancel.phrases.iter().for_each(|p| add(p, TermKind::Cancel));
        for (index, key) in shape.key.iter().enumerate() {
            key.names.iter().for_each(|n| add(n, TermKind::Key(index)));
        }
        shape.other_keys.names.iter().for_each(|n| add(n, TermKind::OtherKey));
        if let Some(term) = terms.iter().find(|t| t.text.trim().len() < 2) {
            return Err(RulesError { message: format!("`{}` is too short to be told from other text", term.text) });
        }
        terms.sort_by(|a, b| (a.text.as_bytes().first(), b.text.len()).cmp(&(b.text.as_bytes().first(), a.text.len())));
        let keys = shape.key.into_iter().map(|k| KeyRule { names: vec![], ..k }).collect();
        Ok(Rules {
            threshold: shape.threshold,
            dump_min_bytes: shape.dump_min_bytes,
            dump_weight: shape.dump_weight,
            trace_weight: shape.trace_weight,
            levels: shape.level,
            terms,
            cancel_values: shape.cancel.values,
            keys,
            trace: shape.trace,
            json: shape.json,
        })
    }

    /// The level that a word names.
    pub(super) fn level(&self, word: &str) -> Option<Level> {
        if word.is_empty() || word.len() > 16 {
            return None;
        }
        self.levels.iter().find(|l| l.words.iter().any(|w| w.eq_ignore_ascii_case(word))).map(|l| l.level)
    }

    /// Terms that begin with this byte (in lower case), longer ones first.
    pub(super) fn terms_from(&self, first: u8) -> impl Iterator<Item = &Term> {
        let head = move |t: &Term| t.text.as_bytes().first().copied().unwrap_or(0);
        let from = self.terms.partition_point(|t| head(t) < first);
        self.terms.get(from..).unwrap_or_default().iter().take_while(move |t| head(t) == first)
    }
}
