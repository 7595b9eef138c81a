//! Files on web servers, which can be read and not listed.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpRequest, HttpRequestBody, HttpResponse,
};
use object_store::path::Path;
use object_store::{
    Attributes, ClientOptions, CopyOptions, Error, GetOptions, GetRange, GetResult,
    GetResultPayload, ListResult, MultipartUpload, ObjectMeta, ObjectStore, PutMultipartOptions,
    PutOptions, PutPayload, PutResult, Result,
};
use url::{Position, Url};

use super::http::StallTimeoutConnector;
use super::requests::Requests;
use crate::error;

/// The files of a web server. The query of a URL is part of the path.
#[derive(Debug)]
pub(super) struct WebFiles {
    /// Scheme and host, without a slash at the end.
    server: String,
    client: HttpClient,
}

impl WebFiles {
    pub(super) fn new(url: &Url, requests: &Arc<Requests>) -> Result<Self> {
        let options = ClientOptions::new().with_allow_http(true);
        Ok(Self {
            server: url[..Position::BeforePath].to_owned(),
            client: StallTimeoutConnector::new(requests).connect(&options)?,
        })
    }

    fn url(&self, location: &Path) -> String {
        format!("{}/{location}", self.server)
    }

    /// Requests a file, or `range` of it.
    async fn get(&self, location: &Path, range: Option<Range<u64>>) -> Result<HttpResponse> {
        let url = self.url(location);
        let invalid = |reason: String| {
            generic(error::Error::invalid(format!("{url}: {reason}")).with_hint("check the URL"))
        };
        // Spaces and the like are written as they are in a quoted name.
        let parsed = Url::parse(&url).map_err(|error| invalid(error.to_string()))?;
        let mut request = HttpRequest::new(HttpRequestBody::empty());
        *request.uri_mut() = parsed
            .as_str()
            .parse()
            .map_err(|_| invalid("is not a URL".to_owned()))?;
        if let Some(range) = &range {
            let bytes = format!("bytes={}-{}", range.start, range.end.saturating_sub(1));
            let bytes = bytes.parse().expect("digits are a valid header");
            request.headers_mut().insert("range", bytes);
        }
        let response = self.client.execute(request).await;
        let response = response.map_err(|error| unreachable(&url, &error))?;
        match response.status().as_u16() {
            200 | 206 => Ok(response),
            404 | 410 => Err(Error::NotFound {
                path: url.clone(),
                source: Box::new(
                    error::Error::not_found(format!("{url}: no such file"))
                        .with_hint("check the URL"),
                ),
            }),
            401 | 403 => Err(Error::PermissionDenied {
                path: url.clone(),
                source: Box::new(
                    error::Error::forbidden(format!(
                        "{url}: access denied ({})",
                        response.status()
                    ))
                    .with_hint("use a URL that needs no sign-in, or download the file"),
                ),
            }),
            _ => Err(generic(
                error::Error::unreachable(format!(
                    "{url}: the server answered {}",
                    response.status()
                ))
                .with_hint("try again later, or download the file"),
            )),
        }
    }

    /// The file's metadata. A server may not support HEAD, nor a signed URL: requests one byte.
    async fn describe(&self, location: &Path) -> Result<ObjectMeta> {
        let response = self.get(location, Some(0..1)).await?;
        let size = total_bytes(&response);
        let size = match size {
            Some(size) => size,
            // The length is only known at the end.
            None => collect(response, &self.url(location)).await?.len() as u64,
        };
        Ok(meta(location, size))
    }
}

/// The size of the whole file, if the headers state it.
fn total_bytes(response: &HttpResponse) -> Option<u64> {
    let header = |name: &str| response.headers().get(name)?.to_str().ok();
    if response.status().as_u16() == 206 {
        header("content-range")?.rsplit_once('/')?.1.parse().ok()
    } else {
        header("content-length")?.parse().ok()
    }
}

fn meta(location: &Path, size: u64) -> ObjectMeta {
    ObjectMeta {
        location: location.clone(),
        // Nothing depends on it; a server need not state it.
        last_modified: DateTime::<Utc>::UNIX_EPOCH,
        size,
        e_tag: None,
        version: None,
    }
}

async fn collect(response: HttpResponse, url: &str) -> Result<Bytes> {
    let chunks = response.into_body().bytes_stream();
    let chunks: Vec<Bytes> = chunks
        .try_collect()
        .await
        .map_err(|error| unreachable(url, &error))?;
    Ok(chunks.concat().into())
}

fn unreachable(url: &str, error: &HttpError) -> Error {
    tracing::debug!(url, %error, "a request failed");
    let message = format!("{url}: the server could not be reached");
    generic(error::Error::unreachable(message).with_hint("check the URL and the network"))
}

fn generic(error: error::Error) -> Error {
    Error::Generic {
        store: "web",
        source: Box::new(error),
    }
}

fn read_only() -> Error {
    generic(
        error::Error::invalid("web servers are read-only")
            .with_hint("write to a file or to an s3:// URL"),
    )
}

impl fmt::Display for WebFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.server)
    }
}

#[async_trait]
impl ObjectStore for WebFiles {
    async fn put_opts(&self, _: &Path, _: PutPayload, _: PutOptions) -> Result<PutResult> {
        Err(read_only())
    }

    async fn put_multipart_opts(
        &self,
        _: &Path,
        _: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        Err(read_only())
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        let empty = || futures::stream::empty().boxed();
        let result = |meta: ObjectMeta, range: Range<u64>, stream| GetResult {
            payload: GetResultPayload::Stream(stream),
            meta,
            range,
            attributes: Attributes::default(),
        };
        if options.head {
            let meta = self.describe(location).await?;
            return Ok(result(meta, 0..0, empty()));
        }
        let url = self.url(location);
        let Some(range) = &options.range else {
            let response = self.get(location, None).await?;
            let size = total_bytes(&response).unwrap_or(0);
            let chunks = response.into_body().bytes_stream();
            let chunks = chunks.map_err(move |error| unreachable(&url, &error));
            return Ok(result(meta(location, size), 0..size, chunks.boxed()));
        };
        let range = match range {
            GetRange::Bounded(range) => range.clone(),
            GetRange::Offset(start) => *start..self.describe(location).await?.size,
            GetRange::Suffix(length) => {
                let size = self.describe(location).await?.size;
                size.saturating_sub(*length)..size
            }
        };
        let response = self.get(location, Some(range.clone())).await?;
        let size = total_bytes(&response);
        let is_part = response.status().as_u16() == 206;
        let bytes = collect(response, &url).await?;
        let bytes = if is_part {
            bytes
        } else {
            // A server without ranges sends the whole file.
            let end = (range.end as usize).min(bytes.len());
            bytes.slice((range.start as usize).min(end)..end)
        };
        let range = range.start..range.start + bytes.len() as u64;
        let meta = meta(location, size.unwrap_or(range.end));
        let chunks = futures::stream::iter([Ok(bytes)]);
        Ok(result(meta, range, chunks.boxed()))
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        locations.map(|_| Err(read_only())).boxed()
    }

    fn list(&self, _: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        futures::stream::iter([Err(not_listed())]).boxed()
    }

    async fn list_with_delimiter(&self, _: Option<&Path>) -> Result<ListResult> {
        Err(not_listed())
    }

    async fn copy_opts(&self, _: &Path, _: &Path, _: CopyOptions) -> Result<()> {
        Err(read_only())
    }
}

fn not_listed() -> Error {
    generic(
        error::Error::invalid("the files of a web server cannot be listed")
            .with_hint("name each file, such as read_csv(['https://…/1.csv', 'https://…/2.csv'])"),
    )
}
