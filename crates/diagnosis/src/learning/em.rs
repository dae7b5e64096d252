//! MAP-EM: uncertain cases are shared out among the causes, the numbers follow, and again, until nothing moves.
//!
//! Each round climbs  sum of weight · ln P(case) + sum of pseudo-counts · ln (number),  which can only rise (Dempster, Laird & Rubin
//! 1977). The first round knows no groups; the later ones hold the wider groups fixed while the narrower ones are estimated.

use super::frame::{Evidence, Frame, Logs, normalise};
use super::overlay::{Overlay, report};
use super::shrink::{Counts, Node, Worth, judge, settle};
use super::{Case, Knowledge, KnowledgeError, Problem, Terminal};
use std::collections::BTreeMap;

/// How to learn.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Today, in days since 1970-01-01; the age of a case counts from here. Cases of a later day count as of today.
    pub today: i64,
    /// Days after which a case counts half; `None` when cases do not fade.
    pub half_life: Option<f64>,
    /// How many cases an expert's strengths are worth, where the condition does not say, until cases tell better.
    pub prior_cases: f64,
    /// How many tries an expert's repair probability is worth, until cases tell better.
    pub repair_cases: f64,
    /// How many answers an expert's answer probabilities are worth, until cases tell better.
    pub answer_cases: f64,
    /// Most iterations of one round.
    pub iterations: usize,
    /// A round ends when an iteration gains less than this share of the objective.
    pub tolerance: f64,
    /// Rounds after the first: each judges anew what experts and wider groups are worth, and counts with groups where there are any.
    pub rounds: usize,
}

impl Settings {
    /// The usual settings on the day `today` (days since 1970-01-01): half-life 180 days, experts worth about a dozen cases.
    pub fn new(today: i64) -> Self {
        Settings {
            today,
            half_life: Some(180.0),
            prior_cases: 15.0,
            repair_cases: 12.0,
            answer_cases: 12.0,
            iterations: 300,
            tolerance: 1e-9,
            rounds: 3,
        }
    }

    /// What is left of a case of this day: 1 today, 0.5 after the half-life.
    pub fn fading(&self, day: i64) -> f64 {
        let age = self.today.saturating_sub(day).max(0) as f64;
        match self.half_life {
            Some(half) if half > 0.0 => 0.5f64.powf(age / half),
            _ => 1.0,
        }
    }
}

/// How a round went.
#[derive(Clone, Debug, PartialEq)]
pub struct Round {
    /// The objective before each iteration and at the end; it never falls.
    pub objective: Vec<f64>,
    /// False when the iterations ran out first.
    pub converged: bool,
}

/// A step that removed a confirmed cause although the knowledge does not list it there: something for an expert to look at.
#[derive(Clone, Debug, PartialEq)]
pub struct Surprise {
    /// The step.
    pub step: String,
    /// The cause.
    pub cause: String,
    /// Effective number of cases.
    pub cases: f64,
}

/// What the cases say.
#[derive(Clone, Debug, PartialEq)]
pub struct Learned {
    /// Every number with its old and new value; [`Overlay::only`] keeps what matters.
    pub overlay: Overlay,
    /// How the estimation went.
    pub rounds: Vec<Round>,
    /// Repairs that the knowledge does not know.
    pub surprises: Vec<Surprise>,
    /// Cases that did not fit the knowledge; `line` is 1 for the first case.
    pub skipped: Vec<Problem>,
}

/// The numbers while they are being estimated.
pub(super) struct State {
    pub nodes: Vec<Node>,
    pub repairs: Vec<f64>,
    pub rows: Vec<Vec<f64>>,
    /// Expected (helped, tried) by repair.
    pub tries: Vec<(f64, f64)>,
    /// Expected answers by row.
    pub answers: Vec<Vec<f64>>,
    pub worth: Worth,
}

struct Weighed {
    evidence: Evidence,
    weight: f64,
    root: usize,
    narrowest: usize,
}

/// Learns from `cases`, starting from what experts wrote.
///
/// The same cases in the same order give the same result. Time is iterations × cases × causes × findings.
///
/// # Errors
/// The knowledge itself does not hold together. Cases that do not fit it are skipped and named.
pub fn learn(knowledge: &Knowledge, cases: &[Case], settings: &Settings) -> Result<Learned, KnowledgeError> {
    let frame = Frame::new(knowledge)?;
    let mut state = State {
        nodes: Vec::new(),
        repairs: frame.repairs.iter().map(|r| r.p).collect(),
        rows: frame.rows.iter().map(|r| r.p.clone()).collect(),
        tries: vec![(0.0, 0.0); frame.repairs.len()],
        answers: frame.rows.iter().map(|r| vec![0.0; r.p.len()]).collect(),
        worth: Worth::new(settings),
    };
    for (c, condition) in frame.conditions.iter().enumerate() {
        let kappa = condition.concentration.unwrap_or(settings.prior_cases);
        state.nodes.push(Node::new(c, None, Terminal::default(), condition.prior.clone(), kappa));
    }
    let mut tree = BTreeMap::new();
    let (mut weighed, mut skipped) = (Vec::new(), Vec::new());
    for (i, case) in cases.iter().enumerate() {
        let weight = case.weight.unwrap_or(1.0);
        match frame.evidence(case) {
            Ok(evidence) if weight.is_finite() && weight > 0.0 => {
                let root = evidence.condition;
                let narrowest = place(&mut state.nodes, &mut tree, root, &case.terminal);
                weighed.push(Weighed { evidence, weight: weight * settings.fading(case.day), root, narrowest });
            }
            Ok(_) => {
                skipped.push(Problem { line: i + 1, field: "weight".to_owned(), fault: super::Fault::Expected(super::Expected::Weight) })
            }
            Err(problem) => skipped.push(Problem { line: i + 1, ..problem }),
        }
    }
    let expert: Vec<Vec<f64>> = frame.conditions.iter().map(|c| c.prior.clone()).collect();
    let fixed: Vec<Option<f64>> = frame.conditions.iter().map(|c| c.concentration).collect();
    let grouped = state.nodes.len() > frame.conditions.len();
    let mut rounds = Vec::new();
    for round in 0..=settings.rounds {
        rounds.push(climb(&frame, &mut state, &weighed, settings, grouped && round > 0));
        if round == 0 && grouped {
            // The first round has put everything into the roots; shared out to where each case belongs, it starts the groups.
            count(&frame, &mut state, &weighed, true);
        }
        settle(&mut state.nodes, &expert, &fixed, settings, &mut state.worth);
        if round < settings.rounds {
            let repairs = frame.repairs.iter().zip(&state.tries);
            let repairs: Vec<Counts> =
                repairs.map(|(r, (helped, tried))| (vec![*helped, (tried - helped).max(0.0)], vec![r.p, 1.0 - r.p])).collect();
            let answers: Vec<Counts> = frame.rows.iter().zip(&state.answers).map(|(r, n)| (n.clone(), r.p.clone())).collect();
            judge(&repairs, &answers, settings, &mut state.worth);
        }
    }
    let all = weighed.iter().map(|w| w.weight).sum();
    let overlay = report(knowledge, &frame, &state, settings.today, all);
    Ok(Learned { overlay, rounds, surprises: surprises(knowledge, &frame, &weighed), skipped })
}

/// The narrowest node for a terminal, made with all wider ones if need be.
fn place(nodes: &mut Vec<Node>, tree: &mut BTreeMap<(usize, Terminal), usize>, root: usize, terminal: &Terminal) -> usize {
    let mut at = root;
    for depth in 1..=3 {
        let Some(part) = terminal.upto(depth) else { break };
        at = *tree.entry((root, part.clone())).or_insert_with(|| {
            let theta = nodes.get(root).map(|n| n.theta.clone()).unwrap_or_default();
            nodes.push(Node::new(root, Some(at), part, theta, 0.0));
            nodes.len() - 1
        });
    }
    at
}

/// Iterates until the objective stands still.
fn climb(frame: &Frame, state: &mut State, cases: &[Weighed], settings: &Settings, groups: bool) -> Round {
    let mut objective: Vec<f64> = Vec::new();
    let mut converged = false;
    for iteration in 0..=settings.iterations {
        let now = count(frame, state, cases, groups) + prior_part(frame, state, groups);
        let gain = objective.last().map(|before| now - before);
        objective.push(now);
        converged = gain.is_some_and(|gain| gain <= settings.tolerance * (1.0 + now.abs()));
        if converged || iteration == settings.iterations {
            break;
        }
        maximise(frame, state, groups);
    }
    Round { objective, converged }
}

/// E-step: shares the cases out and counts; returns the log-likelihood. With `own` the counts go to the narrowest groups.
fn count(frame: &Frame, state: &mut State, cases: &[Weighed], own: bool) -> f64 {
    for node in &mut state.nodes {
        node.own.fill(0.0);
        node.sure.fill(0.0);
    }
    state.tries.fill((0.0, 0.0));
    state.answers.iter_mut().for_each(|row| row.fill(0.0));
    let logs = Logs::new(&state.repairs, &state.rows);
    let thetas: Vec<Vec<f64>> = state.nodes.iter().map(|n| n.theta.iter().map(|p| p.ln()).collect()).collect();
    let mut total = 0.0;
    for case in cases {
        let node = if own { case.narrowest } else { case.root };
        let mut scores = frame.log_likelihood(&case.evidence, &logs, true);
        match &case.evidence.odds {
            None => scores.iter_mut().zip(&thetas[node]).for_each(|(score, ln)| *score += ln),
            // An unusual moment: the experts' strengths with the factors of the moment, which are not learned.
            Some(odds) => {
                let prior = &frame.conditions[case.evidence.condition].prior;
                scores.iter_mut().zip(prior).zip(odds).for_each(|((score, p), odds)| *score += p.ln() + odds);
            }
        }
        let (shares, sum) = share_out(&case.evidence, scores);
        total += case.weight * sum;
        for (local, share) in shares.iter().enumerate().filter(|(_, share)| **share > 0.0) {
            let share = share * case.weight;
            let cause = frame.conditions[case.evidence.condition].causes[local];
            if case.evidence.odds.is_none() {
                state.nodes[node].own[local] += share;
            }
            if case.evidence.odds.is_none() && case.evidence.cause == Some(local) {
                state.nodes[node].sure[local] += share;
            }
            for (question, answer) in &case.evidence.told {
                if let Some(row) = frame.row(*question, cause) {
                    state.answers[row][*answer] += share;
                }
            }
            for step in &case.evidence.failed {
                if let Ok(at) = frame.repair(*step, cause) {
                    state.tries[at].1 += share;
                }
            }
            if let Some(Ok(at)) = case.evidence.helped.map(|step| frame.repair(step, cause)) {
                state.tries[at].0 += share;
                state.tries[at].1 += share;
            }
        }
    }
    total
}

/// The share of each cause in a case, and what the case adds to the log-likelihood. `scores` are logarithms of weights.
fn share_out(evidence: &Evidence, mut scores: Vec<f64>) -> (Vec<f64>, f64) {
    let fixed = match (evidence.cause, &evidence.shares) {
        (Some(known), _) => Some((0..scores.len()).map(|f| if f == known { 1.0 } else { 0.0 }).collect()),
        (None, shares) => shares.clone(),
    };
    if let Some(shares) = fixed {
        let sum = shares.iter().zip(&scores).filter(|(share, _)| **share > 0.0).map(|(share, score)| share * score).sum();
        return (shares, sum);
    }
    if !evidence.among.is_empty() {
        scores.iter_mut().enumerate().filter(|(f, _)| !evidence.among.contains(f)).for_each(|(_, score)| *score = f64::NEG_INFINITY);
    }
    normalise(&scores)
}

/// M-step: pseudo-counts and counts, added and scaled.
fn maximise(frame: &Frame, state: &mut State, groups: bool) {
    for node in state.nodes.iter_mut().filter(|node| groups || node.depth == 0) {
        let sum: f64 = node.alpha.iter().sum::<f64>() + node.own.iter().sum::<f64>();
        if sum > 0.0 {
            node.theta = node.alpha.iter().zip(&node.own).map(|(a, n)| (a + n) / sum).collect();
        }
    }
    for (i, repair) in frame.repairs.iter().enumerate() {
        let (helped, tried) = state.tries[i];
        state.repairs[i] = (state.worth.repair * repair.p + helped) / (state.worth.repair + tried);
    }
    for (i, row) in frame.rows.iter().enumerate() {
        let sum = state.worth.answer + state.answers[i].iter().sum::<f64>();
        state.rows[i] = row.p.iter().zip(&state.answers[i]).map(|(p, n)| (state.worth.answer * p + n) / sum).collect();
    }
}

/// The part of the objective that stands for the experts and the wider groups.
fn prior_part(frame: &Frame, state: &State, groups: bool) -> f64 {
    let dot = |counts: &[f64], p: &[f64]| counts.iter().zip(p).map(|(c, p)| c * p.ln()).sum::<f64>();
    let nodes: f64 = state.nodes.iter().filter(|n| groups || n.depth == 0).map(|n| dot(&n.alpha, &n.theta)).sum();
    let repair = |(r, p): (&super::frame::Repair, &f64)| state.worth.repair * (r.p * p.ln() + (1.0 - r.p) * (-p).ln_1p());
    let repairs: f64 = frame.repairs.iter().zip(&state.repairs).map(repair).sum();
    let rows: f64 = frame.rows.iter().zip(&state.rows).map(|(r, p)| state.worth.answer * dot(&r.p, p)).sum();
    nodes + repairs + rows
}

fn surprises(knowledge: &Knowledge, frame: &Frame, cases: &[Weighed]) -> Vec<Surprise> {
    let mut found: BTreeMap<(usize, usize), f64> = BTreeMap::new();
    for case in cases {
        if let (Some(step), Some(known)) = (case.evidence.helped, case.evidence.cause) {
            let cause = frame.conditions[case.evidence.condition].causes[known];
            if frame.repair(step, cause).is_err() {
                *found.entry((step, cause)).or_default() += case.weight;
            }
        }
    }
    let name = |((step, cause), cases): ((usize, usize), f64)| Surprise {
        step: knowledge.steps[step].id.clone(),
        cause: frame.causes[cause].clone(),
        cases,
    };
    found.into_iter().map(name).collect()
}
