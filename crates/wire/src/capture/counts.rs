//! What was seen, and what was passed over and why.

use serde::Serialize;

/// What a capture held. All are counts of packets unless they say otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Packets read.
    pub packets: u64,
    /// Bytes of those packets, as captured.
    pub bytes: u64,
    /// TCP segments.
    pub segments: u64,
    /// TCP connections.
    pub streams: u64,
    /// Connections whose beginning (SYN) is not in the capture.
    pub midstream: u64,
    /// Bytes of TCP payload handed on.
    pub data_bytes: u64,
    /// UDP datagrams.
    pub datagrams: u64,
    /// Segments that brought nothing new.
    pub retransmissions: u64,
    /// Segments of which a part was known already.
    pub overlaps: u64,
    /// Segments that came before what precedes them.
    pub out_of_order: u64,
    /// Places where bytes of a stream are missing.
    pub gaps: u64,
    /// Bytes missing there.
    pub gap_bytes: u64,
    /// Packets that the capture holds only in part (snap length).
    pub clipped: u64,
    /// IP fragments.
    pub fragments: u64,
    /// Packets passed over.
    pub skipped: Skipped,
    /// Where the record begins inside which the file ends, in bytes from the beginning of the file.
    pub cut_at: Option<u64>,
}

/// Packets passed over, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// A link layer that is not read.
    pub link: u64,
    /// No IP inside (ARP, LLDP and the like).
    pub not_ip: u64,
    /// Neither TCP nor UDP inside.
    pub not_transport: u64,
    /// Headers that contradict themselves or are not all there.
    pub malformed: u64,
    /// Datagrams given up because fragments of them are missing.
    pub unfinished: u64,
    /// Segments that lie farther from their stream than any TCP window.
    pub outside_window: u64,
    /// Segments with data after their connection had ended.
    pub after_end: u64,
}

/// Why a packet is passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Skip {
    Link,
    NotIp,
    NotTransport,
    Malformed,
}

impl Skipped {
    pub(super) fn count(&mut self, skip: Skip) {
        let counter = match skip {
            Skip::Link => &mut self.link,
            Skip::NotIp => &mut self.not_ip,
            Skip::NotTransport => &mut self.not_transport,
            Skip::Malformed => &mut self.malformed,
        };
        *counter += 1;
    }

    /// All of them together.
    pub fn total(&self) -> u64 {
        let Skipped { link, not_ip, not_transport, malformed, unfinished, outside_window, after_end } = self;
        link + not_ip + not_transport + malformed + unfinished + outside_window + after_end
    }
}
