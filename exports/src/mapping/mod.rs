//! Which column is which field: decided from headers and content, or asked for.

pub mod choose;
pub mod choose_score;
pub mod scale;
pub mod undecided;

use std::str::FromStr;
use std::sync::Arc;

use chrono_tz::Tz;

use choose::{
    check_understood, choose_fields, find, leave_out_count, leave_out_type, personal, time_beside,
};
use choose_score::{check_scale, check_single_responses, metric_of, note_on_scale};
use undecided::{Fields, Undecided, date_format};

use super::columns::Column;
use super::columns::cells::CellType;
use super::columns::field::Field;
use super::columns::headers::{leaf, snake_case};
use super::columns::personal::{Personal, names_a_country};
use super::columns::score::Reading;
use super::dates::styles::{Detected, are_one_zone};
use super::dates::{DateReader, DateStyle, Found};
use super::profiles::bound::Bound;
use crate::error::{Error, Result};
use crate::message::ImportOption;
use crate::options::ReadOptions;
use crate::quote::{clip, shown};

/// Columns of the lake's table `responses`, whose names no kept column can take.
#[rustfmt::skip]
pub const RESPONSE_COLUMNS: [&str; 16] = [
    "response_id", "survey", "month", "metric", "source", "respondent", "account", "score",
    "rating", "rating_max", "responded_at", "sent_at", "updated_at", "comment", "consent",
    "import_id",
];

/// What becomes of each column of a file.
#[derive(Clone, Debug)]
pub struct Mapping {
    fields: Fields,
    /// The headers of all columns, as the file has them.
    pub headers: Vec<String>,
    /// How scores are read.
    pub reading: Reading,
    /// The metric that answers are of, where the scale says that they are not NPS.
    pub other_metric: Option<&'static str>,
    pub responded_at: Option<DateReader>,
    /// The column of the time of day, where that of the date has none.
    pub responded_time: Option<usize>,
    pub sent_at: Option<DateReader>,
    pub updated_at: Option<DateReader>,
    pub kept: Vec<KeptColumn>,
    pub dropped: Vec<DroppedColumn>,
    /// The columns that tell of the respondent, mapped or not.
    pub personal: Vec<PersonalColumn>,
    /// The column of the respondent's country.
    pub country: Option<usize>,
    /// What a person should know of these choices, a sentence each.
    pub notes: Vec<String>,
    /// What the profile says of rows and metrics.
    pub bound: Arc<Bound>,
    /// The zone of each field's dates where the column's header says it.
    pub header_zones: [Option<Tz>; Field::ALL.len()],
}

/// A column that goes into the lake as it is.
#[derive(Clone, Debug)]
pub struct KeptColumn {
    pub index: usize,
    pub header: String,
    pub name: String,
    pub cell_type: CellType,
    /// The header that the lake remembers: that of the first file that the column came from.
    pub first_header: Option<String>,
}

/// A column that stays out of the lake.
#[derive(Clone, Debug)]
pub struct DroppedColumn {
    pub header: String,
    pub personal: bool,
}

/// A column that tells of the respondent.
#[derive(Clone, Debug)]
pub struct PersonalColumn {
    pub index: usize,
    pub personal: Personal,
    /// The name of the sealed field that it becomes, where it does.
    pub sealed_as: Option<String>,
}

impl PersonalColumn {
    fn is_sealed(&self, index: usize) -> bool {
        self.index == index && self.sealed_as.is_some()
    }
}

impl Mapping {
    /// Decides from what was observed of the columns. `complete` says that every row was seen.
    pub fn decide(
        columns: &[Column],
        complete: bool,
        bound: &Arc<Bound>,
        options: &ReadOptions,
    ) -> Result<Self, Undecided> {
        let reading = Reading::of(options)?;
        let (mut fields, given) = choose_fields(columns, reading, complete, bound, options)?;
        if bound.candidates(Field::Metric).is_none() {
            leave_out_type(columns, &mut fields, &given);
        }
        let zone = zone(options)?;
        let date = |field: Field| -> Result<Option<DateReader>, Undecided> {
            fields[field as usize]
                .map(|index| date_reader(&columns[index], field, complete, zone, options))
                .transpose()
        };
        let responded_at = date(Field::RespondedAt)?;
        let responded_time = responded_at
            .as_ref()
            .and_then(|reader| time_beside(columns, &fields, reader));
        let sent_at = date(Field::SentAt)?;
        let updated_at = date(Field::UpdatedAt)?;
        check_understood(columns, &fields, bound)?;
        check_single_responses(columns, &fields, &given)?;
        let mut notes = Vec::new();
        let mut other_metric = None;
        let metrics = fields[Field::Metric as usize].map(|index| &columns[index]);
        if let Some(column) = fields[Field::Score as usize].map(|index| &columns[index]) {
            // Where the file itself says that nothing in it is NPS, the scale changes no score.
            if !metrics.is_some_and(Column::holds_other_metrics_only) {
                check_scale(column, reading, complete)?;
                notes.extend(note_on_scale(column, reading));
            }
            other_metric = metric_of(column, reading.scale);
        }
        notes.extend(leave_out_count(
            columns,
            &mut fields,
            &given,
            responded_time.is_some(),
        ));
        let kept = kept_columns(columns, &fields, options)?;
        let personal = personal_columns(columns, &fields, options);
        let dropped = columns
            .iter()
            .enumerate()
            .filter(|(index, _)| {
                !fields.contains(&Some(*index))
                    && !personal.iter().any(|column| column.is_sealed(*index))
                    && responded_time != Some(*index)
                    && kept.iter().all(|kept| kept.index != *index)
            })
            .map(|(_, column)| DroppedColumn {
                header: column.header.clone(),
                personal: column.is_personal(),
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
            header_zones: fields.map(|index| columns[index?].zone),
        })
    }

    /// Whether anything of the respondents is sealed.
    pub fn seals_people(&self) -> bool {
        let mut personal = self.personal.iter();
        personal.any(|column| column.sealed_as.is_some())
    }

    /// The column of a field.
    pub fn column(&self, field: Field) -> Option<usize> {
        self.fields[field as usize]
    }
}

fn zone(options: &ReadOptions) -> Result<Tz> {
    match &options.timezone {
        None => Ok(Tz::UTC),
        Some(name) => Tz::from_str(name).map_err(|_| {
            Error::invalid(format!("--timezone {name}: there is no such time zone"))
                .with_hint("name it as the tz database does, such as Europe/Berlin or UTC")
        }),
    }
}

fn date_reader(
    column: &Column,
    field: Field,
    complete: bool,
    zone: Tz,
    options: &ReadOptions,
) -> Result<DateReader, Undecided> {
    // A zone that the header says is that of its dates, whatever others there are.
    let zone_given = options.timezone.is_some() || column.zone.is_some();
    let zone = column.zone.unwrap_or(zone);
    let found = |style: DateStyle| DateReader {
        style,
        zone,
        zone_given,
    };
    if let Some(format) = date_format(field, options) {
        // Beside the response's own date, others may be written in a way that needs no answer.
        if field != Field::RespondedAt
            && let Detected::Style(style) = column.dates.detected()
            && !names_a_date_column(options)
        {
            return Ok(found(style));
        }
        let given = DateReader::given(format, zone, zone_given)?;
        return Ok(match column.dates.with_order_of(format) {
            Some(style) => found(style),
            None => given,
        });
    }
    check_zones(column, field, zone_given)?;
    if !complete && column.dates.could_turn() {
        return Err(Undecided::MoreRows);
    }
    let asked = |what: String, first: &str, second: &str| {
        Undecided::Asked(
            Error::question(format!("column \"{}\" {what}", column.header)).with_hint(format!(
                "say which with --date-format '{first}' or --date-format '{second}'"
            )),
        )
    };
    if let Some(format) = &column.date_format {
        let says = match column.dates.detected() {
            Detected::Ambiguous(first, second) => [first, second].contains(&format.as_str()),
            Detected::NotDates => column.dates_are_as_said(),
            Detected::Style(_) | Detected::Mixed(..) => false,
        };
        if says {
            let given = DateReader::given(format, zone, zone_given)?;
            return Ok(column.dates.with_order_of(format).map_or(given, found));
        }
    }
    match column.dates.detected() {
        Detected::Style(style) => Ok(found(style)),
        Detected::Ambiguous(first, second) => Err(asked(
            format!(
                "can be read as day/month or month/day (all {} values fit both)",
                column.cells
            ),
            first,
            second,
        )),
        Detected::Mixed(first, second) => Err(asked(
            "mixes day/month and month/day; whichever is not right is rejected".to_owned(),
            first,
            second,
        )),
        // Nothing in it: every response is undated, and the summary shows the column.
        Detected::NotDates if column.cells == 0 => Ok(found(DateStyle::Found(Found::default()))),
        Detected::NotDates => Err(Undecided::Asked(
            Error::question(format!(
                "column \"{}\" is to be {}, but holds no dates in a known style (for example \
                 \"{}\")",
                column.header,
                field.name(),
                shown(column.samples.first().map_or("", String::as_str))
            ))
            .with_hint(format!(
                "say how they are written with --date-format, such as '%d/%m/%Y %H:%M', or that \
                 there is no such date with --map {}=",
                field.name()
            )),
        )),
    }
}

/// `--date-format` names the column that it is for.
fn names_a_date_column(options: &ReadOptions) -> bool {
    let said = options.date_format.as_deref();
    said.and_then(|said| said.split_once('='))
        .is_some_and(|(name, _)| Field::parse(name.trim()).is_some_and(Field::is_date))
}

/// Asks about abbreviations of zones: EST is in America and in Australia.
fn check_zones(column: &Column, field: Field, zone_given: bool) -> Result<()> {
    let zones = column.dates.zones();
    if zones.is_empty() {
        return Ok(());
    }
    let shown = zones.join(", ");
    if !are_one_zone(zones) {
        return Err(Error::question(format!(
            "column \"{}\" mixes times of several zones ({shown})",
            clip(&column.header)
        ))
        .with_hint(format!(
            "write them with their offsets from UTC, or leave the column out with --map {}=",
            field.name()
        )));
    }
    if zone_given {
        return Ok(());
    }
    Err(Error::question(format!(
        "column \"{}\" gives times in {shown}, which is not the name of one zone",
        clip(&column.header)
    ))
    .with_hint("name the zone as the tz database does, such as --timezone America/New_York"))
}

/// The columns that tell of the respondent. Names, addresses and telephone numbers are sealed, where
/// there is a pseudonym to find them by; others stay out of the lake.
fn personal_columns(
    columns: &[Column],
    fields: &Fields,
    options: &ReadOptions,
) -> Vec<PersonalColumn> {
    let is_sealing = fields[Field::Respondent as usize].is_some() && !options.drop_identities;
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
            let mut free = std::iter::once(name.clone()).chain(numbered);
            free.find(|name| !is_taken(name)).unwrap_or(name)
        });
        personal.push(PersonalColumn {
            index,
            personal: kind,
            sealed_as,
        });
    }
    personal
}

/// The columns that `--keep` names, as `COLUMN` or `name=COLUMN`.
fn kept_columns(
    columns: &[Column],
    fields: &Fields,
    options: &ReadOptions,
) -> Result<Vec<KeptColumn>> {
    let mut kept: Vec<KeptColumn> = Vec::new();
    for wish in &options.keep {
        let at = |error: Error| error.within(ImportOption::Keep.with(wish));
        // A header may hold an equals sign itself, so the whole goes first.
        let (name, index) = match (find(columns, wish), wish.split_once('=')) {
            (Err(_), Some((name, header))) => {
                (snake_case(name), find(columns, header).map_err(at)?)
            }
            (found, _) => {
                let index = found.map_err(at)?;
                (snake_case(leaf(&columns[index].header)), index)
            }
        };
        let column = &columns[index];
        let mapped = Field::ALL
            .into_iter()
            .find(|field| fields[*field as usize] == Some(index));
        if mapped.is_some_and(|field| field.name() == name) {
            continue;
        }
        if column.is_personal() || column.has_emails() || mapped == Some(Field::Respondent) {
            return Err(at(personal(column)));
        }
        if RESPONSE_COLUMNS.contains(&name.as_str()) {
            return Err(at(Error::invalid(format!(
                "the lake has a column {name} of its own"
            ))
            .with_hint(format!(
                "keep it under another name: --keep other_{name}='{}'",
                column.header
            ))));
        }
        if kept.iter().any(|other| other.name == name) {
            return Err(at(Error::invalid(format!(
                "the name {name} is taken twice"
            ))
            .with_hint(format!(
                "keep one under another name: --keep other_{name}='{}'",
                column.header
            ))));
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
                Undecided::Asked(error) => error,
                Undecided::MoreRows => unreachable!("every row was seen"),
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
    fn german_headers_are_known() {
        let mapping = decide(
            &[
                "Antwort-ID",
                "Datum",
                "Weiterempfehlung (0-10)",
                "Kommentar",
                "E-Mail",
                "Firma",
            ],
            &[
                &[
                    "A-1",
                    "31.01.2026 10:00",
                    "9",
                    "sehr gut",
                    "a@example.com",
                    "acme",
                ],
                &[
                    "A-2",
                    "01.02.2026 10:00",
                    "0",
                    "zu teuer hier",
                    "b@example.com",
                    "beta",
                ],
            ],
            &ReadOptions::default(),
        )
        .unwrap();
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
    fn two_candidates_are_asked_about() {
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
    fn a_five_point_scale_is_asked_about() {
        let rows = [["5"], ["4"], ["1"], ["2"], ["3"]].repeat(3);
        let rows: Vec<&[&str]> = rows.iter().map(|row| row.as_slice()).collect();
        let error = decide(&["NPS"], &rows, &ReadOptions::default()).unwrap_err();
        assert_eq!(error.kind(), crate::ErrorKind::Question);
        assert!(error.hint().unwrap().to_string().contains("--scale 1-5"));
        // Which column it is does not say what its scale is.
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
    fn ambiguous_dates_are_asked_about() {
        let rows: [&[&str]; 2] = [&["9", "01/02/2026"], &["7", "03/04/2026"]];
        let error = decide(&["score", "date"], &rows, &ReadOptions::default()).unwrap_err();
        assert_eq!(error.kind(), crate::ErrorKind::Question);
        assert_eq!(
            error.hint().map(ToString::to_string).as_deref(),
            Some("say which with --date-format '%d/%m/%Y' or --date-format '%m/%d/%Y'")
        );
    }

    #[test]
    fn kept_columns_are_named_and_never_personal() {
        let header = [
            "score",
            "email",
            "Plan / Tier",
            "person_properties.segment",
            "Month",
        ];
        let rows: [&[&str]; 1] = [&["9", "a@example.com", "Pro", "smb", "May"]];
        let keep = |wishes: &[&str]| decide(&header, &rows, &options(&[], wishes));
        let kept = keep(&["Plan / Tier", "segment"]).unwrap().kept;
        assert_eq!(kept[0].name, "plan_tier");
        assert_eq!(kept[1].name, "segment");
        assert_eq!(keep(&["tier=plan tier"]).unwrap().kept[0].name, "tier");
        assert!(keep(&["email"]).is_err());
        assert!(keep(&["Month"]).is_err());
        assert!(keep(&["nothing"]).is_err());
        assert!(keep(&["Plan / Tier", "plan_tier=Month"]).is_err());
    }
}
