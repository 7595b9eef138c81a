//! The options of the doctor, and its findings, as text and for programs.

use std::fmt;

use serde::Serialize;

use crate::error::Error;

/// Advice for damaged counts.
pub(super) const COUNTS_AGAIN: &str = "--repair counts the responses again";

/// Advice for a damaged table of imports.
pub(super) const WRITES_AGAIN: &str = "--repair writes the table again from the log of responses, if that goes back to the first import";

/// Options of [`Lake::doctor`](crate::Lake::doctor).
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct DoctorOptions {
    /// Reads every byte, and counts all months again. Without it, the newest gigabyte of each table and
    /// the newest three months.
    pub full: bool,
    /// Repairs what can be: counts, checkpoints, rows of `imports`, lake.toml, files left over.
    pub repair: bool,
}

/// The severity of a finding, the least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Something to know. Nothing is wrong.
    Note,
    /// Answers are right, but something is missing or slower than it needs to be.
    Warning,
    /// Data is damaged or missing.
    Damage,
}

/// Something that [`Lake::doctor`](crate::Lake::doctor) found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// Its severity.
    pub severity: Severity,
    /// The table, file or setting.
    pub place: String,
    /// The problem.
    pub message: String,
    /// Advice, if there is any.
    pub advice: Option<String>,
    /// True if it was repaired.
    pub repaired: bool,
}

/// The result of [`Lake::doctor`](crate::Lake::doctor).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Diagnosis {
    /// The findings, the worst first.
    pub findings: Vec<Finding>,
    /// Tables that were read.
    pub tables: usize,
    /// Data files whose size was compared with the log.
    pub files: usize,
    /// Bytes whose checksums were computed.
    pub bytes: u64,
    /// Responses in the lake.
    pub responses: u64,
    /// Entries of the audit log.
    pub audit_entries: u64,
}

impl Diagnosis {
    /// True if nothing is damaged or missing, or all of it was repaired.
    pub fn is_well(&self) -> bool {
        self.open()
            .all(|finding| finding.severity == Severity::Note)
    }

    /// True if something is damaged or missing, and was not repaired.
    pub(super) fn is_damaged(&self) -> bool {
        self.open()
            .any(|finding| finding.severity == Severity::Damage)
    }

    /// True if something of this place is damaged or missing, and was not repaired.
    pub(super) fn is_damaged_at(&self, place: &str) -> bool {
        let mut open = self.open();
        open.any(|finding| finding.severity == Severity::Damage && finding.place == place)
    }

    /// True if something is damaged or missing since there were this many findings, and was not repaired.
    pub(super) fn is_damaged_since(&self, findings: usize) -> bool {
        let mut since = self.findings[findings..].iter();
        since.any(|finding| finding.severity == Severity::Damage && !finding.repaired)
    }

    /// Marks the damage as repaired that was found since there were this many findings.
    pub(super) fn repair_since(&mut self, findings: usize) {
        for finding in &mut self.findings[findings..] {
            finding.repaired |= finding.severity == Severity::Damage;
        }
    }

    /// The findings that were not repaired.
    fn open(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| !finding.repaired)
    }

    pub(super) fn add(
        &mut self,
        severity: Severity,
        place: impl fmt::Display,
        message: impl fmt::Display,
    ) -> &mut Finding {
        self.findings.push(Finding {
            severity,
            place: place.to_string(),
            message: message.to_string(),
            advice: None,
            repaired: false,
        });
        self.findings.last_mut().expect("it was added")
    }

    pub(super) fn add_error(&mut self, place: impl fmt::Display, error: &Error) -> &mut Finding {
        let finding = self.add(Severity::Damage, place, error);
        finding.advice = error
            .hint()
            .filter(|_| !error.is_damaged())
            .map(ToOwned::to_owned);
        finding
    }
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for finding in &self.findings {
            let severity = match finding.severity {
                _ if finding.repaired => "repaired",
                Severity::Note => "note",
                Severity::Warning => "warning",
                Severity::Damage => "damage",
            };
            writeln!(f, "{severity}: {}: {}", finding.place, finding.message)?;
            if let Some(advice) = finding.advice.as_ref().filter(|_| !finding.repaired) {
                writeln!(f, "  {advice}")?;
            }
        }
        write!(
            f,
            "checked {} tables · {} files · {} bytes · {} responses · {} audit entries",
            self.tables, self.files, self.bytes, self.responses, self.audit_entries
        )?;
        if self.findings.is_empty() {
            f.write_str(" · nothing is wrong")?;
        }
        Ok(())
    }
}

/// The first of these, by comma.
pub(super) fn some_of(all: impl IntoIterator<Item = String>) -> String {
    const NAMED: usize = 5;
    let mut all = all.into_iter();
    let named: Vec<String> = all.by_ref().take(NAMED).collect();
    let more = if all.next().is_some() { ", …" } else { "" };
    named.join(", ") + more
}

impl Finding {
    pub(super) fn advise(&mut self, advice: impl Into<String>) {
        self.advice = Some(advice.into());
    }
}
