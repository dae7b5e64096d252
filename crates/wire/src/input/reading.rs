//! From the bytes of an input to its nature, its text and the dumps in it, within bounds.

use std::borrow::Cow;
use std::fmt;

use super::dump::Dump;
use super::fault::{InputError, fault};
use super::nature::{Nature, sniff, to_text};
use super::scan::scan;

/// How much of an input is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of input; what is behind them is not looked at.
    pub bytes: usize,
    /// Dumps; the first ones are kept.
    pub dumps: usize,
}

impl Default for Limits {
    /// 64 MiB and 10 000 dumps.
    fn default() -> Self {
        Limits { bytes: 64 << 20, dumps: 10_000 }
    }
}

/// What an input is and what was found in it.
#[derive(Clone)]
pub struct Reading<'a> {
    /// What it is.
    pub nature: Nature,
    /// Its text, where it is one. It may hold card data.
    pub text: Option<Cow<'a, str>>,
    /// Some of the text could not be read and is U+FFFD.
    pub lossy: bool,
    /// The dumps in the text, in its order.
    pub dumps: Vec<Dump>,
    /// There are more dumps than the limit lets through.
    pub more: bool,
    /// The input is longer than the limit; its end was not read.
    pub cut: bool,
    /// The whole input is meant as hexadecimal and broken here. What is in front may still be among the dumps.
    pub error: Option<InputError>,
}

impl<'a> Reading<'a> {
    /// Reads an input within the usual limits.
    pub fn of(input: &'a [u8]) -> Self {
        Self::within(input, Limits::default())
    }

    /// Reads an input within these limits.
    pub fn within(input: &'a [u8], limits: Limits) -> Self {
        let bytes = input.get(..limits.bytes).unwrap_or(input);
        let cut = bytes.len() < input.len();
        let nature = sniff(bytes);
        let Nature::Text { encoding } = nature else {
            return Reading { nature, text: None, lossy: false, dumps: Vec::new(), more: false, cut, error: None };
        };
        let readable = to_text(bytes, encoding);
        let (dumps, more) = scan(&readable.text, limits.dumps);
        // An input that reads as a message in ASCII, or in any form but digits, is not broken hexadecimal.
        let broken = dumps.iter().all(|d| !d.doubts().is_empty() || matches!(d.form().as_str(), "hex" | "hex-groups"));
        let error = if broken && !cut { fault(&readable.text) } else { None };
        Reading { nature, text: Some(readable.text), lossy: readable.lossy, dumps, more, cut, error }
    }
}

/// Shows no text.
impl fmt::Debug for Reading<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reading")
            .field("nature", &self.nature)
            .field("text", &self.text.as_ref().map(|t| t.len()))
            .field("lossy", &self.lossy)
            .field("dumps", &self.dumps)
            .field("more", &self.more)
            .field("cut", &self.cut)
            .field("error", &self.error)
            .finish()
    }
}
