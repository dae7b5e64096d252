//! A checked library → one block of bytes, made at build time and opened at start-up without being parsed.

use std::collections::BTreeMap;

use crate::record::Code;
use crate::search::{self, Document};
use crate::source::{Library, Placed};
use crate::spelling::{is_han, key, rewrite};
use crate::table::{write_blobs, write_numbers, write_records};

/// Sections of the packed catalogue, in the order of their table. The numbers are part of the format.
#[derive(Clone, Copy)]
#[repr(usize)]
pub enum Section {
    /// Version text, such as `2026.11.0+1a2b3c4d`.
    Version,
    /// Namespace records, and their ids in the same order.
    Namespaces,
    /// Ids of the namespaces.
    NamespaceIds,
    /// Code records, namespace by namespace.
    Codes,
    /// Per code: the number of its namespace.
    CodeNamespace,
    /// Per code: the number of its condition.
    CodeCondition,
    /// Spellings of codes in byte order.
    Keys,
    /// Per spelling: the codes it may mean.
    KeyCodes,
    /// Numbers of the codes that cover patterns or ranges.
    CoveringCodes,
    /// Numbers of the spellings that contain Han.
    HanKeys,
    /// Condition records in the order of their ids.
    Conditions,
    /// Ids of the conditions, sorted.
    ConditionIds,
    /// Cause records.
    Causes,
    /// Ids of the causes, sorted.
    CauseIds,
    /// Per cause: the steps that repair it.
    CauseSteps,
    /// Per cause: the questions that tell about it.
    CauseQuestions,
    /// Step records.
    Steps,
    /// Ids of the steps, sorted.
    StepIds,
    /// Question records.
    Questions,
    /// Ids of the questions, sorted.
    QuestionIds,
    /// Prevention records.
    Preventions,
    /// Ids of the preventions, sorted.
    PreventionIds,
    /// Ground records.
    Grounds,
    /// Ids of the grounds, sorted.
    GroundIds,
    /// Precondition records.
    Preconditions,
    /// Ids of the preconditions, sorted.
    PreconditionIds,
    /// Context records.
    Contexts,
    /// Ids of the contexts, sorted.
    ContextIds,
    /// Contact records.
    Contacts,
    /// Ids of the contacts, sorted.
    ContactIds,
    /// Source records.
    Sources,
    /// Ids of the sources, sorted.
    SourceIds,
    /// Till cards.
    TillCards,
    /// Ids of the till cards, sorted.
    TillCardIds,
    /// Word records, longest saying first.
    Words,
    /// Label records.
    Labels,
    /// Terms of the search index.
    Terms,
    /// Per term: how foreign it is.
    TermForeign,
    /// Per term: postings.
    TermPostings,
    /// Per condition: cost of length, prior.
    DocumentWeights,
    /// Merchant category codes.
    Mccs,
    /// Their keys.
    MccKeys,
    /// Clearing regions.
    Regions,
    /// Their keys.
    RegionKeys,
    /// Acquiring institutions.
    Acquirers,
    /// Their keys.
    AcquirerKeys,
    /// Mobile number blocks.
    PhoneSegments,
    /// Their keys.
    PhoneSegmentKeys,
}

/// Number of sections.
pub const SECTIONS: usize = Section::PhoneSegmentKeys as usize + 1;
/// First bytes of a packed catalogue; the last one counts format versions.
pub const MAGIC: &[u8; 8] = b"POSDX\0\0\x01";

/// Packs `library`, which must have passed [`crate::check::check`]. `version` is the calendar version; a hash of the content is added.
pub fn pack(library: &Library, version: &str) -> Vec<u8> {
    let mut sections: Vec<Vec<u8>> = vec![Vec::new(); SECTIONS];
    let hash = library.files.iter().fold(FNV_START, |h, f| fnv(fnv(h, f.path.as_bytes()), f.text.as_bytes()));
    sections[Section::Version as usize] = format!("{version}+{:08x}", (hash >> 32) ^ (hash & 0xFFFF_FFFF)).into_bytes();

    macro_rules! table {
        ($list:expr, $records:ident, $ids:ident) => {{
            let mut sorted: Vec<_> = $list.iter().map(|p| p.record.clone()).collect();
            sorted.sort_by(|a, b| a.id.cmp(&b.id));
            write_records(&mut sections[Section::$records as usize], &sorted);
            let ids: Vec<&str> = sorted.iter().map(|r| r.id.as_str()).collect();
            write_blobs(&mut sections[Section::$ids as usize], &ids);
            sorted
        }};
    }
    let conditions = table!(library.conditions, Conditions, ConditionIds);
    let causes = table!(library.causes, Causes, CauseIds);
    let steps = table!(library.steps, Steps, StepIds);
    let questions = table!(library.questions, Questions, QuestionIds);
    table!(library.preventions, Preventions, PreventionIds);
    table!(library.grounds, Grounds, GroundIds);
    table!(library.preconditions, Preconditions, PreconditionIds);
    table!(library.contexts, Contexts, ContextIds);
    table!(library.contacts, Contacts, ContactIds);
    table!(library.sources, Sources, SourceIds);
    table!(library.till_cards, TillCards, TillCardIds);

    let cause_steps: Vec<Vec<u8>> = causes
        .iter()
        .map(|c| numbers(steps.iter().enumerate().filter(|(_, s)| s.repairs.iter().any(|r| r.cause == c.id)).map(|(i, _)| i)))
        .collect();
    write_blobs(&mut sections[Section::CauseSteps as usize], &cause_steps);
    let cause_questions: Vec<Vec<u8>> = causes
        .iter()
        .map(|c| numbers(questions.iter().enumerate().filter(|(_, q)| q.given.iter().any(|g| g.cause == c.id)).map(|(i, _)| i)))
        .collect();
    write_blobs(&mut sections[Section::CauseQuestions as usize], &cause_questions);

    let mut words: Vec<_> = library.words.iter().map(|w| w.record.clone()).collect();
    words.sort_by_key(|w| std::cmp::Reverse(w.say.iter().map(String::len).max()));
    pack_codes(library, &conditions, &mut sections);
    pack_search(library, &conditions, &words, &mut sections);
    pack_tables(library, &mut sections);

    write_records(&mut sections[Section::Words as usize], &words);

    let labels: Vec<_> = library.labels.iter().map(|l| l.record.clone()).collect();
    write_records(&mut sections[Section::Labels as usize], &labels);

    join(&sections)
}

/// Header, offsets, bodies.
fn join(sections: &[Vec<u8>]) -> Vec<u8> {
    let mut out = MAGIC.to_vec();
    let mut offset = MAGIC.len() + 4 * (SECTIONS + 1);
    let mut offsets = vec![offset as u32];
    for section in sections {
        offset += section.len();
        offsets.push(offset as u32);
    }
    write_numbers(&mut out, &offsets);
    for section in sections {
        out.extend_from_slice(section);
    }
    out
}

fn pack_codes(library: &Library, conditions: &[crate::record::Condition], sections: &mut [Vec<u8>]) {
    let mut lists: Vec<_> = library.lists.iter().collect();
    lists.sort_by(|a, b| a.namespace.record.id.cmp(&b.namespace.record.id));
    let namespaces: Vec<_> = lists.iter().map(|l| l.namespace.record.clone()).collect();
    write_records(&mut sections[Section::Namespaces as usize], &namespaces);
    let ids: Vec<&str> = namespaces.iter().map(|n| n.id.as_str()).collect();
    write_blobs(&mut sections[Section::NamespaceIds as usize], &ids);

    let codes: Vec<(usize, &Placed<Code>)> = lists.iter().enumerate().flat_map(|(n, l)| l.codes.iter().map(move |c| (n, c))).collect();
    let records: Vec<Code> = codes.iter().map(|(_, c)| c.record.clone()).collect();
    write_records(&mut sections[Section::Codes as usize], &records);
    let of_namespace: Vec<u32> = codes.iter().map(|(n, _)| *n as u32).collect();
    write_numbers(&mut sections[Section::CodeNamespace as usize], &of_namespace);
    let of_condition: Vec<u32> = records
        .iter()
        .map(|c| conditions.binary_search_by(|x| x.id.as_str().cmp(&c.condition)).expect("checked: every condition exists") as u32)
        .collect();
    write_numbers(&mut sections[Section::CodeCondition as usize], &of_condition);

    let mut keys: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    for (i, code) in records.iter().enumerate() {
        for spelling in std::iter::once(&code.value).chain(&code.also) {
            let meant = keys.entry(key(spelling)).or_default();
            if !meant.contains(&(i as u32)) {
                meant.push(i as u32);
            }
        }
    }
    let spelled: Vec<&str> = keys.keys().map(String::as_str).collect();
    write_blobs(&mut sections[Section::Keys as usize], &spelled);
    let meant: Vec<Vec<u8>> = keys.values().map(|v| numbers(v.iter().map(|n| *n as usize))).collect();
    write_blobs(&mut sections[Section::KeyCodes as usize], &meant);
    let covering = numbers(records.iter().enumerate().filter(|(_, c)| c.covers.is_some()).map(|(i, _)| i));
    sections[Section::CoveringCodes as usize] = covering;
    let han = numbers(spelled.iter().enumerate().filter(|(_, k)| k.chars().filter(|c| is_han(*c)).count() >= 2).map(|(i, _)| i));
    sections[Section::HanKeys as usize] = han;
}

fn pack_search(library: &Library, conditions: &[crate::record::Condition], words: &[crate::record::Word], sections: &mut [Vec<u8>]) {
    let mut names: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for code in library.lists.iter().flat_map(|l| &l.codes) {
        let name = &code.record.name;
        let names = names.entry(&code.record.condition).or_default();
        for half in [&name.zh, &name.en] {
            if !names.contains(half) {
                names.push(half.clone());
            }
        }
    }
    let causes: BTreeMap<&str, &crate::record::Cause> = library.causes.iter().map(|c| (c.record.id.as_str(), &c.record)).collect();
    let documents: Vec<Document> = conditions
        .iter()
        .map(|c| {
            let mut texts: Vec<(String, f32)> = c.asks.iter().map(|a| (a.clone(), 1.0)).collect();
            texts.extend([(c.title.zh.clone(), 1.0), (c.title.en.clone(), 1.0)]);
            texts.extend(names.get(c.id.as_str()).into_iter().flatten().take(NAMES_MAX).map(|n| (n.clone(), 0.5)));
            for text in [&c.cashier, &c.agent, &c.engineer] {
                texts.extend([(text.zh.clone(), 0.3), (text.en.clone(), 0.3)]);
            }
            for link in &c.causes {
                if let Some(cause) = causes.get(link.id.as_str()) {
                    texts.extend([
                        (cause.title.zh.clone(), 0.3 * link.strength as f32),
                        (cause.title.en.clone(), 0.3 * link.strength as f32),
                    ]);
                }
            }
            // A question is rewritten before it is looked up, so what it is compared with must be rewritten too.
            for (text, _) in &mut texts {
                *text = rewrite(text, words);
            }
            Document { texts, common: c.common as f32 }
        })
        .collect();
    let off_topic: Vec<String> = library.off_topic.iter().flat_map(|o| o.record.asks.clone()).collect();
    let index = search::build(&documents, &off_topic);
    write_blobs(&mut sections[Section::Terms as usize], &index.terms);
    let bits = |list: &[f32]| list.iter().map(|x| x.to_bits()).collect::<Vec<u32>>();
    write_numbers(&mut sections[Section::TermForeign as usize], &bits(&index.foreign));
    let weights: Vec<f32> = index.documents.iter().flat_map(|(cost, prior)| [*cost, *prior]).collect();
    write_numbers(&mut sections[Section::DocumentWeights as usize], &bits(&weights));
    let blobs: Vec<Vec<u8>> = index
        .postings
        .iter()
        .map(|list| {
            let mut blob = Vec::with_capacity(8 * list.len());
            for (id, weight) in list {
                blob.extend_from_slice(&id.to_le_bytes());
                blob.extend_from_slice(&weight.to_bits().to_le_bytes());
            }
            blob
        })
        .collect();
    write_blobs(&mut sections[Section::TermPostings as usize], &blobs);
}

/// Names of codes that enter a condition's model; some conditions gather a hundred near-identical ones.
const NAMES_MAX: usize = 30;

fn pack_tables(library: &Library, sections: &mut [Vec<u8>]) {
    macro_rules! keyed {
        ($list:expr, $key:ident, $records:ident, $keys:ident) => {{
            let mut sorted = $list.clone();
            sorted.sort_by(|a, b| a.$key.cmp(&b.$key));
            write_records(&mut sections[Section::$records as usize], &sorted);
            let keys: Vec<&str> = sorted.iter().map(|r| r.$key.as_str()).collect();
            write_blobs(&mut sections[Section::$keys as usize], &keys);
        }};
    }
    keyed!(library.mccs, mcc, Mccs, MccKeys);
    keyed!(library.regions, code, Regions, RegionKeys);
    keyed!(library.acquirers, prefix, Acquirers, AcquirerKeys);
    keyed!(library.phone_segments, prefix, PhoneSegments, PhoneSegmentKeys);
}

fn numbers(list: impl Iterator<Item = usize>) -> Vec<u8> {
    let list: Vec<u32> = list.map(|n| n as u32).collect();
    let mut out = Vec::new();
    write_numbers(&mut out, &list);
    out
}

const FNV_START: u64 = 0xcbf2_9ce4_8422_2325;

/// FNV-1a, 64 bit: enough to tell two catalogues apart, no more is asked of it.
fn fnv(mut hash: u64, bytes: &[u8]) -> u64 {
    for b in bytes {
        hash = (hash ^ u64::from(*b)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    hash
}
