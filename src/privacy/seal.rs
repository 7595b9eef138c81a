//! Sealing: what an export says of a person, closed so that only the lake's key opens it.

use std::collections::BTreeMap;
use std::fmt;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::keys::MasterKey;
use crate::error::{Error, Result};

/// The first byte of what is sealed, so that a later scheme can be told from it.
const VERSION: u8 = 1;

const NONCE_BYTES: usize = 24;

/// Stands for a person and a field where a key is sealed. No pseudonym is so.
const KEY_FIELD: &str = "pseudonyms";

/// The fields of a person by name, such as `email`.
pub(crate) type Person = BTreeMap<String, Zeroizing<String>>;

/// Seals people by their pseudonyms, and opens them again.
///
/// Sealed is a byte of the version, a nonce and what XChaCha20-Poly1305 makes of the fields as JSON,
/// with the pseudonym as associated data: what is sealed for one does not open as another's. The
/// nonce is an HMAC of both, so that the same data of the same person is the same bytes, and is
/// known again without the key. Nothing else can be seen by that.
#[derive(Clone)]
pub(crate) struct Sealer {
    cipher: XChaCha20Poly1305,
    nonces: Hmac<Sha256>,
}

impl Sealer {
    pub(crate) fn new(key: &MasterKey, lake_id: &str) -> Self {
        let key_for = |purpose: &str| key.derive(lake_id, purpose);
        Self {
            cipher: XChaCha20Poly1305::new((&*key_for("voxql/seal/v1")).into()),
            nonces: Hmac::new_from_slice(key_for("voxql/seal-nonce/v1").as_slice())
                .expect("an HMAC key may be of any length"),
        }
    }

    pub(crate) fn seal(&self, respondent: &str, person: &Person) -> Vec<u8> {
        let fields: BTreeMap<&str, &str> = person
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let fields = serde_json::to_vec(&fields).expect("texts are JSON");
        let fields = Zeroizing::new(fields);
        let mut nonce = self.nonces.clone();
        // A pseudonym is of one length, so that the parts cannot run into each other.
        nonce.update(respondent.as_bytes());
        nonce.update(&fields);
        let nonce = &nonce.finalize().into_bytes()[..NONCE_BYTES];
        let nonce = XNonce::try_from(nonce).expect("it is as long as a nonce");
        let payload = Payload {
            msg: &fields,
            aad: respondent.as_bytes(),
        };
        let closed = self
            .cipher
            .encrypt(&nonce, payload)
            .expect("a message of less than 256 GB can be encrypted");
        let mut sealed = Vec::with_capacity(1 + NONCE_BYTES + closed.len());
        sealed.push(VERSION);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(&closed);
        sealed
    }

    /// The fields of a person.
    ///
    /// # Errors
    /// Where a bit differs from what was sealed, or it was sealed for another one or by another
    /// key.
    pub(crate) fn open(&self, respondent: &str, sealed: &[u8]) -> Result<Person> {
        let fields = self
            .decrypt(respondent, sealed)
            .ok_or_else(|| cannot_be_opened(respondent))?;
        serde_json::from_slice::<BTreeMap<String, String>>(&fields)
            .map(|fields| {
                let fields = fields.into_iter();
                fields
                    .map(|(name, value)| (name, Zeroizing::new(value)))
                    .collect()
            })
            .map_err(|_| cannot_be_opened(respondent))
    }

    /// A key, closed.
    pub(crate) fn seal_key(&self, key: &MasterKey) -> String {
        let key = Person::from([(KEY_FIELD.to_owned(), key.to_hex())]);
        data_encoding::BASE64.encode(&self.seal(KEY_FIELD, &key))
    }

    /// The key that [`seal_key`](Self::seal_key) closed.
    pub(crate) fn open_key(&self, sealed: &str) -> Result<MasterKey> {
        let opened = data_encoding::BASE64.decode(sealed.as_bytes()).ok();
        let opened = opened.and_then(|sealed| self.open(KEY_FIELD, &sealed).ok());
        opened
            .and_then(|fields| MasterKey::parse(fields.get(KEY_FIELD)?))
            .ok_or_else(|| {
                Error::invalid("lake.toml: [keys] pseudonyms cannot be opened with the lake's key")
                    .with_hint("restore lake.toml from a copy")
            })
    }

    fn decrypt(&self, respondent: &str, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let sealed = sealed.strip_prefix(&[VERSION])?;
        let (nonce, closed) = sealed.split_at_checked(NONCE_BYTES)?;
        let nonce = XNonce::try_from(nonce).ok()?;
        let payload = Payload {
            msg: closed,
            aad: respondent.as_bytes(),
        };
        let fields = self.cipher.decrypt(&nonce, payload).ok()?;
        Some(Zeroizing::new(fields))
    }
}

fn cannot_be_opened(respondent: &str) -> Error {
    Error::invalid(format!(
        "what is sealed of {respondent} cannot be opened: it was changed, or sealed by another key"
    ))
    .with_hint("restore the table identities from a copy, or import the export again")
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(email: &str) -> Person {
        let email = Zeroizing::new(email.to_owned());
        Person::from([("email".to_owned(), email)])
    }

    fn sealer(lake_id: &str) -> Sealer {
        Sealer::new(&MasterKey::generate().expect("random bytes"), lake_id)
    }

    #[test]
    fn what_is_sealed_opens_for_the_same_person_and_key_alone() {
        let key = MasterKey::generate().expect("random bytes");
        let sealer = Sealer::new(&key, "lake");
        let sealed = sealer.seal("v1:a", &person("ann@example.com"));
        let opened = sealer.open("v1:a", &sealed).expect("it opens");
        assert_eq!(opened, person("ann@example.com"));
        assert!(sealer.open("v1:b", &sealed).is_err());
        assert!(Sealer::new(&key, "other").open("v1:a", &sealed).is_err());
        assert!(super::tests::sealer("lake").open("v1:a", &sealed).is_err());
    }

    #[test]
    fn a_bit_that_differs_is_an_error() {
        let sealer = sealer("lake");
        let sealed = sealer.seal("v1:a", &person("ann@example.com"));
        for bit in 0..sealed.len() * 8 {
            let mut changed = sealed.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(sealer.open("v1:a", &changed).is_err(), "bit {bit}");
        }
        for length in 0..sealed.len() {
            assert!(sealer.open("v1:a", &sealed[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn the_same_is_the_same_bytes_and_nothing_else_is() {
        let sealer = sealer("lake");
        let sealed = sealer.seal("v1:a", &person("ann@example.com"));
        assert_eq!(sealed, sealer.seal("v1:a", &person("ann@example.com")));
        let others = [
            sealer.seal("v1:b", &person("ann@example.com")),
            sealer.seal("v1:a", &person("bob@example.com")),
        ];
        for other in others {
            assert_ne!(sealed[..=NONCE_BYTES], other[..=NONCE_BYTES]);
        }
        let text = String::from_utf8_lossy(&sealed);
        assert!(!text.contains("ann") && !text.contains("email"));
    }
}
