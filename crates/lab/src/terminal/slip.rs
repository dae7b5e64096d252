//! The slip: 58 mm paper, 32 columns.

use posdx_model::{Lang, Text};

use super::memory::{Memory, Record};
use super::screen::{columns, yuan};

const WIDTH: usize = 32;

/// A printed slip, line by line. Card numbers are masked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slip {
    /// The lines.
    pub lines: Vec<Text>,
}

impl Slip {
    /// The slip of an approved transaction.
    pub fn of(record: &Record, memory: &Memory, again: bool) -> Slip {
        let pair = |zh: &str, en: &str, value: &str| Text::new(spread(zh, value), spread(en, value));
        let same = |text: String| Text::new(text.clone(), text);
        let title = record.operation.title();
        let mut lines = vec![
            Text::new(centred("POS 签购单"), centred("POS SALES SLIP")),
            same("-".repeat(WIDTH)),
            pair("商户名称", "MERCHANT", &memory.shop),
            pair("商户号", "MERCHANT NO.", &memory.merchant),
            pair("终端号", "TERMINAL NO.", &memory.number),
            pair("卡号", "CARD NO.", &record.pan.masked()),
            Text::new(spread("交易类型", &title.zh), spread("TYPE", &title.en)),
            pair("批次号", "BATCH", &format!("{:06}", record.batch)),
            pair("凭证号", "TRACE", &format!("{:06}", record.trace)),
            pair("授权码", "AUTH CODE", &record.authorisation),
            pair("参考号", "REFERENCE", &record.reference),
            pair("日期时间", "DATE/TIME", &format!("{} {}", record.date, record.time)),
            pair("金额", "AMOUNT", &format!("RMB {}", yuan(record.amount))),
            same("-".repeat(WIDTH)),
            Text::new("持卡人签名：", "CARDHOLDER SIGNATURE:"),
            same(String::new()),
        ];
        if again {
            lines.push(Text::new(centred("重打印"), centred("DUPLICATE")));
        }
        Slip { lines }
    }

    /// A slip of a title and pairs of name and value, as a settlement has.
    pub fn list(title: &Text, rows: &[(&str, &str, String)]) -> Slip {
        let mut lines = vec![Text::new(centred(&title.zh), centred(&title.en))];
        lines.extend(rows.iter().map(|(zh, en, value)| Text::new(spread(zh, value), spread(en, value))));
        Slip { lines }
    }

    /// The slip as text, 32 columns.
    pub fn text(&self, lang: Lang) -> String {
        self.lines.iter().map(|l| l.get(lang)).collect::<Vec<_>>().join("\n")
    }
}

fn spread(name: &str, value: &str) -> String {
    let gap = WIDTH.saturating_sub(columns(name) + columns(value)).max(1);
    format!("{name}{}{value}", " ".repeat(gap))
}

fn centred(text: &str) -> String {
    format!("{}{text}", " ".repeat(WIDTH.saturating_sub(columns(text)) / 2))
}
