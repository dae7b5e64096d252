//! pcapng: blocks with a type and a length at both ends (draft-ietf-opsawg-pcapng).

use std::io::Read;

use super::error::CaptureError;
use super::link::LinkType;
use super::packets::{Found, PACKET_BYTES_MAX};
use super::source::{Order, Source};

const SECTION: u32 = 0x0A0D_0D0A;
const INTERFACE: u32 = 1;
const OBSOLETE_PACKET: u32 = 2;
const SIMPLE_PACKET: u32 = 3;
const ENHANCED_PACKET: u32 = 6;

const OPTION_END: u16 = 0;
const OPTION_TSRESOL: u16 = 9;
const OPTION_TSOFFSET: u16 = 14;

/// Type and length in front, length behind.
const BLOCK_FRAME: u32 = 12;
/// As much of an interface's options as is looked at.
const OPTION_BYTES_MAX: usize = 64 * 1024;
/// More interfaces than any machine has.
const INTERFACES_MAX: usize = 65_536;

/// How a block's time becomes nanoseconds since 1970.
#[derive(Clone, Copy)]
struct Clock {
    /// As in `if_tsresol`: ticks are 10^-n s, or 2^-n s with the top bit set.
    resolution: u8,
    /// Seconds to add.
    offset: i64,
}

impl Clock {
    #[inline]
    fn nanoseconds(self, ticks: u64) -> Option<u64> {
        let ns = match self.resolution {
            6 => ticks.checked_mul(1000)?,
            9 => ticks,
            n if n & 0x80 != 0 => u64::try_from((u128::from(ticks) * 1_000_000_000) >> (n & 0x7F)).ok()?,
            n if n < 9 => ticks.checked_mul(10u64.pow(9 - u32::from(n)))?,
            n => 10u64.checked_pow(u32::from(n) - 9).map_or(0, |per| ticks / per),
        };
        if self.offset == 0 { Some(ns) } else { ns.checked_add_signed(self.offset.checked_mul(1_000_000_000)?) }
    }
}

#[derive(Clone, Copy)]
struct Interface {
    link: LinkType,
    snap_length: u32,
    clock: Clock,
}

/// What is still to be passed over of the last block.
struct Rest {
    /// Where the block begins.
    offset: u64,
    /// Bytes before the length at its end.
    bytes: u32,
    total: u32,
}

pub(super) struct PcapNg {
    order: Order,
    interfaces: Vec<Interface>,
    rest: Option<Rest>,
}

impl PcapNg {
    pub(super) fn new() -> Self {
        PcapNg { order: Order::Little, interfaces: Vec::new(), rest: None }
    }

    pub(super) fn find<R: Read>(&mut self, source: &mut Source<R>) -> Result<Option<Found>, CaptureError> {
        loop {
            self.pass_rest(source)?;
            let offset = source.offset();
            if !source.fill(BLOCK_FRAME as usize)? {
                return if source.bytes().is_empty() { Ok(None) } else { Err(CaptureError::Cut { offset, end: source.end() }) };
            }
            let damaged = |expected| CaptureError::Damaged { offset, expected };
            let kind = self.order.u32(source.bytes(), 0);
            if kind == SECTION {
                // The order of a section's own length is known only from what follows it.
                self.order = match source.bytes().get(8..12) {
                    Some([0x4D, 0x3C, 0x2B, 0x1A]) => Order::Little,
                    Some([0x1A, 0x2B, 0x3C, 0x4D]) => Order::Big,
                    _ => return Err(damaged("the byte-order magic of a section")),
                };
            }
            let total = self.order.u32(source.bytes(), 4);
            if total < BLOCK_FRAME || !total.is_multiple_of(4) {
                return Err(damaged("a block length that is a multiple of four and at least twelve"));
            }
            let block = Block { offset, total };
            let found = match kind {
                SECTION => self.section(block, source)?,
                INTERFACE => self.interface(block, source)?,
                ENHANCED_PACKET | OBSOLETE_PACKET => Some(self.packet(block, kind == OBSOLETE_PACKET, source)?),
                SIMPLE_PACKET => Some(self.simple_packet(block, source)?),
                _ => None,
            };
            // `fill` refuses more than a block has, so what was taken of it is less than its length.
            let taken = u32::try_from(source.offset() - offset).unwrap_or(total);
            self.rest = Some(Rest { offset, bytes: total.saturating_sub(4).saturating_sub(taken), total });
            if found.is_some() {
                return Ok(found);
            }
        }
    }

    fn pass_rest<R: Read>(&mut self, source: &mut Source<R>) -> Result<(), CaptureError> {
        let Some(Rest { offset, bytes, total }) = self.rest.take() else { return Ok(()) };
        if !source.skip(u64::from(bytes))? || !source.fill(4)? {
            return Err(CaptureError::Cut { offset, end: source.end() });
        }
        if self.order.u32(source.bytes(), 0) != total {
            return Err(CaptureError::Damaged { offset, expected: "the block's length once more at its end" });
        }
        source.take(4, 0);
        Ok(())
    }

    fn section<R: Read>(&mut self, block: Block, source: &mut Source<R>) -> Result<Option<Found>, CaptureError> {
        block.fill(source, 24, "a section header of at least 28 bytes")?;
        if self.order.u16(source.bytes(), 12) != 1 {
            return Err(CaptureError::Unsupported { offset: block.offset + 12, what: "a pcapng version other than 1" });
        }
        self.interfaces.clear();
        Ok(None)
    }

    fn interface<R: Read>(&mut self, block: Block, source: &mut Source<R>) -> Result<Option<Found>, CaptureError> {
        let whole = (block.total as usize - 4).min(16 + OPTION_BYTES_MAX);
        block.fill(source, whole.max(16), "an interface description of at least 20 bytes")?;
        if self.interfaces.len() >= INTERFACES_MAX {
            return Err(CaptureError::Damaged { offset: block.offset, expected: "no more than 65536 interfaces" });
        }
        let bytes = source.bytes();
        let link = LinkType(self.order.u16(bytes, 8));
        let snap_length = self.order.u32(bytes, 12);
        let clock = clock(bytes.get(16..whole).unwrap_or_default(), self.order);
        self.interfaces.push(Interface { link, snap_length, clock });
        Ok(None)
    }

    /// Enhanced and obsolete packets differ in the width of the interface number only.
    fn packet<R: Read>(&mut self, block: Block, obsolete: bool, source: &mut Source<R>) -> Result<Found, CaptureError> {
        block.fill(source, 28, "a packet block of at least 32 bytes")?;
        let bytes = source.bytes();
        let number = |at| self.order.u32(bytes, at);
        let interface = if obsolete { u32::from(self.order.u16(bytes, 8)) } else { number(8) };
        let ticks = u64::from(number(12)) << 32 | u64::from(number(16));
        let (captured, original_length) = (number(20), number(24));
        let Interface { link, clock, .. } = self.described(interface, block.offset)?;
        let place = block.data(source, 28, captured)?;
        Ok(Found { time_ns: clock.nanoseconds(ticks), link, place, original_length })
    }

    fn simple_packet<R: Read>(&mut self, block: Block, source: &mut Source<R>) -> Result<Found, CaptureError> {
        block.fill(source, 12, "a simple packet block of at least 16 bytes")?;
        let original_length = self.order.u32(source.bytes(), 8);
        let Interface { link, snap_length, .. } = self.described(0, block.offset)?;
        let snap_length = if snap_length == 0 { u32::MAX } else { snap_length };
        let captured = original_length.min(snap_length).min(block.total - 16);
        let place = block.data(source, 12, captured)?;
        Ok(Found { time_ns: None, link, place, original_length })
    }

    fn described(&self, interface: u32, offset: u64) -> Result<Interface, CaptureError> {
        let described = self.interfaces.get(interface as usize).copied();
        described.ok_or(CaptureError::Damaged { offset, expected: "a packet of an interface that was described before" })
    }
}

#[derive(Clone, Copy)]
struct Block {
    offset: u64,
    total: u32,
}

impl Block {
    /// Makes a block's first `need` bytes available; the length at its end is not among them.
    fn fill<R: Read>(self, source: &mut Source<R>, need: usize, expected: &'static str) -> Result<(), CaptureError> {
        if need + 4 > self.total as usize {
            return Err(CaptureError::Damaged { offset: self.offset, expected });
        }
        if source.fill(need)? { Ok(()) } else { Err(CaptureError::Cut { offset: self.offset, end: source.end() }) }
    }

    fn data<R: Read>(self, source: &mut Source<R>, header: usize, length: u32) -> Result<std::ops::Range<usize>, CaptureError> {
        let captured = length as usize;
        if captured > PACKET_BYTES_MAX {
            return Err(CaptureError::TooBig { offset: self.offset, length, most: PACKET_BYTES_MAX });
        }
        self.fill(source, header + captured, "a packet that fits into its block")?;
        Ok(source.take(header, captured))
    }
}

fn clock(mut options: &[u8], order: Order) -> Clock {
    let mut clock = Clock { resolution: 6, offset: 0 };
    while options.len() >= 4 {
        let (code, length) = (order.u16(options, 0), usize::from(order.u16(options, 2)));
        let value = options.get(4..4 + length).unwrap_or_default();
        match (code, value) {
            (OPTION_END, _) => break,
            (OPTION_TSRESOL, [resolution]) => clock.resolution = *resolution,
            (OPTION_TSOFFSET, [_, _, _, _, _, _, _, _]) => {
                let (high, low) = if order == Order::Big { (0, 4) } else { (4, 0) };
                clock.offset = (u64::from(order.u32(value, high)) << 32 | u64::from(order.u32(value, low))).cast_signed();
            }
            _ => {}
        }
        options = options.get(4 + length.next_multiple_of(4)..).unwrap_or_default();
    }
    clock
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_become_nanoseconds() {
        let ns = |resolution, offset, ticks| Clock { resolution, offset }.nanoseconds(ticks);
        assert_eq!(ns(6, 0, 1_700_000_000_123_456), Some(1_700_000_000_123_456_000));
        assert_eq!(ns(9, 0, 1_700_000_000_123_456_789), Some(1_700_000_000_123_456_789));
        assert_eq!(ns(0, 0, 5), Some(5_000_000_000));
        assert_eq!(ns(3, 2, 5), Some(2_005_000_000));
        assert_eq!(ns(12, 0, 5_999), Some(5));
        assert_eq!(ns(60, 0, u64::MAX), Some(0));
        assert_eq!(ns(0x80 | 10, 0, 1024 + 512), Some(1_500_000_000));
        assert_eq!(ns(0xFF, 0, u64::MAX), Some(0));
        assert_eq!(ns(6, -1, 0), None);
        assert_eq!(ns(6, i64::MIN, 1), None);
        assert_eq!(ns(6, 0, u64::MAX), None);
    }

    #[test]
    fn options_end_where_they_say_or_where_the_block_ends() {
        let read = |bytes: &[u8]| {
            let clock = clock(bytes, Order::Little);
            (clock.resolution, clock.offset)
        };
        assert_eq!(read(&[]), (6, 0));
        assert_eq!(read(&[9, 0, 1, 0, 9, 0, 0, 0, 14, 0, 8, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]), (9, -1));
        assert_eq!(read(&[0, 0, 0, 0, 9, 0, 1, 0, 9, 0, 0, 0]), (6, 0));
        assert_eq!(read(&[9, 0, 0xFF, 0xFF, 9]), (6, 0));
        assert_eq!(read(&[9, 0, 1]), (6, 0));
    }
}
