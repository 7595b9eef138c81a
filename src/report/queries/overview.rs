//! The headline, the surveys, the trend and the scores.

use chrono::NaiveDate;
use serde::Deserialize;

use super::{Queries, RESPONDENT};
use crate::error::Error;
use crate::report::data::{
    Comparison, Headline, ScoreCount, Stats, Step, SurveyCount, Trend, TrendPoint,
};
use crate::report::sql::{count, from_day, row, rows};

impl Queries<'_> {
    pub(crate) async fn headline(&self, respondents: Option<u64>) -> Result<Headline, Error> {
        #[derive(Deserialize)]
        struct Row {
            current: Stats,
            previous: Stats,
            everything: Stats,
            comparison: Option<Comparison>,
            change_margin: Option<f64>,
        }
        let responses = self.responses_clause();
        let (current, previous) = (self.current_filter(), self.previous_filter());
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
                 {responses})"
        );
        let row: Row = row(self.session, &sql).await?;
        let previous = self.periods.and_then(|periods| periods.previous);
        Ok(Headline {
            current: row.current,
            respondents,
            previous: previous.map(|_| row.previous),
            comparison: previous.and(row.comparison),
            change_margin: previous.and(row.change_margin),
            all: row.everything,
            all_from: self.population.days.map(|days| days.from),
        })
    }

    /// Counts the people who gave the current responses.
    pub(crate) async fn respondents(&self) -> Result<u64, Error> {
        let (responses, current) = (self.responses_clause(), self.current_filter());
        let sql = format!("SELECT count(DISTINCT {RESPONDENT}) AS count {responses} AND {current}");
        count(self.session, &sql).await
    }

    pub(crate) async fn surveys(&self) -> Result<Vec<SurveyCount>, Error> {
        // The group of surveys that are too small for the role has no name.
        #[derive(Deserialize)]
        struct Row {
            survey: Option<String>,
            responses: u64,
        }
        let sql = format!(
            "SELECT survey, count(*) AS responses {} GROUP BY survey \
             ORDER BY responses DESC, survey",
            self.responses_clause()
        );
        let surveys = rows(self.session, &sql).await?.into_iter();
        let named = surveys.filter_map(|Row { survey, responses }| {
            survey.map(|survey| SurveyCount { survey, responses })
        });
        Ok(named.collect())
    }

    pub(crate) async fn trend(&self) -> Result<Option<Trend>, Error> {
        #[derive(Deserialize)]
        struct Row {
            from: Option<NaiveDate>,
            stats: Stats,
        }
        let Some(days) = self.population.days else {
            return Ok(None);
        };
        let step = Step::for_range(days);
        let starts = step.starts(days);
        let first = starts.first().copied().unwrap_or(days.from);
        let sql = format!(
            "SELECT step::DATE AS \"from\", stats FROM ( \
                 SELECT date_trunc('{unit}', day) AS step, nps_stats(score) AS stats \
                 {responses} AND {since_first} \
                 GROUP BY date_trunc('{unit}', day)) \
             ORDER BY step",
            unit = step.unit(),
            responses = self.responses_clause(),
            since_first = from_day(first),
        );
        let found: Vec<Row> = rows(self.session, &sql).await?;
        let points = starts.into_iter().map(|from| {
            let found = found.iter().find(|row| row.from == Some(from));
            let stats = found.map(|row| row.stats);
            TrendPoint {
                from,
                stats: stats.or(self.population.without_rows),
            }
        });
        Ok(Some(Trend {
            step,
            points: points.collect(),
        }))
    }

    /// Counts the responses for each score, including scores that nobody gave.
    pub(crate) async fn scores(&self) -> Result<Vec<ScoreCount>, Error> {
        let responses = self.responses_clause();
        let (current, previous) = (self.current_filter(), self.previous_filter());
        let sql = format!(
            "SELECT score, count(score) FILTER (WHERE {current}) AS current, \
                    count(score) FILTER (WHERE {previous}) AS previous \
             {responses} GROUP BY score ORDER BY score"
        );
        let given: Vec<ScoreCount> = rows(self.session, &sql).await?;
        let scores = (0..=10).map(|score| {
            let given = given.iter().find(|count| count.score == score).copied();
            given.unwrap_or(ScoreCount {
                score,
                ..ScoreCount::default()
            })
        });
        Ok(scores.collect())
    }
}
