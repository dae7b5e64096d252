//! What is found out of the ordinary in a chain.

use serde::Serialize;

posdx_model::words! {
    /// What was found. The texts are data: `dialects/talk.toml`.
    FindingId {
        /// A request without a reply.
        NoReply = "no-reply",
        /// A request that had to be given out before its reply could be due: too many messages at once.
        GivenUp = "given-up",
        /// A reply after the time-out, or after the reversal was sent.
        LateReply = "late-reply",
        /// The same request again.
        DuplicateRequest = "duplicate-request",
        /// More replies than requests.
        DuplicateReply = "duplicate-reply",
        /// Replies to one request that contradict each other.
        RepliesContradict = "replies-contradict",
        /// A reply whose request was not seen.
        ReplyWithoutRequest = "reply-without-request",
        /// A reversal that succeeded.
        Reversed = "reversed",
        /// A reversal without a reply.
        ReversalUnanswered = "reversal-unanswered",
        /// A reversal that the host refused.
        ReversalRefused = "reversal-refused",
        /// A reversal that found nothing to reverse.
        ReversalFoundNothing = "reversal-found-nothing",
        /// A reversal whose original was not seen.
        ReversalOfUnseen = "reversal-of-unseen",
        /// A reversal of another amount than the original's.
        ReversalAmountDiffers = "reversal-amount-differs",
        /// A reversal of something whose approval had arrived.
        ReversedThoughApproved = "reversed-though-approved",
        /// The payment was voided.
        Voided = "voided",
        /// The same trace number for another transaction of the batch.
        TraceReused = "trace-reused",
        /// Many sign-ons in a short time.
        SignOnRepeated = "sign-on-repeated",
        /// Signing on again and again after a wrong MAC or PIN block.
        KeysOutOfStep = "keys-out-of-step",
        /// A reply with another amount than the request's, and no partial approval.
        AmountDiffers = "amount-differs",
        /// An approval for a part of the amount.
        PartialApproval = "partial-approval",
        /// The host says that its totals are others.
        SettlementUnequal = "settlement-unequal",
        /// The totals are others than what was seen of the batch.
        SettlementNotAsSeen = "settlement-not-as-seen",
        /// Details were uploaded.
        BatchUpload = "batch-upload",
        /// Clocks differ.
        ClockDiffers = "clock-differs",
        /// A message that is older than one before it, or a reply before its request.
        OutOfOrder = "out-of-order",
    }
}

impl FindingId {
    /// The placeholders that its texts may use, beside `{number}`: the number of the message that it is about.
    pub fn placeholders(self) -> &'static [&'static str] {
        use FindingId::*;
        match self {
            NoReply | LateReply | OutOfOrder | ClockDiffers | ReversedThoughApproved => &["seconds"],
            DuplicateRequest | DuplicateReply | ReversalUnanswered => &["count"],
            ReversalRefused | ReversalFoundNothing => &["code"],
            ReversalAmountDiffers | AmountDiffers | PartialApproval => &["amount", "original_amount"],
            TraceReused => &["trace", "earlier"],
            Voided => &["original"],
            SignOnRepeated => &["count", "seconds"],
            KeysOutOfStep => &["count", "seconds", "code"],
            SettlementNotAsSeen => &[
                "debit",
                "debits",
                "credit",
                "credits",
                "seen_debit",
                "seen_debits",
                "seen_credit",
                "seen_credits",
                "seen_void",
                "seen_voids",
            ],
            BatchUpload => &["count", "answered"],
            GivenUp | RepliesContradict | ReplyWithoutRequest | Reversed | ReversalOfUnseen | SettlementUnequal => &[],
        }
    }
}

/// One thing found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What it is.
    pub id: FindingId,
    /// The number of the message that it is about.
    pub number: u64,
    /// What its placeholders stand for.
    pub values: Vec<(&'static str, String)>,
}

impl Finding {
    /// A finding about message `number`.
    pub(super) fn new(id: FindingId, number: u64) -> Self {
        Finding { id, number, values: Vec::new() }
    }

    /// The same with a value.
    pub(super) fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.values.push((name, value.to_string()));
        self
    }
}
