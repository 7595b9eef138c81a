//! Which column is which field: decided from headers and content, or asked for.

use std::str::FromStr;

use chrono_tz::Tz;

use super::columns::{CellType, Column, Field, fold, leaf, snake_case};
use super::dates::{DateReader, DateStyle, Detected};
use super::rejects::REASON;
use super::{IngestOptions, clip};
use crate::error::{Error, Result};
use crate::lake::schema::RESPONSES_SCHEMA;

/// What becomes of each column of a file.
#[derive(Clone, Debug)]
pub(super) struct Mapping {
    fields: [Option<usize>; Field::ALL.len()],
    pub(super) responded_at: Option<DateReader>,
    pub(super) sent_at: Option<DateReader>,
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

/// Why a mapping could not be decided.
pub(super) enum Undecided {
    /// The rows looked at do not decide; all of them might.
    MoreRows,
    /// A person has to say.
    Asked(Error),
}

impl From<Error> for Undecided {
    fn from(error: Error) -> Self {
        Self::Asked(error)
    }
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
        let (responded_at, sent_at) = (date(Field::RespondedAt)?, date(Field::SentAt)?);
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
            kept,
            dropped,
        })
    }

    /// The column of a field.
    pub(super) fn column(&self, field: Field) -> Option<usize> {
        self.fields[field as usize]
    }
}

type Fields = [Option<usize>; Field::ALL.len()];

/// The columns of the fields, and which of them the person named.
fn choose_fields(
    columns: &[Column],
    options: &IngestOptions,
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
        let index = find(columns, header)
            .map_err(|error| error.at(format_args!("--map {name}={header}")))?;
        if field != Field::Respondent && columns[index].is_personal() {
            return Err(Undecided::Asked(
                personal(&columns[index]).at(format_args!("--map {name}={header}")),
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
        fields[field as usize] = match field {
            Field::Score => choose_score(columns, &fields)?,
            _ => choose(columns, field, &fields, options)?,
        };
    }
    if fields[Field::Score as usize].is_none() {
        return Err(Undecided::Asked(no_score(columns, &fields)));
    }
    Ok((fields, given))
}

/// The column that header and content make this field, `None` where there is none.
fn choose(
    columns: &[Column],
    field: Field,
    taken: &Fields,
    options: &IngestOptions,
) -> Result<Option<usize>> {
    let is_date = matches!(field, Field::RespondedAt | Field::SentAt);
    let ranked = |rank: &dyn Fn(&Column) -> Option<usize>| -> Vec<(usize, usize)> {
        columns
            .iter()
            .enumerate()
            .filter(|(index, column)| !taken.contains(&Some(*index)) && column.header != REASON)
            .filter_map(|(index, column)| Some((rank(column)?, index)))
            .collect()
    };
    let mut candidates = if is_date && options.date_format.is_some() {
        // How the dates are written was said, so the header alone decides.
        ranked(&|column| column.rank_by_header(field))
    } else {
        ranked(&|column| column.rank(field))
    };
    if candidates.is_empty() && field == Field::RespondedAt {
        // A column that is called the date but cannot be read as one is asked about.
        candidates = ranked(&|column| column.rank_by_header(field));
    }
    let Some(best) = candidates.iter().map(|(rank, _)| *rank).min() else {
        return Ok(None);
    };
    candidates.retain(|(rank, _)| *rank == best);
    let candidates: Vec<usize> = candidates.into_iter().map(|(_, index)| index).collect();
    let decides_the_answer = matches!(field, Field::RespondedAt | Field::Respondent);
    if candidates.len() > 1 && decides_the_answer {
        return Err(several(columns, field, &candidates));
    }
    Ok(candidates.first().copied())
}

/// The column of the NPS answers: the one that is called that, or the only one that is called a
/// score at all. A column that is called so and holds something else makes every other choice a
/// guess.
fn choose_score(columns: &[Column], taken: &Fields) -> Result<Option<usize>> {
    let named: Vec<usize> = (0..columns.len())
        .filter(|index| !taken.contains(&Some(*index)))
        .filter(|index| columns[*index].rank(Field::Score).is_some())
        .collect();
    let nps: Vec<usize> = named
        .iter()
        .copied()
        .filter(|index| columns[*index].names_nps())
        .collect();
    let best = if nps.is_empty() { &named } else { &nps };
    match best.as_slice() {
        [] => Ok(None),
        [only] => Ok(Some(*only)),
        several_columns => Err(several(columns, Field::Score, several_columns)),
    }
}

/// Asks about columns whose name says what responses mean, and whose values are not understood.
fn check_understood(columns: &[Column], fields: &Fields) -> Result<()> {
    for (field, known) in [
        (Field::Metric, "nps, csat, ces, stars"),
        (Field::Consent, "granted, withdrawn, yes, no"),
    ] {
        let Some(column) = fields[field as usize].map(|index| &columns[index]) else {
            continue;
        };
        let understood = match field {
            Field::Metric => column.holds_metrics(),
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

fn several(columns: &[Column], field: Field, candidates: &[usize]) -> Error {
    let shown: Vec<String> = candidates
        .iter()
        .map(|index| describe(&columns[*index]))
        .collect();
    Error::question(format!(
        "several columns could be the {}: {}",
        field.name(),
        shown.join("; ")
    ))
    .with_hint(format!(
        "say which with --map {}='{}'",
        field.name(),
        columns[candidates[0]].header
    ))
}

/// A column's header and some of its values; none of a personal column.
fn describe(column: &Column) -> String {
    if column.is_personal() {
        return format!("\"{}\" (personal)", clip(&column.header));
    }
    let samples: Vec<String> = column
        .samples
        .iter()
        .map(|sample| clip(sample).into_owned())
        .collect();
    format!("\"{}\" ({})", clip(&column.header), samples.join(", "))
}

/// Asks for the score column, with those that could be it.
fn no_score(columns: &[Column], taken: &Fields) -> Error {
    if let Some(column) = columns
        .iter()
        .find(|column| column.rank_by_header(Field::Score).is_some() && column.cells > 0)
    {
        return Error::question(format!(
            "column {} is called a score, but most of its values are no whole numbers from 0 to \
             10",
            describe(column)
        ))
        .with_hint("say which column is the score with --map score=COLUMN");
    }
    let candidates: Vec<&Column> = columns
        .iter()
        .enumerate()
        .filter(|(index, column)| !taken.contains(&Some(*index)) && column.holds_scores())
        .map(|(_, column)| column)
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
    let message = match could_be.as_slice() {
        [] => "no column holds answers from 0 to 10 under a name for them".to_owned(),
        some => format!(
            "no column is called the NPS answer; whole numbers from 0 to 10 are in {}",
            some.join("; ")
        ),
    };
    Error::question(message).with_hint(hint)
}

fn personal(column: &Column) -> Error {
    Error::invalid(format!(
        "column \"{}\" is personal and does not enter the responses",
        column.header
    ))
    .with_hint(
        "a respondent is known by a pseudonym, made of the column that --map respondent= names; \
         where the column is not personal, give it another header",
    )
}

/// The column that a person names: by its header, else without regard to case and punctuation,
/// else by the last level of a nested name.
fn find(columns: &[Column], name: &str) -> Result<usize> {
    let name = name.trim();
    let tests: [&dyn Fn(&str) -> bool; 3] = [
        &|header| header == name,
        &|header| fold(header) == fold(name),
        &|header| fold(leaf(header)) == fold(name),
    ];
    for test in tests {
        let found: Vec<usize> = columns
            .iter()
            .enumerate()
            .filter(|(_, column)| test(&column.header))
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
            .with_hint(
                "say how they are written with --date-format, such as '%d/%m/%Y %H:%M', or that \
                 there is no date with --map responded_at=",
            ),
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
            return Err(at(Error::invalid(format!(
                "column \"{}\" is personal and does not enter the responses",
                column.header
            ))
            .with_hint(
                "a respondent is known by the pseudonym in the column respondent",
            )));
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
        let mut columns: Vec<Column> = header.iter().map(|name| Column::new(name)).collect();
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
