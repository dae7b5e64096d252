//! The packed catalogue, opened: records by id, codes by spelling, the search index.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use posdx_model::CodeId;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::pack::{MAGIC, SECTIONS, Section};
use crate::record::*;
use crate::search::Lookup;
use crate::table::{Blobs, read_u32};

type Amended = BTreeMap<(usize, usize), Vec<u8>>;

/// A compiled catalogue. Opening one reads a header; records are decoded when they are asked for.
#[derive(Clone)]
pub struct Catalogue {
    bytes: Cow<'static, [u8]>,
    /// Records that stand in for packed ones: section and number, encoded the same way.
    amended: Option<Arc<Amended>>,
}

/// A code by its number in the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CodeRef(pub(crate) u32);

/// A condition by its number in the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConditionRef(pub(crate) u32);

/// The bytes are not a catalogue of this version of posdx.
#[derive(Debug, thiserror::Error)]
#[error("these bytes are not a catalogue that this version of posdx can open; compile it again with `cargo xtask`")]
pub struct NotACatalogue;

macro_rules! by_id {
    ($($(#[$doc:meta])* $name:ident, $all:ident: $type:ty = $records:ident, $ids:ident;)*) => { $(
        $(#[$doc])*
        pub fn $name(&self, id: &str) -> Option<$type> {
            let i = self.table(Section::$ids).find(id.as_bytes()).ok()?;
            Some(self.record(Section::$records, i))
        }

        /// All of them, in the order of their ids.
        pub fn $all(&self) -> impl Iterator<Item = $type> + '_ {
            (0..self.table(Section::$records).len()).map(move |i| self.record(Section::$records, i))
        }
    )* };
}

impl Catalogue {
    /// Opens a packed catalogue.
    pub fn open(bytes: impl Into<Cow<'static, [u8]>>) -> Result<Catalogue, NotACatalogue> {
        let bytes = bytes.into();
        let whole = bytes.starts_with(MAGIC)
            && bytes.len() >= MAGIC.len() + 4 * (SECTIONS + 1)
            && read_u32(&bytes, MAGIC.len() + 4 * SECTIONS) == bytes.len();
        if whole { Ok(Catalogue { bytes, amended: None }) } else { Err(NotACatalogue) }
    }

    /// This catalogue with other records in the place of those with the same id. Ids that it does not have are passed over, and which
    /// step repairs or which question tells about a cause stays as it was packed: only texts and numbers change.
    pub fn with(&self, conditions: &[Condition], steps: &[Step], questions: &[Question]) -> Catalogue {
        let mut amended = self.amended.as_deref().cloned().unwrap_or_default();
        let mut put = |records: Section, ids: Section, id: &str, record: Option<Vec<u8>>| {
            if let (Ok(i), Some(bytes)) = (self.table(ids).find(id.as_bytes()), record) {
                amended.insert((records as usize, i), bytes);
            }
        };
        conditions.iter().for_each(|c| put(Section::Conditions, Section::ConditionIds, &c.id, encoded(c)));
        steps.iter().for_each(|s| put(Section::Steps, Section::StepIds, &s.id, encoded(s)));
        questions.iter().for_each(|q| put(Section::Questions, Section::QuestionIds, &q.id, encoded(q)));
        Catalogue { bytes: self.bytes.clone(), amended: Some(Arc::new(amended)) }
    }

    /// Calendar version and content hash, such as `2026.11.0+1a2b3c4d`.
    pub fn version(&self) -> &str {
        std::str::from_utf8(self.section(Section::Version)).expect("packed as text")
    }

    by_id! {
        /// A namespace.
        namespace, namespaces: Namespace = Namespaces, NamespaceIds;
        /// A condition.
        condition, conditions: Condition = Conditions, ConditionIds;
        /// A cause.
        cause, causes: Cause = Causes, CauseIds;
        /// A step.
        step, steps: Step = Steps, StepIds;
        /// A question.
        question, questions: Question = Questions, QuestionIds;
        /// A prevention.
        prevention, preventions: Prevention = Preventions, PreventionIds;
        /// A ground of a money verdict.
        ground, grounds: Ground = Grounds, GroundIds;
        /// A precondition of a step.
        precondition, preconditions: Precondition = Preconditions, PreconditionIds;
        /// A context.
        context, contexts: Context = Contexts, ContextIds;
        /// A contact.
        contact, contacts: Contact = Contacts, ContactIds;
        /// A source.
        source, sources: Source = Sources, SourceIds;
        /// A till card.
        till_card, till_cards: TillCard = TillCards, TillCardIds;
        /// A merchant category code, by its four digits.
        mcc, mccs: Mcc = Mccs, MccKeys;
        /// A clearing region, by its four digits.
        region, regions: Region = Regions, RegionKeys;
        /// An acquiring institution, by its three digits.
        acquirer, acquirers: Acquirer = Acquirers, AcquirerKeys;
        /// A block of mobile numbers, by its first digits.
        phone_segment, phone_segments: PhoneSegment = PhoneSegments, PhoneSegmentKeys;
    }

    /// The words people use, longest first.
    pub fn words(&self) -> impl Iterator<Item = Word> + '_ {
        let table = self.table(Section::Words);
        (0..table.len()).map(move |i| table.record(i))
    }

    /// What people write before a code.
    pub fn labels(&self) -> impl Iterator<Item = Label> + '_ {
        let table = self.table(Section::Labels);
        (0..table.len()).map(move |i| table.record(i))
    }

    /// Number of codes.
    pub fn code_count(&self) -> usize {
        self.table(Section::Codes).len()
    }

    /// All codes, namespace by namespace.
    pub fn codes(&self) -> impl Iterator<Item = CodeRef> {
        (0..self.code_count() as u32).map(CodeRef)
    }

    /// The code of a namespace by its exact value or another of its spellings.
    pub fn code(&self, namespace: &str, value: &str) -> Option<CodeRef> {
        let wanted = self.table(Section::NamespaceIds).find(namespace.as_bytes()).ok()? as u32;
        self.codes_spelled(&crate::spelling::key(value)).find(|c| self.namespace_number(*c) == wanted)
    }

    /// The codes whose value or other spelling has this key (see [`crate::spelling::key`]).
    pub fn codes_spelled(&self, key: &str) -> impl Iterator<Item = CodeRef> + '_ {
        let found = self.table(Section::Keys).find(key.as_bytes()).ok();
        found.into_iter().flat_map(|i| numbers(self.table(Section::KeyCodes).get(i)).map(CodeRef))
    }

    /// The record of a code.
    pub fn code_record(&self, code: CodeRef) -> Code {
        self.table(Section::Codes).record(code.0 as usize)
    }

    /// Namespace and value of a code.
    pub fn code_id(&self, code: CodeRef) -> CodeId {
        CodeId::new(self.namespace_id(code), self.code_record(code).value)
    }

    /// The namespace's id of a code.
    pub fn namespace_id(&self, code: CodeRef) -> &str {
        self.table(Section::NamespaceIds).text(self.namespace_number(code) as usize)
    }

    pub(crate) fn namespace_number(&self, code: CodeRef) -> u32 {
        read_u32(self.section(Section::CodeNamespace), 4 * code.0 as usize) as u32
    }

    /// The condition of a code.
    pub fn condition_of(&self, code: CodeRef) -> ConditionRef {
        ConditionRef(read_u32(self.section(Section::CodeCondition), 4 * code.0 as usize) as u32)
    }

    /// The id of a condition.
    pub fn condition_id(&self, condition: ConditionRef) -> &str {
        self.table(Section::ConditionIds).text(condition.0 as usize)
    }

    /// The record of a condition.
    pub fn condition_record(&self, condition: ConditionRef) -> Condition {
        self.record(Section::Conditions, condition.0 as usize)
    }

    /// The condition with this id.
    pub fn condition_ref(&self, id: &str) -> Option<ConditionRef> {
        self.table(Section::ConditionIds).find(id.as_bytes()).ok().map(|i| ConditionRef(i as u32))
    }

    /// The steps that repair a cause.
    pub fn steps_for(&self, cause: &str) -> Vec<Step> {
        self.linked(cause, Section::CauseSteps, Section::Steps)
    }

    /// The questions that tell about a cause.
    pub fn questions_for(&self, cause: &str) -> Vec<Question> {
        self.linked(cause, Section::CauseQuestions, Section::Questions)
    }

    fn linked<T: DeserializeOwned>(&self, cause: &str, links: Section, records: Section) -> Vec<T> {
        let Ok(i) = self.table(Section::CauseIds).find(cause.as_bytes()) else { return Vec::new() };
        numbers(self.table(links).get(i)).map(|n| self.record(records, n as usize)).collect()
    }

    /// Codes that stand for several values.
    pub(crate) fn covering_codes(&self) -> impl Iterator<Item = CodeRef> + '_ {
        numbers(self.section(Section::CoveringCodes)).map(CodeRef)
    }

    /// Spellings that contain Han, with their codes: whole sentences that a screen shows.
    pub(crate) fn han_spellings(&self) -> impl Iterator<Item = &str> + '_ {
        let keys = self.table(Section::Keys);
        numbers(self.section(Section::HanKeys)).map(move |i| keys.text(i as usize))
    }

    /// All spellings, in byte order.
    pub(crate) fn spellings(&self) -> impl Iterator<Item = &str> + '_ {
        let keys = self.table(Section::Keys);
        (0..keys.len()).map(move |i| keys.text(i))
    }

    pub(crate) fn namespace_record(&self, number: u32) -> Namespace {
        self.table(Section::Namespaces).record(number as usize)
    }

    fn section(&self, section: Section) -> &[u8] {
        let at = MAGIC.len() + 4 * section as usize;
        &self.bytes[read_u32(&self.bytes, at)..read_u32(&self.bytes, at + 4)]
    }

    fn record<T: DeserializeOwned>(&self, section: Section, i: usize) -> T {
        let amended = self.amended.as_ref().and_then(|records| records.get(&(section as usize, i)));
        // An amended record was encoded by this program from the same type.
        amended.and_then(|bytes| postcard::from_bytes(bytes).ok()).unwrap_or_else(|| self.table(section).record(i))
    }

    fn table(&self, section: Section) -> Blobs<'_> {
        Blobs::new(self.section(section))
    }
}

impl Lookup for Catalogue {
    fn term(&self, term: &str) -> Option<usize> {
        self.table(Section::Terms).find(term.as_bytes()).ok()
    }

    fn foreign(&self, term: usize) -> f32 {
        float(self.section(Section::TermForeign), term)
    }

    fn postings(&self, term: usize) -> impl Iterator<Item = (usize, f32)> {
        postings(self.table(Section::TermPostings).get(term))
    }

    fn document(&self, document: usize) -> (f32, f32) {
        let weights = self.section(Section::DocumentWeights);
        (float(weights, 2 * document), float(weights, 2 * document + 1))
    }
}

fn encoded(record: &impl Serialize) -> Option<Vec<u8>> {
    postcard::to_allocvec(record).ok()
}

fn float(bytes: &[u8], i: usize) -> f32 {
    f32::from_bits(read_u32(bytes, 4 * i) as u32)
}

fn numbers(bytes: &[u8]) -> impl Iterator<Item = u32> + '_ {
    (0..bytes.len() / 4).map(|i| read_u32(bytes, 4 * i) as u32)
}

fn postings(bytes: &[u8]) -> impl Iterator<Item = (usize, f32)> + '_ {
    (0..bytes.len() / 8).map(|i| (read_u32(bytes, 8 * i), f32::from_bits(read_u32(bytes, 8 * i + 4) as u32)))
}
