//! ISO 8583: message type, bitmap, up to 128 fields.
//!
//! ```text
//! dialects/*.toml ─ dialect ─► Dialect ─┬─ decode ─► Decoded: offsets into the bytes, nothing copied
//!                                       └─ encode ◄─ values
//! ```

mod decode;
mod dialect;
mod encode;
pub mod import;

pub use decode::{Decoded, Fault, Layer, decode};
pub use dialect::{Coding, Dialect, DialectError, FieldSpec, Kind, Length};
pub use encode::{EncodeError, encode};
