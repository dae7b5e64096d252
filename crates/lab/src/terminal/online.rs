//! The way to the host and back: connection, requests one after the other, time-outs, the reversal that is stored before a sale is sent.

use posdx_model::Text;

use super::event::{Effect, LinkTrouble, Timer};
use super::machine::{Phase, Terminal};
use super::memory::Pending;
use super::operation::Operation;
use super::request::{self, Lack};
use super::{Local, Outcome};
use crate::message::{Draft, MESSAGE_MAX};

/// State of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Link {
    Down,
    Dialling,
    Up,
}

/// One request that has to be answered before the next goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Errand {
    /// The business at hand.
    Business(Operation),
    /// The reversal in the memory.
    Reversal,
    /// The oldest offline sale.
    HandIn,
    /// Totals.
    Settle,
    /// Records from this one on.
    Upload(usize),
    /// The end of the upload; true when the settlement was equal.
    UploadEnd(bool),
}

impl Terminal {
    /// Sends the next request, calls the host first when the line is down; without requests the business is done.
    pub(super) fn next_errand(&mut self) {
        let Some(errand) = self.errands.front().copied() else {
            let outcome = self.deal.answered.take().unwrap_or(Outcome::Local(Local::Done));
            return self.conclude(outcome);
        };
        match self.link {
            Link::Up => self.send(errand),
            Link::Dialling => {}
            Link::Down => {
                self.link = Link::Dialling;
                self.show(self.deal.operation.title(), vec![Text::new("正在连接", "Connecting")]);
                self.log('I', "comm", "connecting");
                self.out.push(Effect::Start(Timer::Connect, self.memory.parameters.connect_s * 1000));
                self.out.push(Effect::Connect);
            }
        }
    }

    pub(super) fn connected(&mut self) {
        if self.link != Link::Dialling {
            return;
        }
        self.link = Link::Up;
        self.log('I', "comm", "connected");
        self.out.push(Effect::Stop(Timer::Connect));
        self.next_errand();
    }

    pub(super) fn connect_failed(&mut self, why: LinkTrouble) {
        if self.link != Link::Dialling {
            return;
        }
        self.log('E', "comm", &format!("connect failed: {}", why.word()));
        let local = match why {
            LinkTrouble::NameUnknown | LinkTrouble::NoAnswer | LinkTrouble::Closed => Local::ConnectFailed,
            _ => Local::NoLine,
        };
        // Nothing has been sent: a chip may decide alone, where the acquirer allows it.
        if self.memory.parameters.offline_decision && self.deal.inserted && self.deal.operation == Operation::Sale {
            self.phase = Phase::Completing;
            self.errands.clear();
            let need = self.deal.kernel.as_mut().map(|k| k.complete(None, &[]));
            if let Some(need) = need {
                self.link = Link::Down;
                self.out.push(Effect::Stop(Timer::Connect));
                return self.kernel_needs(need);
            }
        }
        self.out.push(Effect::Hangup);
        self.link = Link::Down;
        self.conclude(Outcome::Local(local));
    }

    pub(super) fn line_lost(&mut self) {
        let was = std::mem::replace(&mut self.link, Link::Down);
        match (was, self.phase) {
            (Link::Down, _) => {}
            (Link::Dialling, _) => {
                self.link = Link::Dialling;
                self.connect_failed(LinkTrouble::NoCarrier);
            }
            (Link::Up, Phase::Exchanging) => {
                self.log('E', "comm", "line lost");
                self.conclude(Outcome::Local(Local::LineLost));
            }
            (Link::Up, _) => self.log('W', "comm", "line lost"),
        }
    }

    pub(super) fn no_answer(&mut self) {
        self.log('E', "comm", "no answer within the time");
        self.conclude(Outcome::Local(Local::NoAnswer));
    }

    fn send(&mut self, errand: Errand) {
        let trace = match errand {
            Errand::Reversal => 0,
            _ => self.memory.next_trace(),
        };
        self.deal.trace = trace;
        let draft = match errand {
            Errand::Business(operation) if operation.financial() => request::payment(&self.memory, &self.deal),
            Errand::Business(operation) => Ok(request::management(&self.memory, &self.deal, operation, trace)),
            Errand::Reversal => match &mut self.memory.reversal {
                Some(pending) => {
                    pending.tries += 1;
                    Ok(pending.draft.clone())
                }
                None => {
                    self.errands.pop_front();
                    return self.next_errand();
                }
            },
            Errand::HandIn => match self.memory.offline.first() {
                Some(record) => Ok(request::hand_in(&self.memory, record, trace)),
                None => {
                    self.errands.pop_front();
                    return self.next_errand();
                }
            },
            Errand::Settle => Ok(request::settlement(&self.memory, trace)),
            Errand::Upload(from) => Ok(request::upload(&self.memory, from, trace)),
            Errand::UploadEnd(equal) => Ok(request::upload_end(&self.memory, equal, trace)),
        };
        let draft = match draft {
            Ok(draft) => request::spoil(draft, self.memory.software.bug),
            Err(Lack::PinKey) => return self.conclude(Outcome::Local(Local::PinKeyWrong)),
        };
        let Some(bytes) = self.sealed(errand, &draft) else { return };
        if let Errand::Business(operation) = errand
            && operation.reversible()
        {
            // Before the request is sent: whatever happens from here on, it will be taken back unless an answer says otherwise.
            let draft = request::reversal(&draft, &self.deal, "98");
            self.memory.reversal = Some(Pending { operation, draft, tries: 0, damaged: false });
            self.memory.last_sent = Some((trace, self.memory.batch));
        }
        self.out.push(Effect::Saved);
        self.waiting = draft.fields.get(&11).and_then(|t| t.parse().ok());
        let waiting = self.waiting.unwrap_or_default();
        self.log('I', "comm", &format!("send {} trace {waiting:06}, {} bytes", draft.mti, bytes.len()));
        let (zh, en) = if errand == Errand::Reversal {
            ("正在冲正", "Reversing")
        } else {
            ("正在处理，请稍候", "Processing, please wait")
        };
        self.show(self.deal.operation.title(), vec![Text::new(zh, en)]);
        self.out.push(Effect::Start(Timer::Answer, self.memory.parameters.answer_s * 1000));
        self.out.push(Effect::Send(request::spoil_bytes(bytes, self.memory.software.bug)));
    }

    /// The bytes of a request; a software that cannot build them ends the business.
    fn sealed(&mut self, errand: Errand, draft: &Draft) -> Option<Vec<u8>> {
        let open = matches!(errand, Errand::Business(Operation::SignOn | Operation::SignOff | Operation::Echo | Operation::Parameters));
        let key = self.memory.mac_key.as_ref().filter(|_| !open).map(|key| (self.memory.cipher, key));
        if key.is_none() && !open {
            self.conclude(Outcome::Local(Local::NotSignedOn));
            return None;
        }
        match draft.seal(&self.wire, key) {
            Ok(bytes) => Some(bytes),
            Err(error) => {
                self.log('E', "comm", &format!("message not built: {error}"));
                self.conclude(Outcome::Local(Local::BuildFailed));
                None
            }
        }
    }

    /// Another reason for the stored reversal.
    pub(super) fn blame_reversal(&mut self, reason: &str) {
        if let Some(pending) = &mut self.memory.reversal {
            pending.draft.fields.insert(39, reason.to_string());
            self.out.push(Effect::Saved);
        }
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        if self.phase != Phase::Exchanging || self.link != Link::Up {
            return;
        }
        self.inbox.extend_from_slice(bytes);
        let Some(length) = self.inbox.first_chunk::<2>().map(|l| usize::from(u16::from_be_bytes(*l))) else { return };
        if length > MESSAGE_MAX {
            return self.bad_packet("length header of more than 4096");
        }
        if self.inbox.len() < length + 2 {
            return;
        }
        let rest = self.inbox.split_off(length + 2);
        let frame = std::mem::replace(&mut self.inbox, rest);
        self.out.push(Effect::Stop(Timer::Answer));
        self.reply(&frame);
    }

    pub(super) fn bad_packet(&mut self, why: &str) {
        self.log('E', "comm", &format!("bad packet: {why}"));
        self.conclude(Outcome::Local(Local::BadPacket));
    }
}
