//! Responses by the values of a column, and by account.

use serde::Deserialize;

use super::{Queries, RESPONDENT};
use crate::error::Error;
use crate::report::data::{
    ACCOUNTS_MAX, Accounts, Dimension, FallenAccount, GROUP_RESPONSES_MIN, Group, Period,
    RESPONDENTS_MIN, SIGNIFICANCE,
};
use crate::report::sql::{count, identifier, in_period, rows};

/// Groups of a dimension at most; the smallest are merged.
const GROUPS_MAX: u32 = 50;

impl Queries<'_> {
    /// Counts the values of a column in the current responses.
    pub(crate) async fn value_count(&self, column: &str) -> Result<u64, Error> {
        let (responses, current) = (self.responses_clause(), self.current_filter());
        let column = identifier(column);
        let sql = format!("SELECT count(DISTINCT {column}) AS count {responses} AND {current}");
        count(self.session, &sql).await
    }

    /// Groups the current responses by the values of a column. Groups that are too small are merged.
    /// If the merged group is still too small, the next smallest joins it: otherwise the total minus
    /// the other groups would reveal it.
    pub(crate) async fn dimension(&self, column: &str) -> Result<Dimension, Error> {
        let responses = self.responses_clause();
        let (current, previous) = (self.current_filter(), self.previous_filter());
        let value = identifier(column);
        let sql = format!(
            "WITH counted AS ( \
                 SELECT {value}::VARCHAR AS value, score, {current} AS is_current, count(*) AS n \
                 {responses} AND (({current}) OR ({previous})) \
                 GROUP BY {value}::VARCHAR, score, {current} \
             ), sizes AS ( \
                 SELECT value, coalesce(sum(n) FILTER (WHERE is_current), 0) AS n \
                 FROM counted GROUP BY value \
             ), ranked AS ( \
                 SELECT value, n, row_number() OVER (ORDER BY n DESC, value) AS place, \
                        coalesce(sum(n) OVER (ORDER BY n, value DESC \
                            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS smaller \
                 FROM sizes \
             ), sorted AS ( \
                 SELECT counted.value, score, is_current, counted.n, \
                        ranked.n < {min} OR smaller BETWEEN 1 AND {min} - 1 \
                            OR place > {GROUPS_MAX} AS is_merged \
                 FROM counted JOIN ranked ON counted.value IS NOT DISTINCT FROM ranked.value \
             ), grouped AS ( \
                 SELECT CASE WHEN NOT is_merged THEN value END AS value, is_merged, \
                        count(DISTINCT value) FILTER (WHERE is_current) AS \"values\", \
                        nps_stats(score, n) FILTER (WHERE is_current) AS stats, \
                        score_histogram(score, n) FILTER (WHERE is_current) AS now, \
                        score_histogram(score, n) FILTER (WHERE NOT is_current) AS before, \
                        coalesce(sum(n) FILTER (WHERE NOT is_current), 0) AS n_before \
                 FROM sorted GROUP BY CASE WHEN NOT is_merged THEN value END, is_merged \
             ), shares AS ( \
                 SELECT *, stats['responses'] / sum(stats['responses']) OVER ()::DOUBLE AS share, \
                        100 * (sum(stats['promoters']) OVER () - sum(stats['detractors']) OVER ()) \
                            / sum(stats['responses']) OVER ()::DOUBLE AS total \
                 FROM grouped WHERE stats['responses'] > 0 \
             ) \
             SELECT value, is_merged, \"values\", stats, share, \
                    share * (stats['nps'] - total) AS impact, \
                    CASE WHEN n_before >= {min} \
                         THEN nps_compare_histograms(before, now) END AS comparison \
             FROM shares \
             ORDER BY is_merged, abs(share * (stats['nps'] - total)) DESC, value",
            min = GROUP_RESPONSES_MIN,
        );
        Ok(Dimension {
            column: column.to_owned(),
            groups: rows::<Group>(self.session, &sql).await?,
        })
    }

    /// The accounts whose NPS fell most; `None` if no response has an account.
    pub(crate) async fn accounts(
        &self,
        current: Period,
        previous: Period,
    ) -> Result<Option<Accounts>, Error> {
        /// An account with the totals, which are the same in every row.
        #[derive(Deserialize)]
        struct Row {
            #[serde(flatten)]
            account: FallenAccount,
            fell: bool,
            accounts: u64,
            compared: u64,
            all_fell: u64,
            fell_clearly: u64,
        }
        let responses = self.responses_clause();
        let is_current = in_period(current);
        let is_previous = in_period(previous);
        let is_read = format!("account IS NOT NULL AND (({is_current}) OR ({is_previous}))");
        // There is a row even if no account fell. People are counted as rows of groups, which takes
        // a quarter of the memory of count(DISTINCT).
        let sql = format!(
            "WITH people AS ( \
                 SELECT account, {is_current} AS is_current \
                 {responses} AND {is_read} GROUP BY account, {is_current}, {RESPONDENT} \
             ), people_of_accounts AS ( \
                 SELECT account, least(count(*) FILTER (WHERE is_current), \
                                       count(*) FILTER (WHERE NOT is_current)) AS people \
                 FROM people GROUP BY account \
             ), of_accounts AS ( \
                 SELECT account, nps_stats(score) FILTER (WHERE {is_previous}) AS previous, \
                        nps_stats(score) FILTER (WHERE {is_current}) AS current, \
                        nps_compare(score, {is_current}) AS comparison \
                 {responses} AND {is_read} GROUP BY account \
             ), marked AS ( \
                 SELECT of_accounts.*, \
                        least(previous['responses'], current['responses']) >= {GROUP_RESPONSES_MIN} \
                            AND people >= {RESPONDENTS_MIN} AS is_compared \
                 FROM of_accounts JOIN people_of_accounts \
                     ON of_accounts.account = people_of_accounts.account \
             ), counted AS ( \
                 SELECT *, is_compared AND coalesce(comparison['change'] < 0, false) AS fell, \
                        count(*) FILTER (WHERE is_compared) OVER () AS compared \
                 FROM marked \
             ) \
             SELECT account, previous, current, comparison, fell, compared, \
                    count(*) OVER () AS accounts, \
                    count(*) FILTER (WHERE fell) OVER () AS all_fell, \
                    count(*) FILTER (WHERE fell AND comparison['p_value'] * compared < {SIGNIFICANCE}) \
                        OVER () AS fell_clearly \
             FROM counted ORDER BY fell DESC, comparison['change'], account LIMIT {ACCOUNTS_MAX}"
        );
        let rows: Vec<Row> = rows(self.session, &sql).await?;
        let Some(first) = rows.first() else {
            return Ok(None);
        };
        Ok(Some(Accounts {
            current,
            previous,
            accounts: first.accounts,
            compared: first.compared,
            fell: first.all_fell,
            fell_clearly: first.fell_clearly,
            fallen: rows
                .into_iter()
                .filter(|row| row.fell)
                .map(|row| row.account)
                .collect(),
        }))
    }
}
