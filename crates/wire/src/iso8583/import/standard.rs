//! What ISO 8583:1987 says of a field, as far as an importer must know it: which names the base already has, which fields are digits
//! although the source only says "text", and which hold card secrets.

/// Fields whose name the base `iso87` has, with the words of that name.
pub(super) const ISO87_NAMES: &[(u16, &str)] = &[
    (2, "Primary account number"),
    (3, "Processing code"),
    (4, "Amount, transaction"),
    (7, "Transmission date and time"),
    (11, "System trace audit number"),
    (12, "Time, local"),
    (13, "Date, local"),
    (14, "Date, expiration"),
    (15, "Date, settlement"),
    (18, "Merchant type"),
    (22, "Point of service entry mode"),
    (23, "Card sequence number"),
    (24, "Network international identifier"),
    (25, "Point of service condition code"),
    (26, "PIN capture code"),
    (32, "Acquiring institution"),
    (33, "Forwarding institution"),
    (35, "Track 2 data"),
    (36, "Track 3 data"),
    (37, "Retrieval reference number"),
    (38, "Authorisation code"),
    (39, "Response code"),
    (41, "Terminal identification"),
    (42, "Merchant identification, card acceptor"),
    (43, "Merchant name and location, card acceptor"),
    (44, "Additional response data"),
    (46, "Additional data, ISO"),
    (47, "Additional data, national"),
    (48, "Additional data"),
    (49, "Currency code, transaction"),
    (52, "PIN data"),
    (53, "Security related control information"),
    (54, "Additional amounts"),
    (55, "ICC data, IC card system related data, chip, EMV"),
    (64, "Message authentication code"),
];

/// Fields that the standard of 1987 writes in digits.
const NUMERIC: &[(u16, u16)] = &[(2, 27), (32, 33), (53, 53), (66, 90), (92, 92), (99, 100)];

/// Fields of three digits, which fill two bytes when packed.
const THREE_DIGITS: &[u16] = &[19, 20, 21, 22, 23, 24, 40, 49, 50, 51, 68, 69, 70];

/// Fields whose inherited meaning reads the value (amounts, dates, codes) and goes wrong when the field means something else.
const READ: &[(u16, u16)] = &[(4, 8), (12, 19), (22, 22), (28, 31), (39, 39), (49, 51), (55, 55)];

/// Words that tell nothing about which field it is.
const EMPTY_WORDS: &[&str] =
    &["and", "code", "data", "field", "for", "iso", "national", "number", "of", "private", "reserved", "the", "type", "use"];

/// Words of fields that speak about a card, a PIN or a key without holding it ("PAN country code", "PIN capture code").
const ABOUT: &[&str] = &["capability", "capture", "country", "length", "mode", "result", "sequence"];

fn within(ranges: &[(u16, u16)], number: u16) -> bool {
    ranges.iter().any(|(from, to)| (*from..=*to).contains(&number))
}

/// True when the standard has digits in this field.
pub(super) fn is_numeric(number: u16) -> bool {
    within(NUMERIC, number)
}

/// True for tracks 2 and 3.
pub(super) fn is_track(number: u16) -> bool {
    matches!(number, 35 | 36)
}

/// True for a field of three digits.
pub(super) fn has_three_digits(number: u16) -> bool {
    THREE_DIGITS.contains(&number)
}

/// True when the base reads a meaning out of this field.
pub(super) fn is_read(number: u16) -> bool {
    within(READ, number)
}

/// True when two names speak of the same field: a telling word in common (its first four letters), or one is the initials of the other.
pub(super) fn same_meaning(one: &str, other: &str) -> bool {
    let (a, b) = (words(one), words(other));
    let stem = |w: &String| w.chars().take(4).collect::<String>();
    let initials = |ws: &[String]| ws.iter().filter_map(|w| w.chars().next()).collect::<String>();
    let told = |w: &&String| !EMPTY_WORDS.contains(&w.as_str());
    let short = |ws: &[String], all: &[String]| ws.iter().any(|w| w.len() >= 3 && *w == initials(all));
    // When a name is nothing but empty words ("Data"), it contradicts nobody.
    !a.iter().any(|w| told(&w))
        || a.iter().filter(told).any(|w| b.iter().filter(told).any(|v| stem(w) == stem(v)))
        || short(&a, &b)
        || short(&b, &a)
}

fn words(name: &str) -> Vec<String> {
    name.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_lowercase).collect()
}

/// The `secret` of a field when no base says it.
pub(super) fn secret_of(number: u16) -> Option<&'static str> {
    match number {
        2 | 34 => Some("pan"),
        35 | 36 | 45 => Some("track"),
        52 => Some("pin"),
        _ => None,
    }
}

/// The `secret` that a name gives away. Rather one too many: a name hidden by mistake costs a look, a card number shown is a leak.
pub(super) fn secret_in(name: &str) -> Option<&'static str> {
    let ws = words(name);
    let has = |w: &str| ws.iter().any(|v| v == w);
    if ABOUT.iter().any(|w| has(w)) {
        return None;
    }
    let starts = |p: &str| ws.iter().any(|v| v.starts_with(p));
    if starts("cvv") || starts("cvc") || starts("cvn") || has("csc") || (has("card") && starts("verif")) {
        Some("cvv")
    } else if has("pin") || name.contains("密码") {
        Some("pin")
    } else if starts("track") || name.contains("磁道") {
        Some("track")
    } else if has("pan")
        || (has("account") && has("number"))
        || (has("card") && has("number"))
        || name.contains("卡号")
        || name.contains("账号")
    {
        Some("pan")
    } else if has("key") || has("keys") || name.contains("密钥") {
        Some("key")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_by_their_telling_words() {
        assert!(same_meaning("PAN - PRIMARY ACCOUNT NUMBER", "Primary account number"));
        assert!(same_meaning("Authorization ID Response", "Authorisation code"));
        assert!(same_meaning("MAC", "Message authentication code"));
        assert!(!same_meaning("Function code", "Network international identifier"));
        assert!(!same_meaning("Message reason code", "Point of service condition code"));
        assert!(same_meaning("", "Processing code"));
        assert!(same_meaning("RESERVED ISO", "ICC data"));
    }

    #[test]
    fn a_name_gives_a_secret_away() {
        assert_eq!(secret_in("CVV2 value"), Some("cvv"));
        assert_eq!(secret_in("Track 1"), Some("track"));
        assert_eq!(secret_in("Card number, new"), Some("pan"));
        assert_eq!(secret_in("Terminal type"), None);
        assert_eq!(secret_in("Spinning"), None);
        assert_eq!(secret_in("PAN country code"), None);
    }
}
