//! `posdx decode` and `posdx dialect` through the real binary: what comes out of every kind of input, and what must never come out.
#![allow(clippy::disallowed_methods, reason = "tests stand outside")]

#[path = "decode/canary.rs"]
mod canary;
#[path = "decode/captures.rs"]
mod captures;
#[path = "../../wire/tests/common/mod.rs"]
mod common;
#[path = "decode/dialects.rs"]
mod dialects;
#[path = "decode/explained.rs"]
mod explained;
#[path = "decode/inputs.rs"]
mod inputs;
#[path = "decode/logs.rs"]
mod logs;
#[path = "decode/messages.rs"]
mod messages;
#[path = "decode/tools.rs"]
mod tools;
