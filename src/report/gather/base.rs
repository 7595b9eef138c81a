//! The parts of a report that every role sees.

use crate::error::Error;
use crate::report::data::{
    Dimension, GROUP_RESPONSES_MIN, Headline, Part, Privacy, RESPONDENTS_MIN, Report, Scope,
    ScoreCount, VERSION,
};
use crate::report::options::ReportOptions;
use crate::report::queries::Queries;
use crate::report::role_view::RoleView;

/// A report with these results and without the parts that need rows.
pub(super) async fn base_report(
    queries: &Queries<'_>,
    view: &RoleView,
    options: &ReportOptions,
    headline: Headline,
    scores: Vec<ScoreCount>,
    dimensions: Vec<Dimension>,
) -> Result<Report, Error> {
    let hidden = Part::ALL.into_iter().filter(|part| !view.shows(*part));
    let response_rate = view.if_shown(Part::ResponseRate, queries.response_rate());
    Ok(Report {
        version: VERSION,
        made_by: concat!("voxql ", env!("CARGO_PKG_VERSION")),
        made_on: queries.population.zone.today(),
        zone: queries.population.zone.name(),
        scope: Scope {
            survey: options.survey.clone(),
            since: options.since,
            surveys: queries.surveys().await?,
        },
        periods: queries.periods,
        headline,
        trend: queries.trend().await?,
        scores,
        dimensions,
        words: None,
        accounts: None,
        response_rate: response_rate.await?.flatten(),
        latency: None,
        quality: None,
        privacy: Privacy {
            role: view.role.name().to_owned(),
            policy: view.role.policy().to_string(),
            min_group_size: view.role.min_group_size(),
            left_out: hidden.collect(),
            tables_read: vec![queries.population.table],
            group_responses_min: GROUP_RESPONSES_MIN,
            respondents_min: RESPONDENTS_MIN,
            values_merged: None,
            accounts_left_out: 0,
            reveals_in_period: None,
            reveals: None,
        },
    })
}
