//! Files as one table.

use std::sync::Arc;

use datafusion::catalog::{Session, TableProvider};

use super::constants::Constants;
use super::exported::ExportFiles;
use super::find::{FileKind, FoundFile, find};
use super::options::FileOptions;
use super::stored::StoredFiles;
use crate::error::{Error, Result};
use crate::lake::Lake;

/// The table of the files that names mean. Without a `kind`, their extension decides who reads them.
pub(super) async fn table(
    lake: &Lake,
    session: &dyn Session,
    names: &[String],
    kind: Option<FileKind>,
    options: FileOptions,
) -> Result<Arc<dyn TableProvider>> {
    let found = find(lake, names).await?;
    let kind = match kind {
        Some(kind) => kind,
        None => only_kind(&found.files)?,
    };
    let constants = Constants::of(&found.files, &options)?;
    Ok(match kind {
        FileKind::Export => Arc::new(ExportFiles::open(lake, found, constants, options).await?),
        kind => Arc::new(StoredFiles::open(session, &found, kind, constants, &options).await?),
    })
}

fn only_kind(files: &[FoundFile]) -> Result<FileKind> {
    let first = &files[0];
    match files.iter().find(|file| file.kind() != first.kind()) {
        None => Ok(first.kind()),
        Some(other) => Err(Error::query(format!(
            "the files have several formats: {} and {}",
            first.name, other.name
        ))
        .with_hint("name those of one format with a pattern, such as 'exports/**/*.csv'")),
    }
}
