//! An S3 bucket whose errors name the bucket, and whose lists are whole.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt, stream};
use object_store::client::HttpError;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error as StoreError, GetOptions, GetResult, GetResultPayload, ListResult,
    MultipartUpload, ObjectMeta, ObjectStore, ObjectStoreExt, PutMode, PutMultipartOptions,
    PutOptions, PutPayload, PutResult, Result, UploadPart,
};

use crate::error::{BucketAddress, Error};

/// The maximum number of truncated answers in a row that a list continues after.
const CUT_ANSWERS_MAX: usize = 5;

/// An S3 bucket.
///
/// The errors of `object_store` name the key at best. The bucket and the endpoint are known here, so
/// errors get their readable messages here. Their kind stays, since callers rely on it.
#[derive(Debug)]
pub(super) struct Bucket<S> {
    address: BucketAddress,
    store: Arc<S>,
}

impl<S> Bucket<S> {
    pub(super) fn new(name: &str, endpoint: Option<String>, store: S) -> Self {
        let store = Arc::new(store);
        Self {
            address: BucketAddress {
                bucket: format!("s3://{name}"),
                endpoint,
            },
            store,
        }
    }

    /// True if an object has exactly this content.
    async fn has(&self, location: &Path, content: &PutPayload) -> bool
    where
        S: ObjectStore,
    {
        let Ok(found) = self.store.get(location).await else {
            return false;
        };
        found
            .bytes()
            .await
            .is_ok_and(|found| found == Bytes::from(content.clone()))
    }

    /// A function that gives errors their readable messages.
    fn explain(&self) -> impl Fn(StoreError) -> StoreError + Send + 'static + use<S> {
        let address = self.address.clone();
        move |error| explain(&address, error)
    }
}

impl<S: fmt::Display> fmt::Display for Bucket<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.store.fmt(f)
    }
}

/// Wraps an error with its readable message as the source of an error of the same kind.
fn explain(address: &BucketAddress, error: StoreError) -> StoreError {
    tracing::debug!(bucket = address.bucket, %error, "a request failed");
    let path = match &error {
        // Answers that the caller expects, not failures.
        StoreError::AlreadyExists { .. }
        | StoreError::Precondition { .. }
        | StoreError::NotModified { .. } => return error,
        StoreError::NotFound { path, .. }
        | StoreError::PermissionDenied { path, .. }
        | StoreError::Unauthenticated { path, .. } => path.clone(),
        _ => String::new(),
    };
    let is_missing = matches!(error, StoreError::NotFound { .. });
    let source = Box::new(Error::from_bucket(address, error));
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

/// True if an answer ended too early. `object_store` repeats requests, but not where the body of an answer
/// breaks off.
fn is_cut(error: &StoreError) -> bool {
    match error {
        StoreError::Generic { source, .. } => {
            source.source().is_some_and(|cause| cause.is::<HttpError>())
        }
        _ => false,
    }
}

/// The objects below a prefix in the order of their keys. Where an answer is cut, the list goes on after the
/// last object.
struct Listing<S> {
    store: Arc<S>,
    prefix: Option<Path>,
    last: Option<Path>,
    listed: BoxStream<'static, Result<ObjectMeta>>,
    cut_answers: usize,
}

impl<S: ObjectStore> Listing<S> {
    fn stream(
        store: &Arc<S>,
        prefix: Option<&Path>,
        after: Option<&Path>,
    ) -> BoxStream<'static, Result<ObjectMeta>> {
        let listing = Self {
            store: Arc::clone(store),
            prefix: prefix.cloned(),
            last: after.cloned(),
            listed: stream::empty().boxed(),
            cut_answers: 0,
        };
        stream::try_unfold(listing.begin(), Self::next).boxed()
    }

    fn begin(mut self) -> Self {
        let prefix = self.prefix.as_ref();
        self.listed = match &self.last {
            Some(last) => self.store.list_with_offset(prefix, last),
            None => self.store.list(prefix),
        };
        self
    }

    async fn next(mut self) -> Result<Option<(ObjectMeta, Self)>> {
        loop {
            match self.listed.next().await {
                None => return Ok(None),
                Some(Ok(object)) => {
                    self.last = Some(object.location.clone());
                    self.cut_answers = 0;
                    return Ok(Some((object, self)));
                }
                Some(Err(error)) if is_cut(&error) && self.cut_answers < CUT_ANSWERS_MAX => {
                    tracing::info!(%error, "a list goes on where its answer was cut");
                    self.cut_answers += 1;
                    self = self.begin();
                }
                Some(Err(error)) => return Err(error),
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
        // The answer to a request may be lost after the object was created, and the request that follows
        // is told that there is one.
        let created = (options.mode == PutMode::Create).then(|| payload.clone());
        let error = match self.store.put_opts(location, payload, options).await {
            Ok(put) => return Ok(put),
            Err(error) => error,
        };
        match created {
            Some(sent) if self.has(location, &sent).await => {
                tracing::info!(%location, %error, "the object was created nevertheless");
                Ok(PutResult {
                    e_tag: None,
                    version: None,
                })
            }
            _ => Err(self.explain()(error)),
        }
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        let upload = self.store.put_multipart_opts(location, options).await;
        Ok(Box::new(Upload {
            address: self.address.clone(),
            upload: upload.map_err(self.explain())?,
        }))
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        let result = self.store.get_opts(location, options).await;
        let mut result = result.map_err(self.explain())?;
        if let GetResultPayload::Stream(stream) = result.payload {
            let stream = stream.map_err(self.explain());
            result.payload = GetResultPayload::Stream(stream.boxed());
        }
        Ok(result)
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        let deleted = self.store.delete_stream(locations);
        deleted.map_err(self.explain()).boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        let listed = Listing::stream(&self.store, prefix, None);
        listed.map_err(self.explain()).boxed()
    }

    fn list_with_offset(
        &self,
        prefix: Option<&Path>,
        offset: &Path,
    ) -> BoxStream<'static, Result<ObjectMeta>> {
        let listed = Listing::stream(&self.store, prefix, Some(offset));
        listed.map_err(self.explain()).boxed()
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        let mut cut_answers = 0;
        loop {
            match self.store.list_with_delimiter(prefix).await {
                Err(error) if is_cut(&error) && cut_answers < CUT_ANSWERS_MAX => cut_answers += 1,
                listed => return listed.map_err(self.explain()),
            }
        }
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        let copied = self.store.copy_opts(from, to, options).await;
        copied.map_err(self.explain())
    }
}

#[derive(Debug)]
struct Upload {
    address: BucketAddress,
    upload: Box<dyn MultipartUpload>,
}

#[async_trait]
impl MultipartUpload for Upload {
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        let address = self.address.clone();
        let part = self.upload.put_part(data);
        Box::pin(async move { part.await.map_err(|error| explain(&address, error)) })
    }

    async fn complete(&mut self) -> Result<PutResult> {
        let completed = self.upload.complete().await;
        completed.map_err(|error| explain(&self.address, error))
    }

    async fn abort(&mut self) -> Result<()> {
        let aborted = self.upload.abort().await;
        aborted.map_err(|error| explain(&self.address, error))
    }
}
