//! An input: a file, standard input, an object, or a file in an archive.

use std::fmt;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use url::Url;

use super::content::Content;
use crate::error::{Error, Result};

/// One thing to import: a file, standard input, an object on a store, or one file of a zip archive.
///
/// A path converts with `into()`: `-` is standard input, `s3://bucket/key` an object, and
/// everything else a file. `Lake::inputs` expands folders, patterns, prefixes and archives.
#[derive(Clone)]
pub struct Input {
    pub(super) place: Place,
    /// The name of a file in the archive at `place`.
    pub(super) member: Option<String>,
    /// The bytes at `place`, if they are already fetched.
    pub(super) fetched: Option<Content>,
}

/// The place of an input's bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    File(PathBuf),
    StandardInput,
    Object(Url),
    /// Bytes of the program, under a file name.
    Memory(PathBuf, Bytes),
}

impl<P: Into<PathBuf>> From<P> for Input {
    fn from(path: P) -> Self {
        let path = path.into();
        Self::new(match path.to_str() {
            Some("-") => Place::StandardInput,
            Some(text) if text.contains("://") => match Url::parse(text) {
                Ok(url) if url.scheme() == "file" => {
                    Place::File(url.to_file_path().unwrap_or(path))
                }
                Ok(_) => object(text).map_or(Place::File(path), Place::Object),
                Err(_) => Place::File(path),
            },
            _ => Place::File(path),
        })
    }
}

/// Makes the URL of an object. The key is taken literally: `%`, `?` and `#` are part of it.
fn object(text: &str) -> Option<Url> {
    let (scheme, rest) = text.split_once("://")?;
    let scheme = if scheme == "s3a" { "s3" } else { scheme };
    let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
    let mut url = Url::parse(&format!("{scheme}://{bucket}/")).ok()?;
    let mut path = url.path_segments_mut().ok()?;
    path.pop_if_empty().extend(key.split('/'));
    drop(path);
    Some(url)
}

impl Input {
    pub fn new(place: Place) -> Self {
        Self {
            place,
            member: None,
            fetched: None,
        }
    }

    /// The bytes of a file that the program has. Messages and the table `imports` call it `name`,
    /// and the file of rejected rows is named after it.
    pub fn from_bytes(name: impl Into<PathBuf>, bytes: impl Into<Bytes>) -> Self {
        Self::new(Place::Memory(name.into(), bytes.into()))
    }

    /// A file whose bytes are already there.
    #[doc(hidden)]
    pub fn from_content(name: impl Into<PathBuf>, content: Content) -> Self {
        Self {
            fetched: Some(content),
            ..Self::from_bytes(name, Bytes::new())
        }
    }

    /// Returns a file in this archive.
    pub fn member(&self, name: &str) -> Self {
        Self {
            member: Some(name.to_owned()),
            ..self.clone()
        }
    }

    /// Resolves `archive.zip:file.csv` to the file in the archive, unless a file has that name.
    pub fn resolved(self) -> Self {
        let Some(path) = self.as_file() else {
            return self;
        };
        if path.symlink_metadata().is_ok() {
            return self;
        }
        let text = path.to_string_lossy();
        let found = text.match_indices(':').find_map(|(at, _)| {
            let (archive, member) = (&text[..at], &text[at + 1..]);
            (!member.is_empty() && Path::new(archive).is_file())
                .then(|| Self::new(Place::File(archive.into())).member(member))
        });
        found.unwrap_or(self)
    }

    /// The path, if this is a local file that is not in an archive.
    pub fn as_file(&self) -> Option<&Path> {
        match &self.place {
            Place::File(path) if self.member.is_none() => Some(path),
            _ => None,
        }
    }

    /// The URL, if this is an object on a store.
    pub fn as_object(&self) -> Option<&Url> {
        match &self.place {
            Place::Object(url) => Some(url),
            _ => None,
        }
    }

    /// The name without folders, such as `answers.csv` or `export.zip:answers.csv`.
    pub fn name(&self) -> String {
        let name = match &self.place {
            Place::File(path) | Place::Memory(path, _) => {
                let name = path.file_name().unwrap_or(path.as_os_str());
                name.to_string_lossy().into_owned()
            }
            Place::StandardInput => "standard input".to_owned(),
            Place::Object(url) => {
                let key = key(url);
                key.rsplit('/').next().unwrap_or(&key).to_owned()
            }
        };
        match &self.member {
            Some(member) => format!("{name}:{member}"),
            None => name,
        }
    }

    /// The path that determines folder and name of the file of rejected rows: next to a local file
    /// or archive, otherwise in the current folder.
    pub fn local_path(&self) -> PathBuf {
        let path = match &self.place {
            Place::File(path) | Place::Memory(path, _) => path.clone(),
            Place::StandardInput => PathBuf::from("standard-input"),
            Place::Object(_) => PathBuf::from(Self::new(self.place.clone()).name()),
        };
        match &self.member {
            None => path,
            Some(member) => {
                let archive = path.file_stem().unwrap_or_default().to_string_lossy();
                let name = member.replace(['/', '\\', ':'], "-");
                path.with_file_name(format!("{archive}-{name}"))
            }
        }
    }
}

/// The decoded key of an object.
pub fn key(url: &Url) -> String {
    let path = url.path().trim_start_matches('/');
    match object_store::path::Path::from_url_path(path) {
        Ok(key) if path.ends_with('/') && !key.as_ref().is_empty() => format!("{key}/"),
        Ok(key) => key.to_string(),
        Err(_) => path.to_owned(),
    }
}

/// The object's path in its store.
pub fn store_path(url: &Url) -> Result<object_store::path::Path> {
    object_store::path::Path::from_url_path(url.path())
        .map_err(|error| Error::invalid(error.to_string()).at(url))
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::File(path) | Place::Memory(path, _) => path.display().fmt(f)?,
            Place::StandardInput => f.write_str("standard input")?,
            Place::Object(url) => {
                let bucket = url.host_str().unwrap_or_default();
                write!(f, "{}://{bucket}/{}", url.scheme(), key(url))?;
            }
        }
        match &self.member {
            Some(member) => write!(f, ":{member}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Input({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_are_displayed_as_given() {
        for (given, shown, name) in [
            ("exports/ä [1].csv", "exports/ä [1].csv", "ä [1].csv"),
            ("-", "standard input", "standard input"),
            (
                "s3://bucket/a b/50%#1?.csv",
                "s3://bucket/a b/50%#1?.csv",
                "50%#1?.csv",
            ),
            ("s3a://bucket/x.csv", "s3://bucket/x.csv", "x.csv"),
            ("s3://bucket/in/", "s3://bucket/in/", ""),
            ("s3://bucket", "s3://bucket/", ""),
        ] {
            let input = Input::from(given);
            assert_eq!(input.to_string(), shown);
            assert_eq!(input.name(), name);
        }
        let member = Input::from("in/all.zip").member("2026/q1.csv");
        assert_eq!(member.to_string(), "in/all.zip:2026/q1.csv");
        assert_eq!(member.local_path(), Path::new("in/all-2026-q1.csv"));
    }
}
