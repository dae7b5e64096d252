//! What a run leaves behind: what was shown, the log, the slips, and the conversation as a capture.

use std::net::{Ipv4Addr, SocketAddrV4};

use posdx_wire::capture::{Direction, LinkType, PcapWriter, Precision, TcpTalk};

use crate::Moment;
use crate::terminal::{LogLine, Screen, Slip};

/// What was seen and said, in order.
#[derive(Debug, Clone, Default)]
pub struct Record {
    /// Displays.
    pub shown: Vec<(Moment, Screen)>,
    /// The terminal's log.
    pub log: Vec<LogLine>,
    /// Slips that came out.
    pub slips: Vec<Slip>,
    /// Bytes on the wire: when, to the host or from it, what; empty bytes end a connection.
    pub wire: Vec<(Moment, bool, Vec<u8>)>,
    /// What people and faults did, in words.
    pub deeds: Vec<(Moment, String)>,
}

impl Record {
    /// The codes that were on the display, in order.
    pub fn codes(&self) -> Vec<&str> {
        self.shown.iter().filter_map(|(_, screen)| screen.code.as_deref()).collect()
    }

    /// The last display that ended a business.
    pub fn last_result(&self) -> Option<&Screen> {
        self.shown.iter().rev().map(|(_, s)| s).find(|s| !s.reason.is_empty())
    }

    /// The terminal's log as text.
    pub fn log_text(&self) -> String {
        self.log.iter().map(|l| format!("{l}\n")).collect()
    }

    /// The conversation as a pcap file with real TCP connections. It holds card data of the lab's own made-up cards, as a real capture
    /// would: it is a file for tools, not a text for people.
    pub fn pcap(&self) -> Vec<u8> {
        let server = SocketAddrV4::new(Ipv4Addr::new(192, 0, 2, 1), 9910);
        let mut port = 40_001;
        let mut talk: Option<TcpTalk> = None;
        let mut writer = match PcapWriter::new(Vec::new(), LinkType::ETHERNET, Precision::Microseconds) {
            Ok(writer) => writer,
            Err(_) => return Vec::new(),
        };
        let mut write = |at: Moment, frames: Vec<Vec<u8>>| {
            for (i, frame) in frames.iter().enumerate() {
                // Milliseconds of the lab begin with 2026 in UTC+8.
                let seconds_1970 = 1_767_196_800u64;
                let _ = writer.write((seconds_1970 * 1000 + at.0) * 1_000_000 + i as u64 * 20_000, frame);
            }
        };
        for (at, up, bytes) in &self.wire {
            if bytes.is_empty() {
                if let Some(mut open) = talk.take() {
                    write(*at, open.fin(Direction::ToServer));
                }
                continue;
            }
            if talk.is_none() {
                let mut open = TcpTalk::new(SocketAddrV4::new(Ipv4Addr::new(192, 0, 2, 50), port), server);
                port += 1;
                write(*at, open.syn());
                talk = Some(open);
            }
            if let Some(open) = &mut talk {
                let direction = if *up { Direction::ToServer } else { Direction::ToClient };
                write(*at, open.send(direction, bytes));
            }
        }
        writer.into_inner()
    }
}
