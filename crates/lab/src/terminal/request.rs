//! Requests as the host wants them.

use posdx_model::{Secret, SecretKind};
use posdx_wire::crypto::{Cipher, ClearPinBlock, Key, PinFormat};

use super::deal::{Deal, Paid};
use super::memory::{Bug, Memory, Record};
use super::operation::{Ask, Operation};
use crate::cast::FeeClass;
use crate::message::{Draft, hex};
use crate::{elements, lab_values};

/// What a request cannot be built for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lack {
    /// No PIN key.
    PinKey,
}

/// Field 60 of a payment: type, batch, no management code, what the terminal reads, chip condition.
fn field_60(operation: Operation, batch: u32, fallback: bool) -> String {
    format!("{}{batch:06}0006{}", operation.codes().2, if fallback { 2 } else { 0 })
}

fn with_identity(draft: Draft, memory: &Memory) -> Draft {
    draft.with(41, memory.number.clone()).with(42, memory.merchant.clone())
}

/// What the shop's software says with every payment.
fn shop_words(memory: &Memory) -> String {
    let version = memory.parameters.merchant_version.to_string();
    let fee = match memory.parameters.fee {
        FeeClass::Standard => "ST",
        FeeClass::Preferential => "PR",
        FeeClass::Exempt => "EX",
    };
    let user = memory.user.clone().unwrap_or_default();
    let mut list = vec![("01", version.as_bytes()), ("02", fee.as_bytes()), ("03", memory.software.version.as_bytes())];
    if !user.is_empty() {
        list.push(("04", user.as_bytes()));
    }
    String::from_utf8(elements::write(list)).unwrap_or_default()
}

/// A payment: sale, void, refund, pre-authorisation, completion, balance.
pub(super) fn payment(memory: &Memory, deal: &Deal) -> Result<Draft, Lack> {
    let (processing, condition, _, mti) = deal.operation.codes();
    let mut draft = with_identity(Draft::request(mti), memory)
        .with(3, processing)
        .with(11, format!("{:06}", deal.trace))
        .with(25, condition)
        .with(49, "156")
        .with(57, shop_words(memory))
        .with(60, field_60(deal.operation, memory.batch, deal.fallback));
    if deal.operation != Operation::Balance {
        draft = draft.with(4, format!("{:012}", deal.amount));
    }
    if let Some(card) = &deal.card {
        draft = with_card(draft, card, deal.pin.is_some());
        if let Some(pin) = &deal.pin {
            let block = pin_block(pin, &card.pan, memory.pin_key.as_ref()).ok_or(Lack::PinKey)?;
            draft = draft.with(26, "12").with(52, hex(&block)).with(53, "2600000000000000");
        }
    }
    if let Some(kernel) = &deal.kernel {
        draft = draft.with_bytes(55, &kernel.field_55());
    }
    if let Some(original) = &deal.original {
        draft = draft.with(37, original.reference.clone()).with(61, format!("{:06}{:06}{}", original.batch, original.trace, original.date));
        if !original.authorisation.is_empty() {
            draft = draft.with(38, original.authorisation.clone());
        }
    } else if let Ok(trace) = deal.answer(Ask::Trace).parse::<u32>() {
        let date = deal.answer(Ask::Date);
        draft = draft.with(61, format!("{:06}{trace:06}{date:0>4}", memory.batch));
        let reference = deal.answer(Ask::Reference);
        if !reference.is_empty() {
            draft = draft.with(37, format!("{reference:0>12}"));
        }
    }
    let code = deal.answer(Ask::AuthorisationCode);
    if !code.is_empty() {
        draft = draft.with(38, format!("{code:0>6}"));
    }
    Ok(draft)
}

fn with_card(draft: Draft, card: &Paid, pin: bool) -> Draft {
    let mut draft = draft.with(22, format!("{}{}", card.entry, if pin { 1 } else { 2 }));
    match &card.track {
        Some(track) => draft = draft.with(35, track.clone()),
        None => draft = draft.with(2, card.pan.clone()).with(14, card.expiry.clone()),
    }
    if card.sequence.is_some() {
        draft = draft.with(2, card.pan.clone()).with(14, card.expiry.clone());
    }
    match &card.sequence {
        Some(sequence) => draft.with(23, sequence.clone()),
        None => draft,
    }
}

fn pin_block(pin: &str, pan: &str, key: Option<&Key>) -> Option<Vec<u8>> {
    let leave = lab_values::leave();
    let pin = Secret::new(SecretKind::Pin, pin.to_string());
    let pan = Secret::new(SecretKind::Pan, pan.to_string());
    let clear = ClearPinBlock::build(PinFormat::Iso0, &pin, Some(&pan), &[0; 16], leave).ok()?;
    Some(clear.encipher(Cipher::TripleDes, key?).ok()?.as_bytes().to_vec())
}

/// The reversal of a request that was not answered, stored before the request is sent. `reason` is field 39.
pub(super) fn reversal(request: &Draft, deal: &Deal, reason: &str) -> Draft {
    let mut draft = Draft::request("0400");
    for field in [2, 3, 4, 11, 14, 22, 23, 25, 38, 41, 42, 49, 60, 61] {
        if let Some(value) = request.fields.get(&field) {
            draft = draft.with(field, value.clone());
        }
    }
    if let (None, Some(card)) = (request.fields.get(&2), &deal.card) {
        draft = draft.with(2, card.pan.clone()).with(14, card.expiry.clone());
    }
    if let Some(kernel) = deal.kernel.as_ref().filter(|_| deal.inserted) {
        draft = draft.with_bytes(55, &kernel.field_55_of_reversal());
    }
    draft.with(39, reason)
}

/// Something approved without the host, handed in.
pub(super) fn hand_in(memory: &Memory, record: &Record, trace: u32) -> Draft {
    let (processing, condition, _, _) = Operation::OfflineSale.codes();
    with_identity(Draft::request("0220"), memory)
        .with(2, record.pan.reveal(lab_values::leave()))
        .with(3, processing)
        .with(4, format!("{:012}", record.amount))
        .with(11, format!("{trace:06}"))
        .with(14, record.expiry.clone())
        .with(22, format!("{:0<3}", record.entry))
        .with(25, condition)
        .with(38, format!("{:0>6}", record.authorisation))
        .with(49, "156")
        .with(57, shop_words(memory))
        .with(60, field_60(Operation::OfflineSale, memory.batch, false))
}

/// What is no payment: sign-on, sign-off, echo, download, app services.
pub(super) fn management(memory: &Memory, deal: &Deal, operation: Operation, trace: u32) -> Draft {
    let mti = if matches!(operation, Operation::SignOff | Operation::Echo) { "0820" } else { "0800" };
    let draft = with_identity(Draft::request(mti), memory)
        .with(11, format!("{trace:06}"))
        .with(60, format!("00{:06}{}", memory.batch, operation.management()));
    let trace = format!("{trace:06}");
    let with_list = |draft: Draft, list: &[(&str, &str)]| {
        draft.with_bytes(62, &elements::write(list.iter().map(|(tag, value)| (*tag, value.as_bytes()))))
    };
    match operation {
        Operation::SignOn => {
            draft.with_bytes(62, format!("Sequence No{:02}{}", memory.serial.len(), memory.serial).as_bytes()).with(63, hex(b"01 "))
        }
        Operation::Login | Operation::Register => {
            let (user, password) = (deal.answer(Ask::User), deal.answer(Ask::Password));
            let proof = lab_values::password_proof(user, password, &trace).unwrap_or_default();
            with_list(draft, &[("01", user), ("02", &proof)])
        }
        Operation::SmsCode => with_list(draft, &[("03", deal.answer(Ask::Phone))]),
        Operation::SmsCheck => with_list(draft, &[("03", deal.answer(Ask::Phone)), ("04", deal.answer(Ask::Code))]),
        Operation::SyncData => with_list(draft, &[("05", &memory.parameters.merchant_version.to_string())]),
        Operation::QueryLast => {
            let (trace, batch) = memory.last_sent.unwrap_or_default();
            with_list(draft, &[("11", &format!("{batch:06}")), ("12", &format!("{trace:06}"))])
        }
        _ => draft,
    }
}

/// Totals of the batch.
pub(super) fn settlement(memory: &Memory, trace: u32) -> Draft {
    let ((debit, debits), (credit, credits)) = memory.totals();
    let totals = format!("{debit:012}{debits:03}{credit:012}{credits:03}0{}0", "0".repeat(30));
    with_identity(Draft::request("0500"), memory)
        .with(11, format!("{trace:06}"))
        .with(48, totals)
        .with(49, "156")
        .with(60, format!("00{:06}201", memory.batch))
        .with(63, hex(b"01 "))
}

/// Up to eight records of the batch.
pub(super) fn upload(memory: &Memory, from: usize, trace: u32) -> Draft {
    let records: Vec<&Record> = memory.batch_store.iter().skip(from).take(8).collect();
    let mut list = format!("{:02}", records.len());
    for record in &records {
        let pan = record.pan.reveal(lab_values::leave());
        list.push_str(&format!("00{:06}{pan:0>20}{:012}", record.trace, record.amount));
    }
    with_identity(Draft::request("0320"), memory)
        .with(11, format!("{trace:06}"))
        .with(48, list)
        .with(60, format!("00{:06}201", memory.batch))
}

/// The end of the upload; `equal` when the settlement was.
pub(super) fn upload_end(memory: &Memory, equal: bool, trace: u32) -> Draft {
    with_identity(Draft::request("0320"), memory)
        .with(11, format!("{trace:06}"))
        .with(48, format!("{:04}", memory.batch_store.len()))
        .with(60, format!("00{:06}{}", memory.batch, if equal { "202" } else { "207" }))
}

/// What a bug makes of a request before it is written.
pub(super) fn spoil(draft: Draft, bug: Option<Bug>) -> Draft {
    let mut draft = draft;
    let payment = draft.fields.contains_key(&3) && draft.mti != "0400";
    match bug {
        Some(Bug::EntryModeMissing) if payment => drop(draft.fields.remove(&22)),
        Some(Bug::ConditionCode) if payment => drop(draft.fields.insert(25, "99".into())),
        Some(Bug::Currency) if payment => drop(draft.fields.insert(49, "840".into())),
        Some(Bug::Letters) if payment => drop(draft.fields.insert(4, "ABCDEFGHIJKL".into())),
        Some(Bug::TypeCode) if payment => {
            if let Some(field) = draft.fields.get_mut(&60) {
                field.replace_range(..2.min(field.len()), "88");
            }
        }
        Some(Bug::SwappedTpdu) => draft.tpdu = [draft.tpdu[0], draft.tpdu[3], draft.tpdu[4], draft.tpdu[1], draft.tpdu[2]],
        _ => {}
    }
    draft
}

/// What a bug makes of the bytes that go on the wire.
pub(super) fn spoil_bytes(mut bytes: Vec<u8>, bug: Option<Bug>) -> Vec<u8> {
    match bug {
        Some(Bug::LengthHeader) => {
            let length = (bytes.len() as u16).to_be_bytes();
            bytes.iter_mut().zip(length).for_each(|(b, l)| *b = l);
        }
        Some(Bug::CutFrame) => {
            // The message stops in the middle and its length header says so.
            bytes.truncate(bytes.len() * 2 / 3);
            let length = (bytes.len().saturating_sub(2) as u16).to_be_bytes();
            bytes.iter_mut().zip(length).for_each(|(b, l)| *b = l);
        }
        Some(Bug::MacRange) => {
            if let Some(last) = bytes.last_mut() {
                *last = if *last == b'0' { b'1' } else { b'0' };
            }
        }
        _ => {}
    }
    bytes
}
