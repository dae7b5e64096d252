//! Status bytes of ESC/POS printers: `DLE EOT n`, `GS r n` and Automatic Status Back (Epson ESC/POS command reference).

use super::tables::{DeviceSignal, Tables};

/// What the printer was asked; it decides what its bytes mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EscPosRequest {
    /// `DLE EOT n` (10 04 n): real-time status, one byte.
    DleEot(u8),
    /// `DLE EOT n a` (10 04 n a): the same for n = 7 (ink) and n = 8 (cheque reader).
    DleEotWith(u8, u8),
    /// `GS r n` (1D 72 n): status after everything before it was printed, one byte. n may be the digit or its ASCII character.
    GsR(u8),
    /// Automatic Status Back, switched on by `GS a` (1D 61): four bytes that come by themselves.
    Asb,
}

/// Why bytes are no status.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeviceError {
    /// The bytes of a request are none of the three known ones.
    #[error("this is no status request: `10 04 n` (DLE EOT), `1D 72 n` (GS r) and `1D 61 n` (GS a) are")]
    NoRequest,
    /// The tables do not know this request.
    #[error("no table for the status request `{request}`")]
    UnknownRequest {
        /// The request, such as `dle-eot-9`.
        request: String,
    },
    /// The answer is too short or too long.
    #[error("the answer to `{request}` has {expected} byte(s), this has {found}")]
    Length {
        /// The request.
        request: String,
        /// Bytes expected.
        expected: usize,
        /// Bytes found.
        found: usize,
    },
    /// A fixed bit has the wrong value, so the byte is something else: text, XON/XOFF, an answer to another request.
    #[error(
        "byte {position} is no status byte of `{request}`: bit {bit} must be {expected}, so read again and interpret nothing (byte 0x{found:02X})"
    )]
    FixedBit {
        /// The request.
        request: String,
        /// The byte, counted from 0.
        position: usize,
        /// The first wrong bit, 0 is the lowest.
        bit: u32,
        /// What it must be.
        expected: u8,
        /// The byte found.
        found: u8,
    },
}

impl EscPosRequest {
    /// Reads a request from the bytes that were sent to the printer.
    ///
    /// # Errors
    /// [`DeviceError::NoRequest`] when they are none.
    pub fn parse(bytes: &[u8]) -> Result<Self, DeviceError> {
        match bytes {
            [0x10, 0x04, n] => Ok(EscPosRequest::DleEot(*n)),
            [0x10, 0x04, n, a] => Ok(EscPosRequest::DleEotWith(*n, *a)),
            [0x1D, 0x72, n] => Ok(EscPosRequest::GsR(*n)),
            [0x1D, 0x61, _] => Ok(EscPosRequest::Asb),
            _ => Err(DeviceError::NoRequest),
        }
    }

    fn id(self) -> String {
        match self {
            EscPosRequest::DleEot(n) => format!("dle-eot-{n}"),
            EscPosRequest::DleEotWith(n, a) => format!("dle-eot-{n}-{a}"),
            // `GS r` takes 1 and "1" alike.
            EscPosRequest::GsR(n) => format!("gs-r-{}", if n.is_ascii_digit() { n - b'0' } else { n }),
            EscPosRequest::Asb => "asb".to_owned(),
        }
    }
}

impl Tables {
    /// What the status bytes of an ESC/POS printer say: one signal for each condition whose bits are set, in the order of the table;
    /// none when the printer reports nothing. `start` and `end` of a signal are byte positions in `answer`.
    ///
    /// # Errors
    /// The request is unknown, the answer has the wrong length, or a fixed bit says that it is no status byte.
    pub fn escpos(&self, request: EscPosRequest, answer: &[u8]) -> Result<Vec<DeviceSignal>, DeviceError> {
        let id = request.id();
        let Some(status) = self.statuses.iter().find(|s| s.request == id) else {
            return Err(DeviceError::UnknownRequest { request: id });
        };
        if answer.len() != status.fixed.len() {
            return Err(DeviceError::Length { request: id, expected: status.fixed.len(), found: answer.len() });
        }
        for (position, (found, (mask, value))) in answer.iter().zip(&status.fixed).enumerate() {
            let wrong = (found & mask) ^ value;
            if wrong != 0 {
                let bit = wrong.trailing_zeros();
                let expected = u8::from((u32::from(*value) >> bit) & 1 == 1);
                return Err(DeviceError::FixedBit { request: id, position, bit, expected, found: *found });
            }
        }
        Ok(status
            .bits
            .iter()
            .filter(|b| answer.get(b.byte).is_some_and(|byte| byte & b.mask == b.value))
            .filter_map(|b| Some(self.signal(self.entries.get(b.entry)?, b.byte, b.byte + 1)))
            .collect())
    }
}
