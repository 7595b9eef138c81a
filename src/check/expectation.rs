//! What a check expects of the rows of its query.

use std::fmt;

/// One `@expect`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Expectation {
    /// As the file has it, with white space folded.
    pub(super) text: String,
    /// The line of the file that it is on, from 1.
    pub(super) line: u64,
    /// The character of the line that it begins with, from 1.
    pub(super) column: u64,
    pub(super) claim: Claim,
}

/// What is claimed.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Claim {
    /// `rows …`: of the number of rows.
    Rows(Limits),
    /// `nps …`: of a column's value in every row.
    Column { name: String, limits: Limits },
    /// `column is null`, `column is not null`: in every row.
    Null { name: String, is_null: bool },
    /// `no significant drop < 5 %`: of a histogram of scores in every row, beside the baseline's.
    NoSignificant(Significance),
}

/// What a value has to be, and from where on it is worth a warning all the same.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Limits {
    pub(super) expected: Condition,
    pub(super) warn: Option<Condition>,
}

/// Which change is not to be, and how small a p-value makes it more than chance.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Significance {
    pub(super) direction: Direction,
    /// The column of the histogram; the only one of the result where it is not said.
    pub(super) histogram: Option<String>,
    /// From 0 to 1: the change fails with a p-value below it.
    pub(super) fail_below: f64,
    /// From 0 to 1: the change is warned of with a p-value below it.
    pub(super) warn_below: Option<f64>,
}

/// Which way a score moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Drop,
    Rise,
    Change,
}

impl Direction {
    /// Whether a change of so many NPS points is one of this direction.
    pub(super) fn is_of(self, change: f64) -> bool {
        match self {
            Self::Drop => change < 0.0,
            Self::Rise => change > 0.0,
            Self::Change => change != 0.0,
        }
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Drop => "drop",
            Self::Rise => "rise",
            Self::Change => "change",
        })
    }
}

/// A condition on a number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Condition {
    Compare(Operator, Operand),
    /// Both ends count, as in SQL.
    Between(Operand, Operand),
}

impl Condition {
    pub(super) fn needs_baseline(&self) -> bool {
        match self {
            Self::Compare(_, operand) => operand.of_baseline,
            Self::Between(low, high) => low.of_baseline || high.of_baseline,
        }
    }

    /// Whether it holds for `value`; `baseline` is only asked where the condition needs one.
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
            Self::Compare(operator, operand) => write!(f, "{operator} {operand}"),
            Self::Between(low, high) => write!(f, "between {low} and {high}"),
        }
    }
}

/// How two numbers are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Operator {
    /// As SQL writes them; what stands first is what is printed.
    pub(super) const SPELLINGS: [(&'static str, Self); 7] = [
        ("=", Self::Equal),
        ("!=", Self::NotEqual),
        ("<>", Self::NotEqual),
        ("<", Self::Less),
        ("<=", Self::LessOrEqual),
        (">", Self::Greater),
        (">=", Self::GreaterOrEqual),
    ];

    fn holds(self, value: f64, limit: f64) -> bool {
        match self {
            Self::Equal => value == limit,
            Self::NotEqual => value != limit,
            Self::Less => value < limit,
            Self::LessOrEqual => value <= limit,
            Self::Greater => value > limit,
            Self::GreaterOrEqual => value >= limit,
        }
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let spelling = Self::SPELLINGS
            .iter()
            .find(|(_, operator)| operator == self);
        f.write_str(spelling.map_or("", |(text, _)| text))
    }
}

/// A number, or the baseline's value with a number added.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Operand {
    pub(super) of_baseline: bool,
    pub(super) offset: f64,
}

impl Operand {
    fn number(&self, baseline: f64) -> f64 {
        match self.of_baseline {
            true => baseline + self.offset,
            false => self.offset,
        }
    }
}

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.of_baseline, self.offset) {
            (false, number) => write!(f, "{number}"),
            (true, 0.0) => f.write_str("baseline"),
            (true, offset) if offset < 0.0 => write!(f, "baseline - {}", -offset),
            (true, offset) => write!(f, "baseline + {offset}"),
        }
    }
}

impl Limits {
    pub(super) fn needs_baseline(&self) -> bool {
        self.expected.needs_baseline() || self.warn.as_ref().is_some_and(Condition::needs_baseline)
    }
}

impl Claim {
    pub(super) fn needs_baseline(&self) -> bool {
        match self {
            Self::Rows(limits) | Self::Column { limits, .. } => limits.needs_baseline(),
            Self::Null { .. } => false,
            Self::NoSignificant(_) => true,
        }
    }
}
