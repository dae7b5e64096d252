//! Till cards, to print and hang up.

use posdx_explain::render::card::TillCard;
use serde_json::json;

use crate::answer::{Answer, Policy};
use crate::ask::Asked;
use crate::problem::{Kind, Problem};
use crate::routes::{Param, Route};
use crate::state::State;

/// The routes of this group.
pub fn routes() -> Vec<Route> {
    vec![
        Route::get("cards", "/api/v1/cards", "The till cards there are.", all).gives("Listing"),
        Route::get("card", "/api/v1/cards/{id}", "One till card: the dozen codes a shop meets most.", one)
            .params([
                Param::path("id", "Id of the card.", "unionpay"),
                Param::may("format", "json|text|html|svg", "text is for 58 mm paper; html and svg are A5.", "json"),
                Param::may("lang", "zh|en", "Its language, when not that of the request.", "zh"),
            ])
            .gives("TillCard")
            .fails(&[Kind::NotKnown, Kind::BadInput]),
    ]
}

fn all(state: &State, _: &Asked) -> Result<Answer, Problem> {
    let lines: Vec<_> = state.catalogue().till_cards().map(|c| json!({"id": c.id, "title": c.title})).collect();
    Answer::json(&json!({"schema": "posdx.list/1", "catalogue": state.catalogue().version(), "lines": lines}))
}

fn one(state: &State, asked: &Asked) -> Result<Answer, Problem> {
    let lang = match asked.query("lang").map(str::parse) {
        None => asked.lang,
        Some(Ok(lang)) => lang,
        Some(Err(_)) => return Err(Problem::input("lang 只能是 zh 或 en。", "lang is zh or en.")),
    };
    let card = TillCard::new(state.catalogue(), asked.part("id"), lang).ok_or_else(|| {
        let known: Vec<String> = state.catalogue().till_cards().map(|c| c.id).collect();
        let known = known.join(", ");
        Problem::new(Kind::NotKnown, format!("没有这张卡。有这些：{known}"), format!("There is no such till card. Known: {known}"))
    })?;
    Ok(match asked.query("format").unwrap_or("json") {
        "json" => Answer::json(&json!({"schema": "posdx.till-card/1", "text": card.slip()}))?,
        "text" => Answer::text(card.slip()),
        "html" => Answer::new("text/html; charset=utf-8", Policy::Printed, card.html()),
        "svg" => Answer::new("image/svg+xml", Policy::Printed, card.svg()),
        _ => return Err(Problem::input("format 只能是 json、text、html 或 svg。", "format is json, text, html or svg.")),
    })
}
