//! The scope of a report.

use chrono::NaiveDate;

/// Options of [`Lake::report`](crate::Lake::report).
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ReportOptions {
    /// Only this survey.
    pub survey: Option<String>,
    /// Columns to group by; if empty, every kept column with few values.
    pub by: Vec<String>,
    /// Only responses from this day on, in the lake's zone.
    pub since: Option<NaiveDate>,
}
