//! One of the files of a table.

use std::fmt;
use std::sync::Arc;

use exports::file_table::FileTable;
use exports::files::blocking;
use exports::files::input::Input;
use exports::files::source::SourceFile;
use exports::format::given::TextFormat;

use crate::error::{Error, Result};
use crate::lake::Lake;
use crate::query::external::options::FileOptions;

/// A file, examined or not.
#[derive(Clone)]
pub(super) struct File {
    pub(super) lake: Lake,
    pub(super) input: Input,
    pub(super) opened: Option<Opened>,
    pub(super) options: Arc<FileOptions>,
}

/// An examined file.
#[derive(Clone, Debug)]
pub(super) struct Opened {
    pub(super) source: SourceFile,
    pub(super) table: FileTable,
}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.input.fmt(f)
    }
}

impl File {
    /// Fetches the file, and recognises its format and its columns. Given columns replace the names
    /// in the file.
    pub(super) async fn open(&self) -> Result<Opened> {
        if let Some(opened) = &self.opened {
            return Ok(opened.clone());
        }
        let source = SourceFile::examine(&self.lake, &self.input).await?;
        let options = Arc::clone(&self.options);
        blocking(move || Opened::new(source, &options)).await
    }
}

impl Opened {
    fn new(source: SourceFile, options: &FileOptions) -> Result<Self> {
        let mut table = FileTable::recognise(&source, &options.table)?;
        // The columns of JSON have names in each object.
        if let Some(columns) = &options.columns
            && options.table.given.text != Some(TextFormat::Json)
        {
            if columns.len() != table.names.len() {
                return Err(Error::query(format!(
                    "{}: has {} columns, and \"columns\" names {}",
                    source.path().display(),
                    table.names.len(),
                    columns.len()
                ))
                .with_hint(
                    "name every column, or give the types of some with types => {'NAME': 'TYPE'}",
                ));
            }
            table.names = columns.iter().map(|(name, _)| name.clone()).collect();
        }
        if options.names.len() > table.names.len() {
            return Err(Error::query(format!(
                "{}: has {} columns, and \"names\" names {}",
                source.path().display(),
                table.names.len(),
                options.names.len()
            ))
            .with_hint("name as many columns, or fewer"));
        }
        for (name, given) in table.names.iter_mut().zip(&options.names) {
            name.clone_from(given);
        }
        Ok(Self { source, table })
    }

    /// The error for a row that has more cells than the header, or cannot be read.
    pub(super) fn does_not_fit(&self, number: u64, problem: &str) -> Error {
        let path = self.source.path().display().to_string();
        let quoted = path.replace('\'', "''");
        let noun = self.table.row_noun();
        Error::query(format!("{path}: {noun} {number}: {problem}")).with_hint(format!(
            "correct it, or leave such rows out: read_export('{quoted}', ignore_errors => true)"
        ))
    }
}
