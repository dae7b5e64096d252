//! One packet after the other, from either format, without an allocation for each.

use std::io::Read;
use std::ops::Range;

use super::error::CaptureError;
use super::link::LinkType;
use super::pcap::Pcap;
use super::pcapng::PcapNg;
use super::source::Source;

/// The longest packet that is read, in bytes: the largest snap length that capture programs use.
pub const PACKET_BYTES_MAX: usize = 256 * 1024;

/// One captured packet. It has no `Debug`: there may be card data in it.
#[derive(Clone, Copy)]
pub struct Packet<'a> {
    /// Its number in the file, from 1.
    pub number: u64,
    /// When it was captured, in nanoseconds since 1970-01-01 UTC; some pcapng blocks do not say.
    pub time_ns: Option<u64>,
    /// What its first bytes are.
    pub link: LinkType,
    /// The bytes captured.
    pub bytes: &'a [u8],
    /// How many bytes it had on the wire.
    pub original_length: u32,
}

/// What a format found: a packet whose bytes are still in the buffer.
pub(super) struct Found {
    pub(super) time_ns: Option<u64>,
    pub(super) link: LinkType,
    pub(super) place: Range<usize>,
    pub(super) original_length: u32,
}

enum Format {
    NotYetKnown,
    Pcap(Pcap),
    PcapNg(PcapNg),
    Ended,
}

/// The packets of a capture file, pcap or pcapng; the file's first bytes decide. It reads in large pieces, so the reader needs no
/// buffer of its own.
pub struct Packets<R> {
    source: Source<R>,
    format: Format,
    number: u64,
}

impl<R: Read> Packets<R> {
    /// Nothing is read yet.
    pub fn new(reader: R) -> Self {
        Packets { source: Source::new(reader, PACKET_BYTES_MAX), format: Format::NotYetKnown, number: 0 }
    }

    /// The next packet, `None` at the end of the file and after an error. The packet's bytes are lent until the next call.
    ///
    /// # Errors
    ///
    /// The file is no capture, is cut off inside a record, is damaged, has a packet longer than [`PACKET_BYTES_MAX`], or the reader
    /// failed. All packets before that place have been given.
    #[allow(clippy::should_implement_trait, reason = "an iterator cannot lend")]
    pub fn next(&mut self) -> Result<Option<Packet<'_>>, CaptureError> {
        match self.find() {
            Ok(Some(Found { time_ns, link, place, original_length })) => {
                self.number += 1;
                Ok(Some(Packet { number: self.number, time_ns, link, bytes: self.source.at(place), original_length }))
            }
            Ok(None) => {
                self.format = Format::Ended;
                Ok(None)
            }
            Err(error) => {
                self.format = Format::Ended;
                Err(error)
            }
        }
    }

    /// How many bytes of the file have been worked through: the progress of a long reading.
    pub fn consumed(&self) -> u64 {
        self.source.offset()
    }

    #[inline]
    fn find(&mut self) -> Result<Option<Found>, CaptureError> {
        loop {
            match &mut self.format {
                Format::Pcap(pcap) => return pcap.find(&mut self.source),
                Format::PcapNg(pcapng) => return pcapng.find(&mut self.source),
                Format::Ended => return Ok(None),
                Format::NotYetKnown => self.format = recognise(&mut self.source)?,
            }
        }
    }
}

/// The format by the first four bytes.
fn recognise<R: Read>(source: &mut Source<R>) -> Result<Format, CaptureError> {
    source.fill(4)?;
    let unsupported = |what| Err(CaptureError::Unsupported { offset: 0, what });
    match source.bytes() {
        [0x0A, 0x0D, 0x0D, 0x0A, ..] => Ok(Format::PcapNg(PcapNg::new())),
        [0xA1, 0xB2, 0xCD, 0x34, ..] | [0x34, 0xCD, 0xB2, 0xA1, ..] => {
            unsupported("the modified pcap of old Linux patches (magic number a1b2cd34); save it as pcap or pcapng")
        }
        [0x1F, 0x8B, ..] => unsupported("a file compressed with gzip; unpack it first"),
        [0x28, 0xB5, 0x2F, 0xFD, ..] => unsupported("a file compressed with zstd; unpack it first"),
        [b's', b'n', b'o', b'o', ..] => unsupported("the snoop format; save it as pcap or pcapng"),
        [0xA1, 0xB2, ..] | [_, _, 0xB2, 0xA1, ..] => Ok(Format::Pcap(Pcap::open(source)?)),
        _ => Err(CaptureError::NotACapture),
    }
}
