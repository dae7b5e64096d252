//! First byte: the dialect. The rest: a message.

use posdx_embedded::knowledge;
use posdx_model::{SecretKind, Unmasked};
use posdx_wire::iso8583::{Decoded, Dialect, EncodeError, Mask, Message, Value, decode, detect, encode};

pub fn check(data: &[u8]) {
    let Some((choice, bytes)) = data.split_first() else { return };
    let dialects = knowledge().dialects.all();
    let dialect = &dialects[usize::from(*choice) % dialects.len()];
    let decoded = decode(bytes, dialect);
    fields_stand_one_behind_another(&decoded);
    assert_eq!(Message::from(&decoded).bytes(), bytes);
    mask_hides_what_is_locked(&decoded);
    if decoded.fault().is_none() {
        values_are_written_and_read_back(&decoded, dialect);
        one_field_is_changed(&decoded, dialect);
    }
    if let Some(guess) = decoded.guess() {
        assert!(guess.fields().all(|n| !decoded.has(n)));
        assert_eq!(guess.end(), bytes.len());
        read_everything(&guess);
        mask_hides_what_is_locked(&guess);
    }
    let found = detect(bytes, &knowledge().dialects);
    assert!(found.windows(2).all(|w| w[0].score >= w[1].score));
}

fn clear(value: &Value) -> &str {
    value.reveal(Unmasked::typed_by_a_person())
}

fn fields_stand_one_behind_another(decoded: &Decoded<'_>) {
    let length = decoded.bytes().len();
    let mut at = decoded.bitmap_span().1;
    for n in decoded.fields() {
        let (from, to) = decoded.span(n).expect("understood");
        let value = decoded.value_start(n).expect("understood");
        assert!(from == at && from <= value && value <= to && to <= length, "field {n}");
        assert_eq!(decoded.raw(n).expect("understood").len(), to - value, "field {n}");
        at = to;
    }
    assert_eq!(decoded.end(), at);
    if let Some(fault) = decoded.fault() {
        assert!(fault.offset <= length && !decoded.has(fault.field));
        assert!(!fault.text().is_incomplete());
    }
    read_everything(decoded);
}

fn read_everything(decoded: &Decoded<'_>) {
    assert!(decoded.mti().len() == 4 && decoded.mti().bytes().all(|b| b.is_ascii_digit()));
    let _ = (decoded.transaction(), decoded.transactions_at_odds(), decoded.announced().count());
    for n in decoded.fields() {
        let (from, to) = decoded.span(n).expect("understood");
        assert!(decoded.value(n).is_some() && decoded.units(n).is_some());
        for part in decoded.parts(n) {
            let (first, behind) = part.nibbles;
            assert!(from * 2 <= first && first <= behind && behind <= to * 2, "part {} of {first} to {behind}", part.path);
        }
        assert!(decoded.nested_tlv(n).is_none_or(|at| (from..=to).contains(&at)));
    }
}

/// What the mask leaves of a value is never more than what the value itself would show.
fn mask_hides_what_is_locked(decoded: &Decoded<'_>) {
    let mask = Mask::of(decoded, &knowledge().chip.tags);
    let covered = |value: &Value, shown: &str, place: &str| {
        let Value::Locked(secret) = value else { return };
        if secret.kind() != SecretKind::Mixed {
            let shows_more = value.masked().chars().zip(shown.chars()).any(|(own, map)| own == '*' && map != '*');
            assert!(!shows_more && shown.chars().count() == clear(value).chars().count(), "{place} ({})", secret.kind());
        }
    };
    for n in decoded.fields() {
        let value = decoded.value(n).expect("understood");
        // Of a block of keys whose layout is known, the check values may be seen.
        if matches!(&value, Value::Locked(secret) if secret.kind() == SecretKind::Key) && !decoded.parts(n).is_empty() {
            continue;
        }
        covered(&value, &mask.field(decoded, n).expect("understood"), &format!("field {n}"));
        for part in decoded.parts(n) {
            if !matches!(&value, Value::Locked(secret) if secret.kind() != SecretKind::Mixed) {
                covered(&part.value, &mask.value(clear(&part.value), part.nibbles), &part.path);
            }
        }
    }
    let length = decoded.bytes().len();
    assert_eq!(mask.hex(decoded.bytes(), 0, length).len(), length * 2);
}

fn values(decoded: &Decoded<'_>) -> Vec<(usize, String)> {
    decoded.fields().map(|n| (n, clear(&decoded.value(n).expect("understood")).to_owned())).collect()
}

/// Text that cannot be printed is shown as hexadecimal and may not fit again; what is written is read as it was given.
fn values_are_written_and_read_back(decoded: &Decoded<'_>, dialect: &Dialect) {
    let values = values(decoded);
    let mut written = Vec::new();
    match encode(dialect, decoded.mti(), values.iter().map(|(n, v)| (*n, v.as_str())), &mut written) {
        Ok(()) => {
            let again = decode(&written, dialect);
            assert_eq!((again.fault(), again.end()), (None, written.len()));
            assert_eq!(self::values(&again), values);
        }
        Err(EncodeError::Value { .. }) => assert!(written.is_empty()),
        Err(error) => panic!("{error}"),
    }
}

fn one_field_is_changed(decoded: &Decoded<'_>, dialect: &Dialect) {
    let before = values(decoded);
    for (n, value) in before.iter().step_by(before.len().max(3) / 3) {
        let mut message = Message::from(decoded);
        if message.set(dialect, *n, value).is_ok() {
            let bytes = message.bytes();
            let again = decode(&bytes, dialect);
            assert_eq!(again.fault(), None, "field {n} set");
            assert_eq!(values(&again), before, "field {n} set");
        }
        message.remove(dialect, *n);
        let bytes = message.bytes();
        let again = decode(&bytes, dialect);
        assert_eq!(again.fault(), None, "field {n} removed");
        let others: Vec<_> = before.iter().filter(|v| v.0 != *n).cloned().collect();
        assert_eq!(values(&again), others, "field {n} removed");
    }
}
