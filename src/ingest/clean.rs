//! One row of cells to one response, or the reason why not.

use std::borrow::Cow;

use datafusion_functions_nps::PurposeKey;

use super::columns::cells::{consent, metric_name};
use super::columns::headers::Field;
use super::columns::score::{self, Reading, ScoreCell, whole_score};
use super::dates::{DateReader, Moment};
use super::format::rows::Row;
use super::known::KnownRespondents;
use super::leftovers::is_leftover;
use super::mapping::Mapping;
use super::mapping::scale::Scale;
use super::{SURVEY_BYTES_MAX, UnknownRespondents, shown, text};

/// The survey of responses whose file names none.
const DEFAULT_SURVEY: &str = "default";

/// A response as the lake stores it, but for what only the import as a whole can tell.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Response<'a> {
    /// The tool's own id, where the file has one.
    pub(super) tool_id: Option<&'a str>,
    pub(super) survey: Cow<'a, str>,
    pub(super) metric: &'static str,
    pub(super) respondent: Option<String>,
    pub(super) account: Option<Cow<'a, str>>,
    pub(super) score: Option<i8>,
    pub(super) rating: Option<f64>,
    /// The top of the scale that the rating is on.
    pub(super) rating_max: Option<f64>,
    pub(super) responded_at: Option<Moment>,
    pub(super) sent_at: Option<Moment>,
    pub(super) updated_at: Option<Moment>,
    pub(super) comment: Option<Cow<'a, str>>,
    pub(super) consent: &'static str,
    /// Whether the respondent is among the known ones, where these were given.
    pub(super) known_respondent: Option<bool>,
    /// The cells of the kept columns in their order, `None` where blank.
    pub(super) kept: Vec<Option<Cow<'a, str>>>,
}

/// What a row turned out to be.
#[derive(Debug, PartialEq)]
pub(super) enum Cleaned<'a> {
    Response(Box<Response<'a>>),
    /// A row that is none, such as the blank ones at the end of a sheet; what it is instead.
    NotAResponse(&'a str),
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
        if row.repeats_header {
            return Cleaned::NotAResponse("header again");
        }
        if let Some(problem) = &row.problem {
            return Cleaned::Rejected(problem.clone());
        }
        if row.cells.iter().all(|cell| cell.trim().is_empty()) {
            return Cleaned::NotAResponse("blank");
        }
        if is_leftover(row, &self.mapping) {
            return Cleaned::NotAResponse("total or header again");
        }
        if let Some(what) = self.mapping.bound.not_a_response(&row.cells) {
            return Cleaned::NotAResponse(what);
        }
        match self.response(row) {
            Ok(response) => Cleaned::Response(Box::new(response)),
            Err(Reason(reason)) => Cleaned::Rejected(reason),
        }
    }

    fn response<'a>(&'a self, row: &'a Row<'_>) -> Result<Response<'a>, Reason> {
        let cell = |field: Field| {
            let index = self.mapping.column(field)?;
            let cell = text::trim(&row.cells[index]);
            (!score::is_blank(cell)).then_some(cell)
        };
        let metric = match cell(Field::Metric) {
            None => "nps",
            Some(cell) => self
                .mapping
                .bound
                .metric(cell)
                .or_else(|| metric_name(cell))
                .ok_or_else(|| reject(format_args!("metric \"{}\" is not known", shown(cell))))?,
        };
        let metric = match self.mapping.other_metric {
            Some(other) if metric == "nps" => other,
            _ => metric,
        };
        let survey = match &self.survey {
            Some(survey) => Cow::Borrowed(survey.as_str()),
            None => cell(Field::Survey)
                .and_then(text::clean)
                .unwrap_or(Cow::Borrowed(DEFAULT_SURVEY)),
        };
        if survey.len() > SURVEY_BYTES_MAX {
            return Err(reject(format_args!(
                "survey \"{}\" is longer than {SURVEY_BYTES_MAX} bytes",
                shown(&survey)
            )));
        }
        let respondent = cell(Field::Respondent)
            .map(text::without_formula_guard)
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
        let reading = self.mapping.reading;
        let (score, rating) = if metric == "nps" {
            let score = read_score(answer, reading)?;
            let empty_is_zero = self.mapping.bound.empty_is_zero();
            (score.or(empty_is_zero.then_some(0)), None)
        } else {
            (None, read_rating(answer, reading)?)
        };
        let rating_scale = reading
            .scale
            .filter(|scale| rating.is_some() && !scale.is_nps());
        let consent = match cell(Field::Consent) {
            None => "unknown",
            Some(cell) => consent(cell)
                .ok_or_else(|| reject(format_args!("consent \"{}\" is not known", shown(cell))))?,
        };
        let time = || {
            let time = text::trim(&row.cells[self.mapping.responded_time?]);
            (!score::is_blank(time)).then_some(time)
        };
        let date = |field: Field, reader: &Option<DateReader>| {
            let (Some(cell), Some(reader)) = (cell(field), reader) else {
                return Ok(None);
            };
            let cell = match time().filter(|_| field == Field::RespondedAt) {
                Some(time) => Cow::Owned(format!("{cell} {time}")),
                None => Cow::Borrowed(cell),
            };
            reader.read(&cell).map(Some).ok_or_else(|| {
                reject(format_args!(
                    "{} \"{}\" cannot be read as {}",
                    field.name(),
                    shown(&cell),
                    reader.style
                ))
            })
        };
        let kept = self.mapping.kept.iter().map(|column| {
            let cell = row.cells[column.index].trim();
            text::clean(cell)
        });
        Ok(Response {
            tool_id: cell(Field::ResponseId),
            survey,
            metric,
            respondent,
            account: cell(Field::Account).and_then(text::clean),
            score,
            rating,
            rating_max: rating_scale
                .map(|scale| scale.max)
                .or_else(|| rating.and_then(|_| self.mapping.bound.rating_max(metric))),
            responded_at: date(Field::RespondedAt, &self.mapping.responded_at)?,
            sent_at: date(Field::SentAt, &self.mapping.sent_at)?,
            updated_at: date(Field::UpdatedAt, &self.mapping.updated_at)?,
            comment: self
                .mapping
                .column(Field::Comment)
                .and_then(|index| text::clean_comment(&row.cells[index])),
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

fn read_score(cell: &str, reading: Reading) -> Result<Option<i8>, Reason> {
    let value = match reading.read(cell) {
        ScoreCell::Blank => return Ok(None),
        ScoreCell::Number(value) => value,
        ScoreCell::Unreadable => return Err(unreadable("score", cell, reading)),
    };
    match whole_score(value) {
        Some(score) => Ok(Some(score)),
        None if value.fract() != 0.0 => Err(reject(format_args!(
            "score \"{}\" is not a whole number",
            shown(cell)
        ))),
        None => Err(reject(format_args!(
            "score \"{}\" is outside 0 to 10",
            shown(cell)
        ))),
    }
}

fn read_rating(cell: &str, reading: Reading) -> Result<Option<f64>, Reason> {
    match reading.read(cell) {
        ScoreCell::Blank => Ok(None),
        ScoreCell::Number(rating) => match reading.scale {
            Some(scale) if !scale.is_nps() && !scale.holds(rating) => Err(reject(format_args!(
                "rating \"{}\" is outside {} to {}",
                shown(cell),
                scale.min,
                scale.max
            ))),
            _ => Ok(Some(rating)),
        },
        ScoreCell::Unreadable => Err(unreadable("rating", cell, reading)),
    }
}

fn unreadable(what: &str, cell: &str, reading: Reading) -> Reason {
    let top = reading.scale.unwrap_or(Scale::NPS).max;
    let would_read = !reading.lenient
        && matches!(score::read_lenient(cell, top), ScoreCell::Number(value) if value <= top);
    let hint = if would_read {
        "; --lenient reads it"
    } else {
        ""
    };
    reject(format_args!(
        "{what} \"{}\" is not a number{hint}",
        shown(cell)
    ))
}
