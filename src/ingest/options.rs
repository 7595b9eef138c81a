//! What can be said about a file to import.

use std::path::PathBuf;
use std::sync::Arc;

use exports::options::ReadOptions;

use super::progress::{IngestProgress, IngestStep};
use crate::error::{Error, Result};

/// The longest name of a survey. It becomes part of folder names, where a letter may take up to
/// three bytes of the 255 that most file systems allow.
pub(super) const SURVEY_BYTES_MAX: usize = 80;

/// What can be said about a file to import. The default asks nothing: everything is found from
/// headers and content.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct IngestOptions {
    /// The survey that all responses of the file belong to. Without it, a column of the file
    /// says, else it is `default`.
    pub survey: Option<String>,
    /// Pairs of a field (`score`, `responded_at`, `sent_at`, `updated_at`, `respondent`,
    /// `response_id`, `comment`, `survey`, `account`, `metric`, `consent`) and the header of its
    /// column. An empty header says that the file has no such column.
    pub map: Vec<(String, String)>,
    /// Headers of columns to keep as they are, or `name=header` to keep one under another name.
    pub keep: Vec<String>,
    /// The time zone, as the tz database names it, of dates that say none. Without it, UTC.
    pub timezone: Option<String>,
    /// How dates are written: a strftime pattern, `unix`, `unix_ms` or `excel`; for one date
    /// column alone `FIELD=FORMAT`, such as `sent_at=%d/%m/%Y`.
    pub date_format: Option<String>,
    /// The profile to read the file with: the name of a vendor's, or a TOML file of one's own.
    /// Without it, the one that recognises the file.
    pub profile: Option<String>,
    /// The sheet of a workbook. Without it, the one that holds scores.
    pub sheet: Option<String>,
    /// How many rows name the columns; 0 where none does. Without it, they are found.
    pub header_rows: Option<u32>,
    /// The encoding of the text, as the WHATWG names it, or `cp437` or `cp850`. Without it, it is
    /// found, cell by cell.
    pub encoding: Option<String>,
    /// The scale that was answered on, from the worst answer to the best, such as `0-10`, `1-5`, or
    /// `10-0` where 0 is the best. Answers on another one than 0 to 10 become ratings, not scores.
    pub scale: Option<String>,
    /// Reads scores that are written as words, or as `8/10`.
    pub lenient: bool,
    /// Fails, with nothing written, where a row would be rejected.
    pub strict: bool,
    /// Keeps comments, and kept columns of several words, as they are written. Without it, personal
    /// data that is found in them is replaced by what it is, such as `[EMAIL]`.
    pub no_redact: bool,
    /// Keeps nothing of who the respondents are. Without it, names, email addresses and telephone
    /// numbers of respondents with a pseudonym are sealed in the table `identities`.
    pub no_identities: bool,
    /// Keeps every row, also those that repeat a response.
    pub no_dedup: bool,
    /// A CSV file of the respondents that there are.
    pub known_respondents: Option<PathBuf>,
    /// What becomes of a response whose respondent is not among the known ones.
    pub unknown_respondents: UnknownRespondents,
    /// The folder or object-store prefix that files of rejected rows go to. Without it, they go
    /// beside the file they come from.
    pub rejects: Option<String>,
    /// Bytes of memory to stay within. Without it, a quarter of the machine's, at most 2 GiB.
    pub memory_bytes: Option<u64>,
    /// Where the import tells how far it is.
    pub progress: Option<Arc<IngestProgress>>,
    /// Read and check everything, write nothing.
    pub dry_run: bool,
}

/// What becomes of a response whose respondent is not among the known ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum UnknownRespondents {
    /// It comes in; the kept column `known_respondent` says which those are.
    #[default]
    Mark,
    /// It is rejected.
    Reject,
}

impl IngestOptions {
    /// Refuses what can be known to be wrong without a file.
    pub(super) fn check(&self) -> Result<()> {
        match &self.survey {
            Some(survey) if survey.trim().is_empty() => {
                Err(Error::invalid("--survey is empty").with_hint("give the survey a name"))
            }
            Some(survey) if survey.trim() != survey => {
                Err(Error::invalid("--survey begins or ends with a space")
                    .with_hint("leave the space away"))
            }
            Some(survey) if survey.len() > SURVEY_BYTES_MAX => Err(Error::invalid(format!(
                "--survey is longer than {SURVEY_BYTES_MAX} bytes"
            ))
            .with_hint("give the survey a shorter name")),
            _ => Ok(()),
        }
    }

    /// The options of reading the file.
    pub(super) fn reading(&self) -> ReadOptions {
        ReadOptions {
            survey: self.survey.clone(),
            map: self.map.clone(),
            keep: self.keep.clone(),
            timezone: self.timezone.clone(),
            date_format: self.date_format.clone(),
            profile: self.profile.clone(),
            sheet: self.sheet.clone(),
            header_rows: self.header_rows,
            encoding: self.encoding.clone(),
            scale: self.scale.clone(),
            lenient: self.lenient,
            drop_identities: self.no_identities,
        }
    }

    /// These options with what the file's profile adds to them.
    pub(super) fn completed_by(&self, read: &ReadOptions) -> Self {
        Self {
            keep: read.keep.clone(),
            timezone: read.timezone.clone(),
            scale: read.scale.clone(),
            ..self.clone()
        }
    }

    /// Tells that a step begins, where somebody wants to know.
    pub(super) fn begin(&self, step: IngestStep, total: u64) {
        if let Some(progress) = &self.progress {
            progress.begin(step, total);
        }
    }
}
