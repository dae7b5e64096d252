//! One message, or chip data: verdict, header, fields beside bytes.

use maud::{Markup, html};
use posdx_explain::decoded::{ChipReport, Contradiction, ErrorReport, FieldReport, MessageReport};

use super::super::parts;
use super::super::reading::details;
use super::super::shell::Shell;
use super::hex::{self, Run};
use super::tree::tree;
use super::{heading, reading_verdict, verdict};

/// One ISO 8583 message.
pub fn message(shell: &Shell<'_>, m: &MessageReport, level: u8) -> Markup {
    let (w, lang) = (shell.words(), shell.lang);
    let fields: Vec<(String, &FieldReport)> = m.fields.iter().map(|(n, f)| (n.to_string(), f)).collect();
    let guess: Vec<(String, &FieldReport)> = m.guess.iter().map(|(n, f)| (n.to_string(), f)).collect();
    let runs: Vec<Run> = fields.iter().chain(&guess).map(|(n, f)| run(n, f, shell)).collect();
    html! {
        div.reading.decoded {
            div.first {
                (verdict(shell, &m.explanation, level))
                @if let Some(error) = &m.error { (fault(shell, error)) }
                (contradictions(shell, &m.contradictions))
                section.card {
                    p.mti { code.code { (m.mti) } " " strong { (m.mti_text.get(lang)) } @if let Some(t) = &m.transaction { " · " (t.name.get(lang)) } }
                    p.small { (m.dialect_title.get(lang)) }
                    (framing(shell, m))
                    @if let Some(mac) = &m.mac { p { strong { (w.decode_mac()) } " " (mac.text.get(lang)) } }
                }
                section { h2 { (w.decode_fields()) } (rows(shell, &fields, 0)) }
                @if !guess.is_empty() { section { h2 { (w.decode_guess()) } (rows(shell, &guess, fields.len())) } }
                @if let Some(trailing) = &m.trailing { section { h2 { (w.decode_trailing()) } p { code.value { (trailing.value) } } } }
            }
            div.second.beside {
                @if !m.hex.is_empty() { section { h2 { (w.decode_hex()) } p.small { (w.decode_hex_lead()) } (hex::view(&m.hex, &runs)) } }
                @for also in m.also.iter().take(3) { (details(&format!("{} · {}", w.decode_also(), also.title.get(lang)), reading_verdict(shell, also, 3))) }
                @if !m.other_readings.is_empty() {
                    (details(w.decode_other_readings(), html! { ul { @for o in &m.other_readings { li { (o.title.get(lang)) " " span.small { (o.dialect) } } } } }))
                }
            }
        }
    }
}

fn run(number: &str, field: &FieldReport, shell: &Shell<'_>) -> Run {
    Run { anchor: format!("f{number}"), name: format!("{number} {}", field.name.get(shell.lang)), bytes: field.bytes }
}

fn framing(shell: &Shell<'_>, m: &MessageReport) -> Markup {
    let (w, f) = (shell.words(), &m.framing);
    html! {
        @if !f.length_header.is_empty() {
            p.small { (w.decode_length(&f.length_header))
                @if let (Some(says), Some(found)) = (f.length_says, f.length_found) { @if says != found { " " strong { (w.decode_length_wrong(says, found)) } } }
                @if !f.tpdu.is_empty() { " · TPDU " code { (f.tpdu) } }
                @if !f.header.is_empty() { " · " (w.decode_head()) " " code { (f.header) } }
            }
        }
        @if f.unexplained > 0 { p.small { (w.decode_unexplained(f.unexplained)) } }
        @if !f.header_parts.is_empty() { (details(w.decode_head(), tree(&f.header_parts, shell.lang))) }
    }
}

/// The fields as rows: number, name, value, meaning, place. The first has the colour of position `from`.
fn rows(shell: &Shell<'_>, all: &[(String, &FieldReport)], from: usize) -> Markup {
    let (w, lang) = (shell.words(), shell.lang);
    html! {
        ol.fields {
            @for (i, (number, field)) in all.iter().enumerate() {
                li.(hex::colour(from + i)) id=(format!("f{number}")) tabindex="-1" {
                    span.field-number { (number) }
                    div {
                        p.field-name { (field.name.get(lang)) @if field.secret { " " span.grade { (w.decode_masked()) } } @if field.unconfirmed { " " (super::super::reading::grade(posdx_model::Grade::Unconfirmed, lang)) } }
                        p { code.value { (field.value) } @if let Some(meaning) = &field.meaning { " " strong { (meaning.get(lang)) } } }
                        @if !field.parts.is_empty() { (tree(&field.parts, lang)) }
                        @if field.bytes[1] > field.bytes[0] { p.small.place { (w.decode_place()) " " (field.bytes[0]) "–" (field.bytes[1].saturating_sub(1)) } }
                    }
                }
            }
        }
    }
}

/// Where reading stopped, with the bytes around the place.
pub fn fault(shell: &Shell<'_>, error: &ErrorReport) -> Markup {
    html! {
        section.card.fault {
            h2 { (shell.words().decode_stopped()) }
            p { (error.message.get(shell.lang)) }
            pre.excerpt tabindex="0" { (error.excerpt[0]) "\n" (error.excerpt[1]) }
        }
    }
}

/// What contradicts what.
pub fn contradictions(shell: &Shell<'_>, all: &[Contradiction]) -> Markup {
    html! {
        @if !all.is_empty() {
            section.card { h2 { (shell.words().decode_contradictions()) } ul { @for c in all {
                li { (c.text.get(shell.lang)) @for place in &c.places { " " a.nowrap href=(format!("#f{place}")) { code { (place) } } } }
            } } }
        }
    }
}

/// Chip data.
pub fn chip(shell: &Shell<'_>, report: &ChipReport, level: u8) -> Markup {
    let w = shell.words();
    let runs: Vec<Run> = report
        .parts
        .iter()
        .map(|p| Run { anchor: format!("t{}", p.id), name: format!("{} {}", p.id, p.name.get(shell.lang)), bytes: p.bytes })
        .collect();
    html! {
        div.reading.decoded {
            div.first {
                @match &report.explanation { Some(e) => (verdict(shell, e, level)), None => (heading(level, w.decode_elements())) }
                @if let Some(error) = &report.error { (fault(shell, error)) }
                (contradictions(shell, &report.contradictions))
                section {
                    h2 { (w.decode_elements()) }
                    ol.fields { @for (i, part) in report.parts.iter().enumerate() {
                        li.(hex::colour(i)) id=(format!("t{}", part.id)) tabindex="-1" {
                            span.field-number { (part.id) }
                            div {
                                p.field-name { (part.name.get(shell.lang)) @if let Some(code) = &part.code { " " a.nowrap href=(parts::code_place(code)) { (code) } } }
                                p { code.value { (part.value) } @if let Some(meaning) = &part.meaning { " " strong { (meaning.get(shell.lang)) } } }
                                @if !part.parts.is_empty() { (tree(&part.parts, shell.lang)) }
                            }
                        }
                    } }
                }
            }
            div.second.beside { @if !report.hex.is_empty() { section { h2 { (w.decode_hex()) } (hex::view(&report.hex, &runs)) } } }
        }
    }
}
