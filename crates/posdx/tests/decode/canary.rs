//! No card number, track, PIN block or key comes out of any surface in any dress, unless somebody typed `--unmask`.
//!
//! A secret counts as shown when eight of its digits that hold three or more of the hidden ones stand anywhere in the output: as
//! characters, packed, as hexadecimal of ASCII or EBCDIC, in base64, however the lines and groups of a page break them.

use posdx_embedded::{catalogue, knowledge};
use posdx_explain::decoded::Decoder;
use posdx_explain::render::{View, decoded as page};
use posdx_model::{Lang, Role, Unmasked};

use crate::captures::{Scene, day};
use crate::common::{Sample, hex, samples};
use crate::messages::base64;
use crate::tools::{ANSWER, Kept, PAN, SALE, as_pcapng, err, framed, message, out, posdx, posdx_reading, with};

/// Digits looked for at once.
const WINDOW: usize = 8;
/// Card numbers of 12 to 19 digits with no pattern in them; the second has a wrong check digit.
const PANS: [&str; 5] = [PAN, "6222021234567890123", "4539578763621486", "378282246310005", "621483759264"];

/// The parts of a card number that may not be seen.
fn windows(pan: &str) -> Vec<String> {
    let (front, back) = (6.min(pan.len()), pan.len().saturating_sub(4));
    let need = 3.min(back.saturating_sub(front));
    let hidden = |from: usize| (from..from + WINDOW).filter(|i| (front..back).contains(i)).count();
    let varied = |text: &str| text.bytes().collect::<std::collections::BTreeSet<_>>().len() >= 5;
    let all = (0..=pan.len().saturating_sub(WINDOW)).filter(|i| need > 0 && hidden(*i) >= need).map(|i| pan[i..i + WINDOW].to_owned());
    // A number that is mostly zeros is only looked for whole.
    all.filter(|w| varied(w)).chain([pan.to_owned()]).collect()
}

/// What must not be found in an output.
#[derive(Clone)]
struct Secrets {
    needles: Vec<(String, &'static str)>,
}

impl Secrets {
    fn none() -> Self {
        Secrets { needles: Vec::new() }
    }

    fn pan(mut self, pan: &str) -> Self {
        for window in windows(pan) {
            let coded = |high: char| window.chars().flat_map(|c| [high, c]).collect::<String>();
            self.needles.push((coded('3'), "a card number in hexadecimal of ASCII"));
            self.needles.push((coded('F'), "a card number in hexadecimal of EBCDIC"));
            // Three places to begin in a group of three bytes; the ends of the text depend on what stands around it.
            for shift in 0..3 {
                let text = base64(format!("{}{window}", &"   "[..shift]).as_bytes());
                let inner: String = text.trim_end_matches('=').chars().skip(4 * shift.div_ceil(3)).take(8).collect();
                self.needles.push((inner, "a card number in base64"));
            }
            self.needles.push((window, "a card number"));
        }
        self
    }

    fn hex(mut self, value: &str, what: &'static str) -> Self {
        for chunk in value.as_bytes().chunks(10).filter(|c| c.len() == 10) {
            let chunk = String::from_utf8_lossy(chunk).into_owned();
            if chunk.bytes().collect::<std::collections::BTreeSet<_>>().len() >= 5 {
                self.needles.push((chunk, what));
            }
        }
        self
    }

    /// Finds them in a page: as it is, without anything between the digits, and in the columns of its hexadecimal view.
    fn assert_hidden(&self, shown: &str, what: &str) {
        let leak = self.leak(shown);
        assert!(leak.is_none(), "{what}: {}\n{shown}", leak.unwrap_or_default());
    }

    /// What is seen of them, if anything.
    fn leak(&self, shown: &str) -> Option<String> {
        let upper = shown.to_uppercase();
        let joined: String = upper.chars().filter(|c| !c.is_whitespace() && !":-,\"'├└│".contains(*c)).collect();
        let (mut bytes, mut letters) = (String::new(), String::new());
        for row in upper.lines().map(|l| l.trim().trim_matches(['"', ','])).filter(|l| view_row(l)) {
            bytes.extend(row.chars().skip(6).take(48).filter(|c| !c.is_whitespace()));
            letters.extend(row.chars().skip(56));
        }
        let seen = self.needles.iter().find(|(needle, kind)| {
            let wanted = needle.to_uppercase();
            let exact = kind.ends_with("base64");
            if exact { shown.contains(needle) } else { [&upper, &joined, &bytes, &letters].iter().any(|t| t.contains(&wanted)) }
        });
        seen.map(|(needle, kind)| format!("{kind} is shown ({needle})"))
    }
}

/// `0010  60 00 …`
fn view_row(line: &str) -> bool {
    let (Some(offset), Some(gap)) = (line.get(..4), line.get(4..6)) else { return false };
    gap == "  " && offset.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Everything that the library can make of an input, without the cost of a process each.
fn surfaces(input: &[u8]) -> Vec<String> {
    let decoder = Decoder::new(catalogue(), knowledge());
    let report = match decoder.input(input, None, None) {
        Ok(report) => report,
        Err(error) => return vec![error.text().zh, error.text().en],
    };
    let mut shown = vec![serde_json::to_string_pretty(&report).expect("JSON"), format!("{report:?}")];
    for lang in [Lang::Zh, Lang::En] {
        for role in [Role::Engineer, Role::Cashier] {
            shown.push(page::render(&report, View { lang, role, width: 80, all: role == Role::Engineer }));
        }
    }
    shown
}

/// Bytes as people paste them.
fn pasted(bytes: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let spaced: Vec<String> = bytes.iter().map(|b| format!("{b:02x}")).collect();
    let typed = hex(bytes);
    let row = |text: &str| {
        format!("2026-03-05 12:01:07.113 INFO a ok\n2026-03-05 12:01:07.114 ERROR send failed {text}\n2026-03-05 12:01:08.000 ERROR done\n")
    };
    vec![
        ("hex", typed.clone().into_bytes()),
        ("spaces", spaced.join(" ").into_bytes()),
        ("binary", bytes.to_vec()),
        ("base64", base64(bytes).into_bytes()),
        ("hex in a log", row(&typed).into_bytes()),
        ("spaced hex in a log", row(&spaced.join(" ")).into_bytes()),
        ("base64 in a log", row(&base64(bytes)).into_bytes()),
    ]
}

fn secrets_of(sample: &Sample) -> Secrets {
    let mut secrets = Secrets::none();
    for (number, value) in &sample.fields {
        let digits: String = value.chars().take_while(char::is_ascii_digit).collect();
        secrets = match number {
            // A number that counts up stands in other fields too.
            _ if digits.starts_with("12345678") => secrets,
            2 | 34 | 102 | 103 if (12..=19).contains(&digits.len()) => secrets.pan(&digits),
            35 if digits.len() < value.len() => secrets.pan(&digits).hex(&value[digits.len() + 1..], "track data"),
            36 | 45 if digits.len() >= 12 => secrets.pan(&digits),
            52 => secrets.hex(value, "a PIN block"),
            62 if sample.mti == "0810" => secrets.hex(value, "a key"),
            _ => secrets,
        };
    }
    // Check values of keys may be seen.
    if sample.id == "cup-sdxp-0810a" {
        let keys = &sample.fields[&62];
        secrets = secrets_without(secrets, &keys[32..40]);
    }
    secrets
}

fn secrets_without(mut secrets: Secrets, open: &str) -> Secrets {
    secrets.needles.retain(|(needle, _)| !needle.contains(&open[..4]) && !needle.contains(&open[4..]));
    secrets
}

#[test]
fn samples_keep_their_secrets() {
    for sample in samples() {
        let secrets = secrets_of(&sample);
        for (dress, input) in pasted(&sample.whole) {
            for shown in surfaces(&input) {
                secrets.assert_hidden(&shown, &format!("{} as {dress}", sample.id));
            }
        }
    }
}

/// Cut anywhere, and with any byte damaged.
#[test]
fn broken_samples_keep_their_secrets() {
    for sample in samples() {
        let mut secrets = secrets_of(&sample);
        for cut in (1..sample.whole.len()).step_by(7) {
            let typed = hex(&sample.whole[..cut]);
            for shown in surfaces(typed.as_bytes()) {
                secrets.assert_hidden(&shown, &format!("{} cut at {cut}", sample.id));
            }
        }
        // What is damaged in front of the fields makes other fields of them, and where a cipher stands behind a fault nobody can see.
        secrets.needles.retain(|n| n.1.starts_with("a card number"));
        for at in (sample.from + 18..sample.whole.len()).step_by(11) {
            let mut bytes = sample.whole.clone();
            bytes[at] ^= 0xFF;
            for shown in surfaces(&bytes) {
                secrets.assert_hidden(&shown, &format!("{} damaged at {at}", sample.id));
            }
        }
    }
}

/// Messages with a card number in every place where one can stand.
fn hidden_in_every_place() -> Vec<(String, Vec<u8>, Secrets)> {
    let mut cases = Vec::new();
    let mut add = |name: &str, bytes: Vec<u8>, secrets: Secrets| cases.push((name.to_owned(), bytes, secrets));
    let ascii = |text: &str| hex(text.as_bytes());
    for pan in PANS {
        let none = Secrets::none().pan(pan);
        let packed = if pan.len() % 2 == 0 { pan.to_owned() } else { format!("{pan}F") };
        let track = format!("{pan}D29122011234567");
        let track = &track[..track.len().min(37)];
        let track1 = format!("B{pan}^CARD/HOLDER^29122011234567");
        add(&format!("2 {pan}"), framed("0200", &with(SALE, &[(2, pan)])), none.clone());
        add(&format!("35 {pan}"), framed("0200", &with(SALE, &[(2, ""), (35, track)])), none.clone().hex("29122011234567", "track data"));
        add(
            &format!("36 {pan}"),
            framed("0200", &with(SALE, &[(2, ""), (36, &format!("99{pan}D1561560000000000000000000000"))])),
            none.clone(),
        );
        let chip = |tag: &str, value: &str| format!("9F2608DEAE676D1C473411{tag}{:02X}{value}9F36020349", value.len() / 2);
        add(&format!("5A {pan}"), framed("0200", &with(SALE, &[(2, ""), (55, &chip("5A", &packed))])), none.clone());
        let track2 = if track.len() % 2 == 0 { track.to_owned() } else { format!("{track}F") };
        add(&format!("57 {pan}"), framed("0200", &with(SALE, &[(2, ""), (55, &chip("57", &track2))])), none.clone());
        // Chip data that break off inside the number.
        let broken = format!("9F2608DEAE676D1C4734115A{:02X}{packed}", packed.len() / 2 + 3);
        add(&format!("5A cut, {pan}"), framed("0200", &with(SALE, &[(2, ""), (55, &broken)])), none.clone());
        add(&format!("chip data alone {pan}"), unhexed(&chip("5A", &packed)), none.clone());
        // By another dialect, in text.
        let base = [(3, "000000"), (4, "000000012300"), (7, "1115165419"), (11, "000777"), (41, "29800013"), (49, "156")];
        add(&format!("text 2 {pan}"), message("iso87-ascii-hexbitmap", "0200", &with(&base, &[(2, pan)])), none.clone());
        add(&format!("text 34 {pan}"), message("iso87-ascii-hexbitmap", "0200", &with(&base, &[(34, pan)])), none.clone());
        add(
            &format!("text 35 {pan}"),
            message("iso87-ascii-hexbitmap", "0200", &with(&base, &[(35, &track.replace('D', "="))])),
            none.clone(),
        );
        add(&format!("text 45 {pan}"), message("iso87-ascii-hexbitmap", "0200", &with(&base, &[(45, &track1)])), none.clone());
        add(&format!("text 102 {pan}"), message("iso87-ascii-hexbitmap", "0200", &with(&base, &[(102, pan)])), none.clone());
        add(&format!("text 103 {pan}"), message("iso87-ascii-hexbitmap", "0200", &with(&base, &[(103, pan)])), none.clone());
        // In free data only what is as long as a card number usually is, is taken for one.
        if pan.len() >= 13 {
            for number in [44, 48, 61, 62, 63] {
                let text = format!("A{pan}Z");
                let text = if number == 44 { &text[..text.len().min(25)] } else { &text };
                add(
                    &format!("text {number} {pan}"),
                    message("iso87-ascii-hexbitmap", "0200", &with(&base, &[(number, text)])),
                    none.clone(),
                );
            }
            for number in [46, 47, 57, 58] {
                add(&format!("{number} {pan}"), framed("0200", &with(SALE, &[(2, ""), (number, &format!("A{pan}Z"))])), none.clone());
            }
            for number in [62, 63] {
                add(
                    &format!("{number} {pan}"),
                    framed("0200", &with(SALE, &[(2, ""), (number, &ascii(&format!("NO {pan}")))])),
                    none.clone(),
                );
            }
            // Where the same number stands in 2, it is known wherever it comes again.
            for (number, value) in [(61, pan.to_owned()), (48, pan.to_owned()), (62, packed.replace('F', "0")), (59, pan.to_owned())] {
                let value = if number == 59 { ascii(&value) } else { value };
                let Some(bytes) = std::panic::catch_unwind(|| framed("0200", &with(SALE, &[(2, pan), (number, &value)]))).ok() else {
                    continue;
                };
                add(&format!("2 and {number} {pan}"), bytes, none.clone());
            }
            // Behind the message, and behind a fault.
            let sale = framed("0200", SALE);
            add(&format!("behind {pan}"), [&sale[..], pan.as_bytes()].concat(), none.clone());
            add(&format!("in front {pan}"), [pan.as_bytes(), &message("cup-pos", "0200", SALE)].concat(), none.clone());
            let mut damaged = framed("0200", &with(SALE, &[(2, ""), (62, &ascii(pan))]));
            damaged[25] = 0xEE;
            add(&format!("behind a fault {pan}"), damaged, none.clone());
        }
    }
    // A number with a right check digit, packed, where nobody expects one.
    let packed = Secrets::none().pan(PAN);
    add("48 packed", framed("0320", &[(11, "000777"), (41, "29800013"), (48, PAN), (60, "00000012201")]), packed.clone());
    add("62 packed", framed("0200", &with(SALE, &[(2, ""), (62, PAN)])), packed.clone());
    add("63 packed", framed("0200", &with(SALE, &[(2, ""), (63, PAN)])), packed.clone());
    add("behind, packed", [&framed("0200", &with(SALE, &[(2, "")]))[..], &unhexed(PAN)].concat(), packed);
    // PIN blocks, keys.
    let block = "9C3A5B7D1E2F4086";
    add("52", framed("0200", &with(SALE, &[(52, block)])), Secrets::none().hex(block, "a PIN block"));
    let keys = "C1D2E3F4A5B69788".to_owned() + "0F1E2D3C4B5A6978" + "AABBCCDD" + "13579BDF02468ACE" + "EC8A6420FDB97531" + "11223344";
    let sign_on: &[(usize, &str)] =
        &[(11, "000104"), (12, "165419"), (13, "1115"), (39, "00"), (41, "29800013"), (42, "848290441116000"), (60, "00000012003")];
    let hidden = Secrets::none().hex(&keys[..32], "a key").hex(&keys[40..72], "a key");
    add("62 keys", framed("0810", &with(sign_on, &[(62, &keys)])), hidden.clone());
    // A length that fits no layout: still keys.
    add("62 keys, odd length", framed("0810", &with(sign_on, &[(62, &keys[..72])])), hidden);
    cases
}

fn unhexed(text: &str) -> Vec<u8> {
    crate::common::unhex(text)
}

#[test]
fn a_number_in_any_field_stays_hidden() {
    let mut leaks = Vec::new();
    for (name, bytes, secrets) in hidden_in_every_place() {
        for (dress, input) in pasted(&bytes) {
            for shown in surfaces(&input) {
                leaks.extend(secrets.leak(&shown).map(|leak| format!("{name} as {dress}: {leak}")));
            }
        }
    }
    leaks.dedup();
    assert!(leaks.is_empty(), "{} leaks:\n{}", leaks.len(), leaks.join("\n"));
}

/// The binary itself: every output form, standard error, cut input, captures.
#[test]
fn the_binary_keeps_secrets() {
    let secrets = Secrets::none().pan(PAN).hex("9C3A5B7D1E2F4086", "a PIN block").hex("29122011234567", "track data");
    let track = format!("{PAN}D29122011234567");
    let sale = framed("0200", &with(SALE, &[(35, &track), (52, "9C3A5B7D1E2F4086")]));
    let broken = hex(&sale[..sale.len() - 30]);
    let odd = format!("{}Z", hex(&sale[..60]));
    let file = Kept::new("sale.bin", &sale);
    for input in
        [hex(&sale).as_str(), &broken, &odd, file.path(), PAN, &track, &format!("card {PAN} does not read"), &format!("/{PAN}.bin")]
    {
        for more in [
            &[][..],
            &["--lang", "en"],
            &["--all"],
            &["--all", "--lang", "en"],
            &["--json"],
            &["--role", "cashier"],
            &["--as", "iso8583", "--all"],
            &["--as", "log", "--all"],
            &["--dialect", PAN],
            &["--as", PAN],
            &["--mak-file", PAN],
        ] {
            let o = posdx(&[&["decode", input], more].concat());
            assert!(!err(&o).contains("panicked"), "{more:?}: {}", err(&o));
            secrets.assert_hidden(&out(&o), &format!("standard output, {more:?}"));
            secrets.assert_hidden(&err(&o), &format!("standard error, {more:?}"));
        }
    }
    // Arguments that are not understood are quoted by the parser.
    let o = posdx(&["decode", "9000", &format!("--{PAN}")]);
    secrets.assert_hidden(&err(&o), "usage");
}

/// Card numbers in the words of a log: plain, grouped, with a track behind them, with a PIN or a security code beside them.
#[test]
fn the_words_of_a_log_keep_secrets() {
    let words = format!(
        "2026-03-05 12:00:00.000 ERROR pay failed pan={PAN} respCode=51\n\
         2026-03-05 12:00:01.000 ERROR card 6225 8812 3456 7898 declined 51\n\
         2026-03-05 12:00:02.000 ERROR track2={PAN}=29122011234567 respCode=91\n\
         2026-03-05 12:00:03.000 ERROR {{\"cardNo\":\"{PAN}\",\"cvv2\":\"739\",\"pin\":\"824613\",\"respCode\":\"55\"}}\n\
         2026-03-05 12:00:04.000 ERROR pinBlock=9C3A5B7D1E2F4086 workKey=C1D2E3F4A5B697880F1E2D3C4B5A6978 ret=-1\n\
         2026-03-05 12:00:05.000 ERROR F2={PAN} F39=14\n"
    );
    let secrets = Secrets::none()
        .pan(PAN)
        .hex("29122011234567", "track data")
        .hex("9C3A5B7D1E2F4086", "a PIN block")
        .hex("C1D2E3F4A5B697880F1E2D3C4B5A6978", "a key");
    let mut inputs: Vec<String> = words.lines().map(|l| format!("{l}\n2026-03-05 12:01:00.000 INFO end\n")).collect();
    inputs.push(words);
    for input in inputs {
        for shown in surfaces(input.as_bytes()) {
            secrets.assert_hidden(&shown, "a log");
            assert!(!shown.contains("\"739\"") && !shown.contains("\\\"739\\\"") && !shown.contains("824613"), "{shown}");
        }
    }
}

#[test]
fn captures_keep_secrets() {
    let secrets = Secrets::none().pan(PAN).hex("086BDB118D7AC25E", "a PIN block");
    let mut other = Scene::new(40077);
    // A card number where no message is, and a message that breaks off in its middle.
    other.ask(format!("pan={PAN}\r\n").as_bytes()).ask(&framed("0200", SALE)[..60]).end();
    for bytes in [day().pcap(), as_pcapng(&day().frames), other.pcap()] {
        let file = Kept::new("c.pcap", &bytes);
        for more in [&[][..], &["--lang", "en", "--all"], &["--json"]] {
            let o = posdx(&[&["decode", file.path()], more].concat());
            secrets.assert_hidden(&out(&o), "a capture");
            secrets.assert_hidden(&err(&o), "a capture");
        }
    }
}

/// The same tests would be blind if they could not see a secret that is there.
#[test]
fn unmasked_they_are_seen() {
    let track = format!("{PAN}D29122011234567");
    let keys: &[(usize, &str)] =
        &[(11, "000104"), (39, "00"), (41, "29800013"), (60, "00000012003"), (62, "C1D2E3F4A5B69788AABBCCDDC1D2E3F4A5B69788AABBCCDD")];
    let sale = hex(&framed("0200", &with(SALE, &[(35, &track), (52, "9C3A5B7D1E2F4086")])));
    for (typed, wanted) in
        [(sale.as_str(), vec![PAN, track.as_str(), "9C3A5B7D1E2F4086"]), (&hex(&framed("0810", keys)), vec!["C1D2E3F4A5B69788"])]
    {
        for more in [&["--json"][..], &["--lang", "en"], &["--all"]] {
            let shown = out(&posdx(&[&["decode", typed, "--unmask"], more].concat()));
            let joined: String = shown.chars().filter(|c| !c.is_whitespace()).collect();
            assert!(wanted.iter().all(|w| joined.contains(w)), "{more:?}\n{shown}");
            let hidden = out(&posdx(&[&["decode", typed], more].concat()));
            assert!(wanted.iter().all(|w| !hidden.contains(w)), "{more:?}");
        }
    }
    // In chip data, in the answers of a card, in logs too.
    let chip = "9F2608DEAE676D1C4734115A0862258812345678989F36020349";
    let shown = out(&posdx(&["decode", chip, "--unmask"]));
    assert!(shown.contains(PAN), "{shown}");
    let decoder = Decoder::new(catalogue(), knowledge()).unmasked(Unmasked::typed_by_a_person());
    let report = decoder.input(sale.as_bytes(), None, None).expect("decoded");
    let shown = page::render(&report, View { lang: Lang::En, role: Role::Engineer, width: 80, all: true });
    assert!(Secrets::none().pan(PAN).leak(&shown).is_some(), "the canary is alive");
    let o = posdx_reading(&["decode", "-", "--unmask", "--json"], framed("0210", ANSWER).as_slice());
    assert!(out(&o).contains(PAN));
}
