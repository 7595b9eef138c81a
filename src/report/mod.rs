//! `voxql report`: a one-page report for people, as HTML or Markdown, or for programs, as JSON.
//!
//! All data comes from one session through SQL, so a report never contains more than the session's
//! role may see. [`gather`] runs the queries, [`sections`] turns the results into text and tables,
//! and [`html`] and [`markdown`] render those; JSON is the results themselves.

mod charts;
mod data;
mod gather;
mod html;
mod markdown;
mod options;
mod periods;
mod population;
mod queries;
mod role_view;
mod section;
mod sections;
mod sql;
mod text;

use std::path::Path;

use datafusion::prelude::SessionContext;

use crate::error::Result;
use crate::failure::Failure;
use crate::lake::Lake;
use crate::lake::zone::Zone;
use crate::privacy::roles::Role;
use crate::query::SessionOptions;

pub use options::ReportOptions;

/// The format of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReportFormat {
    /// A single self-contained page.
    Html,
    /// Markdown with tables.
    Markdown,
    /// The numbers, for programs; `version` changes when their meaning does.
    Json,
}

impl ReportFormat {
    /// Returns the format for a file's extension, in upper or lower case.
    pub(crate) fn from_extension(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        match extension.as_str() {
            "html" | "htm" => Some(Self::Html),
            "md" | "markdown" => Some(Self::Markdown),
            "json" => Some(Self::Json),
            _ => None,
        }
    }
}

impl Lake {
    /// Creates a one-page report of what the session's role may see.
    ///
    /// # Errors
    /// Returns an error without a lake, if there are no responses to report on, or if a role, survey
    /// or column does not exist.
    pub async fn report(
        &self,
        session: SessionOptions,
        options: &ReportOptions,
        format: ReportFormat,
    ) -> Result<String> {
        let role = self.role(session.role_name()).await?;
        let zone = self.zone().await?.unwrap_or_default();
        let session = self.session_with(session).await?;
        Ok(report(&session, role, zone, options, format).await?)
    }
}

async fn report(
    session: &SessionContext,
    role: Role,
    zone: Zone,
    options: &ReportOptions,
    format: ReportFormat,
) -> Result<String, Failure> {
    let report = gather::gather(session, role, zone, options).await?;
    Ok(match format {
        ReportFormat::Html => html::page(&report),
        ReportFormat::Markdown => markdown::page(&report),
        ReportFormat::Json => {
            let json = serde_json::to_string_pretty(&report);
            json.expect("a report has text keys and no failing values") + "\n"
        }
    })
}
