//! `@expect nps >= 30 warn < 35`; the grammar is documented in [`directive`](super::directive).

use super::cursor::Cursor;
use super::expectation::{
    Claim, Condition, Direction, Expectation, Limits, Operand, Operator, Significance,
};
use super::problem::Problem;

/// Parses the rest of an `@expect` that begins at `column`.
pub(super) fn parse_expectation(
    cursor: &mut Cursor<'_>,
    column: u64,
) -> Result<Expectation, Problem> {
    let line = cursor.line;
    let text = cursor.rest.split_whitespace().collect::<Vec<_>>().join(" ");
    cursor.skip_space();
    if cursor.rest.is_empty() {
        return Err(cursor.problem(
            "@expect has no condition",
            "write one, such as @expect nps >= 30, or @expect rows = 0",
        ));
    }
    let claim = match significance(cursor)? {
        Some(significance) => Claim::NoSignificantChange(significance),
        None => claim(cursor)?,
    };
    cursor.skip_space();
    if !cursor.rest.is_empty() {
        return Err(cursor.problem(
            format!("unexpected \"{}\" after the condition", cursor.next_word()),
            "write one condition per @expect",
        ));
    }
    Ok(Expectation {
        text,
        line,
        column,
        claim,
    })
}

fn claim(cursor: &mut Cursor<'_>) -> Result<Claim, Problem> {
    let (name, is_quoted) = column(cursor)?;
    if cursor.eat_word("is") {
        let is_null = !cursor.eat_word("not");
        if !cursor.eat_word("null") {
            return Err(cursor.problem(
                "expected null or not null after is",
                "to compare with a number, write =",
            ));
        }
        return Ok(Claim::Null { name, is_null });
    }
    let limits = Limits {
        expected: condition(cursor)?,
        warn: after_word(cursor, "warn", condition)?,
    };
    Ok(if name == "rows" && !is_quoted {
        Claim::Rows(limits)
    } else {
        Claim::Column { name, limits }
    })
}

/// Parses an optional part that begins with `word`.
fn after_word<T>(
    cursor: &mut Cursor<'_>,
    word: &str,
    parse: impl Fn(&mut Cursor<'_>) -> Result<T, Problem>,
) -> Result<Option<T>, Problem> {
    cursor.eat_word(word).then(|| parse(cursor)).transpose()
}

/// The name of a column, and `true` if it was quoted.
fn column(cursor: &mut Cursor<'_>) -> Result<(String, bool), Problem> {
    cursor.skip_space();
    if cursor.rest.starts_with('"') {
        return Ok((cursor.quoted()?, true));
    }
    let at = cursor.clone();
    let name = cursor.word().to_lowercase();
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
        return Err(at.problem(
            format!("\"{}\" is not a column", at.next_word()),
            "start with rows or a column of the result, \"quoted\" where SQL would quote it",
        ));
    }
    Ok((name, false))
}

/// `[no] significant drop in histogram < 5 % warn < 10 %`; `None` for any other expectation.
fn significance(cursor: &mut Cursor<'_>) -> Result<Option<Significance>, Problem> {
    let begin = cursor.clone();
    let is_negated = cursor.eat_word("no");
    if !cursor.eat_word("significant") {
        // A column may be named no.
        *cursor = begin;
        return Ok(None);
    }
    let direction = Direction::ALL
        .into_iter()
        .find(|direction| cursor.eat_word(direction.name()));
    let Some(direction) = direction else {
        if is_negated {
            return Err(cursor.problem(
                "expected drop, rise or change after significant",
                "write it as in @expect no significant drop < 5 %",
            ));
        }
        *cursor = begin;
        return Ok(None);
    };
    Ok(Some(Significance {
        direction,
        histogram: after_word(cursor, "in", column)?.map(|(name, _)| name),
        fail_below: below_percent(cursor)?,
        warn_below: after_word(cursor, "warn", below_percent)?,
    }))
}

/// `< 5 %` as a fraction of 1.
fn below_percent(cursor: &mut Cursor<'_>) -> Result<f64, Problem> {
    const HINT: &str = "write the p-value below which a change is significant, such as < 5 %";
    cursor.skip_space();
    if cursor.rest.starts_with("<=") || !cursor.eat("<") {
        return Err(cursor.problem("missing <", HINT));
    }
    cursor.skip_space();
    let at = cursor.clone();
    let percent = cursor.number()?;
    if !cursor.eat("%") {
        return Err(cursor.problem("missing %", HINT));
    }
    if percent <= 0.0 || percent >= 100.0 {
        return Err(at.problem("the p-value must be between 0 % and 100 %", HINT));
    }
    Ok(percent / 100.0)
}

fn condition(cursor: &mut Cursor<'_>) -> Result<Condition, Problem> {
    cursor.skip_space();
    if cursor.eat_word("between") {
        let low = operand(cursor)?;
        if !cursor.eat_word("and") {
            return Err(cursor.problem(
                "between needs two bounds",
                "write both, such as between 0 and 50",
            ));
        }
        return Ok(Condition::Between(low, operand(cursor)?));
    }
    let at = cursor.clone();
    let sign = cursor.take_while(|c| "=!<>~".contains(c));
    let Some(operator) = Operator::parse(sign) else {
        let message = match at.next_word().as_str() {
            "" => "the expectation has no comparison".to_owned(),
            word => format!("\"{word}\" is not a comparison"),
        };
        let hint = match sign {
            "==" => "write =",
            "=>" => "write >=",
            "=<" => "write <=",
            _ => "write a comparison, such as >= 30, or between 0 and 50",
        };
        return Err(at.problem(message, hint));
    };
    Ok(Condition::Compare(operator, operand(cursor)?))
}

fn operand(cursor: &mut Cursor<'_>) -> Result<Operand, Problem> {
    let is_baseline = cursor.eat_word("baseline");
    let sign = if cursor.eat("-") {
        Some(-1.0)
    } else if cursor.eat("+") {
        Some(1.0)
    } else {
        None
    };
    if is_baseline && sign.is_none() {
        return Ok(Operand::Baseline(0.0));
    }
    let number = sign.unwrap_or(1.0) * cursor.number()?;
    Ok(if is_baseline {
        Operand::Baseline(number)
    } else {
        Operand::Number(number)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Expectation, Problem> {
        let mut cursor = Cursor {
            file: "x.sql",
            rest: text,
            line: 3,
            column: 12,
        };
        parse_expectation(&mut cursor, 4)
    }

    #[test]
    fn conditions() {
        let expectation = parse("nps  >= 30 warn < 35").unwrap();
        assert_eq!(expectation.text, "nps >= 30 warn < 35");
        assert_eq!((expectation.line, expectation.column), (3, 4));
        let compare = |operator, number| {
            Condition::Compare(Operator::parse(operator).unwrap(), Operand::Number(number))
        };
        assert_eq!(
            expectation.claim,
            Claim::Column {
                name: "nps".to_owned(),
                limits: Limits {
                    expected: compare(">=", 30.0),
                    warn: Some(compare("<", 35.0)),
                },
            }
        );
        for (text, shown) in [
            ("NPS<>-.5", "!= -0.5"),
            ("nps >= baseline - 3", ">= baseline - 3"),
            ("nps=baseline", "= baseline"),
            (
                "rows BETWEEN 1 and baseline+2.5",
                "between 1 and baseline + 2.5",
            ),
            ("\"No \"\"x\"\"\" < +7", "< 7"),
        ] {
            let (Claim::Column { limits, .. } | Claim::Rows(limits)) = parse(text).unwrap().claim
            else {
                panic!("{text}");
            };
            assert_eq!(limits.expected.to_string(), shown);
        }
        assert!(matches!(parse("rows = 0").unwrap().claim, Claim::Rows(_)));
        let quoted = parse("\"rows\" = 0").unwrap().claim;
        assert!(matches!(quoted, Claim::Column { .. }));
        let null = Claim::Null {
            name: "nps".to_owned(),
            is_null: false,
        };
        assert_eq!(parse("nps is not null").unwrap().claim, null);
    }

    #[test]
    fn significant_changes() {
        for text in [
            "no significant drop in h < 5 % warn < 10%",
            "significant DROP in h<5% warn<10 %",
        ] {
            assert_eq!(
                parse(text).unwrap().claim,
                Claim::NoSignificantChange(Significance {
                    direction: Direction::Drop,
                    histogram: Some("h".to_owned()),
                    fail_below: 0.05,
                    warn_below: Some(0.1),
                })
            );
        }
        for column in ["significant", "no", "warn", "between"] {
            let claim = parse(&format!("{column} > 1")).unwrap().claim;
            assert!(matches!(claim, Claim::Column { name, .. } if name == column));
        }
    }

    #[test]
    fn errors_point_at_the_character() {
        let columns = [
            ("nps => 30", 16),
            ("nps == 30", 16),
            ("nps >= 30 40", 22),
            ("nps >= thirty", 19),
            ("nps >= 30%", 21),
            ("nps >= 3o", 19),
            ("nps >= 1.2.3", 19),
            ("nps", 15),
            ("nps >=", 18),
            ("nps between 1", 25),
            ("nps is empty", 18),
            (">= 30", 12),
            ("\"nps >= 30", 12),
            ("no significant shift < 5 %", 26),
            ("no significant drop <= 5 %", 32),
            ("no significant drop < 5", 35),
            ("no significant drop < 100 %", 34),
            ("nps >= baseline * 2", 28),
            ("nps >= baseline + - 3", 30),
        ];
        for (text, column) in columns {
            let problem = parse(text).unwrap_err();
            assert_eq!(problem.column, Some(column), "{text}: {problem}");
            assert!(problem.hint.is_some_and(|hint| !hint.is_empty()));
        }
    }
}
