//! Small pieces that several pages draw: codes, money, bars, sentences, answers.

use maud::{Markup, html};
use posdx_explain::odds;
use posdx_model::{Lang, MoneyState, Outcome, Text};

use crate::ask::percent_encoded;
use crate::words::Words;

/// The address of a code's page.
pub fn code_place(id: &str) -> String {
    match id.split_once('/') {
        Some((list, value)) => format!("/e/{}/{}", percent_encoded(list), percent_encoded(value)),
        None => condition_place(id),
    }
}

/// The address of a condition's page.
pub fn condition_place(id: &str) -> String {
    format!("/c/{}", percent_encoded(id))
}

/// A code as people read it: without its list, never broken over lines.
pub fn code(id: &str) -> Markup {
    let value = id.split_once('/').map_or(id, |(_, v)| v);
    html! { code.code translate="no" { (value.trim_start_matches("错误代码")) } }
}

/// The picture of a money verdict. Its shape says what its colour says.
pub fn money_picture(state: MoneyState) -> Markup {
    let yen = "M13 12l7 9 7-9M20 21v9M14.5 21.5h11M14.5 25.5h11";
    html! {
        svg.money-picture viewBox="0 0 40 40" width="56" height="56" fill="none" stroke="currentColor" stroke-width="2.6" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false" {
            @match state {
                MoneyState::NotTaken => { circle cx="20" cy="20" r="17.5" {} path d=(yen) {} path d="M8 32L32 8" stroke-width="3.4" {} }
                MoneyState::Taken => { circle cx="20" cy="20" r="17.5" fill="currentColor" {} path d=(yen) stroke="var(--card)" {} }
                MoneyState::Unknown => { path d="M20 4L38 35H2z" {} path d="M15.8 18.2c.2-5.600 8.600-5.200 8.400 0 0 3.200-4.200 3.200-4.200 6.600M20 29.8v.2" {} }
                MoneyState::NotApplicable => { rect x="3" y="3" width="34" height="34" rx="9" {} path d="M12 20h16" {} }
            }
        }
    }
}

/// The class that colours a money verdict.
pub fn money_class(state: MoneyState) -> &'static str {
    match state {
        MoneyState::NotTaken => "not-taken",
        MoneyState::Taken => "taken",
        MoneyState::Unknown => "unknown",
        MoneyState::NotApplicable => "no-money",
    }
}

/// The class that colours an outcome.
pub fn outcome_class(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Approved => "approved",
        Outcome::Declined | Outcome::Failed => "refused",
        Outcome::Unknown | Outcome::Partial => "doubt",
        Outcome::Info => "info",
    }
}

/// A text of several sentences as a list of actions, one as a paragraph.
pub fn actions(text: &str, lang: Lang) -> Markup {
    let all = sentences(text, lang);
    html! {
        @if all.len() > 1 { ol.actions { @for one in all { li { (one) } } } } @else { p { (text) } }
    }
}

/// Its sentences, each with its mark.
pub fn sentences(text: &str, lang: Lang) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let end = match lang {
            Lang::Zh => rest.find('。').map(|at| at + '。'.len_utf8()),
            Lang::En => rest.find(". ").map(|at| at + 1),
        };
        let (one, after) = rest.split_at(end.unwrap_or(rest.len()));
        found.push(one.trim());
        rest = after.trim();
    }
    found
}

/// A probability as a bar with its words. The number stands in the words' title, not in the colour.
pub fn bar(title: &str, p: f64, before: Option<f64>, lang: Lang) -> Markup {
    let width = (p.clamp(0.0, 1.0) * 100.0).round();
    let was = before.map(|b| (b.clamp(0.0, 1.0) * 100.0).round());
    html! {
        div.bar-row {
            span.bar-title { (title) }
            span.bar-odds { (odds(p).get(lang)) }
            svg.bar width="100%" height="12" aria-hidden="true" focusable="false" {
                rect.bar-back width="100%" height="12" rx="6" {}
                rect.bar-fill width=(format!("{}%", width.max(2.0))) height="12" rx="6" {}
                @if let Some(was) = was { rect.bar-was x=(format!("{was}%")) width="3" height="12" {} }
            }
        }
    }
}

/// A telephone number that a phone can call.
pub fn phone(number: &str, words: Words) -> Markup {
    let digits: String = number.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
    html! { a.button.call href=(format!("tel:{digits}")) { (words.reading_help_call(number)) } }
}

/// Text that can be copied, and read aloud where the browser can.
pub fn quote(text: &str, lang: Lang, speak: bool, copy: bool) -> Markup {
    let w = Words(lang);
    html! {
        div.quote {
            blockquote data-say { (text) }
            @if speak { button.small-button type="button" data-speak hidden { (w.reading_speak()) } }
            @if copy { button.small-button type="button" data-copy data-done=(w.reading_copied()) hidden { (w.reading_copy()) } }
        }
    }
}

/// One half of a text.
pub fn get(text: &Text, lang: Lang) -> &str {
    text.get(lang)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_into_its_sentences() {
        assert_eq!(sentences("先查询。 再冲正。", Lang::Zh), ["先查询。", "再冲正。"]);
        assert_eq!(sentences("Wait 1.5 minutes. Then query.", Lang::En), ["Wait 1.5 minutes.", "Then query."]);
        assert_eq!(sentences("没有句号", Lang::Zh), ["没有句号"]);
        assert_eq!(sentences("  ", Lang::En), [""; 0]);
    }

    #[test]
    fn codes_have_addresses() {
        assert_eq!(code_place("cups-pos/51"), "/e/cups-pos/51");
        assert_eq!(code_place("escpos/all bit0/bit1"), "/e/escpos/all%20bit0%2Fbit1");
        assert_eq!(code_place("comm.no-response"), "/c/comm.no-response");
    }
}
