//! A sentence in both languages, never in one.

use serde::{Deserialize, Serialize};

crate::words! {
    /// A language that posdx speaks.
    Lang {
        /// Chinese, simplified.
        Zh = "zh",
        /// English.
        En = "en",
    }
}

/// A text in Chinese and in English. A missing half does not compile here and does not load from TOML.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Text {
    /// Both halves at once.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Text { zh: zh.into(), en: en.into() }
    }

    /// The half in `lang`.
    pub fn get(&self, lang: Lang) -> &str {
        match lang {
            Lang::Zh => &self.zh,
            Lang::En => &self.en,
        }
    }

    /// Applies the same change to both halves.
    pub fn map(&self, f: impl Fn(&str) -> String) -> Text {
        Text { zh: f(&self.zh), en: f(&self.en) }
    }

    /// True when either half is missing.
    pub fn is_incomplete(&self) -> bool {
        self.zh.trim().is_empty() || self.en.trim().is_empty()
    }
}
