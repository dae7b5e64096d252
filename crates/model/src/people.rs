//! Who reads a text, who does a step, whose fault it is.

crate::words! {
    /// Who reads. Each condition speaks to all four.
    Role {
        /// Behind the counter, with a queue in front.
        Cashier = "cashier",
        /// The buyer; what is written here may be said aloud.
        Cardholder = "cardholder",
        /// A hotline agent.
        Agent = "agent",
        /// An integrator or field engineer.
        Engineer = "engineer",
    }
}

crate::words! {
    /// On whose side the trouble lies.
    Party {
        /// The buyer who holds the card.
        Cardholder = "cardholder",
        /// The bank that issued the card.
        Issuer = "issuer",
        /// The card network or switch.
        Scheme = "scheme",
        /// The institution that serves the merchant.
        Acquirer = "acquirer",
        /// The shop.
        Merchant = "merchant",
        /// The terminal itself.
        Terminal = "terminal",
        /// The line between them.
        Network = "network",
        /// A wallet or service platform.
        Platform = "platform",
    }
}

crate::words! {
    /// Who carries out a step, a question or a prevention.
    Actor {
        /// The person at the till.
        Cashier = "cashier",
        /// The shop's owner or manager.
        Owner = "owner",
        /// The buyer.
        Cardholder = "cardholder",
        /// A hotline agent of the acquirer.
        Agent = "agent",
        /// An engineer, on site or in the back office.
        Engineer = "engineer",
        /// The acquirer's operations.
        Acquirer = "acquirer",
        /// The card's bank.
        Issuer = "issuer",
        /// The telephone company.
        Carrier = "carrier",
        /// The maker of the terminal.
        Vendor = "vendor",
    }
}
