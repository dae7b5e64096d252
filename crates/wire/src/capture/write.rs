//! Packets → a classic pcap.

use std::io::{self, Write};

use super::link::LinkType;
use super::packets::PACKET_BYTES_MAX;
use super::pcap::{MAGIC_MICRO, MAGIC_NANO};

/// How fine the times of a written capture are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// Microseconds, which every program reads.
    Microseconds,
    /// Nanoseconds.
    Nanoseconds,
}

/// Writes a classic pcap, version 2.4, little-endian. It writes small pieces: give it a `BufWriter` where that matters.
pub struct PcapWriter<W> {
    writer: W,
    precision: Precision,
}

impl<W: Write> PcapWriter<W> {
    /// Writes the file's header.
    ///
    /// # Errors
    ///
    /// The writer failed.
    pub fn new(mut writer: W, link: LinkType, precision: Precision) -> io::Result<Self> {
        let magic = if precision == Precision::Nanoseconds { MAGIC_NANO } else { MAGIC_MICRO };
        let mut header = Vec::with_capacity(24);
        header.extend(magic.to_le_bytes());
        header.extend([2, 0, 4, 0]);
        header.extend([0; 8]);
        header.extend((PACKET_BYTES_MAX as u32).to_le_bytes());
        header.extend(u32::from(link.0).to_le_bytes());
        writer.write_all(&header)?;
        Ok(PcapWriter { writer, precision })
    }

    /// Writes one packet with its time in nanoseconds since 1970-01-01 UTC.
    ///
    /// # Errors
    ///
    /// The writer failed, the packet is longer than [`PACKET_BYTES_MAX`], or the time is beyond the year 2106 (`InvalidInput`).
    pub fn write(&mut self, time_ns: u64, bytes: &[u8]) -> io::Result<()> {
        let length = u32::try_from(bytes.len()).ok().filter(|n| *n as usize <= PACKET_BYTES_MAX);
        let seconds = u32::try_from(time_ns / 1_000_000_000).ok();
        let (Some(length), Some(seconds)) = (length, seconds) else {
            return Err(io::Error::from(io::ErrorKind::InvalidInput));
        };
        let unit = if self.precision == Precision::Nanoseconds { 1 } else { 1000 };
        // Less than a thousand million.
        let fraction = (time_ns % 1_000_000_000 / unit) as u32;
        let mut header = [0; 16];
        for (place, number) in header.chunks_exact_mut(4).zip([seconds, fraction, length, length]) {
            place.copy_from_slice(&number.to_le_bytes());
        }
        self.writer.write_all(&header)?;
        self.writer.write_all(bytes)
    }

    /// The writer back, flushed by nobody.
    pub fn into_inner(self) -> W {
        self.writer
    }
}
