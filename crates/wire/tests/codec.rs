//! The short ways of the codec end where the long ones end: every wrong byte is found in its field, and nothing half written is left.
#![allow(clippy::disallowed_methods, reason = "tests stand outside")]

mod common;

use common::{dialects, samples};
use posdx_wire::iso8583::{Coding, Dialect, Dialects, EncodeError, Expected, Kind, Layer, Problem, decode, encode};

/// No digit in any coding, in neither half byte.
const WRONG: u8 = 0xEE;

#[test]
fn a_wrong_digit_is_found_where_it_stands() {
    let dialects = dialects();
    let mut tried = 0;
    for sample in samples().iter().filter(|s| s.fault.is_none()) {
        let dialect = dialects.get(&sample.dialect).expect("described");
        let whole = decode(sample.message(), dialect);
        let digits = |n: &usize| dialect.format(*n).is_some_and(|f| f.kind == Kind::Digits);
        for n in whole.fields().filter(digits) {
            let (from, to) = whole.span(n).expect("understood");
            for at in whole.value_start(n).expect("understood")..to {
                let mut message = sample.message().to_vec();
                message[at] = WRONG;
                // Whatever is wrong behind it, the first fault counts.
                for end in [message.len(), message.len() - 1] {
                    let decoded = decode(&message[..end.max(to)], dialect);
                    let fault = decoded.fault().unwrap_or_else(|| panic!("{} field {n}, byte {at}", sample.id));
                    let found = (fault.layer, fault.field, fault.offset, fault.expected);
                    assert_eq!(found, (Layer::FieldValue, n, at, Expected::Digit), "{}", sample.id);
                    assert!(decoded.end() == from && decoded.fields().eq(whole.fields().filter(|m| *m < n)), "{} field {n}", sample.id);
                    tried += 1;
                }
            }
        }
    }
    assert!(tried > 2000, "{tried}");
}

#[test]
fn the_pad_of_an_odd_number_of_packed_digits_may_be_anything() {
    let dialects = dialects();
    let mut tried = 0;
    for sample in samples().iter().filter(|s| s.fault.is_none()) {
        let dialect = dialects.get(&sample.dialect).expect("described");
        let whole = decode(sample.message(), dialect);
        for n in whole.fields() {
            let (format, units, (_, to)) =
                (dialect.format(n).expect("there"), whole.units(n).expect("there"), whole.span(n).expect("there"));
            if format.kind != Kind::Digits || format.coding != Coding::Bcd || units % 2 == 0 {
                continue;
            }
            let mut message = sample.message().to_vec();
            let place = if format.right_aligned { whole.value_start(n).expect("there") } else { to - 1 };
            message[place] |= if format.right_aligned { 0xF0 } else { 0x0F };
            let decoded = decode(&message, dialect);
            assert_eq!((decoded.fault(), decoded.end()), (None, whole.end()), "{} field {n}", sample.id);
            assert!(decoded.fields().all(|m| decoded.value(m) == whole.value(m)), "{} field {n}", sample.id);
            tried += 1;
        }
    }
    assert!(tried > 20, "{tried}");
}

fn two_by_two(mti: &str, bitmap: &str) -> Dialects {
    let name = "name = { zh = \"域\", en = \"Field\" }";
    let text = format!(
        "id = \"mine\"\ntitle = {{ zh = \"我的\", en = \"Mine\" }}\nmti = \"{mti}\"\nbitmap = \"{bitmap}\"\n[field]\n\
         2 = {{ format = \"n..19\", {name} }}\n3 = {{ format = \"n6\", {name} }}\n4 = {{ format = \"n3\", coding = \"bcd\", {name} }}\n\
         5 = {{ format = \"ans...250\", {name} }}\n6 = {{ format = \"b8\", {name} }}\n7 = {{ format = \"ans..200\", {name} }}\n\
         65 = {{ format = \"n2\", {name} }}\n128 = {{ format = \"b..9\", coding = \"ascii\", {name} }}\n"
    );
    Dialects::read(&[("mine.toml", &text)]).unwrap_or_else(|e| panic!("{}", e[0]))
}

fn written(dialect: &Dialect, values: &[(usize, &str)]) -> Result<Vec<u8>, EncodeError> {
    let mut out = b"before".to_vec();
    let result = encode(dialect, "0200", values.iter().copied(), &mut out);
    assert_eq!(
        out.strip_prefix(b"before").map(<[u8]>::is_empty),
        Some(result.is_err()),
        "what stood there stays, and nothing half written"
    );
    result.map(|()| out.split_off(6))
}

#[test]
fn what_cannot_be_written_says_why() {
    let dialects = two_by_two("ascii", "binary");
    let dialect = dialects.get("mine").expect("described");
    let long = "7".repeat(120);
    for (number, value, problem) in [
        (2, "12345678901234567890", Problem::TooLong { max: 19, found: 20 }),
        (2, "1234567890A", Problem::Digits),
        (3, "12345", Problem::Length { wanted: 6, found: 5 }),
        (3, "12345:", Problem::Digits),
        (4, "12A", Problem::Digits),
        (5, "Café", Problem::Character),
        (6, "00112233445566", Problem::Length { wanted: 8, found: 7 }),
        (6, "001122334455667", Problem::Hexadecimal),
        (6, "00112233445566GG", Problem::Hexadecimal),
        (7, &long, Problem::Uncounted),
        (128, "0G", Problem::Hexadecimal),
    ] {
        let first = if number > 2 { vec![(2, "1")] } else { vec![] };
        let values: Vec<(usize, &str)> = first.into_iter().chain([(number, value)]).collect();
        assert_eq!(written(dialect, &values), Err(EncodeError::Value { field: number, problem }), "field {number}");
    }
    assert_eq!(written(dialect, &[(3, "000000"), (2, "1")]), Err(EncodeError::Order(2)));
    for unknown in [8, 66, 129, usize::MAX] {
        assert_eq!(written(dialect, &[(3, "000000"), (unknown, "1")]), Err(EncodeError::UnknownField(unknown)));
    }
}

#[test]
fn values_of_every_size_and_both_halves_of_the_bitmap_are_read_back() {
    for (mti, bitmap) in [("ascii", "binary"), ("bcd", "ascii"), ("ebcdic", "ebcdic")] {
        let dialects = two_by_two(mti, bitmap);
        let dialect = dialects.get("mine").expect("described");
        let text: String = ('!'..='~').cycle().take(250).collect();
        for size in 0..=250 {
            let pan = &"1234567890123456789"[..size.min(19)];
            let first = [(2, pan), (3, "123456"), (4, "789"), (5, &text[..size]), (6, "0123456789ABCDEF")];
            let both = [first.as_slice(), &[(65, "42"), (128, "00FF")]].concat();
            for values in [first.as_slice(), &both, &both[6..]] {
                let message = written(dialect, values).expect("fits");
                let decoded = decode(&message, dialect);
                assert_eq!((decoded.fault(), decoded.end()), (None, message.len()), "{mti} {bitmap} {size}");
                let leave = posdx_model::Unmasked::typed_by_a_person();
                let read: Vec<(usize, String)> =
                    decoded.fields().map(|n| (n, decoded.value(n).expect("understood").reveal(leave).to_owned())).collect();
                assert!(read.iter().map(|(n, v)| (*n, v.as_str())).eq(values.iter().copied()), "{mti} {bitmap} {size}");
            }
        }
    }
}
