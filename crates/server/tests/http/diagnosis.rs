//! Guided repair over HTTP: the server keeps nothing, the address holds it all.

use serde_json::Value;

use super::client::Server;

fn answer(server: &Server, at: &Value, id: &str) -> Value {
    let place = format!("/api/v1/diagnosis/{}/answer", at["id"].as_str().expect("an id"));
    let reply = server.post_json(&place, &serde_json::json!({"answer": id}).to_string());
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json()
}

#[test]
fn a_repair_goes_from_beginning_to_end_and_back() {
    let server = Server::new();
    let begun = server.post_json("/api/v1/diagnosis", r#"{"text":"C101","contexts":["on-shop-network"]}"#);
    assert_eq!(begun.status, 201);
    let mut now = begun.json();
    assert_eq!(begun.header("location"), Some(format!("/api/v1/diagnosis/{}", now["id"].as_str().expect("an id")).as_str()));
    assert_eq!(now["view"]["next"]["kind"], "last-sale", "money first");
    now = answer(&server, &now, "failed");
    let mut steps = 0;
    while now["view"]["next"]["choices"].as_array().is_some_and(|c| !c.is_empty()) {
        let next = &now["view"]["next"];
        let choice = match next["kind"].as_str() {
            Some("do") => "no-help",
            Some("confirm") => "yes",
            _ => "cannot-tell",
        };
        now = answer(&server, &now, choice);
        steps += 1;
        assert!(steps < 60, "it ends");
    }
    assert_eq!(now["view"]["next"]["kind"], "call");
    assert_eq!(now["view"]["entries"], steps + 1);
    let id = now["id"].as_str().expect("an id");
    let sum = server.get(&format!("/api/v1/diagnosis/{id}/summary")).json();
    assert_eq!(sum["schema"], "posdx.summary/1");
    assert!(sum["done"].as_array().is_some_and(|d| !d.is_empty()) && sum["contact"].is_object());
    let text = server.get_with(&format!("/api/v1/diagnosis/{id}/summary"), &[("accept", "text/plain"), ("accept-language", "en")]).text();
    assert!(text.contains("Communication failed") && text.contains("lakala/C101"), "{text}");
    let back = server.post_json(&format!("/api/v1/diagnosis/{id}/undo"), "{}").json();
    assert_eq!(back["view"]["entries"], steps);
    let empty = server.send("POST", &format!("/api/v1/diagnosis/{id}/undo"), &[], b"").json();
    assert_eq!(empty, back, "no body is as good as an empty one");
    // Another server goes on where this one stopped.
    let other = Server::new();
    let there = other.get(&format!("/api/v1/diagnosis/{id}")).json();
    assert_eq!(there["view"], now["view"]);
    assert_eq!(there["session"]["contexts"], serde_json::json!(["on-shop-network"]));
}

#[test]
fn what_the_address_cannot_mean_is_refused() {
    let server = Server::new();
    let begun = server.post_json("/api/v1/diagnosis", r#"{"text":"cups-pos/68"}"#).json();
    let id = begun["id"].as_str().expect("an id");
    let reply = server.post_json(&format!("/api/v1/diagnosis/{id}/answer"), r#"{"answer":"perhaps"}"#);
    assert_eq!((reply.status, reply.problem().as_str()), (400, "bad-input"));
    assert_eq!(reply.json()["answers"].as_array().map(Vec::len), Some(4));
    for broken in [&id[1..], "MQ", "MQphCmIKYwoK"] {
        assert_eq!(server.get(&format!("/api/v1/diagnosis/{broken}")).problem(), "not-known", "{broken}");
    }
    let long = "A".repeat(20_000);
    assert_eq!(server.get(&format!("/api/v1/diagnosis/{long}")).problem(), "not-known");
}
