//! The choice of the score column, and the questions about it and its scale.

use super::scale::Scale;
use super::undecided::{Fields, Undecided, describe, several};
use crate::columns::Column;
use crate::columns::field::Field;
use crate::columns::headers::{NPS_GROUPS, SCORE_GROUPS};
use crate::columns::score::Reading;
use crate::error::{Error, Result};
use crate::layout::header::REJECT_REASON;
use crate::quote::clip;

/// The column of the NPS answers: the one that is called that, or the only one that is called a
/// score at all. What is called a rating or a grade may be any, and is asked about.
pub fn choose_score(columns: &[Column], taken: &Fields, reading: Reading) -> Result<Option<usize>> {
    let named: Vec<(usize, usize)> = free(columns, taken)
        .filter_map(|index| Some((columns[index].score_group()?, index)))
        .collect();
    let holds = |index: usize| columns[index].holds_answers(reading);
    let of_groups = |groups: std::ops::Range<usize>| -> Vec<usize> {
        let fitting = named
            .iter()
            .filter(|(group, index)| groups.contains(group) && holds(*index));
        fitting.map(|(_, index)| *index).collect()
    };
    let nps = of_groups(0..NPS_GROUPS);
    let best = match nps.is_empty() {
        true => of_groups(0..usize::MAX),
        false => nps,
    };
    let Some(&first) = best.first() else {
        return Ok(None);
    };
    if !best
        .iter()
        .all(|index| columns[*index].repeats(&columns[first]))
    {
        return Err(several(columns, Field::Score, &best));
    }
    let group = columns[first].score_group().unwrap_or(usize::MAX);
    // What is called the answer and is empty, or holds other numbers, makes this one a guess.
    let better = named.iter().find(|(other, index)| {
        let column = &columns[*index];
        let doubtful =
            column.cells == 0 || (column.holds_numbers() && !column.answers.are_contributions());
        *other < NPS_GROUPS && group >= NPS_GROUPS && !holds(*index) && doubtful
    });
    if let Some((_, better)) = better {
        return Err(several(columns, Field::Score, &[*better, first])
            .with_more_hint("what holds other numbers than 0 to 10 needs --scale too"));
    }
    if group >= SCORE_GROUPS {
        return Err(Error::question(format!(
            "column {} may be any rating; no column is called the NPS answer",
            describe(&columns[first])
        ))
        .with_hint(format!(
            "if that is it, say so with --map score='{}'",
            columns[first].header
        )));
    }
    Ok(Some(first))
}

/// The columns that are no field yet and hold answers of people.
fn free<'a>(columns: &'a [Column], taken: &'a Fields) -> impl Iterator<Item = usize> + 'a {
    (0..columns.len()).filter(|index| {
        let column = &columns[*index];
        !taken.contains(&Some(*index))
            && column.header != REJECT_REASON
            && !column.never
            && !column.is_personal()
            && !column.numbers_rows()
    })
}

/// Asks for the score column, with those that could be it.
pub fn no_score(columns: &[Column], taken: &Fields, reading: Reading) -> Error {
    let mut called: Vec<(usize, &Column)> = free(columns, taken)
        .filter(|index| columns[*index].cells > 0)
        .filter_map(|index| Some((columns[index].score_group()?, &columns[index])))
        .collect();
    called.sort_by_key(|(group, _)| *group);
    let lenient = |column: &Column| !reading.lenient && column.answers.would_read_leniently();
    let numeric = |column: &Column| column.holds_numbers() || lenient(column);
    let percentages = |column: &Column| column.answers.look_like_percentages(column.cells);
    let first = called
        .iter()
        .find(|(_, column)| numeric(column) || percentages(column));
    if let Some((_, column)) = first {
        let hint = match column {
            column if lenient(column) => {
                "answers written as words or as 8/10 are read with --lenient".to_owned()
            }
            column if column.answers.are_contributions() => {
                "these are what each answer adds to the score; say which column holds the answers \
                 with --map score=COLUMN"
                    .to_owned()
            }
            column if column.answers.are_numbered_choices() => NUMBERED_CHOICES.to_owned(),
            column if percentages(column) && reading.scale.is_none() => {
                "say which column is the score with --map score=COLUMN; if it is this one, on a \
                 scale to 100, say --scale 0-100"
                    .to_owned()
            }
            _ => "say which column is the score with --map score=COLUMN, and its scale with \
                  --scale where that is not 0-10"
                .to_owned(),
        };
        return Error::question(format!(
            "column {} is called a score, but most of its values are no whole numbers from 0 to \
             10",
            describe(column)
        ))
        .with_hint(hint);
    }
    let candidates: Vec<&Column> = free(columns, taken)
        .map(|index| &columns[index])
        .filter(|column| column.holds_answers(reading))
        .collect();
    let hint = match candidates.first() {
        Some(column) => format!("if that is it, say so with --map score='{}'", column.header),
        None => {
            let headers: Vec<String> = columns
                .iter()
                .map(|column| format!("\"{}\"", clip(&column.header)))
                .collect();
            format!(
                "say which it is with --map score=COLUMN; the columns are {}",
                headers.join(", ")
            )
        }
    };
    let could_be: Vec<String> = candidates.into_iter().map(describe).collect();
    let message = match (could_be.as_slice(), called.first()) {
        ([], Some((_, column))) => format!(
            "column {} is called a score, but holds no whole numbers from 0 to 10",
            describe(column)
        ),
        ([], None) => "no column holds answers from 0 to 10 under a name for them".to_owned(),
        (some, _) => format!(
            "no column is called the NPS answer; whole numbers from 0 to 10 are in {}",
            some.join("; ")
        ),
    };
    Error::question(message).with_hint(hint)
}

/// Asks about rows that are figures over many responses, as in a report.
pub fn check_single_responses(columns: &[Column], fields: &Fields, given: &Fields) -> Result<()> {
    let Some(score) = fields[Field::Score as usize] else {
        return Ok(());
    };
    let groups: Vec<&Column> = columns
        .iter()
        .filter(|column| column.counts_a_group())
        .collect();
    let tells_responses_apart = [
        Field::ResponseId,
        Field::Respondent,
        Field::RespondedAt,
        Field::Comment,
    ]
    .into_iter()
    .any(|field| fields[field as usize].is_some());
    let counts = match groups.as_slice() {
        [_, _, ..] => groups.first().copied(),
        _ if tells_responses_apart => None,
        _ => columns.iter().find(|column| column.counts_responses()),
    };
    let Some(counts) = counts.filter(|_| given[Field::Score as usize].is_none()) else {
        return Ok(());
    };
    Err(Error::question(format!(
        "column {} counts, so a row seems to be a figure over many responses",
        describe(counts)
    ))
    .with_hint(format!(
        "import the export of the single responses; if each row is one, say so with --map \
         score='{}'",
        columns[score].header
    )))
}

/// What to do about answers that are coded from 1 to 11.
const NUMBERED_CHOICES: &str = "if these are the numbers of the choices from 0 to 10, export the \
     answers themselves (in Qualtrics, as choice text or recoded to 0 to 10); if 11 is a mistake, \
     say --scale 0-10";

/// Asks about the scale where header or values speak against 0 to 10, and nobody said which it
/// is. `complete` says that every row was seen.
pub fn check_scale(column: &Column, reading: Reading, complete: bool) -> Result<(), Undecided> {
    if reading.scale.is_some() {
        return Ok(());
    }
    let asked = |what: String, scale: &str| {
        Undecided::Asked(
            Error::question(format!("column {} {what}", describe(column))).with_hint(format!(
                "if it is the 0 to 10 question, say so with --scale 0-10; else name its scale, \
                 such as --scale {scale}, and the answers become ratings"
            )),
        )
    };
    if column.is_reversed() {
        return Err(Undecided::Asked(
            Error::question(format!(
                "column {} has its best answer at the bottom by what it says",
                describe(column)
            ))
            .with_hint(
                "--scale 10-0 turns the answers round (worst answer first); if the best is at \
                 the top after all, say --scale 0-10",
            ),
        ));
    }
    let named = column.named_scale();
    if let Some(scale) = named.filter(|scale| !scale.is_nps()) {
        return Err(asked(
            format!(
                "is of a scale from {} to {} by its name",
                scale.min, scale.max
            ),
            &scale.to_string(),
        ));
    }
    if let Some(metric) = column.other_metric() {
        return Err(asked(
            format!("is called {metric}, which is not the NPS question"),
            "1-5",
        ));
    }
    if column.answers.are_numbered_choices() {
        if !complete {
            return Err(Undecided::MoreRows);
        }
        return Err(Undecided::Asked(
            Error::question(format!(
                "column {} holds 11 and no 0, which looks like choices numbered from 1 to 11",
                describe(column)
            ))
            .with_hint(NUMBERED_CHOICES),
        ));
    }
    let scale = column.answers.shorter_scale();
    let Some(scale) = scale.filter(|_| named.is_none()) else {
        return Ok(());
    };
    if !complete {
        return Err(Undecided::MoreRows);
    }
    let top = scale.rsplit('-').next().unwrap_or(scale);
    Err(asked(
        format!(
            "holds nothing above {top}, which looks like a shorter scale and not like answers \
             from 0 to 10"
        ),
        scale,
    ))
}

/// What a person should know of a scale that was taken to be 0 to 10.
pub fn note_on_scale(column: &Column, reading: Reading) -> Option<String> {
    if reading.scale.is_some() || column.named_scale().is_some() {
        return None;
    }
    if column.answers.may_begin_with_one() {
        return Some(
            "no answer is 0, although many are 1: if the scale was 1 to 10, these are ratings; \
             import with --scale 1-10 then"
                .to_owned(),
        );
    }
    column.answers.are_few_and_low().then(|| {
        "no answer is above 5, too few to tell whether the scale was shorter; say so with --scale \
         if it was"
            .to_owned()
    })
}

/// The metric of answers on this scale, where it is not that of NPS.
pub fn metric_of(column: &Column, scale: Option<Scale>) -> Option<&'static str> {
    scale
        .filter(|scale| !scale.is_nps())
        .map(|_| column.other_metric().unwrap_or("rating"))
}
