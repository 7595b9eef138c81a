//! Checksums of files while they are written.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use object_store::path::Path;
use object_store::{
    MultipartUpload, ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
    UploadPart,
};

use super::blocks::{Checksums, Summing};
use crate::lake::storage::layer::Layer;

/// Computes the checksums of what is written.
#[derive(Clone, Debug)]
pub(in crate::lake) struct SummedWrites {
    store: Arc<dyn ObjectStore>,
    written: Arc<Mutex<HashMap<Path, Checksums>>>,
}

impl SummedWrites {
    pub(in crate::lake) fn new(store: Arc<dyn ObjectStore>) -> Self {
        Self {
            store,
            written: Arc::default(),
        }
    }

    /// The checksums of a file that was written.
    pub(in crate::lake) fn checksums(&self, location: &Path) -> Option<Checksums> {
        let written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        written.get(location).cloned()
    }

    fn add(&self, location: Path, summing: Summing) {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        written.insert(location, summing.finish());
    }
}

#[async_trait]
impl Layer for SummedWrites {
    fn store(&self) -> &dyn ObjectStore {
        &self.store
    }

    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        let mut summing = Summing::default();
        payload.iter().for_each(|bytes| summing.update(bytes));
        let result = self.store.put_opts(location, payload, options).await?;
        self.add(location.clone(), summing);
        Ok(result)
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        Ok(Box::new(Upload {
            upload: self.store.put_multipart_opts(location, options).await?,
            location: location.clone(),
            summing: Summing::default(),
            writes: self.clone(),
        }))
    }
}

#[derive(Debug)]
struct Upload {
    upload: Box<dyn MultipartUpload>,
    location: Path,
    summing: Summing,
    writes: SummedWrites,
}

#[async_trait]
impl MultipartUpload for Upload {
    /// Parts are passed in the order of the file, and may be sent in any.
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        data.iter().for_each(|bytes| self.summing.update(bytes));
        self.upload.put_part(data)
    }

    async fn complete(&mut self) -> Result<PutResult> {
        let result = self.upload.complete().await?;
        let summing = std::mem::take(&mut self.summing);
        self.writes.add(self.location.clone(), summing);
        Ok(result)
    }

    async fn abort(&mut self) -> Result<()> {
        self.upload.abort().await
    }
}
