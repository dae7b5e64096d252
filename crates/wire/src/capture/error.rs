//! Why a capture could not be read further. Positions, never contents.

use std::io::ErrorKind;

/// Why reading a capture ended before its end. Offsets are bytes from the beginning of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CaptureError {
    /// The reader failed.
    #[error("byte {offset}: reading failed: {kind}")]
    Read {
        /// How many bytes had been read.
        offset: u64,
        /// What the reader said.
        kind: ErrorKind,
    },
    /// The first bytes are those of no capture.
    #[error("no capture: the file begins like neither pcap nor pcapng")]
    NotACapture,
    /// A format or version that is known but not read.
    #[error("byte {offset}: not read: {what}")]
    Unsupported {
        /// Where it says so.
        offset: u64,
        /// Which format it is.
        what: &'static str,
    },
    /// The file ends inside a record. Everything before the record has been read.
    #[error("the file ends at byte {end}, inside the record that begins at byte {offset}")]
    Cut {
        /// Where the unfinished record begins.
        offset: u64,
        /// Where the file ends.
        end: u64,
    },
    /// A record says what cannot be.
    #[error("byte {offset}: expected {expected}")]
    Damaged {
        /// Where the record begins.
        offset: u64,
        /// What should be there.
        expected: &'static str,
    },
    /// A packet is longer than any network makes one.
    #[error("byte {offset}: a packet of {length} bytes; at most {most} are read")]
    TooBig {
        /// Where the record begins.
        offset: u64,
        /// The length it gives.
        length: u32,
        /// The longest that is read.
        most: usize,
    },
}
