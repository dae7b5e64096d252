//! Findings in words. The words are data: `dialects/talk.toml`.

use std::collections::BTreeMap;

use posdx_model::{Lang, Text};
use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::findings::{Finding, FindingId};

/// What people are told about a finding. `{number}` and the placeholders of [`FindingId::placeholders`] stand for values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FindingText {
    /// What it is, in a few words.
    pub title: Text,
    /// What was seen and what it means for the money.
    pub meaning: Text,
    /// What to do.
    pub next: Text,
}

/// Why texts cannot be used, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct TextsError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong and what to do.
    pub message: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Shape {
    finding: BTreeMap<Spanned<String>, FindingText>,
}

/// The texts of all findings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Texts {
    all: BTreeMap<FindingId, FindingText>,
}

impl Texts {
    /// Reads them. Every finding must have its texts, in both languages, without unknown placeholders.
    pub fn read(toml: &str) -> Result<Texts, TextsError> {
        let line_of = |at: usize| toml.bytes().take(at).filter(|b| *b == b'\n').count() + 1;
        let fail = |at: usize, message: String| TextsError { line: line_of(at), message };
        let shape: Shape = toml::from_str(toml).map_err(|e| fail(e.span().map_or(0, |s| s.start), e.message().to_owned()))?;
        let mut all = BTreeMap::new();
        for (name, text) in shape.finding {
            let at = name.span().start;
            let id: FindingId = name.get_ref().parse().map_err(|e: String| fail(at, e))?;
            for half in [&text.title, &text.meaning, &text.next] {
                if half.is_incomplete() {
                    return Err(fail(at, format!("`{id}` lacks a text in one language")));
                }
                let wrong = [&half.zh, &half.en].into_iter().flat_map(|t| placeholders(t)).find(|p| !is_known(id, p));
                if let Some(wrong) = wrong {
                    return Err(fail(at, format!("`{id}` has no value `{{{wrong}}}`; it has: number, {}", id.placeholders().join(", "))));
                }
            }
            all.insert(id, text);
        }
        match FindingId::ALL.iter().find(|id| !all.contains_key(id)) {
            Some(missing) => Err(TextsError { line: line_of(toml.len()), message: format!("`[finding.{missing}]` is missing") }),
            None => Ok(Texts { all }),
        }
    }

    /// The texts of a kind of finding, placeholders unfilled.
    pub fn get(&self, id: FindingId) -> Option<&FindingText> {
        self.all.get(&id)
    }

    /// What it is, in a few words.
    pub fn title(&self, finding: &Finding, lang: Lang) -> String {
        self.fill(finding, lang, |text| &text.title)
    }

    /// What was seen and what it means.
    pub fn meaning(&self, finding: &Finding, lang: Lang) -> String {
        self.fill(finding, lang, |text| &text.meaning)
    }

    /// What to do.
    pub fn next(&self, finding: &Finding, lang: Lang) -> String {
        self.fill(finding, lang, |text| &text.next)
    }

    fn fill(&self, finding: &Finding, lang: Lang, which: impl Fn(&FindingText) -> &Text) -> String {
        let Some(text) = self.get(finding.id) else { return finding.id.to_string() };
        let filled = which(text).get(lang).replace("{number}", &finding.number.to_string());
        finding.values.iter().fold(filled, |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
    }
}

fn is_known(id: FindingId, placeholder: &str) -> bool {
    placeholder == "number" || id.placeholders().contains(&placeholder)
}

/// What stands between braces.
fn placeholders(text: &str) -> impl Iterator<Item = &str> {
    text.split('{').skip(1).map(|rest| rest.split('}').next().unwrap_or_default())
}
