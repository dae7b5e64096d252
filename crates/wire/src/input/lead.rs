//! What stands before a dump and announces it: a word of sending or receiving, an arrow.

/// How a dump is announced.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Lead {
    /// Nothing announces it.
    None,
    /// A word: "recv", "报文".
    Word,
    /// A sign of direction: `<<`, `->`.
    Arrow,
}

/// Only this many bytes before a dump are looked at.
const LOOK_BACK: usize = 48;

/// Words of logs in front of bytes, lower case.
const WORDS: &[&str] = &[
    "recv", "recved", "received", "receive", "rcv", "rx", "read", "send", "sent", "sending", "snd", "tx", "write", "req", "request",
    "resp", "response", "rsp", "data", "packet", "package", "pack", "pkt", "msg", "message", "hex", "hexstr", "dump", "bytes", "buf",
    "buffer", "raw", "apdu", "capdu", "rapdu", "tlv", "8583", "iso8583", "iso", "payload", "body", "pdu", "frame", "stream", "field55",
    "f55", "de55", "de 55", "input", "output",
];

/// The same in Chinese, where no blank separates words.
const HAN_WORDS: &[&str] = &[
    "报文",
    "数据",
    "发送",
    "接收",
    "收到",
    "请求",
    "响应",
    "应答",
    "返回",
    "上送",
    "下发",
    "收",
    "发",
    "包",
    "域",
    "十六进制",
    "码流",
    "内容",
    "指令",
    "命令",
    "如下",
    "串",
];

/// Signs of direction.
const ARROWS: &[&str] = &["<<", ">>", "<-", "->", "<=", "=>", "→", "←"];

/// What announces a dump that begins at `at`, on the line that begins at `line`.
pub(super) fn lead(text: &str, line: usize, at: usize) -> Lead {
    let mut from = at.saturating_sub(LOOK_BACK).max(line);
    while from < at && !text.is_char_boundary(from) {
        from += 1;
    }
    let before = text.get(from..at).unwrap_or_default();
    let opened = before.trim_end_matches([' ', '\t', '"', '\'', '[', '(', '{', '`', '“', '【', '「']);
    if ARROWS.iter().any(|a| opened.trim_end_matches([':', '\u{FF1A}']).ends_with(a)) {
        return Lead::Arrow;
    }
    let mut word = opened.trim_end_matches([' ', '\t', '"', '\'', '[', ']', '=', ':', '\u{FF1A}', '|', '>', '<', '-', '】']);
    if word.len() == before.len() {
        return Lead::None;
    }
    // A count between word and bytes: `recv(91):`, `recv 91:`, `recv len=91:`.
    if let Some(open) = word.strip_suffix(')').or(Some(word)) {
        let cut = open.trim_end_matches(|c: char| c.is_ascii_digit());
        if cut.len() < open.len() && !cut.ends_with(|c: char| c.is_ascii_alphanumeric()) {
            let cut = cut.trim_end_matches(['(', ' ', '=', '[', ':', ',']);
            word = cut.strip_suffix("len").or(cut.strip_suffix("length")).unwrap_or(cut).trim_end_matches([' ', '(', '[', ',', '.', '_']);
        }
    }
    let lower = word.to_ascii_lowercase();
    let named = WORDS.iter().any(|w| {
        lower.strip_suffix(w).is_some_and(|rest| {
            // `hexData` and `sendBuffer` are announcements as well: a capital begins a word.
            !rest.ends_with(|c: char| c.is_ascii_alphanumeric())
                || word.get(rest.len()..).is_some_and(|w| w.starts_with(|c: char| c.is_ascii_uppercase()))
                    && rest.ends_with(|c: char| c.is_ascii_lowercase())
        })
    });
    if named || HAN_WORDS.iter().any(|w| lower.ends_with(w)) { Lead::Word } else { Lead::None }
}
