//! People: what somebody at the till or a customer does, in words that a scenario, a script and the command line share.

use super::{Event, StateError, World};
use crate::terminal::{Ask, Key, Operation, RecordState};

/// Why something cannot be done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ActionError {
    /// The words are none.
    #[error(
        "`{0}` is nothing that can be done here; try `sale 12.50 insert`, `press enter`, `type 123`, `restart`, `wait 60`, `set link.cable out`"
    )]
    Words(String),
    /// An amount that is none.
    #[error("`{0}` is no amount; write 12.50")]
    Amount(String),
    /// A place or value that is none.
    #[error(transparent)]
    State(#[from] StateError),
    /// The host did not know what was meant.
    #[error("the host: {0}")]
    Host(String),
}

/// How the card is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// Chip inserted.
    Insert,
    /// Stripe drawn through.
    Swipe,
    /// Held to the reader.
    Tap,
    /// Number typed.
    Type,
}

/// One thing that somebody does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Switch on or off.
    Power(bool),
    /// Off and on again.
    Restart,
    /// Let seconds pass.
    Wait(u64),
    /// Change a place of the world.
    Set(String, String),
    /// Press keys one after the other.
    Keys(Vec<Key>),
    /// Give the card.
    Give(How),
    /// A whole business: answer whatever the terminal asks.
    Business {
        /// Which.
        operation: Operation,
        /// Fen.
        amount: u64,
        /// How the card is given.
        how: How,
        /// The code of a text message, when the business asks for one.
        code: Option<String>,
    },
}

impl Action {
    /// Reads one line, such as `sale 12.50 tap`.
    ///
    /// # Errors
    /// The words are none.
    pub fn read(line: &str) -> Result<Action, ActionError> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let wrong = || ActionError::Words(line.trim().chars().take(60).collect());
        let how = |word: &str| match word {
            "insert" => Some(How::Insert),
            "swipe" => Some(How::Swipe),
            "tap" => Some(How::Tap),
            "type-card" => Some(How::Type),
            _ => None,
        };
        match words.as_slice() {
            ["power", "on"] => Ok(Action::Power(true)),
            ["power", "off"] => Ok(Action::Power(false)),
            ["restart"] => Ok(Action::Restart),
            ["wait", seconds] => seconds.parse().map(|s: u64| Action::Wait(s.min(31_536_000))).map_err(|_| wrong()),
            ["set", place, value] => Ok(Action::Set((*place).into(), (*value).into())),
            ["press", key] => {
                let key = match *key {
                    "enter" => Key::Enter,
                    "cancel" => Key::Cancel,
                    "clear" => Key::Clear,
                    other => Key::Function(other.parse().map_err(|_| wrong())?),
                };
                Ok(Action::Keys(vec![key]))
            }
            ["type", text] => Ok(Action::Keys(text.chars().take(40).map(Key::Char).collect())),
            [word] if how(word).is_some() => how(word).map(Action::Give).ok_or_else(wrong),
            [operation, rest @ ..] => {
                let operation: Operation = operation.parse().map_err(|_| wrong())?;
                let (mut amount, mut given, mut code) = (0, How::Insert, None);
                for word in rest {
                    if let Some(h) = how(word) {
                        given = h;
                    } else if let Some(text) = word.strip_prefix("code=") {
                        code = Some(text.to_string());
                    } else {
                        amount = fen(word).ok_or_else(|| ActionError::Amount((*word).into()))?;
                    }
                }
                Ok(Action::Business { operation, amount, how: given, code })
            }
            [] => Err(wrong()),
        }
    }
}

/// `12.50`, `12.5` or `12` as fen.
fn fen(text: &str) -> Option<u64> {
    let (yuan, rest) = text.split_once('.').unwrap_or((text, ""));
    let rest = format!("{rest:0<2}");
    (rest.len() == 2).then_some(())?;
    yuan.parse::<u64>().ok()?.checked_mul(100)?.checked_add(rest.parse().ok()?)
}

impl World<'_> {
    /// Somebody does something, and the world goes on until it waits for the next thing.
    ///
    /// # Errors
    /// The action names a place that is none.
    pub fn act(&mut self, action: &Action) -> Result<(), ActionError> {
        match action {
            Action::Power(true) => self.happen(Event::PowerOn),
            Action::Power(false) => self.happen(Event::PowerOff),
            Action::Restart => {
                self.happen(Event::PowerOff);
                self.run_until(self.now() + 5_000);
                // A program that hung is gone with the power.
                if self.state.is("terminal.program", "hung") {
                    self.set("terminal.program", "fine")?;
                }
                self.happen(Event::PowerOn);
            }
            Action::Wait(seconds) => self.run_until(self.now() + seconds * 1000),
            Action::Set(place, value) => self.set(place, value)?,
            Action::Keys(keys) => keys.iter().for_each(|key| self.press(*key)),
            Action::Give(How::Insert) => self.insert_card(),
            Action::Give(How::Swipe) => self.swipe_card(),
            Action::Give(How::Tap) => self.tap_card(),
            Action::Give(How::Type) => self.type_text(&self.card_number()),
            Action::Business { operation, amount, how, code } => self.business(*operation, *amount, *how, code.as_deref()),
        }
        self.settle();
        Ok(())
    }

    fn press(&mut self, key: Key) {
        // A key that sticks sends its character again and again.
        let times = if self.state.is("keypad.keys", "stuck") && matches!(key, Key::Char(_)) { 7 } else { 1 };
        for _ in 0..times {
            self.run_until(self.now() + 180);
            self.happen(Event::Key(key));
        }
    }

    fn type_text(&mut self, text: &str) {
        for c in text.chars() {
            self.press(Key::Char(c));
        }
    }

    fn business(&mut self, operation: Operation, amount: u64, how: How, code: Option<&str>) {
        // Whoever is in the middle of something gives it up first.
        if self.terminal.asking().is_some() {
            self.press(Key::Cancel);
        }
        self.press(Key::Function(operation));
        let mut pins = 0;
        for _ in 0..24 {
            self.settle();
            let Some(ask) = self.terminal.asking() else { break };
            match self.state.get("hand.keys") {
                "function" => {
                    self.press(Key::Function(Operation::Balance));
                    continue;
                }
                "cancel" if ask != Ask::Amount => {
                    self.press(Key::Cancel);
                    continue;
                }
                "walks-away" => {
                    self.run_until(self.now() + 70_000);
                    continue;
                }
                _ => {}
            }
            if ask == Ask::Card {
                self.give(how);
                continue;
            }
            if ask == Ask::Pin {
                pins += 1;
                if pins > 3 {
                    self.press(Key::Cancel);
                    continue;
                }
                if self.state.is("hand.pin", "late") {
                    self.run_until(self.now() + 70_000);
                    continue;
                }
            }
            let text = self.says(ask, operation, amount, code);
            self.type_text(&text);
            if self.terminal.asking() == Some(ask) {
                self.press(Key::Enter);
            }
        }
        self.settle();
    }

    fn give(&mut self, how: How) {
        let how = if self.state.is("hand.read", "swipes") { How::Swipe } else { how };
        match how {
            _ if self.state.is("hand.read", "late") => self.run_until(self.now() + 70_000),
            How::Insert => self.insert_card(),
            How::Swipe => self.swipe_card(),
            How::Tap => self.tap_card(),
            How::Type => {
                self.given = "type-card";
                let number = self.card_number();
                self.type_text(&number);
                self.press(Key::Enter);
            }
        }
    }

    fn card_number(&self) -> String {
        let number = self.cast().card(self.card_in_hand()).map(|c| c.pan.clone()).unwrap_or_default();
        match self.state.get("hand.number") {
            // Two neighbours changed places: the check digit no longer holds.
            "mistyped" => {
                let mut digits: Vec<char> = number.chars().collect();
                let places = digits.len();
                if places > 3 {
                    digits.swap(places - 2, places - 1);
                }
                digits.into_iter().collect()
            }
            "no-such-bank" => "4111111111111111".into(),
            _ => number,
        }
    }

    /// What a person types when asked.
    fn says(&self, ask: Ask, operation: Operation, amount: u64, code: Option<&str>) -> String {
        let card = self.cast().card(self.card_in_hand());
        let user = self.cast().users.iter().find(|u| u.id == self.setting.user);
        let original = self.original(operation);
        match ask {
            Ask::Amount => match self.state.get("hand.amount") {
                "zero" => "0".into(),
                "letter" => "1O".into(),
                "too-large" => "9999999999".into(),
                "point-off" => format!("{amount}00"),
                _ => amount.to_string(),
            },
            Ask::Card => String::new(),
            Ask::Pin => match self.state.get("hand.pin") {
                "wrong" => card.map(|c| c.pin.chars().rev().collect()).unwrap_or_default(),
                "skipped" => String::new(),
                _ => card.map(|c| c.pin.clone()).unwrap_or_default(),
            },
            Ask::Expiry => card.map(|c| c.expiry.clone()).unwrap_or_default(),
            Ask::Trace if self.state.is("hand.original", "wrong") => "999998".into(),
            Ask::Trace => original.map(|r| format!("{:06}", r.trace)).unwrap_or_else(|| "1".into()),
            Ask::Reference if self.state.is("hand.original", "wrong") => "999999999998".into(),
            Ask::Reference => original.map(|r| r.reference.clone()).unwrap_or_else(|| "1".into()),
            Ask::Date => original.map(|r| r.date.clone()).unwrap_or_else(|| "0101".into()),
            Ask::AuthorisationCode if self.state.is("hand.original", "wrong") => "999998".into(),
            Ask::AuthorisationCode => original.map(|r| r.authorisation.clone()).unwrap_or_else(|| "123456".into()),
            Ask::User if self.state.is("hand.user", "unknown") => "nobody".into(),
            Ask::User => self.setting.user.clone(),
            Ask::Password if self.state.is("hand.password", "wrong") => "not-it".into(),
            Ask::Password => user.map(|u| u.password.clone()).unwrap_or_default(),
            Ask::Phone => {
                let own = user.map(|u| u.phone.clone()).unwrap_or_default();
                match self.state.get("hand.phone") {
                    "short" => own.chars().take(10).collect(),
                    "other" => "13800000004".into(),
                    _ => own,
                }
            }
            Ask::Code => code.unwrap_or("000000").into(),
        }
    }

    /// The transaction of the batch that a void, refund or completion is about: the last one that fits.
    fn original(&self, operation: Operation) -> Option<&crate::terminal::Record> {
        let wanted = if operation == Operation::Completion { Operation::PreAuthorisation } else { Operation::Sale };
        let store = &self.terminal.memory.batch_store;
        let fits =
            |r: &&crate::terminal::Record| r.operation == wanted && (operation != Operation::Refund || r.state == RecordState::Approved);
        store.iter().rev().find(fits)
    }
}
