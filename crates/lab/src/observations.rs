//! What people can see, named by the questions of the catalogue. An answer follows from the state of the world, as it would for somebody
//! who looks; where nobody there could tell, there is none.

use serde::Deserialize;

use crate::terminal::{Operation, RecordState};
use crate::world::{State, StateError, World, slip_looks};

/// An observation of `lab/observations.toml`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Observation {
    /// The question of the catalogue.
    pub question: String,
    answers: Vec<Answer>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    id: String,
    #[serde(default)]
    when: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    observation: Vec<Observation>,
}

/// What is seen of the last business, besides the places: the words after `seen.`.
const SEEN: [&str; 13] =
    ["how", "chip", "pin-tries", "stage", "hour", "business", "held", "approved", "slip", "unsettled", "reversal", "settled", "offline"];

/// Places in which a sound world may differ from shop to shop; they are nobody's fault.
const NEUTRAL: [&str; 2] = ["link.kind", "card.which"];

/// The observations that come with the lab.
pub fn shipped() -> Vec<Observation> {
    read(include_str!("../../../lab/observations.toml")).unwrap_or_else(|e| unreachable!("a test reads the shipped observations: {e}"))
}

/// Reads and checks a list.
///
/// # Errors
/// The line of a wrong shape, or the place that is none.
pub fn read(text: &str) -> Result<Vec<Observation>, StateError> {
    let file: File = toml::from_str(text).map_err(|e| StateError::shape("lab/observations.toml", text, &e))?;
    let state = State::shipped();
    for condition in file.observation.iter().flat_map(|o| &o.answers).flat_map(|a| &a.when) {
        let wrong = || Err(StateError::Place(condition.clone()));
        match condition.split_once(' ') {
            Some(("unsound", group)) if state.names().any(|n| n.starts_with(&format!("{group}."))) => {}
            Some((place, _)) if place.strip_prefix("seen.").is_some_and(|s| SEEN.contains(&s)) => {}
            Some((place, value)) if state.names().any(|n| n == place) => {
                if !value.starts_with(['>', '<']) {
                    state.check(place, value.trim_start_matches('!'))?;
                }
            }
            _ => return wrong(),
        }
    }
    Ok(file.observation)
}

impl Observation {
    /// The ids of the answers that it can give.
    pub fn answer_ids(&self) -> impl Iterator<Item = &str> {
        self.answers.iter().map(|a| a.id.as_str())
    }

    /// The id of the answer that somebody there would give; `None` when nobody there can tell.
    pub fn answer(&self, world: &World<'_>) -> Option<&str> {
        self.answers.iter().find(|a| a.when.iter().all(|c| holds(c, world))).map(|a| a.id.as_str())
    }
}

fn holds(condition: &str, world: &World<'_>) -> bool {
    let Some((place, value)) = condition.split_once(' ') else { return false };
    if place == "unsound" {
        let group = format!("{value}.");
        return world.state.unsound().iter().any(|(name, _)| name.starts_with(&group) && !NEUTRAL.contains(name));
    }
    if let Some(what) = place.strip_prefix("seen.") {
        return seen(what, world) == value;
    }
    if let Some(limit) = value.strip_prefix('>') {
        return world.state.number(place) > limit.parse().unwrap_or(i64::MAX);
    }
    if let Some(limit) = value.strip_prefix('<') {
        return world.state.number(place) < limit.parse().unwrap_or(i64::MIN);
    }
    match value.strip_prefix('!') {
        Some(other) => !world.state.is(place, other),
        None => world.state.is(place, value),
    }
}

/// What was to be seen of the last business.
fn seen(what: &str, world: &World<'_>) -> &'static str {
    let memory = &world.terminal.memory;
    let last_log = || world.record.log.iter().rev().take_while(|l| !l.text.starts_with("begin "));
    let approved = || memory.batch_store.iter().filter(|r| r.state == RecordState::Approved && r.operation == Operation::Sale).count();
    let yes = |is: bool| if is { "yes" } else { "no" };
    match what {
        "how" => world.last_given(),
        "chip" => yes(world.cast().card(world.card_in_hand()).is_some_and(|c| c.chip)),
        "pin-tries" => {
            if world.state.is("bank.tries", "used-up") {
                "many"
            } else {
                "few"
            }
        }
        "stage" => {
            if last_log().any(|l| l.text.starts_with("send ")) {
                "processing"
            } else if last_log().any(|l| l.text == "connecting") {
                "connecting"
            } else {
                "none"
            }
        }
        "hour" => match world.now().civil() {
            c if (c.hour, c.minute) >= (22, 30) || (c.hour, c.minute) < (0, 30) => "late",
            c if c.hour < 6 => "night",
            _ => "day",
        },
        "business" => {
            let sale = world.record.log.iter().rev().find_map(|l| l.text.strip_prefix("begin ")).is_none_or(|b| b == "sale");
            if sale { "sale" } else { "other" }
        }
        "held" => yes(memory.batch_store.iter().any(|r| r.operation == Operation::PreAuthorisation)),
        "approved" => match approved() {
            0 => "none",
            1 => "one",
            _ => "many",
        },
        "slip" => slip_looks(&world.state),
        "unsettled" => {
            if memory.batch_store.len() >= memory.parameters.batch_max || world.state.is("acquirer.batch", "ahead") {
                "old"
            } else {
                "recent"
            }
        }
        "reversal" => {
            if memory.reversal.is_some() {
                "pending"
            } else {
                "none"
            }
        }
        "settled" => yes(world.record.log.iter().any(|l| l.text.contains("closed:"))),
        "offline" => yes(!memory.offline.is_empty()),
        _ => "",
    }
}
