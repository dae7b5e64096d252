//! A virtual payment terminal and an acquiring host. Faults are states of the world; the code on the display appears because the
//! machinery met the fault.
//!
//! Both halves are state machines without a clock, a socket or chance of their own: the host takes a moment and a frame and gives a frame
//! back, the terminal takes a moment and an event and gives effects back. So the same code runs on real TCP and on simulated time.
//!
//! The lab knows `model` and `wire` only. It must not know the answer that it is there to test.

pub mod card;
pub mod card_data;
pub mod cast;
pub mod deeds;
mod dice;
pub mod elements;
pub mod emv_crypto;
pub mod faults;
pub mod host;
pub mod lab_values;
pub mod message;
mod moment;
pub mod observations;
pub mod reasons;
pub mod rules;
pub mod scenario;
pub mod terminal;
pub mod tlv;
pub mod world;

pub use dice::Dice;
pub use moment::Moment;
