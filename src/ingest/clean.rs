//! One row of cells to one response, or the reason why not.

use datafusion_functions_nps::PurposeKey;

use super::cells::{consent, metric_name};
use super::dates::{DateReader, Moment};
use super::headers::Field;
use super::known::KnownRespondents;
use super::mapping::Mapping;
use super::rows::Row;
use super::score::{self, ScoreCell};
use super::{SURVEY_BYTES_MAX, UnknownRespondents, clip};

/// The survey of responses whose file names none.
const DEFAULT_SURVEY: &str = "default";

/// A response as the lake stores it, but for what only the import as a whole can tell.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Response<'a> {
    /// The tool's own id, where the file has one.
    pub(super) tool_id: Option<&'a str>,
    pub(super) survey: &'a str,
    pub(super) metric: &'static str,
    pub(super) respondent: Option<String>,
    pub(super) account: Option<&'a str>,
    pub(super) score: Option<i8>,
    pub(super) rating: Option<f64>,
    /// The top of the scale that the rating is on.
    pub(super) rating_max: Option<f64>,
    pub(super) responded_at: Option<Moment>,
    pub(super) sent_at: Option<Moment>,
    pub(super) updated_at: Option<Moment>,
    pub(super) comment: Option<&'a str>,
    pub(super) consent: &'static str,
    /// Whether the respondent is among the known ones, where these were given.
    pub(super) known_respondent: Option<bool>,
    /// The cells of the kept columns in their order, `None` where blank.
    pub(super) kept: Vec<Option<&'a str>>,
}

/// What a row turned out to be.
#[derive(Debug, PartialEq)]
pub(super) enum Cleaned<'a> {
    Response(Response<'a>),
    /// A row without any answer in it, such as the blank ones at the end of a sheet.
    NotAResponse,
    Rejected(String),
}

/// Turns rows into responses.
#[derive(Debug)]
pub(super) struct Cleaner {
    mapping: Mapping,
    /// The survey that `--survey` names.
    survey: Option<String>,
    pseudonyms: PurposeKey,
    known: Option<KnownRespondents>,
}

impl Cleaner {
    pub(super) fn new(
        mapping: Mapping,
        survey: Option<String>,
        pseudonyms: PurposeKey,
        known: Option<KnownRespondents>,
    ) -> Self {
        Self {
            mapping,
            survey,
            pseudonyms,
            known,
        }
    }

    pub(super) fn clean<'a>(&'a self, row: &'a Row<'_>) -> Cleaned<'a> {
        if let Some(problem) = &row.problem {
            return Cleaned::Rejected(problem.clone());
        }
        if row.cells.iter().all(|cell| cell.trim().is_empty()) {
            return Cleaned::NotAResponse;
        }
        match self.response(row) {
            Ok(response) => Cleaned::Response(response),
            Err(Reason(reason)) => Cleaned::Rejected(reason),
        }
    }

    fn response<'a>(&'a self, row: &'a Row<'_>) -> Result<Response<'a>, Reason> {
        let cell = |field: Field| {
            let index = self.mapping.column(field)?;
            let cell = row.cells[index].trim();
            (!score::is_blank(cell)).then_some(cell)
        };
        let metric = match cell(Field::Metric) {
            None => "nps",
            Some(cell) => metric_name(cell)
                .ok_or_else(|| reject(format_args!("metric \"{}\" is not known", clip(cell))))?,
        };
        let survey = match &self.survey {
            Some(survey) => survey,
            None => cell(Field::Survey).unwrap_or(DEFAULT_SURVEY),
        };
        if survey.len() > SURVEY_BYTES_MAX {
            return Err(reject(format_args!(
                "survey \"{}\" is longer than {SURVEY_BYTES_MAX} bytes",
                clip(survey)
            )));
        }
        let respondent = cell(Field::Respondent)
            .filter(|cell| !is_nobody(cell))
            .and_then(|cell| self.pseudonyms.pseudonym(cell));
        let known_respondent = match (&self.known, &respondent) {
            (Some(known), Some(respondent)) => Some(known.holds(respondent)),
            _ => None,
        };
        if known_respondent == Some(false)
            && let Some(known) = &self.known
            && known.unknown == UnknownRespondents::Reject
        {
            return Err(reject(format_args!(
                "the respondent is not among the known ones"
            )));
        }
        let answer = cell(Field::Score).unwrap_or("");
        let (score, rating) = if metric == "nps" {
            (read_score(answer)?, None)
        } else {
            (None, read_rating(answer)?)
        };
        let consent = match cell(Field::Consent) {
            None => "unknown",
            Some(cell) => consent(cell)
                .ok_or_else(|| reject(format_args!("consent \"{}\" is not known", clip(cell))))?,
        };
        let date = |field: Field, reader: &Option<DateReader>| match (cell(field), reader) {
            (Some(cell), Some(reader)) => reader.read(cell).map(Some).ok_or_else(|| {
                reject(format_args!(
                    "{} \"{}\" cannot be read as {}",
                    field.name(),
                    clip(cell),
                    reader.style
                ))
            }),
            _ => Ok(None),
        };
        let kept = self.mapping.kept.iter().map(|column| {
            let cell = row.cells[column.index].trim();
            (!cell.is_empty()).then_some(cell)
        });
        Ok(Response {
            tool_id: cell(Field::ResponseId),
            survey,
            metric,
            respondent,
            account: cell(Field::Account),
            score,
            rating,
            rating_max: None,
            responded_at: date(Field::RespondedAt, &self.mapping.responded_at)?,
            sent_at: date(Field::SentAt, &self.mapping.sent_at)?,
            updated_at: date(Field::UpdatedAt, &self.mapping.updated_at)?,
            comment: cell(Field::Comment),
            consent,
            known_respondent,
            kept: kept.collect(),
        })
    }
}

/// Words that stand where a respondent would, and name none.
fn is_nobody(cell: &str) -> bool {
    [
        "anonymous",
        "anonym",
        "anonyme",
        "anonimo",
        "unknown",
        "guest",
    ]
    .iter()
    .any(|nobody| cell.eq_ignore_ascii_case(nobody))
}

/// Why a row is rejected.
struct Reason(String);

fn reject(reason: std::fmt::Arguments<'_>) -> Reason {
    Reason(reason.to_string())
}

fn read_score(cell: &str) -> Result<Option<i8>, Reason> {
    match score::read(cell) {
        ScoreCell::Blank => Ok(None),
        ScoreCell::Score(score) => Ok(Some(score)),
        ScoreCell::OutOfRange(value) if value.fract() != 0.0 => Err(reject(format_args!(
            "score \"{}\" is not a whole number",
            clip(cell)
        ))),
        ScoreCell::OutOfRange(_) => Err(reject(format_args!(
            "score \"{}\" is outside 0 to 10",
            clip(cell)
        ))),
        ScoreCell::Unreadable => Err(reject(format_args!(
            "score \"{}\" is not a number",
            clip(cell)
        ))),
    }
}

fn read_rating(cell: &str) -> Result<Option<f64>, Reason> {
    if score::is_blank(cell) {
        return Ok(None);
    }
    match cell.parse::<f64>() {
        Ok(rating) if rating.is_finite() => Ok(Some(rating)),
        _ => Err(reject(format_args!(
            "rating \"{}\" is not a number",
            clip(cell)
        ))),
    }
}
