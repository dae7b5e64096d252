//! Which of the known ways makes a MAC hold: the question when terminal and host disagree.

use subtle::ConstantTimeEq;

use super::key::Key;
use super::mac::{cut, last_block};
use super::mac_scheme::MacScheme;

posdx_model::words! {
    /// Which bytes of a message go into the MAC.
    MacRange {
        /// From the message type on.
        Message = "message",
        /// The header too.
        WithHeader = "with-header",
    }
}

/// A way in which the MAC holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holding<'a> {
    /// The scheme.
    pub scheme: &'a MacScheme,
    /// The bytes it takes in.
    pub range: MacRange,
}

/// All ways in which `wire` is the MAC of the message, in the order of `schemes`, the message without its header first.
///
/// More than one answer is possible: with a single-length key, DES and triple DES are the same. A result of 4 bytes holds by chance
/// once in four thousand million. Schemes that the key does not fit are passed over. The message is read at most twice a scheme.
pub fn which_holds<'a>(
    schemes: &'a [MacScheme],
    key: &Key,
    bytes_without_header: &[u8],
    bytes_with_header: &[u8],
    wire: &[u8],
) -> Vec<Holding<'a>> {
    let ranges = [(MacRange::Message, bytes_without_header), (MacRange::WithHeader, bytes_with_header)];
    // No header, no second question.
    let ranges = if bytes_without_header == bytes_with_header { &ranges[..1] } else { &ranges[..] };
    let mut holding = Vec::new();
    for scheme in schemes {
        for (range, bytes) in ranges {
            let holds = last_block(scheme.cipher, scheme.method, key, bytes)
                .is_ok_and(|last| bool::from(cut(scheme.result, last).as_slice().ct_eq(wire)));
            if holds {
                holding.push(Holding { scheme, range: *range });
            }
        }
    }
    holding
}
