//! The layout of a file: its format, the rows that name its columns, the profile that knows it,
//! and the rows behind them.

pub mod header;
pub mod reshape;

use std::borrow::Cow;
use std::ops::ControlFlow;
use std::sync::Arc;

use header::Header;
use reshape::Reshaped;

use super::files::source::SourceFile;
use super::format::Format;
use super::format::rows::Row;
use super::profiles::bound::Bound;
use super::profiles::recognise::recognise;
use crate::error::Result;
use crate::options::ReadOptions;

/// Rows that are looked at to recognise a layout.
const FIRST_ROWS: usize = 1000;

/// How a file is read as responses.
#[derive(Clone, Debug)]
pub struct Layout {
    pub format: Format,
    pub header: Header,
    pub bound: Arc<Bound>,
    /// The responses that the file's rows make together, where a row is not one response.
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
        let named = options.profile.as_deref();
        let recognised = recognise(&first_rows, named)
            .map_err(|error| error.at(source.path().display()))?
            // A header that is said not to be there is not one to recognise.
            .filter(|_| named.is_some() || options.header_rows != Some(0));
        let options = &match recognised
            .as_ref()
            .and_then(|found| found.profile.header_rows)
        {
            Some(rows) if options.header_rows.is_none() => ReadOptions {
                header_rows: Some(rows),
                ..options.clone()
            },
            _ => options.clone(),
        };
        let header = Header::read(source, &format, &first_rows, recognised.as_ref(), options)?;
        let mut layout = Self {
            bound: Arc::new(Bound::new(recognised.as_ref(), &header, named.is_some())),
            format,
            header,
            reshaped: None,
        };
        if let Some(reshaped) = Reshaped::make(&layout.header, &layout.bound, |each| {
            layout.read_file(source, each)
        })? {
            layout.header = Header::of_names(reshaped.names(), &layout.header);
            let bound = Bound::new(recognised.as_ref(), &layout.header, named.is_some());
            layout.bound = Arc::new(bound);
            layout.reshaped = Some(Arc::new(reshaped));
        }
        Ok(layout)
    }

    /// Calls `each` with every row after the header until it breaks.
    pub fn read(
        &self,
        source: &SourceFile,
        each: &mut dyn FnMut(&Row<'_>) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        match &self.reshaped {
            Some(reshaped) => reshaped.read(each),
            None => self.read_file(source, each),
        }
    }

    /// Calls `each` with every row of the file, as it stands there.
    pub fn read_file(
        &self,
        source: &SourceFile,
        each: &mut dyn FnMut(&Row<'_>) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        let columns = Some(self.header.names.len());
        self.format.read(source, self.header.rows, columns, each)
    }

    /// The rows that a response had in the file, as far as they are still known: what a file to
    /// be read in the same way has to hold.
    pub fn as_in_file<'a>(&self, row: &'a Row<'_>) -> Vec<Vec<Cow<'a, str>>> {
        match &self.reshaped {
            Some(reshaped) => reshaped.as_in_file(row),
            None => vec![
                row.cells
                    .iter()
                    .map(|cell| Cow::Borrowed(&**cell))
                    .collect(),
            ],
        }
    }
}
