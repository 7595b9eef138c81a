//! The columns that are kept as they are, and those that are sealed.

use super::choose::Chosen;
use super::choose::{find_column, personal_column};
use super::fields::Fields;
use super::undecided::map_option;
use crate::columns::Column;
use crate::columns::cells::CellType;
use crate::columns::field::Field;
use crate::columns::headers::{leaf, snake_case};
use crate::columns::personal::Personal;
use crate::columns::score;
use crate::error::{Error, Result};
use crate::format::rows::Row;
use crate::layout::header::REJECT_REASON;
use crate::message::{ImportOption, Message};
use crate::options::ReadOptions;
use crate::profiles::bound::Bound;
use crate::quote::clip;
use crate::text;

/// Columns of the lake's table `responses`, whose names no kept column can take.
#[rustfmt::skip]
pub const RESPONSE_COLUMNS: [&str; 17] = [
    "response_id", "survey", "month", "day", "metric", "source", "respondent", "account", "score",
    "rating", "rating_max", "responded_at", "sent_at", "updated_at", "comment", "consent",
    "import_id",
];

/// A column that the lake stores unchanged.
#[derive(Clone, Debug)]
pub struct KeptColumn {
    pub index: usize,
    pub header: String,
    pub name: String,
    pub cell_type: CellType,
    /// The header that the lake remembers: that of the first file with the column.
    pub first_header: Option<String>,
}

/// A column with personal data of the respondent.
#[derive(Clone, Debug)]
pub struct PersonalColumn {
    pub index: usize,
    pub personal: Personal,
    /// The name of the field that it is sealed as, `None` if it is not stored.
    pub sealed_as: Option<String>,
}

impl PersonalColumn {
    /// The cell of the column in a row, without what spreadsheets add. `None` if it is blank.
    pub fn cell<'a>(&self, row: &'a Row<'_>) -> Option<&'a str> {
        let cell = text::without_formula_guard(text::trim(&row.cells[self.index]));
        (!score::is_blank(cell)).then_some(cell)
    }
}

/// The columns with personal data of the respondent. Names, addresses and telephone numbers are
/// sealed if there is a pseudonym to find them by; others stay out of the lake.
pub fn personal_columns(
    columns: &[Column],
    fields: &Fields,
    options: &ReadOptions,
) -> Result<Vec<PersonalColumn>> {
    let is_sealing = fields[Field::Respondent].is_some() && !options.drop_identities;
    let to_seal = columns_to_seal(columns, is_sealing, options)?;
    let mut personal: Vec<PersonalColumn> = Vec::new();
    for (index, column) in columns.iter().enumerate() {
        let is_wanted = to_seal.contains(&index);
        let wanted = is_wanted.then_some(Personal::OtherName);
        let is_respondent = fields[Field::Respondent] == Some(index);
        let kind = match column.personal().or(wanted) {
            None => continue,
            // The address of a technician is not the respondent's.
            Some(_) if column.names_staff() && !is_respondent => Personal::OtherName,
            Some(kind) => kind,
        };
        let name = match kind {
            Personal::Email => Some("email".to_owned()),
            Personal::Phone => Some("phone".to_owned()),
            Personal::Name => Some(snake_case(leaf(&column.header))),
            Personal::OtherName | Personal::Other => None,
        };
        // A column that the options seal is of someone else, under its own name.
        let name = if is_wanted {
            Some(snake_case(leaf(&column.header)))
        } else {
            name
        };
        let is_taken = |name: &str| {
            let mut others = personal.iter();
            others.any(|other| other.sealed_as.as_deref() == Some(name))
        };
        let is_account = fields[Field::Account] == Some(index);
        let sealed_as = name.filter(|_| is_sealing && !is_account).map(|name| {
            let numbered = (2..).map(|number| format!("{name}_{number}"));
            let mut names = std::iter::once(name.clone()).chain(numbered);
            names.find(|name| !is_taken(name)).unwrap_or(name)
        });
        personal.push(PersonalColumn {
            index,
            personal: kind,
            sealed_as,
        });
    }
    Ok(personal)
}

/// The columns that the options keep sealed.
fn columns_to_seal(
    columns: &[Column],
    is_sealing: bool,
    options: &ReadOptions,
) -> Result<Vec<usize>> {
    let sealed = options.keep_personal.iter().map(|given| {
        let within = |error: Error| error.within(ImportOption::KeepPersonal.with(given));
        let index = find_column(columns, given).map_err(within)?;
        if is_sealing {
            return Ok(index);
        }
        let error = Error::invalid("no respondent, whose identity it could be sealed with");
        let hint = Message::from("name the column of respondents with ")
            .option_with(ImportOption::Map, "respondent=COLUMN");
        Err(within(error.with_hint(hint)))
    });
    sealed.collect()
}

/// The question about kept columns with names of people.
fn names_of_people(people: &[&Column]) -> Error {
    let quoted: Vec<String> = people
        .iter()
        .map(|column| format!("\"{}\"", clip(&column.header)))
        .collect();
    let seal = people
        .iter()
        .map(|column| ImportOption::KeepPersonal.with(&column.header));
    let seal = Message::joined(seal);
    let example = people.first().map_or("", |column| column.header.as_str());
    let hint = Message::from("to seal them with the identities of respondents, replace ")
        .option(ImportOption::Keep)
        .text(" by ")
        .message(seal.clone())
        .text("; if they are no people, keep them under a name that says what they are, such as ")
        .option_with(ImportOption::Keep, format_args!("team={example}"));
    let noun = if people.len() == 1 {
        "column"
    } else {
        "columns"
    };
    let verb = if people.len() == 1 { "has" } else { "have" };
    Error::question(format!(
        "kept {noun} {} {verb} names of people, which responses do not store",
        quoted.join(", ")
    ))
    .with_hint(hint)
    .with_answers([seal])
}

/// The columns that the options keep, as `COLUMN` or `name=COLUMN`.
pub fn kept_columns(
    columns: &[Column],
    fields: &Fields,
    options: &ReadOptions,
) -> Result<Vec<KeptColumn>> {
    let mut kept: Vec<KeptColumn> = Vec::new();
    let mut people: Vec<&Column> = Vec::new();
    for given in &options.keep {
        let within = |error: Error| error.within(ImportOption::Keep.with(given));
        // A header may contain an equals sign itself, so try the whole first.
        let (name, index) = match (find_column(columns, given), given.split_once('=')) {
            (Err(_), Some((name, header))) => (
                snake_case(name),
                find_column(columns, header).map_err(within)?,
            ),
            (found, _) => {
                let index = found.map_err(within)?;
                (snake_case(leaf(&columns[index].header)), index)
            }
        };
        let column = &columns[index];
        let field = Field::ALL
            .into_iter()
            .find(|field| fields[*field] == Some(index));
        if field.is_some_and(|field| field.name() == name) {
            continue;
        }
        if column.is_personal() || column.has_emails() || field == Some(Field::Respondent) {
            let seal = Message::from("to seal it with each respondent's identity, set ")
                .option_with(ImportOption::KeepPersonal, &column.header);
            return Err(within(personal_column(column)).with_more_hint(seal));
        }
        // Another name than the header's states what the column is.
        if column.has_full_names() && snake_case(leaf(&column.header)) == name {
            people.push(column);
            continue;
        }
        let conflict = if RESPONSE_COLUMNS.contains(&name.as_str()) {
            Some(format!("the lake already has a column \"{name}\""))
        } else if kept.iter().any(|other| other.name == name) {
            Some(format!("two columns would be kept as \"{name}\""))
        } else {
            None
        };
        if let Some(conflict) = conflict {
            let renamed = ImportOption::Keep.with(format_args!("other_{name}={}", column.header));
            let hint = Message::from("keep it under another name: ").message(renamed);
            return Err(within(Error::invalid(conflict).with_hint(hint)));
        }
        kept.push(KeptColumn {
            index,
            header: column.header.clone(),
            name,
            cell_type: column.cell_type(),
            first_header: Some(column.header.clone()),
        });
    }
    if people.is_empty() {
        Ok(kept)
    } else {
        Err(names_of_people(&people))
    }
}

/// A note on a column of states whose words say that some rows are no responses. Only profiles know which
/// are.
pub fn note_on_states(columns: &[Column], chosen: &Chosen, bound: &Bound) -> Option<Message> {
    if bound.profile().is_some() {
        return None;
    }
    let mut others = columns
        .iter()
        .enumerate()
        .filter(|(index, _)| !chosen.fields.contains(*index));
    let (column, states) = others.find_map(|(_, column)| {
        let states = column.states_of_no_response();
        (!states.is_empty()).then_some((column, states))
    })?;
    let quoted: Vec<String> = states
        .iter()
        .map(|state| format!("\"{}\"", clip(state)))
        .collect();
    let note = format!(
        "column \"{}\" has {}, and these rows are imported; to leave them out, name them in a profile \
         under not_a_response: ",
        clip(&column.header),
        quoted.join(", ")
    );
    Some(Message::from(note).option_with(ImportOption::Profile, "FILE"))
}

/// A note on columns of texts that are not imported, which may be comments.
pub fn note_on_comments(
    columns: &[Column],
    chosen: &Chosen,
    kept: &[KeptColumn],
    options: &ReadOptions,
) -> Option<Message> {
    /// Columns that are named.
    const NAMED_MAX: usize = 5;
    let is_given = |(name, _): &(String, String)| Field::parse(name.trim()) == Some(Field::Comment);
    if options.map.iter().any(is_given) {
        return None;
    }
    let is_candidate = |index: usize| {
        let candidate = chosen.assignment.candidate(Field::Comment, index);
        candidate.is_some() && columns[index].has_sentences()
    };
    let is_used = |index: usize| {
        chosen.fields.contains(index)
            || chosen.branches.contains(&index)
            || chosen.comment_branches.contains(&index)
            || kept.iter().any(|kept| kept.index == index)
    };
    let others: Vec<usize> = (0..columns.len())
        .filter(|index| !is_used(*index) && columns[*index].header != REJECT_REASON)
        .filter(|index| is_candidate(*index) || columns[*index].has_free_texts())
        .collect();
    let first = &columns[*others.first()?];
    let mut headers: Vec<String> = others
        .iter()
        .take(NAMED_MAX)
        .map(|index| format!("\"{}\"", clip(&columns[*index].header)))
        .collect();
    match others.len().saturating_sub(NAMED_MAX) {
        0 => {}
        1 => headers.push("1 other".to_owned()),
        more => headers.push(format!("{more} others")),
    }
    let headers = headers.join(", ");
    let (noun, verb) = match others.len() {
        1 => ("column", "has"),
        _ => ("columns", "have"),
    };
    if chosen.fields[Field::Comment].is_none() {
        let condition = match others.len() {
            1 => "if they are the comments",
            _ => "if one has the comments",
        };
        let note =
            format!("{noun} {headers} {verb} texts, which are not imported; {condition}, set ");
        return Some(Message::from(note).message(map_option(Field::Comment, first)));
    }
    let texts = if others.iter().all(|index| is_candidate(*index)) {
        "comments"
    } else {
        "texts"
    };
    let note = format!("{texts} are also in {noun} {headers}; to keep one, set ");
    let name = match first.place_of_name {
        Some(place) => format!("#{place}"),
        None => first.header.clone(),
    };
    Some(Message::from(note).option_with(ImportOption::Keep, name))
}
