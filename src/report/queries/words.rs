//! What detractors say that promoters do not.

use chrono::NaiveDate;
use serde::Deserialize;

use super::{Asking, WHO};
use crate::error::Error;
use crate::report::data::{Period, RESPONDENTS_MIN, Term, Words};
use crate::report::iso;
use crate::report::sql::{in_period, row, rows};

/// How many words of detractors, and of promoters, are shown at most.
const TERMS_MAX: u32 = 10;

/// What is not beyond this is what chance would show.
const Z_SCORE_MIN: f64 = 1.96;

/// How many comments are read at most, but for those of a single day: they are in memory together.
const COMMENTS_MAX: u64 = 500_000;

/// A day, and how many left a comment on it.
#[derive(Deserialize)]
struct Day {
    #[serde(with = "iso")]
    day: NaiveDate,
    comments: u64,
}

impl Asking<'_> {
    /// What sets the comments of detractors apart from those of promoters, in a period. The
    /// comments of one person as detractor are one text, in any order, so that a word is counted
    /// once for them. Tokens such as `[EMAIL]`, which stand for what was redacted, are no words.
    pub(in crate::report) async fn words(&self, period: Option<Period>) -> Result<Words, Error> {
        #[derive(Deserialize)]
        struct Row {
            detractors: u64,
            promoters: u64,
            terms: Vec<Term>,
        }
        let answers = self.answers();
        let is_read = match period {
            Some(period) => in_period("responded_at", period),
            None => "true".to_owned(),
        };
        let sql = format!(
            "SELECT detractors(score) AS detractors, promoters(score) AS promoters, \
                    distinctive_terms(comment, score, {TERMS_MAX}, {RESPONDENTS_MIN}) AS terms \
             FROM (SELECT string_agg(regexp_replace(comment, '\\[[A-Z]+\\]', ' ', 'g'), chr(10)) \
                              AS comment, \
                          min(score) AS score \
                   {answers} AND {is_read} AND comment IS NOT NULL \
                   GROUP BY {WHO}, nps_category(score))"
        );
        let Row {
            detractors,
            promoters,
            mut terms,
        } = row(self.session, &sql).await?;
        let is_of_detractors = |term: &Term| term.z_score > 0.0;
        terms.retain(|term| {
            let people = match is_of_detractors(term) {
                true => term.detractors,
                false => term.promoters,
            };
            term.z_score.abs() >= Z_SCORE_MIN && people >= RESPONDENTS_MIN
        });
        terms.sort_by(|a, b| {
            let by_side = is_of_detractors(b).cmp(&is_of_detractors(a));
            let by_clarity = b.z_score.abs().total_cmp(&a.z_score.abs());
            by_side.then(by_clarity).then_with(|| a.term.cmp(&b.term))
        });
        Ok(Words {
            period,
            detractors,
            promoters,
            terms,
        })
    }

    /// The days of a period whose comments can be read: the newest that have no more than
    /// [`COMMENTS_MAX`].
    pub(in crate::report) async fn readable(&self, period: Period) -> Result<Period, Error> {
        #[derive(Deserialize)]
        struct Row {
            responses: u64,
        }
        let answers = self.answers();
        let is_of_period = in_period("responded_at", period);
        // Counts know of answers, but not which of them have a comment.
        let sql = format!("SELECT count(score) AS responses {answers} AND {is_of_period}");
        if row::<Row>(self.session, &sql).await?.responses <= COMMENTS_MAX {
            return Ok(period);
        }
        let sql = format!(
            "SELECT responded_at::DATE AS day, count(comment) AS comments \
             {answers} AND {is_of_period} GROUP BY responded_at::DATE ORDER BY day DESC"
        );
        Ok(newest(period, rows(self.session, &sql).await?))
    }
}

/// The part of a period, up to its end, that has no more than [`COMMENTS_MAX`] comments; its newest
/// day where that alone has more. `days` are those with answers, the newest first.
fn newest(period: Period, days: Vec<Day>) -> Period {
    let mut comments = 0;
    let mut from = None;
    for day in days {
        comments += day.comments;
        if comments > COMMENTS_MAX {
            return Period {
                from: from.unwrap_or(day.day),
                ..period
            };
        }
        from = Some(day.day);
    }
    period
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 6, day).expect("a day of June")
    }

    #[test]
    fn the_newest_days_that_can_be_read() {
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
            let days = comments.iter().map(|(of, comments)| Day {
                day: day(*of),
                comments: *comments,
            });
            let newest = newest(june, days.collect());
            assert_eq!((newest.from, newest.to), (day(first), june.to));
        }
    }
}
