//! Faults as data: changes of the world, each naming the cause of the catalogue that it stages. No fault sets a code.

use posdx_model::Text;
use serde::Deserialize;

use crate::Dice;
use crate::world::{Action, ActionError, State, StateError, World};

/// A fault of `lab/faults.toml`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Its name.
    pub id: String,
    /// The cause of the catalogue that it stages.
    pub cause: String,
    /// What it is.
    pub title: Text,
    /// Places and values: `link.signal none`, `link.loss {60..95}`, `hand.amount {zero,letter}`.
    #[serde(default)]
    pub set: Vec<String>,
    /// What people did while all was well.
    #[serde(default)]
    pub before: Vec<String>,
    /// The card of the cast that is used, where it matters.
    pub card: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    fault: Vec<Fault>,
}

/// The faults that come with the lab.
pub fn shipped() -> Vec<Fault> {
    read(include_str!("../../../../lab/faults.toml")).unwrap_or_else(|e| unreachable!("a test reads the shipped faults: {e}"))
}

/// Reads and checks a list of faults.
///
/// # Errors
/// The line of a wrong shape, the place or action that is none.
pub fn read(text: &str) -> Result<Vec<Fault>, ActionError> {
    let file: File = toml::from_str(text).map_err(|e| StateError::shape("lab/faults.toml", text, &e))?;
    let state = State::shipped();
    for fault in &file.fault {
        for (place, choices) in fault.places()? {
            for value in choices.all() {
                state.check(&place, &value)?;
            }
        }
        for line in &fault.before {
            Action::read(line)?;
        }
    }
    Ok(file.fault)
}

/// The values that a parameter may have.
enum Choices {
    One(String),
    Words(Vec<String>),
    Numbers(i64, i64),
}

impl Choices {
    fn of(text: &str) -> Option<Choices> {
        let Some(inner) = text.strip_prefix('{').and_then(|t| t.strip_suffix('}')) else { return Some(Choices::One(text.into())) };
        if let Some((low, high)) = inner.split_once("..") {
            return Some(Choices::Numbers(low.parse().ok()?, high.parse().ok()?));
        }
        Some(Choices::Words(inner.split(',').map(str::to_string).collect()))
    }

    /// The ends of what it may be, to be checked.
    fn all(&self) -> Vec<String> {
        match self {
            Choices::One(value) => vec![value.clone()],
            Choices::Words(list) => list.clone(),
            Choices::Numbers(low, high) => vec![low.to_string(), high.to_string()],
        }
    }

    fn draw(&self, dice: &mut Dice) -> String {
        match self {
            Choices::One(value) => value.clone(),
            Choices::Words(list) => dice.pick(list).cloned().unwrap_or_default(),
            Choices::Numbers(low, high) => (low + dice.below(high.abs_diff(*low) + 1) as i64).to_string(),
        }
    }
}

impl Fault {
    fn places(&self) -> Result<Vec<(String, Choices)>, ActionError> {
        let split = |line: &String| {
            let (place, value) = line.split_once(' ')?;
            Some((place.to_string(), Choices::of(value)?))
        };
        self.set.iter().map(|line| split(line).ok_or_else(|| ActionError::Words(line.clone()))).collect()
    }

    /// Does it have parameters that are drawn?
    pub fn has_parameters(&self) -> bool {
        self.set.iter().any(|line| line.contains('{'))
    }

    /// Brings it into a sound world: first what people did before, then the state itself. The result says what was set.
    ///
    /// # Errors
    /// A place that is none, or a host that knows nothing of it.
    pub fn stage(&self, world: &mut World<'_>, dice: &mut Dice) -> Result<Vec<(String, String)>, ActionError> {
        for line in &self.before {
            world.act(&Action::read(line)?)?;
        }
        let mut set = Vec::new();
        for (place, choices) in self.places()? {
            let value = choices.draw(dice);
            world.set(&place, &value)?;
            set.push((place, value));
        }
        // What `before` left in somebody's hand is not what the fault is about.
        if self.before.iter().any(|line| line.starts_with("set hand.pin")) {
            world.set("hand.pin", "right")?;
        }
        if self.before.iter().any(|line| line.starts_with("set link.answers")) {
            world.set("link.answers", "arrive")?;
        }
        Ok(set)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn at_least_sixty_faults_each_once_and_each_of_places_that_are() {
        let faults = read(include_str!("../../../../lab/faults.toml")).unwrap();
        let ids: BTreeSet<&str> = faults.iter().map(|f| f.id.as_str()).collect();
        let causes: BTreeSet<&str> = faults.iter().map(|f| f.cause.as_str()).collect();
        assert_eq!(ids.len(), faults.len());
        assert!(causes.len() >= 60, "{}", causes.len());
        assert!(faults.iter().all(|f| !f.title.is_incomplete()));
    }

    #[test]
    fn a_fault_of_a_place_that_is_none_is_named() {
        let text = "[[fault]]\nid = \"x\"\ncause = \"y\"\ntitle = { zh = \"甲\", en = \"X\" }\nset = [\"link.sim gone\"]\n";
        assert!(read(text).unwrap_err().to_string().contains("link.sim"));
    }
}
