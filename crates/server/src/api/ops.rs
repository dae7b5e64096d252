//! For those who run it: is it alive, is it ready, how much does it do, and what does the interface look like?

use std::sync::atomic::Ordering;

use serde_json::json;

use crate::answer::{Answer, Policy};
use crate::ask::Asked;
use crate::problem::{Kind, Problem};
use crate::routes::Route;
use crate::state::State;

/// The routes of this group.
pub fn routes() -> Vec<Route> {
    vec![
        Route::get("health", "/api/v1/health", "Whether the process is alive.", health).live().open().gives("Health"),
        Route::get("ready", "/api/v1/ready", "Whether requests are welcome; not while stopping.", ready)
            .live()
            .open()
            .gives("Health")
            .fails(&[Kind::Busy]),
        Route::get("metrics", "/metrics", "Figures for Prometheus.", metrics).live(),
        Route::get("document", "/api/openapi.json", "This document.", document),
    ]
}

fn health(state: &State, _: &Asked) -> Result<Answer, Problem> {
    Answer::json(&json!({"status": "ok", "version": env!("CARGO_PKG_VERSION"), "catalogue": state.catalogue().version()}))
}

fn ready(state: &State, asked: &Asked) -> Result<Answer, Problem> {
    if state.ready.load(Ordering::Relaxed) {
        return health(state, asked);
    }
    Err(Problem::new(Kind::Busy, "正在停止。", "The server is stopping.").wait(10))
}

fn metrics(state: &State, _: &Asked) -> Result<Answer, Problem> {
    Ok(Answer::new("text/plain; version=0.0.4; charset=utf-8", Policy::Data, state.metrics.text()))
}

fn document(state: &State, _: &Asked) -> Result<Answer, Problem> {
    Ok(Answer::new("application/json", Policy::Data, state.document()))
}
