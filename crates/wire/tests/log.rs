//! Logs as terminals, hosts and apps write them; nothing of a card comes out.
#![allow(clippy::disallowed_methods, reason = "tests stand outside")]

use posdx_wire::device::Tables;
use posdx_wire::log::{Digest, Encoding, Format, Level, Line, Lines, Rules, SignKind, mask, signals, template};
use proptest::prelude::*;

fn rules() -> Rules {
    Rules::read(include_str!("../../../dialects/device/log-words.toml")).expect("ours")
}

fn tables() -> Tables {
    Tables::read(&[
        ("modem", include_str!("../../../dialects/device/modem.toml")),
        ("pcsc", include_str!("../../../dialects/device/pcsc.toml")),
        ("printer-vfi", include_str!("../../../dialects/device/printer-vfi.toml")),
    ])
    .expect("ours")
}

fn lines_of(bytes: &[u8], piece: usize) -> Vec<Line> {
    let rules = rules();
    let mut found = Vec::new();
    let mut lines = Lines::new(&rules);
    for part in bytes.chunks(piece.max(1)) {
        lines.feed(part, &mut |l| found.push(l.clone()));
    }
    lines.finish(&mut |l| found.push(l.clone()));
    found
}

fn line(text: &str) -> Line {
    lines_of(text.as_bytes(), 4096).remove(0)
}

const ANDROID: &str = "\
--------- beginning of main
11-24 10:11:12.345  1234  1250 I PaySDK  : 开始交易 卡号=6222021234567890123 金额=100.00
11-24 10:11:13.001  1234  1250 D PaySDK  : send 02007024058020C09811196222021234567890123F00000000000001000000010112
11-24 10:11:14.120  1234  1250 I PaySDK  : 收到应答 respCode=00 errorMsg=null
11-24 10:11:19.002  1234  1250 D PaySDK  : 交易失败，应答码：51
11-24 10:11:19.100  1234  1251 E Printer : vfi print error 0xF0
11-24 10:11:20.000  1234  1250 E AndroidRuntime: java.net.SocketTimeoutException: timeout
11-24 10:11:20.000  1234  1250 E AndroidRuntime: \tat com.pay.Net.read(Net.java:31)
11-24 10:11:21.000  1234  1250 D PaySDK  : authCode=123456 verifyCode: 654321
";

const LINUX: &str = "\
<27>Nov 24 10:11:12 pos1 payd[812]: connect 10.1.2.3:8583: Connection refused
Nov 24 10:11:13 pos1 modem: +CME ERROR: 10
<165>1 2026-11-24T10:11:14.5+08:00 pos1 payd 812 ID47 [ex@1 a=\"]\"] SCardConnect 0x8010000C
2026-11-24T10:11:15.123456+08:00 pos1 payd[812]: reconnect ok, errors: 0
";

const HOST: &str = "\
[20261124 101112][INFO] txn 100 ok, error=0, errorCode: 0
[20261124 101113][ERROR] 39域=91 发卡方无应答
2026-11-24 10:11:14 [E] 错误码：00 成功
2026-11-24 10:11:14,500 WARN  [pool-1] c.h.Switch - reversal sent
{\"time\":\"2026-11-24T10:11:15Z\",\"level\":\"error\",\"msg\":\"upstream timed out\",\"logger\":\"gw\"}
";

const JAVA: &str = "\
2026-11-24 10:11:12,345 ERROR [main] org.jpos.iso.Channel:45 - receive failed
org.jpos.iso.ISOException: unexpected end
\tat org.jpos.iso.Channel.receive(Channel.java:12)
Caused by: java.io.EOFException
\t... 12 more
<log realm=\"channel/10.0.0.1:8000\" at=\"2026-11-24T10:11:12.345\" lifespan=\"3ms\">
  <field id=\"2\" value=\"4111111111111111\"/>
  <field id=\"35\" value=\"4111111111111111=25121010000012345678\"/>
  <field id=\"39\" value=\"05\"/>
</log>
";

#[test]
fn an_android_terminal() {
    let lines = lines_of(ANDROID.as_bytes(), 7);
    assert_eq!(lines.len(), 9);
    let first = &lines[1];
    assert_eq!((first.format, first.level, first.process), (Format::LogcatThreadtime, Some(Level::Info), Some(1234)));
    assert_eq!(first.tag.as_deref(), Some("PaySDK"));
    let date = first.time.and_then(|t| t.date).expect("a date");
    assert_eq!((date.year, date.month, date.day), (None, 11, 24));
    assert_eq!(first.message(), "开始交易 卡号=622202*********0123 金额=100.00");
    let rules = rules();
    let matter: Vec<_> = lines.iter().filter(|l| rules.matters(l).is_some()).map(|l| l.number).collect();
    assert_eq!(matter, [3, 5, 6, 7, 8]);
    let why = rules.matters(&lines[2]).expect("a dump");
    assert_eq!(why.signs[0].kind, SignKind::Dump);
    assert_eq!(rules.matters(&lines[7]).expect("a trace").belongs_to, Some(7));
}

#[test]
fn the_codes_in_it() {
    let (rules, tables) = (rules(), tables());
    let of = |text: &str| -> Vec<String> {
        signals(&rules, &tables, line(text).message())
            .iter()
            .map(|s| format!("{}{}:{}", s.namespace.as_deref().unwrap_or("?"), if s.success { "+" } else { "" }, s.value))
            .collect()
    };
    for (text, expected) in [
        ("交易失败，应答码：51", "?:51"),
        ("收到应答 respCode=00 errorMsg=null", "?+:00"),
        ("39域=91", "?:91"),
        ("  <field id=\"39\" value=\"05\"/>", "?:05"),
        ("{\"code\":\"USERPAYING\"}", "?:USERPAYING"),
        ("SELECT sw1sw2: 6a82", "iso7816:6A82"),
        ("SW=9000", "iso7816+:9000"),
        ("TVR: 0800048000", "?:0800048000"),
        ("printer ret = -1203", "?:-1203"),
        ("error code -65837", "?:-65837"),
        ("vfi print error 0xF0", "printer-vfi:0xF0"),
        ("+CME ERROR: 10", "cme:10"),
        ("rc=0x8010000C", "pcsc:0x8010000C"),
        ("HTTP/1.1 502 Bad Gateway", ""),
        ("http status: 502", "?:502"),
        ("authCode=123456 verifyCode: 654321 barcode: 6901234 授权码：123456", ""),
        ("code=123456789012", ""),
        ("code=4111111111111111", ""),
        ("version code 3.1.4, took 12ms", ""),
    ] {
        assert_eq!(of(text).join(" "), expected, "{text}");
    }
    let message = "交易失败，应答码：51";
    let found = signals(&rules, &tables, message);
    assert_eq!(&message[found[0].start..found[0].end], "51");
    assert_eq!(found[0].key.as_deref(), Some("应答码"));
}

#[test]
fn a_linux_terminal() {
    let lines = lines_of(LINUX.as_bytes(), 4096);
    let heads: Vec<_> = lines.iter().map(|l| (l.format, l.level, l.process)).collect();
    assert_eq!(
        heads,
        [
            (Format::Syslog3164, Some(Level::Error), Some(812)),
            (Format::Syslog3164, None, None),
            (Format::Syslog5424, Some(Level::Notice), Some(812)),
            (Format::Syslog3164, None, Some(812)),
        ]
    );
    assert!(lines.iter().all(|l| l.host.as_deref() == Some("pos1")));
    assert_eq!(lines[0].message(), "connect 10.1.2.3:8583: Connection refused");
    assert_eq!(lines[1].tag.as_deref(), Some("modem"));
    assert_eq!(lines[2].message(), "SCardConnect 0x8010000C");
    assert_eq!(lines[2].time.and_then(|t| t.offset_minutes), Some(480));
    let rules = rules();
    assert!(rules.matters(&lines[1]).is_some());
    assert!(rules.matters(&lines[3]).is_none());
}

#[test]
fn a_host() {
    let lines = lines_of(HOST.as_bytes(), 3);
    let heads: Vec<_> = lines.iter().map(|l| (l.format, l.level.map(Level::as_str).unwrap_or("-"), l.time.is_some())).collect();
    assert_eq!(
        heads,
        [
            (Format::Bracketed, "info", true),
            (Format::Bracketed, "error", true),
            (Format::Plain, "error", true),
            (Format::Plain, "warning", true),
            (Format::JsonLine, "error", true),
        ]
    );
    assert_eq!(lines[3].tag.as_deref(), Some("c.h.Switch"));
    assert_eq!(lines[3].message(), "reversal sent");
    assert_eq!(lines[4].message(), "upstream timed out");
    assert_eq!(lines[4].tag.as_deref(), Some("gw"));
    let rules = rules();
    assert!(rules.matters(&lines[0]).is_none());
    let why = rules.matters(&lines[1]).expect("an error");
    assert!(why.signs.iter().any(|s| s.kind == SignKind::Code));
    // Its writer took it for an error, its code says that it is none: the level alone speaks.
    let why = rules.matters(&lines[2]).expect("a level");
    assert!(why.signs.iter().all(|s| s.kind == SignKind::Level));
}

#[test]
fn what_takes_a_word_back() {
    let rules = rules();
    for text in [
        "error=0",
        "errorCode: 0",
        "no error",
        "错误码：00 成功",
        "返回码：成功",
        "exception: null",
        "0 errors, 0 failed",
        "无异常",
        "set timeout=30",
        "errCode=0000",
        "rc=0",
    ] {
        assert!(rules.matters(&line(text)).is_none(), "{text}");
    }
    assert!(rules.matters(&line("{\"failReason\":\"\",\"errorMsg\":null}")).is_none());
    for text in [
        "error=5",
        "errorCode: 96",
        "交易超时",
        "read timed out",
        "Connection refused",
        "SocketTimeoutException",
        "返回码：失败",
        "bizCode=ACQ.SYSTEM_ERROR",
        "tvr=0800048000",
    ] {
        assert!(rules.matters(&line(text)).is_some(), "{text}");
    }
}

#[test]
fn a_java_host_with_its_trace() {
    let lines = lines_of(JAVA.as_bytes(), 4096);
    assert_eq!(lines[0].level, Some(Level::Error));
    assert_eq!(lines[0].message(), "receive failed");
    let joined: Vec<_> = lines.iter().map(|l| l.continues).collect();
    assert_eq!(joined, [None, Some(1), Some(1), Some(1), Some(1), None, Some(6), Some(6), Some(6), None]);
    assert_eq!(lines[5].tag.as_deref(), Some("channel/10.0.0.1:8000"));
    let mut digest = Digest::new(8);
    for line in &lines[..5] {
        digest.add(line, &[]);
    }
    let groups = digest.groups();
    assert_eq!(groups.len(), 1);
    assert_eq!(groups[0].trace.len(), 4);
}

#[test]
fn a_digest_names_each_kind_once() {
    let (rules, tables) = (rules(), tables());
    let mut log = String::new();
    for i in 0..100 {
        log.push_str(&format!(
            "2026-11-24 10:11:{:02} ERROR order {i} failed, respCode={}\n",
            i % 60,
            if i % 2 == 0 { "51" } else { "91" }
        ));
    }
    let mut digest = Digest::new(8);
    for line in lines_of(log.as_bytes(), 100) {
        let found = signals(&rules, &tables, line.message());
        digest.add(&line, &found);
    }
    let groups = digest.groups();
    let said: Vec<_> = groups.iter().map(|g| (g.template.as_str(), g.count, g.first.line, g.last.line)).collect();
    assert_eq!(said, [("order <n> failed, respCode=51", 50, 1, 99), ("order <n> failed, respCode=91", 50, 2, 100)]);
    assert_eq!(digest.rest(), None);

    let mut small = Digest::new(2);
    for line in lines_of(b"alpha\nbeta\nalpha\ngamma\nalpha\n", 4096) {
        small.add(&line, &[]);
    }
    let kinds: Vec<_> = small.groups().iter().map(|g| (g.template.clone(), g.count)).collect();
    assert_eq!(kinds, [("alpha".to_owned(), 3), ("gamma".to_owned(), 1)]);
    assert_eq!(small.rest().map(|r| (r.groups, r.lines, r.first.line)), Some((1, 1, 2)));
}

#[test]
fn logcat_in_its_other_dresses() {
    let brief = line("E/PaySDK( 1234): 失败");
    assert_eq!((brief.format, brief.process, brief.message()), (Format::LogcatBrief, Some(1234), "失败"));
    let time = line("11-24 10:11:12.345 W/PaySDK( 1234): slow");
    assert_eq!((time.format, time.level), (Format::LogcatTime, Some(Level::Warning)));
    let long = lines_of("[ 11-24 10:11:12.345  1234: 1250 E/PaySDK ]\n交易失败\n\nplain\n".as_bytes(), 5);
    assert_eq!((long[1].format, long[1].level, long[1].message()), (Format::LogcatLong, Some(Level::Error), "交易失败"));
    assert_eq!(long[3].level, None);
}

#[test]
fn bytes_of_every_kind() {
    let gbk = b"\xB4\xED\xCE\xF3 code=51\r\nok\r\n";
    let lines = lines_of(gbk, 3);
    assert_eq!((lines[0].encoding, lines[0].message()), (Encoding::Gbk, "错误 code=51"));
    assert_eq!((lines[1].offset, lines[1].length, lines[1].number), (14, 2, 2));
    assert_eq!(lines_of(b"\xEF\xBB\xBFhello", 1)[0].message(), "hello");
    assert_eq!(line("\u{1b}[31mERROR\u{1b}[0m: x").level, Some(Level::Error));
    let long = vec![b'x'; 200_000];
    let lines = lines_of(&long, 1000);
    assert!(lines[0].cut && lines[0].length == 200_000 && lines[0].message().len() <= 65_536);
    // A card number over the cut.
    let mut cut = vec![b'x'; 65_536 - 12];
    cut.extend_from_slice(b"4111111111111111 and more");
    assert!(!lines_of(&cut, 4096)[0].masked().contains("411111111111"));
}

const PAN: &str = "4111111111111111";

/// Everything a line can be asked, as one text.
fn everything(lines: &[Line]) -> String {
    let (rules, tables) = (rules(), tables());
    let mut out = String::new();
    let mut digest = Digest::new(4);
    for line in lines {
        let found = signals(&rules, &tables, line.message());
        out.push_str(&format!(
            "{line:?}{}{}{:?}{found:?}{}",
            line.masked(),
            line.message(),
            rules.matters(line),
            template(line.message(), &[])
        ));
        digest.add(line, &found);
    }
    out + &format!("{digest:?}{:?}", digest.groups())
}

#[test]
fn no_card_comes_out() {
    let spaced: String = PAN.chars().map(|c| format!("{:02x} ", c as u32)).collect();
    let bytes = "02 00 16 41 11 11 11 11 11 11 11 00 00 00";
    for log in [
        format!("code={PAN} respCode={PAN}"),
        format!("11-24 10:11:12.345  1234  1250 I {PAN}: track2={PAN}=25121010000012345678"),
        format!("<13>Nov 24 10:11:12 {PAN} {PAN}[12]: {PAN}D25121010000012345678"),
        format!("{{\"time\":\"{PAN}\",\"host\":\"{PAN}\",\"msg\":\"%B{PAN}^DOE/JOHN Q^25121010000\",\"level\":\"info\",\"pid\":{PAN}}}"),
        format!("[{PAN}] [E] 密码：123456 {PAN}"),
        format!("dump {spaced}"),
        format!("dump {bytes}"),
        format!("10:11:12 {PAN} x"),
        format!("{PAN} 10:11:12"),
        JAVA.to_owned(),
        ANDROID.to_owned(),
    ] {
        let shown = everything(&lines_of(log.as_bytes(), 4096));
        for secret in [PAN, spaced.trim(), bytes, "6222021234567890123", "251210", "DOE", "41 11 11 11 11", "123456 "] {
            let told = secret == "123456 " && !log.contains("密码");
            assert!(told || !shown.contains(secret), "{secret} in {shown}");
        }
    }
    assert_eq!(mask("卡号 6222021234567890123"), "卡号 622202*********0123");
}

proptest! {
    #[test]
    fn any_bytes_in_any_pieces(bytes in prop::collection::vec(prop_oneof![any::<u8>(), Just(b'\n'), Just(b'['), Just(b'4')], 0..400), piece in 1_usize..50) {
        let whole = lines_of(&bytes, 100_000);
        let parts = lines_of(&bytes, piece);
        prop_assert_eq!(format!("{whole:?}"), format!("{parts:?}"));
        prop_assert_eq!(everything(&whole), everything(&parts));
    }

    #[test]
    fn no_card_in_any_head(
        parts in prop::collection::vec(prop::sample::select(vec![
            "2026-11-24 10:11:12 ", "[", "] ", "E/", ": ", "ERROR ", "<13>", "1 ", "- ", "Nov 24 10:11:12 ", "11-24 10:11:12.345 ", "code=", "{\"msg\":\"", "\"", "}",
            "\"level\":\"error\",", " at ", "(", "12: 34 ", "=", "卡", "{\"time\":",
        ]), 0..8),
        after in prop::sample::select(vec!["", " ", "=25121010000", "]", "\"}", ": x", "^A B^25", "\n\tat x", ")"]),
    ) {
        let log = format!("{}{PAN}{after}", parts.concat());
        prop_assert!(!everything(&lines_of(log.as_bytes(), 64)).contains(PAN), "{}", log);
    }

    #[test]
    fn any_text_is_survived(text in "\\PC{0,200}") {
        let shown = everything(&lines_of(text.as_bytes(), 9));
        prop_assert!(!shown.is_empty());
    }
}

#[test]
fn a_uuid_stays_whole() {
    let id = "123e4567-e89b-12d3-a456-426614174000";
    assert_eq!(mask(&format!("id={id}&card={PAN}")), format!("id={id}&card=411111******1111"));
    assert!(!mask("41111111-1111-1111-1111-111111111111").contains("11111-1111-1111"));
}

/// Lines of the worst kinds at full length: time must grow with the length, not with its square.
#[test]
fn long_lines_of_every_kind_end() {
    let (rules, tables) = (rules(), tables());
    for piece in [
        "0xF0 ",
        "BUSY ",
        "\"",
        "[",
        "error ",
        "code=",
        "code ",
        "4",
        "41 ",
        "{\"a\":",
        "-",
        "+CSQ:",
        "⟨hex ",
        "a1b2c3d4-",
        "printer-state-reasons",
        "\\",
        "错误：",
        "⟨hex 9⟩",
    ] {
        let log = piece.repeat(70_000 / piece.len());
        for line in lines_of(log.as_bytes(), 10_000) {
            let found = signals(&rules, &tables, line.message());
            let _ = rules.matters(&line);
            let _ = line.masked();
            Digest::new(1).add(&line, &found);
        }
    }
}
