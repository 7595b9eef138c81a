//! What a person gives on the command line, as the single inputs it stands for.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use futures::TryStreamExt;
use glob::{MatchOptions, Pattern};
use object_store::{ObjectMeta, ObjectStoreExt};
use url::Url;

use super::content::Examined;
use super::input::{Input, Place, key, store_path};
use super::names::{has_known_extension, is_left_out};
use super::{archive, source};
use crate::error::{Error, ErrorKind, Result};
use crate::files::{Stores, blocking};

/// What makes a pattern of a name.
const WILDCARDS: [char; 3] = ['*', '?', '['];

const LAKE_SETTINGS: &str = "lake.toml";

/// A pattern stops at folders, unless it says `**`, and does not take hidden files for granted.
const MATCHING: MatchOptions = MatchOptions {
    case_sensitive: true,
    require_literal_separator: true,
    require_literal_leading_dot: true,
};

/// What changes when the bytes of an input do.
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
        Self {
            bytes: object.size,
            // An object appears as a whole, so its time does not tell whether it is still being
            // written.
            modified: None,
            version: object
                .e_tag
                .or_else(|| Some(object.last_modified.to_rfc3339())),
        }
    }

    /// When a file was last written; `None` for an object, which appears as a whole.
    pub fn modified(&self) -> Option<SystemTime> {
        self.modified
    }
}

/// The single inputs that names of files, folders, patterns, prefixes and archives stand for,
/// each once, those of one name sorted.
///
/// A folder stands for the files in it and in its folders, a pattern such as `exports/*.csv`
/// for what it matches, `s3://bucket/prefix/` and `s3://bucket/*.csv` likewise, and a zip
/// archive for the exports in it. Hidden files, files of rejected rows, files that no reader
/// knows by their extension, and everything in a lake are left out, unless they are named
/// themselves. A file that exists is always that file, whatever its name looks like.
///
/// # Errors
/// When a folder, pattern or prefix stands for nothing that can be imported, or it cannot be
/// looked at. A file that does not exist is found out by an import.
pub async fn inputs(
    stores: &dyn Stores,
    given: impl IntoIterator<Item = impl Into<Input>>,
) -> Result<Vec<Input>> {
    let mut inputs = Vec::new();
    for input in given {
        let input = input.into().resolved();
        match &input.place {
            _ if input.member.is_some() => inputs.push(input),
            Place::StandardInput => {
                // It gives its bytes once, and may be read again for its profile.
                let content = source::fetch(stores, &input).await?;
                inputs.extend(blocking(move || Ok::<_, Error>(members(input, content))).await?);
            }
            Place::File(path) => {
                let path = path.clone();
                let opened = blocking(move || {
                    let opened = files(&path)?.into_iter().map(opened);
                    opened.collect::<Result<Vec<_>>>()
                });
                inputs.extend(opened.await?.into_iter().flatten());
            }
            Place::Object(url) => {
                for object in objects(stores, url, &input).await? {
                    inputs.extend(unpacked(stores, object).await?);
                }
            }
        }
    }
    let mut seen = HashSet::new();
    inputs.retain(|input| seen.insert(input.to_string()));
    Ok(inputs)
}

/// The files or objects at a place that they may come to later, each with its stamp. None is
/// no error, and archives are not looked into: [`inputs`] does that for each.
///
/// # Errors
/// When the place cannot be looked at.
pub async fn files_so_far(
    stores: &dyn Stores,
    place: impl Into<Input>,
) -> Result<Vec<(Input, InputStamp)>> {
    let place = place.into();
    let found: Result<Vec<_>> = match &place.place {
        Place::StandardInput => return Ok(Vec::new()),
        Place::File(path) => {
            let path = path.clone();
            blocking(move || {
                let files = files(&path)?.into_iter();
                // One that was taken away this moment has no stamp.
                Ok(files
                    .filter_map(|file| {
                        let stamp = InputStamp::of_file(&file)?;
                        Some((Input::at(Place::File(file)), stamp))
                    })
                    .collect())
            })
            .await
        }
        // A missing bucket is one that is misspelt.
        Place::Object(url) => return Ok(listed(stores, url, &place).await?.0),
    };
    match found {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        found => found,
    }
}

/// Whether a file or an object is there (still). Standard input is.
///
/// # Errors
/// When the storage cannot be reached or refuses access.
pub async fn has_input(stores: &dyn Stores, input: &Input) -> Result<bool> {
    match &input.place {
        Place::StandardInput => Ok(true),
        Place::File(path) => Ok(path.exists()),
        Place::Object(url) => {
            let store = stores.store(url)?;
            match store.head(&store_path(url)?).await {
                Ok(_) => Ok(true),
                Err(object_store::Error::NotFound { .. }) => Ok(false),
                Err(error) => Err(Error::from(error).at(input)),
            }
        }
    }
}

/// The objects at a URL: it, those below it, or those that it matches.
async fn objects(stores: &dyn Stores, url: &Url, given: &Input) -> Result<Vec<Input>> {
    let (objects, left_out) = listed(stores, url, given).await?;
    if objects.is_empty() {
        let name = key(url);
        let may_be_object = !is_prefix(&name) && !name.contains(WILDCARDS);
        return Err(match may_be_object && left_out.is_empty() {
            true => Error::not_found("no such object")
                .at(given)
                .with_hint("check the name, or end it with / where it is a prefix"),
            false => nothing_left(given, &left_out),
        });
    }
    Ok(objects.into_iter().map(|(object, _)| object).collect())
}

/// The same, which may be none, with their stamps, and the names of those that no reader knows
/// by their extension.
async fn listed(
    stores: &dyn Stores,
    url: &Url,
    given: &Input,
) -> Result<(Vec<(Input, InputStamp)>, Vec<String>)> {
    let store = stores.store(url)?;
    let at = |error: object_store::Error| Error::from(error).at(given);
    let name = key(url);
    if !is_prefix(&name) {
        match store.head(&store_path(url)?).await {
            Ok(object) => {
                let stamp = InputStamp::of_object(object);
                return Ok((vec![(given.clone(), stamp)], Vec::new()));
            }
            Err(object_store::Error::NotFound { .. }) => {}
            Err(error) => return Err(at(error)),
        }
    }
    let pattern = match name.find(WILDCARDS) {
        Some(_) if !is_prefix(&name) => Some(pattern(&name)?),
        _ => None,
    };
    let folder = match (&pattern, name.find(WILDCARDS)) {
        (Some(_), Some(meta)) => name[..meta].rfind('/').map_or("", |end| &name[..end]),
        _ => name.trim_end_matches('/'),
    };
    let prefix = object_store::path::Path::from(folder);
    let listed: Vec<_> = store.list(Some(&prefix)).try_collect().await.map_err(at)?;
    let mut listed: Vec<(String, ObjectMeta)> = listed
        .into_iter()
        .map(|object| (object.location.to_string(), object))
        .collect();
    listed.sort_by(|(key, _), (other, _)| key.cmp(other));
    // What lies beside a lake's settings, or below, is the lake.
    let lakes: Vec<String> = listed
        .iter()
        .filter_map(|(key, _)| key.strip_suffix(LAKE_SETTINGS))
        .filter(|folder| folder.is_empty() || folder.ends_with('/'))
        .map(str::to_owned)
        .collect();
    if lakes
        .iter()
        .any(|lake| lake.trim_end_matches('/') == folder)
        && pattern.is_none()
    {
        return Err(is_a_lake(given));
    }
    let root = prefix.to_string();
    let mut left_out = Vec::new();
    let mut inputs = Vec::new();
    for (key, object) in listed {
        let below = key.strip_prefix(&root).unwrap_or(&key);
        let in_lake = lakes.iter().any(|lake| key.starts_with(lake));
        let matched = match &pattern {
            Some(pattern) => pattern.matches_with(&key, MATCHING),
            None => true,
        };
        if !matched || in_lake || below.split('/').any(is_left_out) {
            continue;
        }
        if !has_known_extension(&key) {
            left_out.push(key);
            continue;
        }
        let input = Input::from(format!(
            "{}://{}/{key}",
            url.scheme(),
            url.host_str().unwrap_or_default()
        ));
        inputs.push((input, InputStamp::of_object(object)));
    }
    Ok((inputs, left_out))
}

/// The files of an object that is an archive, by its extension: to look into it, it is
/// fetched, once.
async fn unpacked(stores: &dyn Stores, object: Input) -> Result<Vec<Input>> {
    if !object.name().to_ascii_lowercase().ends_with(".zip") {
        return Ok(vec![object]);
    }
    let content = source::fetch(stores, &object).await?;
    blocking(move || Ok(members(object, content))).await
}

/// The files of an archive whose bytes are these, or the input itself.
fn members(input: Input, content: Examined) -> Vec<Input> {
    let files = match archive::is_archive(content.shared()) {
        true => archive::files(content.shared(), &input).ok(),
        false => None,
    };
    let fetched = Input {
        fetched: Some(content),
        ..input
    };
    match files {
        Some(files) => files.iter().map(|file| fetched.member(file)).collect(),
        None => vec![fetched],
    }
}

/// The files at a path: it, those in it, or those that it matches.
fn files(path: &Path) -> Result<Vec<PathBuf>> {
    let given = Input::at(Place::File(path.to_owned()));
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => {
            if path.join(LAKE_SETTINGS).exists() {
                return Err(is_a_lake(&given));
            }
            expanded(&given, vec![path.to_owned()])
        }
        Ok(_) => Ok(vec![path.to_owned()]),
        Err(_) => match path.to_str().filter(|text| text.contains(WILDCARDS)) {
            Some(text) => {
                pattern(text)?;
                let matches = glob::glob_with(text, MATCHING)
                    .map_err(|error| Error::invalid(format!("{error}")).at(&given))?;
                expanded(
                    &given,
                    matches.filter_map(std::result::Result::ok).collect(),
                )
            }
            // That it is not there is said when it is read.
            None => Ok(vec![path.to_owned()]),
        },
    }
}

/// A file, or the files of an archive.
fn opened(path: PathBuf) -> Result<Vec<Input>> {
    let input = Input::at(Place::File(path.clone()));
    // A pipe gives its bytes once.
    if !path.is_file() {
        return Ok(vec![input]);
    }
    let at = |error| Error::io(path.display(), error);
    let shared = match fs::File::open(&path) {
        Ok(file) => super::positioned::Shared::new(file).map_err(at)?,
        // That it cannot be read is said when it is.
        Err(_) => return Ok(vec![input]),
    };
    if !archive::is_archive(&shared) {
        return Ok(vec![input]);
    }
    // What is wrong with an archive is said when it is read, and keeps no other file out.
    Ok(match archive::files(&shared, &input) {
        Ok(files) => files.iter().map(|file| input.member(file)).collect(),
        Err(_) => vec![input],
    })
}

fn expanded(given: &Input, paths: Vec<PathBuf>) -> Result<Vec<PathBuf>> {
    let mut found = Found::default();
    for path in paths {
        found.add(&path, true)?;
    }
    found.files.sort();
    match found.files.is_empty() {
        true => Err(nothing_left(given, &found.left_out)),
        false => Ok(found.files),
    }
}

/// What was found in folders.
#[derive(Default)]
struct Found {
    files: Vec<PathBuf>,
    /// Files that no reader knows by their extension.
    left_out: Vec<String>,
}

impl Found {
    fn add(&mut self, path: &Path, is_given: bool) -> Result<()> {
        let name = path
            .file_name()
            .unwrap_or(path.as_os_str())
            .to_string_lossy();
        if !is_given && is_left_out(&name) {
            return Ok(());
        }
        let at = |error| Error::io(path.display(), error);
        // What a folder's link leads to may be the folder itself.
        let is_link = path.is_symlink();
        // A link to nowhere, or a file that was taken away this moment.
        let Ok(metadata) = fs::metadata(path) else {
            return Ok(());
        };
        if metadata.is_dir() {
            if (is_link && !is_given) || path.join(LAKE_SETTINGS).exists() {
                return Ok(());
            }
            for entry in fs::read_dir(path).map_err(at)? {
                self.add(&entry.map_err(at)?.path(), false)?;
            }
        } else if is_left_out(&name) || !metadata.is_file() {
            // Rejects that a pattern matches are left out as well.
        } else if has_known_extension(&name) {
            self.files.push(path.to_owned());
        } else {
            self.left_out.push(name.into_owned());
        }
        Ok(())
    }
}

/// Whether a key can only be the beginning of others.
fn is_prefix(key: &str) -> bool {
    key.is_empty() || key.ends_with('/')
}

fn pattern(text: &str) -> Result<Pattern> {
    Pattern::new(text).map_err(|error| {
        Error::invalid(format!("is no file, and as a pattern: {error}"))
            .at(text)
            .with_hint("a pattern is written as exports/*.csv")
    })
}

fn is_a_lake(given: &Input) -> Error {
    Error::invalid("is a lake, not a folder of exports")
        .at(given)
        .with_hint("name the folder that the exports are in")
}

fn nothing_left(given: &Input, left_out: &[String]) -> Error {
    let error = Error::not_found("there is no file to import").at(given);
    match left_out {
        [] => error.with_hint(
            "hidden files, *.rejects.csv and lakes are left out; name a file itself to import it",
        ),
        names => error.with_hint(format!(
            "left out by their extension: {}; name a file itself to import it",
            archive::listed(names)
        )),
    }
}
