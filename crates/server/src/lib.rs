//! posdx over HTTP: the same objects for programs, and pages for people, on a phone first.
//!
//! ```text
//! request ─► pipeline: name, site, password, rate, form ─► kept answer? ─► route (a pure function of what was asked) ─► response
//!                                                                          │
//!                        routes: one table ─► router · OpenAPI document    ├─ api/: objects
//!                                                                          └─ page/: the same objects, drawn
//! ```
//! Nothing about a visitor is kept on the server: a repair stands in its address, taste in a cookie, recent codes in the browser.
#![allow(clippy::disallowed_methods, reason = "this is the outside: it knows the time, for limits, figures and the log")]

mod answer;
mod api;
mod ask;
mod assets;
mod base64;
mod kept;
mod limit;
mod metrics;
mod openapi;
mod options;
mod page;
mod pipeline;
mod problem;
mod repair;
mod routes;
mod run;
mod schema;
mod state;
mod words;

pub use options::{LogLevel, Options, PORT, Password};
pub use run::{ServeError, run, serve};
pub use state::State;
