//! What a reader of streams is told.

use std::net::SocketAddr;

use serde::Serialize;

/// Which way bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Direction {
    /// From the client to the server.
    ToServer,
    /// From the server to the client.
    ToClient,
}

impl Direction {
    /// The other way.
    pub fn reverse(self) -> Self {
        match self {
            Direction::ToServer => Direction::ToClient,
            Direction::ToClient => Direction::ToServer,
        }
    }
}

/// One TCP connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Flow {
    /// Its number in this capture, from 1 in the order of first packets.
    pub id: u32,
    /// Who opened it; where that is not in the capture, the side with the higher port.
    pub client: SocketAddr,
    /// The other side.
    pub server: SocketAddr,
}

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Ending {
    /// Both sides said that they were finished (FIN).
    Finished {
        /// The way of the first FIN: who hung up first is its sender.
        first: Direction,
    },
    /// One side broke it off (RST), or refused it.
    Reset {
        /// The way of the RST.
        sent: Direction,
    },
    /// A new connection took its addresses and ports.
    Replaced,
    /// There were more connections than are kept, and this one had been silent for longest.
    Evicted,
    /// The capture ended first.
    EndOfCapture,
}

/// Something that happened in a capture. Times are nanoseconds since 1970-01-01 UTC, packets are numbered from 1.
///
/// Bytes that had to wait for others carry the time and number of the packet that brought them, not of the one that released them.
#[derive(Clone, Copy)]
pub enum Event<'a> {
    /// A connection was seen for the first time.
    Opened {
        /// Which.
        flow: &'a Flow,
        /// When.
        time_ns: Option<u64>,
        /// Which packet showed it.
        packet: u64,
        /// Its beginning (SYN) is not in the capture.
        midstream: bool,
    },
    /// The next bytes of a stream, in order.
    Data {
        /// Of which connection.
        flow: &'a Flow,
        /// Which way.
        direction: Direction,
        /// When they came.
        time_ns: Option<u64>,
        /// Which packet brought them.
        packet: u64,
        /// The bytes. Empty only where a stream ends with a gap.
        bytes: &'a [u8],
        /// How many bytes are missing before them, 0 when none.
        gap_before: u64,
    },
    /// A UDP datagram.
    Datagram {
        /// Who sent it.
        source: SocketAddr,
        /// To whom.
        destination: SocketAddr,
        /// When.
        time_ns: Option<u64>,
        /// Which packet brought it, or its last fragment.
        packet: u64,
        /// Its payload.
        bytes: &'a [u8],
        /// Bytes at its end that the capture does not hold.
        missing: u64,
    },
    /// A connection ended; nothing more comes from it.
    Closed {
        /// Which.
        flow: &'a Flow,
        /// How.
        how: Ending,
        /// When: the time of its last packet.
        time_ns: Option<u64>,
        /// The server sent something other than RST. `false` after a SYN means: no answer, or refused.
        answered: bool,
    },
}
