//! `/e/<namespace>/<value>` and `/c/<condition>`: stable pages that a printed code can point to.

use posdx_explain::{Explanation, Reading, Verdict, explain_condition};

use super::reading::ReadingPage;
use super::shell::{Shell, Tab};
use crate::answer::Answer;
use crate::api;
use crate::ask::Asked;
use crate::problem::{Kind, Problem};
use crate::repair::{self, Standing};
use crate::state::State;

/// A code of a list.
pub fn code(state: &State, asked: &Asked) -> Result<Answer, Problem> {
    let explanation = api::explain::listed(state, asked.part("namespace"), asked.part("value"))?;
    page(state, asked, &explanation)
}

/// A condition without a code.
pub fn condition(state: &State, asked: &Asked) -> Result<Answer, Problem> {
    let id = asked.part("condition");
    let reading = explain_condition(state.catalogue(), id)
        .ok_or_else(|| Problem::new(Kind::NotKnown, "目录里没有这种情况。", "The catalogue has no such condition."))?;
    let explanation = Explanation {
        schema: "posdx.explanation/1",
        catalogue: state.catalogue().version().to_owned(),
        input: posdx_explain::Input { text: id.to_owned(), codes: Vec::new(), more: false },
        verdict: Verdict::Known,
        readings: vec![reading],
        ask: None,
        unknown: None,
    };
    page(state, asked, &explanation)
}

/// The page of an explanation's first reading.
pub fn page(state: &State, asked: &Asked, explanation: &Explanation) -> Result<Answer, Problem> {
    let reading = explanation.readings.first();
    let reading = reading.ok_or_else(|| Problem::new(Kind::NotKnown, "没有可说的。", "There is nothing to say."))?;
    let repair = first(state, reading)?;
    let shell = Shell::of(asked, Tab::Find);
    let title = match &reading.code {
        Some(code) => format!("{} {}", code.value, reading.title.get(asked.lang)),
        None => reading.title.get(asked.lang).to_owned(),
    };
    let drawn = ReadingPage { shell, reading, repair: repair.as_ref() };
    Ok(Answer::page(shell.page(&title, drawn.body(explanation))))
}

/// The first page of the repair, where there is something to repair.
pub fn first(state: &State, reading: &Reading) -> Result<Option<Standing>, Problem> {
    if reading.plan.is_empty() {
        return Ok(None);
    }
    repair::stand(state, repair::begin(state, reading, Vec::new())?).map(Some)
}
