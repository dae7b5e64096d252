//! A flag byte, how the log is cut, two bytes for where a card number goes, and the log.

use posdx_embedded::knowledge;
use posdx_explain::decoded::Decoded;
use posdx_explain::decoded::log::LogReader;
use posdx_wire::log::{Block, Digest, Line, Lines, MAX_LINE, signals, template};

use super::pieces;
use super::shown::{DECODER, MISTYPED, hides, pages};

/// Puts a card number in.
pub const WITH_CARD: u8 = 1;
/// All of this: a long line in front.
const LONG: u8 = 0xF0;

pub fn check(data: &[u8]) {
    let [flags, cuts, high, low, text @ ..] = data else { return };
    let mut text = text.to_vec();
    if flags & WITH_CARD != 0 {
        let at = usize::from(u16::from_be_bytes([*high, *low])) % (text.len() + 1);
        text.splice(at..at, format!(" {MISTYPED} ").bytes());
    }
    if flags & LONG == LONG {
        text.splice(0..0, std::iter::repeat_n(b'x', MAX_LINE - 20));
    }
    let whole = lines(&text, 0);
    lines_cover_the_text(&whole, &text);
    let cut = lines(&text, *cuts);
    let seen = |lines: &[Line]| lines.iter().map(|l| format!("{l:?} {}", l.masked())).collect::<Vec<_>>();
    assert_eq!(seen(&cut), seen(&whole));
    let shown = what_matters(&whole);
    if flags & WITH_CARD != 0 {
        hides(&shown, MISTYPED);
    }
    report(&text, *cuts, flags & WITH_CARD != 0);
}

fn lines(text: &[u8], cuts: u8) -> Vec<Line> {
    let mut reader = Lines::new(&knowledge().log);
    let mut found = Vec::new();
    for piece in pieces(text, cuts) {
        reader.feed(piece, &mut |line| found.push(line.clone()));
    }
    reader.finish(&mut |line| found.push(line.clone()));
    found
}

fn lines_cover_the_text(lines: &[Line], text: &[u8]) {
    let mut at = 0u64;
    for (i, line) in lines.iter().enumerate() {
        assert!(line.number == i as u64 + 1 && line.offset == at && line.continues.is_none_or(|n| n < line.number));
        let end = at + line.length;
        let rest = text.get(end as usize..).expect("inside");
        at = end + if rest.starts_with(b"\r\n") { 2 } else { rest.len().min(1) as u64 };
    }
    assert_eq!(at, text.len() as u64);
}

/// Runs everything that looks at lines; the result is all that may be shown of them.
fn what_matters(lines: &[Line]) -> Vec<String> {
    let knowledge = knowledge();
    let (mut digest, mut block, mut shown) = (Digest::new(3), Block::default(), Vec::new());
    let mut added = 0;
    for line in lines {
        let message = line.message();
        let inside = |start: usize, end: usize| assert!(message.get(start..end).is_some(), "{start} to {end}");
        if let Some(why) = knowledge.log.matters(line) {
            why.signs.iter().for_each(|sign| inside(sign.start, sign.end));
            let signals = signals(&knowledge.log, &knowledge.devices, message);
            signals.iter().for_each(|signal| inside(signal.start, signal.end));
            digest.add(line, &signals);
            added += 1;
            shown.push(format!("{signals:?} {}", template(message, &[])));
        }
        if !block.push(line) {
            block.take();
            block.push(line);
        }
        shown.push(format!("{line:?} {}", line.masked()));
    }
    assert!(block.take().iter().all(|(line, dump)| *line >= 1 && !dump.bytes().is_empty()));
    let groups = digest.groups();
    let counted: u64 = groups.iter().map(|g| g.count).sum::<u64>() + digest.rest().map_or(0, |r| r.lines);
    assert!(groups.len() <= 3 && counted <= added && (added == 0) == (counted == 0));
    shown.push(format!("{groups:?}"));
    shown
}

fn report(text: &[u8], cuts: u8, card: bool) {
    let mut reader = LogReader::new(&DECODER);
    pieces(text, cuts).into_iter().for_each(|piece| reader.feed(piece));
    let report = DECODER.report(Decoded::Log(reader.finish()));
    let pages = pages(&Ok(report));
    if card {
        hides(&pages, MISTYPED);
    }
}
