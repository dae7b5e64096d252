//! Paste, drop or choose; then everything it says, masked: verdict and money first, fields beside their bytes, conversations as pictures.

mod hex;
mod message;
mod several;
mod talk;
mod tree;

use maud::{Markup, html};
use posdx_explain::decoded::{Decoded, DecodedReport};
use posdx_explain::{Explanation, Reading};

use super::parts;
use super::reading::ReadingPage;
use super::shell::{Shell, Tab};
use crate::answer::Answer;
use crate::api;
use crate::ask::Asked;
use crate::problem::Problem;
use crate::state::State;

/// A refused sale from the published field tables, with a test card.
const EXAMPLE: &str = "004A600005000060310000000002103038000002C080100000000000000128000003271015021124353131313130303037323832323333313035343131303037323135360011220000150030";

/// The form.
pub fn page(_: &State, asked: &Asked) -> Result<Answer, Problem> {
    let shell = Shell::of(asked, Tab::Decode);
    let w = shell.words();
    let example = if asked.query("example").is_some() { EXAMPLE } else { "" };
    let body = html! {
        div.narrow {
            h1 { (w.decode_title()) }
            p.lead { (w.decode_lead()) }
            (form(&shell, example))
            p { a.small-button href="/decode?example=1" { (w.decode_example()) } }
            p.small { (w.decode_kept()) }
        }
    };
    Ok(Answer::page(shell.page(w.decode_title(), body)))
}

fn form(shell: &Shell<'_>, filled: &str) -> Markup {
    let w = shell.words();
    html! {
        form.paste method="post" action="/decode" enctype="multipart/form-data" data-drop {
            label for="text" { (w.decode_label()) }
            textarea #text name="text" rows="6" autocomplete="off" autocapitalize="off" spellcheck="false" { (filled) }
            label for="file" { (w.decode_file()) }
            input #file name="file" type="file";
            p.small data-drop-hint hidden { (w.decode_drop()) }
            button.button.main type="submit" { (w.decode_go()) }
        }
    }
}

/// What came from the form.
pub fn decode(state: &State, asked: &Asked) -> Result<Answer, Problem> {
    let input = api::decode::uploaded(&asked.body)?;
    answer(asked, &api::decode::report(state, &input, None, None)?)
}

/// The page of a report.
pub fn answer(asked: &Asked, report: &DecodedReport) -> Result<Answer, Problem> {
    let shell = Shell::of(asked, Tab::Decode);
    let w = shell.words();
    let body = html! {
        (decoded(&shell, &report.decoded, 1))
        p.page-tools { a.small-button href="/decode" { (w.decode_again()) } " " button.small-button type="button" data-print hidden { (w.reading_print()) } }
    };
    Ok(Answer::page(shell.page(w.shell_decode(), body)))
}

/// Any report; `level` is that of its first heading.
fn decoded(shell: &Shell<'_>, decoded: &Decoded, level: u8) -> Markup {
    match decoded {
        Decoded::Iso8583(report) => message::message(shell, report, level),
        Decoded::Emv(report) | Decoded::Atr(report) => message::chip(shell, report, level),
        Decoded::Apdu(report) => several::exchanges(shell, report, level),
        Decoded::Device(report) => several::device(shell, report, level),
        Decoded::Log(report) => several::log(shell, report, level),
        Decoded::Capture(report) => several::capture(shell, report, level),
        Decoded::Several(report) => several::several(shell, report),
    }
}

/// The verdict of an explanation, small, with a link to all of it.
fn verdict(shell: &Shell<'_>, explanation: &Explanation, level: u8) -> Markup {
    let lang = shell.lang;
    html! {
        @if let Some(unknown) = &explanation.unknown {
            p.warn { (unknown.text.get(lang)) " " (unknown.money.get(lang)) }
        }
        @if let Some(reading) = explanation.readings.first() { (reading_verdict(shell, reading, level)) }
    }
}

fn reading_verdict(shell: &Shell<'_>, reading: &Reading, level: u8) -> Markup {
    let place = parts::code_place(reading.code.as_ref().map_or(&reading.condition, |c| &c.id));
    let drawn = ReadingPage { shell: *shell, reading, repair: None };
    html! {
        (drawn.verdict(level))
        (drawn.money(&format!("money-{}", reading.condition.replace('.', "-"))))
        p { a.button href=(place) { (shell.words().decode_in_full()) } }
    }
}

/// A heading of that level.
fn heading(level: u8, words: &str) -> Markup {
    html! { @match level { 1 => h1 { (words) }, 2 => h2 { (words) }, _ => h3 { (words) } } }
}
