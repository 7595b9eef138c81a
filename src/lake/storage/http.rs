//! Requests that give up when nothing moves, and not because much has to be moved.
//!
//! A limit on a request as a whole, which is all that `object_store` has, either breaks large
//! transfers over slow lines or lets a dead server hang a command. The limits here are on the
//! time without an answer, and on the pause between two pieces of it.

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

/// How long to wait for an answer to a request that only reads, and for each piece of it.
const READ_PATIENCE: Duration = Duration::from_secs(10);

/// How long to wait for an answer to a request that writes, once its content is through:
/// putting the parts of an upload together takes some services a while.
const WRITE_PATIENCE: Duration = Duration::from_secs(30);

/// The slowest line that uploads are made for, in bytes a second and request.
const UPLOAD_RATE_MIN: u64 = 16 * 1024;

/// Pieces of an answer that wait for the reader; the rest waits in the network.
const PIECES_MAX: usize = 8;

#[derive(Debug)]
pub(super) struct PatientConnector {
    requests: Arc<Requests>,
}

impl PatientConnector {
    pub(super) fn new(requests: &Arc<Requests>) -> Self {
        Self {
            requests: Arc::clone(requests),
        }
    }
}

impl HttpConnector for PatientConnector {
    fn connect(&self, options: &ClientOptions) -> Result<HttpClient> {
        let client =
            ReqwestConnector::default().connect(&options.clone().with_timeout_disabled())?;
        Ok(HttpClient::new(PatientClient {
            client,
            requests: Arc::clone(&self.requests),
        }))
    }
}

#[derive(Debug)]
struct PatientClient {
    client: HttpClient,
    requests: Arc<Requests>,
}

#[async_trait]
impl HttpService for PatientClient {
    async fn call(&self, request: HttpRequest) -> std::result::Result<HttpResponse, HttpError> {
        let client = self.client.clone();
        let (head_sender, head) = oneshot::channel();
        let (piece_sender, pieces) = mpsc::channel(PIECES_MAX);
        let worker = AbortOnDrop(self.requests.runtime().spawn(async move {
            let patience = patience(&request);
            let answer = match timeout(patience, client.execute(request)).await {
                Ok(Ok(answer)) => answer,
                Ok(Err(error)) => return drop(head_sender.send(Err(error))),
                Err(_) => return drop(head_sender.send(Err(no_answer(patience)))),
            };
            let (head, body) = answer.into_parts();
            if head_sender.send(Ok(head)).is_err() {
                return;
            }
            let mut body = body.bytes_stream();
            loop {
                let piece = match timeout(READ_PATIENCE, body.next()).await {
                    Ok(Some(piece)) => piece,
                    Ok(None) => return,
                    Err(_) => Err(no_answer(READ_PATIENCE)),
                };
                let is_last = piece.is_err();
                if piece_sender.send(piece).await.is_err() || is_last {
                    return;
                }
            }
        }));
        let head = head.await.map_err(|_| {
            HttpError::new(
                HttpErrorKind::Interrupted,
                io::Error::other("the request was ended"),
            )
        })??;
        Ok(HttpResponse::from_parts(
            head,
            HttpResponseBody::new(Pieces {
                pieces,
                _worker: worker,
            }),
        ))
    }
}

/// How long an answer to `request` may take.
fn patience(request: &HttpRequest) -> Duration {
    if request.method().is_safe() {
        return READ_PATIENCE;
    }
    let bytes = request.body().content_length() as u64;
    WRITE_PATIENCE + Duration::from_secs(bytes / UPLOAD_RATE_MIN)
}

fn no_answer(patience: Duration) -> HttpError {
    HttpError::new(
        HttpErrorKind::Timeout,
        io::Error::new(
            io::ErrorKind::TimedOut,
            format!("no answer within {} s", patience.as_secs()),
        ),
    )
}

/// The body of an answer, as it comes from the worker.
struct Pieces {
    pieces: mpsc::Receiver<std::result::Result<Piece, HttpError>>,
    _worker: AbortOnDrop,
}

type Piece = <HttpResponseBody as Body>::Data;

impl Body for Pieces {
    type Data = Piece;
    type Error = HttpError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<std::result::Result<Frame<Piece>, HttpError>>> {
        self.pieces
            .poll_recv(context)
            .map(|piece| piece.map(|piece| piece.map(Frame::data)))
    }
}

/// Ends the request when nobody waits for its answer any more.
struct AbortOnDrop(JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}
