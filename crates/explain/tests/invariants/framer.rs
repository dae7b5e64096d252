//! Two bytes: the frame of a dialect. Then the longest message, how the stream is cut, and the stream.

use posdx_embedded::knowledge;
use posdx_wire::iso8583::{Dialect, Envelope, Frame, FrameEvent, Framer, LengthForm, detect_stream, header_parts, write_length};

use super::pieces;

const LONGEST: [usize; 6] = [4096, 64, 300, 65_535, 8, 0];

#[derive(Clone, Debug, PartialEq)]
enum Found {
    Message(u64, Vec<u8>),
    Skipped(u64, u64),
    Cut(u64, Vec<u8>, usize),
}

pub fn frames() -> Vec<(&'static Dialect, &'static Frame)> {
    let all = knowledge().dialects.all().iter().flat_map(|d| d.frames.iter().map(move |f| (d, f)));
    all.filter(|(_, f)| f.length != LengthForm::None).collect()
}

pub fn check(data: &[u8]) {
    let [high, low, longest, cuts, stream @ ..] = data else { return };
    let frames = frames();
    let (dialect, frame) = frames[usize::from(u16::from_be_bytes([*high, *low])) % frames.len()];
    let longest = LONGEST[usize::from(*longest) % LONGEST.len()];
    let mut framer = Framer::new(dialect, frame, longest).expect("has a length");
    let whole = run(&mut framer, &pieces(stream, 0));
    every_byte_is_accounted_for(&whole, stream, 0);
    let mut second = Framer::new(dialect, frame, longest).expect("has a length");
    assert_eq!(run(&mut second, &pieces(stream, *cuts)), whole, "cut into pieces");
    // A framer that was finished goes on with the next bytes.
    every_byte_is_accounted_for(&run(&mut framer, &pieces(stream, *cuts)), stream, stream.len() as u64);
    for message in whole.iter().filter_map(|f| if let Found::Message(_, bytes) = f { Some(bytes) } else { None }) {
        assert!(message.len() <= longest);
        envelope_is_written_back(message, frame);
    }
    let _ = detect_stream(stream, &knowledge().dialects);
}

fn run(framer: &mut Framer<'_>, pieces: &[&[u8]]) -> Vec<Found> {
    let mut found = Vec::new();
    let mut sink = |event: FrameEvent<'_>| {
        found.push(match event {
            FrameEvent::Message { bytes, offset } => Found::Message(offset, bytes.to_vec()),
            FrameEvent::Skipped { count, offset } => Found::Skipped(offset, count),
            FrameEvent::Cut { bytes, offset, missing } => Found::Cut(offset, bytes.to_vec(), missing),
        });
    };
    for piece in pieces {
        framer.push(piece, &mut sink);
    }
    framer.finish(&mut sink);
    found
}

fn every_byte_is_accounted_for(found: &[Found], stream: &[u8], start: u64) {
    let mut at = 0;
    for event in found {
        let (offset, count) = match event {
            Found::Skipped(offset, count) => (*offset, *count as usize),
            Found::Message(offset, bytes) | Found::Cut(offset, bytes, _) => {
                assert_eq!(stream.get(at..at + bytes.len()), Some(bytes.as_slice()));
                (*offset, bytes.len())
            }
        };
        assert!(offset == start + at as u64 && count > 0);
        assert!(!matches!(event, Found::Cut(_, _, 0)), "nothing is missing");
        at += count;
    }
    assert_eq!(at, stream.len());
}

fn envelope_is_written_back(message: &[u8], frame: &Frame) {
    let envelope = Envelope::read(message, frame).expect("framed");
    assert_eq!((envelope.length_holds(message), envelope.end), (Some(true), message.len()));
    let mut length = Vec::new();
    write_length(message.len() - envelope.length.1, frame.length, frame.counts, &mut length).expect("it was read");
    assert_eq!(length, message[..envelope.length.1]);
    let (from, to) = envelope.header;
    for part in header_parts(frame, &message[from..to], from) {
        assert!(from * 2 <= part.nibbles.0 && part.nibbles.1 <= to * 2);
    }
}
