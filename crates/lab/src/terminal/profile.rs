//! The firmware's own table: from an answer of the host or a state of the terminal to what the display says. Data in `lab/profiles/`.

use posdx_model::Text;
use serde::Deserialize;

use super::Local;

/// What came of a business.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The terminal found out by itself.
    Local(Local),
    /// The host answered.
    Reply {
        /// Field 39.
        response: String,
        /// The acquirer's own code in field 63; empty when it sent none.
        house: String,
        /// Its words in field 63.
        words: String,
    },
}

/// A table of displays. The first rule that fits is used.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Its name: `seed`, `seed-hex`, `unionpay`.
    pub id: String,
    /// What it is.
    pub title: Text,
    rule: Vec<Rule>,
}

/// One rule.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    /// `local:no-answer`, `response:51`, `house:R001`; a `*` at the end stands for anything.
    when: Vec<String>,
    /// What the display shows as code; `{response}`, `{house}` are put in; absent when it shows words only.
    code: Option<String>,
    /// Words of the display; `{words}` are the host's.
    text: Text,
}

/// Why a profile cannot be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ProfileError {
    /// The text is no TOML of this shape.
    #[error("the profile cannot be read: line {line}: {message}")]
    Shape {
        /// Line, from 1.
        line: usize,
        /// What the reader says.
        message: String,
    },
    /// A rule can never fit.
    #[error("profile `{profile}`: `{when}` names no state of a terminal; write local:, response: or house: and what follows")]
    When {
        /// Its id.
        profile: String,
        /// The condition.
        when: String,
    },
    /// Some outcomes have no rule.
    #[error("profile `{profile}`: nothing fits `{outcome}`; add a rule with local:* or response:* at the end")]
    Gap {
        /// Its id.
        profile: String,
        /// An outcome without a rule.
        outcome: String,
    },
}

const SHIPPED: [(&str, &str); 3] = [
    ("seed", include_str!("../../../../lab/profiles/seed.toml")),
    ("seed-hex", include_str!("../../../../lab/profiles/seed-hex.toml")),
    ("unionpay", include_str!("../../../../lab/profiles/unionpay.toml")),
];

impl Profile {
    /// A profile that comes with the lab: `seed`, `seed-hex` or `unionpay`.
    pub fn shipped(id: &str) -> Option<Profile> {
        SHIPPED.iter().find(|(name, _)| *name == id).and_then(|(_, text)| Profile::read(text).ok())
    }

    /// The names of the profiles that come with the lab.
    pub fn names() -> impl Iterator<Item = &'static str> {
        SHIPPED.iter().map(|(name, _)| *name)
    }

    /// Reads and checks a profile.
    ///
    /// # Errors
    /// [`ProfileError`] names the line or the rule.
    pub fn read(text: &str) -> Result<Profile, ProfileError> {
        let profile: Profile = toml::from_str(text).map_err(|e| ProfileError::Shape {
            line: e.span().and_then(|s| text.get(..s.start)).map_or(1, |t| t.matches('\n').count() + 1),
            message: e.message().to_owned(),
        })?;
        for when in profile.rule.iter().flat_map(|r| &r.when) {
            let right = match when.split_once(':') {
                Some(("local", state)) => state == "*" || state.parse::<Local>().is_ok(),
                Some(("response" | "house", code)) => !code.is_empty(),
                _ => false,
            };
            if !right {
                return Err(ProfileError::When { profile: profile.id, when: when.clone() });
            }
        }
        let gap = |outcome: String| ProfileError::Gap { profile: profile.id.clone(), outcome };
        for local in Local::ALL {
            if profile.find(&Outcome::Local(*local)).is_none() {
                return Err(gap(format!("local:{local}")));
            }
        }
        let strange = Outcome::Reply { response: "ZZ".into(), house: String::new(), words: String::new() };
        if profile.find(&strange).is_none() {
            return Err(gap("response:ZZ".into()));
        }
        Ok(profile)
    }

    fn find(&self, outcome: &Outcome) -> Option<&Rule> {
        let fits = |when: &str| match (when.split_once(':'), outcome) {
            (Some(("local", state)), Outcome::Local(local)) => state == "*" || state == local.as_str(),
            (Some(("response", code)), Outcome::Reply { response, .. }) => code == "*" || code == response,
            (Some(("house", code)), Outcome::Reply { house, .. }) => !house.is_empty() && (code == "*" || code == house),
            _ => false,
        };
        self.rule.iter().find(|r| r.when.iter().any(|w| fits(w)))
    }

    /// Code and words for an outcome.
    pub fn show(&self, outcome: &Outcome) -> (Option<String>, Text) {
        let Some(rule) = self.find(outcome) else { return (None, Text::new("", "")) };
        let (response, house, words) = match outcome {
            Outcome::Local(_) => ("", "", ""),
            Outcome::Reply { response, house, words } => (response.as_str(), house.as_str(), words.as_str()),
        };
        let fill = |text: &str| text.replace("{response}", response).replace("{house}", house).replace("{words}", words);
        (rule.code.as_deref().map(fill), rule.text.map(fill))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_profiles_are_whole_and_speak_their_vocabulary() {
        for (id, text) in SHIPPED {
            assert_eq!(Profile::read(text).map(|p| p.id), Ok(id.to_string()));
        }
        let reply = |response: &str, house: &str| Outcome::Reply { response: response.into(), house: house.into(), words: "话".into() };
        let code = |id: &str, outcome: &Outcome| Profile::shipped(id).unwrap().show(outcome).0;
        assert_eq!(code("seed", &reply("51", "R001")).as_deref(), Some("R001"));
        assert_eq!(code("seed", &reply("54", "4")).as_deref(), Some("错误代码4"));
        assert_eq!(code("unionpay", &reply("51", "R001")).as_deref(), Some("51"));
        assert_eq!(code("seed-hex", &reply("51", "R001")).as_deref(), Some("0x03"));
        assert_eq!(code("seed", &Outcome::Local(Local::LineLost)).as_deref(), Some("C102"));
        assert_eq!(code("seed-hex", &Outcome::Local(Local::PrintFailed)).as_deref(), Some("0x02"));
    }

    #[test]
    fn a_rule_that_can_never_fit_is_named() {
        let text =
            "id = \"x\"\ntitle = { zh = \"甲\", en = \"X\" }\n[[rule]]\nwhen = [\"local:nowhere\"]\ntext = { zh = \"\", en = \"\" }\n";
        assert!(Profile::read(text).unwrap_err().to_string().contains("local:nowhere"));
    }
}
