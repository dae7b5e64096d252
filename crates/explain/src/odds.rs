//! A probability → odds as people say them.

use posdx_model::Text;

/// “about 6 in 10”；below one in twenty, “rarely”. Two digits of precision would be a lie.
pub fn odds(p: f64) -> Text {
    let tenths = (p * 10.0).round() as u32;
    match (p, tenths) {
        (p, _) if p >= 0.95 => Text::new("几乎总是", "almost always"),
        (p, _) if p < 0.05 => Text::new("很少见", "rarely"),
        (p, _) if p < 0.075 => Text::new("二十次里约一次", "about 1 in 20"),
        (_, tenths) => Text::new(format!("十次里约{}次", han_digit(tenths.clamp(1, 9))), format!("about {} in 10", tenths.clamp(1, 9))),
    }
}

/// A probability with the three digits that are shown to programs.
pub fn rounded(p: f64) -> f64 {
    (p * 1000.0).round() / 1000.0
}

fn han_digit(n: u32) -> char {
    ['零', '一', '两', '三', '四', '五', '六', '七', '八', '九'][n as usize % 10]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_do_not_say_percent() {
        for (p, zh, en) in [
            (0.62, "十次里约六次", "about 6 in 10"),
            (0.98, "几乎总是", "almost always"),
            (0.06, "二十次里约一次", "about 1 in 20"),
            (0.2, "十次里约两次", "about 2 in 10"),
            (0.01, "很少见", "rarely"),
            (0.93, "十次里约九次", "about 9 in 10"),
        ] {
            assert_eq!(odds(p), Text::new(zh, en), "{p}");
        }
    }
}
