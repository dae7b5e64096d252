//! Dictionaries as JSON and Python write them, read as data with the line of every entry. Nothing is run: whatever is no literal
//! (a call, a sum, a name) counts as [`Value::Other`].

use super::ImportError;
use super::scanner::{Placed, Token, tokens};

/// Deepest nesting read; layouts have five levels.
const DEEPEST: usize = 32;

/// A literal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Text(String),
    Number(i64),
    Dict(Vec<Entry>),
    /// True, a list, an expression: nothing a layout needs.
    Other,
}

/// `key: value` of a dictionary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub key: String,
    pub value: Value,
    pub line: usize,
}

impl Value {
    pub(super) fn entries(&self) -> &[Entry] {
        match self {
            Value::Dict(entries) => entries,
            _ => &[],
        }
    }

    /// The last value of `key`, as in the languages themselves.
    pub(super) fn get(&self, key: &str) -> Option<&Value> {
        self.entries().iter().rev().find(|e| e.key == key).map(|e| &e.value)
    }

    /// The text of `key`; empty when there is none.
    pub(super) fn text(&self, key: &str) -> &str {
        match self.get(key) {
            Some(Value::Text(text)) => text,
            _ => "",
        }
    }

    /// The number of `key`, not negative.
    pub(super) fn number(&self, key: &str) -> Option<usize> {
        match self.get(key) {
            Some(Value::Number(n)) => usize::try_from(*n).ok(),
            _ => None,
        }
    }
}

/// A dictionary that stands in a text.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub value: Value,
    pub line: usize,
    /// For `name["48"] = {…}`: `48`.
    pub key: Option<String>,
}

/// Every dictionary of the text, the outermost ones only.
///
/// # Errors
/// A string or a dictionary that does not end, and nesting beyond 32 levels; with its place.
pub(super) fn dictionaries(text: &str) -> Result<Vec<Found>, ImportError> {
    let tokens = tokens(text)?;
    let mut found = Vec::new();
    let mut i = 0;
    while let Some(placed) = tokens.get(i) {
        if placed.token != Token::Sign('{') {
            i += 1;
            continue;
        }
        let key = key_before(&tokens, i);
        let mut reader = Reader { tokens: &tokens, at: i };
        let value = reader.dict(0)?;
        found.push(Found { value, line: placed.line, key });
        i = reader.at.max(i + 1);
    }
    Ok(found)
}

/// `name[key] =` right before token `i`.
fn key_before(tokens: &[Placed], i: usize) -> Option<String> {
    let back = |n: usize| i.checked_sub(n).and_then(|j| tokens.get(j)).map(|p| &p.token);
    match (back(4), back(3), back(2), back(1)) {
        (Some(Token::Sign('[')), Some(key), Some(Token::Sign(']')), Some(Token::Sign('='))) => key_text(key),
        _ => None,
    }
}

fn key_text(token: &Token) -> Option<String> {
    match token {
        Token::Text(text) => Some(text.clone()),
        Token::Number(n) => Some(n.to_string()),
        _ => None,
    }
}

struct Reader<'a> {
    tokens: &'a [Placed],
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|p| &p.token)
    }

    fn error(&self, zh: &str, en: &str) -> ImportError {
        let place = self.tokens.get(self.at).or(self.tokens.last()).map_or((1, 1), |p| (p.line, p.column));
        ImportError::at(place, zh, en)
    }

    /// A dictionary, or a set, whose entries without a value are dropped.
    fn dict(&mut self, depth: usize) -> Result<Value, ImportError> {
        if depth >= DEEPEST {
            return Err(self.error("嵌套超过 32 层", "more than 32 levels of nesting"));
        }
        self.at += 1;
        let mut entries = Vec::new();
        loop {
            let line = self.tokens.get(self.at).map_or(0, |p| p.line);
            let key = match self.peek() {
                None => return Err(self.error("字典没有结束，缺少 }", "the dictionary does not end; a } is missing")),
                Some(Token::Sign('}')) => {
                    self.at += 1;
                    return Ok(Value::Dict(entries));
                }
                Some(Token::Sign(',')) => {
                    self.at += 1;
                    continue;
                }
                Some(token) => key_text(token),
            };
            let named = key.filter(|_| self.tokens.get(self.at + 1).is_some_and(|p| p.token == Token::Sign(':')));
            if let Some(key) = named {
                self.at += 2;
                let value = self.value(depth)?;
                entries.push(Entry { key, value, line });
            } else {
                self.skip()?;
            }
        }
    }

    /// One value; an expression counts as `Other`.
    fn value(&mut self, depth: usize) -> Result<Value, ImportError> {
        if self.peek() == Some(&Token::Sign('{')) {
            let value = self.dict(depth + 1)?;
            return Ok(if self.ends() { value } else { self.skip().map(|()| Value::Other)? });
        }
        let mut value = match self.peek() {
            Some(Token::Text(text)) => Value::Text(text.clone()),
            Some(Token::Number(n)) => Value::Number(*n),
            _ => {
                self.skip()?;
                return Ok(Value::Other);
            }
        };
        self.at += 1;
        // Python joins strings that stand side by side.
        while let (Value::Text(all), Some(Token::Text(more))) = (&mut value, self.peek()) {
            all.push_str(more);
            self.at += 1;
        }
        if self.ends() {
            Ok(value)
        } else {
            self.skip()?;
            Ok(Value::Other)
        }
    }

    fn ends(&self) -> bool {
        matches!(self.peek(), None | Some(Token::Sign(',' | '}')))
    }

    /// Passes over anything up to the comma or the brace that ends it.
    fn skip(&mut self) -> Result<(), ImportError> {
        let mut open = 0usize;
        loop {
            match self.peek() {
                None => return Err(self.error("字典没有结束，缺少 }", "the dictionary does not end; a } is missing")),
                Some(Token::Sign(',' | '}')) if open == 0 => return Ok(()),
                Some(Token::Sign('(' | '[' | '{')) => open += 1,
                Some(Token::Sign(')' | ']' | '}')) => open = open.saturating_sub(1),
                _ => {}
            }
            self.at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_python_as_data() {
        let text = "'''a doc { not \"this\" '''\nspec = {  # a comment }\n 'a': 1, \"b\": {'c': 'x' \"y\",}, 2: call({1: 2}), 'd': [1, 2], }\nspec['48'] = {'e': 16 * 2}\n";
        let found = dictionaries(text).unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].line, found[0].key.as_deref()), (2, None));
        assert_eq!(found[0].value.number("a"), Some(1));
        assert_eq!(found[0].value.get("b").unwrap().text("c"), "xy");
        assert_eq!(found[0].value.get("2"), Some(&Value::Other));
        assert_eq!(found[1].key.as_deref(), Some("48"));
        assert_eq!(found[1].value.get("e"), Some(&Value::Other));
    }

    #[test]
    fn names_the_place_of_what_is_broken() {
        let e = dictionaries("a = 1\nb = {'x': 'y").unwrap_err();
        assert_eq!((e.line, e.column), (2, 11));
        assert!(dictionaries(&"{'a':".repeat(100)).is_err());
        assert!(dictionaries("{'a': 1").is_err());
    }
}
