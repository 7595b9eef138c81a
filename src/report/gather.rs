//! Asking all that a report says, in order.

use chrono::Utc;
use datafusion::arrow::datatypes::DataType;
use datafusion::prelude::SessionContext;

use super::ReportOptions;
use super::data::{
    Accounts, Dimension, GROUP_RESPONSES_MIN, Headline, Part, Privacy, Quality, RESPONDENTS_MIN,
    Report, Scope, ScoreCount, Stats, Step, Trend, TrendPoint, VERSION, Words,
};
use super::periods::{account_periods, periods, year};
use super::population::Population;
use super::queries::{Asking, imports, other_metrics, reveals};
use super::sight::Sight;
use super::sql::rows;
use crate::error::Error;
use crate::failure::Failure;
use crate::statement::explain::nearest;

/// How many values a column has by which a report is made without being asked to.
pub(super) const VALUES: std::ops::RangeInclusive<u64> = 2..=30;

/// Columns by which no report is made: they tell people or answers apart, or are the answer itself.
const NEVER: [&str; 5] = ["response_id", "respondent", "comment", "import_id", "score"];

/// Columns that every lake has, by which a report is made only where it is asked for.
const OWN: [&str; 10] = [
    "month",
    "metric",
    "source",
    "account",
    "rating",
    "rating_max",
    "responded_at",
    "sent_at",
    "updated_at",
    "consent",
];

/// With fewer distinctive words than this in the current period those of a year are shown.
const TERMS_FEW: usize = 6;

/// How many names an error lists.
const NAMES_MAX: usize = 20;

/// Asks the session for all of a report.
///
/// # Errors
/// Without a lake, without answers to report on, and where a survey or column is not there.
pub(super) async fn gather(
    session: &SessionContext,
    sight: &Sight,
    options: &ReportOptions,
) -> Result<Report, Failure> {
    let columns = columns(session, options).await?;
    let population = Population::of(session, options).await?;
    let periods = population.days.map(|(from, to)| periods(from, to));
    let asking = Asking {
        session,
        population: &population,
        periods,
    };
    let headline = headline(&asking, sight).await?;
    if headline.all.responses == 0 {
        return Err(nothing_to_report(session, options).await?);
    }
    let mut dimensions = Vec::new();
    for column in &columns {
        if !options.by.is_empty() || VALUES.contains(&asking.values(column).await?) {
            dimensions.push(asking.dimension(column).await?);
        }
    }
    let accounts = match sight.shows(Part::Accounts) {
        true => accounts(&asking).await?,
        false => None,
    };
    let mut tables_read = vec!["responses", "valid_responses"];
    let (mut imported, mut revealed) = (None, None);
    if sight.shows(Part::Imports) {
        imported = Some(imports(session).await?);
        tables_read.push("imports");
    }
    if sight.shows(Part::Reveals) {
        revealed = Some(reveals(session, periods).await?);
        tables_read.push("audit");
    }
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
        headline,
        trend: trend(&asking).await?,
        scores: scores(&asking).await?,
        words: match sight.shows(Part::Words) {
            true => Some(words(&asking).await?),
            false => None,
        },
        response_rate: match sight.shows(Part::ResponseRate) {
            true => asking.response_rate().await?,
            false => None,
        },
        latency: match sight.shows(Part::Latency) {
            true => asking.latency().await?,
            false => None,
        },
        quality: Some(Quality {
            imports: imported,
            responses: population.counts,
            other_metrics: other_metrics(session, &population).await?,
        }),
        privacy: Privacy {
            role: sight.role.name().to_owned(),
            policy: sight.role.policy().to_string(),
            min_group_size: None,
            left_out: sight.left_out(),
            tables_read,
            group_responses_min: GROUP_RESPONSES_MIN,
            respondents_min: RESPONDENTS_MIN,
            values_merged: Some(values_merged(&dimensions)),
            accounts_left_out: accounts.as_ref().map_or(0, |a| a.accounts - a.compared),
            reveals_in_period: revealed.map(|(in_period, _)| in_period),
            reveals: revealed.map(|(_, ever)| ever),
        },
        dimensions,
        accounts,
    })
}

/// The columns to group by: those that were asked for, else all that may do.
pub(super) async fn columns(
    session: &SessionContext,
    options: &ReportOptions,
) -> Result<Vec<String>, Failure> {
    let responses = session.table("responses").await.map_err(Error::from)?;
    let fields = responses.schema().fields();
    let names = fields.iter().map(|field| field.name().as_str());
    let mut possible: Vec<&str> = names.filter(|name| !NEVER.contains(name)).collect();
    for column in &options.by {
        if !possible.contains(&column.as_str()) {
            // Kept columns, which are likely to be meant, stand behind.
            possible.reverse();
            let (what, near) = match NEVER.contains(&column.as_str()) {
                true => (
                    "no report is made by what tells people or answers apart, or is the answer",
                    None,
                ),
                false => ("no such column to group by", nearest(column, &possible)),
            };
            let near = near.map(|near| format!("did you mean {near}? "));
            return Err(Failure::usage(
                format!("--by {column}: {what}"),
                format!(
                    "{}there are {}",
                    near.unwrap_or_default(),
                    listed(&possible)
                ),
            ));
        }
    }
    if !options.by.is_empty() {
        let mut columns = Vec::new();
        for column in &options.by {
            if !columns.contains(column) {
                columns.push(column.clone());
            }
        }
        return Ok(columns);
    }
    let of_words = |data_type: &DataType| {
        matches!(
            data_type,
            DataType::Utf8 | DataType::Utf8View | DataType::LargeUtf8 | DataType::Boolean
        )
    };
    let kept = fields.iter().filter(|field| {
        let name = field.name().as_str();
        of_words(field.data_type()) && !NEVER.contains(&name) && !OWN.contains(&name)
    });
    let (surveys, kept): (Vec<_>, Vec<_>) = kept
        .map(|field| field.name().clone())
        .partition(|name| name == "survey");
    Ok(kept.into_iter().chain(surveys).collect())
}

/// Why there is nothing to report, and what to do.
async fn nothing_to_report(
    session: &SessionContext,
    options: &ReportOptions,
) -> Result<Failure, Error> {
    #[derive(serde::Deserialize)]
    struct Asked {
        survey: String,
        metric: String,
        answers: u64,
    }
    let sql = "SELECT survey, metric, count(score) AS answers FROM responses \
               GROUP BY survey, metric ORDER BY survey, metric";
    let asked: Vec<Asked> = rows(session, sql).await?;
    let is_meant = |asked: &&Asked| {
        let meant = options.survey.as_ref();
        meant.is_none_or(|survey| *survey == asked.survey)
    };
    let of_survey = match &options.survey {
        Some(survey) => format!(" of the survey {}", quoted(survey)),
        None => String::new(),
    };
    if let Some(survey) = &options.survey
        && !asked.iter().any(|asked| asked.survey == *survey)
    {
        let mut surveys: Vec<&str> = asked.iter().map(|asked| asked.survey.as_str()).collect();
        surveys.dedup();
        return Ok(Failure::usage(
            format!("there is no survey {} in the lake", quoted(survey)),
            format!("there are {}", listed(&surveys)),
        ));
    }
    let meant = asked.iter().filter(is_meant);
    if meant.clone().all(|asked| asked.answers == 0) {
        let mut metrics: Vec<&str> = meant.map(|asked| asked.metric.as_str()).collect();
        metrics.sort_unstable();
        metrics.dedup();
        return Ok(Failure::usage(
            format!("there is no answer to the NPS question to report on{of_survey}"),
            match metrics.iter().all(|metric| *metric == "nps") {
                true => "import one with: voxql ingest FILE".to_owned(),
                false => format!(
                    "the lake holds {}: ask for those in SQL, such as: voxql -c 'SELECT metric, \
                     avg(rating) FROM responses GROUP BY metric'",
                    listed(&metrics)
                ),
            },
        ));
    }
    Ok(match options.since {
        Some(since) => Failure::usage(
            format!("no answer{of_survey} is dated from {since} to today"),
            "leave --since out, or give an earlier day",
        ),
        None => Failure::usage(
            format!(
                "all answers{of_survey} are dated in the future, too old, or of people who withdrew \
                 consent"
            ),
            "look at their dates: voxql -c 'SELECT min(responded_at), max(responded_at) FROM \
             responses'; [validity] in lake.toml says how long an answer may be reported on",
        ),
    })
}

/// A name in an error, cut where it is long.
pub(super) fn quoted(name: &str) -> String {
    const CHARS_MAX: usize = 40;
    match name.char_indices().nth(CHARS_MAX) {
        Some((end, _)) => format!("{:?}…", &name[..end]),
        None => format!("{name:?}"),
    }
}

fn listed(names: &[&str]) -> String {
    let more = match names.len().saturating_sub(NAMES_MAX) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let names = names.iter().take(NAMES_MAX).map(|name| quoted(name));
    names.collect::<Vec<_>>().join(", ") + &more
}

async fn headline(asking: &Asking<'_>, sight: &Sight) -> Result<Headline, Error> {
    let row = asking.headline().await?;
    let has_previous = asking
        .periods
        .is_some_and(|periods| periods.previous.is_some());
    Ok(Headline {
        current: row.current,
        respondents: match sight.shows(Part::Respondents) {
            true => Some(asking.respondents().await?),
            false => None,
        },
        previous: has_previous.then_some(row.previous),
        comparison: row.comparison.filter(|_| has_previous),
        change_margin: row.change_margin.filter(|_| has_previous),
        all: row.everything,
        all_from: asking.population.days.map(|(oldest, _)| oldest),
    })
}

pub(super) async fn trend(asking: &Asking<'_>) -> Result<Option<Trend>, Error> {
    let Some((oldest, newest)) = asking.population.days else {
        return Ok(None);
    };
    let step = Step::over(oldest, newest);
    let first = step.first(oldest, newest);
    let mut answered = asking.trend(step, first).await?.into_iter().peekable();
    let points = step.starts(first, newest).into_iter().map(|from| {
        let answered = answered.next_if(|point| point.from == from);
        answered.unwrap_or_else(|| TrendPoint {
            from,
            stats: Stats::default(),
        })
    });
    Ok(Some(Trend {
        step,
        points: points.collect(),
    }))
}

/// All scores, those that nobody gave as well.
async fn scores(asking: &Asking<'_>) -> Result<Vec<ScoreCount>, Error> {
    let given = asking.scores().await?;
    let of = |score| given.iter().find(|count| count.score == score).copied();
    let scores = (0..=10).map(|score| {
        of(score).unwrap_or(ScoreCount {
            score,
            ..ScoreCount::default()
        })
    });
    Ok(scores.collect())
}

/// The words of the current period, or where they are too few to tell something those of a year.
async fn words(asking: &Asking<'_>) -> Result<Words, Error> {
    let (Some(periods), Some((oldest, newest))) = (asking.periods, asking.population.days) else {
        return asking.words(None).await;
    };
    let of_period = asking.readable(periods.current).await?;
    let words = asking.words(Some(of_period)).await?;
    if words.terms.len() >= TERMS_FEW {
        return Ok(words);
    }
    let of_year = asking.readable(year(oldest, newest)).await?;
    match of_year == of_period {
        true => Ok(words),
        false => asking.words(Some(of_year)).await,
    }
}

async fn accounts(asking: &Asking<'_>) -> Result<Option<Accounts>, Error> {
    let Some((oldest, newest)) = asking.population.days else {
        return Ok(None);
    };
    let periods = asking.periods.as_ref();
    match periods.and_then(|periods| account_periods(oldest, newest, periods)) {
        Some((current, previous)) => asking.accounts(current, previous).await,
        None => Ok(None),
    }
}

fn values_merged(dimensions: &[Dimension]) -> u64 {
    let groups = dimensions.iter().flat_map(|dimension| &dimension.groups);
    let merged = groups.filter(|group| group.is_merged);
    merged.filter_map(|group| group.values).sum()
}
