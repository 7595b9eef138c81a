//! Words that distinguish detractors from promoters.

use chrono::NaiveDate;
use serde::Deserialize;

use super::{Queries, RESPONDENT};
use crate::error::Error;
use crate::report::data::{Period, RESPONDENTS_MIN, Term, Words};
use crate::report::sql::{count, in_period, row, rows};

/// Words shown at most for detractors, and for promoters.
const TERMS_MAX: u32 = 10;

/// Smallest z score that is significant at 95%.
const Z_SCORE_MIN: f64 = 1.96;

/// Comments read at most, except for a single day with more: they are in memory together.
const COMMENTS_MAX: u64 = 500_000;

#[derive(Deserialize)]
struct Day {
    day: NaiveDate,
    comments: u64,
}

impl Queries<'_> {
    /// Words that distinguish the comments of detractors from those of promoters in a period. All
    /// comments of a person as detractor are one text, so that a word counts once per person.
    /// Redaction tokens such as `[EMAIL]` are not words.
    pub(crate) async fn words(&self, period: Option<Period>) -> Result<Words, Error> {
        #[derive(Deserialize)]
        struct Row {
            detractors: u64,
            promoters: u64,
            terms: Vec<Term>,
        }
        let responses = self.responses_clause();
        let is_read = match period {
            Some(period) => in_period(period),
            None => "true".to_owned(),
        };
        let sql = format!(
            "SELECT detractors(score) AS detractors, promoters(score) AS promoters, \
                    distinctive_terms(comment, score, {TERMS_MAX}, {RESPONDENTS_MIN}) AS terms \
             FROM (SELECT string_agg(regexp_replace(comment, '\\[[A-Z]+\\]', ' ', 'g'), chr(10)) \
                              AS comment, \
                          min(score) AS score \
                   {responses} AND {is_read} AND comment IS NOT NULL \
                   GROUP BY {RESPONDENT}, nps_category(score))"
        );
        let mut row: Row = row(self.session, &sql).await?;
        let is_of_detractors = |term: &Term| term.z_score > 0.0;
        row.terms.retain(|term| {
            let people = if is_of_detractors(term) {
                term.detractors
            } else {
                term.promoters
            };
            term.z_score.abs() >= Z_SCORE_MIN && people >= RESPONDENTS_MIN
        });
        row.terms.sort_by(|a, b| {
            let by_side = is_of_detractors(b).cmp(&is_of_detractors(a));
            let by_z_score = b.z_score.abs().total_cmp(&a.z_score.abs());
            by_side.then(by_z_score).then_with(|| a.term.cmp(&b.term))
        });
        Ok(Words {
            period,
            detractors: row.detractors,
            promoters: row.promoters,
            terms: row.terms,
        })
    }

    /// Shortens a period to its newest days with at most [`COMMENTS_MAX`] comments.
    pub(crate) async fn readable(&self, period: Period) -> Result<Period, Error> {
        let (responses, is_in_period) = (self.responses_clause(), in_period(period));
        // The rollup can count responses, but not comments.
        let sql = format!("SELECT count(score) AS count {responses} AND {is_in_period}");
        if count(self.session, &sql).await? <= COMMENTS_MAX {
            return Ok(period);
        }
        let sql = format!(
            "SELECT day, count(comment) AS comments \
             {responses} AND {is_in_period} GROUP BY day ORDER BY day DESC"
        );
        Ok(newest(period, &rows::<Day>(self.session, &sql).await?))
    }
}

/// The end of a period with at most [`COMMENTS_MAX`] comments, or its newest day with responses if
/// that alone has more. `days` are those with responses, newest first.
fn newest(period: Period, days: &[Day]) -> Period {
    let mut comments = 0;
    let fits = |day: &&Day| {
        comments += day.comments;
        comments <= COMMENTS_MAX
    };
    let fitting = days.iter().take_while(fits).count();
    if fitting == days.len() {
        return period;
    }
    Period {
        from: days[fitting.saturating_sub(1)].day,
        ..period
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 6, day).expect("a day of June")
    }

    #[test]
    fn the_newest_days_are_read() {
        let june = Period {
            from: day(1),
            to: day(30),
        };
        let half = COMMENTS_MAX / 2;
        for (comments, first) in [
            (&[][..], 1),
            (&[(30, half), (12, half)], 1),
            (&[(30, half), (12, half), (11, 0), (3, 1)], 11),
            (&[(30, COMMENTS_MAX + 1), (29, 1)], 30),
            (&[(28, COMMENTS_MAX + 1)], 28),
        ] {
            let days = comments.iter().map(|&(nth, comments)| Day {
                day: day(nth),
                comments,
            });
            let newest = newest(june, &days.collect::<Vec<_>>());
            assert_eq!((newest.from, newest.to), (day(first), june.to));
        }
    }
}
