//! The machine: which phase it is in, and which part answers which event.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use posdx_model::Text;

use super::deal::Deal;
use super::event::{Effect, Event, Key, Sensor, Timer};
use super::online::{Errand, Link};
use super::operation::Operation;
use super::{Local, LogLine, Memory, Outcome, Profile, Screen};
use crate::Moment;
use crate::message::Wire;

/// What the terminal is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Without power.
    Off,
    /// Waiting for a person.
    Idle,
    /// Asking a person.
    Asking,
    /// Talking with a chip, before the host is asked.
    Reading,
    /// Talking with the host.
    Exchanging,
    /// Talking with a chip, after the host answered.
    Completing,
    /// Printing.
    Printing,
    /// A result is on the display.
    Notice,
    /// Out of service until somebody repairs it.
    Locked,
}

/// A virtual payment terminal. Give it every event with its moment and do what the effects say.
pub struct Terminal {
    /// What survives a power cut. Faults and repairs of the world change it directly.
    pub memory: Memory,
    pub(super) wire: Arc<Wire>,
    pub(super) profile: Arc<Profile>,
    pub(super) now: Moment,
    pub(super) phase: Phase,
    pub(super) deal: Deal,
    pub(super) link: Link,
    pub(super) errands: VecDeque<Errand>,
    pub(super) inbox: Vec<u8>,
    /// Trace number of the request that waits for its answer.
    pub(super) waiting: Option<u32>,
    /// What the host asked for in its last header.
    pub(super) next: Option<Operation>,
    pub(super) pin_pad: bool,
    pub(super) battery: u8,
    pub(super) temperature: i16,
    pub(super) out: Vec<Effect>,
}

impl Terminal {
    /// A terminal with this memory, switched off.
    pub fn new(memory: Memory, wire: Arc<Wire>, profile: Arc<Profile>) -> Terminal {
        Terminal {
            memory,
            wire,
            profile,
            now: Moment::default(),
            phase: Phase::Off,
            deal: Deal::new(Operation::Echo),
            link: Link::Down,
            errands: VecDeque::new(),
            inbox: Vec::new(),
            waiting: None,
            next: None,
            pin_pad: true,
            battery: 100,
            temperature: 30,
            out: Vec::new(),
        }
    }

    /// Is it waiting for somebody to begin?
    pub fn is_idle(&self) -> bool {
        matches!(self.phase, Phase::Idle | Phase::Notice | Phase::Off | Phase::Locked)
    }

    /// What it is asking for, if it asks.
    pub fn asking(&self) -> Option<super::Ask> {
        (self.phase == Phase::Asking).then_some(self.deal.asking).flatten()
    }

    /// Takes an event and says what to do.
    pub fn handle(&mut self, now: Moment, event: Event) -> Vec<Effect> {
        self.now = now;
        match event {
            Event::PowerOn => self.power_on(),
            Event::PowerOff => self.forget(),
            _ if self.phase == Phase::Off => {}
            Event::Sensor(sensor) => self.sense(sensor),
            // A program that hangs does nothing at all, until somebody restarts the terminal.
            _ if self.memory.software.hung => {}
            Event::Key(key) => self.key(key),
            Event::Card(event) => self.card(event),
            Event::Apdu(answer) => self.chip_answered(&answer),
            Event::Connected => self.connected(),
            Event::ConnectFailed(why) => self.connect_failed(why),
            Event::LineLost => self.line_lost(),
            Event::Bytes(bytes) => self.bytes(&bytes),
            Event::Printer(report) if self.phase == Phase::Printing => self.printed(report),
            Event::Printer(_) => {}
            Event::Timer(timer) => self.timer(timer),
        }
        std::mem::take(&mut self.out)
    }

    fn power_on(&mut self) {
        self.forget();
        self.phase = Phase::Idle;
        self.memory.software.hung = false;
        let software = &self.memory.software;
        let text = format!("power on, serial {}, application {}, system {}", self.memory.serial, software.version, software.system);
        self.log('I', "boot", &text);
        if let Some(why) = self.out_of_service() {
            return self.lock(why);
        }
        if self.memory.reversal.is_some() {
            self.log('W', "txn", "a reversal is waiting");
        }
        if self.memory.parameters.sign_on_by_itself && !self.memory.signed_on && self.memory.set_up {
            return self.begin(Operation::SignOn);
        }
        self.idle();
    }

    /// What the self-check finds, worst first.
    fn out_of_service(&self) -> Option<Local> {
        let memory = &self.memory;
        let software = &memory.software;
        if memory.tampered {
            Some(Local::Tamper)
        } else if software.damaged {
            Some(Local::ProgramDamaged)
        } else if software.system < software.needs_system {
            Some(Local::VersionConflict)
        } else {
            None
        }
    }

    /// Everything but the memory is gone.
    fn forget(&mut self) {
        self.phase = Phase::Off;
        self.deal = Deal::new(Operation::Echo);
        self.link = Link::Down;
        self.errands.clear();
        self.inbox.clear();
        self.waiting = None;
        self.next = None;
    }

    fn sense(&mut self, sensor: Sensor) {
        match sensor {
            Sensor::Battery(percent) => {
                self.battery = percent;
                if percent == 0 {
                    self.log('E', "sys", "battery empty, switching off");
                    self.forget();
                    self.out.push(Effect::Off);
                }
            }
            Sensor::Temperature(degrees) => self.temperature = degrees,
            Sensor::PinPad(well) => self.pin_pad = well,
            Sensor::Tamper => {
                self.memory.tampered = true;
                self.memory.master_key = None;
                self.memory.pin_key = None;
                self.memory.mac_key = None;
                self.out.push(Effect::Saved);
                self.log('E', "key", "tamper switch: keys wiped");
                self.lock(Local::Tamper);
            }
        }
    }

    pub(super) fn lock(&mut self, why: Local) {
        self.conclude(Outcome::Local(why));
        self.phase = Phase::Locked;
        self.out.push(Effect::Stop(Timer::Notice));
    }

    pub(super) fn idle(&mut self) {
        self.phase = Phase::Idle;
        self.deal = Deal::new(Operation::Echo);
        self.out.push(Effect::Stop(Timer::Input));
        self.show(Text::new("就绪", "READY"), vec![Text::new("请输入金额收款，或按功能键", "Type an amount, or press a function key")]);
        if self.memory.reversal.is_some() {
            self.out.push(Effect::Start(Timer::Retry, 60_000));
        }
        if let Some(operation) = self.next.take() {
            self.begin(operation);
        }
    }

    fn key(&mut self, key: Key) {
        match self.phase {
            Phase::Notice => {
                self.out.push(Effect::Stop(Timer::Notice));
                self.idle();
                // What is pressed now was meant for the next business.
                if self.phase == Phase::Idle && matches!(key, Key::Function(_) | Key::Char('0'..='9')) {
                    self.key(key);
                }
            }
            Phase::Idle => match key {
                Key::Function(operation) => self.begin(operation),
                Key::Char('0'..='9') => {
                    self.begin(Operation::Sale);
                    self.entry_key(key);
                }
                Key::Char(_) | Key::Enter => self.conclude(Outcome::Local(Local::InvalidInput)),
                Key::Cancel | Key::Clear => {}
            },
            Phase::Asking => self.entry_key(key),
            Phase::Off | Phase::Reading | Phase::Exchanging | Phase::Completing | Phase::Printing | Phase::Locked => {}
        }
    }

    fn timer(&mut self, timer: Timer) {
        match (timer, self.phase) {
            (Timer::Notice, Phase::Notice) => self.idle(),
            (Timer::Input, Phase::Asking) => {
                let pin = self.deal.asking == Some(super::Ask::Pin);
                self.conclude(Outcome::Local(if pin { Local::PinTimeout } else { Local::InputTimeout }));
            }
            (Timer::Connect, Phase::Exchanging) => self.connect_failed(super::LinkTrouble::NoAnswer),
            (Timer::Answer, Phase::Exchanging) => self.no_answer(),
            (Timer::Print, Phase::Printing) => self.printed(super::PrinterReport::Fault),
            (Timer::Retry, Phase::Idle) if self.memory.reversal.is_some() => self.begin(Operation::Reversal),
            _ => {}
        }
    }

    /// The moment as the terminal's own clock has it.
    pub(super) fn clock(&self) -> Moment {
        Moment(self.now.0.saturating_add_signed(self.memory.clock_ahead))
    }

    /// Writes a line into the log; card data in it are masked there.
    pub(super) fn log(&mut self, level: char, part: &'static str, text: &str) {
        let line = LogLine::new(self.clock(), level, part, text);
        self.out.push(Effect::Log(line));
    }

    pub(super) fn show(&mut self, title: Text, lines: Vec<Text>) {
        let busy = matches!(self.phase, Phase::Reading | Phase::Exchanging | Phase::Completing | Phase::Printing);
        self.out.push(Effect::Show(Screen { title, lines, code: None, typed: String::new(), reason: String::new(), busy }));
    }
}

impl fmt::Debug for Terminal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Terminal").field("phase", &self.phase).field("memory", &self.memory).finish_non_exhaustive()
    }
}
