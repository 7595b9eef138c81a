//! Digests of ids and texts.

use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;

use sha2::{Digest, Sha256};

/// The keys of [`id_digest`].
static ID_KEYS: LazyLock<[RandomState; 2]> = LazyLock::new(Default::default);

/// The digest of a response id within a survey. It differs from process to process: nobody can choose ids
/// that collide, and each import computes those of all responses in the lake, so it has to be fast.
pub(in crate::ingest) fn id_digest(survey: &str, id: &str) -> u128 {
    let [high, low] = &*ID_KEYS;
    u128::from(high.hash_one((survey, id))) << 64 | u128::from(low.hash_one((survey, id)))
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
