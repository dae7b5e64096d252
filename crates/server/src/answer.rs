//! What a route gives back, before the pipeline adds what all answers have.

use axum::body::Bytes;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;

use crate::problem::{Kind, Problem};

/// What a page or file may do in the browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Nothing: data.
    Data,
    /// A page of ours: our own styles, script, pictures and forms, nothing from anywhere else.
    Page,
    /// A document that carries its own styles: the till card.
    Printed,
}

impl Policy {
    /// As a Content-Security-Policy.
    pub fn header(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Policy::Data => "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
            Policy::Page => {
                "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; manifest-src 'self'; \
                 worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
            }
            Policy::Printed => "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
        })
    }
}

/// What a route gives back.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Status.
    pub status: StatusCode,
    /// Media type.
    pub kind: &'static str,
    /// Body.
    pub body: Bytes,
    /// What it may do in a browser.
    pub policy: Policy,
    /// Other headers.
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

impl Answer {
    /// Status 200.
    pub fn new(kind: &'static str, policy: Policy, body: impl Into<Bytes>) -> Answer {
        Answer { status: StatusCode::OK, kind, body: body.into(), policy, headers: Vec::new() }
    }

    /// One object, without blanks: it is read by programs.
    pub fn json(value: &impl Serialize) -> Result<Answer, Problem> {
        let body = serde_json::to_vec(value).map_err(|_| Problem::new(Kind::Ours, "写不出 JSON。", "The JSON cannot be written."))?;
        Ok(Answer::new("application/json", Policy::Data, body))
    }

    /// A page.
    pub fn page(html: maud::Markup) -> Answer {
        Answer::new("text/html; charset=utf-8", Policy::Page, html.into_string())
    }

    /// Lines.
    pub fn text(text: impl Into<Bytes>) -> Answer {
        Answer::new("text/plain; charset=utf-8", Policy::Data, text)
    }

    /// Go and look there.
    pub fn see(place: &str) -> Answer {
        let answer = Answer::text("").status(StatusCode::SEE_OTHER);
        match HeaderValue::from_str(place) {
            Ok(place) => answer.header(header::LOCATION, place),
            Err(_) => answer.header(header::LOCATION, HeaderValue::from_static("/")),
        }
    }

    /// With another status.
    pub fn status(mut self, status: StatusCode) -> Answer {
        self.status = status;
        self
    }

    /// With a header.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Answer {
        self.headers.push((name, value));
        self
    }
}
