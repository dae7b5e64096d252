//! The chip: files, state and answers to commands (EMV 4.4 Books 1 to 3; contactless as in PBOC 3.0 part 12).

use std::fmt;

use posdx_wire::crypto::{CryptoError, Key};
use posdx_wire::emv::apdu::{self, Command};

use crate::cast::{Card, Issuer};
use crate::emv_crypto::{self, CryptogramData};
use crate::tlv::{Data, bcd, put_tlv, template};
use crate::{card_data, message};

/// What has become of a chip. The default is a chip as it left the bank.
#[derive(Debug, Clone, PartialEq)]
pub struct ChipState {
    /// Answers nothing at all.
    pub dead: bool,
    /// The application was blocked by the bank.
    pub blocked: bool,
    /// The personalisation is wrong: a record that the locator names is not there.
    pub bad_data: bool,
    /// The key in the chip is not the bank's.
    pub wrong_key: bool,
    /// The bank's policy in the chip declines by itself.
    pub declines: bool,
    /// PIN tries left for the card's own check.
    pub pin_tries: u8,
}

impl Default for ChipState {
    fn default() -> Self {
        ChipState { dead: false, blocked: false, bad_data: false, wrong_key: false, declines: false, pin_tries: 3 }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Selected {
    Nothing,
    Directory,
    Application,
    /// Options were asked for: the counter has moved.
    Open,
    /// The first cryptogram was given.
    Asked,
}

const AID: [u8; 8] = [0xA0, 0x00, 0x00, 0x03, 0x33, 0x01, 0x01, 0x01];
/// Amounts, country, results, currency, date, type, number: what goes into a cryptogram.
const ASKED: &str = "9F02069F03069F1A0295055F2A029A039C019F3704";
const PROFILE: [u8; 2] = [0x1C, 0x00];
/// No PIN below 0; online PIN, else a signature.
const METHODS: [u8; 12] = [0, 0, 0, 0, 0, 0, 0, 0, 0x42, 0x00, 0x1E, 0x00];

/// The chip of a card. `Debug` shows its state only.
#[derive(Clone)]
pub struct Chip {
    /// What has become of it.
    pub state: ChipState,
    /// Application transaction counter: transactions begun so far.
    pub counter: u16,
    pan: String,
    expiry: String,
    track: String,
    key: Key,
    selected: Selected,
    tapped: bool,
    asked: Option<(CryptogramData, [u8; 8])>,
    issuer_proved: Option<bool>,
}

impl Chip {
    /// A chip as the bank issues it.
    ///
    /// # Errors
    /// None for a checked cast.
    pub fn issue(issuer: &Issuer, card: &Card) -> Result<Chip, CryptoError> {
        let master = emv_crypto::issuer_master_key(&issuer.institution)?;
        Ok(Chip {
            state: ChipState::default(),
            counter: 0,
            pan: card.pan.clone(),
            expiry: card.expiry.clone(),
            track: card_data::chip_track(issuer, card)?,
            key: emv_crypto::card_master_key(&master, &card.pan, card_data::SEQUENCE)?,
            selected: Selected::Nothing,
            tapped: false,
            asked: None,
            issuer_proved: None,
        })
    }

    /// The card gets power or enters the field: everything but state and counter is new.
    pub fn reset(&mut self, contactless: bool) {
        self.tapped = contactless;
        self.selected = Selected::Nothing;
        self.asked = None;
        self.issuer_proved = None;
    }

    /// Answer to reset (T=0, direct convention); empty from a dead chip.
    pub fn answer_to_reset(&self) -> Vec<u8> {
        if self.state.dead { Vec::new() } else { vec![0x3B, 0x60, 0x00, 0x00] }
    }

    /// Answers a command. Empty from a dead chip.
    pub fn command(&mut self, bytes: &[u8]) -> Vec<u8> {
        if self.state.dead {
            return Vec::new();
        }
        let Ok(command) = apdu::command(bytes) else { return status(0x6700) };
        let data = bytes.get(command.data.clone()).unwrap_or_default();
        match (command.ins, self.selected) {
            (0xA4, _) => self.select(data),
            (0xB2, Selected::Directory) => self.directory_record(&command),
            (0xB2, Selected::Open) => self.record(&command),
            (0xA8, Selected::Application) => self.options(data),
            (0xCA, Selected::Open) => self.get_data(&command),
            (0x20, Selected::Open) => status(0x6984),
            (0xAE, Selected::Open) => self.first_cryptogram(command.p1, data),
            (0x82, Selected::Asked) => self.external_authenticate(data),
            (0xAE, Selected::Asked) => self.second_cryptogram(command.p1, data),
            (0xB2 | 0xA8 | 0xCA | 0x20 | 0xAE | 0x82, _) => status(0x6985),
            _ => status(0x6D00),
        }
    }

    fn select(&mut self, name: &[u8]) -> Vec<u8> {
        let mut inner = template(0x84, name);
        if name == b"1PAY.SYS.DDF01" {
            self.selected = Selected::Directory;
            put_tlv(&mut inner, 0xA5, &template(0x88, &[1]));
        } else if name == b"2PAY.SYS.DDF01" {
            let discretionary = template(0xBF0C, &entry());
            put_tlv(&mut inner, 0xA5, &discretionary);
        } else if AID.starts_with(name) && name.len() >= 5 {
            if self.state.blocked {
                return status(0x6283);
            }
            self.selected = Selected::Application;
            inner = template(0x84, &AID);
            let mut properties = template(0x50, b"UnionPay Debit");
            if self.tapped {
                put_tlv(&mut properties, 0x9F38, &list(&format!("9F6604{ASKED}")));
            }
            put_tlv(&mut inner, 0xA5, &properties);
        } else {
            return status(0x6A82);
        }
        good(template(0x6F, &inner))
    }

    fn directory_record(&self, command: &Command) -> Vec<u8> {
        if command.p1 == 1 { good(template(0x70, &entry())) } else { status(0x6A83) }
    }

    fn options(&mut self, data: &[u8]) -> Vec<u8> {
        if self.counter == u16::MAX {
            return status(0x6985);
        }
        self.counter += 1;
        self.selected = Selected::Open;
        if !self.tapped {
            return good([&[0x80, 0x06][..], &PROFILE, &[0x08, 0x01, 0x02, 0x00]].concat());
        }
        let mut given = Data::default();
        given.take_in(data);
        let listed = given.get(0x83).unwrap_or_default().to_vec();
        let mut asked = Data::default();
        asked.take_listed(&list(&format!("9F6604{ASKED}")), &listed);
        self.tap(&asked)
    }

    /// A tap is over with this answer: cryptogram, track and counter in one.
    fn tap(&mut self, asked: &Data) -> Vec<u8> {
        let results = if self.state.declines { [0x03, 0x80, 0x00, 0x00] } else { [0x03, 0xA0, 0x00, 0x00] };
        let Some((_, cryptogram)) = self.cryptogram(asked, results) else { return status(0x6F00) };
        let mut inner = template(0x82, &PROFILE);
        put_tlv(&mut inner, 0x9F36, &self.counter.to_be_bytes());
        put_tlv(&mut inner, 0x9F26, &cryptogram);
        put_tlv(&mut inner, 0x9F10, &emv_crypto::issuer_application_data(results));
        put_tlv(&mut inner, 0x57, &self.track_bytes());
        put_tlv(&mut inner, 0x5F34, &[card_data::SEQUENCE]);
        good(template(0x77, &inner))
    }

    fn track_bytes(&self) -> Vec<u8> {
        message::unhex(&format!("{}{}", self.track, if self.track.len() % 2 == 1 { "F" } else { "" })).unwrap_or_default()
    }

    fn record(&self, command: &Command) -> Vec<u8> {
        let mut inner = Vec::new();
        match (command.p2 >> 3, command.p1) {
            (1, 1) => {
                put_tlv(&mut inner, 0x57, &self.track_bytes());
                put_tlv(&mut inner, 0x5A, &bcd(&self.pan));
                put_tlv(&mut inner, 0x5F34, &[card_data::SEQUENCE]);
                put_tlv(&mut inner, 0x5F24, &bcd(&format!("{}{}", self.expiry, last_day(&self.expiry))));
                put_tlv(&mut inner, 0x9F07, &[0xFF, 0x80]);
                put_tlv(&mut inner, 0x9F08, &[0x00, 0x20]);
            }
            (1, 2) if !self.state.bad_data => {
                put_tlv(&mut inner, 0x8C, &list(ASKED));
                put_tlv(&mut inner, 0x8D, &list(&format!("8A02{ASKED}")));
                put_tlv(&mut inner, 0x8E, &METHODS);
                put_tlv(&mut inner, 0x9F0D, &[0xD8, 0x40, 0x04, 0xA8, 0x00]);
                put_tlv(&mut inner, 0x9F0E, &[0x00, 0x00, 0x00, 0x00, 0x00]);
                put_tlv(&mut inner, 0x9F0F, &[0xD8, 0x40, 0x04, 0xF8, 0x00]);
            }
            _ => return status(0x6A83),
        }
        good(template(0x70, &inner))
    }

    fn get_data(&self, command: &Command) -> Vec<u8> {
        match (command.p1, command.p2) {
            (0x9F, 0x17) => good(template(0x9F17, &[self.state.pin_tries])),
            (0x9F, 0x36) => good(template(0x9F36, &self.counter.to_be_bytes())),
            _ => status(0x6A88),
        }
    }

    fn cryptogram(&self, asked: &Data, results: [u8; 4]) -> Option<(CryptogramData, [u8; 8])> {
        fn field<const N: usize>(asked: &Data, tag: u32) -> Option<[u8; N]> {
            asked.get(tag)?.try_into().ok()
        }
        let data = CryptogramData {
            amount: field(asked, 0x9F02)?,
            amount_other: field(asked, 0x9F03)?,
            country: field(asked, 0x9F1A)?,
            tvr: field(asked, 0x95)?,
            currency: field(asked, 0x5F2A)?,
            date: field(asked, 0x9A)?,
            kind: asked.byte(0x9C, 0),
            unpredictable: field(asked, 0x9F37)?,
            aip: PROFILE,
            atc: self.counter.to_be_bytes(),
            cvr: results,
        };
        let mut made = emv_crypto::cryptogram(&self.session()?, &data).ok()?;
        if self.state.wrong_key {
            made.iter_mut().for_each(|b| *b = b.wrapping_add(0x5A));
        }
        Some((data, made))
    }

    fn session(&self) -> Option<Key> {
        emv_crypto::session_key(&self.key, self.counter).ok()
    }

    fn generated(&self, kind: u8, cryptogram: [u8; 8], results: [u8; 4]) -> Vec<u8> {
        let body = [&[kind][..], &self.counter.to_be_bytes(), &cryptogram, &emv_crypto::issuer_application_data(results)].concat();
        good([&[0x80, body.len() as u8][..], &body].concat())
    }

    fn first_cryptogram(&mut self, wish: u8, data: &[u8]) -> Vec<u8> {
        let mut asked = Data::default();
        asked.take_listed(&list(ASKED), data);
        let kind = if self.state.declines { 0x00 } else { wish & 0xC0 };
        let results = match kind {
            0x80 => [0x03, 0xA0, 0x00, 0x00],
            0x40 => [0x03, 0x90, 0x00, 0x00],
            _ => [0x03, 0x80, 0x00, 0x00],
        };
        let Some((used, cryptogram)) = self.cryptogram(&asked, results) else { return status(0x6700) };
        if kind == 0x80 {
            self.asked = Some((used, cryptogram));
            self.selected = Selected::Asked;
        } else {
            self.selected = Selected::Nothing;
        }
        self.generated(kind, cryptogram, results)
    }

    /// The bank proves itself by its answer to the cryptogram.
    fn external_authenticate(&mut self, data: &[u8]) -> Vec<u8> {
        let proof = data.split_first_chunk::<8>().and_then(|(proof, rest)| Some((proof, <[u8; 2]>::try_from(rest.get(..2)?).ok()?)));
        let right = match (proof, &self.asked, self.session()) {
            (Some((proof, code)), Some((_, arqc)), Some(session)) => {
                emv_crypto::response_cryptogram(&session, *arqc, code).is_ok_and(|expected| expected == *proof)
            }
            _ => false,
        };
        self.issuer_proved = Some(right);
        status(if right { 0x9000 } else { 0x6300 })
    }

    fn second_cryptogram(&mut self, wish: u8, data: &[u8]) -> Vec<u8> {
        let mut asked = Data::default();
        asked.take_listed(&list(&format!("8A02{ASKED}")), data);
        let kind = if self.issuer_proved == Some(false) { 0x00 } else { wish & 0x40 };
        let results = if kind == 0x40 { [0x03, 0x60, 0x00, 0x00] } else { [0x03, 0x20, 0x00, 0x00] };
        let Some((_, cryptogram)) = self.cryptogram(&asked, results) else { return status(0x6700) };
        self.selected = Selected::Nothing;
        self.generated(kind, cryptogram, results)
    }
}

fn entry() -> Vec<u8> {
    template(0x61, &[template(0x4F, &AID), template(0x50, b"UnionPay Debit"), template(0x87, &[1])].concat())
}

fn list(hex: &str) -> Vec<u8> {
    message::unhex(hex).unwrap_or_default()
}

fn last_day(expiry: &str) -> &'static str {
    match expiry.get(2..4) {
        Some("02") => "28",
        Some("04" | "06" | "09" | "11") => "30",
        _ => "31",
    }
}

fn status(word: u16) -> Vec<u8> {
    word.to_be_bytes().to_vec()
}

fn good(mut body: Vec<u8>) -> Vec<u8> {
    body.extend_from_slice(&[0x90, 0x00]);
    body
}

impl fmt::Debug for Chip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Chip({:?}, counter {})", self.state, self.counter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cast::Cast;
    use crate::terminal::emv::{ActionCodes, Failure, Interface, Kernel, Limits, Need, Verdict};

    fn chip(change: impl FnOnce(&mut ChipState)) -> Chip {
        let cast = Cast::shipped();
        let mut chip = Chip::issue(&cast.issuers[0], cast.card("good").unwrap()).unwrap();
        change(&mut chip.state);
        chip
    }

    fn run(chip: &mut Chip, interface: Interface) -> (Kernel, Verdict) {
        let limits = Limits { floor: 0, no_pin: 100_000 };
        let mut kernel = Kernel::new(interface, 1234, "261124", [1, 2, 3, 4], 7, limits, ActionCodes::default());
        chip.reset(interface == Interface::Contactless);
        let mut need = kernel.begin(true);
        for _ in 0..40 {
            need = match need {
                Need::Command(bytes) => kernel.answer(&chip.command(&bytes)),
                Need::Pin { .. } => kernel.pin_entered(Some("246810")),
                Need::Done(verdict) => return (kernel, verdict),
            };
        }
        panic!("the kernel never ends");
    }

    #[test]
    fn a_sound_chip_goes_online_both_ways_and_its_cryptogram_holds_at_the_bank() {
        for interface in [Interface::Contact, Interface::Contactless] {
            let mut chip = chip(|_| ());
            let (kernel, verdict) = run(&mut chip, interface);
            assert_eq!(verdict, Verdict::Online, "{interface:?}");
            let sent = Data::default();
            let mut sent = sent;
            sent.take_in(&kernel.field_55());
            let results: [u8; 4] = sent.get(0x9F10).unwrap()[3..7].try_into().unwrap();
            let (_, expected) = chip.cryptogram(&sent, results).unwrap();
            assert_eq!(sent.get(0x9F26), Some(&expected[..]), "{interface:?}");
            assert!(kernel.track().is_some_and(|t| t.starts_with("6200000000010012D3012")));
        }
    }

    #[test]
    fn the_bank_proves_itself_and_a_forger_does_not() {
        for (forged, expected) in [(false, Verdict::Approved), (true, Verdict::Declined)] {
            let mut chip = chip(|_| ());
            let (mut kernel, _) = run(&mut chip, Interface::Contact);
            let arqc: [u8; 8] = kernel.data.get(0x9F26).unwrap().try_into().unwrap();
            let mut proof = emv_crypto::response_cryptogram(&chip.session().unwrap(), arqc, *b"00").unwrap();
            proof[0] ^= u8::from(forged);
            let field_55 = template(0x91, &[&proof[..], b"00"].concat());
            let mut need = kernel.complete(Some(*b"00"), &field_55);
            while let Need::Command(bytes) = need {
                need = kernel.answer(&chip.command(&bytes));
            }
            assert_eq!(need, Need::Done(expected));
        }
    }

    #[test]
    fn each_state_shows_in_its_own_way() {
        let verdict = |change: fn(&mut ChipState)| run(&mut chip(change), Interface::Contact).1;
        assert_eq!(verdict(|s| s.dead = true), Verdict::Failed(Failure::Silent));
        assert_eq!(verdict(|s| s.blocked = true), Verdict::Failed(Failure::Blocked));
        assert_eq!(verdict(|s| s.bad_data = true), Verdict::Failed(Failure::BadData));
        assert_eq!(verdict(|s| s.declines = true), Verdict::Declined);
        let mut worn = chip(|_| ());
        worn.counter = u16::MAX;
        assert_eq!(run(&mut worn, Interface::Contact).1, Verdict::Failed(Failure::Blocked));
    }
}
