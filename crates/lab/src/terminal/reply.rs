//! What the host answered, and what follows from it.

use std::sync::Arc;

use posdx_wire::crypto::{Key, unwrap_key, verify_kcv};
use zeroize::Zeroizing;

use super::event::Effect;
use super::machine::{Phase, Terminal};
use super::memory::RecordState;
use super::online::Errand;
use super::operation::{Ask, Operation};
use super::screen::yuan;
use super::{Local, Outcome, Slip};
use crate::cast::FeeClass;
use crate::elements;
use crate::message::{Opened, Wire, block_cipher};

/// What the terminal keeps of an answer.
struct Heard {
    mti: String,
    trace: Option<u32>,
    response: String,
    outcome: Outcome,
    mac: Option<bool>,
    next: u8,
    batch: Option<u32>,
    reference: String,
    authorisation: String,
    host_time: String,
    amount: Option<u64>,
    balance: String,
    totals: String,
    chip: Vec<u8>,
    private: Vec<u8>,
}

fn hear(wire: &Wire, frame: &[u8], key: Option<(crate::cast::CipherKind, &Key)>) -> Result<Heard, String> {
    let opened = Opened::read(wire, frame).map_err(|e| e.to_string())?;
    let value = |n| opened.value(n).unwrap_or_default();
    let response = value(39);
    let part = |id| opened.part(63, id).unwrap_or_default().trim().to_string();
    let outcome = Outcome::Reply { response: response.clone(), house: part("house"), words: part("words") };
    Ok(Heard {
        mti: opened.mti().to_string(),
        trace: value(11).parse().ok(),
        outcome,
        mac: key.and_then(|(cipher, key)| opened.mac_holds(cipher, key)),
        next: opened.header[2] & 0x0F,
        batch: opened.part(60, "2").and_then(|b| b.parse().ok()),
        reference: value(37),
        authorisation: value(38),
        host_time: value(13) + &value(12),
        amount: value(4).parse().ok(),
        balance: value(54),
        totals: value(48),
        chip: opened.bytes(55).unwrap_or_default().to_vec(),
        private: opened.bytes(62).unwrap_or_default().to_vec(),
        response,
    })
}

/// Answers that mean yes, in full or in part.
fn approves(response: &str) -> bool {
    matches!(response, "00" | "08" | "10" | "11" | "16" | "A2" | "A4" | "A5" | "A6" | "Y1" | "Y3")
}

impl Terminal {
    pub(super) fn reply(&mut self, frame: &[u8]) {
        let wire = Arc::clone(&self.wire);
        let key = self.memory.mac_key.clone();
        let heard = match hear(&wire, frame, key.as_ref().map(|k| (self.memory.cipher, k))) {
            Ok(heard) => heard,
            Err(why) => return self.bad_packet(&why),
        };
        self.log('I', "comm", &format!("received {} response {}", heard.mti, heard.response));
        if heard.trace != self.waiting {
            // A late answer to an earlier request: its business is over, and its reversal on the way.
            self.log('W', "comm", "answer to another request, dropped");
            self.out.push(Effect::Start(super::Timer::Answer, self.memory.parameters.answer_s * 1000));
            return;
        }
        self.next = match heard.next {
            1 => Some(Operation::Parameters),
            3 => Some(Operation::SignOn),
            _ => None,
        };
        let Some(errand) = self.errands.pop_front() else { return };
        if heard.mac == Some(false) && approves(&heard.response) {
            self.log('E', "key", "MAC of the answer does not hold");
            if errand != Errand::Reversal {
                self.blame_reversal("A0");
            }
            return self.conclude(Outcome::Local(Local::AnswerMacWrong));
        }
        match errand {
            Errand::Reversal => self.reversed(heard),
            Errand::HandIn => {
                if approves(&heard.response) || heard.response == "94" {
                    if !self.memory.offline.is_empty() {
                        let record = self.memory.offline.remove(0);
                        self.memory.batch_store.push(record);
                    }
                    self.out.push(Effect::Saved);
                    return self.next_errand();
                }
                self.conclude(heard.outcome);
            }
            Errand::Settle => self.settled(heard),
            Errand::Upload(_) if approves(&heard.response) => self.next_errand(),
            Errand::UploadEnd(_) if approves(&heard.response) => {
                self.batch_closed();
                self.next_errand();
            }
            Errand::Upload(_) | Errand::UploadEnd(_) => self.conclude(heard.outcome),
            Errand::Business(operation) if operation.financial() => self.paid(heard),
            Errand::Business(operation) => self.managed(operation, heard),
        }
    }

    fn reversed(&mut self, heard: Heard) {
        // Done, or nothing to do: both end it. Anything else is no answer to the question and it will be asked again.
        if !matches!(heard.response.as_str(), "00" | "12" | "25" | "64" | "C3" | "22") {
            return self.conclude(heard.outcome);
        }
        self.log('I', "txn", &format!("reversal answered {}", heard.response));
        self.memory.reversal = None;
        self.out.push(Effect::Saved);
        self.next_errand();
    }

    fn paid(&mut self, heard: Heard) {
        let operation = self.deal.operation;
        if !approves(&heard.response) {
            if operation.reversible() {
                self.memory.reversal = None;
            }
            if matches!(heard.response.as_str(), "77" | "97") {
                self.memory.signed_on = false;
            }
            self.out.push(Effect::Saved);
            return self.conclude(heard.outcome);
        }
        if operation == Operation::Balance {
            // Account type, kind, currency, sign, 12 digits of fen.
            if let Some(fen) = heard.balance.get(8..).and_then(|digits| digits.parse().ok()) {
                self.deal.answers.insert(Ask::Amount, Zeroizing::new(format!("RMB {}", yuan(fen))));
            }
            return self.conclude(heard.outcome);
        }
        if let Some(amount) = heard.amount.filter(|_| heard.response == "10") {
            self.deal.amount = amount;
        }
        self.deal.record = Some(self.record(&heard.authorisation, &heard.reference, &heard.host_time));
        self.deal.answered = Some(heard.outcome);
        if !self.deal.inserted {
            return self.book();
        }
        self.phase = Phase::Completing;
        let code = heard.response.as_bytes().first_chunk::<2>().copied();
        let need = self.deal.kernel.as_mut().map(|k| k.complete(code, &heard.chip));
        if let Some(need) = need {
            self.kernel_needs(need);
        }
    }

    /// The sale is booked and its reversal dropped, in one write.
    pub(super) fn book(&mut self) {
        let Some(record) = self.deal.record.clone() else { return self.next_errand() };
        self.memory.reversal = None;
        if let (Operation::Void, Some(original)) = (self.deal.operation, &self.deal.original) {
            let trace = original.trace;
            if let Some(voided) = self.memory.batch_store.iter_mut().find(|r| r.trace == trace) {
                voided.state = RecordState::Voided;
            }
        }
        self.memory.batch_store.push(record.clone());
        self.out.push(Effect::Saved);
        let slip = Slip::of(&record, &self.memory, false);
        self.print(slip);
    }

    fn settled(&mut self, heard: Heard) {
        if !approves(&heard.response) {
            return self.conclude(heard.outcome);
        }
        let equal = heard.totals.get(30..31) != Some("2") && heard.totals.get(30..31) != Some("3");
        self.deal.answered = Some(heard.outcome);
        let count = self.memory.batch_store.len();
        if !equal {
            self.log('W', "txn", "totals differ, uploading details");
            self.errands.extend((0..count).step_by(8).map(Errand::Upload));
        }
        self.errands.push_back(Errand::UploadEnd(equal));
        self.next_errand();
    }

    fn batch_closed(&mut self) {
        let ((debit, debits), (credit, credits)) = self.memory.totals();
        self.log('I', "txn", &format!("batch {:06} closed: {debits} debit {debit}, {credits} credit {credit}", self.memory.batch));
        let slip = Slip::list(
            &Operation::Settle.title(),
            &[
                ("批次号", "BATCH", format!("{:06}", self.memory.batch)),
                ("借记", "DEBIT", format!("{debits} / {}", yuan(debit))),
                ("贷记", "CREDIT", format!("{credits} / {}", yuan(credit))),
            ],
        );
        self.memory.batch_store.clear();
        self.memory.batch = if self.memory.batch >= 999_999 { 1 } else { self.memory.batch + 1 };
        self.memory.signed_on = false;
        self.next = Some(Operation::SignOn);
        self.out.push(Effect::Saved);
        self.out.push(Effect::Print(slip));
    }

    fn managed(&mut self, operation: Operation, heard: Heard) {
        if !approves(&heard.response) {
            self.log('W', "txn", &format!("{operation} refused with {}", heard.response));
            return self.conclude(heard.outcome);
        }
        match operation {
            Operation::SignOn => {
                if let Err(why) = self.take_keys(&heard) {
                    return self.conclude(Outcome::Local(why));
                }
                if self.memory.reversal.is_some() {
                    self.errands.push_back(Errand::Reversal);
                }
            }
            Operation::SignOff => self.memory.signed_on = false,
            Operation::Login => self.memory.user = Some(self.deal.answer(Ask::User).to_string()),
            Operation::Parameters => self.take_parameters(&heard.private),
            Operation::SyncData => {
                if let Some(version) = elements::find_text(&heard.private, "05").and_then(|v| v.parse().ok()) {
                    self.memory.parameters.merchant_version = version;
                }
            }
            Operation::QueryLast => {
                let find = |tag| elements::find_text(&heard.private, tag).unwrap_or_default();
                let (code, state) = (find("13"), find("15"));
                self.deal.answers.insert(Ask::Amount, Zeroizing::new(format!("{code} {state}")));
            }
            _ => {}
        }
        self.out.push(Effect::Saved);
        self.deal.answered = Some(heard.outcome);
        self.next_errand();
    }

    /// PIN key and MAC key, each sealed under the master key and followed by four bytes of check value.
    fn take_keys(&mut self, heard: &Heard) -> Result<(), Local> {
        let cipher = block_cipher(self.memory.cipher);
        let master = self.memory.master_key.as_ref().ok_or(Local::KeysMissing)?;
        let (pin, mac) = heard.private.split_at_checked(20).ok_or(Local::SignOnFailed)?;
        let open = |sealed: &[u8]| {
            let (key, check) = sealed.split_at_checked(16)?;
            let key = unwrap_key(cipher, master, key).ok()?;
            verify_kcv(cipher, &key, check.get(..4)?).ok()?.then_some(key)
        };
        let (pin, mac) = (open(pin), open(mac));
        if pin.is_none() || mac.is_none() {
            self.log('E', "key", "check value of a working key does not hold");
            return Err(Local::KeysWrong);
        }
        self.memory.pin_key = pin;
        self.memory.mac_key = mac;
        self.memory.batch = heard.batch.unwrap_or(self.memory.batch);
        self.memory.signed_on = true;
        self.log('I', "key", &format!("signed on, batch {:06}", self.memory.batch));
        Ok(())
    }

    fn take_parameters(&mut self, private: &[u8]) {
        let list = private.get(1..).unwrap_or_default();
        let find = |tag| elements::find_text(list, tag);
        let parameters = &mut self.memory.parameters;
        if let Some(version) = find("05").and_then(|v| v.parse().ok()) {
            parameters.merchant_version = version;
        }
        if let Some(limit) = find("22").and_then(|v| v.parse().ok()) {
            parameters.limits.no_pin = limit;
        }
        if let Some(cap) = find("23").and_then(|v| v.parse().ok()) {
            parameters.amount_cap = cap;
        }
        parameters.fee = match find("09").as_deref() {
            Some("PR") => FeeClass::Preferential,
            Some("EX") => FeeClass::Exempt,
            Some("ST") => FeeClass::Standard,
            _ => parameters.fee,
        };
        // The merchant number carries the category; a changed registration changes both.
        if let (Some(mcc), Some(front), Some(back)) = (find("08"), self.memory.merchant.get(..7), self.memory.merchant.get(11..)) {
            self.memory.merchant = format!("{front}{mcc}{back}");
        }
    }
}
