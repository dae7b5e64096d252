//! What all these tests need: the binary, files, messages to order.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use posdx_embedded::knowledge;
use posdx_wire::iso8583::encode;
use serde_json::Value;

/// Runs the binary; Chinese by locale.
pub fn posdx(args: &[&str]) -> Output {
    posdx_reading(args, b"")
}

/// Runs the binary with something on its standard input.
pub fn posdx_reading(args: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_posdx"))
        .args(args)
        .env("LC_ALL", "zh_CN.UTF-8")
        .env("RUST_BACKTRACE", "full")
        .env_remove("COLUMNS")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    // The program may stop reading before we stop writing; that is its right.
    let _ = child.stdin.take().expect("piped").write_all(input);
    child.wait_with_output().expect("it ends")
}

pub fn out(o: &Output) -> String {
    String::from_utf8(o.stdout.clone()).expect("UTF-8")
}

pub fn err(o: &Output) -> String {
    String::from_utf8(o.stderr.clone()).expect("UTF-8")
}

/// The one JSON object that the binary printed.
pub fn object(o: &Output) -> Value {
    serde_json::from_str(&out(o)).unwrap_or_else(|e| panic!("{e}: {}{}", out(o), err(o)))
}

/// `posdx decode … --json` of something typed.
pub fn decoded(input: &str, more: &[&str]) -> Value {
    object(&posdx(&[&["decode", input, "--json"], more].concat()))
}

/// A file that goes away with the test.
pub struct Kept(PathBuf);

impl Kept {
    pub fn new(name: &str, bytes: &[u8]) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("posdx-decode-{}-{number}-{name}", std::process::id()));
        std::fs::write(&path, bytes).expect("a temporary file");
        Kept(path)
    }

    pub fn path(&self) -> &str {
        self.0.to_str().expect("UTF-8")
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// A message by a shipped dialect, from its type on. Values of binary fields are hexadecimal.
pub fn message(dialect: &str, mti: &str, fields: &[(usize, &str)]) -> Vec<u8> {
    let mut fields = fields.to_vec();
    fields.sort_by_key(|f| f.0);
    let mut bytes = Vec::new();
    let dialect = knowledge().dialects.get(dialect).expect("shipped");
    encode(dialect, mti, fields, &mut bytes).unwrap_or_else(|e| panic!("{mti}: {e}"));
    bytes
}

/// A message of a UnionPay terminal with everything that stands in front on a line.
pub fn framed(mti: &str, fields: &[(usize, &str)]) -> Vec<u8> {
    let body = message("cup-pos", mti, fields);
    let front = [0x60, 0, 3, 0, 0, 0x60, 0x31, 0, 0x31, 0xFF, 0xF1];
    let length = u16::try_from(body.len() + front.len()).expect("short");
    [&length.to_be_bytes()[..], &front, &body].concat()
}

/// The fields that every message of these tests has unless it says otherwise; later ones win.
pub fn with<'a>(base: &[(usize, &'a str)], more: &[(usize, &'a str)]) -> Vec<(usize, &'a str)> {
    let kept = base.iter().filter(|(n, _)| more.iter().all(|(m, _)| m != n));
    kept.chain(more.iter().filter(|(_, value)| !value.is_empty())).copied().collect()
}

/// With a right check digit, and no pattern in it.
pub const PAN: &str = "6225881234567898";

/// A sale, asked for.
pub const SALE: &[(usize, &str)] = &[
    (2, PAN),
    (3, "000000"),
    (4, "000000012300"),
    (11, "000777"),
    (14, "2912"),
    (22, "021"),
    (25, "00"),
    (26, "12"),
    (41, "29800013"),
    (42, "848290441116000"),
    (49, "156"),
    (52, "086BDB118D7AC25E"),
    (53, "2600000000000000"),
    (60, "2200001200060"),
    (64, "4643423245374432"),
];

/// A sale, answered with 00.
pub const ANSWER: &[(usize, &str)] = &[
    (2, PAN),
    (3, "000000"),
    (4, "000000012300"),
    (11, "000777"),
    (12, "165419"),
    (13, "1115"),
    (25, "00"),
    (37, "000000123456"),
    (38, "123456"),
    (39, "00"),
    (41, "29800013"),
    (42, "848290441116000"),
    (49, "156"),
    (60, "22000012000"),
    (64, "4244454432463843"),
];

/// The classic pcap of some frames as pcapng (draft-ietf-opsawg-pcapng): one section, one interface, enhanced packets.
pub fn as_pcapng(frames: &[(u64, Vec<u8>)]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut block = |kind: u32, body: &[u8]| {
        let padded = body.len().div_ceil(4) * 4;
        let total = u32::try_from(padded + 12).expect("short").to_le_bytes();
        file.extend(kind.to_le_bytes());
        file.extend(total);
        file.extend(body);
        file.extend(vec![0; padded - body.len()]);
        file.extend(total);
    };
    let head = [&0x1A2B_3C4Du32.to_le_bytes()[..], &[1, 0, 0, 0], &[0xFF; 8]].concat();
    block(0x0A0D_0D0A, &head);
    block(1, &[1, 0, 0, 0, 0, 0, 4, 0]);
    for (time_ns, bytes) in frames {
        let micros = time_ns / 1000;
        let length = u32::try_from(bytes.len()).expect("short").to_le_bytes();
        let (high, low) = ((micros >> 32) as u32, micros as u32);
        block(6, &[&[0; 4][..], &high.to_le_bytes(), &low.to_le_bytes(), &length, &length, bytes].concat());
    }
    file
}
