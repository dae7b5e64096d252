//! Bytes → fields → bytes, beside the crate `iso_8583_rs` (ASCII only) and, by a script, pyiso8583.

use std::collections::HashMap;
use std::hint::black_box;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use iso_8583_rs::specfile::{FieldDescription, Spec};
use iso_8583_rs::{Builder, CompiledSpec, Message};
use posdx_embedded::knowledge;
use posdx_wire::iso8583::{Decoded, decode, encode};

use crate::measure::{beside, nanoseconds, ratio, repeated};
use crate::samples::{Sample, sample};

/// A sale as a terminal asks for it: number, content, length type and length in the peer's words, value.
const SALE: [(u8, &str, &str, usize, &str); 15] = [
    (2, "n", "llvar", 19, "6217970000000005090"),
    (3, "n", "fixed", 6, "000000"),
    (4, "n", "fixed", 12, "000000005588"),
    (7, "n", "fixed", 10, "1115165419"),
    (11, "n", "fixed", 6, "000023"),
    (12, "n", "fixed", 6, "165419"),
    (13, "n", "fixed", 4, "1115"),
    (14, "n", "fixed", 4, "2312"),
    (22, "n", "fixed", 3, "051"),
    (25, "n", "fixed", 2, "00"),
    (32, "n", "llvar", 11, "48290000"),
    (37, "an", "fixed", 12, "165419000023"),
    (41, "ans", "fixed", 8, "29800013"),
    (42, "ans", "fixed", 15, "848290441116000"),
    (49, "a", "fixed", 3, "CNY"),
];

fn peer() -> CompiledSpec {
    let field = |(number, content, length, max, _): (u8, &str, &str, usize, &str)| {
        let description =
            FieldDescription { content_type: content.into(), len_type: length.into(), max_len: max, min_len: 0, label: String::new() };
        (number.into(), description)
    };
    CompiledSpec::compile(&Spec { fields: HashMap::from(SALE.map(field)) }).expect("a layout that holds")
}

/// The message type, and the values in the notation of people.
fn values(decoded: &Decoded<'_>) -> (String, Vec<(usize, String)>) {
    let leave = posdx_model::Unmasked::typed_by_a_person();
    let values = decoded.fields().filter_map(|n| Some((n, decoded.value(n)?.reveal(leave).to_owned())));
    (decoded.mti().to_owned(), values.collect())
}

pub fn compare(root: &Path) {
    let union = sample(root, "cup-wearapay-0210");
    let dialect = knowledge().dialects.get("iso87-ascii-hexbitmap").expect("a dialect");
    let fields: Vec<(usize, String)> = SALE.iter().map(|f| (f.0.into(), f.4.to_owned())).collect();
    let mut bytes = Vec::new();
    encode(dialect, "0200", fields.iter().map(|(n, v)| (*n, v.as_str())), &mut bytes).expect("encoded");
    let ascii = Sample { bytes, message: 0, dialect };
    let spec = peer();
    let (ours, theirs) = (decode(ascii.message(), dialect), Message::parse(&spec, ascii.message()).expect("the peer reads it"));
    assert!(ours.fault().is_none() && ours.fields().eq(theirs.fields().map(|f| f.0)), "the same fields");
    assert!(theirs.fields().all(|(n, value)| ours.raw(n) == Some(value)), "the same values");
    let count = ours.fields().count();

    let parse = |s: &'_ Sample| {
        let (message, dialect) = (s.message().to_vec(), s.dialect);
        repeated(move || {
            black_box(&decode(black_box(&message), dialect));
        })
    };
    let [ascii_decode, strict, lazy, union_decode] = beside([
        parse(&ascii),
        repeated(|| {
            black_box(&Message::parse(&spec, black_box(ascii.message())));
        }),
        repeated(|| {
            black_box(&Message::parse_lazy(&spec, black_box(ascii.message())));
        }),
        parse(&union),
    ]);
    println!(
        "decode, ASCII message of {count} fields: {}; iso_8583_rs strict {} = {:.2}x of it (bar 1.0x), lazy {}",
        nanoseconds(ascii_decode),
        nanoseconds(strict),
        ratio(ascii_decode, strict),
        nanoseconds(lazy)
    );
    println!(
        "decode, UnionPay message with field 55: {} = {:.2}x of iso_8583_rs' ASCII figure (bar 1.1x)",
        nanoseconds(union_decode),
        ratio(union_decode, strict)
    );

    let mti = "0200".to_owned();
    let (union_mti, union_fields) = values(&decode(union.message(), union.dialect));
    let (mut out, mut union_out, mut peer_out) = (Vec::new(), Vec::new(), Vec::new());
    let write = |sample: &Sample, mti: &str, fields: &[(usize, String)], out: &mut Vec<u8>| {
        out.clear();
        encode(sample.dialect, mti, fields.iter().map(|(n, v)| (*n, v.as_str())), out).expect("encoded");
    };
    let build = |out: &mut Vec<u8>| {
        let mut builder = Builder::new(&spec, mti.as_bytes()).expect("a type");
        for (number, value) in &fields {
            builder.set(*number, value.as_bytes()).expect("set");
        }
        builder.pack_into(out);
    };
    write(&ascii, &mti, &fields, &mut out);
    build(&mut peer_out);
    assert!(out == ascii.message() && peer_out == out, "the same bytes");
    write(&union, &union_mti, &union_fields, &mut union_out);
    assert!(union_out == union.message(), "the same bytes");
    let [ours, theirs, of_union] = beside([
        repeated(|| write(&ascii, black_box(&mti), black_box(&fields), black_box(&mut out))),
        repeated(|| build(black_box(&mut peer_out))),
        repeated(|| write(&union, black_box(&union_mti), black_box(&union_fields), black_box(&mut union_out))),
    ]);
    println!(
        "encode, ASCII message: {}; iso_8583_rs {} = {:.2}x of it (bar 0.4x); UnionPay message {}",
        nanoseconds(ours),
        nanoseconds(theirs),
        ratio(ours, theirs),
        nanoseconds(of_union)
    );
    match python(root, &union) {
        Ok((version, theirs)) => {
            println!(
                "decode, UnionPay message, pyiso8583 {version}: {} = {:.0}x of ours (bar 200x)",
                nanoseconds(theirs),
                ratio(theirs, union_decode)
            );
        }
        Err(why) => println!("pyiso8583 not measured: {why}"),
    }
}

/// Version and time of a thousand decodings by pyiso8583, under the interpreter named by `POSDX_BENCH_PYTHON` or `python3`.
fn python(root: &Path, sample: &Sample) -> Result<(String, Duration), String> {
    let python = std::env::var("POSDX_BENCH_PYTHON").unwrap_or_else(|_| "python3".into());
    let hex: String = sample.message().iter().map(|b| format!("{b:02X}")).collect();
    let run = Command::new(&python).arg(root.join("benches/pyiso8583.py")).arg(hex).output().map_err(|e| format!("{python}: {e}"))?;
    if !run.status.success() {
        let said = String::from_utf8_lossy(&run.stderr);
        return Err(format!("{python}: {}; install it with pip install pyiso8583", said.lines().last().unwrap_or_default()));
    }
    let said = String::from_utf8_lossy(&run.stdout);
    let (version, seconds) = said.trim().split_once(' ').ok_or("nothing was said")?;
    Ok((version.to_owned(), Duration::from_secs_f64(seconds.parse::<f64>().map_err(|e| e.to_string())? * 1000.0)))
}
