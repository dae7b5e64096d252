//! The table of tags: what each is called, how it is written, whether it is card data. Read from `dialects/emv/tags.toml`.

use std::collections::BTreeMap;

use posdx_model::{SecretKind, Text};
use serde::{Deserialize, Serialize};

use super::tables::TableError;

posdx_model::words! {
    /// A card scheme, as far as tags differ by it.
    Scheme {
        /// UnionPay.
        UnionPay = "unionpay",
        /// Visa.
        Visa = "visa",
        /// Mastercard.
        Mastercard = "mastercard",
        /// American Express.
        Amex = "amex",
        /// Discover.
        Discover = "discover",
        /// JCB.
        Jcb = "jcb",
    }
}

/// Registered application provider identifiers (RID, the first five bytes of an AID, ISO/IEC 7816-5).
const RIDS: &[([u8; 5], Scheme)] = &[
    ([0xA0, 0, 0, 3, 0x33], Scheme::UnionPay),
    ([0xA0, 0, 0, 0, 0x03], Scheme::Visa),
    ([0xA0, 0, 0, 0, 0x04], Scheme::Mastercard),
    ([0xA0, 0, 0, 0, 0x05], Scheme::Mastercard),
    ([0xA0, 0, 0, 0, 0x25], Scheme::Amex),
    ([0xA0, 0, 0, 0, 0x65], Scheme::Jcb),
    ([0xA0, 0, 0, 1, 0x52], Scheme::Discover),
    ([0xA0, 0, 0, 3, 0x24], Scheme::Discover),
];

impl Scheme {
    /// The scheme of an application identifier.
    pub fn of_aid(aid: &[u8]) -> Option<Scheme> {
        RIDS.iter().find(|(rid, _)| aid.starts_with(rid)).map(|(_, scheme)| *scheme)
    }
}

posdx_model::words! {
    /// How a value is written (EMV 4.4 Book 3 section 4.3), finer where a format alone says too little.
    Format {
        /// Bytes.
        Bytes = "b",
        /// Packed digits, filled with zeros on the left.
        Digits = "n",
        /// Packed digits, filled with `F` on the right.
        Compressed = "cn",
        /// Letters.
        Letters = "a",
        /// Letters and digits.
        LettersDigits = "an",
        /// Letters, digits and other characters.
        Characters = "ans",
        /// A data object list: tags with lengths.
        Dol = "dol",
        /// A list of tags.
        TagList = "tag-list",
        /// Elements inside.
        Template = "template",
        /// An application identifier.
        Aid = "aid",
        /// Year, month, day in packed digits.
        Date = "date-yymmdd",
        /// Hour, minute, second in packed digits.
        Time = "time-hhmmss",
        /// Minor units in packed digits.
        Amount = "amount",
        /// ISO 4217 number in packed digits.
        Currency = "currency",
        /// ISO 3166-1 number in packed digits.
        Country = "country",
        /// Pairs of letters, ISO 639.
        Language = "language",
        /// A name to be shown.
        Label = "label",
        /// Bits.
        Bits = "bits",
    }
}

posdx_model::words! {
    /// How a value is laid out inside. Members that stand for a table have the table's name in `bits.toml`.
    Layout {
        /// Rows of `bits.toml`: account type.
        AccountType = "account-type",
        /// TVR-like action code.
        ActionCode = "action-code",
        /// Rows: additional terminal capabilities.
        AdditionalTerminalCapabilities = "additional-terminal-capabilities",
        /// Application file locator.
        Afl = "afl",
        /// Application interchange profile.
        Aip = "aip",
        /// Minor units as a binary number.
        AmountBinary = "amount-binary",
        /// Authorisation response code.
        Arc = "arc",
        /// A date in ASCII digits.
        AsciiDate = "ascii-date",
        /// Rows: application selection indicator.
        Asi = "asi",
        /// Rows: application usage control.
        Auc = "auc",
        /// Rows: card data input capability.
        CardDataInput = "card-data-input",
        /// Rows: cryptogram information data.
        Cid = "cid",
        /// Command template: data in the order of a list.
        CommandTemplate = "command-template",
        /// A counter.
        Counter = "counter",
        /// Card production life cycle data.
        Cplc = "cplc",
        /// Card transaction qualifiers.
        Ctq = "ctq",
        /// Several currency numbers.
        CurrencyList = "currency-list",
        /// Rows: verification capability.
        CvmCapability = "cvm-capability",
        /// Cardholder verification method list.
        CvmList = "cvm-list",
        /// Cardholder verification method results.
        CvmResults = "cvm-results",
        /// Rows: type of identity document.
        DocumentType = "document-type",
        /// Data object list.
        Dol = "dol",
        /// Rows: electronic cash support.
        EcSupport = "ec-support",
        /// Error indication of a contactless kernel.
        ErrorIndication = "error-indication",
        /// File control information.
        Fci = "fci",
        /// Rows: form factor indicator.
        FormFactor = "form-factor",
        /// Rows: hash algorithm.
        HashAlgorithm = "hash-algorithm",
        /// An index written in hexadecimal.
        HexIndex = "hex-index",
        /// Issuer application data.
        Iad = "iad",
        /// Issuer authentication data.
        IssuerAuthentication = "issuer-authentication",
        /// Issuer script template.
        IssuerScript = "issuer-script",
        /// Rows: configuration of kernel 2.
        KernelConfiguration = "kernel-configuration",
        /// Rows: public key algorithm.
        KeyAlgorithm = "key-algorithm",
        /// Where the transaction log stands.
        LogEntry = "log-entry",
        /// Rows: verification capability in mag-stripe mode.
        MagCvmCapability = "mag-cvm-capability",
        /// A binary number.
        Number = "number",
        /// A number in packed digits.
        NumberBcd = "number-bcd",
        /// Outcome parameter set of kernel 2.
        Outcome = "outcome",
        /// POS entry mode.
        PosEntryMode = "pos-entry-mode",
        /// Application priority indicator.
        Priority = "priority",
        /// Response message format 1.
        Response1 = "response-1",
        /// Issuer script command.
        ScriptCommand = "script-command",
        /// Issuer script results.
        ScriptResults = "script-results",
        /// Rows: security capability.
        SecurityCapability = "security-capability",
        /// Service code.
        ServiceCode = "service-code",
        /// List of tags.
        TagList = "tag-list",
        /// Terminal capabilities.
        TerminalCapabilities = "terminal-capabilities",
        /// Rows: terminal risk management data.
        TerminalRiskManagement = "terminal-risk-management",
        /// Rows: terminal type.
        TerminalType = "terminal-type",
        /// Third party data.
        ThirdPartyData = "third-party-data",
        /// Rows: transaction type.
        TransactionType = "transaction-type",
        /// Transaction status information.
        Tsi = "tsi",
        /// Terminal transaction qualifiers.
        Ttq = "ttq",
        /// Terminal verification results.
        Tvr = "tvr",
        /// User interface request data.
        UiRequest = "ui-request",
        /// Rows: yes or no.
        YesNo = "yes-no",
    }
}

/// One tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TagSpec {
    /// The tag's bytes as one number.
    pub tag: u32,
    /// The scheme on whose cards it means this; `None` everywhere else.
    pub scheme: Option<Scheme>,
    /// Its name.
    pub name: Text,
    /// How it is written.
    pub format: Format,
    /// What kind of card data it is.
    pub secret: Option<SecretKind>,
    /// How it is laid out inside.
    pub layout: Option<Layout>,
    /// The catalogue namespace that explains its bits or codes.
    pub namespace: Option<String>,
    /// Standards that define it.
    pub sources: Vec<String>,
    /// True when the name stands in no source that could be checked.
    pub unconfirmed: bool,
}

/// All tags, sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tags {
    list: Vec<TagSpec>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Shape {
    tag: BTreeMap<String, TagShape>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TagShape {
    name: Text,
    format: Format,
    #[serde(default)]
    secret: Option<SecretKind>,
    #[serde(default)]
    meaning: Option<Layout>,
    #[serde(default)]
    namespace: Option<String>,
    sources: Vec<String>,
    #[serde(default)]
    grade: Option<String>,
}

impl Tags {
    /// Reads the table.
    pub fn read(toml: &str) -> Result<Tags, TableError> {
        let fail = |message: String| TableError { table: "tags", message };
        let shape: Shape = toml::from_str(toml).map_err(|e| fail(e.to_string()))?;
        let mut list = Vec::new();
        for (key, tag) in shape.tag {
            let (hex, scheme) = key.split_once('@').map_or((key.as_str(), None), |(h, s)| (h, Some(s)));
            let number = u32::from_str_radix(hex, 16).map_err(|_| fail(format!("`{key}` is no tag of one to four bytes")))?;
            let scheme = scheme.map(str::parse).transpose().map_err(|e| fail(format!("`{key}`: {e}")))?;
            if tag.name.is_incomplete() {
                return Err(fail(format!("`{key}` has no name in one of the languages")));
            }
            if tag.grade.as_deref().is_some_and(|g| g != "unconfirmed") {
                return Err(fail(format!("`{key}`: the only grade is `unconfirmed`")));
            }
            list.push(TagSpec {
                tag: number,
                scheme,
                name: tag.name,
                format: tag.format,
                secret: tag.secret,
                layout: tag.meaning,
                namespace: tag.namespace,
                sources: tag.sources,
                unconfirmed: tag.grade.is_some(),
            });
        }
        list.sort_by_key(|t| (t.tag, t.scheme));
        Ok(Tags { list })
    }

    /// What `tag` is on a card of `scheme`; what it is elsewhere when that scheme says nothing of its own.
    pub fn get(&self, tag: u32, scheme: Option<Scheme>) -> Option<&TagSpec> {
        let from = self.list.partition_point(|t| t.tag < tag);
        let same = self.list.get(from..)?.iter().take_while(|t| t.tag == tag);
        let mut general = None;
        for spec in same {
            if spec.scheme.is_none() {
                general = Some(spec);
            } else if spec.scheme == scheme {
                return Some(spec);
            }
        }
        general
    }

    /// Every tag in order.
    pub fn iter(&self) -> impl Iterator<Item = &TagSpec> {
        self.list.iter()
    }
}
