//! Which column is which field: decided from headers and content, or asked for.

use std::str::FromStr;

use chrono_tz::Tz;

use super::cells::CellType;
use super::choose::{Fields, Undecided, check_understood, choose_fields, find, personal};
use super::columns::Column;
use super::date_styles::Detected;
use super::dates::{DateReader, DateStyle};
use super::headers::{Field, leaf, snake_case};
use super::{IngestOptions, clip, score};
use crate::error::{Error, Result};
use crate::lake::schema::RESPONSES_SCHEMA;

/// What becomes of each column of a file.
#[derive(Clone, Debug)]
pub(super) struct Mapping {
    fields: Fields,
    pub(super) responded_at: Option<DateReader>,
    pub(super) sent_at: Option<DateReader>,
    pub(super) updated_at: Option<DateReader>,
    pub(super) kept: Vec<KeptColumn>,
    pub(super) dropped: Vec<DroppedColumn>,
}

/// A column that goes into the lake as it is.
#[derive(Clone, Debug)]
pub(super) struct KeptColumn {
    pub(super) index: usize,
    pub(super) header: String,
    pub(super) name: String,
    pub(super) cell_type: CellType,
    /// The header that the lake remembers: that of the first file that the column came from.
    pub(super) first_header: Option<String>,
}

/// A column that stays out of the lake.
#[derive(Clone, Debug)]
pub(super) struct DroppedColumn {
    pub(super) header: String,
    pub(super) personal: bool,
}

impl Mapping {
    /// Decides from what was observed of the columns. `complete` says that every row was seen.
    pub(super) fn decide(
        columns: &[Column],
        complete: bool,
        options: &IngestOptions,
    ) -> Result<Self, Undecided> {
        let (fields, given) = choose_fields(columns, options)?;
        let zone = zone(options)?;
        let date = |field: Field| -> Result<Option<DateReader>, Undecided> {
            fields[field as usize]
                .map(|index| date_reader(&columns[index], field, complete, zone, options))
                .transpose()
        };
        let responded_at = date(Field::RespondedAt)?;
        let sent_at = date(Field::SentAt)?;
        let updated_at = date(Field::UpdatedAt)?;
        let score = fields[Field::Score as usize];
        if given[Field::Score as usize].is_none()
            && let Some(column) = score.map(|index| &columns[index])
            && let Some(top) = column.shorter_scale()
        {
            if !complete {
                return Err(Undecided::MoreRows);
            }
            return Err(Undecided::Asked(
                Error::question(format!(
                    "column \"{}\" holds nothing above {top}, which looks like a shorter scale \
                     and not like answers from 0 to 10",
                    column.header
                ))
                .with_hint(format!(
                    "if it is the 0 to 10 question, say so with --map score='{}'",
                    column.header
                )),
            ));
        }
        check_understood(columns, &fields)?;
        let kept = kept_columns(columns, &fields, options)?;
        let dropped = columns
            .iter()
            .enumerate()
            .filter(|(index, _)| {
                !fields.contains(&Some(*index)) && kept.iter().all(|kept| kept.index != *index)
            })
            .map(|(_, column)| DroppedColumn {
                header: column.header.clone(),
                personal: column.is_personal(),
            })
            .collect();
        Ok(Self {
            fields,
            responded_at,
            sent_at,
            updated_at,
            kept,
            dropped,
        })
    }

    /// Makes text of kept columns that a cell does not fit.
    pub(super) fn widen(&mut self, cells: &[Option<&str>]) {
        for (column, cell) in self.kept.iter_mut().zip(cells) {
            if let Some(cell) = cell
                && column.cell_type != CellType::Text
                && !score::is_blank(cell)
                && !column.cell_type.fits(cell)
            {
                column.cell_type = CellType::Text;
            }
        }
    }

    /// The column of a field.
    pub(super) fn column(&self, field: Field) -> Option<usize> {
        self.fields[field as usize]
    }
}

fn zone(options: &IngestOptions) -> Result<Tz> {
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
    options: &IngestOptions,
) -> Result<DateReader, Undecided> {
    if let Some(format) = &options.date_format {
        return Ok(DateReader::given(format, zone)?);
    }
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
    match column.dates.detected() {
        Detected::Style(style) => Ok(DateReader { style, zone }),
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
        Detected::NotDates if column.cells == 0 => Ok(DateReader {
            style: DateStyle::Day("%Y-%m-%d"),
            zone,
        }),
        Detected::NotDates => Err(Undecided::Asked(
            Error::question(format!(
                "column \"{}\" is to be {}, but holds no dates in a known style (for example \
                 \"{}\")",
                column.header,
                field.name(),
                clip(column.samples.first().map_or("", String::as_str))
            ))
            .with_hint(format!(
                "say how they are written with --date-format, such as '%d/%m/%Y %H:%M', or that \
                 there is no such date with --map {}=",
                field.name()
            )),
        )),
    }
}

/// The columns that `--keep` names, as `COLUMN` or `name=COLUMN`.
fn kept_columns(
    columns: &[Column],
    fields: &Fields,
    options: &IngestOptions,
) -> Result<Vec<KeptColumn>> {
    let mut kept: Vec<KeptColumn> = Vec::new();
    for wish in &options.keep {
        let at = |error: Error| error.at(format_args!("--keep {wish}"));
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
        if RESPONSES_SCHEMA.field_with_name(&name).is_ok() {
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

    fn decide(header: &[&str], rows: &[&[&str]], options: &IngestOptions) -> Result<Mapping> {
        let mut columns: Vec<Column> = header.iter().map(|name| Column::new(name, None)).collect();
        for row in rows {
            for (column, cell) in columns.iter_mut().zip(*row) {
                column.observe(cell);
            }
        }
        Mapping::decide(&columns, true, options).map_err(|undecided| match undecided {
            Undecided::Asked(error) => error,
            Undecided::MoreRows => unreachable!("every row was seen"),
        })
    }

    fn options(map: &[(&str, &str)], keep: &[&str]) -> IngestOptions {
        IngestOptions {
            map: map
                .iter()
                .map(|(field, column)| ((*field).to_owned(), (*column).to_owned()))
                .collect(),
            keep: keep.iter().map(|column| (*column).to_owned()).collect(),
            ..IngestOptions::default()
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
            &IngestOptions::default(),
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
        let error = decide(&header, &rows, &IngestOptions::default()).unwrap_err();
        assert!(error.is_question());
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
        let error = decide(&["NPS"], &rows, &IngestOptions::default()).unwrap_err();
        assert!(error.is_question());
        assert!(decide(&["NPS"], &rows, &options(&[("score", "NPS")], &[])).is_ok());
    }

    #[test]
    fn ambiguous_dates_are_asked_about() {
        let rows: [&[&str]; 2] = [&["9", "01/02/2026"], &["7", "03/04/2026"]];
        let error = decide(&["score", "date"], &rows, &IngestOptions::default()).unwrap_err();
        assert!(error.is_question());
        assert_eq!(
            error.hint(),
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
