//! What a person or a program gets to see, and whether a card number is in it.

use std::sync::LazyLock;

use posdx_embedded::{catalogue, knowledge};
use posdx_explain::decoded::{DecodeError, DecodedReport, Decoder};
use posdx_explain::render::{View, decoded};
use posdx_model::{Lang, Role};

pub static DECODER: LazyLock<Decoder<'static>> = LazyLock::new(|| Decoder::new(catalogue(), knowledge()));

/// A number whose check digit is wrong: a slip of the finger is still somebody's card.
pub const MISTYPED: &str = "6226090000008388";
/// A number whose check digit is right.
pub const CARD: &str = "6226090000008389";

/// Every form of an answer.
pub fn pages(answer: &Result<DecodedReport, DecodeError>) -> Vec<String> {
    match answer {
        Err(error) => vec![error.text().zh, error.text().en, format!("{error:?}")],
        Ok(report) => {
            let view = |lang| View { lang, role: Role::Engineer, width: 80, all: true };
            let page = |lang| decoded::render(report, view(lang));
            vec![page(Lang::Zh), page(Lang::En), serde_json::to_string(report).expect("plain data")]
        }
    }
}

/// Panics when the number stands in a page: as digits, or as the hexadecimal of its digits.
pub fn hides(pages: &[String], number: &str) {
    let letters: String = number.bytes().map(|b| format!("{b:02X}")).collect();
    for page in pages {
        for form in [number, letters.as_str()] {
            if let Some(at) = page.find(form) {
                let around: String = page[..at].chars().rev().take(60).collect::<Vec<_>>().into_iter().rev().collect();
                panic!("the card number is shown behind `{around}`");
            }
        }
    }
}
