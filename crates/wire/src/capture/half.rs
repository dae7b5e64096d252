//! One direction of a TCP connection: segments in any order in, bytes in order out. The first copy of a byte counts.

use std::collections::BTreeMap;

use super::counts::Counts;

/// No TCP window is larger (RFC 7323, section 2.3).
const WINDOW_MAX: u32 = 1 << 30;
/// What a held segment costs besides its bytes, about.
const CHUNK_COST: usize = 96;
/// Packets of the connection to wait for bytes that the other side says it has: the capture may be out of order, or lack them.
const PATIENCE: u32 = 64;

/// What a packet brought.
#[derive(Clone, Copy)]
pub(super) struct Segment<'a> {
    pub(super) seq: u32,
    pub(super) piece: Piece<'a>,
    pub(super) fin: bool,
    pub(super) time_ns: Option<u64>,
    pub(super) packet: u64,
}

/// Bytes of the stream, of which the capture may hold only the first.
#[derive(Clone, Copy)]
pub(super) struct Piece<'a> {
    pub(super) bytes: &'a [u8],
    /// Never less than there are bytes.
    pub(super) length: u32,
}

impl<'a> Piece<'a> {
    fn split(self, at: u32) -> (Self, Self) {
        let (front, back) = self.bytes.split_at((at as usize).min(self.bytes.len()));
        (Piece { bytes: front, length: at }, Piece { bytes: back, length: self.length - at })
    }
}

/// What the stream hands on.
pub(super) struct Delivery<'a> {
    pub(super) time_ns: Option<u64>,
    pub(super) packet: u64,
    pub(super) bytes: &'a [u8],
    pub(super) gap_before: u64,
}

struct Chunk {
    time_ns: Option<u64>,
    packet: u64,
    bytes: Box<[u8]>,
    length: u32,
}

/// Places in the stream (`u64`) count from its first byte; sequence numbers (`u32`) wrap around.
#[derive(Default)]
pub(super) struct Half {
    /// The sequence numbers are known.
    pub(super) begun: bool,
    /// The number that the SYN had.
    pub(super) syn: Option<u32>,
    /// The sequence number expected next, and its place in the stream.
    pub(super) next: u32,
    place: u64,
    /// Missing bytes that no event has told of.
    untold: u64,
    fin: Option<u64>,
    /// What the other side has acknowledged.
    acknowledged: Option<u32>,
    waited: u32,
    /// Held back by place; nothing overlaps, and nothing stands before `place`.
    held: BTreeMap<u64, Chunk>,
    /// Memory of `held`.
    pub(super) held_bytes: usize,
    /// The owner's book-keeping: what it has counted of `held_bytes`, and this half's place in its queue, 0 for none.
    pub(super) booked_bytes: usize,
    pub(super) queue: u64,
}

impl Half {
    pub(super) fn begin(&mut self, next: u32) {
        self.begun = true;
        self.next = next;
    }

    /// How far a sequence number lies ahead of what is expected; negative behind it.
    #[inline]
    pub(super) fn ahead(&self, seq: u32) -> i32 {
        seq.wrapping_sub(self.next).cast_signed()
    }

    /// The first sequence number of this stream that was seen.
    pub(super) fn first(&self) -> u32 {
        self.next.wrapping_sub(self.place as u32)
    }

    pub(super) fn held_segments(&self) -> usize {
        self.held.len()
    }

    /// Everything up to the FIN has been handed on.
    #[inline]
    pub(super) fn is_done(&self) -> bool {
        self.fin.is_some_and(|fin| self.place >= fin)
    }

    #[inline]
    pub(super) fn has_hole(&self) -> bool {
        !self.held.is_empty() || self.fin.is_some_and(|fin| self.place < fin)
    }

    /// The other side acknowledged everything before `ack`.
    #[inline]
    pub(super) fn acknowledge(&mut self, ack: u32) {
        if self.acknowledged.is_none_or(|old| ack.wrapping_sub(old).cast_signed() > 0) {
            self.acknowledged = Some(ack);
        }
    }

    /// Another packet of the connection has come. `true`: the hole is there to stay.
    #[inline]
    pub(super) fn has_waited_enough(&mut self) -> bool {
        if !self.has_hole() || self.acknowledged.is_none_or(|ack| self.ahead(ack) <= 0) {
            return false;
        }
        self.waited += 1;
        self.waited > PATIENCE
    }

    #[inline]
    pub(super) fn accept(&mut self, segment: &Segment<'_>, counts: &mut Counts, out: &mut impl FnMut(Delivery<'_>)) {
        let Segment { seq, piece, fin, time_ns, packet } = *segment;
        let ahead = self.ahead(seq);
        if ahead != 0 || !self.held.is_empty() || self.fin.is_some() {
            self.accept_slowly(segment, counts, out);
            return;
        }
        if fin {
            self.fin = Some(self.place + u64::from(piece.length));
        }
        self.deliver(piece, time_ns, packet, counts, out);
    }

    fn accept_slowly(&mut self, segment: &Segment<'_>, counts: &mut Counts, out: &mut impl FnMut(Delivery<'_>)) {
        let ahead = self.ahead(segment.seq);
        if ahead.unsigned_abs() > WINDOW_MAX {
            counts.skipped.outside_window += 1;
            return;
        }
        let mut piece = segment.piece;
        let start = self.place.checked_add_signed(i64::from(ahead));
        if segment.fin && self.fin.is_none() {
            let end = self.place.checked_add_signed(i64::from(ahead) + i64::from(piece.length));
            self.fin = end.filter(|end| *end >= self.place);
        }
        if piece.length == 0 {
            return;
        }
        let known = if ahead < 0 { ahead.unsigned_abs().min(piece.length) } else { 0 };
        if known == piece.length {
            counts.retransmissions += 1;
            return;
        }
        let mut overlaps = known > 0;
        let start = if overlaps { self.place } else { start.unwrap_or(self.place) };
        piece = piece.split(known).1;
        if self.fin.is_some_and(|fin| start >= fin) {
            counts.skipped.outside_window += 1;
            return;
        }
        if start > self.place {
            counts.out_of_order += 1;
        }
        match self.weave(start, piece, segment, counts, out) {
            Woven { new: false, .. } => counts.retransmissions += 1,
            Woven { known, .. } => {
                overlaps |= known;
                counts.overlaps += u64::from(overlaps);
            }
        }
    }

    /// Puts in what is not there yet: handed on where it is next, held back elsewhere.
    fn weave(
        &mut self,
        mut at: u64,
        mut rest: Piece<'_>,
        segment: &Segment<'_>,
        counts: &mut Counts,
        out: &mut impl FnMut(Delivery<'_>),
    ) -> Woven {
        let mut woven = Woven { new: false, known: false };
        while rest.length > 0 {
            let covered = match self.held.range(..=at).next_back() {
                Some((start, chunk)) => (start + u64::from(chunk.length)).saturating_sub(at),
                None => self.place.saturating_sub(at),
            };
            if covered > 0 {
                let step = at_most(covered, rest.length);
                rest = rest.split(step).1;
                at += u64::from(step);
                woven.known = true;
                continue;
            }
            let room = self.held.range(at..).next().map_or(u64::MAX, |(start, _)| start - at);
            let step = at_most(room, rest.length);
            let (now, later) = rest.split(step);
            if at == self.place {
                self.deliver(now, segment.time_ns, segment.packet, counts, out);
                self.drain(counts, out);
            } else {
                self.held_bytes += now.bytes.len() + CHUNK_COST;
                let chunk = Chunk { time_ns: segment.time_ns, packet: segment.packet, bytes: now.bytes.into(), length: now.length };
                self.held.insert(at, chunk);
            }
            woven.new = true;
            rest = later;
            at += u64::from(step);
        }
        woven
    }

    #[inline]
    fn deliver(&mut self, piece: Piece<'_>, time_ns: Option<u64>, packet: u64, counts: &mut Counts, out: &mut impl FnMut(Delivery<'_>)) {
        if !piece.bytes.is_empty() {
            counts.data_bytes += piece.bytes.len() as u64;
            out(Delivery { time_ns, packet, bytes: piece.bytes, gap_before: std::mem::take(&mut self.untold) });
        }
        self.next = self.next.wrapping_add(piece.length);
        self.place += u64::from(piece.length);
        self.waited = 0;
        self.miss(u64::from(piece.length) - piece.bytes.len() as u64, counts);
    }

    /// Hands on what is held back and now next.
    fn drain(&mut self, counts: &mut Counts, out: &mut impl FnMut(Delivery<'_>)) {
        while let Some(first) = self.held.first_entry()
            && *first.key() <= self.place
        {
            let chunk = first.remove();
            self.held_bytes = self.held_bytes.saturating_sub(chunk.bytes.len() + CHUNK_COST);
            self.deliver(Piece { bytes: &chunk.bytes, length: chunk.length }, chunk.time_ns, chunk.packet, counts, out);
        }
    }

    fn miss(&mut self, bytes: u64, counts: &mut Counts) {
        if bytes > 0 {
            counts.gaps += u64::from(self.untold == 0);
            counts.gap_bytes += bytes;
            self.untold += bytes;
        }
    }

    /// Takes the first hole for a gap and hands on what stands behind it.
    pub(super) fn give_up_hole(&mut self, counts: &mut Counts, out: &mut impl FnMut(Delivery<'_>)) {
        let behind = self.held.first_key_value().map(|(start, _)| *start).or(self.fin);
        let missing = behind.map_or(0, |b| b.saturating_sub(self.place));
        self.next = self.next.wrapping_add(missing as u32);
        self.place += missing;
        self.waited = 0;
        self.miss(missing, counts);
        self.drain(counts, out);
    }

    /// Hands on everything held back, for the last time.
    pub(super) fn flush(&mut self, time_ns: Option<u64>, packet: u64, counts: &mut Counts, out: &mut impl FnMut(Delivery<'_>)) {
        while self.has_hole() {
            self.give_up_hole(counts, out);
        }
        if self.untold > 0 {
            out(Delivery { time_ns, packet, bytes: &[], gap_before: std::mem::take(&mut self.untold) });
        }
    }
}

struct Woven {
    new: bool,
    known: bool,
}

fn at_most(far: u64, length: u32) -> u32 {
    u32::try_from(far).map_or(length, |far| far.min(length))
}
