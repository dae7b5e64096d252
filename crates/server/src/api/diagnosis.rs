//! Guided repair, step by step. The session's id is the session itself (see [`crate::repair`]).

use axum::http::{HeaderValue, StatusCode, header};
use posdx_explain::repair::summary;
use posdx_explain::{Question, Reading, Verdict, explain, explain_code};
use posdx_model::Place;
use serde::Deserialize;
use serde_json::json;

use crate::answer::Answer;
use crate::api;
use crate::ask::{Asked, Form};
use crate::problem::{Kind, Problem};
use crate::repair::{self, Standing};
use crate::routes::{BodyDoc, Param, Route};
use crate::state::State;

/// The routes of this group.
pub fn routes() -> Vec<Route> {
    let id = || Param::path("session", "The session's id, from an earlier answer.", EXAMPLE);
    const EMPTY: BodyDoc = BodyDoc { schema: "Nothing", also: &[], example: "{}" };
    vec![
        Route::post(
            "begin-diagnosis",
            "/api/v1/diagnosis",
            "Begin a guided repair of a code, or of what is the matter in words.",
            BodyDoc { schema: "Trouble", also: &[], example: r#"{"text":"C101","contexts":["after-update"]}"# },
            begin,
        )
        .heavy()
        .status(201)
        .gives("Diagnosis")
        .fails(&[Kind::BadInput, Kind::NotKnown, Kind::TooLarge, Kind::MediaType]),
        Route::get("diagnosis", "/api/v1/diagnosis/{session}", "Where a repair stands.", get)
            .params([id()])
            .heavy()
            .gives("Diagnosis")
            .fails(&[Kind::NotKnown, Kind::Contradiction]),
        Route::post(
            "answer-diagnosis",
            "/api/v1/diagnosis/{session}/answer",
            "Answer the question, or say how the step went; gives a session with one more entry.",
            BodyDoc { schema: "Choice", also: &[], example: r#"{"answer":"cannot-tell"}"# },
            answer,
        )
        .params([id()])
        .heavy()
        .gives("Diagnosis")
        .fails(&[Kind::BadInput, Kind::NotKnown, Kind::Contradiction, Kind::TooLarge, Kind::MediaType]),
        Route::post("undo-diagnosis", "/api/v1/diagnosis/{session}/undo", "Take the last entry back.", EMPTY, undo)
            .params([id()])
            .heavy()
            .gives("Diagnosis")
            .fails(&[Kind::NotKnown, Kind::Contradiction]),
        Route::get("summary", "/api/v1/diagnosis/{session}/summary", "What the next person must know.", sum)
            .params([id()])
            .heavy()
            .or_text()
            .gives("Summary")
            .fails(&[Kind::NotKnown, Kind::Contradiction]),
    ]
}

/// A session about `lakala/C101` with nothing told.
pub const EXAMPLE: &str = "MQoyMDI2LjExLjAKbGFrYWxhL0MxMDEKY29tbS5uby1yZXNwb25zZQo";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Trouble {
    text: String,
    #[serde(default, rename = "where")]
    place: Option<Place>,
    #[serde(default)]
    contexts: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Choice {
    answer: String,
}

fn begin(state: &State, asked: &Asked) -> Result<Answer, Problem> {
    let trouble: Trouble = api::json(asked)?;
    let reading = reading(state, &trouble)?;
    let standing = repair::stand(state, repair::begin(state, &reading, trouble.contexts)?)?;
    let place = format!("/api/v1/diagnosis/{}", repair::address(&standing.session));
    let answer = give(&standing)?.status(StatusCode::CREATED);
    Ok(match HeaderValue::from_str(&place) {
        Ok(place) => answer.header(header::LOCATION, place),
        Err(_) => answer,
    })
}

/// What is to be repaired: an id of a code, or whatever else people write.
fn reading(state: &State, trouble: &Trouble) -> Result<Reading, Problem> {
    let catalogue = state.catalogue();
    if let Some(reading) = trouble.text.split_once('/').and_then(|(list, value)| explain_code(catalogue, list, value)) {
        return Ok(reading);
    }
    let explanation = explain(catalogue, Question { text: &trouble.text, place: trouble.place });
    let sure = explanation.verdict == Verdict::Known || explanation.verdict == Verdict::Ambiguous && trouble.place.is_some();
    let ids: Vec<String> = explanation.readings.iter().filter_map(|r| Some(r.code.as_ref()?.id.clone())).collect();
    match explanation.readings.into_iter().next() {
        Some(reading) if sure => Ok(reading),
        Some(_) => Err(Problem::input(
            "有几种意思。用 where 说在哪里看到的，或用 text 给出完整的码，例如 cups-pos/68。",
            "It has several meanings. Say with where where it was seen, or give the whole id as text, such as cups-pos/68.",
        )
        .with("readings", json!(ids))),
        None => Err(Problem::new(Kind::NotKnown, "没听懂要修什么。", "What is to be repaired was not understood.")),
    }
}

fn get(state: &State, asked: &Asked) -> Result<Answer, Problem> {
    give(&stand(state, asked)?)
}

fn stand(state: &State, asked: &Asked) -> Result<Standing, Problem> {
    repair::stand(state, repair::session(asked.part("session"))?)
}

fn answer(state: &State, asked: &Asked) -> Result<Answer, Problem> {
    let choice: Choice = api::json(asked)?;
    let before = stand(state, asked)?;
    let Some(chosen) = before.view.next.choices.iter().find(|c| c.id == choice.answer) else {
        let ids: Vec<&str> = before.view.next.choices.iter().map(|c| c.id.as_str()).collect();
        let all = ids.join(", ");
        return Err(Problem::input(format!("这里没有这个回答。可以回答：{all}"), format!("There is no such answer here. Possible: {all}"))
            .with("answers", json!(ids)));
    };
    give(&repair::stand(state, repair::with(&before.session, chosen.entry.clone()))?)
}

fn undo(state: &State, asked: &Asked) -> Result<Answer, Problem> {
    let session = repair::session(asked.part("session"))?;
    let before = repair::cut(&session, session.entries.len().saturating_sub(1));
    give(&repair::stand(state, before)?)
}

fn sum(state: &State, asked: &Asked) -> Result<Answer, Problem> {
    let standing = stand(state, asked)?;
    let summary = summary(&standing.model, &standing.session.entries, &standing.now);
    match asked.form {
        Form::Text => Ok(Answer::text(summary.text(asked.lang))),
        Form::Json | Form::Html => Answer::json(&summary),
    }
}

fn give(standing: &Standing) -> Result<Answer, Problem> {
    Answer::json(&json!({
        "schema": "posdx.diagnosis/1",
        "id": repair::address(&standing.session),
        "session": standing.session,
        "view": standing.view,
    }))
}
