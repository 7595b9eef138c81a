//! The layout of a file: its format, header, profile, and the rows after the header.

pub mod below;
pub mod blocks;
pub mod first_rows;
pub mod header;
pub mod parts;
mod repeats;
pub mod reshape;

use std::borrow::Cow;
use std::ops::ControlFlow;
use std::sync::Arc;

use below::{Summary, find_summary};
use blocks::other_header;
use header::Header;
use repeats::{Repeats, TITLE_ROWS_MAX};
use reshape::Reshaped;

use super::files::source::SourceFile;
use super::format::Format;
use super::format::rows::{EachRow, Row};
use super::profiles::LONG;
use super::profiles::bound::Bound;
use super::profiles::recognise::recognise;
use crate::error::Result;
use crate::options::ReadOptions;

/// Calls `each` with the rows that were held back until it breaks.
fn give(held: &mut Vec<Row<'static>>, each: &mut EachRow<'_>) -> Result<ControlFlow<()>> {
    for row in held.drain(..) {
        if each(&row)?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
}

/// Rows that a layout is recognised by.
const FIRST_ROWS: usize = 1000;

/// The layout of a file: its format, header and profile.
#[derive(Clone, Debug)]
pub struct Layout {
    pub format: Format,
    pub header: Header,
    pub bound: Arc<Bound>,
    /// The number of header rows if another row than the recognised one names the columns, which
    /// is possible.
    pub other_header_rows: Option<usize>,
    /// The table below the responses, which is not read.
    pub summary: Option<Summary>,
    /// The responses, if these consist of several rows each.
    pub reshaped: Option<Arc<Reshaped>>,
}

impl Layout {
    /// Recognises format, header and profile.
    pub fn recognise(source: &SourceFile, options: &ReadOptions) -> Result<Self> {
        let format = Format::recognise(source, options)?;
        let mut first_rows = format.first_rows(source, FIRST_ROWS)?;
        if let Some(keys) = format.keys() {
            first_rows.insert(0, keys.to_vec());
        }
        let told = options.have_answers_in_rows().then_some(LONG);
        let named = options.profile.as_deref().or(told);
        let recognised = recognise(&first_rows, named)
            .map_err(|error| error.at(source.path().display()))?
            // Without header rows, the first row must not be recognised as a header.
            .filter(|_| named.is_some() || options.header_rows != Some(0));
        let recognised = recognised.as_ref();
        let mut options = options.clone();
        options.header_rows = options
            .header_rows
            .or_else(|| recognised.and_then(|found| found.profile.header_rows));
        let header = Header::read(source, &format, &first_rows, recognised, &options)?;
        let is_open = recognised.is_none() && options.header_rows.is_none();
        let other_header = || other_header(&first_rows, header.names_row);
        let mut layout = Self {
            other_header_rows: is_open.then(other_header).flatten().map(|at| at + 1),
            bound: Arc::new(Bound::new(recognised, &header, named.is_some())),
            format,
            header,
            summary: None,
            reshaped: None,
        };
        let profile = layout.bound.profile();
        let has_one_row_each =
            profile.is_none_or(|profile| profile.answers.is_none() && profile.events.is_none());
        if layout.format.keys().is_none() && has_one_row_each {
            let (rows, noun) = (layout.header.rows, layout.format.row_noun());
            let read = |each: &mut EachRow<'_>| layout.read_file(source, each);
            let summary = find_summary(rows, noun, read);
            layout.summary = summary.map_err(|error| error.at(source.path().display()))?;
        }
        let reshaped = Reshaped::make(
            &layout.header,
            &layout.bound,
            &first_rows,
            &options,
            |each| layout.read_file(source, each),
        );
        if let Some(reshaped) = reshaped.map_err(|error| error.at(source.path().display()))? {
            layout.header = layout.header.with_names(reshaped.names());
            let bound = Bound::new(recognised, &layout.header, named.is_some());
            layout.bound = Arc::new(bound);
            layout.reshaped = Some(Arc::new(reshaped));
        }
        Ok(layout)
    }

    /// Calls `each` with every row after the header until it breaks.
    pub fn read(&self, source: &SourceFile, each: &mut EachRow<'_>) -> Result<()> {
        match &self.reshaped {
            Some(reshaped) => reshaped.read(each),
            None => self.read_file(source, each),
        }
    }

    /// Calls `each` with every row of the file after the header, not reshaped, until it breaks.
    pub fn read_file(&self, source: &SourceFile, each: &mut EachRow<'_>) -> Result<()> {
        let (format, columns) = (&self.format, Some(self.header.names.len()));
        let Some(mut repeats) = Repeats::new(&self.header, format) else {
            return format.read(source, self.header.rows, columns, each);
        };
        let end = self.summary.as_ref().map(|summary| summary.first);
        // Rows that are titles if a header follows.
        let mut held: Vec<Row<'static>> = Vec::new();
        let mut is_stopped = false;
        format.read(source, self.header.rows, columns, &mut |row| {
            if end.is_some_and(|end| row.number >= end) {
                return Ok(ControlFlow::Break(()));
            }
            let placed = repeats.place(row, source, format)?;
            let placed = placed.as_ref().unwrap_or(row);
            let may_be_title = repeats.may_be_title(&placed.cells) && !repeats.is_at_header();
            if may_be_title && held.len() < TITLE_ROWS_MAX {
                held.push(placed.to_owned());
                return Ok(ControlFlow::Continue(()));
            }
            repeats.mark_titles(&mut held);
            is_stopped = give(&mut held, each)?.is_break() || each(placed)?.is_break();
            Ok(if is_stopped {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            })
        })?;
        if !is_stopped {
            // The end of the rows ends them too.
            let _ = give(&mut held, each)?;
        }
        Ok(())
    }

    /// Returns the rows that a response consists of in the file, as far as they are kept, so that a
    /// file with these can be read in the same way.
    pub fn rows_in_file<'a>(&self, row: &'a Row<'_>) -> Vec<Vec<Cow<'a, str>>> {
        match &self.reshaped {
            Some(reshaped) => reshaped.rows_in_file(row),
            None => vec![row.borrowed_cells()],
        }
    }
}
