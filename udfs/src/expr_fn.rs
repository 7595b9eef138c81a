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

/// Defines functions that call one of [`udfs`] with expressions.
macro_rules! expr_fn {
    ($($(#[$doc:meta])+ $name:ident($($argument:ident),+) => $udf:ident;)+) => {
        $($(#[$doc])+
        pub fn $name($($argument: Expr),+) -> Expr {
            udfs::$udf().call(vec![$($argument),+])
        })+
    };
}

expr_fn! {
    /// `nps(score)`: the Net Promoter Score, from −100 to 100.
    nps(score) => nps_udaf;

    /// `nps(score, weight)`: the Net Promoter Score of weighted responses.
    nps_weighted(score, weight) => nps_udaf;

    /// `nps_stats(score)`: the Net Promoter Score with counts, standard error and interval.
    nps_stats(score) => nps_stats_udaf;

    /// `nps_stats(score, weight)`: [`nps_stats`] of weighted responses.
    nps_stats_weighted(score, weight) => nps_stats_udaf;

    /// `promoters(score)`: the number of scores of 9 and 10.
    promoters(score) => promoters_udaf;

    /// `passives(score)`: the number of scores of 7 and 8.
    passives(score) => passives_udaf;

    /// `detractors(score)`: the number of scores of 0 to 6.
    detractors(score) => detractors_udaf;

    /// `nps_ci(score, confidence)`: the adjusted Wald interval at a confidence level
    /// (a literal).
    nps_ci(score, confidence) => nps_ci_udaf;

    /// `nps_ci(score, confidence, method)`: [`nps_ci`] by a named method (a
    /// literal).
    nps_ci_by_method(score, confidence, method) => nps_ci_udaf;

    /// `nps_compare(score, is_second)`: the scores of two samples, the change, z and p-value.
    nps_compare(score, is_second) => nps_compare_udaf;

    /// `nps_compare_histograms(a, b)`: [`nps_compare`] of two histograms.
    nps_compare_histograms(a, b) => nps_compare_histograms_udf;

    /// `nps_compare_histograms(a, b, method)`: [`nps_compare`] of two histograms by a named method.
    nps_compare_histograms_by_method(a, b, method) => nps_compare_histograms_udf;

    /// `nps_samples(score, is_second)`: promoters, passives and detractors of two samples.
    nps_samples(score, is_second) => nps_samples_udaf;

    /// `explained_variance(groups, responses, between, total)`: the share of a spread that is between groups.
    explained_variance(groups, responses, between, total) => explained_variance_udf;

    /// `score_anomalies(histogram, others)`: p-values of signs that scores were not given freely.
    score_anomalies(histogram, others) => score_anomalies_udf;

    /// `nps_merge(histogram)`: the Net Promoter Score of added histograms.
    nps_merge(histogram) => nps_merge_udaf;

    /// `score_histogram(score)`: a list of 11 counts, one for each score from 0 to 10.
    score_histogram(score) => score_histogram_udaf;

    /// `score_histogram(score, weight)`: [`score_histogram`] of weighted responses.
    score_histogram_weighted(score, weight) => score_histogram_udaf;

    /// `nps_required_responses(margin)`: the number of responses for a margin of error in NPS
    /// points, at 95 % confidence and with the largest variance possible.
    nps_required_responses(margin) => nps_required_responses_udf;

    /// `nps_required_responses(margin, confidence, variance)`: [`nps_required_responses`] at
    /// another confidence level and with a variance from 0 to 1.
    nps_required_responses_with(margin, confidence, variance) => nps_required_responses_udf;

    /// `csat(score)`: the percentage of 4 and 5 on a scale of 5.
    csat(score) => csat_udaf;

    /// `csat(score, scale_max)`: the percentage of answers in the top two points of a scale, whose
    /// maximum is a literal.
    csat_of_scale(score, scale_max) => csat_udaf;

    /// `ces(score)`: the mean score on a scale from 1 to 7.
    ces(score) => ces_udaf;

    /// `ces(score, scale_max)`: the mean score on a scale from 1 to a maximum, a literal.
    ces_of_scale(score, scale_max) => ces_udaf;

    /// `nps_category(score)`: `'promoter'`, `'passive'` or `'detractor'`.
    nps_category(score) => nps_category_udf;

    /// `latest_by(value, at)`: the value with the latest `at`.
    latest_by(value, at) => latest_by_udaf;

    /// `distinctive_terms(comment, score)`: the ten most distinctive words of detractors' comments, and
    /// the ten of promoters'.
    distinctive_terms(comment, score) => distinctive_terms_udaf;

    /// `distinctive_terms(comment, score, k, min_respondents)`: [`distinctive_terms`] with a
    /// number of words and a minimum number of comments, both literals.
    distinctive_terms_with(comment, score, k, min_respondents) => distinctive_terms_udaf;

    /// `sentiment(text)`: the sentiment of English text, from −1 to 1.
    sentiment(text) => sentiment_udf;

    /// `bar(x, min, max, width)`: a bar of block characters.
    bar(x, min, max, width) => bar_udf;

    /// `mask_email(text)`: the text with its email addresses masked.
    mask_email(text) => mask_email_udf;

    /// `redact(text)`: the text with personal data replaced by its type.
    redact(text) => redact_udf;

    /// `redact(text, country)`: [`redact`] for a respondent's country.
    redact_in(text, country) => redact_udf;
}
