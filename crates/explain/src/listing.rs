//! The catalogue backwards: which codes does a namespace hold, which does a condition raise, which can a step repair?

use posdx_catalogue::Catalogue;
use posdx_model::Text;
use serde::Serialize;

use crate::odds::rounded;

/// A listing: `posdx.list/1`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Listing {
    /// `posdx.list/1`.
    pub schema: &'static str,
    /// Version of the catalogue.
    pub catalogue: String,
    /// Its lines.
    pub lines: Vec<Line>,
}

/// One line of a listing.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Line {
    /// Id of the code or record.
    pub id: String,
    /// Its name.
    pub title: Text,
    /// How likely, 0 to 1, where the question was one of chance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p: Option<f64>,
}

posdx_model::words! {
    /// What a listing goes by.
    By {
        /// Lists of codes.
        Namespace = "namespace",
        /// What can be the matter.
        Condition = "condition",
        /// Why it can be the matter.
        Cause = "cause",
        /// What can be done.
        Step = "step",
        /// What can be asked.
        Question = "question",
    }
}

/// There is no record of that name; what is nearest to it, if anything is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotListed {
    /// The nearest id.
    pub nearest: Option<String>,
}

/// All records of a kind: `posdx list --cause all`.
pub fn records(catalogue: &Catalogue, by: By) -> Listing {
    listing(catalogue, all(catalogue, by))
}

/// What may be known about place and moment: `posdx list --contexts`.
pub fn contexts(catalogue: &Catalogue) -> Listing {
    listing(catalogue, catalogue.contexts().map(|x| line(x.id, x.text)).collect())
}

/// What one record leads to: the codes of a namespace or a condition; the codes behind which a cause may stand, or which a step may
/// repair, likeliest first; the answers of a question.
pub fn of(catalogue: &Catalogue, by: By, id: &str) -> Result<Listing, NotListed> {
    let known = match by {
        By::Namespace => catalogue.namespace(id).is_some(),
        By::Condition => catalogue.condition(id).is_some(),
        By::Cause => catalogue.cause(id).is_some(),
        By::Step => catalogue.step(id).is_some(),
        By::Question => catalogue.question(id).is_some(),
    };
    if !known {
        let ids: Vec<String> = all(catalogue, by).into_iter().map(|l| l.id).collect();
        let nearest = posdx_catalogue::check::nearest(id, ids.iter().map(String::as_str)).map(ToOwned::to_owned);
        return Err(NotListed { nearest });
    }
    let coded = |code| line(catalogue.code_id(code).to_string(), catalogue.code_record(code).name);
    let lines = match by {
        By::Namespace => catalogue.codes().filter(|code| catalogue.namespace_id(*code) == id).map(coded).collect(),
        By::Condition => catalogue.codes().filter(|code| catalogue.condition_id(catalogue.condition_of(*code)) == id).map(coded).collect(),
        By::Cause => by_chance(catalogue, |cause| f64::from(u8::from(cause == id))),
        By::Step => {
            let repairs = catalogue.step(id).map(|s| s.repairs).unwrap_or_default();
            by_chance(catalogue, |cause| repairs.iter().find(|r| r.cause == cause).map_or(0.0, |r| r.p))
        }
        By::Question => catalogue.question(id).into_iter().flat_map(|q| q.answers).map(|a| line(a.id, a.text)).collect(),
    };
    Ok(listing(catalogue, lines))
}

fn listing(catalogue: &Catalogue, lines: Vec<Line>) -> Listing {
    Listing { schema: "posdx.list/1", catalogue: catalogue.version().to_owned(), lines }
}

fn line(id: String, title: Text) -> Line {
    Line { id, title, p: None }
}

fn all(c: &Catalogue, by: By) -> Vec<Line> {
    match by {
        By::Namespace => c.namespaces().map(|x| line(x.id, x.title)).collect(),
        By::Condition => c.conditions().map(|x| line(x.id, x.title)).collect(),
        By::Cause => c.causes().map(|x| line(x.id, x.title)).collect(),
        By::Step => c.steps().map(|x| line(x.id, x.title)).collect(),
        By::Question => c.questions().map(|x| line(x.id, x.text)).collect(),
    }
}

/// Codes with the probability that one of the wanted causes stands behind them (times the weight `of` gives it), likeliest first.
fn by_chance(c: &Catalogue, of: impl Fn(&str) -> f64) -> Vec<Line> {
    let chance: std::collections::BTreeMap<String, f64> = c
        .conditions()
        .map(|x| {
            let total: f64 = x.causes.iter().map(|k| k.strength).sum();
            let p = x.causes.iter().map(|k| k.strength / total * of(&k.id)).sum();
            (x.id, p)
        })
        .collect();
    let mut lines: Vec<Line> = c
        .codes()
        .filter_map(|code| {
            let p = *chance.get(c.condition_id(c.condition_of(code)))?;
            (p > 0.0).then(|| Line { p: Some(rounded(p)), ..line(c.code_id(code).to_string(), c.code_record(code).name) })
        })
        .collect();
    lines.sort_by(|a, b| b.p.unwrap_or(0.0).total_cmp(&a.p.unwrap_or(0.0)));
    lines
}
