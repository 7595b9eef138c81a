//! Chooses a column for each field, or reports why it cannot.

use super::assign::Assignment;
use super::branches::Branches;
use super::consents::further_consents;
use super::evidence::{Candidate, Evidence};
use super::fields::Fields;
use super::signs::{MARGIN, Sign, TAKE_UNNAMED_DATES};
use super::undecided::{
    Undecided, ambiguous_column, describe, header_list, map_option, unmap_option,
};
use crate::columns::Column;
use crate::columns::field::Field;
use crate::columns::headers::{NPS_GROUPS, fold, leaf};
use crate::columns::marks::{Agreement, Marks};
use crate::columns::score::Reading;
use crate::error::{Error, Result};
use crate::message::{ImportOption, Message};
use crate::options::{ANSWER, QUESTION, ReadOptions, names_consent_values};
use crate::profiles::bound::Bound;
use crate::quote::clip;

/// The columns of the fields, and the evidence for them.
pub struct Chosen {
    pub fields: Fields,
    /// Those of the fields that are certain: mapped by an option, or the response id of the profile.
    pub certain: Fields,
    /// Further columns of the score's question, for rows that have none in its own.
    pub branches: Vec<usize>,
    /// Further columns of comments.
    pub comment_branches: Vec<usize>,
    /// Further columns of consent.
    pub consent_branches: Vec<usize>,
    /// The columns of fields that no option maps.
    pub assignment: Assignment,
    /// The column of promoters and detractors that fits the score best, and how it does.
    pub agreement: Option<(usize, Agreement)>,
}

impl Chosen {
    /// True if a column of promoters and detractors confirms that the score is from 0 to 10.
    pub fn has_agreeing_groups(&self) -> bool {
        self.agreement
            .is_some_and(|(_, agreement)| agreement.differ * 20 <= agreement.agree)
    }
}

/// Chooses the columns by the options, and all others by evidence.
pub fn choose_fields(
    columns: &[Column],
    reading: Reading,
    bound: &Bound,
    options: &ReadOptions,
) -> Result<Chosen> {
    let mapped = mapped_fields(columns, options)?;
    let evidence = Evidence::new(columns, reading, bound, options);
    let is_open = |field: Field| {
        let is_given =
            mapped.decided.contains(&field) || (field == Field::Survey && options.survey.is_some());
        // A profile without columns for a field states that its files have none.
        !is_given
            && bound
                .candidates(field)
                .is_none_or(|columns| !columns.is_empty())
    };
    let candidates = |field: Field, answered: Option<&Marks>, comments: &Branches| {
        if !is_open(field) {
            return Vec::new();
        }
        let mut candidates = evidence.candidates(field, answered, comments);
        candidates.retain(|candidate| !mapped.fields.contains(candidate.column));
        candidates
    };
    let scores = candidates(Field::Score, None, &Branches::default());
    let best = scores.iter().max_by_key(|candidate| candidate.total());
    let answers = mapped.fields[Field::Score].or(best.map(|candidate| candidate.column));
    let answered = answers.map(|index| evidence.marks(index));
    let comments = evidence.comment_branches(answered.as_ref());
    let candidates = Field::ALL.map(|field| match field {
        Field::Score => scores.clone(),
        _ => candidates(field, answered.as_ref(), &comments),
    });
    let assignment = Assignment::best(candidates, columns.len());
    let mut certain = mapped.fields;
    let mut fields = mapped.fields;
    for field in Field::ALL {
        fields[field] = fields[field].or(assignment.fields[field]);
    }
    let response_id = fields[Field::ResponseId];
    let candidate = response_id.and_then(|index| assignment.candidate(Field::ResponseId, index));
    if candidate.is_some_and(|candidate| candidate.has(Sign::Profile)) {
        certain[Field::ResponseId] = response_id;
    }
    let branches = match assignment.fields[Field::Score] {
        Some(score) => evidence.branches.further(score).to_vec(),
        None => mapped.branches,
    };
    let comment_branches = match assignment.fields[Field::Comment] {
        Some(comment) => comments
            .others(comment)
            .filter(|other| !fields.contains(*other) && !branches.contains(other))
            .collect(),
        None => mapped.comment_branches,
    };
    let consent_branches = match assignment.fields[Field::Consent] {
        Some(_) => {
            let candidates = assignment.candidates[Field::Consent as usize].iter();
            let candidates = candidates.map(|candidate| (candidate.column, candidate.total()));
            let mut further = further_consents(columns, &fields, &candidates.collect::<Vec<_>>());
            let in_profile = bound.consent_branches().iter().copied();
            further.extend(in_profile.filter(|index| !fields.contains(*index)));
            further.sort_unstable();
            further.dedup();
            further
        }
        None => mapped.consent_branches,
    };
    Ok(Chosen {
        fields,
        certain,
        branches,
        comment_branches,
        consent_branches,
        agreement: fields[Field::Score].and_then(|score| evidence.agreement(score)),
        assignment,
    })
}

/// Asks where the evidence for a column is not clearly better than that for another.
/// `complete` is true if every row was observed.
pub fn check_choice(
    columns: &[Column],
    chosen: &Chosen,
    field: Field,
    complete: bool,
    bound: &Bound,
) -> Result<(), Undecided> {
    let assignment = &chosen.assignment;
    if let Some(groups) = bound.candidates(field).filter(|_| !complete) {
        // A preferred column may have cells further on.
        let index = assignment.fields[field];
        let place = index.and_then(|index| groups.iter().position(|group| group.contains(&index)));
        let preferred = &groups[..place.map_or(groups.len(), |place| place + 1)];
        let is_open = chosen.fields[field] == index;
        if is_open
            && preferred
                .concat()
                .iter()
                .any(|index| columns[*index].cells == 0)
        {
            return Err(Undecided::MoreRows);
        }
    }
    let Some(index) = assignment.fields[field] else {
        return Ok(());
    };
    let is_copy = |other: usize| columns[index].repeats(&columns[other]);
    let runner_up = assignment.runner_up(field, is_copy);
    let Some(runner_up) = runner_up.filter(|second| field.must_be_clear() && second.is_close())
    else {
        let candidate = assignment.candidate(field, index);
        let unnamed = candidate.filter(|candidate| candidate.has(Sign::Dates));
        if unnamed.is_some_and(|candidate| candidate.total() < TAKE_UNNAMED_DATES) {
            return Err(unnamed_dates(&columns[index]).into());
        }
        return Ok(());
    };
    let total = |index: usize| assignment.candidate(field, index).map(Candidate::total);
    let best = total(index)
        .max(total(runner_up.column))
        .unwrap_or_default();
    let others = assignment.candidates[field as usize].iter();
    let mut close: Vec<usize> = others
        .filter(|other| other.total() > best - MARGIN)
        .map(|other| other.column)
        .filter(|other| *other == index || !(chosen.fields.contains(*other) || is_copy(*other)))
        .chain([index, runner_up.column])
        .collect();
    close.sort_unstable();
    close.dedup();
    Err(ambiguous_column(columns, field, &close).into())
}

/// The question about dates that may be those of answers.
fn unnamed_dates(column: &Column) -> Error {
    let field = Field::RespondedAt;
    let answers = [map_option(field, column), unmap_option(field)];
    let hint = Message::from("if these are the dates of the answers, set ")
        .message(answers[0].clone())
        .text("; if no column has them, set ")
        .message(answers[1].clone());
    Error::question(format!(
        "column {} has dates, and no column is named as the date of the answer",
        describe(column)
    ))
    .with_hint(hint)
    .with_answers(answers)
}

/// What the options map.
struct Mapped {
    fields: Fields,
    /// The fields that they decide, some to have no column.
    decided: Vec<Field>,
    /// Further columns of the score.
    branches: Vec<usize>,
    /// Further columns of comments.
    comment_branches: Vec<usize>,
    /// Further columns of consent.
    consent_branches: Vec<usize>,
}

/// The columns that the options map.
fn mapped_fields(columns: &[Column], options: &ReadOptions) -> Result<Mapped> {
    let mut fields = Fields::default();
    let mut decided = Vec::new();
    let (mut branches, mut comment_branches) = (Vec::new(), Vec::new());
    let mut consent_branches = Vec::new();
    for (name, header) in &options.map {
        let within =
            |error: Error| error.within(ImportOption::Map.with(format_args!("{name}={header}")));
        // The layout has read these, and `Consents` reads the values.
        if [QUESTION, ANSWER].contains(&name.trim()) || names_consent_values(name) {
            continue;
        }
        let Some(field) = Field::parse(name.trim()) else {
            let error = Error::invalid(format!("field \"{name}\" does not exist"));
            return Err(within(
                error.with_hint(format!("use one of {}", Field::names())),
            ));
        };
        let further = match field {
            Field::Score => Some(&mut branches),
            Field::Comment => Some(&mut comment_branches),
            Field::Consent => Some(&mut consent_branches),
            _ => None,
        };
        let further = further.filter(|_| fields[field].is_some());
        let is_branch = further.is_some();
        if decided.contains(&field) && !is_branch {
            let error = Error::invalid(format!("field \"{name}\" is mapped twice"));
            return Err(within(error.with_hint("map each field to one column")));
        }
        decided.push(field);
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
        let column = &columns[index];
        if column.is_personal() && !column.may_be_personal(field) {
            return Err(within(personal_column(column)));
        }
        match further {
            // Two questions can have the same answer.
            Some(_) if fields[field] == Some(index) => {}
            Some(further) => further.push(index),
            None => fields[field] = Some(index),
        }
    }
    Ok(Mapped {
        fields,
        decided,
        branches,
        comment_branches,
        consent_branches,
    })
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

/// Checks that the values of a column that decides what was asked are known.
pub fn check_metrics(columns: &[Column], fields: &Fields, bound: &Bound) -> Result<()> {
    let Some(column) = fields.column(columns, Field::Metric) else {
        return Ok(());
    };
    // The profile has its own words; a row with another one is rejected.
    let is_known = bound.candidates(Field::Metric).is_some() || column.has_metrics();
    if column.cells == 0 || is_known {
        return Ok(());
    }
    let unmap = unmap_option(Field::Metric);
    let hint = Message::from("known values are nps, csat, ces, stars; to ignore the column, set ");
    Err(Error::question(format!(
        "column \"{}\" is used as the metric, but has unknown values: {}",
        clip(&column.header),
        describe(column)
    ))
    .with_hint(hint.message(unmap.clone()))
    .with_answers([unmap]))
}

/// Asks what repeated ids identify, unless an option tells.
pub fn check_ids(columns: &[Column], chosen: &Chosen) -> Result<()> {
    let fields = &chosen.assignment.fields;
    let Some(column) = fields.column(columns, Field::ResponseId) else {
        return Ok(());
    };
    if fold(&column.header) != "id" || column.has_distinct_values() {
        return Ok(());
    }
    let respondents = map_option(Field::Respondent, column)
        .text(" ")
        .message(unmap_option(Field::ResponseId));
    let responses = map_option(Field::ResponseId, column);
    let hint = Message::from("if they identify respondents, set ")
        .message(respondents.clone())
        .text("; if rows of one id are versions of one response, set ")
        .message(responses.clone());
    let message = format!(
        "column \"{}\" repeats ids, so they may identify respondents and not responses",
        column.header
    );
    Err(Error::question(message)
        .with_hint(hint)
        .with_answers([respondents, responses]))
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
/// the last level of a nested name, else by its place: `#7`.
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
                let described: Vec<String> = several
                    .iter()
                    .map(|index| format!("\"#{}\" {}", index + 1, describe(&columns[*index])))
                    .collect();
                return Err(Error::question(format!(
                    "several columns are named \"{}\"",
                    clip(name)
                ))
                .with_hint(format!("name one by its place: {}", described.join(", "))));
            }
        }
    }
    if let Some(place) = name.strip_prefix('#').and_then(|place| place.parse().ok()) {
        let index = usize::checked_sub(place, 1).filter(|index| *index < columns.len());
        return index.ok_or_else(|| {
            Error::invalid(format!("column \"{name}\" does not exist"))
                .with_hint(format!("the file has {} columns", columns.len()))
        });
    }
    Err(
        Error::invalid(format!("column \"{}\" does not exist", clip(name)))
            .with_hint(format!("use one of {}", header_list(columns))),
    )
}
