//! The local file system. Every write is synced to disk before it returns, and the files of the lake are
//! readable by their owner alone.

use std::fs::{self, File};
use std::io;
use std::path;
use std::sync::Arc;

use async_trait::async_trait;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, MultipartUpload, ObjectStore, PutMultipartOptions, PutOptions, PutPayload,
    PutResult, Result, UploadPart,
};

use super::layer::{Layer, Layered};
use crate::privacy::keys::create_private_folder;

/// `object_store`'s local file system lets the operating system decide when bytes reach the disk, so
/// a power cut could lose an import that was already reported; and it creates files that everybody can
/// read.
#[derive(Clone, Debug)]
pub(super) struct LocalFiles {
    store: Arc<LocalFileSystem>,
    /// The folder whose files are private.
    lake: Option<Path>,
}

impl LocalFiles {
    /// The local file system, with the folder whose files are private.
    pub(super) fn layered(lake: Option<Path>) -> Layered<Self> {
        Layered(Self {
            store: Arc::new(LocalFileSystem::new()),
            lake,
        })
    }

    fn is_private(&self, location: &Path) -> bool {
        self.lake
            .as_ref()
            .is_some_and(|lake| location.prefix_matches(lake))
    }

    /// Creates the folder of a file.
    async fn prepare(&self, location: &Path) -> Result<()> {
        if !self.is_private(location) {
            return Ok(());
        }
        let path = self.store.path_to_filesystem(location)?;
        blocking(move || match path.parent() {
            Some(folder) if !folder.is_dir() => create_private_folder(folder),
            _ => Ok(()),
        })
        .await
    }

    /// Waits until a file and its name are on disk.
    async fn finish(&self, location: &Path) -> Result<()> {
        let path = self.store.path_to_filesystem(location)?;
        let is_private = self.is_private(location);
        blocking(move || finish_file(&path, is_private)).await
    }
}

async fn blocking(action: impl FnOnce() -> io::Result<()> + Send + 'static) -> Result<()> {
    tokio::task::spawn_blocking(action)
        .await?
        .map_err(|error| Error::Generic {
            store: "LocalFileSystem",
            source: Box::new(error),
        })
}

fn finish_file(path: &path::Path, is_private: bool) -> io::Result<()> {
    let file = File::open(path)?;
    #[cfg(unix)]
    if is_private {
        use std::os::unix::fs::PermissionsExt;
        file.set_permissions(fs::Permissions::from_mode(0o600))?;
    }
    #[cfg(not(unix))]
    let _ = is_private;
    file.sync_all()?;
    // The name is an entry of the folder. Only Unix can open a folder.
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
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
        self.prepare(location).await?;
        let result = self.store.put_opts(location, payload, options).await?;
        self.finish(location).await?;
        Ok(result)
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.prepare(location).await?;
        Ok(Box::new(Upload {
            files: self.clone(),
            location: location.clone(),
            upload: self.store.put_multipart_opts(location, options).await?,
        }))
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.prepare(to).await?;
        self.store.copy_opts(from, to, options).await?;
        self.finish(to).await
    }
}

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
        self.files.finish(&self.location).await?;
        Ok(result)
    }

    async fn abort(&mut self) -> Result<()> {
        self.upload.abort().await
    }
}
