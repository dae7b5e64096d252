//! Chip data: TLV, tags, what values mean, contradictions, card commands, answer to reset.
//!
//! ```text
//! bytes ─ tlv ─► elements ─ meaning ─► trees of texts with places ◄─ dialects/emv/{tags,bits,iso-tables}.toml
//!                   └──── values ─ contradictions ─► findings     ◄─ dialects/emv/contradictions.toml
//! trace ─► pairs ─ apdu ─► command, response                      ◄─ dialects/emv/apdu.toml
//! ```
//!
//! Bits that the catalogue explains are only named here by the catalogue's namespace; the caller joins the texts.

pub mod apdu;
pub mod atr;
pub mod bits;
pub mod contradictions;
pub mod dol;
pub mod iso;
pub mod meaning;
mod meaning_card;
mod meaning_issuer;
mod meaning_value;
pub mod tables;
pub mod tags;
pub mod tlv;
mod tlv_write;
pub mod trace;
pub mod values;
