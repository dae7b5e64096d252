//! A request → what the answer depends on: path, query, body, language, form, and how this person likes to read.

use axum::body::Bytes;
use axum::http::{HeaderMap, header};
use posdx_model::{Lang, Role};

/// A form in which an answer can be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// The object.
    Json,
    /// A page.
    Html,
    /// Lines.
    Text,
}

posdx_model::words! {
    /// How large letters and targets are.
    Size {
        /// 17 px.
        Standard = "standard",
        /// 20 px.
        Large = "large",
        /// 24 px: elder mode, targets of 60 px.
        Elder = "elder",
        /// 30 px.
        Largest = "largest",
    }
}

posdx_model::words! {
    /// Light or dark.
    Theme {
        /// As the device says.
        Auto = "auto",
        /// Dark on light.
        Light = "light",
        /// Light on dark.
        Dark = "dark",
    }
}

/// How one person likes to read. Kept in a cookie, known to nobody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Taste {
    /// The language that was chosen, if one was.
    pub lang: Option<Lang>,
    /// Size of letters.
    pub size: Size,
    /// Light or dark.
    pub theme: Theme,
    /// Who reads.
    pub role: Role,
}

impl Default for Taste {
    fn default() -> Self {
        Taste { lang: None, size: Size::Standard, theme: Theme::Auto, role: Role::Cashier }
    }
}

/// Name of the cookie that keeps it.
pub const COOKIE: &str = "posdx";

impl Taste {
    /// Out of the cookie; what is not understood is left at its default.
    pub fn of(headers: &HeaderMap) -> Taste {
        let mut taste = Taste::default();
        let cookies = headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok()).flat_map(|v| v.split(';'));
        let ours = cookies.filter_map(|c| c.trim().strip_prefix(COOKIE)?.strip_prefix('='));
        for word in ours.flat_map(|c| c.split('.')) {
            if let Ok(lang) = word.parse() {
                taste.lang = Some(lang);
            } else if let Ok(size) = word.parse() {
                taste.size = size;
            } else if let Ok(theme) = word.parse() {
                taste.theme = theme;
            } else if let Ok(role @ (Role::Cashier | Role::Agent | Role::Engineer)) = word.parse() {
                taste.role = role;
            }
        }
        taste
    }

    /// As the cookie's value.
    pub fn cookie(&self) -> String {
        let lang = self.lang.map(|l| format!("{l}.")).unwrap_or_default();
        format!("{lang}{}.{}.{}", self.size, self.theme, self.role)
    }
}

/// A request body as it came.
#[derive(Clone, Debug, Default)]
pub struct Body {
    /// Its media type without parameters, in small letters; empty when none was given.
    pub kind: String,
    /// The media type's `boundary`.
    pub boundary: String,
    /// The bytes.
    pub bytes: Bytes,
}

impl Body {
    /// With the media type of `headers`.
    pub fn new(headers: &HeaderMap, bytes: Bytes) -> Body {
        let whole = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let mut parts = whole.split(';').map(str::trim);
        let kind = parts.next().unwrap_or_default().to_ascii_lowercase();
        let boundary = parts.find_map(|p| p.strip_prefix("boundary=")).unwrap_or_default().trim_matches('"').to_owned();
        Body { kind, boundary, bytes }
    }
}

/// Everything that an answer depends on.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Parts of the path, by name, decoded.
    pub path: Vec<(String, String)>,
    /// The query, decoded.
    pub query: Vec<(String, String)>,
    /// The body.
    pub body: Body,
    /// The language to answer in.
    pub lang: Lang,
    /// The form to answer in.
    pub form: Form,
    /// How the person likes to read.
    pub taste: Taste,
    /// Path and query as they came, to come back to.
    pub here: String,
}

impl Asked {
    /// A part of the path; empty when the route has no such part.
    pub fn part(&self, name: &str) -> &str {
        self.path.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v)
    }

    /// A query parameter that is not empty.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(n, v)| n == name && !v.trim().is_empty()).map(|(_, v)| v.as_str())
    }

    /// All query parameters of that name.
    pub fn query_all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.query.iter().filter(move |(n, v)| n == name && !v.is_empty()).map(|(_, v)| v.as_str())
    }

    /// The fields of a form in the body.
    pub fn fields(&self) -> Vec<(String, String)> {
        parse_query(&String::from_utf8_lossy(&self.body.bytes))
    }
}

/// The language to answer in: chosen, asked for by the browser, Chinese.
pub fn language(taste: &Taste, headers: &HeaderMap) -> Lang {
    if let Some(lang) = taste.lang {
        return lang;
    }
    let Some(wanted) = headers.get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok()) else { return Lang::Zh };
    let best = weighted(wanted).filter(|(_, q)| *q > 0.0).filter_map(|(tag, q)| Some((lang_of(tag)?, q)));
    // Whoever asks for neither is better served in English.
    best.reduce(|a, b| if b.1 > a.1 { b } else { a }).map_or(Lang::En, |(lang, _)| lang)
}

fn lang_of(tag: &str) -> Option<Lang> {
    match tag.split('-').next()?.to_ascii_lowercase().as_str() {
        "zh" | "*" => Some(Lang::Zh),
        "en" => Some(Lang::En),
        _ => None,
    }
}

/// The form to answer in; the first of `offered` when the client does not mind.
pub fn form(headers: &HeaderMap, offered: &[Form]) -> Option<Form> {
    let default = offered.first().copied();
    let Some(accept) = headers.get(header::ACCEPT).and_then(|v| v.to_str().ok()).filter(|a| !a.trim().is_empty()) else { return default };
    let rank = |form: Form| -> f32 {
        let names: &[&str] = match form {
            Form::Json => &["application/json", "application/problem+json", "application/*", "*/*"],
            Form::Html => &["text/html", "application/xhtml+xml", "text/*", "*/*"],
            Form::Text => &["text/plain", "text/*", "*/*"],
        };
        // The most exact range counts, as RFC 9110 says.
        let named = names.iter().find_map(|n| weighted(accept).find(|(range, _)| range.eq_ignore_ascii_case(n)));
        named.map_or(0.0, |(_, q)| q)
    };
    let mut best: Option<(Form, f32)> = None;
    for form in offered {
        let q = rank(*form);
        if q > best.map_or(0.0, |b| b.1) {
            best = Some((*form, q));
        }
    }
    best.map(|b| b.0)
}

/// The members of a list with weights: `zh;q=0.8, en`.
fn weighted(list: &str) -> impl Iterator<Item = (&str, f32)> {
    list.split(',').map(|member| {
        let mut parts = member.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let q = parts.find_map(|p| p.strip_prefix("q=")?.parse().ok()).unwrap_or(1.0);
        (name, q)
    })
}

/// Pairs of a query or of a form in a body.
pub fn parse_query(text: &str) -> Vec<(String, String)> {
    /// More pairs than any of our forms has.
    const PAIRS_MAX: usize = 64;
    text.split('&')
        .filter(|p| !p.is_empty())
        .take(PAIRS_MAX)
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (percent_decoded(name), percent_decoded(value))
        })
        .collect()
}

/// The characters of a part of an address.
pub fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        let pair = tail.get(..2).and_then(|p| std::str::from_utf8(p).ok()).and_then(|p| u8::from_str_radix(p, 16).ok());
        match (first, pair) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            (b'+', _) => bytes.push(b' '),
            (other, _) => bytes.push(*other),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A part of a path or a query, with everything else than letters, digits and `-._~` as `%XX`.
pub fn percent_encoded(text: &str) -> String {
    use std::fmt::Write;
    let mut out = String::with_capacity(text.len());
    for b in text.bytes() {
        if b.is_ascii_alphanumeric() || b"-._~".contains(&b) {
            out.push(char::from(b));
        } else {
            let _ = write!(out, "%{b:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: header::HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, value.parse().expect("a header"))])
    }

    #[test]
    fn the_form_is_what_the_client_likes_best() {
        let all = [Form::Json, Form::Html, Form::Text];
        for (accept, wanted) in [
            ("*/*", Some(Form::Json)),
            ("", Some(Form::Json)),
            ("text/html,application/xhtml+xml,*/*;q=0.8", Some(Form::Html)),
            ("text/plain", Some(Form::Text)),
            ("text/*;q=0.5, application/json;q=0.4", Some(Form::Html)),
            ("application/json;q=0, text/plain;q=0.1", Some(Form::Text)),
            ("image/png", None),
        ] {
            assert_eq!(form(&headers(header::ACCEPT, accept), &all), wanted, "{accept}");
        }
    }

    #[test]
    fn the_language_is_chosen_then_asked_for_then_chinese() {
        let taste = Taste::default();
        for (accept, wanted) in [
            ("en-GB,en;q=0.9,zh;q=0.1", Lang::En),
            ("zh-CN,zh;q=0.9,en;q=0.8", Lang::Zh),
            ("fr", Lang::En),
            ("en;q=0.2, zh;q=0.9", Lang::Zh),
        ] {
            assert_eq!(language(&taste, &headers(header::ACCEPT_LANGUAGE, accept)), wanted, "{accept}");
        }
        assert_eq!(language(&taste, &HeaderMap::new()), Lang::Zh);
        let chosen = Taste::of(&headers(header::COOKIE, "a=b; posdx=en.elder.dark.agent"));
        assert_eq!(chosen, Taste { lang: Some(Lang::En), size: Size::Elder, theme: Theme::Dark, role: Role::Agent });
        assert_eq!(Taste::of(&headers(header::COOKIE, &format!("posdx={}", chosen.cookie()))), chosen);
        assert_eq!(language(&chosen, &headers(header::ACCEPT_LANGUAGE, "zh")), Lang::En);
    }

    #[test]
    fn what_is_encoded_comes_back() {
        for text in ["C101", "错误代码4", "all bit0/bit1", "100% +&=?#"] {
            assert_eq!(percent_decoded(&percent_encoded(text)), text);
        }
        assert_eq!(parse_query("q=a+b&x=%E9%92%B1&&y"), [("q", "a b"), ("x", "钱"), ("y", "")].map(|(a, b)| (a.into(), b.into())));
        assert_eq!(percent_decoded("%zz%4"), "%zz%4");
    }
}
