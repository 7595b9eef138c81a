//! Finding out how a file is to be read: its layout, and which column is which field.

use std::ops::ControlFlow;

use super::columns::Column;
use super::files::source::SourceFile;
use super::layout::Layout;
use super::leftovers;
use super::mapping::Mapping;
use super::mapping::undecided::Undecided;
use crate::error::{Error, Result};
use crate::options::ReadOptions;

/// Rows that are looked at to decide what the columns are. What these leave open is decided by
/// all rows.
pub const SAMPLE_ROWS: u64 = 10_000;

/// A file whose columns are understood.
#[derive(Clone)]
pub struct Understood {
    pub source: SourceFile,
    pub layout: Layout,
    pub mapping: Mapping,
    /// What was asked for, completed by the profile.
    pub options: ReadOptions,
}

impl Understood {
    /// What tells these rows from those of other files, and of other sheets of the same workbook.
    pub fn fingerprint(&self) -> String {
        match self.layout.format.sheet() {
            Some(sheet) => format!("{}/{sheet}", self.source.sha256),
            None => self.source.sha256.clone(),
        }
    }

    /// What the lake's column `source` says of the file's responses.
    pub fn source_name(&self) -> String {
        self.layout.bound.source().to_owned()
    }
}

/// Finds out what the columns are: from the first rows, and from all where those leave it open.
pub fn understand(source: SourceFile, options: &ReadOptions) -> Result<Understood> {
    let at_file = |error: Error| error.at(source.path().display());
    let layout = Layout::recognise(&source, options)?;
    let options = &layout.bound.complete(options);
    let (columns, complete) = observe(&source, &layout, SAMPLE_ROWS)?;
    let mapping = match Mapping::decide(&columns, complete, &layout.bound, options) {
        Ok(mapping) => mapping,
        Err(Undecided::Failed(error)) => return Err(at_file(error)),
        Err(Undecided::MoreRows) => {
            let (columns, _) = observe(&source, &layout, u64::MAX)?;
            match Mapping::decide(&columns, true, &layout.bound, options) {
                Ok(mapping) => mapping,
                Err(Undecided::Failed(error)) => return Err(at_file(error)),
                Err(Undecided::MoreRows) => unreachable!("every row was seen"),
            }
        }
    };
    Ok(Understood {
        source,
        layout,
        mapping,
        options: options.clone(),
    })
}

/// Looks at the first `rows` rows. The second value says that these were all.
pub fn observe(source: &SourceFile, layout: &Layout, rows: u64) -> Result<(Vec<Column>, bool)> {
    let header = &layout.header;
    let mut columns: Vec<Column> = std::iter::zip(&header.names, &header.titles)
        .map(|(name, title)| Column::new(name, title.as_deref()))
        .collect();
    layout.bound.tell(&mut columns, header);
    let mut seen = 0;
    let mut problems = 0;
    let mut first_problem = None;
    let mut complete = true;
    layout.read(source, &mut |row| {
        if seen == rows {
            complete = false;
            return Ok(ControlFlow::Break(()));
        }
        seen += 1;
        let is_answer = !row.repeats_header && !leftovers::begins_with_total(row);
        if let Some(problem) = &row.problem {
            problems += 1;
            first_problem.get_or_insert_with(|| {
                let noun = layout.format.row_noun();
                format!("{noun} {}: {problem}", row.number)
            });
        } else if is_answer {
            for (column, cell) in columns.iter_mut().zip(&row.cells) {
                column.observe(cell);
            }
        }
        Ok(ControlFlow::Continue(()))
    })?;
    if seen == 0 {
        return Err(
            Error::invalid("there are no rows after the header").at(source.path().display())
        );
    }
    if let Some(problem) = first_problem.filter(|_| problems == seen) {
        return Err(Error::invalid(format!("none of the rows fits the header: {problem}")).at(source.path().display())
        .with_hint(
            "cells that hold the delimiter have to stand in quotation marks; where titles stand \
             above the header, say how many rows there are up to it with --header-rows",
        ));
    }
    Ok((columns, complete))
}
