//! The businesses a terminal can do, and what each asks for.

use posdx_model::Text;

posdx_model::words! {
    /// A business.
    Operation {
        /// 消费.
        Sale = "sale",
        /// 消费撤销.
        Void = "void",
        /// 退货.
        Refund = "refund",
        /// 预授权.
        PreAuthorisation = "pre-authorisation",
        /// 预授权完成.
        Completion = "completion",
        /// 余额查询.
        Balance = "balance",
        /// 离线消费, sent later.
        OfflineSale = "offline-sale",
        /// 签到.
        SignOn = "sign-on",
        /// 签退.
        SignOff = "sign-off",
        /// 结算.
        Settle = "settle",
        /// 回响测试.
        Echo = "echo",
        /// 参数下载.
        Parameters = "parameters",
        /// 冲正, by itself.
        Reversal = "reversal",
        /// User of the app signs in.
        Login = "login",
        /// User of the app registers.
        Register = "register",
        /// Code by text message.
        SmsCode = "sms-code",
        /// Check of that code.
        SmsCheck = "sms-check",
        /// Merchant data handed up.
        SyncData = "sync-data",
        /// Pause taking payments.
        Pause = "pause",
        /// Take payments again.
        Resume = "resume",
        /// Query the last sale.
        QueryLast = "query-last",
        /// Print the last slip again.
        Reprint = "reprint",
    }
}

/// One thing the terminal asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ask {
    /// Amount, typed in fen without a point.
    Amount,
    /// A card.
    Card,
    /// The card's PIN.
    Pin,
    /// Expiry of a typed card number, `YYMM`.
    Expiry,
    /// Trace number of the original.
    Trace,
    /// Reference number of the original, 12 characters.
    Reference,
    /// Date of the original, MMDD.
    Date,
    /// Authorisation code, 6 characters.
    AuthorisationCode,
    /// Name of the user.
    User,
    /// Password of the user.
    Password,
    /// Phone number.
    Phone,
    /// Code of the text message.
    Code,
}

impl Operation {
    /// What it asks for, in order.
    pub fn asks(self) -> &'static [Ask] {
        use Ask::{Amount, AuthorisationCode, Card, Code, Date, Password, Phone, Pin, Reference, Trace, User};
        match self {
            Operation::Sale | Operation::PreAuthorisation => &[Amount, Card, Pin],
            Operation::Void => &[Trace, Card, Pin],
            Operation::Refund => &[Trace, Reference, Date, Amount, Card],
            Operation::Completion => &[Trace, AuthorisationCode, Date, Amount, Card, Pin],
            Operation::Balance => &[Card, Pin],
            Operation::OfflineSale => &[Amount, AuthorisationCode, Card],
            Operation::Login | Operation::Register => &[User, Password],
            Operation::SmsCode => &[Phone],
            Operation::SmsCheck => &[Phone, Code],
            _ => &[],
        }
    }

    /// Its name on display and slip.
    pub fn title(self) -> Text {
        let (zh, en) = match self {
            Operation::Sale => ("消费", "SALE"),
            Operation::Void => ("消费撤销", "VOID"),
            Operation::Refund => ("退货", "REFUND"),
            Operation::PreAuthorisation => ("预授权", "PRE-AUTHORISATION"),
            Operation::Completion => ("预授权完成", "COMPLETION"),
            Operation::Balance => ("余额查询", "BALANCE"),
            Operation::OfflineSale => ("离线消费", "OFFLINE SALE"),
            Operation::SignOn => ("签到", "SIGN-ON"),
            Operation::SignOff => ("签退", "SIGN-OFF"),
            Operation::Settle => ("结算", "SETTLEMENT"),
            Operation::Echo => ("线路测试", "LINE TEST"),
            Operation::Parameters => ("参数下载", "PARAMETERS"),
            Operation::Reversal => ("冲正", "REVERSAL"),
            Operation::Login => ("用户登录", "LOG IN"),
            Operation::Register => ("用户注册", "REGISTER"),
            Operation::SmsCode => ("获取验证码", "SMS CODE"),
            Operation::SmsCheck => ("校验验证码", "CHECK SMS CODE"),
            Operation::SyncData => ("同步商户资料", "SYNC MERCHANT DATA"),
            Operation::Pause => ("暂停收款", "PAUSE"),
            Operation::Resume => ("恢复收款", "RESUME"),
            Operation::QueryLast => ("查询上一笔", "QUERY LAST SALE"),
            Operation::Reprint => ("重打小票", "REPRINT"),
        };
        Text::new(zh, en)
    }

    /// Must a reversal be stored before it is sent?
    pub fn reversible(self) -> bool {
        matches!(self, Operation::Sale | Operation::Void | Operation::PreAuthorisation | Operation::Completion)
    }

    /// Does it move money, now or later?
    pub fn financial(self) -> bool {
        self.reversible() || matches!(self, Operation::Refund | Operation::OfflineSale | Operation::Balance)
    }

    /// Processing code (field 3), condition code (25), type (60.1), message type.
    pub fn codes(self) -> (&'static str, &'static str, &'static str, &'static str) {
        match self {
            Operation::Void => ("200000", "00", "23", "0200"),
            Operation::Refund => ("200000", "00", "25", "0220"),
            Operation::PreAuthorisation => ("030000", "06", "10", "0100"),
            Operation::Completion => ("000000", "06", "20", "0200"),
            Operation::Balance => ("310000", "00", "01", "0200"),
            Operation::OfflineSale => ("000000", "00", "30", "0220"),
            _ => ("000000", "00", "22", "0200"),
        }
    }

    /// Network management code (60.3) of what is no payment.
    pub fn management(self) -> &'static str {
        match self {
            Operation::SignOn => "003",
            Operation::SignOff => "002",
            Operation::Echo => "301",
            Operation::Parameters => "360",
            Operation::Settle => "201",
            Operation::Login => "510",
            Operation::Register => "512",
            Operation::SmsCode => "520",
            Operation::SmsCheck => "521",
            Operation::SyncData => "530",
            Operation::Pause => "540",
            Operation::Resume => "541",
            Operation::QueryLast => "551",
            _ => "000",
        }
    }
}

impl Ask {
    /// Longest input, in characters.
    pub fn longest(self) -> usize {
        match self {
            Ask::Amount => 12,
            Ask::Card => 19,
            Ask::Pin | Ask::Reference => 12,
            Ask::Expiry | Ask::Date => 4,
            Ask::Trace | Ask::AuthorisationCode | Ask::Code => 6,
            Ask::User | Ask::Password => 20,
            Ask::Phone => 15,
        }
    }

    /// What the display asks.
    pub fn prompt(self) -> Text {
        let (zh, en) = match self {
            Ask::Amount => ("请输入金额", "Enter amount"),
            Ask::Card => ("请刷卡、插卡、挥卡或输卡号", "Swipe, insert or tap card, or type number"),
            Ask::Pin => ("请持卡人输入密码，无密码按确认", "Cardholder: enter PIN, or confirm without"),
            Ask::Expiry => ("请输入有效期（年月）", "Enter expiry (YYMM)"),
            Ask::Trace => ("请输入原流水号", "Enter original trace number"),
            Ask::Reference => ("请输入原参考号", "Enter original reference"),
            Ask::Date => ("请输入原交易日期（月日）", "Enter original date (MMDD)"),
            Ask::AuthorisationCode => ("请输入授权码", "Enter authorisation code"),
            Ask::User => ("请输入用户名", "Enter user name"),
            Ask::Password => ("请输入登录密码", "Enter password"),
            Ask::Phone => ("请输入手机号", "Enter phone number"),
            Ask::Code => ("请输入短信验证码", "Enter SMS code"),
        };
        Text::new(zh, en)
    }

    /// Is the input shown as stars?
    pub fn hidden(self) -> bool {
        matches!(self, Ask::Pin | Ask::Password | Ask::Code)
    }
}
