//! Forgetting: removes all data of some people, including from old versions.
//!
//! In the order that a killed command needs to be completed by another one: first the list that keeps
//! imports from bringing the people back, then their responses, the names in other rows and all
//! earlier versions; last the sealed identities, which say what else to search for.

use std::fmt;
use std::sync::Arc;

use super::audit;
use super::erase::{self, Names};
use super::handle::Lake;
use super::imports;
use super::named_people::NamedPeople;
use super::noted::check_logs;
use super::person::Form;
use super::rewrite::{Change, Rewrite, count_and_remove_earlier};
use super::search::{Place, Scope, search, search_sealed};
use super::tables::Table;
use super::traces::{Counts, Traces, plural};
use crate::error::Result;
use crate::privacy::audit::Action;
use crate::privacy::suppression::Rule;

/// People to forget, and how.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ForgetOptions {
    /// Their keys in exports: email addresses in any form, customer or telephone numbers; or their
    /// pseudonyms.
    pub people: Vec<String>,
    /// Their pseudonyms.
    pub tokens: Vec<String>,
    /// Their names, to be searched for and, if it is a respondent's key, forgotten. Names of several
    /// words may also be in `people`.
    pub names: Vec<String>,
    /// Keeps their scores and dates, anonymous and without comments, those of later imports included.
    pub keep_score: bool,
    /// Also removes their names from the data of others: comments, kept columns, accounts, and names of
    /// surveys and files. The earlier versions of the responses are gone afterwards.
    pub everywhere: bool,
    /// Counts what would be forgotten and searches the lake, and changes nothing but the audit log.
    pub dry_run: bool,
}

/// Numbers of what was forgotten, and what is left in the data of others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ForgetSummary {
    /// People who were to be forgotten; a name beside an address is none of its own.
    pub respondents: usize,
    /// Those of them of whom the lake had neither responses nor an identity.
    pub unknown: usize,
    /// `true` if nothing was changed. What was found then includes the people's own data.
    pub dry_run: bool,
    /// Responses that were deleted or made anonymous.
    pub responses: usize,
    /// Rows of identities that were deleted.
    pub identities: usize,
    /// Rows of others from which the names were removed.
    pub redacted: usize,
    /// Files of the lake that were decoded and searched for the people afterwards.
    pub searched: usize,
    /// Places in the data of others that name the people.
    pub left: Vec<Place>,
    /// Compressed files in the lake's folder, which are not searched.
    pub not_searched: Vec<String>,
    /// Pseudonyms of others who share an address or number with the people. They may be the same people, or
    /// were named by them.
    pub beside: Vec<String>,
    /// Imports whose identities are lost: other addresses, numbers and names of the people that only these
    /// have were not looked for.
    pub without_identities: usize,
    counts: Counts,
    is_everywhere: bool,
    /// `true` if the people were given by names alone, which are not on the list for later imports.
    is_by_name: bool,
}

impl ForgetSummary {
    /// The number of rows and files that name the people.
    pub fn matches_left(&self) -> usize {
        self.left.iter().map(|place| place.matches).sum()
    }

    /// The numbers of people and of their rows, in words.
    fn outcome(&self) -> String {
        let listed = if self.dry_run {
            ""
        } else if self.is_by_name {
            "; names are not on the list for later imports"
        } else {
            "; on the list for later imports"
        };
        if self.unknown > 0 && self.unknown == self.respondents {
            let is_named = self.matches_left() + self.redacted > 0;
            let what = if is_named {
                "no response and no identity in the lake"
            } else {
                "not in the lake"
            };
            return match self.unknown {
                1 => format!("{what}{listed}"),
                people => format!("{what}: {people} people{listed}"),
            };
        }
        let verb = if self.dry_run {
            "would be forgotten"
        } else {
            "forgotten"
        };
        let known = self.respondents - self.unknown;
        let (responses, identities) = (self.responses, self.identities);
        let mut text = format!("{verb} {known} · responses {responses} · identities {identities}");
        if self.unknown > 0 {
            text.push_str(&format!(" · not in the lake {}{listed}", self.unknown));
        }
        text
    }
}

impl fmt::Display for ForgetSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.outcome())?;
        if self.is_everywhere {
            write!(f, " · redacted {}", self.redacted)?;
        }
        let matches = self.matches_left();
        let noun = if matches == 1 { "match" } else { "matches" };
        let left = if self.dry_run {
            ", their own data included"
        } else {
            " left"
        };
        write!(
            f,
            " · searched {} files: {matches} {noun}{left}\nsearched for: {}",
            self.searched, self.counts
        )?;
        for place in &self.left {
            write!(f, "\n  {place}")?;
        }
        for file in &self.not_searched {
            write!(f, "\n  {file}: not searched, since it is compressed")?;
        }
        if !self.beside.is_empty() {
            write!(
                f,
                "\nnote: others share an address or number with the person, and stay: {}\n\
                 if they are the same person, forget them too: voxql forget --token {}",
                plural(self.beside.len(), "respondent"),
                self.beside.join(" --token ")
            )?;
        }
        if self.without_identities > 0 {
            write!(
                f,
                "\nwarning: the identities of {} are lost, and what only they say of the people was not \
                 searched for; voxql doctor names the files to import again, and then run this again",
                plural(self.without_identities, "import")
            )?;
        }
        if self.dry_run {
            write!(
                f,
                "\nnote: dry run, nothing is changed, and later imports bring them in"
            )?;
        } else if matches > 0 {
            let advice = if self.is_everywhere {
                "a word of a name that may be another word stays: add the name, such as --name May, to remove it \
                 too; drop views and macros with DROP; change lake.toml, and files that are \
                 not the lake's, by hand"
            } else {
                "these are in the data of others; to remove the names there too, repeat the command with \
                 --everywhere, and with the names, such as --name 'Jane Doe', which are no longer sealed"
            };
            write!(f, "\nnote: {advice}")?;
        }
        Ok(())
    }
}

impl Lake {
    /// Forgets people: puts them on the list of people whom imports must not bring back, deletes their
    /// responses and identities, counts the rest again, and immediately removes the files that
    /// contained them; then decodes every file of the lake and searches it for all that names them.
    /// After an interruption, run it again.
    ///
    /// # Errors
    /// Returns an error if the lake or its key does not exist, a text names nobody, imports keep
    /// committing first, or the search finds a row of one of the people: the message then names the
    /// files. What names them in the data of others is no error, but part of the summary.
    pub async fn forget(&self, options: &ForgetOptions) -> Result<ForgetSummary> {
        self.existing_settings().await?;
        check_logs(self).await?;
        self.check_named(&options.people).await?;
        let given = [options.people.as_slice(), &options.names].concat();
        let people = self.named_people(&given, &options.tokens).await?;
        let without_identities = match self.responses().await? {
            // A damaged commit of earlier does not keep people from being forgotten; the doctor names it.
            Some(responses) => imports::without_identities(self, &responses)
                .await
                .map_or(0, |imports| imports.len()),
            None => 0,
        };
        let (respondents, unknown) = self
            .number_of_given(&given, &options.tokens, &people)
            .await?;
        let is_name = |text: &String| Form::of(text.trim()).is_a_name();
        let is_by_name = options.tokens.is_empty() && given.iter().all(is_name);
        if options.dry_run {
            let summary = self.what_would_be_erased(&people, options).await?;
            let summary = ForgetSummary {
                respondents,
                unknown,
                without_identities,
                ..summary
            };
            let done = audit::done(self, Action::Forget)
                .await?
                .with("dry_run", true)
                .with("respondents", summary.respondents as u64)
                .with("files_searched", summary.searched as u64);
            self.audit(&done).await?;
            return Ok(summary);
        }
        let begun = audit::begun(Action::Forget)
            .with("respondents", people.given.len() as u64)
            .with("keep_score", options.keep_score)
            .with("everywhere", options.everywhere);
        self.audit(&begun).await?;
        let summary = self.erase(&people, options).await?;
        let summary = ForgetSummary {
            respondents,
            unknown,
            without_identities,
            is_by_name,
            ..summary
        };
        let done = audit::done(self, Action::Forget)
            .await?
            .with("respondents", summary.respondents as u64)
            .with("responses", summary.responses as u64)
            .with("identities", summary.identities as u64)
            .with("redacted", summary.redacted as u64)
            .with("files_searched", summary.searched as u64)
            .with("matches_left", summary.matches_left() as u64);
        self.audit(&done).await?;
        Ok(summary)
    }

    /// Counts the rows of the people, and searches the lake as it is.
    async fn what_would_be_erased(
        &self,
        people: &NamedPeople,
        options: &ForgetOptions,
    ) -> Result<ForgetSummary> {
        let traces = Arc::new(Traces::new(people)?);
        let context = self.reading_context();
        let mut summary = ForgetSummary {
            counts: traces.counts(),
            dry_run: true,
            beside: people.beside.iter().cloned().collect(),
            ..ForgetSummary::default()
        };
        for (table, count) in [
            (Table::Responses, &mut summary.responses),
            (Table::Identities, &mut summary.identities),
        ] {
            let rewrite = Rewrite {
                table,
                rows: erase::is_theirs(people),
                change: Change::Delete,
            };
            *count = rewrite.run_unless(options.dry_run, self, &context).await?;
        }
        let mut files = 0;
        for scope in [Scope::AllButIdentities, Scope::Identities] {
            let found = search(self, &traces, scope).await?;
            summary.searched += found.files;
            summary.left.extend(found.places);
            summary.not_searched.extend(found.not_searched);
            files += found.not_erased.len();
        }
        if summary.responses + summary.identities == 0 && files > 0 {
            summary.left.push(Place {
                name: "files of earlier versions".to_owned(),
                matches: files,
                response_ids: Vec::new(),
            });
        }
        summary.left.extend(search_sealed(self, &traces).await?);
        Ok(summary)
    }

    async fn erase(&self, people: &NamedPeople, options: &ForgetOptions) -> Result<ForgetSummary> {
        let key = self.suppression_key().await?;
        let traces = Arc::new(Traces::new(people)?);
        let names = Names::new(&traces, key.clone());
        let rule = if options.keep_score {
            Rule::KeepScore
        } else {
            Rule::Drop
        };
        self.suppress(&people.entries(&key), rule).await?;
        let context = self.writing_context(self.writing_bytes())?;
        let mut summary = ForgetSummary {
            beside: people.beside.iter().cloned().collect(),
            counts: traces.counts(),
            is_everywhere: options.everywhere,
            ..ForgetSummary::default()
        };
        let keep_score = options.keep_score;
        summary.responses =
            erase::own_responses(self, &context, people, &names, keep_score).await?;
        if options.everywhere {
            summary.redacted = erase::rows_of_others(self, &context, people, &names).await?;
        }
        count_and_remove_earlier(self, &context).await?;
        if options.everywhere {
            erase::truncate_logs(self, &context).await?;
            erase::remove_empty_partitions(self)?;
        }
        let found = search(self, names.traces(), Scope::AllButIdentities).await?;
        if !found.not_erased.is_empty() {
            return Err(erase::not_erased(&found.not_erased, found.files));
        }
        (summary.searched, summary.left) = (found.files, found.places);
        summary.not_searched = found.not_searched;
        let identities = Rewrite {
            table: Table::Identities,
            rows: erase::is_theirs(people),
            change: Change::Delete,
        };
        summary.identities = identities.run(self, &context).await?;
        count_and_remove_earlier(self, &context).await?;
        let found = search(self, names.traces(), Scope::Identities).await?;
        if !found.not_erased.is_empty() {
            return Err(erase::not_erased(&found.not_erased, found.files));
        }
        summary.searched += found.files;
        summary.left.extend(found.places);
        summary
            .left
            .extend(search_sealed(self, names.traces()).await?);
        Ok(summary)
    }
}
