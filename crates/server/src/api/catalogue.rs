//! Browse the catalogue, and look backwards: from a cause or a step to codes.

use posdx_explain::listing::{self, By, Listing, NotListed};
use serde_json::json;

use crate::answer::Answer;
use crate::ask::Asked;
use crate::problem::{Kind, Problem};
use crate::routes::{Param, Route};
use crate::state::State;

/// The routes of this group.
pub fn routes() -> Vec<Route> {
    let all = |id, path, what, run| Route::get(id, path, what, run).gives("Listing");
    let one = |id, path, what, example, run| {
        Route::get(id, path, what, run).params([Param::path("id", "Id of the record.", example)]).gives("Listing").fails(&[Kind::NotKnown])
    };
    vec![
        all("namespaces", "/api/v1/catalogue/namespaces", "The lists of codes.", |s, _| {
            give(&listing::records(s.catalogue(), By::Namespace))
        }),
        one("namespace", "/api/v1/catalogue/namespaces/{id}", "The codes of a list.", "cups-pos", |s, a| codes(s, a, By::Namespace)),
        all("conditions", "/api/v1/catalogue/conditions", "What can be the matter.", |s, _| {
            give(&listing::records(s.catalogue(), By::Condition))
        }),
        one("condition", "/api/v1/catalogue/conditions/{id}", "The codes that report a condition.", "funds.insufficient", |s, a| {
            codes(s, a, By::Condition)
        }),
        all("causes", "/api/v1/catalogue/causes", "The causes.", |s, _| give(&listing::records(s.catalogue(), By::Cause))),
        one(
            "cause",
            "/api/v1/catalogue/causes/{id}",
            "The codes behind which a cause may stand, likeliest first.",
            "network.sim-no-data",
            |s, a| codes(s, a, By::Cause),
        ),
        all("steps", "/api/v1/catalogue/steps", "The steps that may help.", |s, _| give(&listing::records(s.catalogue(), By::Step))),
        one("step", "/api/v1/catalogue/steps/{id}", "The codes that a step can repair, likeliest first.", "restart-router", |s, a| {
            codes(s, a, By::Step)
        }),
        all("questions", "/api/v1/catalogue/questions", "The questions that tell causes apart.", |s, _| {
            give(&listing::records(s.catalogue(), By::Question))
        }),
        one("question", "/api/v1/catalogue/questions/{id}", "The answers of a question.", "card-how-read", |s, a| {
            codes(s, a, By::Question)
        }),
        all("contexts", "/api/v1/catalogue/contexts", "What may be known about place and moment, for diagnosis.", |s, _| {
            give(&listing::contexts(s.catalogue()))
        }),
    ]
}

fn give(listing: &Listing) -> Result<Answer, Problem> {
    Answer::json(listing)
}

fn codes(state: &State, asked: &Asked, by: By) -> Result<Answer, Problem> {
    give(&lines(state, by, asked.part("id"))?)
}

/// What a record leads to.
pub fn lines(state: &State, by: By, id: &str) -> Result<Listing, Problem> {
    listing::of(state.catalogue(), by, id).map_err(|NotListed { nearest }| {
        let near = nearest.as_deref();
        let (zh, en) = (near.map(|n| format!("想找的是“{n}”吗？")), near.map(|n| format!(" Did you mean `{n}`?")));
        Problem::new(
            Kind::NotKnown,
            format!("目录里没有“{id}”。{}", zh.unwrap_or_default()),
            format!("The catalogue has no {by} `{id}`.{}", en.unwrap_or_default()),
        )
        .with("nearest", json!(nearest))
    })
}
