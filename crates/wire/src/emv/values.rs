//! The values that stand around a value: what else the same message, or the same card, said.

use super::tags::Scheme;
use super::tlv::{Item, Reader};

/// Values by tag, borrowed. A later value of the same tag hides an earlier one.
#[derive(Clone, Default)]
pub struct Values<'a> {
    list: Vec<(u32, &'a [u8])>,
}

/// Values kept at most; more tags than that are in no message.
const VALUES_MAX: usize = 4096;

impl<'a> Values<'a> {
    /// All values of a message, those inside templates too.
    pub fn of(bytes: &'a [u8]) -> Self {
        let mut values = Values::default();
        values.add(bytes);
        values
    }

    /// Adds all values of another message of the same card.
    pub fn add(&mut self, bytes: &'a [u8]) {
        for item in Reader::deep(bytes) {
            if let Item::Element(e) = item
                && !e.constructed
            {
                self.push(e.tag, e.value(bytes));
            }
        }
    }

    /// Adds one value.
    pub fn push(&mut self, tag: u32, value: &'a [u8]) {
        if self.list.len() < VALUES_MAX {
            self.list.push((tag, value));
        }
    }

    /// The value of `tag`.
    pub fn get(&self, tag: u32) -> Option<&'a [u8]> {
        self.list.iter().rev().find(|(t, _)| *t == tag).map(|(_, v)| *v)
    }

    /// The value of `tag` when it is not empty.
    pub fn filled(&self, tag: u32) -> Option<&'a [u8]> {
        self.get(tag).filter(|v| !v.is_empty())
    }

    /// The card's scheme by its application identifier (tags 84, 9F06, 4F).
    pub fn scheme(&self) -> Option<Scheme> {
        [0x84, 0x9F06, 0x4F].iter().find_map(|tag| self.get(*tag).and_then(Scheme::of_aid))
    }
}

impl std::fmt::Debug for Values<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_map().entries(self.list.iter().map(|(t, v)| (format!("{t:X}"), v.len()))).finish()
    }
}
