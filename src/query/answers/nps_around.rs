//! `nps_around(event, events, at, window, by)`: the NPS before and after events, with p-values adjusted for
//! their number.

use chrono::{NaiveDate, TimeDelta};
use datafusion::error::Result;

use super::arguments::Arguments;
use super::period::Period;
use super::scope::Scope;
use super::sql::{Keys, RESPONSES, Z, literal, quoted, ranked, variance};
use crate::query::roles::refusal::refused;

/// The columns of the result besides the keys.
const COLUMNS: [&str; 10] = [
    "event",
    "before_responses",
    "after_responses",
    "before_nps",
    "after_nps",
    "change",
    "change_low",
    "change_high",
    "p_value",
    "adjusted_p_value",
];

const WINDOW_DAYS: u32 = 60;
const WINDOW_DAYS_MAX: u32 = 3_660;

pub(super) fn query(arguments: &Arguments, scope: &Scope<'_>) -> Result<String> {
    let by = arguments.columns("by")?.unwrap_or_default();
    let read = by.iter().map(String::as_str).chain(["score", "day"]);
    scope.check_visible(arguments.function(), read)?;
    let window = arguments.count("window", 1..=WINDOW_DAYS_MAX)?;
    let window = window.unwrap_or(WINDOW_DAYS);
    let events = events(arguments)?;
    if let Some(role) = scope.role_of_groups() {
        let by = by.first().map_or("survey", String::as_str);
        let [before, after] = sides(arguments, window)?;
        return Err(refused(
            role,
            format!(
                "{}() reads single days, which are small groups",
                arguments.function()
            ),
            format!(
                "compare the periods before and after: SELECT * FROM nps_change(by => {}, from => {before}, to => {after})",
                literal(by)
            ),
        ));
    }
    let keys = Keys::new(&by, arguments, &COLUMNS)?;
    Ok(text(&keys, &events, window))
}

/// Days of events, as examples.
const DAYS: [&str; 2] = ["2026-02-10", "2026-03-01"];

/// The periods before and after the first event that is named, or an example.
fn sides(arguments: &Arguments, window: u32) -> Result<[String; 2]> {
    let named = arguments.texts("event", DAYS)?;
    let named = named.as_ref().and_then(|days| days.first());
    let event = Period::parse(named.map_or(DAYS[0], String::as_str));
    let event = event.map_or(NaiveDate::default(), |event| event.start);
    let day = |days: i64| event + TimeDelta::days(days);
    let window = i64::from(window);
    Ok([
        format!("'{}..{}'", day(-window), day(-1)),
        format!("'{}..{}'", event, day(window - 1)),
    ])
}

/// The query of the days of the events.
fn events(arguments: &Arguments) -> Result<String> {
    const ONE_OF: &str = "name days, event => '2026-02-10', or a table or file and its column of days, \
         events => 'releases.csv', at => 'released_on'";
    match (
        arguments.texts("event", DAYS)?,
        arguments.text("events")?,
        arguments.text("at")?,
    ) {
        (Some(days), None, None) if !days.is_empty() => {
            let rows = days.iter().map(|day| match Period::parse(day) {
                Some(period) if period.is_day() => Ok(format!("(DATE '{}')", period.start)),
                _ => Err(arguments.invalid(
                    "event",
                    "is not a day",
                    "write days such as '2026-02-10'",
                )),
            });
            let rows = rows.collect::<Result<Vec<_>>>()?.join(", ");
            Ok(format!("SELECT event FROM (VALUES {rows}) AS days(event)"))
        }
        (None, Some(table), Some(column)) => Ok(format!(
            "SELECT DISTINCT {}::DATE AS event FROM {}",
            quoted(column),
            quoted(table)
        )),
        (None, Some(_), None) => Err(arguments.missing("at", ONE_OF)),
        (Some(days), None, None) if days.is_empty() => {
            Err(arguments.invalid("event", "has no day", ONE_OF))
        }
        (Some(_), _, _) => Err(arguments.invalid("event", "cannot be with events or at", ONE_OF)),
        (None, None, _) => Err(arguments.missing("event", ONE_OF)),
    }
}

fn text(keys: &Keys<'_>, events: &str, window: u32) -> String {
    let sum = |count: &str, is_after: bool| {
        let side = if is_after { ">=" } else { "<" };
        format!("coalesce(sum({count}) FILTER (WHERE day {side} event), 0)")
    };
    let adjusted = |p: &str, d: &str, n: &str| format!("100 * ({p} - {d}) / ({n} + 3)");
    format!(
        "WITH events AS ({events}), daily AS (\
             SELECT day, {named}promoters(score) AS p, passives(score) AS q, detractors(score) AS d \
             FROM {RESPONSES} WHERE score IS NOT NULL AND day IS NOT NULL GROUP BY day{more_columns}\
         ), counted AS (\
             SELECT event, {computed}{p0} AS p0, {q0} AS q0, {d0} AS d0, {p1} AS p1, {q1} AS q1, {d1} AS d1 \
             FROM events JOIN daily ON day >= event - INTERVAL '{window} days' \
                 AND day < event + INTERVAL '{window} days' \
             GROUP BY event{more_keys}\
         ), compared AS (\
             SELECT *, p0 + q0 + d0 AS n0, p1 + q1 + d1 AS n1, nps_compare_histograms(\
                 make_array(d0, 0, 0, 0, 0, 0, 0, q0, 0, p0, 0), \
                 make_array(d1, 0, 0, 0, 0, 0, 0, q1, 0, p1, 0), 'adjusted_wald') AS c \
             FROM counted\
         ), measured AS (\
             SELECT *, CASE WHEN n0 > 0 AND n1 > 0 THEN {after} - ({before}) END AS middle, \
                 {Z} * sqrt({v0} / (n0 + 3) + {v1} / (n1 + 3)) AS margin \
             FROM compared\
         ), {ranked} \
         SELECT event, {shown}n0 AS before_responses, n1 AS after_responses, c['first'] AS before_nps, \
             c['second'] AS after_nps, c['change'] AS change, middle - margin AS change_low, \
             middle + margin AS change_high, c['p_value'] AS p_value, q AS adjusted_p_value \
         FROM adjusted",
        ranked = ranked("measured", "c['p_value']"),
        named = keys.named(),
        more_columns = keys.after_comma(&keys.columns()),
        computed = keys.computed(|at| format!("k{at}")),
        more_keys = keys.after_comma(&keys.list_of(|at| format!("k{at}"))),
        shown = keys.shown(),
        p0 = sum("p", false),
        q0 = sum("q", false),
        d0 = sum("d", false),
        p1 = sum("p", true),
        q1 = sum("q", true),
        d1 = sum("d", true),
        before = adjusted("p0::DOUBLE", "d0", "n0"),
        after = adjusted("p1::DOUBLE", "d1", "n1"),
        v0 = variance("p0", "d0", "n0"),
        v1 = variance("p1", "d1", "n1"),
    )
}
