//! A mobile number → whether it can be right and can receive a code (N201 and N304 of the seed).
//!
//! A number of the mainland has 11 digits and needs no separators; the seed's claim that separators are necessary does not hold. Since
//! 2019-12-01 numbers may move between carriers, so the block tells who got the number first, not who serves it now.

use posdx_catalogue::Catalogue;
use posdx_catalogue::spelling::plain;
use posdx_model::Text;

use super::{NumberReport, NumberVerdict};

/// Reads a phone number; country code, spaces and hyphens are allowed.
pub fn read(catalogue: &Catalogue, number: &str) -> NumberReport {
    let typed = plain(number);
    let typed = typed.trim();
    let local = typed.strip_prefix("+86").or_else(|| typed.strip_prefix("0086")).unwrap_or(typed);
    if let Some(at) = local.chars().position(|c| !(c.is_ascii_digit() || matches!(c, ' ' | '-' | '(' | ')'))) {
        let summary = Text::new(format!("第 {} 个字符不是数字。", at + 1), format!("Character {} is not a digit.", at + 1));
        return wrong(hidden(local), summary);
    }
    let digits: String = local.chars().filter(char::is_ascii_digit).collect();
    let shown = hidden(&digits);
    if !digits.starts_with('1') {
        return wrong(shown, Text::new("大陆手机号以 1 开头。", "A mainland mobile number begins with 1."));
    }
    let segment = (3..=5.min(digits.len())).rev().find_map(|n| catalogue.phone_segment(&digits[..n]));
    let wanted = segment.as_ref().map_or(11, |s| usize::from(s.digits));
    if digits.len() != wanted {
        return wrong(
            shown,
            Text::new(
                format!("应有 {wanted} 位，这里有 {} 位。", digits.len()),
                format!("It should have {wanted} digits; this has {}.", digits.len()),
            ),
        );
    }
    let Some(segment) = segment else {
        return NumberReport::new(
            "phone",
            shown,
            NumberVerdict::Doubtful,
            Text::new("位数对，但号段不在表里。", "The length is right, but the block is in no table we know."),
        )
        .advise("请顾客再念一遍号码。", "Ask for the number once more.");
    };
    let carrier = Text::new(format!("{}（最初分配）", segment.carrier.zh), format!("{} (first owner of the block)", segment.carrier.en));
    if segment.kind == "invalid" {
        return wrong(shown, Text::new("这个号段没有启用。", "This block is not in use."));
    }
    let sms = if segment.sms {
        Text::new("能收短信", "can receive text messages")
    } else {
        Text::new("收不到短信验证码", "cannot receive text messages")
    };
    let (verdict, summary) = if segment.sms {
        (NumberVerdict::Fine, Text::new("号码格式正确，不需要分隔符。", "The number is well formed; it needs no separators."))
    } else {
        (NumberVerdict::Doubtful, Text::new("这是物联网号段，收不到验证码。", "This is a number for machines; no code can arrive there."))
    };
    let mut report = NumberReport::new("phone", shown, verdict, summary)
        .finding(Text::new("号段", "Block"), segment.prefix, carrier)
        .finding(Text::new("短信", "Text messages"), "", sms)
        .advise(
            "格式正确还收不到验证码：看手机有没有信号，有没有欠费停机，短信有没有被拦截。",
            "Well formed and still no code: look for signal, an unpaid bill, a message filter.",
        );
    if !segment.sms {
        report.condition = Some("phone.inactive");
    }
    report
}

fn wrong(shown: String, summary: Text) -> NumberReport {
    let mut report = NumberReport::new("phone", shown, NumberVerdict::Wrong, summary)
        .advise("重新输入 11 位数字，不要空格和横线。", "Enter the 11 digits again, without blanks or hyphens.");
    report.condition = Some("phone.format");
    report
}

/// A phone number is personal data too: three digits in front, four behind.
fn hidden(digits: &str) -> String {
    let digits: Vec<char> = digits.chars().filter(char::is_ascii_digit).collect();
    if digits.len() < 8 {
        return "*".repeat(digits.len());
    }
    let front: String = digits[..3].iter().collect();
    let back: String = digits[digits.len() - 4..].iter().collect();
    format!("{front}{}{back}", "*".repeat(digits.len() - 7))
}
