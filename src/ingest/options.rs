//! The options of an import.

use std::path::PathBuf;
use std::sync::Arc;

use exports::options::ReadOptions;

use super::progress::{IngestProgress, IngestStep};
use crate::error::{Error, Result};

/// The maximum length of a survey's name. It becomes part of folder names, where a byte may take
/// up to three of the 255 bytes that most file systems allow.
pub(super) const SURVEY_BYTES_MAX: usize = 80;

/// Options of an import. By default, everything is detected from headers and content.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct IngestOptions {
    /// The survey of all responses in the file. Without it, a column of the file names the survey,
    /// else it is `default`.
    pub survey: Option<String>,
    /// Pairs of a field (`score`, `responded_at`, `sent_at`, `updated_at`, `respondent`,
    /// `response_id`, `comment`, `survey`, `account`, `metric`, `consent`) and the header of its
    /// column. An empty header means that the file has no such column.
    pub map: Vec<(String, String)>,
    /// Headers of columns to keep unchanged, or `name=header` to keep one under another name.
    pub keep: Vec<String>,
    /// The time zone, a name of the tz database, of dates without one. The default is UTC.
    pub timezone: Option<String>,
    /// The format of dates: a strftime pattern, `unix`, `unix_ms` or `excel`; for a single date
    /// column `FIELD=FORMAT`, such as `sent_at=%d/%m/%Y`.
    pub date_format: Option<String>,
    /// The profile to read the file with: the name of a built-in one, or a TOML file. Without it,
    /// the profile that recognises the file.
    pub profile: Option<String>,
    /// The sheet of a workbook. Without it, the sheet that has scores.
    pub sheet: Option<String>,
    /// The number of header rows; 0 if there is no header. Without it, they are detected.
    pub header_rows: Option<u32>,
    /// The encoding of the text: a WHATWG label, `cp437` or `cp850`. Without it, the encoding is
    /// detected cell by cell.
    pub encoding: Option<String>,
    /// The scale of the answers, from worst to best, such as `0-10`, `1-5`, or `10-0` if 0 is the
    /// best. Answers on any scale but 0 to 10 become ratings, not scores.
    pub scale: Option<String>,
    /// Reads scores written as words, or as `8/10`.
    pub lenient: bool,
    /// Fails without writing anything if a row would be rejected.
    pub strict: bool,
    /// Keeps comments, and kept columns of several words, unchanged. Without it, personal data in
    /// them is replaced by its kind, such as `[EMAIL]`.
    pub no_redact: bool,
    /// Does not store the identities of respondents. Without it, names, email addresses and
    /// telephone numbers of respondents with a pseudonym are sealed in the table `identities`.
    pub no_identities: bool,
    /// Keeps every row, including those that repeat a response.
    pub no_dedup: bool,
    /// A CSV file that lists the known respondents.
    pub known_respondents: Option<PathBuf>,
    /// The treatment of responses from respondents missing in `known_respondents`.
    pub unknown_respondents: UnknownRespondents,
    /// The folder or object-store prefix for rejects files. Without it, they are written next to
    /// the imported file.
    pub rejects: Option<String>,
    /// The memory limit in bytes. Without it, a quarter of the machine's memory, at most 2 GiB.
    pub memory_bytes: Option<u64>,
    /// Receives the progress of the import.
    pub progress: Option<Arc<IngestProgress>>,
    /// Reads and checks everything, and writes nothing.
    pub dry_run: bool,
}

/// The treatment of responses from respondents missing in
/// [`known_respondents`](IngestOptions::known_respondents).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum UnknownRespondents {
    /// They are imported; the column `known_respondent` is false for them.
    #[default]
    Mark,
    /// They are rejected.
    Reject,
}

impl IngestOptions {
    /// Checks the options that are wrong for any file.
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

    /// The options for reading the file.
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

    /// These options, completed by the file's profile.
    pub(super) fn completed_by(&self, read: &ReadOptions) -> Self {
        Self {
            keep: read.keep.clone(),
            timezone: read.timezone.clone(),
            scale: read.scale.clone(),
            ..self.clone()
        }
    }

    /// Reports to `progress`, if set, that a step begins.
    pub(super) fn begin(&self, step: IngestStep, total: u64) {
        if let Some(progress) = &self.progress {
            progress.begin(step, total);
        }
    }
}
