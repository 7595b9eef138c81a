//! The responses that a report covers.

use chrono::{Months, NaiveDate};
use datafusion::prelude::SessionContext;
use serde::Deserialize;

use super::data::{Period, ResponseCounts, Stats};
use super::options::ReportOptions;
use super::sql::{count, from_day, in_period, literal, row};
use crate::error::Error;
use crate::lake::zone::Zone;

/// The responses of a report, as SQL conditions.
#[derive(Debug)]
pub(super) struct Population {
    /// `responses`, or `valid_responses` if that has fewer rows.
    pub(super) table: &'static str,
    /// Condition for all rows of the requested survey, answered or not.
    pub(super) survey_filter: String,
    since: Option<NaiveDate>,
    /// The zone of the days.
    pub(super) zone: Zone,
    /// The day after the report is made.
    tomorrow: NaiveDate,
    /// First to last day with NPS responses; `None` if none has a date.
    pub(super) days: Option<Period>,
    pub(super) counts: ResponseCounts,
    /// The statistics of a step for which there are no rows: none for a role of groups, which sees no rows
    /// of few people either.
    pub(super) without_rows: Option<Stats>,
}

/// Earliest day for `--since`: SQL cannot compare with every day that chrono can parse.
const SINCE_MIN: NaiveDate = NaiveDate::from_ymd_opt(1900, 1, 1).expect("a date");

impl Population {
    pub(super) async fn for_rows(
        session: &SessionContext,
        zone: Zone,
        options: &ReportOptions,
    ) -> Result<Self, Error> {
        let mut population = Self::new("responses", zone, options);
        population.without_rows = Some(Stats::default());
        population.exclude_invalid(session).await?;
        population.find_days(session).await?;
        Ok(population)
    }

    /// The responses of a role that sees only groups. It may not see single days, so the days are
    /// those of whole months, or of longer steps if no month has enough respondents.
    pub(super) async fn for_groups(
        session: &SessionContext,
        zone: Zone,
        options: &ReportOptions,
    ) -> Result<Self, Error> {
        #[derive(Deserialize)]
        struct Row {
            oldest: Option<NaiveDate>,
            newest: Option<NaiveDate>,
        }
        let mut population = Self::new("responses", zone, options);
        let (table, survey) = (population.table, &population.survey_filter);
        let (dated, tomorrow) = (population.dated_filter(), population.tomorrow);
        for (step, months) in [("month", 1), ("quarter", 3), ("year", 12)] {
            let sql = format!(
                "SELECT min(first) AS oldest, max(first) AS newest FROM ( \
                     SELECT date_trunc('{step}', day)::DATE AS first, count(score) \
                     FROM {table} WHERE score IS NOT NULL AND {survey} AND {dated} \
                     GROUP BY date_trunc('{step}', day)::DATE)"
            );
            let row: Row = row(session, &sql).await?;
            if let (Some(oldest), Some(newest)) = (row.oldest, row.newest) {
                let next = newest.checked_add_months(Months::new(months));
                let end = next.map_or(tomorrow, |next| next.min(tomorrow));
                population.days = Some(Period {
                    from: population.since.map_or(oldest, |since| oldest.max(since)),
                    to: end.pred_opt().unwrap_or(newest),
                });
                break;
            }
        }
        Ok(population)
    }

    fn new(table: &'static str, zone: Zone, options: &ReportOptions) -> Self {
        let tomorrow = zone.today().succ_opt().unwrap_or(NaiveDate::MAX);
        Self {
            table,
            zone,
            survey_filter: match &options.survey {
                Some(survey) => format!("survey = {}", literal(survey)),
                None => "true".to_owned(),
            },
            since: options.since.map(|since| since.clamp(SINCE_MIN, tomorrow)),
            tomorrow,
            days: None,
            counts: ResponseCounts::default(),
            without_rows: None,
        }
    }

    /// Switches to `valid_responses` if that has fewer rows. Otherwise `responses` has the same
    /// answers, and the rollup can give them.
    async fn exclude_invalid(&mut self, session: &SessionContext) -> Result<(), Error> {
        let survey = &self.survey_filter;
        let count = async |source: &str| {
            let sql = format!("SELECT count(*) AS count FROM {source} {survey}");
            count(session, &sql).await
        };
        let all = count("responses WHERE").await?;
        let valid = count("valid_responses WHERE").await?;
        let withdrawn = count("responses WHERE consent = 'withdrawn' AND").await?;
        if valid < all {
            self.table = "valid_responses";
        }
        self.counts.responses = all;
        self.counts.withdrawn = withdrawn;
        self.counts.expired = all.saturating_sub(valid).saturating_sub(withdrawn);
        Ok(())
    }

    async fn find_days(&mut self, session: &SessionContext) -> Result<(), Error> {
        #[derive(Deserialize)]
        struct Row {
            not_answered: u64,
            undated: u64,
            in_the_future: u64,
            oldest: Option<NaiveDate>,
            newest: Option<NaiveDate>,
        }
        let (table, survey, tomorrow) = (self.table, &self.survey_filter, self.tomorrow);
        let dated = self.dated_filter();
        let sql = format!(
            "SELECT count(*) FILTER (WHERE score IS NULL AND metric = 'nps') AS not_answered, \
                    count(score) FILTER (WHERE day IS NULL) AS undated, \
                    count(score) FILTER (WHERE day >= '{tomorrow}') AS in_the_future, \
                    min(day) FILTER (WHERE score IS NOT NULL AND {dated}) AS oldest, \
                    max(day) FILTER (WHERE score IS NOT NULL AND {dated}) AS newest \
             FROM {table} WHERE {survey}"
        );
        let row: Row = row(session, &sql).await?;
        self.days = row
            .oldest
            .zip(row.newest)
            .map(|(from, to)| Period { from, to });
        self.counts.not_answered = row.not_answered;
        self.counts.undated = row.undated;
        self.counts.in_the_future = row.in_the_future;
        Ok(())
    }

    /// Condition for rows dated from the requested day to today.
    fn dated_filter(&self) -> String {
        let since = match self.since {
            Some(since) => from_day(since),
            None => "true".to_owned(),
        };
        format!("{since} AND day < '{}'", self.tomorrow)
    }

    /// Condition for the NPS responses of the report: those dated in the requested days, or all if
    /// none has a date.
    pub(super) fn response_filter(&self) -> String {
        let dates = match self.days {
            Some(days) => in_period(days),
            None => format!("day IS NULL AND {}", self.since.is_none()),
        };
        format!("score IS NOT NULL AND {} AND {dates}", self.survey_filter)
    }
}
