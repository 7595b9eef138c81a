//! What a person names as an input: a file, standard input, an object, or a file in an archive.

use std::fmt;
use std::path::{Path, PathBuf};

use url::Url;

use super::content::Examined;
use crate::error::{Error, Result};

/// One thing to import: a file, standard input, an object on a store, or one file of a zip
/// archive.
///
/// A path becomes one by `into()`: `-` is standard input, `s3://bucket/key` an object, and
/// everything else a file. [`Lake::inputs`](crate::Lake::inputs) makes them of folders, patterns,
/// prefixes and archives.
#[derive(Clone)]
pub struct Input {
    pub place: Place,
    /// The name of a file within the archive that is at the place.
    pub member: Option<String>,
    /// The archive's bytes, where they were fetched already.
    pub fetched: Option<Examined>,
}

/// Where the bytes are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    File(PathBuf),
    StandardInput,
    Object(Url),
}

impl<P: Into<PathBuf>> From<P> for Input {
    fn from(path: P) -> Self {
        let path = path.into();
        Self::at(match path.to_str() {
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

/// The URL of an object, whose key stands in it as it is: `%`, `?` and `#` are letters of a key.
fn object(text: &str) -> Option<Url> {
    let (bucket, key) = match text.split_once("://")?.1.split_once('/') {
        Some((bucket, key)) => (bucket, key),
        None => (text.split_once("://")?.1, ""),
    };
    let scheme = match text.split_once("://")?.0 {
        "s3a" => "s3",
        scheme => scheme,
    };
    let mut url = Url::parse(&format!("{scheme}://{bucket}/")).ok()?;
    let mut path = url.path_segments_mut().ok()?;
    path.pop_if_empty().extend(key.split('/'));
    drop(path);
    Some(url)
}

impl Input {
    pub fn at(place: Place) -> Self {
        Self {
            place,
            member: None,
            fetched: None,
        }
    }

    /// A file in the archive that this is.
    pub fn member(&self, name: &str) -> Self {
        Self {
            member: Some(name.to_owned()),
            ..self.clone()
        }
    }

    /// The same, where `archive.zip:file.csv` is the file in the archive, unless there is a file
    /// of that name.
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
                .then(|| Self::at(Place::File(archive.into())).member(member))
        });
        found.unwrap_or(self)
    }

    /// The file's path, where it is one on its own.
    pub fn as_file(&self) -> Option<&Path> {
        match &self.place {
            Place::File(path) if self.member.is_none() => Some(path),
            _ => None,
        }
    }

    /// The name without folders, such as `answers.csv`, or `export.zip:answers.csv`.
    pub fn name(&self) -> String {
        let name = match &self.place {
            Place::File(path) => path
                .file_name()
                .unwrap_or(path.as_os_str())
                .to_string_lossy()
                .into_owned(),
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

    /// The path that a file of its rejected rows is named after and put beside: that of the file
    /// itself, else one in the folder of the archive, else one in the current folder.
    pub fn local_path(&self) -> PathBuf {
        let beside = match &self.place {
            Place::File(path) => path.clone(),
            Place::StandardInput => PathBuf::from("standard-input"),
            Place::Object(_) => PathBuf::from(Self::at(self.place.clone()).name()),
        };
        match &self.member {
            None => beside,
            Some(member) => {
                let archive = beside.file_stem().unwrap_or_default().to_string_lossy();
                let name = member.replace(['/', '\\', ':'], "-");
                beside.with_file_name(format!("{archive}-{name}"))
            }
        }
    }
}

/// The key of an object, as people write it.
pub fn key(url: &Url) -> String {
    let path = url.path().trim_start_matches('/');
    object_store::path::Path::from_url_path(path).map_or_else(
        |_| path.to_owned(),
        |decoded| match path.ends_with('/') && !decoded.as_ref().is_empty() {
            true => format!("{decoded}/"),
            false => decoded.to_string(),
        },
    )
}

/// The object's path in its store.
pub fn store_path(url: &Url) -> Result<object_store::path::Path> {
    object_store::path::Path::from_url_path(url.path())
        .map_err(|error| Error::invalid(format!("{error}")).at(url))
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::File(path) => write!(f, "{}", path.display())?,
            Place::StandardInput => write!(f, "standard input")?,
            Place::Object(url) => write!(
                f,
                "{}://{}/{}",
                url.scheme(),
                url.host_str().unwrap_or_default(),
                key(url)
            )?,
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
    fn what_a_person_writes_is_shown_again() {
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
