//! A virtual payment terminal: a machine that takes a moment and an event and gives effects back.
//!
//! ```text
//! keys, card, bytes, timers, printer, sensors ─► machine ─┬─► display, slip, log
//!                                    memory (survives) ◄──┴─► connect, send, timers, commands to the card
//! ```
//! No clock, socket or chance inside: the unpredictable number follows from serial and trace number. What is written to the memory by an
//! event is written before any effect of that event is seen, so a power cut between two effects loses nothing that was promised.

pub mod emv;

mod deal;
mod event;
mod flow;
mod local;
mod log;
mod machine;
mod memory;
mod online;
mod operation;
mod picture;
mod profile;
mod reading;
mod reply;
mod request;
mod screen;
mod slip;

pub use event::{CardEvent, Effect, Event, Key, LinkTrouble, PrinterReport, Sensor, Timer};
pub use local::Local;
pub use log::LogLine;
pub use machine::Terminal;
pub use memory::{Bug, Memory, Parameters, Pending, Record, RecordState, Software};
pub use operation::{Ask, Operation};
pub use picture::picture;
pub use profile::{Outcome, Profile, ProfileError};
pub use screen::Screen;
pub use slip::Slip;
