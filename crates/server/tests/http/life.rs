//! Beginning, end, and clients that behave badly.

use std::io::{Read, Write};
use std::time::Duration;

use super::client::{Reply, Server};

#[test]
fn a_stop_lets_a_request_under_way_finish() {
    let mut server = Server::new();
    let mut stream = server.connect();
    let body = r#"{"text":"C101"}"#;
    let head = format!(
        "POST /api/v1/explain HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        server.at,
        body.len()
    );
    stream.write_all(head.as_bytes()).expect("sent");
    stream.write_all(&body.as_bytes()[..5]).expect("sent");
    // The server must have begun with it before it is told to stop.
    while !server.get("/metrics").text().contains("posdx_http_requests_in_flight 2") {}
    drop(server.stop.take());
    std::thread::sleep(Duration::from_millis(100));
    stream.write_all(&body.as_bytes()[5..]).expect("sent");
    let reply = Reply::read(&mut stream);
    assert_eq!(reply.status, 200);
    assert_eq!(reply.json()["readings"][0]["condition"], "comm.no-response");
    server.thread.take().expect("a thread").join().expect("it ended by itself");
}

#[test]
fn bad_clients_harm_nobody() {
    let server = Server::new();
    for junk in [
        b"\x16\x03\x01\x02\x00\x01\x00\x01".as_slice(),
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /api/v1/decode HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\nZZ\r\n",
        b"GET /%ff%fe HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n",
        b"GET /e/%ff/%00 HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n",
        b"GET /find?q=%00%1b%5b31m HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n",
    ] {
        let mut stream = server.connect();
        stream.set_read_timeout(Some(Duration::from_secs(5))).expect("a socket");
        let _ = stream.write_all(junk);
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer);
        assert!(!answer.starts_with("HTTP/1.1 5"), "{answer}");
    }
    assert_eq!(server.get("/api/v1/health").status, 200);
}

#[test]
fn many_ask_at_once() {
    let server = Server::new();
    std::thread::scope(|scope| {
        for worker in 0..8 {
            let server = &server;
            scope.spawn(move || {
                for i in 0..6 {
                    let path = ["/e/cups-pos/91", "/api/v1/explain?q=C101", "/fix?code=cups-pos/68", "/browse/steps"][(worker + i) % 4];
                    assert!(matches!(server.get(path).status, 200 | 303), "{path}");
                }
            });
        }
    });
}
