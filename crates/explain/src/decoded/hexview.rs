//! Bytes as lines of hexadecimal with offsets and characters; what must not be shown is `*` and a dot.

/// Bytes of a line.
const WIDTH: usize = 16;
/// Lines of a view at most; a message of 64 KiB is no page.
const LINES_MAX: usize = 128;

fn byte(bytes: &[u8], i: usize, hidden: &dyn Fn(usize) -> bool) -> String {
    let Some(b) = bytes.get(i) else { return "  ".into() };
    [(b >> 4, 2 * i), (b & 0x0F, 2 * i + 1)]
        .iter()
        .map(|(nibble, place)| if hidden(*place) { '*' } else { char::from(b"0123456789ABCDEF"[usize::from(*nibble)]) })
        .collect()
}

fn letter(bytes: &[u8], i: usize, hidden: &dyn Fn(usize) -> bool) -> Option<char> {
    let b = *bytes.get(i)?;
    Some(if (0x20..0x7F).contains(&b) && !hidden(2 * i) && !hidden(2 * i + 1) { char::from(b) } else { '.' })
}

/// The view: `0010  60 00 …  `...`.
pub fn lines(bytes: &[u8], hidden: &dyn Fn(usize) -> bool) -> Vec<String> {
    let line = |start: usize| {
        let hex: Vec<String> = (start..start + WIDTH).map(|i| byte(bytes, i, hidden)).collect();
        let letters: String = (start..start + WIDTH).filter_map(|i| letter(bytes, i, hidden)).collect();
        let (left, right) = hex.split_at(WIDTH / 2);
        format!("{start:04X}  {}  {}  {letters}", left.join(" "), right.join(" "))
    };
    (0..bytes.len()).step_by(WIDTH).take(LINES_MAX).map(line).collect()
}

/// The bytes around a place, and a line with a caret below it.
pub fn excerpt(bytes: &[u8], place: usize, around: usize, hidden: &dyn Fn(usize) -> bool) -> [String; 2] {
    let from = place.min(bytes.len()).saturating_sub(around);
    let to = bytes.len().min(place + around);
    let head = format!("{from:04X}  ");
    let hex: Vec<String> = (from..to).map(|i| byte(bytes, i, hidden)).collect();
    let caret = " ".repeat(head.len() + 3 * (place.min(bytes.len()) - from));
    [format!("{head}{}", hex.join(" ")), format!("{caret}^")]
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
