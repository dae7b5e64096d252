//! A text → the pieces of it that may be codes, and the bit fields in it.
//!
//! A code may stand alone, behind a label (`respCode=03`, 显示51), in a sentence, or as a whole field (`TVR 08 00 04 80 00`). A number
//! followed by a unit is a quantity and no code.

use posdx_model::Outcome;

use super::{CODES_MAX, Reader, Reading, Subject};
use crate::catalogue::{CodeRef, ConditionRef};
use crate::record::Namespace;
use crate::spelling::{is_han, key};

/// A piece of the text that may be a code.
#[derive(Clone, Debug)]
pub(super) struct Token {
    /// As typed.
    pub typed: String,
    /// As compared.
    pub key: String,
    /// It is the whole text.
    pub whole: bool,
    /// A label stands before it.
    pub labelled: bool,
    /// Namespaces that the label points to.
    pub points_to: Vec<String>,
}

impl Token {
    pub fn whole(typed: &str, key: &str) -> Self {
        Token { typed: typed.to_owned(), key: key.to_owned(), whole: true, labelled: true, points_to: Vec::new() }
    }

    pub fn only_digits(&self) -> bool {
        self.key.chars().all(|c| c.is_ascii_digit() || c == '-')
    }
}

/// Pieces that may be codes are collected up to this number; a text with more is a log, not a question.
const CANDIDATES_MAX: usize = 64;

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

impl Reader<'_> {
    /// Bit fields first (they eat their hex), then everything that may be a code.
    pub(super) fn tokens(&self) -> (Vec<(String, Reading)>, Vec<Token>) {
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
                    if tokens.len() == CANDIDATES_MAX {
                        return (fields, tokens);
                    }
                }
            }
        }
        (fields, tokens)
    }

    /// `C101/C102` is two codes unless the list knows it as one.
    fn split(&self, text: &str, start: usize, end: usize) -> Vec<(usize, usize)> {
        let run = &text[start..end];
        let known = |s: &str| self.catalogue.codes_spelled(&key(s)).next().is_some();
        let own_id = run.split_once('/').is_some_and(|(namespace, value)| self.catalogue.code(namespace, value).is_some());
        if own_id || known(run) || !run.contains(['/', '\\', '.']) {
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
        let before = window_before(text, start)
            .trim_end_matches([' ', ':', '=', '"', '\'', '(', '[', '{', '<', '“', '是', '为', '了', '个'])
            .to_lowercase();
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
        let after = window_after(text, end).trim_start().to_lowercase();
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
    pub(super) fn labels(&self) -> Vec<(String, Vec<String>)> {
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
    pub(super) fn looks_like_a_code(&self, token: &Token) -> bool {
        let mixed = token.key.bytes().any(|b| b.is_ascii_digit()) && token.key.bytes().any(|b| b.is_ascii_uppercase());
        let short = token.key.len() <= 12;
        (mixed && short && (token.labelled || token.whole || token.typed.starts_with(|c: char| c.is_ascii_uppercase() || c == '0')))
            || (token.labelled && token.only_digits() && short)
    }
}

/// Bytes before a code in which a label is looked for, and bytes after it in which a unit is.
const WINDOW_BYTES: usize = 48;

fn window_before(text: &str, at: usize) -> &str {
    let mut start = at.saturating_sub(WINDOW_BYTES);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    &text[start..at]
}

fn window_after(text: &str, at: usize) -> &str {
    let mut end = (at + WINDOW_BYTES).min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[at..end]
}

/// Runs of characters that codes are made of.
pub(super) fn runs(text: &str) -> Vec<(usize, usize)> {
    let bytes = text.as_bytes();
    let part = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'/' | b'\\' | b'-' | b'+');
    let mut out = Vec::new();
    let mut i = 0;
    while i < bytes.len() {
        let sign = bytes[i] == b'-' && bytes.get(i + 1).is_some_and(u8::is_ascii_digit);
        if bytes[i].is_ascii_alphanumeric() || sign {
            let start = i;
            i += 1;
            while i < bytes.len() && part(bytes[i]) && (bytes[i] != b'-' || bytes[i - 1].is_ascii_alphanumeric() || bytes[i - 1] == b'/') {
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
