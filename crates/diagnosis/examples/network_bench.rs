//! Times queries and prints posteriors for `tests/compare_network.py`.
//!
//! `network_bench FILE.bif QUERIES.txt OUT.txt [rounds]`: a query is a line of `node=state` pairs separated by tabs (positions, not
//! names); the answer is a line of numbers: logarithm of P(evidence), then the posteriors of all root nodes in order. Times go to the
//! error stream: per query best-of-rounds through a session, and through `Compiled::query`.
#![allow(clippy::disallowed_methods, reason = "an example stands outside")]

use posdx_diagnosis::network::{Compiled, Evidence, Limits, Network, Posteriors};
use std::fmt::Write;
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().collect();
    let [_, file, queries, out, ..] = &args[..] else { return Err("network_bench FILE.bif QUERIES.txt OUT.txt [rounds]".into()) };
    let rounds: usize = args.get(4).map_or(Ok(5), |r| r.parse())?;
    let begin = Instant::now();
    let network = Network::read_bif(&std::fs::read_to_string(file)?)?;
    let read = begin.elapsed();
    let begin = Instant::now();
    let compiled = Compiled::new(&network, Limits { max_clique: 1 << 25, max_total: 1 << 27 })?;
    let size = compiled.size();
    eprintln!("{file}: read {read:?}, compiled {:?}, {size:?}", begin.elapsed());
    let mut list = Vec::new();
    for line in std::fs::read_to_string(queries)?.lines() {
        let mut evidence = Evidence::new();
        for pair in line.split('\t').filter(|p| !p.is_empty()) {
            let (node, state) = pair.split_once('=').ok_or("a pair without =")?;
            evidence.observe(node.parse()?, state.parse()?);
        }
        list.push(evidence);
    }
    let mut session = compiled.session();
    let mut answer = Posteriors::default();
    let mut text = String::new();
    for evidence in &list {
        match session.query_into(evidence, &[], &mut answer) {
            Ok(()) => {
                write!(text, "{:?}", answer.log_p)?;
                answer.iter().flat_map(|t| t.1).try_for_each(|v| write!(text, " {v:?}"))?;
            }
            Err(error) => write!(text, "{error}")?,
        }
        text.push('\n');
    }
    std::fs::write(out, text)?;
    let mut best = f64::INFINITY;
    for _ in 0..rounds {
        let begin = Instant::now();
        for evidence in &list {
            let _ = session.query_into(evidence, &[], &mut answer);
        }
        best = best.min(begin.elapsed().as_secs_f64() * 1e3 / list.len() as f64);
    }
    let begin = Instant::now();
    for evidence in &list {
        let _ = compiled.query(evidence, &[]);
    }
    eprintln!("session {best:.6} ms, single query {:.6} ms", begin.elapsed().as_secs_f64() * 1e3 / list.len() as f64);
    Ok(())
}
