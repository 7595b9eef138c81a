//! Turns a row of cells into a response, or the reason why it is rejected.

use std::borrow::Cow;
use std::cell::LazyCell;
use std::sync::Arc;

use datafusion_functions_nps::{PurposeKey, Redacted, RedactionCounts, Redactor, RowContext};
use zeroize::Zeroizing;

use exports::columns::cells::{address, metric_name};
use exports::columns::consent::Consent;
use exports::columns::field::Field;
use exports::columns::people::names_nobody;
use exports::columns::personal::Personal;
use exports::columns::score::{self, Reading, ScoreCell, whole_score};
use exports::dates::day::YEARS;
use exports::dates::{ClockChange, DateReader, Moment, NoDate};
use exports::format::rows::Row;
use exports::leftovers::repeats_header;
use exports::mapping::Mapping;
use exports::mapping::scale::Scale;
use exports::quote::shown;
use exports::spelling;
use exports::text;

use super::known::KnownRespondents;
use super::rejection::{RejectKind, Rejection};
use super::suppressed::{Cut, named_in};
use crate::ingest::options::{IngestOptions, SURVEY_BYTES_MAX, UnknownRespondents};
use crate::lake::identities::FIELDS_SEPARATOR;
use crate::privacy::address::Address;
use crate::privacy::seal::{Person, Sealer};
use crate::privacy::suppression::{Rule, Suppressed, SuppressionList};

/// The survey of responses without one.
const DEFAULT_SURVEY: &str = "default";

/// Minimum number of words in a prose cell; names of segments and products are shorter.
const PROSE_WORDS_MIN: usize = 4;

/// A response as stored in the lake, without the values that depend on the whole import.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(test, derive(Default))]
pub(in crate::ingest) struct Response<'a> {
    /// The id from the file, if it has one.
    pub(in crate::ingest) tool_id: Option<&'a str>,
    pub(in crate::ingest) survey: Cow<'a, str>,
    pub(in crate::ingest) metric: &'static str,
    pub(in crate::ingest) respondent: Option<String>,
    pub(in crate::ingest) account: Option<Cow<'a, str>>,
    pub(in crate::ingest) score: Option<i8>,
    pub(in crate::ingest) rating: Option<f64>,
    /// The maximum of the rating's scale.
    pub(in crate::ingest) rating_max: Option<f64>,
    pub(in crate::ingest) responded_at: Option<Moment>,
    pub(in crate::ingest) sent_at: Option<Moment>,
    pub(in crate::ingest) updated_at: Option<Moment>,
    /// Changes of the clocks at the dates.
    pub(in crate::ingest) clock_changes: [Option<ClockChange>; 3],
    /// The comment, redacted.
    pub(in crate::ingest) comment: Option<Cow<'a, str>>,
    /// The comment before redaction, if redaction changed it.
    pub(in crate::ingest) original_comment: Option<Cow<'a, str>>,
    /// Redactions in the comment and in kept columns.
    pub(in crate::ingest) redacted: RedactionCounts,
    pub(in crate::ingest) consent: &'static str,
    /// `true` if respondent and comment were removed because consent is missing.
    pub(in crate::ingest) lacks_consent: bool,
    /// The reason for which respondent, comment and account are to be removed once the response is
    /// identified.
    pub(in crate::ingest) cut: Option<Cut>,
    /// The id instead of the file's, if the response is cut loose or may have been erased of a name.
    pub(in crate::ingest) impersonal_id: Option<ImpersonalId>,
    /// `true` if the respondent is known; `None` without a respondent or a list of known ones.
    pub(in crate::ingest) known_respondent: Option<bool>,
    /// The identity of the respondent.
    pub(in crate::ingest) sealed: Option<Sealed>,
    /// The cells of the kept columns in order; `None` if blank.
    pub(in crate::ingest) kept: Vec<Option<Cow<'a, str>>>,
}

/// An id that names nobody, instead of one that may name the respondent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::ingest) struct ImpersonalId {
    pub(in crate::ingest) id: String,
    /// False for a response that keeps the file's id. It may be in the lake under the other, since erasing finds
    /// names that the row does not have.
    is_needed: bool,
}

/// The personal data of a respondent, sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::ingest) struct Sealed {
    /// The names of the fields.
    pub(in crate::ingest) fields: String,
    pub(in crate::ingest) person: Vec<u8>,
}

/// The result of cleaning a row.
#[derive(Debug, PartialEq)]
pub(in crate::ingest) enum Cleaned<'a> {
    Response(Box<Response<'a>>),
    /// Not a response, such as a blank row at the end of a sheet. The text names the kind of row.
    NotAResponse(&'a str),
    /// The response of somebody whom the lake is to forget.
    Suppressed,
    Rejected(Rejection),
}

/// The rules of the lake for personal data.
#[derive(Debug)]
pub(in crate::ingest) struct PrivacyRules {
    pub(in crate::ingest) pseudonyms: PurposeKey,
    pub(in crate::ingest) sealer: Sealer,
    pub(in crate::ingest) requires_consent: bool,
    pub(in crate::ingest) suppressions: Arc<SuppressionList>,
}

impl Response<'_> {
    /// Removes what identifies the respondent, if the response is to be cut loose. `id` is its id.
    pub(in crate::ingest) fn cut_loose(&mut self, id: &mut String) {
        let Some(cut) = self.cut else {
            return;
        };
        self.comment = None;
        self.original_comment = None;
        self.account = None;
        if cut != Cut::Withdrawn {
            self.respondent = None;
            let impersonal = self.impersonal_id.take();
            if let Some(impersonal) = impersonal.filter(|impersonal| impersonal.is_needed) {
                *id = impersonal.id;
            }
        }
    }
}

/// Turns rows into responses.
#[derive(Debug)]
pub(in crate::ingest) struct Cleaner {
    mapping: Mapping,
    /// The value of `--survey`.
    survey: Option<String>,
    pseudonyms: PurposeKey,
    known: Option<KnownRespondents>,
    /// `None` keeps comments unchanged.
    redactor: Option<Redactor>,
    /// `None` does not store identities.
    sealer: Option<Sealer>,
    /// Removes respondent and comment unless consent is granted.
    requires_consent: bool,
    /// The people whom the lake is to forget.
    suppressions: Arc<SuppressionList>,
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
            redactor: options.redact.then(Redactor::new),
            sealer,
            requires_consent: rules.requires_consent,
            suppressions: rules.suppressions,
        }
    }

    pub(in crate::ingest) fn clean<'a>(&'a self, row: &'a Row<'_>) -> Cleaned<'a> {
        if row.repeats_header {
            return Cleaned::NotAResponse("repeated header");
        }
        if let Some(problem) = &row.problem {
            return Cleaned::Rejected(reject(RejectKind::Cells, format_args!("{problem}")));
        }
        if row.cells.iter().all(|cell| cell.trim().is_empty()) {
            return Cleaned::NotAResponse("blank");
        }
        let score = self.mapping.column(Field::Score);
        if let Some(problem) = score.and_then(|score| row.ends_before(score)) {
            return Cleaned::Rejected(reject(RejectKind::Cells, format_args!("{problem}")));
        }
        if repeats_header(row, &self.mapping) {
            return Cleaned::NotAResponse("repeated header");
        }
        if let Some(kind) = self.mapping.bound.not_a_response(&row.cells) {
            return Cleaned::NotAResponse(kind);
        }
        let suppressed = self.suppressed(row);
        if suppressed.is_some_and(|suppressed| suppressed.rule == Rule::Drop) {
            return Cleaned::Suppressed;
        }
        match self.response(row, suppressed) {
            Ok(response) => Cleaned::Response(Box::new(response)),
            Err(rejection) => Cleaned::Rejected(rejection),
        }
    }

    /// True for a row that states that consent is withdrawn.
    pub(in crate::ingest) fn withdraws_consent(&self, row: &Row<'_>) -> bool {
        let consent = || self.mapping.consents.of_row(&row.cells);
        row.problem.is_none() && consent() == Ok(Consent::Withdrawn)
    }

    /// The rule for the person of a row, if the lake is to forget them.
    fn suppressed(&self, row: &Row<'_>) -> Option<Suppressed> {
        if self.suppressions.is_empty() {
            return None;
        }
        self.suppressions
            .find(&named_in(row, &self.mapping, &self.pseudonyms))
    }

    fn response<'a>(
        &'a self,
        row: &'a Row<'_>,
        suppressed: Option<Suppressed>,
    ) -> Result<Response<'a>, Rejection> {
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
                .ok_or_else(|| {
                    let kind = RejectKind::Metric;
                    reject(kind, format_args!("unknown metric \"{}\"", shown(cell)))
                })?,
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
            return Err(reject(
                RejectKind::Survey,
                format_args!(
                    "survey \"{}\" is longer than {SURVEY_BYTES_MAX} bytes",
                    shown(&survey)
                ),
            ));
        }
        let consent = self.mapping.consents.of_row(&row.cells);
        let consent = consent.map(Consent::name).map_err(|cell| {
            let kind = RejectKind::Consent;
            reject(kind, format_args!("unknown consent \"{}\"", shown(cell)))
        })?;
        let date = |field: Field, reader: &Option<DateReader>| {
            let cell = self.mapping.date_text(field, &row.cells);
            let (Some(cell), Some(reader)) = (cell, reader) else {
                return Ok(None);
            };
            reader.read_clock(&cell).map(Some).or_else(|problem| {
                let (name, cell) = (field.name(), shown(&cell));
                let kind = RejectKind::date(field);
                match problem {
                    NoDate::StandIn => Ok(None),
                    NoDate::Unreadable => Err(reject(
                        kind,
                        format_args!("{name} \"{cell}\" cannot be read as {}", reader.style),
                    )),
                    NoDate::OutOfRange => Err(reject(
                        kind,
                        format_args!(
                            "{name} \"{cell}\" is outside {} to {}",
                            YEARS.start(),
                            YEARS.end()
                        ),
                    )),
                }
            })
        };
        let said_at = || {
            let dates = [
                date(Field::UpdatedAt, &self.mapping.updated_at),
                date(Field::RespondedAt, &self.mapping.responded_at),
            ];
            let mut dates = dates.into_iter().filter_map(|date| date.ok().flatten());
            Some(dates.next()?.moment.micros)
        };
        let cut = Cut::decide(suppressed, consent, said_at);
        let has_consent = !self.requires_consent || consent == "granted" || cut.is_some();
        let respondent = cell(Field::Respondent)
            .filter(|_| has_consent)
            .map(text::id)
            .filter(|cell| self.mapping.nobody.as_deref() != Some(*cell))
            .map(|cell| self.mapping.respondent(cell, &row.cells))
            .filter(|respondent| !names_nobody(respondent))
            .and_then(|respondent| self.pseudonyms.pseudonym(&respondent));
        let known_respondent = match (&self.known, &respondent) {
            (Some(known), Some(respondent)) => Some(known.contains(respondent)),
            _ => None,
        };
        if known_respondent == Some(false)
            && let Some(known) = &self.known
            && known.unknown == UnknownRespondents::Reject
        {
            return Err(reject(
                RejectKind::UnknownRespondent,
                format_args!("the respondent is not in the list of known respondents"),
            ));
        }
        let answer = self.answer(row)?;
        let reading = self.mapping.reading;
        let (score, rating) = if metric == "nps" {
            let score = read_score(answer, reading)?;
            let empty_is_zero = self.mapping.bound.empty_is_zero();
            (score.or(empty_is_zero.then_some(0)), None)
        } else {
            (None, read_rating(answer, reading)?)
        };
        let rating_scale = reading.scale.filter(|scale| !scale.is_nps());
        let rating_max = rating.and_then(|_| {
            let max = rating_scale.map(|scale| scale.max);
            let max = max.or_else(|| self.mapping.bound.rating_max(metric));
            max.or(self.mapping.rating_max)
        });
        let dates = [
            date(Field::RespondedAt, &self.mapping.responded_at)?,
            date(Field::SentAt, &self.mapping.sent_at)?,
            date(Field::UpdatedAt, &self.mapping.updated_at)?,
        ];
        let [responded_at, sent_at, updated_at] = dates.map(|date| Some(date?.moment));
        let person = LazyCell::new(|| self.person(row));
        let mut redacted = RedactionCounts::default();
        let original_comment = if has_consent { self.comment(row) } else { None };
        let mut redact = |text: Cow<'a, str>| {
            let Some(redactor) = self.redactor.filter(|_| cut.is_none()) else {
                return text;
            };
            let (text, counts) = redact(redactor, text, &person);
            redacted.add(&counts);
            text
        };
        let comment = original_comment.clone().map(&mut redact);
        let kept = self.mapping.kept.iter().map(|column| {
            let cell = text::clean(row.cells[column.index].trim())?;
            if cut.is_some() {
                return without_names(cell, &person);
            }
            Some(if is_prose(&cell) { redact(cell) } else { cell })
        });
        let kept = kept.collect();
        Ok(Response {
            tool_id: cell(Field::ResponseId).map(text::id),
            survey,
            metric,
            account: cell(Field::Account).and_then(|cell| self.account(text::id(cell))),
            score,
            rating,
            rating_max,
            responded_at,
            sent_at,
            updated_at,
            clock_changes: dates.map(|date| date?.clock_change),
            original_comment: original_comment
                .filter(|original| comment.as_ref() != Some(original)),
            comment,
            redacted,
            consent,
            lacks_consent: !has_consent,
            cut,
            impersonal_id: self.impersonal_id(row, cut.map(|_| &*person)),
            known_respondent,
            sealed: respondent
                .as_deref()
                // Of a withdrawal, to find the person's responses under other addresses; then it is deleted.
                .filter(|_| matches!(cut, None | Some(Cut::Withdrawn)))
                .and_then(|respondent| self.seal(row, respondent)),
            respondent,
            kept,
        })
    }

    /// The score's cell: that of its column, or of a further column of the same question.
    fn answer<'a>(&self, row: &'a Row<'_>) -> Result<&'a str, Rejection> {
        let columns = self.mapping.columns(Field::Score);
        let cells = columns.map(|index| text::trim(&row.cells[index]));
        let mut cells = cells.filter(|cell| !score::is_blank(cell));
        let answer = cells.next().unwrap_or("");
        match cells.find(|cell| *cell != answer) {
            Some(other) => Err(reject(
                RejectKind::SeveralScores,
                format_args!(
                    "two columns of the score are filled: \"{}\" and \"{}\"",
                    shown(answer),
                    shown(other)
                ),
            )),
            None => Ok(answer),
        }
    }

    /// The comment: that of its column, or of a question that others are asked. A row that fills several has
    /// all of them, a line each.
    fn comment<'a>(&self, row: &'a Row<'_>) -> Option<Cow<'a, str>> {
        let columns = self.mapping.columns(Field::Comment);
        let comments = columns.filter_map(|index| text::clean_comment(&row.cells[index]));
        comments.reduce(|all, next| Cow::Owned(format!("{all}\n{next}")))
    }

    /// The id instead of the file's, if that may name somebody. It is needed where that has an address or
    /// name of the person of a response that is cut loose, or is their key.
    fn impersonal_id(&self, row: &Row<'_>, cut: Option<&RowContext>) -> Option<ImpersonalId> {
        if cut.is_none() && self.suppressions.is_empty() {
            return None;
        }
        let cell = |field| {
            Some(text::id(text::trim(
                &row.cells[self.mapping.column(field)?],
            )))
        };
        let id = cell(Field::ResponseId)?;
        let is_key = cell(Field::Respondent) == Some(id);
        if !is_key && !may_name(id) {
            return None;
        }
        Some(ImpersonalId {
            id: self.suppressions.key().response_id(id),
            is_needed: cut.is_some_and(|person| {
                is_key
                    || Address::parse(id).is_some()
                    || !Redactor::new().find_known(id, person).is_empty()
            }),
        })
    }

    /// The account in a cell, as a pseudonym if it is an address. None if it is the address of somebody
    /// whom the lake is to forget.
    fn account<'a>(&self, cell: &'a str) -> Option<Cow<'a, str>> {
        if !self.suppressions.is_empty() {
            let addresses = Address::all_in(cell);
            let mut addresses = addresses.iter();
            if addresses.any(|address| self.suppressions.has_forgotten_address(address)) {
                return None;
            }
        }
        if self.mapping.account_is_personal || Address::parse(cell).is_some() {
            let account = spelling::respondent(cell);
            self.pseudonyms.pseudonym(&account).map(Cow::Owned)
        } else {
            text::clean(cell)
        }
    }

    /// Seals the personal data of the row's respondent.
    fn seal(&self, row: &Row<'_>, respondent: &str) -> Option<Sealed> {
        let sealer = self.sealer.as_ref()?;
        let person: Person = self
            .mapping
            .personal
            .iter()
            .filter_map(|column| {
                let value = text::clean(column.cell(row)?)?;
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

    /// The personal data of the row's respondent, to find it in texts.
    fn person(&self, row: &Row<'_>) -> RowContext {
        let mut person = RowContext::new();
        for column in &self.mapping.personal {
            let Some(cell) = column.cell(row) else {
                continue;
            };
            person = match column.personal {
                Personal::Name | Personal::OtherName => person.with_name(cell),
                Personal::Email => person.with_email(address(cell).unwrap_or(cell)),
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

/// True for an id that may name somebody: it has an address, or as many letters in a row as a name.
fn may_name(id: &str) -> bool {
    const LETTERS_MIN: usize = 3;
    let mut runs = id.split(|c: char| !c.is_alphabetic());
    !id.is_ascii() || id.contains('@') || runs.any(|run| run.len() >= LETTERS_MIN)
}

/// A kept cell of somebody who is cut loose, without personal data.
fn without_names<'a>(cell: Cow<'a, str>, person: &RowContext) -> Option<Cow<'a, str>> {
    let redactor = Redactor::new();
    let known = redactor.redact_known(&cell, person).text.into_owned();
    if is_prose(&known) {
        return Some(Cow::Owned(
            redact(redactor, Cow::Owned(known), person).0.into_owned(),
        ));
    }
    Some(Cow::Owned(known))
}

/// True if a kept cell may be free text, which can contain personal data.
fn is_prose(cell: &str) -> bool {
    cell.contains('@') || cell.split_whitespace().nth(PROSE_WORDS_MIN - 1).is_some()
}

/// Redacts the text, and counts the redactions.
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
            let redacted = redactor.redact(&text, person);
            (Cow::Owned(redacted.text.into_owned()), redacted.counts)
        }
    }
}

fn reject(kind: RejectKind, reason: std::fmt::Arguments<'_>) -> Rejection {
    Rejection {
        kind,
        reason: reason.to_string(),
    }
}

fn read_score(cell: &str, reading: Reading) -> Result<Option<i8>, Rejection> {
    let value = match reading.read(cell) {
        ScoreCell::Blank => return Ok(None),
        ScoreCell::Number(value) => value,
        ScoreCell::Unreadable => return Err(unreadable("score", cell, reading)),
    };
    let score = whole_score(value).ok_or_else(|| {
        let (kind, problem) = if value.fract() == 0.0 {
            (RejectKind::ScoreOutside, "outside 0 to 10")
        } else {
            (RejectKind::ScoreNotWhole, "not a whole number")
        };
        reject(kind, format_args!("score \"{}\" is {problem}", shown(cell)))
    })?;
    Ok(Some(score))
}

fn read_rating(cell: &str, reading: Reading) -> Result<Option<f64>, Rejection> {
    match reading.read(cell) {
        ScoreCell::Blank => Ok(None),
        ScoreCell::Number(rating) => match reading.scale {
            Some(scale) if !scale.is_nps() && !scale.contains(rating) => Err(reject(
                RejectKind::RatingOutside,
                format_args!(
                    "rating \"{}\" is outside {} to {}",
                    shown(cell),
                    scale.min,
                    scale.max
                ),
            )),
            _ => Ok(Some(rating)),
        },
        ScoreCell::Unreadable => Err(unreadable("rating", cell, reading)),
    }
}

fn unreadable(noun: &str, cell: &str, reading: Reading) -> Rejection {
    if score::from_date(cell).is_some() {
        let (kind, hint) = if reading.dates_are_answers && !reading.lenient {
            (RejectKind::ScoreInWords, "; lenient reading accepts it")
        } else {
            (RejectKind::ScoreNotANumber, "")
        };
        let reason = format_args!(
            "{noun} \"{}\" is a date, which a spreadsheet makes of answers such as 9/10{hint}",
            shown(cell)
        );
        return reject(kind, reason);
    }
    let top = reading.scale.unwrap_or(Scale::NPS).max;
    let would_read = !reading.lenient
        && matches!(score::read_lenient(cell, top), ScoreCell::Number(value) if value <= top);
    let (kind, hint) = if would_read {
        (RejectKind::ScoreInWords, "; lenient reading accepts it")
    } else {
        (RejectKind::ScoreNotANumber, "")
    };
    reject(
        kind,
        format_args!("{noun} \"{}\" is not a number{hint}", shown(cell)),
    )
}
