//! `declining_accounts(periods, every, by, until)`: accounts whose NPS fell from each of the newest periods to
//! the next.
//!
//! The newest period is compared with the first of them by the z-test of `nps_compare_histograms` with the
//! counts of the adjusted Wald interval, and the p-values of all accounts that answered in each period are
//! adjusted by Y. Benjamini and Y. Hochberg, "Controlling the False Discovery Rate", JRSS B 57 (1995),
//! 289–300.

use datafusion::error::Result;

use super::arguments::Arguments;
use super::period::{FORMS, Unit};
use super::scope::Scope;
use super::sql::{Keys, RESPONSES, ranked};
use crate::lake::schema::ACCOUNT;
use crate::query::roles::refusal::refused;

/// The columns of the result after the keys.
const COLUMNS: [&str; 10] = [
    "from_period",
    "to_period",
    "from_responses",
    "to_responses",
    "from_nps",
    "to_nps",
    "change",
    "p_value",
    "adjusted_p_value",
    "last_comment",
];

const PERIODS_MAX: u32 = 40;

pub(super) fn query(arguments: &Arguments, scope: &Scope<'_>) -> Result<String> {
    if let Some(role) = scope.role_of_groups() {
        return Err(refused(
            role,
            format!(
                "{}() shows comments, and rows are hidden",
                arguments.function()
            ),
            "compare groups: SELECT * FROM nps_change(by => 'segment', from => '2025-Q4', to => '2026-Q1')",
        ));
    }
    let by = arguments.columns("by")?.filter(|by| !by.is_empty());
    let by = by.unwrap_or_else(|| vec![ACCOUNT.to_owned()]);
    let read = by.iter().map(String::as_str).chain(["score", "day"]);
    scope.check_visible(arguments.function(), read)?;
    let periods = arguments.count("periods", 2..=PERIODS_MAX)?.unwrap_or(2);
    let until = arguments.period("until")?;
    let unit = match (arguments.unit("every")?, until.and_then(|until| until.unit)) {
        (Some(every), _) => every,
        (None, Some(unit)) => unit,
        (None, None) => Unit::Quarter,
    };
    let days = match until {
        None => None,
        Some(until) if until.unit == Some(unit) => {
            let days = until.with_previous(periods, unit);
            Some(days.ok_or_else(|| arguments.invalid("until", "is too early", FORMS))?)
        }
        Some(_) => {
            return Err(arguments.invalid(
                "until",
                &format!("is not a {unit}"),
                format!(
                    "write the newest {unit} to compare, such as {}",
                    unit.example()
                ),
            ));
        }
    };
    let keys = Keys::new(&by, arguments, &COLUMNS)?;
    let text = Text {
        keys,
        periods,
        unit,
        days: days.map(|days| format!(" AND {}", days.condition())),
        shows_comments: !scope.hides("comment"),
    };
    Ok(text.query())
}

struct Text<'a> {
    keys: Keys<'a>,
    periods: u32,
    unit: Unit,
    /// The condition for given days; without one the newest period is found in the responses.
    days: Option<String>,
    shows_comments: bool,
}

impl Text<'_> {
    fn query(&self) -> String {
        let Self { periods, unit, .. } = self;
        let (comment, last_comment, shown_comment) = if self.shows_comments {
            (
                ", latest_by(comment, responded_at) FILTER (WHERE comment IS NOT NULL) AS comment",
                ", last_value(comment ORDER BY period) FILTER (WHERE comment IS NOT NULL) AS comment",
                ", comment AS last_comment",
            )
        } else {
            ("", "", "")
        };
        let months = unit.months() * (periods - 1);
        let chosen = match self.days {
            Some(_) => "counted".to_owned(),
            None => format!(
                "(SELECT * FROM (SELECT *, max(period) OVER () AS newest FROM counted) \
                 WHERE period >= (newest - INTERVAL '{months} months')::DATE)"
            ),
        };
        format!(
            "WITH counted AS (\
                 SELECT {named}date_trunc('{unit}', day)::DATE AS period, count(score) AS n, \
                     nps(score) AS nps, score_histogram(score) AS h{comment} \
                 FROM {RESPONSES} WHERE score IS NOT NULL AND day IS NOT NULL{known}{days} \
                 GROUP BY {columns}, date_trunc('{unit}', day)\
             ), followed AS (\
                 SELECT *, lag(nps) OVER (PARTITION BY {partition} ORDER BY period) AS previous \
                 FROM {chosen}\
             ), compared AS (\
                 SELECT {computed}min(period) AS period0, max(period) AS period1, \
                     first_value(n ORDER BY period) AS n0, last_value(n ORDER BY period) AS n1, \
                     nps_compare_histograms(first_value(h ORDER BY period), \
                         last_value(h ORDER BY period), 'adjusted_wald') AS c, \
                     bool_and(previous IS NULL OR nps < previous) AS fell{last_comment} \
                 FROM followed GROUP BY {partition} HAVING count(*) = {periods}\
             ), {ranked} \
             SELECT {shown}period0 AS from_period, period1 AS to_period, n0 AS from_responses, \
                 n1 AS to_responses, c['first'] AS from_nps, c['second'] AS to_nps, c['change'] AS change, \
                 c['p_value'] AS p_value, q AS adjusted_p_value{shown_comment} \
             FROM adjusted WHERE fell",
            named = self.keys.named(),
            ranked = ranked("compared", "c['p_value']"),
            known = self.keys.are_known(),
            days = self.days.as_deref().unwrap_or_default(),
            columns = self.keys.columns(),
            partition = self.keys.list_of(|at| format!("k{at}")),
            computed = self.keys.computed(|at| format!("k{at}")),
            shown = self.keys.shown(),
        )
    }
}
