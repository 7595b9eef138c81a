//! The functions as expressions, for the DataFrame API.
//!
//! The aggregates take `.filter(...)`, `.over(...)` and the rest of
//! [`ExprFunctionExt`](datafusion::logical_expr::ExprFunctionExt).
//!
//! ```
//! # use datafusion::{dataframe, error::Result};
//! # use datafusion::arrow::array::Float64Array;
//! # use datafusion::prelude::col;
//! use datafusion_functions_nps::expr_fn::nps;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<()> {
//! let responses = dataframe!("score" => [10, 9, 8, 3])?;
//! let batches = responses
//!     .aggregate(vec![], vec![nps(col("score")).alias("nps")])?
//!     .collect()
//!     .await?;
//! assert_eq!(batches[0]["nps"].as_ref(), &Float64Array::from(vec![25.0]));
//! # Ok(())
//! # }
//! ```

use datafusion::logical_expr::Expr;

use crate::udfs;

/// `nps(score)`: the Net Promoter Score, from −100 to 100.
pub fn nps(score: Expr) -> Expr {
    udfs::nps_udaf().call(vec![score])
}

/// `nps(score, weight)`: the Net Promoter Score of weighted responses.
pub fn nps_weighted(score: Expr, weight: Expr) -> Expr {
    udfs::nps_udaf().call(vec![score, weight])
}

/// `nps_stats(score)`: the Net Promoter Score with its counts, error and interval.
pub fn nps_stats(score: Expr) -> Expr {
    udfs::nps_stats_udaf().call(vec![score])
}

/// `nps_stats(score, weight)`: as [`nps_stats`], of weighted responses.
pub fn nps_stats_weighted(score: Expr, weight: Expr) -> Expr {
    udfs::nps_stats_udaf().call(vec![score, weight])
}

/// `promoters(score)`: the number of scores of 9 and 10.
pub fn promoters(score: Expr) -> Expr {
    udfs::promoters_udaf().call(vec![score])
}

/// `passives(score)`: the number of scores of 7 and 8.
pub fn passives(score: Expr) -> Expr {
    udfs::passives_udaf().call(vec![score])
}

/// `detractors(score)`: the number of scores of 0 to 6.
pub fn detractors(score: Expr) -> Expr {
    udfs::detractors_udaf().call(vec![score])
}

/// `nps_ci(score, confidence)`: the adjusted Wald interval at a confidence level, a literal.
pub fn nps_ci(score: Expr, confidence: Expr) -> Expr {
    udfs::nps_ci_udaf().call(vec![score, confidence])
}

/// `nps_ci(score, confidence, method)`: as [`nps_ci`], by the method of a name, a literal.
pub fn nps_ci_by_method(score: Expr, confidence: Expr, method: Expr) -> Expr {
    udfs::nps_ci_udaf().call(vec![score, confidence, method])
}

/// `nps_compare(score, is_second)`: the scores of two samples, the change, z and p-value.
pub fn nps_compare(score: Expr, is_second: Expr) -> Expr {
    udfs::nps_compare_udaf().call(vec![score, is_second])
}

/// `nps_compare_histograms(a, b)`: as [`nps_compare`], of two histograms.
pub fn nps_compare_histograms(a: Expr, b: Expr) -> Expr {
    udfs::nps_compare_histograms_udf().call(vec![a, b])
}

/// `nps_merge(histogram)`: the Net Promoter Score of added histograms.
pub fn nps_merge(histogram: Expr) -> Expr {
    udfs::nps_merge_udaf().call(vec![histogram])
}

/// `score_histogram(score)`: a list of how many gave each score from 0 to 10.
pub fn score_histogram(score: Expr) -> Expr {
    udfs::score_histogram_udaf().call(vec![score])
}

/// `score_histogram(score, weight)`: as [`score_histogram`], of weighted responses.
pub fn score_histogram_weighted(score: Expr, weight: Expr) -> Expr {
    udfs::score_histogram_udaf().call(vec![score, weight])
}

/// `nps_required_responses(margin)`: how many answers a margin of error in NPS points takes, at
/// 95 % confidence and with the largest variance there can be.
pub fn nps_required_responses(margin: Expr) -> Expr {
    udfs::nps_required_responses_udf().call(vec![margin])
}

/// `nps_required_responses(margin, confidence, variance)`: as [`nps_required_responses`], at
/// another confidence level and with a variance from 0 to 1.
pub fn nps_required_responses_with(margin: Expr, confidence: Expr, variance: Expr) -> Expr {
    udfs::nps_required_responses_udf().call(vec![margin, confidence, variance])
}

/// `csat(score)`: the percentage of 4 and 5 on a scale of 5.
pub fn csat(score: Expr) -> Expr {
    udfs::csat_udaf().call(vec![score])
}

/// `csat(score, scale_max)`: the percentage of the top two answers of a scale, its end a literal.
pub fn csat_of_scale(score: Expr, scale_max: Expr) -> Expr {
    udfs::csat_udaf().call(vec![score, scale_max])
}

/// `ces(score)`: the mean answer on a scale from 1 to 7.
pub fn ces(score: Expr) -> Expr {
    udfs::ces_udaf().call(vec![score])
}

/// `ces(score, scale_max)`: the mean answer on a scale from 1, its end a literal.
pub fn ces_of_scale(score: Expr, scale_max: Expr) -> Expr {
    udfs::ces_udaf().call(vec![score, scale_max])
}

/// `nps_category(score)`: `'promoter'`, `'passive'` or `'detractor'`.
pub fn nps_category(score: Expr) -> Expr {
    udfs::nps_category_udf().call(vec![score])
}

/// `latest_by(value, at)`: the value that came with the newest `at`.
pub fn latest_by(value: Expr, at: Expr) -> Expr {
    udfs::latest_by_udaf().call(vec![value, at])
}

/// `distinctive_terms(comment, score)`: the ten words that most set detractors' comments apart
/// from promoters', and the ten that most do the opposite.
pub fn distinctive_terms(comment: Expr, score: Expr) -> Expr {
    udfs::distinctive_terms_udaf().call(vec![comment, score])
}

/// `distinctive_terms(comment, score, k, min_respondents)`: as [`distinctive_terms`], of so many
/// words, each in at least so many comments; both are literals.
pub fn distinctive_terms_with(comment: Expr, score: Expr, k: Expr, min_respondents: Expr) -> Expr {
    udfs::distinctive_terms_udaf().call(vec![comment, score, k, min_respondents])
}

/// `sentiment(text)`: how positive or negative English text is, from −1 to 1.
pub fn sentiment(text: Expr) -> Expr {
    udfs::sentiment_udf().call(vec![text])
}

/// `bar(x, min, max, width)`: a bar of block characters.
pub fn bar(x: Expr, min: Expr, max: Expr, width: Expr) -> Expr {
    udfs::bar_udf().call(vec![x, min, max, width])
}

/// `mask_email(text)`: the text with its email addresses masked.
pub fn mask_email(text: Expr) -> Expr {
    udfs::mask_email_udf().call(vec![text])
}

/// `redact(text)`: the text with personal data replaced by what it was.
pub fn redact(text: Expr) -> Expr {
    udfs::redact_udf().call(vec![text])
}

/// `redact(text, country)`: as [`redact`], of a respondent of a country.
pub fn redact_in(text: Expr, country: Expr) -> Expr {
    udfs::redact_udf().call(vec![text, country])
}
