//! `voxql imports`: lists the imports.

use crate::failure::Failure;
use crate::statement::runner::Runner;

const SQL: &str = "SELECT imported_at, file, survey, rows, new, duplicate, not_a_response, \
                   rejected, import_id FROM imports ORDER BY imported_at, import_id";

pub(super) async fn run(runner: &Runner) -> Result<(), Failure> {
    runner.run_text(SQL).await
}
