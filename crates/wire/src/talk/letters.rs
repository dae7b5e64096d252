//! Short identifiers without an allocation.

use std::fmt;

use serde::{Serialize, Serializer};

/// Up to `N` printable ASCII characters; empty when a message does not carry them. Trailing spaces are not kept.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Letters<const N: usize> {
    letters: [u8; N],
    count: u8,
}

impl<const N: usize> Letters<N> {
    /// No characters.
    pub const EMPTY: Self = Letters { letters: [0; N], count: 0 };

    /// The first `N` characters; what cannot be printed becomes a full stop.
    pub(super) fn new(raw: &[u8]) -> Self {
        let mut kept = Self::EMPTY;
        let end = raw.iter().rposition(|b| *b != b' ' && *b != 0).map_or(0, |last| last + 1).min(N);
        for (to, from) in kept.letters.iter_mut().zip(raw.iter().take(end)) {
            *to = if (0x20..0x7F).contains(from) { *from } else { b'.' };
        }
        kept.count = u8::try_from(end).unwrap_or(0);
        kept
    }

    /// The characters.
    pub fn as_str(&self) -> &str {
        self.letters.get(..usize::from(self.count)).and_then(|l| std::str::from_utf8(l).ok()).unwrap_or_default()
    }

    /// True when there are none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// True unless both are there and differ.
    pub(super) fn agrees(&self, other: &Self) -> bool {
        self.is_empty() || other.is_empty() || self == other
    }
}

impl<const N: usize> Default for Letters<N> {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl<const N: usize> fmt::Debug for Letters<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl<const N: usize> fmt::Display for Letters<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl<const N: usize> Serialize for Letters<N> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::Letters;

    #[test]
    fn padding_is_not_kept_and_nothing_unprintable_comes_out() {
        assert_eq!(Letters::<8>::new(b"T1  ").as_str(), "T1");
        assert_eq!(Letters::<4>::new(b"ABCDEF").as_str(), "ABCD");
        assert_eq!(Letters::<4>::new(&[0x41, 0x1B, 0xFF]).as_str(), "A..");
        assert!(Letters::<4>::new(&[0; 4]).is_empty());
        assert!(Letters::<4>::new(b"    ").is_empty());
    }

    #[test]
    fn an_absent_identifier_agrees_with_any() {
        let (a, b, none) = (Letters::<4>::new(b"A"), Letters::<4>::new(b"B"), Letters::<4>::EMPTY);
        assert!(a.agrees(&none) && none.agrees(&b) && a.agrees(&a) && !a.agrees(&b));
    }
}
