//! Views that every lake has: the NPS by month, survey, account, and dimension of the rollup.

use crate::lake::schema::{ACCOUNT, DAY};
use crate::privacy::roles::{Policy, Role};

/// Prefix of the names of the views.
const PREFIX: &str = "nps_by_";

const MONTH: &str = "month";
const SURVEY: &str = "survey";

/// The figures of a group, from the struct `s` of `nps_stats`.
const FIGURES: &str = "s['responses'] AS responses, s['promoters'] AS promoters, \
     s['passives'] AS passives, s['detractors'] AS detractors, s['nps'] AS nps, \
     s['margin_of_error'] AS margin_of_error, s['ci_low'] AS ci_low, s['ci_high'] AS ci_high";

pub(super) fn is_possible_name(name: &str) -> bool {
    name.starts_with(PREFIX)
}

/// Names of the views that a role sees, for a rollup by these dimensions.
pub(super) fn names(dimensions: &[String], role: Option<&Role>) -> Vec<String> {
    let own = [MONTH, SURVEY, ACCOUNT].map(str::to_owned);
    let others = dimensions.iter().filter(|name| !own.contains(name));
    let keys = own.iter().chain(others);
    let visible = keys.filter(|key| is_visible(key, role));
    visible.map(|key| format!("{PREFIX}{key}")).collect()
}

/// The query of a view; `None` if the role sees no view of this name.
pub(super) fn query(name: &str, dimensions: &[String], role: Option<&Role>) -> Option<String> {
    let key = name.strip_prefix(PREFIX)?;
    if !is_visible(key, role) {
        return None;
    }
    match key {
        ACCOUNT => Some(by_account()),
        MONTH | SURVEY => Some(by(key)),
        _ if dimensions.iter().any(|dimension| dimension == key) => Some(by(key)),
        _ => None,
    }
}

/// True unless a column that the view reads is hidden from the role, or is no dimension of it. The day is
/// hidden with the time.
fn is_visible(key: &str, role: Option<&Role>) -> bool {
    let groups_only = role.filter(|role| role.policy() == Policy::Aggregate);
    if key == ACCOUNT
        && groups_only.is_some_and(|role| !role.dimensions().iter().any(|name| name == key))
    {
        return false;
    }
    let hidden = role.map_or(&[][..], Role::hidden_columns);
    let is_hidden = |name: &str| hidden.iter().any(|hidden| hidden == name);
    let hides_days = is_hidden(DAY) || is_hidden("responded_at");
    let reads_days = key == ACCOUNT;
    !(is_hidden(key) || is_hidden("score") || (reads_days && hides_days))
}

fn by(key: &str) -> String {
    let key = format!("\"{}\"", key.replace('"', "\"\""));
    format!(
        "SELECT {key}, {FIGURES} FROM (\
             SELECT {key}, nps_stats(score) AS s FROM responses \
             WHERE score IS NOT NULL GROUP BY {key}) ORDER BY {key}"
    )
}

/// One row per account and calendar quarter, compared with the quarter directly before it.
fn by_account() -> String {
    format!(
        "SELECT account, quarter, {FIGURES}, c['first'] AS previous_nps, c['change'] AS change, \
             c['p_value'] AS p_value FROM (\
             SELECT account, quarter, s, \
                 CASE WHEN lag(quarter) OVER quarters = (quarter - INTERVAL '3 months')::DATE \
                      THEN nps_compare_histograms(lag(histogram) OVER quarters, histogram, \
                                                  'adjusted_wald') \
                 END AS c FROM (\
                 SELECT account, date_trunc('quarter', day)::DATE AS quarter, \
                     nps_stats(score) AS s, score_histogram(score) AS histogram \
                 FROM responses WHERE score IS NOT NULL \
                 GROUP BY account, date_trunc('quarter', day)) \
             WINDOW quarters AS (PARTITION BY account ORDER BY quarter)) \
         ORDER BY account, quarter"
    )
}
