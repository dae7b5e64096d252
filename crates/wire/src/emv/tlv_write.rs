//! Elements → bytes, each length in the form it was read in, so that nothing changes that was not meant to.

use super::tlv::{LengthForm, tag as read_tag};

/// Why an element cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// The number is no tag.
    #[error("this is no tag; a tag has one to four bytes, and its first bytes say whether more follow")]
    Tag,
    /// The value is too long for the form.
    #[error("a value of {length} bytes does not fit this form of length; it holds at most {max}")]
    Length {
        /// Bytes of the value.
        length: usize,
        /// Most that fit.
        max: usize,
    },
}

/// Writes an element behind `out`: `tag` as read (`0x9F26`), its length in `form`, the shortest when none is given.
pub fn write_element(out: &mut Vec<u8>, tag: u32, value: &[u8], form: Option<LengthForm>) -> Result<(), WriteError> {
    let all = tag.to_be_bytes();
    let tag_bytes = all.get(all.iter().take_while(|b| **b == 0).count()..).unwrap_or_default();
    if tag_bytes.is_empty() || read_tag(tag_bytes, 0, tag_bytes.len(), 0).map(|(_, end)| end) != Ok(tag_bytes.len()) {
        return Err(WriteError::Tag);
    }
    let too_long = |max| WriteError::Length { length: value.len(), max };
    let form = form.or(LengthForm::shortest(value.len())).ok_or(too_long(LengthForm::Long83.max()))?;
    if value.len() > form.max() {
        return Err(too_long(form.max()));
    }
    out.extend_from_slice(tag_bytes);
    let length = (value.len() as u32).to_be_bytes();
    match form {
        LengthForm::Short => {}
        LengthForm::Long81 => out.push(0x81),
        LengthForm::Long82 => out.push(0x82),
        LengthForm::Long83 => out.push(0x83),
    }
    out.extend_from_slice(length.get(4 - form.extra().max(1)..).unwrap_or_default());
    out.extend_from_slice(value);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_tag_is_not_written() {
        let mut out = Vec::new();
        assert_eq!(write_element(&mut out, 0x9F, &[], None), Err(WriteError::Tag));
        assert_eq!(write_element(&mut out, 0x8202, &[], None), Err(WriteError::Tag));
        assert_eq!(write_element(&mut out, 0x82, &[0; 200], Some(LengthForm::Short)), Err(WriteError::Length { length: 200, max: 127 }));
        assert!(out.is_empty());
        assert_eq!(write_element(&mut out, 0x82, &[1], Some(LengthForm::Long82)), Ok(()));
        assert_eq!(out, [0x82, 0x82, 0x00, 0x01, 0x01]);
    }
}
