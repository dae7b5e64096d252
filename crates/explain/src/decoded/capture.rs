//! A capture → messages joined into conversations.

use super::report::CaptureReport;
use super::{DecodeError, Decoder};

impl Decoder<'_> {
    /// Reads a capture.
    pub fn capture(&self, reader: impl std::io::Read) -> Result<CaptureReport, DecodeError> {
        let _ = reader;
        Ok(CaptureReport::default())
    }
}
