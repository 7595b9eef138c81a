//! An S3 service inside the test process: a folder served by s3s-fs, with signatures checked.

use std::fs;
use std::net::{self, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use async_trait::async_trait;
use bytes::Bytes;
use futures::{TryStreamExt, stream};
use hyper::body::Incoming;
use hyper::header::CONTENT_LENGTH;
use hyper::service::{Service, service_fn};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder as Connections;
use s3s::access::{S3Access, S3AccessContext};
use s3s::auth::SimpleAuth;
use s3s::dto::StreamingBlob;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{Body, HttpError, HttpResponse, S3Result, s3_error};
use s3s_fs::FileSystem;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

pub(super) const ACCESS_KEY: &str = "AKIAVOXQLTEST";
pub(super) const SECRET_KEY: &str = "the secret of the tests";

/// The only bucket.
pub(super) const BUCKET: &str = "feedback";

/// The operation and key of each request.
type Requests = Arc<Mutex<Vec<(String, String)>>>;

/// The end of keys to which no put is answered, though it is carried out.
type Lost = Arc<Mutex<Option<String>>>;

/// The number of list answers left to truncate.
type Cut = Arc<AtomicUsize>;

/// A service that runs on its own thread until it is dropped.
///
/// It refuses a conditional put (`If-None-Match: *`) of an object that exists, but looks first and
/// writes later, so two simultaneous writers may both win: it is unsuitable for tests of racing
/// writers.
pub(super) struct Server {
    folder: tempfile::TempDir,
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
    requests: Requests,
    lost: Lost,
    cut: Cut,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Server {
    pub(super) fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::create_dir(folder.path().join(BUCKET)).expect("a folder for the bucket");
        let requests = Requests::default();
        let service = service(folder.path(), Arc::clone(&requests));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        // Listens before the thread runs, so that the first client need not wait.
        let listener = net::TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        listener.set_nonblocking(true).expect("a socket option");
        let address = listener.local_addr().expect("a bound address");
        let connections = Arc::new(AtomicUsize::new(0));
        let (stop, stopped) = oneshot::channel();
        let count = Arc::clone(&connections);
        let lost = Lost::default();
        let cut = Cut::default();
        let faults = (Arc::clone(&lost), Arc::clone(&cut));
        let thread = thread::spawn(move || {
            runtime.block_on(async {
                let listener = TcpListener::from_std(listener).expect("a listening socket");
                tokio::select! {
                    () = serve(listener, service, faults, &count) => {}
                    _ = stopped => {}
                }
            });
        });
        Self {
            folder,
            address,
            connections,
            requests,
            lost,
            cut,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// Answers 503 to every put of an object whose key ends so, after carrying it out.
    pub(super) fn lose_answers(&self, key_end: &str) {
        *self.lost.lock().expect("no request panicked") = Some(key_end.to_owned());
    }

    /// Cuts the next answers to lists in the middle.
    pub(super) fn cut_lists(&self, answers: usize) {
        self.cut.store(answers, Ordering::SeqCst);
    }

    pub(super) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Number of connections ever made.
    pub(super) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// Number of requests for an operation such as `GetObject`, on keys that start with `prefix`.
    pub(super) fn requests(&self, operation: &str, prefix: &str) -> usize {
        let requests = self.requests.lock().expect("no request panicked");
        let wanted = requests
            .iter()
            .filter(|(of, key)| of == operation && key.starts_with(prefix));
        wanted.count()
    }

    /// The keys of all objects whose key starts with `prefix`, sorted.
    pub(super) fn keys(&self, prefix: &str) -> Vec<String> {
        let bucket = self.folder.path().join(BUCKET);
        let mut files = Vec::new();
        collect_files(&bucket, &mut files);
        let mut keys: Vec<String> = files
            .iter()
            .filter_map(|file| file.strip_prefix(&bucket).ok()?.to_str())
            .filter(|key| key.starts_with(prefix))
            .map(str::to_owned)
            .collect();
        keys.sort();
        keys
    }

    /// Stores an object directly, without the protocol.
    pub(super) fn put(&self, key: &str, content: impl AsRef<[u8]>) {
        let path = self.folder.path().join(BUCKET).join(key);
        fs::create_dir_all(path.parent().expect("a key has a parent")).expect("a folder");
        fs::write(path, content).expect("a file");
    }

    /// The content of an object, without the protocol.
    pub(super) fn content(&self, key: &str) -> Vec<u8> {
        fs::read(self.folder.path().join(BUCKET).join(key)).expect("an object")
    }

    /// Gives the command a lake on this server and the credentials for it.
    pub(super) fn serves<'a>(&self, command: &'a mut Command, lake: &str) -> &'a mut Command {
        command
            .env("VOXQL_LAKE", lake)
            .env("AWS_ENDPOINT_URL", self.endpoint())
            .env("AWS_REGION", "us-east-1")
            .env("AWS_ACCESS_KEY_ID", ACCESS_KEY)
            .env("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the server has already shown in its clients' errors.
            let _ = thread.join();
        }
    }
}

fn service(folder: &Path, requests: Requests) -> S3Service {
    let files = FileSystem::new(folder).expect("a folder to serve");
    let mut builder = S3ServiceBuilder::new(files);
    builder.set_auth(SimpleAuth::from_single(ACCESS_KEY, SECRET_KEY));
    builder.set_access(ExistingBuckets {
        folder: folder.to_owned(),
        requests,
    });
    builder.build()
}

async fn serve(
    listener: TcpListener,
    service: S3Service,
    (lost, cut): (Lost, Cut),
    connections: &AtomicUsize,
) {
    while let Ok((socket, _)) = listener.accept().await {
        connections.fetch_add(1, Ordering::SeqCst);
        let (service, lost, cut) = (service.clone(), Arc::clone(&lost), Arc::clone(&cut));
        let service = service_fn(move |request: Request<Incoming>| {
            let is_put_of = |end: &String| {
                request.method() == Method::PUT && request.uri().path().ends_with(end)
            };
            let lost = lost.lock().expect("no request panicked");
            let is_lost = lost.as_ref().is_some_and(is_put_of);
            let is_list = request
                .uri()
                .query()
                .is_some_and(|query| query.contains("list-type"));
            let one_less = |left: usize| left.checked_sub(1);
            let is_cut = is_list
                && cut
                    .fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less)
                    .is_ok();
            let answer = Service::call(&service, request);
            async move {
                let answer = answer.await?;
                if is_cut {
                    return Ok(in_half(answer).await);
                }
                if !is_lost {
                    return Ok::<_, HttpError>(answer);
                }
                let mut lost = HttpResponse::new(Body::empty());
                *lost.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
                Ok(lost)
            }
        });
        tokio::spawn(async move {
            // Clients may disconnect.
            let _ = Connections::new(TokioExecutor::new())
                .serve_connection(TokioIo::new(socket), service)
                .await;
        });
    }
}

/// The first half of an answer, whose header promises all of it.
async fn in_half(answer: HttpResponse) -> HttpResponse {
    let (mut head, body) = answer.into_parts();
    let body: Vec<Bytes> = body.try_collect().await.expect("the answer's body");
    let body = body.concat();
    head.headers.insert(CONTENT_LENGTH, body.len().into());
    let half = Bytes::copy_from_slice(&body[..body.len() / 2]);
    let half = StreamingBlob::wrap(stream::iter([Ok::<_, std::io::Error>(half)]));
    HttpResponse::from_parts(head, Body::from(half))
}

/// Accepts valid signatures, and responds as S3 does if the bucket does not exist: s3s-fs by itself
/// creates a missing bucket on a put, and reports a missing key on a get.
struct ExistingBuckets {
    folder: PathBuf,
    requests: Requests,
}

#[async_trait]
impl S3Access for ExistingBuckets {
    async fn check(&self, context: &mut S3AccessContext<'_>) -> S3Result<()> {
        if context.credentials().is_none() {
            return Err(s3_error!(AccessDenied, "Access Denied"));
        }
        let key = context.s3_path().get_object_key().unwrap_or_default();
        let request = (context.s3_op().name().to_owned(), key.to_owned());
        self.requests
            .lock()
            .expect("no request panicked")
            .push(request);
        match context.s3_path().get_bucket_name() {
            Some(bucket) if !self.folder.join(bucket).is_dir() => Err(s3_error!(
                NoSuchBucket,
                "The specified bucket does not exist"
            )),
            _ => Ok(()),
        }
    }
}

fn collect_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("a readable entry").path();
        if path.is_dir() {
            collect_files(&path, files);
        } else {
            files.push(path);
        }
    }
}
