//! Digests of ids and texts.

use sha2::{Digest, Sha256};

/// The digest of a response id within a survey.
pub(in crate::ingest) fn id_digest(survey: &str, id: &str) -> u128 {
    digest(&[survey.as_bytes(), id.as_bytes()])
}

/// Returns 128 bits of SHA-256 over the parts, each prefixed with its length.
pub(in crate::ingest) fn digest(parts: &[&[u8]]) -> u128 {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    let mut prefix = [0; 16];
    prefix.copy_from_slice(&hasher.finalize()[..16]);
    u128::from_be_bytes(prefix)
}
