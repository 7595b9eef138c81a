//! `\\role`: as whom the shell asks.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch, StringArray};
use datafusion::prelude::SessionContext;
use voxql::{Lake, Role};

use crate::cli::Failure;
use crate::cli::session_args::SessionArgs;

/// As whom a shell asks, and of which lake.
pub(super) struct Whose {
    lake: Lake,
    args: SessionArgs,
    /// Whether the shell was started as somebody, and stays so.
    is_fixed: bool,
}

impl Whose {
    pub(super) fn new(lake: &Lake, args: &SessionArgs) -> Self {
        Self {
            lake: lake.clone(),
            args: args.clone(),
            is_fixed: args.role.is_some(),
        }
    }

    /// A session as another role. What was made in the one before, such as tables, is not in it.
    ///
    /// # Errors
    /// Where there is no such role, and where the shell was started as another.
    pub(super) async fn become_role(&mut self, role: &str) -> Result<SessionContext, Failure> {
        if self.is_fixed && role != self.args.role() {
            return Err(Failure::usage(
                format!(
                    "the shell was started as {}, and stays so",
                    self.args.role()
                ),
                "leave with \\q, and start it with another --role",
            ));
        }
        let args = SessionArgs {
            role: Some(role.to_owned()),
            ..self.args.clone()
        };
        let context = args.open(&self.lake).await?;
        self.args = args;
        Ok(context)
    }

    /// The names of the roles, for completion; none where they cannot be read.
    pub(super) async fn roles(&self) -> Vec<String> {
        let roles = self.lake.roles().await.unwrap_or_default();
        roles.iter().map(|role| role.name().to_owned()).collect()
    }

    /// The roles as rows: what each sees, and which it is now.
    ///
    /// # Errors
    /// Where `lake.toml` cannot be read.
    pub(super) async fn list(&self) -> Result<RecordBatch, Failure> {
        let roles = self.lake.roles().await?;
        let column = |of: &dyn Fn(&Role) -> Option<String>| -> ArrayRef {
            let values: StringArray = roles.iter().map(of).collect();
            Arc::new(values)
        };
        let rows = RecordBatch::try_from_iter([
            ("role", column(&|role| Some(role.name().to_owned()))),
            ("policy", column(&|role| Some(role.policy().to_string()))),
            (
                "groups_of_at_least",
                column(&|role| role.min_group_size().map(|size| size.to_string())),
            ),
            ("rows", column(&|role| role.rows().map(str::to_owned))),
            (
                "hidden_columns",
                column(&|role| {
                    let hidden = role.hidden_columns().join(", ");
                    (!hidden.is_empty()).then_some(hidden)
                }),
            ),
            (
                "is_current",
                column(&|role| (role.name() == self.args.role()).then(|| "yes".to_owned())),
            ),
        ]);
        rows.map_err(|error| Failure::output("", error.into()))
    }
}
