//! The words of a text in JSON or Python: strings in all their quotes, whole numbers, signs.

use super::ImportError;

/// A word of JSON or Python.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Text(String),
    Number(i64),
    Sign(char),
    /// A name, or a number that is no whole one.
    Word,
}

/// A token and where it starts, counted from 1.
pub(super) struct Placed {
    pub token: Token,
    pub line: usize,
    pub column: usize,
}

/// Splits a text into tokens; comments are dropped.
///
/// # Errors
/// A string that does not end, with the place where it starts.
pub(super) fn tokens(text: &str) -> Result<Vec<Placed>, ImportError> {
    let mut s = Scanner { chars: text.chars().peekable(), line: 1, column: 1 };
    let mut out = Vec::new();
    while let Some(&c) = s.chars.peek() {
        let (line, column) = (s.line, s.column);
        let token = if c.is_whitespace() || c == '\\' {
            s.next();
            continue;
        } else if c == '#' {
            while s.chars.peek().is_some_and(|c| *c != '\n') {
                s.next();
            }
            continue;
        } else if c == '"' || c == '\'' {
            Token::Text(s.string(false)?)
        } else if c.is_ascii_digit() {
            number(&s.word())
        } else if c.is_alphabetic() || c == '_' {
            let word = s.word();
            // r"…", b"…", f"…": a prefix of one or two letters.
            match s.chars.peek() {
                Some('"' | '\'') if word.len() <= 2 => Token::Text(s.string(word.contains(['r', 'R']))?),
                _ => Token::Word,
            }
        } else {
            s.next();
            Token::Sign(c)
        };
        out.push(Placed { token, line, column });
    }
    Ok(out)
}

fn number(word: &str) -> Token {
    word.replace('_', "").parse().map_or(Token::Word, Token::Number)
}

struct Scanner<'a> {
    chars: std::iter::Peekable<std::str::Chars<'a>>,
    line: usize,
    column: usize,
}

impl Scanner<'_> {
    fn next(&mut self) -> Option<char> {
        let c = self.chars.next()?;
        if c == '\n' {
            (self.line, self.column) = (self.line + 1, 1);
        } else {
            self.column += 1;
        }
        Some(c)
    }

    fn word(&mut self) -> String {
        let mut word = String::new();
        while let Some(c) = self.chars.peek().copied().filter(|c| c.is_alphanumeric() || matches!(c, '_' | '.')) {
            word.push(c);
            self.next();
        }
        word
    }

    /// A string in either kind of quotes, tripled or not.
    fn string(&mut self, raw: bool) -> Result<String, ImportError> {
        let place = (self.line, self.column);
        let open = |zh: &str, en: &str| ImportError::at(place, zh, en);
        let unended = || open("字符串没有结束，缺少引号", "the string does not end; a quotation mark is missing");
        let Some(quote) = self.next() else { return Err(unended()) };
        let mut out = String::new();
        let mut triple = false;
        if self.chars.peek() == Some(&quote) {
            self.next();
            if self.chars.peek() != Some(&quote) {
                return Ok(out);
            }
            self.next();
            triple = true;
        }
        loop {
            match self.next().ok_or_else(unended)? {
                c if c == quote && !triple => return Ok(out),
                c if c == quote => {
                    let mut run = 1;
                    while run < 3 && self.chars.peek() == Some(&quote) {
                        self.next();
                        run += 1;
                    }
                    if run == 3 {
                        return Ok(out);
                    }
                    out.extend(std::iter::repeat_n(quote, run));
                }
                '\n' if !triple => return Err(unended()),
                '\\' => {
                    let c = self.next().ok_or_else(unended)?;
                    self.escape(c, raw, &mut out);
                }
                c => out.push(c),
            }
        }
    }

    fn escape(&mut self, c: char, raw: bool, out: &mut String) {
        let digits = match c {
            _ if raw => {
                out.extend(['\\', c]);
                return;
            }
            'x' => 2,
            'u' => 4,
            'n' | 'r' | 't' | 'b' | 'f' => {
                out.push(' ');
                return;
            }
            '\n' => return,
            other => {
                out.push(other);
                return;
            }
        };
        let mut value = 0;
        for _ in 0..digits {
            let Some(d) = self.chars.peek().and_then(|c| c.to_digit(16)) else { break };
            value = value * 16 + d;
            self.next();
        }
        out.push(char::from_u32(value).unwrap_or('\u{FFFD}'));
    }
}
