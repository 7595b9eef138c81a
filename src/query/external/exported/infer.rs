//! The columns of files and their types, from all rows.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use exports::column_types::{ColumnType, DateFormats, TypeCounter};
use exports::files::blocking;
use futures::{StreamExt, TryStreamExt};

use super::conversion::{Column, Conversion, with_decimal_point};
use super::file::{File, Opened};
use crate::error::{Error, Result};
use crate::query::external::options::{FileOptions, GivenTypes};
use crate::query::external::stored::other_columns;

/// Files that are read at the same time.
const READ_MAX: usize = 4;

/// The columns of one file.
type Observed = Vec<(String, TypeCounter)>;

/// Reads all files. Returns the columns of all, and the files, open if `keeps_open`.
pub(super) async fn infer(
    files: Vec<File>,
    options: &Arc<FileOptions>,
    keeps_open: bool,
) -> Result<(Vec<Column>, Vec<File>)> {
    let formats = Arc::new(DateFormats::new(&options.date_formats)?);
    let read = files.into_iter().map(|mut file| {
        let formats = Arc::clone(&formats);
        let options = Arc::clone(options);
        async move {
            let opened = file.open().await?;
            let (opened, observed) = blocking(move || {
                let observed = observe(&opened, &options, &formats)?;
                Ok::<_, Error>((opened, observed))
            })
            .await?;
            file.opened = keeps_open.then_some(opened);
            Ok::<_, Error>((file, observed))
        }
    });
    let read: Vec<(File, Observed)> = futures::stream::iter(read)
        .buffered(READ_MAX)
        .try_collect()
        .await?;
    let mut files = Vec::with_capacity(read.len());
    let mut columns: Observed = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for (file, observed) in read {
        if options.union_by_name == Some(false)
            && !files.is_empty()
            && !observed
                .iter()
                .map(|(name, _)| name)
                .eq(columns.iter().map(|(name, _)| name))
        {
            let first: &File = &files[0];
            return Err(other_columns(
                &file.input.to_string(),
                &first.input.to_string(),
            ));
        }
        for (name, counter) in observed {
            match places.get(&name) {
                Some(place) => columns[*place].1.add(&counter),
                None => {
                    places.insert(name.clone(), columns.len());
                    columns.push((name, counter));
                }
            }
        }
        files.push(file);
    }
    Ok((decide(columns, options, &formats)?, files))
}

fn observe(opened: &Opened, options: &FileOptions, formats: &DateFormats) -> Result<Observed> {
    let mut columns: Observed = opened
        .table
        .names
        .iter()
        .map(|name| (name.clone(), TypeCounter::new(formats)))
        .collect();
    let mut problem = None;
    opened.table.read(&opened.source, &mut |row| {
        if let Some(found) = &row.problem {
            if options.ignore_errors {
                return Ok(ControlFlow::Continue(()));
            }
            problem = Some(opened.does_not_fit(row.number, found));
            return Ok(ControlFlow::Break(()));
        }
        for ((_, counter), cell) in columns.iter_mut().zip(&row.cells) {
            if !options.null_texts.iter().any(|null| *null == **cell) {
                if options.has_decimal_comma {
                    counter.observe(&with_decimal_point(cell), formats);
                } else {
                    counter.observe(cell, formats);
                }
            }
        }
        Ok(ControlFlow::Continue(()))
    })?;
    match problem {
        Some(problem) => Err(problem),
        None => Ok(columns),
    }
}

fn decide(columns: Observed, options: &FileOptions, formats: &DateFormats) -> Result<Vec<Column>> {
    let names: Vec<String> = columns.iter().map(|(name, _)| name.clone()).collect();
    let mut given: HashMap<&str, &DataType> = HashMap::new();
    if let Some(columns) = &options.columns {
        given.extend(
            columns
                .iter()
                .map(|(name, data_type)| (name.as_str(), data_type)),
        );
    }
    match &options.types {
        GivenTypes::ByName(types) => {
            given.extend(
                types
                    .iter()
                    .map(|(name, data_type)| (name.as_str(), data_type)),
            );
        }
        GivenTypes::ByPosition(types) if types.len() > names.len() => {
            return Err(Error::query(format!(
                "types gives {} types, and there are {} columns",
                types.len(),
                names.len()
            ))
            .with_hint("give types by name: types => {'NAME': 'TYPE'}"));
        }
        GivenTypes::ByPosition(types) => {
            given.extend(names.iter().map(String::as_str).zip(types));
        }
    }
    if let Some(unknown) = given
        .keys()
        .find(|name| !names.iter().any(|known| known.as_str() == **name))
    {
        let error = Error::query(format!("column \"{unknown}\" does not exist"));
        return Err(error.with_hint(format!("the columns are {}", names.join(", "))));
    }
    let only_given = options.columns.is_some();
    let columns = columns.into_iter().filter_map(|(name, counter)| {
        let detected = counter.decide(formats);
        let conversion = match given.get(name.as_str()) {
            Some(data_type) => Conversion::to(data_type, detected, formats.given()),
            None if only_given => return None,
            None if options.all_varchar => Conversion::from(ColumnType::Text),
            None => Conversion::from(detected),
        };
        Some(Column { name, conversion })
    });
    Ok(columns.collect())
}
