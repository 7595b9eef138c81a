//! The report of a role that sees groups of respondents, but no rows.
//!
//! Each statement is one aggregate, in which the session merges groups that are too small or leaves
//! them out.

use datafusion::prelude::SessionContext;
use datafusion_functions_nps::{NpsComparison, NpsCounts};
use serde::Deserialize;

use super::base::base_report;
use super::columns::{VALUES, columns, in_survey};
use crate::error::Error;
use crate::failure::Failure;
use crate::lake::zone::Zone;
use crate::report::data::{Comparison, Dimension, Group, Headline, Report, ScoreCount, Stats};
use crate::report::options::ReportOptions;
use crate::report::population::Population;
use crate::report::queries::Queries;
use crate::report::role_view::RoleView;
use crate::report::sql::{identifier, rows};

/// The responses of the current or the previous period.
#[derive(Deserialize)]
struct PeriodScores {
    /// `None` for both together, if one of them is too small.
    is_current: Option<bool>,
    stats: Stats,
    scores: Vec<f64>,
}

/// Gathers the report.
///
/// # Errors
/// Returns an error without a lake, if no period has enough respondents, or if a column does not
/// exist.
pub(super) async fn gather(
    session: &SessionContext,
    view: &RoleView,
    zone: Zone,
    options: &ReportOptions,
) -> Result<Report, Failure> {
    let columns = columns(session, options).await?;
    let population = Population::for_groups(session, zone, options).await?;
    let queries = Queries::new(session, &population);
    let (current, previous) = period_scores(&queries).await?;
    let Some(current) = current else {
        return Err(nothing_to_report(view, options));
    };
    let mut dimensions = Vec::new();
    for column in &columns {
        let dimension = dimension(&queries, column).await?;
        let groups = dimension.groups.len() as u64;
        if !options.by.is_empty() || VALUES.contains(&groups) {
            dimensions.push(dimension);
        }
    }
    let scores = scores(&current, previous.as_ref());
    let headline = headline(&queries, &current, previous.as_ref()).await?;
    Ok(base_report(&queries, view, options, headline, scores, dimensions).await?)
}

fn nothing_to_report(view: &RoleView, options: &ReportOptions) -> Failure {
    let size = view.role.min_group_size().unwrap_or_default();
    Failure::usage(
        format!(
            "role \"{}\" sees no NPS responses{} to report on: a period needs at least {size} \
             respondents",
            view.role.name(),
            in_survey(options)
        ),
        "remove --survey and --since, or wait for more responses",
    )
}

/// Queries the current and the previous period; `None` for one that is too small.
async fn period_scores(
    queries: &Queries<'_>,
) -> Result<(Option<PeriodScores>, Option<PeriodScores>), Error> {
    let responses = queries.responses_clause();
    let (current, previous) = (queries.current_filter(), queries.previous_filter());
    let sql = format!(
        "SELECT {current} AS is_current, nps_stats(score) AS stats, \
                score_histogram(score) AS scores \
         {responses} AND (({current}) OR ({previous})) GROUP BY {current}"
    );
    let mut periods: Vec<PeriodScores> = rows(queries.session, &sql).await?;
    let mut take = |is_current| {
        let found = |period: &PeriodScores| period.is_current == Some(is_current);
        let index = periods.iter().position(found)?;
        Some(periods.swap_remove(index))
    };
    Ok((take(true), take(false)))
}

async fn headline(
    queries: &Queries<'_>,
    current: &PeriodScores,
    previous: Option<&PeriodScores>,
) -> Result<Headline, Error> {
    #[derive(Deserialize)]
    struct Row {
        stats: Stats,
    }
    let responses = queries.responses_clause();
    let sql = format!("SELECT nps_stats(score) AS stats {responses}");
    let all: Option<Row> = rows(queries.session, &sql).await?.pop();
    let previous = previous.map(|previous| previous.stats);
    let current_margin = current.stats.margin_of_error;
    let margins = current_margin.zip(previous.and_then(|previous| previous.margin_of_error));
    Ok(Headline {
        current: current.stats,
        respondents: None,
        previous,
        comparison: previous.map(|previous| compare(&previous, &current.stats)),
        change_margin: margins.map(|(a, b)| a.hypot(b)),
        all: all.map_or(current.stats, |all| all.stats),
        all_from: queries.population.days.map(|days| days.from),
    })
}

fn compare(previous: &Stats, current: &Stats) -> Comparison {
    let counts = |stats: &Stats| NpsCounts {
        promoters: stats.promoters as f64,
        passives: stats.passives as f64,
        detractors: stats.detractors as f64,
    };
    let NpsComparison {
        change, p_value, ..
    } = NpsComparison::new(&counts(previous), &counts(current));
    Comparison { change, p_value }
}

fn scores(current: &PeriodScores, previous: Option<&PeriodScores>) -> Vec<ScoreCount> {
    let count = |period: &PeriodScores, score: u8| {
        let count = period.scores.get(usize::from(score));
        count.map_or(0, |count| *count as u64)
    };
    let counts = (0..=10).map(|score| ScoreCount {
        score,
        current: count(current, score),
        previous: previous.map_or(0, |previous| count(previous, score)),
    });
    counts.collect()
}

/// Groups the current responses by the values of a column. The group without a value also contains
/// the groups that are too small.
async fn dimension(queries: &Queries<'_>, column: &str) -> Result<Dimension, Error> {
    #[derive(Deserialize)]
    struct Row {
        value: Option<String>,
        stats: Stats,
    }
    let (responses, value) = (queries.responses_clause(), identifier(column));
    let groups = async |period: String| {
        let sql = format!(
            "SELECT {value}::VARCHAR AS value, nps_stats(score) AS stats {responses} AND {period} \
             GROUP BY {value}::VARCHAR"
        );
        rows::<Row>(queries.session, &sql).await
    };
    let current = groups(queries.current_filter()).await?;
    let previous = groups(queries.previous_filter()).await?;
    let total = |count: fn(&Stats) -> u64| -> f64 {
        current.iter().map(|row| count(&row.stats)).sum::<u64>() as f64
    };
    let all = total(|stats| stats.responses);
    let difference = total(|stats| stats.promoters) - total(|stats| stats.detractors);
    let overall_nps = 100.0 * difference / all;
    let groups = current.iter().map(|Row { value, stats }| {
        let share = stats.responses as f64 / all;
        let before = previous.iter().find(|before| before.value == *value);
        let before = before.filter(|_| value.is_some());
        Group {
            value: value.clone(),
            is_merged: value.is_none(),
            values: None,
            stats: *stats,
            share,
            impact: share * (stats.nps.unwrap_or(overall_nps) - overall_nps),
            comparison: before.map(|before| compare(&before.stats, stats)),
        }
    });
    let mut groups: Vec<Group> = groups.collect();
    groups.sort_by(|a, b| {
        let by_impact = b.impact.abs().total_cmp(&a.impact.abs());
        let by_kind = a.is_merged.cmp(&b.is_merged);
        by_kind.then(by_impact).then_with(|| a.value.cmp(&b.value))
    });
    Ok(Dimension {
        column: column.to_owned(),
        groups,
    })
}
