//! The master key: its sources, its storage and the keys derived from it.

use std::fmt;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use datafusion_functions_nps::Pseudonymizer;
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::error::{Error, Result};

/// Environment variable with the key as 64 hexadecimal digits.
const KEY_VARIABLE: &str = "VOXQL_KEY";
/// Environment variable with the path of the key file.
const KEY_FILE_VARIABLE: &str = "VOXQL_KEY_FILE";
const CREATE_HINT: &str = "create a key with: openssl rand -hex 32";

/// 32 secret bytes from which the keys of lakes are derived. Wiped from memory when dropped.
#[derive(Clone)]
pub(crate) struct MasterKey(Zeroizing<[u8; 32]>);

impl MasterKey {
    pub(crate) fn generate() -> Result<Self> {
        let mut bytes = Zeroizing::new([0_u8; 32]);
        getrandom::fill(bytes.as_mut())?;
        Ok(Self(bytes))
    }

    /// Parses 64 hexadecimal digits, ignoring white space around them.
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

    /// Returns sixteen hexadecimal digits that identify the key and reveal nothing about it.
    pub(crate) fn fingerprint(&self, lake_id: &str) -> String {
        data_encoding::HEXLOWER.encode(&*self.derive::<8>(lake_id, "voxql/fingerprint/v1"))
    }

    /// Derives a lake's key for one purpose. It reveals nothing about any other key.
    pub(crate) fn derive<const N: usize>(
        &self,
        lake_id: &str,
        purpose: &str,
    ) -> Zeroizing<[u8; N]> {
        let mut key = Zeroizing::new([0_u8; N]);
        Hkdf::<Sha256>::new(Some(lake_id.as_bytes()), self.0.as_ref())
            .expand(purpose.as_bytes(), key.as_mut())
            .expect("HKDF-SHA-256 can output as many bytes");
        key
    }

    /// Returns the pseudonymizer of a lake.
    pub(crate) fn pseudonymizer(&self, lake_id: &str) -> Pseudonymizer {
        Pseudonymizer::new(&self.0, lake_id)
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

/// Source of the master key.
#[derive(Clone, Debug, Default)]
pub(crate) enum KeySource {
    /// `VOXQL_KEY`, else the file in `VOXQL_KEY_FILE`, else a file in the user's configuration
    /// folder.
    #[default]
    Environment,
    File(PathBuf),
    Key(MasterKey),
}

impl KeySource {
    /// Parses a key of 64 hexadecimal digits.
    pub(crate) fn from_hex(hex: &str) -> Result<Self> {
        parse_hex(hex, "the key").map(Self::Key)
    }

    /// Returns the key, if there is one.
    pub(crate) fn find(&self) -> Result<Option<MasterKey>> {
        match self {
            Self::Key(key) => Ok(Some(key.clone())),
            Self::File(path) => read_file(path),
            Self::Environment => match std::env::var(KEY_VARIABLE) {
                Ok(hex) => parse_hex(&hex, KEY_VARIABLE).map(Some),
                Err(std::env::VarError::NotUnicode(_)) => {
                    Err(Error::invalid(format!("{KEY_VARIABLE} is not valid UTF-8")))
                }
                Err(std::env::VarError::NotPresent) => read_file(&default_path()?),
            },
        }
    }

    /// Saves a new key where [`find`](Self::find) looks for it. Returns the file written, `None` if
    /// another process saved a key first.
    pub(crate) fn save(&self, key: &MasterKey) -> Result<Option<PathBuf>> {
        let path = match self {
            Self::File(path) => path.clone(),
            Self::Environment | Self::Key(_) => default_path()?,
        };
        let written =
            write_new_file(&path, key).map_err(|error| Error::io(path.display(), error))?;
        Ok(written.then_some(path))
    }
}

fn parse_hex(hex: &str, name: &str) -> Result<MasterKey> {
    MasterKey::parse(hex).ok_or_else(|| {
        Error::invalid(format!("{name} is not 64 hexadecimal digits")).with_hint(CREATE_HINT)
    })
}

fn default_path() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os(KEY_FILE_VARIABLE) {
        return Ok(PathBuf::from(path));
    }
    match directories::ProjectDirs::from("", "", "voxql") {
        Some(folders) => Ok(folders.config_dir().join("key")),
        None => Err(
            Error::not_found("this user has no home directory to store the key in").with_hint(
                format!(
                    "set {KEY_FILE_VARIABLE} to a file, or {KEY_VARIABLE} to 64 hexadecimal digits"
                ),
            ),
        ),
    }
}

/// # Errors
/// Returns an error if the file holds no key, cannot be read, or can be read by other users.
fn read_file(path: &Path) -> Result<Option<MasterKey>> {
    check_mode(path)?;
    match fs::read_to_string(path) {
        Ok(text) => match MasterKey::parse(&Zeroizing::new(text)) {
            Some(key) => Ok(Some(key)),
            None => Err(Error::invalid(format!(
                "{}: not a voxql key (64 hexadecimal digits)",
                path.display()
            ))),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io(path.display(), error)),
    }
}

/// Refuses a key that other users can read, or replace by one of their own.
#[cfg(unix)]
fn check_mode(path: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    // A file that does not exist or cannot be read has its own error.
    let mode = fs::metadata(path).map_or(0, |metadata| metadata.permissions().mode());
    if mode & 0o077 == 0 {
        return Ok(());
    }
    let shown = path.to_string_lossy();
    let quoted = shlex::try_quote(&shown).unwrap_or_else(|_| shown.clone());
    Err(Error::forbidden(format!(
        "{shown}: other users can use this key (mode {:04o})",
        mode & 0o7777
    ))
    .with_hint(format!("make it yours alone: chmod 600 {quoted}")))
}

#[cfg(not(unix))]
fn check_mode(_: &Path) -> Result<()> {
    Ok(())
}

/// Writes the key to a new file that only its owner can read, and waits until it is on disk, because
/// losing the key loses every pseudonym made with it. Returns false if the file exists by then.
fn write_new_file(path: &Path, key: &MasterKey) -> io::Result<bool> {
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    create_private_folder(folder)?;
    // Temporary files have mode 0600.
    let mut file = tempfile::Builder::new()
        .suffix(".partial")
        .tempfile_in(folder)?;
    writeln!(file, "{}", *key.to_hex())?;
    file.as_file().sync_all()?;
    match file.persist_noclobber(path) {
        Ok(_) => {
            #[cfg(unix)]
            fs::File::open(folder)?.sync_all()?;
            Ok(true)
        }
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error.error),
    }
}

/// Creates a folder, and those above it, for their owner alone. Existing ones stay as they are.
pub(crate) fn create_private_folder(path: &Path) -> io::Result<()> {
    let mut folders = fs::DirBuilder::new();
    folders.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut folders, 0o700);
    folders.create(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

    #[test]
    fn a_key_is_saved_once_and_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/key");
        let source = KeySource::File(path.clone());
        assert!(source.find().unwrap().is_none());
        let first = MasterKey::generate().unwrap();
        assert_eq!(source.save(&first).unwrap(), Some(path));
        let second = MasterKey::generate().unwrap();
        assert_eq!(source.save(&second).unwrap(), None);
        let saved = source.find().unwrap().unwrap();
        assert_eq!(saved.fingerprint("lake"), first.fingerprint("lake"));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let metadata = fs::metadata(folder.path().join("deep/key")).unwrap();
            assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn fingerprints_differ_by_lake_and_key() {
        let key = MasterKey::parse(HEX).unwrap();
        assert_ne!(key.fingerprint("a"), key.fingerprint("b"));
        let other = MasterKey::generate().unwrap();
        assert_ne!(key.fingerprint("a"), other.fingerprint("a"));
        assert_eq!(format!("{key:?}"), "MasterKey(…)");
    }

    #[test]
    fn an_invalid_key_is_an_error() {
        assert!(KeySource::from_hex("abc").is_err());
        assert!(KeySource::from_hex(&"g".repeat(64)).is_err());
        assert!(KeySource::from_hex(&format!(" {HEX}\n")).is_ok());
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        fs::write(&path, "not a key").unwrap();
        assert!(KeySource::File(path).find().is_err());
    }
}
