//! Keys that sign the log and verify its signatures.

use std::fmt;

use ed25519_dalek::{SignatureError, Signer as _, SigningKey};
use signed_note::{
    Note, NoteError, Signer, StandardVerifier, Verifier, VerifierList, new_ed25519_verifier_key,
};
use tlog_tiles::{Checkpoint, Hash};
use zeroize::Zeroizing;

use crate::error::{Error, Result};

/// Returns the name of a lake's log, which is part of every checkpoint and key.
fn origin(lake_id: &str) -> Result<String> {
    let is_valid = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    if lake_id.is_empty() || !lake_id.bytes().all(is_valid) {
        return Err(Error::invalid(
            "lake.toml: the lake id may contain only letters, digits, _ and -",
        )
        .with_hint("restore the id that the lake was created with"));
    }
    Ok(format!("voxql/audit/{lake_id}"))
}

/// Signs the checkpoints of a lake's log with Ed25519. Wiped from memory when dropped.
pub(crate) struct AuditSigner {
    origin: String,
    verifying_key: String,
    key_id: u32,
    key: SigningKey,
}

impl AuditSigner {
    /// Creates the signer of a lake from 32 bytes derived from its master key for this purpose.
    ///
    /// # Errors
    /// Returns an error if the lake id cannot be part of a key name.
    pub(crate) fn new(lake_id: &str, seed: &Zeroizing<[u8; 32]>) -> Result<Self> {
        let origin = origin(lake_id)?;
        let key = SigningKey::from_bytes(seed);
        let verifying_key = new_ed25519_verifier_key(&origin, &key.verifying_key());
        let verifier = verifier(&verifying_key).expect("it was just created from a valid key");
        Ok(Self {
            origin,
            key_id: verifier.key_id(),
            verifying_key,
            key,
        })
    }

    /// Returns the public key that verifies this signer's signatures, `name+hash+base64` as in
    /// c2sp.org/signed-note.
    pub(crate) fn verifying_key(&self) -> &str {
        &self.verifying_key
    }

    /// Returns a signed checkpoint as in c2sp.org/tlog-checkpoint.
    pub(super) fn sign_checkpoint(&self, size: u64, root: Hash) -> Vec<u8> {
        let checkpoint = Checkpoint::new(&self.origin, size, root, "")
            .expect("the origin is not empty and there are no extension lines");
        let mut note = Note::new(&checkpoint.to_bytes(), &[])
            .expect("a checkpoint is lines of printable text");
        note.add_sigs(&[self])
            .expect("the origin was validated as a key name");
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
        write!(f, "AuditSigner({})", self.verifying_key)
    }
}

fn verifier(verifying_key: &str) -> Option<StandardVerifier> {
    StandardVerifier::new(verifying_key).ok()
}

/// Public keys of a lake's log. The newest signs; keys from before a rotation still verify
/// checkpoints that were kept elsewhere.
#[derive(Clone)]
pub(crate) struct AuditKeys {
    origin: String,
    newest: StandardVerifier,
    replaced: Vec<StandardVerifier>,
}

impl AuditKeys {
    /// Parses keys in the format of [`AuditSigner::verifying_key`].
    ///
    /// # Errors
    /// Returns an error if one is not a valid key of this lake.
    pub(crate) fn new(lake_id: &str, newest: &str, replaced: &[&str]) -> Result<Self> {
        let origin = origin(lake_id)?;
        let read = |key: &str| {
            verifier(key)
                .filter(|verifier| verifier.name() == origin)
                .ok_or_else(|| {
                    Error::invalid("not a key of this lake's audit log")
                        .with_hint(format!("a key is one line that begins with {origin}+"))
                })
        };
        let newest = read(newest)?;
        let replaced = replaced.iter().map(|key| read(key));
        let mut replaced = replaced.collect::<Result<Vec<_>>>()?;
        // `signed_note` trusts neither of two keys with the same id.
        replaced.retain(|key| key.key_id() != newest.key_id());
        replaced.sort_by_key(StandardVerifier::key_id);
        replaced.dedup_by_key(|key| key.key_id());
        Ok(Self {
            origin,
            newest,
            replaced,
        })
    }

    /// True if `signer` has the newest key.
    pub(super) fn is_newest(&self, signer: &AuditSigner) -> bool {
        signer.origin == self.origin && signer.key_id == self.newest.key_id()
    }

    /// Parses a signed checkpoint and verifies its signature.
    pub(super) fn verify(&self, note: &[u8]) -> std::result::Result<Signed, Fault> {
        let text = std::str::from_utf8(note).map_err(|_| Fault::NotACheckpoint)?;
        let note = Note::from_bytes(note).map_err(|_| Fault::NotACheckpoint)?;
        let known: Vec<Box<dyn Verifier>> = std::iter::once(&self.newest)
            .chain(&self.replaced)
            .map(|key| Box::new(key.clone()) as Box<dyn Verifier>)
            .collect();
        let verified = note.verify(&VerifierList::new(known));
        let (signatures, _) = verified.map_err(|error| match error {
            NoteError::InvalidSignature { .. } => Fault::Changed,
            _ => Fault::UnknownKey,
        })?;
        let checkpoint = Checkpoint::from_bytes(note.text()).map_err(|_| Fault::NotACheckpoint)?;
        if checkpoint.origin() != self.origin {
            return Err(Fault::OtherLog);
        }
        Ok(Signed {
            size: checkpoint.size(),
            root: *checkpoint.hash(),
            by_newest_key: signatures.iter().any(|s| s.id() == self.newest.key_id()),
            text: text.to_owned(),
        })
    }
}

impl fmt::Debug for AuditKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AuditKeys({})", self.origin)
    }
}

/// A checkpoint with a verified signature.
#[derive(Clone, Debug)]
pub(super) struct Signed {
    /// Number of entries it signs.
    pub(super) size: u64,
    /// Root of the tree over them.
    pub(super) root: Hash,
    /// `true` if the newest key signed it, not only a replaced one.
    pub(super) by_newest_key: bool,
    /// Text of the note.
    pub(super) text: String,
}

/// Reason a checkpoint is invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It is not a signed note with a checkpoint.
    NotACheckpoint,
    /// No known key signed it.
    UnknownKey,
    /// A known key signed different content.
    Changed,
    /// It belongs to another log.
    OtherLog,
}
