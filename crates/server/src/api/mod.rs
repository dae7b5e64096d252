//! `/api/v1`: the objects that the command line prints, over HTTP.

pub mod card;
pub mod catalogue;
pub mod check;
pub mod decode;
pub mod diagnosis;
pub mod explain;
pub mod ops;

use serde::de::DeserializeOwned;

use crate::ask::Asked;
use crate::problem::{Kind, Problem};

/// Reads a JSON body. The sentence names line and column; what was sent is not repeated.
pub fn json<T: DeserializeOwned>(asked: &Asked) -> Result<T, Problem> {
    if !matches!(asked.body.kind.as_str(), "application/json" | "") {
        return Err(media_type("application/json"));
    }
    serde_json::from_slice(&asked.body.bytes).map_err(|e| {
        let (line, column) = (e.line(), e.column());
        let why = match e.classify() {
            serde_json::error::Category::Data => ("字段不对", "a field is missing, unknown or of the wrong type"),
            _ => ("不是 JSON", "this is not JSON"),
        };
        Problem::input(
            format!("请求内容第 {line} 行第 {column} 列：{}。", why.0),
            format!("Body, line {line}, column {column}: {}.", why.1),
        )
        .with("line", line.into())
        .with("column", column.into())
    })
}

/// The body's media type is not read here.
pub fn media_type(takes: &str) -> Problem {
    Problem::new(
        Kind::MediaType,
        format!("这里只读 {takes}。请写对 Content-Type。"),
        format!("Only {takes} is read here. Set Content-Type."),
    )
}
