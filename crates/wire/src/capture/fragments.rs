//! IP fragments put together again, a bounded number of datagrams at a time.

use std::collections::VecDeque;

use super::network::{Address, Fragment, Inner};

/// Datagrams in work; with at most 64 KiB each that is 4 MiB.
const DATAGRAMS_MAX: usize = 64;
/// Fragments begin at multiples of eight bytes.
const UNIT: usize = 8;
/// The longest IP datagram.
const BYTES_MAX: usize = 65_535;

#[derive(PartialEq, Eq)]
struct Key {
    source: Address,
    destination: Address,
    protocol: u8,
    id: u32,
}

struct Partial {
    key: Key,
    bytes: Vec<u8>,
    /// One bit for each unit: the first copy of it has been taken.
    seen: Vec<u64>,
    units: usize,
    total: Option<usize>,
}

/// A datagram put together.
pub(super) struct Whole {
    pub(super) source: Address,
    pub(super) destination: Address,
    pub(super) protocol: u8,
    pub(super) bytes: Vec<u8>,
}

#[derive(Default)]
pub(super) struct Fragments {
    /// Oldest first.
    partial: VecDeque<Partial>,
    /// Datagrams given up, and fragments that cannot belong to one.
    pub(super) given_up: u64,
}

impl Fragments {
    /// Takes a fragment; the datagram when it was the last one missing.
    pub(super) fn take(&mut self, inner: &Inner<'_>, fragment: Fragment) -> Option<Whole> {
        let Inner { source, destination, protocol, bytes, length, .. } = *inner;
        let end = fragment.offset + length;
        let honest = bytes.len() == length && length > 0 && end <= BYTES_MAX && (!fragment.more || length.is_multiple_of(UNIT));
        if !honest {
            self.given_up += 1;
            return None;
        }
        let key = Key { source, destination, protocol, id: fragment.id };
        let index = self.partial.iter().position(|p| p.key == key).unwrap_or_else(|| self.begin(key));
        let partial = self.partial.get_mut(index)?;
        partial.add(fragment, bytes);
        if !partial.is_whole() {
            return None;
        }
        let Partial { mut bytes, total, .. } = self.partial.remove(index)?;
        bytes.truncate(total?);
        Some(Whole { source, destination, protocol, bytes })
    }

    fn begin(&mut self, key: Key) -> usize {
        if self.partial.len() >= DATAGRAMS_MAX {
            self.partial.pop_front();
            self.given_up += 1;
        }
        self.partial.push_back(Partial { key, bytes: Vec::new(), seen: Vec::new(), units: 0, total: None });
        self.partial.len() - 1
    }

    /// Gives up what is still in work.
    pub(super) fn finish(&mut self) {
        self.given_up += self.partial.len() as u64;
        self.partial.clear();
    }
}

impl Partial {
    fn add(&mut self, fragment: Fragment, bytes: &[u8]) {
        let end = fragment.offset + bytes.len();
        if !fragment.more && self.total.is_none() {
            self.total = Some(end);
        }
        if self.bytes.len() < end {
            self.bytes.resize(end, 0);
            self.seen.resize(end.div_ceil(UNIT).div_ceil(64), 0);
        }
        for (i, new) in bytes.chunks(UNIT).enumerate() {
            let unit = fragment.offset / UNIT + i;
            let Some(word) = self.seen.get_mut(unit / 64) else { return };
            if *word & (1 << (unit % 64)) != 0 {
                continue;
            }
            *word |= 1 << (unit % 64);
            self.units += 1;
            if let Some(old) = self.bytes.get_mut(unit * UNIT..unit * UNIT + new.len()) {
                old.copy_from_slice(new);
            }
        }
    }

    fn is_whole(&self) -> bool {
        self.total.is_some_and(|total| self.units >= total.div_ceil(UNIT))
    }
}
