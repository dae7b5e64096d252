//! Words of the counter → conditions, without a code.
//!
//! Each condition is a language model over everything written about it: the ways of saying it (`asks`, titles), the names its codes
//! have, and more faintly the texts. A question is scored by how much better a condition's model explains its words than the whole
//! catalogue does (query likelihood with Dirichlet smoothing, Zhai & Lafferty 2004). Terms are Han bigrams and single Han, stemmed
//! Latin words and their letter trigrams for typing slips, and toneless pinyin of neighbouring Han: 余鹅 and `yue` meet 余额 there.
//! Sentences about other things teach which words say nothing about a till. How this compares with BM25, tantivy + jieba and SQLite
//! FTS5 on our questions is recorded in `docs/decisions/`.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use pinyin::ToPinyin;

use crate::spelling::{is_han, plain};

/// Weights of the weaker kinds of terms beside a Han bigram or a Latin word. Chosen on `crates/explain/tests/questions.tsv`.
const HAN_WEIGHT: f32 = 0.45;
const SOUND_WEIGHT: f32 = 0.5;
const TRIGRAM_WEIGHT: f32 = 0.2;
/// Where pinyin is all there is, it counts as much as words do.
const PINYIN_WEIGHT: f32 = 1.0;
/// Dirichlet smoothing: how many words of the whole catalogue stand behind each condition's own.
const SMOOTHING: f32 = 500.0;
/// What being three times as common is worth, in units of log likelihood per ln 3.
const COMMON_SHARE: f32 = 1.5;
/// A word that nobody wrote, neither here nor in sentences about other things, counts this much against a match.
const UNKNOWN_WORD: f32 = 1.0;
/// Longest query that is looked at, in characters.
const QUERY_CHARS_MAX: usize = 300;

/// A weighted term of a text.
type Terms = BTreeMap<String, f32>;

/// Words that carry no meaning in a question about a till.
const STOP_WORDS: &[&str] = &[
    "the", "a", "an", "is", "are", "was", "were", "it", "its", "my", "our", "your", "i", "we", "you", "he", "she", "they", "on", "of",
    "to", "in", "at", "and", "or", "for", "with", "this", "that", "has", "have", "had", "do", "does", "did", "what", "why", "how", "when",
    "be", "been", "says", "say", "said", "shows", "show", "showing", "but", "me", "from", "by", "as", "so", "there", "then", "just",
];

/// Splits `text` into weighted terms. The same function serves documents and questions.
pub fn terms(text: &str) -> Terms {
    let mut out = Terms::new();
    let mut add = |term: String, weight: f32| {
        let w = out.entry(term).or_insert(0.0);
        *w = w.max(weight);
    };
    let text: String = plain(text).to_lowercase().chars().take(QUERY_CHARS_MAX).collect();
    // Latin letters that all read as pinyin are Chinese in disguise; as Latin words they would only be strangers.
    let pinyin = pinyin_pairs(&text);
    for run in runs(&text) {
        match run {
            Run::Han(chars) => {
                for c in &chars {
                    add(c.to_string(), HAN_WEIGHT);
                }
                for pair in chars.windows(2) {
                    add(pair.iter().collect(), 1.0);
                }
                let sounds: Vec<&str> = chars.iter().map(|c| c.to_pinyin().map_or("", |p| p.plain())).collect();
                for pair in sounds.windows(2).filter(|p| p.iter().all(|s| !s.is_empty())) {
                    add(format!("~{}{}", pair[0], pair[1]), SOUND_WEIGHT);
                }
            }
            Run::Latin(word) => {
                // A number says nothing about a symptom; as a code it is read elsewhere.
                let number = word.bytes().all(|b| b.is_ascii_digit());
                if number || !pinyin.is_empty() || STOP_WORDS.contains(&word.as_str()) {
                    continue;
                }
                add(stem(&word), 1.0);
                if word.len() >= 4 && word.bytes().all(|b| b.is_ascii_lowercase()) {
                    let framed = format!("^{word}$");
                    for i in 0..framed.len() - 2 {
                        add(format!("#{}", &framed[i..i + 3]), TRIGRAM_WEIGHT);
                    }
                }
            }
        }
    }
    for pair in pinyin {
        add(format!("~{pair}"), PINYIN_WEIGHT);
    }
    out
}

enum Run {
    Han(Vec<char>),
    Latin(String),
}

fn runs(text: &str) -> Vec<Run> {
    let mut out = Vec::new();
    let (mut han, mut latin) = (Vec::new(), String::new());
    for c in text.chars().chain([' ']) {
        if !is_han(c) && !han.is_empty() {
            out.push(Run::Han(std::mem::take(&mut han)));
        }
        if !c.is_ascii_alphanumeric() && c != '\'' && !latin.is_empty() {
            out.push(Run::Latin(std::mem::take(&mut latin)));
        }
        if is_han(c) {
            han.push(c);
        } else if c.is_ascii_alphanumeric() {
            latin.push(c);
        }
    }
    out
}

/// A light English stemmer: enough to let “printing”，“prints” and “printed” meet, too little to merge different words.
fn stem(word: &str) -> String {
    let cut = |suffix: &str, least: usize| word.strip_suffix(suffix).filter(|w| w.len() >= least).map(str::to_owned);
    if let Some(w) = cut("ies", 3) {
        return w + "y";
    }
    let stemmed = cut("ing", 4)
        .or_else(|| cut("ed", 4))
        .or_else(|| cut("es", 4).filter(|w| w.ends_with(['s', 'x', 'h'])))
        .or_else(|| cut("s", 3).filter(|w| !w.ends_with('s')));
    let mut w = stemmed.unwrap_or_else(|| word.to_owned());
    let b = w.as_bytes();
    if b.len() > 4 && b[b.len() - 1] == b[b.len() - 2] && !matches!(b[b.len() - 1], b'l' | b's' | b'e') {
        w.pop();
    }
    if w.len() > 4 && w.ends_with('e') {
        w.pop();
    }
    w
}

/// Every pinyin syllable, toneless. GB/T 16159 counts about 400; initials and finals that occur together are listed by final.
fn is_syllable(s: &str) -> bool {
    const WHOLE: &[&str] = &[
        "a", "o", "e", "ai", "ei", "ao", "ou", "an", "en", "ang", "er", "yi", "ya", "yo", "ye", "yao", "you", "yan", "yin", "yang", "ying",
        "yong", "wu", "wa", "wo", "wai", "wei", "wan", "wen", "wang", "weng", "yu", "yue", "yuan", "yun",
    ];
    const INITIALS: &[&str] = &["zh", "ch", "sh", "b", "p", "m", "f", "d", "t", "n", "l", "g", "k", "h", "j", "q", "x", "r", "z", "c", "s"];
    const FINALS: &[&str] = &[
        "a", "o", "e", "i", "u", "v", "ai", "ei", "ui", "ao", "ou", "iu", "ie", "ue", "ve", "an", "en", "in", "un", "ang", "eng", "ing",
        "ong", "ia", "iao", "ian", "iang", "iong", "ua", "uo", "uai", "uan", "uang",
    ];
    WHOLE.contains(&s) || INITIALS.iter().any(|i| s.strip_prefix(i).is_some_and(|rest| FINALS.contains(&rest)))
}

/// Neighbouring syllables of a text whose Latin words all read as pinyin: `yue buzu` → `yuebu`, `buzu`, `yue`, `ebu`. Empty when any
/// word does not, or when there are fewer than two syllables.
fn pinyin_pairs(text: &str) -> BTreeSet<String> {
    let words: Vec<&str> = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty()).collect();
    if words.is_empty() || text.chars().any(is_han) || !words.iter().all(|w| reads_as_pinyin(w)) {
        return BTreeSet::new();
    }
    let letters: String = words.concat().chars().take(60).collect();
    let n = letters.len();
    let mut pairs = BTreeSet::new();
    // reachable[i]: the first i letters split into whole syllables; leads[i]: the rest does.
    let mut reachable = vec![false; n + 1];
    let mut leads = vec![false; n + 1];
    reachable[0] = true;
    leads[n] = true;
    let ends = |i: usize| (i + 1..=n.min(i + 6)).filter(|j| is_syllable(&letters[i..*j])).collect::<Vec<_>>();
    for i in 0..n {
        if reachable[i] {
            for j in ends(i) {
                reachable[j] = true;
            }
        }
    }
    for i in (0..n).rev() {
        leads[i] = ends(i).iter().any(|j| leads[*j]);
    }
    for i in (0..n).filter(|i| reachable[*i] && leads[*i]) {
        for j in ends(i).into_iter().filter(|j| leads[*j]) {
            for k in ends(j).into_iter().filter(|k| leads[*k]) {
                pairs.insert(letters[i..k].to_owned());
            }
        }
    }
    pairs
}

fn reads_as_pinyin(word: &str) -> bool {
    let mut reached = vec![false; word.len() + 1];
    reached[0] = true;
    for i in 0..word.len() {
        if reached[i] {
            for j in i + 1..=word.len().min(i + 6) {
                reached[j] |= word.is_char_boundary(i) && word.is_char_boundary(j) && is_syllable(&word[i..j]);
            }
        }
    }
    reached[word.len()]
}

/// What is to be found: one condition with all that is written about it.
pub struct Document {
    /// Texts with their weights.
    pub texts: Vec<(String, f32)>,
    /// How much more often than usual it is met.
    pub common: f32,
}

/// The index as plain lists, ready to be packed.
#[derive(Default)]
pub struct Index {
    /// Terms in byte order.
    pub terms: Vec<String>,
    /// Per term: how much more it belongs to sentences about other things than to ours (log ratio).
    pub foreign: Vec<f32>,
    /// Per term: documents and the log likelihood ratio that the term brings them.
    pub postings: Vec<Vec<(u32, f32)>>,
    /// Per document: what a unit of question weight costs it for being long, and its prior.
    pub documents: Vec<(f32, f32)>,
}

/// Builds the index over `documents`; a document's number is its position. `off_topic` holds sentences about other things.
pub fn build(documents: &[Document], off_topic: &[String]) -> Index {
    let counted: Vec<Terms> = documents
        .iter()
        .map(|document| {
            let mut all = Terms::new();
            for (text, weight) in &document.texts {
                for (term, w) in terms(text) {
                    *all.entry(term).or_insert(0.0) += weight * w;
                }
            }
            all
        })
        .collect();
    let mut ours = Terms::new();
    for (term, tf) in counted.iter().flatten() {
        *ours.entry(term.clone()).or_insert(0.0) += tf;
    }
    let mut theirs = Terms::new();
    for text in off_topic {
        for (term, w) in terms(text) {
            *theirs.entry(term).or_insert(0.0) += w;
        }
    }
    let (our_total, their_total) = (ours.values().sum::<f32>(), theirs.values().sum::<f32>().max(1.0));
    let ids: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
    let ids: BTreeMap<&String, usize> = ids.into_iter().enumerate().map(|(i, t)| (t, i)).collect();

    let mut index = Index {
        terms: ids.keys().map(|t| (*t).clone()).collect(),
        foreign: vec![0.0; ids.len()],
        postings: vec![Vec::new(); ids.len()],
        documents: Vec::new(),
    };
    for (term, i) in &ids {
        // Half an occurrence on either side keeps a word that only one side knows from deciding alone.
        let per = |side: &Terms, total: f32| (side.get(*term).copied().unwrap_or(0.0) + 0.5) / total;
        index.foreign[*i] = (per(&theirs, their_total) / per(&ours, our_total)).ln().clamp(-4.0, 4.0);
    }
    for (d, (own, document)) in counted.iter().zip(documents).enumerate() {
        let length: f32 = own.values().sum();
        index.documents.push(((SMOOTHING / (SMOOTHING + length)).ln(), COMMON_SHARE * document.common.ln()));
        for (term, tf) in own {
            let expected = SMOOTHING * ours[term] / our_total;
            index.postings[ids[term]].push((d as u32, (1.0 + tf / expected).ln()));
        }
    }
    index
}

/// How the packed index is read; the catalogue implements it over its bytes.
pub trait Lookup {
    /// Number of a term.
    fn term(&self, term: &str) -> Option<usize>;
    /// How foreign it is.
    fn foreign(&self, term: usize) -> f32;
    /// Its documents and log likelihood ratios.
    fn postings(&self, term: usize) -> impl Iterator<Item = (usize, f32)>;
    /// A document's length cost and prior.
    fn document(&self, document: usize) -> (f32, f32);
}

/// A document found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit {
    /// The document's number.
    pub document: usize,
    /// How sure we are that this document is meant and that the question concerns us at all, 0 to 1.
    pub score: f32,
}

/// What speaks for the best document and for the question being ours at all.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evidence {
    /// Log likelihood ratio of the best document, its prior included.
    pub best: f32,
    /// Weight of all words that say anything.
    pub weight: f32,
    /// How much more these words belong to other subjects than to ours (log ratio).
    pub foreign: f32,
}

/// Constant, evidence per word, foreignness per word, evidence: a logistic fit of [`Evidence`] on `crates/explain/tests/questions.tsv`,
/// questions against sentences about other things (`score FILE --evidence` prints the columns).
const CONFIDENCE: [f32; 4] = [0.374, 4.415, -4.581, 0.127];

impl Evidence {
    /// How sure we may be, 0 to 1.
    fn confidence(self) -> f32 {
        let per_word = |x: f32| x / (self.weight + 0.5);
        let sum = CONFIDENCE[0] + CONFIDENCE[1] * per_word(self.best) + CONFIDENCE[2] * per_word(self.foreign) + CONFIDENCE[3] * self.best;
        1.0 / (1.0 + (-sum).exp())
    }
}

/// Searches for `question`; best first, ties in document order.
pub fn search(index: &impl Lookup, question: &str, limit: usize) -> Vec<Hit> {
    let Some((evidence, mut hits)) = rank(index, question) else { return Vec::new() };
    hits.truncate(limit);
    let sure = evidence.confidence();
    let top = evidence.best.max(0.1);
    for hit in &mut hits {
        // Rivals fall off with their distance in log likelihood, measured against the evidence there is.
        hit.score = sure * ((hit.score - top) / (1.0 + 0.15 * top)).exp();
    }
    hits
}

/// The evidence behind a search, for those who calibrate it.
pub fn evidence(index: &impl Lookup, question: &str) -> Option<Evidence> {
    rank(index, question).map(|(evidence, _)| evidence)
}

/// All documents that share a word with the question, by log likelihood ratio.
fn rank(index: &impl Lookup, question: &str) -> Option<(Evidence, Vec<Hit>)> {
    let mut likelihood: HashMap<usize, f32> = HashMap::new();
    let (mut ours, mut weight, mut foreign) = (0.0f32, 0.0f32, 0.0f32);
    for (term, w) in terms(question) {
        match index.term(&term) {
            Some(i) => {
                let mut written_by_us = false;
                for (document, ratio) in index.postings(i) {
                    *likelihood.entry(document).or_insert(0.0) += w * ratio;
                    written_by_us = true;
                }
                if written_by_us {
                    ours += w;
                }
                foreign += w * index.foreign(i);
                weight += w;
            }
            // A sound or a trigram nobody wrote says little about whether the question is ours; a word does.
            None if term.starts_with(['~', '#']) => {}
            None => {
                foreign += w * UNKNOWN_WORD;
                weight += w;
            }
        }
    }
    let mut hits: Vec<Hit> = likelihood
        .into_iter()
        .map(|(document, sum)| {
            let (cost, prior) = index.document(document);
            Hit { document, score: sum + ours * cost + prior }
        })
        .collect();
    hits.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.document.cmp(&b.document)));
    let best = hits.first()?.score;
    Some((Evidence { best, weight, foreign }, hits))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has(text: &str, term: &str) -> bool {
        terms(text).contains_key(term)
    }

    #[test]
    fn homophones_and_pinyin_meet() {
        assert!(has("余额不足", "~yue") && has("余鹅不足", "~yue") && has("yue buzu", "~yue"));
        assert!(has("yuebuzu", "~buzu") && has("不足", "~buzu"));
    }

    #[test]
    fn forms_of_a_word_meet() {
        for words in
            [["printing", "prints"], ["declined", "decline"], ["stopped", "stop"], ["batteries", "battery"], ["receipts", "receipt"]]
        {
            assert_eq!(stem(words[0]), stem(words[1]), "{words:?}");
        }
    }
}
