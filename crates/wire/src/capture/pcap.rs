//! Classic pcap: a header of 24 bytes, then records of 16 bytes and a packet (draft-ietf-opsawg-pcap).

use std::io::Read;

use super::error::CaptureError;
use super::link::LinkType;
use super::packets::{Found, PACKET_BYTES_MAX};
use super::source::{Order, Source};

pub(super) const FILE_HEADER: usize = 24;
pub(super) const RECORD_HEADER: usize = 16;
pub(super) const MAGIC_MICRO: u32 = 0xA1B2_C3D4;
pub(super) const MAGIC_NANO: u32 = 0xA1B2_3C4D;

pub(super) struct Pcap {
    order: Order,
    /// Nanoseconds of one unit of a record's fraction of a second.
    unit: u64,
    link: LinkType,
}

impl Pcap {
    pub(super) fn open<R: Read>(source: &mut Source<R>) -> Result<Self, CaptureError> {
        source.fill(4)?;
        let magic = |order: Order| order.u32(source.bytes(), 0);
        let (order, unit) = match (magic(Order::Little), magic(Order::Big)) {
            (MAGIC_MICRO, _) => (Order::Little, 1000),
            (MAGIC_NANO, _) => (Order::Little, 1),
            (_, MAGIC_MICRO) => (Order::Big, 1000),
            (_, MAGIC_NANO) => (Order::Big, 1),
            _ => return Err(CaptureError::NotACapture),
        };
        if !source.fill(FILE_HEADER)? {
            return Err(CaptureError::Cut { offset: 0, end: source.end() });
        }
        let head = source.bytes();
        // Before 2.3 the two lengths of a record stood the other way round.
        if order.u16(head, 4) != 2 || order.u16(head, 6) < 3 {
            return Err(CaptureError::Unsupported { offset: 4, what: "a pcap version other than 2.3 and 2.4" });
        }
        // The upper half says how long the checksum behind a frame is; the length inside IP cuts it off anyway.
        let link = LinkType(order.u16(head, if order == Order::Little { 20 } else { 22 }));
        source.take(FILE_HEADER, 0);
        Ok(Pcap { order, unit, link })
    }

    #[inline]
    pub(super) fn find<R: Read>(&mut self, source: &mut Source<R>) -> Result<Option<Found>, CaptureError> {
        let offset = source.offset();
        let cut = |source: &Source<R>| Err(CaptureError::Cut { offset, end: source.end() });
        if !source.fill(RECORD_HEADER)? {
            return if source.bytes().is_empty() { Ok(None) } else { cut(source) };
        }
        let head = source.bytes();
        let number = |at| self.order.u32(head, at);
        let (seconds, fraction, length, original_length) = (number(0), number(4), number(8), number(12));
        let captured = length as usize;
        if captured > PACKET_BYTES_MAX {
            return Err(CaptureError::TooBig { offset, length, most: PACKET_BYTES_MAX });
        }
        if !source.fill(RECORD_HEADER + captured)? {
            return cut(source);
        }
        let time_ns = u64::from(seconds) * 1_000_000_000 + u64::from(fraction) * self.unit;
        let place = source.take(RECORD_HEADER, captured);
        Ok(Some(Found { time_ns: Some(time_ns), link: self.link, place, original_length }))
    }
}
