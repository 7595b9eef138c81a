//! Plain words for messages of DataFusion, with a hint.

use super::{type_wording, wording};

/// The message and the hint for one of DataFusion; `None` if it can be read as it is.
pub(super) fn reworded(message: &str) -> Option<(String, &'static str)> {
    of_name(message)
        .or_else(|| of_types(message))
        .or_else(|| of_order(message))
        .or_else(|| of_place(message))
}

/// A name that does not exist.
fn of_name(message: &str) -> Option<(String, &'static str)> {
    if let Some(field) = wording::unknown_field(message) {
        return Some((
            format!("there is no field \"{field}\""),
            "typeof(x) shows the fields of x",
        ));
    }
    if let Some(name) = wording::unknown_setting(message) {
        return Some((
            format!("there is no setting or option \"{name}\""),
            "SHOW ALL lists the settings",
        ));
    }
    if let Some(name) = wording::unknown_type(message) {
        return Some((
            format!("type {name} does not exist"),
            "use VARCHAR, BIGINT, DOUBLE, DECIMAL(10, 2), BOOLEAN, DATE or TIMESTAMP",
        ));
    }
    let name = wording::unknown_variable(message)?;
    Some((
        format!("there is no variable \"{name}\""),
        "write $name, and its value with --param name=value",
    ))
}

/// Values of a type that does not fit.
fn of_types(message: &str) -> Option<(String, &'static str)> {
    if let Some(operation) = type_wording::untyped_operation(message) {
        let operation = type_wording::plain(operation);
        let hint = if operation.contains("INTERVAL") {
            "write an interval as INTERVAL '6 days', and its days as a number with \
             date_part('epoch', i) / 86400"
        } else {
            "cast one side: x::TYPE"
        };
        return Some((format!("there is no operator {operation}"), hint));
    }
    if let Some((from, to)) = type_wording::impossible_cast(message) {
        let (from, to) = (type_wording::plain(from), type_wording::plain(to));
        return Some((
            format!("{from} cannot be cast to {to}"),
            "typeof(x) shows the type of x",
        ));
    }
    if let Some(text) = type_wording::unparsed_interval(message) {
        return Some((
            format!("text '{text}' cannot be read as an interval"),
            "write a number and a unit, such as '3 days' or '1 month'",
        ));
    }
    if let Some(text) = wording::unparsed_time(message) {
        return Some((
            format!("text '{text}' cannot be read as a time"),
            "write a time as '2026-01-31 10:00:00', a date as '2026-01-31'",
        ));
    }
    if let Some(data_type) = type_wording::without_fields(message) {
        return Some((
            format!(
                "a value of type {} has no fields",
                type_wording::plain(data_type)
            ),
            "typeof(x) shows the type of x; put a table before a column as TABLE.COLUMN",
        ));
    }
    if let Some(problem) = wording::wrong_pattern(message) {
        return Some((
            format!("the regular expression cannot be read: {problem}"),
            "put \\ before a character that stands for itself, such as \\( or \\[",
        ));
    }
    if let Some((named, passed)) = wording::lambda_parameters(message) {
        return Some((
            format!("the lambda names {named} parameters, and the function passes {passed}"),
            "write x -> … for one, (x, y) -> … for two",
        ));
    }
    if let Some(data_type) = wording::condition_of_type(message) {
        return Some((
            format!(
                "a condition is true or false, not {}",
                type_wording::plain(data_type)
            ),
            "compare the value: x > 0, x IS NOT NULL",
        ));
    }
    if let Some((number, digits)) = wording::large_decimal(message) {
        return Some((
            format!("the number {number} does not fit into a DECIMAL of {digits} digits"),
            "write more digits, such as DECIMAL(10, 2)",
        ));
    }
    let (columns, names) = wording::other_names(message)?;
    let noun = columns_noun(columns);
    Some((
        format!("the names are for {names}, and there are {columns} {noun}"),
        "name each column",
    ))
}

fn columns_noun(count: &str) -> &'static str {
    if count == "1" { "column" } else { "columns" }
}

/// A column of ORDER BY that is not there.
fn of_order(message: &str) -> Option<(String, &'static str)> {
    if let Some((place, columns)) = wording::order_beyond(message) {
        let noun = columns_noun(columns);
        return Some((
            format!("ORDER BY {place} is no column: the query has {columns} {noun}"),
            "a number in ORDER BY is the place of a column in SELECT",
        ));
    }
    if wording::is_order_by_zero(message) {
        return Some((
            "ORDER BY 0 is no column".to_owned(),
            "a number in ORDER BY is the place of a column in SELECT, from 1",
        ));
    }
    let column = wording::order_of_distinct(message)?;
    Some((
        format!("SELECT DISTINCT cannot be ordered by {column}, which it does not select"),
        "select it, or write SELECT DISTINCT ON (…)",
    ))
}

/// An expression where none of its kind can be.
fn of_place(message: &str) -> Option<(String, &'static str)> {
    let (message, hint) = if wording::is_misplaced_window(message) {
        (
            "a window function cannot be used in this place",
            "use QUALIFY instead of WHERE for a condition on it, or a subquery",
        )
    } else if wording::is_misplaced_aggregate(message) {
        (
            "an aggregate cannot be used in this place",
            "compute it in a subquery, FROM (SELECT …), and use its column",
        )
    } else if wording::is_substring_without_place(message) {
        (
            "substr() needs a text and a position",
            "write substr(text, 1, 3)",
        )
    } else if wording::is_column_of_table_function(message) {
        (
            "a table function takes constants here, not columns",
            "use unnest(range(0, x)) in SELECT",
        )
    } else if wording::is_unplanned_subquery(message) {
        (
            "a subquery in this place is not supported",
            "write it as a join with GROUP BY, or compute it before, in WITH",
        )
    } else if wording::is_unknown_part(message) {
        (
            "there is no such part of a time",
            "write the part first, in quotes: date_trunc('month', day)",
        )
    } else if wording::is_distinct_of_several(message) {
        (
            "count(DISTINCT …) takes one argument",
            "put several columns into parentheses: count(DISTINCT (a, b))",
        )
    } else if wording::is_nested_window(message) {
        (
            "a window function cannot be inside an aggregate, or another window function",
            "compute it in a subquery, FROM (SELECT …), and use its column",
        )
    } else if wording::is_aggregate_of_null(message) {
        (
            "the aggregate takes a column, not * and not NULL",
            "name the column, such as sum(score)",
        )
    } else if wording::is_subquery_of_several(message) {
        (
            "the subquery of IN has more than one column",
            "select one column, or join the subquery: FROM a SEMI JOIN b ON a.x = b.x AND a.y = b.y",
        )
    } else if wording::is_repeated_name(message) {
        (
            "two columns would have the same name",
            "name one with AS; a cast is no part of a name within the query, so compute it in a subquery: \
             FROM (SELECT x::DOUBLE AS y, … FROM …)",
        )
    } else if wording::is_computed_limit(message) {
        (
            "LIMIT and OFFSET take a number, not a subquery",
            "use QUALIFY row_number() OVER (ORDER BY …) <= (SELECT …)",
        )
    } else if wording::is_empty_tuple(message) {
        (
            "empty parentheses are not supported",
            "leave GROUP BY out for one group of all rows",
        )
    } else if wording::is_misplaced_unnest(message) {
        (
            "unnest() cannot be used in this place",
            "use it in SELECT, and its column in a query around it: \
             SELECT … FROM (SELECT unnest(list) AS x) WHERE x > 1",
        )
    } else if wording::is_unexpected_null(message) {
        (
            "a column that is NOT NULL gets a NULL",
            "give it a value, or create the table without NOT NULL",
        )
    } else if wording::is_no_parquet(message) {
        (
            "the file is not a Parquet file, or is cut off",
            "read a file of another format by its name, FROM 'file.csv', or with read_csv() or read_json()",
        )
    } else if wording::is_nested_in_csv(message) {
        (
            "COPY cannot write lists and structs as CSV",
            "write .json or .parquet, select fields, or join a list: array_to_string(list, ', ')",
        )
    } else if wording::is_wrong_time_format(message) {
        (
            "the format of a time cannot be read",
            "write it as strftime does, such as '%Y-%m-%d %H:%M'",
        )
    } else if wording::is_misplaced(message) {
        (
            "a star or an expression of this kind cannot be used in this place",
            "name the columns, or compute it in a subquery",
        )
    } else {
        return None;
    };
    Some((message.to_owned(), hint))
}
