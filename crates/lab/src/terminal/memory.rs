//! What survives a power cut: identity, keys, counters, parameters, batch, reversal, offline sales.

use std::fmt;

use posdx_model::{Secret, SecretKind};
use posdx_wire::crypto::{CryptoError, Key};

use super::emv::Limits;
use super::operation::Operation;
use crate::cast::{Cast, CipherKind, FeeClass, Terminal};
use crate::message::Draft;

/// The non-volatile memory of a terminal. `Debug` shows counters only.
#[derive(Clone)]
pub struct Memory {
    /// Terminal number (field 41).
    pub number: String,
    /// Merchant number (field 42).
    pub merchant: String,
    /// Name of the shop, for slips.
    pub shop: String,
    /// Serial number of the machine.
    pub serial: String,
    /// Cipher of the keys.
    pub cipher: CipherKind,
    /// Terminal master key; `None` after tampering or when it was never loaded.
    pub master_key: Option<Key>,
    /// PIN key of the last sign-on.
    pub pin_key: Option<Key>,
    /// MAC key of the last sign-on.
    pub mac_key: Option<Key>,
    /// The case was opened once.
    pub tampered: bool,
    /// Next trace number, 1 to 999999.
    pub trace: u32,
    /// Current batch number, 1 to 999999.
    pub batch: u32,
    /// Does the host know the terminal as signed on?
    pub signed_on: bool,
    /// Set up by the acquirer?
    pub set_up: bool,
    /// The program and its faults.
    pub software: Software,
    /// Downloaded parameters.
    pub parameters: Parameters,
    /// Milliseconds by which the terminal's clock is ahead (or behind, negative).
    pub clock_ahead: i64,
    /// The batch: what was approved since the last settlement.
    pub batch_store: Vec<Record>,
    /// The batch file cannot be read.
    pub batch_damaged: bool,
    /// The reversal that is not answered yet.
    pub reversal: Option<Pending>,
    /// Approved without the host, not handed in yet.
    pub offline: Vec<Record>,
    /// User who is signed in to the app.
    pub user: Option<String>,
    /// Trace and batch number of the last sale that was sent.
    pub last_sent: Option<(u32, u32)>,
    /// Counts cards whose chip failed, so that their stripe may be used next.
    pub chip_failed: bool,
}

/// The program of the terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Software {
    /// Version of the application.
    pub version: String,
    /// Version of the operating system.
    pub system: String,
    /// First operating system version that the application runs on.
    pub needs_system: String,
    /// Files are damaged.
    pub damaged: bool,
    /// It hangs: no key has an effect until it is restarted.
    pub hung: bool,
    /// A bug.
    pub bug: Option<Bug>,
}

posdx_model::words! {
    /// Bugs that terminals were seen with.
    Bug {
        /// Field 22 is not sent.
        EntryModeMissing = "entry-mode-missing",
        /// The condition code (25) is one that the host does not know.
        ConditionCode = "condition-code",
        /// The currency (49) is that of another country.
        Currency = "currency",
        /// The trace number does not move on.
        TraceStuck = "trace-stuck",
        /// Amounts lose their last digit, so that small ones become zero.
        AmountCut = "amount-cut",
        /// The last digit of a phone number is lost.
        PhoneCut = "phone-cut",
        /// The length header counts itself.
        LengthHeader = "length-header",
        /// The addresses of the TPDU are swapped.
        SwappedTpdu = "swapped-tpdu",
        /// The message stops before its end.
        CutFrame = "cut-frame",
        /// A field is written in letters where digits belong, so no message can be built.
        Letters = "letters",
        /// The MAC leaves out the last field.
        MacRange = "mac-range",
        /// A transaction type that the specification does not have (60.1).
        TypeCode = "type-code",
        /// The keypad driver drops what is typed.
        DeafKeypad = "deaf-keypad",
        /// Slips hold characters that the printer does not have.
        SlipData = "slip-data",
    }
}

/// What the acquirer's back office sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameters {
    /// Version of the merchant data that the terminal knows.
    pub merchant_version: u32,
    /// Fee class that the terminal sends with a sale.
    pub fee: FeeClass,
    /// Seconds to wait for a connection.
    pub connect_s: u64,
    /// Seconds to wait for an answer.
    pub answer_s: u64,
    /// Seconds to wait for a person.
    pub input_s: u64,
    /// Largest sale, fen.
    pub amount_cap: u64,
    /// Floor limit and limit without PIN, fen.
    pub limits: Limits,
    /// Are contactless cards taken?
    pub contactless: bool,
    /// Are slips printed?
    pub printing: bool,
    /// Is a PIN always asked for?
    pub pin: bool,
    /// May the stripe of a card with a chip be used?
    pub stripe_of_chip: bool,
    /// May the chip decide when the bank cannot be reached?
    pub offline_decision: bool,
    /// Sign on by itself at power on?
    pub sign_on_by_itself: bool,
    /// Transactions that a batch holds at most.
    pub batch_max: usize,
    /// Added to every sale, in thousandths; 0 is nothing.
    pub surcharge: u64,
}

impl Default for Parameters {
    fn default() -> Self {
        Parameters {
            merchant_version: 1,
            fee: FeeClass::Standard,
            connect_s: 20,
            answer_s: 60,
            input_s: 60,
            amount_cap: 5_000_000,
            limits: Limits { floor: 0, no_pin: 100_000 },
            contactless: true,
            printing: true,
            pin: true,
            stripe_of_chip: false,
            offline_decision: false,
            sign_on_by_itself: true,
            batch_max: 200,
            surcharge: 0,
        }
    }
}

/// State of a transaction in the batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordState {
    /// Approved.
    Approved,
    /// Voided since.
    Voided,
}

/// One approved transaction of the batch.
#[derive(Clone, PartialEq)]
pub struct Record {
    /// The business.
    pub operation: Operation,
    /// Trace number.
    pub trace: u32,
    /// Batch number.
    pub batch: u32,
    /// Fen.
    pub amount: u64,
    /// Card number.
    pub pan: Secret,
    /// Expiry, `YYMM`; empty when it was not known.
    pub expiry: String,
    /// Entry mode (field 22).
    pub entry: String,
    /// Authorisation code (field 38).
    pub authorisation: String,
    /// Reference number (field 37).
    pub reference: String,
    /// Date of the host (field 13), MMDD.
    pub date: String,
    /// Time of the host (field 12), hhmmss.
    pub time: String,
    /// State.
    pub state: RecordState,
}

/// A reversal that waits for its answer. `Debug` shows no value of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// The business that is taken back.
    pub operation: Operation,
    /// The message, without MAC: field 39 says why.
    pub draft: Draft,
    /// How often it was sent.
    pub tries: u32,
    /// The file is damaged: it cannot be sent.
    pub damaged: bool,
}

impl Memory {
    /// A terminal as the acquirer hands it out: master key loaded, never signed on.
    ///
    /// # Errors
    /// The cast's master key is none.
    pub fn fresh(cast: &Cast, terminal: &Terminal) -> Result<Memory, CryptoError> {
        let shop = cast.merchant(&terminal.merchant);
        let parameters = Parameters { fee: shop.map_or(FeeClass::Standard, |m| m.fee), ..Parameters::default() };
        Ok(Memory {
            number: terminal.number.clone(),
            merchant: shop.map(|m| m.number.clone()).unwrap_or_default(),
            shop: shop.map(|m| m.name.clone()).unwrap_or_default(),
            serial: terminal.serial.clone(),
            cipher: terminal.cipher,
            master_key: Some(Key::from_hex(&terminal.master_key)?),
            pin_key: None,
            mac_key: None,
            tampered: false,
            trace: 1,
            batch: 1,
            signed_on: false,
            set_up: true,
            software: Software {
                version: "2.3.0".into(),
                system: "5.1".into(),
                needs_system: "5.0".into(),
                damaged: false,
                hung: false,
                bug: None,
            },
            parameters,
            clock_ahead: 0,
            batch_store: Vec::new(),
            batch_damaged: false,
            reversal: None,
            offline: Vec::new(),
            user: None,
            last_sent: None,
            chip_failed: false,
        })
    }

    /// Takes the next trace number.
    pub fn next_trace(&mut self) -> u32 {
        let trace = self.trace;
        if self.software.bug != Some(Bug::TraceStuck) {
            self.trace = if trace >= 999_999 { 1 } else { trace + 1 };
        }
        trace
    }

    /// Debit and credit of the batch: fen and count.
    pub fn totals(&self) -> ((u64, usize), (u64, usize)) {
        let credit = |r: &&Record| matches!(r.operation, Operation::Refund | Operation::Void);
        let counted = |r: &&Record| r.operation != Operation::PreAuthorisation;
        let sum = |records: Vec<&Record>| (records.iter().map(|r| r.amount).sum(), records.len());
        let all = || self.batch_store.iter().filter(counted);
        (sum(all().filter(|r| !credit(r)).collect()), sum(all().filter(credit).collect()))
    }
}

impl Record {
    /// Locks a card number up.
    pub fn lock(pan: &str) -> Secret {
        Secret::new(SecretKind::Pan, pan.to_string())
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Record({} {:06} {} fen {:?})", self.operation, self.trace, self.amount, self.state)
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory")
            .field("number", &self.number)
            .field("trace", &self.trace)
            .field("batch", &self.batch)
            .field("signed_on", &self.signed_on)
            .field("batch_store", &self.batch_store)
            .field("reversal", &self.reversal.is_some())
            .field("offline", &self.offline.len())
            .finish_non_exhaustive()
    }
}
