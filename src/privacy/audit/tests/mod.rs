//! Tests with logs in real folders and, for stores that compare versions, in memory.

mod tampering;
mod writing;

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use futures::TryStreamExt;
use object_store::ObjectStore;
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path;
use zeroize::Zeroizing;

use super::verify::Verified;
use super::{Action, AuditKeys, AuditLog, AuditSigner, Entry, Id};

const LAKE: &str = "0123456789abcdef0123456789abcdef";

fn signer(seed: u8) -> AuditSigner {
    AuditSigner::new(LAKE, &Zeroizing::new([seed; 32])).unwrap()
}

fn keys(signer: &AuditSigner) -> AuditKeys {
    AuditKeys::new(LAKE, signer.verifying_key(), &[]).unwrap()
}

fn entry(rows: u64) -> Entry {
    Entry::new(Action::Import)
        .with("rows_new", rows)
        .with("import", Id::from([7; 32]))
}

impl Verified {
    /// Returns the number of entries after the checkpoint.
    fn entries_after(&self) -> u64 {
        self.entries - self.signed_entries
    }
}

/// A log in a temporary folder.
struct TestLog {
    folder: tempfile::TempDir,
    log: AuditLog,
    signer: AuditSigner,
}

impl TestLog {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = LocalFileSystem::new_with_prefix(folder.path()).unwrap();
        let signer = signer(1);
        Self {
            log: AuditLog::new(Arc::new(store), Path::from("lakes/ours"), keys(&signer)),
            folder,
            signer,
        }
    }

    async fn with_signed_entries(size: u64) -> Self {
        let log = Self::new();
        log.grow(size).await;
        log
    }

    /// Adds entries like commands that were stopped before signing, and signs them all.
    async fn grow(&self, entries: u64) {
        let size = self.log.size().await.unwrap();
        fs::create_dir_all(self.path("entry")).unwrap();
        for n in 0..entries {
            fs::write(self.entry(size + n), entry(n).to_line()).unwrap();
        }
        self.log.sign(&self.signer).await.unwrap();
    }

    async fn append(&self) -> u64 {
        self.log.append(&self.signer, &entry(0)).await.unwrap()
    }

    async fn checkpoint(&self) -> String {
        self.log.checkpoint().await.unwrap().unwrap()
    }

    async fn verify(&self, kept: Option<&str>) -> Verified {
        self.log.verify(kept).await.unwrap()
    }

    async fn finding(&self, kept: Option<&str>) -> String {
        finding(&self.log, kept).await
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("lakes/ours/audit").join(name)
    }

    fn entry(&self, index: u64) -> PathBuf {
        self.path(&format!("entry/{index:012}"))
    }

    fn remove_tiles(&self) {
        fs::remove_dir_all(self.path("tile")).unwrap();
    }

    fn names(&self, folder: &str) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(self.path(folder))
            .unwrap()
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

/// Returns the message of a finding.
async fn finding(log: &AuditLog, kept: Option<&str>) -> String {
    let error = log.verify(kept).await.unwrap_err();
    assert!(error.is_refused(), "{error:?}");
    assert!(error.hint().is_some());
    error.to_string()
}
