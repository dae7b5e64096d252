//! What is wrong with a line of a case file, in words. Positions and names of fields are given, values never.

use posdx_model::Text;

/// What should have stood in a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// A JSON object, `{…}`.
    Fields,
    /// A list, `[…]`.
    List,
    /// A text that is not empty.
    Text,
    /// A text, or null.
    TextOrNull,
    /// True or false.
    Bool,
    /// Days since 1970-01-01 as a whole number, or a date such as `2026-11-24`.
    Day,
    /// A number above 0 and at most a million.
    Weight,
    /// A number above 0 and at most 1.
    Propensity,
    /// Probabilities for all suspected causes that add up to 1, or for none of them.
    Shares,
    /// One of the known fields.
    KnownField,
    /// The field must stand there.
    Present,
    /// The field may stand there only once.
    Once,
    /// Id of a condition in the catalogue.
    Condition,
    /// Id of a cause in the catalogue.
    Cause,
    /// Id of a step in the catalogue.
    Step,
    /// Id of a question in the catalogue.
    Question,
    /// Id of one of the question's answers.
    Answer,
    /// Id of a context in the catalogue.
    Context,
}

impl Expected {
    /// As a phrase.
    pub fn text(self) -> Text {
        let (zh, en) = match self {
            Expected::Fields => ("一个 JSON 对象 {…}", "a JSON object {…}"),
            Expected::List => ("一个列表 […]", "a list […]"),
            Expected::Text => ("一段不空的文字", "a text that is not empty"),
            Expected::TextOrNull => ("一段文字，或 null", "a text, or null"),
            Expected::Bool => ("true 或 false", "true or false"),
            Expected::Day => (
                "从 1970-01-01 数起的天数（整数），或 2026-11-24 这样的日期",
                "days since 1970-01-01 as a whole number, or a date such as 2026-11-24",
            ),
            Expected::Weight => ("大于 0、不超过一百万的数", "a number above 0 and at most a million"),
            Expected::Propensity => ("大于 0、不超过 1 的数", "a number above 0 and at most 1"),
            Expected::Shares => {
                ("每个可能原因都写概率并且合计为 1，或都不写", "probabilities for all of the causes that add up to 1, or for none")
            }
            Expected::KnownField => ("案例里有的字段名", "a field that cases have"),
            Expected::Present => ("这个字段，它缺了", "this field, which is missing"),
            Expected::Once => ("这个字段只写一次", "this field only once"),
            Expected::Condition => ("知识库里某个状况的编号", "the id of a condition in the catalogue"),
            Expected::Cause => ("知识库里某个原因的编号", "the id of a cause in the catalogue"),
            Expected::Step => ("知识库里某个步骤的编号", "the id of a step in the catalogue"),
            Expected::Question => ("知识库里某个问题的编号", "the id of a question in the catalogue"),
            Expected::Answer => ("这个问题的某个答案的编号", "the id of one of this question's answers"),
            Expected::Context => ("知识库里某个场合的编号", "the id of a context in the catalogue"),
        };
        Text::new(zh, en)
    }
}

/// How a case contradicts itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clash {
    /// Two steps are said to have helped.
    HelpedTwice,
    /// Something was still done after a step had helped.
    DoneAfterHelp,
    /// One question, two answers.
    TwoAnswers,
    /// The cause is not among the causes of the condition.
    ForeignCause,
    /// An earlier line has the same id.
    SameId,
    /// A cause is confirmed, and others are suspected.
    Undecided,
    /// One cause is suspected twice.
    SuspectTwice,
}

impl Clash {
    /// As a sentence.
    pub fn text(self) -> Text {
        let (zh, en) = match self {
            Clash::HelpedTwice => ("有两个步骤都写着解决了问题", "two steps are said to have helped"),
            Clash::DoneAfterHelp => ("问题解决之后又做了别的步骤", "a step was done after one had helped"),
            Clash::TwoAnswers => ("同一个问题有两个不同的答案", "one question has two different answers"),
            Clash::ForeignCause => ("这个原因不属于这个状况", "this cause is not a cause of this condition"),
            Clash::SameId => ("前面已有同一编号的案例", "an earlier line has the same id"),
            Clash::Undecided => ("cause 已经确认了原因，就不能再有 causes", "with a confirmed cause there can be no suspected causes"),
            Clash::SuspectTwice => ("同一个原因写了两次", "one cause stands there twice"),
        };
        Text::new(zh, en)
    }
}

/// The kind of a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The line is no JSON from this column on (counted from 1; 0 where it is not known).
    NotJson(usize),
    /// Something else was expected.
    Expected(Expected),
    /// The case contradicts itself.
    Clash(Clash),
}

/// A line that does not count, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Line, counted from 1; 0 for a case that did not come from a file.
    pub line: usize,
    /// The field, such as `told[2].answer`, counted from 0; empty when the whole line is meant.
    pub field: String,
    /// What is wrong.
    pub fault: Fault,
}

impl Problem {
    /// The whole sentence: where, and what was expected.
    pub fn text(&self) -> Text {
        let (line, field) = (self.line, &self.field);
        let place = if field.is_empty() {
            Text::new(format!("第 {line} 行"), format!("Line {line}"))
        } else {
            Text::new(format!("第 {line} 行，字段 {field}"), format!("Line {line}, field {field}"))
        };
        let what = match self.fault {
            Fault::NotJson(0) => Text::new("不是 JSON", "not JSON"),
            Fault::NotJson(column) => Text::new(format!("从第 {column} 列起不是 JSON"), format!("not JSON from column {column} on")),
            Fault::Expected(e) => {
                let e = e.text();
                Text::new(format!("这里应该是{}", e.zh), format!("expected {}", e.en))
            }
            Fault::Clash(c) => c.text(),
        };
        Text::new(format!("{}：{}。", place.zh, what.zh), format!("{}: {}.", place.en, what.en))
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text().en)
    }
}
