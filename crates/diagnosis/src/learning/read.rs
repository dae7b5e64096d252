//! A file of cases, one JSON object a line → cases that fit the knowledge, and what was wrong with the others.

use super::frame::Frame;
use super::{Case, Clash, Fault, Knowledge, KnowledgeError, Loose, Problem};
use std::collections::BTreeSet;

/// What a file of cases came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// Cases that count, in the order of the file.
    pub cases: Vec<Case>,
    /// Lines that were skipped, in the order of the file; one problem a line.
    pub problems: Vec<Problem>,
}

/// Reads `text` line by line. Empty lines are passed over; a line with a problem is skipped and reported.
///
/// `json` turns one line into a [`Loose`] value or names the column where it stops being JSON (0 where that is not known):
/// `|line| serde_json::from_str(line).map_err(|e| e.column())`.
///
/// # Errors
/// The knowledge itself does not hold together.
pub fn read(text: &str, knowledge: &Knowledge, json: impl Fn(&str) -> Result<Loose, usize>) -> Result<Reading, KnowledgeError> {
    let frame = Frame::new(knowledge)?;
    let mut reading = Reading::default();
    let mut ids = BTreeSet::new();
    for (i, line) in text.lines().enumerate() {
        let line_text = if i == 0 { line.trim_start_matches('\u{feff}') } else { line };
        if line_text.trim().is_empty() {
            continue;
        }
        let case = json(line_text)
            .map_err(|column| Problem { line: 0, field: String::new(), fault: Fault::NotJson(column) })
            .and_then(Case::try_from)
            .and_then(|case| frame.evidence(&case).map(|_| case));
        match case {
            Ok(case) if ids.contains(&case.id) => {
                reading.problems.push(Problem { line: i + 1, field: "id".to_owned(), fault: Fault::Clash(Clash::SameId) });
            }
            Ok(case) => {
                ids.insert(case.id.clone());
                reading.cases.push(case);
            }
            Err(problem) => reading.problems.push(Problem { line: i + 1, ..problem }),
        }
    }
    Ok(reading)
}
