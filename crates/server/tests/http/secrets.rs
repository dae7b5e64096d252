//! Card data goes in through every door and comes out of none.

use super::client::Server;

/// A test number in several dresses.
const NUMBER: &str = "6222021234567890128";

fn silent(what: &str, text: &str) {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    assert!(!text.contains(NUMBER) && !digits.contains(NUMBER), "{what}: {text}");
    assert!(!text.contains("6222 0212 3456 7890 128"), "{what}");
}

#[test]
fn no_answer_repeats_a_card_number() {
    let server = Server::new();
    let spaced = "6222%200212%203456%207890%20128";
    for path in [
        format!("/api/v1/explain?q={NUMBER}"),
        format!("/api/v1/explain?q=51&where={NUMBER}"),
        format!("/find?q={NUMBER}"),
        format!("/find?q={spaced}"),
        format!("/e/cups-pos/{NUMBER}"),
        format!("/e/{NUMBER}/51"),
        format!("/c/{NUMBER}"),
        format!("/fix?code={NUMBER}"),
        format!("/browse/causes/{NUMBER}"),
        format!("/api/v1/catalogue/steps/{NUMBER}"),
        format!("/api/v1/cards/{NUMBER}"),
        format!("/api/v1/diagnosis/{NUMBER}"),
        format!("/{NUMBER}"),
    ] {
        for accept in ["application/json", "text/html", "text/plain"] {
            let reply = server.get_with(&path, &[("accept", accept), ("x-request-id", NUMBER)]);
            silent(&format!("{path} {accept}"), &reply.text());
            silent(&format!("{path} {accept} head"), &reply.head);
        }
    }
    let track = format!("{NUMBER}=30122010000012345678");
    for (path, kind, body) in [
        ("/api/v1/explain", "application/json", format!("{{\"text\":\"{NUMBER} 刷卡失败\"}}")),
        ("/api/v1/explain", "application/json", format!("{{\"{NUMBER}\":1}}")),
        ("/api/v1/explain", "application/json", format!("{{\"text\":\"51\",\"where\":\"{NUMBER}\"}}")),
        ("/api/v1/explain", "text/plain", track.clone()),
        ("/api/v1/check/card", "application/json", format!("{{\"number\":\"{NUMBER}\"}}")),
        ("/api/v1/check/phone", "application/json", format!("{{\"number\":\"{NUMBER}\"}}")),
        ("/api/v1/decode", "text/plain", format!("2026-11-23 10:00:00 ERROR pan={NUMBER} track2={track} code=C101\nmore\n")),
        ("/api/v1/decode", "application/json", format!("{{\"input\":\"5A0A6222021234567890128F\",\"as\":\"{NUMBER}\"}}")),
        ("/api/v1/decode", "text/plain", "5A0A6222021234567890128F".to_owned()),
        ("/api/v1/diagnosis", "application/json", format!("{{\"text\":\"{NUMBER}\",\"contexts\":[\"{NUMBER}\"]}}")),
        ("/api/v1/diagnosis", "application/json", format!("{{\"text\":\"C101\",\"contexts\":[\"{NUMBER}\"]}}")),
        ("/find", "application/x-www-form-urlencoded", format!("q={NUMBER}+%E5%88%B7%E5%8D%A1%E5%A4%B1%E8%B4%A5")),
        ("/check", "application/x-www-form-urlencoded", format!("kind=card&number={NUMBER}")),
        (
            "/decode",
            "multipart/form-data; boundary=B",
            "--B\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\n5A0A6222021234567890128F\r\n--B--\r\n".to_owned(),
        ),
    ] {
        let reply = server.send("POST", path, &[("content-type", kind)], body.as_bytes());
        silent(&format!("{path} {body}"), &reply.text());
        silent(&format!("{path} {body} head"), &reply.head);
    }
    silent("metrics", &server.get("/metrics").text());
}

/// The reason why a bank stopped a card does not reach the till; the hotline may know.
#[test]
fn a_stolen_card_is_not_called_stolen_at_the_till() {
    let server = Server::new();
    let told = |cookie: &str, path: &str| server.get_with(path, &[("cookie", cookie)]).text();
    for (path, words) in [("/e/cups-pos/43", ["被窃", "stolen"]), ("/e/cups-pos/41", ["挂失", "lost card"])] {
        for lang in ["zh", "en"] {
            let till = told(&format!("posdx={lang}.standard.auto.cashier"), path).to_lowercase();
            for word in words {
                assert!(!till.contains(word), "{path} {lang} says {word}");
            }
        }
        let knows = told("posdx=en.standard.auto.engineer", path).to_lowercase();
        assert!(knows.contains(words[1]) || knows.contains("stolen") || knows.contains("lost"), "{path}: the engineer may know");
    }
    let list = told("posdx=en.standard.auto.cashier", "/browse/lists/cups-pos").to_lowercase();
    assert!(!list.contains("stolen"), "nor does the list");
    let index = server.get("/offline/index.json").text().to_lowercase();
    assert!(!index.contains("stolen"), "nor does what is kept offline");
}
