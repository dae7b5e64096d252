//! A card number → length and check digit, never the number （错误代码4 and cups-pos/14）.

use posdx_model::{CardNumber, CardNumberError, Text};

use super::{NumberReport, NumberVerdict};

/// Reads a card number. Nothing of it but the first six and last four digits is ever returned.
pub fn read(number: &str) -> NumberReport {
    let number = match CardNumber::parse(&posdx_catalogue::spelling::plain(number)) {
        Ok(number) => number,
        Err(CardNumberError::NotADigit { position }) => {
            return wrong(
                String::new(),
                Text::new(format!("第 {position} 个字符不是数字。"), format!("Character {position} is not a digit.")),
            );
        }
        Err(CardNumberError::Length { digits }) => {
            return wrong(
                String::new(),
                Text::new(format!("有 {digits} 位，卡号是 12 到 19 位。"), format!("It has {digits} digits; card numbers have 12 to 19.")),
            );
        }
    };
    let shown = number.to_string();
    let length = Text::new("位数在卡号的范围内", "within the range of card numbers");
    let scheme = match number.first_digit() {
        '3' => ("运通、JCB 或大来", "American Express, JCB or Diners"),
        '4' => ("Visa", "Visa"),
        '5' | '2' => ("Mastercard 或国内卡", "Mastercard or domestic"),
        '6' => ("银联或 Discover", "UnionPay or Discover"),
        '9' => ("国内卡", "domestic"),
        _ => ("不是常见的付款卡", "no usual payment card"),
    };
    let report = if number.check_digit_holds() {
        NumberReport::new(
            "card",
            shown,
            NumberVerdict::Fine,
            Text::new("位数和校验位都对，卡号没有抄错。", "Length and check digit hold; the number was copied right."),
        )
        .advise(
            "仍被拒绝时，问题不在卡号：核对有效期，或请顾客问银行。",
            "If it is still refused, the number is not the cause: check the expiry, or let the customer ask the bank.",
        )
    } else {
        wrong(
            shown,
            Text::new("校验位不对：至少有一位抄错或读错。", "The check digit does not hold: at least one digit was copied or read wrong."),
        )
    };
    report.finding(Text::new("位数", "Length"), number.digit_count().to_string(), length).finding(
        Text::new("首位", "First digit"),
        number.first_digit(),
        Text::new(scheme.0, scheme.1),
    )
}

fn wrong(shown: String, summary: Text) -> NumberReport {
    let mut report = NumberReport::new("card", shown, NumberVerdict::Wrong, summary)
        .advise("对着卡面重输一次，每四位停一下。", "Enter it again from the card, pausing after every four digits.")
        .advise("能插卡就插卡，不要手输。", "Insert the card if you can, rather than typing.");
    report.condition = Some("card.number-invalid");
    report
}
