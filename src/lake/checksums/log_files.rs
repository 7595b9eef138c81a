//! Checks the files of a Delta log: each contains a checksum of itself.
//!
//! That of a commit is a member of its `commitInfo`; that of a checkpoint stands in front of the Parquet
//! footer, where other readers do not look. Both are of the file's name and its content, so that one file
//! in place of another shows. Files that other programs wrote have none, and earlier versions of voxql left
//! out the name.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use bytes::{Buf, Bytes};
use crc32fast::Hasher;
use futures::future;
use futures::stream::{self, StreamExt};
use memchr::memmem::find;
use object_store::path::Path;
use object_store::{
    Error as StoreError, GetOptions, GetResult, GetResultPayload, MultipartUpload, ObjectStore,
    ObjectStoreExt, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result, UploadPart,
};
use url::Url;

use crate::error::Error;
use crate::lake::location::place_in_store;
use crate::lake::storage::layer::{Layer, Layered};

/// The members of `commitInfo` in which programs name themselves.
const PROGRAMS: [&[u8]; 2] = [b"\"engineInfo\":", b"\"clientVersion\":"];

/// Where `commitInfo` begins in a commit, which deltalake writes first.
const COMMIT_INFO: &[u8] = b"{\"commitInfo\":{";

/// What follows is the checksum in eight hexadecimal digits, computed with zeros in their place.
const MEMBER: &[u8] = b"\"voxql.checksum\":\"";
const NO_DIGITS: &[u8; 8] = b"00000000";

/// What is in front of the checksum of a checkpoint.
const MARK: &[u8; 12] = b"VOXQL-CRC32\n";
const MARK_BYTES: usize = MARK.len() + 4;

/// The end of a Parquet file: the size of the footer, and `PAR1`.
const PARQUET_END: usize = 8;

/// Checks the files of Delta logs.
#[derive(Clone, Debug)]
pub(crate) struct LogFiles {
    store: Arc<dyn ObjectStore>,
    /// A URL of the store, for errors.
    url: Url,
    /// Checkpoints that were checked.
    checked: Arc<Mutex<HashSet<Path>>>,
}

impl LogFiles {
    /// A store that checks the files of Delta logs.
    pub(crate) fn layered(store: Arc<dyn ObjectStore>, url: &Url) -> Layered<Self> {
        Layered(Self {
            store,
            url: url.clone(),
            checked: Arc::default(),
        })
    }

    /// Checks a checkpoint before its first read.
    async fn check_checkpoint(&self, location: &Path) -> Result<()> {
        let is_checked = |files: &Mutex<HashSet<Path>>| {
            let files = files.lock().unwrap_or_else(PoisonError::into_inner);
            files.contains(location)
        };
        if is_checked(&self.checked) {
            return Ok(());
        }
        let bytes = self.store.get(location).await?.bytes().await?;
        check_parquet(&bytes, name_of(location))
            .map_err(|message| self.damaged(location, message))?;
        let mut checked = self.checked.lock().unwrap_or_else(PoisonError::into_inner);
        checked.insert(location.clone());
        Ok(())
    }

    /// Checks a commit. One without a checksum is of an earlier version of Voxql, unless the one before has a
    /// checksum, or of another program, which names itself.
    async fn check_commit(&self, location: &Path, bytes: &[u8]) -> Result<()> {
        check_commit(bytes, name_of(location))
            .map_err(|message| self.damaged(location, message))?;
        let is_of_program = PROGRAMS.iter().any(|key| find(bytes, key).is_some());
        if find(bytes, MEMBER).is_some() || is_of_program {
            return Ok(());
        }
        let Some(before) = commit_before(location) else {
            return Ok(());
        };
        let before = match self.store.get(&before).await {
            Ok(before) => before.bytes().await?,
            // A checkpoint is in its place.
            Err(StoreError::NotFound { .. }) => return Ok(()),
            Err(error) => return Err(error),
        };
        if find(&before, MEMBER).is_none() {
            return Ok(());
        }
        Err(self.damaged(
            location,
            "the commit has no checksum, and the one before has",
        ))
    }

    fn damaged(&self, location: &Path, message: &str) -> StoreError {
        StoreError::Generic {
            store: "lake",
            source: Box::new(Error::damaged(message).at(place_in_store(&self.url, location))),
        }
    }
}

/// The commit before another in the same log.
fn commit_before(location: &Path) -> Option<Path> {
    let (log, name) = location.as_ref().rsplit_once('/')?;
    let version: u64 = name.strip_suffix(".json")?.parse().ok()?;
    let before = version.checked_sub(1)?;
    Path::parse(format!("{log}/{before:020}.json")).ok()
}

/// A file of a Delta log.
#[derive(Clone, Copy, PartialEq, Eq)]
enum LogFile {
    Commit,
    Checkpoint,
}

impl LogFile {
    fn of(location: &Path) -> Option<Self> {
        let mut parts = location.as_ref().rsplit('/');
        let (name, folder) = (parts.next()?, parts.next()?);
        if folder != "_delta_log" {
            return None;
        }
        let (version, kind) = name.split_once('.')?;
        if version.is_empty() || !version.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        match kind {
            "json" => Some(Self::Commit),
            kind if kind.starts_with("checkpoint") && kind.ends_with(".parquet") => {
                Some(Self::Checkpoint)
            }
            _ => None,
        }
    }
}

fn name_of(location: &Path) -> &str {
    location.filename().unwrap_or_default()
}

/// The checksum of a file with this name.
fn crc_of(name: &str, parts: [&[u8]; 3]) -> u32 {
    let mut crc = Hasher::new();
    crc.update(name.as_bytes());
    for part in parts {
        crc.update(part);
    }
    crc.finalize()
}

/// A commit with its checksum; the commit itself if it has no `commitInfo`.
fn sealed_commit(payload: PutPayload, name: &str) -> PutPayload {
    let bytes = Bytes::from(payload);
    if find(&bytes, MEMBER).is_some() {
        return bytes.into();
    }
    let Some(start) = find(&bytes, COMMIT_INFO) else {
        return bytes.into();
    };
    let start = start + COMMIT_INFO.len();
    let mut sealed = Vec::with_capacity(bytes.len() + MEMBER.len() + NO_DIGITS.len() + 2);
    sealed.extend_from_slice(&bytes[..start]);
    sealed.extend_from_slice(MEMBER);
    let digits = sealed.len();
    sealed.extend_from_slice(NO_DIGITS);
    // `commitInfo` has other members: deltalake writes the time.
    sealed.extend_from_slice(b"\",");
    sealed.extend_from_slice(&bytes[start..]);
    let crc = format!("{:08x}", crc_of(name, [&sealed, &[], &[]]));
    sealed[digits..digits + NO_DIGITS.len()].copy_from_slice(crc.as_bytes());
    sealed.into()
}

fn check_commit(bytes: &[u8], name: &str) -> Result<(), &'static str> {
    if bytes.trim_ascii().is_empty() {
        return Err("the commit is empty");
    }
    let Some(start) = find(bytes, MEMBER) else {
        return Ok(());
    };
    let digits = start + MEMBER.len()..start + MEMBER.len() + NO_DIGITS.len();
    let Some(expected) = bytes.get(digits.clone()) else {
        return Err("the commit is cut short");
    };
    let parts = [&bytes[..digits.start], NO_DIGITS, &bytes[digits.end..]];
    let is_of = |name| expected == format!("{:08x}", crc_of(name, parts)).as_bytes();
    if is_of(name) || is_of("") {
        Ok(())
    } else {
        Err("the checksum of the commit is wrong")
    }
}

/// A Parquet file with its checksum in front of the footer; the bytes themselves if they are none.
fn sealed_parquet(payload: PutPayload, name: &str) -> PutPayload {
    let bytes = Bytes::from(payload);
    let Some(footer) = footer_start(&bytes) else {
        return bytes.into();
    };
    let crc = crc_of(name, [&bytes, &[], &[]]).to_le_bytes();
    let mark = [MARK.as_slice(), &crc].concat();
    PutPayload::from_iter([bytes.slice(..footer), mark.into(), bytes.slice(footer..)])
}

fn check_parquet(bytes: &[u8], name: &str) -> Result<(), &'static str> {
    const WRONG: &str = "the checksum of the checkpoint is wrong";
    let Some(footer) = footer_start(bytes) else {
        return Err("the checkpoint is not a Parquet file");
    };
    // A damaged size of the footer leads to another place, so the mark is looked for.
    let Some(start) = find(bytes, MARK) else {
        return Ok(());
    };
    let end = start + MARK_BYTES;
    if end != footer {
        return Err(WRONG);
    }
    let parts = [&bytes[..start], &[], &bytes[end..]];
    let expected = (&bytes[start + MARK.len()..]).get_u32_le();
    if [name, ""]
        .iter()
        .any(|name| expected == crc_of(name, parts))
    {
        Ok(())
    } else {
        Err(WRONG)
    }
}

/// Where the footer of a Parquet file begins.
fn footer_start(bytes: &[u8]) -> Option<usize> {
    let end = bytes.len().checked_sub(PARQUET_END)?;
    let mut tail = &bytes[end..];
    let footer_bytes = usize::try_from(tail.get_u32_le()).ok()?;
    (tail == b"PAR1").then_some(())?;
    end.checked_sub(footer_bytes)
}

#[async_trait]
impl Layer for LogFiles {
    fn store(&self) -> &dyn ObjectStore {
        &self.store
    }

    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        let payload = match LogFile::of(location) {
            Some(LogFile::Commit) => sealed_commit(payload, name_of(location)),
            Some(LogFile::Checkpoint) => sealed_parquet(payload, name_of(location)),
            None => payload,
        };
        self.store.put_opts(location, payload, options).await
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        if LogFile::of(location).is_none() {
            return self.store.put_multipart_opts(location, options).await;
        }
        Ok(Box::new(Collected {
            files: self.clone(),
            location: location.clone(),
            parts: Vec::new(),
        }))
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        match LogFile::of(location).filter(|_| !options.head) {
            Some(LogFile::Commit) if options.range.is_none() => {
                let mut result = self.store.get_opts(location, options).await?;
                let (meta, range) = (result.meta.clone(), result.range.clone());
                let attributes = std::mem::take(&mut result.attributes);
                let bytes = result.bytes().await?;
                self.check_commit(location, &bytes).await?;
                Ok(GetResult {
                    payload: GetResultPayload::Stream(stream::iter([Ok(bytes)]).boxed()),
                    meta,
                    range,
                    attributes,
                })
            }
            Some(LogFile::Checkpoint) => {
                self.check_checkpoint(location).await?;
                self.store.get_opts(location, options).await
            }
            _ => self.store.get_opts(location, options).await,
        }
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        if LogFile::of(location) == Some(LogFile::Checkpoint) {
            self.check_checkpoint(location).await?;
        }
        self.store.get_ranges(location, ranges).await
    }
}

/// A large file of the log: its checksum needs all parts.
#[derive(Debug)]
struct Collected {
    files: LogFiles,
    location: Path,
    parts: Vec<Bytes>,
}

#[async_trait]
impl MultipartUpload for Collected {
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        self.parts.extend(data);
        Box::pin(future::ready(Ok(())))
    }

    async fn complete(&mut self) -> Result<PutResult> {
        let payload = PutPayload::from_iter(std::mem::take(&mut self.parts));
        let options = PutOptions::default();
        self.files.put_opts(&self.location, payload, options).await
    }

    async fn abort(&mut self) -> Result<()> {
        self.parts.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMIT: &str = "{\"commitInfo\":{\"timestamp\":1}}\n{\"add\":{\"path\":\"a\"}}";

    const NAME: &str = "00000000000000000007.json";

    fn parquet() -> Vec<u8> {
        let mut bytes = b"PAR1 pages FOOT".to_vec();
        bytes.extend(4_u32.to_le_bytes());
        bytes.extend(b"PAR1");
        bytes
    }

    /// Every flipped bit and every shorter length is found, but for what takes the mark itself away.
    fn assert_guarded(
        sealed: &[u8],
        mark: &[u8],
        check: fn(&[u8], &str) -> Result<(), &'static str>,
    ) {
        check(sealed, NAME).expect("as written");
        for bit in 0..sealed.len() * 8 {
            let mut flipped = sealed.to_vec();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let loses_mark = find(&flipped, mark).is_none();
            assert!(loses_mark || check(&flipped, NAME).is_err(), "bit {bit}");
        }
        let mark_end = find(sealed, mark).expect("a mark") + mark.len();
        for length in mark_end..sealed.len() {
            assert!(check(&sealed[..length], NAME).is_err(), "{length} bytes");
        }
    }

    #[test]
    fn a_file_in_place_of_another_is_found() {
        let other = "00000000000000000008.json";
        let commit = Bytes::from(sealed_commit(COMMIT.into(), NAME));
        assert!(check_commit(&commit, NAME).is_ok());
        assert!(check_commit(&commit, other).is_err());
        let checkpoint = Bytes::from(sealed_parquet(parquet().into(), NAME));
        assert!(check_parquet(&checkpoint, NAME).is_ok());
        assert!(check_parquet(&checkpoint, other).is_err());
        // As earlier versions wrote it.
        let commit = Bytes::from(sealed_commit(COMMIT.into(), ""));
        assert!(check_commit(&commit, NAME).is_ok());
    }

    #[test]
    fn damage_to_a_commit_is_found() {
        let sealed = Bytes::from(sealed_commit(COMMIT.into(), NAME));
        let text = std::str::from_utf8(&sealed).expect("UTF-8");
        let first = text.lines().next().expect("a line");
        let info: serde_json::Value = serde_json::from_str(first).expect("JSON");
        assert_eq!(info["commitInfo"]["timestamp"], 1);
        assert_guarded(&sealed, MEMBER, check_commit);
        // Trying again writes the same.
        assert_eq!(
            Bytes::from(sealed_commit(sealed.clone().into(), NAME)),
            sealed
        );
        assert!(check_commit(COMMIT.as_bytes(), NAME).is_ok());
        assert!(check_commit(b"\n", NAME).is_err());
    }

    #[test]
    fn damage_to_a_checkpoint_is_found() {
        let sealed = Bytes::from(sealed_parquet(parquet().into(), NAME));
        assert_eq!(footer_start(&sealed), Some(sealed.len() - 12));
        assert_guarded(&sealed, MARK, check_parquet);
        assert!(check_parquet(&parquet(), NAME).is_ok());
    }

    #[test]
    fn files_of_the_log_are_known_by_their_names() {
        let of = |path: &str| LogFile::of(&Path::from(path));
        assert!(of("l/responses/_delta_log/00000000000000000001.json") == Some(LogFile::Commit));
        let checkpoint = "t/_delta_log/00000000000000000010.checkpoint.parquet";
        assert!(of(checkpoint) == Some(LogFile::Checkpoint));
        for other in [
            "t/_delta_log/_last_checkpoint",
            "t/1.json",
            "t/_delta_log/x.json",
        ] {
            assert!(of(other).is_none(), "{other}");
        }
    }
}
