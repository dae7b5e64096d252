//! IPv4 (RFC 791) and IPv6 (RFC 8200): addresses, protocol, payload, and whether it is a fragment.

use std::net::{Ipv6Addr, SocketAddr};

use super::counts::Skip;

pub(super) const TCP: u8 = 6;
pub(super) const UDP: u8 = 17;

const HOP_BY_HOP: u8 = 0;
const ROUTING: u8 = 43;
const FRAGMENT: u8 = 44;
const AUTHENTICATION: u8 = 51;
const DESTINATION: u8 = 60;
const MOBILITY: u8 = 135;
/// Extension headers in a row; a packet with more is no honest one.
const EXTENSIONS_MAX: usize = 16;

/// An address of either version; IPv4 as `::ffff:a.b.c.d`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Address(pub(super) u128);

impl Address {
    #[inline]
    fn v4(raw: [u8; 4]) -> Self {
        Address(0xFFFF_0000_0000 | u128::from(u32::from_be_bytes(raw)))
    }

    pub(super) fn with_port(self, port: u16) -> SocketAddr {
        SocketAddr::new(Ipv6Addr::from(self.0).to_canonical(), port)
    }
}

/// The payload of an IP packet.
#[derive(Clone, Copy)]
pub(super) struct Inner<'a> {
    pub(super) source: Address,
    pub(super) destination: Address,
    pub(super) protocol: u8,
    pub(super) bytes: &'a [u8],
    /// Bytes that the packet had; the capture may hold fewer.
    pub(super) length: usize,
    pub(super) fragment: Option<Fragment>,
}

/// The place of a fragment in its datagram.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Fragment {
    pub(super) id: u32,
    /// In bytes, a multiple of eight.
    pub(super) offset: usize,
    pub(super) more: bool,
}

#[inline]
pub(super) fn inner(packet: &[u8]) -> Result<Inner<'_>, Skip> {
    match packet.first().map(|b| b >> 4) {
        Some(4) => ipv4(packet),
        Some(6) => ipv6(packet),
        _ => Err(Skip::Malformed),
    }
}

#[inline]
fn ipv4(packet: &[u8]) -> Result<Inner<'_>, Skip> {
    let head: &[u8; 20] = packet.first_chunk().ok_or(Skip::Malformed)?;
    let header = usize::from(head[0] & 0x0F) * 4;
    // 0: the network card was to cut this packet into several, and the capture saw it before.
    let total = match usize::from(u16::from_be_bytes([head[2], head[3]])) {
        0 => packet.len(),
        total => total,
    };
    if header < 20 || total < header {
        return Err(Skip::Malformed);
    }
    let place = u16::from_be_bytes([head[6], head[7]]);
    let (offset, more) = (usize::from(place & 0x1FFF) * 8, place & 0x2000 != 0);
    let fragment = (more || offset > 0).then(|| Fragment { id: u32::from(u16::from_be_bytes([head[4], head[5]])), offset, more });
    Ok(Inner {
        source: Address::v4([head[12], head[13], head[14], head[15]]),
        destination: Address::v4([head[16], head[17], head[18], head[19]]),
        protocol: head[9],
        bytes: packet.get(header..total.min(packet.len())).unwrap_or_default(),
        length: total - header,
        fragment,
    })
}

fn ipv6(packet: &[u8]) -> Result<Inner<'_>, Skip> {
    let (head, behind) = packet.split_first_chunk::<40>().ok_or(Skip::Malformed)?;
    let address = |raw: Option<&[u8; 16]>| Address(u128::from_be_bytes(raw.copied().unwrap_or_default()));
    // 0: a jumbogram, or a packet that the network card was to cut.
    let length = match usize::from(u16::from_be_bytes([head[4], head[5]])) {
        0 => behind.len(),
        length => length,
    };
    let mut inner = Inner {
        source: address(head[8..].first_chunk()),
        destination: address(head[24..].first_chunk()),
        protocol: head[6],
        bytes: behind.get(..length).unwrap_or(behind),
        length,
        fragment: None,
    };
    for _ in 0..EXTENSIONS_MAX {
        let size = match (inner.protocol, inner.bytes) {
            (HOP_BY_HOP | ROUTING | DESTINATION | MOBILITY, [_, units, ..]) => (usize::from(*units) + 1) * 8,
            (AUTHENTICATION, [_, units, ..]) => (usize::from(*units) + 2) * 4,
            (FRAGMENT, [_, _, a, b, id @ ..]) => {
                let place = u16::from_be_bytes([*a, *b]);
                let id = id.first_chunk().map(|raw| u32::from_be_bytes(*raw)).ok_or(Skip::Malformed)?;
                let (offset, more) = (usize::from(place & 0xFFF8), place & 1 != 0);
                // Offset 0 and no more to come: a whole packet in the dress of a fragment (RFC 6946).
                inner.fragment = (more || offset > 0).then_some(Fragment { id, offset, more });
                8
            }
            (HOP_BY_HOP | ROUTING | DESTINATION | MOBILITY | AUTHENTICATION | FRAGMENT, _) => return Err(Skip::Malformed),
            _ => return Ok(inner),
        };
        inner.protocol = inner.bytes.first().copied().ok_or(Skip::Malformed)?;
        inner.bytes = inner.bytes.get(size..).ok_or(Skip::Malformed)?;
        inner.length = inner.length.checked_sub(size).ok_or(Skip::Malformed)?;
        // Behind a fragment header stands a piece of something; headers in it belong to the whole.
        if inner.fragment.is_some() {
            return Ok(inner);
        }
    }
    Err(Skip::Malformed)
}
