//! The state of the world as places with values: what is plugged in, worn, empty, forgotten. Faults, deeds and observations are data over
//! the same places (`lab/places.toml`), so that a remedy works because the world is mended and for no other reason.

use std::collections::BTreeMap;

use serde::Deserialize;

/// Why a place or value cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    /// The text is no TOML of this shape.
    #[error("{file} cannot be read: line {line}: {message}")]
    Shape {
        /// Which file of `lab/`.
        file: &'static str,
        /// Line, from 1.
        line: usize,
        /// What the reader says.
        message: String,
    },
    /// No such place.
    #[error("`{0}` is no place of the world; lab/places.toml lists them")]
    Place(String),
    /// The place cannot hold this.
    #[error("`{place}` cannot be `{value}`; it may be {allowed}")]
    Value {
        /// The place.
        place: String,
        /// The value.
        value: String,
        /// What it may be.
        allowed: String,
    },
}

impl StateError {
    /// A reader's complaint with the line it is about.
    pub(crate) fn shape(file: &'static str, text: &str, error: &toml::de::Error) -> StateError {
        let line = error.span().and_then(|s| text.get(..s.start)).map_or(1, |t| t.matches('\n').count() + 1);
        StateError::Shape { file, line, message: error.message().to_owned() }
    }
}

/// What a place may hold.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    /// Value of a sound world; the first of `values` when it is missing.
    #[serde(default)]
    start: Option<String>,
    /// Allowed words; empty for a number.
    #[serde(default)]
    values: Vec<String>,
    /// Smallest and largest number.
    #[serde(default)]
    range: Option<(i64, i64)>,
}

/// The state of the world. It starts sound.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    places: BTreeMap<String, Place>,
    values: BTreeMap<String, String>,
}

impl State {
    /// The places that come with the lab, all sound.
    pub fn shipped() -> State {
        State::read(include_str!("../../../../lab/places.toml")).unwrap_or_else(|e| unreachable!("a test reads the shipped places: {e}"))
    }

    /// Reads a list of places.
    ///
    /// # Errors
    /// [`StateError`] names the line or the place.
    pub fn read(text: &str) -> Result<State, StateError> {
        let groups: BTreeMap<String, BTreeMap<String, Place>> =
            toml::from_str(text).map_err(|e| StateError::shape("lab/places.toml", text, &e))?;
        let places: BTreeMap<String, Place> = groups
            .into_iter()
            .flat_map(|(group, list)| list.into_iter().map(move |(name, place)| (format!("{group}.{name}"), place)))
            .collect();
        let mut state = State { places, values: BTreeMap::new() };
        let starts: Vec<(String, String)> = state
            .places
            .iter()
            .map(|(name, p)| (name.clone(), p.start.clone().or_else(|| p.values.first().cloned()).unwrap_or_else(|| "0".into())))
            .collect();
        for (name, start) in starts {
            state.set(&name, &start)?;
        }
        Ok(state)
    }

    /// The names of all places.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.places.keys().map(String::as_str)
    }

    /// The value of a place; empty for a place that is none.
    pub fn get(&self, place: &str) -> &str {
        self.values.get(place).map_or("", String::as_str)
    }

    /// Does a place hold this value?
    pub fn is(&self, place: &str, value: &str) -> bool {
        self.get(place) == value
    }

    /// The number of a place; 0 for one that holds none.
    pub fn number(&self, place: &str) -> i64 {
        self.get(place).parse().unwrap_or(0)
    }

    /// May the place hold this?
    ///
    /// # Errors
    /// No such place, or no such value.
    pub fn check(&self, place: &str, value: &str) -> Result<(), StateError> {
        let Some(allowed) = self.places.get(place) else { return Err(StateError::Place(place.into())) };
        let fits = match allowed.range {
            Some((low, high)) => value.parse::<i64>().is_ok_and(|n| (low..=high).contains(&n)),
            None => allowed.values.iter().any(|v| v == value),
        };
        if fits {
            return Ok(());
        }
        let allowed = match allowed.range {
            Some((low, high)) => format!("a number from {low} to {high}"),
            None => allowed.values.join(", "),
        };
        Err(StateError::Value { place: place.into(), value: value.into(), allowed })
    }

    /// Changes a place.
    ///
    /// # Errors
    /// As [`State::check`].
    pub fn set(&mut self, place: &str, value: &str) -> Result<(), StateError> {
        self.check(place, value)?;
        self.values.insert(place.into(), value.into());
        Ok(())
    }

    /// The places that are not as in a sound world, with their values.
    pub fn unsound(&self) -> Vec<(&str, &str)> {
        let start = |name: &str| self.places.get(name).and_then(|p| p.start.as_deref().or(p.values.first().map(String::as_str)));
        self.values
            .iter()
            .filter(|(name, value)| start(name).unwrap_or("0") != value.as_str())
            .map(|(n, v)| (n.as_str(), v.as_str()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sound_world_is_sound_and_refuses_what_it_cannot_be() {
        let mut state = State::shipped();
        assert!(state.unsound().is_empty());
        assert!(state.set("link.signal", "purple").unwrap_err().to_string().contains("good, weak, none"));
        assert!(state.set("link.signals", "none").unwrap_err().to_string().contains("lab/places.toml"));
        assert!(state.set("link.loss", "101").is_err());
        state.set("link.signal", "none").unwrap();
        assert_eq!(state.unsound(), [("link.signal", "none")]);
    }
}
