//! Bytes as lines of hexadecimal with offsets and characters; what must not be shown is `*` and a dot.

/// Bytes of a line.
const WIDTH: usize = 16;
/// Lines of a view at most; a message of 64 KiB is no page.
const LINES_MAX: usize = 128;

/// Two digits of a byte, or blanks behind the last.
fn push_byte(out: &mut String, bytes: &[u8], i: usize, hidden: &dyn Fn(usize) -> bool) {
    let digit = |nibble: u8, place| if hidden(place) { '*' } else { char::from(b"0123456789ABCDEF"[usize::from(nibble)]) };
    match bytes.get(i) {
        Some(b) => out.extend([digit(b >> 4, 2 * i), digit(b & 0x0F, 2 * i + 1)]),
        None => out.push_str("  "),
    }
}

fn letter(bytes: &[u8], i: usize, hidden: &dyn Fn(usize) -> bool) -> Option<char> {
    let b = *bytes.get(i)?;
    Some(if (0x20..0x7F).contains(&b) && !hidden(2 * i) && !hidden(2 * i + 1) { char::from(b) } else { '.' })
}

/// Characters of a line behind its offset: bytes in two groups, letters.
const LINE_CHARS: usize = WIDTH * 3 + 3 + WIDTH;

/// The view: `0010  60 00 …  `...`.
pub fn lines(bytes: &[u8], hidden: &dyn Fn(usize) -> bool) -> Vec<String> {
    let line = |start: usize| {
        let mut out = format!("{start:04X} ");
        out.reserve(LINE_CHARS);
        for i in start..start + WIDTH {
            out.push_str(if i == start + WIDTH / 2 { "  " } else { " " });
            push_byte(&mut out, bytes, i, hidden);
        }
        out.push_str("  ");
        out.extend((start..start + WIDTH).map_while(|i| letter(bytes, i, hidden)));
        out
    };
    (0..bytes.len()).step_by(WIDTH).take(LINES_MAX).map(line).collect()
}

/// The bytes around a place, and a line with a caret below it.
pub fn excerpt(bytes: &[u8], place: usize, around: usize, hidden: &dyn Fn(usize) -> bool) -> [String; 2] {
    let from = place.min(bytes.len()).saturating_sub(around);
    let to = bytes.len().min(place + around);
    let mut line = format!("{from:04X} ");
    let head = line.len() + 1;
    for i in from..to {
        line.push(' ');
        push_byte(&mut line, bytes, i, hidden);
    }
    let caret = " ".repeat(head + 3 * (place.min(bytes.len()) - from));
    [line, format!("{caret}^")]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_half_bytes_are_stars() {
        let view = lines(b"A12", &|i| i == 2 || i == 5);
        assert_eq!(view, ["0000  41 *1 3*                                          A.."]);
        assert_eq!(excerpt(&[1, 2, 3, 4], 2, 1, &|_| false), ["0001  02 03", "         ^"]);
        assert_eq!(excerpt(&[1, 2], 9, 1, &|_| false), ["0001  02", "         ^"]);
    }
}
