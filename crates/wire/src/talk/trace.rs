//! The little that is kept of a message: what it takes to join it to others. No card data, no PIN, no key.

use serde::Serialize;

use super::chain::ChainKind;
use super::letters::Letters;
use super::read::{Digits, letters, number, number32};
use crate::iso8583::{Decoded, Dialect, Kind, Length};

/// What a message says about the one before it that it is about: field 90 (ISO 8583:1987, 4.3), or field 61 of a UnionPay terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Original {
    /// Its message type, from field 90.
    pub mti: Option<u16>,
    /// Its trace number (field 11).
    pub trace: u32,
    /// Its batch, from field 61.
    pub batch: Option<u32>,
}

/// Totals of a settlement, field 48 of 0500 and 0510, domestic and foreign cards together. Amounts are in the smallest unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Sum of debits: what buyers paid.
    pub debit: u64,
    /// How many debits.
    pub debits: u64,
    /// Sum of credits: what buyers got back.
    pub credit: u64,
    /// How many credits.
    pub credits: u64,
    /// True when a result digit of the host says that its totals are others (2) or that it could not compare them (3).
    pub unequal: bool,
}

/// What is kept of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Trace {
    /// Its number in the capture or log.
    pub number: u64,
    /// Nanoseconds since 1970-01-01 UTC, when the source has times.
    pub time_ns: Option<u64>,
    /// The connection, and whether its client sent the message.
    pub flow: Option<(u32, bool)>,
    /// The message type, four digits.
    pub mti: Letters<4>,
    /// Field 3, processing code.
    pub processing: Option<u32>,
    /// Field 4, amount in the smallest unit.
    pub amount: Option<u64>,
    /// Field 7, transmission date and time (MMDDhhmmss).
    pub transmission: Option<u64>,
    /// Field 11, trace number.
    pub trace: Option<u32>,
    /// Field 12, local time (hhmmss).
    pub local_time: Option<u32>,
    /// Field 13, local date (MMDD).
    pub local_date: Option<u32>,
    /// Field 32, acquiring institution.
    pub acquirer: Option<u64>,
    /// Field 33, forwarding institution.
    pub forwarder: Option<u64>,
    /// Field 37, retrieval reference number.
    pub reference: Letters<12>,
    /// Field 38, authorisation code.
    pub approval: Letters<6>,
    /// Field 39, response code.
    pub response: Letters<3>,
    /// Field 41, terminal.
    pub terminal: Letters<8>,
    /// Field 42, merchant.
    pub merchant: Letters<15>,
    /// Field 60.1, transaction type of a UnionPay terminal.
    pub transaction: Option<u8>,
    /// Field 60.2, batch.
    pub batch: Option<u32>,
    /// Field 60.3, or field 70: network management code.
    pub network: Option<u16>,
    /// The message it is about.
    pub original: Option<Original>,
    /// Totals of a settlement.
    pub totals: Option<Box<Totals>>,
}

impl Trace {
    /// Keeps what is needed of a decoded message.
    pub(super) fn of(number_in_source: u64, time_ns: Option<u64>, flow: Option<(u32, bool)>, decoded: &Decoded<'_>) -> Self {
        let mti = decoded.mti().as_bytes();
        let pos = if writes_pos_fields(decoded.dialect()) { Digits::of(decoded, 60) } else { None };
        let pos_part = |from, count| pos.as_ref().and_then(|digits| digits.number(from, count));
        let network = pos_part(8, 3).or_else(|| number(decoded, 70));
        Trace {
            number: number_in_source,
            time_ns,
            flow,
            mti: Letters::new(mti),
            processing: number32(decoded, 3),
            amount: number(decoded, 4),
            transmission: number(decoded, 7),
            trace: number32(decoded, 11),
            local_time: number32(decoded, 12),
            local_date: number32(decoded, 13),
            acquirer: number(decoded, 32),
            forwarder: number(decoded, 33),
            reference: letters(decoded, 37),
            approval: letters(decoded, 38),
            response: letters(decoded, 39),
            terminal: letters(decoded, 41),
            merchant: letters(decoded, 42),
            transaction: pos_part(0, 2).and_then(|n| u8::try_from(n).ok()),
            batch: pos_part(2, 6).and_then(|n| u32::try_from(n).ok()),
            network: network.and_then(|n| u16::try_from(n).ok()),
            original: original(decoded, pos.is_some()),
            totals: if mti.get(1) == Some(&b'5') { totals(decoded).map(Box::new) } else { None },
        }
    }

    fn mti_digit(&self, i: usize) -> u8 {
        self.mti.as_str().as_bytes().get(i).map_or(0, |b| b.wrapping_sub(b'0'))
    }

    /// Second digit of the message type: 1 authorisation, 2 financial, 3 file, 4 reversal, 5 reconciliation, 6 administration, 8 network.
    pub fn class(&self) -> u8 {
        self.mti_digit(1)
    }

    /// Third digit: 0 request, 1 its reply, 2 advice, 3 its reply, and so on.
    pub fn function(&self) -> u8 {
        self.mti_digit(2)
    }

    /// True for a reply: the third digit is odd.
    pub fn is_reply(&self) -> bool {
        self.function() % 2 == 1
    }

    /// True for a message that says it is sent again: the last digit is odd.
    pub fn is_repeat(&self) -> bool {
        self.mti_digit(3) % 2 == 1
    }

    /// True when a reply to it is due. Notifications (third digit 4 and above) have none.
    pub(super) fn expects_reply(&self) -> bool {
        !self.is_reply() && self.function() < 4 && self.class() > 0
    }

    /// What a chain that begins with it is about.
    pub(super) fn kind(&self) -> ChainKind {
        match self.class() {
            1 | 2 => self.money_kind(),
            3 if self.network.is_none_or(|code| (200..300).contains(&code)) => ChainKind::Settlement,
            4 => ChainKind::Reversal,
            5 => ChainKind::Settlement,
            8 => ChainKind::Network,
            _ => ChainKind::Other,
        }
    }

    fn money_kind(&self) -> ChainKind {
        let advice = self.function() >= 2;
        match (self.transaction, self.processing.map(|p| p / 10_000)) {
            (Some(11 | 21 | 23 | 53), Some(20)) => ChainKind::Void,
            (Some(25), Some(20)) => ChainKind::Refund,
            // Without a type: a void names its original, and an authorisation can only be cancelled.
            (_, Some(20)) if !advice && (self.original.is_some() || self.class() == 1) => ChainKind::Void,
            (_, Some(20)) => ChainKind::Refund,
            (_, Some(30..=39)) => ChainKind::Other,
            _ => ChainKind::Payment,
        }
    }

    /// True when `self` may be the reply to `request`: nothing that both carry differs. Field 37 is no condition, because a void's
    /// request carries the sale's and its reply a new one; neither is the batch of a sign-on, whose reply opens a new one.
    pub(super) fn may_answer(&self, request: &Trace) -> bool {
        self.mti_digit(0) == request.mti_digit(0)
            && self.class() == request.class()
            && self.function() == request.function() + 1
            && self.same_origin(request)
            && (self.class() == 8 || agree(self.batch, request.batch))
            && agree(self.transmission, request.transmission)
            && agree(self.acquirer, request.acquirer)
            && agree(self.forwarder, request.forwarder)
            // Without a trace number, only the terminal or the connection can tell.
            && (self.trace.is_some() || self.same_flow(request) || (!self.terminal.is_empty() && self.terminal == request.terminal))
    }

    /// True when trace number, terminal and merchant do not differ.
    pub(super) fn same_origin(&self, other: &Trace) -> bool {
        self.trace == other.trace && self.terminal.agrees(&other.terminal) && self.merchant.agrees(&other.merchant)
    }

    /// True when both went over the same connection.
    pub(super) fn same_flow(&self, other: &Trace) -> bool {
        self.flow.zip(other.flow).is_some_and(|(a, b)| a.0 == b.0)
    }
}

/// True unless both are there and differ.
pub(super) fn agree<T: PartialEq>(a: Option<T>, b: Option<T>) -> bool {
    a.zip(b).is_none_or(|(a, b)| a == b)
}

/// True when field 60 begins with type (n2) and batch (n6), as a UnionPay terminal writes it.
fn writes_pos_fields(dialect: &Dialect) -> bool {
    let Some(field) = dialect.field(60) else { return false };
    let digits = |i: usize, count| {
        field.own.parts.get(i).is_some_and(|part| part.format.kind == Kind::Digits && part.format.length == Length::Fixed(count))
    };
    if field.own.parts.is_empty() { field.format.kind == Kind::Digits } else { digits(0, 2) && digits(1, 6) }
}

fn original(decoded: &Decoded<'_>, pos: bool) -> Option<Original> {
    let small = |n: u64| u32::try_from(n).ok();
    if let Some(digits) = Digits::of(decoded, 90) {
        let mti = digits.number(0, 4).and_then(|n| u16::try_from(n).ok());
        return Some(Original { mti, trace: small(digits.number(4, 6)?)?, batch: None });
    }
    let digits = if pos { Digits::of(decoded, 61)? } else { return None };
    Some(Original { mti: None, batch: digits.number(0, 6).and_then(small), trace: small(digits.number(6, 6)?)? })
}

/// Digits of one block: debit amount 12, count 3, credit amount 12, count 3.
const BLOCK: usize = 30;

/// Totals in field 48: one block, or a second one for foreign cards; in a reply a result digit behind each, or one behind both.
fn totals(decoded: &Decoded<'_>) -> Option<Totals> {
    let digits = Digits::of(decoded, 48)?;
    let (second, results): (Option<usize>, &[usize]) = match digits.units {
        30 => (None, &[]),
        31 => (None, &[30]),
        60 => (Some(30), &[]),
        61 => (Some(30), &[60]),
        62 => (Some(31), &[30, 61]),
        _ => return None,
    };
    let mut totals = Totals::default();
    for from in [Some(0), second].into_iter().flatten() {
        let part = |at, count| digits.number(from + at, count);
        totals.debit = totals.debit.saturating_add(part(0, 12)?);
        totals.debits = totals.debits.saturating_add(part(12, 3)?);
        totals.credit = totals.credit.saturating_add(part(15, 12)?);
        totals.credits = totals.credits.saturating_add(part(27, BLOCK - 27)?);
    }
    totals.unequal = results.iter().any(|at| digits.number(*at, 1).is_some_and(|digit| digit >= 2));
    Some(totals)
}

/// Fields that may hold card data, PIN or keys: they do not enter the mark.
const UNMARKED: [usize; 16] = [2, 14, 20, 34, 35, 36, 43, 45, 48, 52, 53, 54, 55, 57, 62, 63];

/// What tells a message sent again from another one: a checksum of the fields without card data. The same bytes give the same mark.
pub(super) fn mark(decoded: &Decoded<'_>) -> u64 {
    const MASK: u128 = {
        let (mut mask, mut i) = (!(1 << 127), 0);
        while i < UNMARKED.len() {
            mask &= !(1 << (128 - UNMARKED[i]));
            i += 1;
        }
        mask
    };
    let mut bits = decoded.bits() & MASK;
    let mut sum = (decoded.bits() >> 64) as u64 ^ decoded.bits() as u64;
    while bits != 0 {
        let field = bits.leading_zeros() as usize + 1;
        bits &= !(1 << (128 - field));
        for chunk in decoded.raw(field).unwrap_or_default().chunks(8) {
            let word = chunk.iter().fold(field as u64, |word, byte| word << 8 | u64::from(*byte));
            sum = (sum ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29);
        }
    }
    sum
}
