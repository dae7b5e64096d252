//! What a person typed → ranked readings of it.
//!
//! A text may hold codes (`C101`, `respCode=03`, `SW 6985`, a whole TVR), the words of a symptom, or both. Codes come first; the words
//! around them help to tell lists apart that use the same number. Every reading has a score; what cannot be decided is said to be
//! ambiguous, and what looks like a code but stands in no list is said to be unknown.

use std::collections::{BTreeSet, HashMap};

use posdx_model::{Grade, MoneyState, Outcome, Place};

use crate::catalogue::{Catalogue, CodeRef, ConditionRef};
use crate::check::distance;
use crate::record::{Covers, Namespace, Word};
use crate::search;
use crate::spelling::{is_han, key, plain, rewrite, slips};

/// More codes than this in one question are not looked at.
pub const CODES_MAX: usize = 8;
/// Readings kept for one code.
const READINGS_PER_CODE_MAX: usize = 8;
/// Share of the score that one condition must reach for the answer to be called known.
const KNOWN_SHARE: f64 = 0.8;
/// A rival with at least this share whose mistake would cost money is enough to ask.
const DANGEROUS_SHARE: f64 = 0.04;
/// A free-text hit below this score is no answer. Tuned on `tests/questions.tsv`, negatives included.
pub const SYMPTOM_SCORE_MIN: f32 = 0.50;
/// The second-best condition must stay below this share of the best, or both are shown.
const SYMPTOM_RIVAL_MAX: f32 = 0.93;
/// Words of a question that count this much make us drop a number that merely stands in the sentence.
const SYMPTOM_BEATS_BARE_NUMBER: f32 = 0.90;

/// What one reading is about.
#[derive(Clone, Debug, PartialEq)]
pub enum Subject {
    /// A code of a list. `number` is the covered part of a wildcard: 2 in `63C2`.
    Code {
        /// The code.
        code: CodeRef,
        /// The wildcard's number.
        number: Option<u32>,
    },
    /// A whole bit field, such as a TVR.
    Field {
        /// The list that describes its bits.
        namespace: String,
        /// Its bytes.
        bytes: Vec<u8>,
        /// The entries that apply.
        codes: Vec<CodeRef>,
    },
    /// A symptom in words.
    Symptom,
}

/// One possible meaning of the text.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// What it reads.
    pub subject: Subject,
    /// The condition it leads to.
    pub condition: ConditionRef,
    /// Which of the codes in the text it reads; `None` for a symptom.
    pub token: Option<usize>,
    /// 0 to 1.
    pub score: f64,
}

/// Whether the text has one meaning, several or none that we know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// One condition carries the weight.
    Known,
    /// Several do.
    Ambiguous,
    /// None.
    Unknown,
}

/// Everything found in a text.
#[derive(Clone, Debug, PartialEq)]
pub struct Findings {
    /// The codes in it, as typed.
    pub codes: Vec<String>,
    /// Those of them that stand in no list.
    pub unknown: Vec<String>,
    /// Readings, best first; for several codes, code by code.
    pub readings: Vec<Reading>,
    /// The verdict.
    pub verdict: Verdict,
    /// Codes that look like the unknown ones.
    pub nearest: Vec<CodeRef>,
    /// True when more codes stood in the text than were looked at.
    pub more: bool,
}

/// Reads `text`. `place` is where the person saw the code, when that is known.
pub fn find(catalogue: &Catalogue, text: &str, place: Option<Place>) -> Findings {
    let exact = key(text);
    // The straight road: the whole text is one code. Nothing else needs to be looked at.
    if exact.len() <= 12 && !exact.is_empty() {
        let readings = Reader::bare(catalogue, place).code_readings(&Token::whole(text.trim(), &exact), 0);
        if !readings.is_empty() {
            let verdict = verdict_of(catalogue, &readings);
            return Findings {
                codes: vec![plain(text).trim().to_owned()],
                unknown: Vec::new(),
                readings,
                verdict,
                nearest: Vec::new(),
                more: false,
            };
        }
    }
    let reader = Reader::new(catalogue, text, place);
    reader.read()
}

/// The text as posdx understands it: plain characters, misspellings and slang replaced by what is meant.
pub fn understood(catalogue: &Catalogue, text: &str) -> String {
    let words: Vec<Word> = catalogue.words().collect();
    rewrite(&plain(text), &words)
}

/// A piece of the text that may be a code.
#[derive(Clone, Debug)]
struct Token {
    /// As typed.
    typed: String,
    /// As compared.
    key: String,
    /// It is the whole text.
    whole: bool,
    /// A label stands before it.
    labelled: bool,
    /// Namespaces that the label points to.
    points_to: Vec<String>,
}

impl Token {
    fn whole(typed: &str, key: &str) -> Self {
        Token { typed: typed.to_owned(), key: key.to_owned(), whole: true, labelled: true, points_to: Vec::new() }
    }

    fn only_digits(&self) -> bool {
        self.key.chars().all(|c| c.is_ascii_digit() || c == '-')
    }
}

struct Reader<'a> {
    catalogue: &'a Catalogue,
    place: Option<Place>,
    /// All lists, decoded once.
    namespaces: Vec<Namespace>,
    /// The understood text.
    text: String,
    /// Namespace id → how much the words of the text speak for it.
    hinted: HashMap<String, f64>,
    /// Condition → free-text score.
    said: HashMap<usize, f32>,
    hits: Vec<search::Hit>,
}

/// Words after a number that make it a quantity.
const UNITS: &[&str] = &[
    "元",
    "块",
    "毛",
    "角",
    "分",
    "秒",
    "小时",
    "点",
    "天",
    "号",
    "日",
    "月",
    "年",
    "次",
    "笔",
    "张",
    "个",
    "台",
    "遍",
    "倍",
    "万",
    "千",
    "百",
    "岁",
    "米",
    "%",
    "格",
    "位",
    "yuan",
    "rmb",
    "s ",
    "sec",
    "min",
    "hour",
    "day",
    "week",
    "time",
    "month",
    "year",
    "card",
    "sale",
    "digit",
    "percent",
    "bar",
    "transaction",
    "customer",
    "people",
    "dollar",
    "usd",
    "eur",
    "o'clock",
    "am",
    "pm",
    "kg",
    "mm",
];

impl<'a> Reader<'a> {
    fn bare(catalogue: &'a Catalogue, place: Option<Place>) -> Self {
        Reader {
            catalogue,
            place,
            namespaces: Vec::new(),
            text: String::new(),
            hinted: HashMap::new(),
            said: HashMap::new(),
            hits: Vec::new(),
        }
    }

    fn new(catalogue: &'a Catalogue, text: &str, place: Option<Place>) -> Self {
        let text = understood(catalogue, text);
        let lower = text.to_lowercase();
        let namespaces: Vec<Namespace> = catalogue.namespaces().collect();
        // Hints are written in lower case; the catalogue's check sees to it.
        let said_hints: Vec<(String, String)> =
            namespaces.iter().flat_map(|n| n.hints.iter().filter(|h| stands_in(&lower, h)).map(|h| (n.id.clone(), h.clone()))).collect();
        let mut hinted: HashMap<String, f64> = HashMap::new();
        for (namespace, hint) in &said_hints {
            // A word inside a longer one says nothing of its own: 银联 within 银联在线.
            if !said_hints.iter().any(|(_, longer)| longer.len() > hint.len() && longer.contains(hint.as_str())) {
                let strength = 12.0 * hint.chars().count() as f64;
                let slot = hinted.entry(namespace.clone()).or_insert(0.0);
                *slot = slot.max(strength);
            }
        }
        let hits = search::search(catalogue, &text, 12);
        let said = hits.iter().map(|h| (h.document, h.score)).collect();
        Reader { catalogue, place, namespaces, text, hinted, said, hits }
    }

    fn read(&self) -> Findings {
        let (fields, mut tokens) = self.tokens();
        let more = tokens.len() + fields.len() > CODES_MAX;
        tokens.truncate(CODES_MAX);
        let symptom = self.hits.first().map_or(0.0, |h| h.score);

        let mut codes = Vec::new();
        let mut unknown = Vec::new();
        let mut readings = Vec::new();
        for (typed, reading) in fields.into_iter().take(CODES_MAX) {
            codes.push(typed);
            readings.push(Reading { token: Some(codes.len() - 1), ..reading });
        }
        for token in &tokens {
            if !token.labelled
                && token.only_digits()
                && self.hinted.is_empty()
                && (symptom >= SYMPTOM_BEATS_BARE_NUMBER || token.key.len() > 4)
            {
                continue;
            }
            let found = self.code_readings(token, codes.len());
            if !found.is_empty() {
                codes.push(token.typed.clone());
                readings.extend(found);
            } else if self.looks_like_a_code(token) {
                codes.push(token.typed.clone());
                unknown.push(token.typed.clone());
            }
        }
        let verdict = if readings.is_empty() { Verdict::Unknown } else { self.verdict_of_all(&readings, &unknown) };
        if readings.is_empty() {
            let symptoms = self.symptoms();
            if !symptoms.is_empty() {
                let first = f64::from(self.hits[0].score);
                let verdict = if symptoms.len() > 1 && symptoms[1].score / first > f64::from(SYMPTOM_RIVAL_MAX) {
                    Verdict::Ambiguous
                } else {
                    Verdict::Known
                };
                return Findings { codes, nearest: self.nearest(&unknown), unknown, readings: symptoms, verdict, more };
            }
        }
        let nearest = self.nearest(&unknown);
        Findings { codes, unknown, readings, verdict, nearest, more }
    }

    fn verdict_of_all(&self, readings: &[Reading], unknown: &[String]) -> Verdict {
        if !unknown.is_empty() && readings.is_empty() {
            return Verdict::Unknown;
        }
        let mut tokens: Vec<usize> = readings.iter().filter_map(|r| r.token).collect();
        tokens.dedup();
        let each = tokens
            .iter()
            .map(|t| verdict_of(self.catalogue, &readings.iter().filter(|r| r.token == Some(*t)).cloned().collect::<Vec<_>>()));
        if each.into_iter().any(|v| v == Verdict::Ambiguous) { Verdict::Ambiguous } else { Verdict::Known }
    }

    fn symptoms(&self) -> Vec<Reading> {
        let Some(best) = self.hits.first().filter(|h| h.score >= SYMPTOM_SCORE_MIN) else { return Vec::new() };
        self.hits
            .iter()
            .take_while(|h| h.score >= best.score * 0.75)
            .take(4)
            .map(|h| Reading {
                subject: Subject::Symptom,
                condition: ConditionRef(h.document as u32),
                token: None,
                score: f64::from(h.score.min(0.99)),
            })
            .collect()
    }

    /// Readings of one token, best first, scores adding up to the confidence in the token itself.
    fn code_readings(&self, token: &Token, index: usize) -> Vec<Reading> {
        let mut found: Vec<(CodeRef, Option<u32>, f64)> = self.catalogue.codes_spelled(&token.key).map(|c| (c, None, 1.0)).collect();
        let mut confidence = if token.whole || token.labelled { 0.98 } else { 0.85 };
        for code in self.catalogue.covering_codes() {
            if let Some(covers) = self.catalogue.code_record(code).covers
                && let Some(number) = covered(&covers, &token.key)
                && !found.iter().any(|f| f.0 == code)
            {
                // An entry that names the value itself knows more than one that covers it.
                let same_list = found.iter().any(|f| self.catalogue.namespace_number(f.0) == self.catalogue.namespace_number(code));
                if !same_list {
                    found.push((code, number, 0.8));
                }
            }
        }
        if token.key.len() == 1 && token.only_digits() {
            found.extend(self.catalogue.codes_spelled(&format!("0{}", token.key)).map(|c| (c, None, 0.3)));
        }
        if found.is_empty() && token.key.len() >= 8 && token.key.bytes().all(|b| b.is_ascii_hexdigit()) {
            found.extend(self.catalogue.codes_spelled(&format!("0X{}", token.key)).map(|c| (c, None, 0.9)));
        }
        if found.is_empty() {
            for slip in slips(&token.key) {
                found.extend(self.catalogue.codes_spelled(&slip).map(|c| (c, None, 0.6)));
            }
            found.retain(|f| self.trusted_slip(f.0, token));
            confidence *= 0.85;
        }
        let weighed: Vec<(CodeRef, Option<u32>, f64)> =
            found.into_iter().map(|(c, n, w)| (c, n, w * self.weight(c, token))).filter(|f| f.2 > 0.0).collect();
        let total: f64 = weighed.iter().map(|f| f.2).sum();
        let mut readings: Vec<Reading> = weighed
            .into_iter()
            .map(|(code, number, w)| Reading {
                subject: Subject::Code { code, number },
                condition: self.catalogue.condition_of(code),
                token: Some(index),
                score: confidence * w / total,
            })
            .collect();
        readings.sort_by(|a, b| b.score.total_cmp(&a.score));
        readings.retain(|r| r.score >= 0.004);
        readings.truncate(READINGS_PER_CODE_MAX);
        readings
    }

    /// A slip of a very short or unlabelled token is a guess too many.
    fn trusted_slip(&self, code: CodeRef, token: &Token) -> bool {
        token.key.len() >= 2 && (token.labelled || self.catalogue.code_record(code).value.len() >= 4)
    }

    /// How likely a code of this list is meant, before the lists are weighed against each other.
    fn weight(&self, code: CodeRef, token: &Token) -> f64 {
        let namespace = self.catalogue.namespace_record(self.catalogue.namespace_number(code));
        let mut weight = namespace.weight;
        if let Some(place) = self.place {
            weight *= if namespace.places.contains(&place) { 1.0 } else { 0.002 };
        }
        if let Some(hint) = self.hinted.get(&namespace.id) {
            weight *= hint;
        }
        if !token.points_to.is_empty() {
            weight *= if token.points_to.contains(&namespace.id) { 40.0 } else { 0.05 };
        }
        // A code that only one weak list knows is a less likely meaning than one that many know.
        weight *= match self.catalogue.code_record(code).grade {
            Grade::Official | Grade::Corroborated => 1.0,
            Grade::Single => 0.8,
            Grade::Unconfirmed => 0.3,
        };
        let said = self.said.get(&(self.catalogue.condition_of(code).0 as usize)).copied().unwrap_or(0.0);
        weight * (1.0 + 12.0 * f64::from(said))
    }

    /// Bit fields first (they eat their hex), then everything that may be a code.
    fn tokens(&self) -> (Vec<(String, Reading)>, Vec<Token>) {
        let mut text = self.text.clone();
        let mut fields = Vec::new();
        // Without a digit there is neither a field nor a bare number; most questions in words end here.
        let has_digit = text.bytes().any(|b| b.is_ascii_digit());
        for namespace in self.namespaces.iter().filter(|_| has_digit).filter(|n| n.bytes.is_some()) {
            while fields.len() < CODES_MAX
                && let Some((range, typed, reading)) = self.field(&text, namespace)
            {
                fields.push((typed, reading));
                text.replace_range(range.clone(), &" ".repeat(range.len()));
            }
        }
        let runs = runs(&text);
        let labels = if runs.is_empty() { Vec::new() } else { self.labels() };
        let mut tokens: Vec<Token> = Vec::new();
        let whole = key(&self.text);
        if self.catalogue.codes_spelled(&whole).next().is_some() {
            return (fields, vec![Token::whole(self.text.trim(), &whole)]);
        }
        for spelling in self.catalogue.han_spellings() {
            if whole.contains(spelling) {
                tokens.push(Token {
                    typed: spelling.to_owned(),
                    key: spelling.to_owned(),
                    whole: false,
                    labelled: true,
                    points_to: Vec::new(),
                });
            }
        }
        let taken: Vec<String> = tokens.iter().map(|t| t.key.clone()).collect();
        for (start, end) in runs {
            for (start, end) in self.split(&text, start, end) {
                if let Some(token) = self.token(&text, start, end, &labels)
                    && !taken.iter().any(|t| t.ends_with(&token.key))
                    && !tokens.iter().any(|t| t.key == token.key)
                {
                    tokens.push(token);
                }
            }
        }
        (fields, tokens)
    }

    /// `C101/C102` is two codes unless the list knows it as one.
    fn split(&self, text: &str, start: usize, end: usize) -> Vec<(usize, usize)> {
        let run = &text[start..end];
        let known = |s: &str| self.catalogue.codes_spelled(&key(s)).next().is_some();
        if known(run) || !run.contains(['/', '\\', '.']) {
            return vec![(start, end)];
        }
        let mut pieces = Vec::new();
        let mut from = start;
        for (i, c) in run.char_indices().chain([(run.len(), '/')]) {
            if matches!(c, '/' | '\\' | '.') {
                if start + i > from {
                    pieces.push((from, start + i));
                }
                from = start + i + c.len_utf8();
            }
        }
        // Decimal numbers, versions and addresses stay whole, and so are nothing we know.
        if run.contains('.') && pieces.iter().all(|(a, b)| text[*a..*b].bytes().all(|c| c.is_ascii_digit())) {
            vec![(start, end)]
        } else {
            pieces
        }
    }

    fn token(&self, text: &str, start: usize, end: usize, labels: &[(String, Vec<String>)]) -> Option<Token> {
        let typed = &text[start..end];
        let k = key(typed);
        let before =
            text[..start].trim_end_matches([' ', ':', '=', '"', '\'', '(', '[', '{', '<', '“', '是', '为', '了', '个']).to_lowercase();
        let mut labelled = false;
        let mut points_to: Vec<String> = Vec::new();
        for (label, namespaces) in labels {
            if before.ends_with(label.as_str()) && starts_a_word(&before, label) {
                labelled = true;
                points_to.extend(namespaces.iter().cloned());
            }
        }
        // `DE39=41` is a label and a code, not two codes.
        let lower = typed.to_lowercase();
        if labels.iter().any(|(label, _)| *label == lower) && self.catalogue.codes_spelled(&k).next().is_none() {
            return None;
        }
        let digits = k.bytes().all(|b| b.is_ascii_digit());
        let letters = k.bytes().all(|b| b.is_ascii_alphabetic());
        let after = text[end..].trim_start().to_lowercase();
        if digits && UNITS.iter().any(|u| after.starts_with(u)) && points_to.is_empty() {
            return None;
        }
        if letters && !labelled {
            let shouted = typed.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
            let hinted = !self.hinted.is_empty() && typed.len() >= 4;
            if !(shouted && (typed.len() >= 6 || typed.contains('_') || hinted)) {
                return None;
            }
        }
        if letters && labelled && self.catalogue.codes_spelled(&k).next().is_none() {
            return None;
        }
        if digits && k.len() == 1 && !labelled && self.hinted.is_empty() {
            return None;
        }
        (k.len() <= 64 && k.bytes().any(|b| b.is_ascii_alphanumeric())).then(|| Token {
            typed: typed.to_owned(),
            key: k,
            whole: false,
            labelled,
            points_to,
        })
    }

    /// Labels and the namespaces they point to, in lower case.
    fn labels(&self) -> Vec<(String, Vec<String>)> {
        let own = self.namespaces.iter().flat_map(|n| n.labels.iter().map(|l| (l.to_lowercase(), vec![n.id.clone()])));
        let general =
            self.catalogue.labels().flat_map(|l| l.say.iter().map(|s| (s.to_lowercase(), l.namespaces.clone())).collect::<Vec<_>>());
        own.chain(general).collect()
    }

    /// A labelled hexadecimal value of the right length: `TVR 08 00 04 80 00`.
    fn field(&self, text: &str, namespace: &Namespace) -> Option<(std::ops::Range<usize>, String, Reading)> {
        let width = 2 * usize::from(namespace.bytes?);
        let lower = text.to_lowercase();
        for label in &namespace.labels {
            let label = label.to_lowercase();
            let mut seek = 0;
            while let Some(at) = lower[seek..].find(&label).map(|i| i + seek) {
                seek = at + label.len();
                if !starts_a_word(&lower[..seek], &label) {
                    continue;
                }
                let skip = lower[seek..].find(|c: char| c.is_ascii_hexdigit()).unwrap_or(lower.len() - seek);
                if lower[seek..seek + skip].chars().any(|c| c.is_alphanumeric() && !is_han(c) && c != 'x') || skip > 24 {
                    continue;
                }
                let start = seek + skip;
                let Some((end, hex)) = hex_run(&lower, start, width) else { continue };
                let bytes: Vec<u8> = (0..hex.len()).step_by(2).filter_map(|i| u8::from_str_radix(&hex[i..i + 2], 16).ok()).collect();
                let codes: Vec<CodeRef> = self
                    .catalogue
                    .codes()
                    .filter(|c| self.catalogue.namespace_id(*c) == namespace.id && self.bit_applies(*c, &bytes))
                    .collect();
                let condition = self.weightiest(&codes)?;
                let subject = Subject::Field { namespace: namespace.id.clone(), bytes, codes };
                return Some((at..end, text[at..end].to_owned(), Reading { subject, condition, token: None, score: 0.97 }));
            }
        }
        None
    }

    fn bit_applies(&self, code: CodeRef, bytes: &[u8]) -> bool {
        let Some(bits) = self.catalogue.code_record(code).bits else { return false };
        let Some(byte) = bytes.get(usize::from(bits.byte).wrapping_sub(1)) else { return false };
        let value = byte & bits.mask;
        value >= bits.is && value <= bits.to.unwrap_or(bits.is)
    }

    /// The condition that matters most among the bits set: the first that is not a mere fact; else the plain record.
    fn weightiest(&self, codes: &[CodeRef]) -> Option<ConditionRef> {
        let rank = |o: Outcome| match o {
            Outcome::Unknown => 0,
            Outcome::Declined => 1,
            Outcome::Failed => 2,
            Outcome::Partial => 3,
            Outcome::Approved => 4,
            Outcome::Info => 5,
        };
        codes
            .iter()
            .map(|c| self.catalogue.condition_of(*c))
            .min_by_key(|c| rank(self.catalogue.condition_record(*c).outcome))
            .or_else(|| self.catalogue.condition_ref("emv.fact"))
    }

    /// Letters and digits together, or a labelled number: worth an honest “not known” rather than silence.
    fn looks_like_a_code(&self, token: &Token) -> bool {
        let mixed = token.key.bytes().any(|b| b.is_ascii_digit()) && token.key.bytes().any(|b| b.is_ascii_uppercase());
        let short = token.key.len() <= 12;
        (mixed && short && (token.labelled || token.whole || token.typed.starts_with(|c: char| c.is_ascii_uppercase() || c == '0')))
            || (token.labelled && token.only_digits() && short)
    }

    /// Known codes that one changed character away, or the same start, bring up.
    fn nearest(&self, unknown: &[String]) -> Vec<CodeRef> {
        let mut near: Vec<(usize, CodeRef)> = Vec::new();
        for typed in unknown.iter().take(CODES_MAX) {
            let wanted = key(typed);
            for spelling in self.catalogue.spellings().filter(|s| s.len().abs_diff(wanted.len()) <= 1) {
                let d = distance(&wanted, spelling);
                let related = wanted.chars().next() == spelling.chars().next();
                if d == 1 && related && wanted.len() >= 2 {
                    near.extend(self.catalogue.codes_spelled(spelling).map(|c| (d, c)));
                }
            }
        }
        let weight = |c: &CodeRef| self.catalogue.namespace_record(self.catalogue.namespace_number(*c)).weight;
        near.sort_by(|a, b| a.0.cmp(&b.0).then(weight(&b.1).total_cmp(&weight(&a.1))).then(a.1.cmp(&b.1)));
        near.dedup_by_key(|n| n.1);
        near.into_iter().map(|n| n.1).take(5).collect()
    }
}

/// One condition must carry the weight; readings in several lists that mean the same count together. However unlikely a rival is, if
/// believing the wrong one would charge a buyer twice or give goods away, the question is asked.
fn verdict_of(catalogue: &Catalogue, readings: &[Reading]) -> Verdict {
    let total: f64 = readings.iter().map(|r| r.score).sum();
    if total <= 0.0 {
        return Verdict::Unknown;
    }
    let mut by_condition: HashMap<ConditionRef, f64> = HashMap::new();
    for r in readings {
        *by_condition.entry(r.condition).or_insert(0.0) += r.score / total;
    }
    let best = by_condition.values().copied().fold(0.0, f64::max);
    let stakes: BTreeSet<Stake> =
        readings.iter().filter(|r| r.score / total >= DANGEROUS_SHARE).filter_map(|r| stake(catalogue, r)).collect();
    if best >= KNOWN_SHARE && stakes.len() <= 1 { Verdict::Known } else { Verdict::Ambiguous }
}

/// What a cashier would do with the goods and the card on a reading.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stake {
    /// Hand over the goods.
    Paid,
    /// Take the payment again.
    NotPaid,
    /// Query first.
    Open,
}

fn stake(catalogue: &Catalogue, reading: &Reading) -> Option<Stake> {
    let condition = catalogue.condition_record(reading.condition);
    let code = match &reading.subject {
        Subject::Code { code, .. } => Some(catalogue.code_record(*code)),
        Subject::Field { .. } | Subject::Symptom => None,
    };
    let outcome = code.as_ref().and_then(|c| c.outcome).unwrap_or(condition.outcome);
    let money = code.and_then(|c| c.money).unwrap_or(condition.money).state;
    match (outcome, money) {
        (Outcome::Approved | Outcome::Partial, _) | (_, MoneyState::Taken) => Some(Stake::Paid),
        (Outcome::Info, _) | (_, MoneyState::NotApplicable) => None,
        (_, MoneyState::NotTaken) => Some(Stake::NotPaid),
        (_, MoneyState::Unknown) => Some(Stake::Open),
    }
}

/// Runs of characters that codes are made of.
fn runs(text: &str) -> Vec<(usize, usize)> {
    let bytes = text.as_bytes();
    let part = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'/' | b'\\' | b'-' | b'+');
    let mut out = Vec::new();
    let mut i = 0;
    while i < bytes.len() {
        let sign = bytes[i] == b'-' && bytes.get(i + 1).is_some_and(u8::is_ascii_digit);
        if bytes[i].is_ascii_alphanumeric() || sign {
            let start = i;
            i += 1;
            while i < bytes.len() && part(bytes[i]) && (bytes[i] != b'-' || bytes[i - 1].is_ascii_alphanumeric()) {
                i += 1;
            }
            let mut end = i;
            while end > start && !bytes[end - 1].is_ascii_alphanumeric() {
                end -= 1;
            }
            out.push((start, end));
        } else {
            i += 1;
        }
    }
    out
}

/// Hex digits from `start`, single blanks and colons between bytes allowed; exactly `width` of them, or tag and length before them.
fn hex_run(text: &str, start: usize, width: usize) -> Option<(usize, String)> {
    let mut hex = String::new();
    let mut end = start;
    for (i, c) in text[start..].char_indices() {
        if c.is_ascii_hexdigit() {
            hex.push(c);
            end = start + i + 1;
        } else if !matches!(c, ' ' | ':' | '-') || hex.is_empty() {
            break;
        }
        if hex.len() > width + 8 {
            break;
        }
    }
    if let Some(bare) = hex.strip_prefix("0x") {
        hex = bare.to_owned();
    }
    if hex.len() == width {
        return Some((end, hex));
    }
    let length = format!("{:02x}", width / 2);
    let value = hex.find(&length).map(|i| hex[i + 2..].to_owned()).filter(|v| v.len() == width)?;
    Some((end, value))
}

/// True when `label` stands at the end of `before` as a word of its own: `SW` does not stand in `ANSW`.
fn starts_a_word(before: &str, label: &str) -> bool {
    let head = &before[..before.len() - label.len()];
    !(label.starts_with(|c: char| c.is_ascii_alphanumeric()) && head.ends_with(|c: char| c.is_ascii_alphanumeric()))
}

/// Latin hints must stand alone, Han hints may stand anywhere.
fn stands_in(text: &str, hint: &str) -> bool {
    text.match_indices(hint).any(|(at, _)| {
        let end = at + hint.len();
        let latin = hint.is_ascii();
        let touches = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        !latin || !(touches(text[..at].chars().next_back()) || touches(text[end..].chars().next()))
    })
}

/// Whether `key` is covered, and by which number (the wildcard digits, read as hexadecimal).
fn covered(covers: &Covers, key: &str) -> Option<Option<u32>> {
    if let Some(pattern) = &covers.pattern
        && pattern.len() == key.len()
    {
        let mut wild = String::new();
        let fits = pattern.chars().zip(key.chars()).all(|(p, k)| {
            if p == '?' {
                wild.push(k);
                k.is_ascii_hexdigit()
            } else {
                p.eq_ignore_ascii_case(&k)
            }
        });
        if fits {
            return Some(u32::from_str_radix(&wild, 16).ok());
        }
    }
    if let Some([from, to]) = &covers.range
        && key.len() == from.len()
        && key.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
        && *key >= **from
        && *key <= **to
    {
        return Some(None);
    }
    None
}
