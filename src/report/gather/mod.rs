//! Runs the queries of a report.

mod base;
mod columns;
mod groups;
mod rows;

use datafusion::prelude::SessionContext;

use super::data::Report;
use super::options::ReportOptions;
use super::role_view::RoleView;
use crate::failure::Failure;
use crate::lake::zone::Zone;
use crate::privacy::roles::Role;

pub(super) async fn gather(
    session: &SessionContext,
    role: Role,
    zone: Zone,
    options: &ReportOptions,
) -> Result<Report, Failure> {
    let view = RoleView::new(role, session).await?;
    if view.sees_rows() {
        rows::gather(session, &view, zone, options).await
    } else {
        groups::gather(session, &view, zone, options).await
    }
}
