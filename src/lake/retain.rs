//! Retention: what is older than the lake's settings allow goes.

use std::fmt;

use datafusion::logical_expr::not_in_subquery;
use datafusion::prelude::{DataFrame, Expr, SessionContext, ident, lit};
use datafusion::scalar::ScalarValue;

use super::forget::{emptied, without};
use super::identities::RESPONDENT;
use super::memory::default_bytes;
use super::rewrite::{Rewrite, count_and_remove_earlier};
use super::settings::PastDays;
use super::{Lake, audit};
use crate::error::{Error, Result};
use crate::privacy::audit::Action;

/// What retention removed, or would.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetainSummary {
    /// Nothing was removed.
    pub dry_run: bool,
    /// Responses that are too old.
    pub responses: usize,
    /// Comments that are too old, of responses that stay.
    pub comments: usize,
    /// Rows of identities of respondents whose newest response is too old, or gone.
    pub identities: usize,
}

impl fmt::Display for RetainSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            dry_run,
            responses,
            comments,
            identities,
        } = self;
        write!(
            f,
            "removed: responses {responses} · comments {comments} · identities {identities}"
        )?;
        match dry_run {
            true => write!(f, " · dry run, nothing removed"),
            false => Ok(()),
        }
    }
}

impl Lake {
    /// Removes what is older than `[retention]` in lake.toml allows, old versions included: whole
    /// responses, comments, and identities of people who have not answered for so long. Responses
    /// without a date stay.
    ///
    /// # Errors
    /// Without the lake, or a retention in its settings; where an import is always faster, and where
    /// the storage fails. What was removed until then stays removed.
    pub async fn retain(&self, dry_run: bool) -> Result<RetainSummary> {
        let settings = self.settings().await?.ok_or_else(|| self.missing())?;
        let Some(retention) = settings.retention else {
            return Err(
                Error::invalid("lake.toml has no section [retention]").with_hint(
                    "say how many days to keep what: [retention] comments_days = 365; also \
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
            let old = older_than(days);
            let delete = |rows: DataFrame| without(rows, &old);
            let rewrite = Rewrite {
                rows: old.clone(),
                change: &delete,
                sorted_by: "responded_at",
            };
            summary.responses = rewrite
                .run_unless(dry_run, self, &context, || self.responses())
                .await?;
        }
        if let Some(days) = retention.comments_days {
            let mut old = ident("comment").is_not_null().and(older_than(days));
            if let Some(days) = retention.responses_days.filter(|_| dry_run) {
                // These would have gone with their responses.
                old = old.and(older_than(days).is_not_true());
            }
            let remove = |rows: DataFrame| emptied(rows, &old, &["comment"]);
            let rewrite = Rewrite {
                rows: old.clone(),
                change: &remove,
                sorted_by: "responded_at",
            };
            summary.comments = rewrite
                .run_unless(dry_run, self, &context, || self.responses())
                .await?;
        }
        if let Some(days) = retention.identities_days {
            let old = self.silent_for(&context, days).await?;
            let delete = |rows: DataFrame| without(rows, &old);
            let rewrite = Rewrite {
                rows: old.clone(),
                change: &delete,
                sorted_by: RESPONDENT,
            };
            summary.identities = rewrite
                .run_unless(dry_run, self, &context, || self.identities())
                .await?;
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

    /// The respondents of whom there is no response of the last days.
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

/// Responses of so many days ago or more.
fn older_than(days: PastDays) -> Expr {
    let moment = Some(days.begin().timestamp_micros());
    ident("responded_at").lt(lit(ScalarValue::TimestampMicrosecond(
        moment,
        Some("UTC".into()),
    )))
}
