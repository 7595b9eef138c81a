//! Checks of `COPY … TO`: the folder of the file must exist.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::Result;
use datafusion::execution::context::QueryPlanner;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::ExecutionPlan;
use exports::files::input::Input;

use crate::error::Error;
use crate::query::rules::rollup::ExplainsRollup;

/// Plans queries, and refuses a `COPY` into a folder that does not exist: DataFusion would create it
/// and all above it, so that a misspelt path would go unnoticed. A folder of several files is itself
/// created.
#[derive(Debug)]
pub(in crate::query) struct ChecksCopy;

#[async_trait]
impl QueryPlanner for ChecksCopy {
    async fn create_physical_plan(
        &self,
        plan: &LogicalPlan,
        session: &dyn Session,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        plan.apply_with_subqueries(|node| {
            if let LogicalPlan::Copy(copy) = node {
                check_folder(&copy.output_url)?;
            }
            Ok(TreeNodeRecursion::Continue)
        })?;
        ExplainsRollup.create_physical_plan(plan, session).await
    }
}

fn check_folder(target: &str) -> Result<(), Error> {
    if target.starts_with("http://") || target.starts_with("https://") {
        let error = Error::query(format!("{target}: web servers are read-only"));
        return Err(error.with_hint("write to a file or to an s3:// URL"));
    }
    let input = Input::from(target);
    // Object stores have no folders.
    let Some(path) = input.as_file() else {
        return Ok(());
    };
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => return Ok(()),
    };
    if folder.is_dir() {
        return Ok(());
    }
    let folder = folder.display();
    Err(
        Error::not_found(format!("{target}: the folder {folder} does not exist"))
            .with_hint(format!("create it with: mkdir -p '{folder}'")),
    )
}
