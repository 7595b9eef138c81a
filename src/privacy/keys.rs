//! The master key: where it is found, how it is made, how a lake recognises it.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use datafusion_functions_nps::Pseudonymizer;
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::error::{Error, Result};

/// Holds the key itself: 64 hexadecimal digits.
const KEY_VARIABLE: &str = "VOXQL_KEY";
/// Names the file that holds the key.
const KEY_FILE_VARIABLE: &str = "VOXQL_KEY_FILE";

/// 32 secret bytes from which every key of a lake is derived. Wiped from memory when dropped.
#[derive(Clone)]
pub(crate) struct MasterKey(Zeroizing<[u8; 32]>);

impl MasterKey {
    pub(crate) fn generate() -> Result<Self> {
        let mut bytes = Zeroizing::new([0_u8; 32]);
        getrandom::fill(bytes.as_mut())?;
        Ok(Self(bytes))
    }

    /// Parses 64 hexadecimal digits; white space around them does not matter.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let mut bytes = Zeroizing::new([0_u8; 32]);
        if text.len() != 64 {
            return None;
        }
        data_encoding::HEXLOWER_PERMISSIVE
            .decode_mut(text.as_bytes(), bytes.as_mut())
            .ok()?;
        Some(Self(bytes))
    }

    pub(crate) fn to_hex(&self) -> Zeroizing<String> {
        Zeroizing::new(data_encoding::HEXLOWER.encode(self.0.as_ref()))
    }

    /// Sixteen hexadecimal digits that tell the keys of a lake apart and say nothing about the
    /// key: an HKDF output for a purpose of its own.
    pub(crate) fn fingerprint(&self, lake_id: &str) -> String {
        let mut bytes = [0_u8; 8];
        Hkdf::<Sha256>::new(Some(lake_id.as_bytes()), self.0.as_ref())
            .expand(b"voxql/fingerprint/v1", &mut bytes)
            .expect("8 bytes are within what HKDF-SHA-256 can give");
        data_encoding::HEXLOWER.encode(&bytes)
    }

    /// The key of a lake for a purpose, which says nothing about any other.
    pub(crate) fn derive(&self, lake_id: &str, purpose: &str) -> Zeroizing<[u8; 32]> {
        let mut key = Zeroizing::new([0_u8; 32]);
        Hkdf::<Sha256>::new(Some(lake_id.as_bytes()), self.0.as_ref())
            .expand(purpose.as_bytes(), key.as_mut())
            .expect("32 bytes are within what HKDF-SHA-256 can give");
        key
    }

    /// The pseudonyms of the lake with this id.
    pub(crate) fn pseudonymizer(&self, lake_id: &str) -> Pseudonymizer {
        Pseudonymizer::new(&self.0, lake_id)
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

/// Where the master key comes from.
#[derive(Clone, Debug, Default)]
pub(crate) enum KeySource {
    /// `VOXQL_KEY`, else the file that `VOXQL_KEY_FILE` names, else the file in the user's
    /// configuration folder.
    #[default]
    Environment,
    /// This file.
    File(PathBuf),
    /// This key.
    Given(MasterKey),
}

impl KeySource {
    /// A key given as 64 hexadecimal digits.
    pub(crate) fn given(hex: &str) -> Result<Self> {
        MasterKey::parse(hex).map(Self::Given).ok_or_else(|| {
            Error::invalid("the key is not 64 hexadecimal digits")
                .with_hint("make one with: openssl rand -hex 32")
        })
    }

    /// The key, where there is one.
    pub(crate) fn find(&self) -> Result<Option<MasterKey>> {
        match self {
            Self::Given(key) => Ok(Some(key.clone())),
            Self::File(path) => read_file(path),
            Self::Environment => match std::env::var(KEY_VARIABLE) {
                Ok(hex) => MasterKey::parse(&hex).map(Some).ok_or_else(|| {
                    Error::invalid(format!("{KEY_VARIABLE} is not 64 hexadecimal digits"))
                        .with_hint("make a key with: openssl rand -hex 32")
                }),
                Err(std::env::VarError::NotUnicode(_)) => {
                    Err(Error::invalid(format!("{KEY_VARIABLE} is not text")))
                }
                Err(std::env::VarError::NotPresent) => read_file(&default_path()?),
            },
        }
    }

    /// Keeps a new key where [`find`](Self::find) looks for it. Gives the file that was written,
    /// `None` where another process made a key first.
    pub(crate) fn keep(&self, key: &MasterKey) -> Result<Option<PathBuf>> {
        let path = match self {
            Self::File(path) => path.clone(),
            Self::Environment | Self::Given(_) => default_path()?,
        };
        let written =
            write_new_file(&path, key).map_err(|error| Error::io(path.display(), error))?;
        Ok(written.then_some(path))
    }
}

fn default_path() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os(KEY_FILE_VARIABLE) {
        return Ok(PathBuf::from(path));
    }
    directories::ProjectDirs::from("", "", "voxql")
        .map(|folders| folders.config_dir().join("key"))
        .ok_or_else(|| {
            Error::not_found("this user has no home folder to keep the key in").with_hint(format!(
                "set {KEY_FILE_VARIABLE} to a file, or {KEY_VARIABLE} to 64 hexadecimal digits"
            ))
        })
}

fn read_file(path: &Path) -> Result<Option<MasterKey>> {
    match fs::read_to_string(path) {
        Ok(text) => MasterKey::parse(&Zeroizing::new(text))
            .map(Some)
            .ok_or_else(|| {
                Error::invalid(format!(
                    "{}: not a voxql key (64 hexadecimal digits)",
                    path.display()
                ))
            }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io(path.display(), error)),
    }
}

/// Writes the key where no file is yet, readable by its owner alone, and waits until it is on
/// disk: a key lost to a power cut would be worth every pseudonym made with it. Returns false
/// where a file came into being meanwhile.
fn write_new_file(path: &Path, key: &MasterKey) -> io::Result<bool> {
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    fs::create_dir_all(folder)?;
    // A name that no other maker of a key has, in this process or another.
    let random = getrandom::u64().map_err(io::Error::other)?;
    let partial = path.with_extension(format!("{random:016x}.partial"));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(&partial)?;
    let written = writeln!(file, "{}", *key.to_hex()).and_then(|()| file.sync_all());
    // A hard link, unlike a rename, fails where the file exists: the first process wins.
    let linked = written.and_then(|()| fs::hard_link(&partial, path));
    fs::remove_file(&partial)?;
    match linked {
        Ok(()) => {
            #[cfg(unix)]
            fs::File::open(folder)?.sync_all()?;
            Ok(true)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

    #[test]
    fn a_key_is_made_once_and_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/key");
        let source = KeySource::File(path.clone());
        assert!(source.find().unwrap().is_none());
        let first = MasterKey::generate().unwrap();
        assert_eq!(source.keep(&first).unwrap(), Some(path));
        let second = MasterKey::generate().unwrap();
        assert_eq!(source.keep(&second).unwrap(), None);
        let kept = source.find().unwrap().unwrap();
        assert_eq!(kept.fingerprint("lake"), first.fingerprint("lake"));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(folder.path().join("deep/key"))
                .unwrap()
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn fingerprints_differ_by_lake_and_key() {
        let key = MasterKey::parse(HEX).unwrap();
        assert_ne!(key.fingerprint("a"), key.fingerprint("b"));
        assert_ne!(
            key.fingerprint("a"),
            MasterKey::generate().unwrap().fingerprint("a")
        );
        assert_eq!(format!("{key:?}"), "MasterKey(…)");
    }

    #[test]
    fn what_is_no_key_is_an_error() {
        assert!(KeySource::given("abc").is_err());
        assert!(KeySource::given(&"g".repeat(64)).is_err());
        assert!(KeySource::given(&format!(" {HEX}\n")).is_ok());
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        fs::write(&path, "not a key").unwrap();
        assert!(KeySource::File(path).find().is_err());
    }
}
