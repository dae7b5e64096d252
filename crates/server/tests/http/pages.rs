//! Pages: whole, well formed, the same in both languages, small.

use super::client::Server;

const ALL: &[&str] = &[
    "/",
    "/e/cups-pos/51",
    "/e/cups-pos/68",
    "/e/cups-pos/00",
    "/e/lakala/C101",
    "/e/emv-tvr/0800048000",
    "/e/iso7816/63C2",
    "/c/printer.paper-out",
    "/find?q=64",
    "/find?q=51%20%E5%92%8C%2005",
    "/find?q=ZZ9",
    "/find?q=asdfgh",
    "/fix/MQoyMDI2LjExLjAKbGFrYWxhL0MxMDEKY29tbS5uby1yZXNwb25zZQo",
    "/decode",
    "/decode?example=1",
    "/browse",
    "/browse/lists",
    "/browse/lists/cups-pos",
    "/browse/symptoms",
    "/browse/causes",
    "/browse/causes/network.sim-no-data",
    "/browse/steps",
    "/browse/steps/restart-router",
    "/browse/lists?has=lakala",
    "/card",
    "/card?id=lakala&lang=en",
    "/check",
    "/settings",
    "/offline",
    "/nothing",
];

/// Tags opened and not closed, ids given twice, links within the page that lead nowhere.
fn faults(page: &str) -> Vec<String> {
    const VOID: &[&str] = &["meta", "link", "input", "img", "br"];
    let mut faults = Vec::new();
    let mut open: Vec<&str> = Vec::new();
    let mut ids: Vec<&str> = Vec::new();
    for tag in page.split('<').skip(1) {
        let Some((inner, _)) = tag.split_once('>') else { continue };
        let name = inner.trim_start_matches('/').split([' ', '\n']).next().unwrap_or_default();
        if inner.starts_with('!') || VOID.contains(&name) {
            continue;
        }
        if inner.starts_with('/') {
            if open.pop() != Some(name) {
                faults.push(format!("</{name}> closes nothing"));
            }
        } else {
            open.push(name);
        }
        if inner.matches(" class=").count() > 1 {
            faults.push(format!("two classes: <{inner}>"));
        }
        if inner.contains(" style=") || inner.contains(" onclick=") {
            faults.push(format!("inline: <{inner}>"));
        }
        if let Some(id) = inner.split(" id=\"").nth(1).and_then(|i| i.split('"').next()) {
            if ids.contains(&id) {
                faults.push(format!("id {id} twice"));
            }
            ids.push(id);
        }
    }
    faults.extend(open.iter().map(|o| format!("<{o}> is open")));
    for target in page.split("href=\"#").skip(1).filter_map(|h| h.split('"').next()) {
        if !ids.contains(&target) {
            faults.push(format!("#{target} leads nowhere"));
        }
    }
    faults
}

#[test]
fn every_page_is_whole_in_both_languages() {
    let server = Server::new();
    for path in ALL {
        for lang in ["zh", "en"] {
            let mut reply = server.get_with(path, &[("accept", "text/html"), ("accept-language", lang)]);
            if reply.status == 303 {
                let place = reply.header("location").expect("a place").to_owned();
                reply = server.get_with(&place, &[("accept", "text/html"), ("accept-language", lang)]);
            }
            assert!(matches!(reply.status, 200 | 404), "{path}: {}", reply.status);
            let page = reply.text();
            assert_eq!(faults(&page), Vec::<String>::new(), "{path} {lang}");
            assert_eq!(page.matches("<h1").count(), 1, "{path}: one first heading");
            assert!(page.contains("<main id=\"main\"") && page.contains("class=\"skip\""), "{path}");
            let tag = if lang == "zh" { "<html lang=\"zh-CN\"" } else { "<html lang=\"en\"" };
            assert!(page.contains(tag), "{path}");
            assert!(!page.contains("http://") && page.matches("src=\"https:").count() == 0, "{path}: nothing from elsewhere");
            let policy = reply.header("content-security-policy").expect("a policy");
            assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
            assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
        }
    }
}

/// The words of the pages; the knowledge itself may quote what stands on a Chinese slip.
#[test]
fn an_english_page_speaks_english_alone() {
    let server = Server::new();
    for path in [
        "/",
        "/decode?example=1",
        "/browse",
        "/browse/symptoms",
        "/browse/steps",
        "/find?q=asdfgh",
        "/c/printer.paper-out",
        "/check",
        "/offline",
        "/nothing",
    ] {
        let page = server.get_with(path, &[("accept", "text/html"), ("accept-language", "en")]).text();
        // The switch to the other language speaks the other language.
        let han: String =
            page.replace("中文", "").replace("错误代码4", "").chars().filter(|c| ('\u{4e00}'..='\u{9fff}').contains(c)).collect();
        assert!(han.is_empty(), "{path}: {han}");
    }
}

#[test]
fn a_sample_of_all_codes_has_pages() {
    let server = Server::new();
    let catalogue = posdx_embedded::catalogue();
    for code in catalogue.codes().step_by(60) {
        let id = catalogue.code_id(code);
        let encode = |t: &str| {
            t.bytes().map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") }).collect::<String>()
        };
        let reply = server.get(&format!("/e/{}/{}", encode(&id.namespace), encode(&id.value)));
        assert_eq!(reply.status, 200, "{id}");
        assert_eq!(faults(&reply.text()), Vec::<String>::new(), "{id}");
    }
}

#[test]
fn the_form_leads_to_the_right_page() {
    let server = Server::new();
    let ask = |q: &str| {
        let encoded: String =
            q.bytes().map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") }).collect();
        let mut reply =
            server.send("POST", "/find", &[("content-type", "application/x-www-form-urlencoded")], format!("q={encoded}").as_bytes());
        let mut places = Vec::new();
        while reply.status == 303 {
            let place = reply.header("location").expect("a place").to_owned();
            reply = server.get(&place);
            places.push(place);
        }
        (places.last().cloned().unwrap_or_default(), reply.text())
    };
    assert_eq!(ask("C101").0, "/e/lakala/C101");
    assert_eq!(ask("51").0, "/e/cups-pos/51");
    assert!(ask("打印机不出纸").1.contains("data-recent-id=\"printer."));
    assert!(ask("64").1.contains("这个代码是在哪里看到的"));
    assert!(ask("").1.contains("刷卡机报错"));
    assert!(ask("5A0A6222021234567890128F").1.contains("逐") || ask("9F2608A1B2C3D4E5F60718950508000480009B02E800").1.contains("数据项"));
    let dump = ask("004A600005000060310000000002103038000002C080100000000000000128000003271015021124353131313130303037323832323333313035343131303037323135360011220000150030").1;
    assert!(dump.contains("id=\"f39\"") && dump.contains("href=\"#f39\"") && dump.contains("余额不足"), "{dump}");
}

#[test]
fn the_first_page_is_small() {
    let server = Server::new();
    let packed = |path: &str| server.get_with(path, &[("accept-encoding", "gzip"), ("accept", "text/html")]).body.len();
    let page = server.get("/").text();
    let files: Vec<&str> = page.split('"').filter(|p| p.starts_with("/assets/")).collect();
    assert!(files.len() >= 3, "{files:?}");
    let bytes = packed("/") + files.iter().map(|f| packed(f)).sum::<usize>();
    assert!(bytes < 50_000, "{bytes}");
    for file in files {
        let reply = server.get(file);
        assert!(reply.header("cache-control").is_some_and(|c| c.contains("immutable")), "{file}");
    }
    assert_eq!(server.get("/assets/style.0000000000000000.css").status, 404);
}

#[test]
fn the_worker_keeps_only_what_there_is() {
    let server = Server::new();
    let worker = server.get("/sw.js");
    assert!(worker.header("content-type").is_some_and(|t| t.starts_with("text/javascript")));
    let list =
        worker.text().lines().find_map(|l| l.strip_prefix("const KEEP = ").map(|l| l.trim_end_matches(';').to_owned())).expect("a list");
    let places: Vec<String> = serde_json::from_str(&list).expect("JSON");
    assert!(places.len() > 8);
    for place in places {
        assert_eq!(server.get(&place).status, 200, "{place}");
    }
    let index = server.get("/offline/index.json").json();
    let codes: usize = index["lists"].as_object().expect("lists").values().filter_map(|l| l.as_array()).map(Vec::len).sum();
    assert_eq!(codes, posdx_embedded::catalogue().code_count());
    let at =
        index["lists"]["cups-pos"].as_array().expect("codes").iter().find(|c| c[0] == "68").expect("68")[1].as_u64().expect("a number");
    assert_eq!(index["answers"][at as usize]["money"], "unknown");
}
