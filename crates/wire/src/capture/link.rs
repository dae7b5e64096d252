//! What stands before IP: the link layers that payment networks are captured on.

use super::counts::Skip;

/// The link layer of a capture, by the numbers of tcpdump's list (LINKTYPE_…).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LinkType(pub u16);

impl LinkType {
    /// BSD loopback: the address family in the byte order of the machine.
    pub const NULL: LinkType = LinkType(0);
    /// Ethernet.
    pub const ETHERNET: LinkType = LinkType(1);
    /// PPP, with or without its HDLC frame.
    pub const PPP: LinkType = LinkType(9);
    /// Raw IP, the number some systems write.
    pub const RAW_DLT: LinkType = LinkType(12);
    /// Raw IP, the number OpenBSD writes.
    pub const RAW_OPENBSD: LinkType = LinkType(14);
    /// Raw IP, version 4 or 6.
    pub const RAW: LinkType = LinkType(101);
    /// OpenBSD loopback: the address family in network order.
    pub const LOOP: LinkType = LinkType(108);
    /// Linux “cooked” capture, version 1.
    pub const LINUX_SLL: LinkType = LinkType(113);
    /// Raw IPv4.
    pub const IPV4: LinkType = LinkType(228);
    /// Raw IPv6.
    pub const IPV6: LinkType = LinkType(229);
    /// Linux “cooked” capture, version 2.
    pub const LINUX_SLL2: LinkType = LinkType(276);
}

const ETHERTYPE_IPV4: u16 = 0x0800;
const ETHERTYPE_IPV6: u16 = 0x86DD;
/// IEEE 802.1Q, 802.1ad, and the number used before 802.1ad.
const ETHERTYPES_VLAN: [u16; 3] = [0x8100, 0x88A8, 0x9100];
/// Tags in a row; two are usual at most.
const VLAN_TAGS_MAX: usize = 4;

/// The IP packet inside a frame; its version is for its own first bits to say.
#[inline]
pub(super) fn ip_packet(link: LinkType, bytes: &[u8]) -> Result<&[u8], Skip> {
    match link {
        LinkType::ETHERNET => by_ethertype(bytes, 12, 14),
        LinkType::LINUX_SLL => by_ethertype(bytes, 14, 16),
        LinkType::LINUX_SLL2 => by_ethertype(bytes, 0, 20),
        LinkType::RAW | LinkType::RAW_DLT | LinkType::RAW_OPENBSD | LinkType::IPV4 | LinkType::IPV6 => Ok(bytes),
        LinkType::NULL | LinkType::LOOP => loopback(bytes),
        LinkType::PPP => ppp(bytes),
        _ => Err(Skip::Link),
    }
}

#[inline]
fn by_ethertype(bytes: &[u8], at: usize, header: usize) -> Result<&[u8], Skip> {
    let mut kind = u16_at(bytes, at)?;
    let mut inside = bytes.get(header..).ok_or(Skip::Malformed)?;
    for _ in 0..VLAN_TAGS_MAX {
        if !ETHERTYPES_VLAN.contains(&kind) {
            break;
        }
        kind = u16_at(inside, 2)?;
        inside = inside.get(4..).ok_or(Skip::Malformed)?;
    }
    if matches!(kind, ETHERTYPE_IPV4 | ETHERTYPE_IPV6) { Ok(inside) } else { Err(Skip::NotIp) }
}

/// AF_INET is 2 everywhere; AF_INET6 is 24, 28 or 30.
fn loopback(bytes: &[u8]) -> Result<&[u8], Skip> {
    let (family, inside) = bytes.split_first_chunk::<4>().ok_or(Skip::Malformed)?;
    match family {
        [0, 0, 0, 2 | 24 | 28 | 30] | [2 | 24 | 28 | 30, 0, 0, 0] => Ok(inside),
        _ => Err(Skip::NotIp),
    }
}

/// RFC 1661 and 1662: address and control may be left out, and so may the zero in front of the protocol.
fn ppp(bytes: &[u8]) -> Result<&[u8], Skip> {
    match bytes.strip_prefix(&[0xFF, 0x03]).unwrap_or(bytes) {
        [0x00, 0x21 | 0x57, inside @ ..] | [0x21 | 0x57, inside @ ..] => Ok(inside),
        [] => Err(Skip::Malformed),
        _ => Err(Skip::NotIp),
    }
}

#[inline]
fn u16_at(bytes: &[u8], at: usize) -> Result<u16, Skip> {
    bytes.get(at..).and_then(|b| b.first_chunk()).map(|b| u16::from_be_bytes(*b)).ok_or(Skip::Malformed)
}
