//! The rejects file: rows that could not be imported, as they were, each with its reason.

use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use ::csv::Writer;

use super::rows::Row;
use crate::error::{Error, Result};

/// The column behind the original ones. When the file is imported again it is left out.
pub(super) const REASON: &str = "reject_reason";

/// Collects rejected rows beside the file they come from. Nothing is there under its final name
/// before [`finish`](Self::finish).
#[derive(Debug)]
pub(super) struct Rejects {
    source: PathBuf,
    header: Vec<String>,
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    writer: Writer<BufWriter<File>>,
    partial: PathBuf,
}

/// A rejects file under its final name.
#[derive(Clone, Debug)]
pub(super) struct RejectsFile {
    pub(super) path: PathBuf,
    /// It was not there before.
    is_new: bool,
}

impl RejectsFile {
    fn new(path: PathBuf, is_new: bool) -> Self {
        Self { path, is_new }
    }

    /// Takes the file of an attempt that was not committed back, where the one that was has
    /// another.
    pub(super) fn withdraw_for(&self, committed: Option<&Self>) {
        let is_other = committed.is_none_or(|committed| committed.path != self.path);
        if self.is_new
            && is_other
            && let Err(error) = fs::remove_file(&self.path)
        {
            tracing::warn!(path = %self.path.display(), %error, "an old rejects file stays");
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        // Fails where `finish` has moved it, and there is nobody to tell of anything else.
        let _ = fs::remove_file(&self.partial);
    }
}

impl Rejects {
    pub(super) fn new(source: &Path, header: &[String]) -> Self {
        Self {
            source: source.to_owned(),
            header: header.to_owned(),
            open: None,
        }
    }

    /// Adds a row; the first one creates the file.
    pub(super) fn add(&mut self, row: &Row<'_>, reason: &str) -> Result<()> {
        if self.open.is_none() {
            self.open = Some(self.create()?);
        }
        let columns = self.header.len();
        let open = self.open.as_mut().expect("it was opened above");
        // A short row is filled up, so that the reason stands in its own column; what a long row
        // has too much goes behind it.
        let (inside, behind) = row.cells.split_at(row.cells.len().min(columns));
        let padding = columns - inside.len();
        let record = inside
            .iter()
            .map(|cell| cell.as_bytes())
            .chain(std::iter::repeat_n(b"".as_slice(), padding))
            .chain([reason.as_bytes()])
            .chain(behind.iter().map(|cell| cell.as_bytes()));
        open.writer
            .write_record(record)
            .map_err(|error| failed(&open.partial, error.into()))
    }

    fn create(&self) -> Result<Open> {
        let mut name = self.source.file_name().unwrap_or_default().to_owned();
        // The same file may be imported twice at once, also within this process.
        let random = getrandom::u64()?;
        name.push(format!(".rejects.{random:016x}.partial"));
        let partial = self.source.with_file_name(name);
        let file = File::create_new(&partial).map_err(|error| failed(&partial, error))?;
        let mut writer = ::csv::WriterBuilder::new()
            .flexible(true)
            .from_writer(BufWriter::new(file));
        writer
            .write_record(self.header.iter().map(String::as_str).chain([REASON]))
            .map_err(|error| failed(&partial, error.into()))?;
        Ok(Open { writer, partial })
    }

    /// Puts the file under its final name, on disk for good; `None` where no row was rejected. A
    /// rejects file that is there with other content is somebody's work and stays.
    pub(super) fn finish(mut self) -> Result<Option<RejectsFile>> {
        let Some(mut open) = self.open.take() else {
            return Ok(None);
        };
        open.writer
            .flush()
            .and_then(|()| File::open(&open.partial)?.sync_all())
            .map_err(|error| failed(&open.partial, error))?;
        let mut copy = 1;
        loop {
            let name = rejects_path(&self.source, copy);
            // A hard link fails where the name is taken.
            match fs::hard_link(&open.partial, &name) {
                Ok(()) => return Ok(Some(RejectsFile::new(name, true))),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    if same_content(&open.partial, &name).map_err(|error| failed(&name, error))? {
                        return Ok(Some(RejectsFile::new(name, false)));
                    }
                    copy += 1;
                }
                // Some network folders have no hard links.
                Err(_) if !name.exists() => {
                    return fs::rename(&open.partial, &name)
                        .map(|()| Some(RejectsFile::new(name.clone(), true)))
                        .map_err(|error| failed(&name, error));
                }
                Err(error) => return Err(failed(&name, error)),
            }
        }
    }
}

/// `answers.csv` gives `answers.rejects.csv`, then `answers.rejects-2.csv` and so on.
fn rejects_path(source: &Path, copy: u32) -> PathBuf {
    let mut stem = source.to_owned();
    if stem
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("gz"))
    {
        stem.set_extension("");
    }
    let mut name = stem.file_stem().unwrap_or_default().to_owned();
    name.push(match copy {
        1 => ".rejects.csv".to_owned(),
        copy => format!(".rejects-{copy}.csv"),
    });
    source.with_file_name(name)
}

fn same_content(left: &Path, right: &Path) -> io::Result<bool> {
    if fs::metadata(left)?.len() != fs::metadata(right)?.len() {
        return Ok(false);
    }
    Ok(fs::read(left)? == fs::read(right)?)
}

fn failed(path: &Path, error: io::Error) -> Error {
    Error::io(path.display(), error).with_hint(
        "rejected rows go into a file beside the imported one: copy that to a folder you can \
         write to",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(source: &Path, reason: &str) -> PathBuf {
        let mut rejects = Rejects::new(source, &["a".to_owned(), "b".to_owned()]);
        for cells in [vec!["1", "x,y"], vec!["2"], vec!["3", "4", "5"]] {
            let row = Row {
                number: 2,
                cells: cells.into_iter().map(Into::into).collect(),
                narrow_cells: 0,
                problem: None,
            };
            rejects.add(&row, reason).unwrap();
        }
        rejects.finish().unwrap().unwrap().path
    }

    #[test]
    fn rows_come_back_with_their_reason() {
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join("answers 2026.csv.gz");
        let path = write(&source, "why");
        assert_eq!(path.file_name().unwrap(), "answers 2026.rejects.csv");
        assert_eq!(
            fs::read_to_string(&path).unwrap(),
            "a,b,reject_reason\n1,\"x,y\",why\n2,,why\n3,4,why,5\n"
        );
        // The same again is the same file, other content another one.
        assert_eq!(write(&source, "why"), path);
        assert_eq!(
            write(&source, "other").file_name().unwrap(),
            "answers 2026.rejects-2.csv"
        );
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn nothing_is_left_of_an_import_that_fails() {
        let folder = tempfile::tempdir().unwrap();
        let mut rejects = Rejects::new(&folder.path().join("a.csv"), &["a".to_owned()]);
        rejects.add(&Row::default(), "why").unwrap();
        drop(rejects);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
