//! What a terminal finds out by itself, without the host.

posdx_model::words! {
    /// A state that the terminal reports without an answer of the host. Profiles turn it into what is shown.
    Local {
        /// All is well.
        Done = "done",
        /// Approved, and no slip came out.
        PrintFailed = "print-failed",
        /// No line to call over: no signal, no SIM, no cable, no modem.
        NoLine = "no-line",
        /// The call was not answered.
        ConnectFailed = "connect-failed",
        /// The connection broke in the middle.
        LineLost = "line-lost",
        /// No answer within the time.
        NoAnswer = "no-answer",
        /// The answer is no message, or not the answer to this request.
        BadPacket = "bad-packet",
        /// The MAC of the answer does not hold.
        AnswerMacWrong = "answer-mac-wrong",
        /// A message could not be built: the software is at fault.
        BuildFailed = "build-failed",
        /// An earlier reversal is still unanswered.
        ReversalPending = "reversal-pending",
        /// The reversal file is damaged.
        ReversalFile = "reversal-file",
        /// The batch file is damaged.
        BatchFile = "batch-file",
        /// Not signed on.
        NotSignedOn = "not-signed-on",
        /// The sign-on did not work out.
        SignOnFailed = "sign-on-failed",
        /// The keys that came do not fit their check values.
        KeysWrong = "keys-wrong",
        /// There is no master key.
        KeysMissing = "keys-missing",
        /// The PIN key is missing or does not work.
        PinKeyWrong = "pin-key-wrong",
        /// The PIN pad does not answer.
        PinPad = "pin-pad",
        /// The case was opened.
        Tamper = "tamper",
        /// Nothing useful was typed.
        InvalidInput = "invalid-input",
        /// Nobody did anything for too long.
        InputTimeout = "input-timeout",
        /// Nobody typed the PIN in time.
        PinTimeout = "pin-timeout",
        /// Somebody pressed cancel.
        Cancelled = "cancelled",
        /// The stripe was not read.
        SwipeUnread = "swipe-unread",
        /// Nobody held a card to the reader in time, or it did not see one.
        NoCard = "no-card",
        /// The chip did not answer to power.
        ChipSilent = "chip-silent",
        /// Reading the chip failed.
        ChipFailed = "chip-failed",
        /// The application on the card is blocked.
        ChipBlocked = "chip-blocked",
        /// The chip and the terminal decline without asking the bank.
        ChipDeclined = "chip-declined",
        /// The card has expired by its own data.
        CardExpired = "card-expired",
        /// The chip declined after the bank approved.
        ChipAfterOnline = "chip-after-online",
        /// No line to the bank, and the chip declines without.
        ChipNoOnline = "chip-no-online",
        /// The card left before the end.
        CardRemoved = "card-removed",
        /// The tap was too short or too weak.
        TapAgain = "tap-again",
        /// Several cards in the field.
        SeveralCards = "several-cards",
        /// Contactless is switched off.
        ContactlessOff = "contactless-off",
        /// The stripe of a card with a chip.
        UseChip = "use-chip",
        /// More than the terminal may take.
        AmountOverCap = "amount-over-cap",
        /// The original is not in the batch.
        OriginalUnknown = "original-unknown",
        /// The original was voided before.
        OriginalVoided = "original-voided",
        /// The original was not a sale, or was settled.
        OriginalWrong = "original-wrong",
        /// The batch holds as much as it can.
        BatchFull = "batch-full",
        /// Operating system and application do not fit together.
        VersionConflict = "version-conflict",
        /// The program is damaged.
        ProgramDamaged = "program-damaged",
        /// The program hangs.
        Hung = "hung",
        /// The battery is empty.
        BatteryLow = "battery-low",
        /// Too hot to work.
        TooHot = "too-hot",
        /// Too cold to work.
        TooCold = "too-cold",
        /// The date cannot be right.
        ClockWrong = "clock-wrong",
        /// The terminal was never set up.
        NotSetUp = "not-set-up",
    }
}
