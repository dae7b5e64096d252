//! Findings → [`Explanation`]: looks up everything a reading needs and puts it in the order in which a person needs it.

use std::collections::BTreeSet;

use posdx_catalogue::Catalogue;
use posdx_catalogue::find::{self, Subject};
use posdx_catalogue::record::{Code, Condition, Namespace};
use posdx_diagnosis::probabilities;
use posdx_model::{CodeId, MoneyState, Outcome, Place, Text, mask_card_data};

use crate::explanation::*;
use crate::odds::rounded;
use crate::plan::plan;

/// Readings that one explanation carries at most.
const READINGS_MAX: usize = 12;
/// Causes of one reading.
const CAUSES_MAX: usize = 6;
/// Preventions of one reading.
const PREVENTIONS_MAX: usize = 4;
/// Characters of the question that are shown again.
const ECHO_CHARS_MAX: usize = 200;
/// What somebody wants to know.
#[derive(Clone, Copy, Debug, Default)]
pub struct Question<'a> {
    /// The text: codes, words or both.
    pub text: &'a str,
    /// Where it was seen, when known.
    pub place: Option<Place>,
}

/// Explains a question.
pub fn explain(catalogue: &Catalogue, question: Question<'_>) -> Explanation {
    // Card data is taken out before anything looks at the text: what is never read cannot be repeated.
    let masked = mask_card_data(question.text);
    let findings = find::find(catalogue, &without_masks(&masked), question.place);
    let assembler = Assembler { catalogue };
    let shown: Vec<&find::Reading> = findings.readings.iter().take(READINGS_MAX).collect();
    let readings: Vec<Reading> = shown.iter().map(|r| assembler.reading(r, &shown)).collect();
    let verdict = match findings.verdict {
        find::Verdict::Known => Verdict::Known,
        find::Verdict::Ambiguous => Verdict::Ambiguous,
        find::Verdict::Unknown => Verdict::Unknown,
    };
    let ask = if verdict == Verdict::Ambiguous { assembler.ask(&readings) } else { None };
    let unknown = if !findings.unknown.is_empty() || verdict == Verdict::Unknown { Some(assembler.unknown(&findings)) } else { None };
    Explanation {
        schema: "posdx.explanation/1",
        catalogue: catalogue.version().to_owned(),
        input: Input { text: echo(question.text), codes: findings.codes.iter().map(|c| mask_card_data(c)).collect(), more: findings.more },
        verdict,
        readings,
        ask,
        unknown,
    }
}

/// Explains one value of a named list, as it stands in a message.
pub fn explain_code(catalogue: &Catalogue, namespace: &str, value: &str) -> Option<Reading> {
    let found = find::code(catalogue, namespace, value)?;
    Some(Assembler { catalogue }.reading(&found, &[]))
}

/// Explains one value of a named list as a whole answer: that value first, then what else the same number means.
pub fn explain_listed(catalogue: &Catalogue, namespace: &str, value: &str) -> Option<Explanation> {
    let found = find::Reading { token: Some(0), ..find::code(catalogue, namespace, value)? };
    let same = |a: &Subject, b: &Subject| match (a, b) {
        (Subject::Code { code: a, .. }, Subject::Code { code: b, .. }) => a == b,
        (Subject::Field { namespace: a, bytes: x, .. }, Subject::Field { namespace: b, bytes: y, .. }) => a == b && x == y,
        _ => false,
    };
    let others = find::find(catalogue, value, None).readings;
    let others = others.iter().filter(|r| r.token == Some(0) && !same(&r.subject, &found.subject));
    let shown: Vec<&find::Reading> = std::iter::once(&found).chain(others).take(READINGS_MAX).collect();
    let readings: Vec<Reading> = shown.iter().map(|r| Assembler { catalogue }.reading(r, &shown)).collect();
    let mut explanation = explanation_of(catalogue, value, Verdict::Known, readings);
    explanation.input.codes = vec![mask_card_data(value)];
    Some(explanation)
}

/// Explains a condition that was found without a code.
pub fn explain_condition(catalogue: &Catalogue, id: &str) -> Option<Reading> {
    let condition = catalogue.condition_ref(id)?;
    let found = find::Reading { subject: Subject::Symptom, condition, token: None, score: 0.9 };
    Some(Assembler { catalogue }.reading(&found, &[]))
}

/// Readings that were found elsewhere, as an explanation of `text`.
pub(crate) fn explanation_of(catalogue: &Catalogue, text: &str, verdict: Verdict, readings: Vec<Reading>) -> Explanation {
    Explanation {
        schema: "posdx.explanation/1",
        catalogue: catalogue.version().to_owned(),
        input: Input { text: echo(text), codes: readings.iter().filter_map(|r| Some(r.code.as_ref()?.id.clone())).collect(), more: false },
        verdict,
        readings,
        ask: None,
        unknown: None,
    }
}

/// The honest answer to a response code that its list does not have.
pub(crate) fn unknown_code(catalogue: &Catalogue, code: &str) -> Explanation {
    let codes = if code.is_empty() { Vec::new() } else { vec![code.to_owned()] };
    let findings = find::Findings {
        codes: codes.clone(),
        unknown: codes,
        readings: Vec::new(),
        verdict: find::Verdict::Unknown,
        nearest: Vec::new(),
        more: false,
    };
    let unknown = Assembler { catalogue }.unknown(&findings);
    Explanation { unknown: Some(unknown), ..explanation_of(catalogue, code, Verdict::Unknown, Vec::new()) }
}

/// The text without the runs that hold masked digits.
fn without_masks(masked: &str) -> String {
    let digit = |c: char| c.is_ascii_digit() || c == '*';
    let mut out = String::with_capacity(masked.len());
    let mut rest = masked;
    while let Some(start) = rest.find(digit) {
        let (before, from) = rest.split_at(start);
        let run = from.find(|c| !digit(c)).map_or(from, |end| &from[..end]);
        out.push_str(before);
        out.push_str(if run.contains('*') { " " } else { run });
        rest = &from[run.len()..];
    }
    out + rest
}

/// The question as it may be shown again: masked, without control characters, not too long.
fn echo(text: &str) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let masked = mask_card_data(clean.trim());
    match masked.char_indices().nth(ECHO_CHARS_MAX) {
        Some((at, _)) => format!("{}…", &masked[..at]),
        None => masked,
    }
}

struct Assembler<'a> {
    catalogue: &'a Catalogue,
}

impl Assembler<'_> {
    fn reading(&self, found: &find::Reading, all: &[&find::Reading]) -> Reading {
        let condition = self.catalogue.condition_record(found.condition);
        let code = match &found.subject {
            Subject::Code { code, .. } => Some(self.catalogue.code_record(*code)),
            // Of a field's bits, the one that decides also overrides.
            Subject::Field { codes, .. } => {
                codes.iter().find(|c| self.catalogue.condition_of(**c) == found.condition).map(|c| self.catalogue.code_record(*c))
            }
            Subject::Symptom => None,
        };
        let namespace = match &found.subject {
            Subject::Code { code, .. } => self.catalogue.namespace(self.catalogue.namespace_id(*code)),
            Subject::Field { namespace, .. } => self.catalogue.namespace(namespace),
            Subject::Symptom => None,
        };
        let money = code.as_ref().and_then(|c| c.money.clone()).unwrap_or_else(|| condition.money.clone());
        let retry = code.as_ref().and_then(|c| c.retry).unwrap_or(condition.retry);
        let outcome = code.as_ref().and_then(|c| c.outcome).unwrap_or(condition.outcome);
        let causes = self.causes(&condition);
        let contact = self.contact(&condition.contact, namespace.as_ref());
        let plan = plan(self.catalogue, &condition, &causes, money.state, retry.verdict, outcome, contact.as_ref());
        let ground = self.catalogue.ground(&money.ground);
        let fact = |f: fn(&posdx_catalogue::record::Ground) -> &Text| ground.as_ref().map(|g| f(g).clone()).unwrap_or_default();
        let mut fault: Vec<Fault> = condition.fault.iter().map(|s| Fault { party: s.party, p: s.p }).collect();
        fault.sort_by(|a, b| b.p.total_cmp(&a.p));
        Reading {
            code: self.code_ref(found, namespace.as_ref()),
            score: (found.score * 1000.0).round() / 1000.0,
            title: condition.title.clone(),
            condition: condition.id.clone(),
            discreet: condition.discreet,
            outcome,
            money: MoneyAdvice { state: money.state, ground: fact(|g| &g.text), act: fact(|g| &g.act) },
            retry: RetryAdvice { verdict: retry.verdict, wait_s: retry.wait_s, max: retry.max },
            fault,
            text: texts(&condition, money.state),
            list: code.as_ref().filter(|_| matches!(found.subject, Subject::Code { .. })).map(|c| self.list_entry(c, found)),
            bits: self.bits(found),
            prevention: self.prevention(&condition),
            next: plan.first().cloned(),
            plan,
            causes,
            contact,
            sources: self.sources(&condition, code.as_ref()),
            collides: self.collides(found, all),
        }
    }

    fn code_ref(&self, found: &find::Reading, namespace: Option<&Namespace>) -> Option<CodeRef> {
        let list = namespace?.title.clone();
        match &found.subject {
            Subject::Code { code, .. } => Some(CodeRef::new(self.catalogue.code_id(*code), list)),
            Subject::Field { namespace, bytes, .. } => {
                let hex: String = bytes.iter().map(|b| format!("{b:02X}")).collect();
                Some(CodeRef::new(CodeId::new(namespace.clone(), hex), list))
            }
            Subject::Symptom => None,
        }
    }

    fn list_entry(&self, code: &Code, found: &find::Reading) -> ListEntry {
        let number = match found.subject {
            Subject::Code { number, .. } => number,
            Subject::Field { .. } | Subject::Symptom => None,
        };
        let detail = number.and_then(|n| code.covers.as_ref()?.say.as_ref().map(|say| say.map(|half| half.replace("{n}", &n.to_string()))));
        ListEntry { name: code.name.clone(), detail, note: code.note.clone(), near: code.near.clone(), grade: code.grade }
    }

    fn bits(&self, found: &find::Reading) -> Vec<Bit> {
        let Subject::Field { codes, .. } = &found.subject else { return Vec::new() };
        codes
            .iter()
            .filter_map(|c| {
                let record = self.catalogue.code_record(*c);
                let bits = record.bits?;
                let matters = self.catalogue.condition_record(self.catalogue.condition_of(*c)).outcome != Outcome::Info;
                Some(Bit { id: self.catalogue.code_id(*c).to_string(), byte: bits.byte, mask: bits.mask, text: record.name, matters })
            })
            .collect()
    }

    fn causes(&self, condition: &Condition) -> Vec<CauseShare> {
        let p = probabilities(&condition.causes.iter().map(|c| c.strength).collect::<Vec<_>>());
        let mut causes: Vec<CauseShare> = condition
            .causes
            .iter()
            .zip(p)
            .filter_map(|(link, p)| {
                let cause = self.catalogue.cause(&link.id)?;
                Some(CauseShare { id: cause.id, category: cause.category, title: cause.title, p: rounded(p), because: vec![cause.explain] })
            })
            .collect();
        causes.sort_by(|a, b| b.p.total_cmp(&a.p));
        causes.truncate(CAUSES_MAX);
        causes
    }

    fn prevention(&self, condition: &Condition) -> Vec<Advice> {
        let mut seen = BTreeSet::new();
        condition
            .causes
            .iter()
            .filter_map(|c| self.catalogue.cause(&c.id))
            .flat_map(|c| c.prevent)
            .filter(|id| seen.insert(id.clone()))
            .filter_map(|id| self.catalogue.prevention(&id))
            .map(|p| Advice { id: p.id, text: p.text })
            .take(PREVENTIONS_MAX)
            .collect()
    }

    fn contact(&self, role: &str, namespace: Option<&Namespace>) -> Option<Contact> {
        let id = namespace.and_then(|n| n.contacts.iter().find(|c| c.role == role)).map_or(role, |c| c.contact.as_str());
        let c = self.catalogue.contact(id)?;
        Some(Contact { id: c.id, who: c.who, number: c.number, have_ready: c.have_ready, checked: c.checked, grade: c.grade })
    }

    fn sources(&self, condition: &Condition, code: Option<&Code>) -> Vec<Source> {
        let of_code = code.into_iter().flat_map(|c| c.sources.iter().map(move |s| (s, Some(c.grade))));
        let of_condition = condition.sources.iter().map(|s| (s, None));
        let mut seen = BTreeSet::new();
        of_code
            .chain(of_condition)
            .filter(|(id, _)| seen.insert((*id).clone()))
            .filter_map(|(id, grade)| {
                let s = self.catalogue.source(id)?;
                Some(Source { id: s.id, title: s.title, url: s.url, grade: grade.unwrap_or(s.grade) })
            })
            .collect()
    }

    fn collides(&self, found: &find::Reading, all: &[&find::Reading]) -> Vec<String> {
        all.iter()
            .filter(|r| r.token == found.token && r.condition != found.condition)
            .filter_map(|r| match &r.subject {
                Subject::Code { code, .. } => Some(self.catalogue.code_id(*code).to_string()),
                Subject::Field { .. } | Subject::Symptom => None,
            })
            .collect()
    }

    /// Where did you see it? Only answers that lead somewhere are offered.
    fn ask(&self, readings: &[Reading]) -> Option<Ask> {
        if readings.iter().all(|r| r.code.is_none()) {
            let options = readings
                .iter()
                .take(3)
                .map(|r| AskOption { id: r.condition.clone(), text: r.title.clone(), reading: r.condition.clone() })
                .collect();
            return Some(Ask { id: "which".into(), text: Text::new("更像哪一种？", "Which is closer?"), options });
        }
        let options: Vec<AskOption> = Place::ALL
            .iter()
            .filter_map(|place| {
                let reading = readings.iter().find(|r| {
                    let namespace = r.code.as_ref().and_then(|c| self.catalogue.namespace(&c.namespace));
                    namespace.is_some_and(|n| n.places.contains(place))
                })?;
                Some(AskOption { id: place.as_str().into(), text: place_text(*place), reading: reading.code.as_ref()?.id.clone() })
            })
            .collect();
        Some(Ask { id: "where".into(), text: Text::new("这个代码是在哪里看到的？", "Where did you see this code?"), options })
    }

    fn unknown(&self, findings: &find::Findings) -> Unknown {
        let codes: Vec<String> = findings.unknown.iter().map(|c| mask_card_data(c)).collect();
        let text = if codes.is_empty() {
            Text::new(
                "没听懂这句话。请写屏幕上的代码，或说说机器怎么了。",
                "This is not understood. Give the code on the screen, or say what the terminal does.",
            )
        } else {
            let list = codes.join(", ");
            Text::new(
                format!("代码 {list} 不在任何已收录的码表里，含义未知，不要猜。"),
                format!("The code {list} stands in none of our lists. Its meaning is not known; do not guess."),
            )
        };
        let nearest = findings
            .nearest
            .iter()
            .map(|c| Advice {
                id: self.catalogue.code_id(*c).to_string(),
                text: self.catalogue.condition_record(self.catalogue.condition_of(*c)).title,
            })
            .collect();
        Unknown {
            codes,
            text,
            money: Text::new("先查询上一笔，查清之前不要再收。", "Query the last sale; take no payment before you know."),
            nearest,
            note_down: vec![
                Text::new(
                    "屏幕上的原话和代码，最好拍照（不要拍到卡号）",
                    "The exact words and code on the screen; best a photo, without the card number",
                ),
                Text::new("正在做什么：消费、撤销、退货、签到、结算", "What was being done: sale, void, refund, sign-on, settlement"),
                Text::new("时间、金额、凭证号", "Time, amount, trace number"),
                Text::new("商户号和终端号（小票上有）", "Merchant and terminal number (on any slip)"),
            ],
            contact: self.contact("acquirer", None),
        }
    }
}

/// The four texts. Where a code overrides the money verdict of its condition, the sentences written for that condition may claim too
/// much; the money line then rules, and the texts for agent and engineer say so.
fn texts(condition: &Condition, money: MoneyState) -> Texts {
    let mut texts = Texts {
        cashier: condition.cashier.clone(),
        cardholder: condition.cardholder.clone(),
        agent: condition.agent.clone(),
        engineer: condition.engineer.clone(),
    };
    if money != condition.money.state {
        let (zh, en) = match money {
            MoneyState::Unknown => (
                "这个代码单独看不能证明没有扣款，以查询结果为准。",
                "This code alone does not prove that nothing was charged; the query decides. ",
            ),
            MoneyState::NotTaken => ("这个代码说明这一笔没有扣款。", "This code shows that this try took no money. "),
            MoneyState::Taken => ("这个代码说明已经扣款。", "This code shows that money was taken. "),
            MoneyState::NotApplicable => ("这个代码不涉及扣款。", "This code is not about money. "),
        };
        for text in [&mut texts.agent, &mut texts.engineer] {
            *text = Text::new(format!("{zh}{}", text.zh), format!("{en}{}", text.en));
        }
        if money == MoneyState::Unknown {
            texts.cashier = Text::new("结果不明，先查询上一笔。", "Outcome not sure: query the last sale.");
            texts.cardholder = Text::new("请稍等，我先查一下这一笔。", "One moment please, let me check this payment first.");
        }
    }
    texts
}
