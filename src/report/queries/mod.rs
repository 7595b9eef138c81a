//! The SQL queries of a report.

mod groups;
mod overview;
mod quality;
mod sending;
mod words;

use datafusion::prelude::SessionContext;

use super::data::Periods;
use super::population::Population;
use super::sql::in_period;

pub(super) use quality::{imports, other_metrics, reveals};

/// SQL for the respondent; each anonymous response counts as a person of its own.
const RESPONDENT: &str = "coalesce(respondent, concat_ws(chr(31), source, survey, response_id))";

/// The responses and periods that a report queries.
pub(super) struct Queries<'a> {
    pub(super) session: &'a SessionContext,
    pub(super) population: &'a Population,
    pub(super) periods: Option<Periods>,
}

impl<'a> Queries<'a> {
    pub(super) fn new(session: &'a SessionContext, population: &'a Population) -> Self {
        Self {
            session,
            population,
            periods: population.days.map(Periods::new),
        }
    }

    /// `FROM … WHERE …` for the NPS responses.
    pub(super) fn responses_clause(&self) -> String {
        let Population { table, .. } = self.population;
        format!("FROM {table} WHERE {}", self.population.response_filter())
    }

    /// Condition for responses in the current period.
    pub(super) fn current_filter(&self) -> String {
        match self.periods {
            Some(periods) => in_period(periods.current),
            None => "true".to_owned(),
        }
    }

    /// Condition for responses in the previous period.
    pub(super) fn previous_filter(&self) -> String {
        match self.periods.and_then(|periods| periods.previous) {
            Some(previous) => in_period(previous),
            None => "false".to_owned(),
        }
    }
}
