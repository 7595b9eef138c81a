//! HTTP requests that time out when they stall, not when a transfer is large.
//!
//! A timeout on a whole request, which is all that `object_store` has, either breaks large transfers
//! over slow connections or lets a dead server hang a command. The timeouts here apply to the wait
//! for a response, and to the pause between two chunks of it.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt;
use http_body::{Body, Frame};
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse,
    HttpResponseBody, HttpService, ReqwestConnector,
};
use object_store::{ClientOptions, Result};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::requests::Requests;

/// Timeout for the response to a request that only reads, and for each chunk of it.
const READ_TIMEOUT: Duration = Duration::from_secs(10);

/// Timeout for the response to a request that writes, once its content is sent: some services take
/// a while to assemble the parts of an upload.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);

/// The slowest supported upload rate, in bytes per second and request.
const UPLOAD_RATE_MIN: u64 = 16 * 1024;

/// Chunks of a response that are buffered for the reader; the rest waits in the network.
const CHUNKS_MAX: usize = 8;

#[derive(Debug)]
pub(super) struct StallTimeoutConnector {
    requests: Arc<Requests>,
}

impl StallTimeoutConnector {
    pub(super) fn new(requests: &Arc<Requests>) -> Self {
        Self {
            requests: Arc::clone(requests),
        }
    }
}

impl HttpConnector for StallTimeoutConnector {
    fn connect(&self, options: &ClientOptions) -> Result<HttpClient> {
        let client =
            ReqwestConnector::default().connect(&options.clone().with_timeout_disabled())?;
        Ok(HttpClient::new(StallTimeoutClient {
            client,
            requests: Arc::clone(&self.requests),
        }))
    }
}

#[derive(Debug)]
struct StallTimeoutClient {
    client: HttpClient,
    requests: Arc<Requests>,
}

#[async_trait]
impl HttpService for StallTimeoutClient {
    async fn call(&self, request: HttpRequest) -> std::result::Result<HttpResponse, HttpError> {
        let client = self.client.clone();
        let (head_sender, head) = oneshot::channel();
        let (chunk_sender, chunks) = mpsc::channel(CHUNKS_MAX);
        let worker = AbortOnDrop(self.requests.runtime().spawn(async move {
            let limit = response_timeout(&request);
            let response = match timeout(limit, client.execute(request)).await {
                Ok(Ok(response)) => response,
                Ok(Err(error)) => return drop(head_sender.send(Err(error))),
                Err(_) => return drop(head_sender.send(Err(no_response(limit)))),
            };
            let (head, body) = response.into_parts();
            if head_sender.send(Ok(head)).is_err() {
                return;
            }
            let mut body = body.bytes_stream();
            loop {
                let chunk = match timeout(READ_TIMEOUT, body.next()).await {
                    Ok(Some(chunk)) => chunk,
                    Ok(None) => return,
                    Err(_) => Err(no_response(READ_TIMEOUT)),
                };
                let is_last = chunk.is_err();
                if chunk_sender.send(chunk).await.is_err() || is_last {
                    return;
                }
            }
        }));
        let head = head.await.map_err(|_| {
            HttpError::new(
                HttpErrorKind::Interrupted,
                io::Error::other("the request was aborted"),
            )
        })??;
        Ok(HttpResponse::from_parts(
            head,
            HttpResponseBody::new(Chunks {
                chunks,
                _worker: worker,
            }),
        ))
    }
}

/// The longest wait for a response to `request`.
fn response_timeout(request: &HttpRequest) -> Duration {
    if request.method().is_safe() {
        return READ_TIMEOUT;
    }
    let bytes = request.body().content_length() as u64;
    WRITE_TIMEOUT + Duration::from_secs(bytes / UPLOAD_RATE_MIN)
}

fn no_response(limit: Duration) -> HttpError {
    HttpError::new(
        HttpErrorKind::Timeout,
        io::Error::new(
            io::ErrorKind::TimedOut,
            format!("no response within {} s", limit.as_secs()),
        ),
    )
}

/// The body of a response, as it arrives from the worker.
struct Chunks {
    chunks: mpsc::Receiver<std::result::Result<Chunk, HttpError>>,
    _worker: AbortOnDrop,
}

type Chunk = <HttpResponseBody as Body>::Data;

impl Body for Chunks {
    type Data = Chunk;
    type Error = HttpError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<std::result::Result<Frame<Chunk>, HttpError>>> {
        self.chunks
            .poll_recv(context)
            .map(|chunk| chunk.map(|chunk| chunk.map(Frame::data)))
    }
}

/// Aborts the request when its response is no longer needed.
struct AbortOnDrop(JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}
