//! The course of a business: what is asked, what is done with it, how it ends.

use posdx_model::Text;
use zeroize::Zeroizing;

use super::deal::{Deal, Paid};
use super::event::{Effect, Key, PrinterReport, Timer};
use super::machine::{Phase, Terminal};
use super::memory::{Bug, Record, RecordState};
use super::online::{Errand, Link};
use super::operation::{Ask, Operation};
use super::screen::yuan;
use super::{Local, Outcome, Screen, Slip};

impl Terminal {
    /// A person, or the terminal itself, begins a business.
    pub(super) fn begin(&mut self, operation: Operation) {
        self.deal = Deal::new(operation);
        let title = operation.title();
        self.log('I', "txn", &format!("begin {operation}"));
        if let Some(why) = self.refusal(operation) {
            return self.conclude(Outcome::Local(why));
        }
        if operation == Operation::Reprint {
            return match self.memory.batch_store.last() {
                Some(record) => {
                    let slip = Slip::of(record, &self.memory, true);
                    self.print(slip);
                }
                None => self.conclude(Outcome::Local(Local::OriginalUnknown)),
            };
        }
        self.show(title, Vec::new());
        self.next_ask();
    }

    /// Why the business cannot begin.
    fn refusal(&self, operation: Operation) -> Option<Local> {
        let memory = &self.memory;
        if !memory.set_up {
            return Some(Local::NotSetUp);
        }
        if self.temperature > 65 {
            return Some(Local::TooHot);
        }
        if self.temperature < -15 {
            return Some(Local::TooCold);
        }
        if self.battery < 4 {
            return Some(Local::BatteryLow);
        }
        if memory.master_key.is_none() && operation != Operation::Reprint {
            return Some(Local::KeysMissing);
        }
        let reversal_damaged = memory.reversal.as_ref().is_some_and(|r| r.damaged);
        match operation {
            _ if operation.financial() && memory.batch_damaged => Some(Local::BatchFile),
            Operation::Settle if memory.batch_damaged => Some(Local::BatchFile),
            Operation::Settle | Operation::Reversal if reversal_damaged => Some(Local::ReversalFile),
            _ if operation.financial() && reversal_damaged => Some(Local::ReversalFile),
            _ if operation.financial() && !memory.signed_on => Some(Local::NotSignedOn),
            _ if operation.financial() && memory.batch_store.len() >= memory.parameters.batch_max => Some(Local::BatchFull),
            Operation::QueryLast if memory.last_sent.is_none() => Some(Local::OriginalUnknown),
            _ => None,
        }
    }

    /// Asks for the next thing, or goes on when there is none.
    pub(super) fn next_ask(&mut self) {
        while let Some(ask) = self.deal.asks.pop_front() {
            if ask == Ask::Pin && !self.pin_wanted() {
                continue;
            }
            if ask == Ask::Pin && !self.pin_pad {
                return self.conclude(Outcome::Local(Local::PinPad));
            }
            return self.ask(ask);
        }
        self.deal.asking = None;
        self.carry_out();
    }

    fn pin_wanted(&self) -> bool {
        let small_tap =
            self.deal.card.as_ref().is_some_and(|c| c.entry == "07") && self.deal.amount <= self.memory.parameters.limits.no_pin;
        self.memory.parameters.pin && !small_tap && self.deal.pin.is_none()
    }

    pub(super) fn ask(&mut self, ask: Ask) {
        self.phase = Phase::Asking;
        self.deal.asking = Some(ask);
        self.deal.typed = Zeroizing::default();
        if ask == Ask::Card {
            self.out.push(Effect::WantCard);
        }
        self.out.push(Effect::Start(Timer::Input, self.memory.parameters.input_s * 1000));
        self.show_entry();
    }

    fn show_entry(&mut self) {
        let Some(ask) = self.deal.asking else { return };
        let count = self.deal.typed.chars().count();
        let typed = match ask {
            _ if ask.hidden() => "*".repeat(count),
            Ask::Card => Record::lock(&self.deal.typed).masked(),
            Ask::Amount => self.deal.typed.parse().map_or_else(|_| self.deal.typed.to_string(), yuan),
            _ => self.deal.typed.to_string(),
        };
        let mut lines = vec![ask.prompt()];
        if self.deal.amount > 0 {
            let amount = yuan(self.deal.amount);
            lines.insert(0, Text::new(format!("金额 {amount}"), format!("Amount {amount}")));
        }
        let title = self.deal.operation.title();
        self.out.push(Effect::Show(Screen { title, lines, code: None, typed, reason: String::new(), busy: false }));
    }

    pub(super) fn entry_key(&mut self, key: Key) {
        let Some(ask) = self.deal.asking else { return };
        self.out.push(Effect::Start(Timer::Input, self.memory.parameters.input_s * 1000));
        match key {
            Key::Char(_) if self.memory.software.bug == Some(Bug::DeafKeypad) => {}
            Key::Char(c) => {
                if self.deal.typed.chars().count() >= ask.longest() {
                    return self.conclude(Outcome::Local(Local::InvalidInput));
                }
                self.deal.typed.push(c);
                self.show_entry();
            }
            Key::Clear => {
                self.deal.typed.pop();
                self.show_entry();
            }
            Key::Cancel => self.conclude(Outcome::Local(Local::Cancelled)),
            Key::Function(_) => self.conclude(Outcome::Local(Local::InvalidInput)),
            Key::Enter => self.accept(ask),
        }
    }

    fn accept(&mut self, ask: Ask) {
        let typed = std::mem::take(&mut self.deal.typed);
        let invalid = |this: &mut Terminal| this.conclude(Outcome::Local(Local::InvalidInput));
        let digits = !typed.is_empty() && typed.bytes().all(|b| b.is_ascii_digit());
        match ask {
            Ask::Amount => {
                let Some(mut amount) = typed.parse::<u64>().ok().filter(|a| *a > 0) else { return invalid(self) };
                if self.memory.software.bug == Some(Bug::AmountCut) {
                    amount /= 10;
                }
                amount += amount * self.memory.parameters.surcharge / 1000;
                if amount > self.memory.parameters.amount_cap {
                    return self.conclude(Outcome::Local(Local::AmountOverCap));
                }
                self.deal.amount = amount;
            }
            Ask::Card => {
                if !digits || typed.len() < 13 {
                    return invalid(self);
                }
                self.deal.card = Some(Paid { pan: typed.to_string(), expiry: String::new(), track: None, entry: "01", sequence: None });
                self.deal.asks.push_front(Ask::Expiry);
            }
            Ask::Expiry => {
                if !digits || typed.len() != 4 {
                    return invalid(self);
                }
                if let Some(card) = &mut self.deal.card {
                    card.expiry = typed.to_string();
                }
            }
            Ask::Pin => {
                if !typed.is_empty() && (!digits || typed.len() < 4) {
                    return invalid(self);
                }
                return self.pin_typed(typed);
            }
            Ask::Trace => {
                let Ok(trace) = typed.parse::<u32>() else { return invalid(self) };
                if let Err(why) = self.find_original(trace) {
                    return self.conclude(Outcome::Local(why));
                }
                self.deal.answers.insert(ask, typed);
            }
            Ask::Phone => {
                let mut phone = typed;
                if self.memory.software.bug == Some(Bug::PhoneCut) {
                    phone.pop();
                }
                self.deal.answers.insert(ask, phone);
            }
            _ if typed.is_empty() => return invalid(self),
            _ => drop(self.deal.answers.insert(ask, typed)),
        }
        self.next_ask();
    }

    fn pin_typed(&mut self, typed: Zeroizing<String>) {
        let entered = !typed.is_empty();
        if entered {
            self.deal.pin = Some(typed.clone());
        }
        if !std::mem::take(&mut self.deal.pin_for_kernel) {
            return self.next_ask();
        }
        self.phase = Phase::Reading;
        let need = self.deal.kernel.as_mut().map(|k| k.pin_entered(entered.then_some(typed.as_str())));
        if let Some(need) = need {
            self.kernel_needs(need);
        }
    }

    /// A void looks its original up in the batch; refund and completion may be of another batch.
    fn find_original(&mut self, trace: u32) -> Result<(), Local> {
        let found = self.memory.batch_store.iter().find(|r| r.trace == trace).cloned();
        match (self.deal.operation, found) {
            (Operation::Void, None) => Err(Local::OriginalUnknown),
            (Operation::Void, Some(record)) => {
                if record.state == RecordState::Voided {
                    return Err(Local::OriginalVoided);
                }
                if !matches!(record.operation, Operation::Sale | Operation::Completion) {
                    return Err(Local::OriginalWrong);
                }
                self.deal.amount = record.amount;
                self.deal.original = Some(record);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Everything was asked: to the host, or into the store of offline sales.
    fn carry_out(&mut self) {
        let operation = self.deal.operation;
        if operation == Operation::OfflineSale {
            let code = self.deal.answer(Ask::AuthorisationCode).to_string();
            return self.approved_offline(&code);
        }
        if operation.financial() || matches!(operation, Operation::Settle | Operation::SignOff | Operation::Reversal) {
            if self.memory.reversal.is_some() {
                self.errands.push_back(Errand::Reversal);
            } else if operation == Operation::Reversal {
                return self.conclude(Outcome::Local(Local::Done));
            }
        }
        match operation {
            Operation::Reversal => {}
            Operation::Settle => {
                self.errands.extend(self.memory.offline.iter().map(|_| Errand::HandIn));
                self.errands.push_back(Errand::Settle);
            }
            _ => self.errands.push_back(Errand::Business(operation)),
        }
        self.phase = Phase::Exchanging;
        self.next_errand();
    }

    /// A transaction certificate or a telephone authorisation: approved here, handed in later.
    pub(super) fn approved_offline(&mut self, authorisation: &str) {
        let trace = self.memory.next_trace();
        self.deal.trace = trace;
        let record = self.record(authorisation, "", "");
        self.memory.offline.push(record.clone());
        self.out.push(Effect::Saved);
        self.deal.record = Some(record.clone());
        self.deal.answered = Some(Outcome::Local(Local::Done));
        let slip = Slip::of(&record, &self.memory, false);
        self.print(slip);
    }

    /// The record of the business at hand.
    pub(super) fn record(&self, authorisation: &str, reference: &str, host_time: &str) -> Record {
        let card = self.deal.card.as_ref();
        let c = self.clock().civil();
        let (date, time) = match (host_time.get(..4), host_time.get(4..)) {
            (Some(date), Some(time)) => (date.to_string(), time.to_string()),
            _ => (format!("{:02}{:02}", c.month, c.day), format!("{:02}{:02}{:02}", c.hour, c.minute, c.second)),
        };
        Record {
            operation: self.deal.operation,
            trace: self.deal.trace,
            batch: self.memory.batch,
            amount: self.deal.amount,
            pan: Record::lock(card.map_or("", |c| c.pan.as_str())),
            expiry: card.map(|c| c.expiry.clone()).unwrap_or_default(),
            entry: card.map(|c| c.entry.to_string()).unwrap_or_default(),
            authorisation: authorisation.to_string(),
            reference: reference.to_string(),
            date,
            time,
            state: RecordState::Approved,
        }
    }

    pub(super) fn print(&mut self, slip: Slip) {
        if !self.memory.parameters.printing {
            return self.printed(PrinterReport::Printed);
        }
        self.phase = Phase::Printing;
        self.show(self.deal.operation.title(), vec![Text::new("正在打印", "Printing")]);
        self.out.push(Effect::Start(Timer::Print, 15_000));
        self.out.push(Effect::Print(slip));
    }

    pub(super) fn printed(&mut self, report: PrinterReport) {
        self.out.push(Effect::Stop(Timer::Print));
        if report == PrinterReport::Printed {
            let outcome = self.deal.answered.take().unwrap_or(Outcome::Local(Local::Done));
            return self.conclude(outcome);
        }
        self.log('E', "print", &format!("printer: {report:?}"));
        self.conclude(Outcome::Local(Local::PrintFailed));
    }

    /// The business is over: the display says how, and everything on the way is dropped.
    pub(super) fn conclude(&mut self, outcome: Outcome) {
        let (code, text) = self.profile.show(&outcome);
        let reason = match &outcome {
            Outcome::Local(local) => format!("local:{local}"),
            Outcome::Reply { response, house, .. } if house.is_empty() => format!("response:{response}"),
            Outcome::Reply { response, house, .. } => format!("response:{response} house:{house}"),
        };
        let good =
            matches!(&outcome, Outcome::Local(Local::Done)) || matches!(&outcome, Outcome::Reply { response, .. } if response == "00");
        let shown = code.clone().unwrap_or_default();
        self.log(if good { 'I' } else { 'E' }, "txn", &format!("{} ended: {reason} display [{shown}]", self.deal.operation));
        if self.link != Link::Down {
            self.link = Link::Down;
            self.out.push(Effect::Hangup);
        }
        for timer in [Timer::Input, Timer::Connect, Timer::Answer] {
            self.out.push(Effect::Stop(timer));
        }
        self.errands.clear();
        self.waiting = None;
        self.inbox.clear();
        if self.deal.kernel.is_some() {
            self.out.push(Effect::Eject);
        }
        let mut lines = vec![text];
        if let Some(record) = &self.deal.record {
            let amount = yuan(record.amount);
            lines.push(Text::new(format!("金额 {amount} 已批准"), format!("Amount {amount} approved")));
        }
        if let Some(balance) = self.deal.answers.get(&Ask::Amount) {
            lines.push(Text::new(balance.to_string(), balance.to_string()));
        }
        self.phase = Phase::Notice;
        self.out.push(Effect::Show(Screen { title: self.deal.operation.title(), lines, code, typed: String::new(), reason, busy: false }));
        self.out.push(Effect::Start(Timer::Notice, 8_000));
        self.deal = Deal::new(self.deal.operation);
    }
}
