//! `\\role`: as whom the shell asks.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, BooleanArray, RecordBatch, StringArray, UInt32Array};
use datafusion::prelude::SessionContext;

use crate::failure::Failure;
use crate::lake::Lake;
use crate::privacy::roles::Role;
use crate::query::SessionOptions;

/// As whom a shell asks, and of which lake.
pub(super) struct Whose {
    lake: Lake,
    options: SessionOptions,
    /// Whether the shell was started as somebody, and stays so.
    is_fixed: bool,
}

impl Whose {
    pub(super) fn new(lake: &Lake, options: &SessionOptions) -> Self {
        Self {
            lake: lake.clone(),
            options: options.clone(),
            is_fixed: options.chosen_role().is_some(),
        }
    }

    /// A session as another role. What was made in the one before, such as tables, is not in it.
    ///
    /// # Errors
    /// Where there is no such role, and where the shell was started as another.
    pub(super) async fn become_role(&mut self, role: &str) -> Result<SessionContext, Failure> {
        if self.is_fixed && role != self.options.role_name() {
            return Err(Failure::usage(
                format!(
                    "the shell was started as {}, and stays so",
                    self.options.role_name()
                ),
                "leave with \\q, and start it with another --role",
            ));
        }
        let options = self.options.clone().role(role);
        let context = self.lake.session_with(options.clone()).await?;
        self.options = options;
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
        let current = roles
            .iter()
            .map(|role| role.name() == self.options.role_name());
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
