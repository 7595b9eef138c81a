//! Types in errors of DataFusion: text patterns like those of [`wording`](super::wording), and their names in
//! SQL.

use crate::sql_type::sql_type_of_name;

/// The operation in `Cannot coerce arithmetic expression Interval(MonthDayNano) / Utf8 to valid types` and the
/// like.
pub(super) fn untyped_operation(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("Cannot ")?;
    if let Some(rest) = rest.strip_prefix("get result type for temporal operation ") {
        return rest.split_once(": ").map(|(operation, _)| operation);
    }
    if let Some(rest) = rest.strip_prefix("coerce arithmetic expression ") {
        return rest
            .split_once(" to valid types")
            .map(|(operation, _)| operation);
    }
    rest.strip_prefix("infer common argument type for comparison operation ")
}

/// The types in `Unsupported CAST from Interval(MonthDayNano) to Int32`, or `Cannot automatically convert Int64
/// to Interval(MonthDayNano)`.
pub(super) fn impossible_cast(message: &str) -> Option<(&str, &str)> {
    let cast = message.split_once("Unsupported CAST from ");
    let converted = || message.split_once("Cannot automatically convert ");
    let (_, types) = cast.or_else(converted)?;
    types.split_once(" to ")
}

/// The text in `Invalid input syntax for type interval: "1 dag"`.
pub(super) fn unparsed_interval(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("Invalid input syntax for type interval: \"")?;
    rest.split_once('"').map(|(text, _)| text)
}

/// The type in `Cannot access field at argument 1: type Int8 is not Struct, Map, or Null`.
pub(super) fn without_fields(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("Cannot access field at argument ")?;
    let (_, rest) = rest.split_once(": type ")?;
    rest.split_once(" is not Struct")
        .map(|(data_type, _)| data_type)
}

/// A message without the names of libraries before it, and with the names that SQL has for types.
pub(super) fn plain(message: &str) -> String {
    const LIBRARIES: [&str; 6] = [
        "Arrow error: ",
        "Execution error: ",
        "External error: ",
        "Parser error: ",
        "Cast error: ",
        "Compute error: ",
    ];
    let mut rest = message;
    while let Some(shorter) = LIBRARIES.iter().find_map(|name| rest.strip_prefix(name)) {
        rest = shorter;
    }
    if rest == "Divide by zero error" {
        return "division by zero".to_owned();
    }
    let mut plain = String::with_capacity(rest.len());
    while let Some(start) = rest.find(|c: char| c.is_ascii_alphabetic()) {
        plain.push_str(&rest[..start]);
        rest = &rest[start..];
        let end = end_of_type(rest);
        let (word, behind) = rest.split_at(end);
        let is_type = TYPES.iter().any(|name| word.starts_with(name));
        plain.push_str(&if is_type {
            sql_type_of_name(word)
        } else {
            word.to_owned()
        });
        rest = behind;
    }
    plain + rest
}

/// Beginnings of the names of Arrow's types.
const TYPES: [&str; 21] = [
    "Utf8",
    "LargeUtf8",
    "Int8",
    "Int16",
    "Int32",
    "Int64",
    "UInt8",
    "UInt16",
    "UInt32",
    "UInt64",
    "Float",
    "Boolean",
    "Date",
    "Timestamp(",
    "Interval(",
    "Duration(",
    "Decimal",
    "List(",
    "Struct(",
    "Dictionary(",
    "Binary",
];

/// The end of a word, with the brackets of a type such as `List(Int64)`.
fn end_of_type(text: &str) -> usize {
    let word = text
        .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .unwrap_or(text.len());
    let is_nested = TYPES
        .iter()
        .any(|name| name.ends_with('(') && text[..word] == name[..name.len() - 1]);
    if !(is_nested || text[..word].starts_with("Decimal")) || !text[word..].starts_with('(') {
        return word;
    }
    let mut depth = 0;
    let closes = |c: char| {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        depth == 0
    };
    text[word..].find(closes).map_or(word, |at| word + at + 1)
}

#[cfg(test)]
mod tests {
    use datafusion::prelude::SessionContext;

    use super::*;

    async fn error(context: &SessionContext, sql: &str) -> String {
        let error = match context.sql(sql).await {
            Ok(frame) => frame.collect().await.expect_err(sql),
            Err(error) => error,
        };
        error.find_root().strip_backtrace()
    }

    #[tokio::test]
    async fn operations_without_a_type_are_recognized() {
        let context = SessionContext::new();
        for (sql, expected) in [
            ("INTERVAL '3 days' * 2", "Interval(MonthDayNano) * Int64"),
            ("INTERVAL '3 days' / 'a'", "Interval(MonthDayNano) / Utf8"),
            ("INTERVAL '3 days' > 2", "Interval(MonthDayNano) > Int64"),
        ] {
            let message = error(&context, &format!("SELECT {sql}")).await;
            assert_eq!(untyped_operation(&message), Some(expected), "{message}");
        }
        let message = error(&context, "SELECT INTERVAL '3 days'::INT").await;
        let types = Some(("Interval(MonthDayNano)", "Int32"));
        assert_eq!(impossible_cast(&message), types, "{message}");
        let message = error(&context, "SELECT INTERVAL '1 dag'").await;
        assert_eq!(unparsed_interval(&message), Some("1 dag"), "{message}");
        let message = error(&context, "SELECT t.x.a FROM (SELECT 1 AS x) AS t").await;
        assert_eq!(without_fields(&message), Some("Int64"), "{message}");
    }

    #[tokio::test]
    async fn messages_name_types_as_sql_does() {
        let context = SessionContext::new();
        let sql = "SELECT 1 / a FROM (VALUES (0)) AS t(a)";
        let message = context.sql(sql).await.expect("a plan").collect().await;
        let message = message.expect_err(sql).find_root().strip_backtrace();
        assert_eq!(plain(&message), "division by zero");
        for (message, expected) in [
            (
                "sum(Utf8View), not List(Int64)",
                "sum(VARCHAR), not BIGINT[]",
            ),
            (
                "Timestamp(µs, \"UTC\") to Decimal128(38, 2) at Date",
                "TIMESTAMP WITH TIME ZONE to DECIMAL(38, 2) at Date",
            ),
            (
                "Interval(MonthDayNano) * Duration(µs)",
                "INTERVAL * INTERVAL",
            ),
            ("Int8Array and Utf8x of 日付", "Int8Array and Utf8x of 日付"),
        ] {
            assert_eq!(plain(message), expected);
        }
    }
}
