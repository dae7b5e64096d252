//! Explain a code, several codes or a symptom.

use posdx_catalogue::spelling::TEXT_BYTES_MAX;
use posdx_explain::render::{View, terminal};
use posdx_explain::{Explanation, Question, explain, explain_listed};
use posdx_model::{Place, Role};
use serde::Deserialize;
use serde_json::json;

use crate::answer::Answer;
use crate::ask::{Asked, Form};
use crate::problem::{Kind, Problem};
use crate::routes::{BodyDoc, Param, Route};
use crate::state::State;
use crate::{api, page};

/// Columns of an answer in text.
const WIDTH: usize = 80;

/// The routes of this group.
pub fn routes() -> Vec<Route> {
    let place = Param::may("where", "pos|app|receipt|api|printer|card|modem", "Where the code was seen.", "pos");
    vec![
        Route::get("explain", "/api/v1/explain", "Explain a code, several codes, or a symptom in words.", get)
            .params([Param::must("q", "What the terminal shows, or what is the matter. Not for card data: use POST.", "C101"), place])
            .all_forms()
            .gives("Explanation")
            .fails(&[Kind::BadInput]),
        Route::post(
            "explain-text",
            "/api/v1/explain",
            "The same for a longer text.",
            BodyDoc { schema: "Question", also: &["text/plain"], example: r#"{"text":"刷卡机说余额不足","where":"pos"}"# },
            post,
        )
        .all_forms()
        .gives("Explanation")
        .fails(&[Kind::BadInput, Kind::TooLarge, Kind::MediaType]),
        Route::get("code", "/api/v1/codes/{namespace}/{value}", "Explain one value of one list.", code)
            .params([
                Param::path("namespace", "Id of the list.", "cups-pos"),
                Param::path("value", "The value, as the list writes it.", "51"),
            ])
            .all_forms()
            .gives("Explanation")
            .fails(&[Kind::NotKnown]),
    ]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asks {
    text: String,
    #[serde(default, rename = "where")]
    place: Option<Place>,
}

fn get(state: &State, asked: &Asked) -> Result<Answer, Problem> {
    let text = asked.query("q").ok_or_else(|| {
        Problem::input("没有要解释的内容。用 q= 给出代码或一句话。", "There is nothing to explain. Give a code or a sentence with q=.")
    })?;
    let place = asked
        .query("where")
        .map(str::parse)
        .transpose()
        .map_err(|e: String| Problem::input(format!("where 不对：{e}"), format!("where: {e}")))?;
    answer(state, asked, text, place)
}

fn post(state: &State, asked: &Asked) -> Result<Answer, Problem> {
    if asked.body.kind == "text/plain" {
        let text = String::from_utf8_lossy(&asked.body.bytes);
        return answer(state, asked, &text, None);
    }
    let asks: Asks = api::json(asked)?;
    answer(state, asked, &asks.text, asks.place)
}

fn answer(state: &State, asked: &Asked, text: &str, place: Option<Place>) -> Result<Answer, Problem> {
    if text.len() > TEXT_BYTES_MAX {
        return Err(Problem::new(
            Kind::TooLarge,
            format!("内容超过 {TEXT_BYTES_MAX} 字节。只给出有代码的那一行。"),
            format!("The text is longer than {TEXT_BYTES_MAX} bytes. Give only the line with the code."),
        ));
    }
    if text.trim().is_empty() {
        return Err(Problem::input("没有要解释的内容。", "There is nothing to explain."));
    }
    let explanation = explain(state.catalogue(), Question { text, place });
    state.metrics.explained(explanation.verdict);
    give(state, asked, &explanation)
}

fn code(state: &State, asked: &Asked) -> Result<Answer, Problem> {
    let explanation = listed(state, asked.part("namespace"), asked.part("value"))?;
    give(state, asked, &explanation)
}

/// One value of one list, or what is near it.
pub fn listed(state: &State, namespace: &str, value: &str) -> Result<Explanation, Problem> {
    if let Some(explanation) = explain_listed(state.catalogue(), namespace, value) {
        return Ok(explanation);
    }
    let nearest: Vec<String> = match explain(state.catalogue(), Question { text: value, place: None }) {
        e if e.readings.is_empty() => e.unknown.map(|u| u.nearest.into_iter().map(|n| n.id).collect()).unwrap_or_default(),
        e => e.readings.into_iter().filter_map(|r| Some(r.code?.id)).collect(),
    };
    Err(Problem::new(
        Kind::NotKnown,
        format!("码表“{namespace}”里没有“{value}”，不要猜它的意思。先查询上一笔，查清之前不要再收。"),
        format!(
            "The list `{namespace}` has no `{value}`; do not guess what it means. Query the last sale, and take no payment before you know."
        ),
    )
    .with("nearest", json!(nearest)))
}

fn give(state: &State, asked: &Asked, explanation: &Explanation) -> Result<Answer, Problem> {
    match asked.form {
        Form::Json => Answer::json(explanation),
        Form::Text => {
            let view = View { lang: asked.lang, role: Role::Cashier, width: WIDTH, all: false };
            let text = terminal::render(explanation, view);
            Ok(Answer::text(anstream::adapter::strip_str(&text).to_string()))
        }
        Form::Html => page::find::answer(state, asked, explanation),
    }
}
