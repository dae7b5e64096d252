//! Clear PIN blocks: built, recognised and read (ISO 9564-1).

use std::fmt;

use posdx_model::{Secret, SecretKind, Unmasked};
use zeroize::{Zeroize, Zeroizing};

use super::cipher::xor;
use super::error::CryptoError;

posdx_model::words! {
    /// How a PIN block is laid out.
    PinFormat {
        /// ISO 9564-1 format 0 (ANSI X9.8): length, PIN, `F`s; XORed with 12 digits of the card number. UnionPay with card number.
        Iso0 = "iso-0",
        /// ISO 9564-1 format 1: length, PIN, random filler; no card number.
        Iso1 = "iso-1",
        /// ISO 9564-1 format 2: length, PIN, `F`s; for the chip's own PIN check only, never sent to a host.
        Iso2 = "iso-2",
        /// ISO 9564-1 format 3: as format 0, but filled with random `A` to `F`.
        Iso3 = "iso-3",
        /// ISO 9564-1 format 4: 16 bytes for AES, the card number mixed in between two encryptions.
        Iso4 = "iso-4",
        /// UnionPay without card number: the field of format 0 alone, such as `06`, six digits, `FFFFFFFF`.
        WithoutPan = "without-pan",
    }
}

/// Digits that a PIN may have.
const PIN_DIGITS: std::ops::RangeInclusive<usize> = 4..=12;
/// Digits that a card number may have.
const PAN_DIGITS: std::ops::RangeInclusive<usize> = 12..=19;
/// Nibbles of control, length, PIN and filler, in every format.
const FIELD: usize = 16;

/// What fills the nibbles behind the PIN.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fill {
    Always(u8),
    Any,
    Letters,
}

struct Shape {
    control: u8,
    fill: Fill,
    /// The card number is XORed over the clear block.
    over_pan: bool,
    bytes: usize,
}

impl PinFormat {
    fn shape(self) -> Shape {
        let (control, fill, over_pan, bytes) = match self {
            PinFormat::Iso0 => (0, Fill::Always(0xF), true, 8),
            PinFormat::Iso1 => (1, Fill::Any, false, 8),
            PinFormat::Iso2 => (2, Fill::Always(0xF), false, 8),
            PinFormat::Iso3 => (3, Fill::Letters, true, 8),
            PinFormat::Iso4 => (4, Fill::Always(0xA), false, 16),
            PinFormat::WithoutPan => (0, Fill::Always(0xF), false, 8),
        };
        Shape { control, fill, over_pan, bytes }
    }
}

/// A clear PIN block of 8 or 16 bytes. It has no `Display`, its `Debug` shows the length, its memory is overwritten when it goes.
#[derive(Clone, PartialEq, Eq)]
pub struct ClearPinBlock(Zeroizing<Vec<u8>>);

impl fmt::Debug for ClearPinBlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ClearPinBlock({} bytes)", self.0.len())
    }
}

impl ClearPinBlock {
    /// Takes the bytes of a clear block: 8, or 16 for format 4.
    pub fn from_bytes(bytes: &[u8]) -> Result<ClearPinBlock, CryptoError> {
        ClearPinBlock::new(Zeroizing::new(bytes.to_vec()))
    }

    pub(super) fn new(bytes: Zeroizing<Vec<u8>>) -> Result<ClearPinBlock, CryptoError> {
        match bytes.len() {
            8 | 16 => Ok(ClearPinBlock(bytes)),
            bytes => Err(CryptoError::Length { bytes, expected: "a PIN block of 8 or 16 bytes" }),
        }
    }

    /// Builds a block. `pin` has kind `pin`, `pan` kind `pan`; formats 0 and 3 need the card number (format 4 needs it when it is
    /// enciphered). `filler` is the caller's random bytes: formats 1 and 3 use one a nibble, format 4 the first eight as they are.
    pub fn build(format: PinFormat, pin: &Secret, pan: Option<&Secret>, filler: &[u8; 16], leave: Unmasked) -> Result<Self, CryptoError> {
        let shape = format.shape();
        let digits = pin_digits(pin, leave)?;
        let length = u8::try_from(digits.len()).map_err(|_| CryptoError::Pin)?;
        let mut nibbles = Zeroizing::new(Vec::with_capacity(FIELD));
        nibbles.extend([shape.control, length]);
        nibbles.extend(digits.iter());
        for random in filler.iter().skip(nibbles.len()) {
            nibbles.push(match shape.fill {
                Fill::Always(nibble) => nibble,
                Fill::Any => random & 0x0F,
                Fill::Letters => 0xA + random % 6,
            });
        }
        let mut bytes = Zeroizing::new(Vec::with_capacity(16));
        bytes.extend(nibbles.chunks_exact(2).map(|pair| pair.iter().fold(0, |byte, nibble| byte << 4 | nibble)));
        if shape.over_pan {
            xor(&mut bytes, &pan_field(pan.ok_or(CryptoError::PanNeeded { format })?, leave)?[..]);
        }
        if shape.bytes == 16 {
            bytes.extend(filler.iter().take(8));
        }
        ClearPinBlock::new(bytes)
    }

    /// The formats that the first nibble and the length allow; none when the block was opened with the wrong key, most likely.
    ///
    /// Format 0 and UnionPay's block without card number begin alike: only the card number tells them apart.
    pub fn formats(&self) -> &'static [PinFormat] {
        match (self.0.len(), self.0.first().map(|b| b >> 4)) {
            (8, Some(0)) => &[PinFormat::Iso0, PinFormat::WithoutPan],
            (8, Some(1)) => &[PinFormat::Iso1],
            (8, Some(2)) => &[PinFormat::Iso2],
            (8, Some(3)) => &[PinFormat::Iso3],
            (16, Some(4)) => &[PinFormat::Iso4],
            _ => &[],
        }
    }

    /// Reads the PIN. Formats 0 and 3 need the card number. Errors name the nibble that does not fit, never what it is.
    pub fn pin(&self, format: PinFormat, pan: Option<&Secret>, leave: Unmasked) -> Result<Secret, CryptoError> {
        let shape = format.shape();
        if self.0.len() != shape.bytes {
            return Err(CryptoError::Length { bytes: self.0.len(), expected: "8 bytes, or 16 for format 4" });
        }
        let mut bytes = self.0.clone();
        if shape.over_pan {
            xor(&mut bytes, &pan_field(pan.ok_or(CryptoError::PanNeeded { format })?, leave)?[..]);
        }
        let mut nibbles = Zeroizing::new(Vec::with_capacity(2 * bytes.len()));
        nibbles.extend(bytes.iter().flat_map(|b| [b >> 4, b & 0x0F]));
        let expect =
            |holds: bool, at: usize, expected| if holds { Ok(()) } else { Err(CryptoError::PinBlock { nibble: at + 1, expected }) };
        let nibble = |at: usize| nibbles.get(at).copied().unwrap_or(0);
        expect(nibble(0) == shape.control, 0, "the number of the format")?;
        let length = usize::from(nibble(1));
        expect(PIN_DIGITS.contains(&length), 1, "a length of 4 to 12")?;
        let mut pin = String::with_capacity(length);
        for (at, nibble) in nibbles.iter().copied().enumerate().take(FIELD).skip(2) {
            let checked = if at < 2 + length {
                expect(nibble <= 9, at, "a digit of the PIN")
            } else {
                match shape.fill {
                    Fill::Always(fill) => expect(nibble == fill, at, "the filler of the format"),
                    Fill::Letters => expect(nibble >= 0xA, at, "a filler from A to F"),
                    Fill::Any => Ok(()),
                }
            };
            if let Err(error) = checked {
                pin.zeroize();
                return Err(error);
            }
            if at < 2 + length {
                pin.push(char::from(b'0' + nibble));
            }
        }
        Ok(Secret::new(SecretKind::Pin, pin))
    }

    /// The bytes, for a person who asked to see them.
    pub fn reveal(&self, _leave: Unmasked) -> &[u8] {
        &self.0
    }

    pub(super) fn bytes(&self) -> &Zeroizing<Vec<u8>> {
        &self.0
    }
}

fn digits_of(secret: &Secret, kind: SecretKind, count: std::ops::RangeInclusive<usize>, leave: Unmasked) -> Option<Zeroizing<Vec<u8>>> {
    let text = secret.reveal(leave);
    let fits = secret.kind() == kind && count.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    fits.then(|| Zeroizing::new(text.bytes().map(|b| b - b'0').collect()))
}

fn pin_digits(pin: &Secret, leave: Unmasked) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
    digits_of(pin, SecretKind::Pin, PIN_DIGITS, leave).ok_or(CryptoError::Pin)
}

pub(super) fn pan_digits(pan: &Secret, leave: Unmasked) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
    digits_of(pan, SecretKind::Pan, PAN_DIGITS, leave).ok_or(CryptoError::Pan)
}

/// Two zero bytes and the 12 digits before the check digit; a card number of 12 digits gets a zero in front.
fn pan_field(pan: &Secret, leave: Unmasked) -> Result<Zeroizing<[u8; 8]>, CryptoError> {
    let digits = pan_digits(pan, leave)?;
    let mut field = Zeroizing::new([0; 8]);
    // From the last nibble backwards, so that a short number leaves its zero in front.
    for (i, digit) in digits.iter().rev().skip(1).take(12).enumerate() {
        if let Some(byte) = field.get_mut(7 - i / 2) {
            *byte |= if i % 2 == 0 { *digit } else { *digit << 4 };
        }
    }
    Ok(field)
}
