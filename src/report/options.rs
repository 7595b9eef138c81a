//! The scope of a report.

use chrono::NaiveDate;

#[derive(Clone, Debug, Default)]
pub(crate) struct ReportOptions {
    /// Only this survey.
    pub(crate) survey: Option<String>,
    /// Columns to group by; if empty, every kept column with few values.
    pub(crate) by: Vec<String>,
    /// Only responses from this day on, UTC.
    pub(crate) since: Option<NaiveDate>,
}
