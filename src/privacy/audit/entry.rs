//! Entries of the log, restricted to content without personal data.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::error::Error;

/// An action on the lake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Action {
    /// Responses were imported.
    Import,
    /// A role other than the owner ran a query.
    Query,
    /// A sealed identity was opened.
    Reveal,
    /// All data on one person was exported.
    Subject,
    /// One person was erased.
    Forget,
    /// People who withdrew consent were made anonymous.
    Withdraw,
    /// Data past its retention period was erased.
    Retain,
    /// The master key was replaced.
    KeysRotate,
    /// The master key was exported.
    KeysExport,
    /// A view or macro of the lake was created, replaced or dropped.
    Define,
    /// A damaged lake was repaired: what is lost is given up.
    Repair,
    /// The record of processing was created.
    Inventory,
    /// The content of an entry was lost in a power cut.
    Lost,
}

/// An entry to be written to the log.
///
/// Entries are permanent, so they must not contain personal data. They have no free text: names of
/// details and words are constants of the program, everything else is numbers and [`Id`]s.
///
/// The order of the fields is part of the format.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Entry {
    #[serde(serialize_with = "serialize_time")]
    time: DateTime<Utc>,
    action: Action,
    details: BTreeMap<&'static str, Detail>,
}

fn serialize_time<S: Serializer>(time: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&time.to_rfc3339_opts(SecondsFormat::Micros, true))
}

impl Entry {
    /// Creates an entry with the current time.
    pub(crate) fn new(action: Action) -> Self {
        Self {
            time: Utc::now(),
            action,
            details: BTreeMap::new(),
        }
    }

    /// Sets a detail.
    pub(crate) fn with(mut self, name: &'static str, detail: impl Into<Detail>) -> Self {
        self.details.insert(name, detail.into());
        self
    }

    /// Returns the replacement of an unreadable entry. It is constant, so that concurrent writers
    /// write the same.
    pub(super) fn lost() -> Self {
        Self {
            time: DateTime::UNIX_EPOCH,
            ..Self::new(Action::Lost)
        }
    }

    /// Returns the entry as one line of JSON. The log signs every byte, including the line break.
    pub(super) fn to_line(&self) -> String {
        let json = serde_json::to_string(self).expect("it has text keys and no failing values");
        json + "\n"
    }
}

/// Value of a detail.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub(crate) enum Detail {
    /// A count or a table version.
    Count(u64),
    Flag(bool),
    /// A constant of the program, such as the name of a table.
    Word(&'static str),
    /// A random id or a hash.
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
/// A hash of an email address or a phone number is personal data, because it can be guessed, and
/// must not be logged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(crate) struct Id(String);

impl Id {
    /// Parses an id.
    ///
    /// # Errors
    /// Returns an error if it is not 32 or 64 lower-case hexadecimal digits.
    pub(crate) fn parse(hex: &str) -> Result<Self, Error> {
        let is_hex = hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if !is_hex || !matches!(hex.len(), 32 | 64) {
            return Err(Error::invalid(
                "an id in the audit log must have 32 or 64 lower-case hexadecimal digits",
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

/// An entry read from the log.
///
/// The action is text, because later versions of voxql may have more actions.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(crate) struct Record {
    /// Index in the log, from 0.
    #[serde(skip)]
    pub(crate) index: u64,
    #[serde(deserialize_with = "deserialize_time")]
    pub(crate) time: DateTime<Utc>,
    /// Action, such as `import`.
    pub(crate) action: String,
    pub(crate) details: Map<String, Value>,
}

fn deserialize_time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DateTime<Utc>, D::Error> {
    let time = String::deserialize(deserializer)?;
    let time = DateTime::parse_from_rfc3339(&time).map_err(D::Error::custom)?;
    Ok(time.to_utc())
}

impl Record {
    /// Parses an entry.
    pub(super) fn parse(index: u64, line: &[u8]) -> Option<Self> {
        let record: Self = serde_json::from_slice(line).ok()?;
        Some(Self { index, ..record })
    }
}
