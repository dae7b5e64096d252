//! A dump found in text: its bytes, and the way back from each byte to the text.

use std::fmt;

posdx_model::words! {
    /// How bytes were written down.
    Form {
        /// Digits without a break.
        Hex = "hex",
        /// Digits in groups: blanks, colons, hyphens or commas between.
        HexGroups = "hex-groups",
        /// Numbers with `0x` in front, or a C, Java or C# array of them.
        HexArray = "hex-array",
        /// An array of decimal numbers, signed or not.
        DecimalArray = "decimal-array",
        /// `\x60` escapes, with or without printable characters between.
        Escapes = "escapes",
        /// Rows with an offset in front: xxd, `hexdump -C`, od, Wireshark, debuggers.
        Hexdump = "hexdump",
        /// Rows of 16-bit words, low byte first, as plain `hexdump` writes them.
        HexdumpWords = "hexdump-words",
        /// Base64 (RFC 4648 sections 4 and 5; wrapped as in RFC 2045).
        Base64 = "base64",
        /// An ISO 8583 message in printable characters; it is its own bytes.
        AsciiMessage = "ascii-message",
    }
}

/// A place in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Bytes of UTF-8 before it.
    pub offset: usize,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// Why a dump may not be what was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// A digit without its partner stands here; it is not among the bytes.
    OddDigits(Place),
    /// A character that is no hexadecimal digit stands here; the dump ends before it.
    Foreign(Place),
    /// The text breaks off here with dots; the rest of the message is not in it.
    Cut(Place),
    /// The offsets of a hexdump jump: bytes are missing. They are not made up.
    Gap {
        /// Byte of the dump before which they are missing.
        byte: usize,
        /// How many.
        missing: usize,
    },
}

/// Bytes per stride of a run whose text is base64: four characters make three bytes.
const BASE64: u32 = u32::MAX;

/// Bytes that lie in the text at even steps, within one line.
#[derive(Clone, Copy)]
struct Run {
    byte: usize,
    place: Place,
    step: u32,
}

/// Bytes found in a text.
#[derive(Clone)]
pub struct Dump {
    form: Form,
    bytes: Vec<u8>,
    start: Place,
    end: usize,
    doubts: Vec<Doubt>,
    runs: Vec<Run>,
}

impl Dump {
    /// How they were written.
    pub fn form(&self) -> Form {
        self.form
    }

    /// The bytes. They may hold card data.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Takes the bytes out.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Where the dump begins.
    pub fn start(&self) -> Place {
        self.start
    }

    /// Byte offset in the text just behind the dump.
    pub fn end(&self) -> usize {
        self.end
    }

    /// What speaks against it, in the order of the text.
    pub fn doubts(&self) -> &[Doubt] {
        &self.doubts
    }

    /// Where in the text this byte of the dump was written: its first digit. None behind the last byte.
    pub fn place(&self, byte: usize) -> Option<Place> {
        if byte >= self.bytes.len() {
            return None;
        }
        let run = self.runs.get(self.runs.partition_point(|r| r.byte <= byte).checked_sub(1)?)?;
        let nth = byte - run.byte;
        let ahead = if run.step == BASE64 { nth / 3 * 4 + nth % 3 } else { nth.saturating_mul(run.step as usize) };
        Some(Place { offset: run.place.offset + ahead, line: run.place.line, column: run.place.column + ahead })
    }
}

/// Shows form, size and place, never a byte.
impl fmt::Debug for Dump {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dump")
            .field("form", &self.form)
            .field("bytes", &self.bytes.len())
            .field("start", &self.start)
            .field("end", &self.end)
            .field("doubts", &self.doubts)
            .finish()
    }
}

/// Lines and columns of a text, asked for in ascending order.
#[derive(Clone, Copy)]
pub(super) struct Lines<'t> {
    text: &'t str,
    here: Place,
    line_start: usize,
}

impl<'t> Lines<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Lines { text, here: Place { offset: 0, line: 1, column: 1 }, line_start: 0 }
    }

    /// The place of an offset at or behind the one asked for last, or earlier on the same line.
    pub(super) fn place(&mut self, offset: usize) -> Place {
        if offset < self.line_start {
            *self = Lines::new(self.text);
        } else if offset < self.here.offset {
            self.here = Place { offset: self.line_start, line: self.here.line, column: 1 };
        }
        for (i, &byte) in self.text.as_bytes().get(self.here.offset..offset).unwrap_or_default().iter().enumerate() {
            if byte == b'\n' {
                self.here.line += 1;
                self.here.column = 1;
                self.line_start = self.here.offset + i + 1;
            } else if byte & 0xC0 != 0x80 {
                self.here.column += 1;
            }
        }
        self.here.offset = offset;
        self.here
    }
}

/// Collects one dump.
pub(super) struct Builder<'t> {
    dump: Dump,
    lines: Lines<'t>,
    cut: bool,
}

impl<'t> Builder<'t> {
    pub(super) fn new(form: Form, mut lines: Lines<'t>, start: usize) -> Self {
        let place = lines.place(start);
        Builder { dump: Dump { form, bytes: Vec::new(), start: place, end: start, doubts: Vec::new(), runs: Vec::new() }, lines, cut: true }
    }

    /// The next byte does not lie on the line of the last, or not at an even step.
    pub(super) fn cut(&mut self) {
        self.cut = true;
    }

    pub(super) fn len(&self) -> usize {
        self.dump.bytes.len()
    }

    /// Adds a byte written at `offset`.
    pub(super) fn push(&mut self, byte: u8, offset: usize) {
        let index = self.dump.bytes.len();
        self.dump.bytes.push(byte);
        if !self.cut
            && let Some(run) = self.dump.runs.last_mut()
        {
            let nth = index - run.byte;
            match offset.checked_sub(run.place.offset) {
                Some(step) if nth == 1 && step <= 16 => {
                    run.step = step as u32;
                    return;
                }
                Some(ahead) if nth > 1 && ahead == nth.saturating_mul(run.step as usize) => return,
                _ => {}
            }
        }
        self.cut = false;
        let place = self.lines.place(offset);
        self.dump.runs.push(Run { byte: index, place, step: 0 });
    }

    /// Adds the bytes of base64 characters that stand in one piece from `offset` on.
    pub(super) fn push_base64(&mut self, bytes: impl Iterator<Item = u8>, offset: usize) {
        let place = self.lines.place(offset);
        self.dump.runs.push(Run { byte: self.dump.bytes.len(), place, step: BASE64 });
        self.dump.bytes.extend(bytes);
        self.cut = true;
    }

    /// Adds bytes that all stand for one mark in the text, as the `*` of a hexdump.
    pub(super) fn push_repeated(&mut self, bytes: impl Iterator<Item = u8>, offset: usize) {
        let place = self.lines.place(offset);
        self.dump.runs.push(Run { byte: self.dump.bytes.len(), place, step: 0 });
        self.dump.bytes.extend(bytes);
        self.cut = true;
    }

    pub(super) fn doubt(&mut self, make: fn(Place) -> Doubt, offset: usize) {
        let place = self.lines.place(offset);
        self.dump.doubts.push(make(place));
    }

    pub(super) fn gap(&mut self, missing: usize) {
        let byte = self.len();
        self.dump.doubts.push(Doubt::Gap { byte, missing });
    }

    pub(super) fn finish(mut self, end: usize) -> (Dump, Lines<'t>) {
        self.dump.end = end;
        (self.dump, self.lines)
    }
}
