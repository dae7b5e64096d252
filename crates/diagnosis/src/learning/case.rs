//! A closed case as a shop, a hotline or an engineer wrote it down: one JSON object.

use super::{Clash, Expected, Fault, Loose, Problem};
use serde::{Deserialize, Deserializer, Serialize};

/// Where the terminal stands, from the widest to the narrowest group. A narrower part counts only when the wider ones are known.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terminal {
    /// Maker of the terminal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor: Option<String>,
    /// Its model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Region where it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
}

/// A question that was answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Told {
    /// Id of the question.
    pub question: String,
    /// Id of the answer; `None` for “can't tell”, which is no evidence.
    pub answer: Option<String>,
}

/// A step that was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Done {
    /// Id of the step.
    pub step: String,
    /// True when the trouble was gone after it.
    pub helped: bool,
}

/// A cause that is suspected.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Suspect {
    /// Id of the cause.
    pub cause: String,
    /// How likely whoever closed the case takes it to be; `None` for “one of these”, which leaves the sharing out to the estimation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p: Option<f64>,
}

/// A closed case.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Case {
    /// Id, unique in the file.
    pub id: String,
    /// Day on which it was closed: days since 1970-01-01.
    pub day: i64,
    /// Id of the condition with which it opened.
    pub condition: String,
    /// Where it happened.
    pub terminal: Terminal,
    /// Ids of what was known about place and moment, such as `after-update`. Such a case says what steps remove and what people answer, but
    /// not how common causes usually are.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub contexts: Vec<String>,
    /// What was asked.
    pub told: Vec<Told>,
    /// What was done, in order.
    pub done: Vec<Done>,
    /// Id of the cause, when somebody found it for certain.
    pub cause: Option<String>,
    /// Causes between which nobody could decide; either all have a probability or none has.
    #[serde(rename = "causes", skip_serializing_if = "Vec::is_empty")]
    pub suspects: Vec<Suspect>,
    /// How many cases it stands for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<f64>,
    /// Probability with which the first step was advised. Kept for studies of the advice itself; the estimates do not need it, because
    /// they are made per cause and the advice depends only on evidence that stands in the case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advised: Option<f64>,
}

impl<'de> Deserialize<'de> for Case {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Case::try_from(Loose::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

impl TryFrom<Loose> for Case {
    type Error = Problem;

    /// Reads the fields; the first that is wrong is named. Whether ids exist is not looked at here.
    fn try_from(loose: Loose) -> Result<Case, Problem> {
        const FIELDS: &[&str] = &["id", "day", "condition", "terminal", "contexts", "told", "done", "cause", "causes", "weight", "advised"];
        let mut top = Object::open(loose, String::new(), FIELDS)?;
        let id = top.text("id")?;
        let (field, day) = (top.name("day"), top.take("day"));
        let day = day.and_then(day_of).ok_or_else(|| wrong(field, Expected::Day))?;
        let condition = top.text("condition")?;
        let terminal = match top.take("terminal") {
            None | Some(Loose::Null) => Terminal::default(),
            Some(inner) => {
                let mut inner = Object::open(inner, top.name("terminal"), &["vendor", "model", "region"])?;
                Terminal {
                    vendor: inner.text_or_null("vendor")?,
                    model: inner.text_or_null("model")?,
                    region: inner.text_or_null("region")?,
                }
            }
        };
        let contexts = top.texts("contexts")?;
        let told = top.list("told", &["question", "answer"], |o| {
            let question = o.text("question")?;
            if !o.has("answer") {
                return Err(wrong(o.name("answer"), Expected::Present));
            }
            Ok(Told { question, answer: o.text_or_null("answer")? })
        })?;
        let done = top.list("done", &["step", "helped"], |o| {
            let step = o.text("step")?;
            let field = o.name("helped");
            match o.take("helped") {
                Some(Loose::Bool(helped)) => Ok(Done { step, helped }),
                Some(_) => Err(wrong(field, Expected::Bool)),
                None => Err(wrong(field, Expected::Present)),
            }
        })?;
        let cause = top.text_or_null("cause")?;
        let suspects = suspects(&mut top)?;
        if cause.is_some() && !suspects.is_empty() {
            return Err(Problem { line: 0, field: top.name("causes"), fault: Fault::Clash(Clash::Undecided) });
        }
        let weight = top.number("weight", 1e6, Expected::Weight)?;
        let advised = top.number("advised", 1.0, Expected::Propensity)?;
        Ok(Case { id, day, condition, terminal, contexts, told, done, cause, suspects, weight, advised })
    }
}

/// Each a text, or an object with a probability.
fn suspects(top: &mut Object) -> Result<Vec<Suspect>, Problem> {
    let field = top.name("causes");
    let list = match top.take("causes") {
        None | Some(Loose::Null) => return Ok(Vec::new()),
        Some(Loose::List(list)) => list,
        Some(_) => return Err(wrong(field, Expected::List)),
    };
    let read = |(i, loose)| match loose {
        Loose::Text(cause) if !cause.trim().is_empty() => Ok(Suspect { cause, p: None }),
        loose => {
            let mut o = Object::open(loose, format!("{field}[{i}]"), &["cause", "p"])?;
            Ok(Suspect { cause: o.text("cause")?, p: o.number("p", 1.0, Expected::Propensity)? })
        }
    };
    let suspects: Vec<Suspect> = list.into_iter().enumerate().map(read).collect::<Result<_, _>>()?;
    let shares: Vec<f64> = suspects.iter().filter_map(|s| s.p).collect();
    let whole = shares.len() == suspects.len() && (shares.iter().sum::<f64>() - 1.0).abs() <= 0.01;
    if shares.is_empty() || whole { Ok(suspects) } else { Err(wrong(field, Expected::Shares)) }
}

fn wrong(field: String, expected: Expected) -> Problem {
    Problem { line: 0, field, fault: Fault::Expected(expected) }
}

/// An object being read, with the way to it.
struct Object {
    path: String,
    fields: Vec<(String, Loose)>,
}

impl Object {
    fn open(loose: Loose, path: String, known: &[&str]) -> Result<Object, Problem> {
        let Loose::Fields(fields) = loose else { return Err(wrong(path, Expected::Fields)) };
        let object = Object { path, fields };
        for (i, (name, _)) in object.fields.iter().enumerate() {
            // An unknown name may hold anything, even a card number in a column that slipped: its position must do.
            if !known.contains(&name.as_str()) {
                return Err(wrong(object.name(&format!("#{}", i + 1)), Expected::KnownField));
            }
            if object.fields.iter().take(i).any(|(earlier, _)| earlier == name) {
                return Err(wrong(object.name(name), Expected::Once));
            }
        }
        Ok(object)
    }

    fn name(&self, field: &str) -> String {
        if self.path.is_empty() { field.to_owned() } else { format!("{}.{field}", self.path) }
    }

    fn has(&self, field: &str) -> bool {
        self.fields.iter().any(|(name, _)| name == field)
    }

    fn take(&mut self, field: &str) -> Option<Loose> {
        let at = self.fields.iter().position(|(name, _)| name == field)?;
        Some(self.fields.swap_remove(at).1)
    }

    fn text(&mut self, field: &str) -> Result<String, Problem> {
        match self.take(field) {
            Some(Loose::Text(text)) if !text.trim().is_empty() => Ok(text),
            Some(_) => Err(wrong(self.name(field), Expected::Text)),
            None => Err(wrong(self.name(field), Expected::Present)),
        }
    }

    fn text_or_null(&mut self, field: &str) -> Result<Option<String>, Problem> {
        match self.take(field) {
            None | Some(Loose::Null) => Ok(None),
            Some(Loose::Text(text)) if !text.trim().is_empty() => Ok(Some(text)),
            Some(_) => Err(wrong(self.name(field), Expected::TextOrNull)),
        }
    }

    fn number(&mut self, field: &str, max: f64, expected: Expected) -> Result<Option<f64>, Problem> {
        let number = match self.take(field) {
            None | Some(Loose::Null) => return Ok(None),
            Some(Loose::Whole(n)) => n as f64,
            Some(Loose::Number(n)) => n,
            Some(_) => return Err(wrong(self.name(field), expected)),
        };
        if number > 0.0 && number <= max { Ok(Some(number)) } else { Err(wrong(self.name(field), expected)) }
    }

    fn texts(&mut self, field: &str) -> Result<Vec<String>, Problem> {
        let path = self.name(field);
        let text = |(i, loose)| match loose {
            Loose::Text(text) if !text.trim().is_empty() => Ok(text),
            _ => Err(wrong(format!("{path}[{i}]"), Expected::Text)),
        };
        match self.take(field) {
            None | Some(Loose::Null) => Ok(Vec::new()),
            Some(Loose::List(list)) => list.into_iter().enumerate().map(text).collect(),
            Some(_) => Err(wrong(path, Expected::List)),
        }
    }

    fn list<T>(&mut self, field: &str, known: &[&str], item: impl Fn(&mut Object) -> Result<T, Problem>) -> Result<Vec<T>, Problem> {
        let path = self.name(field);
        match self.take(field) {
            None | Some(Loose::Null) => Ok(Vec::new()),
            Some(Loose::List(list)) => {
                let read = |(i, loose)| item(&mut Object::open(loose, format!("{path}[{i}]"), known)?);
                list.into_iter().enumerate().map(read).collect()
            }
            Some(_) => Err(wrong(path, Expected::List)),
        }
    }
}

/// The day of a date of ISO 8601 between the years 1970 and 9999, or of a whole number of days since 1970-01-01.
pub fn day(text: &str) -> Option<i64> {
    day_of(text.parse().map_or_else(|_| Loose::Text(text.to_owned()), Loose::Whole))
}

/// The date of a day, such as `2026-11-24` for 20781; a day outside the years 1970 to 9999 stays a number.
pub fn date(day: i64) -> String {
    if !(0..=LAST_DAY).contains(&day) {
        return day.to_string();
    }
    // Years begin in March here, so that the leap day stands at the end (Hinnant, “chrono-compatible low-level date algorithms”).
    let since = day + 719_468;
    let (era, of_era) = (since / 146_097, since % 146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let march = (5 * of_year + 2) / 153;
    let month = if march < 10 { march + 3 } else { march - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{:02}", of_year - (153 * march + 2) / 5 + 1)
}

/// 9999-12-31.
const LAST_DAY: i64 = 2_932_896;

/// Days since 1970 from a number, or from a date of ISO 8601 between the years 1970 and 9999.
fn day_of(loose: Loose) -> Option<i64> {
    match loose {
        Loose::Whole(n) if (0..=LAST_DAY).contains(&n) => Some(n),
        Loose::Text(date) => day_of_date(&date),
        _ => None,
    }
}

fn day_of_date(date: &str) -> Option<i64> {
    let mut parts = date.split('-');
    let mut part = |digits: usize| {
        let part = parts.next().filter(|p| p.len() == digits && p.bytes().all(|b| b.is_ascii_digit()))?;
        part.parse::<i64>().ok()
    };
    let (year, month, day) = (part(4)?, part(2)?, part(2)?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let lengths = [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let index = usize::try_from(month - 1).ok()?;
    if year < 1970 || !(1..=*lengths.get(index)?).contains(&day) || parts.next().is_some() {
        return None;
    }
    let before = year - 1;
    let leaps = (before / 4 - before / 100 + before / 400) - 477;
    Some((year - 1970) * 365 + leaps + lengths.iter().take(index).sum::<i64>() + day - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_days_since_1970() {
        for (date, day) in
            [("1970-01-01", 0), ("2000-02-29", 11_016), ("2000-03-01", 11_017), ("2026-11-24", 20_781), ("9999-12-31", 2_932_896)]
        {
            assert_eq!(day_of_date(date), Some(day), "{date}");
            assert_eq!(super::date(day), date);
        }
        assert!((0..=LAST_DAY).step_by(61).all(|d| day(&date(d)) == Some(d)));
        assert_eq!((day("20781"), day("-1"), date(-1)), (Some(20_781), None, "-1".to_owned()));
        for date in ["2026-02-29", "2026-13-01", "2026-00-10", "2026-1-1", "1969-12-31", "2026-11-24T00", "", "2026-11-24-", "二零二六"]
        {
            assert_eq!(day_of_date(date), None, "{date}");
        }
    }
}
