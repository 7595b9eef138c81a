//! Functions that DuckDB has under other names, or that DataFusion has as expressions.

use std::collections::HashMap;
use std::convert::Infallible;
use std::ops::ControlFlow;
use std::sync::LazyLock;

use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{
    BinaryOperator, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentClause,
    FunctionArgumentList, FunctionArguments, Ident, ObjectName, Value, VisitMut, VisitorMut,
};
use datafusion::sql::sqlparser::parser::Parser;

use super::dialect::VoxqlDialect;
use super::substitute::{Substitute, in_brackets};
use super::visit::visit_mut;
use crate::query::at_time_zone::AT_TIME_ZONE;

/// Names of functions, and the names that DataFusion has for them. Arguments and clauses are equal.
const NAMES: [(&str, &str); 23] = [
    ("approx_count_distinct", "approx_distinct"),
    ("approx_quantile", "approx_percentile_cont"),
    ("every", "bool_and"),
    ("first", "first_value"),
    ("last", "last_value"),
    ("lcase", "lower"),
    ("gen_random_uuid", "uuid"),
    ("group_concat", "string_agg"),
    ("list", "array_agg"),
    ("list_min", "array_min"),
    ("list_unique", "array_distinct"),
    ("listagg", "string_agg"),
    ("prefix", "starts_with"),
    ("regexp_matches", "regexp_like"),
    ("sign", "signum"),
    ("split", "string_to_array"),
    ("str_split", "string_to_array"),
    ("strftime", "to_char"),
    ("string_split", "string_to_array"),
    ("suffix", "ends_with"),
    ("today", "current_date"),
    ("ucase", "upper"),
    ("variance", "var"),
];

/// Functions, their parameters, and the expressions that compute them.
const EXPRESSIONS: [(&str, &[&str], &str); 33] = [
    ("year", &["t"], "CAST(date_part('year', t) AS BIGINT)"),
    ("quarter", &["t"], "CAST(date_part('quarter', t) AS BIGINT)"),
    ("month", &["t"], "CAST(date_part('month', t) AS BIGINT)"),
    ("week", &["t"], "CAST(date_part('week', t) AS BIGINT)"),
    ("weekofyear", &["t"], "CAST(date_part('week', t) AS BIGINT)"),
    ("day", &["t"], "CAST(date_part('day', t) AS BIGINT)"),
    ("dayofmonth", &["t"], "CAST(date_part('day', t) AS BIGINT)"),
    ("dayofyear", &["t"], "CAST(date_part('doy', t) AS BIGINT)"),
    // Sunday is 0.
    ("dayofweek", &["t"], "CAST(date_part('dow', t) AS BIGINT)"),
    ("weekday", &["t"], "CAST(date_part('dow', t) AS BIGINT)"),
    // Monday is 1.
    ("isodow", &["t"], "CAST(date_part('isodow', t) AS BIGINT)"),
    ("hour", &["t"], "CAST(date_part('hour', t) AS BIGINT)"),
    ("minute", &["t"], "CAST(date_part('minute', t) AS BIGINT)"),
    ("second", &["t"], "CAST(date_part('second', t) AS BIGINT)"),
    ("epoch", &["t"], "date_part('epoch', t)"),
    ("dayname", &["t"], "to_char(t, '%A')"),
    ("monthname", &["t"], "to_char(t, '%B')"),
    (
        "last_day",
        &["t"],
        "CAST(date_trunc('month', t) + INTERVAL '1 month' - INTERVAL '1 day' AS DATE)",
    ),
    ("date_add", &["t", "i"], "t + i"),
    ("isinf", &["x"], "abs(x) = CAST('inf' AS DOUBLE)"),
    ("if", &["c", "a", "b"], "CASE WHEN c THEN a ELSE b END"),
    ("iif", &["c", "a", "b"], "CASE WHEN c THEN a ELSE b END"),
    ("iff", &["c", "a", "b"], "CASE WHEN c THEN a ELSE b END"),
    ("regexp_extract", &["s", "p", "n"], GROUP_OF_MATCH),
    ("list_last", &["l"], "array_element(l, -1)"),
    ("mod", &["a", "b"], "a % b"),
    // Without the zone that to_timestamp gives it.
    (
        "strptime",
        &["t", "pattern"],
        "CAST(to_timestamp(t, pattern) AS TIMESTAMP)",
    ),
    ("count_if", &["c"], "count(*) FILTER (WHERE c)"),
    ("countif", &["c"], "count(*) FILTER (WHERE c)"),
    (
        "arg_max",
        &["x", "y"],
        "first_value(x ORDER BY y DESC) FILTER (WHERE x IS NOT NULL AND y IS NOT NULL)",
    ),
    (
        "arg_min",
        &["x", "y"],
        "first_value(x ORDER BY y) FILTER (WHERE x IS NOT NULL AND y IS NOT NULL)",
    ),
    (
        "max_by",
        &["x", "y"],
        "first_value(x ORDER BY y DESC) FILTER (WHERE x IS NOT NULL AND y IS NOT NULL)",
    ),
    (
        "min_by",
        &["x", "y"],
        "first_value(x ORDER BY y) FILTER (WHERE x IS NOT NULL AND y IS NOT NULL)",
    ),
];

/// `regexp_extract(s, p, n)`: what the group `n` of the first match matched, or an empty text. Matching the
/// whole text by a pattern around `p` leaves a group that took part in no match empty, where regexp_match
/// would leave it out of its list.
const GROUP_OF_MATCH: &str = "CASE WHEN regexp_like(s, p) \
     THEN regexp_replace(s, concat('(?s:^.*?)(', p, ')(?s:.*$)'), concat('\\', CAST(n + 1 AS TEXT))) \
     WHEN s IS NOT NULL THEN '' END";

/// `date_diff(part, a, b)`: the boundaries of the part between two times.
const DIFFERENCES: [(&str, &str); 8] = [
    (
        "year",
        "CAST(date_part('year', b) AS BIGINT) - CAST(date_part('year', a) AS BIGINT)",
    ),
    (
        "quarter",
        "(CAST(date_part('year', b) AS BIGINT) - CAST(date_part('year', a) AS BIGINT)) * 4 \
         + CAST(date_part('quarter', b) AS BIGINT) - CAST(date_part('quarter', a) AS BIGINT)",
    ),
    (
        "month",
        "(CAST(date_part('year', b) AS BIGINT) - CAST(date_part('year', a) AS BIGINT)) * 12 \
         + CAST(date_part('month', b) AS BIGINT) - CAST(date_part('month', a) AS BIGINT)",
    ),
    (
        "week",
        "(CAST(CAST(date_trunc('week', b) AS DATE) AS BIGINT) \
         - CAST(CAST(date_trunc('week', a) AS DATE) AS BIGINT)) / 7",
    ),
    (
        "day",
        "CAST(CAST(b AS DATE) AS BIGINT) - CAST(CAST(a AS DATE) AS BIGINT)",
    ),
    (
        "hour",
        "CAST((date_part('epoch', date_trunc('hour', b)) \
         - date_part('epoch', date_trunc('hour', a))) / 3600 AS BIGINT)",
    ),
    (
        "minute",
        "CAST((date_part('epoch', date_trunc('minute', b)) \
         - date_part('epoch', date_trunc('minute', a))) / 60 AS BIGINT)",
    ),
    (
        "second",
        "CAST(date_part('epoch', date_trunc('second', b)) \
         - date_part('epoch', date_trunc('second', a)) AS BIGINT)",
    ),
];

/// `time_bucket(width, t)`: buckets of weeks begin on Mondays, of months on the first.
const BUCKET: &str = "date_bin(width, t, TIMESTAMP '2000-01-03')";
const BUCKET_OF_MONTHS: &str = "date_bin(width, t, TIMESTAMP '2000-01-01')";

/// Expressions by the name of a function, or of `date_diff` and its part.
static TEMPLATES: LazyLock<HashMap<String, (&[&str], Expr)>> = LazyLock::new(|| {
    let whole = EXPRESSIONS.map(|(name, parameters, sql)| (name.to_owned(), parameters, sql));
    let differences = DIFFERENCES.map(|(part, sql)| {
        let parameters: &[&str] = &["part", "a", "b"];
        (format!("date_diff {part}"), parameters, sql)
    });
    let buckets = [
        ("time_bucket", BUCKET),
        ("time_bucket month", BUCKET_OF_MONTHS),
    ]
    .map(|(name, sql)| (name.to_owned(), &["width", "t"] as &[&str], sql));
    whole
        .into_iter()
        .chain(differences)
        .chain(buckets)
        .map(|(name, parameters, sql)| (name, (parameters, parsed(sql))))
        .collect()
});

fn parsed(sql: &str) -> Expr {
    let parser = Parser::new(&VoxqlDialect).try_with_sql(sql);
    parser
        .and_then(|mut parser| parser.parse_expr())
        .expect("the expressions of this file are valid")
}

/// Hints for functions of other databases that do not exist here.
const HINTS: [(&str, &str); 58] = [
    ("apply", "use list_transform(l, x -> x + 1)"),
    ("current_database", "SHOW TABLES lists the tables"),
    ("current_schema", "SHOW TABLES lists the tables"),
    ("div0", "use a / nullif(b, 0)"),
    ("format_date", "use strftime(t, '%Y-%m')"),
    ("format_timestamp", "use strftime(t, '%Y-%m')"),
    (
        "getvariable",
        "write $name, and its value with --param name=value",
    ),
    (
        "glob",
        "name the files of a pattern as a table: FROM 'exports/*.csv'",
    ),
    ("parse_date", "use strptime(text, '%d.%m.%Y')::DATE"),
    ("parse_timestamp", "use strptime(text, '%d.%m.%Y %H:%M')"),
    ("strlen", "use length(text)"),
    ("timestamp_diff", "use date_diff('day', a, b)"),
    ("timestamp_trunc", "use date_trunc('month', t)"),
    ("to_json", "write the result as JSON with --format json"),
    ("zeroifnull", "use coalesce(x, 0)"),
    ("age", "use date_diff('day', a, b), or a - b"),
    ("bit_count", "there is no such function"),
    ("current_setting", "use SHOW name"),
    ("decade", "use year(t) / 10"),
    ("list_apply", "use list_transform(l, x -> x + 1)"),
    ("list_value", "write [1, 2]"),
    ("parquet_metadata", "read the file with read_parquet()"),
    (
        "percentile_disc",
        "use percentile_cont(0.5) WITHIN GROUP (ORDER BY x)",
    ),
    ("product", "use exp(sum(ln(x))) for positive numbers"),
    ("quantile_disc", "use quantile_cont(x, 0.5)"),
    (
        "read_xlsx",
        "use read_export('file.xlsx', sheet => 'May'), or FROM 'file.xlsx'",
    ),
    ("sem", "use stddev(x) / sqrt(count(x))"),
    ("charindex", "use strpos(text, part)"),
    ("columns", "name the columns, or use * EXCLUDE (column)"),
    ("date_add", "add an interval: t + INTERVAL '1 day'"),
    ("date_format", "use strftime(t, '%Y-%m')"),
    (
        "json_extract",
        "read a file of JSON with read_json(): its fields are columns, such as person.email",
    ),
    (
        "json_extract_string",
        "read a file of JSON with read_json(): its fields are columns, such as person.email",
    ),
    (
        "json_value",
        "read a file of JSON with read_json(): its fields are columns, such as person.email",
    ),
    ("kurtosis", "compute it from avg(power(x, 4)) and stddev(x)"),
    (
        "list_aggregate",
        "use list_sum, list_avg, list_min or list_max",
    ),
    (
        "list_reduce",
        "use list_sum, list_avg, list_min or list_max",
    ),
    (
        "make_timestamp",
        "use to_timestamp('2026-01-31 12:00:00'), or make_date(y, m, d) + INTERVAL '1 hour'",
    ),
    ("pg_typeof", "use typeof(x)"),
    ("skewness", "compute it from avg(power(x, 3)) and stddev(x)"),
    ("struct_pack", "use {'name': value}"),
    ("sumif", "use sum(x) FILTER (WHERE condition)"),
    ("to_days", "use INTERVAL '3 days'"),
    ("yearweek", "use strftime(t, '%G-W%V')"),
    ("date_diff", "name the part first: date_diff('day', a, b)"),
    ("date_sub", "subtract an interval: t - INTERVAL '1 day'"),
    ("dateadd", "add an interval: t + INTERVAL '1 day'"),
    ("datediff", "name the part first: datediff('day', a, b)"),
    (
        "epoch_ms",
        "use to_timestamp_millis(n), or epoch(t) * 1000 for the number",
    ),
    ("format", "use concat() or ||"),
    ("getdate", "use now()"),
    (
        "histogram",
        "use score_histogram(score), or count with GROUP BY",
    ),
    ("isnull", "use IS NULL, or coalesce(a, b)"),
    (
        "mode",
        "count, and keep the most frequent of each group: SELECT key, x FROM t WHERE x IS NOT NULL \
         GROUP BY key, x QUALIFY row_number() OVER (PARTITION BY key ORDER BY count(*) DESC) = 1",
    ),
    ("printf", "use concat() or ||"),
    ("quantile", "use quantile_cont(x, 0.5)"),
    ("safe_divide", "use a / nullif(b, 0)"),
    ("timezone", "use t AT TIME ZONE 'Asia/Tokyo'"),
];

/// The hint for a function of another database that does not exist here.
pub(crate) fn hint(name: &str) -> Option<&'static str> {
    let name = name.to_lowercase();
    let found = HINTS.iter().find(|(known, _)| *known == name);
    found.map(|(_, hint)| *hint)
}

/// Name, signature and meaning of each function that [`replace`] replaces.
pub(crate) fn replaced_functions() -> Vec<[String; 3]> {
    let names = NAMES.iter().map(|(name, other)| {
        let meaning = format!("the same as {other}()");
        [(*name).to_owned(), format!("{name}(…)"), meaning]
    });
    let expressions = EXPRESSIONS.iter().map(|(name, parameters, sql)| {
        let signature = format!("{name}({})", parameters.join(", "));
        [(*name).to_owned(), signature, (*sql).to_owned()]
    });
    let differences = ["date_diff", "datediff"].map(|name| {
        let meaning = "the boundaries of a part, such as 'day', between two times";
        [name, &format!("{name}(part, a, b)"), meaning].map(str::to_owned)
    });
    let buckets = [
        "time_bucket",
        "time_bucket(width, t)",
        "the beginning of the interval that a time is in",
    ]
    .map(str::to_owned);
    let all = names.chain(expressions).chain(differences);
    all.chain([buckets]).collect()
}

/// True for the name of a function that [`replace`] replaces.
pub(in crate::query) fn is_replaced(name: &str) -> bool {
    NAMES.iter().any(|(known, _)| *known == name)
        || EXPRESSIONS.iter().any(|(known, ..)| *known == name)
        || ["date_diff", "datediff", "time_bucket"].contains(&name)
}

/// Replaces the calls of functions that DataFusion has under other names, or as expressions.
pub(in crate::query) fn replace(statement: &mut Statement) {
    let _ = visit_mut(statement, &mut Calls);
}

struct Calls;

impl VisitorMut for Calls {
    type Break = Infallible;

    // What is put in has the expression in it, and is not visited again.
    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Infallible> {
        match expr {
            Expr::Function(call) => {
                if let Some(other) = replaced(call) {
                    *expr = other;
                }
            }
            Expr::AtTimeZone {
                timestamp,
                time_zone,
            } => {
                let arguments = vec![timestamp.as_ref().clone(), time_zone.as_ref().clone()];
                *expr = call(AT_TIME_ZONE, arguments);
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

pub(super) fn call(name: &str, arguments: Vec<Expr>) -> Expr {
    let arguments = arguments
        .into_iter()
        .map(|argument| FunctionArg::Unnamed(FunctionArgExpr::Expr(argument)));
    Expr::Function(Function {
        name: ObjectName::from(vec![Ident::new(name)]),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(FunctionArgumentList {
            duplicate_treatment: None,
            args: arguments.collect(),
            clauses: Vec::new(),
        }),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    })
}

/// The expression that a call is replaced by; `None` if it stays.
fn replaced(call: &Function) -> Option<Expr> {
    let name = call.name.to_string().to_lowercase();
    if name == "any_value" && is_ordered(call) {
        return Some(first_value(call));
    }
    if let Some((_, other)) = NAMES.iter().find(|(known, _)| *known == name) {
        if name == "strftime" {
            return Some(Expr::Function(formatted(call, other)));
        }
        return Some(Expr::Function(Function {
            name: ObjectName::from(vec![Ident::new(*other)]),
            ..call.clone()
        }));
    }
    let mut arguments = plain_arguments(call)?;
    let has_clauses = call.filter.is_some() || call.over.is_some();
    if name == "regexp_extract" && arguments.len() == 2 {
        // The whole match.
        arguments.push(Expr::value(Value::Number("0".to_owned(), false)));
    }
    let key = match (name.as_str(), arguments.first()) {
        ("date_diff" | "datediff", Some(part)) => {
            format!("date_diff {}", text(part)?.to_lowercase())
        }
        ("time_bucket", Some(width)) if is_of_months(width) => "time_bucket month".to_owned(),
        _ => name,
    };
    let (parameters, template) = TEMPLATES.get(&key)?;
    if parameters.len() != arguments.len() {
        return None;
    }
    let names = parameters.iter().map(|name| (*name).to_owned());
    let values = std::iter::zip(names, arguments).collect();
    let mut result = template.clone();
    let _ = result.visit(&mut Substitute::new(values));
    match &mut result {
        Expr::Function(aggregate) if has_clauses => {
            if let Some(condition) = aggregate.filter.take() {
                aggregate.filter.clone_from(&call.filter);
                add_filter(aggregate, *condition);
            }
            aggregate.over.clone_from(&call.over);
            Some(result)
        }
        _ if has_clauses => None,
        _ => Some(in_brackets(result)),
    }
}

/// A call of `strftime`, whose `%f` are microseconds, and nanoseconds in DataFusion.
fn formatted(call: &Function, name: &str) -> Function {
    let mut call = Function {
        name: ObjectName::from(vec![Ident::new(name)]),
        ..call.clone()
    };
    if let FunctionArguments::List(list) = &mut call.args {
        // SQLite has the format first.
        if let [FunctionArg::Unnamed(FunctionArgExpr::Expr(first)), _] = list.args.as_slice()
            && text(first).is_some_and(|text| text.contains('%'))
        {
            list.args.reverse();
        }
        for argument in &mut list.args {
            if let FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Value(value))) = argument
                && let Value::SingleQuotedString(format) = &mut value.value
            {
                *format = format
                    .split("%%")
                    .map(|part| part.replace("%f", "%6f"))
                    .collect::<Vec<_>>()
                    .join("%%");
            }
        }
    }
    call
}

fn is_ordered(call: &Function) -> bool {
    matches!(&call.args, FunctionArguments::List(list) if list
        .clauses
        .iter()
        .any(|clause| matches!(clause, FunctionArgumentClause::OrderBy(_))))
}

/// `any_value(x ORDER BY y)`, which DataFusion computes in any order, as the first value that is not NULL.
fn first_value(call: &Function) -> Expr {
    let mut first = Function {
        name: ObjectName::from(vec![Ident::new("first_value")]),
        ..call.clone()
    };
    let FunctionArguments::List(list) = &call.args else {
        return Expr::Function(first);
    };
    if let Some(FunctionArg::Unnamed(FunctionArgExpr::Expr(value))) = list.args.first() {
        let is_value = Expr::IsNotNull(Box::new(in_brackets(value.clone())));
        add_filter(&mut first, is_value);
    }
    Expr::Function(first)
}

/// Adds a condition to the FILTER of an aggregate.
pub(in crate::query) fn add_filter(call: &mut Function, condition: Expr) {
    let filter = match call.filter.take() {
        None => condition,
        Some(own) => Expr::BinaryOp {
            left: Box::new(in_brackets(*own)),
            op: BinaryOperator::And,
            right: Box::new(condition),
        },
    };
    call.filter = Some(Box::new(filter));
}

/// The arguments of a call without a clause but FILTER and OVER.
fn plain_arguments(function: &Function) -> Option<Vec<Expr>> {
    let FunctionArguments::List(list) = &function.args else {
        return None;
    };
    let has_clauses = function.null_treatment.is_some()
        || !function.within_group.is_empty()
        || list.duplicate_treatment.is_some()
        || !list.clauses.is_empty();
    if has_clauses {
        return None;
    }
    let argument = |argument: &FunctionArg| match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr.clone()),
        _ => None,
    };
    list.args.iter().map(argument).collect()
}

fn text(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) => Some(text),
            _ => None,
        },
        _ => None,
    }
}

/// True for an interval, or a text of one, with months or years.
fn is_of_months(width: &Expr) -> bool {
    let width = width.to_string().to_lowercase();
    let mut words = width.split(|char: char| !char.is_ascii_alphabetic());
    words.any(|word| {
        [
            "mon", "quarter", "year", "yr", "decade", "centur", "millenni",
        ]
        .iter()
        .any(|unit| word.starts_with(unit))
            || word == "y"
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replaced(sql: &str) -> String {
        let mut expr = parsed(sql);
        let _ = expr.visit(&mut Calls);
        expr.to_string()
    }

    #[test]
    fn functions_of_other_names_are_replaced() {
        for (sql, expected) in [
            ("lcase(name)", "lower(name)"),
            ("strftime(t, '%S.%f %%f')", "to_char(t, '%S.%6f %%f')"),
            ("strftime('%Y', t)", "to_char(t, '%Y')"),
            (
                "any_value(x ORDER BY y)",
                "first_value(x ORDER BY y) FILTER (WHERE x IS NOT NULL)",
            ),
            (
                "list(DISTINCT score ORDER BY score)",
                "array_agg(DISTINCT score ORDER BY score)",
            ),
            ("YEAR(t)", "(CAST(date_part('year', t) AS BIGINT))"),
            (
                "year(t + d)",
                "(CAST(date_part('year', (t + d)) AS BIGINT))",
            ),
            (
                "datediff('day', x, y)",
                "(CAST(CAST(y AS DATE) AS BIGINT) - CAST(CAST(x AS DATE) AS BIGINT))",
            ),
            (
                "time_bucket(INTERVAL '3 months', t)",
                "date_bin(INTERVAL '3 months', t, TIMESTAMP '2000-01-01')",
            ),
            (
                "time_bucket('1 year', t)",
                "date_bin('1 year', t, TIMESTAMP '2000-01-01')",
            ),
            (
                "time_bucket('7 days', t)",
                "date_bin('7 days', t, TIMESTAMP '2000-01-03')",
            ),
            (
                "count_if(x > 8) FILTER (WHERE y) OVER (PARTITION BY z)",
                "count(*) FILTER (WHERE y AND (x > 8)) OVER (PARTITION BY z)",
            ),
            // Not ours to replace.
            ("year(a, b)", "year(a, b)"),
            ("date_diff(p, a, b)", "date_diff(p, a, b)"),
            ("round(x)", "round(x)"),
        ] {
            assert_eq!(replaced(sql), expected);
        }
    }
}
