//! Why the host answers as it does, as data: `lab/reasons.toml`.

use std::collections::BTreeMap;

use posdx_model::Text;
use serde::Deserialize;

/// One reason for an answer.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// Its name in logs and in the truth of a scenario, such as `funds-insufficient`.
    pub id: String,
    /// Field 39, two characters.
    pub response: String,
    /// The acquirer's own code in field 63, at most four characters; empty when it has none.
    #[serde(default)]
    pub house: String,
    /// Words for field 63, Chinese.
    pub zh: String,
    /// The same for the host's log, English.
    pub en: String,
}

impl Reason {
    /// Both languages.
    pub fn text(&self) -> Text {
        Text::new(self.zh.clone(), self.en.clone())
    }
}

/// Why the reasons cannot be used.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum ReasonsError {
    /// The text is no TOML of this shape.
    #[error("the reasons cannot be read: line {line}: {message}")]
    Shape {
        /// Line, from 1.
        line: usize,
        /// What the reader says.
        message: String,
    },
    /// An entry cannot go on the wire.
    #[error("reason `{id}`: {what}")]
    Wrong {
        /// Its id.
        id: String,
        /// What is wrong and how it should be.
        what: &'static str,
    },
}

/// All reasons.
#[derive(Debug, Clone)]
pub struct Reasons {
    all: BTreeMap<String, Reason>,
}

/// Most Chinese characters of field 63 behind scheme and house code.
const WORDS_MAX: usize = 30;

impl Reasons {
    /// The reasons that come with the lab.
    pub fn shipped() -> Reasons {
        Reasons::read(include_str!("../../../lab/reasons.toml")).unwrap_or_else(|e| unreachable!("a test reads the shipped reasons: {e}"))
    }

    /// Reads and checks a list.
    ///
    /// # Errors
    /// [`ReasonsError`] names the line or the entry.
    pub fn read(text: &str) -> Result<Reasons, ReasonsError> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct File {
            reason: Vec<Reason>,
        }
        let file: File = toml::from_str(text).map_err(|e| ReasonsError::Shape {
            line: e.span().and_then(|s| text.get(..s.start)).map_or(1, |t| t.matches('\n').count() + 1),
            message: e.message().to_owned(),
        })?;
        let mut all = BTreeMap::new();
        for reason in file.reason {
            let wrong = |what| Err(ReasonsError::Wrong { id: reason.id.clone(), what });
            let plain = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric());
            if reason.response.len() != 2 || !plain(&reason.response) {
                return wrong("`response` has to be two letters or digits");
            }
            if reason.house.len() > 4 || !plain(&reason.house) {
                return wrong("`house` has at most four letters or digits");
            }
            if reason.zh.is_empty() || reason.zh.chars().count() > WORDS_MAX || reason.en.is_empty() {
                return wrong("both languages have to be there, Chinese with at most 30 characters");
            }
            if let Some(first) = all.insert(reason.id.clone(), reason) {
                return Err(ReasonsError::Wrong { id: first.id, what: "stands twice" });
            }
        }
        Ok(Reasons { all })
    }

    /// The reason of this id; an id that no file has reads as an answer 96 that says so.
    pub fn get(&self, id: &str) -> Reason {
        self.all.get(id).cloned().unwrap_or_else(|| Reason {
            id: id.to_owned(),
            response: "96".into(),
            house: String::new(),
            zh: "系统异常".into(),
            en: "reason without an entry".into(),
        })
    }

    /// Is there an entry of this id?
    pub fn has(&self, id: &str) -> bool {
        self.all.contains_key(id)
    }

    /// All entries by id.
    pub fn all(&self) -> impl Iterator<Item = &Reason> {
        self.all.values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_reasons_are_whole() {
        let reasons = Reasons::read(include_str!("../../../lab/reasons.toml")).expect("the shipped reasons");
        for (id, response, house) in
            [("funds-insufficient", "51", "R001"), ("card-expired", "54", "4"), ("mac-wrong", "A0", ""), ("maintenance", "90", "S001")]
        {
            let reason = reasons.get(id);
            assert_eq!((reason.response.as_str(), reason.house.as_str()), (response, house), "{id}");
        }
    }

    #[test]
    fn slips_are_named() {
        let one = "[[reason]]\nid = \"x\"\nresponse = \"051\"\nzh = \"甲\"\nen = \"a\"\n";
        assert!(Reasons::read(one).unwrap_err().to_string().contains("reason `x`"));
        let one = one.replace("051", "51");
        assert!(Reasons::read(&format!("{one}{one}")).unwrap_err().to_string().contains("twice"));
        assert!(Reasons::read("[[reason]]\nid = 3\n").unwrap_err().to_string().contains("line 2"));
    }
}
