//! `voxql report`: what the answers say, on one page to send round, to print, or for a program.
//!
//! All that a report says comes from one session, by SQL: what the session does not show, the
//! report does not tell. [`gather`] asks, [`gather_groups`] does for who sees no rows, [`sections`] puts the answers into words and tables, and
//! [`html`] and [`markdown`] write those; JSON is the answers as they are.

mod charts;
mod data;
mod gather;
mod gather_groups;
mod html;
mod iso;
mod markdown;
mod periods;
mod population;
mod queries;
mod section;
mod sections;
mod sight;
mod sql;
mod text;

use std::path::Path;

use chrono::NaiveDate;
use datafusion::prelude::SessionContext;

use crate::failure::Failure;
use crate::privacy::roles::Role;

use sight::Sight;

/// What a report is to be about.
#[derive(Clone, Debug, Default)]
pub(crate) struct ReportOptions {
    /// This survey alone.
    pub(crate) survey: Option<String>,
    /// Grouped by these columns; by all that have few values where there are none.
    pub(crate) by: Vec<String>,
    /// Answers from this day on, UTC.
    pub(crate) since: Option<NaiveDate>,
}

/// How a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReportFormat {
    /// One page that needs nothing beside it.
    Html,
    Markdown,
    /// The numbers, for a program; `version` tells when what they mean has changed.
    Json,
}

impl ReportFormat {
    /// The format that a file's extension names, in upper or lower case; `None` where it names none.
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

/// Makes a report of what a session shows, which is that of a role.
///
/// # Errors
/// Without a lake, without answers to report on, and where a survey or column is not there.
pub(crate) async fn report(
    session: &SessionContext,
    role: Role,
    options: &ReportOptions,
    format: ReportFormat,
) -> Result<String, Failure> {
    let sight = Sight::of(role, session).await?;
    let report = match sight.has_rows() {
        true => gather::gather(session, &sight, options).await?,
        false => gather_groups::gather(session, &sight, options).await?,
    };
    Ok(match format {
        ReportFormat::Html => html::page(&report),
        ReportFormat::Markdown => markdown::page(&report),
        ReportFormat::Json => {
            let json = serde_json::to_string_pretty(&report);
            json.expect("a report has text keys and no failing values") + "\n"
        }
    })
}
