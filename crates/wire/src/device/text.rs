//! Finds what devices said in a text: names, numbers and labels with something behind them. One pass, bounded look-ahead.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::escpos::EscPosRequest;
use super::tables::{DeviceSignal, Entry, Label, LabelKind, Tables, Target};

/// More signals than this in one text help nobody.
const MAX_SIGNALS: usize = 64;
/// How far behind a label its value is looked for, in bytes.
const LOOK_AHEAD: usize = 256;
/// What stands between a label and its value.
const BETWEEN: &[char] = &[' ', '\t', '=', ':', '：', '>', '"', '\'', '\\', '[', '(', '（', '{'];

/// The text with what is asked about it more than once.
struct Subject<'a> {
    text: &'a str,
    lower: String,
    /// Answers by the place of the question in the tables: each list of words is looked for once, so that time stays linear.
    asked: RefCell<BTreeMap<usize, bool>>,
}

impl Subject<'_> {
    fn has_any(&self, words: &[String]) -> bool {
        let mut asked = self.asked.borrow_mut();
        *asked.entry(words.as_ptr() as usize).or_insert_with(|| words.iter().any(|w| self.lower.contains(w.as_str())))
    }
}

impl Tables {
    /// Everything the devices of these tables are known to say, found in `text` in the order it stands there; at most 64 signals.
    ///
    /// A name that could be an ordinary word (`BUSY`) is taken only where it stands alone, a number that means something else
    /// elsewhere only next to a word that names its device. `start` and `end` are byte positions in `text`. Time grows with the length
    /// of the text.
    pub fn find_in_text(&self, text: &str) -> Vec<DeviceSignal> {
        let subject = Subject { text, lower: text.to_lowercase(), asked: RefCell::default() };
        let mut found = Vec::new();
        let mut i = 0;
        while i < text.len() && found.len() < MAX_SIGNALS {
            if text.is_char_boundary(i)
                && let Some(end) = self.at(&subject, i, &mut found)
            {
                i = end.max(i + 1);
            } else {
                i += 1;
            }
        }
        found.truncate(MAX_SIGNALS);
        found
    }

    /// Tries everything at one position; says where to go on when something was found.
    fn at(&self, subject: &Subject, at: usize, found: &mut Vec<DeviceSignal>) -> Option<usize> {
        let bytes = subject.text.as_bytes();
        let first = *bytes.get(at)?;
        let inside_word = is_word(first) && at.checked_sub(1).and_then(|p| bytes.get(p)).is_some_and(|b| is_word(*b));
        if inside_word {
            return None;
        }
        let from = self.needles.partition_point(|n| n.text.as_bytes().first().is_some_and(|b| *b < first));
        let candidates = self.needles.get(from..)?.iter().take_while(|n| n.text.as_bytes().first() == Some(&first));
        let mut best: Option<(usize, Vec<DeviceSignal>)> = None;
        for needle in candidates {
            let Some(rest) = subject.text.get(at..).and_then(|t| t.strip_prefix(needle.text.as_str())) else { continue };
            let end = subject.text.len() - rest.len();
            if let Some((end, signals)) = self.take(subject, &needle.target, at, end)
                && best.as_ref().is_none_or(|(b, _)| *b <= end)
            {
                best = Some((end, signals));
            }
        }
        if let Some((end, signals)) = best {
            found.extend(signals);
            return Some(end);
        }
        self.dle_eot(subject, at, found).or_else(|| self.number(subject, at, found))
    }

    fn take(&self, subject: &Subject, target: &Target, at: usize, end: usize) -> Option<(usize, Vec<DeviceSignal>)> {
        match *target {
            Target::Name(entry) => self.name(subject, entry, at, end, false),
            Target::ContextName(entry) => self.name(subject, entry, at, end, true),
            Target::Alone(entry) => {
                let entry = self.entries.get(entry)?;
                (stands_alone(subject.text, at, end) && self.fits(subject, entry, false)).then(|| (end, vec![self.signal(entry, at, end)]))
            }
            Target::Label(label) => self.label(subject, self.labels.get(label)?, at, end),
        }
    }

    fn name(&self, subject: &Subject, entry: usize, at: usize, end: usize, context: bool) -> Option<(usize, Vec<DeviceSignal>)> {
        let entry = self.entries.get(entry)?;
        if !self.fits(subject, entry, context) {
            return None;
        }
        let mut signal = self.signal(entry, at, end);
        let rest = subject.text.get(end..)?;
        for (suffix, severity) in &self.families.get(entry.family)?.suffixes {
            if rest.starts_with(suffix.as_str()) {
                signal.severity = *severity;
                signal.end = end + suffix.len();
            }
        }
        let next = subject.text.as_bytes().get(signal.end);
        (!next.is_some_and(|b| is_word(*b) || *b == b'-')).then(|| (signal.end, vec![signal]))
    }

    fn fits(&self, subject: &Subject, entry: &Entry, context: bool) -> bool {
        let context_holds = || self.families.get(entry.family).is_some_and(|f| subject.has_any(&f.context));
        (entry.needs.is_empty() || subject.has_any(&entry.needs)) && (!context || context_holds())
    }

    fn label(&self, subject: &Subject, label: &Label, at: usize, end: usize) -> Option<(usize, Vec<DeviceSignal>)> {
        if label.context && !self.families.get(label.family).is_some_and(|f| subject.has_any(&f.context)) {
            return None;
        }
        let text = subject.text;
        let closing_tag = at.checked_sub(1).and_then(|p| text.as_bytes().get(p)) == Some(&b'/');
        if closing_tag || text.as_bytes().get(end).is_some_and(|b| is_word(*b)) {
            return None;
        }
        let mut value_at = skip_between(text, end);
        // `printer-state-reasons (1setOf keyword) = …`: what stands in brackets is a type.
        if label.kind == LabelKind::List
            && let Some(open) = text.get(end..value_at)
            && open.contains('(')
            && let Some(close) = text.get(value_at..)?.bytes().take(LOOK_AHEAD).position(|b| b == b')')
        {
            value_at = skip_between(text, value_at + close + 1);
        }
        let entries = || label.entries.iter().filter_map(|e| self.entries.get(*e)).filter(|e| self.fits(subject, e, false));
        match label.kind {
            LabelKind::List => {
                let (end, signals) = self.list(subject, label, value_at);
                (!signals.is_empty()).then_some((end, signals))
            }
            LabelKind::Number | LabelKind::Registration | LabelKind::Word => {
                let says = entries().find_map(|e| Some((e, value_at + said(e, text.get(value_at..)?)?)));
                let number = || {
                    let (number, end) = number_behind(label.kind, text, value_at)?;
                    let entry = entries().find(|e| e.range.is_some_and(|(from, to)| (from..=to).contains(&number)))?;
                    Some((entry, end, number))
                };
                if let Some((entry, end)) = says {
                    return Some((end, vec![self.signal(entry, at, end)]));
                }
                if let Some((entry, end, number)) = number() {
                    let mut signal = self.signal(entry, at, end);
                    if let Some((base, step)) = label.scale {
                        let scaled = i64::from(base).saturating_add(i64::from(step).saturating_mul(number)).to_string();
                        signal.text = signal.text.map(|t| t.replace("{n}", &scaled));
                    }
                    return Some((end, vec![signal]));
                }
                let something = value_at > end && text.as_bytes().get(value_at).is_some_and(|b| is_word(*b));
                let other = entries().filter(|_| something).find(|e| e.range.is_none() && e.says.is_empty())?;
                Some((value_at, vec![self.signal(other, at, value_at)]))
            }
        }
    }

    /// Reads `media-empty-error, door-open` behind a label.
    fn list(&self, subject: &Subject, label: &Label, from: usize) -> (usize, Vec<DeviceSignal>) {
        let mut signals = Vec::new();
        let mut end = from;
        let tail = subject.text.get(from..).unwrap_or_default();
        let stop = tail.bytes().take(LOOK_AHEAD).position(|b| !(b.is_ascii_alphanumeric() || b"-,+ \"'_.".contains(&b)));
        let tail = tail.get(..stop.unwrap_or(tail.len().min(LOOK_AHEAD))).unwrap_or_default();
        for item in tail.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))).filter(|i| !i.is_empty()) {
            // `item` is a slice of `tail`, so the difference of the addresses is its place.
            let at = from + (item.as_ptr() as usize).saturating_sub(tail.as_ptr() as usize);
            let suffixes = self.families.get(label.family).map(|f| f.suffixes.as_slice()).unwrap_or_default();
            let cut = suffixes.iter().find_map(|(s, severity)| Some((item.strip_suffix(s.as_str())?, Some(*severity))));
            let (base, severity) = cut.unwrap_or((item, None));
            let known = label.entries.iter().filter_map(|e| self.entries.get(*e)).find(|e| e.says.iter().any(|s| s == base));
            let Some(entry) = known else { break };
            let mut signal = self.signal(entry, at, at + item.len());
            signal.severity = severity.unwrap_or(entry.severity);
            end = signal.end;
            signals.push(signal);
        }
        (end, signals)
    }

    /// `DLE EOT 4 = 0x72` in a log: request and answer on one line.
    fn dle_eot(&self, subject: &Subject, at: usize, found: &mut Vec<DeviceSignal>) -> Option<usize> {
        let text = subject.text;
        let rest = text.get(at..)?.strip_prefix("DLE EOT ")?;
        let rest = rest.strip_prefix("n=").unwrap_or(rest);
        let n = rest.bytes().next().filter(u8::is_ascii_digit)? - b'0';
        let value = rest.get(1..)?.trim_start_matches([' ', '=', ':', '-', '>', ',']);
        let value = value.strip_prefix("0x").or_else(|| value.strip_prefix("0X"))?;
        let hex = value.get(..2)?;
        let byte = u8::from_str_radix(hex, 16).ok()?;
        let end = text.len() - value.len() + 2;
        let signals = self.escpos(EscPosRequest::DleEot(n), &[byte]).ok()?;
        found.extend(signals.into_iter().map(|s| DeviceSignal { start: at, end, ..s }));
        Some(end)
    }

    /// A 32-bit result code in any spelling, or a vendor's number next to the vendor's name.
    fn number(&self, subject: &Subject, at: usize, found: &mut Vec<DeviceSignal>) -> Option<usize> {
        let token = Token::read(subject.text, at)?;
        let mut any = false;
        for spelled in [token.number, token.number.checked_add(1 << 32)?] {
            let from = self.numbers.partition_point(|n| n.number < spelled);
            for number in self.numbers.get(from..)?.iter().take_while(|n| n.number == spelled) {
                let entry = self.entries.get(number.entry)?;
                if (!number.hex || token.hex) && self.fits(subject, entry, number.context) {
                    found.push(self.signal(entry, at, token.end));
                    any = true;
                }
            }
        }
        any.then_some(token.end)
    }
}

/// A number as it stands in a text.
struct Token {
    number: i64,
    hex: bool,
    end: usize,
}

impl Token {
    fn read(text: &str, at: usize) -> Option<Token> {
        let rest = text.get(at..)?;
        let digits_of = |t: &str, hex: bool| t.bytes().take_while(|b| if hex { b.is_ascii_hexdigit() } else { b.is_ascii_digit() }).count();
        let prefixed = rest.strip_prefix("0x").or_else(|| rest.strip_prefix("0X"));
        let (digits, radix, skipped) = match prefixed {
            Some(hex) => (hex.get(..digits_of(hex, true))?, 16, 2),
            None if digits_of(rest, true) == 8 => (rest.get(..8)?, 16, 0),
            None => {
                let sign = usize::from(rest.starts_with('-'));
                let digits = digits_of(rest.get(sign..)?, false);
                (rest.get(..sign + digits)?, 10, 0)
            }
        };
        let end = at + skipped + digits.len();
        if digits.len() > 11 || text.as_bytes().get(end).is_some_and(|b| is_word(*b)) {
            return None;
        }
        Some(Token { number: i64::from_str_radix(digits, radix).ok()?, hex: radix == 16, end })
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Nothing but quotes, brackets, line ends and a label before it: a modem's answer, not a word of a sentence.
fn stands_alone(text: &str, at: usize, end: usize) -> bool {
    let before = text.get(..at).unwrap_or_default().trim_end();
    let after = text.get(end..).unwrap_or_default().trim_start();
    let opens = before.is_empty() || before.ends_with(['"', '\'', '[', '<', '>', ':', '：', '=', '“', '(', '|']) || before.ends_with("\\n");
    let closes = after.is_empty() || after.starts_with(['"', '\'', ']', '<', '”', ')', '|']) || after.starts_with("\\r");
    opens && closes
}

fn skip_between(text: &str, from: usize) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    let skipped: usize = rest.chars().take(8).take_while(|c| BETWEEN.contains(c)).map(char::len_utf8).sum();
    from + skipped
}

/// Bytes of the longest of the entry's texts that `rest` starts with.
fn said(entry: &Entry, rest: &str) -> Option<usize> {
    let fits = |s: &&String| {
        rest.get(..s.len()).is_some_and(|r| r.eq_ignore_ascii_case(s)) && !rest.as_bytes().get(s.len()).is_some_and(|b| is_word(*b))
    };
    entry.says.iter().filter(fits).map(String::len).max()
}

fn number_behind(kind: LabelKind, text: &str, at: usize) -> Option<(i64, usize)> {
    let (first, end) = integer(text, at)?;
    if kind == LabelKind::Registration {
        let rest = text.get(end..)?;
        let comma = rest.trim_start_matches(' ').strip_prefix(',').map(|r| text.len() - r.len());
        if let Some(second) = comma.and_then(|c| integer(text, c)) {
            return Some(second);
        }
    }
    (kind != LabelKind::Word).then_some((first, end))
}

fn integer(text: &str, at: usize) -> Option<(i64, usize)> {
    let rest = text.get(at..)?;
    let blanks = rest.len() - rest.trim_start_matches(' ').len();
    let rest = rest.get(blanks..)?;
    let sign = usize::from(rest.starts_with('-'));
    let digits = rest.get(sign..)?.bytes().take(9).take_while(u8::is_ascii_digit).count();
    let end = sign + digits;
    // `1A2B` is an area code in hexadecimal, no number.
    if digits == 0 || rest.as_bytes().get(end).is_some_and(|b| is_word(*b)) {
        return None;
    }
    Some((rest.get(..end)?.parse().ok()?, at + blanks + end))
}
