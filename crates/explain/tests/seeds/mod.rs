//! Samples from which mutations start: real messages, chip data, logs and captures, in the form that each target wants.

use posdx_embedded::knowledge;
use posdx_model::Place;
use posdx_wire::capture::{Direction, LinkType, PcapWriter, Precision, TcpTalk};

use crate::invariants::{decode::WAYS, framer, log::WITH_CARD};

/// A message that somebody published: its dialect, all of it, and where the message type begins.
struct Sample {
    dialect: String,
    whole: Vec<u8>,
    from: usize,
}

fn unhex(hex: &str) -> Vec<u8> {
    (0..hex.len() / 2).filter_map(|i| u8::from_str_radix(hex.get(2 * i..2 * i + 2)?, 16).ok()).collect()
}

fn samples() -> Vec<Sample> {
    include_str!("../../../wire/tests/iso8583.jsonl")
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .map(|s| Sample {
            dialect: s["dialect"].as_str().unwrap_or_default().to_owned(),
            whole: unhex(s["hex"].as_str().unwrap_or_default()),
            from: s["mti_offset"].as_u64().unwrap_or_default() as usize,
        })
        .collect()
}

fn chip_data() -> Vec<String> {
    include_str!("../../../wire/tests/emv.jsonl")
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter_map(|s| Some(s["hex"].as_str()?.to_owned()))
        .collect()
}

pub fn explain() -> Vec<Vec<u8>> {
    let questions = include_str!("../questions.tsv").lines().chain(include_str!("../blind.tsv").lines()).step_by(7);
    let texts = ["C101", "POS机显示C101", "respCode=03 余额不足", "SW 6985 at 4111 1111 1111 1111", "TVR 0800048000", "64", "缺纸"];
    let texts = questions.filter_map(|l| l.split('\t').next()).chain(texts).map(|t| t.as_bytes().to_vec());
    texts.chain(Place::ALL.iter().enumerate().map(|(i, p)| [&[i as u8][..], p.as_str().as_bytes(), b" 51"].concat())).collect()
}

pub fn codec() -> Vec<Vec<u8>> {
    let dialects = knowledge().dialects.all();
    let own = |s: &Sample| dialects.iter().position(|d| s.dialect.starts_with(&d.id)).unwrap_or_default();
    let samples = samples();
    let message = |dialect: usize, s: &Sample| [&[dialect as u8][..], &s.whole[s.from..]].concat();
    let right = samples.iter().map(|s| message(own(s), s));
    // By every dialect one message more, which is seldom its own.
    let wrong = (0..dialects.len()).zip(samples.iter().cycle()).map(|(i, s)| message(i, s));
    right.chain(wrong).collect()
}

pub fn framer() -> Vec<Vec<u8>> {
    let samples: Vec<Vec<u8>> = samples().into_iter().map(|s| s.whole).collect();
    let two = samples.windows(2).map(|pair| pair.concat());
    let streams: Vec<Vec<u8>> = samples.iter().cloned().chain(two).collect();
    (0..framer::frames().len())
        .flat_map(|frame| streams.iter().skip(frame).step_by(11).map(move |s| [&[0, frame as u8, 0, 3][..], s].concat()))
        .collect()
}

pub fn tlv() -> Vec<Vec<u8>> {
    let more = [
        "00A404000E325041592E5359532E444446303100",
        "00B2010C00",
        "80CA9F3600",
        "80AE80001D0000000100000000000000000156000000000001561611240000000000",
        "0020008008241234FFFFFFFFFF",
        "3B6500002063CB6800",
        "3BF81300008131FE454A434F5076323431B7",
        "9F02069F03069F1A0295055F2A029A039C019F3704000000000100000000000000015600000000000156161124",
        "8E0E000000000000000042031E031F02",
    ];
    let trace =
        ">> 00A4040008A000000333010101\n<< 6F1A8408A000000333010101A50E500A4D617374657243617264 9000\nC-APDU: 80AE8000\nR-APDU: 6985";
    let data = chip_data().into_iter().chain(more.map(String::from)).map(|hex| unhex(&hex));
    data.chain([trace.as_bytes().to_vec()]).collect()
}

const LOGS: &[&str] = &[
    "11-24 10:11:12.345  1234  1250 I PaySDK  : 开始交易 卡号=6222021234567890123 金额=100.00\n11-24 10:11:13.001  1234  1250 D PaySDK  : send 02007024058020C09811196222021234567890123F00000000000001000000010112\n11-24 10:11:19.002  1234  1250 D PaySDK  : 交易失败，应答码：51\n11-24 10:11:20.000  1234  1250 E AndroidRuntime: java.net.SocketTimeoutException: timeout\n11-24 10:11:20.000  1234  1250 E AndroidRuntime: \tat com.pay.Net.read(Net.java:31)\n",
    "<27>Nov 24 10:11:12 pos1 payd[812]: connect 10.1.2.3:8583: Connection refused\nNov 24 10:11:13 pos1 modem: +CME ERROR: 10\n<165>1 2026-11-24T10:11:14.5+08:00 pos1 payd 812 ID47 [ex@1 a=\"]\"] SCardConnect 0x8010000C\r\n",
    "[20261124 101112][INFO] txn 100 ok, error=0, errorCode: 0\n[20261124 101113][ERROR] 39域=91 发卡方无应答\n2026-11-24 10:11:14,500 WARN  [pool-1] c.h.Switch - reversal sent\n{\"time\":\"2026-11-24T10:11:15Z\",\"level\":\"error\",\"msg\":\"upstream timed out\",\"logger\":\"gw\",\"id\":\"123e4567-e89b-12d3-a456-426614174000\"}\n",
    "2026-11-24 10:11:12 recv:\n0000  01 0c 60 00 03 00 00 60  31 00 31 ff f1 02 10 70  ..`....`1.1....p\n0010  3c 02 80 02 c0 8a 31 19  62 17 97 00 00 00 00 05  <.....1.b.......\n2026-11-24 10:11:13 [ 11-24 10:11:12.345  123: 456 E/Tag ]\n%B4111111111111111^DOE/JOHN A^25121010000?\n",
    "E/Printer( 123): vfi print error 0xF0 缺纸\n<field id=\"35\" value=\"4111111111111111=25121010000012345678\"/>\nTVR=0800048000 SW=6A82 pin: 1234\n",
];

pub fn log() -> Vec<Vec<u8>> {
    let gbk: &[u8] = b"2026-11-24 10:11:12 [ERROR] \xBD\xBB\xD2\xD7\xCA\xA7\xB0\xDC 39=51\n";
    let logs: Vec<&[u8]> = LOGS.iter().map(|l| l.as_bytes()).chain([gbk]).collect();
    let forms = [[0, 5, 0, 0], [WITH_CARD, 0, 0, 60], [0xF0 | WITH_CARD, 40, 0, 90]];
    logs.iter()
        .enumerate()
        .flat_map(|(i, log)| forms.iter().take(if i == 0 { 3 } else { 2 }).map(move |f| [&f[..], log].concat()))
        .collect()
}

/// The samples of one dialect as a conversation, recorded.
pub fn capture(nanoseconds: bool) -> Vec<u8> {
    let mut talk = TcpTalk::new("10.0.0.7:50001".parse().expect("an address"), "10.0.0.1:8583".parse().expect("an address"));
    let mut frames = talk.syn();
    for (i, s) in samples().iter().filter(|s| s.dialect == "cup-pos" && s.from == 13).enumerate() {
        frames.extend(talk.send(if i % 2 == 0 { Direction::ToServer } else { Direction::ToClient }, &s.whole));
    }
    frames.extend(talk.fin(Direction::ToServer));
    let precision = if nanoseconds { Precision::Nanoseconds } else { Precision::Microseconds };
    let mut writer = PcapWriter::new(Vec::new(), LinkType::ETHERNET, precision).expect("memory");
    frames.iter().enumerate().for_each(|(i, frame)| writer.write(i as u64 * 1_000_000, frame).expect("memory"));
    writer.into_inner()
}

/// A block of pcapng, little endian.
fn block(kind: u32, body: &[u8]) -> Vec<u8> {
    let padded = body.len().next_multiple_of(4);
    let mut bytes = [kind.to_le_bytes(), (padded as u32 + 12).to_le_bytes()].concat();
    bytes.extend(body);
    bytes.resize(8 + padded, 0);
    bytes.extend((padded as u32 + 12).to_le_bytes());
    bytes
}

fn capture_ng() -> Vec<u8> {
    let section = [&0x1A2B_3C4D_u32.to_le_bytes()[..], &[1, 0, 0, 0], &[0xFF; 8]].concat();
    let interface = [1, 0, 0, 0, 0, 0, 4, 0, 9, 0, 1, 0, 9, 0, 0, 0, 0, 0, 0, 0];
    let mut file = [block(0x0A0D_0D0A, &section), block(1, &interface)].concat();
    let mut talk = TcpTalk::new("10.0.0.7:50001".parse().expect("an address"), "10.0.0.1:8583".parse().expect("an address"));
    let mut frames = talk.syn();
    frames.extend(talk.send(Direction::ToServer, &samples()[0].whole));
    for frame in frames {
        let head = [0, 0, 7, frame.len() as u32, frame.len() as u32].map(u32::to_le_bytes).concat();
        file.extend(block(6, &[head, frame].concat()));
    }
    file
}

pub fn pcap() -> Vec<Vec<u8>> {
    let files = [capture(true), capture(false), capture_ng()].map(|file| [&[0][..], &file].concat());
    let scripts = (0..8u8).map(|what| {
        let mut script = vec![1 | what << 5 | 4];
        for (i, s) in samples().iter().filter(|s| s.whole.len() < 256).take(4).enumerate() {
            script.extend([i as u8 & 1 | if i == 1 { what << 1 } else { 0 }, s.whole.len() as u8]);
            script.extend(&s.whole);
        }
        script
    });
    files.into_iter().chain(scripts).collect()
}

pub fn decode() -> Vec<Vec<u8>> {
    let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
    let spaced = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02X}")).collect::<Vec<_>>().join(" ");
    let mut inputs: Vec<Vec<u8>> = LOGS.iter().map(|l| l.as_bytes().to_vec()).collect();
    for (i, s) in samples().iter().enumerate() {
        inputs.push(match i % 4 {
            0 => s.whole.clone(),
            1 => hex(&s.whole).into_bytes(),
            2 => format!("发送报文:\n{}\n收到: {}", spaced(&s.whole), hex(&s.whole[s.from..])).into_bytes(),
            _ => s.whole.chunks(16).enumerate().map(|(i, c)| format!("{:04X}  {}\n", i * 16, spaced(c))).collect::<String>().into_bytes(),
        });
    }
    inputs.extend(chip_data().into_iter().map(String::into_bytes));
    inputs.extend(tlv().into_iter().skip(18));
    inputs.push(capture(true));
    inputs.push(b"vfi print error 0xF0, SCardConnect 0x8010000C".to_vec());
    inputs.push(b"AmBwJAWAIMCYERFBEREREREREREAAAAAAAAAAQAAAAEBEg==".to_vec());
    let with = |(i, input): (usize, Vec<u8>)| [&[i as u8 % WAYS + if i % 9 == 8 { WAYS } else { 0 }, 0, 20][..], &input].concat();
    inputs.into_iter().enumerate().map(with).collect()
}
