//! Bytes and text of payment terminals → what they mean, with their places, and back to bytes.
//!
//! ```text
//! what people paste ─ input ─┬─► iso8583: dialect, frame, decode, parts, mask ─► talk: messages joined
//! pcap, pcapng ─ capture ────┤     └─ emv: TLV, tags, meanings, APDU, ATR
//! logs ─ log, device ────────┘     └─ crypto: MAC, PIN blocks, keys
//! ```
//! No decoder fails as a whole: each returns what it understood and the one place where it stopped understanding. What is knowledge
//! about networks and devices is data in `dialects/`, read into one [`Knowledge`].

pub mod capture;
pub mod crypto;
pub mod device;
pub mod emv;
pub mod input;
pub mod iso8583;
pub mod log;
pub mod talk;

mod knowledge;

pub use knowledge::{File, Knowledge};
