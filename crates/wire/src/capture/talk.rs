//! Both sides of one TCP connection as frames, with right checksums and sequence numbers: material for captures.

use std::net::SocketAddrV4;

use super::event::Direction;
use super::transport::{ACK, FIN, RST, SYN};

const ETHERNET_HEADER: usize = 14;
const IP_HEADER: usize = 20;
const TCP_HEADER: usize = 20;
/// The longest payload of an IPv4 packet with a TCP segment.
const PAYLOAD_MAX: usize = 65_535 - IP_HEADER - TCP_HEADER;
/// Payload of a segment on an ordinary Ethernet.
const SEGMENT_BYTES: usize = 1460;
const PUSH: u8 = 0x08;
/// From the block for documentation, locally administered: no real card has it.
const MAC_CLIENT: [u8; 6] = [0x02, 0, 0x5E, 0, 0x53, 1];
const MAC_SERVER: [u8; 6] = [0x02, 0, 0x5E, 0, 0x53, 2];

/// Flags of a TCP segment, the bits of RFC 9293 section 3.1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TcpFlags(pub u8);

impl TcpFlags {
    /// The sender has no more to send.
    pub const FIN: TcpFlags = TcpFlags(FIN);
    /// The beginning of a connection.
    pub const SYN: TcpFlags = TcpFlags(SYN);
    /// The connection is broken off.
    pub const RST: TcpFlags = TcpFlags(RST);
    /// To be handed to the application at once.
    pub const PSH: TcpFlags = TcpFlags(PUSH);
    /// The acknowledgement number counts.
    pub const ACK: TcpFlags = TcpFlags(ACK);
}

impl std::ops::BitOr for TcpFlags {
    type Output = TcpFlags;

    fn bitor(self, other: Self) -> Self {
        TcpFlags(self.0 | other.0)
    }
}

/// One TCP segment over IPv4 and Ethernet. It has no `Debug`: there may be card data in it.
#[derive(Clone, Copy)]
pub struct TcpFrame<'a> {
    /// The sender.
    pub source: SocketAddrV4,
    /// The receiver.
    pub destination: SocketAddrV4,
    /// Sequence number of the first byte of the payload, or of the SYN or FIN without one.
    pub seq: u32,
    /// The next sequence number expected from the other side.
    pub ack: u32,
    /// Flags.
    pub flags: TcpFlags,
    /// The payload.
    pub payload: &'a [u8],
}

impl TcpFrame<'_> {
    /// The frame: Ethernet, IPv4, TCP, payload, with right checksums. `None`: the payload is longer than an IPv4 packet can be.
    pub fn bytes(&self) -> Option<Vec<u8>> {
        let tcp_length = u16::try_from(TCP_HEADER + self.payload.len()).ok().filter(|_| self.payload.len() <= PAYLOAD_MAX)?;
        let addresses: Vec<u8> = [self.source.ip().octets(), self.destination.ip().octets()].concat();

        let mut ip = Vec::with_capacity(IP_HEADER);
        ip.extend([0x45, 0]);
        ip.extend((IP_HEADER as u16 + tcp_length).to_be_bytes());
        // No identification is needed where nobody may cut the packet; then time to live, protocol, checksum.
        ip.extend([0, 0, 0x40, 0, 64, 6, 0, 0]);
        ip.extend(&addresses);
        put_checksum(&mut ip, 10, 0);

        let mut tcp = Vec::with_capacity(TCP_HEADER + self.payload.len());
        tcp.extend(self.source.port().to_be_bytes());
        tcp.extend(self.destination.port().to_be_bytes());
        tcp.extend(self.seq.to_be_bytes());
        tcp.extend(self.ack.to_be_bytes());
        tcp.extend([(TCP_HEADER as u8 / 4) << 4, self.flags.0, 0xFA, 0xF0, 0, 0, 0, 0]);
        tcp.extend(self.payload);
        put_checksum(&mut tcp, 16, sum(&addresses) + 6 + u64::from(tcp_length));

        let mut frame = Vec::with_capacity(ETHERNET_HEADER + ip.len() + tcp.len());
        let from_low = self.source <= self.destination;
        let (to, from) = if from_low { (MAC_SERVER, MAC_CLIENT) } else { (MAC_CLIENT, MAC_SERVER) };
        frame.extend(to);
        frame.extend(from);
        frame.extend([0x08, 0x00]);
        frame.extend(ip);
        frame.extend(tcp);
        Some(frame)
    }
}

/// The Internet checksum's sum (RFC 1071), not yet folded.
fn sum(bytes: &[u8]) -> u64 {
    let word = |pair: &[u8]| match pair {
        [a, b] => u64::from(u16::from_be_bytes([*a, *b])),
        [a] => u64::from(*a) << 8,
        _ => 0,
    };
    bytes.chunks(2).map(word).sum()
}

fn put_checksum(bytes: &mut [u8], at: usize, start: u64) {
    let mut sum = start + sum(bytes);
    while sum > 0xFFFF {
        sum = (sum & 0xFFFF) + (sum >> 16);
    }
    if let Some(place) = bytes.get_mut(at..at + 2) {
        place.copy_from_slice(&(!(sum as u16)).to_be_bytes());
    }
}

/// The two sides of one connection, and what they would send next. Every frame acknowledges all that the other side has sent.
#[derive(Clone, Debug)]
pub struct TcpTalk {
    client: SocketAddrV4,
    server: SocketAddrV4,
    client_seq: u32,
    server_seq: u32,
}

impl TcpTalk {
    /// A connection that is about to begin. Its first sequence numbers follow from the ports.
    pub fn new(client: SocketAddrV4, server: SocketAddrV4) -> Self {
        let first = |port: u16| u32::from(port).wrapping_mul(0x9E37_79B9);
        TcpTalk::with_sequence(client, server, first(client.port()), first(server.port()))
    }

    /// As [`TcpTalk::new`], with the sequence numbers that the two SYN will have.
    pub fn with_sequence(client: SocketAddrV4, server: SocketAddrV4, client_seq: u32, server_seq: u32) -> Self {
        TcpTalk { client, server, client_seq, server_seq }
    }

    /// The handshake: SYN, SYN and ACK, ACK.
    pub fn syn(&mut self) -> Vec<Vec<u8>> {
        // The first SYN has nothing to acknowledge.
        let mut frames: Vec<_> = self.frame(Direction::ToServer, TcpFlags::SYN, 0, &[]).into_iter().collect();
        self.advance(Direction::ToServer, 1);
        frames.extend(self.step(Direction::ToClient, TcpFlags::SYN | TcpFlags::ACK, &[]));
        frames.extend(self.ack(Direction::ToServer));
        frames
    }

    /// A payload, in segments of 1460 bytes at most.
    pub fn send(&mut self, direction: Direction, payload: &[u8]) -> Vec<Vec<u8>> {
        payload.chunks(SEGMENT_BYTES).filter_map(|part| self.segment(direction, part)).collect()
    }

    /// A payload in one segment. `None`: it is longer than an IPv4 packet can be; nothing has been sent.
    pub fn segment(&mut self, direction: Direction, payload: &[u8]) -> Option<Vec<u8>> {
        self.step(direction, TcpFlags::PSH | TcpFlags::ACK, payload)
    }

    /// An acknowledgement without payload.
    pub fn ack(&mut self, direction: Direction) -> Option<Vec<u8>> {
        self.step(direction, TcpFlags::ACK, &[])
    }

    /// Both sides finish, first the one that sends in this direction: FIN, FIN, ACK.
    pub fn fin(&mut self, direction: Direction) -> Vec<Vec<u8>> {
        let mut frames: Vec<_> = self.step(direction, TcpFlags::FIN | TcpFlags::ACK, &[]).into_iter().collect();
        frames.extend(self.step(direction.reverse(), TcpFlags::FIN | TcpFlags::ACK, &[]));
        frames.extend(self.ack(direction));
        frames
    }

    /// One side breaks off.
    pub fn reset(&mut self, direction: Direction) -> Option<Vec<u8>> {
        self.step(direction, TcpFlags::RST | TcpFlags::ACK, &[])
    }

    fn step(&mut self, direction: Direction, flags: TcpFlags, payload: &[u8]) -> Option<Vec<u8>> {
        let ack = self.seq(direction.reverse());
        let frame = self.frame(direction, flags, ack, payload)?;
        let own = u32::from(flags.0 & (SYN | FIN) != 0);
        self.advance(direction, payload.len() as u32 + own);
        Some(frame)
    }

    fn frame(&self, direction: Direction, flags: TcpFlags, ack: u32, payload: &[u8]) -> Option<Vec<u8>> {
        let (source, destination) = match direction {
            Direction::ToServer => (self.client, self.server),
            Direction::ToClient => (self.server, self.client),
        };
        TcpFrame { source, destination, seq: self.seq(direction), ack, flags, payload }.bytes()
    }

    fn seq(&self, direction: Direction) -> u32 {
        if direction == Direction::ToServer { self.client_seq } else { self.server_seq }
    }

    fn advance(&mut self, direction: Direction, count: u32) {
        let seq = if direction == Direction::ToServer { &mut self.client_seq } else { &mut self.server_seq };
        *seq = seq.wrapping_add(count);
    }
}
