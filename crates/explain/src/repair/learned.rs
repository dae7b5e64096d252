//! The catalogue as what learning starts from, and a catalogue with what was learned laid over it.
//!
//! Nothing is overridden in silence: [`Overlaid::changes`] names every number that differs, before and after, with the cases behind it.

use posdx_catalogue::Catalogue;
use posdx_catalogue::record;
use posdx_diagnosis::learning::{
    self, Condition, Knowledge, LearnedPriors, Overlay, Question, Step, Terminal, Transient, Weighted, apply, date,
};
use posdx_model::{Lang, Text};
use serde::Serialize;

use super::model::{MISTAKEN, UNNAMED};
use crate::odds::rounded;
use crate::plan::{OTHER, TRANSIENT};

/// Chance that a passing disturbance ends by itself while some other step is being done.
const MEANWHILE: f64 = 0.05;
/// Numbers that differ by less are the same.
const SAME: f64 = 1e-6;

/// What the catalogue says, as numbers: what learning starts from.
pub fn lessons(catalogue: &Catalogue) -> Knowledge {
    let causes = |condition: &record::Condition| {
        let known = condition.causes.iter().filter(|c| catalogue.cause(&c.id).is_some());
        let mut causes: Vec<Weighted> = known.map(|c| Weighted::new(c.id.clone(), c.strength)).collect();
        // As in a repair: what nobody named may be the matter too.
        if !causes.iter().any(|c| c.id == OTHER) && catalogue.cause(OTHER).is_some() {
            let named: f64 = causes.iter().map(|c| c.p).sum();
            causes.push(Weighted::new(OTHER, UNNAMED * named.max(1e-6)));
        }
        causes
    };
    let conditions = catalogue
        .conditions()
        .map(|c| Condition { causes: causes(&c), id: c.id, concentration: None, groups: Vec::new() })
        .filter(|c| !c.causes.is_empty());
    let steps = catalogue.steps().map(|s| Step {
        repairs: s.repairs.iter().filter(|r| s.waits || r.cause != TRANSIENT).map(|r| Weighted::new(r.cause.clone(), r.p)).collect(),
        id: s.id,
        waits: s.waits,
    });
    let questions = catalogue.questions().map(|q| Question {
        answers: q.answers.iter().map(|a| a.id.clone()).collect(),
        given: q.given.iter().map(|g| (g.cause.clone(), heard(&g.p))).collect(),
        otherwise: heard(&q.otherwise),
        id: q.id,
    });
    let all: Vec<String> = catalogue.causes().map(|c| c.id).collect();
    let contexts = catalogue.contexts().map(|context| {
        let odds = all.iter().filter_map(|cause| {
            // The closest entry counts: a cause by name before its whole category.
            let named = context.odds.iter().find(|o| o.cause == *cause);
            let whole = || context.odds.iter().find(|o| o.cause.strip_suffix('*').is_some_and(|c| cause.starts_with(c)));
            Some(Weighted::new(cause.clone(), named.or_else(whole)?.factor))
        });
        (context.id.clone(), odds.collect())
    });
    Knowledge {
        conditions: conditions.collect(),
        steps: steps.collect(),
        questions: questions.collect(),
        transient: catalogue.cause(TRANSIENT).map(|c| Transient { cause: c.id, waiting: MEANWHILE, meanwhile: MEANWHILE }),
        contexts: contexts.collect(),
    }
}

/// What people say when these are the true answers: some mistake what they see. Learning counts what was said.
fn heard(p: &[f64]) -> Vec<f64> {
    let count = p.len().max(1) as f64;
    p.iter().map(|p| (1.0 - MISTAKEN) * p + MISTAKEN / count).collect()
}

/// The other way round; what would be below nothing is nothing.
fn meant(p: &[f64], count: f64) -> Vec<f64> {
    let raw: Vec<f64> = p.iter().map(|p| ((p - MISTAKEN / count) / (1.0 - MISTAKEN)).max(0.0)).collect();
    let sum: f64 = raw.iter().sum();
    raw.iter().map(|p| if sum > 0.0 { p / sum } else { 1.0 / count }).collect()
}

/// A catalogue with what was learned, for one terminal.
pub struct Overlaid {
    /// The catalogue to ask.
    pub catalogue: Catalogue,
    before: Knowledge,
    after: Knowledge,
    overlay: Overlay,
    terminal: Terminal,
    left_out: Vec<LeftOut>,
}

/// A part of an overlay that was not applied.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LeftOut {
    /// The way to it.
    pub place: String,
    /// Why.
    pub why: Text,
}

posdx_model::words! {
    /// What kind of number was learned.
    ChangeKind {
        /// How likely a cause is, before anything is told.
        Cause = "cause",
        /// How surely a step removes a cause.
        Step = "step",
        /// What people answer under a cause.
        Answer = "answer",
    }
}

/// A number that is not the catalogue's.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    /// What kind of number.
    pub kind: ChangeKind,
    /// Id of the condition, step or question.
    pub id: String,
    /// Id of the cause; none for the answers under all causes that a question does not name.
    pub cause: Option<String>,
    /// What it is, in words.
    pub title: Text,
    /// The catalogue's probability; for answers that of the answer that moved most.
    pub old: f64,
    /// The learned one.
    pub new: f64,
    /// Effective number of cases behind it.
    pub cases: f64,
}

/// That an overlay is in use, and what it does to the conditions at hand.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InUse {
    /// `posdx.learned/1`.
    pub schema: &'static str,
    /// Fingerprint of the overlay.
    pub fingerprint: String,
    /// Day up to which cases count in full.
    pub day: String,
    /// Effective number of cases.
    pub cases: f64,
    /// For which terminal.
    pub terminal: Terminal,
    /// What it changes here, the largest first.
    pub changes: Vec<Change>,
    /// What of it was not applied, anywhere.
    pub left_out: Vec<LeftOut>,
}

/// The same overlay has the same fingerprint, however its file is commented.
pub fn fingerprint(overlay: &Overlay) -> String {
    // FNV-1a: tells versions of a file apart, keeps no secret.
    let hash = overlay.to_toml().bytes().fold(0xCBF2_9CE4_8422_2325u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0000_0100_0000_01B3));
    format!("{hash:016x}")
}

impl Overlaid {
    /// Lays `overlay` over `catalogue`, as it counts for a terminal.
    pub fn new(catalogue: &Catalogue, overlay: Overlay, terminal: Terminal) -> Overlaid {
        let before = lessons(catalogue);
        let learning::Applied { knowledge: after, ignored } = apply(&before, &overlay);
        let left_out = ignored.into_iter().map(|i| LeftOut { place: i.place, why: i.why.text() }).collect();
        let conditions = before.conditions.iter().filter_map(|c| {
            let new = after.prior(&c.id, &terminal)?;
            let same = before.prior(&c.id, &Terminal::default())?.iter().zip(&new).all(|(o, n)| (o - n).abs() <= SAME);
            let mut record = catalogue.condition(&c.id).filter(|_| !same)?;
            record.causes = c.causes.iter().zip(new).map(|(c, p)| record::Link { id: c.id.clone(), strength: p }).collect();
            Some(record)
        });
        let steps = before.steps.iter().zip(&after.steps).filter(|(b, a)| b != a).filter_map(|(_, after)| {
            let mut record = catalogue.step(&after.id)?;
            for learned in &after.repairs {
                match record.repairs.iter_mut().find(|r| r.cause == learned.id) {
                    Some(repair) => repair.p = learned.p,
                    None => record.repairs.push(record::Repair { cause: learned.id.clone(), p: learned.p }),
                }
            }
            Some(record)
        });
        let questions = before.questions.iter().zip(&after.questions).filter(|(b, a)| b != a).filter_map(|(before, after)| {
            let mut record = catalogue.question(&after.id)?;
            let count = record.answers.len().max(1) as f64;
            for (given, ((_, old), (_, new))) in record.given.iter_mut().zip(before.given.iter().zip(&after.given)) {
                if old != new {
                    given.p = meant(new, count);
                }
            }
            if before.otherwise != after.otherwise {
                record.otherwise = meant(&after.otherwise, count);
            }
            Some(record)
        });
        let (conditions, steps, questions): (Vec<_>, Vec<_>, Vec<_>) = (conditions.collect(), steps.collect(), questions.collect());
        let catalogue = catalogue.with(&conditions, &steps, &questions);
        Overlaid { catalogue, before, after, overlay, terminal, left_out }
    }

    /// The knowledge with the overlay, for measuring.
    pub fn knowledge(&self) -> &Knowledge {
        &self.after
    }

    /// That it is in use, and what it changes for `conditions`; for all conditions when none is named.
    pub fn in_use(&self, conditions: &[&str]) -> InUse {
        InUse {
            schema: "posdx.learned/1",
            fingerprint: fingerprint(&self.overlay),
            day: date(self.overlay.day),
            cases: self.overlay.cases,
            terminal: self.terminal.clone(),
            changes: self.changes(conditions),
            left_out: self.left_out.clone(),
        }
    }

    /// Numbers that differ from the catalogue's for `conditions` (all of them when none is named), the largest change first.
    pub fn changes(&self, conditions: &[&str]) -> Vec<Change> {
        let named = |id: &str| conditions.is_empty() || conditions.contains(&id);
        let here: Vec<&Condition> = self.before.conditions.iter().filter(|c| named(&c.id)).collect();
        let concerns = |cause: &str| conditions.is_empty() || here.iter().any(|c| c.causes.iter().any(|c| c.id == cause));
        let mut changes = Vec::new();
        for condition in &here {
            let old = self.before.prior(&condition.id, &Terminal::default()).unwrap_or_default();
            let new = self.after.prior(&condition.id, &self.terminal).unwrap_or_default();
            let cases = self.block(&condition.id).map_or(0.0, |b| b.cases);
            for (cause, (old, new)) in condition.causes.iter().zip(old.into_iter().zip(new)) {
                let title = self.cause(&cause.id);
                changes.push(Change {
                    kind: ChangeKind::Cause,
                    cause: Some(cause.id.clone()),
                    title,
                    id: condition.id.clone(),
                    old,
                    new,
                    cases,
                });
            }
        }
        for (before, after) in self.before.steps.iter().zip(&self.after.steps).filter(|(b, a)| b != a) {
            for learned in after.repairs.iter().filter(|r| concerns(&r.id)) {
                let old = self.before.repair(&before.id, &learned.id);
                let cases = self.overlay.repair.iter().filter(|b| b.step == before.id).flat_map(|b| &b.causes);
                let cases = cases.filter(|l| l.cause == learned.id).map(|l| l.cases).next().unwrap_or_default();
                let step = self.catalogue.step(&before.id).map(|s| s.title).unwrap_or_default();
                let cause = self.cause(&learned.id);
                let title = Text::new(format!("{}（对付“{}”）", step.zh, cause.zh), format!("{} (against “{}”)", step.en, cause.en));
                let (id, cause) = (before.id.clone(), Some(learned.id.clone()));
                changes.push(Change { kind: ChangeKind::Step, id, cause, title, old, new: learned.p, cases });
            }
        }
        for (before, after) in self.before.questions.iter().zip(&self.after.questions).filter(|(b, a)| b != a) {
            let block = self.overlay.answer.iter().find(|b| b.question == before.id);
            let rows = before.given.iter().zip(&after.given).filter(|((cause, _), _)| concerns(cause));
            for ((cause, old), (_, new)) in rows {
                let cases = block.and_then(|b| b.causes.iter().find(|r| r.cause == *cause)).map_or(0.0, |r| r.cases);
                changes.extend(self.answer(&before.id, Some(cause), old, new, cases));
            }
            // Who asks this question in a repair of another condition does not care.
            if before.given.iter().any(|(cause, _)| concerns(cause)) {
                let cases = block.and_then(|b| b.otherwise.as_ref()).map_or(0.0, |r| r.cases);
                changes.extend(self.answer(&before.id, None, &before.otherwise, &after.otherwise, cases));
            }
        }
        changes.retain(|c| (c.new - c.old).abs() > SAME);
        changes.sort_by(|a, b| (b.new - b.old).abs().total_cmp(&(a.new - a.old).abs()));
        for change in &mut changes {
            (change.old, change.new) = (rounded(change.old), rounded(change.new));
        }
        changes
    }

    /// The answer that moved most.
    fn answer(&self, question: &str, cause: Option<&String>, old: &[f64], new: &[f64], cases: f64) -> Option<Change> {
        let moves = old.iter().zip(new).enumerate();
        let (at, (old, new)) = moves.max_by(|a, b| (a.1.1 - a.1.0).abs().total_cmp(&(b.1.1 - b.1.0).abs()))?;
        let record = self.catalogue.question(question)?;
        let (text, said) = (&record.text, record.answers.get(at)?.text.clone());
        let under = cause.map_or_else(|| Text::new("没有列出的原因", "causes it does not name"), |c| self.cause(c));
        let title = Text::new(
            format!("{} {}（原因是“{}”时）", text.zh, said.zh, under.zh),
            format!("{} {} (under “{}”)", text.en, said.en, under.en),
        );
        Some(Change { kind: ChangeKind::Answer, id: question.to_owned(), cause: cause.cloned(), title, old: *old, new: *new, cases })
    }

    fn cause(&self, id: &str) -> Text {
        self.catalogue.cause(id).map(|c| c.title).unwrap_or_default()
    }

    /// The narrowest block of strengths that counts for the terminal.
    fn block(&self, condition: &str) -> Option<&LearnedPriors> {
        let fits = |b: &&LearnedPriors| b.condition == condition && self.terminal.upto(b.terminal.depth()).as_ref() == Some(&b.terminal);
        self.overlay.prior.iter().filter(fits).max_by_key(|b| b.terminal.depth())
    }
}

/// Changes that a person is shown at once.
const CHANGES_SHOWN: usize = 6;

impl InUse {
    /// In plain lines: that it is in use, what it changes here, what was left out.
    pub fn text(&self, lang: Lang) -> String {
        let mut out = match lang {
            Lang::Zh => format!("正在用从 {} 个案例学到的数（截至 {}）。", self.cases, self.day),
            Lang::En => format!("Numbers learned from {} cases up to {} are in use.", self.cases, self.day),
        };
        out.push_str(match (lang, self.changes.is_empty()) {
            (Lang::Zh, true) => "对这里没有改动。\n",
            (Lang::En, true) => " They change nothing here.\n",
            (Lang::Zh, false) => "这里改动了：\n",
            (Lang::En, false) => " They change here:\n",
        });
        for change in self.changes.iter().take(CHANGES_SHOWN) {
            out.push_str(&format!("  {}\n", change.text(lang)));
        }
        let more = self.changes.len().saturating_sub(CHANGES_SHOWN);
        if more > 0 {
            out.push_str(&match lang {
                Lang::Zh => format!("  另有 {more} 处。\n"),
                Lang::En => format!("  and {more} more\n"),
            });
        }
        if !self.left_out.is_empty() {
            let count = self.left_out.len();
            out.push_str(&match lang {
                Lang::Zh => format!("有 {count} 处没有采用，用 posdx learn --check 看原因。\n"),
                Lang::En => format!("{count} parts were left out; posdx learn --check says why.\n"),
            });
        }
        out
    }
}

impl Change {
    /// One line.
    pub fn text(&self, lang: Lang) -> String {
        let (old, new) = (100.0 * self.old, 100.0 * self.new);
        let digits = usize::from((old - new).abs() < 1.0 || old.min(new) < 1.0);
        let title = self.title.get(lang);
        match lang {
            Lang::Zh => format!("{title}：{old:.digits$} % → {new:.digits$} %，{} 例", self.cases),
            Lang::En => format!("{title}: {old:.digits$} % → {new:.digits$} %, {} cases", self.cases),
        }
    }
}
