//! Sealing: encryption of personal fields with the lake's key.

use std::collections::BTreeMap;
use std::fmt;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::keys::MasterKey;
use crate::error::{Error, Result};

/// First byte of sealed data, to distinguish later schemes.
const VERSION: u8 = 1;

const NONCE_BYTES: usize = 24;

/// Used as the respondent and the field of a sealed key. No pseudonym has this form.
const KEY_FIELD: &str = "pseudonyms";

/// Personal fields by name, such as `email`.
pub(crate) type Person = BTreeMap<String, Zeroizing<String>>;

/// Seals and opens the personal fields of respondents.
///
/// Sealed data is a version byte, a nonce and the fields as JSON, encrypted with XChaCha20-Poly1305.
/// The pseudonym is the associated data, so one respondent's data does not open as another's. The
/// nonce is an HMAC of both: equal data of one respondent is equal bytes, which can be compared
/// without the key and reveal nothing else.
#[derive(Clone)]
pub(crate) struct Sealer {
    cipher: XChaCha20Poly1305,
    nonces: Hmac<Sha256>,
}

impl Sealer {
    pub(crate) fn new(key: &MasterKey, lake_id: &str) -> Self {
        let key_for = |purpose: &str| key.derive::<32>(lake_id, purpose);
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
        let fields = Zeroizing::new(serde_json::to_vec(&fields).expect("texts are JSON"));
        let mut nonce = self.nonces.clone();
        // Pseudonyms have a fixed length, so the boundary between the parts is unambiguous.
        nonce.update(respondent.as_bytes());
        nonce.update(&fields);
        let nonce = &nonce.finalize().into_bytes()[..NONCE_BYTES];
        let nonce = XNonce::try_from(nonce).expect("the slice is as long as a nonce");
        let payload = Payload {
            msg: &fields,
            aad: respondent.as_bytes(),
        };
        let encrypted = self
            .cipher
            .encrypt(&nonce, payload)
            .expect("a message of less than 256 GB can be encrypted");
        [&[VERSION][..], &nonce[..], &encrypted].concat()
    }

    /// Opens the fields of a respondent.
    ///
    /// # Errors
    /// Returns an error if the data was changed, or sealed for another respondent or with another key.
    pub(crate) fn open(&self, respondent: &str, sealed: &[u8]) -> Result<Person> {
        self.decrypt(respondent, sealed)
            .and_then(|fields| serde_json::from_slice::<BTreeMap<String, String>>(&fields).ok())
            .map(|fields| {
                let fields = fields.into_iter();
                fields.map(|(name, value)| (name, value.into())).collect()
            })
            .ok_or_else(|| {
                Error::invalid(format!(
                    "the sealed identity of {respondent} cannot be opened: it was changed, or \
                     sealed with another key"
                ))
                .with_hint("restore the identities table from a backup, or import the export again")
            })
    }

    /// Seals a key.
    pub(crate) fn seal_key(&self, key: &MasterKey) -> String {
        let key = Person::from([(KEY_FIELD.to_owned(), key.to_hex())]);
        data_encoding::BASE64.encode(&self.seal(KEY_FIELD, &key))
    }

    /// Opens a key sealed by [`seal_key`](Self::seal_key).
    pub(crate) fn open_key(&self, sealed: &str) -> Result<MasterKey> {
        let sealed = data_encoding::BASE64.decode(sealed.as_bytes()).ok();
        sealed
            .and_then(|sealed| self.open(KEY_FIELD, &sealed).ok())
            .and_then(|fields| MasterKey::parse(fields.get(KEY_FIELD)?))
            .ok_or_else(|| {
                Error::invalid("lake.toml: [keys] pseudonyms cannot be opened with the lake's key")
                    .with_hint("restore lake.toml from a backup")
            })
    }

    fn decrypt(&self, respondent: &str, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let sealed = sealed.strip_prefix(&[VERSION])?;
        let (nonce, encrypted) = sealed.split_at_checked(NONCE_BYTES)?;
        let nonce = XNonce::try_from(nonce).ok()?;
        let payload = Payload {
            msg: encrypted,
            aad: respondent.as_bytes(),
        };
        let fields = self.cipher.decrypt(&nonce, payload).ok()?;
        Some(Zeroizing::new(fields))
    }
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
    fn sealed_data_opens_only_with_its_key_and_respondent() {
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
    fn a_changed_bit_is_an_error() {
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
    fn equal_data_is_equal_bytes() {
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
