//! One entry of a session in words: what was asked or done, and what came of it.

use posdx_catalogue::Catalogue;
use posdx_model::Text;

use super::model::Model;
use super::session::{Entry, LastSale};

/// An entry in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// What was asked or done.
    pub what: Text,
    /// The answer, or what came of it.
    pub answer: Text,
}

/// An entry in words; `None` if the model does not know what it speaks of.
pub fn told(catalogue: &Catalogue, model: &Model, entry: &Entry) -> Option<Told> {
    Some(match entry {
        Entry::LastSale { found } => Told { what: Text::new("查询上一笔", "Query the last sale"), answer: last_sale(*found) },
        Entry::Told { question, answer } => {
            let q = model.questions.iter().find(|q| q.id == *question)?;
            let answer = match answer {
                Some(id) => q.answers.iter().find(|a| a.id == *id)?.text.clone(),
                None => cannot_tell(),
            };
            Told { what: q.text.clone(), answer }
        }
        Entry::Did { step, helped: came } => {
            Told { what: model.steps.iter().find(|s| s.id == *step)?.title.clone(), answer: helped(*came) }
        }
        Entry::Holds { precondition, holds: yes } => Told { what: catalogue.precondition(precondition)?.ask, answer: holds(*yes) },
    })
}

pub(super) fn last_sale(found: LastSale) -> Text {
    match found {
        LastSale::Succeeded => Text::new("成功了", "It succeeded"),
        LastSale::Failed => Text::new("失败，或没有这一笔", "It failed, or there is none"),
        LastSale::Reversed => Text::new("已冲正", "It was reversed"),
        LastSale::CannotTell => Text::new("查不到", "Cannot tell"),
    }
}

pub(super) fn helped(helped: Option<bool>) -> Text {
    match helped {
        Some(true) => Text::new("好了", "It works now"),
        Some(false) => Text::new("没用", "No help"),
        None => Text::new("做不了", "Cannot be done"),
    }
}

pub(super) fn holds(holds: bool) -> Text {
    if holds { Text::new("是", "Yes") } else { Text::new("不是，或不知道", "No, or not known") }
}

pub(super) fn cannot_tell() -> Text {
    Text::new("说不准", "Cannot tell")
}
