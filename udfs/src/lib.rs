//! Net Promoter Score functions for [Apache DataFusion](https://datafusion.apache.org).
//!
//! A Net Promoter Score asks how likely someone is to recommend, from 0 to 10. Those who answer 9
//! or 10 are promoters, 7 or 8 passives, 0 to 6 detractors; the score is the percentage of
//! promoters less that of detractors. These functions compute it as SQL aggregates, with the
//! uncertainty that belongs to it, and refuse scores that are none.
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
//! | function | gives |
//! |---|---|
//! | `nps(score [, weight])` | the score, from −100 to 100 |
//! | `nps_stats(score [, weight])` | counts, score, standard error, margin of error and 95 % interval |
//! | `promoters`, `passives`, `detractors` | how many there are |
//! | `nps_category(score)` | `'promoter'`, `'passive'` or `'detractor'` |
//! | `latest_by(value, at)` | the value with the newest time |
//! | `distinctive_terms(comment, score [, k])` | the words that set detractors' comments apart |
//! | `sentiment(text)` | how positive or negative English text is, from −1 to 1 |
//! | `bar(x, min, max, width)` | a bar of block characters |
//! | `mask_email(text)` | the text with its email addresses masked |
//! | `anonymize(value [, purpose])` | a keyed pseudonym, with [`anonymize_udf`] |
//!
//! The aggregates work with GROUP BY, FILTER and sliding windows. The statistics are also there
//! without SQL, as [`NpsCounts`].

mod accumulator;
mod anonymize;
mod bar;
mod category_counts;
mod confidence;
mod counts;
mod distinct;
mod distinctive_terms;
pub mod expr_fn;
mod groups_accumulator;
mod language;
mod latest;
mod latest_by;
mod mask_email;
mod moment;
mod nps;
mod nps_category;
mod nps_stats;
mod pseudonym;
mod score;
mod sentiment;
mod sum;
mod tally;
mod tally_udaf;
mod terms;
mod text;

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::execution::FunctionRegistry;
use datafusion::logical_expr::{AggregateUDF, ScalarUDF};

pub use crate::anonymize::{Anonymize, KeySource, anonymize_udf};
pub use crate::confidence::Confidence;
pub use crate::counts::{Interval, NpsCounts};
pub use crate::pseudonym::{DEFAULT_PURPOSE, Pseudonymizer, PurposeKey};

/// The functions one by one.
pub mod udfs {
    pub use crate::anonymize::anonymize_udf;
    pub use crate::bar::bar_udf;
    pub use crate::category_counts::{detractors_udaf, passives_udaf, promoters_udaf};
    pub use crate::distinctive_terms::distinctive_terms_udaf;
    pub use crate::latest_by::latest_by_udaf;
    pub use crate::mask_email::mask_email_udf;
    pub use crate::nps::nps_udaf;
    pub use crate::nps_category::nps_category_udf;
    pub use crate::nps_stats::nps_stats_udaf;
    pub use crate::sentiment::sentiment_udf;
}

/// All aggregate functions, each of which is a window function too.
pub fn all_aggregates() -> Vec<Arc<AggregateUDF>> {
    vec![
        udfs::nps_udaf(),
        udfs::nps_stats_udaf(),
        udfs::promoters_udaf(),
        udfs::passives_udaf(),
        udfs::detractors_udaf(),
        udfs::latest_by_udaf(),
        udfs::distinctive_terms_udaf(),
    ]
}

/// All scalar functions; `anonymize` has no key.
pub fn all_scalars() -> Vec<Arc<ScalarUDF>> {
    vec![
        udfs::nps_category_udf(),
        udfs::sentiment_udf(),
        udfs::bar_udf(),
        udfs::mask_email_udf(),
        Arc::new(ScalarUDF::new_from_impl(Anonymize::without_key())),
    ]
}

/// Registers all functions, in place of any of the same name.
///
/// `anonymize` has no key then and says so when it is evaluated; register [`anonymize_udf`] after
/// this to give it one.
pub fn register_all(registry: &mut dyn FunctionRegistry) -> Result<()> {
    for aggregate in all_aggregates() {
        registry.register_udaf(aggregate)?;
    }
    for scalar in all_scalars() {
        registry.register_udf(scalar)?;
    }
    Ok(())
}
