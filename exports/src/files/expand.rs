//! Expands names of files, folders, patterns, prefixes and archives to single inputs.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use futures::TryStreamExt;
use glob::Pattern;
use object_store::{ObjectMeta, ObjectStoreExt};
use url::Url;

use super::content::Content;
use super::input::{Input, Place, key, store_path};
use super::names::{has_known_extension, is_left_out};
use super::patterns::MATCHING;
use super::shared_file::SharedFile;
use super::{archive, source};
use crate::error::{Error, ErrorKind, Result};
use crate::files::{Stores, blocking};

/// Characters that make a name a pattern.
const WILDCARDS: [char; 3] = ['*', '?', '['];

const LAKE_SETTINGS: &str = "lake.toml";

/// Metadata that changes with the bytes of an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputStamp {
    bytes: u64,
    modified: Option<SystemTime>,
    version: Option<String>,
}

impl InputStamp {
    fn of_file(path: &Path) -> Option<Self> {
        let metadata = fs::metadata(path).ok()?;
        Some(Self {
            bytes: metadata.len(),
            modified: metadata.modified().ok(),
            version: None,
        })
    }

    fn of_object(object: ObjectMeta) -> Self {
        let version = object.e_tag;
        Self {
            bytes: object.size,
            modified: None,
            version: version.or_else(|| Some(object.last_modified.to_rfc3339())),
        }
    }

    /// When a file was last written. `None` for an object: these appear complete, so the time does
    /// not show if one is still being written.
    pub fn modified(&self) -> Option<SystemTime> {
        self.modified
    }
}

/// Expands names of files, folders, patterns, prefixes and archives to single inputs, without
/// duplicates; those of one name are sorted.
///
/// A folder expands to the files in it and its subfolders, a pattern such as `exports/*.csv` to its
/// matches, `s3://bucket/prefix/` and `s3://bucket/*.csv` likewise, and a zip archive to the
/// exports in it. Hidden files, files of rejected rows, files with unknown extensions, and
/// everything in a lake are left out unless named explicitly. The name of an existing file is never
/// a pattern.
///
/// # Errors
/// Returns an error if a folder, pattern or prefix contains nothing to import, or if it cannot be
/// read. A missing file is reported by the import.
pub async fn inputs(
    stores: &dyn Stores,
    given: impl IntoIterator<Item = impl Into<Input>>,
) -> Result<Vec<Input>> {
    let mut inputs = Vec::new();
    for input in given {
        let input = input.into().resolved();
        match &input.place {
            _ if input.member.is_some() => inputs.push(input),
            Place::StandardInput | Place::Memory(..) => {
                // It can be read only once, and the import may read it twice.
                let content = source::fetch(stores, &input).await?;
                inputs.extend(blocking(move || Ok::<_, Error>(members(input, content))).await?);
            }
            Place::File(path) => {
                let path = path.clone();
                let opened = blocking(move || {
                    let opened = files(&path)?.into_iter().map(file_or_members);
                    opened.collect::<Result<Vec<_>>>()
                });
                inputs.extend(opened.await?.into_iter().flatten());
            }
            Place::Object(url) => {
                for object in objects(stores, url, &input).await? {
                    inputs.extend(object_or_members(stores, object).await?);
                }
            }
        }
    }
    let mut seen = HashSet::new();
    inputs.retain(|input| seen.insert(input.to_string()));
    Ok(inputs)
}

/// Returns the files or objects that are at a place so far, each with its stamp. An empty or
/// missing place is not an error, and archives are not opened: [`inputs`] does that for each.
///
/// # Errors
/// Returns an error if the place cannot be read.
pub async fn files_so_far(
    stores: &dyn Stores,
    place: impl Into<Input>,
) -> Result<Vec<(Input, InputStamp)>> {
    let place = place.into();
    let found: Result<Vec<_>> = match &place.place {
        Place::StandardInput | Place::Memory(..) => return Ok(Vec::new()),
        Place::File(path) => {
            let path = path.clone();
            blocking(move || {
                // A file that was just removed has no stamp.
                let with_stamp = |file: PathBuf| {
                    let stamp = InputStamp::of_file(&file)?;
                    Some((Input::new(Place::File(file)), stamp))
                };
                Ok(files(&path)?.into_iter().filter_map(with_stamp).collect())
            })
            .await
        }
        // A missing bucket is an error: its name is wrong.
        Place::Object(url) => return Ok(list_objects(stores, url, &place).await?.0),
    };
    match found {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        found => found,
    }
}

/// Returns `true` if a file or an object still exists. Standard input always does.
///
/// # Errors
/// Returns an error if the storage cannot be reached or refuses access.
pub async fn has_input(stores: &dyn Stores, input: &Input) -> Result<bool> {
    match &input.place {
        Place::StandardInput | Place::Memory(..) => Ok(true),
        Place::File(path) => Ok(path.exists()),
        Place::Object(url) => Ok(head(stores, url, input).await?.is_some()),
    }
}

async fn head(stores: &dyn Stores, url: &Url, given: &Input) -> Result<Option<ObjectMeta>> {
    match stores.store(url)?.head(&store_path(url)?).await {
        Ok(object) => Ok(Some(object)),
        Err(object_store::Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(Error::from(error).at(given)),
    }
}

/// Returns the object at a URL, those below it, or those that match it.
async fn objects(stores: &dyn Stores, url: &Url, given: &Input) -> Result<Vec<Input>> {
    let (objects, left_out) = list_objects(stores, url, given).await?;
    if !objects.is_empty() {
        return Ok(objects.into_iter().map(|(object, _)| object).collect());
    }
    let name = key(url);
    let may_be_object = !is_prefix(&name) && !name.contains(WILDCARDS);
    if !may_be_object || !left_out.is_empty() {
        return Err(nothing_to_import(given, &left_out));
    }
    Err(Error::not_found("no such object")
        .at(given)
        .with_hint("check the name, or end it with / if it is a prefix"))
}

/// Returns the objects of a URL, which may be none, with their stamps, and the keys that were left
/// out because of their extension.
async fn list_objects(
    stores: &dyn Stores,
    url: &Url,
    given: &Input,
) -> Result<(Vec<(Input, InputStamp)>, Vec<String>)> {
    let name = key(url);
    if !is_prefix(&name)
        && let Some(object) = head(stores, url, given).await?
    {
        let stamp = InputStamp::of_object(object);
        return Ok((vec![(given.clone(), stamp)], Vec::new()));
    }
    let (pattern, folder) = match name.find(WILDCARDS) {
        Some(wildcard) if !is_prefix(&name) => {
            let folder = name[..wildcard].rfind('/').map_or("", |end| &name[..end]);
            (Some(pattern(&name)?), folder)
        }
        _ => (None, name.trim_end_matches('/')),
    };
    let prefix = object_store::path::Path::from(folder);
    let listed = stores.store(url)?.list(Some(&prefix)).try_collect().await;
    let listed: Vec<ObjectMeta> = listed.map_err(|error| Error::from(error).at(given))?;
    let mut listed: Vec<(String, ObjectMeta)> = listed
        .into_iter()
        .map(|object| (object.location.to_string(), object))
        .collect();
    listed.sort_by(|(key, _), (other, _)| key.cmp(other));
    let lakes: Vec<String> = listed
        .iter()
        .filter_map(|(key, _)| key.strip_suffix(LAKE_SETTINGS))
        .filter(|folder| folder.is_empty() || folder.ends_with('/'))
        .map(str::to_owned)
        .collect();
    let mut lake_folders = lakes.iter().map(|lake| lake.trim_end_matches('/'));
    if pattern.is_none() && lake_folders.any(|lake| lake == folder) {
        return Err(is_a_lake(given));
    }
    let root = prefix.to_string();
    let bucket = url.host_str().unwrap_or_default();
    let mut left_out = Vec::new();
    let mut inputs = Vec::new();
    for (key, object) in listed {
        let below = key.strip_prefix(&root).unwrap_or(&key);
        let in_lake = lakes.iter().any(|lake| key.starts_with(lake));
        let matches = pattern
            .as_ref()
            .is_none_or(|pattern| pattern.matches_with(&key, MATCHING));
        if !matches || in_lake || below.split('/').any(is_left_out) {
            continue;
        }
        if has_known_extension(&key) {
            let input = Input::from(format!("{}://{bucket}/{key}", url.scheme()));
            inputs.push((input, InputStamp::of_object(object)));
        } else {
            left_out.push(key);
        }
    }
    Ok((inputs, left_out))
}

/// Returns an object, or its files if the extension is that of an archive, which is then fetched.
async fn object_or_members(stores: &dyn Stores, object: Input) -> Result<Vec<Input>> {
    if !object.name().to_ascii_lowercase().ends_with(".zip") {
        return Ok(vec![object]);
    }
    let content = source::fetch(stores, &object).await?;
    blocking(move || Ok(members(object, content))).await
}

/// Returns the files of an archive with this content, or the input itself.
fn members(input: Input, content: Content) -> Vec<Input> {
    let files = archive_files(&content.shared, &input);
    let fetched = Input {
        fetched: Some(content),
        ..input
    };
    match files {
        Some(files) => files.iter().map(|file| fetched.member(file)).collect(),
        None => vec![fetched],
    }
}

/// The files of an archive. `None` also if it is broken: the import of it then reports that, and
/// the other inputs are still imported.
fn archive_files(shared: &SharedFile, input: &Input) -> Option<Vec<String>> {
    let is_archive = archive::is_archive(shared);
    is_archive.then(|| archive::files(shared, input).ok())?
}

/// Returns the file at a path, those in it, or those that match it.
fn files(path: &Path) -> Result<Vec<PathBuf>> {
    let given = Input::new(Place::File(path.to_owned()));
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => {
            if path.join(LAKE_SETTINGS).exists() {
                return Err(is_a_lake(&given));
            }
            expand(&given, vec![path.to_owned()])
        }
        Ok(_) => Ok(vec![path.to_owned()]),
        Err(_) => match path.to_str().filter(|text| text.contains(WILDCARDS)) {
            Some(text) => {
                pattern(text)?;
                let matches = glob::glob_with(text, MATCHING)
                    .map_err(|error| Error::invalid(error.to_string()).at(&given))?;
                expand(&given, matches.filter_map(|path| path.ok()).collect())
            }
            // A missing file is reported when it is read.
            None => Ok(vec![path.to_owned()]),
        },
    }
}

/// Returns a file, or the files in it if it is an archive.
fn file_or_members(path: PathBuf) -> Result<Vec<Input>> {
    let input = Input::new(Place::File(path.clone()));
    // A pipe can be read only once.
    if !path.is_file() {
        return Ok(vec![input]);
    }
    // A file that cannot be opened is reported when it is read.
    let Ok(file) = fs::File::open(&path) else {
        return Ok(vec![input]);
    };
    let shared = SharedFile::new(file).map_err(|error| Error::io(path.display(), error))?;
    Ok(match archive_files(&shared, &input) {
        Some(files) => files.iter().map(|file| input.member(file)).collect(),
        None => vec![input],
    })
}

fn expand(given: &Input, paths: Vec<PathBuf>) -> Result<Vec<PathBuf>> {
    let mut found = Found::default();
    for path in paths {
        found.add(&path, true)?;
    }
    found.files.sort();
    if found.files.is_empty() {
        return Err(nothing_to_import(given, &found.left_out));
    }
    Ok(found.files)
}

/// Files found in folders.
#[derive(Default)]
struct Found {
    files: Vec<PathBuf>,
    /// Names that were left out because of their extension.
    left_out: Vec<String>,
}

impl Found {
    fn add(&mut self, path: &Path, is_given: bool) -> Result<()> {
        let name = path.file_name().unwrap_or(path.as_os_str());
        let name = name.to_string_lossy();
        if !is_given && is_left_out(&name) {
            return Ok(());
        }
        let at = |error| Error::io(path.display(), error);
        // A broken link, or a file that was just removed.
        let Ok(metadata) = fs::metadata(path) else {
            return Ok(());
        };
        if metadata.is_dir() {
            // A link may lead to a folder that contains it.
            if (path.is_symlink() && !is_given) || path.join(LAKE_SETTINGS).exists() {
                return Ok(());
            }
            for entry in fs::read_dir(path).map_err(at)? {
                self.add(&entry.map_err(at)?.path(), false)?;
            }
        } else if is_left_out(&name) || !metadata.is_file() {
            // Files of rejected rows are left out even if a pattern matches them.
        } else if has_known_extension(&name) {
            self.files.push(path.to_owned());
        } else {
            self.left_out.push(name.into_owned());
        }
        Ok(())
    }
}

/// True for a key that can only be a prefix of others.
fn is_prefix(key: &str) -> bool {
    key.is_empty() || key.ends_with('/')
}

fn pattern(text: &str) -> Result<Pattern> {
    Pattern::new(text).map_err(|error| {
        Error::invalid(format!("no such file, and not a valid pattern: {error}"))
            .at(text)
            .with_hint("write patterns like exports/*.csv")
    })
}

fn is_a_lake(given: &Input) -> Error {
    Error::invalid("is a lake, not a folder of exports")
        .at(given)
        .with_hint("name the folder with the exports")
}

fn nothing_to_import(given: &Input, left_out: &[String]) -> Error {
    let reason = if left_out.is_empty() {
        "hidden files, *.rejects.csv and lakes are left out".to_owned()
    } else {
        format!(
            "left out because of their extension: {}",
            archive::listed(left_out)
        )
    };
    Error::not_found("no files to import")
        .at(given)
        .with_hint(format!("{reason}; name a file explicitly to import it"))
}
