//! A file to import: its bytes, fingerprint and compression.

use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::read::MultiGzDecoder;
use futures::TryStreamExt;
use object_store::ObjectStoreExt;
use url::Url;

use super::content::{BUFFER_BYTES, Compression, Content, HashingWriter};
use super::input::{Input, Place, store_path};
use super::shared_file::{SharedFile, SharedReader};
use super::{archive, spool};
use crate::error::{Error, Result};
use crate::files::{Stores, blocking};
use crate::message::Message;

/// A file to import, with its fingerprint. Clones share the open file, and each reader has its own
/// position.
#[derive(Clone, Debug)]
pub struct SourceFile {
    input: Input,
    /// The input as messages name it.
    path: PathBuf,
    content: Content,
    /// Counter of the bytes read.
    bytes_read: Option<Arc<AtomicU64>>,
    /// Size, compressed if the file is.
    pub bytes: u64,
    /// SHA-256 of the bytes, compressed if the file is, in hexadecimal.
    pub sha256: String,
}

impl SourceFile {
    /// Fetches the input unless it is a file, and reads it to the end for its fingerprint.
    pub async fn examine(stores: &dyn Stores, input: &Input) -> Result<Self> {
        let input = input.clone().resolved();
        let content = fetch(stores, &input).await?;
        blocking(move || Self::new(input, content)).await
    }

    /// Takes the content itself or, if it is an archive, the input's file in it.
    pub fn new(mut input: Input, content: Content) -> Result<Self> {
        if content.fingerprint.bytes == 0 {
            return Err(Error::invalid("the file is empty").at(input));
        }
        let content = if archive::is_archive(&content.shared) {
            let archive = Input::new(input.place.clone());
            let member = match &input.member {
                Some(member) => member.clone(),
                None => archive::only_file(&content.shared, &archive)?,
            };
            let unpacked = archive::unpack(&content.shared, &archive, &member)?;
            input.member = Some(member);
            unpacked
        } else if let Some(member) = &input.member {
            let hint = format!("{member} was requested, but this is not a zip archive");
            return Err(Error::not_found("no such file").at(&input).with_hint(hint));
        } else {
            content
        };
        let fingerprint = &content.fingerprint;
        if fingerprint.bytes == 0 {
            return Err(Error::invalid("the file is empty").at(input));
        }
        Ok(Self {
            path: PathBuf::from(input.to_string()),
            bytes: fingerprint.bytes,
            sha256: fingerprint.sha256.clone(),
            content,
            bytes_read: None,
            input,
        })
    }

    /// Reads a local file outside of any lake.
    pub fn examine_file(path: &Path) -> Result<Self> {
        Self::new(Input::from(path), read_file(path)?)
    }

    /// The input as messages name it.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Adds the bytes read from now on to `bytes_read`.
    pub fn counted(self, bytes_read: Option<Arc<AtomicU64>>) -> Self {
        Self { bytes_read, ..self }
    }

    /// The URL of a file on an object store.
    pub fn url(&self) -> Option<&Url> {
        match &self.input.place {
            Place::Object(url) => Some(url),
            Place::File(_) | Place::StandardInput | Place::Memory(..) => None,
        }
    }

    /// The folder of the file or of its archive; the current one for standard input.
    pub fn folder(&self) -> PathBuf {
        let path = self.input.local_path();
        path.parent().unwrap_or(Path::new("")).to_owned()
    }

    /// The name without the extensions of format and compression.
    pub fn stem(&self) -> String {
        let name = self.input.local_path();
        let name = name.file_name().unwrap_or_default().to_string_lossy();
        let name = [".gz", ".zst", ".zstd"]
            .iter()
            .find_map(|extension| name.strip_suffix(extension))
            .unwrap_or(&name);
        match name.rsplit_once('.') {
            Some((stem, _)) if !stem.is_empty() => stem.to_owned(),
            _ => name.to_owned(),
        }
    }

    /// The file's name without its folder.
    pub fn name(&self) -> String {
        self.input.name()
    }

    /// Opens the content, decompressed.
    pub fn open(&self) -> Result<Box<dyn Read + Send>> {
        let reader = Counted {
            inner: self.content.shared.reader(),
            bytes_read: self.bytes_read.clone(),
        };
        let reader = BufReader::with_capacity(BUFFER_BYTES, reader);
        Ok(match self.compression() {
            Compression::None => Box::new(reader),
            Compression::Gzip => Box::new(MultiGzDecoder::new(reader)),
            Compression::Zstd => {
                let decoder = zstd::Decoder::with_buffer(reader);
                Box::new(decoder.map_err(|error| Error::io(self.path.display(), error))?)
            }
        })
    }

    fn compression(&self) -> Compression {
        self.content.fingerprint.compression
    }

    /// Returns the content for random access. Compressed content is first decompressed into a
    /// temporary file.
    pub fn shared(&self) -> Result<SharedFile> {
        if self.compression() == Compression::None {
            return Ok(self.content.shared.clone());
        }
        let failed = |error| self.read_error(error);
        let mut file = spool::unnamed_file()?;
        io::copy(&mut self.open()?, &mut file).map_err(failed)?;
        SharedFile::new(file).map_err(failed)
    }

    /// Returns a buffered reader of the decompressed content that can seek.
    pub fn seekable(&self) -> Result<BufReader<SharedReader>> {
        Ok(BufReader::new(self.shared()?.reader()))
    }

    /// Returns an error if the file has changed since it was examined, as when an export tool is
    /// still writing it.
    pub fn check_unchanged(&self) -> Result<()> {
        if self.content.is_unchanged()? {
            return Ok(());
        }
        Err(self
            .invalid("the file changed while it was read")
            .with_hint("import it again when the export has finished"))
    }

    /// Converts an I/O error while reading this file.
    pub fn read_error(&self, error: io::Error) -> Error {
        let kind = match self.compression() {
            Compression::None => return Error::io(self.path.display(), error),
            Compression::Gzip => "gzip",
            Compression::Zstd => "zstd",
        };
        self.invalid(format!("the {kind} data is broken or truncated ({error})"))
            .with_hint("export or download the file again")
    }

    pub(crate) fn invalid(&self, message: impl Into<Message>) -> Error {
        Error::invalid(message).at(self.path.display())
    }

    pub(crate) fn question(&self, message: impl Into<Message>) -> Error {
        Error::question(message).at(self.path.display())
    }
}

/// Returns the bytes of an input's file, object or standard input, archives as a whole.
pub async fn fetch(stores: &dyn Stores, input: &Input) -> Result<Content> {
    if let Some(fetched) = &input.fetched {
        return Ok(fetched.clone());
    }
    match &input.place {
        Place::Object(url) => fetch_object(stores, url, input).await,
        Place::StandardInput => {
            blocking(|| Content::spool(io::stdin().lock(), &"standard input")).await
        }
        Place::File(path) => {
            let path = path.clone();
            blocking(move || read_file(&path)).await
        }
        Place::Memory(path, bytes) => {
            let (path, bytes) = (path.clone(), bytes.clone());
            blocking(move || Content::spool(bytes.as_ref(), &path.display())).await
        }
    }
}

fn read_file(path: &Path) -> Result<Content> {
    let at = |error| Error::io(path.display(), error);
    let file = File::open(path).map_err(at)?;
    let metadata = file.metadata().map_err(at)?;
    if metadata.is_dir() {
        return Err(Error::invalid("is a folder, not a file")
            .at(path.display())
            .with_hint("name the files in it, such as FOLDER/*.csv"));
    }
    if metadata.is_file() {
        Content::from_file(file, path)
    } else {
        // A pipe can be read only once.
        Content::spool(file, &path.display())
    }
}

async fn fetch_object(stores: &dyn Stores, url: &Url, input: &Input) -> Result<Content> {
    let at = |error: object_store::Error| Error::from(error).at(input);
    let object = stores.store(url)?.get(&store_path(url)?).await;
    let mut chunks = object.map_err(at)?.into_stream();
    let mut spool = HashingWriter::new(spool::unnamed_file()?);
    while let Some(chunk) = chunks.try_next().await.map_err(at)? {
        spool = blocking(move || {
            spool.write_all(&chunk).map_err(spool::failed)?;
            Ok::<_, Error>(spool)
        })
        .await?;
    }
    spool.into_content()
}

/// Counts the bytes read through it.
struct Counted<R> {
    inner: R,
    bytes_read: Option<Arc<AtomicU64>>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        if let Some(bytes_read) = &self.bytes_read {
            bytes_read.fetch_add(read as u64, Ordering::Relaxed);
        }
        Ok(read)
    }
}
