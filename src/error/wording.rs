//! Text patterns in errors of DataFusion and its parser, for facts that no error variant carries.
//!
//! Each pattern has a test that provokes the real error, so that a change of its wording is noticed.

use datafusion::common::Location;

use crate::sql_type::sql_type_of_name;

/// The name in `table 'voxql.public.respones' not found`.
pub(crate) fn unknown_table(message: &str) -> Option<&str> {
    between(message.strip_prefix("table")?, " '", "' not found")
}

/// The name in `Invalid function 'npss'. Did you mean 'nps'?`.
pub(crate) fn unknown_function(message: &str) -> Option<&str> {
    between(message.strip_prefix("Invalid function")?, " '", "'")
}

/// The name in `table function 'generate_serie' not found`.
pub(crate) fn unknown_table_function(message: &str) -> Option<&str> {
    between(message.strip_prefix("table function")?, " '", "' not found")
}

/// The column in `…, column "responses.score" must appear in the GROUP BY clause …`.
pub(crate) fn not_grouped(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("column \"")?;
    let (column, _) = rest.split_once("\" must appear in the GROUP BY")?;
    Some(column)
}

/// Splits `Expected: …, found: x at Line: 2, Column: 7` before ` at Line`. The location counts from
/// the beginning of the statement; there is none at its end.
pub(crate) fn split_location(message: &str) -> (&str, Option<Location>) {
    let split = message.rsplit_once(" at Line: ").and_then(|(what, place)| {
        let (line, column) = place.split_once(", Column: ")?;
        let line = line.parse().ok()?;
        let column = column.parse().ok()?;
        Some((what, Location { line, column }))
    });
    match split {
        Some((what, location)) => (what, Some(location)),
        None => (message, None),
    }
}

/// The unexpected word in `Expected: …, found: x`, after [`split_location`].
pub(crate) fn found_word(message: &str) -> Option<&str> {
    message.rsplit_once("found: ").map(|(_, found)| found)
}

/// True if the [`found_word`] is the end of the statement.
pub(crate) fn is_end(found: &str) -> bool {
    found == "EOF"
}

/// The extension in `There is no registered file format with ext foo`; empty if the file has none.
pub(super) fn unknown_file_format(message: &str) -> Option<&str> {
    if message.contains("Format not explicitly set and unable to get file extension") {
        return Some("");
    }
    let (_, extension) = message.split_once("no registered file format with ext ")?;
    Some(extension)
}

/// True for a CSV or JSON file that could not be finished: DataFusion drops the cause.
pub(super) fn is_unfinished_write(message: &str) -> bool {
    message.contains("Error encountered while finalizing writes")
}

/// The call in `… No function matches the given name and argument types 'sum(Boolean)'. …`.
pub(super) fn unmatched_call(message: &str) -> Option<&str> {
    let (_, call) =
        message.split_once("No function matches the given name and argument types '")?;
    call.split_once("'. ").map(|(call, _)| call)
}

/// The text and the Arrow type in `Arrow error: Cast error: Cannot cast string 'x' to value of Int32 type`.
pub(super) fn uncast_text(message: &str) -> Option<(&str, &str)> {
    let (_, rest) = message.split_once("Cannot cast string '")?;
    let (text, rest) = rest.rsplit_once("' to value of ")?;
    Some((text, rest.strip_suffix(" type")?))
}

/// True for a subquery that is left when the physical plan is made.
pub(super) fn is_unplanned_subquery(message: &str) -> bool {
    message.contains("Physical plan does not support logical expression")
        && message.contains("ubquery")
}

/// True for a window function that is left when the physical plan is made.
pub(super) fn is_misplaced_window(message: &str) -> bool {
    message.contains("Physical plan does not support logical expression WindowFunction(")
}

/// True for a placeholder with a name in PREPARE.
pub(super) fn is_named_placeholder(message: &str) -> bool {
    message.contains("Failed to parse placeholder id")
}

/// True for a Delta log without a commit between others.
pub(super) fn has_gap(message: &str) -> bool {
    message.contains("Expected contiguous commit files, but found gap")
}

/// True for a Delta log whose newest checkpoint is named and is not there.
pub(super) fn lacks_checkpoint(message: &str) -> bool {
    message.contains("Had a _last_checkpoint hint but didn't find any checkpoints")
}

/// The field in `Field npss not found in struct`.
pub(super) fn unknown_field(message: &str) -> Option<&str> {
    between(message, "Field ", " not found in struct")
}

/// The name in `Invalid or Unsupported Configuration: Config value "nope" not found on ConfigOptions`.
pub(super) fn unknown_setting(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("Config value \"")?;
    rest.split_once("\" not found on ").map(|(name, _)| name)
}

/// The name in `variable ["@name"] has no type information`.
pub(super) fn unknown_variable(message: &str) -> Option<&str> {
    between(message, "variable [\"", "\"] has no type information")
}

/// True for `substr('abc')`.
pub(super) fn is_substring_without_place(message: &str) -> bool {
    message.contains("Substring without for/from is not valid")
}

/// True for a column as an argument of a table function.
pub(super) fn is_column_of_table_function(message: &str) -> bool {
    message.starts_with("Argument #") && message.contains(", got Column(Column {")
}

/// The text in `Parser error: Error parsing timestamp from '10 o''clock': …`.
pub(super) fn unparsed_time(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("Error parsing timestamp from '")?;
    rest.rsplit_once("': ").map(|(text, _)| text)
}

/// A message without the names of libraries before it, and with the names that SQL has for types.
pub(super) fn plain(message: &str) -> String {
    const LIBRARIES: [&str; 5] = [
        "Arrow error: ",
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
const TYPES: [&str; 19] = [
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

/// What is said about a damaged file of a lake, in an error of which DataFusion kept the text alone.
pub(super) fn damage(message: &str) -> Option<&str> {
    let (_, damage) = message.split_once("Generic lake error: ")?;
    Some(damage.trim())
}

/// The path in `…: /lake/a.parquet: No space left on device (os error 28)`, blank if there is none. `None` for
/// other errors.
pub(super) fn full_disk(message: &str) -> Option<&str> {
    let texts = [
        "No space left on device",
        "There is not enough space on the disk",
    ];
    let at = texts.iter().find_map(|text| message.find(text))?;
    let before = message[..at].trim_end_matches([' ', ':']);
    let place = before.rsplit(": ").next().unwrap_or_default();
    Some(if place.contains(['/', '\\']) {
        place
    } else {
        ""
    })
}

/// The file in `… Failed to fetch metadata for file x: Object Store error: Object at location x not found: …`.
pub(super) fn missing_file(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("Failed to fetch metadata for file ")?;
    let (file, why) = rest.split_once(": Object Store error: ")?;
    why.contains(" not found").then_some(file)
}

/// True for an asynchronous function in a place where DataFusion does not await one.
pub(super) fn is_misplaced_async_function(message: &str) -> bool {
    message.contains("async functions should not be called directly")
}

/// Splits `…. Did you mean 'nps'? …` or `…. Valid fields are a, b.` into the problem and a hint, which
/// makes DataFusion's list of all names unnecessary.
pub(super) fn split_hint(message: &str) -> (&str, Option<String>) {
    if let Some((problem, guess)) = message.split_once(" Did you mean ") {
        let guess = guess.split_once('?').map_or(guess, |(guess, _)| guess);
        return (problem, Some(format!("did you mean {guess}?")));
    }
    if let Some((problem, names)) = message.split_once(" Valid fields are ") {
        return (problem, Some(format!("the columns are {names}")));
    }
    (message, None)
}

/// The text between `before`, with which `text` begins, and `after`.
fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (name, _) = text.strip_prefix(before)?.split_once(after)?;
    Some(name)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use async_trait::async_trait;
    use datafusion::arrow::datatypes::DataType;
    use datafusion::common::Result;
    use datafusion::error::DataFusionError;
    use datafusion::logical_expr::async_udf::{AsyncScalarUDF, AsyncScalarUDFImpl};
    use datafusion::logical_expr::{
        ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
    };
    use datafusion::prelude::SessionContext;
    use datafusion::sql::parser::DFParser;

    use super::*;
    use crate::error::Error;
    use crate::error::kinds::one_line;

    async fn planning_error(sql: &str) -> String {
        let planned = SessionContext::new().sql(sql).await;
        let error = planned.expect_err("a wrong statement");
        match error.find_root() {
            DataFusionError::Plan(message) => message.clone(),
            other => other.strip_backtrace(),
        }
    }

    async fn execution_error(context: &SessionContext, sql: &str) -> String {
        let planned = context.sql(sql).await.expect("a plan");
        planned.collect().await.expect_err(sql).to_string()
    }

    #[derive(Debug, Hash, PartialEq, Eq)]
    struct One(Signature);

    impl ScalarUDFImpl for One {
        fn name(&self) -> &str {
            "one"
        }

        fn signature(&self) -> &Signature {
            &self.0
        }

        fn return_type(&self, _: &[DataType]) -> Result<DataType> {
            Ok(DataType::Int64)
        }

        fn invoke_with_args(&self, _: ScalarFunctionArgs) -> Result<ColumnarValue> {
            unreachable!("an asynchronous function")
        }
    }

    #[async_trait]
    impl AsyncScalarUDFImpl for One {
        async fn invoke_async_with_args(&self, _: ScalarFunctionArgs) -> Result<ColumnarValue> {
            Ok(ColumnarValue::Scalar(1_i64.into()))
        }
    }

    #[tokio::test]
    async fn misplaced_window_functions_are_recognized() {
        let sql = "SELECT a FROM (VALUES (1)) AS t(a) WHERE row_number() OVER () = 1";
        let message = execution_error(&SessionContext::new(), sql).await;
        assert!(is_misplaced_window(&message), "{message}");
    }

    #[tokio::test]
    async fn unknown_names_are_recognized() {
        let message = planning_error("SELECT named_struct('a', 1)['b']").await;
        assert_eq!(unknown_field(&message), Some("b"), "{message}");
        let message = planning_error("SET datafusion.nope = 1").await;
        assert_eq!(unknown_setting(&message), Some("nope"), "{message}");
        let message = planning_error("SELECT @name").await;
        assert_eq!(unknown_variable(&message), Some("@name"), "{message}");
        let message = planning_error("SELECT substr('abc')").await;
        assert!(is_substring_without_place(&message), "{message}");
        let message =
            planning_error("SELECT * FROM (VALUES (1)) AS t(a), LATERAL generate_series(0, a)")
                .await;
        assert!(is_column_of_table_function(&message), "{message}");
    }

    #[tokio::test]
    async fn named_placeholders_are_recognized() {
        let context = SessionContext::new();
        let prepared = "PREPARE p AS SELECT 1 WHERE 1 = $m";
        context.sql(prepared).await.expect("a statement");
        let executed = context.sql("EXECUTE p(1)").await;
        let message = executed.expect_err("a name").to_string();
        assert!(is_named_placeholder(&message), "{message}");
    }

    #[tokio::test]
    async fn unparsed_times_are_recognized() {
        let sql = "SELECT CAST(a AS TIMESTAMP) FROM (VALUES ('10 o''clock')) AS t(a)";
        let message = execution_error(&SessionContext::new(), sql).await;
        assert_eq!(unparsed_time(&message), Some("10 o'clock"), "{message}");
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
            ("Int8Array and Utf8x of 日付", "Int8Array and Utf8x of 日付"),
        ] {
            assert_eq!(plain(message), expected);
        }
    }

    #[tokio::test]
    async fn unfinished_writes_are_recognized() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("a file, not a folder");
        std::fs::write(&file, "").expect("a file");
        let sql = format!("COPY (SELECT 1 AS a) TO '{}/x.csv'", file.display());
        let message = execution_error(&SessionContext::new(), &sql).await;
        assert!(is_unfinished_write(&message), "{message}");
    }

    #[tokio::test]
    async fn texts_that_cannot_be_cast_are_recognized() {
        let sql = "SELECT CAST(a AS DATE) FROM (VALUES ('it''s')) AS t(a)";
        let message = execution_error(&SessionContext::new(), sql).await;
        assert_eq!(uncast_text(&message), Some(("it's", "Date32")), "{message}");
    }

    #[tokio::test]
    async fn unknown_file_formats_are_recognized() {
        for (file, extension) in [("a.foo", "foo"), ("a", "")] {
            let message = planning_error(&format!("COPY (SELECT 1 AS a) TO '{file}'")).await;
            assert_eq!(unknown_file_format(&message), Some(extension), "{message}");
        }
    }

    #[tokio::test]
    async fn misplaced_async_functions_are_recognized() {
        let context = SessionContext::new();
        let one = One(Signature::any(1, Volatility::Volatile));
        context.register_udf(AsyncScalarUDF::new(Arc::new(one)).into_scalar_udf());
        let sql = "SELECT count(*) FROM (VALUES (1)) AS t(a) GROUP BY GROUPING SETS ((one(a)), ())";
        let message = execution_error(&context, sql).await;
        assert!(is_misplaced_async_function(&message), "{message}");
    }

    #[tokio::test]
    async fn guesses_and_lists_of_names_become_hints() {
        let message = one_line(&planning_error("SELECT summ(1)").await);
        let (problem, hint) = split_hint(&message);
        assert_eq!(hint.as_deref(), Some("did you mean 'sum'?"), "{message}");
        assert!(!problem.contains("mean"), "{message}");

        let message = one_line(&planning_error("SELECT x FROM (VALUES (1)) AS t(a)").await);
        let (problem, hint) = split_hint(&message);
        assert_eq!(hint.as_deref(), Some("the columns are t.a."), "{message}");
        assert!(!problem.contains("Valid"), "{message}");
    }

    fn parser_error(sql: &str) -> String {
        let error = DFParser::parse_sql(sql).expect_err("a wrong statement");
        Error::from(error).to_string()
    }

    #[tokio::test]
    async fn unknown_tables_are_recognized() {
        let message = planning_error("SELECT * FROM respones").await;
        assert_eq!(
            unknown_table(&message),
            Some("datafusion.public.respones"),
            "{message}"
        );
    }

    #[tokio::test]
    async fn unknown_functions_are_recognized() {
        let message = planning_error("SELECT summ(1)").await;
        assert_eq!(unknown_function(&message), Some("summ"), "{message}");
    }

    #[tokio::test]
    async fn unknown_table_functions_are_recognized() {
        let message = planning_error("SELECT * FROM generate_serie(1, 2)").await;
        assert_eq!(
            unknown_table_function(&message),
            Some("generate_serie"),
            "{message}"
        );
        assert_eq!(unknown_table(&message), None, "{message}");
    }

    #[tokio::test]
    async fn ungrouped_columns_are_recognized() {
        let sql = "SELECT a, b FROM (VALUES (1, 2)) AS t(a, b) GROUP BY a";
        let message = planning_error(sql).await;
        assert_eq!(not_grouped(&message), Some("t.b"), "{message}");
    }

    #[test]
    fn damage_is_found_in_the_errors_of_parquet() {
        let message = "Parquet error: Failed to fetch metadata for file l/a.parquet: Object Store error: \
                       Generic lake error: /l/a.parquet: the checksum of bytes 0 to 80 is wrong";
        assert_eq!(
            damage(message),
            Some("/l/a.parquet: the checksum of bytes 0 to 80 is wrong")
        );
        assert_eq!(damage("Generic S3 error: x"), None);
    }

    #[test]
    fn locations_of_the_parser_are_split_off() {
        let message = parser_error("SELECT 1\nFORM t");
        let (what, location) = split_location(&message);
        let location = location.unwrap_or_else(|| panic!("{message}"));
        assert_eq!((location.line, location.column), (2, 6), "{message}");
        assert!(!what.contains("Line"), "{message}");
    }

    #[test]
    fn unexpected_words_are_recognized() {
        let message = parser_error("SELECT 1 FORM t");
        let (what, _) = split_location(&message);
        assert_eq!(found_word(what), Some("t"), "{message}");
    }

    #[test]
    fn the_end_of_a_statement_is_recognized() {
        let message = parser_error("SELECT 1 WHERE");
        let (what, location) = split_location(&message);
        assert!(location.is_none(), "{message}");
        assert!(found_word(what).is_some_and(is_end), "{message}");
    }
}
