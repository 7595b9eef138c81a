//! What is asked of the lake, as SQL, for the answers of one report.

mod groups;
mod quality;
mod sending;
mod words;

use chrono::NaiveDate;
use datafusion::prelude::SessionContext;
use serde::Deserialize;

use super::data::{Comparison, Periods, ScoreCount, Stats, Step, SurveyCount, TrendPoint};
use super::iso;
use super::population::Population;
use super::sql::{in_period, row, rows};
use crate::error::Error;

pub(super) use quality::{imports, other_metrics, reveals};

/// Who answered; an anonymous response is somebody of its own.
const WHO: &str = "coalesce(respondent, concat_ws(chr(31), source, survey, response_id))";

/// The answers of a report and its periods.
pub(super) struct Asking<'a> {
    pub(super) session: &'a SessionContext,
    pub(super) population: &'a Population,
    pub(super) periods: Option<Periods>,
}

/// The answer to [`Asking::headline`].
#[derive(Deserialize)]
pub(super) struct HeadlineRow {
    pub(super) current: Stats,
    pub(super) previous: Stats,
    pub(super) everything: Stats,
    pub(super) comparison: Option<Comparison>,
    pub(super) change_margin: Option<f64>,
}

impl Asking<'_> {
    /// `FROM … WHERE …` of the answers.
    pub(super) fn answers(&self) -> String {
        let table = self.population.table;
        format!("FROM {table} WHERE {}", self.population.answers())
    }

    /// The condition of what is current.
    pub(super) fn is_current(&self) -> String {
        match self.periods {
            Some(periods) => in_period("responded_at", periods.current),
            None => "true".to_owned(),
        }
    }

    /// The condition of what is compared with it.
    pub(super) fn is_previous(&self) -> String {
        match self.periods.and_then(|periods| periods.previous) {
            Some(previous) => in_period("responded_at", previous),
            None => "false".to_owned(),
        }
    }

    pub(super) async fn headline(&self) -> Result<HeadlineRow, Error> {
        let (answers, current, previous) = (self.answers(), self.is_current(), self.is_previous());
        let sql = format!(
            "SELECT current, previous, everything, \
                    nps_compare_histograms(before, now) AS comparison, \
                    sqrt(power(current['margin_of_error'], 2) \
                         + power(previous['margin_of_error'], 2)) AS change_margin \
             FROM ( \
                 SELECT nps_stats(score) FILTER (WHERE {current}) AS current, \
                        nps_stats(score) FILTER (WHERE {previous}) AS previous, \
                        nps_stats(score) AS everything, \
                        score_histogram(score) FILTER (WHERE {current}) AS now, \
                        score_histogram(score) FILTER (WHERE {previous}) AS before \
                 {answers})"
        );
        row(self.session, &sql).await
    }

    /// How many people the current answers are of.
    pub(super) async fn respondents(&self) -> Result<u64, Error> {
        #[derive(Deserialize)]
        struct Row {
            respondents: u64,
        }
        let (answers, current) = (self.answers(), self.is_current());
        let sql = format!("SELECT count(DISTINCT {WHO}) AS respondents {answers} AND {current}");
        Ok(row::<Row>(self.session, &sql).await?.respondents)
    }

    pub(super) async fn surveys(&self) -> Result<Vec<SurveyCount>, Error> {
        // A group of those that are too small to be shown has no name.
        #[derive(Deserialize)]
        struct Row {
            survey: Option<String>,
            responses: u64,
        }
        let answers = self.answers();
        let sql = format!(
            "SELECT survey, count(*) AS responses {answers} GROUP BY survey \
             ORDER BY responses DESC, survey"
        );
        let counts: Vec<Row> = rows(self.session, &sql).await?;
        let named = counts.into_iter().filter_map(|row| {
            Some(SurveyCount {
                survey: row.survey?,
                responses: row.responses,
            })
        });
        Ok(named.collect())
    }

    /// The steps of the trend that have answers, from the one that begins on `first`.
    pub(super) async fn trend(
        &self,
        step: Step,
        first: NaiveDate,
    ) -> Result<Vec<TrendPoint>, Error> {
        #[derive(Deserialize)]
        struct Row {
            #[serde(default, with = "iso::option")]
            from: Option<NaiveDate>,
            stats: Stats,
        }
        let (answers, unit) = (self.answers(), step.unit());
        let sql = format!(
            "SELECT step::DATE AS \"from\", stats FROM ( \
                 SELECT date_trunc('{unit}', responded_at) AS step, nps_stats(score) AS stats \
                 {answers} AND responded_at >= '{first}' \
                 GROUP BY date_trunc('{unit}', responded_at)) \
             ORDER BY step"
        );
        let steps: Vec<Row> = rows(self.session, &sql).await?;
        let named = steps.into_iter().filter_map(|row| {
            Some(TrendPoint {
                from: row.from?,
                stats: row.stats,
            })
        });
        Ok(named.collect())
    }

    /// The scores that were given.
    pub(super) async fn scores(&self) -> Result<Vec<ScoreCount>, Error> {
        let (answers, current, previous) = (self.answers(), self.is_current(), self.is_previous());
        let sql = format!(
            "SELECT score, count(score) FILTER (WHERE {current}) AS current, \
                    count(score) FILTER (WHERE {previous}) AS previous \
             {answers} GROUP BY score ORDER BY score"
        );
        rows(self.session, &sql).await
    }
}
