//! Which responses a report is of.

use chrono::{Months, NaiveDate, Utc};
use datafusion::prelude::SessionContext;
use serde::Deserialize;

use super::ReportOptions;
use super::data::{Period, ResponseCounts};
use super::iso;
use super::sql::{from_day, in_period, literal, row};
use crate::error::Error;

/// The responses of a report, as conditions of SQL.
#[derive(Debug)]
pub(super) struct Population {
    /// `responses`, or where that is not the same `valid_responses`.
    pub(super) table: &'static str,
    /// Of the survey that was asked for.
    of_survey: String,
    since: Option<NaiveDate>,
    /// The day after that of the report.
    tomorrow: NaiveDate,
    /// The days that have answers, the first and the last; `None` where no answer has a date.
    pub(super) days: Option<(NaiveDate, NaiveDate)>,
    pub(super) counts: ResponseCounts,
}

#[derive(Deserialize)]
struct Count {
    responses: u64,
}

#[derive(Deserialize)]
struct Dates {
    answers: u64,
    not_answered: u64,
    undated: u64,
    in_the_future: u64,
    #[serde(default, with = "iso::option")]
    oldest: Option<NaiveDate>,
    #[serde(default, with = "iso::option")]
    newest: Option<NaiveDate>,
}

/// Where a first day that is asked for is earlier, it is as good as this: not every day that a person
/// can write is one that SQL can compare with.
fn oldest() -> NaiveDate {
    NaiveDate::from_ymd_opt(1900, 1, 1).unwrap_or(NaiveDate::MIN)
}

impl Population {
    pub(super) async fn of(
        session: &SessionContext,
        options: &ReportOptions,
    ) -> Result<Self, Error> {
        let mut population = Self::new("responses", options);
        population.leave_out_invalid(session).await?;
        population.find_days(session).await?;
        Ok(population)
    }

    /// The responses of a role that sees groups alone: it is told of no single day, so the days are
    /// those of the months of which it is told, or of longer steps where no month has enough.
    pub(super) async fn of_groups(
        session: &SessionContext,
        options: &ReportOptions,
    ) -> Result<Self, Error> {
        #[derive(Deserialize)]
        struct Row {
            #[serde(default, with = "iso::option")]
            oldest: Option<NaiveDate>,
            #[serde(default, with = "iso::option")]
            newest: Option<NaiveDate>,
        }
        let mut population = Self::new("valid_responses", options);
        let Self {
            table,
            of_survey,
            tomorrow,
            ..
        } = &population;
        let since = match population.since {
            Some(since) => from_day("responded_at", since),
            None => "true".to_owned(),
        };
        for (step, months) in [("month", 1), ("quarter", 3), ("year", 12)] {
            let sql = format!(
                "SELECT min(first) AS oldest, max(first) AS newest FROM ( \
                     SELECT date_trunc('{step}', responded_at)::DATE AS first, count(score) \
                     FROM {table} WHERE score IS NOT NULL AND {of_survey} AND {since} \
                         AND responded_at < '{tomorrow}' \
                     GROUP BY date_trunc('{step}', responded_at)::DATE)"
            );
            let row: Row = row(session, &sql).await?;
            if let (Some(oldest), Some(newest)) = (row.oldest, row.newest) {
                let next = newest.checked_add_months(Months::new(months));
                let end = next.map_or(*tomorrow, |next| next.min(*tomorrow));
                let oldest = population.since.map_or(oldest, |since| oldest.max(since));
                let newest = end.pred_opt().unwrap_or(newest);
                population.days = Some((oldest, newest));
                break;
            }
        }
        Ok(population)
    }

    fn new(table: &'static str, options: &ReportOptions) -> Self {
        let tomorrow = Utc::now().date_naive().succ_opt().unwrap_or(NaiveDate::MAX);
        Self {
            table,
            of_survey: match &options.survey {
                Some(survey) => format!("survey = {}", literal(survey)),
                None => "true".to_owned(),
            },
            since: options.since.map(|since| since.clamp(oldest(), tomorrow)),
            tomorrow,
            days: None,
            counts: ResponseCounts::default(),
        }
    }

    /// Reads `valid_responses` where that is less than all. Where it is the same, `responses` gives
    /// the same answers from counts.
    async fn leave_out_invalid(&mut self, session: &SessionContext) -> Result<(), Error> {
        let of_survey = &self.of_survey;
        let count = async |table: &str| {
            let sql = format!("SELECT count(*) AS responses FROM {table} WHERE {of_survey}");
            row::<Count>(session, &sql).await.map(|row| row.responses)
        };
        let all = count("responses").await?;
        let valid = count("valid_responses").await?;
        let withdrawn = format!(
            "SELECT count(*) AS responses FROM responses WHERE consent = 'withdrawn' AND {of_survey}"
        );
        let withdrawn = row::<Count>(session, &withdrawn).await?.responses;
        if valid < all {
            self.table = "valid_responses";
        }
        self.counts.responses = all;
        self.counts.withdrawn = withdrawn;
        self.counts.expired = all.saturating_sub(valid).saturating_sub(withdrawn);
        Ok(())
    }

    async fn find_days(&mut self, session: &SessionContext) -> Result<(), Error> {
        let Self {
            table,
            of_survey,
            tomorrow,
            ..
        } = self;
        let since = match self.since {
            Some(since) => from_day("responded_at", since),
            None => "true".to_owned(),
        };
        let dates: Dates = row(
            session,
            &format!(
                "SELECT count(score) AS answers, \
                        count(*) FILTER (WHERE score IS NULL AND metric = 'nps') AS not_answered, \
                        count(score) FILTER (WHERE responded_at IS NULL) AS undated, \
                        count(score) FILTER (WHERE responded_at >= '{tomorrow}') AS in_the_future, \
                        min(responded_at::DATE) FILTER ( \
                            WHERE score IS NOT NULL AND {since} AND responded_at < '{tomorrow}' \
                        ) AS oldest, \
                        max(responded_at::DATE) FILTER ( \
                            WHERE score IS NOT NULL AND {since} AND responded_at < '{tomorrow}' \
                        ) AS newest \
                 FROM {table} WHERE {of_survey}"
            ),
        )
        .await?;
        self.days = dates.oldest.zip(dates.newest);
        self.counts.not_answered = dates.not_answered;
        self.counts.undated = dates.undated;
        self.counts.in_the_future = dates.in_the_future;
        debug_assert!(dates.answers >= dates.undated + dates.in_the_future);
        Ok(())
    }

    /// The condition of answers to the NPS question that the report is of: those with a date that was
    /// asked for, and where none has a date all.
    pub(super) fn answers(&self) -> String {
        let of_survey = &self.of_survey;
        match self.days {
            Some((from, to)) => format!(
                "score IS NOT NULL AND {of_survey} AND {}",
                in_period("responded_at", Period { from, to })
            ),
            None => format!(
                "score IS NOT NULL AND {of_survey} AND responded_at IS NULL AND {}",
                self.since.is_none()
            ),
        }
    }

    /// The condition of all rows of the survey that was asked for, answers or not.
    pub(super) fn rows(&self) -> &str {
        &self.of_survey
    }
}
