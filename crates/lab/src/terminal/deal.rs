//! The business at hand: what was asked, what was answered, which card.

use std::collections::{BTreeMap, VecDeque};

use zeroize::Zeroizing;

use super::emv::Kernel;
use super::memory::Record;
use super::operation::{Ask, Operation};

/// A card as it was read.
#[derive(Clone)]
pub(super) struct Paid {
    pub pan: String,
    pub expiry: String,
    /// Second track; `None` when the number was typed.
    pub track: Option<String>,
    /// First two digits of field 22.
    pub entry: &'static str,
    /// Card sequence number of a chip, three digits.
    pub sequence: Option<String>,
}

impl Paid {
    /// A card from its second track, `PAN D YYMM …`; `None` when that is no track.
    pub fn of_track(track: &str, entry: &'static str, sequence: Option<String>) -> Option<Paid> {
        let (pan, rest) = track.split_once(['D', '='])?;
        let expiry = rest.get(..4)?;
        let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
        ((12..=19).contains(&pan.len()) && digits(pan) && digits(expiry)).then(|| Paid {
            pan: pan.to_string(),
            expiry: expiry.to_string(),
            track: Some(track.replace('=', "D")),
            entry,
            sequence,
        })
    }
}

/// The business at hand.
pub(super) struct Deal {
    pub operation: Operation,
    /// What is still to be asked.
    pub asks: VecDeque<Ask>,
    /// What is being asked now.
    pub asking: Option<Ask>,
    pub typed: Zeroizing<String>,
    /// Fen.
    pub amount: u64,
    pub card: Option<Paid>,
    pub pin: Option<Zeroizing<String>>,
    /// The kernel asked for the PIN, not the list of asks.
    pub pin_for_kernel: bool,
    pub kernel: Option<Kernel>,
    /// Inserted, not tapped: a second cryptogram follows the answer.
    pub inserted: bool,
    /// The stripe is used because the chip failed.
    pub fallback: bool,
    pub original: Option<Record>,
    pub answers: BTreeMap<Ask, Zeroizing<String>>,
    pub trace: u32,
    /// The answer of the bank, kept while the card completes.
    pub record: Option<Record>,
    /// Code and words of that answer.
    pub answered: Option<super::Outcome>,
}

impl Deal {
    pub fn new(operation: Operation) -> Deal {
        Deal {
            operation,
            asks: operation.asks().iter().copied().collect(),
            asking: None,
            typed: Zeroizing::default(),
            amount: 0,
            card: None,
            pin: None,
            pin_for_kernel: false,
            kernel: None,
            inserted: false,
            fallback: false,
            original: None,
            answers: BTreeMap::new(),
            trace: 0,
            record: None,
            answered: None,
        }
    }

    pub fn answer(&self, ask: Ask) -> &str {
        self.answers.get(&ask).map_or("", |a| a.as_str())
    }
}
