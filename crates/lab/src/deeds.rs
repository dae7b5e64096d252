//! What people can do about a fault, named by the steps of the catalogue. A deed mends places of the world and nothing else, so a remedy
//! works because the world is mended.

use serde::Deserialize;

use crate::world::{Action, ActionError, State, StateError, World};

/// A deed of `lab/deeds.toml`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deed {
    /// The step of the catalogue.
    pub step: String,
    /// `place value`, or `place value if old`.
    #[serde(default)]
    set: Vec<String>,
    /// What is done with the terminal.
    #[serde(default, rename = "do")]
    actions: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    deed: Vec<Deed>,
}

/// The deeds that come with the lab.
pub fn shipped() -> Vec<Deed> {
    read(include_str!("../../../lab/deeds.toml")).unwrap_or_else(|e| unreachable!("a test reads the shipped deeds: {e}"))
}

/// Reads and checks a list of deeds.
///
/// # Errors
/// The line of a wrong shape, the place or action that is none.
pub fn read(text: &str) -> Result<Vec<Deed>, ActionError> {
    let file: File = toml::from_str(text).map_err(|e| StateError::shape("lab/deeds.toml", text, &e))?;
    let state = State::shipped();
    for deed in &file.deed {
        for (place, value, only) in deed.changes()? {
            state.check(place, value)?;
            only.map_or(Ok(()), |old| state.check(place, old))?;
        }
        // `insert` and `swipe` are how the next business gives its card; the rest are actions.
        deed.actions.iter().try_for_each(|line| Action::read(line).map(drop))?;
    }
    Ok(file.deed)
}

/// Place, new value, the only old value that is changed.
type Mend<'a> = (&'a str, &'a str, Option<&'a str>);

impl Deed {
    fn changes(&self) -> Result<Vec<Mend<'_>>, ActionError> {
        self.set
            .iter()
            .map(|line| match line.split(' ').collect::<Vec<_>>().as_slice() {
                [place, value] => Ok((*place, *value, None)),
                [place, value, "if", old] => Ok((*place, *value, Some(*old))),
                _ => Err(ActionError::Words(line.clone())),
            })
            .collect()
    }

    /// Does it. The result says which places changed: an empty list means that nothing was mended, though something may have been done.
    ///
    /// # Errors
    /// The host knows nothing of what is changed.
    pub fn carry_out(&self, world: &mut World<'_>) -> Result<Vec<String>, ActionError> {
        let mut mended = Vec::new();
        for (place, value, only) in self.changes()? {
            let have = world.state.get(place).to_string();
            if have != value && only.is_none_or(|old| old == have) {
                world.set(place, value)?;
                mended.push(place.to_string());
            }
        }
        for line in &self.actions {
            world.run_until(world.now() + 10_000);
            world.act(&Action::read(line)?)?;
        }
        Ok(mended)
    }
}
