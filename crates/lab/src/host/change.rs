//! What happens to the host's world without a message: banks, the acquirer's back office, the carrier, a fault.

use crate::Moment;
use crate::cast::{CardState, FeeClass};

/// How a bank can be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum IssuerLink {
    /// It answers.
    #[default]
    Up,
    /// It has signed off (91).
    Down,
    /// No line leads to it (92).
    NoRoute,
    /// It does not answer (98): nothing is posted there.
    Silent,
    /// It answers too late: the acquirer has closed the transaction and takes it back (68, 9001).
    Late,
    /// It answers with an error of its own (06).
    Error,
}

/// State of a shop at the acquirer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ShopState {
    /// Open.
    #[default]
    Open,
    /// It asked for a pause.
    Paused,
    /// Closed.
    Closed,
    /// On the black list.
    BlackListed,
}

/// One change. Ids are those of the cast.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// State of a card at its bank.
    Card {
        /// Id.
        card: String,
        /// New state.
        state: CardState,
    },
    /// Money comes onto a card's account or leaves it, against its bank.
    Deposit {
        /// Id.
        card: String,
        /// Fen; negative takes away.
        amount: i64,
    },
    /// The bank moves the expiry, `YYMM` (a renewed card), as its own records say.
    Expiry {
        /// Id.
        card: String,
        /// New year and month.
        expiry: String,
    },
    /// Largest payment of a card.
    Limit {
        /// Id.
        card: String,
        /// Fen; `None` is no limit.
        limit: Option<i64>,
    },
    /// Wrong PINs are forgotten.
    PinTriesReset {
        /// Id.
        card: String,
    },
    /// A card comes onto the acquirer's black list or leaves it.
    CardBlackList {
        /// Id.
        card: String,
        /// Is it on the list?
        listed: bool,
    },
    /// State of a shop.
    Shop {
        /// Id.
        merchant: String,
        /// New state.
        state: ShopState,
    },
    /// The category that the acquirer registered for a shop.
    Mcc {
        /// Id.
        merchant: String,
        /// Four digits.
        mcc: String,
    },
    /// The fee class that the acquirer registered.
    Fee {
        /// Id.
        merchant: String,
        /// New class.
        fee: FeeClass,
    },
    /// The version of a shop's data at the host.
    MerchantVersion {
        /// Id.
        merchant: String,
        /// Version.
        version: i64,
    },
    /// A terminal is taken into service or out of it.
    Terminal {
        /// Id.
        terminal: String,
        /// In service?
        open: bool,
    },
    /// A terminal is bound to another shop.
    Move {
        /// Id.
        terminal: String,
        /// Id of the shop.
        merchant: String,
    },
    /// The host forgets the working keys of a terminal, as after a restore: its next MAC is wrong until it signs on.
    KeysLost {
        /// Id.
        terminal: String,
    },
    /// The host counts the batch differently from the terminal.
    Batch {
        /// Id.
        terminal: String,
        /// New number.
        batch: i64,
    },
    /// A user of the app is registered or removed.
    User {
        /// Id.
        user: String,
        /// Registered?
        registered: bool,
    },
    /// The carrier suspends a user's number or restores it.
    Phone {
        /// The number, 11 digits.
        phone: String,
        /// Suspended?
        suspended: bool,
    },
    /// How a bank can be reached.
    Issuer {
        /// Id.
        issuer: String,
        /// New state.
        link: IssuerLink,
    },
    /// A window of maintenance, from the first moment to before the second.
    Maintenance {
        /// Start.
        from: Moment,
        /// End.
        to: Moment,
    },
    /// Postings reach accounts later from now on, or at once again.
    LatePosting {
        /// Later?
        on: bool,
    },
    /// Lowest application version served.
    ApplicationRequired {
        /// `1.2.0`.
        version: String,
    },
}
