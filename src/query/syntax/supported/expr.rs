//! Checks of expressions.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    AccessExpr, BinaryOperator, DuplicateTreatment, Expr, Function, FunctionArg, FunctionArgExpr,
    FunctionArguments, Interval, ObjectName, Value,
};

use super::refusal::{Checked, REMOVE, refuse_if, unsupported};

pub(super) fn check_expr(expr: &Expr) -> Checked {
    match expr {
        Expr::Function(function) => check_function(function),
        Expr::IsNormalized { .. } => unsupported("NORMALIZED", REMOVE),
        Expr::InUnnest { .. } => unsupported("UNNEST", "use array_has(list, value)"),
        Expr::RLike { regexp, .. } => {
            let word = if *regexp { "REGEXP" } else { "RLIKE" };
            unsupported(word, "use regexp_like(text, pattern) or ~")
        }
        Expr::Like { any: true, .. } => unsupported("ANY", "combine several LIKE with OR"),
        Expr::ILike { any: true, .. } => unsupported("ANY", "combine several ILIKE with OR"),
        Expr::Convert { .. } => unsupported("CONVERT", "use CAST(value AS type)"),
        Expr::Cast {
            format: Some(_), ..
        } => unsupported("FORMAT", "use to_timestamp(text, pattern)"),
        Expr::Cast { array: true, .. } => unsupported("ARRAY", REMOVE),
        Expr::Collate { .. } => unsupported("COLLATE", "use lower()"),
        Expr::Prefixed { prefix, .. } => unsupported(prefix.value.clone(), REMOVE),
        Expr::MatchAgainst { .. } => unsupported("MATCH", "use LIKE or regexp_like()"),
        Expr::OuterJoin(_) => unsupported("(+)", "use LEFT JOIN"),
        Expr::Prior(_) => unsupported("PRIOR", "use WITH RECURSIVE"),
        Expr::MemberOf(_) => unsupported("MEMBER OF", "use array_has(list, value)"),
        Expr::SimilarTo { .. } => unsupported(
            "SIMILAR TO",
            "use LIKE 'a%', or a regular expression: ~ '^a.*$'",
        ),
        // The planner takes columns of the left side for columns of the subquery.
        Expr::AnyOp {
            compare_op, right, ..
        } if is_subquery(right) && *compare_op != BinaryOperator::Eq => unsupported(
            "ANY",
            "compare with one value: (SELECT min(…) …) or (SELECT max(…) …)",
        ),
        Expr::AllOp {
            compare_op, right, ..
        } if is_subquery(right) && *compare_op != BinaryOperator::NotEq => unsupported(
            "ALL",
            "compare with one value: (SELECT min(…) …) or (SELECT max(…) …)",
        ),
        Expr::BinaryOp { op, .. } => check_operator(op),
        Expr::Value(value) => check_value(&value.value),
        Expr::Interval(interval) => check_interval(interval),
        Expr::JsonAccess { .. } => unsupported(":", "use the functions for structs and lists"),
        Expr::CompoundFieldAccess {
            root: _,
            access_chain,
        } => access_chain.iter().try_for_each(|access| match access {
            AccessExpr::Dot(Expr::Identifier(_) | Expr::Value(_)) | AccessExpr::Subscript(_) => {
                ControlFlow::Continue(())
            }
            AccessExpr::Dot(other) => unsupported(
                other.to_string(),
                "name a field of the struct behind the dot",
            ),
        }),
        // The parser reads all that follows as the right side, whatever binds less.
        Expr::IsDistinctFrom(_, right) | Expr::IsNotDistinctFrom(_, right)
            if matches!(
                right.as_ref(),
                Expr::BinaryOp {
                    op: BinaryOperator::And | BinaryOperator::Or | BinaryOperator::Xor,
                    ..
                }
            ) =>
        {
            unsupported(
                "IS DISTINCT FROM beside AND or OR",
                "write it in parentheses: (a IS DISTINCT FROM b) AND c",
            )
        }
        // What follows is planned, or refused by the planner, with all its fields.
        Expr::Identifier(_)
        | Expr::CompoundIdentifier(_)
        | Expr::IsFalse(_)
        | Expr::IsNotFalse(_)
        | Expr::IsTrue(_)
        | Expr::IsNotTrue(_)
        | Expr::IsNull(_)
        | Expr::IsNotNull(_)
        | Expr::IsUnknown(_)
        | Expr::IsNotUnknown(_)
        | Expr::IsDistinctFrom(..)
        | Expr::IsNotDistinctFrom(..)
        | Expr::InList { .. }
        | Expr::InSubquery { .. }
        | Expr::Between { .. }
        | Expr::Like { any: false, .. }
        | Expr::ILike { any: false, .. }
        | Expr::AnyOp { .. }
        | Expr::AllOp { .. }
        | Expr::UnaryOp { .. }
        | Expr::Cast { .. }
        | Expr::AtTimeZone { .. }
        | Expr::Extract { .. }
        | Expr::Ceil { .. }
        | Expr::Floor { .. }
        | Expr::Position { .. }
        | Expr::Substring { .. }
        | Expr::Trim { .. }
        | Expr::Overlay { .. }
        | Expr::Nested(_)
        | Expr::TypedString(_)
        | Expr::Case { .. }
        | Expr::Exists { .. }
        | Expr::Subquery(_)
        | Expr::GroupingSets(_)
        | Expr::Cube(_)
        | Expr::Rollup(_)
        | Expr::Tuple(_)
        | Expr::Struct { .. }
        | Expr::Named { .. }
        | Expr::Dictionary(_)
        | Expr::Map(_)
        | Expr::Array(_)
        | Expr::Wildcard(_)
        | Expr::QualifiedWildcard(..)
        | Expr::Lambda(_) => ControlFlow::Continue(()),
    }
}

fn check_interval(interval: &Interval) -> Checked {
    let Interval {
        value,
        leading_field,
        leading_precision: _,
        last_field,
        fractional_seconds_precision: _,
    } = interval;
    refuse_if(
        !is_constant(value),
        "INTERVAL",
        "write a constant, such as INTERVAL '3 days'; to a date, days are added as a number: d + n; \
         read a parameter with CAST($x AS INTERVAL)",
    )?;
    refuse_if(
        last_field.is_some(),
        "TO",
        "write all units in the text: INTERVAL '1 year 2 months'",
    )?;
    refuse_if(
        leading_field.is_none() && is_number(value),
        &interval.to_string(),
        "write the unit: INTERVAL '3 days', INTERVAL '1 month'; a quarter has 3 months",
    )
}

/// True for a number, also as a text, without a unit.
fn is_number(expr: &Expr) -> bool {
    match expr {
        Expr::Value(value) => match &value.value {
            Value::Number(..) => true,
            Value::SingleQuotedString(text) => text.trim().parse::<f64>().is_ok(),
            _ => false,
        },
        Expr::UnaryOp { expr, .. } => is_number(expr),
        _ => false,
    }
}

fn check_operator(operator: &BinaryOperator) -> Checked {
    const FIELDS: &str =
        "use a field of a struct, s['name'] or s.name, or an element of a list, l[1]";
    match operator {
        BinaryOperator::Plus
        | BinaryOperator::Minus
        | BinaryOperator::Multiply
        | BinaryOperator::Divide
        | BinaryOperator::Modulo
        | BinaryOperator::StringConcat
        | BinaryOperator::Gt
        | BinaryOperator::Lt
        | BinaryOperator::GtEq
        | BinaryOperator::LtEq
        | BinaryOperator::Spaceship
        | BinaryOperator::Eq
        | BinaryOperator::NotEq
        | BinaryOperator::And
        | BinaryOperator::Or
        | BinaryOperator::BitwiseOr
        | BinaryOperator::BitwiseAnd
        | BinaryOperator::PGBitwiseXor
        | BinaryOperator::PGBitwiseShiftLeft
        | BinaryOperator::PGBitwiseShiftRight
        | BinaryOperator::PGRegexMatch
        | BinaryOperator::PGRegexIMatch
        | BinaryOperator::PGRegexNotMatch
        | BinaryOperator::PGRegexNotIMatch
        | BinaryOperator::PGLikeMatch
        | BinaryOperator::PGILikeMatch
        | BinaryOperator::PGNotLikeMatch
        | BinaryOperator::PGNotILikeMatch
        | BinaryOperator::ArrowAt
        | BinaryOperator::AtArrow => ControlFlow::Continue(()),
        // A power in other databases.
        BinaryOperator::BitwiseXor | BinaryOperator::PGExp => unsupported("^", "use power(a, b)"),
        BinaryOperator::Xor => unsupported("XOR", "use a <> b between conditions"),
        BinaryOperator::DuckIntegerDivide | BinaryOperator::MyIntegerDivide => unsupported(
            operator.to_string(),
            "use / between whole numbers, which gives a whole number, or floor(a / b)",
        ),
        BinaryOperator::PGOverlap => unsupported(
            "&&",
            "use AND between conditions, array_has_any(a, b) between lists",
        ),
        BinaryOperator::Match | BinaryOperator::Regexp => unsupported(
            operator.to_string(),
            "use LIKE, or regexp_like(text, pattern)",
        ),
        BinaryOperator::PGStartsWith => unsupported("^@", "use starts_with(text, beginning)"),
        BinaryOperator::Overlaps => unsupported(
            "OVERLAPS",
            "compare the ends: start_1 < end_2 AND start_2 < end_1",
        ),
        BinaryOperator::Arrow
        | BinaryOperator::LongArrow
        | BinaryOperator::HashArrow
        | BinaryOperator::HashLongArrow
        | BinaryOperator::HashMinus
        | BinaryOperator::AtAt
        | BinaryOperator::AtQuestion
        | BinaryOperator::Question
        | BinaryOperator::QuestionAnd
        | BinaryOperator::QuestionPipe => unsupported(operator.to_string(), FIELDS),
        BinaryOperator::Custom(_)
        | BinaryOperator::PGCustomBinaryOperator(_)
        | BinaryOperator::DoubleHash
        | BinaryOperator::LtDashGt
        | BinaryOperator::AndLt
        | BinaryOperator::AndGt
        | BinaryOperator::LtLtPipe
        | BinaryOperator::PipeGtGt
        | BinaryOperator::AndLtPipe
        | BinaryOperator::PipeAndGt
        | BinaryOperator::LtCaret
        | BinaryOperator::GtCaret
        | BinaryOperator::QuestionHash
        | BinaryOperator::QuestionDash
        | BinaryOperator::QuestionDashPipe
        | BinaryOperator::QuestionDoublePipe
        | BinaryOperator::At
        | BinaryOperator::TildeEq
        | BinaryOperator::Assignment => unsupported(operator.to_string(), REMOVE),
    }
}

fn check_value(value: &Value) -> Checked {
    match value {
        Value::Number(..)
        | Value::SingleQuotedString(_)
        | Value::DoubleQuotedString(_)
        | Value::DollarQuotedString(_)
        | Value::EscapedStringLiteral(_)
        | Value::Boolean(_)
        | Value::Null
        | Value::Placeholder(_)
        // Rewritten to texts.
        | Value::UnicodeStringLiteral(_)
        | Value::NationalStringLiteral(_) => ControlFlow::Continue(()),
        Value::HexStringLiteral(digits) => refuse_if(
            !digits.bytes().all(|digit| digit.is_ascii_hexdigit()),
            &value.to_string(),
            "write bytes with the digits 0 to 9 and a to f, such as X'00ff'",
        ),
        Value::TripleSingleQuotedString(_)
        | Value::TripleDoubleQuotedString(_)
        | Value::SingleQuotedByteStringLiteral(_)
        | Value::DoubleQuotedByteStringLiteral(_)
        | Value::TripleSingleQuotedByteStringLiteral(_)
        | Value::TripleDoubleQuotedByteStringLiteral(_)
        | Value::SingleQuotedRawStringLiteral(_)
        | Value::DoubleQuotedRawStringLiteral(_)
        | Value::TripleSingleQuotedRawStringLiteral(_)
        | Value::TripleDoubleQuotedRawStringLiteral(_)
        | Value::QuoteDelimitedStringLiteral(_)
        | Value::NationalQuoteDelimitedStringLiteral(_) => unsupported(
            value.to_string(),
            "write a text as 'it''s', bytes as X'00ff'",
        ),
    }
}

fn is_subquery(expr: &Expr) -> bool {
    match expr {
        Expr::Subquery(_) => true,
        Expr::Nested(inner) => is_subquery(inner),
        _ => false,
    }
}

fn is_constant(expr: &Expr) -> bool {
    match expr {
        Expr::Value(value) => !matches!(value.value, Value::Placeholder(_) | Value::Null),
        Expr::UnaryOp { expr, .. } => is_constant(expr),
        // INTERVAL '1' DAY + INTERVAL '2' DAY is one interval to the parser.
        Expr::BinaryOp { left, right, .. } => {
            (is_constant(left) || matches!(**left, Expr::Interval(_)))
                && (is_constant(right) || matches!(**right, Expr::Interval(_)))
        }
        _ => false,
    }
}

fn check_function(function: &Function) -> Checked {
    let Function {
        name,
        uses_odbc_syntax: _,
        parameters,
        args,
        filter: _,
        null_treatment: _,
        over: _,
        within_group: _,
    } = function;
    refuse_if(
        !matches!(parameters, FunctionArguments::None),
        &format!("{name}(…)(…)"),
        "put all arguments into one pair of parentheses",
    )?;
    refuse_if(
        matches!(args, FunctionArguments::Subquery(_)),
        &format!("{name}(SELECT …)"),
        "put the subquery into parentheses of its own: function((SELECT …))",
    )?;
    if let FunctionArguments::List(list) = args
        && list.duplicate_treatment == Some(DuplicateTreatment::Distinct)
    {
        refuse_if(
            list.args.iter().any(is_star),
            "DISTINCT *",
            "count the rows of a subquery: SELECT count(*) FROM (SELECT DISTINCT * FROM …)",
        )?;
    }
    check_time_format(name, args)
}

fn is_star(argument: &FunctionArg) -> bool {
    match argument {
        FunctionArg::Unnamed(arg)
        | FunctionArg::Named { arg, .. }
        | FunctionArg::ExprNamed { arg, .. } => match arg {
            FunctionArgExpr::QualifiedWildcard(_)
            | FunctionArgExpr::Wildcard
            | FunctionArgExpr::WildcardWithOptions(_) => true,
            FunctionArgExpr::Expr(expr) => {
                matches!(expr, Expr::Wildcard(_) | Expr::QualifiedWildcard(..))
            }
        },
    }
}

/// Refuses a format of times in which nothing stands for a part of a time, such as `'YYYY-MM'`: every time
/// would be shown as this text.
fn check_time_format(name: &ObjectName, args: &FunctionArguments) -> Checked {
    const FUNCTIONS: [&str; 5] = ["to_char", "strftime", "strptime", "to_timestamp", "to_date"];
    let name = name.to_string().to_lowercase();
    let FunctionArguments::List(list) = args else {
        return ControlFlow::Continue(());
    };
    if !FUNCTIONS.contains(&name.as_str()) {
        return ControlFlow::Continue(());
    }
    list.args.iter().skip(1).try_for_each(|arg| match arg {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Value(value))) => match &value.value {
            Value::SingleQuotedString(format) if !format.contains('%') => unsupported(
                format!("'{format}'"),
                "write the format as strftime does, such as '%Y-%m-%d %H:%M'",
            ),
            _ => ControlFlow::Continue(()),
        },
        _ => ControlFlow::Continue(()),
    })
}
