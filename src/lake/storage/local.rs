//! The local file system. Every write is on disk before it returns, and the files of the lake are readable by
//! their owner alone.

use std::fs::File;
use std::io::ErrorKind;
use std::path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryFutureExt};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, MultipartUpload, ObjectMeta, ObjectStore, ObjectStoreExt, PutMode,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result, UploadPart,
};

use super::layer::{Layer, Layered};
use super::staged::{self, Staged};

/// The folder of a lake for files that are being written.
const STAGING: &str = "staging";

/// `object_store`'s local file system gives a file its name before its bytes are on disk, so that a power cut
/// could leave a commit without content, or lose an import that was already reported; and it creates files
/// that everybody can read.
#[derive(Clone, Debug)]
pub(super) struct LocalFiles {
    store: Arc<LocalFileSystem>,
    /// The folder whose files are private.
    lake: Option<Path>,
    /// Files that killed processes left were removed.
    is_swept: Arc<AtomicBool>,
}

impl LocalFiles {
    /// The local file system, with the folder whose files are private.
    pub(super) fn layered(lake: Option<Path>) -> Layered<Self> {
        Layered(Self {
            store: Arc::new(LocalFileSystem::new()),
            lake,
            is_swept: Arc::default(),
        })
    }

    /// The folder to write a file in before it gets its name, if it is one of the lake's.
    fn staging(&self, location: &Path) -> Result<Option<path::PathBuf>> {
        match &self.lake {
            Some(lake) if location.prefix_matches(lake) => Ok(Some(
                self.store.path_to_filesystem(&lake.clone().join(STAGING))?,
            )),
            _ => Ok(None),
        }
    }

    /// Begins a file of the lake.
    fn stage(&self, staging: &path::Path) -> Result<Staged> {
        if !self.is_swept.swap(true, Ordering::Relaxed) {
            staged::sweep(staging);
        }
        Staged::create(staging).map_err(|error| generic(staging, error))
    }

    /// Waits until the name of a file is on disk.
    async fn sync_name(&self, location: &Path) -> Result<()> {
        let path = self.store.path_to_filesystem(location)?;
        blocking(move || {
            let file = File::open(&path).and_then(|file| file.sync_all());
            file.and_then(|()| staged::sync_folder_of(&path))
                .map_err(|error| generic(&path, error))
        })
        .await
    }
}

async fn blocking<T: Send + 'static>(
    action: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(action).await?
}

/// The error of an operation on a file.
fn generic(path: &path::Path, error: std::io::Error) -> Error {
    let message = format!("{}: {error}", path.display());
    Error::Generic {
        store: "LocalFileSystem",
        source: Box::new(std::io::Error::new(error.kind(), message)),
    }
}

/// Gives a file its name.
fn publish(
    file: Staged,
    path: &path::Path,
    location: &Path,
    overwrites: bool,
) -> Result<PutResult> {
    match file.publish(path, overwrites) {
        Ok(()) => Ok(PutResult {
            e_tag: None,
            version: None,
        }),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(Error::AlreadyExists {
            path: location.to_string(),
            source: Box::new(error),
        }),
        Err(error) => Err(generic(path, error)),
    }
}

#[async_trait]
impl Layer for LocalFiles {
    fn store(&self) -> &dyn ObjectStore {
        &self.store
    }

    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        let overwrites = match options.mode {
            PutMode::Overwrite => true,
            PutMode::Create => false,
            // It has none, and says so.
            PutMode::Update(_) => return self.store.put_opts(location, payload, options).await,
        };
        let Some(staging) = self.staging(location)? else {
            let result = self.store.put_opts(location, payload, options).await?;
            self.sync_name(location).await?;
            return Ok(result);
        };
        let path = self.store.path_to_filesystem(location)?;
        let (files, location) = (self.clone(), location.clone());
        blocking(move || {
            let mut file = files.stage(&staging)?;
            file.write_at(0, &payload)
                .map_err(|error| generic(&path, error))?;
            publish(file, &path, &location, overwrites)
        })
        .await
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        let Some(staging) = self.staging(location)? else {
            return Ok(Box::new(Upload {
                files: self.clone(),
                location: location.clone(),
                upload: self.store.put_multipart_opts(location, options).await?,
            }));
        };
        let files = self.clone();
        let file = blocking(move || files.stage(&staging)).await?;
        Ok(Box::new(StagedUpload {
            path: self.store.path_to_filesystem(location)?,
            location: location.clone(),
            file: Some(Arc::new(Mutex::new(file))),
            bytes: 0,
        }))
    }

    fn list_with_offset(
        &self,
        prefix: Option<&Path>,
        offset: &Path,
    ) -> BoxStream<'static, Result<ObjectMeta>> {
        let (store, offset) = (Arc::clone(&self.store), offset.clone());
        let folder = prefix.cloned().unwrap_or_default();
        let listed = async move {
            let Some(files) = files_behind(&store, &folder, &offset).await? else {
                return Ok(store.list_with_offset(Some(&folder), &offset));
            };
            let found = stream::iter(files).filter_map(move |file| {
                let store = Arc::clone(&store);
                async move {
                    match store.head(&file).await {
                        // It was removed since.
                        Err(Error::NotFound { .. }) => None,
                        found => Some(found),
                    }
                }
            });
            Ok(found.boxed())
        };
        listed.try_flatten_stream().boxed()
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.store.copy_opts(from, to, options).await?;
        self.sync_name(to).await
    }
}

/// The files of a folder with names behind that of `offset`, in order. `object_store` makes a URL of each name
/// before it compares them, which takes longer with each commit in the log of a table. Returns `None` for what
/// is no flat folder of plain names.
async fn files_behind(
    store: &LocalFileSystem,
    folder: &Path,
    offset: &Path,
) -> Result<Option<Vec<Path>>> {
    let mut parts = offset.prefix_match(folder).into_iter().flatten();
    let (Some(first), None) = (parts.next(), parts.next()) else {
        return Ok(None);
    };
    let first = first.as_ref().to_owned();
    let path = store.path_to_filesystem(folder)?;
    let names =
        blocking(move || names_behind(&path, &first).map_err(|error| generic(&path, error)));
    let names = names.await?;
    Ok(names.map(|names| {
        names
            .iter()
            .map(|name| folder.clone().join(name.as_str()))
            .collect()
    }))
}

fn names_behind(folder: &path::Path, first: &str) -> std::io::Result<Option<Vec<String>>> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Some(Vec::new())),
        Err(error) => return Err(error),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry?;
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        match entry.file_name().into_string() {
            Ok(name) if name.bytes().all(is_plain) && entry.file_type()?.is_file() => {
                if *name > *first {
                    names.push(name);
                }
            }
            _ => return Ok(None),
        }
    }
    names.sort_unstable();
    Ok(Some(names))
}

/// An upload of a file of the lake.
#[derive(Debug)]
struct StagedUpload {
    path: path::PathBuf,
    location: Path,
    /// `None` at the end.
    file: Option<Arc<Mutex<Staged>>>,
    /// Bytes of the parts so far.
    bytes: u64,
}

#[async_trait]
impl MultipartUpload for StagedUpload {
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        let (file, path) = (self.file.clone(), self.path.clone());
        let offset = self.bytes;
        self.bytes += data.content_length() as u64;
        Box::pin(blocking(move || {
            let Some(file) = file else {
                return Err(ended(&path));
            };
            let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
            file.write_at(offset, &data)
                .map_err(|error| generic(&path, error))
        }))
    }

    async fn complete(&mut self) -> Result<PutResult> {
        let file = self.file.take().and_then(Arc::into_inner);
        let (path, location) = (self.path.clone(), self.location.clone());
        blocking(move || {
            let file = file.ok_or_else(|| ended(&path))?;
            let file = file.into_inner().unwrap_or_else(PoisonError::into_inner);
            publish(file, &path, &location, true)
        })
        .await
    }

    async fn abort(&mut self) -> Result<()> {
        self.file = None;
        Ok(())
    }
}

/// The error for a use of an upload that was completed or aborted, or has parts that are not written.
fn ended(path: &path::Path) -> Error {
    generic(path, std::io::Error::other("the upload has ended"))
}

/// An upload of a file outside the lake.
#[derive(Debug)]
struct Upload {
    files: LocalFiles,
    location: Path,
    upload: Box<dyn MultipartUpload>,
}

#[async_trait]
impl MultipartUpload for Upload {
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        self.upload.put_part(data)
    }

    async fn complete(&mut self) -> Result<PutResult> {
        let result = self.upload.complete().await?;
        self.files.sync_name(&self.location).await?;
        Ok(result)
    }

    async fn abort(&mut self) -> Result<()> {
        self.upload.abort().await
    }
}

#[cfg(test)]
mod tests {
    use futures::TryStreamExt;

    use super::*;

    #[tokio::test]
    async fn files_are_listed_as_by_the_store_below() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            std::fs::write(path, name).expect("a file");
        };
        for name in ["00.json", "01.json", "01.checkpoint.parquet", "_last"] {
            write(&format!("flat/{name}"));
            write(&format!("deep/{name}"));
            write(&format!("odd/{name}"));
        }
        write("deep/01/a");
        write("odd/a b");
        let store = LocalFileSystem::new();
        let root = Path::from_absolute_path(folder.path()).expect("a path");
        let files = LocalFiles::layered(None);
        for listed in ["flat", "deep", "odd", "missing"] {
            let listed = root.clone().join(listed);
            for offset in ["", "00.json", "01", "01.json", "01/a", "_last", "a"] {
                let parts = offset.split('/').filter(|part| !part.is_empty());
                let offset = parts.fold(listed.clone(), |path, part| path.join(part));
                let list = async |store: &dyn ObjectStore| {
                    let files = store.list_with_offset(Some(&listed), &offset);
                    let mut files: Vec<_> = files.try_collect().await.expect("a list");
                    files.sort_unstable_by(|one, other| one.location.cmp(&other.location));
                    files
                };
                assert_eq!(
                    list(&files).await,
                    list(&store).await,
                    "{listed} from {offset}"
                );
            }
        }
    }
}
