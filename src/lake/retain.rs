//! Retention: removes data that is older than the lake's settings allow.

use std::fmt;

use datafusion::logical_expr::not_in_subquery;
use datafusion::prelude::{Expr, SessionContext, ident, lit};
use datafusion::scalar::ScalarValue;

use super::audit;
use super::handle::Lake;
use super::identities::RESPONDENT;
use super::memory::default_bytes;
use super::rewrite::{Change, Rewrite, Table, count_and_remove_earlier};
use super::settings::PastDays;
use crate::error::{Error, Result};
use crate::privacy::audit::Action;

/// Numbers of what retention removed, or would remove.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetainSummary {
    /// `true` if nothing was removed.
    pub dry_run: bool,
    /// Responses that are too old.
    pub responses: usize,
    /// Comments that are too old, of responses that stay.
    pub comments: usize,
    /// Rows of identities of respondents whose newest response is too old or gone.
    pub identities: usize,
}

impl fmt::Display for RetainSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "removed: responses {} · comments {} · identities {}",
            self.responses, self.comments, self.identities
        )?;
        if self.dry_run {
            write!(f, " · dry run, nothing removed")?;
        }
        Ok(())
    }
}

impl Lake {
    /// Removes data that is older than `[retention]` in lake.toml allows, including from old
    /// versions: responses, comments, and identities of people without a recent response. Responses
    /// without a date stay.
    ///
    /// # Errors
    /// Returns an error if the lake or its retention settings do not exist, imports keep committing
    /// first, or the storage fails. Data removed until then stays removed.
    pub async fn retain(&self, dry_run: bool) -> Result<RetainSummary> {
        let settings = self.existing_settings().await?;
        let Some(retention) = settings.retention else {
            return Err(
                Error::invalid("lake.toml has no section [retention]").with_hint(
                    "set how many days to keep data: [retention] comments_days = 365; also \
                     responses_days and identities_days",
                ),
            );
        };
        if !dry_run {
            self.audit(&audit::begun(Action::Retain)).await?;
        }
        let context = self.writing_context(default_bytes())?;
        let mut summary = RetainSummary {
            dry_run,
            ..RetainSummary::default()
        };
        if let Some(days) = retention.responses_days {
            let rewrite = Rewrite {
                table: Table::Responses,
                rows: older_than(days),
                change: Change::Delete,
            };
            summary.responses = rewrite.run_unless(dry_run, self, &context).await?;
        }
        if let Some(days) = retention.comments_days {
            let mut rows = ident("comment").is_not_null().and(older_than(days));
            if let Some(days) = retention.responses_days.filter(|_| dry_run) {
                // These would have been removed with their responses.
                rows = rows.and(older_than(days).is_not_true());
            }
            let rewrite = Rewrite {
                table: Table::Responses,
                rows,
                change: Change::Clear(&["comment"]),
            };
            summary.comments = rewrite.run_unless(dry_run, self, &context).await?;
        }
        if let Some(days) = retention.identities_days {
            let rewrite = Rewrite {
                table: Table::Identities,
                rows: self.silent_for(&context, days).await?,
                change: Change::Delete,
            };
            summary.identities = rewrite.run_unless(dry_run, self, &context).await?;
        }
        if dry_run {
            return Ok(summary);
        }
        count_and_remove_earlier(self, &context).await?;
        let done = audit::done(Action::Retain)
            .with("responses", summary.responses as u64)
            .with("comments", summary.comments as u64)
            .with("identities", summary.identities as u64);
        self.audit(&done).await?;
        Ok(summary)
    }

    /// Selects the respondents without a response in the last days.
    async fn silent_for(&self, context: &SessionContext, days: PastDays) -> Result<Expr> {
        let Some(responses) = self.responses().await? else {
            return Ok(lit(true));
        };
        let recent = context
            .read_table(responses.table_provider().await?)?
            .filter(older_than(days).is_not_true())?
            .filter(ident(RESPONDENT).is_not_null())?
            .select(vec![ident(RESPONDENT)])?;
        let recent = recent.into_unoptimized_plan();
        Ok(not_in_subquery(ident(RESPONDENT), recent.into()))
    }
}

/// Selects responses from before the last days.
fn older_than(days: PastDays) -> Expr {
    let start = Some(days.start().timestamp_micros());
    ident("responded_at").lt(lit(ScalarValue::TimestampMicrosecond(
        start,
        Some("UTC".into()),
    )))
}
