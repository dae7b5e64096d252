//! ISO 8583: message type, bitmap, up to 128 fields, and what stands before them.
//!
//! ```text
//! dialects/*.toml ─ dialect ─► Dialect ─┬─ decode ─► Decoded: offsets into the bytes, nothing copied ─ parts ─► what a field consists of
//!                                       ├─ encode ◄─ values; message: Decoded ─► Message ─► the same bytes
//!                                       ├─ frame: length header, TPDU, private header; a stream of bytes ─► messages
//!                                       └─ detect: bytes without a hint ─► the dialects that fit, best first
//! ```

mod decode;
mod detect;
mod dialect;
mod ebcdic;
mod encode;
mod fault;
mod frame;
pub mod import;
mod mask;
mod message;
mod parts;
mod scan;
mod value;
mod walk;

pub use decode::{Decoded, MESSAGE_MAX, decode};
pub use detect::{Candidate, best_of, detect, detect_stream, forced};
pub use dialect::{
    About, Coding, Counts, Dialect, DialectError, Dialects, Effect, Field, Format, Frame, Kind, Layout, Length, LengthCounts, LengthForm,
    Meaning, Nested, Part, Table, Transaction, ValueEntry,
};
pub use encode::{EncodeError, Problem, encode};
pub use fault::{Expected, Fault, Layer};
pub use frame::{Envelope, FrameEvent, Framer, write_length};
pub use mask::Mask;
pub use message::Message;
pub use parts::{PartView, header_parts};
pub use value::Value;
