//! A closed repair → a case to learn from.

use posdx_diagnosis::learning::{Case, Done, Told};
use posdx_model::Text;

use super::session::{Entry, LastSale, Session};

/// What a session says to learning. `id` is unique among the cases, `day` counts from 1970-01-01.
///
/// Only what was told and done counts; of a question that was answered twice the later answer, as in the repair itself.
///
/// # Errors
/// It is not closed: nothing helped and nobody confirmed a cause; or there was nothing to repair.
pub fn case_of(session: &Session, id: String, day: i64) -> Result<Case, Text> {
    let mut told: Vec<Told> = Vec::new();
    let mut done: Vec<Done> = Vec::new();
    for entry in &session.entries {
        match entry {
            Entry::Told { question, answer } => {
                told.retain(|t| t.question != *question);
                told.push(Told { question: question.clone(), answer: answer.clone() });
            }
            Entry::Did { step, helped: Some(helped) } => done.push(Done { step: step.clone(), helped: *helped }),
            Entry::LastSale { found: LastSale::Succeeded } => {
                return Err(Text::new(
                    "上一笔其实成功了，没有故障可学。",
                    "The last sale had succeeded: there was no trouble to learn from.",
                ));
            }
            Entry::Did { helped: None, .. } | Entry::LastSale { .. } | Entry::Holds { .. } => {}
        }
    }
    if session.cause.is_none() && !done.iter().any(|d| d.helped) {
        return Err(Text::new(
            "还没有结案：没有一步有用，也没有确认原因。用 posdx fix --session 接着修，或用 --cause 写明原因。",
            "It is not closed: no step helped and no cause is confirmed. Go on with posdx fix --session, or give --cause.",
        ));
    }
    Ok(Case {
        id,
        day,
        condition: session.subject.condition.clone(),
        terminal: session.terminal.clone(),
        contexts: session.contexts.clone(),
        told,
        done,
        cause: session.cause.clone(),
        ..Case::default()
    })
}
