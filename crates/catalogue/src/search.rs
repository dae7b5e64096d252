//! Words of the counter → conditions, without a code.
//!
//! Two indexes over the same terms. The *document* index holds everything written about a condition and scores by BM25; the *phrase*
//! index holds each way of saying it (`asks`, titles) by itself and scores by cosine, so that one phrase that fits beats many that
//! touch. Terms are Han bigrams and single Han, Latin words, and toneless pinyin of neighbouring Han: 余鹅 and `yue` meet 余额 there.
//! How this compares with tantivy + jieba and SQLite FTS5 on our questions is measured in `benches/` and recorded in
//! `docs/decisions/`.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use pinyin::ToPinyin;

use crate::spelling::{is_han, plain};

/// BM25's saturation and length parameters (Robertson & Zaragoza 2009, the usual values).
const K1: f32 = 1.2;
const B: f32 = 0.5;
/// Share of the phrase index in the final score; the rest comes from the documents. Chosen on the question set.
const PHRASE_SHARE: f32 = 0.75;
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
    for run in runs(&text) {
        match run {
            Run::Han(chars) => {
                for c in &chars {
                    add(c.to_string(), 0.3);
                }
                for pair in chars.windows(2) {
                    add(pair.iter().collect(), 1.0);
                }
                let sounds: Vec<&str> = chars.iter().map(|c| c.to_pinyin().map_or("", |p| p.plain())).collect();
                for pair in sounds.windows(2).filter(|p| p.iter().all(|s| !s.is_empty())) {
                    add(format!("~{}{}", pair[0], pair[1]), 0.5);
                }
            }
            Run::Latin(word) => {
                if !STOP_WORDS.contains(&word.as_str()) {
                    add(stem(&word), 1.0);
                }
            }
        }
    }
    for pair in pinyin_pairs(&text) {
        add(format!("~{pair}"), 0.6);
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

/// A light English stemmer: enough to let “printing”, “prints” and “printed” meet, too little to merge different words.
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

/// Neighbouring syllables of Latin letters that read as pinyin: `yue buzu` → `yuebu`, `buzu`, `yue`, `ebu`.
fn pinyin_pairs(text: &str) -> BTreeSet<String> {
    let letters: String = text
        .split(|c: char| !c.is_ascii_lowercase() && c != ' ' && c != '\'')
        .max_by_key(|p| p.len())
        .unwrap_or_default()
        .chars()
        .filter(char::is_ascii_lowercase)
        .take(40)
        .collect();
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

/// What is to be found: one condition with all that is written about it.
pub struct Document {
    /// Ways of saying it, each a phrase by itself.
    pub phrases: Vec<String>,
    /// Longer texts with their weights.
    pub texts: Vec<(String, f32)>,
}

/// The index as plain lists, ready to be packed.
#[derive(Default)]
pub struct Index {
    /// Terms in byte order.
    pub terms: Vec<String>,
    /// Inverse document frequency over phrases, per term.
    pub idf: Vec<f32>,
    /// Per term: documents and BM25 impacts.
    pub documents: Vec<Vec<(u32, f32)>>,
    /// Per term: phrases and the term's share of the phrase's unit vector.
    pub phrases: Vec<Vec<(u32, f32)>>,
    /// Per phrase: its document.
    pub phrase_document: Vec<u32>,
}

/// Builds the index over `documents`; a document's number is its position.
pub fn build(documents: &[Document]) -> Index {
    let mut ids: BTreeMap<String, usize> = BTreeMap::new();
    let mut document_terms: Vec<Terms> = Vec::new();
    let mut phrase_terms: Vec<(u32, Terms)> = Vec::new();
    for (d, document) in documents.iter().enumerate() {
        let mut all = Terms::new();
        for phrase in &document.phrases {
            let t = terms(phrase);
            for (term, w) in &t {
                *all.entry(term.clone()).or_insert(0.0) += 2.0 * w;
            }
            if !t.is_empty() {
                phrase_terms.push((d as u32, t));
            }
        }
        for (text, weight) in &document.texts {
            for (term, w) in terms(text) {
                *all.entry(term).or_insert(0.0) += weight * w;
            }
        }
        for term in all.keys() {
            ids.entry(term.clone()).or_insert(0);
        }
        document_terms.push(all);
    }
    for (i, slot) in ids.values_mut().enumerate() {
        *slot = i;
    }

    let n = ids.len();
    let mut index = Index {
        terms: ids.keys().cloned().collect(),
        idf: vec![0.0; n],
        documents: vec![Vec::new(); n],
        phrases: vec![Vec::new(); n],
        phrase_document: Vec::new(),
    };
    let mut in_documents = vec![0usize; n];
    for t in &document_terms {
        for term in t.keys() {
            in_documents[ids[term]] += 1;
        }
    }
    let count = documents.len() as f32;
    for (i, df) in in_documents.iter().enumerate() {
        index.idf[i] = (1.0 + (count - *df as f32 + 0.5) / (*df as f32 + 0.5)).ln();
    }
    let lengths: Vec<f32> = document_terms.iter().map(|t| t.values().sum()).collect();
    let mean = lengths.iter().sum::<f32>() / count.max(1.0);
    for (d, t) in document_terms.iter().enumerate() {
        for (term, tf) in t {
            let i = ids[term];
            let impact = index.idf[i] * tf * (K1 + 1.0) / (tf + K1 * (1.0 - B + B * lengths[d] / mean));
            index.documents[i].push((d as u32, impact));
        }
    }
    for (p, (d, t)) in phrase_terms.iter().enumerate() {
        let norm = t.iter().map(|(term, w)| (w * index.idf[ids[term]]).powi(2)).sum::<f32>().sqrt();
        index.phrase_document.push(*d);
        for (term, w) in t {
            let i = ids[term];
            index.phrases[i].push((p as u32, w * index.idf[i] / norm));
        }
    }
    index
}

/// How the packed index is read; the catalogue implements it over its bytes.
pub trait Lookup {
    /// Number of a term.
    fn term(&self, term: &str) -> Option<usize>;
    /// Its inverse document frequency.
    fn idf(&self, term: usize) -> f32;
    /// The largest possible inverse document frequency: that of a term nobody wrote.
    fn idf_max(&self) -> f32;
    /// Its documents and impacts.
    fn documents(&self, term: usize) -> impl Iterator<Item = (usize, f32)>;
    /// Its phrases and weights.
    fn phrases(&self, term: usize) -> impl Iterator<Item = (usize, f32)>;
    /// The document of a phrase.
    fn phrase_document(&self, phrase: usize) -> usize;
}

/// A document found, with a score between 0 and 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit {
    /// The document's number.
    pub document: usize,
    /// 1 would be a phrase of the catalogue, word for word.
    pub score: f32,
}

/// Searches for `question`; best first, ties in document order.
pub fn search(index: &impl Lookup, question: &str, limit: usize) -> Vec<Hit> {
    let weighted = terms(question);
    let mut known: Vec<(usize, f32)> = Vec::new();
    let mut total_square = 0.0f32;
    for (term, w) in &weighted {
        match index.term(term) {
            Some(i) => {
                let x = w * index.idf(i);
                known.push((i, x));
                total_square += x * x;
            }
            // A sound nobody wrote says little about whether the question is ours; a word does.
            None if term.starts_with('~') => {}
            None => total_square += (w * index.idf_max()).powi(2),
        }
    }
    if known.is_empty() {
        return Vec::new();
    }
    let norm = total_square.sqrt();
    let mut phrase_score: HashMap<usize, f32> = HashMap::new();
    let mut document_score: HashMap<usize, f32> = HashMap::new();
    let mut best_possible = 0.0f32;
    for (term, x) in &known {
        for (phrase, w) in index.phrases(*term) {
            *phrase_score.entry(phrase).or_insert(0.0) += w * x / norm;
        }
        let weight = x / index.idf(*term);
        for (document, impact) in index.documents(*term) {
            *document_score.entry(document).or_insert(0.0) += weight * impact;
        }
        best_possible += x * (K1 + 1.0);
    }
    let coverage = known.iter().map(|(_, x)| x * x).sum::<f32>() / total_square;
    let mut best: HashMap<usize, f32> = HashMap::new();
    for (phrase, score) in phrase_score {
        let slot = best.entry(index.phrase_document(phrase)).or_insert(0.0);
        *slot = slot.max(score);
    }
    let mut hits: Vec<Hit> = document_score
        .into_iter()
        .map(|(document, score)| {
            let phrase = best.get(&document).copied().unwrap_or(0.0);
            let text = (score / best_possible).min(1.0) * coverage;
            Hit { document, score: PHRASE_SHARE * phrase + (1.0 - PHRASE_SHARE) * text }
        })
        .collect();
    hits.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.document.cmp(&b.document)));
    hits.truncate(limit);
    hits
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
