//! The local file system. Every write is on disk before it returns, and the files of the lake are readable by
//! their owner alone.

use std::fs::File;
use std::io::ErrorKind;
use std::path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, MultipartUpload, ObjectStore, PutMode, PutMultipartOptions, PutOptions,
    PutPayload, PutResult, Result, UploadPart,
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

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.store.copy_opts(from, to, options).await?;
        self.sync_name(to).await
    }
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
