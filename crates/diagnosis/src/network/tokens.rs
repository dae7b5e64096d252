//! BIF text → tokens, each with its place. Comments (`//`, `/* */`) and white space fall away.

use super::error::{NetworkError, NetworkFault, Position};

/// One token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'t> {
    /// A name, keyword or number; or what stood between quotation marks.
    Word(&'t str),
    /// One of `{ } [ ] ( ) | , ;`.
    Mark(char),
    /// The text ends.
    End,
}

impl std::fmt::Display for Token<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Token::Word(w) => write!(f, "`{}`", w.chars().take(40).collect::<String>()),
            Token::Mark(m) => write!(f, "`{m}`"),
            Token::End => f.write_str("the end of the text"),
        }
    }
}

pub(super) fn syntax(position: Position, expected: &str, found: impl std::fmt::Display) -> NetworkError {
    NetworkError::at(position, NetworkFault::Syntax { expected: expected.into(), found: found.to_string() })
}

fn is_mark(c: char) -> bool {
    "{}[]()|,;".contains(c)
}

/// Reads one token after another.
#[derive(Clone, Debug)]
pub(super) struct Tokens<'t> {
    rest: &'t str,
    here: Position,
}

impl<'t> Tokens<'t> {
    pub fn new(text: &'t str) -> Self {
        Tokens { rest: text.strip_prefix('\u{feff}').unwrap_or(text), here: Position { line: 1, column: 1 } }
    }

    /// Takes `bytes` bytes (a character boundary) and moves the place along.
    fn take(&mut self, bytes: usize) -> &'t str {
        let (taken, rest) = self.rest.split_at(bytes);
        self.rest = rest;
        match taken.rfind('\n') {
            None => self.here.column += taken.chars().count(),
            Some(at) => {
                self.here.line += taken.bytes().filter(|b| *b == b'\n').count();
                self.here.column = 1 + taken[at + 1..].chars().count();
            }
        }
        taken
    }

    fn skip(&mut self) -> Result<(), NetworkError> {
        loop {
            let space = self.rest.len() - self.rest.trim_start().len();
            if space > 0 {
                self.take(space);
            } else if self.rest.starts_with("//") {
                self.take(self.rest.find('\n').unwrap_or(self.rest.len()));
            } else if self.rest.starts_with("/*") {
                match self.rest.find("*/") {
                    Some(end) => self.take(end + 2),
                    None => return Err(syntax(self.here, "`*/` at the end of this comment", Token::End)),
                };
            } else {
                return Ok(());
            }
        }
    }

    /// The next token and its place.
    pub fn next(&mut self) -> Result<(Token<'t>, Position), NetworkError> {
        self.skip()?;
        let place = self.here;
        let Some(first) = self.rest.chars().next() else { return Ok((Token::End, place)) };
        if is_mark(first) {
            self.take(first.len_utf8());
            return Ok((Token::Mark(first), place));
        }
        if first == '"' {
            return match self.rest[1..].find('"') {
                Some(end) => Ok((Token::Word(&self.take(end + 2)[1..end + 1]), place)),
                None => Err(syntax(place, "a closing quotation mark", Token::End)),
            };
        }
        let mut end = self.rest.len();
        for (i, c) in self.rest.char_indices() {
            let comment = c == '/' && (self.rest[i..].starts_with("//") || self.rest[i..].starts_with("/*"));
            if is_mark(c) || c.is_whitespace() || c == '"' || comment {
                end = i;
                break;
            }
        }
        Ok((Token::Word(self.take(end)), place))
    }

    /// Everything up to the `;` that is not between quotation marks; the `;` is taken too.
    pub fn up_to_semicolon(&mut self) -> Result<&'t str, NetworkError> {
        self.skip()?;
        let (place, mut quoted) = (self.here, false);
        for (i, c) in self.rest.char_indices() {
            match c {
                '"' => quoted = !quoted,
                ';' if !quoted => {
                    let text = self.take(i);
                    self.take(1);
                    return Ok(text.trim());
                }
                _ => {}
            }
        }
        Err(syntax(place, "`;` after this property", Token::End))
    }

    /// Takes a given mark.
    pub fn mark(&mut self, mark: char, expected: &str) -> Result<Position, NetworkError> {
        match self.next()? {
            (Token::Mark(m), place) if m == mark => Ok(place),
            (other, place) => Err(syntax(place, expected, other)),
        }
    }

    /// Takes a word.
    pub fn word(&mut self, expected: &str) -> Result<(&'t str, Position), NetworkError> {
        match self.next()? {
            (Token::Word(w), place) => Ok((w, place)),
            (other, place) => Err(syntax(place, expected, other)),
        }
    }

    /// Takes the mark if it is next.
    pub fn take_mark(&mut self, mark: char) -> Result<bool, NetworkError> {
        let mut ahead = self.clone();
        let found = ahead.next()?.0 == Token::Mark(mark);
        if found {
            *self = ahead;
        }
        Ok(found)
    }

    /// Words with or without commas between, up to the mark `end`, which is taken.
    pub fn list(&mut self, end: char, expected: &str) -> Result<Vec<(&'t str, Position)>, NetworkError> {
        let mut words = Vec::new();
        loop {
            match self.next()? {
                (Token::Word(w), place) => words.push((w, place)),
                (Token::Mark(','), place) if words.is_empty() => return Err(syntax(place, expected, Token::Mark(','))),
                (Token::Mark(','), _) => {}
                (Token::Mark(m), _) if m == end => return Ok(words),
                (other, place) => return Err(syntax(place, expected, other)),
            }
        }
    }

    /// Numbers up to `;`.
    pub fn numbers(&mut self) -> Result<Vec<f64>, NetworkError> {
        let words = self.list(';', "a number, `,` or `;`")?;
        let number = |(word, place): (&str, Position)| match word.parse::<f64>() {
            Ok(v) if v.is_finite() => Ok(v),
            _ => Err(syntax(place, "a number", Token::Word(word))),
        };
        words.into_iter().map(number).collect()
    }
}
