//! The bytes to import: where they come from, their fingerprint and compression.

use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::read::MultiGzDecoder;
use futures::TryStreamExt;
use object_store::ObjectStoreExt;
use url::Url;

use super::content::{BUFFER_BYTES, Compression, Examined, Hashed};
use super::input::{Input, Place, store_path};
use super::positioned::{Positioned, Shared};
use super::{archive, spool};
use crate::error::{Error, Result};
use crate::files::{Stores, blocking};

/// A file to import, read once from end to end to know its fingerprint. Clones share the open
/// file, and each reader of it has a place of its own.
#[derive(Clone, Debug)]
pub struct SourceFile {
    input: Input,
    /// What the input is called in messages, as a path.
    path: PathBuf,
    content: Examined,
    /// Counts the bytes that are read.
    bytes_read: Option<Arc<AtomicU64>>,
    /// Size as it lies there, compressed where it is.
    pub bytes: u64,
    /// SHA-256 of the bytes as they lie there, in hexadecimal.
    pub sha256: String,
}

impl SourceFile {
    /// Fetches what is not a file, and reads everything to the end for its fingerprint.
    pub async fn examine(stores: &dyn Stores, input: &Input) -> Result<Self> {
        let input = input.clone().resolved();
        let content = fetch(stores, &input).await?;
        blocking(move || Self::of(input, content)).await
    }

    /// The file in the archive where the content is one, else the content itself.
    pub fn of(mut input: Input, content: Examined) -> Result<Self> {
        if content.bytes == 0 {
            return Err(Error::invalid("the file is empty").at(input));
        }
        let content = if archive::is_archive(&content.shared) {
            let archive = Input::at(input.place.clone());
            let member = match &input.member {
                Some(member) => member.clone(),
                None => archive::only_file(&content.shared, &archive)?,
            };
            let unpacked = archive::unpack(&content.shared, &archive, &member)?;
            input.member = Some(member);
            unpacked
        } else if let Some(member) = &input.member {
            return Err(Error::not_found("no such file")
                .at(&input)
                .with_hint(format!(
                    "{member} was looked for in what is not a zip archive"
                )));
        } else {
            content
        };
        if content.bytes == 0 {
            return Err(Error::invalid("the file is empty").at(input));
        }
        Ok(Self {
            path: PathBuf::from(input.to_string()),
            bytes: content.bytes,
            sha256: content.sha256.clone(),
            content,
            bytes_read: None,
            input,
        })
    }

    /// Reads a file on this machine, apart from any lake.
    pub fn examine_file(path: &Path) -> Result<Self> {
        Self::of(Input::from(path), read_file(path)?)
    }

    /// What the input is called, for messages.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Adds the bytes that are read from now on to `bytes_read`.
    pub fn counted(self, bytes_read: Option<Arc<AtomicU64>>) -> Self {
        Self { bytes_read, ..self }
    }

    /// The address of a file on an object store.
    pub fn url(&self) -> Option<&Url> {
        match &self.input.place {
            Place::Object(url) => Some(url),
            Place::File(_) | Place::StandardInput => None,
        }
    }

    /// The folder that it is in: that of the archive for a file in one, and the current one for
    /// standard input.
    pub fn folder(&self) -> PathBuf {
        let path = self.input.local_path();
        path.parent().unwrap_or(Path::new("")).to_owned()
    }

    /// The name without what says how the content is packed and written.
    pub fn stem(&self) -> String {
        let name = self.input.local_path();
        let name = name.file_name().unwrap_or_default().to_string_lossy();
        let name = [".gz", ".zst", ".zstd"]
            .iter()
            .find_map(|packed| name.strip_suffix(packed))
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
        Ok(match self.content.compression {
            Compression::None => Box::new(reader),
            Compression::Gzip => Box::new(MultiGzDecoder::new(reader)),
            Compression::Zstd => Box::new(
                zstd::Decoder::with_buffer(reader)
                    .map_err(|error| Error::io(self.path.display(), error))?,
            ),
        })
    }

    /// The content for readers that jump in it: decompressed into a temporary file where it is
    /// compressed.
    pub fn shared(&self) -> Result<Shared> {
        if self.content.compression == Compression::None {
            return Ok(self.content.shared.clone());
        }
        let failed = |error| self.read_error(error);
        let mut file = spool::nameless()?;
        io::copy(&mut self.open()?, &mut file).map_err(failed)?;
        Shared::new(file).map_err(failed)
    }

    /// The same, as a buffered reader.
    pub fn seekable(&self) -> Result<BufReader<Positioned>> {
        Ok(BufReader::new(self.shared()?.reader()))
    }

    /// Whether the file is still the one that was examined: an export tool may still be writing.
    pub fn check_unchanged(&self) -> Result<()> {
        if self.content.is_unchanged()? {
            return Ok(());
        }
        Err(Error::invalid("the file changed while it was read")
            .at(self.path.display())
            .with_hint("ingest it again when the export has finished"))
    }

    /// An I/O error while reading, said of this file.
    pub fn read_error(&self, error: io::Error) -> Error {
        let kind = match self.content.compression {
            Compression::None => return Error::io(self.path.display(), error),
            Compression::Gzip => "gzip",
            Compression::Zstd => "zstd",
        };
        Error::invalid(format!("the {kind} data is broken or cut off ({error})"))
            .at(self.path.display())
            .with_hint("export or download the file again")
    }
}

/// The bytes at the place of an input.
pub async fn fetch(stores: &dyn Stores, input: &Input) -> Result<Examined> {
    if let Some(fetched) = &input.fetched {
        return Ok(fetched.clone());
    }
    match &input.place {
        Place::Object(url) => fetch_object(stores, url, input).await,
        Place::StandardInput => {
            blocking(|| Examined::spooled(io::stdin().lock(), &"standard input")).await
        }
        Place::File(path) => {
            let path = path.clone();
            blocking(move || read_file(&path)).await
        }
    }
}

fn read_file(path: &Path) -> Result<Examined> {
    let at = |error| Error::io(path.display(), error);
    let file = File::open(path).map_err(at)?;
    let metadata = file.metadata().map_err(at)?;
    if metadata.is_dir() {
        return Err(Error::invalid("is a folder, not a file")
            .at(path.display())
            .with_hint("name the files in it, such as FOLDER/*.csv"));
    }
    match metadata.is_file() {
        true => Examined::file(file, path),
        // A pipe or the like gives its bytes once.
        false => Examined::spooled(file, &path.display()),
    }
}

async fn fetch_object(stores: &dyn Stores, url: &Url, input: &Input) -> Result<Examined> {
    let at = |error: object_store::Error| Error::from(error).at(input);
    let store = stores.store(url)?;
    let mut chunks = store
        .get(&store_path(url)?)
        .await
        .map_err(at)?
        .into_stream();
    let mut spool = Hashed::new(spool::nameless()?);
    while let Some(chunk) = chunks.try_next().await.map_err(at)? {
        spool = blocking(move || {
            spool.write_all(&chunk).map_err(spool::failed)?;
            Ok::<_, Error>(spool)
        })
        .await?;
    }
    spool.into_examined()
}

/// A reader that counts the bytes that are read.
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
