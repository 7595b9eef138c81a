//! The response rate, and the time between request and response.

use serde::Deserialize;

use super::Queries;
use crate::error::Error;
use crate::report::data::{Latency, ResponseRate};
use crate::report::sql::{is_time_in, rows};

impl Queries<'_> {
    /// The response rate of requests sent in the current period; `None` if all were answered, since
    /// the lake then has only responses.
    pub(crate) async fn response_rate(&self) -> Result<Option<ResponseRate>, Error> {
        #[derive(Deserialize)]
        struct Row {
            sent: u64,
            answered: u64,
        }
        let (table, survey) = (self.population.table, &self.population.survey_filter);
        let is_sent = match self.periods {
            Some(periods) => is_time_in("sent_at", periods.current, self.population.zone),
            None => "sent_at IS NOT NULL".to_owned(),
        };
        let sql = format!(
            "SELECT count(*) AS sent, count(score) AS answered FROM {table} \
             WHERE metric = 'nps' AND {is_sent} AND {survey}"
        );
        // There is no row if too few people for the role were asked.
        let row = rows(self.session, &sql).await?.pop();
        Ok(row
            .filter(|row: &Row| row.answered < row.sent)
            .map(|Row { sent, answered }| ResponseRate {
                sent,
                answered,
                rate: answered as f64 / sent as f64,
            }))
    }

    /// Quartiles of the time to respond in the current period; `None` without send times.
    pub(crate) async fn latency(&self) -> Result<Option<Latency>, Error> {
        let (responses, current) = (self.responses_clause(), self.current_filter());
        let sql = format!(
            "SELECT count(*) AS responses, \
                    percentile_cont(0.25) WITHIN GROUP (ORDER BY hours) AS hours_lower_quartile, \
                    percentile_cont(0.5) WITHIN GROUP (ORDER BY hours) AS hours_median, \
                    percentile_cont(0.75) WITHIN GROUP (ORDER BY hours) AS hours_upper_quartile \
             FROM (SELECT (extract(epoch FROM responded_at) - extract(epoch FROM sent_at)) / 3600.0 \
                          AS hours \
                   {responses} AND {current} AND responded_at >= sent_at) \
             HAVING count(*) > 0"
        );
        Ok(rows(self.session, &sql).await?.pop())
    }
}
