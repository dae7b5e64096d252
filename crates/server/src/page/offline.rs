//! What works without a network: a compact index of codes, a page that looks things up in it, and the worker that keeps both.

use std::collections::BTreeMap;

use maud::html;
use posdx_explain::{Reading, Ui, explain_code, explain_condition};
use posdx_model::{Lang, Text};
use serde_json::{Value, json};

use super::shell::{Shell, Tab};
use crate::answer::{Answer, Policy};
use crate::ask::Asked;
use crate::assets;
use crate::problem::Problem;
use crate::state::State;

/// `/offline`: looks up in the index.
pub fn page(_: &State, asked: &Asked) -> Result<Answer, Problem> {
    let shell = Shell::of(asked, Tab::Find);
    let w = shell.words();
    let body = html! {
        div.narrow data-offline data-nothing=(w.offline_nothing()) data-then=(w.offline_then()) data-money=(w.reading_money()) data-say=(w.reading_say()) data-retry=(w.reading_retry()) {
            h1 { (w.offline_title()) }
            p.lead { (w.offline_lead()) }
            form.filter action="/find" method="post" {
                label for="q" { (w.home_label()) }
                div.filter-row { input #q name="q" type="search" autocomplete="off" autocapitalize="characters"; button.button type="submit" { (w.home_go()) } }
            }
            div data-found role="status" {}
        }
        script src=(assets::path("offline.js")) defer {}
    };
    Ok(Answer::page(shell.page(w.offline_title(), body)))
}

/// `/offline/index.json`: every code with its verdict, in both languages. Codes that say the same share one answer.
pub fn index(state: &State, _: &Asked) -> Result<Answer, Problem> {
    let catalogue = state.catalogue();
    let mut answers: Vec<Value> = Vec::new();
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    let mut number = |answer: Value| {
        let next = known.len();
        let at = *known.entry(answer.to_string()).or_insert(next);
        if at == answers.len() {
            answers.push(answer);
        }
        at
    };
    let conditions: BTreeMap<String, usize> =
        catalogue.conditions().filter_map(|c| Some((c.id.clone(), number(answer(&explain_condition(catalogue, &c.id)?))))).collect();
    let mut lists: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for code in catalogue.codes() {
        let (id, record) = (catalogue.code_id(code), catalogue.code_record(code));
        let own = record.money.is_some() || record.retry.is_some() || record.outcome.is_some();
        let reading = if own { explain_code(catalogue, &id.namespace, &id.value) } else { None };
        let at = match reading {
            Some(reading) => Some(number(answer(&reading))),
            None => conditions.get(&record.condition).copied(),
        };
        if let Some(at) = at {
            lists.entry(id.namespace).or_default().push(json!([id.value, at]));
        }
    }
    let titles: BTreeMap<String, Value> =
        catalogue.namespaces().map(|n| (n.id.clone(), json!([n.title.zh, n.title.en, n.weight]))).collect();
    // Words lead only to what anybody may read; a code leads to what may be said at the till.
    let open: BTreeMap<&String, &usize> =
        conditions.iter().filter(|(id, _)| catalogue.condition(id).is_some_and(|c| !c.discreet)).collect();
    Answer::json(&json!({"catalogue": catalogue.version(), "answers": answers, "lists": lists, "titles": titles, "conditions": open}))
}

/// What somebody at a till must know, in both languages, Chinese first.
fn answer(reading: &Reading) -> Value {
    let both = |text: &Text| json!([text.zh, text.en]);
    let said = |say: &dyn Fn(Ui) -> String| json!([say(Ui(Lang::Zh)), say(Ui(Lang::En))]);
    json!({
        "title": both(&reading.title),
        "lead": both(&reading.text.cashier),
        "say": both(&reading.text.cardholder),
        "money": super::parts::money_class(reading.money.state),
        "state": said(&|ui| ui.money_state(reading.money.state).to_owned()),
        "do": both(&reading.money.act),
        "retry": said(&|ui| ui.retry_verdict(reading.retry.verdict, reading.retry.wait_s, reading.retry.max)),
    })
}

/// `/sw.js`: the worker, told which build it belongs to and what to keep.
pub fn worker(state: &State, _: &Asked) -> Result<Answer, Problem> {
    let cards = state.catalogue().till_cards().flat_map(|c| {
        let place = |lang: &str, format: &str| format!("/api/v1/cards/{}?format={format}&lang={lang}", c.id);
        [place("zh", "svg"), place("en", "svg"), place("zh", "html"), place("en", "html")]
    });
    let pages = ["/", "/offline", "/offline/index.json", "/card", "/manifest.webmanifest"].map(ToOwned::to_owned);
    let files = assets::FILES.iter().filter(|f| f.name != "sw.js").map(|f| f.path.to_owned());
    let keep: Vec<String> = pages.into_iter().chain(files).chain(cards).collect();
    let code = assets::FILES.iter().find(|f| f.name == "sw.js").map_or("", |f| std::str::from_utf8(f.bytes).unwrap_or_default());
    let head = format!("\"use strict\";\nconst BUILD = {};\nconst KEEP = {};\n", json!(state.build), json!(keep));
    Ok(Answer::new("text/javascript; charset=utf-8", Policy::Page, head + code))
}
