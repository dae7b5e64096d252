//! The course of a chip transaction, step by step.

use super::choice::{self, Candidate};
use super::cvm::{self, Cvm};
use super::risk::{self, ActionCodes, Limits, Wish};
use super::{tsi, tvr};
use crate::tlv::{Data, bcd, put_tlv};

/// How the chip is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interface {
    /// Inserted.
    Contact,
    /// Tapped.
    Contactless,
}

/// What the kernel wants next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Need {
    /// Send this command to the card and come back with its answer.
    Command(Vec<u8>),
    /// Ask for a PIN; come back with [`Kernel::pin_entered`]. True when the card checks it.
    Pin {
        /// The card checks it, not the bank.
        offline: bool,
    },
    /// Finished, for now: after `Online` comes [`Kernel::complete`].
    Done(Verdict),
}

/// What card and terminal agree on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The bank has to be asked (ARQC).
    Online,
    /// Approved (TC): without the bank, or after it.
    Approved,
    /// Declined (AAC).
    Declined,
    /// It cannot go on.
    Failed(Failure),
}

/// Why a chip transaction cannot go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// The card does not answer, or with bytes that are none.
    Silent,
    /// No application that the terminal knows.
    NoApplication,
    /// The application is blocked (6283, 6A81, 6985 at GET PROCESSING OPTIONS).
    Blocked,
    /// The data on the card contradict the rules.
    BadData,
    /// The card left before the end.
    Removed,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Directory,
    DirectoryRecord(u8, u8),
    /// Trying known applications one by one, for a card without a directory.
    List(usize),
    Application,
    Options,
    Records,
    PinTries,
    Verify,
    FirstCryptogram,
    IssuerAuthentication,
    SecondCryptogram,
    Over,
}

/// One chip transaction. The answer of the card goes in, the next need comes out; nothing here waits.
#[derive(Debug, Clone)]
pub struct Kernel {
    step: Step,
    interface: Interface,
    amount: u64,
    limits: Limits,
    codes: ActionCodes,
    percent: u8,
    /// What terminal and card said, by tag.
    pub data: Data,
    candidates: Vec<Candidate>,
    /// Records still to be read: file, record.
    records: Vec<(u8, u8)>,
    cvm: Option<Cvm>,
    wish: Wish,
    can_go_online: bool,
}

/// Tags of field 55 in a request, in the order in which UnionPay terminals send them.
const FIELD_55: [u32; 19] = [
    0x9F26, 0x9F27, 0x9F10, 0x9F37, 0x9F36, 0x95, 0x9A, 0x9C, 0x9F02, 0x5F2A, 0x82, 0x9F1A, 0x9F03, 0x9F33, 0x9F34, 0x9F35, 0x84, 0x9F09,
    0x9F41,
];

impl Kernel {
    /// A transaction of `amount` fen. `date` is YYMMDD by the terminal's clock, `random` the unpredictable number, `trace` the counter.
    pub fn new(interface: Interface, amount: u64, date: &str, random: [u8; 4], trace: u32, limits: Limits, codes: ActionCodes) -> Kernel {
        let mut data = Data::default();
        let percent = (u32::from_be_bytes(random) % 100) as u8;
        for (tag, value) in [
            (0x9F02, bcd(&format!("{amount:012}"))),
            (0x9F03, vec![0; 6]),
            (0x9F1A, vec![0x01, 0x56]),
            (0x5F2A, vec![0x01, 0x56]),
            (0x9A, bcd(date)),
            (0x9C, vec![0x00]),
            (0x9F37, random.to_vec()),
            (0x9F33, vec![0xE0, 0xF1, 0xC8]),
            (0x9F35, vec![0x22]),
            (0x9F09, vec![0x00, 0x20]),
            (0x9F41, bcd(&format!("{:08}", trace % 100_000_000))),
            (0x9F66, vec![0x26, 0x00, 0x00, 0x80]),
            (0x95, vec![0; 5]),
            (0x9B, vec![0; 2]),
        ] {
            data.put(tag, value);
        }
        Kernel {
            step: Step::Directory,
            interface,
            amount,
            limits,
            codes,
            percent,
            data,
            candidates: Vec::new(),
            records: Vec::new(),
            cvm: None,
            wish: Wish::Arqc,
            can_go_online: true,
        }
    }

    /// The first command. `online` is false when the terminal knows that it cannot reach the bank.
    pub fn begin(&mut self, online: bool) -> Need {
        self.can_go_online = online;
        let directory = if self.interface == Interface::Contact { choice::PSE } else { choice::PPSE };
        Need::Command(choice::select(directory))
    }

    /// The card's answer to the last command; empty when it fell silent.
    pub fn answer(&mut self, answer: &[u8]) -> Need {
        let Some((body, status)) = answer.split_last_chunk::<2>() else { return self.fail(Failure::Silent) };
        let status = u16::from_be_bytes(*status);
        match self.step.clone() {
            Step::Directory => self.directory(body, status),
            Step::DirectoryRecord(file, record) => self.directory_record(body, status, file, record),
            Step::List(place) => self.listed(body, status, place),
            Step::Application => self.application(body, status),
            Step::Options => self.options(body, status),
            Step::Records => self.record(body, status),
            Step::PinTries => self.pin_tries(body, status),
            Step::Verify => self.verified(status),
            Step::FirstCryptogram => self.first_cryptogram(body, status),
            Step::IssuerAuthentication => self.issuer_authenticated(status),
            Step::SecondCryptogram => self.second_cryptogram(body, status),
            Step::Over => Need::Done(Verdict::Failed(Failure::BadData)),
        }
    }

    fn fail(&mut self, why: Failure) -> Need {
        self.step = Step::Over;
        Need::Done(Verdict::Failed(why))
    }

    fn directory(&mut self, body: &[u8], status: u16) -> Need {
        if status != 0x9000 {
            return self.try_listed(0);
        }
        if self.interface == Interface::Contactless {
            self.candidates = choice::ranked(choice::candidates(body));
            return self.select_best();
        }
        let mut found = Data::default();
        found.take_in(body);
        let file = found.byte(0x88, 0);
        self.step = Step::DirectoryRecord(file, 1);
        Need::Command(read_record(file, 1))
    }

    fn directory_record(&mut self, body: &[u8], status: u16, file: u8, record: u8) -> Need {
        if status == 0x9000 && record < 10 {
            self.candidates.extend(choice::candidates(body));
            self.step = Step::DirectoryRecord(file, record + 1);
            return Need::Command(read_record(file, record + 1));
        }
        self.candidates = choice::ranked(std::mem::take(&mut self.candidates));
        if self.candidates.is_empty() { self.try_listed(0) } else { self.select_best() }
    }

    fn try_listed(&mut self, place: usize) -> Need {
        let Some(aid) = choice::KNOWN.get(place) else { return self.fail(Failure::NoApplication) };
        self.step = Step::List(place);
        Need::Command(choice::select(aid))
    }

    fn listed(&mut self, body: &[u8], status: u16, place: usize) -> Need {
        match status {
            0x9000 => self.application(body, status),
            0x6A81 | 0x6283 => self.fail(Failure::Blocked),
            _ => self.try_listed(place + 1),
        }
    }

    fn select_best(&mut self) -> Need {
        if self.candidates.is_empty() {
            return self.fail(Failure::NoApplication);
        }
        self.step = Step::Application;
        let best = self.candidates.remove(0);
        Need::Command(choice::select(&best.aid))
    }

    fn application(&mut self, body: &[u8], status: u16) -> Need {
        if status != 0x9000 {
            if self.candidates.is_empty() {
                return self.fail(if matches!(status, 0x6A81 | 0x6283) { Failure::Blocked } else { Failure::NoApplication });
            }
            return self.select_best();
        }
        self.data.take_in(body);
        let list = self.data.get(0x9F38).unwrap_or_default().to_vec();
        let listed = self.data.listed(&list);
        let mut inner = Vec::new();
        put_tlv(&mut inner, 0x83, &listed);
        self.step = Step::Options;
        Need::Command(command(0x80, 0xA8, 0, 0, &inner))
    }

    fn options(&mut self, body: &[u8], status: u16) -> Need {
        if status != 0x9000 {
            return self.fail(if status == 0x6985 { Failure::Blocked } else { Failure::BadData });
        }
        if let [0x80, length, rest @ ..] = body
            && usize::from(*length) == rest.len()
            && let Some((profile, locator)) = rest.split_first_chunk::<2>()
        {
            self.data.put(0x82, *profile);
            self.data.put(0x94, locator);
        } else {
            self.data.take_in(body);
        }
        if self.data.get(0x82).is_none() {
            return self.fail(Failure::BadData);
        }
        self.records = locator(self.data.get(0x94).unwrap_or_default());
        self.records.reverse();
        self.next_record()
    }

    fn next_record(&mut self) -> Need {
        match self.records.last() {
            Some((file, record)) => {
                self.step = Step::Records;
                Need::Command(read_record(*file, *record))
            }
            None if self.interface == Interface::Contactless => self.tapped(),
            None => self.all_read(),
        }
    }

    fn record(&mut self, body: &[u8], status: u16) -> Need {
        if status != 0x9000 || body.first() != Some(&0x70) {
            return self.fail(Failure::BadData);
        }
        self.data.take_in(body);
        self.records.pop();
        self.next_record()
    }

    /// A tapped card has decided already: its word stands in the verification results of 9F10.
    fn tapped(&mut self) -> Need {
        self.step = Step::Over;
        if self.data.get(0x9F26).is_none() || self.data.get(0x57).is_none() {
            return Need::Done(Verdict::Failed(Failure::BadData));
        }
        let kind = self.data.byte(0x9F10, 4) >> 4 & 0x03;
        self.data.put(0x9F27, [kind << 6]);
        // A tap above the limit asks for the PIN by the card's transaction qualifiers (9F6C) or by the terminal's own limit.
        self.cvm = Some(if self.amount > self.limits.no_pin { Cvm::OnlinePin } else { Cvm::None });
        self.data.put(0x9F34, if self.cvm == Some(Cvm::OnlinePin) { [0x02, 0x00, 0x00] } else { [0x1F, 0x00, 0x02] });
        Need::Done(match kind {
            2 => Verdict::Online,
            1 => Verdict::Approved,
            _ => Verdict::Declined,
        })
    }

    fn all_read(&mut self) -> Need {
        risk::restrictions(&mut self.data);
        let cvm = cvm::choose(&mut self.data, self.amount);
        self.cvm = Some(cvm);
        self.data.raise(0x9B, 0, tsi::CVM_DONE);
        match cvm {
            Cvm::OfflinePin => {
                self.step = Step::PinTries;
                Need::Command(vec![0x80, 0xCA, 0x9F, 0x17, 0x00])
            }
            Cvm::OnlinePin => Need::Pin { offline: false },
            _ => self.decide(),
        }
    }

    fn pin_tries(&mut self, body: &[u8], status: u16) -> Need {
        if status == 0x9000 {
            self.data.take_in(body);
        }
        if self.data.get(0x9F17).is_some_and(|left| left.iter().all(|b| *b == 0)) {
            self.data.raise(0x95, tvr::PIN_TRIES_EXCEEDED.0, tvr::PIN_TRIES_EXCEEDED.1);
            self.data.raise(0x95, tvr::CVM_FAILED.0, tvr::CVM_FAILED.1);
            return self.decide();
        }
        Need::Pin { offline: true }
    }

    /// The PIN was entered, or not (`None`). Digits go to the card only when it asked for them; an online PIN stays with the pad.
    pub fn pin_entered(&mut self, digits: Option<&str>) -> Need {
        match (self.cvm, digits) {
            (_, None) => {
                self.data.raise(0x95, tvr::PIN_NOT_ENTERED.0, tvr::PIN_NOT_ENTERED.1);
                self.decide()
            }
            (Some(Cvm::OfflinePin), Some(digits)) => {
                let mut block = format!("2{:X}{digits}", digits.len().min(12));
                block.push_str(&"F".repeat(16usize.saturating_sub(block.len())));
                self.step = Step::Verify;
                Need::Command(command(0x00, 0x20, 0x00, 0x80, &crate::message::unhex(&block).unwrap_or_default()))
            }
            _ => {
                self.data.raise(0x95, tvr::ONLINE_PIN.0, tvr::ONLINE_PIN.1);
                self.decide()
            }
        }
    }

    fn verified(&mut self, status: u16) -> Need {
        match status {
            0x9000 => self.decide(),
            0x63C0 | 0x6983 | 0x6984 => {
                self.data.raise(0x95, tvr::PIN_TRIES_EXCEEDED.0, tvr::PIN_TRIES_EXCEEDED.1 | tvr::CVM_FAILED.1);
                self.decide()
            }
            _ => Need::Pin { offline: true },
        }
    }

    /// How the cardholder is checked, once it is known.
    pub fn cvm(&self) -> Option<Cvm> {
        self.cvm
    }

    fn decide(&mut self) -> Need {
        risk::terminal_risk(&mut self.data, self.amount, self.limits, self.percent);
        self.wish = risk::analyse(&self.data, &self.codes, !self.can_go_online);
        self.step = Step::FirstCryptogram;
        self.generate(0x8C)
    }

    fn generate(&mut self, list: u32) -> Need {
        let kind = match self.wish {
            Wish::Aac => 0x00,
            Wish::Tc => 0x40,
            Wish::Arqc => 0x80,
        };
        let list = self.data.get(list).unwrap_or_default().to_vec();
        Need::Command(command(0x80, 0xAE, kind, 0, &self.data.listed(&list)))
    }

    fn take_cryptogram(&mut self, body: &[u8]) -> Option<u8> {
        match body {
            // Format 1: kind, counter, cryptogram, issuer application data.
            [0x80, length, rest @ ..] if usize::from(*length) == rest.len() && rest.len() >= 11 => {
                self.data.put(0x9F27, rest.get(..1)?);
                self.data.put(0x9F36, rest.get(1..3)?);
                self.data.put(0x9F26, rest.get(3..11)?);
                self.data.put(0x9F10, rest.get(11..)?);
            }
            _ => self.data.take_in(body),
        }
        self.data.get(0x9F26)?;
        self.data.raise(0x9B, 0, tsi::CARD_RISK_DONE);
        Some(self.data.byte(0x9F27, 0) >> 6)
    }

    fn first_cryptogram(&mut self, body: &[u8], status: u16) -> Need {
        if status != 0x9000 {
            return self.fail(if status == 0x6985 { Failure::Blocked } else { Failure::BadData });
        }
        let Some(kind) = self.take_cryptogram(body) else { return self.fail(Failure::BadData) };
        self.step = Step::Over;
        // A card may ask for less than the terminal wishes, never for more.
        Need::Done(match (kind, self.wish) {
            (0, _) => Verdict::Declined,
            (2, Wish::Arqc | Wish::Tc) => Verdict::Online,
            (1, Wish::Tc) => Verdict::Approved,
            _ => Verdict::Failed(Failure::BadData),
        })
    }

    /// The bank's answer: field 39 and what came in field 55. `None`: no answer, the card decides by its defaults.
    pub fn complete(&mut self, response: Option<[u8; 2]>, field_55: &[u8]) -> Need {
        let code = response.unwrap_or(*b"Z3");
        self.data.put(0x8A, code);
        self.data.take_in(field_55);
        let approved = response.is_some_and(|r| matches!(&r, b"00" | b"08" | b"10" | b"11"));
        if self.interface == Interface::Contactless {
            self.step = Step::Over;
            return Need::Done(if approved { Verdict::Approved } else { Verdict::Declined });
        }
        self.wish = match response {
            Some(_) if approved => Wish::Tc,
            Some(_) => Wish::Aac,
            None => risk::analyse(&self.data, &self.codes, true),
        };
        match self.data.get(0x91) {
            Some(proof) if response.is_some() && self.data.byte(0x82, 0) & 0x04 != 0 => {
                self.step = Step::IssuerAuthentication;
                Need::Command(command(0x00, 0x82, 0, 0, proof))
            }
            _ => {
                self.step = Step::SecondCryptogram;
                self.generate(0x8D)
            }
        }
    }

    fn issuer_authenticated(&mut self, status: u16) -> Need {
        self.data.raise(0x9B, 0, tsi::ISSUER_AUTHENTICATION_DONE);
        if status != 0x9000 {
            self.data.raise(0x95, tvr::ISSUER_AUTHENTICATION_FAILED.0, tvr::ISSUER_AUTHENTICATION_FAILED.1);
        }
        self.step = Step::SecondCryptogram;
        self.generate(0x8D)
    }

    fn second_cryptogram(&mut self, body: &[u8], status: u16) -> Need {
        self.step = Step::Over;
        if status != 0x9000 {
            return Need::Done(Verdict::Failed(Failure::BadData));
        }
        Need::Done(match self.take_cryptogram(body) {
            Some(1) => Verdict::Approved,
            Some(_) => Verdict::Declined,
            None => Verdict::Failed(Failure::BadData),
        })
    }

    /// Field 55 of a request.
    pub fn field_55(&self) -> Vec<u8> {
        self.data.tlv(&FIELD_55)
    }

    /// Field 55 of a reversal: less, and what the terminal found.
    pub fn field_55_of_reversal(&self) -> Vec<u8> {
        self.data.tlv(&[0x95, 0x9F10, 0x9F36])
    }

    /// Second track as field 35 has it, from tag 57. Card data.
    pub fn track(&self) -> Option<String> {
        self.data.get(0x57).map(crate::tlv::packed)
    }

    /// Card sequence number, three digits.
    pub fn sequence(&self) -> String {
        format!("{:03}", self.data.get(0x5F34).and_then(<[u8]>::first).map_or(0, |b| u32::from(b >> 4) * 10 + u32::from(b & 0x0F)))
    }
}

fn command(class: u8, instruction: u8, p1: u8, p2: u8, data: &[u8]) -> Vec<u8> {
    let mut out = vec![class, instruction, p1, p2, data.len() as u8];
    out.extend_from_slice(data);
    out.push(0x00);
    out
}

fn read_record(file: u8, record: u8) -> Vec<u8> {
    vec![0x00, 0xB2, record, file << 3 | 0x04, 0x00]
}

/// The records of an application file locator, 64 at most: a card that claims more is not believed.
fn locator(bytes: &[u8]) -> Vec<(u8, u8)> {
    let entries = bytes.chunks_exact(4).filter_map(|e| if let &[file, first, last, _] = e { Some((file >> 3, first, last)) } else { None });
    entries.flat_map(|(file, first, last)| (first.max(1)..=last).map(move |record| (file, record))).take(64).collect()
}
