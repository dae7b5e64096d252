//! What a person typed → ranked readings of it.
//!
//! A text may hold codes (`C101`, `respCode=03`, `SW 6985`, a whole TVR), the words of a symptom, or both. Codes come first; the words
//! around them help to tell lists apart that use the same number. Every reading has a score; what cannot be decided is said to be
//! ambiguous, and what looks like a code but stands in no list is said to be unknown.

mod tokens;
mod verdict;

use std::collections::HashMap;

use posdx_model::{Grade, Place};

use self::tokens::Token;
use self::verdict::verdict_of;
use crate::catalogue::{Catalogue, CodeRef, ConditionRef};
use crate::check::distance;
use crate::record::{Covers, Namespace, Word};
use crate::search;
use crate::spelling::{key, plain, rewrite, slips};

/// More codes than this in one question are not looked at.
pub const CODES_MAX: usize = 8;
/// Readings kept for one code.
const READINGS_PER_CODE_MAX: usize = 8;
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
    // The id that posdx itself prints is the plainest question there is.
    if let Some(code) = text.trim().split_once('/').and_then(|(namespace, value)| catalogue.code(namespace, value)) {
        let reading =
            Reading { subject: Subject::Code { code, number: None }, condition: catalogue.condition_of(code), token: Some(0), score: 0.99 };
        return Findings {
            codes: vec![plain(text).trim().to_owned()],
            unknown: Vec::new(),
            readings: vec![reading],
            verdict: Verdict::Known,
            nearest: Vec::new(),
            more: false,
        };
    }
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

/// A value of a named list, as a machine gives it: the exact entry, else an entry that covers it (`63C2`).
pub fn code(catalogue: &Catalogue, namespace: &str, value: &str) -> Option<Reading> {
    let spelled = key(value);
    let covering = || {
        catalogue.covering_codes().filter(|c| catalogue.namespace_id(*c) == namespace).find_map(|c| {
            let covers = catalogue.code_record(c).covers?;
            covered(&covers, &spelled).map(|number| (c, number))
        })
    };
    let exact =
        catalogue.code(namespace, value).or_else(|| catalogue.codes_spelled(&spelled).find(|c| catalogue.namespace_id(*c) == namespace));
    let (code, number) = exact.map(|c| (c, None)).or_else(covering)?;
    Some(Reading { subject: Subject::Code { code, number }, condition: catalogue.condition_of(code), token: Some(0), score: 0.99 })
}

/// The text as posdx understands it: plain characters, misspellings and slang replaced by what is meant.
pub fn understood(catalogue: &Catalogue, text: &str) -> String {
    let words: Vec<Word> = catalogue.words().collect();
    rewrite(&plain(text), &words)
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
        let text = join_status_bytes(&understood(catalogue, text));
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
        let mut reader = Reader { catalogue, place, namespaces, text, hinted, said: HashMap::new(), hits };
        let context = reader.context();
        let said = if context == reader.text { reader.hits.clone() } else { search::search(catalogue, &context, 12) };
        reader.said = said.iter().map(|h| (h.document, h.score)).collect();
        reader
    }

    /// The words around the codes: what is left without labels and without everything that holds a digit. “显示” alone says nothing
    /// about which list a code is from.
    fn context(&self) -> String {
        let mut context = self.text.clone();
        for (start, end) in tokens::runs(&self.text) {
            if self.text[start..end].bytes().any(|b| b.is_ascii_digit()) {
                context.replace_range(start..end, &" ".repeat(end - start));
            }
        }
        if context == self.text {
            return context;
        }
        let mut labels: Vec<String> = self.labels().into_iter().map(|(label, _)| label).filter(|l| !l.is_ascii()).collect();
        labels.sort_by_key(|l| std::cmp::Reverse(l.len()));
        labels.iter().fold(context, |text, label| text.replace(label.as_str(), " "))
    }

    fn read(&self) -> Findings {
        let (fields, tokens) = self.tokens();
        let mut more = false;
        let mut codes = Vec::new();
        let mut unknown = Vec::new();
        let mut readings = Vec::new();
        for (typed, reading) in fields.into_iter().take(CODES_MAX) {
            codes.push(typed);
            readings.push(Reading { token: Some(codes.len() - 1), ..reading });
        }
        for token in &tokens {
            if codes.len() == CODES_MAX {
                more = true;
                break;
            }
            let found = self.code_readings(token, codes.len());
            if !token.labelled && token.only_digits() && !self.number_is_a_code(token, &found) {
                continue;
            }
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

    /// A bare number inside a sentence is a code if a list was named, or if it says the same as the sentence; not if the sentence speaks
    /// clearly of something else, and not if it is long.
    fn number_is_a_code(&self, token: &Token, found: &[Reading]) -> bool {
        let Some(best) = self.hits.first() else { return token.key.len() <= 4 };
        let agrees = best.score >= SYMPTOM_SCORE_MIN && found.iter().any(|r| r.condition.0 as usize == best.document);
        !self.hinted.is_empty() || agrees || best.score < SYMPTOM_BEATS_BARE_NUMBER && token.key.len() <= 4
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
        if let Some((namespace, value)) = token.typed.split_once('/')
            && let Some(code) = self.catalogue.code(namespace, value)
        {
            return vec![Reading {
                subject: Subject::Code { code, number: None },
                condition: self.catalogue.condition_of(code),
                token: Some(index),
                score: 0.99,
            }];
        }
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

/// `SW1=63 SW2=C0` → `SW 63C0`: some logs print the two status bytes apart.
fn join_status_bytes(text: &str) -> String {
    let byte_after = |label: &str, from: usize| -> Option<(usize, usize, String)> {
        let at = text[from..].to_ascii_uppercase().find(label)? + from;
        let value = at + label.len() + text[at + label.len()..].find(|c: char| c.is_ascii_hexdigit())?;
        let bare = text[at + label.len()..value].chars().all(|c| matches!(c, ' ' | '=' | ':'));
        let hex = text.get(value..value + 2).filter(|h| bare && h.bytes().all(|b| b.is_ascii_hexdigit()))?;
        Some((at, value + 2, hex.to_owned()))
    };
    let joined = byte_after("SW1", 0).and_then(|(start, end, high)| {
        let (second, stop, low) = byte_after("SW2", end)?;
        text[end..second]
            .chars()
            .all(|c| matches!(c, ' ' | ',' | ';' | '/'))
            .then(|| format!("{}SW {high}{low}{}", &text[..start], &text[stop..]))
    });
    joined.unwrap_or_else(|| text.to_owned())
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
