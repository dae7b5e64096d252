//! One message → its full explanation: every field, every bit of the chip data, the verdict.

use std::hint::black_box;
use std::path::Path;

use posdx_embedded::{catalogue, knowledge};
use posdx_explain::decoded::{Decoded, Decoder};
use posdx_wire::iso8583::best_of;

use crate::measure::{beside, repeated};
use crate::samples::sample;

pub fn measure(root: &Path) {
    let union = sample(root, "cup-wearapay-0210");
    let decoder = Decoder::new(catalogue(), knowledge());
    let Ok(Decoded::Iso8583(report)) = decoder.bytes(&union.bytes, "hex", None, None) else { panic!("a message") };
    assert!(report.error.is_none() && report.fields[&55].parts.iter().any(|p| p.id == "95" && !p.parts.is_empty()), "bits and all");
    let candidate = best_of(&union.bytes, union.dialect).expect("a reading");
    let [known, unknown] = beside([
        repeated(|| {
            black_box(decoder.message(black_box(&union.bytes), &candidate, &[], "hex"));
        }),
        repeated(|| {
            black_box(decoder.bytes(black_box(&union.bytes), "hex", None, None)).ok();
        }),
    ]);
    println!(
        "full explanation of the UnionPay message: {:?} (bar 20 µs); without a hint, dialects tried, {:?}",
        known / 1000,
        unknown / 1000
    );
}
