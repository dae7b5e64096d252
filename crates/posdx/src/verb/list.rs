//! `posdx list`: the catalogue backwards. Which codes does a namespace hold, which does a condition raise, which can a step repair?

use clap::Args;
use posdx_embedded::catalogue;
use posdx_explain::listing::{self, By, Line, NotListed};
use posdx_model::Lang;

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

impl ListArgs {
    pub fn run(self) -> Done {
        let c = catalogue();
        let wanted = [
            (By::Namespace, &self.namespace),
            (By::Condition, &self.condition),
            (By::Cause, &self.cause),
            (By::Step, &self.step),
            (By::Question, &self.question),
        ];
        let wanted = wanted.into_iter().find_map(|(by, id)| Some((by, id.as_deref()?)));
        let listing = match wanted {
            Some((by, "all")) => listing::records(c, by),
            Some((by, id)) => listing::of(c, by, id).map_err(|e| not_listed(by, id, &e))?,
            None if self.contexts => listing::contexts(c),
            None => listing::records(c, By::Namespace),
        };
        if self.output.json {
            print_json(&listing)?;
        } else {
            print(&page(&listing.lines, self.output.lang()))?;
        }
        Ok(exit::ANSWERED)
    }
}

fn not_listed(kind: By, id: &str, error: &NotListed) -> Failure {
    let near = error.nearest.as_ref().map(|n| format!(" Did you mean `{n}`?")).unwrap_or_default();
    Failure::Input(format!("there is no {kind} `{id}`.{near} `posdx list --{kind} all` shows them."))
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
