//! Parts of a field, elements of chip data and their bits as a tree.

use maud::{Markup, html};
use posdx_explain::decoded::PartReport;
use posdx_model::Lang;

use super::super::parts;

/// A list of parts.
pub fn tree(all: &[PartReport], lang: Lang) -> Markup {
    html! { ul.tree { @for part in all { li { (part_line(part, lang)) } } } }
}

fn part_line(part: &PartReport, lang: Lang) -> Markup {
    let meaning = part.meaning.as_ref().map(|m| m.get(lang)).unwrap_or_default();
    html! {
        @if let Some([byte, mask]) = part.bits { (strip(byte, mask)) " " }
        @if numbered(&part.id) { code.nowrap.tag { (part.id) } " " }
        @if !part.name.zh.is_empty() { span.part-name { (part.name.get(lang)) } " " }
        @if !part.value.is_empty() { code.value { (part.value) } " " }
        @if !meaning.is_empty() { @if part.matters { strong { "● " (meaning) } } @else { span.meaning { (meaning) } } }
        @if let Some(code) = &part.code { " " a.nowrap href=(parts::code_place(code)) { (code) } }
        @if !part.parts.is_empty() { (tree(&part.parts, lang)) }
    }
}

/// Whether an id says more than the name beside it: `60.1` and `9F26` do, `42.mcc` does not.
fn numbered(id: &str) -> bool {
    let last = id.rsplit('.').next().unwrap_or_default();
    !last.is_empty() && last.bytes().all(|b| b.is_ascii_digit() || (b'A'..=b'F').contains(&b))
}

/// Eight bits, the ones spoken of filled, with their names in words for those who do not see them.
fn strip(byte: u8, mask: u8) -> Markup {
    let names: Vec<String> = (0..8u8).rev().filter(|b| mask >> b & 1 == 1).map(|b| format!("b{}", b + 1)).collect();
    html! {
        svg.bit-strip viewBox="0 0 66 12" width="66" height="12" role="img" aria-label=(format!("B{byte} {}", names.join(" "))) {
            @for bit in 0..8u8 {
                @let on = mask >> (7 - bit) & 1 == 1;
                rect.(if on { "on" } else { "off" }) x=(u32::from(bit) * 8 + 1) y="1" width="6" height="10" rx="1.5" {}
            }
        }
        " " code.nowrap.tag { "B" (byte) }
    }
}
