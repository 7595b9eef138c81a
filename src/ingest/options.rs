//! Options of an import.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use exports::ImportOption;
use exports::columns::consent::Consent;
use exports::columns::field::Field;
use exports::mapping::scale::Scale;
use exports::options::{ANSWER, QUESTION, ReadOptions, SwappedDates, consent_values};

use super::progress::{IngestProgress, IngestStep};
use crate::error::{Error, Result};
use crate::lake::zone::Zone;

/// The maximum length of a survey name. It becomes part of folder names, where a letter may take up
/// to three bytes of the 255 that most file systems allow.
pub(super) const SURVEY_BYTES_MAX: usize = 80;

/// Options of an import, which the fields document and the methods of the same names set.
///
/// The default detects everything from headers and content.
///
/// # Examples
/// ```
/// # use voxql::{Field, IngestOptions, KeepColumn};
/// let options = IngestOptions::default()
///     .survey("onboarding")
///     .map(Field::Score, "Would you recommend us?")
///     .keep("segment")
///     .keep(KeepColumn::renamed("country", "Land"))
///     .date_format("%d/%m/%Y");
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct IngestOptions {
    /// The survey of all responses of the file. Default: from a column, else `default`.
    pub survey: Option<String>,
    /// The columns of fields, by their headers or places (`#7`); `None`: the file has no column of
    /// the field. The score may have several columns, of which each row fills at most one, and so may
    /// comment and consent, of which all count.
    pub map: Vec<(Field, Option<String>)>,
    /// Values of consent, separated by commas, and what they mean. Default: by their words.
    pub consent_values: Vec<(Consent, String)>,
    /// The column of questions in a file with one answer a row, by its header. Default: detected.
    pub question_column: Option<String>,
    /// The column of answers in a file with one answer a row, by its header. Default: detected.
    pub answer_column: Option<String>,
    /// The columns to keep. Others that are not fields are dropped.
    pub keep: Vec<KeepColumn>,
    /// The headers of columns with names of people other than respondents, which are sealed with the
    /// respondent's identity.
    pub keep_personal: Vec<String>,
    /// The time zone of dates without one, by its name in the tz database. The first import also sets
    /// the lake's own zone to it. Default: the lake's zone, which is UTC unless set.
    pub timezone: Option<String>,
    /// The format of dates. Default: detected.
    pub date_format: Option<DateFormat>,
    /// The formats of single date columns, before `date_format`.
    pub column_date_formats: Vec<(Field, DateFormat)>,
    /// The treatment of dates whose day and month a spreadsheet seems to have swapped. Default:
    /// the import ends with a question.
    pub swapped_dates: Option<SwappedDates>,
    /// The profile of the file: a built-in name, or the path of a TOML file. Default: detected.
    pub profile: Option<String>,
    /// The sheet of a workbook. Default: the sheet with scores.
    pub sheet: Option<String>,
    /// The number of header rows; 0 for none. Default: detected.
    pub header_rows: Option<u32>,
    /// The encoding of the text, by its WHATWG label, or `cp437` or `cp850`. Default: detected, cell
    /// by cell.
    pub encoding: Option<String>,
    /// The scale of the answers. Answers on any scale but 0 to 10 become ratings, not scores.
    /// Default: detected.
    pub scale: Option<Scale>,
    /// The metric of a file that has no column for it: `nps`, `csat`, `ces`, `stars` or such. Answers
    /// of any metric but NPS become ratings. Default: by question and scale.
    pub metric: Option<String>,
    /// Reads scores written as words or as `8/10`. Default: false.
    pub lenient: bool,
    /// Imports nothing if any row would be rejected. Default: false.
    pub strict: bool,
    /// The share of rows, from 0 to 1, above which an import with rejected rows is a question.
    /// Default: a half, or a quarter if at least 20 rows would be rejected.
    pub max_rejects: Option<f64>,
    /// Replaces personal data in comments, and in kept columns of several words, by its kind, such
    /// as `[EMAIL]`. Default: true.
    pub redact: bool,
    /// Seals names, email addresses and telephone numbers of respondents with a pseudonym in the
    /// table `identities`; without it they are dropped. Default: true.
    pub seal_identities: bool,
    /// Skips rows that repeat a response. Default: true.
    pub deduplicate: bool,
    /// A CSV file of known respondents.
    pub known_respondents: Option<PathBuf>,
    /// The treatment of responses from respondents missing in `known_respondents`.
    pub unknown_respondents: UnknownRespondents,
    /// The folder or object-store prefix of rejects files. Default: next to the imported file.
    pub rejects: Option<String>,
    /// The memory limit in bytes. Default: that of the lake, which is a quarter of the machine's memory and
    /// at most 2 GiB unless [`LakeBuilder::memory_limit`](crate::LakeBuilder::memory_limit) sets it.
    pub memory_bytes: Option<u64>,
    /// Receives the progress of the import.
    pub progress: Option<Arc<IngestProgress>>,
    /// Reads and checks everything, and writes nothing. Default: false.
    pub dry_run: bool,
}

impl Default for IngestOptions {
    fn default() -> Self {
        Self {
            survey: None,
            map: Vec::new(),
            consent_values: Vec::new(),
            question_column: None,
            answer_column: None,
            keep: Vec::new(),
            keep_personal: Vec::new(),
            timezone: None,
            date_format: None,
            column_date_formats: Vec::new(),
            swapped_dates: None,
            profile: None,
            sheet: None,
            header_rows: None,
            encoding: None,
            scale: None,
            metric: None,
            lenient: false,
            strict: false,
            max_rejects: None,
            redact: true,
            seal_identities: true,
            deduplicate: true,
            known_respondents: None,
            unknown_respondents: UnknownRespondents::default(),
            rejects: None,
            memory_bytes: None,
            progress: None,
            dry_run: false,
        }
    }
}

/// A column to keep, by its header, and its name in the lake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeepColumn {
    name: Option<String>,
    header: String,
}

impl KeepColumn {
    /// The column with this header, under the header's name in snake case.
    pub fn new(header: impl Into<String>) -> Self {
        Self {
            name: None,
            header: header.into(),
        }
    }

    /// The column with this header, under another name.
    pub fn renamed(name: impl Into<String>, header: impl Into<String>) -> Self {
        Self {
            name: Some(name.into()),
            header: header.into(),
        }
    }

    /// True if this keeps the column with the header.
    pub(super) fn is_of(&self, header: &str) -> bool {
        let named = self.header.split_once('=').map(|(_, header)| header);
        self.header == header || (self.name.is_none() && named == Some(header))
    }
}

impl<T: Into<String>> From<T> for KeepColumn {
    fn from(header: T) -> Self {
        Self::new(header)
    }
}

impl fmt::Display for KeepColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{name}={}", self.header),
            None => f.write_str(&self.header),
        }
    }
}

/// The format of dates.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DateFormat {
    /// A pattern of strftime, such as `%d/%m/%Y %H:%M`.
    Pattern(String),
    /// Seconds since 1970, `unix`.
    UnixSeconds,
    /// Milliseconds since 1970, `unix_ms`.
    UnixMilliseconds,
    /// Days since 1900 with a fraction, `excel`.
    Excel,
}

impl From<&str> for DateFormat {
    fn from(text: &str) -> Self {
        match text {
            "unix" => Self::UnixSeconds,
            "unix_ms" => Self::UnixMilliseconds,
            "excel" => Self::Excel,
            pattern => Self::Pattern(pattern.to_owned()),
        }
    }
}

impl fmt::Display for DateFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pattern(pattern) => pattern,
            Self::UnixSeconds => "unix",
            Self::UnixMilliseconds => "unix_ms",
            Self::Excel => "excel",
        })
    }
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

/// One method an option, each of which returns the options with it.
impl IngestOptions {
    /// Sets [`survey`](Self#structfield.survey).
    pub fn survey(mut self, name: impl Into<String>) -> Self {
        self.survey = Some(name.into());
        self
    }

    /// Adds the column of a field to [`map`](Self#structfield.map).
    pub fn map(mut self, field: Field, header: impl Into<String>) -> Self {
        self.map.push((field, Some(header.into())));
        self
    }

    /// Adds to [`map`](Self#structfield.map) that no column has the field.
    pub fn without(mut self, field: Field) -> Self {
        self.map.push((field, None));
        self
    }

    /// Adds to [`consent_values`](Self#structfield.consent_values).
    pub fn consent_values(mut self, consent: Consent, values: impl Into<String>) -> Self {
        self.consent_values.push((consent, values.into()));
        self
    }

    /// Sets [`question_column`](Self#structfield.question_column).
    pub fn question_column(mut self, header: impl Into<String>) -> Self {
        self.question_column = Some(header.into());
        self
    }

    /// Sets [`answer_column`](Self#structfield.answer_column).
    pub fn answer_column(mut self, header: impl Into<String>) -> Self {
        self.answer_column = Some(header.into());
        self
    }

    /// Adds a column to [`keep`](Self#structfield.keep).
    pub fn keep(mut self, column: impl Into<KeepColumn>) -> Self {
        self.keep.push(column.into());
        self
    }

    /// Adds a column to [`keep_personal`](Self#structfield.keep_personal).
    pub fn keep_personal(mut self, header: impl Into<String>) -> Self {
        self.keep_personal.push(header.into());
        self
    }

    /// Sets [`timezone`](Self#structfield.timezone).
    pub fn timezone(mut self, name: impl Into<String>) -> Self {
        self.timezone = Some(name.into());
        self
    }

    /// Sets [`date_format`](Self#structfield.date_format).
    pub fn date_format(mut self, format: impl Into<DateFormat>) -> Self {
        self.date_format = Some(format.into());
        self
    }

    /// Adds the format of one date column to
    /// [`column_date_formats`](Self#structfield.column_date_formats).
    pub fn column_date_format(mut self, field: Field, format: impl Into<DateFormat>) -> Self {
        self.column_date_formats.push((field, format.into()));
        self
    }

    /// Sets [`swapped_dates`](Self#structfield.swapped_dates).
    pub fn swapped_dates(mut self, treatment: SwappedDates) -> Self {
        self.swapped_dates = Some(treatment);
        self
    }

    /// Sets [`profile`](Self#structfield.profile).
    pub fn profile(mut self, name_or_path: impl Into<String>) -> Self {
        self.profile = Some(name_or_path.into());
        self
    }

    /// Sets [`sheet`](Self#structfield.sheet).
    pub fn sheet(mut self, name: impl Into<String>) -> Self {
        self.sheet = Some(name.into());
        self
    }

    /// Sets [`header_rows`](Self#structfield.header_rows).
    pub fn header_rows(mut self, rows: u32) -> Self {
        self.header_rows = Some(rows);
        self
    }

    /// Sets [`encoding`](Self#structfield.encoding).
    pub fn encoding(mut self, label: impl Into<String>) -> Self {
        self.encoding = Some(label.into());
        self
    }

    /// Sets [`scale`](Self#structfield.scale).
    pub fn scale(mut self, scale: Scale) -> Self {
        self.scale = Some(scale);
        self
    }

    /// Sets [`metric`](Self#structfield.metric).
    pub fn metric(mut self, metric: impl Into<String>) -> Self {
        self.metric = Some(metric.into());
        self
    }

    /// Sets [`lenient`](Self#structfield.lenient).
    pub fn lenient(mut self, lenient: bool) -> Self {
        self.lenient = lenient;
        self
    }

    /// Sets [`strict`](Self#structfield.strict).
    pub fn strict(mut self, strict: bool) -> Self {
        self.strict = strict;
        self
    }

    /// Sets [`max_rejects`](Self#structfield.max_rejects).
    pub fn max_rejects(mut self, share: f64) -> Self {
        self.max_rejects = Some(share);
        self
    }

    /// Sets [`redact`](Self#structfield.redact).
    pub fn redact(mut self, redact: bool) -> Self {
        self.redact = redact;
        self
    }

    /// Sets [`seal_identities`](Self#structfield.seal_identities).
    pub fn seal_identities(mut self, seal: bool) -> Self {
        self.seal_identities = seal;
        self
    }

    /// Sets [`deduplicate`](Self#structfield.deduplicate).
    pub fn deduplicate(mut self, deduplicate: bool) -> Self {
        self.deduplicate = deduplicate;
        self
    }

    /// Sets [`known_respondents`](Self#structfield.known_respondents) and the treatment of others.
    pub fn known_respondents(
        mut self,
        path: impl Into<PathBuf>,
        others: UnknownRespondents,
    ) -> Self {
        self.known_respondents = Some(path.into());
        self.unknown_respondents = others;
        self
    }

    /// Sets [`rejects`](Self#structfield.rejects).
    pub fn rejects(mut self, place: impl Into<String>) -> Self {
        self.rejects = Some(place.into());
        self
    }

    /// Sets [`memory_bytes`](Self#structfield.memory_bytes).
    pub fn memory_bytes(mut self, bytes: u64) -> Self {
        self.memory_bytes = Some(bytes);
        self
    }

    /// Sets [`progress`](Self#structfield.progress).
    pub fn progress(mut self, progress: Arc<IngestProgress>) -> Self {
        self.progress = Some(progress);
        self
    }

    /// Sets [`dry_run`](Self#structfield.dry_run).
    pub fn dry_run(mut self, dry_run: bool) -> Self {
        self.dry_run = dry_run;
        self
    }
}

impl IngestOptions {
    /// Checks the options that are wrong for any file.
    pub(super) fn check(&self) -> Result<()> {
        let Some(survey) = &self.survey else {
            return Ok(());
        };
        let (what, hint) = if survey.trim().is_empty() {
            (" is empty".to_owned(), "give the survey a name")
        } else if survey.trim() != survey {
            (
                " begins or ends with a space".to_owned(),
                "remove the space",
            )
        } else if survey.len() > SURVEY_BYTES_MAX {
            let what = format!(" is longer than {SURVEY_BYTES_MAX} bytes");
            (what, "give the survey a shorter name")
        } else {
            return Ok(());
        };
        Err(Error::invalid(ImportOption::Survey.message().text(what)).with_hint(hint))
    }

    /// The options for reading the file into a lake with days of `zone`.
    pub(super) fn reading(&self, zone: Zone) -> ReadOptions {
        let map = self.map.iter().map(|(field, header)| {
            let header = header.clone().unwrap_or_default();
            (field.name().to_owned(), header)
        });
        let of_consent = self.consent_values.iter();
        let of_consent =
            of_consent.map(|(consent, values)| (consent_values(consent.name()), values.clone()));
        let of_answers = [
            (QUESTION, &self.question_column),
            (ANSWER, &self.answer_column),
        ];
        let of_answers = of_answers
            .into_iter()
            .filter_map(|(name, header)| Some((name.to_owned(), header.clone()?)));
        let single = self.column_date_formats.iter();
        let single = single.map(|(field, format)| format!("{}={format}", field.name()));
        let general = self.date_format.iter().map(ToString::to_string);
        ReadOptions {
            survey: self.survey.clone(),
            map: map.chain(of_consent).chain(of_answers).collect(),
            keep: self.keep.iter().map(ToString::to_string).collect(),
            keep_personal: self.keep_personal.clone(),
            timezone: self.timezone.clone(),
            default_timezone: Some(zone.name().to_owned()),
            date_formats: single.chain(general).collect(),
            swapped_dates: self.swapped_dates,
            profile: self.profile.clone(),
            sheet: self.sheet.clone(),
            header_rows: self.header_rows,
            encoding: self.encoding.clone(),
            scale: self.scale.map(|scale| scale.to_string()),
            metric: self.metric.clone(),
            lenient: self.lenient,
            drop_identities: !self.seal_identities,
        }
    }

    /// These options, completed by the file's profile.
    pub(super) fn completed_by(&self, read: &ReadOptions) -> Result<Self> {
        Ok(Self {
            keep: read.keep.iter().map(KeepColumn::new).collect(),
            timezone: read.timezone.clone(),
            scale: read.scale.as_deref().map(Scale::parse).transpose()?,
            ..self.clone()
        })
    }

    /// Reports to `progress`, if set, that a step begins.
    pub(super) fn begin(&self, step: IngestStep, total: u64) {
        if let Some(progress) = &self.progress {
            progress.begin(step, total);
        }
    }
}
