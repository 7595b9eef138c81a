//! Pseudonyms: keyed, one-way tokens for people.

use std::borrow::Cow;
use std::fmt;

use data_encoding::BASE32_NOPAD;
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use unicode_normalization::UnicodeNormalization;
use zeroize::{Zeroize, Zeroizing};

/// The default purpose of a pseudonym: to tell respondents apart.
pub const DEFAULT_PURPOSE: &str = "respondent";

/// The version of the scheme, at the start of every pseudonym.
const VERSION: &str = "v1:";

/// The purpose is appended to this to derive its key.
const INFO_PREFIX: &str = "voxql/pseudonym/v1/";

/// Derives the keys of pseudonyms, one for each purpose, from the master key of a lake.
///
/// A pseudonym is `v1:` and the lower-case unpadded base32 (RFC 4648) of HMAC-SHA-256 over the
/// [normalized](PurposeKey::write_pseudonym) value. The HMAC key of a purpose is HKDF-SHA-256
/// (RFC 5869) of the master key, with the lake's id as salt and `voxql/pseudonym/v1/` followed by
/// the purpose as info. The same person thus has unrelated pseudonyms in two lakes, or for two
/// purposes.
///
/// A pseudonym is still personal data (GDPR art. 4(5)): with the key, anyone can check whether it
/// belongs to a given email address. Without the key, enumerating addresses does not help; it would
/// reverse any plain or publicly salted hash.
///
/// The keys are wiped from memory on drop, and `Debug` does not show them.
///
/// ```
/// use datafusion_functions_nps::{DEFAULT_PURPOSE, Pseudonymizer};
///
/// let respondents = Pseudonymizer::new(&[7; 32], "lake").for_purpose(DEFAULT_PURPOSE);
/// assert_eq!(respondents.pseudonym(" Ann@Example.com"), respondents.pseudonym("ann@example.com"));
/// assert_eq!(respondents.pseudonym("  "), None);
/// ```
#[derive(Clone)]
pub struct Pseudonymizer {
    /// The pseudorandom key that HKDF extracts from the master key.
    extracted: Zeroizing<[u8; 32]>,
}

impl Pseudonymizer {
    /// Creates a pseudonymizer from the master key of the lake with id `lake_id`.
    pub fn new(master_key: &[u8; 32], lake_id: &str) -> Self {
        let (mut output, _) = Hkdf::<Sha256>::extract(Some(lake_id.as_bytes()), master_key);
        let extracted = Zeroizing::new(output.into());
        output.as_mut_slice().zeroize();
        Self { extracted }
    }

    /// Derives the key of one purpose, such as [`DEFAULT_PURPOSE`].
    pub fn for_purpose(&self, purpose: &str) -> PurposeKey {
        let mut key = Zeroizing::new([0; 32]);
        Hkdf::<Sha256>::from_prk(self.extracted.as_slice())
            .expect("the extracted key is as long as a SHA-256 hash")
            .expand_multi_info(&[INFO_PREFIX.as_bytes(), purpose.as_bytes()], &mut *key)
            .expect("HKDF-SHA-256 expands to 32 bytes");
        PurposeKey {
            hmac: Hmac::new_from_slice(key.as_slice()).expect("an HMAC key may be of any length"),
        }
    }
}

impl fmt::Debug for Pseudonymizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pseudonymizer").finish_non_exhaustive()
    }
}

/// Makes the pseudonyms of one purpose; see [`Pseudonymizer`].
#[derive(Clone)]
pub struct PurposeKey {
    /// Keyed once and cloned for each value, so that the key's blocks are hashed only once.
    hmac: Hmac<Sha256>,
}

impl PurposeKey {
    /// The length of a pseudonym in bytes: `v1:` and 52 bytes of base32.
    pub const PSEUDONYM_LEN: usize = 55;

    /// Returns the pseudonym of `value`; `None` if it is blank.
    pub fn pseudonym(&self, value: &str) -> Option<String> {
        let mut pseudonym = String::with_capacity(Self::PSEUDONYM_LEN);
        self.write_pseudonym(value, &mut pseudonym)
            .then_some(pseudonym)
    }

    /// Appends the pseudonym of `value` to `out`. Appends nothing and returns `false` if the value is
    /// blank.
    ///
    /// The value is normalized first, so that all spellings of an address give one pseudonym: Unicode
    /// form NFKC, trimmed, lower case. Lowering the case can undo NFKC (for J with a combining caron),
    /// so NFKC is applied again.
    pub fn write_pseudonym(&self, value: &str, out: &mut String) -> bool {
        let value = normalize(value);
        if value.is_empty() {
            return false;
        }
        let mut hmac = self.hmac.clone();
        hmac.update(value.as_bytes());

        let start = out.len();
        out.push_str(VERSION);
        BASE32_NOPAD.encode_append(&hmac.finalize().into_bytes(), out);
        out[start..].make_ascii_lowercase();
        true
    }
}

impl fmt::Debug for PurposeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PurposeKey").finish_non_exhaustive()
    }
}

fn normalize(value: &str) -> Cow<'_, str> {
    if !value.is_ascii() {
        let composed: String = value.nfkc().collect();
        return composed.trim().to_lowercase().nfkc().collect();
    }
    // ASCII is always in NFKC.
    let trimmed = value.trim();
    if trimmed.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(trimmed.to_ascii_lowercase())
    } else {
        Cow::Borrowed(trimmed)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use zeroize::ZeroizeOnDrop;

    use super::*;

    fn master_key() -> [u8; 32] {
        std::array::from_fn(|i| i as u8)
    }

    #[test]
    fn golden_pseudonyms() {
        // Computed with Python's hmac and hashlib, after checking `extract` and `expand` on test case 1
        // of RFC 5869:
        //
        //     def extract(salt, ikm): return hmac.new(salt, ikm, sha256).digest()
        //     def expand(prk, info): return hmac.new(prk, info + b"\x01", sha256).digest()
        //     key = expand(extract(b"4c1d2f5e-lake", bytes(range(32))),
        //                  b"voxql/pseudonym/v1/" + purpose)
        //     value = unicodedata.normalize("NFKC", value).strip().lower().encode()
        //     "v1:" + b32encode(hmac.new(key, value, sha256).digest()).decode().rstrip("=").lower()
        let lake = Pseudonymizer::new(&master_key(), "4c1d2f5e-lake");
        for (value, purpose, pseudonym) in [
            (
                "  Ann@Example.COM ",
                DEFAULT_PURPOSE,
                "v1:xrrndzr74tldv7dfsq27hd4v62ttpuvy6gsag6m52wgmwesi4klq",
            ),
            (
                "ann@example.com",
                "export",
                "v1:7edl3bsjxlde7w2kimyeffmz4a6wb6othdoxii4fbcp3k4apcswa",
            ),
            (
                "Jose\u{301}@example.com",
                DEFAULT_PURPOSE,
                "v1:m7yrsyxjncuswlng23hwpb6qm5xuzqnruww2mvebalnqk3bnp5ia",
            ),
        ] {
            let made = lake.for_purpose(purpose).pseudonym(value);
            assert_eq!(made.as_deref(), Some(pseudonym));
        }
    }

    #[test]
    fn purposes_and_lakes_are_unrelated() {
        let lake = Pseudonymizer::new(&master_key(), "a");
        let pseudonym = lake.for_purpose(DEFAULT_PURPOSE).pseudonym("ann");
        assert_ne!(pseudonym, lake.for_purpose("export").pseudonym("ann"));
        let other = Pseudonymizer::new(&master_key(), "b");
        assert_ne!(
            pseudonym,
            other.for_purpose(DEFAULT_PURPOSE).pseudonym("ann")
        );
    }

    #[test]
    fn spellings_of_an_address_share_a_pseudonym() {
        let key = Pseudonymizer::new(&master_key(), "lake").for_purpose(DEFAULT_PURPOSE);
        for (one, other) in [
            ("ann@example.com", "\tANN@Example.COM \n"),
            ("ann@example.com", "\u{a0}\u{ff41}nn@example.com"),
            ("jos\u{e9}@example.com", "JOSE\u{301}@example.com"),
            ("\u{1f0}", "J\u{30c}"),
        ] {
            assert_eq!(key.pseudonym(one), key.pseudonym(other), "{other:?}");
        }
        assert_ne!(key.pseudonym("ann"), key.pseudonym("a nn"));
    }

    #[test]
    fn blank_values_have_no_pseudonym() {
        let key = Pseudonymizer::new(&master_key(), "lake").for_purpose(DEFAULT_PURPOSE);
        for blank in ["", "  \t", "\u{a0}\u{2003}"] {
            assert_eq!(key.pseudonym(blank), None, "{blank:?}");
        }
    }

    #[test]
    fn debug_shows_no_key() {
        let lake = Pseudonymizer::new(&master_key(), "lake");
        assert_eq!(format!("{lake:?}"), "Pseudonymizer { .. }");
        let key = lake.for_purpose(DEFAULT_PURPOSE);
        assert_eq!(format!("{key:?}"), "PurposeKey { .. }");
    }

    #[test]
    fn keys_are_wiped_on_drop() {
        fn assert_wiped<T: ZeroizeOnDrop>() {}
        assert_wiped::<Zeroizing<[u8; 32]>>();
        // An HMAC consists of two hash states and a buffer, and does not implement the trait itself.
        assert_wiped::<Sha256>();
    }

    proptest! {
        #[test]
        fn normalizing_twice_changes_nothing(value: String) {
            let once = normalize(&value).into_owned();
            prop_assert_eq!(normalize(&once), once.as_str());
        }

        #[test]
        fn the_ascii_path_agrees_with_the_general_one(value in "[ -~\t\n]*") {
            let general: String = value.nfkc().collect::<String>().trim().to_lowercase();
            prop_assert_eq!(normalize(&value), general);
        }

        #[test]
        fn pseudonyms_are_appended(value in "[a-z]{1,20}") {
            let key = Pseudonymizer::new(&master_key(), "lake").for_purpose(DEFAULT_PURPOSE);
            let mut out = String::from("KEPT");
            prop_assert!(key.write_pseudonym(&value, &mut out));
            prop_assert_eq!(out.len(), "KEPT".len() + PurposeKey::PSEUDONYM_LEN);
            let pseudonym = key.pseudonym(&value);
            prop_assert_eq!(out.strip_prefix("KEPT"), pseudonym.as_deref());
        }
    }
}
