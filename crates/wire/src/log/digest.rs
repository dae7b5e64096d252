//! Each kind of line once: a log of a million lines is a hundred sentences.

use std::collections::BTreeMap;

use serde::Serialize;

use super::line::{Level, Line};
use super::signals::Signal;
use super::template::of_masked;
use super::time::Time;

/// Longest example, in bytes, and most lines of a stack trace kept with it.
const LONGEST_EXAMPLE: usize = 1024;
const MOST_TRACE: usize = 6;

/// Where a line of a group stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Seen {
    /// Its number.
    pub line: u64,
    /// Its time, when it has one.
    pub time: Option<Time>,
}

/// One kind of line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Group {
    /// What its lines have in common.
    pub template: String,
    /// The first of them, masked.
    pub example: String,
    /// How many there were.
    pub count: u64,
    /// The first one.
    pub first: Seen,
    /// The last one.
    pub last: Seen,
    /// The level of the first one.
    pub level: Option<Level>,
    /// Who wrote it.
    pub tag: Option<String>,
    /// The codes and device names of the first one.
    pub signals: Vec<Signal>,
    /// The first lines of the stack trace behind the first one, masked.
    pub trace: Vec<String>,
}

/// The groups that had to make room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Rest {
    /// Groups given up.
    pub groups: u64,
    /// Lines in them.
    pub lines: u64,
    /// The first of these lines.
    pub first: Seen,
    /// The last of these lines.
    pub last: Seen,
}

type Key = (Option<String>, Option<Level>, String);

/// Groups equal lines in bounded memory.
#[derive(Clone, Debug)]
pub struct Digest {
    most: usize,
    groups: BTreeMap<Key, Group>,
    /// Last line → group, to find the one that was quiet for the longest time.
    by_last: BTreeMap<u64, Key>,
    /// First line → group that a stack trace behind it belongs to.
    newest: Option<(u64, Key)>,
    rest: Option<Rest>,
}

impl Digest {
    /// A digest of at most `most` kinds of lines (4096 is plenty); at least one.
    pub fn new(most: usize) -> Self {
        Digest { most: most.max(1), groups: BTreeMap::new(), by_last: BTreeMap::new(), newest: None, rest: None }
    }

    /// Adds a line, with the signals found in its message: their values stay in the template, so that 51 and 91 are two kinds. A line of a
    /// stack trace goes to the line before it. Lines must come in the order of their numbers.
    pub fn add(&mut self, line: &Line, signals: &[Signal]) {
        let seen = Seen { line: line.number, time: line.time };
        if line.trace && self.add_trace(line) {
            return;
        }
        let keep: Vec<_> = signals.iter().map(|s| s.start..s.end).collect();
        let template = of_masked(line.message(), &keep);
        let key = (line.tag.clone(), line.level, template);
        if let Some(group) = self.groups.get_mut(&key) {
            self.by_last.remove(&group.last.line);
            group.count = group.count.saturating_add(1);
            group.last = seen;
            self.newest = None;
        } else {
            if self.groups.len() >= self.most {
                self.give_up_one();
            }
            let group = Group {
                template: key.2.clone(),
                example: cut(line.message(), LONGEST_EXAMPLE).to_owned(),
                count: 1,
                first: seen,
                last: seen,
                level: line.level,
                tag: line.tag.clone(),
                signals: signals.to_vec(),
                trace: Vec::new(),
            };
            self.groups.insert(key.clone(), group);
            self.newest = Some((line.number, key.clone()));
        }
        self.by_last.insert(line.number, key);
    }

    /// The groups in the order they first appeared.
    pub fn groups(&self) -> Vec<&Group> {
        let mut groups: Vec<_> = self.groups.values().collect();
        groups.sort_by_key(|g| g.first.line);
        groups
    }

    /// The groups that had to make room, taken together.
    pub fn rest(&self) -> Option<Rest> {
        self.rest
    }

    /// True when the line went to the line it continues: only the first trace of a kind is kept.
    fn add_trace(&mut self, line: &Line) -> bool {
        let Some(parent) = line.continues else { return false };
        if let Some((number, key)) = &self.newest
            && *number == parent
            && let Some(group) = self.groups.get_mut(key)
            && group.trace.len() < MOST_TRACE
        {
            group.trace.push(cut(line.message(), LONGEST_EXAMPLE).to_owned());
        }
        self.by_last.contains_key(&parent)
    }

    fn give_up_one(&mut self) {
        let Some((_, key)) = self.by_last.pop_first() else { return };
        let Some(group) = self.groups.remove(&key) else { return };
        let rest = self.rest.get_or_insert(Rest { groups: 0, lines: 0, first: group.first, last: group.last });
        rest.groups = rest.groups.saturating_add(1);
        rest.lines = rest.lines.saturating_add(group.count);
        if group.first.line < rest.first.line {
            rest.first = group.first;
        }
        if group.last.line > rest.last.line {
            rest.last = group.last;
        }
    }
}

fn cut(text: &str, most: usize) -> &str {
    text.get(..text.floor_char_boundary(most.min(text.len()))).unwrap_or_default()
}
