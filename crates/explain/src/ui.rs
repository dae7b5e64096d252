//! The words of the surfaces themselves, in both languages: headings, verdicts, names of people and parties.
//!
//! Knowledge does not belong here; it lives in `catalogue/`.

use posdx_model::{Actor, Grade, Lang, MoneyState, Party, RetryVerdict, Text};

/// Words for headings and verdicts in one language.
#[derive(Clone, Copy)]
pub struct Ui(pub Lang);

macro_rules! phrases {
    ($($name:ident: $zh:literal, $en:literal;)*) => {
        impl Ui { $(
            /// The words for this place.
            pub fn $name(self) -> &'static str {
                match self.0 { Lang::Zh => $zh, Lang::En => $en }
            }
        )* }
    };
}

phrases! {
    money: "钱", "Money";
    retry: "重试", "Try again";
    say: "对顾客说", "Tell the customer";
    next: "下一步", "Next step";
    then: "然后", "Then";
    causes: "原因", "Causes";
    fault: "责任方", "On whose side";
    prevention: "预防", "To prevent it";
    contact: "找谁", "Whom to call";
    have_ready: "手边备好", "Have at hand";
    sources: "来源", "Sources";
    list_says: "码表原话", "The list says";
    note: "注意", "Note";
    near: "相近的已确认代码", "Nearest confirmed codes";
    bits: "逐位解释", "Bit by bit";
    others: "同一个号码的其他意思", "Other meanings of the same number";
    also: "也可能是", "It may also be";
    same: "意思相同", "The same meaning in";
    agent: "给客服", "For the hotline";
    needs: "先确认", "First make sure";
    code: "代码", "Code";
    ask: "先回答一个问题", "One question first";
    note_down: "请记下", "Please note down";
    nearest: "看着像的代码", "Codes that look like it";
    checked: "核对于", "checked";
    length_header: "长度头", "Length";
    header: "报文头", "Header";
    unexplained: "说不清的前缀", "Unexplained";
    field: "域", "Field";
    bytes: "字节", "Bytes";
    name_and_value: "名称和内容", "Name and value";
    stopped: "读到这里读不下去了", "Reading stopped here";
    guess: "下面是猜测：跳过读不懂的部分，后面可能是这样", "A guess: behind the part that cannot be read it may go on like this";
    trailing: "报文后面多出的字节", "Bytes behind the message";
    contradictions: "互相矛盾的地方", "What contradicts what";
    other_readings: "也可能是", "It may also be";
    also_noted: "另外要注意", "Also worth a look";
    unconfirmed: "未确认", "unconfirmed";
    mac: "报文鉴别码", "MAC";
    more_about: "全部解释", "In full";
    line: "行", "Line";
    lines: "行数", "Lines";
    not_listed: "没有列出的行", "Lines not listed";
    nothing_found: "没有发现值得注意的内容。", "Nothing that calls for attention was found.";
    command: "命令", "Command";
    answer: "应答", "Answer";
    messages: "报文", "Messages";
    conversations: "会话", "Conversations";
    findings: "发现", "Findings";
    responses: "应答码", "Response codes";
    more_codes: "代码太多，只解释了前面几个。", "There were more codes; only the first ones are explained.";
}

impl Ui {
    /// Leads in a reading that holds only under one answer to an open question.
    pub fn provided(self, answer: &str) -> String {
        match self.0 {
            Lang::Zh => format!("假如答案是“{answer}”："),
            Lang::En => format!("If the answer is “{answer}”:"),
        }
    }

    /// The money verdict as a short sentence.
    pub fn money_state(self, state: MoneyState) -> &'static str {
        let text = match state {
            MoneyState::NotTaken => ("没有扣款", "Not taken"),
            MoneyState::Taken => ("已经扣款", "Taken"),
            MoneyState::Unknown => ("不确定，先查询", "Not sure: query first"),
            MoneyState::NotApplicable => ("不涉及扣款", "No money involved"),
        };
        match self.0 {
            Lang::Zh => text.0,
            Lang::En => text.1,
        }
    }

    /// The retry verdict as a short sentence, with its limits.
    pub fn retry_verdict(self, verdict: RetryVerdict, wait_s: Option<u32>, max: Option<u32>) -> String {
        let (zh, en) = match verdict {
            RetryVerdict::Now => ("可以马上再试", "Yes, at once"),
            RetryVerdict::Later => ("等一会儿再试", "Yes, later"),
            RetryVerdict::AfterFix => ("先处理好再试", "Yes, once it is put right"),
            RetryVerdict::QueryFirst => ("先查询，有结果再决定", "Query first, then decide"),
            RetryVerdict::OtherMethod => ("不要重试，换卡或换方式", "No; another card or way to pay"),
            RetryVerdict::Never => ("不要重试", "No"),
        };
        let mut out = match self.0 {
            Lang::Zh => zh,
            Lang::En => en,
        }
        .to_owned();
        if let Some(wait) = wait_s.filter(|w| *w > 0) {
            out += &match self.0 {
                Lang::Zh => format!("；等 {}", self.duration(wait)),
                Lang::En => format!("; wait {}", self.duration(wait)),
            };
        }
        if let Some(max) = max {
            out += &match self.0 {
                Lang::Zh => format!("；最多 {max} 次"),
                Lang::En => format!("; at most {max} {}", if max == 1 { "time" } else { "times" }),
            };
        }
        out
    }

    /// Seconds as people say them.
    pub fn duration(self, seconds: u32) -> String {
        let (n, zh, en) = match seconds {
            s if s % 86_400 == 0 => (s / 86_400, "天", "day"),
            s if s % 3_600 == 0 => (s / 3_600, "小时", "hour"),
            s if s % 60 == 0 => (s / 60, "分钟", "minute"),
            s => (s, "秒", "second"),
        };
        match self.0 {
            Lang::Zh => format!("{n} {zh}"),
            Lang::En => format!("{n} {en}{}", if n == 1 { "" } else { "s" }),
        }
    }
}

/// A party's name.
pub fn party_name(party: Party) -> Text {
    let (zh, en) = match party {
        Party::Cardholder => ("持卡人", "cardholder"),
        Party::Issuer => ("发卡行", "card's bank"),
        Party::Scheme => ("银联或卡组织", "card network"),
        Party::Acquirer => ("收单机构", "acquirer"),
        Party::Merchant => ("商户", "shop"),
        Party::Terminal => ("机器", "terminal"),
        Party::Network => ("网络", "network"),
        Party::Platform => ("平台", "platform"),
    };
    Text::new(zh, en)
}

/// The name of who does something.
pub fn actor_name(actor: Actor) -> Text {
    let (zh, en) = match actor {
        Actor::Cashier => ("收银员", "cashier"),
        Actor::Owner => ("店主", "shop owner"),
        Actor::Cardholder => ("顾客", "customer"),
        Actor::Agent => ("客服", "hotline agent"),
        Actor::Engineer => ("工程师", "engineer"),
        Actor::Acquirer => ("收单机构", "acquirer"),
        Actor::Issuer => ("发卡行", "card's bank"),
        Actor::Carrier => ("运营商", "phone company"),
        Actor::Vendor => ("厂家", "maker"),
    };
    Text::new(zh, en)
}

/// A grade's name.
pub fn grade_name(grade: Grade) -> Text {
    let (zh, en) = match grade {
        Grade::Official => ("官方", "official"),
        Grade::Corroborated => ("多方印证", "corroborated"),
        Grade::Single => ("单一来源", "single source"),
        Grade::Unconfirmed => ("未确认", "unconfirmed"),
    };
    Text::new(zh, en)
}
