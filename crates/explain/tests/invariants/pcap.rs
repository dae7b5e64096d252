//! First byte even: the rest is a capture. Odd: a conversation that goes as the next bytes say, with packets lost, doubled and swapped.

use std::collections::BTreeMap;

use posdx_explain::decoded::Decoded;
use posdx_wire::capture::{Counts, Direction, Event, LinkType, PcapWriter, Precision, TcpTalk, read};

use super::shown::{DECODER, pages};

pub fn check(data: &[u8]) {
    match data {
        [kind, file @ ..] if kind & 1 == 0 => {
            listen(file);
            report(file);
        }
        [kind, script @ ..] => conversation(*kind, script),
        [] => {}
    }
}

/// What was heard of one connection.
#[derive(Default)]
struct Heard {
    bytes: [Vec<u8>; 2],
    gaps: u64,
    closed: bool,
}

fn side(direction: Direction) -> usize {
    usize::from(direction == Direction::ToClient)
}

/// Reads a capture; events come in an order that makes sense.
fn listen(file: &[u8]) -> (BTreeMap<u32, Heard>, Counts) {
    let mut heard: BTreeMap<u32, Heard> = BTreeMap::new();
    let (mut bytes_told, mut gaps_told, mut datagrams) = (0, 0, 0);
    let counts = read(file, &mut |event| match event {
        Event::Opened { flow, .. } => assert!(heard.insert(flow.id, Heard::default()).is_none(), "opened twice"),
        Event::Data { flow, direction, bytes, gap_before, .. } => {
            let stream = heard.get_mut(&flow.id).expect("opened");
            assert!(!stream.closed && (!bytes.is_empty() || gap_before > 0));
            stream.bytes[side(direction)].extend(bytes);
            stream.gaps += gap_before;
            bytes_told += bytes.len() as u64;
            gaps_told += gap_before;
        }
        Event::Closed { flow, .. } => {
            let stream = heard.get_mut(&flow.id).expect("opened");
            assert!(!std::mem::replace(&mut stream.closed, true), "closed twice");
        }
        Event::Datagram { .. } => datagrams += 1,
    });
    assert!(heard.values().all(|s| s.closed), "what was opened is closed");
    let Ok(counts) = counts else { return (heard, Counts::default()) };
    assert_eq!((counts.data_bytes, counts.gap_bytes, counts.datagrams), (bytes_told, gaps_told, datagrams));
    assert_eq!(counts.streams, heard.len() as u64);
    assert!(counts.skipped.total() <= counts.packets);
    (heard, counts)
}

fn report(file: &[u8]) {
    pages(&DECODER.capture(file).map(|c| DECODER.report(Decoded::Capture(c))));
}

/// Each step of the script: a byte that says what happens, a length, and so many bytes to send.
fn conversation(kind: u8, mut script: &[u8]) {
    let mut talk = TcpTalk::new("10.0.0.7:50001".parse().expect("an address"), "10.0.0.1:8583".parse().expect("an address"));
    let mut frames = talk.syn();
    let mut sent: [Vec<u8>; 2] = Default::default();
    let mut harmless = true;
    while let [what, length, rest @ ..] = script {
        let (payload, after) = rest.split_at(usize::from(*length).min(rest.len()));
        script = after;
        let direction = if what & 1 == 0 { Direction::ToServer } else { Direction::ToClient };
        let begin = frames.len();
        frames.extend(talk.send(direction, payload));
        sent[side(direction)].extend(payload);
        match what >> 1 & 7 {
            // Sent twice.
            1 => frames.extend_from_within(begin..),
            // Overtaken by the packet before.
            2 if begin > 3 && begin < frames.len() => frames.swap(begin - 1, begin),
            // Lost.
            3 => {
                harmless &= begin == frames.len();
                frames.truncate(begin);
            }
            // Not all of it was captured.
            4 if begin < frames.len() => {
                harmless = false;
                frames[begin].truncate(54 + payload.len() / 2);
            }
            5 => frames.extend(talk.ack(direction)),
            _ => {}
        }
    }
    frames.extend(talk.fin(Direction::ToClient));
    let precision = if kind & 2 == 0 { Precision::Nanoseconds } else { Precision::Microseconds };
    let mut writer = PcapWriter::new(Vec::new(), LinkType::ETHERNET, precision).expect("memory");
    for (i, frame) in frames.iter().enumerate() {
        writer.write(i as u64 * 1_000_000, frame).expect("memory");
    }
    let mut file = writer.into_inner();
    let (heard, counts) = listen(&file);
    assert_eq!((counts.packets, counts.streams), (frames.len() as u64, 1));
    let stream = heard.values().next().expect("one");
    let told: usize = stream.bytes.iter().map(Vec::len).sum();
    let all: usize = sent.iter().map(Vec::len).sum();
    assert_eq!(told as u64 + stream.gaps, all as u64, "heard or told as missing");
    if harmless {
        assert!(stream.bytes == sent, "nothing was lost");
    }
    report(&file);
    if kind & 4 != 0 {
        file.truncate(file.len() * usize::from(kind >> 3) / 32);
        listen(&file);
    }
}
