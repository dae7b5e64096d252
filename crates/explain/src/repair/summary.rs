//! What the next person reads in twenty seconds: seen, done, ruled out, still likely, what to have ready.

use posdx_model::{Lang, Text};
use serde::Serialize;

use super::model::Model;
use super::session::{Entry, LastSale, Next, State};
use crate::explanation::Contact;
use crate::odds::rounded;

/// A cause that began above this and ended below the other is ruled out.
const WORTH_NAMING: f64 = 0.05;
const RULED_OUT: f64 = 0.02;
/// Causes still likely that are named.
const LIKELY_MAX: usize = 3;

/// The hand-over.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// `posdx.summary/1`.
    pub schema: &'static str,
    /// The code, when there was one.
    pub code: Option<String>,
    /// What was the matter.
    pub title: Text,
    /// How it ended, or that it goes on.
    pub outcome: Text,
    /// What is known about the money.
    pub money: Text,
    /// What was seen: question and answer.
    pub seen: Vec<Text>,
    /// What was done, and whether it helped.
    pub done: Vec<Text>,
    /// What it is not.
    pub ruled_out: Vec<Text>,
    /// What it may still be, with probabilities.
    pub likely: Vec<Likely>,
    /// Whom to call, with what at hand.
    pub contact: Option<Contact>,
}

/// A cause that is still likely.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Likely {
    /// Id.
    pub id: String,
    /// Its name.
    pub title: Text,
    /// Probability.
    pub p: f64,
}

/// Sums a repair up.
pub fn summary(model: &Model, entries: &[Entry], state: &State) -> Summary {
    let mut seen = Vec::new();
    let mut done = Vec::new();
    let mut sale = None;
    for entry in entries {
        match entry {
            Entry::LastSale { found } => sale = Some(*found),
            Entry::Told { question, answer } => {
                let Some(q) = model.questions.iter().find(|q| q.id == *question) else { continue };
                let said = match answer {
                    Some(id) => q.answers.iter().find(|a| a.id == *id).map(|a| a.text.clone()).unwrap_or_default(),
                    None => Text::new("说不准", "cannot tell"),
                };
                seen.push(Text::new(format!("{} {}", q.text.zh, said.zh), format!("{} {}", q.text.en, said.en)));
            }
            Entry::Did { step, helped } => {
                let Some(s) = model.steps.iter().find(|s| s.id == *step) else { continue };
                let (zh, en) = match helped {
                    Some(true) => ("好了", "it helped"),
                    Some(false) => ("没用", "no help"),
                    None => ("做不了", "could not be done"),
                };
                done.push(Text::new(format!("{}：{zh}", s.title.zh), format!("{}: {en}", s.title.en)));
            }
            Entry::Holds { .. } => {}
        }
    }
    let money = match sale {
        Some(LastSale::Succeeded) => Text::new(
            "查过：上一笔成功，钱已扣，不要再收。",
            "Looked up: the last sale succeeded. The money is taken; do not charge again.",
        ),
        Some(LastSale::Failed) => {
            Text::new("查过：上一笔没有成功，没有扣款。", "Looked up: the last sale did not succeed; no money was taken.")
        }
        Some(LastSale::Reversed) => {
            Text::new("查过：上一笔已冲正，钱退回原卡。", "Looked up: the last sale was reversed; the money goes back to the card.")
        }
        Some(LastSale::CannotTell) => {
            Text::new("查不到上一笔的结果，钱动没动不知道。", "The last sale could not be looked up; whether money moved is not known.")
        }
        None => model.reading.money.ground.clone(),
    };
    let outcome = match &state.next {
        Next::Solved(s) => {
            let step = &model.steps[*s].title;
            Text::new(format!("已修好：{}。", step.zh), format!("Solved by: {}.", step.en))
        }
        Next::Paid => Text::new("不用修：上一笔其实成功了。", "Nothing to repair: the last sale had succeeded."),
        Next::Call => Text::new("自己能试的都试了，该请人了。", "What can be tried on the spot has been tried; time to call."),
        _ => Text::new("还没修好。", "Not solved yet."),
    };
    let ruled_out = (0..model.causes.len())
        .filter(|f| model.prior[*f] >= WORTH_NAMING && state.posterior[*f] < RULED_OUT)
        .map(|f| model.causes[f].title.clone());
    let mut order: Vec<usize> = (0..model.causes.len()).collect();
    order.sort_by(|a, b| state.posterior[*b].total_cmp(&state.posterior[*a]));
    let open = !matches!(state.next, Next::Solved(_) | Next::Paid);
    let likely = order.iter().filter(|f| open && state.posterior[**f] >= RULED_OUT).take(LIKELY_MAX).map(|f| Likely {
        id: model.causes[*f].id.clone(),
        title: model.causes[*f].title.clone(),
        p: rounded(state.posterior[*f]),
    });
    Summary {
        schema: "posdx.summary/1",
        code: model.subject.code.clone(),
        title: model.reading.title.clone(),
        outcome,
        money,
        seen,
        done,
        ruled_out: ruled_out.collect(),
        likely: likely.collect(),
        contact: model.reading.contact.clone().filter(|_| open),
    }
}

impl Summary {
    /// As a page of plain text.
    pub fn text(&self, lang: Lang) -> String {
        self.lines(lang, "", "  ")
    }

    /// As Markdown.
    pub fn markdown(&self, lang: Lang) -> String {
        self.lines(lang, "**", "- ")
    }

    fn lines(&self, lang: Lang, strong: &str, bullet: &str) -> String {
        let word = |zh: &'static str, en: &'static str| match lang {
            Lang::Zh => zh,
            Lang::En => en,
        };
        let get = |t: &Text| t.get(lang).to_owned();
        let mut out = String::new();
        let code = self.code.as_ref().map(|c| format!("  {c}")).unwrap_or_default();
        out.push_str(&format!("{strong}{}{strong}{code}\n{}\n{}\n", get(&self.title), get(&self.outcome), get(&self.money)));
        let mut list = |head: &str, items: Vec<String>| {
            if !items.is_empty() {
                out.push_str(&format!("\n{strong}{head}{strong}\n"));
                for item in items {
                    out.push_str(&format!("{bullet}{item}\n"));
                }
            }
        };
        list(word("看到的", "Seen"), self.seen.iter().map(get).collect());
        list(word("做过的", "Done"), self.done.iter().map(get).collect());
        list(word("已排除", "Ruled out"), self.ruled_out.iter().map(get).collect());
        let likely = self.likely.iter().map(|l| format!("{} {:.0} %", get(&l.title), l.p * 100.0));
        list(word("还可能是", "Still likely"), likely.collect());
        if let Some(contact) = &self.contact {
            let ready: Vec<String> = contact.have_ready.iter().map(get).collect();
            let ready = ready.join(word("；", "; "));
            list(word("找谁", "Whom to call"), vec![format!("{} {}", get(&contact.who), contact.number).trim().to_owned()]);
            list(word("手边备好", "Have at hand"), vec![ready]);
        }
        out
    }
}
