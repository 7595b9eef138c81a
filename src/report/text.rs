//! Numbers and days formatted for people.

use chrono::{Datelike, NaiveDate};
use indicatif::HumanCount;

use super::data::{GROUP_RESPONSES_MIN, Period, Privacy, Stats, Step};

/// Placeholder for an unknown number.
pub(super) const UNKNOWN: &str = "–";

pub(super) fn or_unknown(text: Option<String>) -> String {
    text.unwrap_or_else(|| UNKNOWN.to_owned())
}

/// An NPS: `40.8`, `−3.2`.
pub(super) fn nps(value: Option<f64>) -> String {
    or_unknown(value.map(one_decimal))
}

/// An NPS without decimals: `41`.
pub(super) fn whole(value: f64) -> String {
    // As an integer, which has no −0.
    with_minus(&format!("{}", value.round() as i64))
}

/// A change: `+2.5`, `−3.2`, `0.0`.
pub(super) fn change(value: Option<f64>) -> String {
    let text = nps(value);
    if value > Some(0.0) && text != "0.0" {
        format!("+{text}")
    } else {
        text
    }
}

/// The confidence interval of an NPS: `32.2 to 48.6`.
pub(super) fn interval(stats: &Stats) -> String {
    let ends = stats.ci_low.zip(stats.ci_high);
    or_unknown(ends.map(|(low, high)| format!("{} to {}", one_decimal(low), one_decimal(high))))
}

fn one_decimal(value: f64) -> String {
    match format!("{value:.1}").as_str() {
        "-0.0" => "0.0".to_owned(),
        text => with_minus(text),
    }
}

/// Replaces hyphens by true minus signs, which are as wide as a plus.
fn with_minus(text: &str) -> String {
    text.replace('-', "−")
}

/// A count: `1,892`.
pub(super) fn count(count: u64) -> String {
    HumanCount(count).to_string()
}

/// A count with its noun: `1 response`, `12 responses`.
pub(super) fn plural(number: u64, noun: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{} {noun}{ending}", count(number))
}

/// A number of people: `1 person`, `12 people`.
pub(super) fn people(number: u64) -> String {
    let noun = if number == 1 { "person" } else { "people" };
    format!("{} {noun}", count(number))
}

/// A share from 0 to 1: `23.4%`. One decimal, as for NPS, so that promoters minus detractors add up
/// to the NPS next to them.
pub(super) fn percent(share: f64) -> String {
    match share * 100.0 {
        0.0 => "0%".to_owned(),
        100.0 => "100%".to_owned(),
        percent => format!("{percent:.1}%"),
    }
}

/// A part of a whole as a share; unknown if the whole is 0.
pub(super) fn percent_of(part: u64, whole: u64) -> String {
    or_unknown((whole > 0).then(|| percent(part as f64 / whole as f64)))
}

/// A count with its share of a whole: `60 (17.9%)`.
pub(super) fn count_of(part: u64, whole: u64) -> String {
    format!("{} ({})", count(part), percent_of(part, whole))
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
    let equals = if p < 0.001 { "" } else { "=\u{a0}" };
    format!("p\u{a0}{equals}{}", p_value(p))
}

/// The size of groups that are not shown: `fewer than 10 responses`.
pub(super) fn too_few(privacy: &Privacy) -> String {
    match privacy.min_group_size {
        None => format!("fewer than {GROUP_RESPONSES_MIN} responses"),
        Some(people) => format!("fewer than {people} people"),
    }
}

/// A day: `30 June 2026`.
pub(super) fn day(day: NaiveDate) -> String {
    day.format("%-d %B %Y").to_string()
}

/// A period: `2 April to 30 June 2026`.
pub(super) fn period(Period { from, to }: Period) -> String {
    if from == to {
        day(to)
    } else if from.year() == to.year() {
        format!("{} to {}", from.format("%-d %B"), day(to))
    } else {
        format!("{} to {}", day(from), day(to))
    }
}

/// A step of the trend: `Jun 2026`, `Q2 2026`, `2026`, or the Monday of a week.
pub(super) fn step(step: Step, from: NaiveDate) -> String {
    match step {
        Step::Week => from.format("%-d %b %Y").to_string(),
        Step::Month => from.format("%b %Y").to_string(),
        Step::Quarter => format!("Q{} {}", from.quarter(), from.year()),
        Step::Year => from.year().to_string(),
    }
}

/// A duration: `40 minutes`, `5.2 hours`, `3.1 days`.
pub(super) fn hours(hours: f64) -> String {
    match hours {
        hours if hours < 1.5 => plural((hours * 60.0).round() as u64, "minute"),
        hours if hours < 48.0 => format!("{hours:.1} hours"),
        hours => format!("{:.1} days", hours / 24.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        // 124 promoters, 49 passives and 35 detractors of 208: NPS 42.8.
        let shares = [124, 49, 35].map(|part| percent_of(part, 208));
        assert_eq!(shares, ["59.6%", "23.6%", "16.8%"]);
        for (text, expected) in [
            (nps(Some(-0.04)), "0.0"),
            (nps(Some(-3.25)), "−3.2"),
            (nps(None), "–"),
            (whole(-0.4), "0"),
            (change(Some(0.04)), "0.0"),
            (change(Some(2.5)), "+2.5"),
            (change(Some(-2.5)), "−2.5"),
            (change(None), "–"),
            (count(0), "0"),
            (count(999), "999"),
            (count(1_234_567), "1,234,567"),
            (percent(0.0), "0%"),
            (percent(0.0423), "4.2%"),
            (percent(0.996), "99.6%"),
            (percent(1.0), "100%"),
            (percent_of(1, 0), "–"),
            (p_value(0.0004), "<\u{a0}0.001"),
            (p_value(0.41), "0.41"),
            (with_p_value(0.0004), "p\u{a0}<\u{a0}0.001"),
            (with_p_value(0.049), "p\u{a0}=\u{a0}0.049"),
            (hours(0.5), "30 minutes"),
            (hours(50.0), "2.1 days"),
        ] {
            assert_eq!(text, expected);
        }
    }

    #[test]
    fn days() {
        let date = |text: &str| text.parse::<NaiveDate>().expect("a date");
        for (from, to, expected) in [
            ("2026-04-02", "2026-06-30", "2 April to 30 June 2026"),
            (
                "2025-12-02",
                "2026-01-01",
                "2 December 2025 to 1 January 2026",
            ),
            ("2026-04-02", "2026-04-02", "2 April 2026"),
        ] {
            let (from, to) = (date(from), date(to));
            assert_eq!(period(Period { from, to }), expected);
        }
        assert_eq!(step(Step::Quarter, date("2026-04-01")), "Q2 2026");
    }
}
