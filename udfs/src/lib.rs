//! Net Promoter Score functions for [Apache DataFusion](https://datafusion.apache.org).
//!
//! A Net Promoter Score asks how likely someone is to recommend, from 0 to 10. Those who answer 9
//! or 10 are promoters, 7 or 8 passives, 0 to 6 detractors; the score is the percentage of
//! promoters minus that of detractors. These functions compute it as SQL aggregates, with its
//! uncertainty, and refuse invalid scores.
//!
//! ```
//! use datafusion::arrow::array::Float64Array;
//! use datafusion::prelude::SessionContext;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> datafusion::error::Result<()> {
//! let mut ctx = SessionContext::new();
//! datafusion_functions_nps::register_all(&mut ctx)?;
//!
//! let batches = ctx
//!     .sql(
//!         "SELECT nps(score) AS nps, nps_stats(score)['margin_of_error'] AS margin
//!          FROM (VALUES (10), (9), (8), (3), (NULL)) AS responses(score)",
//!     )
//!     .await?
//!     .collect()
//!     .await?;
//! assert_eq!(batches[0]["nps"].as_ref(), &Float64Array::from(vec![25.0]));
//! # Ok(())
//! # }
//! ```
//!
//! | function | returns |
//! |---|---|
//! | `nps(score [, weight])` | the score, from −100 to 100 |
//! | `nps_stats(score [, weight])` | counts, score, standard error, margin of error and 95 % interval |
//! | `nps_ci(score, confidence [, method [, weight]])` | an interval at another level, or by another method |
//! | `nps_compare(score, is_second)` | two scores, the change, and its significance |
//! | `promoters`, `passives`, `detractors` | the number of responses in a category |
//! | `score_histogram(score [, weight])` | the number of responses for each score: a list that can be stored |
//! | `nps_merge(histogram)` | the score of added histograms |
//! | `nps_compare_histograms(a, b [, method])` | `nps_compare` of two histograms |
//! | `nps_samples(score, is_second)` | promoters, passives and detractors of two samples |
//! | `explained_variance(groups, responses, between, total)` | the share of a spread that is between groups |
//! | `score_anomalies(histogram, others)` | p-values of signs that scores were not given freely |
//! | `nps_required_responses(margin [, confidence [, variance]])` | the number of responses for a margin of error |
//! | `nps_category(score)` | `'promoter'`, `'passive'` or `'detractor'` |
//! | `csat(score [, scale_max])` | the percentage of answers in the top two points of a scale of 5 |
//! | `ces(score [, scale_max])` | the mean score on a scale of 7 |
//! | `latest_by(value, at)` | the value with the latest time |
//! | `distinctive_terms(comment, score [, k])` | the words that distinguish detractors' comments |
//! | `sentiment(text)` | the sentiment of English text, from −1 to 1 |
//! | `bar(x, min, max, width)` | a bar of block characters |
//! | `mask_email(text)` | the text with its email addresses masked |
//! | `redact(text [, country])` | the text with personal data replaced by its type |
//! | `anonymize(value [, purpose])` | a keyed pseudonym, with [`anonymize_udf`] |
//!
//! The aggregates work with GROUP BY, FILTER and sliding windows. Without SQL, the
//! statistics are available as [`NpsCounts`] and [`NpsComparison`], and redaction as [`Redactor`], which
//! also uses known data about the respondent.

mod accumulator;
mod anonymize;
mod arguments;
mod bar;
mod category_counts;
mod ces;
mod comparison;
mod confidence;
mod counts;
mod csat;
mod distinct;
mod distinctive_terms;
mod explained_variance;
pub mod expr_fn;
mod float_struct;
mod groups_accumulator;
mod histograms;
mod language;
mod latest;
mod latest_by;
mod mask_email;
mod moment;
mod noncentral_f;
mod nps;
mod nps_category;
mod nps_ci;
mod nps_compare;
mod nps_compare_histograms;
mod nps_merge;
mod nps_required_responses;
mod nps_samples;
mod nps_stats;
mod pseudonym;
mod ratings;
mod redact;
mod redact_udf;
mod scalar;
mod score;
mod score_anomalies;
mod score_histogram;
mod score_interval;
mod sentiment;
mod sum;
mod tally;
mod tally_udaf;
mod terms;
mod text;
mod weighted_scores;

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::execution::FunctionRegistry;
use datafusion::logical_expr::{AggregateUDF, Documentation, ScalarUDF};

pub use crate::anonymize::{Anonymize, KeySource, anonymize_udf};
pub use crate::comparison::NpsComparison;
pub use crate::confidence::Confidence;
pub use crate::counts::{Interval, IntervalMethod, NpsCounts};
pub use crate::pseudonym::{DEFAULT_PURPOSE, Pseudonymizer, PurposeKey};
pub use crate::redact::{Finding, PersonalData, Redacted, RedactionCounts, Redactor, RowContext};

/// Returns the documentation made by `#[user_doc]`.
type Doc<F> = fn(&F) -> Option<&Documentation>;

/// The individual functions.
pub mod udfs {
    pub use crate::anonymize::anonymize_udf;
    pub use crate::bar::bar_udf;
    pub use crate::category_counts::{detractors_udaf, passives_udaf, promoters_udaf};
    pub use crate::ces::ces_udaf;
    pub use crate::csat::csat_udaf;
    pub use crate::distinctive_terms::distinctive_terms_udaf;
    pub use crate::explained_variance::explained_variance_udf;
    pub use crate::latest_by::latest_by_udaf;
    pub use crate::mask_email::mask_email_udf;
    pub use crate::nps::nps_udaf;
    pub use crate::nps_category::nps_category_udf;
    pub use crate::nps_ci::nps_ci_udaf;
    pub use crate::nps_compare::nps_compare_udaf;
    pub use crate::nps_compare_histograms::nps_compare_histograms_udf;
    pub use crate::nps_merge::nps_merge_udaf;
    pub use crate::nps_required_responses::nps_required_responses_udf;
    pub use crate::nps_samples::nps_samples_udaf;
    pub use crate::nps_stats::nps_stats_udaf;
    pub use crate::redact_udf::redact_udf;
    pub use crate::score_anomalies::score_anomalies_udf;
    pub use crate::score_histogram::score_histogram_udaf;
    pub use crate::sentiment::sentiment_udf;
}

/// Returns all aggregate functions, which are window functions too.
pub fn all_aggregates() -> Vec<Arc<AggregateUDF>> {
    vec![
        udfs::nps_udaf(),
        udfs::nps_stats_udaf(),
        udfs::promoters_udaf(),
        udfs::passives_udaf(),
        udfs::detractors_udaf(),
        udfs::nps_ci_udaf(),
        udfs::nps_compare_udaf(),
        udfs::nps_samples_udaf(),
        udfs::score_histogram_udaf(),
        udfs::nps_merge_udaf(),
        udfs::csat_udaf(),
        udfs::ces_udaf(),
        udfs::latest_by_udaf(),
        udfs::distinctive_terms_udaf(),
    ]
}

/// Returns all scalar functions; `anonymize` has no key.
pub fn all_scalars() -> Vec<Arc<ScalarUDF>> {
    vec![
        udfs::nps_category_udf(),
        udfs::nps_compare_histograms_udf(),
        udfs::nps_required_responses_udf(),
        udfs::explained_variance_udf(),
        udfs::score_anomalies_udf(),
        udfs::sentiment_udf(),
        udfs::bar_udf(),
        udfs::mask_email_udf(),
        udfs::redact_udf(),
        Arc::new(ScalarUDF::new_from_impl(Anonymize::without_key())),
    ]
}

/// Registers all functions, replacing any of the same name.
///
/// `anonymize` has no key and returns an error when evaluated; to give it one, register
/// [`anonymize_udf`] afterwards.
pub fn register_all(registry: &mut dyn FunctionRegistry) -> Result<()> {
    for aggregate in all_aggregates() {
        registry.register_udaf(aggregate)?;
    }
    for scalar in all_scalars() {
        registry.register_udf(scalar)?;
    }
    Ok(())
}
