//! Decides which column is which field, from headers and content.

pub mod assign;
pub mod branches;
pub mod choose;
pub mod choose_dates;
pub mod choose_score;
mod consent_questions;
pub mod consents;
mod date_evidence;
mod date_notes;
pub mod evidence;
pub mod explain;
pub mod fields;
pub mod kept;
pub mod metric;
mod nobody;
pub mod scale;
pub mod signs;
pub mod undecided;

use std::borrow::Cow;
use std::sync::Arc;

use chrono_tz::Tz;

use choose::{
    check_choice, check_ids, check_metrics, choose_fields, unmap_row_numbers, unmap_survey_type,
};
use choose_dates::{adjacent_time, date_reader, joined_date, joined_reader, zone};
use choose_score::{
    check_groups, check_scale, check_score, check_single_responses, note_on_ends, note_on_scale,
};
use consent_questions::{check_consent_choice, check_consent_values, note_on_consents};
use consents::Consents;
use date_notes::{date_notes, note_on_joined, undated_note, unmap_placeholders};
use fields::Fields;
use kept::{kept_columns, note_on_comments, note_on_states, personal_columns};

use metric::{check_given_metric, check_metric, check_surveys, metric_of};
use nobody::{note_on_nobody, note_on_phones, note_on_zeros, unmapped_outlier};
use scale::Scale;
use undecided::{Questions, Undecided};

pub use kept::{KeptColumn, PersonalColumn, RESPONSE_COLUMNS};

use super::columns::Column;
use super::columns::countries::calling_code;
use super::columns::date_parts::JoinedDate;
use super::columns::field::Field;
use super::columns::personal::names_a_country;
use super::columns::score::{EndsInWords, Reading, is_blank};
use super::dates::DateReader;
use super::profiles::bound::Bound;
use super::spelling::{respondent, respondent_by_phone};
use super::text::trim;
use crate::error::Result;
use crate::message::Message;
use crate::options::ReadOptions;

/// The use of each column of a file.
#[derive(Clone, Debug)]
pub struct Mapping {
    fields: Fields,
    /// The headers of all columns, as the file has them.
    pub headers: Vec<String>,
    /// The notation of scores.
    pub reading: Reading,
    /// Further columns of the score's question, for rows that have none in its own.
    pub score_branches: Vec<usize>,
    /// Further columns of comments, of questions that others are asked.
    pub comment_branches: Vec<usize>,
    /// The columns of consent.
    pub consents: Consents,
    /// The metric of the answers if it is not that of NPS.
    pub other_metric: Option<&'static str>,
    /// `true` if accounts are addresses, which are stored as pseudonyms.
    pub account_is_personal: bool,
    /// The top of the scale of answers that are not those of NPS.
    pub rating_max: Option<f64>,
    pub responded_at: Option<DateReader>,
    /// The columns of the parts of the answer's date, if no column has the whole. That of the year is the
    /// column of the field.
    pub joined_date: Option<JoinedDate>,
    /// The column of the time of day, if that of the date has none.
    pub responded_time: Option<usize>,
    pub sent_at: Option<DateReader>,
    pub updated_at: Option<DateReader>,
    pub kept: Vec<KeptColumn>,
    pub dropped: Vec<DroppedColumn>,
    /// The columns with personal data of the respondent, mapped or not.
    pub personal: Vec<PersonalColumn>,
    /// The value of the respondent's column that stands for nobody.
    pub nobody: Option<String>,
    /// `true` if respondents are telephone numbers.
    pub has_phones: bool,
    /// The column of the respondent's country.
    pub country: Option<usize>,
    /// Notes on these choices for the import's summary.
    pub notes: Vec<Message>,
    /// The profile's rules for rows and metrics.
    pub bound: Arc<Bound>,
    /// The zone of each field's dates if the column's header names one.
    pub header_zones: [Option<Tz>; Field::ALL.len()],
}

/// A column that the lake does not store.
#[derive(Clone, Debug)]
pub struct DroppedColumn {
    pub header: String,
    pub personal: bool,
}

impl Mapping {
    /// Decides from the observed columns. `complete` is true if every row was observed.
    pub fn decide(
        columns: &[Column],
        complete: bool,
        bound: &Arc<Bound>,
        options: &ReadOptions,
    ) -> Result<Self, Undecided> {
        let reading = Reading::from_options(options)?;
        let zone = zone(options)?;
        let chosen = choose_fields(columns, reading, bound, options)?;
        let (mut fields, certain) = (chosen.fields, chosen.certain);
        // All that is open is asked at once.
        let mut questions = Questions::default();
        let mut is_clear = [true; Field::ALL.len()];
        for field in Field::ALL {
            let checked = check_choice(columns, &chosen, field, complete, bound);
            is_clear[field as usize] = questions.ask(checked)?.is_some();
        }
        if is_clear[Field::Score as usize] {
            let checked = check_score(columns, &chosen, reading);
            is_clear[Field::Score as usize] = questions.ask(checked)?.is_some();
        }
        if bound.candidates(Field::Metric).is_none() {
            unmap_survey_type(columns, &mut fields, &certain);
        }
        check_given_metric(columns, &fields, options)?;
        questions.ask(check_surveys(columns, &fields, options))?;
        let is_unmapped = options.map.iter().any(|(name, header)| {
            name.trim() == Field::RespondedAt.name() && header.trim().is_empty()
        });
        let has_none = bound
            .candidates(Field::RespondedAt)
            .is_some_and(<[_]>::is_empty);
        let joined = joined_date(columns, &fields, !is_unmapped && !has_none);
        if let Some(joined) = joined {
            fields[Field::RespondedAt] = Some(joined.year);
        }
        let has_column = fields[Field::RespondedAt].is_some();
        let mut notes = unmap_placeholders(columns, &mut fields, complete)?;
        let mut date = |field: Field| -> Result<Option<DateReader>, Undecided> {
            if let Some(joined) = joined.filter(|_| field == Field::RespondedAt) {
                return Ok(Some(joined_reader(joined, zone, options)));
            }
            let column = fields.column(columns, field);
            let Some(column) = column.filter(|_| is_clear[field as usize]) else {
                return Ok(None);
            };
            questions.ask(date_reader(column, field, complete, zone, options))
        };
        let mut responded_at = date(Field::RespondedAt)?;
        let sent_at = date(Field::SentAt)?;
        let updated_at = date(Field::UpdatedAt)?;
        let responded_time = responded_at
            .as_ref()
            .and_then(|reader| adjacent_time(columns, &fields, reader, joined));
        if let (Some(reader), Some(time)) = (&mut responded_at, responded_time) {
            reader.shared_time = columns[time].shares_time_of_day();
        }
        questions.ask(check_metrics(columns, &fields, bound))?;
        let consents = Consents::new(columns, &chosen.fields, &chosen.consent_branches, options)?;
        if questions
            .ask(check_consent_choice(columns, &chosen))?
            .is_some()
        {
            for consent in consents.columns() {
                let checked = check_consent_values(columns, &consents, *consent, complete);
                questions.ask(checked)?;
            }
        }
        questions.ask(check_ids(columns, &chosen))?;
        notes.extend(joined.map(|joined| note_on_joined(columns, joined)));
        for (field, reader) in [
            (Field::RespondedAt, &responded_at),
            (Field::SentAt, &sent_at),
            (Field::UpdatedAt, &updated_at),
        ] {
            let is_joined = field == Field::RespondedAt && joined.is_some();
            if let (Some(column), Some(reader)) = (fields.column(columns, field), reader)
                && !is_joined
            {
                notes.extend(date_notes(column, field, reader, options));
            }
        }
        if !has_column {
            notes.push(undated_note(columns, &fields, options));
        }
        questions.ask(check_single_responses(columns, &fields, &certain))?;
        let mut other_metric = None;
        let mut rating_max = None;
        if let Some(column) = fields.column(columns, Field::Score)
            && is_clear[Field::Score as usize]
        {
            other_metric = metric_of(column, reading.scale, options);
            rating_max = reading
                .scale
                .or(column.named_scale())
                .map(|scale| scale.max);
            // In a file of other metrics only, the scale changes no score.
            let metric = fields.column(columns, Field::Metric);
            let is_given = options.metric.is_some() && other_metric.is_some();
            if !is_given && !metric.is_some_and(Column::has_other_metrics_only) {
                let mut answers = column.answers.clone();
                for branch in &chosen.branches {
                    answers.add(&columns[*branch].answers);
                }
                let checked = check_metric(column, reading, options);
                if questions.ask(checked)?.is_some()
                    && questions
                        .ask(check_groups(columns, &chosen, &answers))?
                        .is_some()
                {
                    let has_groups = chosen.has_agreeing_groups();
                    let checked = check_scale(column, &answers, reading, has_groups, complete);
                    questions.ask(checked)?;
                    notes.extend(note_on_scale(column, &answers, reading));
                }
            }
        }
        let kept = questions
            .ask(kept_columns(columns, &fields, options))?
            .unwrap_or_default();
        questions.finish()?;
        notes.extend(note_on_comments(columns, &chosen, &kept, options));
        notes.extend(note_on_states(columns, &chosen, bound));
        notes.extend(note_on_consents(
            columns, &chosen, &consents, &kept, options,
        ));
        notes.extend(unmap_row_numbers(
            columns,
            &mut fields,
            &certain,
            responded_time.is_some_and(|time| !columns[time].shares_time_of_day()),
        ));
        let is_nps_scale = reading.scale.is_none_or(Scale::is_nps);
        let score = fields
            .column(columns, Field::Score)
            .filter(|_| is_nps_scale);
        let ends = score.map_or_else(EndsInWords::default, |score| score.answers.ends_in_words());
        notes.extend(score.and_then(note_on_ends));
        let outlier = unmapped_outlier(columns, &fields, &chosen);
        let nobody = outlier.map(|(column, value, count)| {
            notes.push(note_on_nobody(column, value, count));
            value.to_owned()
        });
        let country = columns
            .iter()
            .position(|column| names_a_country(&column.header));
        for field in [Field::Respondent, Field::ResponseId] {
            let column = fields.column(columns, field);
            notes.extend(column.and_then(|column| note_on_zeros(column, field)));
        }
        let respondent = fields.column(columns, Field::Respondent);
        notes.extend(respondent.and_then(|column| note_on_phones(column, country.is_some())));
        let personal = personal_columns(columns, &fields, options)?;
        let is_used = |index: usize| {
            let mut sealed = personal.iter().filter(|column| column.sealed_as.is_some());
            fields.contains(index)
                || joined.is_some_and(|joined| joined.others().contains(&index))
                || responded_time == Some(index)
                || chosen.branches.contains(&index)
                || chosen.comment_branches.contains(&index)
                || chosen.consent_branches.contains(&index)
                || kept.iter().any(|column| column.index == index)
                || sealed.any(|column| column.index == index)
        };
        let dropped = (0..columns.len())
            .filter(|index| !is_used(*index))
            .map(|index| DroppedColumn {
                header: columns[index].header.clone(),
                personal: columns[index].is_personal(),
            })
            .collect();
        Ok(Self {
            fields,
            headers: columns.iter().map(|column| column.header.clone()).collect(),
            reading: Reading {
                ends,
                dates_are_answers: score.is_some_and(|score| score.answers.dates_are_answers()),
                ..reading
            },
            score_branches: chosen.branches,
            comment_branches: chosen.comment_branches,
            consents,
            other_metric,
            account_is_personal: fields
                .column(columns, Field::Account)
                .is_some_and(Column::is_personal),
            rating_max: rating_max.filter(|_| other_metric.is_some()),
            responded_at,
            joined_date: joined,
            responded_time,
            sent_at,
            updated_at,
            kept,
            dropped,
            personal,
            nobody,
            has_phones: respondent.is_some_and(Column::has_phones),
            country,
            notes,
            bound: Arc::clone(bound),
            header_zones: Field::ALL.map(|field| fields.column(columns, field)?.zone),
        })
    }

    /// True if any personal data of respondents is sealed.
    pub fn seals_identities(&self) -> bool {
        let mut personal = self.personal.iter();
        personal.any(|column| column.sealed_as.is_some())
    }

    /// The column of a field.
    pub fn column(&self, field: Field) -> Option<usize> {
        self.fields[field]
    }

    /// The text of a date of a row, which several columns can have together. `None` if it is blank.
    pub fn date_text<'a>(&self, field: Field, cells: &'a [Cow<'_, str>]) -> Option<Cow<'a, str>> {
        let cell = |index: usize| trim(&cells[index]);
        let is_answer = field == Field::RespondedAt;
        let date = match self.joined_date.filter(|_| is_answer) {
            Some(joined) => Cow::Owned(joined.text(cell)?),
            None => Cow::Borrowed(cell(self.column(field)?)),
        };
        if is_blank(&date) {
            return None;
        }
        let time = self.responded_time.filter(|_| is_answer).map(cell);
        Some(match time.filter(|time| !is_blank(time)) {
            Some(time) => Cow::Owned(format!("{date} {time}")),
            None => date,
        })
    }

    /// The respondent in a cell, in the spelling that all others become.
    pub fn respondent<'a>(&self, cell: &'a str, cells: &[Cow<'_, str>]) -> Cow<'a, str> {
        if !self.has_phones {
            return respondent(cell);
        }
        let country = self.country.map(|index| trim(&cells[index]));
        respondent_by_phone(cell, country.and_then(calling_code))
    }

    /// The further columns of a field's question.
    pub fn branches(&self, field: Field) -> &[usize] {
        match field {
            Field::Score => &self.score_branches,
            Field::Comment => &self.comment_branches,
            _ => &[],
        }
    }

    /// All columns of a field.
    pub fn columns(&self, field: Field) -> impl Iterator<Item = usize> {
        let branches = self.branches(field).iter().copied();
        self.column(field).into_iter().chain(branches)
    }
}

#[cfg(test)]
mod tests;
