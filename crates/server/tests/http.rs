//! The server through a real socket: what programs and browsers see.
#![allow(clippy::disallowed_methods, reason = "tests stand outside")]

#[path = "http/access.rs"]
mod access;
#[path = "http/client.rs"]
mod client;
#[path = "http/contract.rs"]
mod contract;
#[path = "http/diagnosis.rs"]
mod diagnosis;
#[path = "http/life.rs"]
mod life;
#[path = "http/pages.rs"]
mod pages;
#[path = "http/secrets.rs"]
mod secrets;
