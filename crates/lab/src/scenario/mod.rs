//! Scenarios: a fault and what people do, run from start to end, and everything that a run leaves behind.

use posdx_model::Lang;
use posdx_wire::Knowledge;
use serde::{Deserialize, Serialize};

use crate::cast::Cast;
use crate::faults::{self, Fault};
use crate::terminal::Profile;
use crate::world::{Action, ActionError, Backend, Record, Setting, StateError, World, WorldError};
use crate::{Dice, Moment};

/// A scenario of `lab/scenarios.toml`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Its name.
    pub id: String,
    /// The code that the display is expected to show. Nothing sets it; a test compares.
    pub code: String,
    /// The terminal's profile.
    pub profile: String,
    /// The fault.
    pub fault: String,
    /// What people do once the fault is there.
    #[serde(rename = "do")]
    pub actions: Vec<String>,
    /// Card of the cast, where it matters.
    pub card: Option<String>,
    /// Terminal of the cast, where it matters.
    pub terminal: Option<String>,
    /// Time of day when the terminal is switched on, `22:55`.
    pub start: Option<String>,
    /// Seed under which chance brings the code about.
    pub seed: Option<u64>,
}

/// Why a run did not come about.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// No such scenario.
    #[error("there is no scenario `{0}`; `posdx lab list` names them")]
    Scenario(String),
    /// The scenario's fault is none.
    #[error("there is no fault `{0}`")]
    Fault(String),
    /// No such profile.
    #[error("there is no profile `{0}`; there are seed, seed-hex and unionpay")]
    Profile(String),
    /// The world could not be built.
    #[error(transparent)]
    World(#[from] WorldError),
    /// Something that cannot be done.
    #[error(transparent)]
    Action(#[from] ActionError),
}

/// The truth about a run, for tests and for whoever judges a diagnosis.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Truth {
    /// The scenario.
    pub scenario: String,
    /// The seed.
    pub seed: u64,
    /// The fault.
    pub fault: String,
    /// The cause of the catalogue that it stages.
    pub cause: String,
    /// What was changed in the world.
    pub set: Vec<(String, String)>,
    /// The profile.
    pub profile: String,
    /// The code that the display showed last; `None` when it showed words only.
    pub code: Option<String>,
    /// What the machine found: `local:…` or `response:… house:…`.
    pub reason: String,
    /// What people did.
    pub actions: Vec<String>,
}

/// The list of scenarios with their faults.
#[derive(Debug, Clone)]
pub struct Scenarios {
    /// The scenarios.
    pub all: Vec<Scenario>,
    /// The faults.
    pub faults: Vec<Fault>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    scenario: Vec<Scenario>,
}

impl Scenarios {
    /// Those that come with the lab.
    pub fn shipped() -> Scenarios {
        let text = include_str!("../../../../lab/scenarios.toml");
        Scenarios::read(text, faults::shipped()).unwrap_or_else(|e| unreachable!("a test reads the shipped scenarios: {e}"))
    }

    /// Reads and checks a list.
    ///
    /// # Errors
    /// The line of a wrong shape, or the name that is none.
    pub fn read(text: &str, faults: Vec<Fault>) -> Result<Scenarios, RunError> {
        let file: File = toml::from_str(text).map_err(|e| ActionError::from(StateError::shape("lab/scenarios.toml", text, &e)))?;
        for scenario in &file.scenario {
            if !faults.iter().any(|f| f.id == scenario.fault) {
                return Err(RunError::Fault(scenario.fault.clone()));
            }
            if !Profile::names().any(|name| name == scenario.profile) {
                return Err(RunError::Profile(scenario.profile.clone()));
            }
            for line in &scenario.actions {
                Action::read(line)?;
            }
        }
        Ok(Scenarios { all: file.scenario, faults })
    }

    /// The scenario of this name.
    ///
    /// # Errors
    /// There is none.
    pub fn get(&self, id: &str) -> Result<&Scenario, RunError> {
        self.all.iter().find(|s| s.id == id).ok_or_else(|| RunError::Scenario(id.into()))
    }

    /// The fault of a scenario.
    ///
    /// # Errors
    /// There is none.
    pub fn fault(&self, scenario: &Scenario) -> Result<&Fault, RunError> {
        self.faults.iter().find(|f| f.id == scenario.fault).ok_or_else(|| RunError::Fault(scenario.fault.clone()))
    }
}

impl Scenario {
    /// Who takes part.
    pub fn setting(&self, fault: &Fault) -> Setting {
        let mut setting = Setting::default();
        if let Some(card) = self.card.as_ref().or(fault.card.as_ref()) {
            setting.card.clone_from(card);
        }
        if let Some(terminal) = &self.terminal {
            setting.terminal.clone_from(terminal);
        }
        if let Some((hour, minute)) = self.start.as_deref().and_then(|s| s.split_once(':'))
            && let (Ok(hour), Ok(minute)) = (hour.parse::<u64>(), minute.parse::<u64>())
        {
            setting.start = Moment(setting.start.0 / 86_400_000 * 86_400_000 + (hour * 60 + minute) * 60_000);
        }
        setting
    }

    /// Runs it against a host: switch on, sign on, stage the fault, do what people do. The world is handed back as it stands then.
    ///
    /// # Errors
    /// [`RunError`].
    pub fn run<'b>(
        &self,
        fault: &Fault,
        knowledge: &Knowledge,
        cast: &Cast,
        seed: u64,
        backend: Box<dyn Backend + 'b>,
    ) -> Result<(World<'b>, Truth), RunError> {
        let profile = Profile::shipped(&self.profile).ok_or_else(|| RunError::Profile(self.profile.clone()))?;
        let mut world = World::new(knowledge, cast, self.setting(fault), profile, seed, backend)?;
        let mut dice = Dice::new(seed).fork("fault");
        world.act(&Action::Power(true))?;
        world.run_until(world.now() + 10_000);
        let set = fault.stage(&mut world, &mut dice)?;
        for line in &self.actions {
            // A day passes, or the last result is read and gone.
            world.run_until(world.now() + 10_000);
            world.act(&Action::read(line)?)?;
        }
        let truth = Truth {
            scenario: self.id.clone(),
            seed,
            fault: fault.id.clone(),
            cause: fault.cause.clone(),
            set,
            profile: self.profile.clone(),
            code: world.record.last_result().and_then(|s| s.code.clone()),
            reason: world.record.last_result().map(|s| s.reason.clone()).unwrap_or_default(),
            actions: self.actions.clone(),
        };
        Ok((world, truth))
    }
}

/// What was shown, as text: one box after another, with its time.
pub fn shown_text(record: &Record, lang: Lang) -> String {
    let mut out = String::new();
    for (at, screen) in &record.shown {
        let c = at.civil();
        out.push_str(&format!("{:02}:{:02}:{:02}.{:03}\n{}\n", c.hour, c.minute, c.second, at.0 % 1000, screen.boxed(lang)));
    }
    out
}
