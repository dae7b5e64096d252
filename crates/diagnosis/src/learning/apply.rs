//! Knowledge and overlay → knowledge as learned. What no longer fits is left out and named, never bent.

use super::knowledge::{floored, inside};
use super::{FORMAT, Group, Knowledge, LearnedPriors, Overlay, Terminal, Weighted};
use posdx_model::Text;

posdx_model::words! {
    /// Why a part of an overlay was not applied.
    Why {
        /// The overlay has another form than this program reads.
        Format = "format",
        /// An id is not in the knowledge.
        Unknown = "unknown",
        /// The expert's number has changed since the overlay was learned: the expert has the last word.
        Stale = "stale",
        /// A number is no probability, or there are too many or too few.
        Number = "number",
    }
}

impl Why {
    /// As a sentence.
    pub fn text(self) -> Text {
        let (zh, en) = match self {
            Why::Format => ("这个文件的版式本程序不认识", "this program does not read this form of the file"),
            Why::Unknown => ("知识库里没有这个编号", "the catalogue has no such id"),
            Why::Stale => ("专家后来改过这个数，以专家为准，请重新学习", "an expert has changed this number since; it stands, learn again"),
            Why::Number => ("不是概率，或个数不对", "not a probability, or not as many as there should be"),
        };
        Text::new(zh, en)
    }
}

/// A part of an overlay that was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ignored {
    /// The way to it: kind, id, and where it applies the cause.
    pub place: String,
    /// Why.
    pub why: Why,
}

/// Knowledge with an overlay.
#[derive(Clone, Debug, PartialEq)]
pub struct Applied {
    /// The knowledge as learned.
    pub knowledge: Knowledge,
    /// What was left out.
    pub ignored: Vec<Ignored>,
}

/// How far a rounded old value may lie from the expert's.
const ROUNDING: f64 = 2e-4;

/// Lays `overlay` over `knowledge`, which stays as it is: to undo, drop the result, or apply a shorter overlay.
///
/// An `old` value that is not the expert's present one makes the line stale, and a stale line does not count.
pub fn apply(knowledge: &Knowledge, overlay: &Overlay) -> Applied {
    let mut out = Applied { knowledge: knowledge.clone(), ignored: Vec::new() };
    if overlay.format != FORMAT {
        out.ignored.push(Ignored { place: "format".to_owned(), why: Why::Format });
        return out;
    }
    let mut blocks: Vec<&LearnedPriors> = overlay.prior.iter().collect();
    blocks.sort_by_key(|b| b.terminal.depth());
    for block in blocks {
        priors(&mut out, block);
    }
    repairs(&mut out, overlay);
    answers(&mut out, overlay);
    out
}

fn close(old: f64, now: f64) -> bool {
    (old - now).abs() <= ROUNDING
}

fn is_probability(p: f64) -> bool {
    (0.0..=1.0).contains(&p)
}

fn priors(out: &mut Applied, block: &LearnedPriors) {
    let place = format!("prior {} ({})", block.condition, block.level);
    // Taken from the knowledge as applied so far: wider groups come first.
    let above = out.knowledge.prior(&block.condition, &block.terminal);
    let found = out.knowledge.conditions.iter_mut().find(|c| c.id == block.condition);
    let (Some(above), Some(condition)) = (above, found) else {
        out.ignored.push(Ignored { place, why: Why::Unknown });
        return;
    };
    let whole = [&block.terminal.vendor, &block.terminal.model, &block.terminal.region].iter().filter(|p| p.is_some()).count();
    if whole != block.terminal.depth() {
        out.ignored.push(Ignored { place, why: Why::Unknown });
        return;
    }
    let mut new: Vec<Option<f64>> = vec![None; above.len()];
    for line in &block.causes {
        let at = condition.causes.iter().position(|c| c.id == line.cause);
        let slot = at.and_then(|at| Some((new.get_mut(at)?, above.get(at)?)));
        let why = match slot {
            None => Why::Unknown,
            Some(_) if !is_probability(line.new) => Why::Number,
            Some((_, above)) if whole == 0 && !close(line.old, *above) => Why::Stale,
            Some((slot, _)) => {
                *slot = Some(line.new);
                continue;
            }
        };
        out.ignored.push(Ignored { place: format!("{place}, {}", line.cause), why });
    }
    if new.iter().all(Option::is_none) {
        return;
    }
    let said: f64 = new.iter().flatten().sum();
    let unsaid: f64 = above.iter().zip(&new).filter(|(_, n)| n.is_none()).map(|(a, _)| a).sum();
    // A file edited by hand may leave nothing for the others: then they keep what they had, and all are scaled together.
    let scale = if said < 1.0 && unsaid > 0.0 { (1.0 - said) / unsaid } else { 1.0 };
    let mixed: Vec<f64> = above.iter().zip(&new).map(|(above, new)| new.unwrap_or(above * scale)).collect();
    let named = condition.causes.iter().zip(floored(&mixed));
    let causes: Vec<Weighted> = named.map(|(c, p)| Weighted::new(c.id.clone(), p)).collect();
    if block.terminal == Terminal::default() {
        condition.causes = causes;
    } else {
        condition.groups.retain(|g| g.terminal != block.terminal);
        condition.groups.push(Group { terminal: block.terminal.clone(), causes });
    }
}

fn repairs(out: &mut Applied, overlay: &Overlay) {
    for block in &overlay.repair {
        for line in &block.causes {
            let now = out.knowledge.repair(&block.step, &line.cause);
            let transient = out.knowledge.transient.as_ref().is_some_and(|t| t.cause == line.cause);
            let step = out.knowledge.steps.iter_mut().find(|s| s.id == block.step);
            let why = match step {
                Some(step) if step.repairs.iter().any(|r| r.id == line.cause) || (transient && step.waits) => {
                    if !is_probability(line.new) {
                        Why::Number
                    } else if !close(line.old, now) {
                        Why::Stale
                    } else {
                        match step.repairs.iter_mut().find(|r| r.id == line.cause) {
                            Some(repair) => repair.p = inside(line.new),
                            None => step.repairs.push(Weighted::new(line.cause.clone(), inside(line.new))),
                        }
                        continue;
                    }
                }
                _ => Why::Unknown,
            };
            out.ignored.push(Ignored { place: format!("repair {}, {}", block.step, line.cause), why });
        }
    }
}

fn answers(out: &mut Applied, overlay: &Overlay) {
    for block in &overlay.answer {
        let Some(question) = out.knowledge.questions.iter_mut().find(|q| q.id == block.question) else {
            out.ignored.push(Ignored { place: format!("answer {}", block.question), why: Why::Unknown });
            continue;
        };
        let rows = block.causes.iter().map(|r| (Some(&r.cause), &r.old, &r.new));
        for (cause, old, new) in rows.chain(block.otherwise.iter().map(|r| (None, &r.old, &r.new))) {
            let row = match cause {
                Some(cause) => question.given.iter_mut().find(|(c, _)| c == cause).map(|(_, row)| row),
                None => Some(&mut question.otherwise),
            };
            let why = match row {
                None => Why::Unknown,
                Some(row) if new.len() != row.len() || old.len() != row.len() || !new.iter().all(|p| is_probability(*p)) => Why::Number,
                Some(row) if !floored(row).iter().zip(old).all(|(now, old)| close(*old, *now)) => Why::Stale,
                Some(row) => {
                    *row = floored(new);
                    continue;
                }
            };
            let cause = cause.map_or("otherwise", String::as_str);
            out.ignored.push(Ignored { place: format!("answer {}, {cause}", block.question), why });
        }
    }
}
