//! `posdx model`: models of experts: check a network, ask it, plan with a troubleshooting model.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::{Args, Subcommand};
use posdx_diagnosis::network::{Compiled, Evidence, Limits, Network};
use posdx_diagnosis::planning::{self, Case, ModelLine, PlanLine};
use serde::{Deserialize, Serialize};

use super::overlay::text_of;
use super::{Done, Failure, Output, exit, print};

/// Bytes of a network file.
const NETWORK_MAX: u64 = 64 << 20;
/// Bytes of one line.
const LINE_MAX: u64 = 16 << 20;

#[derive(Args)]
pub struct ModelArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Check a Bayesian network (BIF or XMLBIF); errors name line and column.
    Check(CheckArgs),
    /// Ask a Bayesian network: one JSON object a line in, one a line out.
    Query(QueryArgs),
    /// Turn a network into the other format.
    Convert(ConvertArgs),
    /// Plan with troubleshooting models, one JSON object a line.
    Plan(PlanArgs),
}

#[derive(Args)]
struct CheckArgs {
    /// The network.
    file: PathBuf,
    #[command(flatten)]
    output: Output,
}

#[derive(Args)]
struct QueryArgs {
    /// The network.
    file: PathBuf,
    /// The questions: {"id","evidence":{node:state},"targets":[…]}; `-` is standard input.
    #[arg(long, value_name = "FILE")]
    queries: PathBuf,
    /// The most probable explanation instead of posteriors.
    #[arg(long)]
    explain: bool,
    #[command(flatten)]
    output: Output,
}

#[derive(Args)]
struct ConvertArgs {
    /// The network.
    file: PathBuf,
    /// bif or xmlbif.
    #[arg(long, value_name = "FORMAT")]
    to: Format,
}

#[derive(Args)]
struct PlanArgs {
    /// The models; `-` is standard input.
    file: PathBuf,
    /// Milliseconds for each model; without it the search runs until the optimum is proven.
    #[arg(long, value_name = "N")]
    budget_ms: Option<u64>,
    #[command(flatten)]
    output: Output,
}

posdx_model::words! {
    /// How a network is written.
    Format {
        /// The Bayesian interchange format.
        Bif = "bif",
        /// The same in XML.
        Xmlbif = "xmlbif",
    }
}

impl ModelArgs {
    pub fn run(self) -> Done {
        match self.what {
            What::Check(args) => check(&args),
            What::Query(args) => query(&args),
            What::Convert(args) => convert(&args),
            What::Plan(args) => plan(&args),
        }
    }
}

fn network(path: &Path) -> Result<Network, Failure> {
    let text = text_of(path, NETWORK_MAX)?;
    let xml = text.trim_start().starts_with('<');
    let network = if xml { Network::read_xmlbif(&text) } else { Network::read_bif(&text) };
    network.map_err(|e| Failure::Input(format!("{}: {e}", path.display())))
}

fn compiled(path: &Path) -> Result<(Network, Compiled), Failure> {
    let network = network(path)?;
    let compiled = Compiled::new(&network, Limits::default()).map_err(|e| Failure::Input(format!("{}: {e}", path.display())))?;
    Ok((network, compiled))
}

fn check(args: &CheckArgs) -> Done {
    let (network, compiled) = compiled(&args.file)?;
    let size = compiled.size();
    let roots = network.roots().count();
    if args.output.json {
        let report = serde_json::json!({
            "schema": "posdx.network/1", "name": network.name(), "nodes": network.nodes().len(), "roots": roots,
            "cliques": size.cliques, "largest_clique": size.largest, "table_entries": size.total,
        });
        super::print_json(&report)?;
    } else {
        print(&format!(
            "{}: {} is fine: {} nodes ({roots} roots), {} cliques, the largest with {} entries\n",
            args.file.display(),
            network.name(),
            network.nodes().len(),
            size.cliques,
            size.largest
        ))?;
    }
    Ok(exit::ANSWERED)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QueryLine {
    id: serde_json::Value,
    #[serde(default)]
    evidence: BTreeMap<String, String>,
    #[serde(default)]
    targets: Vec<String>,
}

#[derive(Serialize)]
struct AnswerLine<'n> {
    id: serde_json::Value,
    p_evidence: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    posterior: Option<BTreeMap<&'n str, BTreeMap<&'n str, f64>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    most_probable: Option<BTreeMap<&'n str, &'n str>>,
}

/// Calls `each` with every line that is not blank and its number; the first error ends it.
fn lines(path: &Path, mut each: impl FnMut(usize, &str) -> Result<(), Failure>) -> Result<(), Failure> {
    let cannot = |e: std::io::Error| Failure::Input(format!("cannot read {}: {e}", path.display()));
    let reader: Box<dyn Read> =
        if path == Path::new("-") { Box::new(std::io::stdin()) } else { Box::new(std::fs::File::open(path).map_err(cannot)?) };
    let mut reader = BufReader::new(reader);
    let mut line = String::new();
    for number in 1.. {
        line.clear();
        if (&mut reader).take(LINE_MAX).read_line(&mut line).map_err(cannot)? == 0 {
            break;
        }
        if !line.trim().is_empty() {
            each(number, line.trim())?;
        }
    }
    Ok(())
}

fn query(args: &QueryArgs) -> Done {
    let (network, compiled) = compiled(&args.file)?;
    let mut session = compiled.session();
    let mut failed = false;
    lines(&args.queries, |number, line| {
        let place = |e: &dyn std::fmt::Display| Failure::Input(format!("{}:{number}: {e}", args.queries.display()));
        let asked: QueryLine = serde_json::from_str(line).map_err(|e| place(&e))?;
        let mut answer = || -> Result<AnswerLine<'_>, String> {
            let pairs = asked.evidence.iter().map(|(n, s)| (n.as_str(), s.as_str()));
            let evidence = Evidence::by_name(&network, pairs).map_err(|e| e.to_string())?;
            let node = |name: &String| network.find(name).ok_or_else(|| format!("the network has no node `{name}`"));
            let targets: Vec<usize> = asked.targets.iter().map(node).collect::<Result<_, _>>()?;
            let name = |n: usize| network.nodes().get(n).map_or("", |n| n.name.as_str());
            let state = |n: usize, s: usize| network.nodes().get(n).and_then(|n| n.states.get(s)).map_or("", String::as_str);
            if args.explain {
                let best = compiled.explain_most_probable(&evidence).map_err(|e| e.to_string())?;
                let states = best.states.iter().enumerate().filter_map(|(n, s)| Some((name(n), state(n, (*s)?))));
                return Ok(AnswerLine { id: asked.id.clone(), p_evidence: best.p, posterior: None, most_probable: Some(states.collect()) });
            }
            let found = session.query(&evidence, &targets).map_err(|e| e.to_string())?;
            let posterior = found.iter().map(|(n, p)| (name(n), p.iter().enumerate().map(|(s, p)| (state(n, s), *p)).collect()));
            Ok(AnswerLine { id: asked.id.clone(), p_evidence: found.p_evidence, posterior: Some(posterior.collect()), most_probable: None })
        };
        let text = match answer() {
            Ok(answer) => serde_json::to_string(&answer),
            // One impossible question does not keep the others from their answers.
            Err(error) => {
                failed = true;
                anstream::eprintln!("posdx: {}", place(&error));
                let error = posdx_model::mask_card_data(&error);
                serde_json::to_string(&serde_json::json!({ "id": asked.id, "error": error }))
            }
        };
        print(&(text.map_err(|e| place(&e))? + "\n"))?;
        Ok(())
    })?;
    Ok(if failed { exit::BAD_INPUT } else { exit::ANSWERED })
}

fn convert(args: &ConvertArgs) -> Done {
    let network = network(&args.file)?;
    let written = match args.to {
        Format::Bif => network.write_bif(),
        Format::Xmlbif => network.write_xmlbif(),
    };
    print(&written.map_err(|e| Failure::Input(format!("{}: {e}", args.file.display())))?)?;
    Ok(exit::ANSWERED)
}

fn plan(args: &PlanArgs) -> Done {
    lines(&args.file, |number, line| {
        let place = |e: &dyn std::fmt::Display| Failure::Input(format!("{}:{number}: {e}", args.file.display()));
        let model: ModelLine = serde_json::from_str(line).map_err(|e| place(&e))?;
        let id = model.id.clone();
        let model = model.model().map_err(|e| place(&e))?;
        let start = Instant::now();
        let budget = args.budget_ms.map(Duration::from_millis);
        let mut go_on = || budget.is_none_or(|b| start.elapsed() < b);
        let made = planning::plan(&model, &Case::default(), &planning::Limits::default(), &mut go_on).map_err(|e| place(&e))?;
        let text = serde_json::to_string(&PlanLine::new(id, made)).map_err(|e| place(&e))?;
        print(&(text + "\n"))?;
        Ok(())
    })?;
    Ok(exit::ANSWERED)
}
