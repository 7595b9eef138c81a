//! Forgetting: removes all data of some respondents, including from old versions.

use std::collections::HashSet;
use std::fmt;

use datafusion::prelude::{ident, lit};

use super::handle::Lake;
use super::identities::RESPONDENT;
use super::memory::default_bytes;
use super::rewrite::{Change, Rewrite, Table, count_and_remove_earlier};
use super::subject::is_pseudonym;
use super::{audit, search};
use crate::error::{Error, Result};
use crate::privacy::audit::Action;

/// The columns of a response that may identify its respondent.
const IDENTIFYING: [&str; 3] = ["respondent", "account", "comment"];

/// People to forget, and how.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ForgetOptions {
    /// Their keys in exports: email addresses, customer or telephone numbers; or their pseudonyms.
    pub people: Vec<String>,
    /// Their pseudonyms.
    pub tokens: Vec<String>,
    /// Keeps their scores and dates, anonymous and without comments.
    pub keep_score: bool,
}

/// Numbers of what was forgotten.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ForgetSummary {
    /// People who were to be forgotten.
    pub respondents: usize,
    /// Responses that were deleted or made anonymous.
    pub responses: usize,
    /// Rows of identities that were deleted.
    pub identities: usize,
    /// Files of the lake that were decoded and searched for the people afterwards, without a match.
    pub searched: usize,
}

impl fmt::Display for ForgetSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "forgotten {} · responses {} · identities {} · matches left in {} files: 0",
            self.respondents, self.responses, self.identities, self.searched
        )
    }
}

impl Lake {
    /// Forgets people: deletes their identities and responses, counts the rest again, and
    /// immediately removes the files that contained them; then decodes every file of the lake and
    /// searches it for them. After an interruption, run it again.
    ///
    /// # Errors
    /// Returns an error if the lake does not exist, its key is missing and people are not named by
    /// their pseudonyms, imports keep committing first, or the search finds one of the people: the
    /// message then names the files.
    pub async fn forget(&self, options: &ForgetOptions) -> Result<ForgetSummary> {
        self.existing_settings().await?;
        let mut tokens: HashSet<String> = options.tokens.iter().cloned().collect();
        if let Some(token) = tokens.iter().find(|token| !is_pseudonym(token)) {
            return Err(Error::invalid(format!("\"{token}\" is not a pseudonym"))
                .with_hint("use a pseudonym from the column respondent: they begin with v1:"));
        }
        tokens.extend(self.tokens_of(&options.people).await?);
        if tokens.is_empty() {
            return Err(Error::invalid("no person to forget is named"));
        }
        let begun = audit::begun(Action::Forget)
            .with("respondents", tokens.len() as u64)
            .with("keep_score", options.keep_score);
        self.audit(&begun).await?;
        let context = self.writing_context(default_bytes())?;
        let is_theirs = ident(RESPONDENT).in_list(tokens.iter().map(lit).collect(), false);
        let responses = Rewrite {
            table: Table::Responses,
            rows: is_theirs.clone(),
            change: if options.keep_score {
                Change::Clear(&IDENTIFYING)
            } else {
                Change::Delete
            },
        };
        let identities = Rewrite {
            table: Table::Identities,
            rows: is_theirs,
            change: Change::Delete,
        };
        let mut summary = ForgetSummary {
            respondents: tokens.len(),
            ..ForgetSummary::default()
        };
        // Identities first: if this is interrupted, the people can no longer be reached.
        summary.identities = identities.run(self, &context).await?;
        summary.responses = responses.run(self, &context).await?;
        count_and_remove_earlier(self, &context).await?;
        let mut wanted: Vec<String> = tokens.into_iter().collect();
        // Other keys are short, and may occur inside unrelated text.
        let addresses = options.people.iter().filter(|person| person.contains('@'));
        wanted.extend(addresses.map(|address| address.trim().to_owned()));
        summary.searched = search::check_absent(self, &wanted).await?;
        let done = audit::done(Action::Forget)
            .with("respondents", summary.respondents as u64)
            .with("responses", summary.responses as u64)
            .with("identities", summary.identities as u64)
            .with("files_searched", summary.searched as u64);
        self.audit(&done).await?;
        Ok(summary)
    }
}
