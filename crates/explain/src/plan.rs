//! Causes and a verdict → the steps, in the order in which they are worth trying.
//!
//! What money safety demands comes first and is never weighed; the rest is ordered by chance per cost (crate `diagnosis`); a call for
//! help ends the plan.

use std::collections::BTreeSet;

use posdx_catalogue::Catalogue;
use posdx_catalogue::record::{self, Condition};
use posdx_diagnosis::{Action, order};
use posdx_model::{Actor, MoneyState, Outcome, RetryVerdict, Text};

use crate::explanation::{Advice, CauseShare, Contact, Step, StepKind};
use crate::odds::{odds, rounded};
use crate::ui::actor_name;

/// Steps of one plan.
const PLAN_MAX: usize = 6;
/// The step that comes before every other when the outcome is unknown.
const QUERY_STEP: &str = "query-last-sale";
/// The step that follows it: a pending reversal must be through before anything is redone.
const REVERSAL_STEP: &str = "wait-for-reversal";
/// The cause that passes by itself. Only steps that amount to waiting or repeating may count on it, or every step would look useful.
pub(crate) const TRANSIENT: &str = "transient";
/// The cause that stands for all we do not name.
pub(crate) const OTHER: &str = "other";
/// What calling service costs, in weighted minutes: someone waits on a line and the till stands still.
pub(crate) const SERVICE_COST: f64 = 90.0;

/// Steps in the order of chance per cost, after whatever money safety demands; a call for help ends the plan.
pub fn plan(
    catalogue: &Catalogue,
    condition: &Condition,
    causes: &[CauseShare],
    money: MoneyState,
    retry: RetryVerdict,
    outcome: Outcome,
    contact: Option<&Contact>,
) -> Vec<Step> {
    // An approval needs no repair, and neither does a mere record; a scam or a dispute is no failure of a sale either, but has its steps.
    let nothing_known: f64 = causes.iter().filter(|c| matches!(c.id.as_str(), TRANSIENT | OTHER)).map(|c| c.p).sum();
    let settled = money != MoneyState::Unknown && retry == RetryVerdict::Never;
    if settled && (outcome == Outcome::Approved || outcome == Outcome::Info && nothing_known > 0.3) {
        return Vec::new();
    }
    let mut seen = BTreeSet::new();
    let mut candidates = Vec::new();
    for cause in causes {
        for step in catalogue.steps_for(&cause.id) {
            if seen.insert(step.id.clone()) && fits(&step, condition, money, retry, outcome) {
                candidates.push(step);
            }
        }
    }
    candidates.sort_by(|a, b| a.id.cmp(&b.id));
    let actions: Vec<Action> = candidates.iter().map(|s| Action { cost: cost(s), repairs: repairs(s, causes) }).collect();
    let prior: Vec<f64> = causes.iter().map(|c| c.p).collect();
    let sequence = order(&prior, &actions, SERVICE_COST);

    let mut plan = Vec::new();
    if money == MoneyState::Unknown && outcome != Outcome::Info {
        plan.extend(catalogue.step(condition.query.as_deref().unwrap_or(QUERY_STEP)).map(|s| {
            shown(
                catalogue,
                &s,
                1.0,
                Text::new(
                    "钱动没动还不知道，先查清才能做别的。",
                    "Whether money moved is not known; nothing else may come before finding out.",
                ),
            )
        }));
        if retry == RetryVerdict::QueryFirst && !condition.no_reversal {
            plan.extend(catalogue.step(REVERSAL_STEP).map(|s| {
                shown(
                    catalogue,
                    &s,
                    1.0,
                    Text::new(
                        "没查到成功，就等冲正做完，再重做才不会扣两次。",
                        "If no success is on record, only a finished reversal keeps the customer from paying twice.",
                    ),
                )
            }));
        }
    }
    for stage in &sequence.stages {
        let step = &candidates[stage.action];
        if plan.iter().any(|s: &Step| s.id == step.id) {
            continue;
        }
        let chance = odds(stage.solves);
        let who = actor_name(step.by);
        let minutes = step.minutes;
        let because = Text::new(
            format!("{}能解决，{}做，约 {minutes} 分钟。", chance.zh, who.zh),
            format!("Helps {}; {}, about {minutes} min.", chance.en, who.en),
        );
        plan.push(shown(catalogue, step, stage.solves, because));
        if plan.len() == PLAN_MAX {
            break;
        }
    }
    if let Some(contact) = contact
        && sequence.service > 0.02
        && !plan.iter().any(|s| s.id.starts_with("call-"))
    {
        plan.push(call(contact));
    }
    plan
}

fn shown(catalogue: &Catalogue, step: &record::Step, helps: f64, because: Text) -> Step {
    let needs = step.needs.iter().filter_map(|n| catalogue.precondition(n)).map(|p| Advice { id: p.id, text: p.text }).collect();
    Step {
        kind: StepKind::Step,
        id: step.id.clone(),
        title: step.title.clone(),
        text: step.text.clone(),
        by: step.by,
        minutes: step.minutes,
        helps: rounded(helps),
        because,
        needs,
        disruptive: step.disruptive,
    }
}

/// Steps that a verdict forbids do not enter the plan: nothing that reads the card again after a final refusal, nothing that changes
/// the terminal when the card's bank has spoken.
pub(crate) fn fits(step: &record::Step, condition: &Condition, money: MoneyState, retry: RetryVerdict, outcome: Outcome) -> bool {
    let final_refusal = matches!(outcome, Outcome::Declined) && matches!(retry, RetryVerdict::Never | RetryVerdict::OtherMethod);
    let paid = money == MoneyState::Taken && outcome != Outcome::Partial;
    if paid && (step.again || step.charges) {
        return false;
    }
    if final_refusal && step.again {
        return false;
    }
    // At the till nobody asks a buyer to settle what the bank keeps to itself.
    !(condition.discreet && step.by == Actor::Cashier && step.disruptive)
}

/// What a step removes among `causes`, by position.
fn repairs(step: &record::Step, causes: &[CauseShare]) -> Vec<(usize, f64)> {
    step.repairs
        .iter()
        .filter(|r| step.waits || r.cause != TRANSIENT)
        .filter_map(|r| Some((causes.iter().position(|c| c.id == r.cause)?, r.p)))
        .collect()
}

/// Weighted minutes: an engineer's hour is dearer than a cashier's minute, and a disruptive step has its risk.
pub(crate) fn cost(step: &record::Step) -> f64 {
    cost_of(step.by, step.minutes) * if step.disruptive { 1.5 } else { 1.0 }
}

/// Weighted minutes of somebody's time.
pub(crate) fn cost_of(by: Actor, minutes: f64) -> f64 {
    let weight = match by {
        Actor::Cashier => 1.0,
        Actor::Owner => 1.5,
        Actor::Cardholder => 2.0,
        Actor::Agent => 3.0,
        Actor::Carrier | Actor::Acquirer | Actor::Issuer => 5.0,
        Actor::Engineer | Actor::Vendor => 6.0,
    };
    // Reaching somebody else costs before anything is done.
    let reach = match by {
        Actor::Cashier => 0.0,
        Actor::Owner | Actor::Cardholder => 2.0,
        Actor::Agent => 10.0,
        Actor::Engineer | Actor::Acquirer | Actor::Issuer | Actor::Carrier | Actor::Vendor => 30.0,
    };
    minutes * weight + reach
}

fn call(contact: &Contact) -> Step {
    let (zh, en) = if contact.number.is_empty() {
        (contact.who.zh.clone(), contact.who.en.clone())
    } else {
        (format!("{} {}", contact.who.zh, contact.number), format!("{}, {}", contact.who.en, contact.number))
    };
    Step {
        kind: StepKind::Call,
        id: format!("call-{}", contact.id),
        title: Text::new("找人帮忙", "Call for help"),
        text: Text::new(format!("还不行就打：{zh}。"), format!("If nothing helped, call: {en}.")),
        by: Actor::Owner,
        minutes: 15.0,
        helps: 0.9,
        because: Text::new("到这里再自己试就不划算了。", "From here on, trying more costs more than calling."),
        needs: Vec::new(),
        disruptive: false,
    }
}
