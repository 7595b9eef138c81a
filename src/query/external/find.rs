//! Finds the files that a name means: a file, a folder, a pattern or a URL.

use std::fs;
use std::path::{Path, PathBuf};

use datafusion::execution::object_store::ObjectStoreUrl;
use exports::files::input::{Input, key, store_path};
use exports::files::names::{has_known_extension, is_left_out};
use exports::files::patterns::Patterns;
use exports::files::{Stores, blocking};
use futures::TryStreamExt;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};
use url::{Position, Url};

use crate::error::{Error, Result};
use crate::lake::{Lake, SETTINGS_FILE};

/// A file, with its name as it is written in the statement or found below that.
#[derive(Clone, Debug)]
pub(super) struct FoundFile {
    pub(super) name: String,
    pub(super) input: Input,
    pub(super) object: ObjectMeta,
}

/// Files on one store.
#[derive(Clone, Debug)]
pub(super) struct FoundFiles {
    pub(super) store: ObjectStoreUrl,
    /// At least one.
    pub(super) files: Vec<FoundFile>,
}

/// The format of a file, by its extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FileKind {
    Parquet,
    Arrow,
    /// Text, a workbook or an archive, which `exports` recognises by its content.
    Export,
}

impl FoundFile {
    pub(super) fn kind(&self) -> FileKind {
        // The query of a URL follows the extension.
        let is_web = self.name.starts_with("http://") || self.name.starts_with("https://");
        let name = match self.name.split_once('?') {
            Some((path, _)) if is_web => path,
            _ => &self.name,
        };
        let extension = name
            .rsplit_once('.')
            .map(|(_, extension)| extension.to_lowercase());
        match extension.as_deref() {
            Some("parquet" | "parq" | "pq") => FileKind::Parquet,
            Some("arrow" | "feather") => FileKind::Arrow,
            _ => FileKind::Export,
        }
    }
}

/// True if a name can be that of a folder.
pub(super) fn may_be_folder(name: &str) -> bool {
    if name.contains("://") && !name.starts_with("file:") {
        let last = name.rsplit('/').next().unwrap_or_default();
        return !name.starts_with("http") && !last.contains(['.', '*', '?', '[', '{']);
    }
    Input::from(name).as_file().is_some_and(Path::is_dir)
}

/// The files that names mean, those of one name sorted.
///
/// # Errors
/// Returns an error if a name means no file, or if the files are on several stores.
pub(super) async fn find(lake: &Lake, names: &[String]) -> Result<FoundFiles> {
    let mut found: Option<FoundFiles> = None;
    for name in names {
        let input = Input::from(name.as_str());
        let more = match input.as_object() {
            Some(url) => objects(lake, url, name).await?,
            None => {
                let path = input
                    .as_file()
                    .map_or_else(|| PathBuf::from(name), Path::to_owned);
                let name = name.clone();
                blocking(move || local_files(&path, &name)).await?
            }
        };
        match &mut found {
            None => found = Some(more),
            Some(found) if found.store == more.store => found.files.extend(more.files),
            Some(found) => {
                return Err(Error::query(format!(
                    "the files are in several places: {} and {}",
                    found.files[0].name, more.files[0].name
                ))
                .with_hint("read each place by itself and combine them with UNION ALL BY NAME"));
            }
        }
    }
    found.ok_or_else(|| {
        Error::query("the list of files is empty").with_hint("name at least one file")
    })
}

/// The file at a path, those in a folder, or those that match a pattern.
fn local_files(path: &Path, name: &str) -> Result<FoundFiles> {
    let paths = match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => {
            if path.join(SETTINGS_FILE).exists() {
                return Err(is_a_lake(name));
            }
            let mut paths = Vec::new();
            add_folder(path, &mut paths)?;
            paths.sort();
            if paths.is_empty() {
                return Err(empty_folder(name));
            }
            paths
        }
        Ok(_) => vec![path.to_owned()],
        Err(error) => match Patterns::parse(&path.to_string_lossy())? {
            Some(patterns) => {
                let paths = patterns.files()?;
                if paths.is_empty() {
                    return Err(no_match(name));
                }
                paths
            }
            None if error.kind() == std::io::ErrorKind::NotFound => return Err(no_such_file(name)),
            None => return Err(Error::io(name, error)),
        },
    };
    let store = ObjectStoreUrl::local_filesystem();
    let files = paths.into_iter().map(local_file).collect::<Result<_>>()?;
    Ok(FoundFiles { store, files })
}

fn local_file(path: PathBuf) -> Result<FoundFile> {
    let name = path.to_string_lossy().into_owned();
    let at = |error| Error::io(&name, error);
    let metadata = fs::metadata(&path).map_err(at)?;
    let absolute = fs::canonicalize(&path).map_err(at)?;
    let location = object_store::path::Path::from_absolute_path(absolute);
    let object = ObjectMeta {
        location: location.map_err(|error| Error::invalid(format!("{name}: {error}")))?,
        last_modified: metadata.modified().map_err(at)?.into(),
        size: metadata.len(),
        e_tag: None,
        version: None,
    };
    Ok(FoundFile {
        input: Input::from(path),
        name,
        object,
    })
}

/// Adds the files in a folder and its subfolders, except hidden ones and those with an unknown
/// extension.
fn add_folder(folder: &Path, paths: &mut Vec<PathBuf>) -> Result<()> {
    let at = |error| Error::io(folder.display(), error);
    for entry in fs::read_dir(folder).map_err(at)? {
        let path = entry.map_err(at)?.path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if is_hidden(&name) {
            continue;
        }
        // A link may lead to a folder that contains it.
        if path.is_dir() && !path.is_symlink() {
            add_folder(&path, paths)?;
        } else if path.is_file() && is_data(&name) {
            paths.push(path);
        }
    }
    Ok(())
}

/// True for hidden files and folders, and for those that programs write next to data.
fn is_hidden(name: &str) -> bool {
    name.starts_with('_') || is_left_out(name)
}

fn is_data(name: &str) -> bool {
    let extension = name
        .rsplit_once('.')
        .map(|(_, extension)| extension.to_lowercase());
    has_known_extension(name)
        || matches!(
            extension.as_deref(),
            Some("arrow" | "feather" | "parq" | "pq")
        )
}

/// The object at a URL, those below it, or those that match it.
async fn objects(lake: &Lake, url: &Url, name: &str) -> Result<FoundFiles> {
    let objects = Stores::store(lake, url)?;
    let store = ObjectStoreUrl::parse(&url[..Position::BeforePath])?;
    let found = |files| FoundFiles { store, files };
    let key = key(url);
    let may_be_object = !key.is_empty() && !key.ends_with('/');
    // A name without an extension is rather a folder's, which some services have as objects.
    let is_object_first = may_be_object && !may_be_folder(name);
    if is_object_first && let Some(file) = object(&*objects, url, name).await? {
        return Ok(found(vec![file]));
    }
    let patterns = Patterns::parse(&key)?;
    let folder = match &patterns {
        Some(patterns) => patterns.folder(),
        None => key.trim_end_matches('/'),
    };
    let prefix = object_store::path::Path::from(folder);
    let listed: Vec<ObjectMeta> = objects.list(Some(&prefix)).try_collect().await?;
    let server = url[..Position::BeforePath].to_owned();
    let root = prefix.to_string();
    let mut files = Vec::new();
    for object in listed {
        let key = object.location.to_string();
        let below = key
            .strip_prefix(&root)
            .unwrap_or(&key)
            .trim_start_matches('/');
        let is_read = match &patterns {
            Some(patterns) => patterns.matches(&key),
            None if below == SETTINGS_FILE => return Err(is_a_lake(name)),
            None => !below.split('/').any(is_hidden) && is_data(below),
        };
        if is_read {
            let name = format!("{server}/{key}");
            let input = Input::from(name.as_str());
            files.push(FoundFile {
                name,
                input,
                object,
            });
        }
    }
    files.sort_by(|file, other| file.name.cmp(&other.name));
    if files.is_empty()
        && may_be_object
        && !is_object_first
        && let Some(file) = object(&*objects, url, name).await?
    {
        files.push(file);
    }
    match (files.is_empty(), &patterns) {
        (false, _) => Ok(found(files)),
        (true, Some(_)) => Err(no_match(name)),
        (true, None) if key.ends_with('/') => Err(empty_folder(name)),
        (true, None) => Err(no_such_file(name)),
    }
}

/// The object at a URL, if there is one.
async fn object(objects: &dyn ObjectStore, url: &Url, name: &str) -> Result<Option<FoundFile>> {
    match objects.head(&store_path(url)?).await {
        Ok(object) => Ok(Some(FoundFile {
            name: name.to_owned(),
            input: Input::from(name),
            object,
        })),
        // A web server has no folders, but says itself that it cannot list files.
        Err(object_store::Error::NotFound { .. })
            if !url.scheme().starts_with("http") || name.contains('*') =>
        {
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

fn no_such_file(name: &str) -> Error {
    Error::not_found(format!("{name}: no such file"))
        .with_hint("check the path; a pattern such as 'exports/*.csv' names several files")
}

fn no_match(name: &str) -> Error {
    Error::not_found(format!("{name}: no file matches the pattern"))
        .with_hint("* matches within a folder, and ** any number of folders: 'exports/**/*.csv'")
}

fn empty_folder(name: &str) -> Error {
    Error::not_found(format!("{name}: no such file, and no data below it")).with_hint(
        "check the path; hidden files and files with an unknown extension are read only by name",
    )
}

fn is_a_lake(name: &str) -> Error {
    let root = name.trim_end_matches('/');
    Error::query(format!("{name}: is a lake, not a folder of files")).with_hint(format!(
        "open it with --lake {root}, or read one of its tables: FROM '{root}/responses/'"
    ))
}
