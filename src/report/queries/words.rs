//! What detractors say that promoters do not.

use serde::Deserialize;
use voxql::Error;

use super::{Asking, WHO};
use crate::report::data::{Period, RESPONDENTS_MIN, Term, Words};
use crate::report::sql::{in_period, row, rows};

/// How many words of detractors, and of promoters, are shown at most.
const TERMS_MAX: u32 = 10;

/// What is not beyond this is what chance would show.
const Z_SCORE_MIN: f64 = 1.96;

impl Asking<'_> {
    /// What sets the comments of detractors apart from those of promoters, in a period. The
    /// comments of one person as detractor are one text, so that a word is counted once for them.
    /// Tokens such as `[EMAIL]`, which stand for what was redacted, are no words.
    pub(in crate::report) async fn words(&self, period: Option<Period>) -> Result<Words, Error> {
        #[derive(Deserialize)]
        struct Row {
            detractors: u64,
            promoters: u64,
        }
        let answers = self.answers();
        let is_read = match period {
            Some(period) => in_period("responded_at", period),
            None => "true".to_owned(),
        };
        let texts = format!(
            "SELECT string_agg(regexp_replace(comment, '\\[[A-Z]+\\]', ' ', 'g'), chr(10) \
                               ORDER BY responded_at, response_id) AS comment, \
                    min(score) AS score \
             {answers} AND {is_read} AND comment IS NOT NULL \
             GROUP BY {WHO}, nps_category(score)"
        );
        let sql = format!(
            "SELECT detractors(score) AS detractors, promoters(score) AS promoters FROM ({texts})"
        );
        let Row {
            detractors,
            promoters,
        } = row(self.session, &sql).await?;
        let sql = format!(
            "SELECT t['term'] AS term, t['z_score'] AS z_score, t['detractors'] AS detractors, \
                    t['promoters'] AS promoters \
             FROM (SELECT unnest(distinctive_terms( \
                       comment, score, {TERMS_MAX}, {RESPONDENTS_MIN})) AS t FROM ({texts})) \
             WHERE abs(t['z_score']) >= {Z_SCORE_MIN} \
               AND CASE WHEN t['z_score'] > 0 THEN t['detractors'] ELSE t['promoters'] END \
                   >= {RESPONDENTS_MIN} \
             ORDER BY t['z_score'] < 0, abs(t['z_score']) DESC, t['term']"
        );
        Ok(Words {
            period,
            detractors,
            promoters,
            terms: rows::<Term>(self.session, &sql).await?,
        })
    }
}
