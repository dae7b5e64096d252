//! One simulated shop: a terminal, the line to its host, power, air, paper, cards and people, on a clock with a queue of events. The same
//! seed gives the same run, byte for byte.

mod apply;
mod backend;
mod line;
mod person;
mod printer;
mod record;
mod state;
mod tcp;

pub use backend::{Backend, Function, Reply};
pub use person::{Action, ActionError};
pub use printer::looks as slip_looks;
pub use record::Record;
pub use state::{State, StateError};
pub use tcp::Caller;

use std::collections::BTreeMap;
use std::sync::Arc;

use posdx_wire::Knowledge;
use posdx_wire::crypto::CryptoError;

use crate::card::{Plastic, Swipe, swipe};
use crate::cast::Cast;
use crate::message::{NoLabDialect, Wire};
use crate::terminal::{CardEvent, Effect, Event, Memory, Profile, Terminal, Timer};
use crate::{Dice, Moment};

/// Why a world cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// The dialect is missing.
    #[error(transparent)]
    Dialect(#[from] NoLabDialect),
    /// Keys could not be made.
    #[error("keys of the lab: {0}")]
    Keys(#[from] CryptoError),
    /// The cast has no such member.
    #[error("the cast has no {kind} `{id}`")]
    Unknown {
        /// What was looked for.
        kind: &'static str,
        /// Its id.
        id: String,
    },
}

/// Who is in a world: ids of the cast.
#[derive(Debug, Clone)]
pub struct Setting {
    /// The terminal.
    pub terminal: String,
    /// The customer's card.
    pub card: String,
    /// The card that the customer has besides.
    pub other_card: String,
    /// Who stands at the till, as a user of the app.
    pub user: String,
    /// When it begins.
    pub start: Moment,
}

impl Default for Setting {
    fn default() -> Self {
        // A Tuesday morning, 10:00.
        let start = Moment(((327 * 24) + 10) * 3_600_000);
        Setting { terminal: "till-1".into(), card: "good".into(), other_card: "spare".into(), user: "wang".into(), start }
    }
}

/// A simulated shop with one terminal.
pub struct World<'b> {
    /// The state of everything around the terminal.
    pub state: State,
    /// The terminal.
    pub terminal: Terminal,
    /// What happened so far.
    pub record: Record,
    /// Who is here.
    pub setting: Setting,
    cast: Cast,
    cards: BTreeMap<String, Plastic>,
    backend: Box<dyn Backend + 'b>,
    now: Moment,
    queue: BTreeMap<(Moment, u64), Event>,
    timers: BTreeMap<Timer, (Moment, u64)>,
    /// Places as the machinery knows them; a difference to `state` is carried out.
    applied: BTreeMap<String, String>,
    count: u64,
    line_dice: Dice,
    reader_dice: Dice,
    /// The connection stands, and which one it is: what was sent on an earlier one never arrives.
    call: Option<u64>,
    calls: u64,
    in_slot: Option<String>,
    powered: bool,
    /// What the world has left on the customer's account, fen, apart from what was paid.
    account_left: i64,
    /// How a card was given last, in the words of an action.
    given: &'static str,
}

impl<'b> World<'b> {
    /// A sound world, its terminal switched off.
    ///
    /// # Errors
    /// The dialect or a member of the cast is missing.
    pub fn new(
        knowledge: &Knowledge,
        cast: &Cast,
        setting: Setting,
        profile: Profile,
        seed: u64,
        backend: Box<dyn Backend + 'b>,
    ) -> Result<World<'b>, WorldError> {
        let unknown = |kind, id: &str| WorldError::Unknown { kind, id: id.to_string() };
        let wire = Arc::new(Wire::new(knowledge)?);
        let found = cast.terminal(&setting.terminal).ok_or_else(|| unknown("terminal", &setting.terminal))?;
        let memory = Memory::fresh(cast, found)?;
        let mut cards = BTreeMap::new();
        for id in cast.cards.iter().map(|c| &c.id) {
            if let Some(plastic) = Plastic::issue(cast, id)? {
                cards.insert(id.clone(), plastic);
            }
        }
        for id in [&setting.card, &setting.other_card] {
            if !cards.contains_key(id) {
                return Err(unknown("card", id));
            }
        }
        let money = cast.card(&setting.card).map_or(0, |c| c.balance);
        let state = State::shipped();
        let applied = state.names().map(|n| (n.to_string(), state.get(n).to_string())).collect();
        let dice = Dice::new(seed);
        Ok(World {
            terminal: Terminal::new(memory, wire, Arc::new(profile)),
            state,
            record: Record::default(),
            now: setting.start,
            setting,
            cast: cast.clone(),
            cards,
            backend,
            queue: BTreeMap::new(),
            timers: BTreeMap::new(),
            applied,
            count: 0,
            line_dice: dice.fork("line"),
            reader_dice: dice.fork("reader"),
            call: None,
            calls: 0,
            in_slot: None,
            powered: false,
            account_left: money,
            given: "none",
        })
    }

    /// The present moment.
    pub fn now(&self) -> Moment {
        self.now
    }

    /// The cast.
    pub fn cast(&self) -> &Cast {
        &self.cast
    }

    /// The id of the card that the customer uses now.
    pub fn card_in_hand(&self) -> &str {
        if self.state.is("card.which", "other") { &self.setting.other_card } else { &self.setting.card }
    }

    /// Changes a place of the world.
    ///
    /// # Errors
    /// No such place or value, or the host knows nothing of it.
    pub fn set(&mut self, place: &str, value: &str) -> Result<(), ActionError> {
        self.state.set(place, value)?;
        self.apply()
    }

    fn later(&mut self, milliseconds: u64, event: Event) -> (Moment, u64) {
        self.count += 1;
        let key = (self.now + milliseconds, self.count);
        self.queue.insert(key, event);
        key
    }

    /// Lets an event happen now.
    pub fn happen(&mut self, event: Event) {
        if matches!(event, Event::PowerOff) {
            self.timers.clear();
            self.queue.clear();
            self.drop_call();
            self.powered = false;
        }
        if matches!(event, Event::PowerOn) {
            self.powered = true;
        }
        let effects = self.terminal.handle(self.now, event);
        for effect in effects {
            self.effect(effect);
        }
    }

    /// How a card was given last: `insert`, `swipe`, `tap`, `type-card`, or `none`.
    pub fn last_given(&self) -> &'static str {
        self.given
    }

    /// Is the terminal switched on?
    pub fn powered(&self) -> bool {
        self.powered
    }

    /// Lets time pass, with everything that comes due.
    pub fn run_until(&mut self, until: Moment) {
        while let Some((&key, _)) = self.queue.first_key_value().filter(|((at, _), _)| *at <= until) {
            let Some(event) = self.queue.remove(&key) else { break };
            self.now = key.0;
            if let Event::Timer(timer) = event {
                self.timers.remove(&timer);
            }
            self.happen(event);
        }
        self.now = self.now.max(until);
    }

    /// Lets time pass until the terminal waits for somebody and nothing is under way; ten minutes at most.
    pub fn settle(&mut self) {
        let end = self.now + 600_000;
        while !self.terminal.is_idle() && self.terminal.asking().is_none() {
            let Some((&(at, _), _)) = self.queue.first_key_value() else { break };
            if at > end {
                break;
            }
            self.run_until(at);
        }
    }

    /// When the next thing is due; `None` when nothing is.
    pub fn next_due(&self) -> Option<Moment> {
        self.queue.first_key_value().map(|((at, _), _)| *at)
    }

    fn effect(&mut self, effect: Effect) {
        match effect {
            Effect::Show(screen) => self.record.shown.push((self.now, screen)),
            Effect::Log(line) => self.record.log.push(line),
            Effect::Start(timer, milliseconds) => {
                self.stop(timer);
                let key = self.later(milliseconds, Event::Timer(timer));
                self.timers.insert(timer, key);
            }
            Effect::Stop(timer) => self.stop(timer),
            Effect::Print(slip) => {
                let (delay, report) = printer::print(&self.state);
                if report == crate::terminal::PrinterReport::Printed {
                    self.record.slips.push(slip);
                }
                self.later(delay, Event::Printer(report));
            }
            Effect::Connect => match line::call(&self.state, &mut self.line_dice) {
                Ok(delay) => {
                    self.calls += 1;
                    self.call = Some(self.calls);
                    self.later(delay, Event::Connected);
                }
                Err((delay, why)) => {
                    self.later(delay, Event::ConnectFailed(why));
                }
            },
            Effect::Hangup => self.drop_call(),
            Effect::Send(bytes) => self.send(&bytes),
            Effect::Apdu(command) => {
                let answer = self.chip_answer(&command);
                self.later(30, Event::Apdu(answer));
            }
            Effect::Eject => self.in_slot = None,
            Effect::WantCard | Effect::Saved => {}
            Effect::Off => {
                self.timers.clear();
                self.queue.clear();
                self.drop_call();
                self.powered = false;
            }
        }
    }

    fn stop(&mut self, timer: Timer) {
        if let Some(key) = self.timers.remove(&timer) {
            self.queue.remove(&key);
        }
    }

    fn drop_call(&mut self) {
        if self.call.take().is_some() {
            self.record.wire.push((self.now, true, Vec::new()));
            self.backend.hang_up();
        }
        // What is still on the way was on that line.
        self.queue.retain(|_, event| !matches!(event, Event::Bytes(_) | Event::LineLost | Event::Connected | Event::ConnectFailed(_)));
    }

    fn send(&mut self, bytes: &[u8]) {
        if self.call.is_none() {
            return;
        }
        let (delay, bytes) = match line::carry(&self.state, &mut self.line_dice, bytes, true) {
            line::Delivery::Lost => return,
            line::Delivery::Breaks(delay) => {
                self.later(delay, Event::LineLost);
                return;
            }
            line::Delivery::Arrives(delay, bytes) => (delay, bytes),
        };
        self.record.wire.push((self.now + delay, true, bytes.clone()));
        let reply = self.backend.message(self.now + delay, &bytes);
        let there = delay + reply.delay_ms + 120;
        if let Some(answer) = reply.bytes {
            match line::carry(&self.state, &mut self.line_dice, &answer, false) {
                line::Delivery::Lost => {}
                line::Delivery::Breaks(back) => {
                    self.later(there + back, Event::LineLost);
                }
                line::Delivery::Arrives(back, answer) => {
                    self.record.wire.push((self.now + there + back, false, answer.clone()));
                    self.later(there + back, Event::Bytes(answer));
                }
            }
        }
        if reply.close {
            self.later(there + 300, Event::LineLost);
        }
    }

    fn chip_answer(&mut self, command: &[u8]) -> Vec<u8> {
        let Some(id) = self.in_slot.clone() else { return Vec::new() };
        // A dirty contact loses some answers.
        let dirty = self.state.is("card.chip", "dirty") && self.state.is("card.which", "own") || self.state.is("reader.slot", "dirty");
        if dirty && self.reader_dice.chance(0.6) {
            return Vec::new();
        }
        if self.state.is("air.metal", "yes") && self.reader_dice.chance(0.7) {
            return Vec::new();
        }
        self.cards.get_mut(&id).and_then(|c| c.chip.as_mut()).map(|chip| chip.command(command)).unwrap_or_default()
    }

    /// The card in the customer's hand is drawn through.
    pub fn swipe_card(&mut self) {
        self.given = "swipe";
        let id = self.card_in_hand().to_string();
        let own = id == self.setting.card;
        let wear = match self.state.get("card.stripe") {
            "worn" if own => 1.0,
            "dead" if own => 2.0,
            _ if self.state.is("hand.read", "badly") => 2.0,
            _ if !self.state.is("reader.slot", "fine") => 0.8,
            _ => 0.0,
        };
        let event = match self.cards.get(&id) {
            // Above 1 there is nothing left to read; a worn stripe gives a wrong digit sooner than none.
            Some(_) if wear > 1.0 => CardEvent::SwipeUnread,
            Some(card) => match swipe(&card.stripe, wear, &mut self.reader_dice) {
                Swipe::Track(track) => CardEvent::Swiped(track),
                Swipe::Unreadable => CardEvent::SwipeUnread,
            },
            None => CardEvent::SwipeUnread,
        };
        self.happen(Event::Card(event));
    }

    /// The card in the customer's hand is inserted.
    pub fn insert_card(&mut self) {
        self.given = "insert";
        let id = self.card_in_hand().to_string();
        let broken = self.state.is("reader.slot", "broken");
        let reset = match self.cards.get_mut(&id).and_then(|c| c.chip.as_mut()) {
            Some(chip) if !broken => {
                chip.reset(false);
                chip.answer_to_reset()
            }
            _ => Vec::new(),
        };
        self.in_slot = Some(id);
        self.happen(Event::Card(CardEvent::Inserted(reset)));
        if self.state.is("hand.read", "early") {
            self.later(200, Event::Card(CardEvent::Removed));
        }
    }

    /// The card in the customer's hand is held to the reader.
    pub fn tap_card(&mut self) {
        self.given = "tap";
        let id = self.card_in_hand().to_string();
        let event = if self.state.is("hand.read", "several") {
            CardEvent::SeveralTapped
        } else if self.state.is("hand.read", "short") || self.state.is("reader.field", "broken") || self.state.is("air.metal", "yes") {
            CardEvent::TapUnread
        } else {
            match self.cards.get_mut(&id) {
                Some(card) if card.contactless => {
                    if let Some(chip) = card.chip.as_mut() {
                        chip.reset(true);
                    }
                    CardEvent::Tapped
                }
                _ => CardEvent::TapUnread,
            }
        };
        self.in_slot = Some(id);
        self.happen(Event::Card(event));
    }
}
