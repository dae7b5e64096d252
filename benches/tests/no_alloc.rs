//! Decoding a message and reading its fields allocates nothing: `cargo test --release --manifest-path benches/Cargo.toml`.

#[path = "../src/samples.rs"]
mod samples;

use std::hint::black_box;
use std::path::Path;

use posdx_wire::iso8583::decode;

#[test]
fn decoding_allocates_nothing() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for id in ["cup-wearapay-0210", "moov-financial_transaction_message", "mc-alatka-L30", "jpos-ISO87BPackager"] {
        let sample = samples::sample(&root, id);
        let mut read = 0;
        let found = allocation_counter::measure(|| {
            let decoded = decode(black_box(sample.message()), sample.dialect);
            read = decoded.fields().filter_map(|n| decoded.raw(n)).map(|raw| black_box(raw).len()).sum();
        });
        assert!(read > 100, "{id}: fields were read");
        assert_eq!((found.count_total, found.bytes_total), (0, 0), "{id}");
    }
}

#[test]
fn the_counter_counts() {
    assert_eq!(allocation_counter::measure(|| drop(black_box(vec![1u8]))).count_total, 1);
}
