//! `posdx list`: the catalogue backwards. Which codes does a namespace hold, which does a condition raise, which can a step repair?

use clap::Args;
use posdx_catalogue::Catalogue;
use posdx_embedded::catalogue;
use posdx_model::{Lang, Text};
use serde::Serialize;

use super::{Done, Failure, Output, exit, print, print_json};

#[derive(Args)]
pub struct ListArgs {
    /// Codes of this namespace, or `all` for the namespaces.
    #[arg(long, value_name = "ID", group = "by")]
    namespace: Option<String>,
    /// Codes that report this condition, or `all` for the conditions.
    #[arg(long, value_name = "ID", group = "by")]
    condition: Option<String>,
    /// Codes behind which this cause may stand, or `all` for the causes.
    #[arg(long, value_name = "ID", group = "by")]
    cause: Option<String>,
    /// Codes that this step can repair, or `all` for the steps.
    #[arg(long, value_name = "ID", group = "by")]
    step: Option<String>,
    /// Answers of this question, or `all` for the questions.
    #[arg(long, value_name = "ID", group = "by")]
    question: Option<String>,
    /// What may be known about place and moment, for `posdx fix --context`.
    #[arg(long, group = "by")]
    contexts: bool,
    #[command(flatten)]
    output: Output,
}

/// One line of a listing.
#[derive(Serialize)]
struct Line {
    id: String,
    title: Text,
    /// How likely, where the question was one of chance.
    #[serde(skip_serializing_if = "Option::is_none")]
    p: Option<f64>,
}

impl ListArgs {
    pub fn run(self) -> Done {
        let c = catalogue();
        let lines = match (&self.namespace, &self.condition, &self.cause, &self.step) {
            (Some(id), ..) if id == "all" => titles(c.namespaces().map(|n| (n.id, n.title))),
            (_, Some(id), ..) if id == "all" => titles(c.conditions().map(|x| (x.id, x.title))),
            (_, _, Some(id), _) if id == "all" => titles(c.causes().map(|x| (x.id, x.title))),
            (_, _, _, Some(id)) if id == "all" => titles(c.steps().map(|x| (x.id, x.title))),
            (Some(id), ..) => {
                known(c.namespace(id).is_some(), "namespace", id, c.namespaces().map(|n| n.id))?;
                titles(
                    c.codes()
                        .filter(|code| c.namespace_id(*code) == id)
                        .map(|code| (c.code_id(code).to_string(), c.code_record(code).name)),
                )
            }
            (_, Some(id), ..) => {
                known(c.condition(id).is_some(), "condition", id, c.conditions().map(|x| x.id))?;
                titles(
                    c.codes()
                        .filter(|code| c.condition_id(c.condition_of(*code)) == id)
                        .map(|code| (c.code_id(code).to_string(), c.code_record(code).name)),
                )
            }
            (_, _, Some(id), _) => {
                known(c.cause(id).is_some(), "cause", id, c.causes().map(|x| x.id))?;
                codes_by_chance(c, |cause| f64::from(u8::from(cause == id)))
            }
            (_, _, _, Some(id)) => {
                let step = c.step(id);
                known(step.is_some(), "step", id, c.steps().map(|x| x.id))?;
                let repairs = step.map(|s| s.repairs).unwrap_or_default();
                codes_by_chance(c, |cause| repairs.iter().find(|r| r.cause == cause).map_or(0.0, |r| r.p))
            }
            _ if self.question.as_deref() == Some("all") => titles(c.questions().map(|q| (q.id, q.text))),
            _ if self.question.is_some() => {
                let id = self.question.as_deref().unwrap_or_default();
                let question = c.question(id);
                known(question.is_some(), "question", id, c.questions().map(|q| q.id))?;
                titles(question.into_iter().flat_map(|q| q.answers).map(|a| (a.id, a.text)))
            }
            _ if self.contexts => titles(c.contexts().map(|x| (x.id, x.text))),
            _ => titles(c.namespaces().map(|n| (n.id, n.title))),
        };
        if self.output.json {
            print_json(&serde_json::json!({"schema": "posdx.list/1", "catalogue": c.version(), "lines": lines}))?;
        } else {
            print(&page(&lines, self.output.lang()))?;
        }
        Ok(exit::ANSWERED)
    }
}

fn titles(all: impl Iterator<Item = (String, Text)>) -> Vec<Line> {
    all.map(|(id, title)| Line { id, title, p: None }).collect()
}

/// Codes with the probability that one of the wanted causes stands behind them (times the weight `of` gives it), likeliest first.
fn codes_by_chance(c: &Catalogue, of: impl Fn(&str) -> f64) -> Vec<Line> {
    let chance: Vec<(String, f64)> = c
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
            let id = c.condition_id(c.condition_of(code));
            let p = chance.iter().find(|(x, _)| x == id)?.1;
            (p > 0.0).then(|| Line {
                id: c.code_id(code).to_string(),
                title: c.code_record(code).name,
                p: Some((p * 1000.0).round() / 1000.0),
            })
        })
        .collect();
    lines.sort_by(|a, b| b.p.unwrap_or(0.0).total_cmp(&a.p.unwrap_or(0.0)));
    lines
}

fn known(found: bool, kind: &str, id: &str, all: impl Iterator<Item = String>) -> Result<(), Failure> {
    if found {
        return Ok(());
    }
    let all: Vec<String> = all.collect();
    let near =
        posdx_catalogue::check::nearest(id, all.iter().map(String::as_str)).map(|n| format!(" Did you mean `{n}`?")).unwrap_or_default();
    Err(Failure::Input(format!("there is no {kind} `{id}`.{near} `posdx list --{kind} all` shows them.")))
}

fn page(lines: &[Line], lang: Lang) -> String {
    use posdx_explain::render::wrap::{columns, pad};
    let widest = lines.iter().map(|l| columns(&l.id)).max().unwrap_or(0).min(36);
    lines
        .iter()
        .map(|l| {
            let chance = l.p.map(|p| format!("  {:>3.0} %", p * 100.0)).unwrap_or_default();
            format!("{}{chance}  {}\n", pad(&l.id, widest), l.title.get(lang))
        })
        .collect()
}
