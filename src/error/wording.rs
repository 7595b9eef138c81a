//! Text patterns in errors of DataFusion and its parser, for facts that no error variant carries.
//!
//! Each pattern has a test that provokes the real error, so that a change of its wording is noticed.

use datafusion::common::Location;

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
    if let Some((_, rest)) = message.split_once("could not find config ") {
        let (_, rest) = rest.split_once(" for key \"")?;
        return rest.split_once('"').map(|(name, _)| name);
    }
    let (_, rest) = message.split_once("Config value \"")?;
    rest.split_once("\" not found on ").map(|(name, _)| name)
}

/// The name in `Unsupported SQL type JSON`.
pub(crate) fn unknown_type(message: &str) -> Option<&str> {
    message.strip_prefix("Unsupported SQL type ")
}

/// True for a text that is no part of a time in date_trunc and date_part. It may be a value of a column.
pub(super) fn is_unknown_part(message: &str) -> bool {
    message.contains("Unsupported date_trunc granularity: ")
        || message.contains("Granularity of `date_trunc` must be ")
        || message.contains("Date part '")
}

/// True for `count(DISTINCT a, b)`.
pub(super) fn is_distinct_of_several(message: &str) -> bool {
    message.contains("COUNT DISTINCT with multiple arguments")
}

/// True for a window function inside an aggregate, or in another window function.
pub(super) fn is_nested_window(message: &str) -> bool {
    message.contains("cannot contain window function calls")
        || message.contains("Window function calls cannot be nested")
}

/// True for `sum(*)`, and for an aggregate of NULL.
pub(super) fn is_aggregate_of_null(message: &str) -> bool {
    message.contains("[return_type] ") && message.contains("not supported for Null")
}

/// The type in `Cannot create filter with non-boolean predicate 'x' returning Int8`.
pub(super) fn condition_of_type(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("Cannot create filter with non-boolean predicate ")?;
    rest.rsplit_once(" returning ")
        .map(|(_, data_type)| data_type)
}

/// The number and the digits in `12345.0 is too large to store in a Decimal128 of precision 3. Max is 99.9`.
pub(super) fn large_decimal(message: &str) -> Option<(&str, &str)> {
    let (number, rest) = message.split_once(" is too large to store in a Decimal")?;
    let (_, rest) = rest.split_once(" of precision ")?;
    let (digits, _) = rest.split_once('.')?;
    let number = number.rsplit_once(' ').map_or(number, |(_, number)| number);
    Some((number, digits))
}

/// True for `a IN (SELECT b, c …)`.
pub(super) fn is_subquery_of_several(message: &str) -> bool {
    message.contains("The subquery should only return one column")
}

/// True for columns that the planner names alike, such as `sum(a)` and `sum(a::DOUBLE)`.
pub(super) fn is_repeated_name(message: &str) -> bool {
    message.contains("Schema contains duplicate unqualified field name")
        || message.contains("Projections require unique expression names")
}

/// The column in `Projections require unique expression names but the expression "t.a" at position 0 and "t.a" at
/// position 2 have the same name`.
pub(crate) fn repeated_column(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("Projections require unique expression names")?;
    let (_, rest) = rest.split_once("\" at position ")?;
    let (_, rest) = rest.split_once(" and \"")?;
    let (column, _) = rest.split_once("\" at position ")?;
    let name = column.rsplit_once('.').map_or(column, |(_, name)| name);
    Some(name.trim_matches('"'))
}

/// The place and the number of columns in `Order by column out of bounds, specified: 3, max: 2`.
pub(super) fn order_beyond(message: &str) -> Option<(&str, &str)> {
    let rest = message.strip_prefix("Order by column out of bounds, specified: ")?;
    rest.split_once(", max: ")
}

/// True for `ORDER BY 0`.
pub(super) fn is_order_by_zero(message: &str) -> bool {
    message.contains("Order by index starts at 1")
}

/// True for `LIMIT (SELECT …)`, and for OFFSET.
pub(super) fn is_computed_limit(message: &str) -> bool {
    message.contains("Unsupported LIMIT expression")
        || message.contains("Unsupported OFFSET expression")
}

/// True for `GROUP BY ()`.
pub(super) fn is_empty_tuple(message: &str) -> bool {
    message.contains("Empty tuple not supported")
}

/// The column in `For SELECT DISTINCT, ORDER BY expressions t.a must appear in select list`.
pub(super) fn order_of_distinct(message: &str) -> Option<&str> {
    between(
        message,
        "For SELECT DISTINCT, ORDER BY expressions ",
        " must appear in select list",
    )
}

/// True for another expression that is left when the physical plan is made, such as a star.
pub(super) fn is_misplaced(message: &str) -> bool {
    message.contains("Physical plan does not support logical expression")
}

/// The name in `variable ["@name"] has no type information`.
pub(super) fn unknown_variable(message: &str) -> Option<&str> {
    between(message, "variable [\"", "\"] has no type information")
}

/// The numbers of columns and names in `Source table contains 2 columns but only 1 names given as column
/// alias`.
pub(super) fn other_names(message: &str) -> Option<(&str, &str)> {
    let rest = message.strip_prefix("Source table contains ")?;
    let (columns, rest) = rest.split_once(" columns but only ")?;
    Some((columns, rest.split_once(" names")?.0))
}

/// The names in `compound identifier: ["a", "b", "c", "d", "e"]` and in `Unsupported compound identifier
/// 'a.b.c.d'. …`, joined by dots.
pub(crate) fn long_name(message: &str) -> Option<String> {
    if let Some(name) = between(message, "Unsupported compound identifier '", "'") {
        return Some(name.to_owned());
    }
    let names = between(message, "compound identifier: [\"", "\"]")?;
    Some(names.replace("\", \"", "."))
}

/// The name in `Invalid qualifier s`.
pub(crate) fn unknown_qualifier(message: &str) -> Option<&str> {
    message.strip_prefix("Invalid qualifier ")
}

/// True for an aggregate that is left when the physical plan is made.
pub(super) fn is_misplaced_aggregate(message: &str) -> bool {
    message.contains("Physical plan does not support logical expression AggregateFunction(")
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

/// True for `unnest` in WHERE or another place than SELECT and FROM.
pub(super) fn is_misplaced_unnest(message: &str) -> bool {
    message.contains("Unnest should be rewritten to LogicalPlan::Unnest")
}

/// True for a file that is read as Parquet and is none.
pub(super) fn is_no_parquet(message: &str) -> bool {
    message.contains("Invalid Parquet file")
}

/// True for a NULL that is inserted into a column without NULL.
pub(super) fn is_unexpected_null(message: &str) -> bool {
    message.contains("is declared as non-nullable but contains null values")
}

/// The problem of a regular expression, in `regex parse error: ( ^ error: unclosed group`.
pub(super) fn wrong_pattern(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("regex parse error: ")?;
    rest.rsplit_once("error: ").map(|(_, problem)| problem)
}

/// True for a format of to_char that cannot be read.
pub(super) fn is_wrong_time_format(message: &str) -> bool {
    message.ends_with("Format error")
}

/// The numbers of parameters in `lambda defined 3 params but UDF support only 1`.
pub(super) fn lambda_parameters(message: &str) -> Option<(&str, &str)> {
    let (_, rest) = message.split_once("lambda defined ")?;
    rest.split_once(" params but UDF support only ")
}

/// True for a list or struct in a file of CSV.
pub(super) fn is_nested_in_csv(message: &str) -> bool {
    message.contains("Nested type ") && message.contains(" is not supported in CSV")
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
    use datafusion::prelude::{SessionConfig, SessionContext};
    use datafusion::sql::parser::DFParser;

    use super::*;
    use crate::error::Error;
    use crate::error::kinds::one_line;

    async fn planning_error(sql: &str) -> String {
        let planned = SessionContext::new().sql(sql).await;
        let error = planned.expect_err("a wrong statement");
        match error.find_root() {
            DataFusionError::Plan(message) | DataFusionError::NotImplemented(message) => {
                message.clone()
            }
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
    async fn misplaced_aggregates_and_parts_are_recognized() {
        let context = SessionContext::new();
        let error = async |sql: &str| match context.sql(sql).await {
            Ok(frame) => frame.collect().await.expect_err(sql).to_string(),
            Err(error) => error.to_string(),
        };
        let message = error("SELECT count(DISTINCT a, b) FROM (VALUES (1, 2)) AS t(a, b)").await;
        assert!(is_distinct_of_several(&message), "{message}");
        let sql = "SELECT unnest(array_agg(a)), count(*) FROM (VALUES (1)) AS t(a) GROUP BY 1";
        let message = error(sql).await;
        assert!(is_misplaced_aggregate(&message), "{message}");
        assert!(is_misplaced(&message), "{message}");
        for sql in [
            "SELECT date_trunc(a, now()) FROM (VALUES ('x')) AS t(a)",
            "SELECT date_trunc('x', now())",
            "SELECT date_part('x', now())",
        ] {
            let message = error(sql).await;
            assert!(is_unknown_part(&message), "{message}");
        }
    }

    #[tokio::test]
    async fn misplaced_columns_are_recognized() {
        let context = SessionContext::new();
        let table = "FROM (VALUES (1, 2)) AS t(a, b)";
        let error = async |sql: &str| match context.sql(&sql.replace("{t}", table)).await {
            Ok(frame) => frame.create_physical_plan().await.expect_err(sql),
            Err(error) => error,
        };
        let error = async |sql: &str| match error(sql).await.find_root() {
            DataFusionError::Plan(message) | DataFusionError::NotImplemented(message) => {
                message.clone()
            }
            other => other.strip_backtrace(),
        };
        let message = error("SELECT a {t} WHERE a IN (SELECT a, b {t})").await;
        assert!(is_subquery_of_several(&message), "{message}");
        for sql in [
            "SELECT sum(a), sum(a::DOUBLE) {t}",
            "SELECT a, a::DOUBLE {t}",
        ] {
            let message = error(sql).await;
            assert!(is_repeated_name(&message), "{message}");
        }
        for sql in [
            "SELECT sum(row_number() OVER ()) {t}",
            "SELECT rank() OVER (ORDER BY rank() OVER ()) {t}",
        ] {
            let message = error(sql).await;
            assert!(is_nested_window(&message), "{message}");
        }
        let message = error("SELECT sum(*) {t}").await;
        assert!(is_aggregate_of_null(&message), "{message}");
        let message = error("SELECT a {t} WHERE a").await;
        assert_eq!(condition_of_type(&message), Some("Int64"), "{message}");
        let message = execution_error(&context, "SELECT 12345::DECIMAL(3, 1)").await;
        assert_eq!(large_decimal(&message), Some(("12345.0", "3")), "{message}");
        let message = error("SELECT *, a {t}").await;
        assert_eq!(repeated_column(&message), Some("a"), "{message}");
        let message = error("SELECT a {t} ORDER BY 3").await;
        assert_eq!(order_beyond(&message), Some(("3", "1")), "{message}");
        let message = error("SELECT a {t} ORDER BY 0").await;
        assert!(is_order_by_zero(&message), "{message}");
        for sql in [
            "SELECT a {t} LIMIT (SELECT 1)",
            "SELECT a {t} OFFSET (SELECT 1)",
        ] {
            let message = error(sql).await;
            assert!(is_computed_limit(&message), "{message}");
        }
        let message = error("SELECT a {t} GROUP BY ()").await;
        assert!(is_empty_tuple(&message), "{message}");
        let message = error("SELECT DISTINCT a {t} ORDER BY b").await;
        assert_eq!(order_of_distinct(&message), Some("t.b"), "{message}");
    }

    #[tokio::test]
    async fn unknown_names_are_recognized() {
        let message = planning_error("SELECT named_struct('a', 1)['b']").await;
        assert_eq!(unknown_field(&message), Some("b"), "{message}");
        for (set, name) in [("datafusion.nope", "nope"), ("threads", "threads")] {
            let message = planning_error(&format!("SET {set} = 1")).await;
            assert_eq!(unknown_setting(&message), Some(name), "{message}");
        }
        let message = planning_error("SELECT CAST(1 AS JSON)").await;
        assert_eq!(unknown_type(&message), Some("JSON"), "{message}");
        let message = planning_error("SELECT x.* FROM (SELECT 1) AS t").await;
        assert_eq!(unknown_qualifier(&message), Some("x"), "{message}");
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
    async fn numbers_and_lengths_of_names_are_recognized() {
        let message = planning_error("SELECT * FROM (SELECT 1) AS t(a, b)").await;
        assert_eq!(other_names(&message), Some(("1", "2")), "{message}");
        let message = planning_error("SELECT a.b.c.d.e FROM (SELECT 1 AS x) AS t").await;
        assert_eq!(
            long_name(&message).as_deref(),
            Some("a.b.c.d.e"),
            "{message}"
        );
        let message = planning_error("SELECT * FROM a.b.c.d").await;
        assert_eq!(long_name(&message).as_deref(), Some("a.b.c.d"), "{message}");
    }

    #[tokio::test]
    async fn unparsed_times_are_recognized() {
        let sql = "SELECT CAST(a AS TIMESTAMP) FROM (VALUES ('10 o''clock')) AS t(a)";
        let message = execution_error(&SessionContext::new(), sql).await;
        assert_eq!(unparsed_time(&message), Some("10 o'clock"), "{message}");
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
    async fn values_that_do_not_fit_are_recognized() {
        let context = SessionContext::new();
        let error = async |sql: &str| match context.sql(sql).await {
            Ok(frame) => frame.collect().await.expect_err(sql).to_string(),
            Err(error) => error.to_string(),
        };
        let message = error("SELECT 1 WHERE unnest([true])").await;
        assert!(is_misplaced_unnest(&message), "{message}");
        let message = one_line(&error("SELECT regexp_like('a', '(')").await);
        assert_eq!(wrong_pattern(&message), Some("unclosed group"), "{message}");
        let message = error("SELECT to_char(now(), '%Q')").await;
        assert!(is_wrong_time_format(&message), "{message}");
        let dialect = SessionConfig::new().set_str("datafusion.sql_parser.dialect", "duckdb");
        let sql = "SELECT array_transform([1], (a, b, c) -> a)";
        let planned = SessionContext::new_with_config(dialect).sql(sql).await;
        let message = planned.expect_err(sql).find_root().strip_backtrace();
        assert_eq!(lambda_parameters(&message), Some(("3", "1")), "{message}");
        context
            .sql("CREATE TABLE t (a INT NOT NULL)")
            .await
            .expect("a table");
        let message = error("INSERT INTO t VALUES (NULL)").await;
        assert!(is_unexpected_null(&message), "{message}");
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("a.parquet");
        std::fs::write(&file, "these are no bytes of Parquet").expect("a file");
        let file = file.display();
        let sql = format!("CREATE EXTERNAL TABLE p STORED AS PARQUET LOCATION '{file}'");
        let message = error(&sql).await;
        assert!(is_no_parquet(&message), "{message}");
        let csv = folder.path().join("a.csv");
        let message = error(&format!("COPY (SELECT [1]) TO '{}'", csv.display())).await;
        assert!(is_nested_in_csv(&message), "{message}");
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
