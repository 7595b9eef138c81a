//! Known respondents, from a list such as a CRM export.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::ControlFlow;
use std::path::Path;

use datafusion_functions_nps::PurposeKey;

use exports::columns::Column;
use exports::columns::countries::calling_code;
use exports::columns::field::Field;
use exports::columns::headers::fold;
use exports::columns::personal::names_a_country;
use exports::files::source::SourceFile;
use exports::layout::Layout;
use exports::options::ReadOptions;
use exports::quote::clip;
use exports::spelling;
use exports::text;
use exports::understand::{SAMPLE_ROWS, Understood, observe};
use exports::{ImportOption, Message};

use super::digest::id_digest;
use crate::error::{Error, Result};
use crate::ingest::options::{IngestOptions, UnknownRespondents};

/// The pseudonyms of the respondents in a list.
#[derive(Debug)]
pub(in crate::ingest) struct KnownRespondents {
    pseudonyms: HashSet<u128>,
    pub(in crate::ingest) unknown: UnknownRespondents,
}

impl KnownRespondents {
    /// Reads the list at `path`, using the column that matches the respondent column of the export.
    pub(in crate::ingest) fn read(
        path: &Path,
        understood: &Understood,
        options: &IngestOptions,
        pseudonyms: &PurposeKey,
    ) -> Result<Self> {
        let Some(respondent) = understood.mapping.column(Field::Respondent) else {
            return Err(Error::question(
                ImportOption::KnownRespondents
                    .message()
                    .text(": no column of the export identifies the respondent"),
            )
            .with_hint(
                Message::from("name the column with ")
                    .option_with(ImportOption::Map, "respondent=COLUMN"),
            ));
        };
        let header = &understood.layout.header.names[respondent];
        let list = SourceFile::examine_file(path)?;
        let layout = Layout::recognise(&list, &ReadOptions::default())?;
        let columns = observe(&list, &layout, SAMPLE_ROWS)?.columns;
        let column = find_column(&columns, header).map_err(|error| error.at(path.display()))?;
        let has_phones = columns[column].has_phones();
        let country_column = columns
            .iter()
            .position(|column| names_a_country(&column.header));
        let country = |cells: &[Cow<'_, str>]| calling_code(cells.get(country_column?)?);
        let mut known = HashSet::new();
        layout.read(&list, &mut |row| {
            let respondent = row.cells.get(column).map(|cell| {
                let cell = text::trim(cell);
                if has_phones {
                    spelling::respondent_by_phone(cell, country(&row.cells))
                } else {
                    spelling::respondent(cell)
                }
            });
            if let Some(pseudonym) = respondent.and_then(|one| pseudonyms.pseudonym(&one)) {
                known.insert(id_digest("", &pseudonym));
            }
            Ok(ControlFlow::Continue(()))
        })?;
        if known.is_empty() {
            return Err(Error::invalid(format!(
                "{}: column \"{}\" contains no respondents",
                path.display(),
                clip(&columns[column].header)
            ))
            .with_hint("provide a list with one row per respondent"));
        }
        Ok(Self {
            pseudonyms: known,
            unknown: options.unknown_respondents,
        })
    }

    pub(in crate::ingest) fn contains(&self, pseudonym: &str) -> bool {
        self.pseudonyms.contains(&id_digest("", pseudonym))
    }
}

/// Finds the column with the header of the export's, else the only one with respondents of the
/// same kind.
fn find_column(columns: &[Column], header: &str) -> Result<usize> {
    let wanted = fold(header);
    let matches = |column: &Column| fold(&column.header) == wanted;
    if let Some(index) = columns.iter().position(matches) {
        return Ok(index);
    }
    let export = Column::new(header, None);
    let same_kind: Vec<usize> = columns
        .iter()
        .enumerate()
        .filter(|(_, column)| {
            column.is_clearly(Field::Respondent) && column.has_emails() == export.names_an_email()
        })
        .map(|(index, _)| index)
        .collect();
    match same_kind.as_slice() {
        [only] => Ok(*only),
        _ => Err(Error::question(format!(
            "column \"{}\" of the export is not in the list",
            clip(header)
        ))
        .with_hint("rename the list's column with the same ids or addresses to match")),
    }
}
