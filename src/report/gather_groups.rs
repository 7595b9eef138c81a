//! The report of a role that sees groups of respondents and no rows: what can be told by them.
//!
//! Each statement is one aggregate, in which the session merges groups of too few or leaves them out.

use chrono::Utc;
use datafusion::prelude::SessionContext;
use datafusion_functions_nps::{NpsComparison, NpsCounts};
use serde::Deserialize;

use super::ReportOptions;
use super::data::{
    Comparison, Dimension, GROUP_RESPONSES_MIN, Group, Headline, Part, Privacy, RESPONDENTS_MIN,
    Report, Scope, ScoreCount, Stats, VERSION,
};
use super::gather::{VALUES, columns, quoted, trend};
use super::periods::periods;
use super::population::Population;
use super::queries::Asking;
use super::sight::Sight;
use super::sql::{identifier, rows};
use crate::error::Error;
use crate::failure::Failure;

/// Answers of one of two periods.
#[derive(Deserialize)]
struct OfPeriod {
    /// `None` of both together, where one is of too few.
    is_current: Option<bool>,
    stats: Stats,
    scores: Vec<f64>,
}

/// Asks the session for what it tells of groups.
///
/// # Errors
/// Without a lake, without a period of enough respondents, and where a column is not there.
pub(super) async fn gather(
    session: &SessionContext,
    sight: &Sight,
    options: &ReportOptions,
) -> Result<Report, Failure> {
    let columns = columns(session, options).await?;
    let population = Population::of_groups(session, options).await?;
    let periods = population.days.map(|(from, to)| periods(from, to));
    let asking = Asking {
        session,
        population: &population,
        periods,
    };
    let (current, previous) = of_periods(&asking).await?;
    let Some(current) = current else {
        return Err(nothing_to_report(sight, options));
    };
    let mut dimensions = Vec::new();
    for column in &columns {
        let dimension = dimension(&asking, column).await?;
        let groups = dimension.groups.len() as u64;
        if !options.by.is_empty() || VALUES.contains(&groups) {
            dimensions.push(dimension);
        }
    }
    let response_rate = match sight.shows(Part::ResponseRate) {
        true => asking.response_rate().await?,
        false => None,
    };
    Ok(Report {
        version: VERSION,
        made_by: concat!("voxql ", env!("CARGO_PKG_VERSION")),
        made_on: Utc::now().date_naive(),
        scope: Scope {
            survey: options.survey.clone(),
            since: options.since,
            surveys: asking.surveys().await?,
        },
        periods,
        headline: headline(&asking, &current, previous.as_ref()).await?,
        trend: trend(&asking).await?,
        scores: scores(&current, previous.as_ref()),
        dimensions,
        words: None,
        accounts: None,
        response_rate,
        latency: None,
        quality: None,
        privacy: Privacy {
            role: sight.role.name().to_owned(),
            policy: sight.role.policy().to_string(),
            min_group_size: sight.role.min_group_size(),
            left_out: sight.left_out(),
            tables_read: vec![population.table],
            group_responses_min: GROUP_RESPONSES_MIN,
            respondents_min: RESPONDENTS_MIN,
            values_merged: None,
            accounts_left_out: 0,
            reveals_in_period: None,
            reveals: None,
        },
    })
}

fn nothing_to_report(sight: &Sight, options: &ReportOptions) -> Failure {
    let size = sight.role.min_group_size().unwrap_or_default();
    let of_survey = match &options.survey {
        Some(survey) => format!(" of the survey {}", quoted(survey)),
        None => String::new(),
    };
    Failure::usage(
        format!(
            "there are no answers to the NPS question{of_survey} that the role {} is told of: a \
             period has at least {size} respondents",
            sight.role.name()
        ),
        "leave --survey and --since out, or wait for more answers",
    )
}

/// The current and the previous period, each where it is of enough.
async fn of_periods(asking: &Asking<'_>) -> Result<(Option<OfPeriod>, Option<OfPeriod>), Error> {
    let (answers, current, previous) =
        (asking.answers(), asking.is_current(), asking.is_previous());
    let sql = format!(
        "SELECT {current} AS is_current, nps_stats(score) AS stats, \
                score_histogram(score) AS scores \
         {answers} AND (({current}) OR ({previous})) GROUP BY {current}"
    );
    let mut periods: Vec<OfPeriod> = rows(asking.session, &sql).await?;
    let mut take = |is_current| {
        let place = periods
            .iter()
            .position(|of| of.is_current == Some(is_current))?;
        Some(periods.swap_remove(place))
    };
    Ok((take(true), take(false)))
}

async fn headline(
    asking: &Asking<'_>,
    current: &OfPeriod,
    previous: Option<&OfPeriod>,
) -> Result<Headline, Error> {
    #[derive(Deserialize)]
    struct Row {
        stats: Stats,
    }
    let sql = format!("SELECT nps_stats(score) AS stats {}", asking.answers());
    let all: Option<Row> = rows(asking.session, &sql).await?.pop();
    let previous = previous.map(|previous| previous.stats);
    let margins = previous.and_then(|previous| {
        let (a, b) = (current.stats.margin_of_error?, previous.margin_of_error?);
        Some(a.hypot(b))
    });
    Ok(Headline {
        current: current.stats,
        respondents: None,
        previous,
        comparison: previous.map(|previous| compared(&previous, &current.stats)),
        change_margin: margins,
        all: all.map_or(current.stats, |all| all.stats),
        all_from: asking.population.days.map(|(oldest, _)| oldest),
    })
}

fn compared(previous: &Stats, current: &Stats) -> Comparison {
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

fn scores(current: &OfPeriod, previous: Option<&OfPeriod>) -> Vec<ScoreCount> {
    let of = |period: &OfPeriod, score: u8| {
        let count = period.scores.get(usize::from(score));
        count.map_or(0, |count| *count as u64)
    };
    let counts = (0..=10).map(|score| ScoreCount {
        score,
        current: of(current, score),
        previous: previous.map_or(0, |previous| of(previous, score)),
    });
    counts.collect()
}

/// The current answers by the values of a column. What has no value stands for groups that are too
/// small, too.
async fn dimension(asking: &Asking<'_>, column: &str) -> Result<Dimension, Error> {
    #[derive(Deserialize)]
    struct Row {
        value: Option<String>,
        stats: Stats,
    }
    let (answers, value) = (asking.answers(), identifier(column));
    let of = async |period: String| {
        let sql = format!(
            "SELECT {value}::VARCHAR AS value, nps_stats(score) AS stats {answers} AND {period} \
             GROUP BY {value}::VARCHAR"
        );
        rows::<Row>(asking.session, &sql).await
    };
    let current = of(asking.is_current()).await?;
    let previous = of(asking.is_previous()).await?;
    let total = |count: fn(&Stats) -> u64| -> f64 {
        current.iter().map(|row| count(&row.stats)).sum::<u64>() as f64
    };
    let responses = total(|stats| stats.responses);
    let difference = total(|stats| stats.promoters) - total(|stats| stats.detractors);
    let of_all = 100.0 * difference / responses;
    let mut groups: Vec<Group> = current
        .iter()
        .map(|row| {
            let share = row.stats.responses as f64 / responses;
            let before = previous.iter().find(|before| before.value == row.value);
            let before = before.filter(|_| row.value.is_some());
            Group {
                value: row.value.clone(),
                is_merged: row.value.is_none(),
                values: None,
                stats: row.stats,
                share,
                impact: share * (row.stats.nps.unwrap_or(of_all) - of_all),
                comparison: before.map(|before| compared(&before.stats, &row.stats)),
            }
        })
        .collect();
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
