//! One row of cells to one response, or the reason why not.

use std::borrow::Cow;
use std::cell::LazyCell;

use datafusion_functions_nps::{PurposeKey, Redacted, RedactionCounts, Redactor, RowContext};
use zeroize::Zeroizing;

use exports::columns::cells::{consent, metric_name};
use exports::columns::field::Field;
use exports::columns::personal::Personal;
use exports::columns::score::{self, Reading, ScoreCell, whole_score};
use exports::dates::{DateReader, Moment};
use exports::format::rows::Row;
use exports::leftovers::is_leftover;
use exports::mapping::scale::Scale;
use exports::mapping::{Mapping, PersonalColumn};
use exports::quote::shown;
use exports::text;

use super::known::KnownRespondents;
use crate::ingest::options::{IngestOptions, SURVEY_BYTES_MAX, UnknownRespondents};
use crate::lake::identities::FIELDS_SEPARATOR;
use crate::privacy::seal::{Person, Sealer};

/// The survey of responses whose file names none.
const DEFAULT_SURVEY: &str = "default";

/// So many words in a kept cell are no name of anything.
const PROSE_WORDS_MIN: usize = 4;

/// A response as the lake stores it, but for what only the import as a whole can tell.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::ingest) struct Response<'a> {
    /// The tool's own id, where the file has one.
    pub(in crate::ingest) tool_id: Option<&'a str>,
    pub(in crate::ingest) survey: Cow<'a, str>,
    pub(in crate::ingest) metric: &'static str,
    pub(in crate::ingest) respondent: Option<String>,
    pub(in crate::ingest) account: Option<Cow<'a, str>>,
    pub(in crate::ingest) score: Option<i8>,
    pub(in crate::ingest) rating: Option<f64>,
    /// The top of the scale that the rating is on.
    pub(in crate::ingest) rating_max: Option<f64>,
    pub(in crate::ingest) responded_at: Option<Moment>,
    pub(in crate::ingest) sent_at: Option<Moment>,
    pub(in crate::ingest) updated_at: Option<Moment>,
    /// Without personal data.
    pub(in crate::ingest) comment: Option<Cow<'a, str>>,
    /// The comment as it was written, where there was personal data in it.
    pub(in crate::ingest) written: Option<Cow<'a, str>>,
    /// What was replaced in it, and in kept columns.
    pub(in crate::ingest) redacted: RedactionCounts,
    pub(in crate::ingest) consent: &'static str,
    /// Whether respondent and comment were left out for want of consent.
    pub(in crate::ingest) lacks_consent: bool,
    /// Whether the respondent is among the known ones, where these were given.
    pub(in crate::ingest) known_respondent: Option<bool>,
    /// Who the respondent is.
    pub(in crate::ingest) sealed: Option<Sealed>,
    /// The cells of the kept columns in their order, `None` where blank.
    pub(in crate::ingest) kept: Vec<Option<Cow<'a, str>>>,
}

/// What an export says of a person, sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::ingest) struct Sealed {
    /// The names of the fields.
    pub(in crate::ingest) fields: String,
    pub(in crate::ingest) person: Vec<u8>,
}

/// What a row turned out to be.
#[derive(Debug, PartialEq)]
pub(in crate::ingest) enum Cleaned<'a> {
    Response(Box<Response<'a>>),
    /// A row that is none, such as the blank ones at the end of a sheet; what it is instead.
    NotAResponse(&'a str),
    Rejected(String),
}

/// What the lake may know of people, and how.
#[derive(Debug)]
pub(in crate::ingest) struct PrivacyRules {
    pub(in crate::ingest) pseudonyms: PurposeKey,
    pub(in crate::ingest) sealer: Sealer,
    pub(in crate::ingest) requires_consent: bool,
}

/// Turns rows into responses.
#[derive(Debug)]
pub(in crate::ingest) struct Cleaner {
    mapping: Mapping,
    /// The survey that `--survey` names.
    survey: Option<String>,
    pseudonyms: PurposeKey,
    known: Option<KnownRespondents>,
    /// `None` keeps comments as they are written.
    redactor: Option<Redactor>,
    /// `None` keeps nothing of who the respondents are.
    sealer: Option<Sealer>,
    /// Whoever has not granted consent stays unknown, and so does their comment.
    requires_consent: bool,
}

impl Cleaner {
    pub(in crate::ingest) fn new(
        mapping: Mapping,
        options: &IngestOptions,
        rules: PrivacyRules,
        known: Option<KnownRespondents>,
    ) -> Self {
        let sealer = mapping.seals_identities().then_some(rules.sealer);
        Self {
            mapping,
            survey: options.survey.clone(),
            pseudonyms: rules.pseudonyms,
            known,
            redactor: (!options.no_redact).then(Redactor::new),
            sealer,
            requires_consent: rules.requires_consent,
        }
    }

    pub(in crate::ingest) fn clean<'a>(&'a self, row: &'a Row<'_>) -> Cleaned<'a> {
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
        let consent = match cell(Field::Consent) {
            None => "unknown",
            Some(cell) => consent(cell)
                .ok_or_else(|| reject(format_args!("consent \"{}\" is not known", shown(cell))))?,
        };
        let may_know = !self.requires_consent || consent == "granted";
        let respondent = cell(Field::Respondent)
            .filter(|_| may_know)
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
        let person = LazyCell::new(|| self.person(row));
        let mut redacted = RedactionCounts::default();
        let written = self
            .mapping
            .column(Field::Comment)
            .filter(|_| may_know)
            .and_then(|index| text::clean_comment(&row.cells[index]));
        let mut redact = |text: Cow<'a, str>| {
            let Some(redactor) = self.redactor else {
                return text;
            };
            let (text, counts) = redact(redactor, text, &person);
            redacted.add(&counts);
            text
        };
        let comment = written.clone().map(&mut redact);
        let kept = self.mapping.kept.iter().map(|column| {
            let cell = text::clean(row.cells[column.index].trim())?;
            Some(match is_prose(&cell) {
                true => redact(cell),
                false => cell,
            })
        });
        let kept = kept.collect();
        Ok(Response {
            tool_id: cell(Field::ResponseId),
            survey,
            metric,
            account: cell(Field::Account).and_then(text::clean),
            score,
            rating,
            rating_max: rating_scale
                .map(|scale| scale.max)
                .or_else(|| rating.and_then(|_| self.mapping.bound.rating_max(metric))),
            responded_at: date(Field::RespondedAt, &self.mapping.responded_at)?,
            sent_at: date(Field::SentAt, &self.mapping.sent_at)?,
            updated_at: date(Field::UpdatedAt, &self.mapping.updated_at)?,
            written: written.filter(|written| comment.as_ref() != Some(written)),
            comment,
            redacted,
            consent,
            lacks_consent: !may_know,
            known_respondent,
            sealed: respondent
                .as_deref()
                .and_then(|respondent| self.seal(row, respondent)),
            respondent,
            kept,
        })
    }

    /// What the row tells of its respondent, sealed.
    fn seal(&self, row: &Row<'_>, respondent: &str) -> Option<Sealed> {
        let sealer = self.sealer.as_ref()?;
        let person: Person = self
            .mapping
            .personal
            .iter()
            .filter_map(|column| {
                let value = text::clean(personal_cell(row, column)?)?;
                let value = Zeroizing::new(value.into_owned());
                Some((column.sealed_as.clone()?, value))
            })
            .collect();
        let fields: Vec<&str> = person.keys().map(String::as_str).collect();
        (!fields.is_empty()).then(|| Sealed {
            fields: fields.join(FIELDS_SEPARATOR),
            person: sealer.seal(respondent, &person),
        })
    }

    /// What the row tells of the respondent, to find it in texts.
    fn person(&self, row: &Row<'_>) -> RowContext {
        let mut person = RowContext::new();
        for column in &self.mapping.personal {
            let Some(cell) = personal_cell(row, column) else {
                continue;
            };
            person = match column.personal {
                Personal::Name | Personal::OtherName => person.with_name(cell),
                Personal::Email => person.with_email(cell),
                Personal::Phone => person.with_phone(cell),
                Personal::Other => person,
            };
        }
        match self.mapping.country {
            Some(index) => person.with_country(text::trim(&row.cells[index])),
            None => person,
        }
    }
}

fn personal_cell<'a>(row: &'a Row<'_>, column: &PersonalColumn) -> Option<&'a str> {
    let cell = text::without_formula_guard(text::trim(&row.cells[column.index]));
    (!score::is_blank(cell)).then_some(cell)
}

/// A kept cell that somebody may have written freely: names of segments and products have fewer
/// words.
fn is_prose(cell: &str) -> bool {
    cell.contains('@') || cell.split_whitespace().nth(PROSE_WORDS_MIN - 1).is_some()
}

/// The text without personal data, and what was in it.
fn redact<'a>(
    redactor: Redactor,
    text: Cow<'a, str>,
    person: &RowContext,
) -> (Cow<'a, str>, RedactionCounts) {
    match text {
        Cow::Borrowed(text) => {
            let Redacted { text, counts } = redactor.redact(text, person);
            (text, counts)
        }
        Cow::Owned(text) => {
            let Redacted {
                text: redacted,
                counts,
            } = redactor.redact(&text, person);
            match redacted {
                Cow::Borrowed(_) => (Cow::Owned(text), counts),
                Cow::Owned(redacted) => (Cow::Owned(redacted), counts),
            }
        }
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
            Some(scale) if !scale.is_nps() && !scale.contains(rating) => Err(reject(format_args!(
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
