//! The reader: stripe, chip and tap, and the kernel's steps.

use super::deal::Paid;
use super::emv::{Failure, Interface, Kernel, Need, Verdict, tvr};
use super::event::{CardEvent, Effect, Timer};
use super::machine::{Phase, Terminal};
use super::operation::Ask;
use super::{Local, Outcome};
use crate::lab_values;

impl Terminal {
    pub(super) fn card(&mut self, event: CardEvent) {
        let waiting = self.phase == Phase::Asking && self.deal.asking == Some(Ask::Card);
        match event {
            CardEvent::Removed if matches!(self.phase, Phase::Reading | Phase::Completing) && self.deal.inserted => {
                self.kernel_needs(Need::Done(Verdict::Failed(Failure::Removed)));
            }
            _ if !waiting => {}
            CardEvent::Removed => {}
            CardEvent::Swiped(track) => self.swiped(&track),
            CardEvent::SwipeUnread => self.conclude(Outcome::Local(Local::SwipeUnread)),
            CardEvent::Inserted(reset) if reset.is_empty() => {
                self.memory.chip_failed = true;
                self.conclude(Outcome::Local(Local::ChipSilent));
            }
            CardEvent::Inserted(_) => self.start_kernel(Interface::Contact),
            CardEvent::Tapped if !self.memory.parameters.contactless => self.conclude(Outcome::Local(Local::ContactlessOff)),
            CardEvent::Tapped => self.start_kernel(Interface::Contactless),
            CardEvent::SeveralTapped => self.conclude(Outcome::Local(Local::SeveralCards)),
            CardEvent::TapUnread => self.conclude(Outcome::Local(Local::TapAgain)),
        }
    }

    fn swiped(&mut self, track: &str) {
        let Some(card) = Paid::of_track(track, "02", None) else { return self.conclude(Outcome::Local(Local::SwipeUnread)) };
        // Service codes 2xx and 6xx promise a chip.
        let service = track.split_once(['D', '=']).and_then(|(_, rest)| rest.get(4..5)).unwrap_or_default();
        let chip = matches!(service, "2" | "6");
        if chip && !self.memory.chip_failed && !self.memory.parameters.stripe_of_chip {
            return self.conclude(Outcome::Local(Local::UseChip));
        }
        self.deal.fallback = chip && self.memory.chip_failed;
        self.memory.chip_failed = false;
        self.deal.card = Some(card);
        self.next_ask();
    }

    fn start_kernel(&mut self, interface: Interface) {
        let trace = self.memory.trace;
        let c = self.clock().civil();
        let date = format!("{:02}{:02}{:02}", c.year % 100, c.month, c.day);
        // Not chance, but different for every transaction of every terminal: enough for a lab, and it replays.
        let seed = lab_values::digest("unpredictable number", format!("{}{trace}{}", self.memory.serial, self.now.0).as_bytes());
        let random = seed.ok().and_then(|d| d.first_chunk::<4>().copied()).unwrap_or_default();
        let mut kernel = Kernel::new(interface, self.deal.amount, &date, random, trace, self.memory.parameters.limits, Default::default());
        let need = kernel.begin(true);
        self.deal.kernel = Some(kernel);
        self.deal.inserted = interface == Interface::Contact;
        self.phase = Phase::Reading;
        self.out.push(Effect::Stop(Timer::Input));
        self.show(self.deal.operation.title(), vec![posdx_model::Text::new("正在读卡，请勿拔卡", "Reading the card, leave it in place")]);
        self.kernel_needs(need);
    }

    pub(super) fn chip_answered(&mut self, answer: &[u8]) {
        if !matches!(self.phase, Phase::Reading | Phase::Completing) {
            return;
        }
        let word = answer.last_chunk::<2>().map_or_else(|| "silent".to_string(), |w| format!("SW {:02X}{:02X}", w[0], w[1]));
        self.log('I', "emv", &word);
        let need = self.deal.kernel.as_mut().map(|k| k.answer(answer));
        if let Some(need) = need {
            self.kernel_needs(need);
        }
    }

    pub(super) fn kernel_needs(&mut self, need: Need) {
        match need {
            Need::Command(bytes) => self.out.push(Effect::Apdu(bytes)),
            Need::Pin { .. } if !self.memory.parameters.pin => {
                let need = self.deal.kernel.as_mut().map(|k| k.pin_entered(None));
                if let Some(need) = need {
                    self.kernel_needs(need);
                }
            }
            Need::Pin { .. } if !self.pin_pad => self.conclude(Outcome::Local(Local::PinPad)),
            Need::Pin { .. } => {
                self.deal.pin_for_kernel = true;
                self.ask(Ask::Pin);
            }
            Need::Done(verdict) if self.phase == Phase::Completing => self.completed(verdict),
            Need::Done(verdict) => self.read(verdict),
        }
    }

    /// The chip has spoken its first word.
    fn read(&mut self, verdict: Verdict) {
        let Some(kernel) = &self.deal.kernel else { return };
        let found = kernel.data.get(0x95).map(crate::message::hex).unwrap_or_default();
        let expired = kernel.data.byte(0x95, tvr::EXPIRED.0) & (tvr::EXPIRED.1 | tvr::NOT_YET.1) != 0;
        self.log('I', "emv", &format!("verdict {verdict:?} TVR {found}"));
        let Some(kernel) = &self.deal.kernel else { return };
        let entry = if self.deal.inserted { "05" } else { "07" };
        let card = kernel.track().and_then(|track| Paid::of_track(&track, entry, Some(kernel.sequence())));
        match (verdict, card) {
            (Verdict::Failed(why), _) => self.chip_failed(why),
            (Verdict::Declined, _) => self.conclude(Outcome::Local(if expired { Local::CardExpired } else { Local::ChipDeclined })),
            (_, None) => self.chip_failed(Failure::BadData),
            (Verdict::Online, Some(card)) => {
                self.deal.card = Some(card);
                if self.deal.inserted {
                    // Its own list has decided about the PIN.
                    self.deal.asks.retain(|ask| *ask != Ask::Pin);
                }
                self.memory.chip_failed = false;
                self.next_ask();
            }
            (Verdict::Approved, Some(card)) => {
                self.deal.card = Some(card);
                self.approved_offline("Y1");
            }
        }
    }

    fn chip_failed(&mut self, why: Failure) {
        let local = match why {
            Failure::Silent => Local::ChipSilent,
            Failure::Blocked => Local::ChipBlocked,
            Failure::Removed => Local::CardRemoved,
            Failure::NoApplication | Failure::BadData => Local::ChipFailed,
        };
        // Only a chip that cannot be read opens the way to the stripe.
        self.memory.chip_failed = matches!(why, Failure::Silent | Failure::NoApplication);
        let tapped = !self.deal.inserted && why == Failure::Silent;
        self.conclude(Outcome::Local(if tapped { Local::TapAgain } else { local }));
    }

    /// The chip has spoken its second word, after the bank.
    fn completed(&mut self, verdict: Verdict) {
        if self.deal.record.is_none() {
            // The bank was not reached: the chip decided by its defaults.
            return match verdict {
                Verdict::Approved => self.approved_offline("Y3"),
                _ => self.conclude(Outcome::Local(Local::ChipNoOnline)),
            };
        }
        match verdict {
            Verdict::Approved => self.book(),
            failed => {
                // The bank has approved: what was stored before the sale takes it back.
                self.blame_reversal("06");
                self.deal.record = None;
                let removed = failed == Verdict::Failed(Failure::Removed);
                self.conclude(Outcome::Local(if removed { Local::CardRemoved } else { Local::ChipAfterOnline }));
            }
        }
    }
}
