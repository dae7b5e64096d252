//! Where a repair stands, as surfaces show it: one question or step with its answers, the causes as bars, and the reasons.

use posdx_catalogue::Catalogue;
use posdx_model::{Actor, Text};
use serde::Serialize;

use super::model::Model;
use super::session::{Entry, LastSale, Next, State};
use super::told;
use crate::explanation::Contact;
use crate::odds::{odds, rounded};

/// The step that looks the last sale up, and the one that waits for its reversal.
const QUERY_STEP: &str = "query-last-sale";
const REVERSAL_STEP: &str = "wait-for-reversal";
/// Causes that are shown.
const CAUSES_MAX: usize = 5;
/// A logarithm of a likelihood ratio below this says next to nothing.
const WORTH_SAYING: f64 = 0.2;

/// Everything that a surface needs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct View {
    /// `posdx.repair/1`.
    pub schema: &'static str,
    /// Id of the code, when there is one.
    pub code: Option<String>,
    /// Id of the condition.
    pub condition: String,
    /// What is the matter.
    pub title: Text,
    /// What to do next.
    pub next: NextView,
    /// The causes, likeliest first.
    pub causes: Vec<CauseView>,
    /// Expected minutes until it works, weighted by who spends them.
    pub expected: Option<f64>,
    /// No plan can take less.
    pub bound: Option<f64>,
    /// Two causes at once explain what was told better than one.
    pub several: Vec<[Text; 2]>,
    /// Entries so far.
    pub entries: usize,
}

/// One thing to do or to answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NextView {
    /// `last-sale`, `ask`, `confirm`, `do`, `call`, `solved` or `paid`.
    pub kind: String,
    /// Id of the question, step or precondition.
    pub id: String,
    /// Short name.
    pub title: Text,
    /// What to do or to answer.
    pub text: Text,
    /// Who does it.
    pub by: Option<Actor>,
    /// Minutes.
    pub minutes: Option<f64>,
    /// Why this, and why now.
    pub because: Text,
    /// The possible answers.
    pub choices: Vec<Choice>,
    /// Whom to call.
    pub contact: Option<Contact>,
}

/// One possible answer, and the entry that it makes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Choice {
    /// Id.
    pub id: String,
    /// Its words.
    pub text: Text,
    /// What is written down when it is chosen.
    pub entry: Entry,
}

/// A cause with what speaks for and against it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CauseView {
    /// Id.
    pub id: String,
    /// Its name.
    pub title: Text,
    /// How to tell.
    pub explain: Text,
    /// Probability now.
    pub p: f64,
    /// Probability before anything was told.
    pub before: f64,
    /// What spoke for it and against it.
    pub reasons: Vec<ForAgainst>,
}

/// What one entry says about a cause.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ForAgainst {
    /// What was told or done.
    pub text: Text,
    /// Natural logarithm of the likelihood ratio against the other causes: above zero speaks for it.
    pub log_ratio: f64,
}

/// Draws up the view of a state.
pub fn view(catalogue: &Catalogue, model: &Model, entries: &[Entry], state: &State) -> View {
    let mut order: Vec<usize> = (0..model.causes.len()).collect();
    order.sort_by(|a, b| state.posterior[*b].total_cmp(&state.posterior[*a]).then(a.cmp(b)));
    let causes = order.iter().take(CAUSES_MAX).map(|f| CauseView {
        id: model.causes[*f].id.clone(),
        title: model.causes[*f].title.clone(),
        explain: model.causes[*f].explain.clone(),
        p: rounded(state.posterior[*f]),
        before: rounded(model.prior[*f]),
        reasons: state
            .weights
            .iter()
            .filter(|(_, ratios)| ratios[*f].abs() >= WORTH_SAYING)
            .filter_map(|(i, ratios)| Some(ForAgainst { text: said(model, entries.get(*i)?)?, log_ratio: rounded(ratios[*f]) }))
            .collect(),
    });
    let name = |f: usize| model.causes[f].title.clone();
    View {
        schema: "posdx.repair/1",
        code: model.subject.code.clone(),
        condition: model.subject.condition.clone(),
        title: model.reading.title.clone(),
        next: next_view(catalogue, model, state),
        causes: causes.collect(),
        expected: state.advice.as_ref().map(|a| rounded(a.ecr)),
        bound: state.advice.as_ref().map(|a| rounded(a.bound)),
        several: state.several.iter().map(|(f, g, _)| [name(*f), name(*g)]).collect(),
        entries: entries.len(),
    }
}

/// What was told or done, in a few words.
fn said(model: &Model, entry: &Entry) -> Option<Text> {
    Some(match entry {
        Entry::Told { question, answer } => {
            let q = model.questions.iter().find(|q| q.id == *question)?;
            let a = q.answers.iter().find(|a| Some(&a.id) == answer.as_ref())?;
            Text::new(format!("{} {}", q.text.zh, a.text.zh), format!("{} {}", q.text.en, a.text.en))
        }
        Entry::Did { step, .. } => {
            let s = model.steps.iter().find(|s| s.id == *step)?;
            Text::new(format!("{}没用", s.title.zh), format!("{} did not help", s.title.en))
        }
        Entry::LastSale { .. } | Entry::Holds { .. } => return None,
    })
}

fn next_view(catalogue: &Catalogue, model: &Model, state: &State) -> NextView {
    let blank = |kind: &str| NextView {
        kind: kind.to_owned(),
        id: String::new(),
        title: Text::default(),
        text: Text::default(),
        by: None,
        minutes: None,
        because: Text::default(),
        choices: Vec::new(),
        contact: None,
    };
    match &state.next {
        Next::LastSale { wait } => {
            let id = if *wait { REVERSAL_STEP } else { model.condition.query.as_deref().unwrap_or(QUERY_STEP) };
            let step = catalogue.step(id);
            let choice = |found: LastSale| Choice { id: found.to_string(), text: told::last_sale(found), entry: Entry::LastSale { found } };
            NextView {
                id: id.to_owned(),
                title: step.as_ref().map(|s| s.title.clone()).unwrap_or_default(),
                text: step.as_ref().map(|s| s.text.clone()).unwrap_or_default(),
                by: step.as_ref().map(|s| s.by),
                minutes: step.as_ref().map(|s| s.minutes),
                because: Text::new(
                    "钱动没动还不知道，先查清才能做别的。",
                    "Whether money moved is not known; nothing else may come before finding out.",
                ),
                choices: LastSale::ALL.iter().copied().map(choice).collect(),
                ..blank("last-sale")
            }
        }
        Next::Ask(q) => {
            let question = &model.questions[*q];
            let choices = question.answers.iter().map(|a| Choice {
                id: a.id.clone(),
                text: a.text.clone(),
                entry: Entry::Told { question: question.id.clone(), answer: Some(a.id.clone()) },
            });
            let cannot = Choice {
                id: "cannot-tell".into(),
                text: told::cannot_tell(),
                entry: Entry::Told { question: question.id.clone(), answer: None },
            };
            NextView {
                id: question.id.clone(),
                text: question.text.clone(),
                by: Some(question.by),
                minutes: Some(question.minutes),
                because: because_ask(model, state, *q),
                choices: choices.chain([cannot]).collect(),
                ..blank("ask")
            }
        }
        Next::Confirm { precondition, step } => {
            let record = catalogue.precondition(precondition);
            let choice = |holds: bool| Choice {
                id: if holds { "yes" } else { "no" }.into(),
                text: told::holds(holds),
                entry: Entry::Holds { precondition: precondition.clone(), holds },
            };
            let title = &model.steps[*step].title;
            NextView {
                id: precondition.clone(),
                title: title.clone(),
                text: record.map(|r| r.ask).unwrap_or_default(),
                because: Text::new(
                    format!("下一步是“{}”，这一条不满足就可能弄丢东西。", title.zh),
                    format!("The next step is “{}”; without this it may do harm.", title.en),
                ),
                choices: vec![choice(true), choice(false)],
                ..blank("confirm")
            }
        }
        Next::Do(s) => {
            let step = &model.steps[*s];
            let choice = |id: &str, helped: Option<bool>| Choice {
                id: id.into(),
                text: told::helped(helped),
                entry: Entry::Did { step: step.id.clone(), helped },
            };
            let chance = state.advice.as_ref().map_or(0.0, |a| a.chance);
            NextView {
                id: step.id.clone(),
                title: step.title.clone(),
                text: step.text.clone(),
                by: Some(step.by),
                minutes: Some(step.minutes),
                because: because_do(model, state, *s, chance),
                choices: vec![choice("helped", Some(true)), choice("no-help", Some(false)), choice("cannot", None)],
                ..blank("do")
            }
        }
        Next::Call => NextView {
            title: Text::new("找人帮忙", "Call for help"),
            text: Text::new("把下面这份小结念给对方听。", "Read the summary below to whoever answers."),
            because: Text::new("到这里再自己试就不划算了。", "From here on, trying more costs more than calling."),
            contact: model.reading.contact.clone(),
            ..blank("call")
        },
        Next::Solved(s) => NextView {
            id: model.steps[*s].id.clone(),
            title: Text::new("好了", "It works again"),
            text: Text::new("做一笔小额或查余额，确认真的好了。", "Make sure with a small sale or a balance enquiry."),
            ..blank("solved")
        },
        Next::Paid => NextView {
            title: Text::new("上一笔已经成功", "The last sale succeeded"),
            text: Text::new(
                "钱已收到。补打小票，交货，不要再收一次。",
                "The money is in. Reprint the slip, hand over the goods, do not charge again.",
            ),
            ..blank("paid")
        },
    }
}

/// Why this question: which causes its answers tell apart.
fn because_ask(model: &Model, state: &State, q: usize) -> Text {
    let rows = &model.answers[q];
    let mut pair = (0, 0, 0.0);
    for f in 0..rows.len() {
        for g in f + 1..rows.len() {
            let apart: f64 = rows[f].iter().zip(&rows[g]).map(|(x, y)| (x - y).abs()).sum::<f64>() / 2.0;
            let worth = apart * state.posterior[f].min(state.posterior[g]);
            if worth > pair.2 {
                pair = (f, g, worth);
            }
        }
    }
    let (f, g) = (&model.causes[pair.0].title, &model.causes[pair.1].title);
    Text::new(format!("它能分清“{}”和“{}”。", f.zh, g.zh), format!("It tells “{}” from “{}”.", f.en, g.en))
}

/// Why this step: how likely it helps, what it rules out, and what it saves.
fn because_do(model: &Model, state: &State, s: usize, chance: f64) -> Text {
    let likely = odds(chance);
    let main = (0..model.causes.len()).max_by(|a, b| {
        let gain = |f: usize| state.posterior[f] * model.repairs[s][f];
        gain(*a).total_cmp(&gain(*b))
    });
    let cause = main.map(|f| model.causes[f].title.clone()).unwrap_or_default();
    let saved = state.advice.as_ref().and_then(|a| Some(a.without? - a.ecr)).filter(|m| *m >= 0.5);
    let (more_zh, more_en) = match saved {
        Some(m) => (format!("先做它平均省 {m:.0} 分钟。"), format!(" Doing it first saves {m:.0} minutes on average.")),
        None => (String::new(), String::new()),
    };
    Text::new(
        format!("{}能解决，主要对付“{}”。{more_zh}", likely.zh, cause.zh),
        format!("Helps {}, mostly against “{}”.{more_en}", likely.en, cause.en),
    )
}
