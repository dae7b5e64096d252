//! What can happen to a terminal, and what it does about it.

use std::fmt;

use super::operation::Operation;
use super::{LogLine, Screen, Slip};

/// Something that happens to the terminal.
#[derive(Clone, PartialEq)]
pub enum Event {
    /// Power comes on.
    PowerOn,
    /// Power is gone. Everything but the memory is lost.
    PowerOff,
    /// A key is pressed.
    Key(Key),
    /// Something happens at the reader.
    Card(CardEvent),
    /// The chip's answer to the last command; empty when it fell silent.
    Apdu(Vec<u8>),
    /// The connection stands.
    Connected,
    /// The connection did not come about.
    ConnectFailed(LinkTrouble),
    /// The connection broke.
    LineLost,
    /// Bytes from the host.
    Bytes(Vec<u8>),
    /// A timer has run down.
    Timer(Timer),
    /// The printer is done, or not.
    Printer(PrinterReport),
    /// A sensor reports.
    Sensor(Sensor),
}

/// A key. `Debug` never shows which digit.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// A digit, a letter or a sign.
    Char(char),
    /// Confirm.
    Enter,
    /// Cancel.
    Cancel,
    /// Take the last character back.
    Clear,
    /// A function key: begin this business.
    Function(Operation),
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Key::Char(_) => f.write_str("Char"),
            Key::Enter => f.write_str("Enter"),
            Key::Cancel => f.write_str("Cancel"),
            Key::Clear => f.write_str("Clear"),
            Key::Function(operation) => write!(f, "Function({operation:?})"),
        }
    }
}

/// What happens at the reader. Tracks are card data, so `Debug` shows none.
#[derive(Clone, PartialEq, Eq)]
pub enum CardEvent {
    /// A stripe was read: second track.
    Swiped(String),
    /// A stripe was drawn through and not read.
    SwipeUnread,
    /// A chip was inserted; its answer to reset, empty when it did not answer.
    Inserted(Vec<u8>),
    /// A card or phone is in the field.
    Tapped,
    /// Several cards are in the field at once.
    SeveralTapped,
    /// Something was held to the reader that the field could not wake.
    TapUnread,
    /// The card has left.
    Removed,
}

/// Why a connection did not come about, as far as the terminal's modem can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkTrouble {
    /// The modem does not answer.
    NoModem,
    /// No SIM card.
    NoSim,
    /// The SIM card asks for its PIN.
    SimLocked,
    /// No network in reach.
    NoSignal,
    /// The network refuses this SIM card.
    Refused,
    /// No cable, no Wi-Fi, no Bluetooth: no line at all.
    NoCarrier,
    /// A line, but no address behind the name.
    NameUnknown,
    /// Nobody answers the call.
    NoAnswer,
    /// The other side refuses the connection.
    Closed,
}

impl LinkTrouble {
    /// Its name in the log.
    pub fn word(self) -> &'static str {
        match self {
            LinkTrouble::NoModem => "modem does not answer",
            LinkTrouble::NoSim => "+CME ERROR: 10 (no SIM)",
            LinkTrouble::SimLocked => "+CME ERROR: 11 (SIM PIN required)",
            LinkTrouble::NoSignal => "+CME ERROR: 30 (no network service)",
            LinkTrouble::Refused => "+CREG: 2,3 (registration denied)",
            LinkTrouble::NoCarrier => "no carrier",
            LinkTrouble::NameUnknown => "host name not found",
            LinkTrouble::NoAnswer => "connect: timed out",
            LinkTrouble::Closed => "connect: refused",
        }
    }
}

/// A timer of the terminal; each runs once and only one of a kind at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Timer {
    /// Somebody should do something.
    Input,
    /// The connection should stand.
    Connect,
    /// The answer should be there.
    Answer,
    /// A message has been on the display long enough.
    Notice,
    /// The printer should be done.
    Print,
    /// Time to try an unanswered reversal again.
    Retry,
}

/// What the printer says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrinterReport {
    /// The slip is out.
    Printed,
    /// No paper.
    NoPaper,
    /// The cover is open.
    CoverOpen,
    /// The head is too hot.
    Hot,
    /// The head is too cold, or the battery too weak for it.
    Weak,
    /// The paper does not move.
    Jam,
    /// The head or its electronics failed.
    Fault,
    /// The data cannot be printed.
    BadData,
}

/// What a sensor says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sensor {
    /// Charge in percent.
    Battery(u8),
    /// Degrees Celsius inside.
    Temperature(i16),
    /// The case was opened: the keys are wiped.
    Tamper,
    /// The PIN pad does not answer (`false`) or answers again.
    PinPad(bool),
}

/// Something the terminal does.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// The display changes.
    Show(Screen),
    /// The printer gets a slip.
    Print(Slip),
    /// The modem calls the host.
    Connect,
    /// The connection is ended.
    Hangup,
    /// Bytes for the host.
    Send(Vec<u8>),
    /// A timer starts, in milliseconds; it replaces one of its kind.
    Start(Timer, u64),
    /// A timer is stopped.
    Stop(Timer),
    /// The reader waits for a card.
    WantCard,
    /// A command for the chip.
    Apdu(Vec<u8>),
    /// The reader lets go of the card.
    Eject,
    /// A line of the log.
    Log(LogLine),
    /// The memory changed; whoever keeps it on a disk writes it now.
    Saved,
    /// The terminal switches itself off.
    Off,
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Event::PowerOn => f.write_str("PowerOn"),
            Event::PowerOff => f.write_str("PowerOff"),
            Event::Key(key) => write!(f, "Key({key:?})"),
            Event::Card(event) => write!(f, "Card({event:?})"),
            Event::Apdu(bytes) => write!(f, "Apdu({} bytes)", bytes.len()),
            Event::Connected => f.write_str("Connected"),
            Event::ConnectFailed(why) => write!(f, "ConnectFailed({why:?})"),
            Event::LineLost => f.write_str("LineLost"),
            Event::Bytes(bytes) => write!(f, "Bytes({})", bytes.len()),
            Event::Timer(timer) => write!(f, "Timer({timer:?})"),
            Event::Printer(report) => write!(f, "Printer({report:?})"),
            Event::Sensor(sensor) => write!(f, "Sensor({sensor:?})"),
        }
    }
}

impl fmt::Debug for CardEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            CardEvent::Swiped(_) => "Swiped",
            CardEvent::SwipeUnread => "SwipeUnread",
            CardEvent::Inserted(_) => "Inserted",
            CardEvent::Tapped => "Tapped",
            CardEvent::SeveralTapped => "SeveralTapped",
            CardEvent::TapUnread => "TapUnread",
            CardEvent::Removed => "Removed",
        })
    }
}
