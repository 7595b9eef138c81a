//! Forgetting: everything that a lake holds of some respondents goes, old versions included.

use std::collections::HashSet;
use std::fmt;

use datafusion::logical_expr::{ExprSchemable, when};
use datafusion::prelude::{DataFrame, Expr, ident, lit};
use datafusion::scalar::ScalarValue;

use super::identities::RESPONDENT;
use super::memory::default_bytes;
use super::rewrite::{Rewrite, count_and_remove_earlier};
use super::subject::is_pseudonym;
use super::{Lake, audit, search};
use crate::error::{Error, Result};
use crate::privacy::audit::Action;

/// What of a response says whose it is, beside what they answered.
const THEIRS: [&str; 3] = ["respondent", "account", "comment"];

/// Who is to be forgotten, and how.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ForgetOptions {
    /// What they are known by in exports: email addresses, customer or telephone numbers; or their
    /// pseudonyms.
    pub people: Vec<String>,
    /// Their pseudonyms.
    pub tokens: Vec<String>,
    /// Keeps their scores and dates, cut loose from them and without comments.
    pub keep_score: bool,
}

/// What forgetting did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ForgetSummary {
    /// How many people were to be forgotten.
    pub respondents: usize,
    /// Responses that were deleted, or cut loose.
    pub responses: usize,
    /// Rows of identities that were deleted.
    pub identities: usize,
    /// Files of the lake that were decoded and searched for them afterwards, and held none.
    pub searched: usize,
}

impl fmt::Display for ForgetSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "forgotten {} · responses {} · identities {} · found in {} files afterwards: 0",
            self.respondents, self.responses, self.identities, self.searched
        )
    }
}

impl Lake {
    /// Forgets people: their identities and responses are deleted, counts made anew, and files that
    /// held them removed at once; then every file of the lake is decoded and searched for them.
    ///
    /// What did not end is done by doing it once more.
    ///
    /// # Errors
    /// Without the lake, or its key where people are not named by their pseudonyms; where an import
    /// is always faster; and where the search finds one of them: the error says in which files.
    pub async fn forget(&self, options: &ForgetOptions) -> Result<ForgetSummary> {
        if !self.exists().await? {
            return Err(self.missing());
        }
        let mut tokens: HashSet<String> = options.tokens.iter().cloned().collect();
        if let Some(token) = tokens.iter().find(|token| !is_pseudonym(token)) {
            return Err(Error::invalid(format!("\"{token}\" is no pseudonym"))
                .with_hint("pseudonyms begin with v1:, as the column respondent has them"));
        }
        tokens.extend(self.tokens_of(&options.people).await?);
        if tokens.is_empty() {
            return Err(Error::invalid("nobody is named who is to be forgotten"));
        }
        let begun = audit::begun(Action::Forget)
            .with("respondents", tokens.len() as u64)
            .with("keep_score", options.keep_score);
        self.audit(&begun).await?;
        let context = self.writing_context(default_bytes())?;
        let named = tokens.iter().map(lit).collect();
        let is_theirs = ident(RESPONDENT).in_list(named, false);
        let delete = |rows: DataFrame| without(rows, &is_theirs);
        let cut_loose = |rows: DataFrame| emptied(rows, &is_theirs, &THEIRS);
        let responses = Rewrite {
            rows: is_theirs.clone(),
            change: if options.keep_score {
                &cut_loose
            } else {
                &delete
            },
            sorted_by: "responded_at",
        };
        let identities = Rewrite {
            rows: is_theirs.clone(),
            change: &delete,
            sorted_by: RESPONDENT,
        };
        let mut summary = ForgetSummary {
            respondents: tokens.len(),
            ..ForgetSummary::default()
        };
        // Identities first: whatever ends early, nobody can be reached any more.
        summary.identities = identities.run(self, &context, || self.identities()).await?;
        summary.responses = responses.run(self, &context, || self.responses()).await?;
        count_and_remove_earlier(self, &context).await?;
        let mut wanted: Vec<String> = tokens.into_iter().collect();
        // Other keys are short, and may be part of what has nothing to do with them.
        let addresses = options.people.iter().filter(|person| person.contains('@'));
        wanted.extend(addresses.map(|address| address.trim().to_owned()));
        summary.searched = search::check_holds_none(self, &wanted).await?;
        let done = audit::done(Action::Forget)
            .with("respondents", summary.respondents as u64)
            .with("responses", summary.responses as u64)
            .with("identities", summary.identities as u64)
            .with("files_searched", summary.searched as u64);
        self.audit(&done).await?;
        Ok(summary)
    }
}

/// The rows but for these.
pub(super) fn without(rows: DataFrame, these: &Expr) -> Result<DataFrame> {
    Ok(rows.filter(these.clone().is_not_true())?)
}

/// The rows, these without the values of some columns.
pub(super) fn emptied(rows: DataFrame, these: &Expr, columns: &[&str]) -> Result<DataFrame> {
    let schema = rows.schema().clone();
    let all = schema.columns().into_iter().map(|column| {
        let value = Expr::Column(column.clone());
        if !columns.contains(&column.name()) {
            return Ok(value);
        }
        let nothing = ScalarValue::try_from(&value.get_type(&schema)?)?;
        let kept = when(these.clone().is_not_true(), value).otherwise(lit(nothing))?;
        Ok(kept.alias(column.name()))
    });
    let all = all.collect::<Result<Vec<_>>>()?;
    Ok(rows.select(all)?)
}
