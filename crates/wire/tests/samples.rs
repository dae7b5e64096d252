//! Messages that no one here wrote, decoded to what their publishers say, and written back byte for byte.
#![allow(clippy::disallowed_methods, reason = "tests stand outside")]

mod common;

use std::collections::BTreeMap;

use common::{dialects, hex, samples};
use posdx_model::Unmasked;
use posdx_wire::iso8583::{Dialects, Framer, Message, decode, detect, encode};
use proptest::prelude::*;

fn value(decoded: &posdx_wire::iso8583::Decoded<'_>, n: usize) -> String {
    decoded.value(n).map(|v| v.reveal(Unmasked::typed_by_a_person()).to_owned()).unwrap_or_default()
}

#[test]
fn real_messages_decode_to_what_their_publishers_say() {
    let dialects = dialects();
    for sample in samples() {
        let dialect = dialects.get(&sample.dialect).unwrap_or_else(|| panic!("{}: no dialect {}", sample.id, sample.dialect));
        let decoded = decode(sample.message(), dialect);
        assert_eq!(decoded.mti(), sample.mti, "{}", sample.id);
        let fault = decoded.fault();
        assert_eq!(fault.map(|f| f.field), sample.fault.map(|f| f.0), "{}: {fault:?}", sample.id);
        // The publishers' decoder names the start of the field; ours the byte where what it needs is missing.
        assert!(fault.zip(sample.fault).is_none_or(|(ours, theirs)| ours.offset >= theirs.1), "{}: {fault:?}", sample.id);
        let found: BTreeMap<usize, String> = decoded.fields().map(|n| (n, value(&decoded, n))).collect();
        assert_eq!(found, sample.fields, "{}", sample.id);
        assert!(fault.is_some() || decoded.end() == sample.message().len(), "{}", sample.id);
    }
}

#[test]
fn whatever_was_decoded_is_written_back_byte_for_byte() {
    let dialects = dialects();
    for sample in samples() {
        for dialect in dialects.all() {
            for end in 0..=sample.message().len() {
                let bytes = &sample.message()[..end];
                assert_eq!(Message::from(&decode(bytes, dialect)).bytes(), bytes, "{} by {}", sample.id, dialect.id);
            }
        }
    }
}

#[test]
fn values_are_written_as_their_publishers_wrote_them() {
    let dialects = dialects();
    for sample in samples().iter().filter(|s| s.fault.is_none()) {
        let dialect = dialects.get(&sample.dialect).expect("described");
        let mut written = Vec::new();
        encode(dialect, &sample.mti, sample.fields.iter().map(|(n, v)| (*n, v.as_str())), &mut written)
            .unwrap_or_else(|e| panic!("{}: {e}", sample.id));
        // The pad nibble of an odd packed field carries nothing; most hosts write 0.
        let differing: Vec<usize> =
            (0..written.len().min(sample.message().len())).filter(|i| written[*i] != sample.message()[*i]).collect();
        let nibble = |i: usize, mask: u8| written[i] & mask == sample.message()[i] & mask;
        let pads = differing.iter().all(|i| nibble(*i, 0xF0) || nibble(*i, 0x0F));
        assert!(written.len() == sample.message().len() && pads, "{}: {differing:?}", sample.id);
    }
}

#[test]
fn a_message_is_changed_in_one_place() {
    let dialects = dialects();
    let sample = samples().into_iter().find(|s| s.id == "cup-csharp-0410").expect("there");
    let dialect = dialects.get("cup-pos").expect("described");
    let mut message = Message::from(&decode(sample.message(), dialect));
    message.set(dialect, 39, "25").expect("fits");
    message.remove(dialect, 55);
    let bytes = message.bytes();
    let decoded = decode(&bytes, dialect);
    assert_eq!((decoded.fault(), value(&decoded, 39).as_str(), decoded.has(55)), (None, "25", false));
    message.set(dialect, 128, "0011223344556677").expect("fits");
    assert!(decode(&message.bytes(), dialect).has(128));
}

/// A cut at any byte gives a right prefix and an error at the cut, never a wrong value.
#[test]
fn a_cut_message_is_understood_up_to_the_cut() {
    let dialects = dialects();
    for sample in samples().iter().filter(|s| s.fault.is_none()) {
        let dialect = dialects.get(&sample.dialect).expect("described");
        let whole = decode(sample.message(), dialect);
        for cut in 0..sample.message().len() {
            let part = decode(&sample.message()[..cut], dialect);
            let fault = part.fault().unwrap_or_else(|| panic!("{} cut at {cut} must be noticed", sample.id));
            assert_eq!(fault.offset, cut, "{} cut at {cut}", sample.id);
            for n in part.fields() {
                assert_eq!(part.value(n), whole.value(n), "{} cut at {cut}, field {n}", sample.id);
            }
        }
    }
}

/// Raw bytes, no hint: the dialect and the place of the message type are found.
#[test]
fn real_messages_are_recognised_without_a_hint() {
    let dialects = dialects();
    let mut wrong = Vec::new();
    for sample in samples() {
        let candidates = detect(&sample.whole, &dialects);
        let Some(best) = candidates.first() else {
            wrong.push(format!("{}: nothing", sample.id));
            continue;
        };
        let found: BTreeMap<usize, String> = best.decoded.fields().map(|n| (n, value(&best.decoded, n))).collect();
        // Two dialects that read a message alike are equally right.
        if best.envelope.message != sample.from || found != sample.fields {
            let list: Vec<String> =
                candidates.iter().map(|c| format!("{} {:.2} @{}", c.decoded.dialect().id, c.score, c.envelope.message)).collect();
            wrong.push(format!("{} ({}): {}", sample.id, sample.dialect, list.join(", ")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_stream_is_cut_into_messages_however_it_arrives() {
    let dialects = dialects();
    let dialect = dialects.get("cup-pos").expect("described");
    let frame = dialect.frames.iter().find(|f| f.size() == 13).expect("length, TPDU, header");
    let messages: Vec<Vec<u8>> = samples()
        .into_iter()
        .filter(|s| s.dialect == "cup-pos" && s.from == 13 && usize::from(s.whole[0]) * 256 + usize::from(s.whole[1]) + 2 == s.whole.len())
        .map(|s| s.whole)
        .collect();
    assert!(messages.len() >= 5);
    let rubbish = [0xFFu8; 7];
    let mut stream = messages[0].clone();
    stream.extend(rubbish);
    stream.extend(messages[1..].concat());
    stream.extend(&messages[0][..20]);
    for step in 1..200 {
        let mut framer = Framer::new(dialect, frame, 4096).expect("has a length");
        let (mut found, mut skipped, mut cut) = (Vec::new(), 0, None);
        let mut sink = |event: posdx_wire::iso8583::FrameEvent<'_>| match event {
            posdx_wire::iso8583::FrameEvent::Message { bytes, .. } => found.push(bytes.to_vec()),
            posdx_wire::iso8583::FrameEvent::Skipped { count, offset } => {
                assert_eq!(offset as usize, messages[0].len());
                skipped += count;
            }
            posdx_wire::iso8583::FrameEvent::Cut { bytes, missing, .. } => cut = Some((bytes.len(), missing)),
        };
        for chunk in stream.chunks(step) {
            framer.push(chunk, &mut sink);
        }
        framer.finish(&mut sink);
        assert_eq!(found, messages, "in steps of {step}");
        assert_eq!((skipped, cut), (7, Some((20, messages[0].len() - 20))), "in steps of {step}");
    }
}

/// Two of the four characters of a message type are no message, and nothing waits for the rest.
#[test]
fn a_length_too_short_for_a_message_type_is_no_message() {
    let dialects = dialects();
    for dialect in dialects.all() {
        for frame in &dialect.frames {
            let Some(mut framer) = Framer::new(dialect, frame, 4096) else { continue };
            let width = if dialect.mti == posdx_wire::iso8583::Coding::Bcd { 2 } else { 4 };
            let mut stream = Vec::new();
            let body = frame.size() - frame.length.size() + width - 1;
            posdx_wire::iso8583::write_length(body, frame.length, frame.counts, &mut stream).expect("short");
            stream.resize(stream.len() + body, 0x60);
            let (mut skipped, mut others) = (0, 0);
            let mut sink = |event: posdx_wire::iso8583::FrameEvent<'_>| match event {
                posdx_wire::iso8583::FrameEvent::Skipped { count, .. } => skipped += count as usize,
                posdx_wire::iso8583::FrameEvent::Cut { bytes, missing, .. } => {
                    assert!(missing > 0, "{} {}", dialect.id, frame.id);
                    others += bytes.len();
                }
                posdx_wire::iso8583::FrameEvent::Message { .. } => panic!("{} {}: no message", dialect.id, frame.id),
            };
            framer.push(&stream, &mut sink);
            framer.finish(&mut sink);
            assert_eq!(skipped + others, stream.len(), "{} {}", dialect.id, frame.id);
            assert!(skipped > 0, "{} {}: the false start is passed over", dialect.id, frame.id);
        }
    }
}

#[test]
fn a_dialect_with_a_slip_says_where() {
    let base = include_str!("../../../dialects/iso87.toml");
    let read = |text: &str| Dialects::read(&[("iso87.toml", base), ("mine.toml", text)]).expect_err("broken")[0].to_string();
    let head = "id = \"mine\"\ntitle = { zh = \"我的\", en = \"Mine\" }\n";
    assert_eq!(
        read(&format!("{head}inherits = \"iso87\"\n[field]\n61 = {{ format = \"q...999\" }}\n")),
        "mine.toml:5: field 61: `q` is none of n, a, an, ans, x, z, b"
    );
    assert_eq!(read(&format!("{head}inherits = \"iso88\"\n")), "mine.toml:3: inherits from `iso88`, which no file describes");
    assert_eq!(read(&format!("{head}inherits = \"mine\"\n")), "mine.toml:3: `mine` inherits from itself in the end");
    assert_eq!(read(&format!("{head}[field]\n1 = {{ format = \"b8\" }}\n")), "mine.toml:4: `1` is no field; fields are 2 to 128");
    assert!(read(&format!("{head}[feild]\n")).starts_with("mine.toml:3: unknown field `feild`"));
}

/// Secrets stay locked in everything that prints.
#[test]
fn values_of_secret_fields_are_locked() {
    let dialects = dialects();
    for sample in samples() {
        let decoded = decode(sample.message(), dialects.get(&sample.dialect).expect("described"));
        for n in [2, 34, 35, 36, 45, 52] {
            let (Some(found), Some(clear)) = (decoded.value(n), sample.fields.get(&n)) else { continue };
            assert!(!format!("{found:?} {}", found.masked()).contains(clear.as_str()), "{} field {n}", sample.id);
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let dialects = dialects();
        for dialect in dialects.all() {
            let decoded = decode(&bytes, dialect);
            for n in decoded.fields() {
                prop_assert!(decoded.value(n).is_some());
                let _ = decoded.parts(n);
            }
            let _ = decoded.guess();
            prop_assert_eq!(Message::from(&decoded).bytes(), bytes.clone());
        }
        let _ = detect(&bytes, &dialects);
    }

    #[test]
    fn what_is_written_is_read_back(trace in "[0-9]{6}", pan in "[0-9]{12,19}", amount in "[0-9]{12}", code in "[0-9A-Z]{2}", track in "[0-9]{12,16}D[0-9]{4,16}", data in "([0-9A-F]{2}){1,40}", sequence in "[0-9]{3}") {
        let dialects = dialects();
        let dialect = dialects.get("cup-pos").expect("described");
        let values: BTreeMap<usize, String> = [(2, pan), (4, amount), (11, trace), (23, sequence), (35, track), (39, code), (55, data)].into_iter().collect();
        let mut bytes = Vec::new();
        encode(dialect, "0210", values.iter().map(|(n, v)| (*n, v.as_str())), &mut bytes).expect("fits");
        let decoded = decode(&bytes, dialect);
        prop_assert_eq!(decoded.fault(), None);
        let read: BTreeMap<usize, String> = decoded.fields().map(|n| (n, value(&decoded, n))).collect();
        prop_assert_eq!(read, values);
        prop_assert!(hex(&bytes).len() > 20);
    }
}
