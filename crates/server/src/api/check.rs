//! Check merchant, phone and card numbers. They come in a body, not in an address, which browsers and proxies keep.

use posdx_explain::number::{NumberReport, card, merchant, phone};
use serde::Deserialize;

use crate::answer::Answer;
use crate::api;
use crate::ask::Asked;
use crate::problem::{Kind, Problem};
use crate::routes::{BodyDoc, Route};
use crate::state::State;

/// Characters of a number.
const NUMBER_MAX: usize = 64;

/// The routes of this group.
pub fn routes() -> Vec<Route> {
    let check = |id, path, what, example, run| {
        Route::post(id, path, what, BodyDoc { schema: "Number", also: &[], example }, run).gives("NumberReport").fails(&[
            Kind::BadInput,
            Kind::TooLarge,
            Kind::MediaType,
        ])
    };
    vec![
        check(
            "check-merchant",
            "/api/v1/check/merchant",
            "A 15-character merchant number: acquirer, region, trade, and whether they fit what the shop was told.",
            r#"{"number":"822290070111135","acquirer":"拉卡拉"}"#,
            |s, a| give(s, a, "merchant"),
        ),
        check(
            "check-phone",
            "/api/v1/check/phone",
            "A mobile number: format, block, whether a code can arrive.",
            r#"{"number":"13800138000"}"#,
            |s, a| give(s, a, "phone"),
        ),
        check(
            "check-card",
            "/api/v1/check/card",
            "A card number: length and check digit. It is not kept and comes back masked.",
            r#"{"number":"6222020000000000"}"#,
            |s, a| give(s, a, "card"),
        ),
    ]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Number {
    number: String,
    #[serde(default)]
    acquirer: Option<String>,
}

fn give(state: &State, asked: &Asked, kind: &str) -> Result<Answer, Problem> {
    let asks: Number = api::json(asked)?;
    Answer::json(&report(state, kind, &asks.number, asks.acquirer.as_deref())?)
}

/// What a number tells.
pub fn report(state: &State, kind: &str, number: &str, acquirer: Option<&str>) -> Result<NumberReport, Problem> {
    let number = number.trim();
    if number.is_empty() || number.chars().count() > NUMBER_MAX {
        return Err(Problem::input(
            format!("请给出一个号码，最多 {NUMBER_MAX} 个字符。"),
            format!("Give one number, of at most {NUMBER_MAX} characters."),
        ));
    }
    Ok(match kind {
        "merchant" => merchant::read(state.catalogue(), number, acquirer.filter(|a| !a.trim().is_empty())),
        "phone" => phone::read(state.catalogue(), number),
        _ => card::read(number),
    })
}
