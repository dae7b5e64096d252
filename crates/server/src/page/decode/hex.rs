//! Bytes with the colours of their fields. Each run of bytes leads to its row; colours only repeat what the numbers say.

use maud::{Markup, html};

/// Bytes of a line; as many as a narrow phone shows.
const WIDTH: usize = 8;
/// Colours before they repeat.
const COLOURS: usize = 6;

/// A field's bytes: its anchor, what it is called, first byte and the byte behind the last.
#[derive(Clone, Debug)]
pub struct Run {
    /// The id of its row.
    pub anchor: String,
    /// What it is called.
    pub name: String,
    /// First byte and the byte behind the last.
    pub bytes: [usize; 2],
}

/// The class that colours the run of this position.
pub fn colour(position: usize) -> String {
    format!("hue{}", position % COLOURS)
}

/// One byte as it is shown: two digits or stars, and its letter.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Shown {
    digits: String,
    letter: char,
}

/// The bytes of a view's lines (`0010  60 00 …  `...`), which hide already what must be hidden.
fn bytes(lines: &[String]) -> Vec<Shown> {
    let mut all = Vec::new();
    for line in lines {
        let chars: Vec<char> = line.chars().collect();
        let Some(start) = chars.iter().position(|c| *c == ' ') else { continue };
        // Offset, blank, then 16 groups of blank and two digits, one more blank in the middle, two blanks, letters.
        let letters = start + 1 + 16 * 3 + 1 + 2;
        for i in 0..16 {
            let at = start + 2 + 3 * i + usize::from(i >= 8);
            let digits: String = chars.iter().skip(at).take(2).collect();
            if digits.trim().len() < 2 {
                break;
            }
            all.push(Shown { digits, letter: chars.get(letters + i).copied().unwrap_or('.') });
        }
    }
    all
}

/// The view.
pub fn view(lines: &[String], runs: &[Run]) -> Markup {
    let all = bytes(lines);
    let owner = |i: usize| runs.iter().position(|r| r.bytes[0] <= i && i < r.bytes[1]);
    html! {
        div.hex translate="no" {
            @for (n, line) in all.chunks(WIDTH).enumerate() {
                div.hex-line {
                    span.hex-offset { (format!("{:04X}", n * WIDTH)) }
                    span.hex-bytes {
                        @for (from, to) in stretches(n * WIDTH, line.len(), &owner) {
                            @let digits: Vec<&str> = all.get(from..to).unwrap_or_default().iter().map(|b| b.digits.as_str()).collect();
                            @match owner(from).and_then(|p| Some((p, runs.get(p)?))) {
                                Some((p, run)) => { a.(colour(p)) href=(format!("#{}", run.anchor)) title=(run.name) data-run=(run.anchor) { (digits.join(" ")) } }
                                None => { span { (digits.join(" ")) } }
                            }
                            " "
                        }
                    }
                    span.hex-letters aria-hidden="true" { (line.iter().map(|b| b.letter).collect::<String>()) }
                }
            }
        }
    }
}

/// A line cut where the owner changes.
fn stretches(start: usize, count: usize, owner: &impl Fn(usize) -> Option<usize>) -> Vec<(usize, usize)> {
    let mut cut: Vec<(usize, usize)> = Vec::new();
    for i in start..start + count {
        match cut.last_mut() {
            Some(last) if owner(last.0) == owner(i) => last.1 = i + 1,
            _ => cut.push((i, i + 1)),
        }
    }
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_back_into_bytes() {
        let lines = [
            "0000  30 31 32 33 34 35 36 37  38 39 ** 4* 42 43 44 45  0123456789..BCDE".to_owned(),
            "0010  41 42                                             AB".to_owned(),
        ];
        let all = bytes(&lines);
        assert_eq!(all.len(), 18);
        assert_eq!(all[10], Shown { digits: "**".into(), letter: '.' });
        assert_eq!(all[11], Shown { digits: "4*".into(), letter: '.' });
        assert_eq!(all[15], Shown { digits: "45".into(), letter: 'E' });
        assert_eq!(all[17], Shown { digits: "42".into(), letter: 'B' });
        let owner = |i: usize| (i >= 3).then_some(usize::from(i >= 6));
        assert_eq!(stretches(0, 8, &owner), [(0, 3), (3, 6), (6, 8)]);
        let page = view(&lines, &[Run { anchor: "f4".into(), name: "4".into(), bytes: [9, 12] }]).into_string();
        assert!(page.contains("href=\"#f4\"") && page.contains("39 ** 4*"), "{page}");
    }
}
