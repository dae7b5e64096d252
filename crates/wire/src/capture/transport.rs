//! TCP (RFC 9293) and UDP (RFC 768): ports, sequence numbers, payload.

use super::counts::Skip;
use super::network::{Inner, TCP, UDP};

pub(super) const FIN: u8 = 0x01;
pub(super) const SYN: u8 = 0x02;
pub(super) const RST: u8 = 0x04;
pub(super) const ACK: u8 = 0x10;

#[derive(Clone, Copy)]
pub(super) struct Ports {
    pub(super) source: u16,
    pub(super) destination: u16,
}

#[derive(Clone, Copy)]
pub(super) struct Tcp<'a> {
    pub(super) seq: u32,
    pub(super) ack: u32,
    pub(super) flags: u8,
    pub(super) bytes: &'a [u8],
    /// Bytes that the payload had; the capture may hold fewer.
    pub(super) length: u32,
}

impl Tcp<'_> {
    #[inline]
    pub(super) fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }
}

pub(super) enum Transport<'a> {
    Tcp(Tcp<'a>),
    Udp { bytes: &'a [u8], missing: u64 },
}

#[inline]
pub(super) fn transport<'a>(inner: &Inner<'a>) -> Result<(Ports, Transport<'a>), Skip> {
    match inner.protocol {
        TCP => tcp(inner),
        UDP => udp(inner),
        _ => Err(Skip::NotTransport),
    }
}

#[inline]
fn tcp<'a>(inner: &Inner<'a>) -> Result<(Ports, Transport<'a>), Skip> {
    let head: &[u8; 20] = inner.bytes.first_chunk().ok_or(Skip::Malformed)?;
    let header = usize::from(head[12] >> 4) * 4;
    let length = inner.length.checked_sub(header).filter(|_| header >= 20).ok_or(Skip::Malformed)?;
    let ports = Ports { source: u16::from_be_bytes([head[0], head[1]]), destination: u16::from_be_bytes([head[2], head[3]]) };
    let tcp = Tcp {
        seq: u32::from_be_bytes([head[4], head[5], head[6], head[7]]),
        ack: u32::from_be_bytes([head[8], head[9], head[10], head[11]]),
        flags: head[13],
        bytes: inner.bytes.get(header..).unwrap_or_default(),
        length: u32::try_from(length).map_err(|_| Skip::Malformed)?,
    };
    Ok((ports, Transport::Tcp(tcp)))
}

fn udp<'a>(inner: &Inner<'a>) -> Result<(Ports, Transport<'a>), Skip> {
    let (head, behind) = inner.bytes.split_first_chunk::<8>().ok_or(Skip::Malformed)?;
    let ports = Ports { source: u16::from_be_bytes([head[0], head[1]]), destination: u16::from_be_bytes([head[2], head[3]]) };
    // 0: a jumbogram.
    let length = match usize::from(u16::from_be_bytes([head[4], head[5]])) {
        0 => inner.length - 8,
        n => n.checked_sub(8).filter(|n| n + 8 <= inner.length).ok_or(Skip::Malformed)?,
    };
    let bytes = behind.get(..length).unwrap_or(behind);
    Ok((ports, Transport::Udp { bytes, missing: (length - bytes.len()) as u64 }))
}
