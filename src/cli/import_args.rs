//! The flags of an import.

use std::path::PathBuf;

use exports::ImportOption;
use exports::mapping::scale::Scale;
use exports::options::SwappedDates;

use super::values::pair;
use crate::error::Error;
use crate::failure::Failure;
use crate::ingest::{IngestOptions, UnknownRespondents, parse_share};

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct ImportArgs {
    /// The survey that the responses belong to [default: from a column, else 'default']
    #[arg(long, value_name = "NAME", help_heading = "Columns")]
    survey: Option<String>,

    /// Read FIELD from this column (empty: from none), by name or place such as #7. Fields: score,
    /// responded_at, sent_at, updated_at, respondent, response_id, comment, survey, account, metric,
    /// consent; in files with one answer a row also question and answer. consent.granted=VALUE,VALUE
    /// says what values of consent mean; also consent.withdrawn and consent.unknown
    #[arg(long, value_name = "FIELD=COLUMN", value_parser = pair, help_heading = "Columns")]
    map: Vec<(String, String)>,

    /// Keep these columns, separated by commas; NAME=COLUMN renames. Others are dropped
    #[arg(
        long,
        value_name = "COLUMN,…",
        value_delimiter = ',',
        help_heading = "Columns"
    )]
    keep: Vec<String>,

    /// Seal these columns with names of people, such as an agent's, with the respondent's identity
    #[arg(
        long,
        value_name = "COLUMN,…",
        value_delimiter = ',',
        help_heading = "Columns"
    )]
    keep_personal: Vec<String>,

    /// The scale of the answers, such as 1-5, or 10-0 if 0 is best; all but 0-10 give ratings
    #[arg(long, value_name = "WORST-BEST", help_heading = "Columns")]
    scale: Option<String>,

    /// The metric of a file without a column for it: nps, csat, ces or stars; all but nps give
    /// ratings
    #[arg(long, value_name = "METRIC", help_heading = "Columns")]
    metric: Option<String>,

    /// Read scores written as words or as 8/10
    #[arg(long, help_heading = "Columns")]
    lenient: bool,

    /// The time zone of dates without one, such as Europe/Berlin; the first import makes it that of
    /// the lake's days and months [default: the lake's, or UTC]
    #[arg(long, value_name = "ZONE", help_heading = "Columns")]
    timezone: Option<String>,

    /// The format of dates: a pattern such as '%d/%m/%Y %H:%M', or unix, unix_ms or excel;
    /// FIELD=FORMAT for one date column; can be repeated
    #[arg(long = "date-format", value_name = "FORMAT", help_heading = "Columns")]
    date_formats: Vec<String>,

    /// Swap day and month of dates that a spreadsheet read in the wrong order (fix), or take them
    /// as they are (keep) [default: ask where it seems to be so]
    #[arg(
        long,
        value_name = "fix|keep",
        value_parser = swapped_dates,
        help_heading = "Columns"
    )]
    swapped_dates: Option<SwappedDates>,

    /// The profile of the file: a built-in name, or a TOML file [default: detected]
    #[arg(long, value_name = "NAME|FILE", help_heading = "The file")]
    profile: Option<String>,

    /// The sheet of a workbook; can be repeated [default: the sheet with scores]
    #[arg(long = "sheet", value_name = "NAME", help_heading = "The file")]
    sheets: Vec<String>,

    /// The number of header rows, 0 for none [default: detected]
    #[arg(long, value_name = "N", help_heading = "The file")]
    header_rows: Option<u32>,

    /// The encoding of the text, such as windows-1251 or cp850 [default: detected]
    #[arg(long, value_name = "NAME", help_heading = "The file")]
    encoding: Option<String>,

    /// Write nothing if any row would be rejected; exit code 1
    #[arg(long, help_heading = "Rows")]
    strict: bool,

    /// Ask if more rows than this would be rejected, such as 5% [default: 50%, or 25% of at least
    /// 80 rows]
    #[arg(long, value_name = "PERCENT", value_parser = percentage, help_heading = "Rows")]
    max_rejects: Option<f64>,

    /// Keep comments as they are, including personal data
    #[arg(long, help_heading = "Rows")]
    no_redact: bool,

    /// Drop names, addresses and telephone numbers of respondents instead of sealing them
    #[arg(long, help_heading = "Rows")]
    no_identities: bool,

    /// Keep rows that repeat a response
    #[arg(long, help_heading = "Rows")]
    no_dedup: bool,

    /// A CSV file of known respondents; responses of others are marked
    #[arg(long, value_name = "FILE", help_heading = "Rows")]
    known_respondents: Option<PathBuf>,

    /// Mark or reject responses of unknown respondents
    #[arg(
        long,
        value_name = "mark|reject",
        value_parser = unknown_respondents,
        requires = "known_respondents",
        help_heading = "Rows"
    )]
    unknown_respondents: Option<UnknownRespondents>,

    /// The folder or s3://… for files of rejected rows [default: next to the file]
    #[arg(long, value_name = "FOLDER", help_heading = "Rows")]
    rejects: Option<String>,

    /// Print each summary as one line of JSON
    #[arg(long)]
    pub(crate) json: bool,
}

impl ImportArgs {
    /// The options of each import of a file: one per sheet, if sheets are given.
    ///
    /// # Errors
    /// Returns an error if a field or scale does not exist.
    pub(super) fn options(&self) -> Result<Vec<IngestOptions>, Failure> {
        let options = self.options_of_any_sheet()?;
        if self.sheets.is_empty() {
            return Ok(vec![options]);
        }
        let sheets = self.sheets.iter();
        Ok(sheets.map(|sheet| options.clone().sheet(sheet)).collect())
    }

    fn options_of_any_sheet(&self) -> Result<IngestOptions, Failure> {
        let mut options = IngestOptions::default();
        options.survey.clone_from(&self.survey);
        for (name, header) in &self.map {
            options.set(ImportOption::Map, Some(&format!("{name}={header}")))?;
        }
        options.keep = self
            .keep
            .iter()
            .map(|column| column.as_str().into())
            .collect();
        options.keep_personal.clone_from(&self.keep_personal);
        options.scale = self
            .scale
            .as_deref()
            .map(Scale::parse)
            .transpose()
            .map_err(Error::from)?;
        options.metric.clone_from(&self.metric);
        options.lenient = self.lenient;
        options.timezone.clone_from(&self.timezone);
        for format in &self.date_formats {
            options.set(ImportOption::DateFormat, Some(format))?;
        }
        options.swapped_dates = self.swapped_dates;
        options.profile.clone_from(&self.profile);
        options.header_rows = self.header_rows;
        options.encoding.clone_from(&self.encoding);
        options.strict = self.strict;
        options.max_rejects = self.max_rejects;
        options.redact = !self.no_redact;
        options.seal_identities = !self.no_identities;
        options.deduplicate = !self.no_dedup;
        options
            .known_respondents
            .clone_from(&self.known_respondents);
        options.unknown_respondents = self.unknown_respondents.unwrap_or_default();
        options.rejects.clone_from(&self.rejects);
        Ok(options)
    }
}

fn swapped_dates(text: &str) -> Result<SwappedDates, String> {
    SwappedDates::parse(text).ok_or_else(|| "use fix or keep".to_owned())
}

fn unknown_respondents(text: &str) -> Result<UnknownRespondents, String> {
    match text {
        "mark" => Ok(UnknownRespondents::Mark),
        "reject" => Ok(UnknownRespondents::Reject),
        _ => Err("use mark or reject".to_owned()),
    }
}

fn percentage(text: &str) -> Result<f64, String> {
    parse_share(text).ok_or_else(|| "use a percentage such as 5%".to_owned())
}
