//! Who may ask, and how often.

use posdx_server::{Options, Password};

use super::client::Server;

#[test]
fn a_password_opens_everything_but_the_watchdogs_door() {
    let server = Server::with(Options { password: Some(Password::new("correct horse".into())), ..Options::default() });
    // user:correct horse, user:wrong
    let (right, wrong) = (("authorization", "Basic dXNlcjpjb3JyZWN0IGhvcnNl"), ("authorization", "Basic dXNlcjp3cm9uZw=="));
    for path in ["/", "/e/cups-pos/51", "/api/v1/explain?q=51", "/metrics", "/offline/index.json"] {
        for headers in [vec![], vec![wrong], vec![("authorization", "Bearer x")]] {
            let reply = server.get_with(path, &headers);
            assert_eq!(reply.status, 401, "{path}");
            assert!(reply.header("www-authenticate").is_some_and(|h| h.starts_with("Basic")), "{path}");
            assert!(!reply.text().contains("余额不足"), "{path}");
        }
        assert_eq!(server.get_with(path, &[right]).status, 200, "{path}");
    }
    assert_eq!(server.get("/api/v1/health").status, 200);
    assert_eq!(server.get("/api/v1/ready").status, 200);
}

#[test]
fn whoever_asks_too_often_is_told_when_to_come_back() {
    let server = Server::with(Options { behind_proxy: true, rate_per_s: 1, ..Options::default() });
    let ask = |who: &str| server.get_with("/api/v1/health", &[("x-forwarded-for", who), ("host", "shop.example")]);
    let replies: Vec<u16> = (0..8).map(|_| ask("203.0.113.7").status).collect();
    assert!(replies.iter().filter(|s| **s == 200).count() >= 5 && replies.contains(&429), "{replies:?}");
    let refused = ask("198.51.100.1, 203.0.113.7");
    assert_eq!(refused.problem(), "too-many", "the last address is the proxy's word");
    assert!(refused.header("retry-after").and_then(|s| s.parse::<u32>().ok()).is_some_and(|s| s >= 1));
    assert_eq!(ask("203.0.113.8").status, 200, "others are not punished");
}

#[test]
fn this_machine_has_no_limit() {
    let server = Server::with(Options { rate_per_s: 1, ..Options::default() });
    assert!((0..60).all(|_| server.get("/api/v1/health").status == 200));
}

#[test]
fn names_that_are_not_ours_are_refused_unless_given() {
    let server = Server::with(Options { names: vec!["till.local".into()], ..Options::default() });
    let ask = |host: &str| server.get_with("/", &[("host", host)]).status;
    assert_eq!([ask("till.local"), ask("TILL.local:8583"), ask("localhost:1"), ask("[::1]:8583"), ask("127.0.0.1")], [200; 5]);
    assert_eq!([ask("evil.example"), ask("till.local.evil.example"), ask("")], [421; 3]);
}

#[test]
fn settings_lead_nowhere_else() {
    let server = Server::new();
    let save = |body: &str| server.send("POST", "/settings", &[("content-type", "application/x-www-form-urlencoded")], body.as_bytes());
    let reply = save("lang=en&size=elder&back=%2Fe%2Fcups-pos%2F51");
    assert_eq!((reply.status, reply.header("location")), (303, Some("/e/cups-pos/51")));
    let cookie = reply.header("set-cookie").expect("a cookie").to_owned();
    assert!(
        cookie.starts_with("posdx=en.elder.auto.cashier;") && cookie.contains("SameSite=Lax") && cookie.contains("HttpOnly"),
        "{cookie}"
    );
    for away in ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/x%0d%0aset-cookie:a=b"] {
        assert_eq!(save(&format!("size=large&back={away}")).header("location"), Some("/"), "{away}");
    }
    let page = server.get_with("/", &[("cookie", cookie.split(';').next().expect("a pair"))]).text();
    assert!(page.contains("lang=\"en\"") && page.contains("size-elder"), "{page}");
    let strange = server.get_with("/", &[("cookie", "posdx=<script>.elder.cardholder")]).text();
    assert!(strange.contains("size-elder") && !strange.contains("<script>."));
}
