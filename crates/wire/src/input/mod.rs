//! What people paste and attach: hexadecimal in any dress, base64, files.
//!
//! ```text
//! bytes ─ sniff ─► Nature ─ to_text ─► text ─ dumps ─► Dump: bytes, and for each byte its place in the text
//! ```
//!
//! Nothing here knows what the bytes mean. Time is linear in the input, memory in what is found. A dump is only taken out of prose
//! when it is long or announced ("recv", "报文"); when the whole input is one dump, a single byte is enough.

mod array;
mod ascii;
mod base64;
mod dump;
mod escape;
mod fault;
mod groups;
mod hexdump;
mod lead;
mod nature;
mod reading;
mod rows;
mod scan;

pub use dump::{Doubt, Dump, Form, Place};
pub use fault::{InputError, Problem};
pub use nature::{Encoding, Nature, Readable, sniff, to_text};
pub use reading::{Limits, Reading};
pub use scan::dumps;
