//! Merchant, phone and card numbers, checked on the spot. They come in a body, so no address and no history keeps them.

use maud::{Markup, html};
use posdx_explain::number::{NumberReport, NumberVerdict};

use super::parts;
use super::shell::{Shell, Tab};
use crate::answer::Answer;
use crate::api::check::report;
use crate::ask::Asked;
use crate::problem::Problem;
use crate::state::State;

/// The three forms.
pub fn page(_: &State, asked: &Asked) -> Result<Answer, Problem> {
    Ok(draw(asked, None))
}

/// One number, checked.
pub fn check(state: &State, asked: &Asked) -> Result<Answer, Problem> {
    let fields = asked.fields();
    let field = |name: &str| fields.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v.as_str());
    let found = report(state, field("kind"), field("number"), Some(field("acquirer")))?;
    Ok(draw(asked, Some(&found)))
}

fn draw(asked: &Asked, found: Option<&NumberReport>) -> Answer {
    let shell = Shell::of(asked, Tab::None);
    let w = shell.words();
    let form = |kind: &str, label: &str, mode: &str, more: Markup| {
        let id = format!("number-{kind}");
        html! {
            form.card.check method="post" action="/check" {
                input type="hidden" name="kind" value=(kind);
                label for=(id) { (label) }
                input id=(id) name="number" required maxlength="64" inputmode=(mode) autocomplete="off" autocapitalize="characters" spellcheck="false";
                (more)
                button.button type="submit" { (w.check_go()) }
            }
        }
    };
    let acquirer =
        html! { label for="acquirer" { (w.check_acquirer()) } input #acquirer name="acquirer" maxlength="64" autocomplete="off"; };
    let body = html! {
        div.narrow {
            @if let Some(found) = found { (result(&shell, found)) }
            @if found.is_some() { h2 { (w.check_title()) } } @else { h1 { (w.check_title()) } }
            p.lead { (w.check_lead()) }
            (form("merchant", w.check_merchant(), "text", acquirer))
            (form("phone", w.check_phone(), "tel", html! {}))
            (form("card", w.check_card(), "numeric", html! {}))
        }
    };
    Answer::page(shell.page(w.check_title(), body))
}

fn result(shell: &Shell<'_>, found: &NumberReport) -> Markup {
    let (w, lang) = (shell.words(), shell.lang);
    let (class, word, mark) = match found.verdict {
        NumberVerdict::Fine => ("approved", w.check_fine(), "✓"),
        NumberVerdict::Doubtful => ("doubt", w.check_doubtful(), "?"),
        NumberVerdict::Wrong => ("refused", w.check_wrong(), "✗"),
    };
    html! {
        header.verdict.(class) {
            p.code-line { code.code { (found.shown) } }
            h1 { (mark) " " (word) }
            p.lead { (found.summary.get(lang)) }
        }
        section.card {
            dl.facts { @for f in &found.findings { dt { (f.part.get(lang)) @if !f.value.is_empty() { " " code.nowrap { (f.value) } } } dd { (f.meaning.get(lang)) } } }
            @for advice in &found.advice { p { strong { (advice.get(lang)) } } }
            @if let Some(condition) = found.condition { p { a href=(parts::condition_place(condition)) { (w.decode_in_full()) } } }
        }
    }
}
