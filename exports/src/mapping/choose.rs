//! Chooses a column for each field, or reports why it cannot.

use super::choose_dates::date_format;
use super::choose_score::{choose_score, no_score_column};
use super::fields::Fields;
use super::undecided::{
    Undecided, ambiguous_column, are_copies, describe, header_list, map_option, unmap_option,
};
use crate::columns::Column;
use crate::columns::field::Field;
use crate::columns::headers::{NPS_GROUPS, fold, leaf};
use crate::columns::score::Reading;
use crate::error::{Error, Result};
use crate::layout::header::REJECT_REASON;
use crate::message::{ImportOption, Message};
use crate::options::ReadOptions;
use crate::profiles::bound::Bound;
use crate::quote::clip;

/// The columns of the fields, and those of them that are certain: mapped by an option, or the
/// response id of the profile.
pub fn choose_fields(
    columns: &[Column],
    reading: Reading,
    complete: bool,
    bound: &Bound,
    options: &ReadOptions,
) -> Result<(Fields, Fields), Undecided> {
    let (mut fields, mapped) = mapped_fields(columns, options)?;
    let mut certain = fields;
    for field in Field::ALL {
        if mapped.contains(&field) || (field == Field::Survey && options.survey.is_some()) {
            continue;
        }
        if let Some(candidates) = bound.candidates(field) {
            // A score column of several metrics has more than answers from 0 to 10.
            let mixed = bound.candidates(Field::Metric).is_some();
            let fits = |column: &Column| match field {
                Field::Respondent => true,
                _ if column.is_personal() => false,
                Field::Score => mixed || column.has_answers(reading),
                _ => column.fits(field),
            };
            let chosen = choose_by_profile(columns, field, candidates, fits, complete, &fields)?;
            fields[field] = chosen;
            if field == Field::ResponseId {
                certain[field] = chosen;
            }
            if chosen.is_some() || candidates.is_empty() {
                continue;
            }
        }
        fields[field] = match field {
            Field::Score => choose_score(columns, &fields, reading)?,
            _ => choose(columns, field, &fields, options)?,
        };
    }
    if fields[Field::Score].is_none() {
        return Err(no_score_column(columns, &fields, reading).into());
    }
    Ok((fields, certain))
}

/// The columns that the options map, and the fields that they decide, some to have no column.
fn mapped_fields(columns: &[Column], options: &ReadOptions) -> Result<(Fields, Vec<Field>)> {
    let mut fields = Fields::default();
    let mut mapped = Vec::new();
    for (name, header) in &options.map {
        let within =
            |error: Error| error.within(ImportOption::Map.with(format_args!("{name}={header}")));
        let Some(field) = Field::parse(name.trim()) else {
            let error = Error::invalid(format!("field \"{name}\" does not exist"));
            return Err(within(
                error.with_hint(format!("use one of {}", Field::names())),
            ));
        };
        if mapped.contains(&field) {
            let error = Error::invalid(format!("field \"{name}\" is mapped twice"));
            return Err(within(error.with_hint("map each field to one column")));
        }
        mapped.push(field);
        if header.trim().is_empty() {
            if field == Field::Score {
                let error = Error::invalid("an import needs a score column");
                let hint =
                    Message::from("name it with ").option_with(ImportOption::Map, "score=COLUMN");
                return Err(within(error.with_hint(hint)));
            }
            continue;
        }
        let index = find_column(columns, header).map_err(within)?;
        if field != Field::Respondent && columns[index].is_personal() {
            return Err(within(personal_column(&columns[index])));
        }
        fields[field] = Some(index);
    }
    Ok((fields, mapped))
}

/// From this group on, names of [`Field::RespondedAt`] are common words such as "date".
const DOUBTFUL_DATES: usize = 4;

/// The column that the profile prefers among those whose content fits the field.
fn choose_by_profile(
    columns: &[Column],
    field: Field,
    candidates: &[Vec<usize>],
    fits: impl Fn(&Column) -> bool,
    complete: bool,
    taken: &Fields,
) -> Result<Option<usize>, Undecided> {
    let must_be_unique = matches!(field, Field::Score | Field::RespondedAt | Field::Respondent);
    let mut empty = None;
    for group in candidates {
        let free = group
            .iter()
            .copied()
            .filter(|index| !taken.contains(*index));
        let (without_cells, with_cells): (Vec<usize>, Vec<usize>) =
            free.partition(|index| columns[*index].cells == 0);
        empty = empty.or(without_cells.first().copied());
        let fitting: Vec<usize> = with_cells
            .into_iter()
            .filter(|index| fits(&columns[*index]))
            .collect();
        let Some(first) = fitting.first() else {
            continue;
        };
        // A preferred column may have cells further on.
        if empty.is_some() && !complete {
            return Err(Undecided::MoreRows);
        }
        if must_be_unique && fitting.len() > 1 {
            return Err(ambiguous_column(columns, field, &fitting).into());
        }
        return Ok(Some(*first));
    }
    if empty.is_some() && !complete {
        return Err(Undecided::MoreRows);
    }
    Ok(empty.filter(|_| field.can_be_empty()))
}

/// The column that header and content make this field.
fn choose(
    columns: &[Column],
    field: Field,
    taken: &Fields,
    options: &ReadOptions,
) -> Result<Option<usize>> {
    let ranked = |rank: &dyn Fn(&Column) -> Option<usize>| -> Vec<(usize, usize)> {
        (0..columns.len())
            .filter(|index| !taken.contains(*index) && columns[*index].header != REJECT_REASON)
            .filter_map(|index| Some((rank(&columns[index])?, index)))
            .collect()
    };
    let mut candidates = if field.is_date() && date_format(field, options).is_some() {
        // With a given format the header alone decides.
        ranked(&|column| column.rank_by_header(field))
    } else {
        ranked(&|column| column.rank(field))
    };
    if candidates.is_empty() && field == Field::RespondedAt {
        // Choose a column named as the date even if it has no readable dates, so that the date
        // format is asked for, unless the name can mean something else too.
        candidates = ranked(&|column| {
            let rank = column.rank_by_header(field)?;
            (rank < DOUBTFUL_DATES).then_some(rank)
        });
    }
    let best = candidates.iter().map(|(rank, _)| *rank).min();
    let candidates: Vec<usize> = candidates
        .into_iter()
        .filter(|(rank, _)| Some(*rank) == best)
        .map(|(_, index)| index)
        .collect();
    let must_be_unique = matches!(field, Field::RespondedAt | Field::Respondent);
    if must_be_unique && !are_copies(columns, &candidates) {
        return Err(ambiguous_column(columns, field, &candidates));
    }
    Ok(candidates.first().copied())
}

/// Unmaps an id that only counts the rows of this file if respondent and time identify
/// responses, since the next export may count from the start again. Returns a note about it.
pub fn unmap_row_numbers(
    columns: &[Column],
    fields: &mut Fields,
    certain: &Fields,
    has_time_column: bool,
) -> Option<Message> {
    let column = fields.column(columns, Field::ResponseId)?;
    let date = fields.column(columns, Field::RespondedAt);
    let has_time = has_time_column || date.is_some_and(|date| date.dates.has_times());
    if !column.counts_rows()
        || certain[Field::ResponseId].is_some()
        || !has_time
        || fields[Field::Respondent].is_none()
    {
        return None;
    }
    fields[Field::ResponseId] = None;
    let note = Message::from(format!(
        "column \"{}\" numbers the rows, so respondent and time identify responses; if it is the \
         tool's id, set ",
        clip(&column.header)
    ));
    Some(note.message(map_option(Field::ResponseId, column)))
}

/// Unmaps a survey type that is no metric, such as `Relationship`, if the answers themselves are
/// named NPS.
pub fn unmap_survey_type(columns: &[Column], fields: &mut Fields, certain: &Fields) {
    let metric = fields.column(columns, Field::Metric);
    let score = fields.column(columns, Field::Score);
    let is_nps = score
        .and_then(Column::score_group)
        .is_some_and(|group| group < NPS_GROUPS);
    let is_certain = certain[Field::Metric].is_some();
    if is_nps && !is_certain && metric.is_some_and(Column::has_no_metrics) {
        fields[Field::Metric] = None;
    }
}

/// Checks that the values of columns that decide what a response means are known.
pub fn check_values(columns: &[Column], fields: &Fields, bound: &Bound) -> Result<()> {
    for (field, known) in [
        (Field::Metric, "nps, csat, ces, stars"),
        (Field::Consent, "granted, withdrawn, yes, no"),
    ] {
        let Some(column) = fields.column(columns, field) else {
            continue;
        };
        let is_known = match field {
            // The profile has its own words; a row with another one is rejected.
            Field::Metric => bound.candidates(field).is_some() || column.has_metrics(),
            _ => column.has_consents(),
        };
        if column.cells > 0 && !is_known {
            let hint = format!("known values are {known}; to ignore the column, set ");
            return Err(Error::question(format!(
                "column \"{}\" is used as the {}, but has unknown values: {}",
                clip(&column.header),
                field.name(),
                describe(column)
            ))
            .with_hint(Message::from(hint).message(unmap_option(field))));
        }
    }
    match fields.column(columns, Field::ResponseId) {
        Some(column) if fold(&column.header) == "id" && !column.has_distinct_values() => {
            Err(Error::question(format!(
                "column \"{}\" repeats ids, so they may identify respondents and not responses",
                column.header
            ))
            .with_hint(
                Message::from("choose one: ")
                    .message(map_option(Field::ResponseId, column))
                    .text(", or ")
                    .message(map_option(Field::Respondent, column))
                    .text(" ")
                    .message(unmap_option(Field::ResponseId)),
            ))
        }
        _ => Ok(()),
    }
}

/// The error for a personal column that an option wants in the responses.
pub fn personal_column(column: &Column) -> Error {
    Error::invalid(format!(
        "column \"{}\" is personal data, which responses do not store",
        column.header
    ))
    .with_hint(
        Message::from("to identify respondents by a pseudonym of it, set ")
            .message(map_option(Field::Respondent, column))
            .text("; if it is not personal, rename the column"),
    )
}

/// Finds a column by its header or title, else without regard to case and punctuation, else by
/// the last level of a nested name.
pub fn find_column(columns: &[Column], name: &str) -> Result<usize> {
    let name = name.trim();
    let folded = fold(name);
    let title =
        |column: &Column, test: &dyn Fn(&str) -> bool| column.title.as_deref().is_some_and(test);
    let tests: [&dyn Fn(&Column) -> bool; 5] = [
        &|column| column.header == name,
        &|column| title(column, &|title| title == name),
        &|column| fold(&column.header) == folded,
        &|column| title(column, &|title| fold(title) == folded),
        &|column| fold(leaf(&column.header)) == folded,
    ];
    for test in tests {
        let found: Vec<usize> = (0..columns.len())
            .filter(|index| test(&columns[*index]))
            .collect();
        match found.as_slice() {
            [] => {}
            [only] => return Ok(*only),
            several => {
                let headers: Vec<&str> = several
                    .iter()
                    .map(|index| columns[*index].header.as_str())
                    .collect();
                return Err(
                    Error::question(format!("several columns are named \"{name}\""))
                        .with_hint(format!("use one full header: {}", headers.join(", "))),
                );
            }
        }
    }
    Err(
        Error::invalid(format!("column \"{}\" does not exist", clip(name)))
            .with_hint(format!("use one of {}", header_list(columns))),
    )
}
