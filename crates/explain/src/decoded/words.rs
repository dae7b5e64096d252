//! A value of a field → what it says, in words: amounts, dates, currencies, codes.

use posdx_catalogue::Catalogue;
use posdx_model::{Text, mask_card_data};
use posdx_wire::emv::iso::Iso;
use posdx_wire::iso8583::{About, Decoded, Meaning};

/// Characters of free text that are shown.
const TEXT_MAX: usize = 400;

/// Puts the values of one message into words.
pub struct Words<'a> {
    /// Lists of codes, trades and regions.
    pub catalogue: &'a Catalogue,
    /// Currencies and countries.
    pub iso: &'a Iso,
    /// The message.
    pub decoded: &'a Decoded<'a>,
}

impl Words<'_> {
    /// What a value says. `raw` is its bytes, where it has whole bytes.
    pub fn meaning(&self, about: &About, value: &str, raw: &[u8]) -> Option<Text> {
        if let Some(entry) = self.decoded.dialect().value_text(about, value) {
            return Some(entry.text.clone());
        }
        match about.meaning? {
            Meaning::Amount => self.amount(value),
            Meaning::Currency => self.currency(value),
            Meaning::Country => self.iso.country(three(value)?).map(|c| c.name.clone()),
            Meaning::Mcc => self.catalogue.mcc(value).map(|m| Text::new(m.zh, m.en)),
            Meaning::DateMmdd => date(None, value.get(..2)?, value.get(2..4)?),
            Meaning::DateYymmdd => date(value.get(..2), value.get(2..4)?, value.get(4..6)?),
            Meaning::DateYymm => month(value.get(..2)?, value.get(2..4)?),
            Meaning::TimeHhmmss => time(value),
            Meaning::DatetimeMmddhhmmss => joined(date(None, value.get(..2)?, value.get(2..4)?)?, time(value.get(4..)?)?),
            Meaning::DatetimeYymmddhhmmss => joined(date(value.get(..2), value.get(2..4)?, value.get(4..6)?)?, time(value.get(6..)?)?),
            Meaning::Response => self.response(value),
            Meaning::EntryMode => self.code_name("pos-entry-mode", value.get(..2)?),
            Meaning::Merchant => self.merchant(value),
            Meaning::Acquirer => self.catalogue.acquirer(value).map(|a| Text::new(a.zh, a.en)),
            Meaning::Region => self.catalogue.region(value).map(|r| Text::new(r.zh, r.en)),
            // Characters in the field's own coding are readable as they are; bytes may be GBK.
            Meaning::Words if value.chars().any(|c| !c.is_ascii_hexdigit() && c != '*') => None,
            Meaning::Words => text(raw),
            Meaning::Mac | Meaning::Emv => None,
        }
    }

    /// An amount in the currency of the message: `55.88 元`.
    pub fn amount(&self, value: &str) -> Option<Text> {
        let number: u128 = value.trim_start_matches(['C', 'D', 'x']).parse().ok()?;
        let code = self.decoded.value(49).map(|v| v.masked()).or_else(|| self.decoded.dialect().currency.clone());
        let Some(currency) = code.as_deref().and_then(three).and_then(|c| self.iso.currency(c)) else {
            return Some(Text::new(format!("{number}（最小单位，币种不明）"), format!("{number} (smallest units, currency not known)")));
        };
        let digits = usize::from(currency.digits);
        let scale = 10u128.pow(u32::from(currency.digits));
        let shown = if digits == 0 { number.to_string() } else { format!("{}.{:0digits$}", number / scale, number % scale) };
        Some(Text::new(format!("{shown} {}", currency.name.zh), format!("{shown} {}", currency.alpha)))
    }

    fn currency(&self, value: &str) -> Option<Text> {
        let currency = self.iso.currency(three(value)?)?;
        Some(Text::new(format!("{}（{}）", currency.name.zh, currency.alpha), format!("{} ({})", currency.name.en, currency.alpha)))
    }

    /// What the network's own list calls a response code.
    pub fn response(&self, value: &str) -> Option<Text> {
        self.code_name(self.decoded.dialect().responses.as_deref()?, value)
    }

    fn code_name(&self, namespace: &str, value: &str) -> Option<Text> {
        let code = self.catalogue.code(namespace, value)?;
        Some(self.catalogue.code_record(code).name)
    }

    /// Acquirer, place and trade of a 15-character merchant number.
    fn merchant(&self, value: &str) -> Option<Text> {
        let acquirer = self.catalogue.acquirer(value.get(..3)?);
        let region = self.catalogue.region(value.get(3..7)?);
        let trade = self.catalogue.mcc(value.get(7..11)?);
        let zh: Vec<String> =
            [acquirer.as_ref().map(|a| a.zh.clone()), region.as_ref().map(|r| r.zh.clone()), trade.as_ref().map(|m| m.zh.clone())]
                .into_iter()
                .flatten()
                .collect();
        let en: Vec<String> = [acquirer.map(|a| a.en), region.map(|r| r.en), trade.map(|m| m.en)].into_iter().flatten().collect();
        (!zh.is_empty()).then(|| Text::new(zh.join("，"), en.join(", ")))
    }
}

/// Three digits of a numeric code that may have a zero in front.
fn three(value: &str) -> Option<&str> {
    let value = value.trim();
    if value.len() == 4 { value.strip_prefix('0') } else { (value.len() == 3).then_some(value) }
}

/// Words in ASCII or GBK, masked. `None` when the bytes are no words.
pub fn text(raw: &[u8]) -> Option<Text> {
    let trimmed: Vec<u8> = raw.iter().copied().take(TEXT_MAX * 2).collect();
    let words = posdx_wire::input::to_text(&trimmed, posdx_wire::input::Encoding::Gbk);
    let clean: String = words.text.trim_matches(['\0', ' ']).to_owned();
    let printable = clean.chars().all(|c| !c.is_control() || c == '\n' || c == '\r' || c == '\t');
    if words.lossy || clean.is_empty() || !printable || !clean.chars().any(char::is_alphanumeric) {
        return None;
    }
    let single: String = clean.split_whitespace().collect::<Vec<_>>().join(" ");
    let masked = mask_card_data(&single);
    Some(Text::new(masked.clone(), masked))
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

fn month_name(month: &str) -> Option<&'static str> {
    MONTHS.get(month.parse::<usize>().ok()?.checked_sub(1)?).copied()
}

fn date(year: Option<&str>, month: &str, day: &str) -> Option<Text> {
    let name = month_name(month)?;
    let (m, d): (u8, u8) = (month.parse().ok()?, day.parse().ok()?);
    Some(match year {
        Some(year) => Text::new(format!("20{year} 年 {m} 月 {d} 日"), format!("{d} {name} 20{year}")),
        None => Text::new(format!("{m} 月 {d} 日"), format!("{d} {name}")),
    })
}

fn month(year: &str, month: &str) -> Option<Text> {
    let name = month_name(month)?;
    let m: u8 = month.parse().ok()?;
    Some(Text::new(format!("20{year} 年 {m} 月"), format!("{name} 20{year}")))
}

fn time(value: &str) -> Option<Text> {
    let shown = format!("{}:{}:{}", value.get(..2)?, value.get(2..4)?, value.get(4..6)?);
    Some(Text::new(shown.clone(), shown))
}

fn joined(date: Text, time: Text) -> Option<Text> {
    Some(Text::new(format!("{} {}", date.zh, time.zh), format!("{} {}", date.en, time.en)))
}
