//! Answers that depend on nothing but the address, the language and the build are kept, packed and plain, with their ETag.

use std::collections::HashMap;
use std::io::Write;
use std::sync::{Arc, PoisonError, RwLock};

use axum::body::Bytes;
use axum::http::HeaderValue;
use flate2::Compression;
use flate2::write::GzEncoder;
use posdx_model::mask_card_data;

use crate::answer::Answer;

/// Bytes that are kept in all; then everything is forgotten and kept anew.
const BYTES_MAX: usize = 48 << 20;
/// Bytes of one answer that is kept.
const ONE_MAX: usize = 1 << 20;
/// Characters of an address whose answer is kept.
const KEY_MAX: usize = 200;
/// Below this, packing costs more than it saves.
const PACK_MIN: usize = 900;

/// One kept answer.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The answer.
    pub answer: Answer,
    /// Its body in gzip, when that is smaller.
    pub packed: Option<Bytes>,
    /// Its ETag.
    pub tag: HeaderValue,
}

/// The kept answers.
#[derive(Debug, Default)]
pub struct Answers {
    held: RwLock<Held>,
}

#[derive(Debug, Default)]
struct Held {
    answers: HashMap<Box<str>, Arc<Kept>>,
    bytes: usize,
}

impl Answers {
    /// The answer kept under this key.
    pub fn get(&self, key: &str) -> Option<Arc<Kept>> {
        self.held.read().unwrap_or_else(PoisonError::into_inner).answers.get(key).cloned()
    }

    /// Packs an answer, and keeps it unless it is large, failed, or its address may hold card data.
    pub fn keep(&self, key: &str, answer: Answer, tag: HeaderValue) -> Arc<Kept> {
        let packed = pack(&answer.body, Compression::new(7));
        let kept = Arc::new(Kept { answer, packed, tag });
        let bytes = kept.answer.body.len() + kept.packed.as_ref().map_or(0, Bytes::len) + key.len();
        let fit = kept.answer.status.is_success() && bytes <= ONE_MAX && key.len() <= KEY_MAX && mask_card_data(key) == key;
        if fit {
            let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
            if held.bytes + bytes > BYTES_MAX {
                *held = Held::default();
            }
            if held.answers.insert(key.into(), Arc::clone(&kept)).is_none() {
                held.bytes += bytes;
            }
        }
        kept
    }
}

/// A body in gzip, when that is worth it.
pub fn pack(body: &[u8], how: Compression) -> Option<Bytes> {
    if body.len() < PACK_MIN {
        return None;
    }
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 3), how);
    encoder.write_all(body).ok()?;
    encoder.finish().ok().filter(|p| p.len() < body.len()).map(Bytes::from)
}

/// A hash of what an answer depends on, as an ETag. FNV-1a; it tells versions apart and protects nothing.
pub fn tag(build: &str, key: &str) -> HeaderValue {
    let hash = |start: u64, text: &str| text.bytes().fold(start, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    let value = format!("\"{:016x}\"", hash(hash(0xcbf2_9ce4_8422_2325, build), key));
    HeaderValue::from_str(&value).unwrap_or_else(|_| HeaderValue::from_static("\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn card_data_and_failures_are_not_kept() {
        let answers = Answers::default();
        let keep = |key: &str, answer: Answer| {
            answers.keep(key, answer, tag("1", key));
            answers.get(key).is_some()
        };
        assert!(keep("/e/cups-pos/51", Answer::text("x".repeat(2000))));
        assert!(!keep("/find?q=6222021234567890128", Answer::text("x")));
        assert!(!keep("/x", Answer::text("x").status(axum::http::StatusCode::NOT_FOUND)));
        assert!(!keep(&"long".repeat(80), Answer::text("x")));
        let packed = answers.get("/e/cups-pos/51").and_then(|k| k.packed.clone()).expect("worth packing");
        assert!(packed.len() < 100 && packed.starts_with(&[0x1F, 0x8B]));
        assert_ne!(tag("1", "a"), tag("2", "a"));
    }
}
