//! Why a request is not answered: RFC 9457 problem details, in both forms, never with anything that was sent.

use axum::http::StatusCode;
use posdx_model::{Lang, Text, mask_card_data};
use serde_json::{Map, Value, json};

use crate::words::Words;

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $id:literal, $status:ident, $title:ident;)*) => {
        /// What kind of trouble it is. The id is stable: `/problems/<id>`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Kind { $($(#[$doc])* $name,)* }

        impl Kind {
            /// Every kind.
            pub const ALL: &'static [Kind] = &[$(Kind::$name,)*];

            /// The last part of the type.
            pub fn id(self) -> &'static str {
                match self { $(Kind::$name => $id,)* }
            }

            /// The status code.
            pub fn status(self) -> StatusCode {
                match self { $(Kind::$name => StatusCode::$status,)* }
            }

            /// Its title.
            pub fn title(self, lang: Lang) -> &'static str {
                match self { $(Kind::$name => Words(lang).$title(),)* }
            }
        }
    };
}

kinds! {
    /// A parameter or a body is missing or wrong.
    BadInput = "bad-input", BAD_REQUEST, problem_bad_input;
    /// A password is needed.
    Password = "password", UNAUTHORIZED, problem_password;
    /// The request came from another web site.
    OtherSite = "other-site", FORBIDDEN, problem_other_site;
    /// There is nothing at this address.
    NotFound = "not-found", NOT_FOUND, problem_not_found;
    /// The catalogue does not have it.
    NotKnown = "not-known", NOT_FOUND, problem_not_known;
    /// The address does not take this method.
    Method = "method", METHOD_NOT_ALLOWED, problem_method;
    /// None of the forms that the client takes can be given.
    NoSuchForm = "no-such-form", NOT_ACCEPTABLE, problem_no_such_form;
    /// The request took too long to arrive.
    TooSlow = "too-slow", REQUEST_TIMEOUT, problem_too_slow;
    /// The body is too large.
    TooLarge = "too-large", PAYLOAD_TOO_LARGE, problem_too_large;
    /// The body's media type is none that is read here.
    MediaType = "media-type", UNSUPPORTED_MEDIA_TYPE, problem_media_type;
    /// The name in the address is none of this server's.
    OtherName = "other-name", MISDIRECTED_REQUEST, problem_other_name;
    /// The bytes cannot be read.
    NotReadable = "not-readable", UNPROCESSABLE_ENTITY, problem_not_readable;
    /// Answers that fit nothing.
    Contradiction = "contradiction", UNPROCESSABLE_ENTITY, problem_contradiction;
    /// Too many requests.
    TooMany = "too-many", TOO_MANY_REQUESTS, problem_too_many;
    /// Our own fault.
    Ours = "ours", INTERNAL_SERVER_ERROR, problem_ours;
    /// Too much to do, or about to stop.
    Busy = "busy", SERVICE_UNAVAILABLE, problem_busy;
}

/// A request that is not answered, and why.
#[derive(Clone, Debug)]
pub struct Problem {
    /// Its kind.
    pub kind: Kind,
    /// What happened, where, and what to do.
    pub detail: Text,
    /// More for programs.
    pub more: Map<String, Value>,
    /// Seconds to wait before the next try.
    pub wait_s: Option<u32>,
}

impl Problem {
    /// A problem with its sentence. Whatever looks like card data is masked: the sentence may quote what was sent.
    pub fn new(kind: Kind, zh: impl AsRef<str>, en: impl AsRef<str>) -> Problem {
        let detail = Text::new(mask_card_data(zh.as_ref()), mask_card_data(en.as_ref()));
        Problem { kind, detail, more: Map::new(), wait_s: None }
    }

    /// The same from a sentence in both languages.
    pub fn say(kind: Kind, text: &Text) -> Problem {
        Problem::new(kind, &text.zh, &text.en)
    }

    /// A bad parameter or body.
    pub fn input(zh: impl AsRef<str>, en: impl AsRef<str>) -> Problem {
        Problem::new(Kind::BadInput, zh, en)
    }

    /// Adds a member for programs.
    pub fn with(mut self, name: &str, value: Value) -> Problem {
        self.more.insert(name.to_owned(), value);
        self
    }

    /// Says when to try again.
    pub fn wait(mut self, seconds: u32) -> Problem {
        self.wait_s = Some(seconds);
        self
    }

    /// As `application/problem+json`.
    pub fn json(&self, lang: Lang, request: &str) -> Value {
        let mut object = json!({
            "type": format!("/problems/{}", self.kind.id()),
            "title": self.kind.title(lang),
            "status": self.kind.status().as_u16(),
            "detail": self.detail.get(lang),
            "request": request,
        });
        if let Some(members) = object.as_object_mut() {
            members.extend(self.more.clone());
        }
        object
    }
}
