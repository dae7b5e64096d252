//! What a value means: a tree of texts, each with its place, its bits or its code.
//!
//! Values that are card data are shown masked and never taken apart. Where the catalogue has a list, a node only names the list and,
//! when it is one value, the value; the caller joins the texts.

use std::ops::Range;

use posdx_model::{SecretKind, Text};

use super::bits::both;
use super::meaning_value::{hex, holds_card_number};
use super::tables::Tables;
use super::tags::{Format, Layout, Scheme, TagSpec};
use super::tlv::{Fault, Item, Reader};
use super::values::Values;

/// The bits a text speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BitPlace {
    /// The byte, from 1, in the value of the tag or, in a deeper tree, in the part that the node around it stands for.
    pub byte: u8,
    /// The bits.
    pub mask: u8,
    /// What they are, under the mask.
    pub value: u8,
}

/// A list of the catalogue, and the value in it when the node is one value. Without a value, the list's bits apply to the node's bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeRef {
    /// The namespace: `emv-tvr`.
    pub namespace: String,
    /// The value as the list spells it.
    pub value: Option<String>,
}

/// What a value, or a part of one, means.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Meaning {
    /// The tag, when this is a whole element or an entry of a list.
    pub tag: Option<u32>,
    /// What it says.
    pub text: Text,
    /// Its parts, in order.
    pub children: Vec<Meaning>,
    /// The bits it speaks of.
    pub bits: Option<BitPlace>,
    /// The catalogue's list that says more.
    pub code: Option<CodeRef>,
    /// Its bytes, counted from the same start as the offset that was handed in.
    pub range: Range<usize>,
}

impl Meaning {
    pub(super) fn new(text: Text, range: Range<usize>) -> Self {
        Meaning { text, range, ..Meaning::default() }
    }

    pub(super) fn with(mut self, children: Vec<Meaning>) -> Self {
        self.children = children;
        self
    }

    pub(super) fn code(mut self, namespace: &str, value: Option<String>) -> Self {
        self.code = Some(CodeRef { namespace: namespace.into(), value });
        self
    }

    pub(super) fn bits(mut self, byte: u8, mask: u8, value: u8) -> Self {
        self.bits = Some(BitPlace { byte, mask, value });
        self
    }

    /// The same bits, counted from another start.
    pub(super) fn in_byte(mut self, byte: u8) -> Self {
        if let Some(bits) = &mut self.bits {
            bits.byte = byte;
        }
        self
    }

    pub(super) fn tagged(mut self, tag: u32) -> Self {
        self.tag = Some(tag);
        self
    }
}

/// Explains values by the tables and by what stands around them.
#[derive(Clone, Copy)]
pub struct Explainer<'a> {
    pub(super) tables: &'a Tables,
    pub(super) values: &'a Values<'a>,
    /// The card's scheme.
    pub(super) scheme: Option<Scheme>,
    /// Inside data cut by a list: lists are not followed again.
    pub(super) inside_list: bool,
}

impl<'a> Explainer<'a> {
    /// `values` is what is known of the same card: its scheme, its lists, the currency.
    pub fn new(tables: &'a Tables, values: &'a Values<'a>) -> Self {
        Explainer { tables, values, scheme: values.scheme(), inside_list: false }
    }

    /// The name of a tag on this card; an unknown tag is named by its number.
    pub fn name(&self, tag: u32) -> Text {
        match self.spec(tag) {
            Some(spec) => spec.name.clone(),
            None => self.say("unknown-tag", &[("tag", both(format!("{tag:02X}")))]),
        }
    }

    /// What the table says of a tag on this card.
    pub fn spec(&self, tag: u32) -> Option<&'a TagSpec> {
        self.tables.tags.get(tag, self.scheme)
    }

    /// Explains a whole message: one tree an element, elements of templates inside; what could not be read is a node too.
    /// Ranges count from `at`, the offset of the first byte.
    pub fn message(&self, bytes: &[u8], at: usize) -> Vec<Meaning> {
        let mut open: Vec<(usize, Meaning)> = Vec::new();
        let mut roots = Vec::new();
        for item in Reader::deep(bytes) {
            let (depth, node) = match item {
                Item::Padding { .. } => continue,
                Item::Element(e) => (e.depth, self.value(e.tag, e.value(bytes), at.saturating_add(e.value_at))),
                Item::Fault(f) => (f.depth, self.fault(&f, bytes.len(), at)),
            };
            close(&mut open, &mut roots, depth);
            open.push((depth, node));
        }
        close(&mut open, &mut roots, 0);
        roots
    }

    /// Explains one value. Ranges count from `at`, the offset of its first byte.
    pub fn value(&self, tag: u32, value: &[u8], at: usize) -> Meaning {
        let range = at..at.saturating_add(value.len());
        let Some(spec) = self.spec(tag) else {
            return Meaning::new(self.bytes(value, Some(SecretKind::Mixed)), range).tagged(tag);
        };
        let mut meaning = match (spec.layout, spec.secret) {
            _ if spec.format == Format::Template => {
                Meaning::new(self.say("template", &[("n", both(value.len().to_string()))]), range.clone())
            }
            _ if value.is_empty() => Meaning::new(self.say("empty", &[]), range.clone()),
            (Some(Layout::ScriptCommand), _) => {
                Meaning::new(self.say("script-command", &[("n", both(value.len().to_string()))]), range.clone())
            }
            (_, Some(kind)) => Meaning::new(self.secret(spec.format, kind, value), range.clone()),
            // A card number where none belongs is not cut into pieces that could be joined again.
            (Some(layout), None) if layout != Layout::CommandTemplate && holds_card_number(&hex(value)) => {
                Meaning::new(self.bytes(value, Some(SecretKind::Mixed)), range.clone())
            }
            (Some(layout), None) => self.layout(layout, value, at),
            (None, None) => self.format(spec.format, value, at),
        };
        meaning.tag = Some(tag);
        meaning.range = range;
        if meaning.code.is_none()
            && let Some(namespace) = &spec.namespace
            && !value.is_empty()
        {
            meaning = meaning.code(namespace, None);
        }
        meaning
    }

    fn layout(&self, layout: Layout, value: &[u8], at: usize) -> Meaning {
        match layout {
            Layout::Afl => self.afl(value, at),
            Layout::AmountBinary => self.amount_binary(value, at),
            Layout::Arc => self.arc(value, at),
            Layout::AsciiDate => self.ascii_date(value, at),
            Layout::CommandTemplate => self.command_template(value, at),
            Layout::Counter | Layout::Number => self.number(value, at),
            Layout::CurrencyList => self.currency_list(value, at),
            Layout::CvmList => self.cvm_list(value, at),
            Layout::CvmResults => self.cvm_results(value, at),
            Layout::Dol => self.dol(value, at),
            Layout::ErrorIndication => self.error_indication(value, at),
            Layout::Iad => self.iad(value, at),
            Layout::IssuerAuthentication => self.issuer_authentication(value, at),
            Layout::LogEntry => self.log_entry(value, at),
            Layout::NumberBcd => self.format(Format::Digits, value, at),
            Layout::Outcome => self.outcome(value, at),
            Layout::PosEntryMode => self.pos_entry_mode(value, at),
            Layout::Priority => self.priority(value, at),
            Layout::Response1 => self.response_1(value, at),
            Layout::ScriptResults => self.script_results(value, at),
            Layout::ServiceCode => self.service_code(value, at),
            Layout::TagList => self.tag_list(value, at),
            Layout::ThirdPartyData => self.third_party_data(value, at),
            Layout::UiRequest => self.ui_request(value, at),
            Layout::Cplc | Layout::Fci | Layout::HexIndex | Layout::IssuerScript | Layout::ScriptCommand => {
                Meaning::new(self.bytes(value, None), at..at.saturating_add(value.len()))
            }
            Layout::AccountType
            | Layout::ActionCode
            | Layout::AdditionalTerminalCapabilities
            | Layout::Aip
            | Layout::Asi
            | Layout::Auc
            | Layout::CardDataInput
            | Layout::Cid
            | Layout::Ctq
            | Layout::CvmCapability
            | Layout::DocumentType
            | Layout::EcSupport
            | Layout::FormFactor
            | Layout::HashAlgorithm
            | Layout::KernelConfiguration
            | Layout::KeyAlgorithm
            | Layout::MagCvmCapability
            | Layout::SecurityCapability
            | Layout::TerminalCapabilities
            | Layout::TerminalRiskManagement
            | Layout::TerminalType
            | Layout::TransactionType
            | Layout::Tsi
            | Layout::Ttq
            | Layout::Tvr
            | Layout::YesNo => self.table(layout.as_str(), value, at),
        }
    }

    fn fault(&self, fault: &Fault, length: usize, at: usize) -> Meaning {
        let why = self.say(fault.expected.label(), &[]);
        let offset = at.saturating_add(fault.offset);
        let text = self.say("fault", &[("at", both(offset.to_string())), ("why", why)]);
        let mut node = Meaning::new(text, at.saturating_add(fault.start)..at.saturating_add(length.max(fault.start)));
        node.tag = Some(fault.tag).filter(|t| *t != 0);
        node
    }

    pub(super) fn say(&self, id: &str, fill: &[(&str, Text)]) -> Text {
        self.tables.bits.say(id, fill)
    }
}

/// Puts finished nodes of `depth` and deeper into the node around them.
fn close(open: &mut Vec<(usize, Meaning)>, roots: &mut Vec<Meaning>, depth: usize) {
    while let Some((_, node)) = open.pop_if(|(d, _)| *d >= depth) {
        match open.last_mut() {
            Some((_, around)) => around.children.push(node),
            None => roots.push(node),
        }
    }
}
