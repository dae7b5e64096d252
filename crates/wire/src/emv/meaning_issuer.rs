//! What issuer, host and kernel say: application data, authentication data, scripts, outcomes.
//!
//! The layout of issuer application data (tag 9F10) is the scheme's own: it is chosen by the application identifier, else by shape, and
//! when neither decides the bytes are shown and called unknown.

use std::ops::Range;

use posdx_model::SecretKind;

use super::bits::both;
use super::meaning::{Explainer, Meaning};
use super::meaning_value::{hex, printable};
use super::tags::Scheme;

impl Explainer<'_> {
    fn part(&self, id: &str, value: &[u8], range: Range<usize>, at: usize) -> Meaning {
        let bytes = value.get(range.clone()).unwrap_or_default();
        let number = bytes.iter().take(8).fold(0u64, |n, b| n << 8 | u64::from(*b)).to_string();
        let text = self.say(id, &[("hex", both(hex(bytes))), ("v", both(number))]);
        Meaning::new(text, at.saturating_add(range.start)..at.saturating_add(range.start + bytes.len()))
    }

    /// Authorisation response code: two characters; some terminals put packed digits there.
    pub(super) fn arc(&self, value: &[u8], at: usize) -> Meaning {
        let range = at..at.saturating_add(value.len());
        let text = match value {
            [0, 0] => self.say("arc-empty", &[]),
            [_, _] => match printable(value) {
                Some(code) => match self.tables.bits.arc(code) {
                    Some(text) => self.say("arc", &[("v", both(code)), ("text", text.clone())]),
                    None => self.say("arc-unknown", &[("v", both(code))]),
                },
                None => self.bytes(value, None),
            },
            _ => self.wrong_length(value.len(), "2"),
        };
        Meaning::new(text, range)
    }

    /// Issuer authentication data: ARPC of eight bytes and a response code, or ARPC of four bytes and a card status update
    /// (EMV 4.4 Book 2 section 8.2).
    pub(super) fn issuer_authentication(&self, value: &[u8], at: usize) -> Meaning {
        let whole = Meaning::new(self.bytes(value, None), at..at.saturating_add(value.len()));
        let len = value.len();
        if !(8..=16).contains(&len) {
            return Meaning::new(self.wrong_length(len, "8–16"), whole.range);
        }
        let code = value.get(8..10).filter(|_| len == 10).and_then(printable);
        if let Some(code) = code.filter(|c| c.bytes().all(|b| b.is_ascii_alphanumeric())) {
            let arc = self.say("arpc-arc", &[("v", both(code))]);
            let arc_at = at.saturating_add(8)..at.saturating_add(10);
            let parts = vec![
                self.part("arpc", value, 0..8, at),
                Meaning::new(arc, arc_at.clone()).with(vec![self.arc(code.as_bytes(), arc_at.start)]),
            ];
            return whole.with(parts);
        }
        if self.scheme == Some(Scheme::UnionPay) {
            // UnionPay cards know no card status update; the two bytes are the response code whatever they hold.
            return whole.with(vec![self.part("arpc", value, 0..8, at), self.part("iad-rest", value, 8..len, at)]);
        }
        let csu = value.get(4..8).unwrap_or_default();
        let csu = self.part("arpc-csu", value, 4..8, at).with(self.rows("csu", csu, at.saturating_add(4)));
        let mut parts = vec![self.part("arpc", value, 0..4, at), csu];
        if len > 8 {
            parts.push(self.part("arpc-proprietary", value, 8..len, at));
        }
        whole.with(parts)
    }

    /// Issuer application data.
    pub(super) fn iad(&self, value: &[u8], at: usize) -> Meaning {
        let byte = |i: usize| value.get(i).copied();
        let len = value.len();
        let ccd = len == 32 && byte(0) == Some(0x0F) && byte(16) == Some(0x0F);
        let vsdc = matches!(byte(0), Some(6 | 7)) && byte(3) == Some(3) && len >= 7;
        let (id, parts) = match self.scheme {
            _ if ccd => ("iad-ccd", self.iad_ccd(value, at)),
            Some(Scheme::Mastercard) if matches!(len, 18 | 20 | 26 | 28) => ("iad-mchip", self.iad_mchip(value, at)),
            Some(Scheme::Mastercard) => ("iad-unknown", Vec::new()),
            Some(Scheme::UnionPay | Scheme::Visa) if vsdc => ("iad-vsdc", self.iad_vsdc(value, at)),
            _ if vsdc => ("iad-vsdc-shape", self.iad_vsdc(value, at)),
            Some(Scheme::Visa) if byte(0) == Some(0x1F) && len == 32 => ("iad-visa2", self.iad_visa2(value, at)),
            _ => ("iad-unknown", Vec::new()),
        };
        Meaning::new(self.say(id, &[("hex", self.bytes(value, Some(SecretKind::Mixed)))]), at..at.saturating_add(len)).with(parts)
    }

    /// UnionPay, PBOC, Visa (and cards built like them): length, key index, version, four bytes of results, issuer's own data.
    fn iad_vsdc(&self, value: &[u8], at: usize) -> Vec<Meaning> {
        let cvr_bytes = value.get(3..7).unwrap_or_default();
        let cvr_at = at.saturating_add(3);
        let mut rows = self.rows("cvr-vsdc-more", cvr_bytes, cvr_at);
        if let Some(last) = cvr_bytes.get(3) {
            let text = self.say("iad-script-counter", &[("v", both((last >> 4).to_string()))]);
            let place = cvr_at.saturating_add(3);
            rows.push(Meaning::new(text, place..place.saturating_add(1)).bits(4, 0xF0, last & 0xF0));
        }
        let mut parts = vec![
            self.part("iad-length", value, 0..1, at),
            self.part("iad-dki", value, 1..2, at),
            self.part("iad-cvn", value, 2..3, at),
            self.part("iad-cvr", value, 3..7, at).with(rows).code("emv-cvr-vsdc", None),
        ];
        let mut from = 7;
        // A seventh byte of mandatory data names the algorithm (JR/T 0025); Visa's mandatory data end with the results.
        if value.first() == Some(&7)
            && let Some(algorithm) = value.get(7)
        {
            let kind = self.table("iad-algorithm", &[*algorithm], at.saturating_add(7)).in_byte(8);
            parts.push(Meaning { text: self.say("iad-algorithm", &[("text", kind.text.clone())]), ..kind });
            from = 8;
        }
        let Some(length) = value.get(from).map(|l| usize::from(*l)) else { return parts };
        parts.push(self.part("iad-idd-length", value, from..from + 1, at));
        let (from, to) = (from + 1, value.len());
        if to <= from {
            return parts;
        }
        let mut idd = self.part("iad-idd", value, from..to, at);
        // The one layout of issuer data that is public: identifier, five bytes of amount, four bytes of check value (JR/T 0025).
        if length == 10 && to - from == 10 && value.get(from) == Some(&1) {
            let amount = value.get(from + 1..from + 6).unwrap_or_default();
            let amount_at = at.saturating_add(from + 1);
            idd.children = vec![
                self.part("iad-idd-id", value, from..from + 1, at),
                Meaning::new(self.say("iad-idd-amount", &[("v", self.amount(amount))]), amount_at..amount_at.saturating_add(5)),
                self.part("iad-idd-mac", value, from + 6..to, at),
            ];
        }
        parts.push(idd);
        parts
    }

    fn iad_visa2(&self, value: &[u8], at: usize) -> Vec<Meaning> {
        vec![
            self.part("iad-length", value, 0..1, at),
            self.part("iad-cvn", value, 1..2, at),
            self.part("iad-dki", value, 2..3, at),
            self.part("iad-rest", value, 3..value.len(), at),
        ]
    }

    /// M/Chip: key index, version, six bytes of results, data authentication code, counters.
    fn iad_mchip(&self, value: &[u8], at: usize) -> Vec<Meaning> {
        vec![
            self.part("iad-dki", value, 0..1, at),
            self.part("iad-cvn", value, 1..2, at),
            self.part("iad-cvr", value, 2..8, at).code("emv-cvr-mchip", None),
            self.part("iad-dac", value, 8..10, at),
            self.part("iad-counters", value, 10..value.len(), at),
        ]
    }

    /// Common Core Definitions, format A (EMV 4.4 Book 3 Annex C9.2).
    fn iad_ccd(&self, value: &[u8], at: usize) -> Vec<Meaning> {
        vec![
            self.part("iad-length", value, 0..1, at),
            self.part("iad-cci", value, 1..2, at),
            self.part("iad-dki", value, 2..3, at),
            self.part("iad-cvr", value, 3..8, at).code("emv-cvr-ccd", None),
            self.part("iad-counters", value, 8..16, at),
            self.part("iad-idd-length", value, 16..17, at),
            self.part("iad-idd", value, 17..value.len(), at),
        ]
    }

    /// Issuer script results: five bytes a script, result and script identifier (EMV 4.4 Book 4 Annex A5).
    pub(super) fn script_results(&self, value: &[u8], at: usize) -> Meaning {
        let children = value
            .chunks(5)
            .enumerate()
            .map(|(i, script)| {
                let from = at.saturating_add(5 * i);
                let byte = u8::try_from(5 * i + 1).unwrap_or(u8::MAX);
                let range = from..from.saturating_add(script.len());
                let [result, id @ ..] = script else { return Meaning::new(self.say("empty", &[]), range) };
                let result_at = from..from.saturating_add(1);
                let sequence = result & 0x0F;
                let kind = self.table("script-result", script, from);
                let words = if sequence == 0 { "script-result-all" } else { "script-result" };
                let text = self.say(words, &[("text", kind.text), ("seq", both(sequence.to_string()))]);
                let identifier = self.say("script-id", &[("hex", both(hex(id)))]);
                let id_at = result_at.end..range.end;
                Meaning::new(text, range).bits(byte, 0xF0, result & 0xF0).with(vec![Meaning::new(identifier, id_at)])
            })
            .collect();
        Meaning::new(self.bytes(value, None), at..at.saturating_add(value.len())).with(children)
    }

    /// Error indication of kernel 2: three layers, the card's status word, the message to show.
    pub(super) fn error_indication(&self, value: &[u8], at: usize) -> Meaning {
        let mut children = Vec::new();
        if let Some(sw) = value.get(3..5).filter(|sw| *sw != [0, 0]) {
            children.push(self.part("bytes", value, 3..5, at).code("iso7816", Some(hex(sw))));
        }
        if let Some(message) = value.get(5) {
            children.push(self.part("ui-message", value, 5..6, at).code("emv-ui-message", Some(format!("{message:02X}"))));
        }
        Meaning::new(self.bytes(value, None), at..at.saturating_add(value.len())).with(children)
    }

    /// User interface request data: what the terminal is to show.
    pub(super) fn ui_request(&self, value: &[u8], at: usize) -> Meaning {
        let whole = Meaning::new(self.bytes(value, None), at..at.saturating_add(value.len()));
        let [message, status, ..] = value else { return whole };
        let state = self.table("ui-status", &[*status], at.saturating_add(1));
        let state = Meaning { text: self.say("ui-status", &[("text", state.text.clone())]), ..state };
        let mut children = vec![
            self.part("ui-message", value, 0..1, at).code("emv-ui-message", Some(format!("{message:02X}"))),
            state.bits(2, 0xFF, *status),
        ];
        if let Some(hold) = value.get(2..5) {
            let place = at.saturating_add(2);
            let text = self.say("ui-hold", &[("v", both(hex(hold)))]);
            children.push(Meaning::new(text, place..place.saturating_add(3)));
        }
        if let Some(language) = value.get(5..13).and_then(|l| printable(l.split(|b| *b == 0).next().unwrap_or_default())) {
            let place = at.saturating_add(5);
            let text = self.say("ui-language", &[("v", both(language.trim()))]);
            children.push(Meaning::new(text, place..place.saturating_add(8)));
        }
        if let Some(amount) = value.get(14..20) {
            let place = at.saturating_add(14);
            let text = self.say("ui-value", &[("v", self.amount(amount))]);
            children.push(Meaning::new(text, place..place.saturating_add(6)));
        }
        whole.with(children)
    }

    /// Outcome parameter set of kernel 2.
    pub(super) fn outcome(&self, value: &[u8], at: usize) -> Meaning {
        let kind = self.table("outcome", value, at);
        let mut children = self.rows("outcome-more", value, at);
        for (i, id) in [(6, "outcome-field-off"), (7, "outcome-timeout")] {
            if value.get(i).is_some_and(|b| !matches!(b, 0 | 0xFF)) {
                children.push(self.part(id, value, i..i + 1, at));
            }
        }
        Meaning { text: self.say("outcome", &[("text", kind.text.clone())]), ..kind }.with(children)
    }

    /// Third party data of Mastercard (tag 9F6E): country, identifier, type of device when the identifier says there is one.
    pub(super) fn third_party_data(&self, value: &[u8], at: usize) -> Meaning {
        let whole = Meaning::new(self.bytes(value, Some(SecretKind::Mixed)), at..at.saturating_add(value.len()));
        let (Some(country), Some(id)) = (value.get(..2), value.get(2..4)) else { return whole };
        let country = self.say("third-country", &[("v", self.country(country))]);
        let mut children = vec![Meaning::new(country, at..at.saturating_add(2)), self.part("third-id", value, 2..4, at)];
        let mut from = 4;
        if id.first().is_some_and(|b| b & 0x80 == 0) && value.len() >= 6 {
            let kind = value.get(4..6).and_then(printable).unwrap_or("?");
            let place = at.saturating_add(4);
            children.push(Meaning::new(self.say("third-device", &[("v", both(kind))]), place..place.saturating_add(2)));
            from = 6;
        }
        if let Some(rest) = value.get(from..).filter(|r| !r.is_empty()) {
            let place = at.saturating_add(from);
            let text = self.say("third-rest", &[("hex", self.bytes(rest, Some(SecretKind::Mixed)))]);
            children.push(Meaning::new(text, place..place.saturating_add(rest.len())));
        }
        whole.with(children)
    }
}
