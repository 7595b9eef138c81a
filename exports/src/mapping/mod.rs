//! Decides which column is which field, from headers and content.

pub mod choose;
pub mod choose_dates;
pub mod choose_score;
mod date_notes;
pub mod fields;
pub mod scale;
pub mod undecided;

use std::sync::Arc;

use chrono_tz::Tz;

use choose::{
    check_values, choose_fields, find_column, personal_column, unmap_row_numbers, unmap_survey_type,
};
use choose_dates::{adjacent_time, date_reader, zone};
use choose_score::{check_scale, check_single_responses, metric_of, note_on_scale};
use date_notes::{date_notes, undated_note, unmap_placeholders};
use fields::Fields;
use undecided::Undecided;

use super::columns::Column;
use super::columns::cells::CellType;
use super::columns::field::Field;
use super::columns::headers::{leaf, snake_case};
use super::columns::personal::{Personal, names_a_country};
use super::columns::score::Reading;
use super::dates::DateReader;
use super::profiles::bound::Bound;
use crate::error::{Error, Result};
use crate::message::{ImportOption, Message};
use crate::options::ReadOptions;

/// Columns of the lake's table `responses`, whose names no kept column can take.
#[rustfmt::skip]
pub const RESPONSE_COLUMNS: [&str; 17] = [
    "response_id", "survey", "month", "day", "metric", "source", "respondent", "account", "score",
    "rating", "rating_max", "responded_at", "sent_at", "updated_at", "comment", "consent",
    "import_id",
];

/// The use of each column of a file.
#[derive(Clone, Debug)]
pub struct Mapping {
    fields: Fields,
    /// The headers of all columns, as the file has them.
    pub headers: Vec<String>,
    /// The notation of scores.
    pub reading: Reading,
    /// The metric of the answers if their scale is not that of NPS.
    pub other_metric: Option<&'static str>,
    pub responded_at: Option<DateReader>,
    /// The column of the time of day, if that of the date has none.
    pub responded_time: Option<usize>,
    pub sent_at: Option<DateReader>,
    pub updated_at: Option<DateReader>,
    pub kept: Vec<KeptColumn>,
    pub dropped: Vec<DroppedColumn>,
    /// The columns with personal data of the respondent, mapped or not.
    pub personal: Vec<PersonalColumn>,
    /// The column of the respondent's country.
    pub country: Option<usize>,
    /// Notes on these choices for the import's summary.
    pub notes: Vec<Message>,
    /// The profile's rules for rows and metrics.
    pub bound: Arc<Bound>,
    /// The zone of each field's dates if the column's header names one.
    pub header_zones: [Option<Tz>; Field::ALL.len()],
}

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

/// A column that the lake does not store.
#[derive(Clone, Debug)]
pub struct DroppedColumn {
    pub header: String,
    pub personal: bool,
}

/// A column with personal data of the respondent.
#[derive(Clone, Debug)]
pub struct PersonalColumn {
    pub index: usize,
    pub personal: Personal,
    /// The name of the field that it is sealed as, `None` if it is not stored.
    pub sealed_as: Option<String>,
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
        let (mut fields, certain) = choose_fields(columns, reading, complete, bound, options)?;
        if bound.candidates(Field::Metric).is_none() {
            unmap_survey_type(columns, &mut fields, &certain);
        }
        let has_column = fields[Field::RespondedAt].is_some();
        let mut notes = unmap_placeholders(columns, &mut fields, complete)?;
        let zone = zone(options)?;
        let date = |field: Field| -> Result<Option<DateReader>, Undecided> {
            let column = fields.column(columns, field);
            column
                .map(|column| date_reader(column, field, complete, zone, options))
                .transpose()
        };
        let mut responded_at = date(Field::RespondedAt)?;
        let responded_time = responded_at
            .as_ref()
            .and_then(|reader| adjacent_time(columns, &fields, reader));
        if let (Some(reader), Some(time)) = (&mut responded_at, responded_time) {
            reader.shared_time = columns[time].shares_time_of_day();
        }
        let sent_at = date(Field::SentAt)?;
        let updated_at = date(Field::UpdatedAt)?;
        check_values(columns, &fields, bound)?;
        check_single_responses(columns, &fields, &certain)?;
        for (field, reader) in [
            (Field::RespondedAt, &responded_at),
            (Field::SentAt, &sent_at),
            (Field::UpdatedAt, &updated_at),
        ] {
            if let (Some(column), Some(reader)) = (fields.column(columns, field), reader) {
                notes.extend(date_notes(column, reader, options));
            }
        }
        if !has_column {
            notes.push(undated_note(columns, &fields, options));
        }
        let mut other_metric = None;
        if let Some(column) = fields.column(columns, Field::Score) {
            // In a file of other metrics only, the scale changes no score.
            let metric = fields.column(columns, Field::Metric);
            if !metric.is_some_and(Column::has_other_metrics_only) {
                check_scale(column, reading, complete)?;
                notes.extend(note_on_scale(column, reading));
            }
            other_metric = metric_of(column, reading.scale);
        }
        notes.extend(unmap_row_numbers(
            columns,
            &mut fields,
            &certain,
            responded_time.is_some_and(|time| !columns[time].shares_time_of_day()),
        ));
        let kept = kept_columns(columns, &fields, options)?;
        let personal = personal_columns(columns, &fields, options);
        let is_used = |index: usize| {
            let mut sealed = personal.iter().filter(|column| column.sealed_as.is_some());
            fields.contains(index)
                || responded_time == Some(index)
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
            reading,
            other_metric,
            responded_at,
            responded_time,
            sent_at,
            updated_at,
            kept,
            dropped,
            personal,
            country: columns
                .iter()
                .position(|column| names_a_country(&column.header)),
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
}

/// The columns with personal data of the respondent. Names, addresses and telephone numbers are
/// sealed if there is a pseudonym to find them by; others stay out of the lake.
fn personal_columns(
    columns: &[Column],
    fields: &Fields,
    options: &ReadOptions,
) -> Vec<PersonalColumn> {
    let is_sealing = fields[Field::Respondent].is_some() && !options.drop_identities;
    let mut personal: Vec<PersonalColumn> = Vec::new();
    for (index, column) in columns.iter().enumerate() {
        let Some(kind) = column.personal() else {
            continue;
        };
        let name = match kind {
            Personal::Email => Some("email".to_owned()),
            Personal::Phone => Some("phone".to_owned()),
            Personal::Name => Some(snake_case(leaf(&column.header))),
            Personal::OtherName | Personal::Other => None,
        };
        let is_taken = |name: &str| {
            let mut others = personal.iter();
            others.any(|other| other.sealed_as.as_deref() == Some(name))
        };
        let sealed_as = name.filter(|_| is_sealing).map(|name| {
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
    personal
}

/// The columns that the options keep, as `COLUMN` or `name=COLUMN`.
fn kept_columns(
    columns: &[Column],
    fields: &Fields,
    options: &ReadOptions,
) -> Result<Vec<KeptColumn>> {
    let mut kept: Vec<KeptColumn> = Vec::new();
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
            return Err(within(personal_column(column)));
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
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decide(header: &[&str], rows: &[&[&str]], options: &ReadOptions) -> Result<Mapping> {
        let mut columns: Vec<Column> = header.iter().map(|name| Column::new(name, None)).collect();
        for row in rows {
            for (column, cell) in columns.iter_mut().zip(*row) {
                column.observe(cell);
            }
        }
        Mapping::decide(&columns, true, &Arc::default(), options).map_err(|undecided| {
            match undecided {
                Undecided::Failed(error) => error,
                Undecided::MoreRows => unreachable!("every row was observed"),
            }
        })
    }

    fn options(map: &[(&str, &str)], keep: &[&str]) -> ReadOptions {
        ReadOptions {
            map: map
                .iter()
                .map(|(field, column)| ((*field).to_owned(), (*column).to_owned()))
                .collect(),
            keep: keep.iter().map(|column| (*column).to_owned()).collect(),
            ..ReadOptions::default()
        }
    }

    #[test]
    fn german_headers_are_recognised() {
        #[rustfmt::skip]
        let header = [
            "Antwort-ID", "Datum", "Weiterempfehlung (0-10)", "Kommentar", "E-Mail", "Firma",
        ];
        #[rustfmt::skip]
        let rows: [&[&str]; 2] = [
            &["A-1", "31.01.2026 10:00", "9", "sehr gut", "a@example.com", "acme"],
            &["A-2", "01.02.2026 10:00", "0", "zu teuer hier", "b@example.com", "beta"],
        ];
        let mapping = decide(&header, &rows, &ReadOptions::default()).unwrap();
        for (field, index) in [
            (Field::ResponseId, 0),
            (Field::RespondedAt, 1),
            (Field::Score, 2),
            (Field::Comment, 3),
            (Field::Respondent, 4),
            (Field::Account, 5),
        ] {
            assert_eq!(mapping.column(field), Some(index), "{field:?}");
        }
        assert!(mapping.dropped.is_empty());
    }

    #[test]
    fn two_score_columns_are_a_question() {
        let header = ["Recommend shop?", "Recommend app?"];
        let rows: [&[&str]; 2] = [&["9", "8"], &["7", "2"]];
        let error = decide(&header, &rows, &ReadOptions::default()).unwrap_err();
        assert_eq!(error.kind(), crate::ErrorKind::Question);
        assert!(
            error.to_string().contains("\"Recommend app?\" (8, 2)"),
            "{error}"
        );
        let mapping = decide(&header, &rows, &options(&[("score", "recommend app")], &[])).unwrap();
        assert_eq!(mapping.column(Field::Score), Some(1));
    }

    #[test]
    fn a_five_point_scale_is_a_question() {
        let rows = [["5"], ["4"], ["1"], ["2"], ["3"]].repeat(3);
        let rows: Vec<&[&str]> = rows.iter().map(|row| row.as_slice()).collect();
        let error = decide(&["NPS"], &rows, &ReadOptions::default()).unwrap_err();
        assert_eq!(error.kind(), crate::ErrorKind::Question);
        assert!(error.hint().unwrap().to_string().contains("scale(\"1-5\")"));
        // Naming the column does not name its scale.
        let named = options(&[("score", "NPS")], &[]);
        assert!(decide(&["NPS"], &rows, &named).unwrap_err().kind() == crate::ErrorKind::Question);
        for (scale, metric) in [("0-10", None), ("1-5", Some("rating"))] {
            let options = ReadOptions {
                scale: Some(scale.to_owned()),
                ..ReadOptions::default()
            };
            let mapping = decide(&["NPS"], &rows, &options).unwrap();
            assert_eq!(mapping.other_metric, metric);
        }
    }

    #[test]
    fn ambiguous_dates_are_a_question() {
        let rows: [&[&str]; 2] = [&["9", "01/02/2026"], &["7", "03/04/2026"]];
        let error = decide(&["score", "date"], &rows, &ReadOptions::default()).unwrap_err();
        assert_eq!(error.kind(), crate::ErrorKind::Question);
        assert_eq!(
            error.hint().map(ToString::to_string).as_deref(),
            Some("choose one: date_format(\"%d/%m/%Y\") or date_format(\"%m/%d/%Y\")")
        );
    }

    #[test]
    fn kept_columns_are_named_and_never_personal() {
        #[rustfmt::skip]
        let header = ["score", "email", "Plan / Tier", "person_properties.segment", "Month"];
        let rows: [&[&str]; 1] = [&["9", "a@example.com", "Pro", "smb", "May"]];
        let keep = |columns: &[&str]| decide(&header, &rows, &options(&[], columns));
        let kept = keep(&["Plan / Tier", "segment"]).unwrap().kept;
        assert_eq!(kept[0].name, "plan_tier");
        assert_eq!(kept[1].name, "segment");
        assert_eq!(keep(&["tier=plan tier"]).unwrap().kept[0].name, "tier");
        for wrong in [
            &["email"][..],
            &["Month"],
            &["nothing"],
            &["Plan / Tier", "plan_tier=Month"],
        ] {
            assert!(keep(wrong).is_err(), "{wrong:?}");
        }
    }
}
