//! What somebody typed → the right page: a code's page, a question that tells meanings apart, a decoded message, or an honest “not known”.

use maud::{Markup, html};
use posdx_explain::{Ask, Explanation, Question, Reading, Ui, Unknown, Verdict, explain};
use posdx_model::{Place, Text, mask_card_data};

use super::parts;
use super::reading::contact_block;
use super::shell::{Shell, Tab};
use super::{code, home};
use crate::answer::Answer;
use crate::api;
use crate::ask::{Asked, percent_encoded};
use crate::problem::Problem;
use crate::state::State;

/// Bytes of a text that may stand in an address; anything longer is no question.
const ADDRESS_MAX: usize = 240;
/// A text of this many bytes is more likely a message than a question.
const MESSAGE_MIN: usize = 60;

/// Comes from the form. A question without card data gets an address, so that it can be kept and gone back to.
pub fn post(state: &State, asked: &Asked) -> Result<Answer, Problem> {
    let fields = asked.fields();
    let text = fields.iter().find(|(n, _)| n == "q").map_or("", |(_, v)| v.trim());
    if text.is_empty() {
        return Ok(Answer::see("/"));
    }
    let message = text.len() >= MESSAGE_MIN || text.lines().count() > 1;
    if message && let Ok(report) = api::decode::report(state, text.as_bytes(), None, None) {
        return super::decode::answer(asked, &report);
    }
    let explanation = explain(state.catalogue(), Question { text, place: None });
    if explanation.verdict == Verdict::Unknown
        && let Ok(report) = api::decode::report(state, text.as_bytes(), None, None)
    {
        return super::decode::answer(asked, &report);
    }
    if text.len() <= ADDRESS_MAX && mask_card_data(text) == text {
        return Ok(Answer::see(&format!("/find?q={}", percent_encoded(text))));
    }
    state.metrics.explained(explanation.verdict);
    answer(state, asked, &explanation)
}

/// Comes from a link.
pub fn get(state: &State, asked: &Asked) -> Result<Answer, Problem> {
    let Some(text) = asked.query("q") else { return Ok(Answer::see("/")) };
    let place = asked.query("where").and_then(|w| w.parse::<Place>().ok());
    let text = &text[..text.floor_char_boundary(posdx_catalogue::spelling::TEXT_BYTES_MAX)];
    let explanation = explain(state.catalogue(), Question { text, place });
    state.metrics.explained(explanation.verdict);
    if let ([reading], None) = (explanation.readings.as_slice(), &explanation.unknown)
        && let Some(code) = &reading.code
    {
        return Ok(Answer::see(&parts::code_place(&code.id)));
    }
    // One code, one meaning that carries the weight: its page also shows the other meanings.
    if explanation.verdict == Verdict::Known
        && explanation.input.codes.len() == 1
        && explanation.unknown.is_none()
        && let Some(code) = explanation.readings.first().and_then(|r| r.code.as_ref())
        && has_page(state, &code.id)
    {
        return Ok(Answer::see(&parts::code_place(&code.id)));
    }
    answer(state, asked, &explanation)
}

fn has_page(state: &State, id: &str) -> bool {
    id.split_once('/').is_some_and(|(list, value)| posdx_explain::explain_code(state.catalogue(), list, value).is_some())
}

/// The page of any explanation.
pub fn answer(state: &State, asked: &Asked, explanation: &Explanation) -> Result<Answer, Problem> {
    let shell = Shell::of(asked, Tab::Find);
    let (w, lang) = (shell.words(), shell.lang);
    let codes = explanation.input.codes.len();
    let several = codes > 1 && explanation.readings.len() > 1;
    let (title, body) = match (&explanation.ask, &explanation.unknown) {
        (Some(ask), unknown) => (ask.text.get(lang).to_owned(), ambiguous(&shell, explanation, ask, unknown.as_ref())),
        (None, Some(unknown)) => (w.find_unknown().to_owned(), not_known(&shell, explanation, unknown)),
        (None, None) if several => (w.find_several(codes), each(&shell, explanation)),
        (None, None) => return code::page(state, asked, explanation),
    };
    Ok(Answer::page(shell.page(&title, body)))
}

/// Several meanings, and the one question that tells them apart.
fn ambiguous(shell: &Shell<'_>, explanation: &Explanation, ask: &Ask, unknown: Option<&Unknown>) -> Markup {
    let (w, lang) = (shell.words(), shell.lang);
    let title = |id: &str| {
        let of = |r: &&Reading| r.code.as_ref().map_or(&r.condition, |c| &c.id) == id;
        explanation.readings.iter().find(of).map(|r| r.title.get(lang)).unwrap_or_default()
    };
    html! {
        div.narrow {
            (you_asked(shell, explanation))
            section.next aria-labelledby="ask" {
                p.label { (w.find_ask()) }
                h1 #ask { (ask.text.get(lang)) }
                ul.choices {
                    @for option in &ask.options {
                        li { a.button.choice href=(parts::code_place(&option.reading)) {
                            span { (option.text.get(lang)) }
                            @if ask.id == "where" { small { (title(&option.reading)) } }
                        } }
                    }
                }
                @if ask.id != "where" { p.small { (w.find_any()) } (home::field(shell, &explanation.input.text)) }
            }
            @if let Some(unknown) = unknown.filter(|u| !u.codes.is_empty()) { p.warn { (unknown.text.get(lang)) } }
            @if ask.id == "where" { section { h2 { (w.find_readings()) } (readings(shell, &explanation.readings)) } }
        }
    }
}

/// Several codes at once: each with its verdict.
fn each(shell: &Shell<'_>, explanation: &Explanation) -> Markup {
    let w = shell.words();
    html! {
        div.narrow {
            (you_asked(shell, explanation))
            h1 { (w.find_several(explanation.input.codes.len())) }
            p.lead { (w.find_several_lead()) }
            (readings(shell, &explanation.readings))
            @if explanation.input.more { p.small { (w.find_more()) } }
        }
    }
}

/// Meanings in a list: code, title, money.
fn readings(shell: &Shell<'_>, all: &[Reading]) -> Markup {
    let (lang, ui) = (shell.lang, Ui(shell.lang));
    html! {
        ul.others {
            @for r in all {
                li { a href=(parts::code_place(r.code.as_ref().map_or(&r.condition, |c| &c.id))) {
                    @if let Some(code) = &r.code { (parts::code(&code.id)) }
                    span {
                        strong { (r.title.get(lang)) } " "
                        @if let Some(code) = &r.code { small { (code.list.get(lang)) } " " }
                        span.money-tag.(parts::money_class(r.money.state)) { (ui.money_state(r.money.state)) }
                    }
                } }
            }
        }
    }
}

/// Nobody knows: the money first, then what looks like it, what to write down, whom to ask.
fn not_known(shell: &Shell<'_>, explanation: &Explanation, unknown: &Unknown) -> Markup {
    let (w, lang, ui) = (shell.words(), shell.lang, Ui(shell.lang));
    let list = |items: &[Text]| html! { ul.checklist { @for item in items { li { (item.get(lang)) } } } };
    html! {
        div.narrow {
            (you_asked(shell, explanation))
            header.verdict.doubt { h1 { (w.find_unknown()) } p.lead { (unknown.text.get(lang)) } }
            section.money.unknown aria-labelledby="money" {
                (parts::money_picture(posdx_model::MoneyState::Unknown))
                div {
                    h2 #money { span.label { (w.reading_money()) } " " span.state { (ui.money_state(posdx_model::MoneyState::Unknown)) } }
                    p { (unknown.money.get(lang)) }
                }
            }
            @if !explanation.readings.is_empty() { section { h2 { (w.find_readings()) } (readings(shell, &explanation.readings)) } }
            @if !unknown.nearest.is_empty() {
                section { h2 { (w.find_nearest()) } ul.others { @for n in &unknown.nearest {
                    li { a href=(parts::code_place(&n.id)) { (parts::code(&n.id)) span { strong { (n.text.get(lang)) } " " small { (n.id.split('/').next().unwrap_or_default()) } } } }
                } } }
            }
            section { h2 { (w.find_again()) } (home::field(shell, "")) }
            section.card { h2 { (w.find_note_down()) } (list(&unknown.note_down)) }
            @if let Some(contact) = &unknown.contact { section.card #help { h2 { (w.reading_help()) } (contact_block(contact, lang)) } }
        }
    }
}

fn you_asked(shell: &Shell<'_>, explanation: &Explanation) -> Markup {
    html! { p.asked { (shell.words().find_you_asked()) " " q { (explanation.input.text) } } }
}
