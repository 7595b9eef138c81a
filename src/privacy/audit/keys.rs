//! Who signs the log, and whose signature counts.

use std::fmt;

use ed25519_dalek::{SignatureError, Signer as _, SigningKey};
use signed_note::{
    Note, NoteError, Signer, StandardVerifier, Verifier, VerifierList, new_ed25519_verifier_key,
};
use tlog_tiles::{Checkpoint, Hash};
use zeroize::Zeroizing;

use crate::error::{Error, Result};

/// The name of a lake's log, which stands in every checkpoint and beside every key.
fn origin(lake_id: &str) -> Result<String> {
    let is_id = !lake_id.is_empty()
        && lake_id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    if !is_id {
        return Err(Error::invalid(
            "lake.toml: the id of the lake is not of letters, digits, _ and -",
        )
        .with_hint("restore the id that the lake was made with"));
    }
    Ok(format!("voxql/audit/{lake_id}"))
}

/// Signs checkpoints of a lake's log with Ed25519. The key is wiped from memory when dropped.
pub(crate) struct AuditSigner {
    origin: String,
    verifying_key: String,
    key_id: u32,
    key: SigningKey,
}

impl AuditSigner {
    /// The signer of the lake with this id, from 32 bytes that its master key gives for this
    /// purpose alone.
    ///
    /// # Errors
    /// When the lake's id cannot be part of a key's name.
    pub(crate) fn new(lake_id: &str, seed: &Zeroizing<[u8; 32]>) -> Result<Self> {
        let origin = origin(lake_id)?;
        let key = SigningKey::from_bytes(seed);
        let verifying_key = new_ed25519_verifier_key(&origin, &key.verifying_key());
        let key_id = verifier(&verifying_key)
            .expect("it was just made from a valid key")
            .key_id();
        Ok(Self {
            origin,
            verifying_key,
            key_id,
            key,
        })
    }

    /// What is kept in lake.toml, or elsewhere, to tell this signer's signatures from others:
    /// `name+hash+base64` as in c2sp.org/signed-note. It is no secret.
    pub(crate) fn verifying_key(&self) -> &str {
        &self.verifying_key
    }

    /// A signed checkpoint as in c2sp.org/tlog-checkpoint.
    pub(super) fn sign_checkpoint(&self, size: u64, root: Hash) -> Vec<u8> {
        let checkpoint = Checkpoint::new(&self.origin, size, root, "")
            .expect("the origin is not empty and there are no extension lines");
        let mut note = Note::new(&checkpoint.to_bytes(), &[])
            .expect("a checkpoint is lines of printable text");
        note.add_sigs(&[self])
            .expect("the origin is a key's name, as was checked when it was made");
        note.to_bytes()
    }
}

impl Signer for AuditSigner {
    fn name(&self) -> &str {
        &self.origin
    }

    fn key_id(&self) -> u32 {
        self.key_id
    }

    fn sign(&self, message: &[u8]) -> std::result::Result<Vec<u8>, SignatureError> {
        Ok(self.key.try_sign(message)?.to_vec())
    }
}

impl fmt::Debug for AuditSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AuditSigner")
            .field(&self.verifying_key)
            .finish()
    }
}

fn verifier(verifying_key: &str) -> Option<StandardVerifier> {
    StandardVerifier::new(verifying_key).ok()
}

/// The keys that a lake's checkpoints are signed with: the newest signs, the ones before it, of
/// before a rotation, still vouch for checkpoints that were kept elsewhere.
#[derive(Clone)]
pub(crate) struct AuditKeys {
    origin: String,
    newest: StandardVerifier,
    replaced: Vec<StandardVerifier>,
}

impl AuditKeys {
    /// Reads keys as [`AuditSigner::verifying_key`] gives them.
    ///
    /// # Errors
    /// When one is no such key, or is that of another lake.
    pub(crate) fn new(lake_id: &str, newest: &str, replaced: &[&str]) -> Result<Self> {
        let origin = origin(lake_id)?;
        let read = |key: &str| {
            verifier(key)
                .filter(|verifier| verifier.name() == origin)
                .ok_or_else(|| {
                    Error::invalid("this is no key of the lake's audit log")
                        .with_hint(format!("such a key is one line that begins with {origin}+"))
                })
        };
        let newest = read(newest)?;
        let mut replaced = replaced
            .iter()
            .map(|key| read(key))
            .collect::<Result<Vec<_>>>()?;
        // Of two keys with one id, `signed_note` would trust neither.
        replaced.retain(|key| key.key_id() != newest.key_id());
        replaced.sort_by_key(StandardVerifier::key_id);
        replaced.dedup_by_key(|key| key.key_id());
        Ok(Self {
            origin,
            newest,
            replaced,
        })
    }

    /// Whether `signer` has the newest key.
    pub(super) fn is_newest(&self, signer: &AuditSigner) -> bool {
        signer.origin == self.origin && signer.key_id == self.newest.key_id()
    }

    /// Opens a signed checkpoint.
    pub(super) fn open(&self, note: &[u8]) -> std::result::Result<Signed, Fault> {
        let text = std::str::from_utf8(note).map_err(|_| Fault::NoCheckpoint)?;
        let note = Note::from_bytes(note).map_err(|_| Fault::NoCheckpoint)?;
        let known: Vec<Box<dyn Verifier>> = std::iter::once(&self.newest)
            .chain(&self.replaced)
            .map(|key| Box::new(key.clone()) as Box<dyn Verifier>)
            .collect();
        let (signatures, _) =
            note.verify(&VerifierList::new(known))
                .map_err(|error| match error {
                    NoteError::InvalidSignature { .. } => Fault::Changed,
                    _ => Fault::OtherKey,
                })?;
        let checkpoint = Checkpoint::from_bytes(note.text()).map_err(|_| Fault::NoCheckpoint)?;
        if checkpoint.origin() != self.origin {
            return Err(Fault::OtherLog);
        }
        Ok(Signed {
            size: checkpoint.size(),
            root: *checkpoint.hash(),
            is_by_newest: signatures
                .iter()
                .any(|signature| signature.id() == self.newest.key_id()),
            text: text.to_owned(),
        })
    }
}

impl fmt::Debug for AuditKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuditKeys")
            .field("origin", &self.origin)
            .field("replaced", &self.replaced.len())
            .finish()
    }
}

/// A checkpoint whose signature was verified.
#[derive(Clone, Debug)]
pub(super) struct Signed {
    /// How many entries it signs.
    pub(super) size: u64,
    /// The root of the tree over them.
    pub(super) root: Hash,
    /// Whether the newest key signed it, not only one that was replaced.
    pub(super) is_by_newest: bool,
    /// The note as it is in the log.
    pub(super) text: String,
}

/// Why a checkpoint does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It is no signed note, or not one of a checkpoint.
    NoCheckpoint,
    /// No key that is known signed it.
    OtherKey,
    /// A known key signed something else.
    Changed,
    /// It is of another log.
    OtherLog,
}
