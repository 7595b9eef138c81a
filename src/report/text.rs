//! Numbers and days as a person reads them.

use chrono::{Datelike, NaiveDate};

use super::data::{Comparison, Period, SIGNIFICANCE, Step};

/// Stands where a number is not known.
pub(super) const UNKNOWN: &str = "–";

/// An NPS: `40.8`, `−3.2`.
pub(super) fn nps(value: Option<f64>) -> String {
    value.map_or_else(|| UNKNOWN.to_owned(), one_decimal)
}

/// An NPS as large as it is on the page: `41`.
pub(super) fn whole(value: Option<f64>) -> String {
    value.map_or_else(
        || UNKNOWN.to_owned(),
        // Not −0.
        |value| with_minus(&format!("{}", value.round() as i64)),
    )
}

/// A change: `+2.5`, `−3.2`, `0.0`.
pub(super) fn change(value: Option<f64>) -> String {
    let text = nps(value);
    match value {
        Some(value) if value > 0.0 && text != "0.0" => format!("+{text}"),
        _ => text,
    }
}

/// An interval: `32.2 to 48.6`.
pub(super) fn interval(low: Option<f64>, high: Option<f64>) -> String {
    match (low, high) {
        (Some(low), Some(high)) => format!("{} to {}", one_decimal(low), one_decimal(high)),
        _ => UNKNOWN.to_owned(),
    }
}

fn one_decimal(value: f64) -> String {
    let text = format!("{value:.1}");
    match text.as_str() {
        "-0.0" => "0.0".to_owned(),
        text => with_minus(text),
    }
}

/// A true minus sign, which a hyphen is not: it is as wide as a plus.
fn with_minus(text: &str) -> String {
    text.replace('-', "−")
}

/// A count: `1,892`.
pub(super) fn count(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// So many of something: `1 response`, `12 responses`.
pub(super) fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// A share of 0 to 1: `23.4 %`. With one decimal, as an NPS has, promoters less detractors are the
/// NPS that stands beside them.
pub(super) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    // The space does not break.
    match percent {
        0.0 => "0\u{a0}%".to_owned(),
        100.0 => "100\u{a0}%".to_owned(),
        percent => format!("{percent:.1}\u{a0}%"),
    }
}

/// A part of a whole as a share; of nothing it is not known.
pub(super) fn percent_of(part: u64, whole: u64) -> String {
    match whole {
        0 => UNKNOWN.to_owned(),
        whole => percent(part as f64 / whole as f64),
    }
}

/// A p value: `0.012`, `< 0.001`.
pub(super) fn p_value(p_value: f64) -> String {
    match p_value {
        p if p < 0.001 => "<\u{a0}0.001".to_owned(),
        p if p < 0.1 => format!("{p:.3}"),
        p => format!("{p:.2}"),
    }
}

/// A p value in a sentence: `p = 0.012`, `p < 0.001`.
pub(super) fn with_p_value(p: f64) -> String {
    match p < 0.001 {
        true => format!("p\u{a0}{}", p_value(p)),
        false => format!("p\u{a0}=\u{a0}{}", p_value(p)),
    }
}

/// Whether a comparison shows a change.
pub(super) fn is_significant(comparison: &Comparison) -> bool {
    comparison.p_value.is_some_and(|p| p < SIGNIFICANCE)
}

/// A day: `30 June 2026`.
pub(super) fn day(day: NaiveDate) -> String {
    day.format("%-d %B %Y").to_string()
}

/// A period: `2 April to 30 June 2026`.
pub(super) fn period(period: Period) -> String {
    let Period { from, to } = period;
    if from == to {
        return day(to);
    }
    match from.year() == to.year() {
        true => format!("{} to {}", from.format("%-d %B"), day(to)),
        false => format!("{} to {}", day(from), day(to)),
    }
}

/// A step of the trend: `Jun 2026`, `Q2 2026`, `2026`, and the Monday of a week.
pub(super) fn step(step: Step, from: NaiveDate) -> String {
    match step {
        Step::Week => from.format("%-d %b %Y").to_string(),
        Step::Month => from.format("%b %Y").to_string(),
        Step::Quarter => format!("Q{} {}", from.month0() / 3 + 1, from.year()),
        Step::Year => from.year().to_string(),
    }
}

/// A length of time: `40 minutes`, `5.2 hours`, `3.1 days`.
pub(super) fn hours(hours: f64) -> String {
    match hours {
        hours if hours < 1.5 => counted((hours * 60.0).round() as u64, "minute", "minutes"),
        hours if hours < 48.0 => format!("{hours:.1} hours"),
        hours => format!("{:.1} days", hours / 24.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        assert_eq!(nps(Some(-0.04)), "0.0");
        assert_eq!(nps(Some(-3.25)), "−3.2");
        assert_eq!(nps(None), "–");
        assert_eq!(whole(Some(-0.4)), "0");
        assert_eq!(change(Some(0.04)), "0.0");
        assert_eq!(change(Some(2.5)), "+2.5");
        assert_eq!(change(Some(-2.5)), "−2.5");
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(percent(0.0), "0\u{a0}%");
        assert_eq!(percent(0.0423), "4.2\u{a0}%");
        assert_eq!(percent(0.996), "99.6\u{a0}%");
        assert_eq!(percent(1.0), "100\u{a0}%");
        // 124 promoters, 49 passives and 35 detractors of 208: NPS 42.8.
        let shares = [124, 49, 35].map(|part| percent_of(part, 208));
        assert_eq!(shares, ["59.6\u{a0}%", "23.6\u{a0}%", "16.8\u{a0}%"]);
        assert_eq!(percent_of(1, 0), "–");
        assert_eq!(p_value(0.0004), "<\u{a0}0.001");
        assert_eq!(with_p_value(0.0004), "p\u{a0}<\u{a0}0.001");
        assert_eq!(with_p_value(0.049), "p\u{a0}=\u{a0}0.049");
        assert_eq!(p_value(0.41), "0.41");
        assert_eq!(hours(0.5), "30 minutes");
        assert_eq!(hours(50.0), "2.1 days");
    }

    #[test]
    fn days() {
        let date = |text: &str| text.parse::<NaiveDate>().expect("a date");
        let of = |from, to| {
            period(Period {
                from: date(from),
                to: date(to),
            })
        };
        assert_eq!(of("2026-04-02", "2026-06-30"), "2 April to 30 June 2026");
        assert_eq!(
            of("2025-12-02", "2026-01-01"),
            "2 December 2025 to 1 January 2026"
        );
        assert_eq!(of("2026-04-02", "2026-04-02"), "2 April 2026");
        assert_eq!(step(Step::Quarter, date("2026-04-01")), "Q2 2026");
    }
}
