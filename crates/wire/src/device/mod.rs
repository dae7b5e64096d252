//! What printers, readers and modems say.
//!
//! ```text
//! dialects/device/*.toml ─ Tables::read ─► Tables ─┬─ find_in_text ─► DeviceSignal: what is named, where it stands
//!                                                  └─ escpos ◄─ request and status bytes of a printer
//! ```
//!
//! All knowledge is in the tables; the program knows only the shapes: a name, a number behind a label, a bit of a status byte. A
//! signal that the catalogue has a code for carries that code, spelled as there.

mod escpos;
mod shape;
mod tables;
mod text;

pub use escpos::{DeviceError, EscPosRequest};
pub use tables::{DeviceSignal, Severity, Tables, TablesError};
