//! Chooses the score column, and checks its scale.

use super::fields::Fields;
use super::scale::Scale;
use super::undecided::{
    Undecided, ambiguous_column, are_copies, describe, header_list, map_option,
};
use crate::columns::Column;
use crate::columns::field::Field;
use crate::columns::headers::{NPS_GROUPS, SCORE_GROUPS};
use crate::columns::score::Reading;
use crate::error::{Error, Result};
use crate::layout::header::REJECT_REASON;
use crate::message::{ImportOption, Message};

/// The column of the NPS answers: the one named so, or the only one named a score. A column named
/// as a rating or grade can be any, and is a question.
pub fn choose_score(columns: &[Column], taken: &Fields, reading: Reading) -> Result<Option<usize>> {
    let named: Vec<(usize, usize)> = free_columns(columns, taken)
        .filter_map(|index| Some((columns[index].score_group()?, index)))
        .collect();
    let fits = |index: usize| columns[index].has_answers(reading);
    let fitting = |groups: std::ops::Range<usize>| -> Vec<usize> {
        let in_groups = named.iter().filter(|(group, _)| groups.contains(group));
        let indices = in_groups.map(|(_, index)| *index);
        indices.filter(|index| fits(*index)).collect()
    };
    let mut best = fitting(0..NPS_GROUPS);
    if best.is_empty() {
        best = fitting(0..usize::MAX);
    }
    let Some(&first) = best.first() else {
        return Ok(None);
    };
    if !are_copies(columns, &best) {
        return Err(ambiguous_column(columns, Field::Score, &best));
    }
    let group = columns[first].score_group().unwrap_or(usize::MAX);
    // If a column named as the NPS answer is empty or has other numbers, this one is a guess.
    let better = named.iter().find(|(other, index)| {
        let column = &columns[*index];
        let doubtful =
            column.cells == 0 || (column.has_numbers() && !column.answers.are_contributions());
        *other < NPS_GROUPS && group >= NPS_GROUPS && !fits(*index) && doubtful
    });
    if let Some((_, better)) = better {
        let more = Message::from("a column with numbers other than 0 to 10 also needs ")
            .option(ImportOption::Scale);
        return Err(ambiguous_column(columns, Field::Score, &[*better, first]).with_more_hint(more));
    }
    if group >= SCORE_GROUPS {
        return Err(Error::question(format!(
            "column {} can be any rating, and no column is clearly the NPS answer",
            describe(&columns[first])
        ))
        .with_hint(if_it_is_the_score(&columns[first])));
    }
    Ok(Some(first))
}

fn if_it_is_the_score(column: &Column) -> Message {
    Message::from("if it is the NPS answer, set ").message(map_option(Field::Score, column))
}

/// The columns without a field that can be answers.
fn free_columns<'a>(columns: &'a [Column], taken: &'a Fields) -> impl Iterator<Item = usize> + 'a {
    (0..columns.len()).filter(|index| {
        let column = &columns[*index];
        !taken.contains(*index)
            && column.header != REJECT_REASON
            && !column.ignored
            && !column.is_personal()
            && !column.numbers_rows()
    })
}

/// The error for a file without a score column, with the columns that could be it.
pub fn no_score_column(columns: &[Column], taken: &Fields, reading: Reading) -> Error {
    let mut named: Vec<(usize, &Column)> = free_columns(columns, taken)
        .filter(|index| columns[*index].cells > 0)
        .filter_map(|index| Some((columns[index].score_group()?, &columns[index])))
        .collect();
    named.sort_by_key(|(group, _)| *group);
    let lenient = |column: &Column| !reading.lenient && column.answers.would_read_leniently();
    let percentages = |column: &Column| column.answers.look_like_percentages(column.cells);
    let name_score = || {
        Message::from("name the score column with ").option_with(ImportOption::Map, "score=COLUMN")
    };
    let numeric = named
        .iter()
        .map(|(_, column)| *column)
        .find(|column| column.has_numbers() || lenient(column) || percentages(column));
    if let Some(column) = numeric {
        let hint = if lenient(column) {
            Message::from("to read answers written as words or as 8/10, set ")
                .option(ImportOption::Lenient)
        } else if column.answers.are_contributions() {
            Message::from(
                "these values are what each answer adds to the score; name the column of the \
                 answers with ",
            )
            .option_with(ImportOption::Map, "score=COLUMN")
        } else if column.answers.are_numbered_choices() {
            numbered_choices()
        } else if percentages(column) && reading.scale.is_none() {
            name_score()
                .text("; if it is this one, on a scale to 100, set ")
                .option_with(ImportOption::Scale, "0-100")
        } else {
            name_score()
                .text(", and its scale with ")
                .option(ImportOption::Scale)
                .text(" unless that is 0-10")
        };
        return Error::question(format!(
            "column {} is named like a score, but most of its values are not whole numbers from \
             0 to 10",
            describe(column)
        ))
        .with_hint(hint);
    }
    let candidates: Vec<&Column> = free_columns(columns, taken)
        .map(|index| &columns[index])
        .filter(|column| column.has_answers(reading))
        .collect();
    let hint = match candidates.first() {
        Some(column) => if_it_is_the_score(column),
        None => name_score().text(format_args!("; the columns are {}", header_list(columns))),
    };
    let described: Vec<String> = candidates.into_iter().map(describe).collect();
    let message = match (described.as_slice(), named.first()) {
        ([], Some((_, column))) => format!(
            "column {} is named like a score, but has no whole numbers from 0 to 10",
            describe(column)
        ),
        ([], None) => "no column is named like a score or has answers from 0 to 10".to_owned(),
        (some, _) => format!(
            "no column is clearly the NPS answer; columns with whole numbers from 0 to 10 are {}",
            some.join("; ")
        ),
    };
    Error::question(message).with_hint(hint)
}

/// Rejects rows that summarize many responses, as in a report.
pub fn check_single_responses(columns: &[Column], fields: &Fields, certain: &Fields) -> Result<()> {
    let Some(score) = fields.column(columns, Field::Score) else {
        return Ok(());
    };
    if certain[Field::Score].is_some() {
        return Ok(());
    }
    let mut groups = columns.iter().filter(|column| column.counts_a_group());
    let identifying = [
        Field::ResponseId,
        Field::Respondent,
        Field::RespondedAt,
        Field::Comment,
    ];
    let counts = match (groups.next(), groups.next()) {
        (Some(first), Some(_)) => Some(first),
        _ if identifying.iter().any(|field| fields[*field].is_some()) => None,
        _ => columns.iter().find(|column| column.counts_responses()),
    };
    let Some(counts) = counts else {
        return Ok(());
    };
    Err(Error::question(format!(
        "column {} has counts, so each row seems to summarize many responses",
        describe(counts)
    ))
    .with_hint(
        Message::from("import the export of the single responses; if each row is one, set ")
            .message(map_option(Field::Score, score)),
    ))
}

/// The hint for answers that are coded from 1 to 11.
fn numbered_choices() -> Message {
    Message::from(
        "if these are the numbers of the choices from 0 to 10, export the answers themselves (in \
         Qualtrics, as choice text or recoded to 0 to 10); if 11 is a mistake, set ",
    )
    .option_with(ImportOption::Scale, "0-10")
}

/// Checks that neither header nor values contradict a scale from 0 to 10, unless the options give
/// the scale. `complete` is true if every row was observed.
pub fn check_scale(column: &Column, reading: Reading, complete: bool) -> Result<(), Undecided> {
    if reading.scale.is_some() {
        return Ok(());
    }
    let question = |what: &str| Error::question(format!("column {} {what}", describe(column)));
    let other_scale = |what: &str, scale: &str| -> Result<(), Undecided> {
        let hint = Message::from("if it is the 0 to 10 question, set ")
            .option_with(ImportOption::Scale, "0-10")
            .text("; else set its scale, such as ")
            .option_with(ImportOption::Scale, scale)
            .text(", and the answers become ratings");
        Err(question(what).with_hint(hint).into())
    };
    if column.is_reversed() {
        let hint = Message::from("to reverse the scale (worst answer first), set ")
            .option_with(ImportOption::Scale, "10-0")
            .text("; if the highest answer is the best after all, set ")
            .option_with(ImportOption::Scale, "0-10");
        return Err(question("describes its lowest answer as the best")
            .with_hint(hint)
            .into());
    }
    let named = column.named_scale();
    if let Some(scale) = named.filter(|scale| !scale.is_nps()) {
        let what = format!("names a scale from {} to {}", scale.min, scale.max);
        return other_scale(&what, &scale.to_string());
    }
    if let Some(metric) = column.other_metric() {
        let what = format!("is named {metric}, which is not the NPS question");
        return other_scale(&what, "1-5");
    }
    let numbered = column.answers.are_numbered_choices();
    let shorter = column.answers.shorter_scale().filter(|_| named.is_none());
    if (numbered || shorter.is_some()) && !complete {
        return Err(Undecided::MoreRows);
    }
    if numbered {
        let what = "has 11 and no 0, which suggests choices numbered from 1 to 11";
        return Err(question(what).with_hint(numbered_choices()).into());
    }
    match shorter {
        Some(scale) => {
            let top = scale.rsplit('-').next().unwrap_or(scale);
            let what =
                format!("has no value above {top}, which suggests a shorter scale than 0 to 10");
            other_scale(&what, scale)
        }
        None => Ok(()),
    }
}

/// A note about a scale that was assumed to be 0 to 10.
pub fn note_on_scale(column: &Column, reading: Reading) -> Option<Message> {
    if reading.scale.is_some() || column.named_scale().is_some() {
        None
    } else if column.answers.may_begin_with_one() {
        let note = "no answer is 0, although many are 1; if the scale was 1 to 10, these are \
                    ratings: set ";
        Some(Message::from(note).option_with(ImportOption::Scale, "1-10"))
    } else if column.answers.are_few_and_low() {
        let note = "no answer is above 5, but there are too few to tell whether the scale was \
                    shorter; if it was, set ";
        Some(Message::from(note).option(ImportOption::Scale))
    } else {
        None
    }
}

/// The metric of answers on this scale if it is not that of NPS.
pub fn metric_of(column: &Column, scale: Option<Scale>) -> Option<&'static str> {
    scale
        .filter(|scale| !scale.is_nps())
        .map(|_| column.other_metric().unwrap_or("rating"))
}
