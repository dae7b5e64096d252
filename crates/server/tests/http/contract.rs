//! What the document promises is what the server does, for every operation of the table.

use serde_json::Value;

use super::client::Server;

/// What is wrong with a value, held against a schema; nothing when it fits.
fn wrong(value: &Value, schema: &Value, all: &Value, place: &str) -> Option<String> {
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.rsplit('/').next().expect("a name");
        return wrong(value, all.get(name).unwrap_or_else(|| panic!("no schema {name}")), all, place);
    }
    if let Some(one) = schema.get("oneOf").and_then(Value::as_array) {
        let why: Vec<String> = one.iter().filter_map(|s| wrong(value, s, all, place)).collect();
        return (one.len() - why.len() != 1)
            .then(|| format!("{place}: fits {} of {}: {}", one.len() - why.len(), one.len(), why.join(" | ")));
    }
    if let Some(fixed) = schema.get("const") {
        return (fixed != value).then(|| format!("{place}: {value} is not {fixed}"));
    }
    if let Some(words) = schema.get("enum").and_then(Value::as_array) {
        return (!words.contains(value)).then(|| format!("{place}: {value} is none of {words:?}"));
    }
    match schema["type"].as_str() {
        Some("object") => {
            let Some(members) = value.as_object() else { return Some(format!("{place}: no object: {value}")) };
            for needed in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                if !members.contains_key(needed) {
                    return Some(format!("{place}: `{needed}` is missing"));
                }
            }
            members.iter().find_map(|(name, member)| {
                let here = format!("{place}.{name}");
                match (schema["properties"].get(name), &schema["additionalProperties"]) {
                    (Some(inner), _) => wrong(member, inner, all, &here),
                    (None, Value::Object(_)) => wrong(member, &schema["additionalProperties"], all, &here),
                    (None, _) => Some(format!("{here}: is not described")),
                }
            })
        }
        Some("array") => {
            let Some(items) = value.as_array() else { return Some(format!("{place}: no list: {value}")) };
            items.iter().enumerate().find_map(|(i, item)| wrong(item, &schema["items"], all, &format!("{place}[{i}]")))
        }
        Some("string") => (!value.is_string()).then(|| format!("{place}: no string: {value}")),
        Some("number") => (!value.is_number()).then(|| format!("{place}: no number: {value}")),
        Some("integer") => (!value.is_i64() && !value.is_u64()).then(|| format!("{place}: no integer: {value}")),
        Some("boolean") => (!value.is_boolean()).then(|| format!("{place}: neither true nor false: {value}")),
        Some("null") => (!value.is_null()).then(|| format!("{place}: not null")),
        _ => None,
    }
}

fn encoded(text: &str) -> String {
    text.bytes()
        .map(|b| if b.is_ascii_alphanumeric() || b"-._~".contains(&b) { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect()
}

/// Path and query of an operation with its examples; without the optional ones when `all` is false.
fn place(path: &str, operation: &Value, all: bool) -> String {
    let mut place = path.to_owned();
    let mut query = Vec::new();
    for p in operation["parameters"].as_array().into_iter().flatten() {
        let (name, example) = (p["name"].as_str().expect("a name"), p["example"].as_str().expect("an example"));
        if p["in"] == "path" {
            place = place.replace(&format!("{{{name}}}"), &encoded(example));
        } else if all || p["required"] == true {
            query.push(format!("{name}={}", encoded(example)));
        }
    }
    if query.is_empty() { place } else { format!("{place}?{}", query.join("&")) }
}

#[test]
fn every_operation_answers_its_example_as_described() {
    let server = Server::new();
    let document = server.get("/api/openapi.json").json();
    assert_eq!(document["openapi"], "3.1.0");
    let schemas = &document["components"]["schemas"];
    let mut seen = 0;
    for (path, operations) in document["paths"].as_object().expect("paths") {
        for (method, operation) in operations.as_object().expect("methods") {
            for all in [false, true] {
                let id = &operation["operationId"];
                let place = place(path, operation, all);
                let body = operation["requestBody"]["content"]["application/json"]["example"].clone();
                let body = if body.is_null() { String::new() } else { body.to_string() };
                let reply = server.send(&method.to_uppercase(), &place, &[("content-type", "application/json")], body.as_bytes());
                let (status, described) = operation["responses"]
                    .as_object()
                    .and_then(|r| r.iter().find(|(s, _)| s.starts_with('2')))
                    .unwrap_or_else(|| panic!("{id}: no success"));
                assert_eq!(reply.status.to_string(), *status, "{id}: {}", reply.text());
                let media = reply.header("content-type").and_then(|t| t.split(';').next()).expect("a media type");
                let schema = &described["content"][media]["schema"];
                assert!(!schema.is_null(), "{id}: {media} is not described");
                if media == "application/json" {
                    assert_eq!(wrong(&reply.json(), schema, schemas, ""), None, "{id}");
                }
                seen += 1;
            }
        }
    }
    assert!(seen >= 50, "{seen}");
}

/// Objects of many kinds, not only the examples.
#[test]
fn other_objects_are_as_described_too() {
    let server = Server::new();
    let document = server.get("/api/openapi.json").json();
    let schemas = &document["components"]["schemas"];
    let fits = |name: &str, value: &Value, what: &str| {
        let schema = serde_json::json!({"$ref": format!("#/components/schemas/{name}")});
        assert_eq!(wrong(value, &schema, schemas, ""), None, "{what}");
    };
    for question in ["64", "ZZ9", "51 和 05", "TVR 0800048000", "打印机不出纸", "63C2", "asdfgh qwerty", "0x04"] {
        fits("Explanation", &server.get(&format!("/api/v1/explain?q={}", encoded(question))).json(), question);
    }
    let hex = "004A600005000060310000000002103038000002C080100000000000000128000003271015021124353131313130303037323832323333313035343131303037323135360011220000150030";
    let cut = &hex[..100];
    let log = format!(
        "2026-11-23 10:00:00 ERROR send failed code=C101\n2026-11-23 10:00:01 INFO retry\nresp {hex}\n2026-11-23 10:00:02 ERROR respCode=91\n"
    );
    for input in [hex, cut, "9F2608A1B2C3D4E5F60718950508000480009B02E800", "3B6500002063CB6800", "00A40400\n6A82", "+CME ERROR: 10", &log]
    {
        let reply = server.send("POST", "/api/v1/decode", &[("content-type", "text/plain")], input.as_bytes());
        assert_eq!(reply.status, 200, "{input}: {}", reply.text());
        fits("Decoded", &reply.json(), input);
    }
    for (kind, number) in [("phone", "1380013800"), ("card", "6222020000000001"), ("merchant", "12"), ("merchant", "999990070111135")] {
        let reply = server.post_json(&format!("/api/v1/check/{kind}"), &serde_json::json!({"number": number}).to_string());
        fits("NumberReport", &reply.json(), number);
    }
}

/// The same object as the library gives, so as the command line prints.
#[test]
fn the_objects_are_those_of_the_command_line() {
    let server = Server::new();
    for question in ["C101", "51", "刷卡机说余额不足", "64"] {
        let ours = posdx_explain::explain(posdx_embedded::catalogue(), posdx_explain::Question { text: question, place: None });
        assert_eq!(server.get(&format!("/api/v1/explain?q={}", encoded(question))).json(), serde_json::to_value(&ours).expect("JSON"));
        let posted = server.post_json("/api/v1/explain", &serde_json::json!({"text": question}).to_string());
        assert_eq!(posted.json(), serde_json::to_value(&ours).expect("JSON"));
    }
    let one = server.get("/api/v1/codes/cups-pos/64").json();
    assert_eq!(one["readings"][0]["code"]["id"], "cups-pos/64");
    assert!(one["readings"][0]["collides"].as_array().is_some_and(|c| c.contains(&"unionpay-online/64".into())), "{one}");
    assert!(one["readings"].as_array().is_some_and(|r| r.len() > 1), "what else the number means follows");
}

#[test]
fn failures_are_problem_details_of_their_kind() {
    let server = Server::new();
    let json = ("content-type", "application/json");
    let large = vec![b'x'; 70_000];
    let many = "q".repeat(100_000);
    type Case<'a> = (&'a str, u16, &'a str, &'a str, Vec<(&'a str, &'a str)>, &'a [u8]);
    let cases: Vec<Case> = vec![
        ("bad-input", 400, "GET", "/api/v1/explain", vec![], b""),
        ("bad-input", 400, "GET", "/api/v1/explain?q=51&where=moon", vec![], b""),
        ("bad-input", 400, "POST", "/api/v1/explain", vec![json], b"{\"text\":"),
        ("bad-input", 400, "POST", "/api/v1/explain", vec![json], b"{\"txt\":\"51\"}"),
        ("bad-input", 400, "POST", "/api/v1/explain", vec![json], b"{\"text\":\" \"}"),
        ("bad-input", 400, "POST", "/api/v1/decode?dialect=klingon", vec![json], b"{\"input\":\"6A82\"}"),
        ("bad-input", 400, "POST", "/api/v1/diagnosis", vec![json], b"{\"text\":\"64\"}"),
        ("bad-input", 400, "POST", "/api/v1/diagnosis", vec![json], b"{\"text\":\"C101\",\"contexts\":[\"full-moon\"]}"),
        ("not-found", 404, "GET", "/api/v2/explain", vec![], b""),
        ("not-known", 404, "GET", "/api/v1/codes/cups-pos/ZZZ", vec![], b""),
        ("not-known", 404, "GET", "/api/v1/catalogue/causes/network.moon", vec![], b""),
        ("not-known", 404, "GET", "/api/v1/cards/none", vec![], b""),
        ("not-known", 404, "GET", "/api/v1/diagnosis/AAAA", vec![], b""),
        ("method", 405, "POST", "/api/v1/health", vec![json], b"{}"),
        ("method", 405, "DELETE", "/api/v1/explain", vec![], b""),
        ("no-such-form", 406, "GET", "/api/v1/health", vec![("accept", "image/png")], b""),
        ("too-large", 413, "POST", "/api/v1/explain", vec![json], &large),
        ("media-type", 415, "POST", "/api/v1/explain", vec![("content-type", "image/png")], b"x"),
        ("other-name", 421, "GET", "/api/v1/health", vec![("host", "evil.example")], b""),
        ("other-site", 403, "POST", "/api/v1/explain", vec![json, ("sec-fetch-site", "cross-site")], b"{\"text\":\"51\"}"),
        ("not-readable", 422, "POST", "/api/v1/decode", vec![json], b"{\"input\":\"hello there\"}"),
        ("not-readable", 422, "POST", "/api/v1/decode", vec![("content-type", "text/plain")], b"\n"),
    ];
    for (kind, status, method, path, headers, body) in cases {
        let reply = server.send(method, path, &headers, body);
        assert_eq!((reply.status, reply.problem().as_str()), (status, kind), "{method} {path}: {}", reply.text());
    }
    assert_eq!(server.send("DELETE", "/api/v1/explain", &[], b"").header("allow"), Some("GET, HEAD, POST"));
    assert!(server.send("POST", "/api/v1/explain", &[json], b"{\"text\":\n 5}").text().contains("\"line\":2"));
    assert_eq!(server.get("/api/v1/codes/cups-pos/5l").json()["nearest"][0], "cups-pos/51");
    assert!(server.get(&format!("/{many}")).status >= 400, "a head without end is refused");
    let zh = server.get_with("/api/v1/nothing", &[("accept-language", "zh-CN")]).json();
    let en = server.get_with("/api/v1/nothing", &[("accept-language", "en")]).json();
    assert_eq!((zh["title"].as_str(), en["title"].as_str()), (Some("没有这个地址"), Some("No such address")));
}

#[test]
fn one_address_answers_in_the_form_and_language_that_is_asked_for() {
    let server = Server::new();
    let get = |accept: &str, lang: &str| server.get_with("/api/v1/explain?q=C101", &[("accept", accept), ("accept-language", lang)]);
    assert_eq!(get("application/json", "en").header("content-type"), Some("application/json"));
    let page = get("text/html", "en");
    assert!(page.text().contains("<html lang=\"en\"") && page.text().contains("Communication failed"), "{}", page.text());
    let lines = get("text/plain", "zh-CN").text();
    assert!(lines.contains("通信失败") && !lines.contains('\u{1b}'), "{lines}");
    for name in ["etag", "content-language", "vary", "x-request-id", "content-security-policy"] {
        assert!(page.header(name).is_some(), "{name}");
    }
}

#[test]
fn an_unchanged_answer_is_not_sent_again() {
    let server = Server::new();
    let first = server.get("/api/v1/codes/cups-pos/51");
    let tag = first.header("etag").expect("a tag").to_owned();
    let again = server.get_with("/api/v1/codes/cups-pos/51", &[("if-none-match", &tag)]);
    assert_eq!((again.status, again.body.len()), (304, 0));
    let weak = format!("\"x\", W/{tag}");
    assert_eq!(server.get_with("/api/v1/codes/cups-pos/51", &[("if-none-match", &weak)]).status, 304);
    let page = server.get("/e/cups-pos/51");
    assert_ne!(page.header("etag"), Some(tag.as_str()));
    let english = server.get_with("/e/cups-pos/51", &[("accept-language", "en")]);
    assert_ne!(page.header("etag"), english.header("etag"));
    let packed = server.get_with("/api/v1/codes/cups-pos/51", &[("accept-encoding", "gzip")]);
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    assert!(packed.body.len() * 3 < first.body.len(), "{} of {}", packed.body.len(), first.body.len());
    let head = server.send("HEAD", "/api/v1/codes/cups-pos/51", &[], b"");
    assert_eq!((head.status, head.body.len(), head.header("etag")), (200, 0, Some(tag.as_str())));
}

#[test]
fn figures_are_counted_and_well_formed() {
    let server = Server::new();
    server.get("/api/v1/explain?q=51");
    server.get("/api/v1/explain?q=51");
    server.get("/api/v1/explain");
    let text = server.get("/metrics").text();
    for line in [
        "posdx_http_requests_total{route=\"explain\",status=\"2xx\"} 2",
        "posdx_http_requests_total{route=\"explain\",status=\"4xx\"} 1",
        "posdx_http_answers_cached_total 1",
        "posdx_explanations_total{verdict=\"known\"} 1",
        "posdx_http_request_duration_seconds_count{route=\"explain\"} 3",
        "posdx_http_requests_in_flight 1",
    ] {
        assert!(text.lines().any(|l| l == line), "{line}\n{text}");
    }
    for line in text.lines().filter(|l| !l.starts_with('#')) {
        let (name, value) = line.rsplit_once(' ').expect("name and value");
        assert!(name.starts_with("posdx_") || name.starts_with("process_"), "{line}");
        assert!(value.parse::<f64>().is_ok(), "{line}");
    }
}
