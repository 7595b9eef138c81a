//! The location of a lake: a folder or an object-store URL.

use std::fmt;
use std::path::{Component, Path, PathBuf};

use exports::text::without_users;
use url::Url;

use crate::error::{Error, Result};

/// The root of a lake: as a URL that ends in a slash, and as the person wrote it.
#[derive(Clone, Debug)]
pub(crate) struct Location {
    url: Url,
    display: String,
}

/// Refuses keys in a URL: they would be in errors, logs and the names of files.
pub(super) fn check_user(url: &Url) -> Result<()> {
    if url.username().is_empty() && url.password().is_none() {
        return Ok(());
    }
    let shown = without_users(url.as_str()).into_owned();
    Err(
        Error::invalid(format!("{shown}: the URL has a user name or a key")).with_hint(
            "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and remove it from the URL",
        ),
    )
}

impl Location {
    /// Parses a path (relative, absolute, Windows) or a URL.
    pub(crate) fn parse(uri: &str) -> Result<Self> {
        if uri.trim().is_empty() {
            return Err(Error::invalid("the lake location is empty")
                .with_hint("name a folder or a URL such as s3://bucket/prefix"));
        }
        let mut url = match Url::parse(uri) {
            // A single letter is a drive, not a scheme.
            Ok(url) if url.scheme().len() > 1 && uri.contains("://") => url,
            _ => return Self::from_path(Path::new(uri), uri),
        };
        if url.scheme() == "file" {
            let path = url
                .to_file_path()
                .map_err(|()| Error::invalid(format!("{uri}: not a valid file URL")))?;
            return Self::from_path(&path, uri);
        }
        if url.scheme() == "s3a" {
            return Self::parse(&uri.replacen("s3a://", "s3://", 1));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(Error::invalid(format!(
                "{uri}: a lake URL must not have a query or fragment"
            )));
        }
        check_user(&url)?;
        check_characters(uri, url.path())?;
        if !url.path().ends_with('/') {
            url.set_path(&format!("{}/", url.path()));
        }
        Ok(Self {
            url,
            display: uri.to_owned(),
        })
    }

    fn from_path(path: &Path, display: &str) -> Result<Self> {
        let absolute = std::path::absolute(path).map_err(|error| Error::io(display, error))?;
        // `absolute` keeps `..`, which object-store paths cannot contain.
        let mut clean = PathBuf::new();
        for component in absolute.components() {
            if component == Component::ParentDir {
                clean.pop();
            } else {
                clean.push(component);
            }
        }
        check_characters(display, &clean.to_string_lossy())?;
        let url = Url::from_directory_path(&clean)
            .map_err(|()| Error::invalid(format!("{display}: not a valid path")))?;
        Ok(Self {
            url,
            display: display.to_owned(),
        })
    }

    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    /// The URL of a folder below the root.
    pub(crate) fn join(&self, folder: &str) -> Url {
        self.url
            .join(&format!("{folder}/"))
            .expect("a fixed folder name joins any base URL")
    }

    /// The path of the root inside the store of local files, `None` for a lake elsewhere.
    pub(crate) fn folder(&self) -> Result<Option<object_store::path::Path>> {
        (self.url.scheme() == "file")
            .then(|| self.store_path())
            .transpose()
    }

    /// The path of the root inside its object store.
    pub(crate) fn store_path(&self) -> Result<object_store::path::Path> {
        object_store::path::Path::from_url_path(self.url.path())
            .map_err(|error| Error::invalid(format!("{self}: {error}")))
    }
}

/// Refuses characters that delta-rs and its kernel misread: they parse a table's path as a host name
/// and decode percent signs twice.
fn check_characters(location: &str, path: &str) -> Result<()> {
    let decodes_again = |(offset, _): (usize, &str)| {
        let digits = path.as_bytes().get(offset + 1..offset + 3);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    let is_url = location.contains("://") && !location.starts_with("file:");
    let bad = path
        .chars()
        .find(|c| ['[', ']', '^', '|', '\\'].contains(c))
        .or_else(|| (!is_url && path.match_indices('%').any(decodes_again)).then_some('%'));
    match bad {
        None => Ok(()),
        Some(_) if cfg!(windows) && bad == Some('\\') => Ok(()),
        Some(c) => Err(Error::invalid(format!(
            "{location}: the path of a lake must not contain {c}"
        ))
        .with_hint("choose another folder")),
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.display)
    }
}

/// A path in the store of a URL as a person writes it.
pub(super) fn place_in_store(url: &Url, path: &object_store::path::Path) -> String {
    let mut root = url.clone();
    root.set_path("/");
    display(&root, path.as_ref())
}

/// A path below `root` as a person writes it.
pub(super) fn display(root: &Url, path: &str) -> String {
    match root.to_file_path() {
        Ok(root) => root.join(path).display().to_string(),
        Err(()) => format!("{root}{path}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_folder_urls() {
        let location = Location::parse("/tmp/my lake/../ä#1").unwrap();
        assert_eq!(location.url().as_str(), "file:///tmp/%C3%A4%231/");
        assert_eq!(location.store_path().unwrap().as_ref(), "tmp/ä#1");
        assert_eq!(
            location.join("responses").as_str(),
            "file:///tmp/%C3%A4%231/responses/"
        );
    }

    #[test]
    fn object_store_urls_end_in_a_slash() {
        for uri in ["s3://bucket/a/b", "s3://bucket/a/b/", "s3a://bucket/a/b"] {
            let location = Location::parse(uri).unwrap();
            assert_eq!(location.url().as_str(), "s3://bucket/a/b/");
        }
        assert!(Location::parse(" ").is_err());
        assert!(Location::parse("s3://bucket/a?x=1").is_err());
    }

    #[test]
    fn paths_that_delta_would_misread_are_refused() {
        for path in ["/tmp/dir[1]/lake", "/tmp/a%20b", "/tmp/a|b", "/tmp/a^b"] {
            assert!(Location::parse(path).is_err(), "{path}");
        }
        assert!(Location::parse("/tmp/100% sure").is_ok());
        assert!(Location::parse("s3://bucket/a%20b").is_ok());
    }
}
