//! `\\role`: as whom the shell asks.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, BooleanArray, RecordBatch, StringArray, UInt32Array};
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
        let texts = |of: &dyn Fn(&Role) -> Option<String>| -> ArrayRef {
            Arc::new(roles.iter().map(of).collect::<StringArray>())
        };
        let sizes: UInt32Array = roles.iter().map(Role::min_group_size).collect();
        let current = roles.iter().map(|role| role.name() == self.args.role());
        let current: BooleanArray = current.map(Some).collect();
        let hidden = |role: &Role| {
            let hidden = role.hidden_columns().join(", ");
            (!hidden.is_empty()).then_some(hidden)
        };
        let rows = RecordBatch::try_from_iter([
            ("role", texts(&|role| Some(role.name().to_owned()))),
            ("policy", texts(&|role| Some(role.policy().to_string()))),
            ("min_group_size", Arc::new(sizes)),
            ("rows", texts(&|role| role.rows().map(str::to_owned))),
            ("hidden_columns", texts(&hidden)),
            ("is_current", Arc::new(current)),
        ]);
        rows.map_err(|error| Failure::output("", error.into()))
    }
}
