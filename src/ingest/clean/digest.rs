//! Digests that stand for ids and texts.

use sha2::{Digest, Sha256};

/// What stands for an id of a survey.
pub(in crate::ingest) fn id_digest(survey: &str, id: &str) -> u128 {
    digest(&[survey.as_bytes(), id.as_bytes()])
}

/// 128 bits of SHA-256 over parts that cannot run into each other.
pub(in crate::ingest) fn digest(parts: &[&[u8]]) -> u128 {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    let mut short = [0; 16];
    short.copy_from_slice(&hasher.finalize()[..16]);
    u128::from_be_bytes(short)
}
