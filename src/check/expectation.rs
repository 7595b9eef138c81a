//! Expectations of a check about the rows of its query.

use std::cmp::Ordering::{self, Equal, Greater, Less};
use std::fmt;

/// One `@expect`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Expectation {
    /// Its text in the file, with white space collapsed.
    pub(super) text: String,
    /// Its line in the file, from 1.
    pub(super) line: u64,
    /// The character of the line at which it begins, from 1.
    pub(super) column: u64,
    pub(super) claim: Claim,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Claim {
    /// `rows …`: limits of the number of rows.
    Rows(Limits),
    /// `nps …`: limits of a column's value in every row.
    Column { name: String, limits: Limits },
    /// `column is [not] null`, in every row.
    Null { name: String, is_null: bool },
    /// `no significant drop < 5 %`: a histogram of scores in every row, compared with the baseline's.
    NoSignificantChange(Significance),
}

impl Claim {
    pub(super) fn needs_baseline(&self) -> bool {
        match self {
            Self::Rows(limits) | Self::Column { limits, .. } => limits.need_baseline(),
            Self::Null { .. } => false,
            Self::NoSignificantChange(_) => true,
        }
    }
}

/// A condition that must hold, and one that is worth a warning.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Limits {
    pub(super) expected: Condition,
    pub(super) warn: Option<Condition>,
}

impl Limits {
    pub(super) fn need_baseline(&self) -> bool {
        self.expected.needs_baseline() || self.warn.as_ref().is_some_and(Condition::needs_baseline)
    }
}

/// A direction in which a score must not change, and the p-values that make a change significant.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Significance {
    pub(super) direction: Direction,
    /// The histogram's column; `None` for the only one of the result.
    pub(super) histogram: Option<String>,
    /// From 0 to 1: a change with a smaller p-value fails.
    pub(super) fail_below: f64,
    /// From 0 to 1: a change with a smaller p-value is worth a warning.
    pub(super) warn_below: Option<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Drop,
    Rise,
    Change,
}

impl Direction {
    pub(super) const ALL: [Self; 3] = [Self::Drop, Self::Rise, Self::Change];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Drop => "drop",
            Self::Rise => "rise",
            Self::Change => "change",
        }
    }

    /// True if a change of this many NPS points is in this direction.
    pub(super) fn includes(self, change: f64) -> bool {
        match self {
            Self::Drop => change < 0.0,
            Self::Rise => change > 0.0,
            Self::Change => change != 0.0,
        }
    }
}

/// A condition on a number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Condition {
    Compare(Operator, Operand),
    /// Both ends included, as in SQL.
    Between(Operand, Operand),
}

impl Condition {
    pub(super) fn needs_baseline(&self) -> bool {
        let is_baseline = |operand: &Operand| matches!(operand, Operand::Baseline(_));
        match self {
            Self::Compare(_, operand) => is_baseline(operand),
            Self::Between(low, high) => is_baseline(low) || is_baseline(high),
        }
    }

    /// True if the condition holds for `value`; `baseline` is used only if the condition needs it.
    pub(super) fn holds(&self, value: f64, baseline: f64) -> bool {
        match self {
            Self::Compare(operator, operand) => operator.holds(value, operand.number(baseline)),
            Self::Between(low, high) => {
                value >= low.number(baseline) && value <= high.number(baseline)
            }
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Compare(operator, operand) => write!(f, "{} {operand}", operator.0),
            Self::Between(low, high) => write!(f, "between {low} and {high}"),
        }
    }
}

/// A comparison: its text, and the orders of value and limit for which it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Operator(&'static str, &'static [Ordering]);

const OPERATORS: [Operator; 6] = [
    Operator("=", &[Equal]),
    Operator("!=", &[Less, Greater]),
    Operator("<", &[Less]),
    Operator("<=", &[Less, Equal]),
    Operator(">", &[Greater]),
    Operator(">=", &[Greater, Equal]),
];

impl Operator {
    /// As in SQL, where `<>` is `!=`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = if text == "<>" { "!=" } else { text };
        OPERATORS.into_iter().find(|operator| operator.0 == text)
    }

    fn holds(self, value: f64, limit: f64) -> bool {
        let order = value.partial_cmp(&limit);
        order.is_some_and(|order| self.1.contains(&order))
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Operand {
    Number(f64),
    /// The baseline's value plus a number.
    Baseline(f64),
}

impl Operand {
    fn number(&self, baseline: f64) -> f64 {
        match self {
            Self::Number(number) => *number,
            Self::Baseline(offset) => baseline + offset,
        }
    }
}

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Baseline(0.0) => f.write_str("baseline"),
            Self::Baseline(offset) if offset < 0.0 => write!(f, "baseline - {}", -offset),
            Self::Baseline(offset) => write!(f, "baseline + {offset}"),
        }
    }
}
