//! Captures made by hand, byte by byte, and what must come out of them.
#![allow(clippy::disallowed_methods, reason = "tests stand outside")]

use std::collections::BTreeMap;
use std::io::Read;
use std::net::SocketAddrV4;

use posdx_wire::capture::{
    CaptureError, Counts, Direction, Ending, Event, Limits, LinkType, PACKET_BYTES_MAX, Packet, Packets, PcapWriter, Precision, Streams,
    TcpFlags, TcpFrame, TcpTalk, read,
};
use proptest::prelude::*;

use Direction::{ToClient, ToServer};

const MOMENT: u64 = 1_700_000_000_123_456_789;

fn client() -> SocketAddrV4 {
    "10.0.0.7:50001".parse().expect("an address")
}

fn server() -> SocketAddrV4 {
    "10.0.0.1:8583".parse().expect("an address")
}

fn talk() -> TcpTalk {
    TcpTalk::with_sequence(client(), server(), 1000, 9000)
}

fn frame(direction: Direction, seq: u32, flags: TcpFlags, payload: &[u8]) -> Vec<u8> {
    let (source, destination) = if direction == ToServer { (client(), server()) } else { (server(), client()) };
    TcpFrame { source, destination, seq, ack: 0, flags, payload }.bytes().expect("short enough")
}

fn plain(seq: u32, payload: &[u8]) -> Vec<u8> {
    frame(ToServer, seq, TcpFlags::PSH, payload)
}

/// Everything that events said, kept.
#[derive(Debug, Default, PartialEq)]
struct Heard {
    opened: Vec<(u32, String, String, bool)>,
    data: Vec<(u32, Direction, u64, Vec<u8>, u64)>,
    datagrams: Vec<(String, String, Vec<u8>, u64)>,
    closed: Vec<(u32, Ending, bool)>,
    counts: Counts,
}

impl Heard {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Opened { flow, midstream, .. } => {
                self.opened.push((flow.id, flow.client.to_string(), flow.server.to_string(), midstream));
            }
            Event::Data { flow, direction, packet, bytes, gap_before, .. } => {
                self.data.push((flow.id, direction, packet, bytes.to_vec(), gap_before));
            }
            Event::Datagram { source, destination, bytes, missing, .. } => {
                self.datagrams.push((source.to_string(), destination.to_string(), bytes.to_vec(), missing));
            }
            Event::Closed { flow, how, answered, .. } => self.closed.push((flow.id, how, answered)),
        }
    }

    fn stream(&self, direction: Direction) -> Vec<u8> {
        self.data.iter().filter(|d| d.1 == direction).flat_map(|d| d.3.clone()).collect()
    }

    fn text(&self, direction: Direction) -> String {
        String::from_utf8(self.stream(direction)).expect("text")
    }
}

fn hear_link(link: LinkType, frames: &[Vec<u8>], limits: Limits) -> Heard {
    let (mut heard, mut streams) = (Heard::default(), Streams::with_limits(limits));
    for (i, bytes) in frames.iter().enumerate() {
        let packet = Packet {
            number: i as u64 + 1,
            time_ns: Some(i as u64),
            link,
            bytes,
            original_length: u32::try_from(bytes.len()).expect("short"),
        };
        streams.feed(&packet, &mut |event| heard.take(event));
    }
    streams.finish(&mut |event| heard.take(event));
    heard.counts = *streams.counts();
    heard
}

fn hear(frames: &[Vec<u8>]) -> Heard {
    hear_link(LinkType::ETHERNET, frames, Limits::default())
}

fn hear_file(file: &[u8]) -> Result<Heard, CaptureError> {
    let mut heard = Heard::default();
    heard.counts = read(file, &mut |event| heard.take(event))?;
    Ok(heard)
}

// ---- files ----

fn number(big: bool, n: u32) -> [u8; 4] {
    if big { n.to_be_bytes() } else { n.to_le_bytes() }
}

fn half(big: bool, n: u16) -> [u8; 2] {
    if big { n.to_be_bytes() } else { n.to_le_bytes() }
}

fn pcap(big: bool, magic: u32, link: u32, packets: &[(u32, u32, &[u8])]) -> Vec<u8> {
    let mut file = number(big, magic).to_vec();
    file.extend([half(big, 2), half(big, 4)].concat());
    for n in [0, 0, 65535, link] {
        file.extend(number(big, n));
    }
    for (seconds, fraction, bytes) in packets {
        for n in [*seconds, *fraction, bytes.len() as u32, bytes.len() as u32] {
            file.extend(number(big, n));
        }
        file.extend(*bytes);
    }
    file
}

fn block(big: bool, kind: u32, body: &[u8]) -> Vec<u8> {
    let padded = body.len().next_multiple_of(4);
    let mut bytes = number(big, kind).to_vec();
    bytes.extend(number(big, padded as u32 + 12));
    bytes.extend(body);
    bytes.resize(8 + padded, 0);
    bytes.extend(number(big, padded as u32 + 12));
    bytes
}

fn section(big: bool) -> Vec<u8> {
    let mut body = number(big, 0x1A2B_3C4D).to_vec();
    body.extend([half(big, 1), half(big, 0)].concat());
    body.extend([0xFF; 8]);
    block(big, 0x0A0D_0D0A, &body)
}

fn interface(big: bool, link: u16, snap: u32, options: &[(u16, &[u8])]) -> Vec<u8> {
    let mut body = [half(big, link), [0, 0]].concat();
    body.extend(number(big, snap));
    for (code, value) in options {
        body.extend([half(big, *code), half(big, value.len() as u16)].concat());
        body.extend(*value);
        body.resize(body.len().next_multiple_of(4), 0);
    }
    body.extend([0; 4]);
    block(big, 1, &body)
}

fn enhanced(big: bool, interface: u32, ticks: u64, bytes: &[u8], options: bool) -> Vec<u8> {
    let mut body = Vec::new();
    for n in [interface, (ticks >> 32) as u32, ticks as u32, bytes.len() as u32, bytes.len() as u32 + 5] {
        body.extend(number(big, n));
    }
    body.extend(bytes);
    body.resize(body.len().next_multiple_of(4), 0);
    if options {
        // A comment.
        body.extend([half(big, 1), half(big, 3)].concat());
        body.extend(b"why\0\0\0\0\0");
    }
    block(big, 6, &body)
}

type Seen = (u64, Option<u64>, u16, Vec<u8>, u32);

fn packets(file: impl Read) -> (Vec<Seen>, Option<CaptureError>) {
    let (mut packets, mut seen) = (Packets::new(file), Vec::new());
    loop {
        match packets.next() {
            Ok(Some(p)) => seen.push((p.number, p.time_ns, p.link.0, p.bytes.to_vec(), p.original_length)),
            Ok(None) => return (seen, None),
            Err(e) => {
                assert!(matches!(packets.next(), Ok(None)), "after an error there is nothing");
                return (seen, Some(e));
            }
        }
    }
}

/// A reader that gives a few bytes at a time.
struct Dribble<'a>(&'a [u8], usize);

impl Read for Dribble<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n = self.1.min(self.0.len()).min(buffer.len());
        buffer[..n].copy_from_slice(&self.0[..n]);
        self.0 = &self.0[n..];
        Ok(n)
    }
}

/// Two sections of different byte order, all kinds of packet blocks, blocks of kinds that nobody knows.
fn pcapng() -> Vec<u8> {
    let mut file = section(false);
    file.extend(interface(false, 1, 0, &[(2, b"eth0"), (9, &[9])]));
    file.extend(interface(false, 101, 4, &[(9, &[6]), (14, &100i64.to_le_bytes())]));
    file.extend(enhanced(false, 0, MOMENT, b"first", true));
    file.extend(block(false, 0x0BAD, &[7; 500]));
    file.extend(enhanced(false, 1, 2_000_000, b"second!!", false));
    file.extend(section(true));
    file.extend(interface(true, 113, 6, &[(9, &[0x80 | 1]), (14, &1i64.to_be_bytes())]));
    file.extend(enhanced(true, 0, 5, b"third", true));
    file.extend(block(true, 3, &[&number(true, 20)[..], b"fourth\0\0"].concat()));
    // Obsolete: interface and drops in 16 bits each.
    let old: Vec<u8> = [[0, 0, 0, 9], number(true, 0), number(true, 4), number(true, 5), number(true, 77)].concat();
    file.extend(block(true, 2, &[&old[..], b"fifth"].concat()));
    file
}

fn pcapng_packets() -> Vec<Seen> {
    vec![
        (1, Some(MOMENT), 1, b"first".to_vec(), 10),
        (2, Some(102_000_000_000), 101, b"second!!".to_vec(), 13),
        (3, Some(3_500_000_000), 113, b"third".to_vec(), 10),
        (4, None, 113, b"fourth".to_vec(), 20),
        (5, Some(3_000_000_000), 113, b"fifth".to_vec(), 77),
    ]
}

#[test]
fn pcap_of_both_byte_orders_and_both_units() {
    for (big, magic, time) in [
        (false, 0xA1B2_C3D4, 3_000_005_000),
        (true, 0xA1B2_C3D4, 3_000_005_000),
        (false, 0xA1B2_3C4D, 3_000_000_005),
        (true, 0xA1B2_3C4D, 3_000_000_005),
    ] {
        // The upper half of the link type says how long the checksum behind a frame is.
        let file = pcap(big, magic, 0x2400_0071, &[(3, 5, b"abc"), (3, 5, b"")]);
        let wanted = vec![(1, Some(time), 113, b"abc".to_vec(), 3), (2, Some(time), 113, vec![], 0)];
        assert_eq!(packets(&file[..]), (wanted.clone(), None), "{big} {magic:x}");
        assert_eq!(packets(Dribble(&file, 1)), (wanted, None));
    }
}

#[test]
fn pcapng_of_two_sections() {
    assert_eq!(packets(&pcapng()[..]), (pcapng_packets(), None));
    assert_eq!(packets(Dribble(&pcapng(), 3)), (pcapng_packets(), None));
}

#[test]
fn what_is_no_capture_says_what_it_is() {
    let error = |bytes: &[u8]| packets(bytes).1.expect("an error").to_string();
    assert_eq!(packets(&b""[..]).1, Some(CaptureError::NotACapture));
    assert_eq!(packets(&b"hello, world"[..]).1, Some(CaptureError::NotACapture));
    assert!(error(&pcap(false, 0xA1B2_CD34, 1, &[])).contains("modified"));
    assert!(error(&pcap(true, 0xA1B2_CD34, 1, &[])).contains("modified"));
    assert!(error(&[0x1F, 0x8B, 8, 0]).contains("gzip"));
    let mut old = pcap(false, 0xA1B2_C3D4, 1, &[]);
    old[6] = 2;
    assert!(error(&old).contains("version"));
}

#[test]
fn damage_is_told_with_its_place() {
    let mut file = pcap(false, 0xA1B2_C3D4, 1, &[(1, 1, b"abc"), (1, 1, b"abc")]);
    let second = 24 + 16 + 3;
    file[second + 8..second + 12].copy_from_slice(&(PACKET_BYTES_MAX as u32 + 1).to_le_bytes());
    let (seen, error) = packets(&file[..]);
    assert_eq!(seen.len(), 1);
    assert_eq!(error, Some(CaptureError::TooBig { offset: second as u64, length: 262_145, most: PACKET_BYTES_MAX }));

    let damaged = |make: &dyn Fn(&mut Vec<u8>)| {
        let mut file = [section(false), interface(false, 1, 0, &[])].concat();
        let at = file.len() as u64;
        file.extend(enhanced(false, 0, 0, b"abcd", false));
        let mut tail = file.split_off(at as usize);
        make(&mut tail);
        file.extend(tail);
        let (seen, error) = packets(&file[..]);
        match error {
            Some(CaptureError::Damaged { offset, .. }) => assert_eq!(offset, at),
            other => panic!("{other:?}"),
        }
        seen.len()
    };
    assert_eq!(damaged(&|b| b[8] = 1), 0, "no such interface");
    assert_eq!(damaged(&|b| b[20] = 9), 0, "longer than its block");
    assert_eq!(damaged(&|b| b[4] += 1), 0, "not a multiple of four");
    assert_eq!(damaged(&|b| b[4] = 8), 0, "shorter than its frame");
    assert_eq!(damaged(&|b| *b.last_mut().expect("bytes") = 9), 1, "the length at its end is another");
}

#[test]
fn the_longest_packet_is_read_and_progress_is_known() {
    let long = vec![7; PACKET_BYTES_MAX];
    let file = pcap(false, 0xA1B2_C3D4, 1, &[(1, 1, &long), (1, 1, b"x"), (1, 1, &long)]);
    let mut packets = Packets::new(&file[..]);
    assert_eq!(packets.consumed(), 0);
    for (length, consumed) in [(long.len(), 40 + long.len()), (1, 57 + long.len()), (long.len(), file.len())] {
        let packet = packets.next().expect("whole").expect("one more");
        assert!(packet.bytes.len() == length);
        assert_eq!(packets.consumed(), consumed as u64);
    }
    assert!(matches!(packets.next(), Ok(None)));
}

/// Wherever a file is cut: the packets before the cut, then where it was.
#[test]
fn files_cut_anywhere() {
    let classic = pcap(true, 0xA1B2_C3D4, 1, &[(1, 1, b"abc"), (2, 2, b""), (3, 3, b"defgh")]);
    for (file, whole) in [(&classic, packets(&classic[..]).0), (&pcapng(), pcapng_packets())] {
        let mut most = 0;
        for end in 0..file.len() {
            let (seen, error) = packets(&file[..end]);
            assert_eq!(seen[..], whole[..seen.len()], "cut at {end}");
            assert!(seen.len() >= most, "cut at {end}: fewer than before");
            most = seen.len();
            match error {
                Some(CaptureError::Cut { offset, end: e }) => assert!(offset < e && e == end as u64, "cut at {end}: {offset} {e}"),
                Some(CaptureError::NotACapture) => assert!(end < 4),
                None => assert!(packets(&file[..end + 1]).1.is_some(), "cut at {end}: between two records"),
                other => panic!("cut at {end}: {other:?}"),
            }
        }
        assert!(most >= whole.len() - 1);
    }
}

#[test]
fn a_cut_capture_is_a_warning_of_read() {
    let frames = [talk().syn(), vec![plain(1001, b"hello")]].concat();
    let records: Vec<_> = frames.iter().map(|f| (0, 0, &f[..])).collect();
    let file = pcap(false, 0xA1B2_C3D4, 1, &records);
    let heard = hear_file(&file[..file.len() - 1]).expect("a cut is no error");
    assert_eq!(heard.counts.packets, 3);
    assert_eq!(heard.counts.cut_at, Some((file.len() - 16 - frames[3].len()) as u64));
    assert_eq!(heard.closed, [(1, Ending::EndOfCapture, true)]);
    assert_eq!(hear_file(&file).expect("whole").counts.cut_at, None);
}

#[test]
fn what_is_written_is_read() {
    for (precision, time) in [(Precision::Nanoseconds, MOMENT), (Precision::Microseconds, MOMENT / 1000 * 1000)] {
        let mut writer = PcapWriter::new(Vec::new(), LinkType::LINUX_SLL2, precision).expect("memory");
        writer.write(MOMENT, b"abc").expect("memory");
        assert!(writer.write(MOMENT, &vec![0; PACKET_BYTES_MAX + 1]).is_err());
        assert!(writer.write(u64::MAX, b"").is_err());
        assert_eq!(packets(&writer.into_inner()[..]), (vec![(1, Some(time), 276, b"abc".to_vec(), 3)], None));
    }
}

// ---- layers ----

fn raw_ip(payload: &[u8]) -> Vec<u8> {
    plain(77, payload)[14..].to_vec()
}

fn ipv6(protocol: u8, payload: &[u8]) -> Vec<u8> {
    let mut packet = vec![0x60, 0, 0, 0];
    packet.extend((payload.len() as u16).to_be_bytes());
    packet.extend([protocol, 64]);
    packet.extend([&[0x20, 1, 0x0D, 0xB8][..], &[0; 11], &[1]].concat());
    packet.extend([&[0x20, 1, 0x0D, 0xB8][..], &[0; 11], &[2]].concat());
    packet.extend(payload);
    packet
}

fn udp(payload: &[u8]) -> Vec<u8> {
    let mut datagram = vec![0x13, 0x88, 0, 53];
    datagram.extend((payload.len() as u16 + 8).to_be_bytes());
    datagram.extend([0, 0]);
    datagram.extend(payload);
    datagram
}

#[test]
fn every_link_layer() {
    let ip = raw_ip(b"data");
    let behind = |head: &[u8]| [head, &ip].concat();
    let mac = [0u8; 12];
    let ether = |tail: &[u8]| behind(&[&mac[..], tail].concat());
    for (link, frame) in [
        (1, ether(&[8, 0])),
        (1, ether(&[0x81, 0, 0, 5, 8, 0])),
        (1, ether(&[0x88, 0xA8, 0, 5, 0x81, 0, 0, 6, 8, 0])),
        (113, behind(&[&[0; 14][..], &[8, 0]].concat())),
        (113, behind(&[&[0; 14][..], &[0x81, 0, 0, 5, 8, 0]].concat())),
        (276, behind(&[&[8, 0][..], &[0; 18]].concat())),
        (101, ip.clone()),
        (12, ip.clone()),
        (14, ip.clone()),
        (228, ip.clone()),
        (0, behind(&[2, 0, 0, 0])),
        (0, behind(&[0, 0, 0, 2])),
        (108, behind(&[0, 0, 0, 2])),
        (9, behind(&[0xFF, 3, 0, 0x21])),
        (9, behind(&[0, 0x21])),
        (9, behind(&[0x21])),
        // The four bytes of an Ethernet checksum are no payload.
        (1, [ether(&[8, 0]), vec![1, 2, 3, 4]].concat()),
    ] {
        let heard = hear_link(LinkType(link), &[frame], Limits::default());
        assert_eq!(heard.text(ToServer), "data", "link {link}");
        assert_eq!(heard.counts.skipped.total(), 0);
    }
    let heard = hear_link(LinkType(105), &[ether(&[8, 0])], Limits::default());
    assert_eq!((heard.counts.skipped.link, heard.counts.skipped.total()), (1, 1));
    let heard = hear(&[ether(&[8, 6]), ether(&[0, 9])]);
    assert_eq!((heard.counts.skipped.not_ip, heard.counts.skipped.total()), (2, 2));
    let mut icmp = plain(1, b"x");
    icmp[23] = 1;
    assert_eq!(hear(&[icmp]).counts.skipped.not_transport, 1);
}

#[test]
fn ipv4_with_options_and_what_the_snap_length_cut() {
    let mut ip = raw_ip(b"data");
    ip[0] = 0x46;
    ip[3] += 4;
    ip.splice(20..20, [1, 1, 1, 0]);
    assert_eq!(hear_link(LinkType::RAW, &[ip], Limits::default()).text(ToServer), "data");

    let clipped = |seq, payload: &[u8], keep: usize| plain(seq, payload)[..14 + 40 + keep].to_vec();
    let heard = hear(&[clipped(10, b"abcdef", 2), clipped(16, b"ghij", 0), plain(20, b"kl"), clipped(22, b"mn", 1)]);
    assert_eq!(
        heard.data,
        [
            (1, ToServer, 1, b"ab".to_vec(), 0),
            (1, ToServer, 3, b"kl".to_vec(), 8),
            (1, ToServer, 4, b"m".to_vec(), 0),
            (1, ToServer, 4, vec![], 1)
        ]
    );
    assert_eq!((heard.counts.gaps, heard.counts.gap_bytes), (2, 9));
}

#[test]
fn ipv6_with_extension_headers() {
    let tcp = &raw_ip(b"data")[20..];
    let ext = |next: u8, rest: &[u8]| [&[next, 0, 0, 0, 0, 0, 0, 0][..], rest].concat();
    let plain = ipv6(6, tcp);
    let headers = ipv6(0, &ext(60, &ext(43, &ext(44, &ext(6, tcp)))));
    for packet in [plain, headers] {
        let heard = hear_link(LinkType::IPV6, &[packet], Limits::default());
        assert_eq!(heard.text(ToServer), "data");
        assert_eq!(heard.opened, [(1, "[2001:db8::1]:50001".into(), "[2001:db8::2]:8583".into(), true)]);
    }
    let endless = ipv6(60, &(0..200).flat_map(|_| [60, 0, 0, 0, 0, 0, 0, 0]).collect::<Vec<u8>>());
    assert_eq!(hear_link(LinkType::IPV6, &[endless], Limits::default()).counts.skipped.malformed, 1);
}

#[test]
fn datagrams_come_whole() {
    let heard = hear_link(LinkType::IPV6, &[ipv6(17, &udp(b"query")), ipv6(17, &udp(b"query")[..11])], Limits::default());
    assert_eq!(heard.datagrams, [("[2001:db8::1]:5000".into(), "[2001:db8::2]:53".into(), b"query".to_vec(), 0)]);
    assert_eq!((heard.counts.datagrams, heard.counts.skipped.malformed), (1, 1));
}

fn fragment(id: u8, offset: usize, more: bool, payload: &[u8]) -> Vec<u8> {
    let place = (offset / 8) as u16 | if more { 0x2000 } else { 0 };
    let mut packet = vec![0x45, 0];
    packet.extend((payload.len() as u16 + 20).to_be_bytes());
    packet.extend([0, id]);
    packet.extend(place.to_be_bytes());
    packet.extend([64, 17, 0, 0, 10, 0, 0, 7, 10, 0, 0, 1]);
    packet.extend(payload);
    packet
}

#[test]
fn fragments_are_put_together() {
    let payload: Vec<u8> = (0..100).collect();
    let whole = udp(&payload);
    let parts = [
        fragment(1, 0, true, &whole[..40]),
        fragment(1, 40, true, &whole[40..80]),
        // Overlaps what came before it with other bytes: the first copy counts.
        fragment(1, 32, true, &[0xEE; 16]),
        fragment(1, 80, false, &whole[80..]),
    ];
    for order in [[0, 1, 2, 3], [3, 1, 0, 2], [1, 3, 0, 2], [1, 2, 3, 0]] {
        let frames: Vec<_> = order.iter().map(|i| parts[*i].clone()).collect();
        let heard = hear_link(LinkType::RAW, &frames, Limits::default());
        assert_eq!(heard.datagrams.len(), 1);
        assert_eq!(heard.datagrams[0].2.len(), 100);
        if order[3] != 0 {
            assert_eq!(heard.datagrams[0].2, payload, "{order:?}");
        }
        assert_eq!(heard.counts.fragments, 4);
    }
    // One fragment of each of a hundred datagrams: memory is bounded, the losses are counted.
    let frames: Vec<_> =
        (0..100).map(|id| fragment(id, 65_528, true, &[0; 0])).chain((0..100).map(|id| fragment(id, 800, true, &[0; 8]))).collect();
    assert_eq!(hear_link(LinkType::RAW, &frames, Limits::default()).counts.skipped.unfinished, 200);
}

#[test]
fn ipv6_fragments_are_put_together() {
    let whole = udp(b"a longer query");
    let part = |offset: u16, more: u16, bytes: &[u8]| {
        let mut header = vec![17, 0];
        header.extend((offset | more).to_be_bytes());
        header.extend([1, 2, 3, 4]);
        ipv6(44, &[&header, bytes].concat())
    };
    let heard = hear_link(LinkType::RAW, &[part(16, 0, &whole[16..]), part(0, 1, &whole[..16])], Limits::default());
    assert_eq!(heard.datagrams[0].2, b"a longer query");
}

// ---- streams ----

#[test]
fn a_whole_conversation() {
    let mut talk = talk();
    let mut frames = talk.syn();
    frames.extend(talk.send(ToServer, b"request"));
    frames.extend(talk.send(ToClient, &[5; 3000]));
    frames.extend(talk.fin(ToClient));
    let heard = hear(&frames);
    assert_eq!(heard.opened, [(1, "10.0.0.7:50001".into(), "10.0.0.1:8583".into(), false)]);
    assert_eq!(
        heard.data.iter().map(|d| (d.1, d.2, d.3.len())).collect::<Vec<_>>(),
        [(ToServer, 4, 7), (ToClient, 5, 1460), (ToClient, 6, 1460), (ToClient, 7, 80)]
    );
    assert_eq!(heard.closed, [(1, Ending::Finished { first: ToClient }, true)]);
    let wanted = Counts {
        packets: 10,
        bytes: frames.iter().map(|f| f.len() as u64).sum(),
        segments: 10,
        streams: 1,
        data_bytes: 3007,
        ..Counts::default()
    };
    assert_eq!(heard.counts, wanted);
}

#[test]
fn refused_and_unanswered() {
    let mut one = talk();
    let syn = one.syn().remove(0);
    let refused = hear(&[syn.clone(), frame(ToClient, 0, TcpFlags::RST | TcpFlags::ACK, b"")]);
    assert_eq!(refused.closed, [(1, Ending::Reset { sent: ToClient }, false)]);
    let silent = hear(&[syn.clone(), syn]);
    assert_eq!(silent.closed, [(1, Ending::EndOfCapture, false)]);
    assert_eq!((silent.counts.retransmissions, silent.counts.streams), (1, 1));
}

#[test]
fn order_is_restored_and_each_piece_keeps_its_packet() {
    let heard = hear(&[plain(0, b"A"), plain(3, b"DE"), plain(1, b"BC"), plain(5, b"F")]);
    assert_eq!(
        heard.data,
        [
            (1, ToServer, 1, b"A".to_vec(), 0),
            (1, ToServer, 3, b"BC".to_vec(), 0),
            (1, ToServer, 2, b"DE".to_vec(), 0),
            (1, ToServer, 4, b"F".to_vec(), 0)
        ]
    );
    assert_eq!((heard.counts.out_of_order, heard.counts.gaps, heard.counts.retransmissions), (1, 0, 0));
}

#[test]
fn the_first_copy_of_a_byte_counts() {
    let heard = hear(&[plain(0, b"abc"), plain(0, b"XYZ"), plain(1, b"YZde"), plain(2, b"Q")]);
    assert_eq!(heard.text(ToServer), "abcde");
    assert_eq!((heard.counts.retransmissions, heard.counts.overlaps), (2, 1));
    // A held piece is older than the one that fills the hole, and holes on both sides of it are filled at once.
    let heard = hear(&[plain(0, b"a"), plain(3, b"de"), plain(1, b"BCDEFG"), plain(7, b"h")]);
    assert_eq!(heard.text(ToServer), "aBCdeFGh");
    let heard = hear(&[plain(0, b"a"), plain(5, b"f"), plain(3, b"DEFG"), plain(4, b"x"), plain(1, b"bc")]);
    assert_eq!(heard.text(ToServer), "abcDEfG");
    assert_eq!((heard.counts.retransmissions, heard.counts.overlaps), (1, 1));
}

#[test]
fn sequence_numbers_wrap_around() {
    let mut talk = TcpTalk::with_sequence(client(), server(), u32::MAX - 2, u32::MAX);
    let mut frames = talk.syn();
    for part in [&b"abc"[..], b"defg", b"h"] {
        frames.extend(talk.send(ToServer, part));
    }
    frames.extend(talk.send(ToClient, b"answer"));
    frames.extend(talk.fin(ToServer));
    frames.swap(3, 4);
    let heard = hear(&frames);
    assert_eq!((heard.text(ToServer), heard.text(ToClient)), ("abcdefgh".into(), "answer".into()));
    assert_eq!(heard.closed, [(1, Ending::Finished { first: ToServer }, true)]);
    assert_eq!((heard.counts.gaps, heard.counts.out_of_order), (0, 1));
}

#[test]
fn what_is_missing_is_told() {
    let heard = hear(&[plain(0, b"ab"), plain(12, b"cd"), plain(14, b"e")]);
    assert_eq!(heard.data, [(1, ToServer, 1, b"ab".to_vec(), 0), (1, ToServer, 2, b"cd".to_vec(), 10), (1, ToServer, 3, b"e".to_vec(), 0)]);
    assert_eq!((heard.counts.gaps, heard.counts.gap_bytes), (1, 10));
    // The last bytes before a FIN.
    let heard = hear(&[plain(0, b"ab"), frame(ToServer, 7, TcpFlags::FIN, b"")]);
    assert_eq!(heard.data[1], (1, ToServer, 2, vec![], 5));
}

/// In a connection that lasts, a hole that the other side has acknowledged is given up before the end.
#[test]
fn an_acknowledged_hole_does_not_hold_the_rest_back_for_ever() {
    let mut talk = talk();
    let mut frames = talk.syn();
    talk.send(ToServer, b"never captured");
    for _ in 0..100 {
        frames.extend(talk.send(ToServer, b"ping"));
        frames.extend(talk.send(ToClient, b"pong"));
    }
    let mut streams = Streams::new();
    let mut heard = Heard::default();
    for (i, bytes) in frames.iter().enumerate() {
        let packet = Packet { number: i as u64, time_ns: None, link: LinkType::ETHERNET, bytes, original_length: bytes.len() as u32 };
        streams.feed(&packet, &mut |event| heard.take(event));
    }
    assert_eq!(heard.stream(ToServer).len(), 400);
    assert_eq!((streams.counts().gaps, streams.counts().gap_bytes), (1, 14));
}

#[test]
fn midstream_and_keep_alive() {
    let keep_alive = frame(ToServer, 99, TcpFlags::ACK, b"");
    let heard = hear(&[frame(ToClient, 500, TcpFlags::PSH, b"late"), keep_alive.clone(), plain(100, b"hello"), keep_alive]);
    assert_eq!(heard.opened, [(1, "10.0.0.7:50001".into(), "10.0.0.1:8583".into(), true)]);
    assert_eq!((heard.text(ToClient), heard.text(ToServer)), ("late".into(), "hello".into()));
    assert_eq!((heard.counts.gaps, heard.counts.midstream), (0, 1));
}

#[test]
fn ports_used_again_are_another_connection() {
    let (mut first, mut second) = (talk(), TcpTalk::with_sequence(client(), server(), 70_000_000, 5));
    let mut frames = first.syn();
    frames.extend(first.send(ToServer, b"one"));
    let again = frames[3].clone();
    frames.extend(first.fin(ToServer));
    frames.push(again);
    frames.extend(second.syn());
    frames.extend(second.send(ToServer, b"two"));
    frames.extend(second.reset(ToServer));
    frames.push(plain(70_000_004, b"too late"));
    let heard = hear(&frames);
    assert_eq!(heard.data.iter().map(|d| (d.0, d.3.clone())).collect::<Vec<_>>(), [(1, b"one".to_vec()), (2, b"two".to_vec())]);
    assert_eq!(heard.closed, [(1, Ending::Finished { first: ToServer }, true), (2, Ending::Reset { sent: ToServer }, true)]);
    assert_eq!((heard.counts.retransmissions, heard.counts.skipped.after_end), (1, 1));
    // Without an end of the first.
    let mut frames = talk().syn();
    frames.extend(TcpTalk::with_sequence(client(), server(), 70_000_000, 5).syn());
    assert_eq!(hear(&frames).closed, [(1, Ending::Replaced, true), (2, Ending::EndOfCapture, true)]);
}

#[test]
fn memory_is_bounded() {
    let limits = Limits { connections: 3, direction_bytes: 1000, direction_segments: 5, all_bytes: 1500 };
    // Segments: every second byte is missing.
    let frames: Vec<_> = (0..100).map(|i| plain(i * 2, b"x")).collect();
    let heard = hear_link(LinkType::ETHERNET, &frames, limits);
    assert_eq!((heard.stream(ToServer).len(), heard.counts.gaps, heard.counts.gap_bytes), (100, 99, 99));
    // Bytes of one direction, and of all.
    let from = |port: u16, seq: u32, payload: &[u8]| {
        let source = SocketAddrV4::new(*client().ip(), port);
        TcpFrame { source, destination: server(), seq, ack: 0, flags: TcpFlags::PSH, payload }.bytes().expect("short")
    };
    let mut frames = Vec::new();
    for port in 40_000..40_003 {
        frames.extend([from(port, 0, b"a"), from(port, 100, &[1; 700])]);
    }
    let heard = hear_link(LinkType::ETHERNET, &frames, limits);
    let order: Vec<_> = heard.data.iter().map(|d| (d.0, d.3.len(), d.4)).collect();
    assert_eq!(order[..3], [(1, 1, 0), (2, 1, 0), (1, 700, 99)], "the oldest hole is given up first");
    assert_eq!((heard.data.len(), heard.counts.gaps), (6, 3));
    // Connections.
    let frames: Vec<_> = [1, 2, 3, 1, 4].iter().map(|n| from(40_000 + n, u32::from(*n), b"a")).collect();
    let heard = hear_link(LinkType::ETHERNET, &frames, limits);
    assert_eq!(
        heard.closed.iter().map(|c| (c.0, c.1)).collect::<Vec<_>>(),
        [(2, Ending::Evicted), (1, Ending::EndOfCapture), (3, Ending::EndOfCapture), (4, Ending::EndOfCapture)]
    );
}

#[test]
fn frames_have_right_checksums() {
    let sum = |words: &[u8]| {
        let mut sum: u32 = words.chunks(2).map(|w| u32::from(w[0]) << 8 | w.get(1).map_or(0, |b| u32::from(*b))).sum();
        while sum > 0xFFFF {
            sum = (sum & 0xFFFF) + (sum >> 16);
        }
        sum
    };
    for payload in [&b""[..], b"odd", b"even"] {
        let frame = plain(5, payload);
        let (ip, tcp) = (&frame[14..34], &frame[34..]);
        let pseudo = [&ip[12..20], &[0, 6], &(tcp.len() as u16).to_be_bytes(), tcp].concat();
        assert_eq!((sum(ip), sum(&pseudo)), (0xFFFF, 0xFFFF));
    }
    let long = vec![0; 65_496];
    let frame = |payload| TcpFrame { source: client(), destination: server(), seq: 0, ack: 0, flags: TcpFlags::ACK, payload }.bytes();
    assert!(frame(&long).is_none());
    assert_eq!(hear(&[frame(&long[1..]).expect("fits")]).counts.data_bytes, 65_495);
}

// ---- properties ----

/// Each index moves by at most the given jump.
fn shuffled(jumps: &[u8], count: usize) -> Vec<usize> {
    let mut order: Vec<(usize, usize)> = (0..count).map(|i| (i + usize::from(jumps[i % jumps.len()]), i)).collect();
    order.sort();
    order.into_iter().map(|(_, i)| i).collect()
}

proptest! {
    #[test]
    fn any_cutting_order_and_doubling_gives_the_same_stream(
        bytes in proptest::collection::vec(any::<u8>(), 1..4000),
        sizes in proptest::collection::vec((1usize..200, 0usize..50), 1..60),
        jumps in proptest::collection::vec(0u8..20, 1..40),
        first in any::<u32>(),
    ) {
        let mut frames = Vec::new();
        let (mut at, mut i) = (0, 0);
        while at < bytes.len() {
            let (size, back) = sizes[i % sizes.len()];
            let (from, to) = (at - back.min(at), (at + size).min(bytes.len()));
            frames.push(plain(first.wrapping_add(1 + from as u32), &bytes[from..to]));
            if i % 3 == 0 {
                frames.push(plain(first.wrapping_add(1 + from as u32), &bytes[from..to]));
            }
            (at, i) = (to, i + 1);
        }
        let last = frames.len();
        frames.push(frame(ToServer, first.wrapping_add(1 + bytes.len() as u32), TcpFlags::FIN, b""));
        let mut sent = vec![frame(ToServer, first, TcpFlags::SYN, b"")];
        sent.extend(shuffled(&jumps, last + 1).into_iter().map(|i| frames[i].clone()));
        let heard = hear(&sent);
        prop_assert_eq!(heard.stream(ToServer), bytes);
        prop_assert_eq!((heard.counts.gaps, heard.counts.streams, heard.counts.skipped.total()), (0, 1, 0));
    }

    /// What is lost and what is heard make up the whole, in their places.
    #[test]
    fn losses_are_gaps_of_the_right_length(
        sizes in proptest::collection::vec(1usize..100, 2..60),
        lost in proptest::collection::vec(any::<bool>(), 2..60),
        jumps in proptest::collection::vec(0u8..10, 1..40),
        first in any::<u32>(),
    ) {
        let bytes: Vec<u8> = (0..sizes.iter().sum::<usize>()).map(|i| (i % 251) as u8).collect();
        let (mut frames, mut at) = (Vec::new(), 0);
        for (i, size) in sizes.iter().enumerate() {
            if !lost[i % lost.len()] {
                frames.push(plain(first.wrapping_add(1 + at as u32), &bytes[at..at + size]));
            }
            at += size;
        }
        let mut sent = vec![frame(ToServer, first, TcpFlags::SYN, b"")];
        sent.extend(shuffled(&jumps, frames.len()).into_iter().map(|i| frames[i].clone()));
        sent.push(frame(ToServer, first.wrapping_add(1 + at as u32), TcpFlags::FIN, b""));
        let heard = hear(&sent);
        let mut place = 0;
        for (_, _, _, piece, gap) in &heard.data {
            place += *gap as usize;
            prop_assert_eq!(piece, &bytes[place..place + piece.len()]);
            place += piece.len();
        }
        prop_assert_eq!(place, bytes.len());
        prop_assert_eq!(heard.counts.gap_bytes + heard.counts.data_bytes, bytes.len() as u64);
    }

    #[test]
    fn any_bytes_are_survived(
        start in 0usize..4,
        change in proptest::collection::btree_map(0usize..900, any::<u8>(), 0..12),
        tail in proptest::collection::vec(any::<u8>(), 0..600),
    ) {
        let mut conversation = talk();
        let frames = [conversation.syn(), conversation.send(ToServer, b"request"), conversation.fin(ToServer)].concat();
        let records: Vec<_> = frames.iter().map(|f| (1, 2, &f[..])).collect();
        let mut file = match start {
            0 => Vec::new(),
            1 => pcapng(),
            2 => pcap(false, 0xA1B2_C3D4, 1, &records),
            _ => [section(true), interface(true, 1, 0, &[]), frames.iter().flat_map(|f| enhanced(true, 0, 1, f, true)).collect()].concat(),
        };
        for (at, byte) in &change {
            if let Some(place) = file.get_mut(*at) {
                *place = *byte;
            }
        }
        file.extend(tail);
        let mut open = BTreeMap::new();
        let _ = read(&file[..], &mut |event| match event {
            Event::Opened { flow, .. } => { open.insert(flow.id, false); }
            Event::Closed { flow, .. } => { open.insert(flow.id, true); }
            Event::Data { .. } | Event::Datagram { .. } => {}
        });
        prop_assert!(open.values().all(|closed| *closed), "what was opened is closed");
    }

    #[test]
    fn any_packet_is_survived(packets in proptest::collection::vec((0u16..300, proptest::collection::vec(any::<u8>(), 0..120)), 0..20)) {
        for (link, bytes) in packets {
            for link in [link, 1, 101, 0, 9, 113, 276] {
                hear_link(LinkType(link), std::slice::from_ref(&bytes), Limits::default());
            }
        }
    }

    /// Random headers of segments of one connection: whatever they say, memory and time stay bounded and every byte has one event.
    #[test]
    fn any_segments_are_survived(segments in proptest::collection::vec((any::<u32>(), 0u32..40, any::<u8>(), 0usize..9, any::<bool>()), 0..80)) {
        let frames: Vec<_> = segments
            .into_iter()
            .map(|(wild, near, flags, size, way)| {
                let seq = if wild % 7 == 0 { wild } else { near };
                frame(if way { ToServer } else { ToClient }, seq, TcpFlags(if wild % 3 == 0 { flags } else { 0x10 }), &[7; 9][..size])
            })
            .collect();
        let heard = hear(&frames);
        prop_assert_eq!(heard.counts.data_bytes, heard.data.iter().map(|d| d.3.len() as u64).sum::<u64>());
        prop_assert_eq!(heard.counts.gap_bytes, heard.data.iter().map(|d| d.4).sum::<u64>());
        prop_assert_eq!(heard.opened.len(), heard.closed.len());
    }
}

/// Run by hand, with optimisation: how many small segments a second.
#[test]
#[ignore = "a measurement"]
fn speed() {
    let mut writer = PcapWriter::new(Vec::new(), LinkType::ETHERNET, Precision::Nanoseconds).expect("memory");
    let mut talks: Vec<TcpTalk> = (0..1000)
        .map(|i| TcpTalk::new(SocketAddrV4::new([10, 1, (i / 250) as u8, (i % 250) as u8].into(), 40_000 + i), server()))
        .collect();
    let mut clock = MOMENT;
    let mut count = 0u64;
    let mut write = |frames: Vec<Vec<u8>>| {
        for frame in frames {
            clock += 1000;
            count += 1;
            writer.write(clock, &frame).expect("memory");
        }
    };
    talks.iter_mut().for_each(|talk| write(talk.syn()));
    for round in 0..500 {
        for talk in &mut talks {
            write(talk.send(ToServer, &[round as u8; 100]));
            write(talk.send(ToClient, &[round as u8; 80]));
        }
    }
    talks.iter_mut().for_each(|talk| write(talk.fin(ToServer)));
    let file = writer.into_inner();
    for _ in 0..5 {
        let (mut bytes, mut closed) = (0, 0);
        let start = std::time::Instant::now();
        let counts = read(&file[..], &mut |event| match event {
            Event::Data { bytes: data, .. } => bytes += data.len(),
            Event::Closed { how: Ending::Finished { .. }, .. } => closed += 1,
            _ => {}
        })
        .expect("ours");
        let seconds = start.elapsed().as_secs_f64();
        assert_eq!((counts.segments, bytes, closed, counts.gaps), (count, 500 * 1000 * 180, 1000, 0));
        println!("{:.2} M segments/s, {:.0} MB/s", count as f64 / seconds / 1e6, file.len() as f64 / seconds / 1e6);
    }
}
