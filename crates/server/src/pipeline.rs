//! From request to response: the one way that every route takes.
//!
//! name → site → password → rate → form → kept answer? → body → work → form of failure → headers → figures → log

use std::net::{IpAddr, SocketAddr};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::body::{Body as HttpBody, Bytes, to_bytes};
use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header, request::Parts};
use flate2::Compression;
use posdx_model::{Lang, mask_card_data};

use crate::answer::{Answer, Policy};
use crate::ask::{self, Asked, Body, Form, Taste};
use crate::options::LogLevel;
use crate::problem::{Kind, Problem};
use crate::routes::{Route, Surface, Work};
use crate::state::State;
use crate::{base64, kept, page};

/// A request must be here and answered within this time.
const TIME_MAX: Duration = Duration::from_secs(30);
/// Heavy work waits this long for its turn.
const TURN_MAX: Duration = Duration::from_secs(5);
/// A request that takes longer is logged.
const SLOW: Duration = Duration::from_secs(1);
/// What heavy work costs of an address' allowance.
const HEAVY_COST: f64 = 5.0;
/// What a wrong password costs of it.
const WRONG_PASSWORD_COST: f64 = 20.0;

/// Who is at the other end of the connection.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

/// A response before the headers that all have.
struct Reply {
    status: StatusCode,
    kind: &'static str,
    policy: Policy,
    body: Bytes,
    packed: Option<Bytes>,
    tag: Option<HeaderValue>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

/// What is known about a request once its head was read.
struct Head {
    id: String,
    lang: Lang,
    form: Option<Form>,
    taste: Taste,
    packs: bool,
}

/// Answers one request.
pub async fn serve(route: &'static Route, number: usize, state: Arc<State>, request: Request<HttpBody>) -> Response<HttpBody> {
    let started = Instant::now();
    state.metrics.begin();
    let (mut parts, body) = request.into_parts();
    let taste = Taste::of(&parts.headers);
    let head = Head {
        id: request_id(&parts.headers),
        lang: ask::language(&taste, &parts.headers),
        form: ask::form(&parts.headers, route.forms),
        packs: parts.headers.get(header::ACCEPT_ENCODING).and_then(|v| v.to_str().ok()).is_some_and(|v| v.contains("gzip")),
        taste,
    };
    let reply = match tokio::time::timeout(TIME_MAX, answer(route, &state, &head, &mut parts, body)).await {
        Ok(Ok(reply)) => reply,
        Ok(Err(problem)) => refuse(route, &head, &parts, &problem),
        Err(_) => {
            let late = Problem::new(Kind::TooSlow, "请求没有在时限内到齐或做完。", "The request did not arrive or end within its time.");
            refuse(route, &head, &parts, &late)
        }
    };
    let status = reply.status;
    let response = respond(route, &head, &parts, reply);
    let bytes = response.headers().get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse().ok()).unwrap_or(0);
    let took = started.elapsed();
    state.metrics.end(number, status.as_u16(), took, bytes);
    log(&state, route, &head, status, took, bytes);
    response
}

async fn answer(route: &'static Route, state: &Arc<State>, head: &Head, parts: &mut Parts, body: HttpBody) -> Result<Reply, Problem> {
    let path: Vec<(String, String)> = match RawPathParams::from_request_parts(parts, &()).await {
        Ok(params) => params.iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect(),
        Err(_) => return Err(Problem::input("地址里有不是 UTF-8 的字节。", "The address holds bytes that are not UTF-8.")),
    };
    let peer = parts.extensions.get::<Peer>().map(|p| p.0.ip());
    let who = asker(state, &parts.headers, peer);
    let host = parts.headers.get(header::HOST).and_then(|h| h.to_str().ok()).unwrap_or_default();
    own_name(state, host)?;
    own_site(parts)?;
    if !route.open {
        password(state, &parts.headers, who)?;
    }
    if let Some(who) = who {
        let cost = if route.work == Work::Heavy { HEAVY_COST } else { 1.0 };
        state.limits.take(who, cost, Instant::now()).map_err(too_many)?;
    }
    let form = head.form.ok_or_else(|| {
        Problem::new(Kind::NoSuchForm, "这个地址给不出 Accept 里要的格式。", "This address has none of the forms that Accept asks for.")
    })?;
    let here = parts.uri.path_and_query().map_or("/", |p| p.as_str()).to_owned();
    let read = matches!(parts.method, Method::GET | Method::HEAD);
    let key = (route.pure && read).then(|| key(route, head, form, &here));
    if let Some(key) = &key {
        let tag = kept::tag(&state.build, key);
        let known = parts.headers.get(header::IF_NONE_MATCH).is_some_and(|seen| seen == "*" || lists(seen, &tag));
        let kept = state.answers.get(key);
        // Only what was answered before, or will be answered in the same way, may be called unchanged.
        if known && kept.is_some() {
            return Ok(Reply::unchanged(tag));
        }
        if let Some(kept) = kept {
            state.metrics.cached();
            return Ok(Reply::kept(&kept));
        }
    }
    let body = read_body(route, &parts.headers, body).await?;
    let asked = Asked {
        path,
        here: fit_to_show(&here),
        query: parts.uri.query().map(ask::parse_query).unwrap_or_default(),
        body,
        lang: head.lang,
        form,
        taste: head.taste,
    };
    let done = match route.work {
        Work::Light => {
            let run = || (route.run)(state, &asked);
            catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| Err(our_fault()))?
        }
        Work::Heavy => {
            let turn = tokio::time::timeout(TURN_MAX, Arc::clone(&state.heavy).acquire_owned()).await;
            let Ok(Ok(turn)) = turn else {
                return Err(
                    Problem::new(Kind::Busy, "现在太忙，请稍后再试。", "Too much is going on at once; try again in a moment.").wait(2)
                );
            };
            let state = Arc::clone(state);
            let work = tokio::task::spawn_blocking(move || {
                let _turn = turn;
                (route.run)(&state, &asked)
            });
            work.await.unwrap_or_else(|_| Err(our_fault()))?
        }
    };
    Ok(match key {
        Some(key) if done.status.is_success() => Reply::kept(&state.answers.keep(&key, done, kept::tag(&state.build, &key))),
        _ => Reply::fresh(done, head.packs),
    })
}

impl Reply {
    fn unchanged(tag: HeaderValue) -> Reply {
        let nothing = Answer::text("").status(StatusCode::NOT_MODIFIED);
        Reply { tag: Some(tag), ..Reply::fresh(nothing, false) }
    }

    fn kept(kept: &kept::Kept) -> Reply {
        Reply { packed: kept.packed.clone(), tag: Some(kept.tag.clone()), ..Reply::fresh(kept.answer.clone(), false) }
    }

    fn fresh(answer: Answer, pack: bool) -> Reply {
        let packed = if pack { kept::pack(&answer.body, Compression::fast()) } else { None };
        let Answer { status, kind, body, policy, headers } = answer;
        Reply { status, kind, policy, body, packed, tag: None, headers }
    }
}

/// An address as a page may repeat it: the first page's, where it may hold card data.
fn fit_to_show(here: &str) -> String {
    let plain = ask::percent_decoded(here);
    if mask_card_data(&plain) == plain { here.to_owned() } else { "/".to_owned() }
}

/// What an answer depends on.
fn key(route: &Route, head: &Head, form: Form, here: &str) -> String {
    // A program is told the truth whatever the person behind it likes to read.
    match form {
        Form::Json => format!("j{}{here}", head.lang),
        Form::Text => format!("t{}{here}", head.lang),
        Form::Html if route.surface == Surface::File => format!("f{}{here}", head.lang),
        Form::Html => format!("h{}{}{here}", head.lang, head.taste.cookie()),
    }
}

fn lists(seen: &HeaderValue, tag: &HeaderValue) -> bool {
    let (Ok(seen), Ok(tag)) = (seen.to_str(), tag.to_str()) else { return false };
    seen.split(',').any(|s| s.trim().trim_start_matches("W/") == tag)
}

/// The address whose allowance counts; a visitor on this machine has no limit.
fn asker(state: &State, headers: &HeaderMap, peer: Option<IpAddr>) -> Option<IpAddr> {
    if state.options.behind_proxy {
        // The last name is the one that our own proxy wrote.
        let told = headers.get_all("x-forwarded-for").iter().next_back().and_then(|v| v.to_str().ok());
        return told.and_then(|v| v.rsplit(',').next()?.trim().parse().ok()).or(peer);
    }
    peer.filter(|p| !p.is_loopback())
}

/// Refuses names that are not ours: another site's name that was pointed to this machine would otherwise let its pages read ours.
fn own_name(state: &State, host: &str) -> Result<(), Problem> {
    let options = &state.options;
    let name = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit())).map_or(host, |(name, _)| name);
    let plain = name.trim_start_matches('[').trim_end_matches(']');
    let ours = plain.eq_ignore_ascii_case("localhost")
        || plain.parse::<IpAddr>().is_ok()
        || options.behind_proxy
        || options.names.iter().any(|n| n.eq_ignore_ascii_case(plain));
    if ours {
        return Ok(());
    }
    Err(Problem::new(
        Kind::OtherName,
        "这台服务器不叫这个名字。要用它，启动时加 --name。",
        "This server does not go by that name. To use it, start with --name.",
    ))
}

/// Refuses changes that another web site sends in a visitor's name.
fn own_site(parts: &Parts) -> Result<(), Problem> {
    let read = matches!(parts.method, Method::GET | Method::HEAD);
    let site = parts.headers.get("sec-fetch-site").and_then(|v| v.to_str().ok());
    if read || !matches!(site, Some("cross-site" | "same-site")) {
        return Ok(());
    }
    Err(Problem::new(
        Kind::OtherSite,
        "这个请求来自别的网站，没有执行。",
        "This request came from another web site and was not carried out.",
    ))
}

fn password(state: &State, headers: &HeaderMap, who: Option<IpAddr>) -> Result<(), Problem> {
    let Some(password) = &state.options.password else { return Ok(()) };
    let given = headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok()).and_then(|v| v.strip_prefix("Basic "));
    let given = given.and_then(|v| base64::decode(v.trim()));
    let right = given.as_deref().and_then(|pair| {
        let colon = pair.iter().position(|b| *b == b':')?;
        pair.get(colon + 1..)
    });
    match right {
        Some(word) if password.is(word) => Ok(()),
        tried => {
            if let (Some(_), Some(who)) = (tried, who) {
                state.limits.take(who, WRONG_PASSWORD_COST, Instant::now()).map_err(too_many)?;
            }
            Err(Problem::new(Kind::Password, "请输入密码；用户名随意。", "Please give the password; any user name will do."))
        }
    }
}

fn too_many(wait_s: u32) -> Problem {
    Problem::new(
        Kind::TooMany,
        format!("请求太多，{wait_s} 秒后再来。"),
        format!("Too many requests; come back in {wait_s} {}.", if wait_s == 1 { "second" } else { "seconds" }),
    )
    .wait(wait_s)
}

fn our_fault() -> Problem {
    Problem::new(
        Kind::Ours,
        "程序出错了，这不是您的错。请把编号告诉管理员。",
        "The program failed; this is not your fault. Tell the operator the number below.",
    )
}

async fn read_body(route: &Route, headers: &HeaderMap, body: HttpBody) -> Result<Body, Problem> {
    let Some(most) = route.body_max else { return Ok(Body::default()) };
    let too_large = || {
        Problem::new(
            Kind::TooLarge,
            format!("内容太大，最多 {most} 字节。只给出出错前后的一段。"),
            format!("The body is too large; at most {most} bytes. Give only the part around the fault."),
        )
    };
    let announced: Option<usize> = headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse().ok());
    if announced.is_some_and(|n| n > most) {
        return Err(too_large());
    }
    // Whoever breaks off in the middle does not read the answer.
    let bytes = to_bytes(body, most).await.map_err(|_| too_large())?;
    Ok(Body::new(headers, bytes))
}

fn refuse(route: &Route, head: &Head, parts: &Parts, problem: &Problem) -> Reply {
    let status = problem.kind.status();
    let api = route.surface == Surface::Api || parts.uri.path().starts_with("/api/");
    let default = if api { Form::Json } else { Form::Html };
    let offered: &[Form] = if api { &[Form::Json, Form::Html, Form::Text] } else { &[Form::Html, Form::Json, Form::Text] };
    let answer = match ask::form(&parts.headers, offered).unwrap_or(default) {
        Form::Html => Answer::page(page::problem::page(head.lang, &head.taste, problem, &head.id, &fit_to_show(parts.uri.path()))),
        Form::Text => Answer::text(format!("{}\n{}\n{}\n", problem.kind.title(head.lang), problem.detail.get(head.lang), head.id)),
        Form::Json => {
            let body = problem.json(head.lang, &head.id).to_string();
            Answer::new("application/problem+json", Policy::Data, body)
        }
    };
    let mut reply = Reply::fresh(answer.status(status), head.packs);
    if let Some(wait) = problem.wait_s {
        reply.headers.push((header::RETRY_AFTER, HeaderValue::from(wait)));
    }
    if problem.kind == Kind::Password {
        reply.headers.push((header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"posdx\", charset=\"UTF-8\"")));
    }
    if problem.kind == Kind::Method {
        let methods = crate::routes::methods(parts.uri.path());
        if let Ok(allow) = HeaderValue::from_str(&methods) {
            reply.headers.push((header::ALLOW, allow));
        }
    }
    reply
}

fn respond(route: &Route, head: &Head, parts: &Parts, reply: Reply) -> Response<HttpBody> {
    let Reply { status, kind, policy, body, packed, tag, headers: own } = reply;
    let mut response = Response::new(HttpBody::empty());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    let fixed = HeaderValue::from_static;
    if status != StatusCode::NOT_MODIFIED && status != StatusCode::SEE_OTHER {
        headers.insert(header::CONTENT_TYPE, fixed(kind));
        headers.insert(header::CONTENT_LANGUAGE, fixed(if head.lang == Lang::Zh { "zh-CN" } else { "en" }));
    }
    headers.insert(header::CONTENT_SECURITY_POLICY, policy.header());
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, fixed("nosniff"));
    headers.insert(header::REFERRER_POLICY, fixed("no-referrer"));
    headers.insert("cross-origin-opener-policy", fixed("same-origin"));
    headers.insert("cross-origin-resource-policy", fixed("same-origin"));
    if policy == Policy::Page {
        headers.insert("permissions-policy", fixed("camera=(), geolocation=(), microphone=(), payment=(), usb=()"));
    }
    let forever = route.surface == Surface::File && route.pure && status == StatusCode::OK && parts.uri.path().starts_with("/assets/");
    let keep = match (&tag, forever) {
        (_, true) => "public, max-age=31536000, immutable",
        (Some(_), _) => "no-cache",
        (None, _) => "no-store",
    };
    headers.insert(header::CACHE_CONTROL, fixed(keep));
    headers.insert(header::VARY, fixed("accept, accept-encoding, accept-language, cookie"));
    if let Some(tag) = tag {
        headers.insert(header::ETAG, tag);
    }
    if let Ok(id) = HeaderValue::from_str(&head.id) {
        headers.insert("x-request-id", id);
    }
    for (name, value) in own {
        headers.insert(name, value);
    }
    let body = match packed.filter(|_| head.packs) {
        Some(packed) => {
            headers.insert(header::CONTENT_ENCODING, fixed("gzip"));
            packed
        }
        None => body,
    };
    if status != StatusCode::NOT_MODIFIED {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    }
    *response.body_mut() = HttpBody::from(body);
    response
}

/// The client's own id when it is a sensible one, else a new one.
fn request_id(headers: &HeaderMap) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let given = headers.get("x-request-id").and_then(|v| v.to_str().ok());
    // An id of digits alone could be a card number.
    let sensible = |id: &&str| {
        (8..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') && mask_card_data(id) == **id
    };
    match given.filter(sensible) {
        Some(id) => id.to_owned(),
        None => format!("{:08x}{:08x}", start(), NEXT.fetch_add(1, Ordering::Relaxed)),
    }
}

/// A number that tells this run of the program from others.
fn start() -> u32 {
    use std::hash::{BuildHasher, RandomState};
    static START: std::sync::OnceLock<u32> = std::sync::OnceLock::new();
    *START.get_or_init(|| RandomState::new().hash_one(0) as u32)
}

/// One line of the log: the route, never the address, which may hold what was asked.
fn log(state: &State, route: &Route, head: &Head, status: StatusCode, took: Duration, bytes: u64) {
    let status = status.as_u16();
    let (route, request) = (route.id, head.id.as_str());
    let ms = took.as_micros() as f64 / 1000.0;
    if status >= 500 {
        tracing::error!(route, status, ms, bytes, request, "failed");
    } else if took >= SLOW && state.options.log != LogLevel::Quiet {
        tracing::warn!(route, status, ms, bytes, request, "slow");
    } else if state.options.log == LogLevel::Requests {
        tracing::info!(route, status, ms, bytes, request, "answered");
    }
}
