//! Invented worlds: a truth, an expert who knows it roughly, and cases as that truth makes them. With a known truth one can say how
//! well learning learns, which no real case file allows. Everything follows from the [`Chance`] that is passed in.

use super::{
    Case, Chance, Condition, Cost, Done, FLOOR, Group, Knowledge, Moment, Posteriors, Question, Step, Terminal, Told, Transient, Weighted,
};
use crate::{Action, order};

/// How large and how unlike the expert's idea a world is.
#[derive(Clone, Debug, PartialEq)]
pub struct Shape {
    /// Number of conditions.
    pub conditions: usize,
    /// Causes of a condition, the transient one not counted.
    pub causes: usize,
    /// Causes that there are at all, shared by the conditions.
    pub pool: usize,
    /// Questions.
    pub questions: usize,
    /// Vendors, each with causes of its own frequency.
    pub vendors: usize,
    /// Standard deviation of the expert's error in log-odds.
    pub expert_error: f64,
    /// Standard deviation, in logarithms, of how vendors differ.
    pub vendor_spread: f64,
}

impl Default for Shape {
    fn default() -> Self {
        Shape { conditions: 1, causes: 6, pool: 16, questions: 5, vendors: 3, expert_error: 0.6, vendor_spread: 0.3 }
    }
}

/// An invented world.
#[derive(Clone, Debug, PartialEq)]
pub struct World {
    /// How things are.
    pub truth: Knowledge,
    /// What the expert thinks.
    pub expert: Knowledge,
    /// Minutes of each step, in the order of the steps.
    pub minutes: Vec<f64>,
    /// What a call for service costs.
    pub service: f64,
    vendors: usize,
}

const TRANSIENT: &str = "transient";

impl World {
    /// Invents one.
    pub fn new(shape: &Shape, chance: &mut Chance) -> World {
        let cause = |i: usize| format!("cause-{i}");
        let pool = shape.pool.max(shape.causes).max(1);
        let mut truth =
            Knowledge { transient: Some(Transient { cause: TRANSIENT.to_owned(), waiting: 0.6, meanwhile: 0.05 }), ..Knowledge::default() };
        for c in 0..shape.conditions.max(1) {
            let mut left: Vec<usize> = (0..pool).collect();
            let mut causes: Vec<Weighted> = (0..shape.causes.max(1))
                .map(|_| {
                    let taken = left.swap_remove(chance.below(left.len()));
                    Weighted::new(cause(taken), (0.9 * chance.normal()).exp())
                })
                .collect();
            causes.push(Weighted::new(TRANSIENT, (0.5 * chance.normal()).exp() * 0.6));
            let mut condition = Condition { id: format!("condition-{c}"), causes, concentration: None, groups: Vec::new() };
            for v in 0..shape.vendors {
                let tilted =
                    condition.causes.iter().map(|w| Weighted::new(w.id.clone(), w.p * (shape.vendor_spread * chance.normal()).exp()));
                let causes = tilted.collect();
                condition.groups.push(Group { terminal: vendor(v), causes });
            }
            truth.conditions.push(condition);
        }
        let mut minutes = Vec::new();
        for i in 0..pool + 3 {
            let general = i >= pool;
            let mut repairs = Vec::new();
            for other in 0..pool {
                if other == i {
                    repairs.push(Weighted::new(cause(other), 0.6 + 0.35 * chance.unit()));
                } else if chance.unit() < if general { 0.4 } else { 0.08 } {
                    repairs.push(Weighted::new(cause(other), 0.1 + 0.4 * chance.unit()));
                }
            }
            if general {
                repairs.push(Weighted::new(TRANSIENT, 0.4 + 0.5 * chance.unit()));
            }
            minutes.push(if general { 1.0 + 3.0 * chance.unit() } else { 2.0 + 12.0 * chance.unit() });
            truth.steps.push(Step { id: format!("step-{i}"), waits: general, repairs });
        }
        for q in 0..shape.questions {
            let answers = 2 + chance.below(2);
            let row = |sure: f64, likely: usize| {
                (0..answers).map(|a| if a == likely { sure } else { (1.0 - sure) / (answers - 1) as f64 }).collect::<Vec<f64>>()
            };
            let mut given = Vec::new();
            for c in 0..pool {
                if chance.unit() < 0.4 {
                    given.push((cause(c), row(0.6 + 0.35 * chance.unit(), 1 + chance.below(answers - 1))));
                }
            }
            let otherwise = row(0.75 + 0.2 * chance.unit(), 0);
            truth.questions.push(Question {
                id: format!("question-{q}"),
                answers: (0..answers).map(|a| format!("answer-{a}")).collect(),
                given,
                otherwise,
            });
        }
        let expert = misjudge(&truth, shape.expert_error, chance);
        World { truth, expert, minutes, service: 60.0, vendors: shape.vendors }
    }

    /// `count` cases as they would be closed: questions answered or not, steps taken by updated p/C as the expert would (one in ten begins
    /// with a step at random), until something helps or service is called. A share `confirmed` of them has its cause confirmed.
    pub fn cases(&self, prefix: &str, count: usize, confirmed: f64, day: i64, chance: &mut Chance) -> Vec<Case> {
        let Ok(expert) = Posteriors::new(&self.expert) else { return Vec::new() };
        let mut cases = Vec::new();
        for i in 0..count {
            let Some(condition) = self.truth.conditions.get(chance.below(self.truth.conditions.len())) else { break };
            // One terminal in ten is of unknown make.
            let terminal = if self.vendors > 0 && chance.unit() < 0.9 { vendor(chance.below(self.vendors)) } else { Terminal::default() };
            let prior = self.truth.prior(&condition.id, &terminal).unwrap_or_default();
            let Some(cause) = condition.causes.get(chance.pick(&prior)).map(|c| c.id.clone()) else { break };
            let mut case = Case { id: format!("{prefix}-{i}"), day, condition: condition.id.clone(), terminal, ..Case::default() };
            for question in &self.truth.questions {
                if chance.unit() < 0.4 {
                    let row = question.given.iter().find(|(c, _)| *c == cause).map_or(&question.otherwise, |(_, row)| row);
                    let answer = question.answers.get(chance.pick(row)).cloned().filter(|_| chance.unit() < 0.9);
                    case.told.push(Told { question: question.id.clone(), answer });
                }
            }
            let belief = expert.of(&case, Moment::FirstAdvice).map(|b| b.0).unwrap_or_default();
            let mut plan = self.plan(&self.expert, &case.condition, &belief).0;
            if chance.unit() < 0.1 {
                let any = chance.below(self.truth.steps.len());
                plan.retain(|step| *step != any);
                plan.insert(0, any);
            }
            case.done = self.walk(&plan, &cause, chance).1;
            case.cause = Some(cause).filter(|_| chance.unit() < confirmed);
            cases.push(case);
        }
        cases
    }

    /// What `knowledge` would do in a case with this belief (steps by position), and what it expects that to cost.
    pub fn plan(&self, knowledge: &Knowledge, condition: &str, belief: &[f64]) -> (Vec<usize>, f64) {
        let Some(condition) = knowledge.conditions.iter().find(|c| c.id == condition) else { return (Vec::new(), self.service) };
        let action = |(step, cost): (&Step, &f64)| {
            let chances = condition.causes.iter().enumerate().map(|(i, c)| (i, knowledge.repair(&step.id, &c.id)));
            Action { cost: *cost, repairs: chances.filter(|(_, p)| *p > FLOOR).collect() }
        };
        let actions: Vec<Action> = knowledge.steps.iter().zip(&self.minutes).map(action).collect();
        let sequence = order(belief, &actions, self.service);
        (sequence.stages.iter().map(|s| s.action).collect(), sequence.expected_cost)
    }

    /// Takes the steps of `plan` in the true world until one helps, else calls service: the cost, and what was done.
    pub fn walk(&self, plan: &[usize], cause: &str, chance: &mut Chance) -> (f64, Vec<Done>) {
        let (mut cost, mut done) = (0.0, Vec::new());
        for (step, minutes) in plan.iter().filter_map(|at| Some((self.truth.steps.get(*at)?, self.minutes.get(*at)?))) {
            cost += minutes;
            let helped = chance.unit() < self.truth.repair(&step.id, cause);
            done.push(Done { step: step.id.clone(), helped });
            if helped {
                return (cost, done);
            }
        }
        (cost + self.service, done)
    }

    /// Predicted and realised cost of each case with a known cause, when `knowledge` advises and the truth answers.
    pub fn costs(&self, knowledge: &Knowledge, cases: &[Case], chance: &mut Chance) -> Vec<Cost> {
        let Ok(posteriors) = Posteriors::new(knowledge) else { return Vec::new() };
        let cost = |case: &Case| {
            let (belief, _) = posteriors.of(case, Moment::FirstAdvice).ok()?;
            let (plan, predicted) = self.plan(knowledge, &case.condition, &belief);
            Some(Cost { predicted, realised: self.walk(&plan, case.cause.as_ref()?, chance).0 })
        };
        cases.iter().filter_map(cost).collect()
    }
}

fn vendor(v: usize) -> Terminal {
    Terminal { vendor: Some(format!("vendor-{v}")), ..Terminal::default() }
}

/// The truth as an expert would write it down: every number off by some log-odds, nothing known of vendors.
fn misjudge(truth: &Knowledge, error: f64, chance: &mut Chance) -> Knowledge {
    let mut expert = truth.clone();
    for condition in &mut expert.conditions {
        condition.groups.clear();
        condition.causes.iter_mut().for_each(|c| c.p *= (error * chance.normal()).exp());
    }
    for repair in expert.steps.iter_mut().flat_map(|s| &mut s.repairs) {
        let odds = repair.p / (1.0 - repair.p) * (error * chance.normal()).exp();
        repair.p = odds / (1.0 + odds);
    }
    for question in &mut expert.questions {
        for row in question.given.iter_mut().map(|g| &mut g.1).chain([&mut question.otherwise]) {
            row.iter_mut().for_each(|p| *p *= (error * chance.normal()).exp());
            let sum: f64 = row.iter().sum();
            row.iter_mut().for_each(|p| *p /= sum);
        }
    }
    expert
}
