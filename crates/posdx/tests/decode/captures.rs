//! Captures: what terminals and hosts said to each other, packet by packet.

use std::net::{Ipv4Addr, SocketAddrV4};

use posdx_wire::capture::{Direction, LinkType, PcapWriter, Precision, TcpTalk};
use serde_json::Value;

use crate::tools::{ANSWER, Kept, SALE, as_pcapng, decoded, err, framed, object, out, posdx, posdx_reading, with};

/// Frames with their times.
pub struct Scene {
    pub frames: Vec<(u64, Vec<u8>)>,
    talk: TcpTalk,
    now_ms: u64,
}

impl Scene {
    pub fn new(port: u16) -> Self {
        let client = SocketAddrV4::new(Ipv4Addr::new(192, 0, 2, 10), port);
        let mut talk = TcpTalk::new(client, SocketAddrV4::new(Ipv4Addr::new(198, 51, 100, 7), 8080));
        let frames = talk.syn().into_iter().map(|f| (0, f)).collect();
        let mut scene = Scene { frames, talk, now_ms: 1_772_000_000_000 };
        scene.frames.iter_mut().for_each(|f| f.0 = 1_772_000_000_000_000_000);
        scene.now_ms += 5;
        scene
    }

    pub fn wait(&mut self, ms: u64) -> &mut Self {
        self.now_ms += ms;
        self
    }

    pub fn ask(&mut self, bytes: &[u8]) -> &mut Self {
        self.say(Direction::ToServer, bytes)
    }

    pub fn answer(&mut self, bytes: &[u8]) -> &mut Self {
        self.wait(300).say(Direction::ToClient, bytes)
    }

    fn say(&mut self, direction: Direction, bytes: &[u8]) -> &mut Self {
        for frame in self.talk.send(direction, bytes) {
            self.frames.push((self.now_ms * 1_000_000, frame));
        }
        self
    }

    /// In pieces of a few bytes each.
    fn crumbs(&mut self, direction: Direction, bytes: &[u8], size: usize) -> &mut Self {
        for part in bytes.chunks(size) {
            self.now_ms += 1;
            let frame = self.talk.segment(direction, part).expect("short");
            self.frames.push((self.now_ms * 1_000_000, frame));
        }
        self
    }

    pub fn end(&mut self) -> &mut Self {
        for frame in self.talk.fin(Direction::ToServer) {
            self.frames.push((self.now_ms * 1_000_000, frame));
        }
        self
    }

    pub fn pcap(&self) -> Vec<u8> {
        let mut writer = PcapWriter::new(Vec::new(), LinkType(1), Precision::Microseconds).expect("a header");
        for (time, frame) in &self.frames {
            writer.write(*time, frame).expect("written");
        }
        writer.into_inner()
    }
}

/// The day at a till: 1 sale approved, 1 without an answer and reversed, 1 declined, a sign-on answered A0.
pub fn day() -> Scene {
    let mut scene = Scene::new(40001);
    let sale = |trace: &'static str| framed("0200", &with(SALE, &[(11, trace)]));
    let answer = |trace: &'static str, code: &'static str| framed("0210", &with(ANSWER, &[(11, trace), (39, code)]));
    scene.ask(&sale("000101")).answer(&answer("000101", "00"));
    scene.wait(20_000).ask(&sale("000102"));
    let reversal = with(SALE, &[(11, "000102"), (39, "98"), (52, ""), (53, ""), (26, ""), (60, "22000012000")]);
    scene.wait(61_000).ask(&framed("0400", &reversal)).answer(&framed("0410", &with(ANSWER, &[(11, "000102"), (38, "")])));
    scene.wait(9_000).ask(&sale("000103")).answer(&answer("000103", "51"));
    const SIGN_ON: &[(usize, &str)] = &[(11, "000104"), (41, "29800013"), (42, "848290441116000"), (60, "00000012003")];
    scene.wait(9_000).ask(&framed("0800", SIGN_ON)).answer(&framed("0810", &with(SIGN_ON, &[(39, "A0"), (12, "165419"), (13, "1115")])));
    scene.end();
    scene
}

fn chain<'a>(found: &'a Value, trace: &str) -> &'a Value {
    let all = found["chains"].as_array().expect("a list");
    let with = |c: &&Value| c["messages"].as_array().expect("a list").iter().any(|m| m["stan"] == trace);
    all.iter().find(with).unwrap_or_else(|| panic!("no conversation {trace}: {all:#?}"))
}

fn types(chain: &Value) -> Vec<&str> {
    chain["messages"].as_array().expect("a list").iter().map(|m| m["mti"].as_str().expect("a type")).collect()
}

fn finding(found: &Value, id: &str) -> u64 {
    found["findings"].as_array().expect("a list").iter().find(|f| f["id"] == id).map_or(0, |f| f["count"].as_u64().expect("a number"))
}

#[test]
fn a_day_at_a_till() {
    let scene = day();
    for (name, bytes) in [("day.pcap", scene.pcap()), ("day.pcapng", as_pcapng(&scene.frames))] {
        let file = Kept::new(name, &bytes);
        let o = posdx(&["decode", file.path(), "--json"]);
        assert_eq!(o.status.code(), Some(0), "{}", err(&o));
        let found = object(&o);
        assert_eq!((found["schema"].as_str(), found["kind"].as_str()), (Some("posdx.decoded/1"), Some("capture")));
        assert_eq!((found["messages"].as_u64(), found["broken"].as_u64()), (Some(9), Some(0)), "{name}");
        assert_eq!((found["streams"].as_u64(), found["chain_count"].as_u64()), (Some(1), Some(4)), "{name}");
        assert_eq!((found["unexplained_bytes"].as_u64(), found["lost_bytes"].as_u64()), (Some(0), Some(0)));
        assert_eq!(found["dialects"]["cup-pos"], 9);
        assert_eq!((found["responses"]["00"]["count"].as_u64(), found["responses"]["51"]["count"].as_u64()), (Some(2), Some(1)));

        let approved = chain(&found, "000101");
        assert_eq!((types(approved), approved["outcome"].as_str()), (vec!["0200", "0210"], Some("approved")));
        assert_eq!(approved["milliseconds"], 300);
        let reversed = chain(&found, "000102");
        assert_eq!((types(reversed), reversed["outcome"].as_str()), (vec!["0200", "0400", "0410"], Some("reversed")));
        let declined = chain(&found, "000103");
        assert_eq!((declined["outcome"].as_str(), declined["response"].as_str()), (Some("declined"), Some("51")));
        let network = chain(&found, "000104");
        assert_eq!((network["chain"].as_str(), network["response"].as_str()), (Some("network"), Some("A0")));

        assert!(finding(&found, "no-reply") + finding(&found, "given-up") >= 1, "{}", found["findings"]);
        assert_eq!(finding(&found, "reversed"), 1, "{}", found["findings"]);
        assert!(found["explanation"]["readings"][0]["condition"].is_string());
        // By pipe it is the same.
        assert_eq!(object(&posdx_reading(&["decode", "-", "--json"], &bytes))["chains"], found["chains"]);
    }
    let file = Kept::new("day.pcap", &scene.pcap());
    for lang in ["zh", "en"] {
        let page = out(&posdx(&["decode", file.path(), "--lang", lang]));
        for word in ["0400", "0410", "000102", "51", "A0", "123.00"] {
            assert!(page.contains(word), "{word}\n{page}");
        }
    }
}

/// A sale without an answer and without a reversal: nobody knows.
#[test]
fn a_sale_without_an_answer_is_open() {
    let mut scene = Scene::new(40002);
    scene.ask(&framed("0200", SALE)).wait(70_000).end();
    let file = Kept::new("open.pcap", &scene.pcap());
    let found = decoded(file.path(), &[]);
    assert_eq!(chain(&found, "000777")["outcome"], "unknown");
    assert_eq!(finding(&found, "no-reply"), 1, "{}", found["findings"]);
    assert_eq!(found["explanation"]["readings"][0]["money"]["state"], "unknown");
}

/// An answer that comes after the reversal.
#[test]
fn a_late_answer_is_named() {
    let mut scene = Scene::new(40003);
    let reversal = with(SALE, &[(39, "98"), (52, ""), (53, ""), (26, ""), (60, "22000012000")]);
    scene.ask(&framed("0200", SALE)).wait(61_000).ask(&framed("0400", &reversal));
    scene.answer(&framed("0210", ANSWER)).answer(&framed("0410", &with(ANSWER, &[(38, "")]))).end();
    let file = Kept::new("late.pcap", &scene.pcap());
    let found = decoded(file.path(), &[]);
    assert_eq!(chain(&found, "000777")["outcome"], "reversed");
    assert_eq!(finding(&found, "late-reply"), 1, "{}", found["findings"]);
}

/// Segments in any order, twice, and in crumbs: the same conversations.
#[test]
fn segments_may_come_as_they_like() {
    let mut scene = Scene::new(40004);
    scene.crumbs(Direction::ToServer, &framed("0200", SALE), 7);
    let begun = scene.frames.len();
    scene.crumbs(Direction::ToClient, &framed("0210", ANSWER), 50).end();
    // Of the request: two swapped, one sent twice, the whole of it again later.
    let (first, last) = (3, begun - 1);
    scene.frames.swap(first + 2, first + 5);
    scene.frames.swap(last, last - 3);
    let again: Vec<(u64, Vec<u8>)> = scene.frames[first..first + 4].to_vec();
    scene.frames.splice(first + 6..first + 6, again);
    let file = Kept::new("crumbs.pcap", &scene.pcap());
    let found = decoded(file.path(), &[]);
    assert_eq!(found["messages"], 2, "{found:#}");
    let talk = chain(&found, "000777");
    assert_eq!((types(talk), talk["outcome"].as_str()), (vec!["0200", "0210"], Some("approved")));
    assert_eq!((found["broken"].as_u64(), found["lost_bytes"].as_u64(), found["unexplained_bytes"].as_u64()), (Some(0), Some(0), Some(0)));
}

/// Many terminals, one connection each, at once.
#[test]
fn connections_are_kept_apart() {
    let mut frames = Vec::new();
    for i in 0..20u16 {
        let trace = format!("{:06}", 500 + i);
        let code = if i % 4 == 0 { "51" } else { "00" };
        let mut scene = Scene::new(41000 + i);
        scene.wait(u64::from(i) * 3);
        scene.ask(&framed("0200", &with(SALE, &[(11, &trace)]))).answer(&framed("0210", &with(ANSWER, &[(11, &trace), (39, code)]))).end();
        frames.extend(scene.frames);
    }
    frames.sort_by_key(|f| f.0);
    let mut all = Scene::new(1);
    all.frames = frames;
    let file = Kept::new("many.pcap", &all.pcap());
    let found = decoded(file.path(), &[]);
    assert_eq!((found["streams"].as_u64(), found["messages"].as_u64(), found["chain_count"].as_u64()), (Some(20), Some(40), Some(20)));
    assert_eq!((found["responses"]["51"]["count"].as_u64(), found["responses"]["00"]["count"].as_u64()), (Some(5), Some(15)));
}

/// A capture that breaks off says where; one that is none says so; none of them ends badly.
#[test]
fn a_broken_capture() {
    let whole = day().pcap();
    let cut = Kept::new("cut.pcap", &whole[..whole.len() - 40]);
    let found = decoded(cut.path(), &[]);
    assert!(found["cut_at"].is_number() && found["messages"] == 9, "{}", found["cut_at"]);
    for length in (0..whole.len()).step_by(whole.len() / 60) {
        let file = Kept::new("any.pcap", &whole[..length]);
        let o = posdx(&["decode", file.path(), "--json"]);
        assert!(matches!(o.status.code(), Some(0 | 2 | 3)) && !err(&o).contains("panicked"), "{length}: {}", err(&o));
    }
    let mut broken = whole.clone();
    broken[24 + 8..24 + 12].copy_from_slice(&[0xFF; 4]);
    let file = Kept::new("broken.pcap", &broken);
    for lang in ["zh", "en"] {
        let o = posdx(&["decode", file.path(), "--lang", lang]);
        assert_eq!(o.status.code(), Some(2), "{}", out(&o));
        assert!(err(&o).contains("pcap"), "{}", err(&o));
    }
    // Something else altogether on the line.
    let mut scene = Scene::new(40009);
    let (asked, answered) = (b"GET / HTTP/1.1\r\nHost: example.org\r\n\r\n", b"HTTP/1.1 204 No Content\r\n\r\n");
    scene.ask(asked).answer(answered).end();
    let file = Kept::new("web.pcap", &scene.pcap());
    let found = decoded(file.path(), &[]);
    assert_eq!((found["messages"].as_u64(), found["unexplained_bytes"].as_u64()), (Some(0), Some((asked.len() + answered.len()) as u64)));
}
