//! Who was asked, who answered, and how long that took.

use serde::Deserialize;

use super::Asking;
use crate::error::Error;
use crate::report::data::{Latency, ResponseRate};
use crate::report::sql::{in_period, row, rows};

impl Asking<'_> {
    /// Who of those asked in the current period answered; `None` where there is no row of anybody
    /// who did not.
    pub(in crate::report) async fn response_rate(&self) -> Result<Option<ResponseRate>, Error> {
        #[derive(Deserialize)]
        struct Row {
            sent: u64,
            answered: u64,
        }
        let table = self.population.table;
        let is_sent = match self.periods {
            Some(periods) => in_period("sent_at", periods.current),
            None => "sent_at IS NOT NULL".to_owned(),
        };
        let sql = format!(
            "SELECT count(*) AS sent, count(score) AS answered FROM {table} \
             WHERE metric = 'nps' AND {is_sent} AND {}",
            self.population.rows()
        );
        // Too few are no row.
        let Some(Row { sent, answered }) = rows(self.session, &sql).await?.pop() else {
            return Ok(None);
        };
        Ok((answered < sent).then(|| ResponseRate {
            sent,
            answered,
            rate: answered as f64 / sent as f64,
        }))
    }

    /// How long current answers took; `None` where no time of sending is known.
    pub(in crate::report) async fn latency(&self) -> Result<Option<Latency>, Error> {
        #[derive(Deserialize)]
        struct Row {
            responses: u64,
            hours_lower_quartile: Option<f64>,
            hours_median: Option<f64>,
            hours_upper_quartile: Option<f64>,
        }
        let (answers, current) = (self.answers(), self.is_current());
        let sql = format!(
            "SELECT count(*) AS responses, \
                    percentile_cont(0.25) WITHIN GROUP (ORDER BY hours) AS hours_lower_quartile, \
                    percentile_cont(0.5) WITHIN GROUP (ORDER BY hours) AS hours_median, \
                    percentile_cont(0.75) WITHIN GROUP (ORDER BY hours) AS hours_upper_quartile \
             FROM (SELECT (extract(epoch FROM responded_at) - extract(epoch FROM sent_at)) / 3600.0 \
                          AS hours \
                   {answers} AND {current} AND responded_at >= sent_at)"
        );
        let row: Row = row(self.session, &sql).await?;
        let quartiles = (
            row.hours_lower_quartile,
            row.hours_median,
            row.hours_upper_quartile,
        );
        let (Some(lower), Some(median), Some(upper)) = quartiles else {
            return Ok(None);
        };
        Ok(Some(Latency {
            responses: row.responses,
            hours_lower_quartile: lower,
            hours_median: median,
            hours_upper_quartile: upper,
        }))
    }
}
