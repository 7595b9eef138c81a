//! A bucket whose errors say which bucket it is.

use std::fmt;

use async_trait::async_trait;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{
    CopyOptions, Error as StoreError, GetOptions, GetResult, GetResultPayload, ListResult,
    MultipartUpload, ObjectMeta, ObjectStore, PutMultipartOptions, PutOptions, PutPayload,
    PutResult, Result, UploadPart,
};

use crate::error::{Error, Place};

/// An S3 bucket.
///
/// The errors of `object_store` name the key at best; the bucket and the endpoint are known
/// here, so here an error is put in a person's words. Its kind stays what callers rely on.
#[derive(Debug)]
pub(super) struct Bucket<S> {
    place: Place,
    store: S,
}

impl<S> Bucket<S> {
    pub(super) fn new(name: &str, endpoint: Option<String>, store: S) -> Self {
        Self {
            place: Place {
                bucket: format!("s3://{name}"),
                endpoint,
            },
            store,
        }
    }
}

impl<S: fmt::Display> fmt::Display for Bucket<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.store.fmt(f)
    }
}

/// Puts what went wrong in words, as the source of an error of the same kind.
fn told(place: &Place, error: StoreError) -> StoreError {
    tracing::debug!(bucket = place.bucket, %error, "a request failed");
    match error {
        // Asked for and answered: no failures.
        StoreError::AlreadyExists { .. }
        | StoreError::Precondition { .. }
        | StoreError::NotModified { .. } => error,
        error => {
            let path = match &error {
                StoreError::NotFound { path, .. }
                | StoreError::PermissionDenied { path, .. }
                | StoreError::Unauthenticated { path, .. } => path.clone(),
                _ => String::new(),
            };
            let is_missing = matches!(error, StoreError::NotFound { .. });
            let source = Error::of_bucket(place, error);
            let source = Box::new(source);
            if is_missing {
                StoreError::NotFound { path, source }
            } else if source.is_access() {
                StoreError::PermissionDenied { path, source }
            } else {
                StoreError::Generic {
                    store: "S3",
                    source,
                }
            }
        }
    }
}

#[async_trait]
impl<S: ObjectStore> ObjectStore for Bucket<S> {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        self.store
            .put_opts(location, payload, options)
            .await
            .map_err(|error| told(&self.place, error))
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        match self.store.put_multipart_opts(location, options).await {
            Ok(upload) => Ok(Box::new(Upload {
                place: self.place.clone(),
                upload,
            })),
            Err(error) => Err(told(&self.place, error)),
        }
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        let mut result = self
            .store
            .get_opts(location, options)
            .await
            .map_err(|error| told(&self.place, error))?;
        if let GetResultPayload::Stream(stream) = result.payload {
            let place = self.place.clone();
            let stream = stream.map_err(move |error| told(&place, error));
            result.payload = GetResultPayload::Stream(stream.boxed());
        }
        Ok(result)
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        let place = self.place.clone();
        self.store
            .delete_stream(locations)
            .map_err(move |error| told(&place, error))
            .boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        let place = self.place.clone();
        self.store
            .list(prefix)
            .map_err(move |error| told(&place, error))
            .boxed()
    }

    fn list_with_offset(
        &self,
        prefix: Option<&Path>,
        offset: &Path,
    ) -> BoxStream<'static, Result<ObjectMeta>> {
        let place = self.place.clone();
        self.store
            .list_with_offset(prefix, offset)
            .map_err(move |error| told(&place, error))
            .boxed()
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.store
            .list_with_delimiter(prefix)
            .await
            .map_err(|error| told(&self.place, error))
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.store
            .copy_opts(from, to, options)
            .await
            .map_err(|error| told(&self.place, error))
    }
}

#[derive(Debug)]
struct Upload {
    place: Place,
    upload: Box<dyn MultipartUpload>,
}

#[async_trait]
impl MultipartUpload for Upload {
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        let place = self.place.clone();
        let part = self.upload.put_part(data);
        Box::pin(async move { part.await.map_err(|error| told(&place, error)) })
    }

    async fn complete(&mut self) -> Result<PutResult> {
        let completed = self.upload.complete().await;
        completed.map_err(|error| told(&self.place, error))
    }

    async fn abort(&mut self) -> Result<()> {
        let aborted = self.upload.abort().await;
        aborted.map_err(|error| told(&self.place, error))
    }
}
