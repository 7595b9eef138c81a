//! Judges one value by one expectation.

use datafusion_functions_nps::NpsComparison;

use super::expectation::{Condition, Limits, Significance};
use super::label::number;
use super::row::{Histogram, counts};

pub(super) const NEW_BASELINE_HINT: &str = "write a new baseline with --json FILE";

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Verdict {
    Holds,
    /// It holds, but is worth a warning.
    Warns(String),
    Fails(String),
    /// It cannot be decided.
    Unknown {
        message: String,
        hint: Option<String>,
    },
}

impl Verdict {
    pub(super) fn unknown(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Unknown {
            message: message.into(),
            hint: Some(hint.into()),
        }
    }
}

/// Judges a number. With `is_shown`, the number may be in the message.
pub(super) fn judge(
    name: &str,
    limits: &Limits,
    value: f64,
    baseline: Option<f64>,
    is_shown: bool,
) -> Verdict {
    if !value.is_finite() {
        let what = if value.is_nan() {
            "not a number (NaN)"
        } else {
            "infinite"
        };
        return Verdict::unknown(
            format!("{name} is {what}"),
            "check the query for a division by zero",
        );
    }
    if limits.need_baseline() && baseline.is_none() {
        return Verdict::unknown(
            format!("the baseline has no {name} to compare with"),
            NEW_BASELINE_HINT,
        );
    }
    let holds = |condition: &Condition, value| condition.holds(value, baseline.unwrap_or_default());
    let message = |condition: &Condition, what: &str| {
        if !is_shown {
            return format!("{name} (hidden), {what} {condition}");
        }
        let shown = number(value, |value| holds(condition, value));
        let compared = baseline
            .filter(|_| condition.needs_baseline())
            .map(|baseline| format!(" (baseline {})", number(baseline, |_| true)))
            .unwrap_or_default();
        format!("{name} = {shown}, {what} {condition}{compared}")
    };
    let Limits { expected, warn } = limits;
    match warn {
        _ if !holds(expected, value) => Verdict::Fails(message(expected, "expected")),
        Some(warn) if holds(warn, value) => Verdict::Warns(message(warn, "warn")),
        _ => Verdict::Holds,
    }
}

/// Judges the change of a score by the test of `nps_compare_histograms`.
pub(super) fn judge_change(
    significance: &Significance,
    before: &Histogram,
    now: &Histogram,
    is_shown: bool,
) -> Verdict {
    let comparison = NpsComparison::new(&counts(before), &counts(now));
    let (Some(first), Some(second), Some(change)) =
        (comparison.first, comparison.second, comparison.change)
    else {
        let message = if comparison.first.is_none() {
            "the baseline has no answered score"
        } else {
            "there is no answered score"
        };
        return Verdict::unknown(
            message,
            "check that the query does not exclude too many responses",
        );
    };
    let direction = significance.direction;
    if !direction.includes(change) {
        return Verdict::Holds;
    }
    let Some(p_value) = comparison.p_value else {
        return Verdict::unknown(
            "all responses agree, now and in the baseline, so significance cannot be tested",
            "compare more responses, or the score itself: nps >= baseline - 3",
        );
    };
    let message = |below: f64, what: &str| {
        let scores = if is_shown {
            let [second, first] = [second, first].map(|score| number(score, |_| true));
            format!("NPS {second} (baseline {first})")
        } else {
            "NPS (hidden)".to_owned()
        };
        format!(
            "{scores}, {}, {what} < {} %",
            p_value_text(p_value, below),
            number(below * 100.0, |_| true)
        )
    };
    if p_value < significance.fail_below {
        let expected = format!("expected no significant {}", direction.name());
        return Verdict::Fails(message(significance.fail_below, &expected));
    }
    match significance.warn_below {
        Some(below) if p_value < below => Verdict::Warns(message(below, "warn")),
        _ => Verdict::Holds,
    }
}

fn p_value_text(p_value: f64, limit: f64) -> String {
    if p_value < 0.0001 {
        "p < 0.01 %".to_owned()
    } else {
        let percent = number(p_value * 100.0, |percent| percent < limit * 100.0);
        format!("p = {percent} %")
    }
}

#[cfg(test)]
mod tests {
    use super::super::expectation::{Direction, Operand, Operator};
    use super::*;

    fn compare(operator: &str, operand: Operand) -> Condition {
        Condition::Compare(Operator::parse(operator).unwrap(), operand)
    }

    #[test]
    fn numbers() {
        let limits = Limits {
            expected: compare(">=", Operand::Number(30.0)),
            warn: Some(compare("<", Operand::Number(35.0))),
        };
        let verdict = |value| judge("nps", &limits, value, None, true);
        assert_eq!(verdict(40.0), Verdict::Holds);
        assert_eq!(
            verdict(33.333_333),
            Verdict::Warns("nps = 33.33, warn < 35".to_owned())
        );
        assert_eq!(
            verdict(29.999_999),
            Verdict::Fails("nps = 29.999999, expected >= 30".to_owned())
        );
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(matches!(verdict(value), Verdict::Unknown { .. }));
        }
        assert_eq!(
            judge("phone", &limits, 29.0, None, false),
            Verdict::Fails("phone (hidden), expected >= 30".to_owned())
        );
    }

    #[test]
    fn numbers_compared_with_a_baseline() {
        let limits = Limits {
            expected: compare(">=", Operand::Baseline(-3.0)),
            warn: None,
        };
        let verdict = |baseline| judge("nps", &limits, 40.0, baseline, true);
        assert_eq!(verdict(Some(43.0)), Verdict::Holds);
        assert_eq!(
            verdict(Some(43.5)),
            Verdict::Fails("nps = 40, expected >= baseline - 3 (baseline 43.5)".to_owned())
        );
        assert!(matches!(verdict(None), Verdict::Unknown { .. }));
    }

    #[test]
    fn changes() {
        let drop = Significance {
            direction: Direction::Drop,
            histogram: None,
            fail_below: 0.05,
            warn_below: Some(0.1),
        };
        let histogram = |detractors: f64, promoters: f64| {
            let mut histogram = Histogram::default();
            (histogram[0], histogram[8], histogram[10]) = (detractors, 30.0, promoters);
            histogram
        };
        // nps_compare_histograms returns p = 0.0521 for 30 after 50.
        let verdict = judge_change(&drop, &histogram(10.0, 60.0), &histogram(20.0, 50.0), true);
        assert_eq!(
            verdict,
            Verdict::Warns("NPS 30 (baseline 50), p = 5.21 %, warn < 10 %".to_owned())
        );
        let rise = judge_change(&drop, &histogram(20.0, 50.0), &histogram(10.0, 60.0), true);
        assert_eq!(rise, Verdict::Holds);
        let fall = judge_change(&drop, &histogram(10.0, 60.0), &histogram(60.0, 10.0), true);
        assert!(matches!(fall, Verdict::Fails(text) if text.contains("p < 0.01 %")));
        for (before, now) in [
            (Histogram::default(), histogram(1.0, 2.0)),
            (histogram(1.0, 2.0), Histogram::default()),
        ] {
            let verdict = judge_change(&drop, &before, &now, true);
            assert!(matches!(verdict, Verdict::Unknown { .. }));
        }
        let (mut all_tens, mut all_zeros) = (Histogram::default(), Histogram::default());
        (all_tens[10], all_zeros[0]) = (5.0, 5.0);
        let unanimous = judge_change(&drop, &all_tens, &all_zeros, true);
        assert!(matches!(unanimous, Verdict::Unknown { .. }));
        assert_eq!(
            judge_change(&drop, &all_tens, &all_tens, true),
            Verdict::Holds
        );
    }
}
