//! Decode a message, chip data, a log or a capture. Always masked: there is no way to ask for more over HTTP.

use posdx_explain::decoded::{DecodeError, DecodedReport, Decoder, Kind as What};
use posdx_wire::iso8583::Dialect;
use serde::Deserialize;

use crate::answer::Answer;
use crate::api;
use crate::ask::{Asked, Body};
use crate::problem::{Kind, Problem};
use crate::routes::{BodyDoc, Param, Route};
use crate::state::State;

/// Bytes of an upload.
pub const UPLOAD_MAX: usize = 16 << 20;

/// The routes of this group.
pub fn routes() -> Vec<Route> {
    const BODY: BodyDoc = BodyDoc {
        schema: "Dump",
        also: &["text/plain", "application/octet-stream", "multipart/form-data"],
        example: r#"{"input":"6A82"}"#,
    };
    vec![
        Route::post("decode", "/api/v1/decode", "Decode a message, chip data, a log or a capture, and explain it.", BODY, decode)
            .params([
                Param::may("as", "iso8583|emv|apdu|atr|escpos|log|capture", "What it is; found out otherwise.", "apdu"),
                Param::may("dialect", "string", "Id of a dialect of ISO 8583; found out otherwise.", "cup-pos"),
            ])
            .heavy()
            .body_max(UPLOAD_MAX)
            .gives("Decoded")
            .fails(&[Kind::BadInput, Kind::NotReadable, Kind::TooLarge, Kind::MediaType]),
    ]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Dump {
    input: String,
    #[serde(default, rename = "as")]
    kind: Option<What>,
    #[serde(default)]
    dialect: Option<String>,
}

fn decode(state: &State, asked: &Asked) -> Result<Answer, Problem> {
    let mut kind =
        asked.query("as").map(str::parse::<What>).transpose().map_err(|e| Problem::input(format!("as 不对：{e}"), format!("as: {e}")))?;
    let mut name = asked.query("dialect").map(ToOwned::to_owned);
    let input = match asked.body.kind.as_str() {
        "text/plain" | "application/octet-stream" => asked.body.bytes.to_vec(),
        "multipart/form-data" => uploaded(&asked.body)?,
        "application/json" | "" => {
            let dump: Dump = api::json(asked)?;
            kind = dump.kind.or(kind);
            name = dump.dialect.or(name);
            dump.input.into_bytes()
        }
        _ => return Err(api::media_type("application/json, text/plain, application/octet-stream, multipart/form-data")),
    };
    Answer::json(&report(state, &input, kind, name.as_deref())?)
}

/// What bytes say.
pub fn report(state: &State, input: &[u8], kind: Option<What>, dialect: Option<&str>) -> Result<DecodedReport, Problem> {
    let dialects = &state.knowledge().dialects;
    let dialect: Option<&Dialect> = match dialect.map(str::trim).filter(|d| !d.is_empty()) {
        None => None,
        Some(name) => Some(dialects.get(name).ok_or_else(|| {
            let ids: Vec<&str> = dialects.all().iter().map(|d| d.id.as_str()).collect();
            let ids = ids.join(", ");
            Problem::input(format!("没有这种方言。有这些：{ids}"), format!("There is no such dialect. Known: {ids}"))
        })?),
    };
    Decoder::new(state.catalogue(), state.knowledge()).input(input, kind, dialect).map_err(|e| not_read(&e))
}

fn not_read(error: &DecodeError) -> Problem {
    let text = match error {
        // The command line names its own options here.
        DecodeError::NotRecognised => posdx_model::Text::new(
            "看不出这是什么。可以给出报文（十六进制、文件或日志）、芯片数据、卡片命令或抓包。",
            "This is not recognised. Give a message (hexadecimal, file or log), chip data, card commands or a capture.",
        ),
        other => other.text(),
    };
    let problem = Problem::say(Kind::NotReadable, &text);
    match error {
        DecodeError::Broken { line, column, .. } => problem.with("line", (*line).into()).with("column", (*column).into()),
        DecodeError::Empty | DecodeError::Compressed | DecodeError::NotRecognised | DecodeError::Capture(_) => problem,
    }
}

/// The first part of a form that holds anything: a file before a text field.
pub fn uploaded(body: &Body) -> Result<Vec<u8>, Problem> {
    let parts = parts(body);
    let filled = |wanted: bool| parts.iter().find(|p| p.file == wanted && !p.bytes.is_empty());
    match filled(true).or_else(|| filled(false)) {
        Some(part) => Ok(part.bytes.to_vec()),
        None => Err(Problem::say(Kind::NotReadable, &DecodeError::Empty.text())),
    }
}

/// A part of a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Part<'b> {
    /// True when it came from a file.
    file: bool,
    /// Its content.
    bytes: &'b [u8],
}

/// The parts of `multipart/form-data`.
fn parts(body: &Body) -> Vec<Part<'_>> {
    /// Our form has two.
    const PARTS_MAX: usize = 8;
    if body.boundary.is_empty() {
        return Vec::new();
    }
    let line = format!("\r\n--{}", body.boundary);
    // The first boundary has no line before it.
    let first = line.as_bytes().get(2..).unwrap_or_default();
    let Some(mut rest) = body.bytes.strip_prefix(first) else { return Vec::new() };
    let mut parts = Vec::new();
    while parts.len() < PARTS_MAX && !rest.starts_with(b"--") {
        let Some(end) = find(rest, line.as_bytes()) else { break };
        let (part, after) = rest.split_at(end);
        rest = after.get(line.len()..).unwrap_or_default();
        let Some(head) = find(part, b"\r\n\r\n") else { continue };
        let (head, content) = part.split_at(head);
        let file = find(head, b"filename=").is_some();
        parts.push(Part { file, bytes: content.get(4..).unwrap_or_default() });
    }
    parts
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    let first = wanted.first()?;
    let mut from = 0;
    while let Some(at) = bytes.get(from..)?.iter().position(|b| b == first) {
        if bytes.get(from + at..)?.starts_with(wanted) {
            return Some(from + at);
        }
        from += at + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_cut_at_its_boundary() {
        let body = |text: &str| Body { kind: "multipart/form-data".into(), boundary: "X".into(), bytes: text.to_owned().into() };
        let form = body(
            "--X\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\n6A82\r\n--X\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.log\"\r\n\r\nline\r\n--x\r\nmore\r\n--X--\r\n",
        );
        assert_eq!(parts(&form), [Part { file: false, bytes: b"6A82" }, Part { file: true, bytes: b"line\r\n--x\r\nmore" }]);
        assert_eq!(uploaded(&form).expect("a file"), b"line\r\n--x\r\nmore");
        let empty = body("--X\r\nContent-Disposition: form-data; name=\"file\"; filename=\"\"\r\n\r\n\r\n--X\r\nA: b\r\n\r\n6A82\r\n--X--");
        assert_eq!(uploaded(&empty).expect("a text"), b"6A82");
        for broken in ["", "--X", "--X--", "--X\r\nno head\r\n--X--", "--Y\r\n\r\n\r\nz\r\n--Y--"] {
            assert!(uploaded(&body(broken)).is_err(), "{broken}");
        }
    }
}
