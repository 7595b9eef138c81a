//! The layout of a file: its format, the rows that name its columns, and the rows behind them.

use std::ops::ControlFlow;

use super::IngestOptions;
use super::format::Format;
use super::header::Header;
use super::rows::Row;
use super::source::SourceFile;
use crate::error::Result;

/// How a file is read as responses.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub(super) format: Format,
    pub(super) header: Header,
}

impl Layout {
    /// Recognises format and header.
    pub(super) fn recognise(source: &SourceFile, options: &IngestOptions) -> Result<Self> {
        let format = Format::recognise(source, options)?;
        let header = Header::read(source, &format, options)?;
        Ok(Self { format, header })
    }

    /// Calls `each` with every row after the header until it breaks.
    pub(super) fn read(
        &self,
        source: &SourceFile,
        each: &mut dyn FnMut(&Row<'_>) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        let columns = Some(self.header.names.len());
        self.format.read(source, self.header.rows, columns, each)
    }
}
