//! Retention: removes data that is older than the lake's settings allow, or without the consent that
//! they require.

use std::fmt;

use datafusion::arrow::datatypes::DataType;
use datafusion::logical_expr::{cast, not_in_subquery};
use datafusion::prelude::{Expr, SessionContext, ident, lit};
use datafusion::scalar::ScalarValue;

use super::audit;
use super::handle::Lake;
use super::identities::RESPONDENT;
use super::noted::check_logs;
use super::rewrite::{Change, Rewrite, count_and_remove_earlier};
use super::scan;
use super::settings::{PastDays, RetentionSettings};
use super::tables::Table;
use super::withdrawn;
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
    /// Responses whose respondents have not granted the consent that lake.toml requires: they stay as
    /// scores.
    pub without_consent: usize,
    /// Rows of identities of respondents whose newest response is too old or gone, or who have not
    /// granted consent.
    pub identities: usize,
    /// Entries of the list of forgotten people that are too old.
    pub suppressions: usize,
    /// Files of earlier versions that were removed, and files that killed commands left.
    pub earlier_files: usize,
    /// People whose withdrawn consent an interrupted import had left to be applied.
    pub completed: usize,
}

impl fmt::Display for RetainSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "removed: responses {} · comments {} · identities {}",
            self.responses, self.comments, self.identities
        )?;
        if self.without_consent > 0 {
            write!(f, " · respondents without consent {}", self.without_consent)?;
        }
        if self.suppressions > 0 {
            write!(f, " · entries of forgotten people {}", self.suppressions)?;
        }
        if self.earlier_files > 0 {
            write!(f, " · files of earlier versions {}", self.earlier_files)?;
        }
        if self.dry_run {
            write!(f, " · dry run, nothing removed")?;
        }
        if let Some(note) = withdrawn::completed_note(self.completed) {
            write!(f, "\nnote: {note}")?;
        }
        Ok(())
    }
}

impl Lake {
    /// Removes data that is older than `[retention]` in lake.toml allows, including from old
    /// versions: responses, comments, identities of people without a recent response, and entries of
    /// forgotten people. Responses without a date stay. With `[consent]`, also removes respondents who
    /// have not granted it, and keeps their scores.
    ///
    /// # Errors
    /// Returns an error if the lake does not exist or has neither setting, imports keep committing
    /// first, or the storage fails. Data removed until then stays removed.
    pub async fn retain(&self, dry_run: bool) -> Result<RetainSummary> {
        let settings = self.existing_settings().await?;
        if settings.retention.is_none() && settings.consent.is_none() {
            return Err(
                Error::invalid("lake.toml has no section [retention] or [consent]").with_hint(
                    "set how many days to keep data: [retention] comments_days = 365; also \
                     responses_days, identities_days and suppressions_days; or \
                     [consent] require = \"granted\"",
                ),
            );
        }
        check_logs(self).await?;
        let retention = settings.retention.unwrap_or_default();
        let mut completed = 0;
        if !dry_run {
            self.audit(&audit::begun(Action::Retain)).await?;
            completed = withdrawn::cut_loose_what_is_left(self).await?;
        }
        let context = self.writing_context(self.writing_bytes())?;
        let mut summary = RetainSummary {
            dry_run,
            completed,
            ..RetainSummary::default()
        };
        self.retain_responses(&context, retention, &mut summary)
            .await?;
        if settings.consent.is_some() {
            self.retain_consented(&context, &mut summary).await?;
        }
        if let Some(days) = retention.identities_days {
            let rewrite = Rewrite {
                table: Table::Identities,
                rows: self.silent_for(&context, days).await?,
                change: Change::Delete,
            };
            summary.identities += rewrite.run_unless(dry_run, self, &context).await?;
        }
        summary.suppressions = self.expire_suppressions(dry_run, &context).await?;
        if dry_run {
            return Ok(summary);
        }
        summary.earlier_files = count_and_remove_earlier(self, &context).await?;
        let done = audit::done(self, Action::Retain)
            .await?
            .with("responses", summary.responses as u64)
            .with("comments", summary.comments as u64)
            .with("without_consent", summary.without_consent as u64)
            .with("identities", summary.identities as u64)
            .with("suppressions", summary.suppressions as u64);
        self.audit(&done).await?;
        Ok(summary)
    }

    /// Removes responses and comments that are too old.
    async fn retain_responses(
        &self,
        context: &SessionContext,
        retention: RetentionSettings,
        summary: &mut RetainSummary,
    ) -> Result<()> {
        let dry_run = summary.dry_run;
        if let Some(days) = retention.responses_days {
            let rewrite = Rewrite {
                table: Table::Responses,
                rows: older_than(days),
                change: Change::Delete,
            };
            summary.responses = rewrite.run_unless(dry_run, self, context).await?;
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
            summary.comments = rewrite.run_unless(dry_run, self, context).await?;
        }
        Ok(())
    }

    /// Removes respondents who have not granted consent, and their identities unless they granted it
    /// with another response.
    async fn retain_consented(
        &self,
        context: &SessionContext,
        summary: &mut RetainSummary,
    ) -> Result<()> {
        let is_granted = || cast(ident("consent"), DataType::Utf8).eq(lit("granted"));
        let is_identified = ident(RESPONDENT)
            .is_not_null()
            .or(ident("comment").is_not_null());
        let responses = Rewrite {
            table: Table::Responses,
            rows: is_granted().is_not_true().and(is_identified),
            // What an import leaves out too.
            change: Change::Clear(&[RESPONDENT, "comment"]),
        };
        let dry_run = summary.dry_run;
        summary.without_consent = responses.run_unless(dry_run, self, context).await?;
        let Some(table) = self.responses().await? else {
            return Ok(());
        };
        let granted = context
            .read_table(scan::provider(&table).await?)?
            .filter(is_granted().and(ident(RESPONDENT).is_not_null()))?
            .select(vec![ident(RESPONDENT)])?;
        let granted = granted.into_unoptimized_plan();
        let identities = Rewrite {
            table: Table::Identities,
            rows: not_in_subquery(ident(RESPONDENT), granted.into()),
            change: Change::Delete,
        };
        summary.identities = identities.run_unless(dry_run, self, context).await?;
        Ok(())
    }

    /// Selects the respondents without a response in the last days.
    async fn silent_for(&self, context: &SessionContext, days: PastDays) -> Result<Expr> {
        let Some(responses) = self.responses().await? else {
            return Ok(lit(true));
        };
        let recent = context
            .read_table(scan::provider(&responses).await?)?
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
