//! Rejected rows, and the rejects file that contains them, each with its reason.

use std::borrow::Cow;
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ::csv::Writer;
use object_store::path::Path as StorePath;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutOptions};
use url::Url;

use exports::files::source::SourceFile;
use exports::files::spool::{self, Spool, SpoolWriter};
use exports::layout::header::{Header, REJECT_REASON};
use exports::text::with_formula_guard;
use exports::{ImportOption, Message};

use crate::error::{Error, Result};
use crate::lake::Lake;

/// Buffer size for rejected rows while a file is read.
const BUFFER_BYTES: usize = 64 << 10;

/// Maximum size of a rejects file in an object store, where it is uploaded in one request so that
/// it never replaces another.
const STORE_BYTES_MAX: u64 = 64 << 20;

/// Collects rejected rows, as CSV without a header.
#[derive(Debug)]
pub(in crate::ingest) struct RejectedRowsBuilder {
    columns: usize,
    writer: Option<Writer<SpoolWriter>>,
}

/// The rejected rows of a file.
#[derive(Clone, Debug)]
pub(in crate::ingest) struct RejectedRows {
    columns: usize,
    rows: Option<Spool>,
}

impl RejectedRowsBuilder {
    /// Creates a builder for rows of `columns` columns.
    pub(in crate::ingest) fn new(columns: usize) -> Self {
        Self {
            columns,
            writer: None,
        }
    }

    pub(in crate::ingest) fn add(&mut self, cells: &[Cow<'_, str>], reason: &str) -> Result<()> {
        let writer = match &mut self.writer {
            Some(writer) => writer,
            None => {
                let spool = SpoolWriter::create(BUFFER_BYTES)?;
                self.writer.insert(flexible(spool))
            }
        };
        write_row(writer, self.columns, cells, reason)
            .map_err(|error| spool::failed(error.into()).into())
    }

    pub(in crate::ingest) fn finish(self) -> Result<RejectedRows> {
        let rows = match self.writer {
            None => None,
            Some(writer) => {
                let writer = writer.into_inner();
                let spool = writer.map_err(|error| spool::failed(error.into_error()))?;
                Some(spool.finish()?)
            }
        };
        Ok(RejectedRows {
            columns: self.columns,
            rows,
        })
    }
}

fn flexible<W: Write>(target: W) -> Writer<W> {
    ::csv::WriterBuilder::new()
        .flexible(true)
        .from_writer(target)
}

/// Writes a row and its reason. A short row is padded, so that the reason is in its own column; the
/// extra cells of a long row follow the reason. What a spreadsheet would run as a formula gets the
/// apostrophe that an import removes.
fn write_row<W: Write>(
    writer: &mut Writer<W>,
    columns: usize,
    cells: &[Cow<'_, str>],
    reason: &str,
) -> ::csv::Result<()> {
    let (cells, extra) = cells.split_at(cells.len().min(columns));
    let padding = columns - cells.len();
    let record = cells
        .iter()
        .map(|cell| with_formula_guard(cell))
        .chain(std::iter::repeat_n(Cow::Borrowed(""), padding))
        .chain([Cow::Borrowed(reason)])
        .chain(extra.iter().map(|cell| with_formula_guard(cell)));
    for cell in record {
        writer.write_field(cell.as_bytes())?;
    }
    writer.write_record(None::<&[u8]>)
}

/// Adds the rows that were rejected after the file was read.
pub(in crate::ingest) type LateRows<'a> =
    dyn FnMut(&mut dyn FnMut(&[Cow<'_, str>], &str) -> Result<()>) -> Result<()> + Send + 'a;

impl RejectedRows {
    /// Writes the whole file: all header rows, so that it can be imported in the same way, then
    /// these rows, then the late ones.
    fn write_to(
        &self,
        target: impl Write,
        header: &Header,
        late: &mut LateRows<'_>,
        failed: &dyn Fn(io::Error) -> Error,
    ) -> Result<()> {
        let mut writer = flexible(target);
        for (index, row) in header.raw.iter().enumerate() {
            let padding = std::iter::repeat_n("", self.columns.saturating_sub(row.len()));
            let reason = if index == header.names_row {
                REJECT_REASON
            } else {
                ""
            };
            let cells = row.iter().map(String::as_str);
            writer
                .write_record(cells.chain(padding).chain([reason]))
                .map_err(|error| failed(error.into()))?;
        }
        writer.flush().map_err(failed)?;
        let mut target = writer
            .into_inner()
            .map_err(|error| failed(error.into_error()))?;
        if let Some(rows) = &self.rows {
            io::copy(&mut rows.reader(), &mut target).map_err(failed)?;
        }
        let mut writer = flexible(target);
        late(&mut |cells, reason| {
            write_row(&mut writer, self.columns, cells, reason)
                .map_err(|error| failed(error.into()))
        })?;
        writer.flush().map_err(failed)
    }
}

/// The destination of rejects files.
#[derive(Clone, Debug)]
pub(in crate::ingest) enum RejectsPlace {
    Folder(PathBuf),
    Store {
        store: Arc<dyn ObjectStore>,
        url: Url,
    },
}

/// A rejects file under its final name.
#[derive(Clone, Debug)]
pub(in crate::ingest) struct RejectsFile {
    /// The path or URL.
    pub(in crate::ingest) name: String,
    /// `false` if the same file already existed.
    is_new: bool,
}

impl RejectsPlace {
    /// The place named by `rejects`, else the folder of the imported file.
    pub(in crate::ingest) fn new(
        lake: &Lake,
        source: &SourceFile,
        rejects: Option<&str>,
    ) -> Result<Self> {
        let url = match rejects {
            Some(place) => place.contains("://").then(|| place.to_owned()),
            None => source.url().map(|url| {
                let folder = url.as_str().rsplit_once('/');
                folder.map_or(url.as_str(), |(folder, _)| folder).to_owned()
            }),
        };
        if let Some(url) = url {
            let folder = format!("{}/", url.trim_end_matches('/'));
            let url = Url::parse(&folder).map_err(|error| {
                Error::invalid(
                    ImportOption::Rejects
                        .with(&url)
                        .text(format_args!(": {error}")),
                )
                .with_hint("name a folder, or a URL such as s3://bucket/rejects")
            })?;
            let store = lake.runtime().object_store_registry.get_store(&url)?;
            return Ok(Self::Store { store, url });
        }
        Ok(Self::Folder(match rejects {
            Some(folder) => PathBuf::from(folder),
            None => source.folder(),
        }))
    }

    /// Writes the rejects file under its final name. An existing file with other content may have
    /// been edited and is never replaced.
    pub(in crate::ingest) async fn publish(
        &self,
        rows: &RejectedRows,
        stem: &str,
        header: &Header,
        late: &mut LateRows<'_>,
    ) -> Result<RejectsFile> {
        match self {
            Self::Folder(folder) => publish_in_folder(folder, rows, stem, header, late),
            Self::Store { store, url } => {
                publish_in_store(&**store, url, rows, stem, header, late).await
            }
        }
    }

    /// Removes the file of an attempt that was not committed, unless the committed one has the
    /// same file.
    pub(in crate::ingest) async fn withdraw(
        &self,
        file: RejectsFile,
        committed: Option<&RejectsFile>,
    ) {
        let is_committed = committed.is_some_and(|committed| committed.name == file.name);
        if !file.is_new || is_committed {
            return;
        }
        let removed = match self {
            Self::Folder(_) => fs::remove_file(&file.name).map_err(|error| error.to_string()),
            Self::Store { store, .. } => match Url::parse(&file.name) {
                Ok(url) => {
                    let removed = store.delete(&StorePath::from(url.path())).await;
                    removed.map_err(|error| error.to_string())
                }
                Err(error) => Err(error.to_string()),
            },
        };
        if let Err(error) = removed {
            tracing::warn!(name = file.name, error, "cannot remove an old rejects file");
        }
    }
}

/// A file while it is written. Its final name appears only when it is complete.
struct Partial(PathBuf);

impl Drop for Partial {
    fn drop(&mut self) {
        // Fails if the file has been moved; other errors cannot be reported here.
        let _ = fs::remove_file(&self.0);
    }
}

fn publish_in_folder(
    folder: &Path,
    rows: &RejectedRows,
    stem: &str,
    header: &Header,
    late: &mut LateRows<'_>,
) -> Result<RejectsFile> {
    // The same file may be imported twice at the same time, even within this process.
    let random = getrandom::u64()?;
    let partial = Partial(folder.join(format!("{stem}.rejects.{random:016x}.partial")));
    let at_partial = |error| failed(partial.0.display(), error);
    fs::create_dir_all(folder).map_err(|error| failed(folder.display(), error))?;
    let file = File::create_new(&partial.0).map_err(at_partial)?;
    rows.write_to(BufWriter::new(file), header, late, &at_partial)?;
    File::open(&partial.0)
        .and_then(|file| file.sync_all())
        .map_err(at_partial)?;
    let published = |path: &Path, is_new| RejectsFile {
        name: path.display().to_string(),
        is_new,
    };
    for copy in 1.. {
        let path = folder.join(file_name(stem, copy));
        // A hard link fails if the name is taken.
        match fs::hard_link(&partial.0, &path) {
            Ok(()) => return Ok(published(&path, true)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                if same_content(&partial.0, &path).map_err(|error| failed(path.display(), error))? {
                    return Ok(published(&path, false));
                }
            }
            // Some network folders do not support hard links.
            Err(_) if !path.exists() => {
                return fs::rename(&partial.0, &path)
                    .map(|()| published(&path, true))
                    .map_err(|error| failed(path.display(), error));
            }
            Err(error) => return Err(failed(path.display(), error)),
        }
    }
    unreachable!("one of the names is free")
}

async fn publish_in_store(
    store: &dyn ObjectStore,
    url: &Url,
    rows: &RejectedRows,
    stem: &str,
    header: &Header,
    late: &mut LateRows<'_>,
) -> Result<RejectsFile> {
    if rows.rows.as_ref().map_or(0, Spool::bytes) > STORE_BYTES_MAX {
        return Err(
            Error::invalid(format!("{url}: the rejects file is too large to upload")).with_hint(
                Message::from("write it to a local folder with ")
                    .option_with(ImportOption::Rejects, "FOLDER"),
            ),
        );
    }
    let mut content = Vec::new();
    rows.write_to(&mut content, header, late, &|error| failed(url, error))?;
    let content = bytes::Bytes::from(content);
    for copy in 1.. {
        let place = url
            .join(
                &file_name(stem, copy)
                    .replace('%', "%25")
                    .replace('?', "%3F"),
            )
            .map_err(|error| Error::invalid(format!("{url}: {error}")))?;
        let path = StorePath::from_url_path(place.path())
            .map_err(|error| Error::invalid(format!("{place}: {error}")))?;
        let options = PutOptions::from(PutMode::Create);
        let published = |is_new| RejectsFile {
            name: place.to_string(),
            is_new,
        };
        match store.put_opts(&path, content.clone().into(), options).await {
            Ok(_) => return Ok(published(true)),
            Err(object_store::Error::AlreadyExists { .. }) => {
                let existing = store.get(&path).await?.bytes().await?;
                if existing == content {
                    return Ok(published(false));
                }
            }
            Err(error) => {
                return Err(Error::from(error).with_more_hint(
                    "rejected rows are written next to the imported file; choose another place \
                     with --rejects",
                ));
            }
        }
    }
    unreachable!("one of the names is free")
}

/// Returns `answers.rejects.csv` for `answers`, then `answers.rejects-2.csv` and so on.
fn file_name(stem: &str, copy: u32) -> String {
    match copy {
        1 => format!("{stem}.rejects.csv"),
        copy => format!("{stem}.rejects-{copy}.csv"),
    }
}

fn same_content(left: &Path, right: &Path) -> io::Result<bool> {
    if fs::metadata(left)?.len() != fs::metadata(right)?.len() {
        return Ok(false);
    }
    let open = |path| File::open(path).map(BufReader::new);
    let (left, right) = (open(left)?.bytes(), open(right)?.bytes());
    for (left, right) in left.zip(right) {
        if left? != right? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn failed(place: impl std::fmt::Display, error: io::Error) -> Error {
    Error::io(place, error).with_hint(
        "rejected rows are written next to the imported file; choose another folder with \
         --rejects FOLDER",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn publish(folder: &Path, stem: &str, reason: &str) -> RejectsFile {
        let mut rows = RejectedRowsBuilder::new(2);
        for cells in [vec!["1", "x,y"], vec!["2"], vec!["3", "=4+4", "5"]] {
            let cells: Vec<Cow<'_, str>> = cells.into_iter().map(Into::into).collect();
            rows.add(&cells, reason).unwrap();
        }
        let rows = rows.finish().unwrap();
        let names = ["a".to_owned(), "b".to_owned()];
        let header = Header {
            titles: vec![None; names.len()],
            raw: vec![vec!["Report".to_owned()], names.to_vec()],
            names: names.to_vec(),
            rows: 2,
            names_row: 1,
        };
        publish_in_folder(folder, &rows, stem, &header, &mut |add| {
            add(&["late".into(), "".into()], "came later")
        })
        .unwrap()
    }

    #[test]
    fn rejects_file_contains_rows_and_reasons() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("new/rejects");
        let first = publish(&folder, "answers 2026", "why");
        let path = folder.join("answers 2026.rejects.csv");
        assert_eq!(first.name, path.display().to_string());
        assert_eq!(
            fs::read_to_string(&path).unwrap(),
            "Report,,\na,b,reject_reason\n1,\"x,y\",why\n2,,why\n3,'=4+4,why,5\nlate,,came later\n"
        );
        // The same content is the same file, other content a new one.
        assert_eq!(publish(&folder, "answers 2026", "why").name, first.name);
        let other = publish(&folder, "answers 2026", "other");
        assert!(other.name.ends_with("answers 2026.rejects-2.csv"));
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 2);
    }
}
