//! A 15-character merchant number → who acquires, where, in which trade, and whether that fits what the shop was told.
//!
//! Structure (merchant-number-pages): 3 digits acquiring institution, 4 digits clearing region, 4 digits MCC, 4 characters serial; ISO
//! 8583 field 42. There is no check digit. If the slip names another institution than the number does, somebody else settles the
//! money: the 一清 question.

use posdx_catalogue::Catalogue;
use posdx_catalogue::spelling::plain;
use posdx_model::{Text, mask_card_data};

use super::{NumberReport, NumberVerdict};
use crate::ui::grade_name;

/// Reads a merchant number. `told` is the acquirer the shop believes to have.
pub fn read(catalogue: &Catalogue, number: &str, told: Option<&str>) -> NumberReport {
    // What is repeated in the answer is masked first, whatever was typed there.
    let told = told.map(mask_card_data);
    let told = told.as_deref();
    let number: String = plain(number).trim().to_uppercase();
    let chars: Vec<char> = number.chars().collect();
    if chars.len() != 15 {
        let summary = Text::new(
            format!("商户号应是 15 位，这里有 {} 位。", chars.len()),
            format!("A merchant number has 15 characters; this has {}.", chars.len()),
        );
        return NumberReport::new("merchant", mask_card_data(&number), NumberVerdict::Wrong, summary)
            .advise("看小票上“商户编号”那一行，逐位抄下来。", "Copy the line “merchant number” from a slip, character by character.");
    }
    if let Some(at) = chars.iter().enumerate().position(|(i, c)| if i < 11 { !c.is_ascii_digit() } else { !c.is_ascii_alphanumeric() }) {
        let summary = Text::new(
            format!("第 {} 位的字符不对：前 11 位是数字，后 4 位是数字或字母。", at + 1),
            format!("Character {} cannot be right: the first 11 are digits, the last 4 digits or letters.", at + 1),
        );
        return NumberReport::new("merchant", mask_card_data(&number), NumberVerdict::Wrong, summary)
            .advise("核对有没有把 O 抄成 0，把 I 抄成 1。", "Look for O copied as 0, or I as 1.");
    }
    let (prefix, region, mcc, serial) = (&number[..3], &number[3..7], &number[7..11], &number[11..]);
    let acquirer = catalogue.acquirer(prefix);
    let region_record = catalogue.region(region);
    let mcc_record = catalogue.mcc(mcc);
    let missing = [acquirer.is_none(), region_record.is_none(), mcc_record.is_none()].iter().filter(|m| **m).count();

    let unknown = || Text::new("表里没有，说不准", "not in our table; cannot say");
    let who = acquirer.as_ref().map_or_else(unknown, |a| {
        Text::new(format!("{}（{}）", a.zh, grade_name(a.grade).zh), format!("{} ({})", a.en, grade_name(a.grade).en))
    });
    let place = region_record.as_ref().map_or_else(unknown, |r| Text::new(r.zh.clone(), r.en.clone()));
    let trade = mcc_record.as_ref().map_or_else(unknown, |m| {
        let class = match m.class.as_str() {
            "standard" => ("，标准费率类", ", standard fee class"),
            "reduced" => ("，优惠费率类", ", reduced fee class"),
            "exempt" => ("，减免费率类", ", exempt fee class"),
            _ => ("", ""),
        };
        Text::new(format!("{}{}", m.zh, class.0), format!("{}{}", m.en, class.1))
    });

    let fits = told.map(|t| acquirer.as_ref().is_some_and(|a| same_name(t, &a.zh) || same_name(t, &a.en)));
    let (verdict, summary) = match (fits, missing) {
        (Some(false), _) if acquirer.is_some() => (
            NumberVerdict::Doubtful,
            Text::new(
                format!("商户号属于{}，与告诉您的“{}”不符。", who.zh, told.unwrap_or_default()),
                format!("The number belongs to {}, not to “{}” as you were told.", who.en, told.unwrap_or_default()),
            ),
        ),
        (_, 0) => (
            NumberVerdict::Fine,
            Text::new(
                format!("结构正确：{}，{}，{}。", who.zh, place.zh, trade.zh),
                format!("Well formed: {}, {}, {}.", who.en, place.en, trade.en),
            ),
        ),
        _ => (
            NumberVerdict::Doubtful,
            Text::new("位数正确，但有的部分查不到。", "The length is right, but some parts are in no table we know."),
        ),
    };
    // An American Express card also has 15 digits, so a number of nobody's that passes Luhn stays masked.
    let may_be_card = acquirer.is_none() && posdx_model::CardNumber::parse(&number).is_ok_and(|n| n.check_digit_holds());
    if may_be_card {
        let summary = Text::new("这像卡号，不像商户号。", "This looks like a card number, not a merchant number.");
        return NumberReport::new("merchant", mask_card_data(&number), NumberVerdict::Wrong, summary)
            .advise("不要把卡号输到这里。商户号在小票上。", "Do not enter card numbers here. The merchant number stands on the slip.");
    }
    let mut report = NumberReport::new("merchant", number.clone(), verdict, summary)
        .finding(Text::new("收单机构", "Acquirer"), prefix, who)
        .finding(Text::new("地区（清算地区码，不是身份证地区码）", "Region (clearing code, not the identity-card code)"), region, place)
        .finding(Text::new("行业（MCC）", "Trade (MCC)"), mcc, trade)
        .finding(
            Text::new("顺序号", "Serial"),
            serial,
            Text::new("没有校验位，不能单凭号码辨真伪", "there is no check digit; the number alone proves nothing"),
        );
    match fits {
        Some(false) => {
            report.condition = Some("risk.illegal-terminal");
            report = report
                .advise("先停用这台机器收大额。", "Stop taking large amounts on this terminal.")
                .advise(
                    "打告诉您的那家机构官网上的客服，报商户号核实。",
                    "Call the institution you were told of, at the number on its own site, and have the merchant number checked.",
                )
                .advise("在中国人民银行网站查它有没有支付牌照。", "Look up its payment licence on the central bank's site.");
        }
        Some(true) => {
            report = report.advise(
                "商户号与机构一致。再核对地区、行业和自己的店是否相符。",
                "Number and institution agree. Now compare region and trade with your shop.",
            )
        }
        None => {
            report = report.advise(
                "加上 --acquirer 机构名，可以核对是不是一清机。",
                "Add --acquirer NAME to compare with the institution you were told of.",
            )
        }
    }
    report.advise(
        "地区或行业与店铺不符时，请收单机构说明：这会影响费率、限额和积分。",
        "If region or trade differ from your shop, ask the acquirer why: fees and limits depend on them.",
    )
}

fn same_name(told: &str, known: &str) -> bool {
    let clean = |s: &str| s.to_lowercase().replace("支付", "").replace("银行", "").replace("pay", "").replace(' ', "");
    let (told, known) = (clean(told), clean(known));
    !told.is_empty() && (known.contains(&told) || told.contains(&known))
}
