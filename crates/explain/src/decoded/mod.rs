//! Bytes and text → what they mean and what to do: the answer of `posdx decode`.
//!
//! ```text
//! bytes ─ detect ─► message ─┬─ fields, parts, elements ─► FieldReport     all values through one mask
//!                            └─ verdict: response code × kind of business ─► Explanation
//! ```

mod bytes;
mod capture;
mod chip;
mod conversation;
mod hexview;
pub mod log;
mod memo;
mod message;
mod report;
mod text;
mod verdict;
mod words;

use posdx_catalogue::Catalogue;
use posdx_model::{Text, Unmasked};
use posdx_wire::Knowledge;
use posdx_wire::crypto::Key;

pub use report::*;

/// What is needed to explain bytes. Made once; every answer is a function of it and of the bytes.
pub struct Decoder<'a> {
    catalogue: &'a Catalogue,
    knowledge: &'a Knowledge,
    lists: chip::BitLists,
    readings: memo::Memo<crate::Reading>,
    listed: memo::Memo<chip::Listed>,
    mak: Option<&'a Key>,
    leave: Option<Unmasked>,
}

impl<'a> Decoder<'a> {
    /// With the catalogue and what is known of wires.
    pub fn new(catalogue: &'a Catalogue, knowledge: &'a Knowledge) -> Self {
        Decoder {
            catalogue,
            knowledge,
            lists: chip::BitLists::of(catalogue),
            readings: Default::default(),
            listed: Default::default(),
            mak: None,
            leave: None,
        }
    }

    /// Checks message authentication codes with this key.
    pub fn with_mak(mut self, key: &'a Key) -> Self {
        self.mak = Some(key);
        self
    }

    /// Shows what is normally masked: a person asked for it in so many words.
    pub fn unmasked(mut self, leave: Unmasked) -> Self {
        self.leave = Some(leave);
        self
    }
}

posdx_model::words! {
    /// What somebody says that the input is.
    Kind {
        /// An ISO 8583 message.
        Iso8583 = "iso8583",
        /// Chip data in BER-TLV.
        Emv = "emv",
        /// A command to a card, or its answer.
        Apdu = "apdu",
        /// An answer to reset.
        Atr = "atr",
        /// A printer's status: the request and the bytes that came back.
        Escpos = "escpos",
        /// Lines of a log.
        Log = "log",
        /// A pcap or pcapng file.
        Capture = "capture",
    }
}

/// Why nothing could be made of an input.
#[derive(Clone, Debug, PartialEq)]
pub enum DecodeError {
    /// There is nothing in it.
    Empty,
    /// It is compressed.
    Compressed,
    /// It is meant as hexadecimal and broken: line, column and what is wrong.
    Broken {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What is wrong and what to do.
        text: Text,
    },
    /// Nothing that posdx knows looks like this.
    NotRecognised,
    /// A capture could not be read.
    Capture(Text),
}

impl DecodeError {
    /// What is wrong and what to do.
    pub fn text(&self) -> Text {
        match self {
            DecodeError::Empty => Text::new("没有可解的内容。", "There is nothing to decode."),
            DecodeError::Compressed => {
                Text::new("这是压缩文件。先解压，再解其中的文件。", "This file is compressed. Unpack it first, then decode what is inside.")
            }
            DecodeError::Broken { line, column, text } => {
                Text::new(format!("第 {line} 行第 {column} 列：{}", text.zh), format!("Line {line}, column {column}: {}", text.en))
            }
            DecodeError::NotRecognised => Text::new(
                "看不出这是什么。可以给出报文（十六进制、文件或日志）、芯片数据、APDU 或抓包；知道是什么就加 --as。要解释代码或现象，用 posdx explain。",
                "This is not recognised. Give a message (hexadecimal, file or log), chip data, card commands or a capture; say what it is with --as. For a code or a symptom use posdx explain.",
            ),
            DecodeError::Capture(text) => text.clone(),
        }
    }
}
