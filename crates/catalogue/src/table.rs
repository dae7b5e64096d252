//! Flat tables inside the packed catalogue: written once at build time, read in place ever after.
//!
//! All numbers are little-endian `u32`. A table of strings is `count, offset[count+1], bytes`; a table of records has the same shape
//! with each record encoded by postcard. Nothing is decoded before it is asked for, so opening the catalogue costs nothing.

use serde::{Serialize, de::DeserializeOwned};

/// Appends a table of byte strings.
pub fn write_blobs<B: AsRef<[u8]>>(out: &mut Vec<u8>, blobs: &[B]) {
    write_u32(out, blobs.len());
    let mut offset = 0;
    for blob in blobs {
        write_u32(out, offset);
        offset += blob.as_ref().len();
    }
    write_u32(out, offset);
    for blob in blobs {
        out.extend_from_slice(blob.as_ref());
    }
}

/// Appends a table of records.
pub fn write_records<T: Serialize>(out: &mut Vec<u8>, records: &[T]) {
    let blobs: Vec<Vec<u8>> = records.iter().map(|r| postcard::to_allocvec(r).expect("records are plain data")).collect();
    write_blobs(out, &blobs);
}

/// Appends a list of numbers.
pub fn write_numbers(out: &mut Vec<u8>, numbers: &[u32]) {
    for n in numbers {
        out.extend_from_slice(&n.to_le_bytes());
    }
}

fn write_u32(out: &mut Vec<u8>, n: usize) {
    out.extend_from_slice(&u32::try_from(n).expect("the packed catalogue stays below 4 GiB").to_le_bytes());
}

/// A table read in place.
#[derive(Clone, Copy)]
pub struct Blobs<'a> {
    bytes: &'a [u8],
    count: usize,
}

impl<'a> Blobs<'a> {
    /// Views `bytes` as a table.
    pub fn new(bytes: &'a [u8]) -> Self {
        Blobs { bytes, count: read_u32(bytes, 0) }
    }

    /// Number of entries.
    pub fn len(self) -> usize {
        self.count
    }

    /// Entry `i`.
    pub fn get(self, i: usize) -> &'a [u8] {
        assert!(i < self.count, "entry {i} of a table of {}", self.count);
        let body = 4 * (self.count + 2);
        let (from, to) = (read_u32(self.bytes, 4 + 4 * i), read_u32(self.bytes, 8 + 4 * i));
        &self.bytes[body + from..body + to]
    }

    /// Entry `i` as text.
    pub fn text(self, i: usize) -> &'a str {
        std::str::from_utf8(self.get(i)).expect("packed as text")
    }

    /// Entry `i` as a record.
    pub fn record<T: DeserializeOwned>(self, i: usize) -> T {
        postcard::from_bytes(self.get(i)).expect("packed by the same version of posdx")
    }

    /// Position of `key` in a table sorted by bytes.
    pub fn find(self, key: &[u8]) -> Result<usize, usize> {
        let (mut low, mut high) = (0, self.count);
        while low < high {
            let mid = usize::midpoint(low, high);
            match self.get(mid).cmp(key) {
                std::cmp::Ordering::Less => low = mid + 1,
                std::cmp::Ordering::Greater => high = mid,
                std::cmp::Ordering::Equal => return Ok(mid),
            }
        }
        Err(low)
    }
}

/// The number at byte `at`.
pub fn read_u32(bytes: &[u8], at: usize) -> usize {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]) as usize
}
