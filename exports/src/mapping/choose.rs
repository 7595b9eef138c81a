//! The choice of a column for each field, and the questions where there is none to make.

use super::choose_score::{choose_score, no_score};
use super::undecided::{Fields, Undecided, date_format, describe, several};
use crate::columns::Column;
use crate::columns::field::Field;
use crate::columns::headers::{NPS_GROUPS, fold, leaf};
use crate::columns::score::Reading;
use crate::dates::{DateReader, DateStyle};
use crate::error::{Error, Result};
use crate::layout::header::REJECT_REASON;
use crate::message::ImportOption;
use crate::options::ReadOptions;
use crate::profiles::bound::Bound;
use crate::quote::clip;

/// The columns of the fields, and which of them the person named, or the profile as the id.
pub fn choose_fields(
    columns: &[Column],
    reading: Reading,
    complete: bool,
    bound: &Bound,
    options: &ReadOptions,
) -> Result<(Fields, Fields), Undecided> {
    let mut fields: Fields = [None; Field::ALL.len()];
    let mut given: Fields = fields;
    let mut unset = [false; Field::ALL.len()];
    for (name, header) in &options.map {
        let field = Field::parse(name.trim()).ok_or_else(|| {
            let names: Vec<_> = Field::ALL.iter().map(|field| field.name()).collect();
            Error::invalid(format!(
                "--map {name}={header}: there is no field \"{name}\""
            ))
            .with_hint(format!("the fields are {}", names.join(", ")))
        })?;
        if unset[field as usize] || fields[field as usize].is_some() {
            return Err(Undecided::Asked(
                Error::invalid(format!("--map {name} is given twice"))
                    .with_hint("a field comes from one column"),
            ));
        }
        if header.trim().is_empty() {
            if field == Field::Score {
                return Err(Undecided::Asked(
                    Error::invalid("--map score= names no column")
                        .with_hint("without a score there is nothing to import"),
                ));
            }
            unset[field as usize] = true;
            continue;
        }
        let index = find(columns, header).map_err(|error| {
            error.within(ImportOption::Map.with(format_args!("{name}={header}")))
        })?;
        if field != Field::Respondent && columns[index].is_personal() {
            return Err(Undecided::Asked(
                personal(&columns[index])
                    .within(ImportOption::Map.with(format_args!("{name}={header}"))),
            ));
        }
        fields[field as usize] = Some(index);
        given[field as usize] = Some(index);
    }
    for field in Field::ALL {
        let decided = fields[field as usize].is_some() || unset[field as usize];
        if decided || (field == Field::Survey && options.survey.is_some()) {
            continue;
        }
        if let Some(candidates) = bound.candidates(field) {
            // In a score column of several metrics there is more than answers from 0 to 10.
            let mixed = bound.candidates(Field::Metric).is_some();
            let fits = |column: &Column| match field {
                Field::Respondent => true,
                _ if column.is_personal() => false,
                Field::Score => mixed || column.holds_answers(reading),
                _ => column.fits(field),
            };
            let chosen = by_profile(columns, field, candidates, fits, complete, &fields)?;
            fields[field as usize] = chosen;
            if field == Field::ResponseId {
                // A tool's own number of a response is its id.
                given[field as usize] = chosen;
            }
            if chosen.is_some() || candidates.is_empty() {
                continue;
            }
        }
        fields[field as usize] = match field {
            Field::Score => choose_score(columns, &fields, reading)?,
            _ => choose(columns, field, &fields, options)?,
        };
    }
    if fields[Field::Score as usize].is_none() {
        return Err(Undecided::Asked(no_score(columns, &fields, reading)));
    }
    Ok((fields, given))
}

/// From this group on, names of [`Field::RespondedAt`] are words such as "date" among others.
const DOUBTFUL_DATES: usize = 4;

/// The column that the profile prefers of those that hold what the field does, `None` where none
/// does.
fn by_profile(
    columns: &[Column],
    field: Field,
    candidates: &[Vec<usize>],
    fits: impl Fn(&Column) -> bool,
    complete: bool,
    taken: &Fields,
) -> Result<Option<usize>, Undecided> {
    let mut empty = None;
    for group in candidates {
        let free = group
            .iter()
            .copied()
            .filter(|index| !taken.contains(&Some(*index)));
        let (without, with): (Vec<usize>, Vec<usize>) =
            free.partition(|index| columns[*index].cells == 0);
        empty = empty.or_else(|| without.first().copied());
        let fitting = with.into_iter().filter(|index| fits(&columns[*index]));
        let fitting: Vec<usize> = fitting.collect();
        let decides_the_answer =
            matches!(field, Field::Score | Field::RespondedAt | Field::Respondent);
        match fitting.as_slice() {
            [] => {}
            // A column that is preferred may hold something further on.
            [_, ..] if empty.is_some() && !complete => return Err(Undecided::MoreRows),
            [_, _, ..] if decides_the_answer => {
                return Err(several(columns, field, &fitting).into());
            }
            [first, ..] => return Ok(Some(*first)),
        }
    }
    if empty.is_some() && !complete {
        return Err(Undecided::MoreRows);
    }
    let harmless = field.is_date() || field == Field::Comment;
    Ok(empty.filter(|_| harmless))
}

/// The column that header and content make this field, `None` where there is none.
fn choose(
    columns: &[Column],
    field: Field,
    taken: &Fields,
    options: &ReadOptions,
) -> Result<Option<usize>> {
    let ranked = |rank: &dyn Fn(&Column) -> Option<usize>| -> Vec<(usize, usize)> {
        columns
            .iter()
            .enumerate()
            .filter(|(index, column)| {
                !taken.contains(&Some(*index)) && column.header != REJECT_REASON
            })
            .filter_map(|(index, column)| Some((rank(column)?, index)))
            .collect()
    };
    let mut candidates = if field.is_date() && date_format(field, options).is_some() {
        // How the dates are written was said, so the header alone decides.
        ranked(&|column| column.rank_by_header(field))
    } else {
        ranked(&|column| column.rank(field))
    };
    if candidates.is_empty() && field == Field::RespondedAt {
        // A column that is called the date but cannot be read as one is asked about, unless its
        // name may mean something else too.
        candidates = ranked(&|column| {
            column
                .rank_by_header(field)
                .filter(|rank| *rank < DOUBTFUL_DATES)
        });
    }
    let Some(best) = candidates.iter().map(|(rank, _)| *rank).min() else {
        return Ok(None);
    };
    candidates.retain(|(rank, _)| *rank == best);
    let candidates: Vec<usize> = candidates.into_iter().map(|(_, index)| index).collect();
    let decides_the_answer = matches!(field, Field::RespondedAt | Field::Respondent);
    let first = &columns[candidates[0]];
    let all_the_same = || {
        candidates
            .iter()
            .all(|index| columns[*index].repeats(first))
    };
    if candidates.len() > 1 && decides_the_answer && !all_the_same() {
        return Err(several(columns, field, &candidates));
    }
    Ok(candidates.first().copied())
}

/// Leaves out an id that only counts the rows of this file, where respondent and time tell
/// responses apart: the next export may count from the start again. Gives the note that says so.
pub fn leave_out_count(
    columns: &[Column],
    fields: &mut Fields,
    given: &Fields,
    has_time_beside: bool,
) -> Option<String> {
    let index = fields[Field::ResponseId as usize]?;
    let column = &columns[index];
    let counts = column.counts_rows() && given[Field::ResponseId as usize].is_none();
    let has_time = has_time_beside
        || fields[Field::RespondedAt as usize]
            .is_some_and(|index| columns[index].dates.holds_times());
    if !counts || !has_time || fields[Field::Respondent as usize].is_none() {
        return None;
    }
    fields[Field::ResponseId as usize] = None;
    Some(format!(
        "column \"{0}\" numbers the rows, so respondent and time tell responses apart; if it is \
         the tool's id, say so with --map response_id='{0}'",
        clip(&column.header)
    ))
}

/// The column of the time of day that stands beside a date without one. What is called a time
/// and stands elsewhere may be how long something took.
pub fn time_beside(columns: &[Column], fields: &Fields, reader: &DateReader) -> Option<usize> {
    let date = fields[Field::RespondedAt as usize]?;
    let is_plain = columns[date].dates.holds_plain_days()
        && matches!(reader.style, DateStyle::Found(_) | DateStyle::Day(_));
    let beside = [date.checked_add(1), date.checked_sub(1)];
    beside.into_iter().flatten().find(|index| {
        let is_time = |column: &Column| column.names_a_time() && column.holds_times_of_day();
        is_plain && !fields.contains(&Some(*index)) && columns.get(*index).is_some_and(is_time)
    })
}

/// Leaves out what is called the type of the survey and tells of something else, such as
/// `Relationship`, where the answers are called NPS themselves.
pub fn leave_out_type(columns: &[Column], fields: &mut Fields, given: &Fields) {
    let column = |field: Field| fields[field as usize].map(|index| &columns[index]);
    let is_no_metric = column(Field::Metric).is_some_and(Column::holds_no_metrics);
    let group = column(Field::Score).and_then(Column::score_group);
    let is_nps = group.is_some_and(|group| group < NPS_GROUPS);
    if is_no_metric && is_nps && given[Field::Metric as usize].is_none() {
        fields[Field::Metric as usize] = None;
    }
}

/// Asks about columns whose name says what responses mean, and whose values are not understood.
pub fn check_understood(columns: &[Column], fields: &Fields, bound: &Bound) -> Result<()> {
    for (field, known) in [
        (Field::Metric, "nps, csat, ces, stars"),
        (Field::Consent, "granted, withdrawn, yes, no"),
    ] {
        let Some(column) = fields[field as usize].map(|index| &columns[index]) else {
            continue;
        };
        let understood = match field {
            // The profile has words of its own; a row with another one is rejected.
            Field::Metric => bound.candidates(field).is_some() || column.holds_metrics(),
            _ => column.holds_consents(),
        };
        if column.cells > 0 && !understood {
            return Err(Error::question(format!(
                "column \"{}\" names the {}, but holds values that are not known: {}",
                clip(&column.header),
                field.name(),
                describe(column)
            ))
            .with_hint(format!(
                "known are {known}; to leave the column out: --map {}=",
                field.name()
            )));
        }
    }
    let Some(column) = fields[Field::ResponseId as usize].map(|index| &columns[index]) else {
        return Ok(());
    };
    if fold(&column.header) == "id" && !column.holds_different_values() {
        return Err(Error::question(format!(
            "column \"{}\" holds the same ids again and again, so they may be of people and not \
             of responses",
            column.header
        ))
        .with_hint(format!(
            "say which: --map response_id='{0}', or --map respondent='{0}' --map response_id=",
            column.header
        )));
    }
    Ok(())
}

pub fn personal(column: &Column) -> Error {
    Error::invalid(format!(
        "column \"{}\" is personal and does not enter the responses",
        column.header
    ))
    .with_hint(
        "a respondent is known by a pseudonym, made of the column that --map respondent= names; \
         where the column is not personal, give it another header",
    )
}

/// The column that a person names: by its header or title, else without regard to case and
/// punctuation, else by the last level of a nested name.
pub fn find(columns: &[Column], name: &str) -> Result<usize> {
    let name = name.trim();
    let title =
        |column: &Column, test: &dyn Fn(&str) -> bool| column.title.as_deref().is_some_and(test);
    let tests: [&dyn Fn(&Column) -> bool; 5] = [
        &|column| column.header == name,
        &|column| title(column, &|title| title == name),
        &|column| fold(&column.header) == fold(name),
        &|column| title(column, &|title| fold(title) == fold(name)),
        &|column| fold(leaf(&column.header)) == fold(name),
    ];
    for test in tests {
        let found: Vec<usize> = columns
            .iter()
            .enumerate()
            .filter(|(_, column)| test(column))
            .map(|(index, _)| index)
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
                    Error::question(format!("several columns are called \"{name}\""))
                        .with_hint(format!("name one of {} in full", headers.join(", "))),
                );
            }
        }
    }
    let headers: Vec<String> = columns
        .iter()
        .map(|column| format!("\"{}\"", clip(&column.header)))
        .collect();
    Err(
        Error::invalid(format!("there is no column \"{}\"", clip(name)))
            .with_hint(format!("the columns are {}", headers.join(", "))),
    )
}
