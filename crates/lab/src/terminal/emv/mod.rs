//! The chip side of a terminal: which application, may it be used, who checks the cardholder, how great is the risk, and what the card
//! says to it (EMV 4.4 Books 1, 3 and 4; PBOC 3.0 for the contactless way). A machine: the answer of the card goes in, the next command
//! comes out.

mod choice;
mod cvm;
mod kernel;
mod risk;

pub use cvm::Cvm;
pub use kernel::{Failure, Interface, Kernel, Need, Verdict};
pub use risk::{ActionCodes, Limits};

/// Terminal verification results (tag 95), byte and bit as EMV 4.4 Book 3 annex C5 numbers them.
pub mod tvr {
    /// Offline data authentication was not performed.
    pub const NO_OFFLINE_AUTHENTICATION: (usize, u8) = (0, 0x80);
    /// Data are missing on the card.
    pub const DATA_MISSING: (usize, u8) = (0, 0x20);
    /// Card and terminal have different application versions.
    pub const VERSIONS_DIFFER: (usize, u8) = (1, 0x80);
    /// The application has expired.
    pub const EXPIRED: (usize, u8) = (1, 0x40);
    /// The application is not yet effective.
    pub const NOT_YET: (usize, u8) = (1, 0x20);
    /// The service is not allowed for this card product.
    pub const SERVICE_NOT_ALLOWED: (usize, u8) = (1, 0x10);
    /// Cardholder verification failed.
    pub const CVM_FAILED: (usize, u8) = (2, 0x80);
    /// A method of cardholder verification is not known.
    pub const CVM_UNKNOWN: (usize, u8) = (2, 0x40);
    /// Offline PIN tries are exceeded.
    pub const PIN_TRIES_EXCEEDED: (usize, u8) = (2, 0x20);
    /// A PIN was required and not entered.
    pub const PIN_NOT_ENTERED: (usize, u8) = (2, 0x08);
    /// An online PIN was entered.
    pub const ONLINE_PIN: (usize, u8) = (2, 0x04);
    /// The amount exceeds the floor limit.
    pub const OVER_FLOOR: (usize, u8) = (3, 0x80);
    /// Chosen at random for online processing.
    pub const CHOSEN_AT_RANDOM: (usize, u8) = (3, 0x10);
    /// Issuer authentication failed.
    pub const ISSUER_AUTHENTICATION_FAILED: (usize, u8) = (4, 0x40);
}

/// Transaction status information (tag 9B).
pub mod tsi {
    /// Cardholder verification was performed.
    pub const CVM_DONE: u8 = 0x40;
    /// Card risk management was performed.
    pub const CARD_RISK_DONE: u8 = 0x20;
    /// Issuer authentication was performed.
    pub const ISSUER_AUTHENTICATION_DONE: u8 = 0x10;
    /// Terminal risk management was performed.
    pub const TERMINAL_RISK_DONE: u8 = 0x08;
    /// A script was processed.
    pub const SCRIPT_DONE: u8 = 0x04;
}
