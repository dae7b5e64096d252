//! Where and why a decoder stopped, in words for people. It carries positions and counts, never values.

use posdx_model::Text;

posdx_model::words! {
    /// Which layer of a message is meant.
    Layer {
        /// The message type.
        Mti = "mti",
        /// The bitmap.
        Bitmap = "bitmap",
        /// A field's length prefix.
        FieldLength = "field-length",
        /// A field's value.
        FieldValue = "field-value",
    }
}

/// What should have stood where the decoder stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Digits of the message type.
    MtiDigit,
    /// More bytes; so many are missing.
    More(u16),
    /// A hexadecimal digit of the bitmap.
    BitmapDigit,
    /// A field that the dialect describes.
    KnownField,
    /// A digit of the length.
    LengthDigit,
    /// A length that the field may have; this is the largest.
    LengthUpTo(u16),
    /// A digit.
    Digit,
    /// A hexadecimal letter.
    HexDigit,
    /// A message of at most 65,535 bytes.
    Shorter,
}

impl Expected {
    /// What was expected, as a phrase.
    pub fn text(self) -> Text {
        match self {
            Expected::MtiDigit => Text::new("消息类型的一位数字", "a digit of the message type"),
            Expected::More(1) => Text::new("还差 1 个字节", "one more byte"),
            Expected::More(n) => Text::new(format!("还差 {n} 个字节"), format!("{n} more bytes")),
            Expected::BitmapDigit => Text::new("位图的一位十六进制数", "a hexadecimal digit of the bitmap"),
            Expected::KnownField => Text::new("这种报文格式里有的域", "a field that this dialect describes"),
            Expected::LengthDigit => Text::new("长度的一位数字", "a digit of the length"),
            Expected::LengthUpTo(max) => Text::new(format!("不超过 {max} 的长度"), format!("a length of at most {max}")),
            Expected::Digit => Text::new("一位数字", "a digit"),
            Expected::HexDigit => Text::new("一位十六进制数", "a hexadecimal digit"),
            Expected::Shorter => Text::new("不超过 65535 字节的报文", "a message of at most 65,535 bytes"),
        }
    }
}

/// Where and why the decoder stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The layer.
    pub layer: Layer,
    /// The field, 0 outside fields.
    pub field: usize,
    /// Byte offset from the message type.
    pub offset: usize,
    /// What was expected there.
    pub expected: Expected,
}

impl Fault {
    /// The whole sentence: what, where, and what was expected.
    pub fn text(&self) -> Text {
        let place = match (self.layer, self.field) {
            (Layer::Mti, _) => Text::new("消息类型", "the message type"),
            (Layer::Bitmap, _) => Text::new("位图", "the bitmap"),
            (Layer::FieldLength, n) => Text::new(format!("{n} 域的长度"), format!("the length of field {n}")),
            (Layer::FieldValue, n) => Text::new(format!("{n} 域"), format!("field {n}")),
        };
        let wanted = self.expected.text();
        Text::new(
            format!("{}读不下去了：第 {} 字节（从消息类型数起，从 0 开始），这里应该是：{}。", place.zh, self.offset, wanted.zh),
            format!(
                "Reading stopped in {}, at byte {} (counted from the message type, from 0): expected {}.",
                place.en, self.offset, wanted.en
            ),
        )
    }
}
