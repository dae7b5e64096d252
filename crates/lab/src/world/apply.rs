//! From the state of the world to what it does to terminal, card and host. Nothing here decides what a display shows.

use posdx_wire::crypto::Key;

use super::person::ActionError;
use super::{Event, World};
use crate::Moment;
use crate::card::{ChipState, Plastic};
use crate::cast::{CardState, FeeClass};
use crate::host::{Change, IssuerLink, ShopState};
use crate::lab_values;
use crate::message::Draft;
use crate::terminal::{Operation, Pending, Sensor};

/// Ten years in milliseconds.
const DECADE: i64 = 3_650 * 86_400_000;

impl World<'_> {
    /// Carries out what changed since the last time.
    pub(super) fn apply(&mut self) -> Result<(), ActionError> {
        let changed: Vec<(String, String)> = self
            .applied
            .iter()
            .filter(|(place, value)| self.state.get(place) != value.as_str())
            .map(|(place, _)| (place.clone(), self.state.get(place).to_string()))
            .collect();
        for (place, value) in changed {
            self.applied.insert(place.clone(), value.clone());
            match place.split_once('.') {
                Some(("terminal", what)) => self.change_terminal(what, &value),
                Some(("card", what)) => self.change_card(what, &value)?,
                Some(("bank" | "acquirer" | "carrier", _)) => self.change_host(&place, &value)?,
                Some(("power", "battery")) => self.sense(Sensor::Battery(self.state.number(&place).clamp(0, 100) as u8)),
                // Inside it is warmer than around it.
                Some(("air", "temperature")) => self.sense(Sensor::Temperature(self.state.number(&place) as i16 + 10)),
                Some(("air", "water")) => self.sense(Sensor::PinPad(value == "no")),
                Some(("pinpad", "state")) => self.sense(Sensor::PinPad(value == "fine")),
                Some(("printer", "switch")) => self.terminal.memory.parameters.printing = value == "on",
                _ => {}
            }
        }
        Ok(())
    }

    fn sense(&mut self, sensor: Sensor) {
        self.happen(Event::Sensor(sensor));
    }

    fn change_terminal(&mut self, what: &str, value: &str) {
        let found = self.cast.terminal(&self.setting.terminal).cloned();
        let shop = found.as_ref().and_then(|t| self.cast.merchant(&t.merchant)).cloned();
        let (Some(found), Some(shop)) = (found, shop) else { return };
        let newest = if self.state.is("acquirer.data", "newer") { 2 } else { 1 };
        let number = shop.number.clone();
        let replaced = |from: usize, text: &str| {
            let (front, back) = (number.get(..from).unwrap_or_default(), number.get(from + text.len()..).unwrap_or_default());
            format!("{front}{text}{back}")
        };
        if (what, value) == ("tamper", "yes") {
            return self.sense(Sensor::Tamper);
        }
        let other_key = lab_values::test_key("stale", &found.id).ok();
        let memory = &mut self.terminal.memory;
        match (what, value) {
            ("bug", bug) => memory.software.bug = bug.parse().ok(),
            ("program", state) => {
                memory.software.damaged = state == "damaged";
                memory.software.hung = state == "hung";
            }
            ("versions", state) => {
                memory.software.system = if state == "conflict" { "4.9" } else { "5.1" }.into();
                memory.software.version = if state == "old" { "0.9.0" } else { "2.3.0" }.into();
            }
            ("clock", way) => {
                memory.clock_ahead = match way {
                    "ahead" => DECADE,
                    "behind" => -DECADE,
                    _ => 0,
                }
            }
            ("keys", "stale") => memory.mac_key = other_key,
            ("keys", "pin-stale") => memory.pin_key = other_key,
            ("keys", "missing") => {
                memory.master_key = None;
                memory.pin_key = None;
                memory.mac_key = None;
                memory.signed_on = false;
            }
            ("keys", _) | ("tamper", _) => {
                memory.tampered = false;
                if memory.master_key.is_none() {
                    memory.master_key = Key::from_hex(&found.master_key).ok();
                    memory.signed_on = false;
                }
            }
            ("setup", state) => {
                memory.set_up = state != "missing";
                memory.number = if state == "wrong-terminal" { "19999999".into() } else { found.number.clone() };
                memory.merchant = match state {
                    "wrong-merchant" => replaced(11, "9999"),
                    "wrong-mcc" => replaced(7, "5999"),
                    "wrong-region" => replaced(3, "5840"),
                    _ => number.clone(),
                };
            }
            ("signed", state) => memory.signed_on = state == "yes" && memory.mac_key.is_some(),
            ("reversal", "damaged") => {
                memory.reversal = Some(Pending { operation: Operation::Sale, draft: Draft::request("0400"), tries: 3, damaged: true });
            }
            ("reversal", _) => memory.reversal = memory.reversal.take().filter(|r| !r.damaged),
            ("batch", state) => {
                memory.batch_damaged = state == "damaged";
                memory.parameters.batch_max = if state == "full" { memory.batch_store.len() } else { 200 };
            }
            ("contactless", state) => memory.parameters.contactless = state == "on",
            ("stripe", state) => memory.parameters.stripe_of_chip = state == "always",
            ("pin", state) => memory.parameters.pin = state == "asked",
            ("cap", cap) => memory.parameters.amount_cap = cap.parse().unwrap_or_default(),
            ("surcharge", part) => memory.parameters.surcharge = part.parse().unwrap_or_default(),
            ("fee", state) => {
                memory.parameters.fee = match state {
                    "wrong" if shop.fee == FeeClass::Standard => FeeClass::Preferential,
                    "wrong" => FeeClass::Standard,
                    "not-open" => FeeClass::Exempt,
                    _ => shop.fee,
                }
            }
            ("data", state) => {
                memory.parameters.merchant_version = match state {
                    "stale" => 0,
                    "ahead" => 3,
                    _ => newest,
                }
            }
            ("trace", "reused") => memory.trace = 2,
            ("trace", _) => memory.trace = memory.trace.max(500),
            ("decides_offline", state) => memory.parameters.offline_decision = state == "yes",
            _ => {}
        }
    }

    fn change_card(&mut self, what: &str, value: &str) -> Result<(), ActionError> {
        let id = self.setting.card.clone();
        match what {
            "chip" => {
                if let Some(chip) = self.cards.get_mut(&id).and_then(|c| c.chip.as_mut()) {
                    chip.state = ChipState {
                        dead: value == "dead",
                        blocked: value == "blocked",
                        bad_data: value == "bad-data",
                        wrong_key: value == "wrong-key",
                        declines: value == "declines",
                        pin_tries: 3,
                    };
                    chip.counter = if value == "exhausted" { u16::MAX } else { chip.counter.min(u16::MAX - 1) };
                }
            }
            "state" => {
                let state = match value {
                    "inactive" => CardState::Inactive,
                    "dormant" => CardState::Dormant,
                    "lost" => CardState::Lost,
                    "stolen" => CardState::Stolen,
                    "closed" => CardState::Closed,
                    "restricted" => CardState::Restricted,
                    _ => CardState::Active,
                };
                self.change(Change::Card { card: id, state })?;
            }
            "expiry" => {
                let Some(own) = self.cast.card(&id).cloned() else { return Ok(()) };
                let bank = if value == "past" { "2509".to_string() } else { own.expiry.clone() };
                self.change(Change::Expiry { card: id.clone(), expiry: bank })?;
                // The bank has sent a newer card; the customer still uses the old one.
                let printed = if value == "renewed" { "2803".to_string() } else { own.expiry.clone() };
                let mut cast = self.cast.clone();
                cast.cards.iter_mut().filter(|c| c.id == id).for_each(|c| c.expiry.clone_from(&printed));
                let counter = self.cards.get(&id).and_then(|c| c.chip.as_ref()).map_or(0, |c| c.counter);
                if let Ok(Some(mut plastic)) = Plastic::issue(&cast, &id) {
                    if let Some(chip) = plastic.chip.as_mut() {
                        chip.counter = counter;
                    }
                    self.cards.insert(id, plastic);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn change_host(&mut self, place: &str, value: &str) -> Result<(), ActionError> {
        let card = self.setting.card.clone();
        let terminal = self.setting.terminal.clone();
        let Some(merchant) = self.cast.terminal(&terminal).map(|t| t.merchant.clone()) else { return Ok(()) };
        let Some(shop) = self.cast.merchant(&merchant).cloned() else { return Ok(()) };
        let Some(own) = self.cast.card(&card).cloned() else { return Ok(()) };
        let change = match (place, value) {
            ("bank.funds", level) => {
                // What was taken off before comes back, then what this level lacks goes.
                let target = match level {
                    "short" => 90,
                    "zero" => 0,
                    _ => own.balance,
                };
                let have = std::mem::replace(&mut self.account_left, target);
                Change::Deposit { card, amount: target - have }
            }
            ("bank.limit", limit) => Change::Limit { card, limit: if limit == "low" { Some(100) } else { own.limit } },
            ("bank.listed", listed) => Change::CardBlackList { card, listed: listed == "yes" },
            ("bank.tries", "fine") => Change::PinTriesReset { card },
            ("bank.link", state) => {
                let link = match state {
                    "down" => IssuerLink::Down,
                    "no-route" => IssuerLink::NoRoute,
                    "silent" => IssuerLink::Silent,
                    "late" => IssuerLink::Late,
                    "error" => IssuerLink::Error,
                    _ => IssuerLink::Up,
                };
                Change::Issuer { issuer: own.issuer, link }
            }
            ("acquirer.shop", state) => {
                let state = match state {
                    "closed" => ShopState::Closed,
                    "frozen" => ShopState::BlackListed,
                    "paused" => ShopState::Paused,
                    _ => ShopState::Open,
                };
                Change::Shop { merchant, state }
            }
            ("acquirer.mcc", state) => {
                let mcc = match state {
                    "other" => "5812".to_string(),
                    "unsupported" => "7995".to_string(),
                    _ => shop.mcc.clone(),
                };
                // A category that was registered so from the beginning stands in the merchant number too.
                if state != "other"
                    && let (Some(front), Some(back)) = (shop.number.get(..7), shop.number.get(11..))
                {
                    self.terminal.memory.merchant = format!("{front}{mcc}{back}");
                }
                Change::Mcc { merchant, mcc }
            }
            ("acquirer.fee", state) => Change::Fee { merchant, fee: if state == "other" { FeeClass::Exempt } else { shop.fee } },
            ("acquirer.data", state) => Change::MerchantVersion { merchant, version: if state == "newer" { 2 } else { 1 } },
            ("acquirer.terminal", "moved") => Change::Move { terminal, merchant: "diner".into() },
            ("acquirer.terminal", state) => {
                self.change(Change::Move { terminal: terminal.clone(), merchant })?;
                Change::Terminal { terminal, open: state == "open" }
            }
            ("acquirer.keys", "lost") => Change::KeysLost { terminal },
            ("acquirer.batch", "ahead") => Change::Batch { terminal, batch: i64::from(self.terminal.memory.batch) + 5 },
            ("acquirer.user", state) => Change::User { user: self.setting.user.clone(), registered: state == "registered" },
            ("acquirer.maintenance", "now") => {
                Change::Maintenance { from: Moment(self.now.0.saturating_sub(60_000)), to: self.now + 7_200_000 }
            }
            ("acquirer.maintenance", _) => {
                self.run_until(self.now + 7_260_000);
                return Ok(());
            }
            ("acquirer.posting", state) => Change::LatePosting { on: state == "late" },
            ("acquirer.version", state) => Change::ApplicationRequired { version: if state == "newer" { "3.0.0" } else { "1.0.0" }.into() },
            ("carrier.phone", state) => {
                let phone = self.cast.users.iter().find(|u| u.id == self.setting.user).map(|u| u.phone.clone()).unwrap_or_default();
                Change::Phone { phone, suspended: state == "suspended" }
            }
            _ => return Ok(()),
        };
        self.change(change)
    }

    fn change(&mut self, change: Change) -> Result<(), ActionError> {
        self.backend.change(self.now, &change).map_err(ActionError::Host)
    }
}
