//! Digits and characters of fields, straight from their bytes: nothing is allocated where digits are packed or ASCII.

use super::letters::Letters;
use crate::iso8583::{Coding, Decoded};

/// The digits of one field.
pub(super) struct Digits<'a> {
    raw: &'a [u8],
    coding: Coding,
    /// Half bytes before the first digit.
    shift: usize,
    /// Digits in the field.
    pub(super) units: usize,
}

impl<'a> Digits<'a> {
    /// Those of field `number`, when the message has it and it is written in digits or characters.
    pub(super) fn of(decoded: &Decoded<'a>, number: usize) -> Option<Self> {
        let raw = decoded.raw(number)?;
        let (format, units) = (decoded.dialect().format(number)?, decoded.units(number)?);
        let shift = if format.coding == Coding::Bcd && format.right_aligned { units % 2 } else { 0 };
        (format.coding != Coding::Binary).then_some(Digits { raw, coding: format.coding, shift, units })
    }

    /// The number that `count` digits from digit `from` on write; `None` when one is missing or no digit.
    pub(super) fn number(&self, from: usize, count: usize) -> Option<u64> {
        if count == 0 || from.checked_add(count)? > self.units {
            return None;
        }
        (from..from + count).try_fold(0u64, |n, i| n.checked_mul(10)?.checked_add(self.digit(i)?))
    }

    /// The number that all digits write.
    pub(super) fn all(&self) -> Option<u64> {
        self.number(0, self.units)
    }

    #[inline]
    fn digit(&self, i: usize) -> Option<u64> {
        let value = match self.coding {
            Coding::Bcd => {
                let at = self.shift + i;
                let byte = *self.raw.get(at / 2)?;
                if at.is_multiple_of(2) { byte >> 4 } else { byte & 0x0F }
            }
            Coding::Ascii | Coding::Gbk => self.raw.get(i)?.checked_sub(b'0')?,
            Coding::Ebcdic => self.raw.get(i)?.checked_sub(0xF0)?,
            Coding::Binary => return None,
        };
        (value <= 9).then_some(u64::from(value))
    }
}

/// All digits of field `number` as one number.
pub(super) fn number(decoded: &Decoded<'_>, field: usize) -> Option<u64> {
    Digits::of(decoded, field)?.all()
}

/// The same in 32 bits.
pub(super) fn number32(decoded: &Decoded<'_>, field: usize) -> Option<u32> {
    u32::try_from(number(decoded, field)?).ok()
}

/// The characters of field `number`; empty when it is not there.
pub(super) fn letters<const N: usize>(decoded: &Decoded<'_>, field: usize) -> Letters<N> {
    let Some(format) = decoded.dialect().format(field).filter(|_| decoded.has(field)) else { return Letters::EMPTY };
    match format.coding {
        Coding::Ascii | Coding::Gbk => Letters::new(decoded.raw(field).unwrap_or_default()),
        Coding::Bcd | Coding::Ebcdic | Coding::Binary => Letters::new(decoded.plain(field).unwrap_or_default().as_bytes()),
    }
}
