//! The report of a role that sees rows.

use datafusion::prelude::SessionContext;

use super::base::base_report;
use super::columns::{VALUES, columns, in_survey, listed, quoted};
use crate::error::Error;
use crate::failure::Failure;
use crate::lake::zone::Zone;
use crate::report::data::{Accounts, Part, Quality, Report, Words};
use crate::report::options::ReportOptions;
use crate::report::population::Population;
use crate::report::queries::{Queries, imports, other_metrics, reveals};
use crate::report::role_view::RoleView;
use crate::report::sql::rows;

/// If the current period has fewer distinctive words, those of a year are shown.
const TERMS_FEW: usize = 6;

/// Gathers the report.
///
/// # Errors
/// Returns an error without a lake, if there are no responses to report on, or if a survey or column
/// does not exist.
pub(super) async fn gather(
    session: &SessionContext,
    view: &RoleView,
    zone: Zone,
    options: &ReportOptions,
) -> Result<Report, Failure> {
    let columns = columns(session, options).await?;
    let population = Population::for_rows(session, zone, options).await?;
    let queries = Queries::new(session, &population);
    let respondents = view.if_shown(Part::Respondents, queries.respondents());
    let headline = queries.headline(respondents.await?).await?;
    if headline.all.responses == 0 {
        return Err(nothing_to_report(session, options).await?);
    }
    let mut dimensions = Vec::new();
    for column in &columns {
        if !options.by.is_empty() || VALUES.contains(&queries.value_count(column).await?) {
            dimensions.push(queries.dimension(column).await?);
        }
    }
    let scores = queries.scores().await?;
    let mut report = base_report(&queries, view, options, headline, scores, dimensions).await?;
    report.words = view.if_shown(Part::Words, words(&queries)).await?;
    let accounts = view.if_shown(Part::Accounts, accounts(&queries));
    report.accounts = accounts.await?.flatten();
    let latency = view.if_shown(Part::Latency, queries.latency());
    report.latency = latency.await?.flatten();
    let imports = view.if_shown(Part::Imports, imports(session)).await?;
    let reveals = view.if_shown(Part::Reveals, reveals(session, queries.periods, zone));
    let reveals = reveals.await?;
    report.quality = Some(Quality {
        imports,
        responses: population.counts,
        other_metrics: other_metrics(session, &population).await?,
    });
    let groups = report.dimensions.iter().flat_map(|of| &of.groups);
    let merged = groups.filter(|group| group.is_merged);
    let privacy = &mut report.privacy;
    privacy.values_merged = Some(merged.filter_map(|group| group.values).sum());
    privacy.tables_read = vec!["responses", "valid_responses"];
    privacy.tables_read.extend(imports.map(|_| "imports"));
    privacy.tables_read.extend(reveals.map(|_| "audit"));
    let accounts = report.accounts.as_ref();
    privacy.accounts_left_out = accounts.map_or(0, |of| of.accounts - of.compared);
    (privacy.reveals_in_period, privacy.reveals) = reveals.unzip();
    Ok(report)
}

/// Explains why there is nothing to report.
async fn nothing_to_report(
    session: &SessionContext,
    options: &ReportOptions,
) -> Result<Failure, Error> {
    #[derive(serde::Deserialize)]
    struct Metric {
        survey: String,
        metric: String,
        answers: u64,
    }
    let sql = "SELECT survey, metric, count(score) AS answers FROM responses \
               GROUP BY survey, metric ORDER BY survey, metric";
    let mut metrics: Vec<Metric> = rows(session, sql).await?;
    let in_survey = in_survey(options);
    if let Some(survey) = &options.survey {
        if !metrics.iter().any(|metric| metric.survey == *survey) {
            let mut surveys: Vec<&str> = metrics.iter().map(|of| of.survey.as_str()).collect();
            surveys.dedup();
            return Ok(Failure::usage(
                format!("survey {} does not exist", quoted(survey)),
                format!("choose from {}", listed(&surveys)),
            ));
        }
        metrics.retain(|metric| metric.survey == *survey);
    }
    if metrics.iter().all(|metric| metric.answers == 0) {
        let mut names: Vec<&str> = metrics.iter().map(|of| of.metric.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        return Ok(Failure::usage(
            format!("there are no NPS responses to report on{in_survey}"),
            if names.iter().all(|name| *name == "nps") {
                "import some with: voxql ingest FILE".to_owned()
            } else {
                format!(
                    "query the other metrics ({}) with SQL, such as: voxql -c 'SELECT metric, \
                     avg(rating) FROM responses GROUP BY metric'",
                    listed(&names)
                )
            },
        ));
    }
    Ok(match options.since {
        Some(since) => Failure::usage(
            format!("there are no NPS responses{in_survey} dated from {since} to today"),
            "remove --since or use an earlier day",
        ),
        None => Failure::usage(
            format!(
                "all NPS responses{in_survey} are dated in the future, too old, or from people who \
                 withdrew consent"
            ),
            "check the dates: voxql -c 'SELECT min(responded_at), max(responded_at) FROM \
             responses'; [validity] in lake.toml sets how old a response may be",
        ),
    })
}

/// The distinctive words of the current period, or of a year if there are too few.
async fn words(queries: &Queries<'_>) -> Result<Words, Error> {
    let (Some(periods), Some(days)) = (queries.periods, queries.population.days) else {
        return queries.words(None).await;
    };
    let current = queries.readable(periods.current).await?;
    let words = queries.words(Some(current)).await?;
    if words.terms.len() >= TERMS_FEW {
        return Ok(words);
    }
    let year = queries.readable(days.last_year()).await?;
    if year == current {
        Ok(words)
    } else {
        queries.words(Some(year)).await
    }
}

async fn accounts(queries: &Queries<'_>) -> Result<Option<Accounts>, Error> {
    let (Some(periods), Some(days)) = (queries.periods, queries.population.days) else {
        return Ok(None);
    };
    match periods.for_accounts(days) {
        Some((current, previous)) => queries.accounts(current, previous).await,
        None => Ok(None),
    }
}
