//! A card in the customer's hand: its stripe, its chip, and what has become of them.

mod chip;
mod stripe;

pub use chip::{Chip, ChipState};
pub use stripe::{Swipe, swipe};

use std::fmt;

use posdx_wire::crypto::CryptoError;

use crate::card_data;
use crate::cast::{Card, Cast};

/// One physical card. What it holds is card data: `Debug` shows the name only.
#[derive(Clone)]
pub struct Plastic {
    /// Its name in the cast.
    pub id: String,
    /// The number as it is embossed. Card data: never print it.
    pub pan: String,
    /// `YYMM` as it is embossed.
    pub expiry: String,
    /// What the holder types when asked for the PIN. Never print it.
    pub pin: String,
    /// Second track of the stripe.
    pub stripe: String,
    /// The chip; `None` on a card without one.
    pub chip: Option<Chip>,
    /// Does the chip speak contactless?
    pub contactless: bool,
}

impl Plastic {
    /// The card of the cast as it was issued; `None` when the cast has no such card.
    ///
    /// # Errors
    /// None for a checked cast.
    pub fn issue(cast: &Cast, id: &str) -> Result<Option<Plastic>, CryptoError> {
        let Some(card) = cast.card(id) else { return Ok(None) };
        let Some(issuer) = cast.issuers.iter().find(|i| i.id == card.issuer) else { return Ok(None) };
        let Card { pan, expiry, pin, .. } = card.clone();
        let chip = if card.chip { Some(Chip::issue(issuer, card)?) } else { None };
        let stripe = card_data::stripe_track(issuer, card)?;
        Ok(Some(Plastic { id: id.to_string(), pan, expiry, pin, stripe, chip, contactless: card.contactless }))
    }
}

impl fmt::Debug for Plastic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Plastic({})", self.id)
    }
}
