//! Captures: pcap and pcapng, packets, TCP streams.
//!
//! ```text
//! Read ─ source ─► Packets ─ link ─► network ─┬─► transport ─► Streams ─► events: opened, data in order, datagram, closed
//!         (pcap, pcapng)             fragments ┘               (table, half)
//!
//! TcpTalk ─► frames ─► PcapWriter ─► Write
//! ```
//!
//! Memory is bounded whatever the file says: one buffer for packets, a fixed number of connections, a fixed amount of bytes that
//! wait for what is missing before them. Data in order goes from the packet straight to the sink. Checksums are not looked at: where a
//! network card computes them, a capture of the sender holds wrong ones.
//!
//! ```
//! use posdx_wire::capture::{Direction, Event, LinkType, PcapWriter, Precision, TcpTalk, read};
//!
//! let mut talk = TcpTalk::new("10.0.0.7:50001".parse()?, "10.0.0.1:8583".parse()?);
//! let mut writer = PcapWriter::new(Vec::new(), LinkType::ETHERNET, Precision::Nanoseconds)?;
//! let mut frames = talk.syn();
//! frames.extend(talk.send(Direction::ToServer, b"request"));
//! frames.extend(talk.send(Direction::ToClient, b"answer"));
//! frames.extend(talk.fin(Direction::ToClient));
//! for (i, frame) in frames.iter().enumerate() {
//!     writer.write(i as u64, frame)?;
//! }
//!
//! let mut heard = Vec::new();
//! let counts = read(&writer.into_inner()[..], &mut |event| {
//!     if let Event::Data { direction, bytes, .. } = event {
//!         heard.push((direction, bytes.to_vec()));
//!     }
//! })?;
//! assert_eq!(heard, [(Direction::ToServer, b"request".to_vec()), (Direction::ToClient, b"answer".to_vec())]);
//! assert_eq!((counts.packets, counts.streams, counts.gaps), (8, 1, 0));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod counts;
mod error;
mod event;
mod fragments;
mod half;
mod link;
mod network;
mod packets;
mod pcap;
mod pcapng;
mod source;
mod streams;
mod table;
mod talk;
mod transport;
mod write;

use std::io::Read;

pub use counts::{Counts, Skipped};
pub use error::CaptureError;
pub use event::{Direction, Ending, Event, Flow};
pub use link::LinkType;
pub use packets::{PACKET_BYTES_MAX, Packet, Packets};
pub use streams::{Limits, Streams};
pub use talk::{TcpFlags, TcpFrame, TcpTalk};
pub use write::{PcapWriter, Precision};

/// Reads a whole capture and hands every event to the sink.
///
/// A capture that ends inside a packet is no error here: everything before the cut has been handed over and [`Counts::cut_at`] says
/// where it was. Whatever ends the reading, the connections still open are closed first, so the sink never misses held back data.
///
/// # Errors
///
/// No capture, a format that is not read, a damaged record, or the reader failed.
pub fn read<R: Read>(reader: R, sink: &mut impl FnMut(Event<'_>)) -> Result<Counts, CaptureError> {
    let mut packets = Packets::new(reader);
    let mut streams = Streams::new();
    let end = loop {
        match packets.next() {
            Ok(Some(packet)) => streams.feed(&packet, sink),
            Ok(None) => break Ok(None),
            Err(CaptureError::Cut { offset, .. }) => break Ok(Some(offset)),
            Err(error) => break Err(error),
        }
    };
    streams.finish(sink);
    end.map(|cut_at| Counts { cut_at, ..*streams.counts() })
}
