//! What holds many things: commands of a card, a device's words, a log, a capture, a text with several dumps.

use maud::{Markup, html};
use posdx_explain::Ui;
use posdx_explain::decoded::{ApduReport, CaptureReport, ChainReport, DeviceReport, LogReport, SeveralReport};

use super::super::parts;
use super::super::shell::Shell;
use super::talk::diagram;
use super::tree::tree;
use super::{decoded, heading, verdict};

/// Conversations drawn on one page.
const CHAINS_MAX: usize = 30;
/// Lines of a log on one page.
const EVENTS_MAX: usize = 200;

/// Commands and answers of a card.
pub fn exchanges(shell: &Shell<'_>, report: &ApduReport, level: u8) -> Markup {
    let (w, lang) = (shell.words(), shell.lang);
    html! {
        div.narrow {
            @match &report.explanation { Some(e) => (verdict(shell, e, level)), None => (heading(level, w.decode_exchanges())) }
            section {
                h2 { (w.decode_exchanges()) }
                ol.fields { @for x in &report.exchanges { li {
                    span.field-number { @if x.line > 0 { (x.line) } @else { "·" } }
                    div {
                        @if let Some(command) = &x.command { p.field-name { (w.decode_command()) } (tree(std::slice::from_ref(command), lang)) }
                        @if !x.answer.is_empty() || x.status.is_some() {
                            p.field-name { (w.decode_answer()) @if let Some(status) = &x.status { " " code.code { (status) } } @if let Some(text) = &x.status_text { " " strong { (text.get(lang)) } } }
                            @if !x.answer.is_empty() { (tree(&x.answer, lang)) }
                        }
                    }
                } } }
            }
        }
    }
}

/// A device's words.
pub fn device(shell: &Shell<'_>, report: &DeviceReport, level: u8) -> Markup {
    let (w, lang) = (shell.words(), shell.lang);
    html! {
        div.narrow {
            @match &report.explanation { Some(e) => (verdict(shell, e, level)), None => (heading(level, w.decode_signals())) }
            section { h2 { (w.decode_signals()) } ul.others { @for s in &report.signals { li {
                @let place = s.code.as_ref().map(|c| parts::code_place(c));
                a href=[place] { code.code { (s.id) } span { (s.text.get(lang)) " " small { (s.family) " · " (s.severity) } } }
            } } } }
        }
    }
}

/// A log: its gravest line explained, then every kind of line that matters.
pub fn log(shell: &Shell<'_>, report: &LogReport, level: u8) -> Markup {
    let (w, lang, ui) = (shell.words(), shell.lang, Ui(shell.lang));
    html! {
        div.reading {
            div.first {
                @match &report.explanation { Some(e) => (verdict(shell, e, level)), None => { (heading(level, w.decode_events())) } }
                p.small { (w.decode_lines(report.lines)) " · " (report.format) }
                @if report.events.is_empty() { p { (w.decode_nothing()) } }
                section {
                    h2 { (w.decode_events()) }
                    ol.events { @for event in report.events.iter().take(EVENTS_MAX) { li {
                        p.small { (w.decode_line(event.line)) @if let Some(time) = &event.time { " · " (time) } @if let Some(level) = &event.level { " · " (level) } @if event.count > 1 { " · " (w.decode_times(event.count)) } }
                        pre.log-line tabindex="0" { (event.text) }
                        @for r in event.readings.iter().take(2) {
                            p { a href=(parts::code_place(r.code.as_ref().unwrap_or(&r.condition))) { @if let Some(code) = &r.code { (parts::code(code)) " " } (r.title.get(lang)) } " " span.money-tag.(parts::money_class(r.money)) { (ui.money_state(r.money)) } }
                        }
                        @if let Some(inner) = &event.decoded { details.card { summary { h3 { (w.decode_in_full()) } } (decoded(shell, inner, 3)) } }
                    } } }
                }
            }
            div.second { (chains(shell, &report.chains)) }
        }
    }
}

/// A capture: its gravest trouble explained, then conversations as pictures.
pub fn capture(shell: &Shell<'_>, report: &CaptureReport, level: u8) -> Markup {
    let (w, lang) = (shell.words(), shell.lang);
    html! {
        div.reading {
            div.first {
                @match &report.explanation { Some(e) => (verdict(shell, e, level)), None => (heading(level, w.decode_conversations())) }
                p.small { (w.decode_packets(report.packets, report.streams, report.messages)) }
                @if !report.findings.is_empty() { section.card { h2 { (w.decode_findings()) } ul { @for f in &report.findings { li { (f.text.get(lang)) " · " (w.decode_times(f.count)) } } } } }
            }
            div.second { (chains(shell, &report.chains)) }
        }
    }
}

fn chains(shell: &Shell<'_>, all: &[ChainReport]) -> Markup {
    let (w, lang) = (shell.words(), shell.lang);
    html! {
        @if !all.is_empty() {
            section {
                h2 { (w.decode_conversations()) }
                @for chain in all.iter().take(CHAINS_MAX) {
                    div.card.chain {
                        @if let Some(title) = &chain.title { h3 { @if let Some(r) = &chain.response { code.code { (r) } " " } (title.get(lang)) } }
                        (diagram(shell, chain))
                        @if !chain.findings.is_empty() { ul { @for f in &chain.findings { li { (f.get(lang)) } } } }
                    }
                }
            }
        }
    }
}

/// Several dumps of one text.
pub fn several(shell: &Shell<'_>, report: &SeveralReport) -> Markup {
    let w = shell.words();
    html! {
        h1 { (w.decode_several(report.items.len())) }
        @for item in &report.items {
            details.card { summary { h2 { (w.decode_line(item.line)) } } (decoded(shell, &item.decoded, 3)) }
        }
    }
}
