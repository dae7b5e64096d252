//! Bytes → what they mean, with their places, and back to bytes.
//!
//! So far: ISO 8583 messages by dialects that are data (`dialects/*.toml`). The decoder never fails as a whole: it returns what it
//! understood, and the one place where it stopped understanding, with layer, field and byte offset. It allocates nothing.

pub mod capture;
pub mod crypto;
pub mod device;
pub mod emv;
pub mod input;
pub mod iso8583;
pub mod log;
pub mod talk;
