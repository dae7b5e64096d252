//! A capture → messages joined into conversations, in one pass and bounded memory.

use std::collections::HashMap;

use posdx_model::Text;
use posdx_wire::capture::{CaptureError, Direction, Event, read};
use posdx_wire::iso8583::{Dialect, FrameEvent, Framer, MESSAGE_MAX, decode, detect_stream};

use super::conversation::Conversations;
use super::report::CaptureReport;
use super::{DecodeError, Decoder};

/// Bytes of a direction that are collected until it is clear what they are.
const UNDECIDED_MAX: usize = 8 * 1024;

/// What is known of a connection.
enum Stream<'a> {
    /// Not yet: what each direction began with.
    Undecided([Vec<u8>; 2]),
    /// Messages behind length headers.
    Framed { dialect: &'a Dialect, before: usize, framers: [Framer<'a>; 2] },
    /// Each piece is a message.
    Pieces { dialect: &'a Dialect },
    /// Something else.
    Foreign,
}

impl Decoder<'_> {
    /// Reads a capture: pcap or pcapng.
    pub fn capture(&self, reader: impl std::io::Read) -> Result<CaptureReport, DecodeError> {
        let mut streams: HashMap<u32, Stream<'_>> = HashMap::new();
        let mut datagrams: Option<&Dialect> = None;
        let mut talk = Conversations::new(self);
        let mut unexplained = 0u64;
        let counts = read(reader, &mut |event| match event {
            Event::Data { flow, direction, time_ns, bytes, gap_before, .. } => {
                let stream = streams.entry(flow.id).or_insert_with(|| Stream::Undecided([Vec::new(), Vec::new()]));
                let from_client = direction == Direction::ToServer;
                let side = usize::from(!from_client);
                let at = (flow.id, from_client);
                if gap_before > 0 {
                    unexplained += stream.restart(side);
                }
                if let Stream::Undecided(begun) = stream {
                    unexplained += self.decide(stream_of(begun, side, bytes), at, time_ns, stream, &mut talk);
                } else {
                    unexplained += stream.push(side, bytes, at, time_ns, &mut talk);
                }
            }
            Event::Datagram { time_ns, bytes, .. } => {
                let known = datagrams.or_else(|| detect_stream(bytes, &self.knowledge.dialects).map(|d| d.0));
                datagrams = known;
                match known.and_then(|d| Some((posdx_wire::iso8583::best_of(bytes, d)?, d))) {
                    Some((found, dialect)) => talk.push(&found.decoded, dialect, time_ns, None),
                    None => unexplained += bytes.len() as u64,
                }
            }
            Event::Closed { flow, .. } => {
                if let Some(mut stream) = streams.remove(&flow.id) {
                    unexplained += stream.restart(0) + stream.restart(1);
                }
            }
            Event::Opened { .. } => {}
        })
        .map_err(|e| DecodeError::Capture(capture_error(&e)))?;
        let outcome = talk.finish();
        Ok(CaptureReport {
            packets: counts.packets,
            streams: counts.streams,
            messages: outcome.messages,
            broken: outcome.broken,
            unexplained_bytes: unexplained,
            lost_bytes: counts.gap_bytes,
            dialects: outcome.dialects,
            responses: outcome.responses,
            chains: outcome.chains,
            chain_count: outcome.chain_count,
            findings: outcome.findings,
            cut_at: counts.cut_at,
            explanation: outcome.explanation,
        })
    }

    /// Finds out what a connection speaks; the result is how many bytes are given up.
    fn decide<'s>(
        &'s self,
        begun: Vec<u8>,
        at: (u32, bool),
        time_ns: Option<u64>,
        stream: &mut Stream<'s>,
        talk: &mut Conversations<'_, 's>,
    ) -> u64 {
        let side = usize::from(!at.1);
        let found = detect_stream(&begun, &self.knowledge.dialects);
        let decided = found.and_then(|(dialect, frame)| match frame {
            Some(frame) => {
                let framer = || Framer::new(dialect, frame, MESSAGE_MAX);
                Some(Stream::Framed { dialect, before: frame.size(), framers: [framer()?, framer()?] })
            }
            None => Some(Stream::Pieces { dialect }),
        });
        let other = match stream {
            Stream::Undecided(begun) => std::mem::take(&mut begun[1 - side]),
            _ => Vec::new(),
        };
        match decided {
            Some(decided) => {
                *stream = decided;
                let mut given_up = stream.push(1 - side, &other, (at.0, !at.1), time_ns, talk);
                given_up += stream.push(side, &begun, at, time_ns, talk);
                given_up
            }
            None if begun.len() + other.len() >= UNDECIDED_MAX => {
                *stream = Stream::Foreign;
                (begun.len() + other.len()) as u64
            }
            None => {
                if let Stream::Undecided(kept) = stream {
                    kept[side] = begun;
                    kept[1 - side] = other;
                }
                0
            }
        }
    }
}

/// What a direction began with, and these bytes.
fn stream_of(begun: &mut [Vec<u8>; 2], side: usize, bytes: &[u8]) -> Vec<u8> {
    let mut all = std::mem::take(&mut begun[side]);
    all.extend_from_slice(bytes);
    all
}

impl<'a> Stream<'a> {
    /// Takes the next bytes of a direction; the result is how many of them belong to no message.
    fn push(&mut self, side: usize, bytes: &[u8], at: (u32, bool), time_ns: Option<u64>, talk: &mut Conversations<'_, 'a>) -> u64 {
        match self {
            Stream::Framed { dialect, before, framers } => {
                let (dialect, before) = (*dialect, *before);
                let mut given_up = 0;
                framers[side].push(bytes, &mut |event| match event {
                    FrameEvent::Message { bytes, .. } => {
                        let message = bytes.get(before..).unwrap_or_default();
                        talk.push(&decode(message, dialect), dialect, time_ns, Some(at));
                    }
                    FrameEvent::Skipped { count, .. } => given_up += count,
                    FrameEvent::Cut { bytes, .. } => given_up += bytes.len() as u64,
                });
                given_up
            }
            Stream::Pieces { dialect } if !bytes.is_empty() => {
                let dialect = *dialect;
                match posdx_wire::iso8583::best_of(bytes, dialect) {
                    Some(found) => {
                        talk.push(&found.decoded, dialect, time_ns, Some(at));
                        0
                    }
                    None => bytes.len() as u64,
                }
            }
            Stream::Foreign => bytes.len() as u64,
            Stream::Undecided(_) | Stream::Pieces { .. } => 0,
        }
    }

    /// Bytes are missing, or the connection has ended: what was begun is given up.
    fn restart(&mut self, side: usize) -> u64 {
        match self {
            Stream::Undecided(begun) => std::mem::take(&mut begun[side]).len() as u64,
            Stream::Framed { framers, .. } => {
                let mut given_up = 0;
                framers[side].finish(&mut |event| match event {
                    FrameEvent::Skipped { count, .. } => given_up += count,
                    FrameEvent::Cut { bytes, .. } => given_up += bytes.len() as u64,
                    FrameEvent::Message { .. } => {}
                });
                given_up
            }
            Stream::Pieces { .. } | Stream::Foreign => 0,
        }
    }
}

fn capture_error(error: &CaptureError) -> Text {
    let detail = error.to_string();
    Text::new(
        format!("抓包文件读不了：{detail}。请用 tcpdump 或 Wireshark 另存为 pcap 或 pcapng。"),
        format!("The capture cannot be read: {detail}. Save it as pcap or pcapng with tcpdump or Wireshark."),
    )
}
