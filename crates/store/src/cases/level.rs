//! The ladder that a case climbs.

posdx_model::words! {
    /// Who has to act on a case.
    Level {
        /// The one who picks up the telephone.
        Hotline = "hotline",
        /// Specialists behind the hotline.
        SecondLine = "second-line",
        /// An engineer who comes to the shop.
        Field = "field",
        /// The maker of the terminal.
        Vendor = "vendor",
        /// The bank that issued the card.
        Issuer = "issuer",
    }
}

impl Level {
    /// Time to act, in seconds, from the moment the case comes to this level. A shop that cannot take payment waits at the hotline, so
    /// the first is short; the later ones are what service agreements commonly promise.
    pub fn due_seconds(self) -> i64 {
        match self {
            Level::Hotline => 900,
            Level::SecondLine => 4 * 3_600,
            Level::Field => 24 * 3_600,
            Level::Vendor => 3 * 86_400,
            Level::Issuer => 5 * 86_400,
        }
    }

    /// The next level; `None` after the last.
    pub fn next(self) -> Option<Level> {
        let place = Level::ALL.iter().position(|l| *l == self)?;
        Level::ALL.get(place + 1).copied()
    }
}
