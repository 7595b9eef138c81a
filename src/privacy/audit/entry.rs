//! What an entry says, and why it cannot say more.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::{Error, Result};

/// The longest role name that is written down.
const ROLE_CHARS_MAX: usize = 64;

/// What was done to the lake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Action {
    /// Responses came in.
    Import,
    /// A role asked something.
    Query,
    /// A sealed identity was opened.
    Reveal,
    /// A query took its share of the privacy budget.
    BudgetCharge,
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
    actor: Option<String>,
    details: BTreeMap<&'static str, Detail>,
}

/// An entry as it is in the log: the order of the fields is part of the format.
#[derive(Serialize)]
struct Line<'a> {
    time: String,
    action: Action,
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<&'a str>,
    details: &'a BTreeMap<&'static str, Detail>,
}

impl Entry {
    /// Something that happens now.
    pub(crate) fn new(action: Action) -> Self {
        Self {
            time: Utc::now(),
            action,
            actor: None,
            details: BTreeMap::new(),
        }
    }

    /// Says which role of lake.toml it was.
    ///
    /// # Errors
    /// When the name is not one to 64 of the characters `A-Z a-z 0-9 _ -`, those of a bare key in
    /// TOML: an email or a full name does not pass for a role.
    pub(crate) fn by(mut self, role: &str) -> Result<Self> {
        let is_name = (1..=ROLE_CHARS_MAX).contains(&role.len())
            && role
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
        if !is_name {
            return Err(Error::invalid("the role cannot be named in the audit log")
                .with_hint("name roles with letters, digits, _ and -, at most 64 of them"));
        }
        self.actor = Some(role.to_owned());
        Ok(self)
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
            actor: self.actor.as_deref(),
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
    /// A finite quantity, such as an epsilon.
    Amount(f64),
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

impl From<f64> for Detail {
    fn from(amount: f64) -> Self {
        Self::Amount(amount)
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

/// 16 or 32 bytes in lower-case hexadecimal: an import's random id, or the SHA-256 of a query.
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
    /// The role, where one asked.
    pub(crate) actor: Option<String>,
    /// Counts, ids, versions.
    pub(crate) details: Map<String, Value>,
}

#[derive(Deserialize)]
struct ReadLine {
    time: String,
    action: String,
    #[serde(default)]
    actor: Option<String>,
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
            actor: line.actor,
            details: line.details,
        })
    }
}
