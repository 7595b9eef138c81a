//! What an entry says, and why it cannot say more.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::{Error, Result};

/// What was done to the lake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Action {
    /// Responses came in.
    Import,
    /// A role other than the owner's asked.
    Query,
    /// A sealed identity was opened.
    Reveal,
    /// All that is held on one person was given out.
    Subject,
    /// One person was erased.
    Forget,
    /// Data past its time was erased.
    Retain,
    /// The lake has another master key.
    KeysRotate,
    /// The master key was given out.
    KeysExport,
    /// The record of processing was made.
    Inventory,
    /// An entry of which only the name reached the disk, because of a power cut.
    Lost,
}

/// One thing that happened, to be written to the log.
///
/// An entry stays for good, so nothing of a person may get into it. It has no place for free text:
/// names of details and words are those in the program, all else is numbers and [`Id`]s.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    time: DateTime<Utc>,
    action: Action,
    details: BTreeMap<&'static str, Detail>,
}

/// An entry as it is in the log: the order of the fields is part of the format.
#[derive(Serialize)]
struct Line<'a> {
    time: String,
    action: Action,
    details: &'a BTreeMap<&'static str, Detail>,
}

impl Entry {
    /// Something that happens now.
    pub(crate) fn new(action: Action) -> Self {
        Self {
            time: Utc::now(),
            action,
            details: BTreeMap::new(),
        }
    }

    /// Adds a detail; a second one of the same name replaces the first.
    pub(crate) fn with(mut self, name: &'static str, detail: impl Into<Detail>) -> Self {
        self.details.insert(name, detail.into());
        self
    }

    /// What takes the place of an entry that cannot be read. It is always the same, so that two
    /// writers who find such an entry put the same there.
    pub(super) fn lost() -> Self {
        Self {
            time: DateTime::UNIX_EPOCH,
            ..Self::new(Action::Lost)
        }
    }

    /// The entry as one line of JSON. Every byte of it, the line break too, is what the log signs.
    pub(super) fn to_line(&self) -> String {
        let line = Line {
            time: self.time.to_rfc3339_opts(SecondsFormat::Micros, true),
            action: self.action,
            details: &self.details,
        };
        let json = serde_json::to_string(&line).expect("it has text keys and no failing values");
        json + "\n"
    }
}

/// What a detail can be.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub(crate) enum Detail {
    /// How many, or a table's version.
    Count(u64),
    /// Whether.
    Flag(bool),
    /// A word of the program, such as the name of a table.
    Word(&'static str),
    /// A random name or a hash.
    Id(Id),
}

impl From<u64> for Detail {
    fn from(count: u64) -> Self {
        Self::Count(count)
    }
}

impl From<bool> for Detail {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<&'static str> for Detail {
    fn from(word: &'static str) -> Self {
        Self::Word(word)
    }
}

impl From<Id> for Detail {
    fn from(id: Id) -> Self {
        Self::Id(id)
    }
}

/// 16 or 32 bytes in lower-case hexadecimal, such as the SHA-256 of a file.
///
/// A hash of an email or a phone number is personal data, because those can be tried out; such a
/// hash is not for the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(crate) struct Id(String);

impl Id {
    /// Takes an id in hexadecimal.
    ///
    /// # Errors
    /// When it is not 32 or 64 lower-case hexadecimal digits.
    pub(crate) fn parse(hex: &str) -> Result<Self> {
        let is_hex = hex
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if !is_hex || !matches!(hex.len(), 32 | 64) {
            return Err(Error::invalid(
                "what is no id of 32 or 64 hexadecimal digits does not go into the audit log",
            ));
        }
        Ok(Self(hex.to_owned()))
    }
}

impl From<[u8; 32]> for Id {
    fn from(hash: [u8; 32]) -> Self {
        Self(data_encoding::HEXLOWER.encode(&hash))
    }
}

/// An entry as it was read.
///
/// The action is text: a log may hold actions of a later version of voxql.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Record {
    /// Its place in the log, from 0.
    pub(crate) index: u64,
    /// When it happened.
    pub(crate) time: DateTime<Utc>,
    /// What was done, such as `import`.
    pub(crate) action: String,
    /// Counts, ids, versions.
    pub(crate) details: Map<String, Value>,
}

#[derive(Deserialize)]
struct ReadLine {
    time: String,
    action: String,
    details: Map<String, Value>,
}

impl Record {
    /// Reads an entry, `None` where the bytes are none.
    pub(super) fn parse(index: u64, line: &[u8]) -> Option<Self> {
        let line: ReadLine = serde_json::from_slice(line).ok()?;
        Some(Self {
            index,
            time: DateTime::parse_from_rfc3339(&line.time).ok()?.to_utc(),
            action: line.action,
            details: line.details,
        })
    }
}
