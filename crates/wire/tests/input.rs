//! What people paste: every dress of the same message, what is no dump, and where an error points.
#![allow(clippy::disallowed_methods, reason = "tests stand outside")]

use std::fmt::Write;

use posdx_wire::input::{Doubt, Dump, Encoding, Form, Limits, Nature, Problem, Reading, dumps, sniff};
use proptest::prelude::*;

/// A message of the sample file: `cup-csharp-0410` has a length and a TPDU in front, `cup-zfr-0830` begins with its type.
fn sample(id: &str) -> Vec<u8> {
    let line = include_str!("iso8583.jsonl").lines().find(|l| l.contains(&format!("\"{id}\""))).expect("the sample is there");
    let value: serde_json::Value = serde_json::from_str(line).expect("a JSON line");
    let hex = value["hex"].as_str().expect("digits");
    (0..hex.len()).step_by(2).map(|i| u8::from_str_radix(&hex[i..i + 2], 16).expect("two digits")).collect()
}

fn samples() -> [Vec<u8>; 2] {
    [sample("cup-csharp-0410"), sample("cup-zfr-0830")]
}

fn join(bytes: &[u8], sign: &str, one: impl Fn(u8) -> String) -> String {
    bytes.iter().map(|b| one(*b)).collect::<Vec<_>>().join(sign)
}

fn hex(bytes: &[u8]) -> String {
    join(bytes, "", |b| format!("{b:02X}"))
}

fn shown(row: &[u8]) -> String {
    row.iter().map(|b| if (0x20..0x7F).contains(b) { *b as char } else { '.' }).collect()
}

fn rows(bytes: &[u8], mut one: impl FnMut(usize, &[u8]) -> String) -> String {
    bytes.chunks(16).enumerate().map(|(i, row)| one(i * 16, row)).collect()
}

fn base64(bytes: &[u8], alphabet: &[u8; 2], padding: bool) -> String {
    let signs: Vec<u8> = (b'A'..=b'Z').chain(b'a'..=b'z').chain(b'0'..=b'9').chain(*alphabet).collect();
    let mut out = String::new();
    for group in bytes.chunks(3) {
        let bits = group.iter().enumerate().fold(0u32, |v, (i, b)| v | u32::from(*b) << (16 - 8 * i));
        for i in 0..4 {
            if i <= group.len() {
                out.push(signs[(bits >> (18 - 6 * i) & 63) as usize] as char);
            } else if padding {
                out.push('=');
            }
        }
    }
    out
}

fn wrap(text: &str, width: usize, prefix: &str) -> String {
    text.as_bytes().chunks(width).map(|l| format!("{prefix}{}\n", String::from_utf8_lossy(l))).collect()
}

fn python(bytes: &[u8]) -> String {
    let inner: String = bytes
        .iter()
        .map(|b| match b {
            b'\\' => "\\\\".into(),
            b'\'' => "\\'".into(),
            b'\n' => "\\n".into(),
            b'\r' => "\\r".into(),
            b'\t' => "\\t".into(),
            0x20..0x7F => (*b as char).to_string(),
            _ => format!("\\x{b:02x}"),
        })
        .collect();
    format!("b'{inner}'")
}

/// Dresses in which a byte is two hexadecimal digits next to each other: name, form, text.
fn digit_dresses(m: &[u8]) -> Vec<(&'static str, Form, String)> {
    let x = |b| format!("0x{b:02X}");
    vec![
        ("continuous", Form::Hex, hex(m)),
        ("lower case", Form::Hex, hex(m).to_lowercase()),
        ("0x in front", Form::Hex, format!("0x{}", hex(m))),
        ("quoted", Form::Hex, format!("String s = \"{}\";", hex(m))),
        ("in a log", Form::Hex, format!("2024-01-02 12:00:01.123 [main] DEBUG recv[{}]\n", hex(m))),
        ("in a Chinese log", Form::Hex, format!("交易失败，报文：{}，请看\n", hex(m))),
        ("wrapped", Form::Hex, wrap(&hex(m), 64, "")),
        ("wrapped at an odd digit", Form::Hex, wrap(&hex(m), 77, "")),
        ("wrapped by a log", Form::Hex, wrap(&hex(m), 80, "01-02 12:00:00.123 D/POS: ")),
        ("blanks", Form::HexGroups, join(m, " ", |b| format!("{b:02x}"))),
        ("blanks behind an arrow", Form::HexGroups, format!("12:00:01 << {}", join(m, " ", |b| format!("{b:02X}")))),
        ("colons", Form::HexGroups, join(m, ":", |b| format!("{b:02X}"))),
        ("hyphens (C#)", Form::HexGroups, join(m, "-", |b| format!("{b:02X}"))),
        ("commas", Form::HexGroups, join(m, ", ", |b| format!("{b:02X}"))),
        ("rows of 16", Form::HexGroups, rows(m, |_, r| join(r, " ", |b| format!("{b:02X}")) + "\r\n")),
        ("rows with characters", Form::HexGroups, rows(m, |_, r| format!("{:<48} {}\n", join(r, " ", |b| format!("{b:02X}")), shown(r)))),
        ("0x and commas", Form::HexArray, join(m, ", ", x)),
        ("0x and blanks", Form::HexArray, join(m, " ", x)),
        (
            "C array",
            Form::HexArray,
            format!("unsigned char buf[] = {{\n{}}};\n", rows(m, |_, r| format!("    {}, // row\n", join(r, ", ", x)))),
        ),
        ("Java array", Form::HexArray, format!("byte[] b = {{{}}};", join(m, ", ", |b| format!("(byte) 0x{b:02x}")))),
        ("escapes", Form::Escapes, join(m, "", |b| format!("\\x{b:02x}"))),
        ("C strings", Form::Escapes, rows(m, |_, r| format!("  \"{}\"\n", join(r, "", |b| format!("\\x{b:02X}"))))),
        (
            "xxd",
            Form::Hexdump,
            rows(m, |o, r| {
                let groups = r.chunks(2).map(hex).collect::<Vec<_>>().join(" ");
                format!("{o:08x}: {groups:<40} {}\n", shown(r))
            }),
        ),
        ("hexdump -C", Form::Hexdump, {
            let mut out = rows(m, |o, r| {
                let (a, b) = r.split_at(r.len().min(8));
                let both = format!("{}  {}", join(a, " ", |b| format!("{b:02x}")), join(b, " ", |b| format!("{b:02x}")));
                format!("{o:08x}  {both:<48}  |{}|\n", shown(r))
            });
            let _ = writeln!(out, "{:08x}", m.len());
            out
        }),
        ("Wireshark", Form::Hexdump, rows(m, |o, r| format!("{o:04x}   {:<47}   {}\n", join(r, " ", |b| format!("{b:02x}")), shown(r)))),
        (
            "od",
            Form::Hexdump,
            rows(m, |o, r| format!("{o:06x} {}\n", join(r, " ", |b| format!("{b:02x}")))) + &format!("{:06x}\n", m.len()),
        ),
        (
            "debugger",
            Form::Hexdump,
            rows(m, |o, r| {
                let (a, b) = r.split_at(r.len().min(8));
                let dash = if b.is_empty() { "" } else { "-" };
                format!("{o:04X}h: {}{dash}{} ; {}\n", join(a, " ", |b| format!("{b:02X}")), join(b, " ", |b| format!("{b:02X}")), shown(r))
            }),
        ),
        ("decimal offsets", Form::Hexdump, rows(m, |o, r| format!("{o:04}: {}\n", join(r, " ", |b| format!("{b:02X}"))))),
        (
            "a dump in a log",
            Form::Hexdump,
            rows(m, |o, r| {
                format!(
                    "2024-01-02 12:00:0{} [pool-1] DEBUG {o:04X}: {:<47} | {}\n",
                    o / 16 % 10,
                    join(r, " ", |b| format!("{b:02X}")),
                    shown(r)
                )
            }),
        ),
    ]
}

/// The other dresses.
fn other_dresses(m: &[u8]) -> Vec<(&'static str, Form, String)> {
    vec![
        ("Python", Form::Escapes, format!("sock.recv() -> {}", python(m))),
        ("Java decimals", Form::DecimalArray, format!("[{}]", join(m, ", ", |b| (b as i8).to_string()))),
        ("C# decimals", Form::DecimalArray, format!("new byte[] {{ {} }}", join(m, ",", |b| b.to_string()))),
        ("base64", Form::Base64, base64(m, b"+/", true)),
        ("base64 in a log", Form::Base64, format!("resp body: \"{}\", ok", base64(m, b"+/", true))),
        ("base64 for URLs", Form::Base64, base64(m, b"-_", false)),
        ("base64 of MIME", Form::Base64, wrap(&base64(m, b"+/", true), 76, "")),
        ("hexdump", Form::HexdumpWords, {
            let even = &m[..m.len() / 2 * 2];
            rows(even, |o, r| {
                let words = r.chunks(2).map(|w| format!("{:02x}{:02x}", w[1], w[0])).collect::<Vec<_>>().join(" ");
                format!("{o:07x} {words}\n")
            }) + &format!("{:07x}\n", even.len())
        }),
    ]
}

/// The dump of a text, a second reading as ASCII aside.
fn only(name: &str, text: &str) -> Dump {
    let mut found = dumps(text);
    found.retain(|d| d.form() != Form::AsciiMessage);
    assert_eq!(found.len(), 1, "{name}: {found:?}\n{text}");
    found.remove(0)
}

#[test]
fn every_dress_gives_the_same_bytes() {
    for m in samples() {
        for (name, form, text) in digit_dresses(&m).into_iter().chain(other_dresses(&m)) {
            let dump = only(name, &text);
            assert_eq!((dump.form(), dump.doubts()), (form, &[][..]), "{name}\n{text}");
            assert_eq!(hex(dump.bytes()), hex(&m[..dump.bytes().len()]), "{name}\n{text}");
            assert!(dump.bytes().len() == m.len() || form == Form::HexdumpWords && dump.bytes().len() == m.len() / 2 * 2, "{name}\n{text}");
        }
    }
}

#[test]
fn every_byte_is_found_again_in_the_text() {
    for m in samples() {
        for (name, form, text) in digit_dresses(&m) {
            let dump = only(name, &text);
            for (i, byte) in m.iter().enumerate() {
                let place = dump.place(i).expect("a place for each byte");
                let rest = text[place.offset..].trim_start_matches("0x").trim_start_matches("\\x").trim_start_matches("(byte) 0x");
                let digits: String = rest.chars().filter(char::is_ascii_hexdigit).take(2).collect();
                assert!(
                    name.contains("log") && form == Form::Hex || digits.eq_ignore_ascii_case(&format!("{byte:02x}")),
                    "{name}: byte {i}"
                );
                let before = &text[..place.offset];
                assert_eq!(place.line, before.matches('\n').count() + 1, "{name}: byte {i}");
                assert_eq!(place.column, before.rsplit('\n').next().map_or(0, |l| l.chars().count()) + 1, "{name}: byte {i}");
            }
            assert_eq!(dump.place(m.len()), None);
        }
    }
}

#[test]
fn base64_places_point_at_the_character() {
    let m = sample("cup-zfr-0830");
    let text = wrap(&base64(&m, b"+/", true), 76, "");
    let dump = only("base64", &text);
    let flat: Vec<usize> = text.char_indices().filter(|(_, c)| *c != '\n').map(|(i, _)| i).collect();
    for i in 0..m.len() {
        assert_eq!(dump.place(i).expect("a place").offset, flat[i * 4 / 3], "byte {i}");
    }
}

#[test]
fn ordinary_text_holds_no_dump() {
    for text in [
        "",
        "刷卡显示51，余额不足怎么办？商户号848290441116000，终端号29800013。",
        "卡号6222021234567890123刷不了，手机13800138000，参考号123456789012",
        "The terminal says face, dead, beef and deadbeef; add a bad cafe, be a decade ad.",
        "2024-01-02 12:00:01.123 INFO start",
        "2024-01-02",
        "2024-01-02 12:00:01",
        "20240102120001",
        "550e8400-e29b-41d4-a716-446655440000",
        "traceId=550e8400-e29b-41d4-a716-446655440000 ok",
        "mac 00:1A:2B:3C:4D:5E joined the network",
        "地址 00-1A-2B-3C-4D-5E 已连接",
        "the md5 is d41d8cd98f00b204e9800998ecf8427e as printed",
        "sha1 da39a3ee5e6b4b0d3255bfef95601890afd80709 of nothing",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  file.txt",
        "merchant 848290441116000 terminal 29800013 trace 000134",
        "recv merchant: 848290441116000",
        "data: 6222021234567890123",
        "返回 05 14 51",
        "codes 05 14 51 54 55 61 91 96 are listed",
        "com.example.terminal.TransactionResponse2Handler",
        "getTransactionResponse51HandlerFactoryBean",
        "https://example.com/api/v1/Terminal/Transactions/2024/Response51",
        "TRANSACTION_RESPONSE_CODE_51_INSUFFICIENT_FUNDS",
        "order 4200001234202401021234567890 paid",
        "[1, 2, 3] and (4, 5)",
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N",
        "it's a 'test' isn't it \\x",
        "fe80::1ff:fe23:4567:890a is up",
        "0000 is the first code",
        "4111 1111 1111 1111",
        "6222021234567890",
        "848290441116000",
        "13800138000",
    ] {
        assert!(dumps(text).is_empty(), "{text}: {:?}", dumps(text));
        assert_eq!(Reading::of(text.as_bytes()).error, None, "{text}");
    }
}

#[test]
fn alone_even_one_byte_is_a_dump() {
    for (text, bytes) in
        [("9000", &[0x90, 0][..]), ("6A82", &[0x6A, 0x82]), ("12", &[0x12]), (" 6a 82\r\n", &[0x6A, 0x82]), ("0x9000", &[0x90, 0])]
    {
        assert_eq!(only(text, text).bytes(), bytes, "{text}");
    }
    assert_eq!(dumps("12:00:01 << 9000").len(), 1);
    assert_eq!(dumps("year 9000").len(), 0);
}

#[test]
fn messages_one_a_line_stay_apart() {
    let [a, b] = samples();
    let found = dumps(&format!("{}\n{}\n{}\n", hex(&a), hex(&a), hex(&b)));
    let lines: Vec<_> = found.iter().filter(|d| d.form() == Form::Hex).map(|d| (d.start().line, d.bytes().to_vec())).collect();
    assert_eq!(lines, [(1, a.clone()), (2, a.clone()), (3, b.clone())]);
    let log: String = [&a, &b, &a].iter().map(|m| format!("D/POS: send {}\n", hex(m))).collect();
    assert_eq!(dumps(&log).iter().filter(|d| d.form() == Form::Hex).count(), 3);
}

#[test]
fn a_message_in_ascii_is_its_own_bytes() {
    let message = "0200B220000000100000000000000080000020121002010203000001 51ABC DEF";
    for (text, column) in [(message.to_owned(), 1), (format!("  {message}\r\n"), 3), (format!("报文：[{message}] 完"), 5)] {
        let found = dumps(&text);
        assert_eq!(found.len(), 1, "{text}");
        assert_eq!((found[0].form(), found[0].bytes(), found[0].start().column), (Form::AsciiMessage, message.as_bytes(), column));
        assert_eq!(found[0].place(4).map(|p| p.column), Some(column + 4));
    }
    // All digits: packed bytes or ASCII, and only who decodes it can tell.
    let forms: Vec<_> = dumps("0800202000000080000000000000000129110001\n").iter().map(Dump::form).collect();
    assert_eq!(forms, [Form::Hex, Form::AsciiMessage]);
}

#[test]
fn stars_of_a_hexdump_are_filled() {
    let text = "00000000  30 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |0...............|\n\
                00000010  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|\n*\n\
                00000040  31 32                                             |12|\n00000042\n";
    let dump = only("stars", text);
    assert_eq!((dump.bytes().len(), dump.bytes()[0], &dump.bytes()[0x40..]), (0x42, 0x30, &b"12"[..]));
    assert_eq!(dump.place(0x25).map(|p| (p.line, p.column)), Some((3, 1)));
    assert_eq!(dump.doubts(), []);
    let huge = "00000000  30 00 00 00\n*\nfffffff0  31\n";
    assert!(only("huge", huge).bytes().len() < 2 << 20);
}

#[test]
fn doubts_have_places() {
    let m = sample("cup-csharp-0410");
    let dump: String =
        rows(&m, |o, r| if o == 32 { String::new() } else { format!("{o:04x}   {}\n", join(r, " ", |b| format!("{b:02x}"))) });
    let found = only("gap", &dump);
    assert_eq!(found.doubts(), [Doubt::Gap { byte: 32, missing: 16 }]);
    assert_eq!(found.bytes().len(), m.len() - 16);

    let found = only("odd", &format!("recv[{}0]", hex(&m)));
    assert!(matches!(found.doubts(), [Doubt::OddDigits(p)] if p.column == 6 + 2 * m.len()), "{found:?}");
    assert_eq!(found.bytes(), m);

    let found = only("cut", &format!("recv {}...", hex(&m)));
    assert!(matches!(found.doubts(), [Doubt::Cut(_)]), "{found:?}");

    let mut broken = hex(&m);
    broken.replace_range(100..101, "O");
    let found = only("foreign", &format!("报文：{broken}"));
    assert!(matches!(found.doubts(), [Doubt::Foreign(p)] if p.column == 104), "{found:?}");
    assert_eq!(found.bytes(), &m[..50]);
}

#[test]
fn a_broken_input_is_explained() {
    let m = sample("cup-csharp-0410");
    let with = |at: usize, c: &str| {
        let mut text = hex(&m);
        text.replace_range(at..at + 1, c);
        text
    };
    for (text, problem, line, column) in [
        (with(10, "O"), Problem::LetterO, 1, 11),
        (with(10, "l"), Problem::LetterI, 1, 11),
        (with(10, "０"), Problem::FullWidth, 1, 11),
        (with(10, "报"), Problem::Foreign, 1, 11),
        (wrap(&with(100, "G"), 64, ""), Problem::Foreign, 2, 37),
        (with(0, ""), Problem::OddDigits, 1, 2 * m.len() - 1),
        ("6A8".into(), Problem::OddDigits, 1, 3),
    ] {
        let error = Reading::of(text.as_bytes()).error.unwrap_or_else(|| panic!("an error in {text}"));
        assert_eq!((error.problem, error.place.line, error.place.column), (problem, line, column), "{text}");
        let told = error.text();
        assert!(!told.is_incomplete() && told.en.contains(&column.to_string()) && told.zh.contains(&column.to_string()));
        assert!(!told.en.contains(&text[..6.min(text.len())]));
    }
    for right in [hex(&m), format!("recv {}", hex(&m)), "卡号6222021234567890123O".into(), python(&m)] {
        assert_eq!(Reading::of(right.as_bytes()).error, None, "{right}");
    }
}

#[test]
fn a_reading_is_bounded() {
    let text = "recv 600000000308002020000000C00012\n".repeat(10);
    let reading = Reading::within(text.as_bytes(), Limits { dumps: 3, ..Limits::default() });
    assert_eq!((reading.dumps.len(), reading.more, reading.cut), (3, true, false));
    assert_eq!(reading.dumps[0].start().line, 1);
    let reading = Reading::within(text.as_bytes(), Limits { bytes: 50, dumps: 99 });
    assert!(reading.cut && reading.dumps.len() == 1 && !reading.more);
    assert!(!Reading::within(text.as_bytes(), Limits { dumps: 10, ..Limits::default() }).more);
}

#[test]
fn raw_messages_are_binary_and_printable_ones_text() {
    for line in include_str!("iso8583.jsonl").lines() {
        let value: serde_json::Value = serde_json::from_str(line).expect("a JSON line");
        let id = value["id"].as_str().expect("an id");
        let m = sample(id);
        let printable = m.iter().all(|b| (0x20..0x7F).contains(b));
        let expected = if printable { Nature::Text { encoding: Encoding::Utf8 } } else { Nature::Binary };
        assert_eq!(sniff(&m), expected, "{id}");
        assert_eq!(sniff(hex(&m).as_bytes()), Nature::Text { encoding: Encoding::Utf8 });
        if !m.is_empty() {
            assert_eq!(only(id, &hex(&m)).bytes(), m, "{id}");
        }
    }
}

#[test]
fn nothing_shows_the_bytes() {
    let text = hex(b"card 6222021234567890123 in here");
    let reading = Reading::of(text.as_bytes());
    assert!(!reading.dumps.is_empty());
    assert!(!format!("{reading:?}").contains("3632") && !format!("{:?}", reading.dumps[0]).contains("54, 50"));
}

#[test]
fn hostile_text_takes_linear_time() {
    // A quadratic walk over one of them alone would take minutes.
    let started = std::time::Instant::now();
    for part in [
        "60",
        "60 ",
        "12 1234 ",
        "[",
        "(",
        "{1,",
        "[(byte)1,",
        "[1/*",
        "[1// ",
        "'",
        "'\"",
        "\"\\x60",
        "\\x6",
        "\\x60 ",
        "recv:0200",
        "recv:0200B2200000001000000000000000800000 ",
        "a-a-",
        "Ab1/",
        "0x",
        "0x1 ",
        "0x1,",
        "0000: 60\n",
        "0000 ",
        "0000  60 00\n*\n",
        "60\n",
        "6000000000000000\n",
        "=",
        "...",
        "60 0O ",
        "报文：",
        "x: 60000000600000006000000060000000\n",
        "\n",
        " ",
        "12 34 5 ",
        "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZn\n",
        "0200 0200\n",
    ] {
        let text = part.repeat((1 << 18) / part.len());
        let _ = Reading::of(text.as_bytes());
        let _ = Reading::of(format!("{}{text}", " ".repeat(1 << 16)).as_bytes());
    }
    assert!(started.elapsed().as_secs() < 120, "{:?}", started.elapsed());
}

#[test]
#[ignore = "takes half a minute without optimisation"]
fn fifty_megabytes_of_digits_are_read() {
    let m = sample("cup-csharp-0410");
    let text = hex(&m[2..]).repeat((50 << 20) / (2 * m.len() - 4));
    let reading = Reading::of(text.as_bytes());
    assert_eq!(reading.dumps.len(), 1);
    assert_eq!(reading.dumps[0].bytes().len(), text.len() / 2);
    let lines = format!("{}\n", hex(&m)).repeat((50 << 20) / (2 * m.len() + 1));
    assert_eq!(dumps(&lines).len(), lines.lines().count());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    // 65 and more: digits as many as a hash has are a hash where nothing announces them.
    fn any_bytes_come_back(m in prop::collection::vec(any::<u8>(), 65..300)) {
        // A stated length ends a message at the end of a line, by right; chance may state one.
        prop_assume!(m[0] > 1);
        // Base64 that happens to begin with 0X reads as a hexadecimal number, by right.
        prop_assume!(m[0] != 0xD1);
        for (name, form, text) in digit_dresses(&m).into_iter().chain(other_dresses(&m)) {
            let found = dumps(&text);
            let dump = found.iter().find(|d| d.form() == form);
            prop_assert!(dump.is_some_and(|d| d.bytes() == &m[..d.bytes().len()] && d.bytes().len() >= m.len() / 2 * 2), "{}: {:?}\n{}", name, found, text);
        }
    }

    #[test]
    fn any_text_is_survived(text in "\\PC{0,200}", parts in prop::collection::vec("(0x|\\\\x|[0-9A-F]{1,5}|[ ,:\\n\\[\\]{}()'\"=+/*.-]|recv|\\(byte\\)|0000: |报文：|0200|[a-zA-Z0-9+/]{1,40}){0,3}", 0..40)) {
        for text in [text, parts.concat()] {
            for dump in dumps(&text) {
                prop_assert!(dump.start().offset <= dump.end() && dump.end() <= text.len());
                for i in 0..dump.bytes().len() {
                    let place = dump.place(i).expect("a place");
                    prop_assert!(place.offset < text.len() && text.is_char_boundary(place.offset));
                    prop_assert_eq!(place.line, text[..place.offset].matches('\n').count() + 1);
                }
            }
            let _ = Reading::of(text.as_bytes());
        }
    }

    #[test]
    fn any_input_is_survived(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = Reading::of(&bytes);
        for encoding in Encoding::ALL {
            let _ = dumps(&posdx_wire::input::to_text(&bytes, *encoding).text);
        }
    }
}
