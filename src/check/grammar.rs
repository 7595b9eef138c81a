//! `@expect nps >= 30 warn < 35`; the grammar is written down in [`directive`](super::directive).

use super::cursor::Cursor;
use super::expectation::{
    Claim, Condition, Direction, Expectation, Limits, Operand, Operator, Significance,
};
use super::problem::SyntaxProblem;

const DIRECTIONS: [(&str, Direction); 3] = [
    ("drop", Direction::Drop),
    ("rise", Direction::Rise),
    ("change", Direction::Change),
];
const CONDITION_HINT: &str = "write a comparison, such as >= 30, or between 0 and 50";

/// What stands behind `@expect`.
pub(super) fn expectation(
    cursor: &mut Cursor<'_>,
    column: u64,
) -> Result<Expectation, SyntaxProblem> {
    let line = cursor.line;
    let text = cursor.rest.split_whitespace().collect::<Vec<_>>().join(" ");
    cursor.skip_space();
    if cursor.is_at_end() {
        return Err(cursor.problem(
            "@expect says nothing",
            "such as @expect nps >= 30, or @expect rows = 0",
        ));
    }
    let claim = match significance(cursor)? {
        Some(significance) => Claim::NoSignificant(significance),
        None => claim(cursor)?,
    };
    cursor.skip_space();
    if !cursor.is_at_end() {
        return Err(cursor.problem(
            format!("\"{}\" is more than there can be here", cursor.shown()),
            "an expectation is one condition; write the next one behind another @expect",
        ));
    }
    Ok(Expectation {
        text,
        line,
        column,
        claim,
    })
}

fn claim(cursor: &mut Cursor<'_>) -> Result<Claim, SyntaxProblem> {
    let (name, is_quoted) = column(cursor)?;
    if cursor.eat_word("is") {
        let is_null = !cursor.eat_word("not");
        if !cursor.eat_word("null") {
            return Err(cursor.problem(
                "behind is there can be null or not null",
                "to compare with a number write =",
            ));
        }
        return Ok(Claim::Null { name, is_null });
    }
    let expected = condition(cursor)?;
    let warn = match cursor.eat_word("warn") {
        true => Some(condition(cursor)?),
        false => None,
    };
    let limits = Limits { expected, warn };
    Ok(match name.as_str() {
        "rows" if !is_quoted => Claim::Rows(limits),
        _ => Claim::Column { name, limits },
    })
}

/// The name of a column, and whether it was quoted.
fn column(cursor: &mut Cursor<'_>) -> Result<(String, bool), SyntaxProblem> {
    cursor.skip_space();
    if cursor.rest.starts_with('"') {
        return Ok((cursor.quoted()?, true));
    }
    let at = cursor.clone();
    let name = cursor.word().to_lowercase();
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
        return Err(at.problem(
            format!("\"{}\" is not a column", at.shown()),
            "begin with a column of the result, \"quoted\" where SQL would, or with rows",
        ));
    }
    Ok((name, false))
}

/// `[no] significant drop in histogram < 5 % warn < 10 %`, where it is that.
fn significance(cursor: &mut Cursor<'_>) -> Result<Option<Significance>, SyntaxProblem> {
    let begin = cursor.clone();
    let is_negated = cursor.eat_word("no");
    if !cursor.eat_word("significant") {
        // A column may be called no.
        *cursor = begin;
        return Ok(None);
    }
    let found = DIRECTIONS
        .into_iter()
        .find(|(word, _)| cursor.eat_word(word));
    let Some((_, direction)) = found else {
        if is_negated {
            return Err(cursor.problem(
                "behind significant there is drop, rise or change",
                "such as @expect no significant drop < 5 %",
            ));
        }
        *cursor = begin;
        return Ok(None);
    };
    let histogram = match cursor.eat_word("in") {
        true => Some(column(cursor)?.0),
        false => None,
    };
    let fail_below = below_percent(cursor)?;
    let warn_below = match cursor.eat_word("warn") {
        true => Some(below_percent(cursor)?),
        false => None,
    };
    Ok(Some(Significance {
        direction,
        histogram,
        fail_below,
        warn_below,
    }))
}

/// `< 5 %` as a share of 1.
fn below_percent(cursor: &mut Cursor<'_>) -> Result<f64, SyntaxProblem> {
    const HINT: &str = "write how small a p-value tells it from chance, such as < 5 %";
    cursor.skip_space();
    if cursor.rest.starts_with("<=") || !cursor.eat("<") {
        return Err(cursor.problem("here < is missing", HINT));
    }
    cursor.skip_space();
    let at = cursor.clone();
    let percent = cursor.number()?;
    cursor.skip_space();
    if !cursor.eat("%") {
        return Err(cursor.problem("here % is missing", HINT));
    }
    if percent <= 0.0 || percent >= 100.0 {
        return Err(at.problem("a p-value is between 0 % and 100 %", HINT));
    }
    Ok(percent / 100.0)
}

fn condition(cursor: &mut Cursor<'_>) -> Result<Condition, SyntaxProblem> {
    cursor.skip_space();
    if cursor.eat_word("between") {
        let low = operand(cursor)?;
        if !cursor.eat_word("and") {
            return Err(cursor.problem("between has a second end", "write it as between 0 and 50"));
        }
        return Ok(Condition::Between(low, operand(cursor)?));
    }
    let at = cursor.clone();
    let sign = cursor.take_while(|c| "=!<>~".contains(c));
    let known = Operator::SPELLINGS.iter().find(|(text, _)| *text == sign);
    let Some((_, operator)) = known else {
        let what = match at.shown().as_str() {
            "" => "the expectation has no comparison".to_owned(),
            shown => format!("\"{shown}\" is not a comparison"),
        };
        let hint = match sign {
            "==" => "write =",
            "=>" => "write >=",
            "=<" => "write <=",
            _ => CONDITION_HINT,
        };
        return Err(at.problem(what, hint));
    };
    Ok(Condition::Compare(*operator, operand(cursor)?))
}

fn operand(cursor: &mut Cursor<'_>) -> Result<Operand, SyntaxProblem> {
    cursor.skip_space();
    if cursor.eat_word("baseline") {
        let sign = match (cursor.eat_sign("+"), cursor.eat_sign("-")) {
            (true, _) => 1.0,
            (_, true) => -1.0,
            _ => 0.0,
        };
        cursor.skip_space();
        let offset = match sign {
            0.0 => 0.0,
            sign => sign * cursor.number()?,
        };
        return Ok(Operand {
            of_baseline: true,
            offset,
        });
    }
    let sign = match (cursor.eat_sign("-"), cursor.eat_sign("+")) {
        (true, _) => -1.0,
        _ => 1.0,
    };
    cursor.skip_space();
    Ok(Operand {
        of_baseline: false,
        offset: sign * cursor.number()?,
    })
}

#[cfg(test)]
mod tests {
    use super::super::directive::{self, Directive};
    use super::*;
    use crate::statement::split::Comment;

    fn read(text: &str) -> Result<Expectation, SyntaxProblem> {
        let comment = Comment {
            text: format!(" @expect {text}\n"),
            is_block: false,
            line: 3,
            column: 1,
            statement: 0,
            is_behind: false,
        };
        match directive::read(&comment)? {
            Some(Directive::Expect(expectation)) => Ok(expectation),
            other => panic!("{other:?}"),
        }
    }

    fn compare(operator: Operator, offset: f64) -> Condition {
        Condition::Compare(
            operator,
            Operand {
                of_baseline: false,
                offset,
            },
        )
    }

    #[test]
    fn conditions() {
        let expectation = read("nps  >= 30 warn < 35").unwrap();
        assert_eq!(expectation.text, "nps >= 30 warn < 35");
        assert_eq!((expectation.line, expectation.column), (3, 4));
        assert_eq!(
            expectation.claim,
            Claim::Column {
                name: "nps".to_owned(),
                limits: Limits {
                    expected: compare(Operator::GreaterOrEqual, 30.0),
                    warn: Some(compare(Operator::Less, 35.0)),
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
            let (Claim::Column { limits, .. } | Claim::Rows(limits)) = read(text).unwrap().claim
            else {
                panic!("{text}");
            };
            assert_eq!(limits.expected.to_string(), shown);
        }
        assert!(matches!(read("rows = 0").unwrap().claim, Claim::Rows(_)));
        let quoted = read("\"rows\" = 0").unwrap().claim;
        assert!(matches!(quoted, Claim::Column { .. }));
        let null = Claim::Null {
            name: "nps".to_owned(),
            is_null: false,
        };
        assert_eq!(read("nps is not null").unwrap().claim, null);
    }

    #[test]
    fn significance_of_a_change() {
        for text in [
            "no significant drop in h < 5 % warn < 10%",
            "significant DROP in h<5% warn<10 %",
        ] {
            assert_eq!(
                read(text).unwrap().claim,
                Claim::NoSignificant(Significance {
                    direction: Direction::Drop,
                    histogram: Some("h".to_owned()),
                    fail_below: 0.05,
                    warn_below: Some(0.1),
                })
            );
        }
        for column in ["significant", "no", "warn", "between"] {
            let claim = read(&format!("{column} > 1")).unwrap().claim;
            assert!(matches!(claim, Claim::Column { name, .. } if name == column));
        }
    }

    #[test]
    fn errors_name_the_character() {
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
        ];
        for (text, column) in columns {
            let problem = read(text).unwrap_err();
            assert_eq!(problem.column, column, "{text}: {}", problem.message);
            assert!(!problem.hint.is_empty());
        }
    }
}
