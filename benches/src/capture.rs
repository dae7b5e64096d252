//! A capture of a million messages → conversations, on one core.

use std::path::Path;
use std::time::{Duration, Instant};

use std::net::{Ipv4Addr, SocketAddrV4};

use posdx_embedded::{catalogue, knowledge};
use posdx_explain::decoded::Decoder;
use posdx_wire::capture::{Direction, LinkType, PcapWriter, Precision, TcpTalk};
use posdx_wire::iso8583::decode;

use crate::samples::{Sample, sample};

const MESSAGES: u64 = 1_000_000;
/// Terminals, each on a connection of its own, taking turns.
const TERMINALS: u32 = 1000;
const RUNS: usize = 5;

/// A message behind a length header, its trace number and terminal to be changed.
struct Form {
    bytes: Vec<u8>,
    trace: usize,
    terminal: usize,
}

impl Form {
    fn of(sample: &Sample) -> Self {
        let decoded = decode(sample.message(), sample.dialect);
        // One of the two samples has a length header already.
        let (before, body) = (sample.message - 11, &sample.bytes[sample.message - 11..]);
        let bytes = [&(body.len() as u16).to_be_bytes(), body].concat();
        let place = |n| decoded.value_start(n).expect("the field") + sample.message - before + 2;
        Form { trace: place(11), terminal: place(41), bytes }
    }

    fn filled(&mut self, trace: u32, terminal: u32) -> &[u8] {
        let packed = |two: u32| (two / 10 << 4 | two % 10) as u8;
        self.bytes[self.trace..self.trace + 3].copy_from_slice(&[trace / 10_000, trace / 100 % 100, trace % 100].map(packed));
        self.bytes[self.terminal..self.terminal + 8].copy_from_slice(format!("{terminal:08}").as_bytes());
        &self.bytes
    }
}

fn capture(root: &Path) -> Vec<u8> {
    let [mut request, mut reply] = ["cup-wearapay-0200", "cup-wearapay-0210"].map(|id| Form::of(&sample(root, id)));
    let host = SocketAddrV4::new(Ipv4Addr::new(192, 0, 2, 1), 5000);
    let talk = |i: u32| TcpTalk::new(SocketAddrV4::new(Ipv4Addr::from(0x0A00_0000 + i), 40_000), host);
    let mut talks: Vec<TcpTalk> = (0..TERMINALS).map(talk).collect();
    let mut writer = PcapWriter::new(Vec::new(), LinkType::ETHERNET, Precision::Nanoseconds).expect("a header");
    let mut time = 1_700_000_000_000_000_000;
    let mut write = |frames: Vec<Vec<u8>>| {
        for frame in frames {
            time += 100_000;
            writer.write(time, &frame).expect("written");
        }
    };
    talks.iter_mut().for_each(|t| write(t.syn()));
    for turn in 0..MESSAGES as u32 / TERMINALS / 2 {
        for (terminal, talk) in (0..).zip(&mut talks) {
            write(talk.send(Direction::ToServer, request.filled(turn + 1, terminal)));
            write(talk.send(Direction::ToClient, reply.filled(turn + 1, terminal)));
        }
    }
    talks.iter_mut().for_each(|t| write(t.fin(Direction::ToServer)));
    writer.into_inner()
}

pub fn measure(root: &Path) {
    let bytes = capture(root);
    let decoder = Decoder::new(catalogue(), knowledge());
    let mut best = Duration::MAX;
    for _ in 0..RUNS {
        let start = Instant::now();
        let report = decoder.capture(bytes.as_slice()).expect("a capture");
        best = best.min(start.elapsed());
        assert!(report.messages == MESSAGES && report.broken == 0 && report.chain_count == MESSAGES / 2, "all of them, in pairs");
    }
    println!(
        "capture of {MESSAGES} messages, {} MB: {best:?} = {:.0} messages a second (bar 500000)",
        bytes.len() / 1_000_000,
        MESSAGES as f64 / best.as_secs_f64()
    );
}
