//! Packets → connections and their bytes in order, in bounded memory.

use std::collections::BTreeMap;

use super::counts::Counts;
use super::event::{Direction, Ending, Event, Flow};
use super::fragments::Fragments;
use super::half::{Delivery, Piece, Segment};
use super::link::ip_packet;
use super::network::{Address, Inner, inner};
use super::packets::Packet;
use super::table::{Connection, Key, Table};
use super::transport::{ACK, FIN, Ports, RST, SYN, Tcp, Transport, transport};

/// So near to its beginning, a stream's SYN is late and not the SYN of another connection.
const LATE_SYN_BYTES: u32 = 1 << 20;
/// So far from where a connection ended, data are another connection's.
const FAR_BYTES: u32 = 1 << 20;

/// How much is kept. What is beyond is given up, oldest first, and told of as a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections, the ended ones that are still remembered included. At least one.
    pub connections: usize,
    /// Bytes of one direction that wait for those before them, with what keeping them costs.
    pub direction_bytes: usize,
    /// Segments of one direction that wait.
    pub direction_segments: usize,
    /// Bytes of all connections that wait.
    pub all_bytes: usize,
}

impl Default for Limits {
    /// 65 536 connections, 1 MiB and 4096 segments a direction, 64 MiB in all.
    fn default() -> Self {
        Limits { connections: 65_536, direction_bytes: 1 << 20, direction_segments: 4096, all_bytes: 64 << 20 }
    }
}

/// Follows the connections of a capture. Feed it packets in their order, then [`Streams::finish`].
#[derive(Default)]
pub struct Streams {
    limits: Limits,
    table: Table,
    fragments: Fragments,
    counts: Counts,
    /// Directions that hold bytes back, in the order in which they began to.
    waiting: BTreeMap<u64, (u32, Direction)>,
    waiting_next: u64,
    waiting_bytes: usize,
    flow_id: u32,
}

impl Streams {
    /// With the usual limits.
    pub fn new() -> Self {
        Streams::default()
    }

    /// With other limits.
    pub fn with_limits(limits: Limits) -> Self {
        Streams { limits, ..Streams::default() }
    }

    /// What was seen so far.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Takes one packet; the sink is told what it brings or releases. A packet that cannot be read is counted and passed over.
    pub fn feed(&mut self, packet: &Packet<'_>, sink: &mut impl FnMut(Event<'_>)) {
        self.counts.packets += 1;
        self.counts.bytes += packet.bytes.len() as u64;
        self.counts.clipped += u64::from((packet.bytes.len() as u64) < u64::from(packet.original_length));
        let stamp = Stamp { time_ns: packet.time_ns, packet: packet.number };
        match ip_packet(packet.link, packet.bytes).and_then(inner) {
            Err(skip) => self.counts.skipped.count(skip),
            Ok(inner) => match inner.fragment {
                None => self.feed_whole(&inner, stamp, sink),
                Some(fragment) => {
                    self.counts.fragments += 1;
                    let whole = self.fragments.take(&inner, fragment);
                    self.counts.skipped.unfinished = self.fragments.given_up;
                    if let Some(whole) = whole {
                        let inner = Inner {
                            source: whole.source,
                            destination: whole.destination,
                            protocol: whole.protocol,
                            bytes: &whole.bytes,
                            length: whole.bytes.len(),
                            fragment: None,
                        };
                        self.feed_whole(&inner, stamp, sink);
                    }
                }
            },
        }
    }

    /// The capture is at its end: what is held back is handed on and every open connection closed.
    pub fn finish(&mut self, sink: &mut impl FnMut(Event<'_>)) {
        self.fragments.finish();
        self.counts.skipped.unfinished = self.fragments.given_up;
        for slot in self.table.in_order() {
            self.forget(slot, Ending::EndOfCapture, sink);
        }
    }

    #[inline]
    fn feed_whole(&mut self, inner: &Inner<'_>, stamp: Stamp, sink: &mut impl FnMut(Event<'_>)) {
        match transport(inner) {
            Err(skip) => self.counts.skipped.count(skip),
            Ok((ports, Transport::Tcp(tcp))) => self.segment(inner.source, inner.destination, ports, &tcp, stamp, sink),
            Ok((ports, Transport::Udp { bytes, missing })) => {
                self.counts.datagrams += 1;
                sink(Event::Datagram {
                    source: inner.source.with_port(ports.source),
                    destination: inner.destination.with_port(ports.destination),
                    time_ns: stamp.time_ns,
                    packet: stamp.packet,
                    bytes,
                    missing,
                });
            }
        }
    }

    fn segment(
        &mut self,
        source: Address,
        destination: Address,
        ports: Ports,
        tcp: &Tcp<'_>,
        stamp: Stamp,
        sink: &mut impl FnMut(Event<'_>),
    ) {
        self.counts.segments += 1;
        let (key, from_low) = Key::new(source, destination, ports);
        let known = self.table.find(&key);
        let slot = match known {
            Some(slot) if !self.table.get(slot).is_some_and(|c| is_another(c, from_low, tcp)) => slot,
            _ => {
                if let Some(slot) = known {
                    self.forget(slot, Ending::Replaced, sink);
                }
                let from_client = match (tcp.has(SYN), tcp.has(ACK)) {
                    (true, answer) => !answer,
                    (false, _) => ports.source >= ports.destination,
                };
                let (from, to) = (source.with_port(ports.source), destination.with_port(ports.destination));
                let (client, server) = if from_client { (from, to) } else { (to, from) };
                self.open(key, from_low == from_client, client, server, !tcp.has(SYN), stamp, sink)
            }
        };
        self.table.touch(slot);
        let Some(connection) = self.table.get(slot) else { return };
        let direction = connection.direction(from_low);
        if connection.ended {
            after_end(connection, direction, tcp, &mut self.counts);
            return;
        }
        (connection.time_ns, connection.packet) = (stamp.time_ns, stamp.packet);
        connection.answered |= direction == Direction::ToClient && !tcp.has(RST);
        if tcp.has(ACK) {
            connection.half(direction.reverse()).acknowledge(tcp.ack);
        }
        if tcp.has(FIN) && connection.first_fin.is_none() {
            connection.first_fin = Some(direction);
        }
        let (flow, half) = connection.parts(direction);
        // The SYN has a sequence number of its own, before the first byte.
        let seq = tcp.seq.wrapping_add(u32::from(tcp.has(SYN)));
        if tcp.has(SYN) {
            self.counts.retransmissions += u64::from(half.syn.is_some());
            half.syn = Some(tcp.seq);
        }
        if tcp.has(SYN | FIN) || tcp.length > 0 {
            if !half.begun {
                half.begin(seq);
            }
            let piece = Piece { bytes: tcp.bytes, length: tcp.length };
            let segment = Segment { seq, piece, fin: tcp.has(FIN), time_ns: stamp.time_ns, packet: stamp.packet };
            half.accept(&segment, &mut self.counts, &mut |delivery| sink(data(flow, direction, &delivery)));
        }
        let ending = if tcp.has(RST) {
            Some(Ending::Reset { sent: direction })
        } else if connection.half(Direction::ToServer).is_done() && connection.half(Direction::ToClient).is_done() {
            Some(Ending::Finished { first: connection.first_fin.unwrap_or(direction) })
        } else {
            None
        };
        if let Some(how) = ending {
            self.end(slot, how, sink);
            return;
        }
        for direction in [Direction::ToServer, Direction::ToClient] {
            let Some(connection) = self.table.get(slot) else { return };
            let (flow, half) = connection.parts(direction);
            if half.has_waited_enough() {
                half.give_up_hole(&mut self.counts, &mut |delivery| sink(data(flow, direction, &delivery)));
            }
            if half.held_bytes != half.booked_bytes {
                self.keep_within_limits(slot, direction, sink);
            }
        }
    }

    #[allow(clippy::too_many_arguments, reason = "each is used once; a struct for them would be made and taken apart in this file")]
    fn open(
        &mut self,
        key: Key,
        client_is_low: bool,
        client: std::net::SocketAddr,
        server: std::net::SocketAddr,
        midstream: bool,
        stamp: Stamp,
        sink: &mut impl FnMut(Event<'_>),
    ) -> u32 {
        while self.table.len() >= self.limits.connections.max(1) {
            let Some(oldest) = self.table.oldest() else { break };
            self.forget(oldest, Ending::Evicted, sink);
        }
        self.flow_id = self.flow_id.wrapping_add(1);
        self.counts.streams += 1;
        self.counts.midstream += u64::from(midstream);
        let flow = Flow { id: self.flow_id, client, server };
        sink(Event::Opened { flow: &flow, time_ns: stamp.time_ns, packet: stamp.packet, midstream });
        self.table.insert(Connection::new(key, flow, client_is_low))
    }

    /// Ends a connection, but remembers it.
    fn end(&mut self, slot: u32, how: Ending, sink: &mut impl FnMut(Event<'_>)) {
        for direction in [Direction::ToServer, Direction::ToClient] {
            let Some(connection) = self.table.get(slot).filter(|c| !c.ended) else { return };
            let (time_ns, packet) = (connection.time_ns, connection.packet);
            let (flow, half) = connection.parts(direction);
            half.flush(time_ns, packet, &mut self.counts, &mut |delivery| sink(data(flow, direction, &delivery)));
            self.book(slot, direction);
        }
        let Some(connection) = self.table.get(slot) else { return };
        connection.ended = true;
        let Connection { flow, time_ns, answered, .. } = connection;
        sink(Event::Closed { flow, how, time_ns: *time_ns, answered: *answered });
    }

    fn forget(&mut self, slot: u32, how: Ending, sink: &mut impl FnMut(Event<'_>)) {
        self.end(slot, how, sink);
        self.table.remove(slot);
    }

    /// Brings the sums in line with what a direction holds.
    fn book(&mut self, slot: u32, direction: Direction) {
        let Some(connection) = self.table.get(slot) else { return };
        let half = connection.half(direction);
        self.waiting_bytes = (self.waiting_bytes + half.held_bytes).saturating_sub(half.booked_bytes);
        half.booked_bytes = half.held_bytes;
        if half.held_bytes > 0 && half.queue == 0 {
            self.waiting_next += 1;
            half.queue = self.waiting_next;
            self.waiting.insert(half.queue, (slot, direction));
        } else if half.held_bytes == 0 && half.queue != 0 {
            self.waiting.remove(&half.queue);
            half.queue = 0;
        }
    }

    fn keep_within_limits(&mut self, slot: u32, direction: Direction, sink: &mut impl FnMut(Event<'_>)) {
        let Limits { direction_bytes, direction_segments, all_bytes, .. } = self.limits;
        while let Some(connection) = self.table.get(slot) {
            let half = connection.half(direction);
            if half.held_bytes <= direction_bytes && half.held_segments() <= direction_segments {
                break;
            }
            self.give_up_hole(slot, direction, sink);
        }
        self.book(slot, direction);
        while self.waiting_bytes > all_bytes {
            let Some((slot, direction)) = self.waiting.first_key_value().map(|(_, place)| *place) else { break };
            self.give_up_hole(slot, direction, sink);
            self.book(slot, direction);
        }
    }

    fn give_up_hole(&mut self, slot: u32, direction: Direction, sink: &mut impl FnMut(Event<'_>)) {
        let Some(connection) = self.table.get(slot) else { return };
        let (flow, half) = connection.parts(direction);
        half.give_up_hole(&mut self.counts, &mut |delivery| sink(data(flow, direction, &delivery)));
    }
}

#[derive(Clone, Copy)]
struct Stamp {
    time_ns: Option<u64>,
    packet: u64,
}

#[inline]
fn data<'a>(flow: &'a Flow, direction: Direction, delivery: &Delivery<'a>) -> Event<'a> {
    let Delivery { time_ns, packet, bytes, gap_before } = *delivery;
    Event::Data { flow, direction, time_ns, packet, bytes, gap_before }
}

/// The segment belongs to a new connection between the same addresses and ports.
#[inline]
fn is_another(connection: &mut Connection, from_low: bool, tcp: &Tcp<'_>) -> bool {
    let direction = connection.direction(from_low);
    let ended = connection.ended;
    let half = connection.half(direction);
    let Some(far) = half.begun.then(|| half.ahead(tcp.seq).unsigned_abs()) else { return ended && tcp.has(SYN) };
    if tcp.has(SYN) {
        return match half.syn {
            Some(syn) => syn != tcp.seq,
            None => half.first().wrapping_sub(tcp.seq.wrapping_add(1)) > LATE_SYN_BYTES,
        };
    }
    ended && tcp.length > 0 && far > FAR_BYTES
}

fn after_end(connection: &mut Connection, direction: Direction, tcp: &Tcp<'_>, counts: &mut Counts) {
    let half = connection.half(direction);
    let seen = half.begun && i64::from(half.ahead(tcp.seq)) + i64::from(tcp.length) <= 0;
    if tcp.length > 0 && !seen {
        counts.skipped.after_end += 1;
    } else if tcp.length > 0 || tcp.has(SYN) {
        counts.retransmissions += 1;
    }
}
