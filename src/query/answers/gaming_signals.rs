//! `gaming_signals(by)`: groups whose scores look as if they were not given freely.
//!
//! The tests are those of `score_anomalies`, of each value of each column against the others, and their
//! p-values are adjusted by Benjamini and Hochberg.

use datafusion::error::Result;

use super::arguments::Arguments;
use super::columns::{histograms, one_column, read_columns, score_list};
use super::scope::Scope;
use super::sql::{literal, ranked};

/// Adjusted p-values up to this are shown.
const LEVEL: &str = "0.05";

/// Tests of each group.
const SIGNALS: usize = 3;

pub(super) fn query(arguments: &Arguments, scope: &Scope<'_>) -> Result<String> {
    let columns = read_columns(arguments, scope)?;
    one_column(arguments, scope, &columns)?;
    let groups = columns.iter().map(|column| of_column(column));
    let groups = groups.collect::<Vec<_>>().join(" UNION ALL ");
    Ok(format!(
        "WITH tested AS (\
             SELECT *, score_anomalies(h, others) AS a FROM ({groups})\
         ), signals AS (\
             SELECT signal, t.*, \
                 CASE signal WHEN 'all_tens' THEN a['all_tens'] WHEN 'too_many_tens' THEN a['too_many_tens'] \
                     ELSE a['jump_to_nine'] END AS p \
             FROM tested AS t \
             CROSS JOIN (VALUES ('all_tens'), ('too_many_tens'), ('jump_to_nine')) AS names(signal)\
         ), {ranked} \
         SELECT signal, column_name, k AS value, {responses}::BIGINT AS responses, p AS p_value, \
             q AS adjusted_p_value, \
             CASE signal \
                 WHEN 'all_tens' THEN 'All scores of ' || column_name || ' ' || k || ' are 10; elsewhere ' \
                     || {others_tens} || '% are' \
                 WHEN 'too_many_tens' THEN 'Of the scores from 8 to 10 of ' || column_name || ' ' || k || ', ' \
                     || {tens} || '% are 10, more than its 8s and 9s explain; elsewhere ' || {others_tens_of_top} || '%' \
                 ELSE 'Of the scores 8 and 9 of ' || column_name || ' ' || k || ', ' || {nines} \
                     || '% are 9, more than its 7s and 10s explain; elsewhere ' || {others_nines} || '%' \
             END AS sentence \
         FROM adjusted WHERE q <= {LEVEL}",
        responses = score_list("h", 0..=10),
        tens = percent("h", 10..=10, 8..=10),
        others_tens = percent("others", 10..=10, 0..=10),
        ranked = ranked("signals", "p"),
        others_tens_of_top = percent("others", 10..=10, 8..=10),
        nines = percent("h", 9..=9, 8..=9),
        others_nines = percent("others", 9..=9, 8..=9),
    ))
}

/// The histogram `h` of each value of a column, and that of the `others` it is compared with: all other
/// values but those that stand out themselves, which would make the rest look odd. They are left out unless
/// nothing else is left.
fn of_column(column: &str) -> String {
    let counts = join(|score| format!("h[{}] AS c{score}", score + 1));
    let others = join(|score| format!("sum(c{score}) OVER () - c{score}"));
    let plain = |score: u32| format!("CASE WHEN stands_out THEN 0 ELSE c{score} END");
    let plain_others = join(|score| format!("sum({0}) OVER () - {0} AS o{score}", plain(score)));
    let chosen = join(|score| format!("o{score}"));
    let p_value = "least(a['all_tens'], a['too_many_tens'], a['jump_to_nine'])";
    format!(
        "SELECT {name} AS column_name, k, h, \
             CASE WHEN {plain_responses} > 0 THEN make_array({chosen}) ELSE others END AS others \
         FROM (SELECT k, h, others, {plain_others} \
             FROM (SELECT *, coalesce({p_value} * {SIGNALS} * count(*) OVER () <= {LEVEL}, false) AS stands_out \
                 FROM (SELECT *, score_anomalies(h, others) AS a \
                     FROM (SELECT *, make_array({others}) AS others \
                         FROM (SELECT k::VARCHAR AS k, h, {counts} FROM ({groups}) WHERE k IS NOT NULL)))))",
        name = literal(column),
        plain_responses = chosen.replace(", ", " + "),
        groups = histograms(column),
    )
}

/// An expression of each score, with commas between.
fn join(expression: impl Fn(u32) -> String) -> String {
    (0..=10).map(expression).collect::<Vec<_>>().join(", ")
}

/// A share of scores as a whole percentage, as text.
fn percent(
    list: &str,
    part: std::ops::RangeInclusive<u32>,
    whole: std::ops::RangeInclusive<u32>,
) -> String {
    format!(
        "coalesce(round(100.0 * {} / nullif({}, 0)), 0)::BIGINT::VARCHAR",
        score_list(list, part),
        score_list(list, whole)
    )
}
