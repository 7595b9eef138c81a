//! Chooses the score column, and checks its scale.

use super::branches;
use super::choose::Chosen;
use super::fields::Fields;
use super::metric::metric_or_nps;
use super::scale::Scale;
use super::signs::{Sign, TAKE_SCORE};
use super::undecided::{Undecided, ambiguous_column, choice, describe, header_list, map_option};
use crate::columns::Column;
use crate::columns::cells::has_several_words;
use crate::columns::field::Field;
use crate::columns::headers::{NPS_GROUPS, fold, names_nps};
use crate::columns::observed::Answers;
use crate::columns::score::Reading;
use crate::error::{Error, Result};
use crate::layout::header::REJECT_REASON;
use crate::message::{ImportOption, Message};
use crate::options::{ANSWER, QUESTION};
use crate::quote::{clip, shown};

/// Asks where the evidence for the score is not enough, or contradicts itself.
pub fn check_score(columns: &[Column], chosen: &Chosen, reading: Reading) -> Result<()> {
    let Some(index) = chosen.assignment.fields[Field::Score] else {
        return match chosen.fields[Field::Score] {
            Some(_) => Ok(()),
            None => Err(no_score_column(columns, &chosen.fields, reading)),
        };
    };
    let column = &columns[index];
    let Some(candidate) = chosen.assignment.candidate(Field::Score, index) else {
        return Ok(());
    };
    let is_named = [Sign::Profile, Sign::AsksToRecommend, Sign::AsksForMetric]
        .into_iter()
        .any(|sign| candidate.has(sign));
    // If a column named as the NPS answer is empty or has other numbers, this one is a guess.
    let better = free_columns(columns, &chosen.fields).find(|other| {
        let other = &columns[*other];
        let doubtful =
            other.cells == 0 || (other.has_numbers() && !other.answers.are_contributions());
        let group = other.score_group();
        group.is_some_and(|group| group < NPS_GROUPS) && !other.has_answers(reading) && doubtful
    });
    if let Some(better) = better.filter(|_| !is_named) {
        let more = Message::from("a column with numbers other than 0 to 10 also needs ")
            .option(ImportOption::Scale);
        return Err(ambiguous_column(columns, Field::Score, &[better, index]).with_more_hint(more));
    }
    if candidate.total() < TAKE_SCORE && !candidate.has(Sign::DiffersFromGroups) {
        return Err(Error::question(format!(
            "column {} can be any rating, and no column is clearly the NPS answer",
            describe(column)
        ))
        .with_hint(if_it_is_the_score(column))
        .with_answers([map_option(Field::Score, column)]));
    }
    Ok(())
}

/// Asks about a score that differs from the column of promoters and detractors beside it.
pub fn check_groups(columns: &[Column], chosen: &Chosen, answers: &Answers) -> Result<()> {
    let score = chosen.assignment.fields[Field::Score];
    let candidate = score.and_then(|index| chosen.assignment.candidate(Field::Score, index));
    let (Some(candidate), Some((groups, agreement))) = (candidate, chosen.agreement) else {
        return Ok(());
    };
    let Some((score, group)) = agreement.first_difference else {
        return Ok(());
    };
    // The groups of a shorter scale have other limits, and that scale is asked about.
    if !candidate.has(Sign::DiffersFromGroups) || answers.shorter_scale().is_some() {
        return Ok(());
    }
    let column = &columns[candidate.column];
    let compared = agreement.agree + agreement.differ;
    let message = format!(
        "column \"{}\" differs from column \"{}\" in {} of {compared} rows, such as {score} beside \"{group}\"",
        clip(&column.header),
        clip(&columns[groups].header),
        agreement.differ,
    );
    let answer = map_option(Field::Score, column);
    let hint = Message::from("if it is the 0 to 10 answer all the same, set ")
        .message(answer.clone())
        .text("; else name the column of the answers, or their scale with ")
        .option(ImportOption::Scale);
    Err(Error::question(message)
        .with_hint(hint)
        .with_answers([answer]))
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

/// The error for a question with a column for each answer, which has only 0 and 1.
fn flagged_answers(columns: &[Column], flags: &[usize]) -> Error {
    let names: Vec<String> = flags
        .iter()
        .map(|index| format!("\"{}\"", clip(&columns[*index].header)))
        .collect();
    let message = format!(
        "the answers are in a column each, which has 1 for the answer and no score: {}",
        names.join(", ")
    );
    Error::question(message).with_hint(
        "export the answers as one column, or write the answer of each row into one, and import that",
    )
}

/// The error for a file without a score column, with the columns that could be it.
pub fn no_score_column(columns: &[Column], taken: &Fields, reading: Reading) -> Error {
    let mut flags = branches::flags(columns);
    flags.retain(|index| columns[*index].score_group().is_some());
    if !flags.is_empty() {
        return flagged_answers(columns, &flags);
    }
    let mut named: Vec<(usize, &Column)> = free_columns(columns, taken)
        .filter(|index| columns[*index].cells > 0)
        .filter_map(|index| Some((columns[index].score_group()?, &columns[index])))
        .collect();
    named.sort_by_key(|(group, _)| *group);
    let lenient =
        |column: &Column| !reading.lenient && column.answers.would_read_leniently(column.cells);
    let percentages = |column: &Column| column.answers.look_like_percentages(column.cells);
    let name_score = || {
        Message::from("name the score column with ").option_with(ImportOption::Map, "score=COLUMN")
    };
    let numeric = named.iter().map(|(_, column)| *column).find(|column| {
        let has_dates = column.answers.first_date().is_some();
        column.has_numbers() || lenient(column) || percentages(column) || has_dates
    });
    if let Some(column) = numeric {
        let dated = column.answers.first_date();
        let hint = if dated.is_some() && !column.answers.dates_are_answers() {
            Message::from(
                "export the answers again, and import that file without opening it in a spreadsheet",
            )
        } else if lenient(column) && dated.is_some() {
            let hint = Message::from("to read these as answers out of 10 again, set ")
                .option(ImportOption::Lenient);
            hint.text("; else export the answers again, and do not open the file in a spreadsheet")
        } else if lenient(column) {
            let hint = Message::from("to read answers written as words or as 8/10, set ")
                .option(ImportOption::Lenient);
            if column.answers.scores() == 0 {
                hint
            } else {
                hint.text("; to read whole numbers alone and reject the others, set ")
                    .message(map_option(Field::Score, column))
            }
        } else if column.answers.are_contributions() {
            Message::from(
                "these values are what each answer adds to the score; name the column of the \
                 answers with ",
            )
            .option_with(ImportOption::Map, "score=COLUMN")
        } else if column.answers.are_below_zero() {
            Message::from(
                "values below 0 are no answers, but scores of several responses; import the export \
                 of the single responses, or name the column of the answers with ",
            )
            .option_with(ImportOption::Map, "score=COLUMN")
        } else if column.answers.are_numbered_choices() {
            numbered_choices()
        } else if percentages(column) && reading.scale.is_none() {
            name_score()
                .text("; if it is this one, on a scale to 100, set ")
                .option_with(ImportOption::Scale, "0-100")
        } else if column.answers.scores() > 0 {
            Message::from("to read its whole numbers from 0 to 10 and reject the others, set ")
                .message(map_option(Field::Score, column))
                .text("; if its scale is another, set ")
                .option(ImportOption::Scale)
                .text(" too")
        } else {
            name_score()
                .text(", and its scale with ")
                .option(ImportOption::Scale)
                .text(" unless that is 0-10")
        };
        let score = map_option(Field::Score, column);
        let on_scale = |scale: &str| {
            score
                .clone()
                .text(" ")
                .option_with(ImportOption::Scale, scale)
        };
        let is_unreadable = dated.is_some() && !column.answers.dates_are_answers();
        let answers = if is_unreadable || column.answers.are_below_zero() {
            Vec::new()
        } else if lenient(column) && dated.is_some() {
            vec![ImportOption::Lenient.message()]
        } else if lenient(column) {
            vec![ImportOption::Lenient.message(), score]
        } else if column.answers.are_numbered_choices() {
            vec![on_scale("0-10")]
        } else if percentages(column) && reading.scale.is_none() {
            vec![on_scale("0-100")]
        } else if column.answers.scores() > 0 && !column.answers.are_contributions() {
            vec![score]
        } else {
            Vec::new()
        };
        return Error::question(format!(
            "column {} is named like a score, but {}",
            describe(column),
            few_scores(column)
        ))
        .with_hint(hint)
        .with_answers(answers);
    }
    if let Some(error) = answers_in_rows(columns, taken) {
        return error;
    }
    let candidates: Vec<&Column> = free_columns(columns, taken)
        .map(|index| &columns[index])
        .filter(|column| column.has_answers(reading))
        .collect();
    let answers: Vec<Message> = candidates
        .iter()
        .map(|column| map_option(Field::Score, column))
        .collect();
    let hint = match candidates.first() {
        Some(column) => match column.other_metric() {
            Some(metric) => metric_or_nps(column, metric),
            None if answers.len() > 1 => {
                Message::from("if one is the NPS answer, ").message(choice(&answers))
            }
            None => if_it_is_the_score(column),
        },
        None => name_score().text(format_args!("; the columns are {}", header_list(columns))),
    };
    let described: Vec<String> = candidates.into_iter().map(describe).collect();
    let message = match (described.as_slice(), named.first()) {
        ([], Some((_, column))) => format!(
            "column {} is named like a score, but {}",
            describe(column),
            few_scores(column)
        ),
        ([], None) => "no column is named like a score or has answers from 0 to 10".to_owned(),
        (some, _) => format!(
            "no column is clearly the NPS answer; columns with whole numbers from 0 to 10 are {}",
            some.join("; ")
        ),
    };
    Error::question(message)
        .with_hint(hint)
        .with_answers(answers)
}

/// The question about a file that seems to have one answer a row: a column has the NPS question in its
/// cells, and another one the answers to it.
fn answers_in_rows(columns: &[Column], taken: &Fields) -> Option<Error> {
    // A question comes again in each response, and a comment that recommends something does not.
    let asks = |column: &&Column| {
        let mut samples = column.samples.iter();
        let comes_again = column.distinct_values() * 2 <= column.cells;
        comes_again && samples.any(|sample| asks_to_recommend(sample))
    };
    let question = columns.iter().find(asks)?;
    let answer = free_columns(columns, taken)
        .map(|index| &columns[index])
        .filter(|column| column.answers.scores() > 0 && !std::ptr::eq(*column, question))
        .max_by_key(|column| column.answers.scores())?;
    let map = |name: &str, column: &Column| {
        ImportOption::Map.with(format_args!("{name}={}", column.header))
    };
    let told = map(QUESTION, question)
        .text(" ")
        .message(map(ANSWER, answer));
    let message = format!(
        "no column is named like a score, and column {} has questions: each row seems to have one answer",
        describe(question)
    );
    let hint = Message::from("if so, set ").message(told.clone());
    Some(
        Error::question(message)
            .with_hint(hint)
            .with_answers([told]),
    )
}

/// True for a cell that is the NPS question.
fn asks_to_recommend(cell: &str) -> bool {
    has_several_words(cell) && names_nps(&fold(cell))
}

/// How many cells of a column are answers, if they are too few.
fn few_scores(column: &Column) -> String {
    if let Some(date) = column.answers.first_date() {
        return format!(
            "has dates such as \"{}\", which a spreadsheet makes of answers such as 9/10",
            shown(date)
        );
    }
    match column.answers.scores() {
        0 => "has no whole numbers from 0 to 10".to_owned(),
        scores => format!(
            "only {scores} of its {} values are whole numbers from 0 to 10",
            column.cells
        ),
    }
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
    // Counts have a day, too.
    let identifying = [Field::ResponseId, Field::Respondent, Field::Comment];
    let identifies = |field: &Field| {
        let column = fields.column(columns, *field);
        column.is_some_and(|column| !(*field == Field::ResponseId && column.is_named_by_a_number()))
    };
    let counts = match (groups.next(), groups.next()) {
        (Some(first), Some(_)) => Some(first),
        _ if identifying.iter().any(identifies) => None,
        _ => {
            let mut others = columns
                .iter()
                .filter(|column| !std::ptr::eq(*column, score));
            let numbers = others.clone().find(|column| column.has_counts());
            let named = others.clone().find(|column| column.counts_responses());
            // A "number" beside each score may be that of its answers.
            let numbered = others.find(|column| {
                column.has_counts() && column.is_named_by_a_number() && score.lists_sorted_scores()
            });
            let numbers = numbers.filter(|_| score.lists_all_scores());
            named.or(numbers).or(numbered)
        }
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
    )
    .with_answers([map_option(Field::Score, score)]))
}

/// The note on ends of the scale that are words.
pub fn note_on_ends(column: &Column) -> Option<Message> {
    let ends = column.answers.words_for_ends();
    let read: Vec<String> = ends
        .iter()
        .map(|(text, end, _)| format!("\"{}\" is read as {end}", clip(text)))
        .collect();
    (!read.is_empty()).then(|| read.join(", ").into())
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
/// the scale. The answers are those of the column and its branches. `has_groups` is true if a column
/// of promoters and detractors confirms the scale, `complete` if every row was observed.
pub fn check_scale(
    column: &Column,
    answers: &Answers,
    reading: Reading,
    has_groups: bool,
    complete: bool,
) -> Result<(), Undecided> {
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
        let answers = ["0-10", scale].map(|scale| ImportOption::Scale.with(scale));
        Err(question(what).with_hint(hint).with_answers(answers).into())
    };
    if column.is_reversed() {
        let named = column.named_scale().unwrap_or(Scale::NPS);
        let [down, up] = [
            format!("{}-{}", named.max, named.min),
            format!("{}-{}", named.min, named.max),
        ];
        let answers = [down, up].map(|scale| ImportOption::Scale.with(scale));
        let hint = Message::from("to reverse the scale (worst answer first), set ")
            .message(answers[0].clone())
            .text("; if the highest answer is the best after all, set ")
            .message(answers[1].clone());
        return Err(question("describes its lowest answer as the best")
            .with_hint(hint)
            .with_answers(answers)
            .into());
    }
    let named = column.named_scale();
    if let Some(scale) = named.filter(|scale| !scale.is_nps()) {
        let what = format!("names a scale from {} to {}", scale.min, scale.max);
        return other_scale(&what, &scale.to_string());
    }
    let numbered = answers.are_numbered_choices();
    let shorter = answers
        .shorter_scale()
        .filter(|_| named.is_none() && !has_groups);
    if (numbered || shorter.is_some()) && !complete {
        return Err(Undecided::MoreRows);
    }
    if numbered {
        let what = "has 11 and no 0, which suggests choices numbered from 1 to 11";
        return Err(question(what)
            .with_hint(numbered_choices())
            .with_answers([ImportOption::Scale.with("0-10")])
            .into());
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
pub fn note_on_scale(column: &Column, answers: &Answers, reading: Reading) -> Option<Message> {
    if reading.scale.is_some() || column.named_scale().is_some() {
        None
    } else if answers.may_begin_with_one() {
        let note = "no answer is 0, although many are 1; if the scale was 1 to 10, these are \
                    ratings: set ";
        Some(Message::from(note).option_with(ImportOption::Scale, "1-10"))
    } else if answers.are_few_and_low() {
        let note = "no answer is above 5, but there are too few to tell whether the scale was \
                    shorter; if it was, set ";
        Some(Message::from(note).option(ImportOption::Scale))
    } else {
        None
    }
}
