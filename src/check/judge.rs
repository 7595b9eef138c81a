//! One expectation held against one value.

use datafusion_functions_nps::NpsComparison;

use super::expectation::{Condition, Limits, Significance};
use super::label::number;
use super::row::{SCORES, counts};

/// What an expectation says of a value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Verdict {
    Holds,
    /// It holds, and is worth a warning.
    Warn(String),
    Fails(String),
    /// It cannot be told.
    Unknown {
        message: String,
        hint: String,
    },
}

impl Verdict {
    pub(super) fn unknown(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Unknown {
            message: message.into(),
            hint: hint.into(),
        }
    }
}

/// Whether a number is what it has to be. `baseline` has to be there where the limits need it;
/// with `is_shown` the number itself may be told.
pub(super) fn judge(
    name: &str,
    limits: &Limits,
    value: f64,
    baseline: Option<f64>,
    is_shown: bool,
) -> Verdict {
    if !value.is_finite() {
        let what = match value.is_nan() {
            true => "not a number (NaN)",
            false => "infinite",
        };
        return Verdict::unknown(
            format!("{name} is {what}"),
            "look for a division by 0 in the query",
        );
    }
    let Limits { expected, warn } = limits;
    let held_against = |condition: &Condition| match (condition.needs_baseline(), baseline) {
        (true, None) => None,
        (_, baseline) => Some(condition.holds(value, baseline.unwrap_or_default())),
    };
    let (Some(holds), Some(warns)) = (
        held_against(expected),
        warn.as_ref().map_or(Some(false), held_against),
    ) else {
        return Verdict::unknown(
            format!("the baseline has no {name} to compare with"),
            "write the baseline anew: --json FILE",
        );
    };
    let told = |condition: &Condition, what: &str| {
        let baseline = baseline.filter(|_| condition.needs_baseline());
        let shown = number(value, |value| {
            condition.holds(value, baseline.unwrap_or_default())
        });
        let beside = baseline
            .map(|baseline| format!(" (baseline {})", number(baseline, |_| true)))
            .unwrap_or_default();
        match is_shown {
            true => format!("{name} = {shown}, {what} {condition}{beside}"),
            false => format!("{name}, which is not shown: {what} {condition}"),
        }
    };
    match (holds, warns, warn) {
        (false, _, _) => Verdict::Fails(told(expected, "expected")),
        (true, true, Some(warn)) => Verdict::Warn(told(warn, "warn")),
        _ => Verdict::Holds,
    }
}

/// Whether a score moved as it should not, by more than chance; the same test as
/// `nps_compare_histograms`.
pub(super) fn judge_change(
    significance: &Significance,
    before: &[f64; SCORES],
    now: &[f64; SCORES],
    is_shown: bool,
) -> Verdict {
    let comparison = NpsComparison::new(&counts(before), &counts(now));
    let (Some(first), Some(second), Some(change)) =
        (comparison.first, comparison.second, comparison.change)
    else {
        let who = match comparison.first {
            None => "the baseline has no answered score",
            Some(_) => "there is no answered score",
        };
        return Verdict::unknown(who, "look whether the query leaves too much out");
    };
    let direction = significance.direction;
    if !direction.is_of(change) {
        return Verdict::Holds;
    }
    let Some(p_value) = comparison.p_value else {
        return Verdict::unknown(
            "nobody differs from the others, now or in the baseline, and so there is no test",
            "compare more responses, or the score itself: nps >= baseline - 3",
        );
    };
    let told = |below: f64, what: &str| {
        let moved = match is_shown {
            true => format!(
                "NPS {} after {}",
                number(second, |_| true),
                number(first, |_| true)
            ),
            false => "the NPS".to_owned(),
        };
        format!(
            "{moved} in the baseline, p = {}, {what} < {} %",
            percent(p_value, below),
            number(below * 100.0, |_| true)
        )
    };
    if p_value < significance.fail_below {
        let expected = format!("expected no significant {direction}");
        return Verdict::Fails(told(significance.fail_below, &expected));
    }
    match significance.warn_below {
        Some(below) if p_value < below => Verdict::Warn(told(below, "warn")),
        _ => Verdict::Holds,
    }
}

fn percent(share: f64, limit: f64) -> String {
    match share < 0.0001 {
        true => "under 0.01 %".to_owned(),
        false => format!(
            "{} %",
            number(share * 100.0, |percent| percent < limit * 100.0)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::expectation::{Direction, Operand, Operator};
    use super::*;

    fn limit(operator: Operator, of_baseline: bool, offset: f64) -> Condition {
        Condition::Compare(
            operator,
            Operand {
                of_baseline,
                offset,
            },
        )
    }

    #[test]
    fn numbers() {
        let limits = Limits {
            expected: limit(Operator::GreaterOrEqual, false, 30.0),
            warn: Some(limit(Operator::Less, false, 35.0)),
        };
        let verdict = |value| judge("nps", &limits, value, None, true);
        assert_eq!(verdict(40.0), Verdict::Holds);
        assert_eq!(
            verdict(33.333_333),
            Verdict::Warn("nps = 33.33, warn < 35".to_owned())
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
            Verdict::Fails("phone, which is not shown: expected >= 30".to_owned())
        );
    }

    #[test]
    fn beside_the_baseline() {
        let limits = Limits {
            expected: limit(Operator::GreaterOrEqual, true, -3.0),
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
        let of = |detractors: f64, promoters: f64| {
            let mut histogram = [0.0; SCORES];
            (histogram[0], histogram[8], histogram[10]) = (detractors, 30.0, promoters);
            histogram
        };
        // nps_compare_histograms gives p = 0.0521 for 30 after 50.
        let verdict = judge_change(&drop, &of(10.0, 60.0), &of(20.0, 50.0), true);
        assert_eq!(
            verdict,
            Verdict::Warn("NPS 30 after 50 in the baseline, p = 5.21 %, warn < 10 %".to_owned())
        );
        let rise = judge_change(&drop, &of(20.0, 50.0), &of(10.0, 60.0), true);
        assert_eq!(rise, Verdict::Holds);
        let fall = judge_change(&drop, &of(10.0, 60.0), &of(60.0, 10.0), true);
        assert!(matches!(fall, Verdict::Fails(text) if text.contains("p = under 0.01 %")));
        for (before, now) in [([0.0; SCORES], of(1.0, 2.0)), (of(1.0, 2.0), [0.0; SCORES])] {
            let verdict = judge_change(&drop, &before, &now, true);
            assert!(matches!(verdict, Verdict::Unknown { .. }));
        }
        let (mut all_tens, mut all_zeros) = ([0.0; SCORES], [0.0; SCORES]);
        (all_tens[10], all_zeros[0]) = (5.0, 5.0);
        let unanimous = judge_change(&drop, &all_tens, &all_zeros, true);
        assert!(matches!(unanimous, Verdict::Unknown { .. }));
        assert_eq!(
            judge_change(&drop, &all_tens, &all_tens, true),
            Verdict::Holds
        );
    }
}
