//! `\role`: the role that the shell runs statements as.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, BooleanArray, RecordBatch, StringArray, UInt32Array};
use datafusion::prelude::SessionContext;
use voxql::{Lake, Role};

use crate::cli::Failure;
use crate::cli::session_args::SessionArgs;

/// The role of a shell, and the lake that defines it.
pub(super) struct ShellRole {
    lake: Lake,
    args: SessionArgs,
    /// `true` if the role was given at startup; it cannot change then.
    is_fixed: bool,
}

impl ShellRole {
    pub(super) fn new(lake: &Lake, args: &SessionArgs) -> Self {
        Self {
            lake: lake.clone(),
            args: args.clone(),
            is_fixed: args.role.is_some(),
        }
    }

    /// Switches to another role and returns a new session, without the tables and views created in
    /// the old one.
    ///
    /// # Errors
    /// Returns an error if there is no such role, or the shell was started with another one.
    pub(super) async fn switch(&mut self, role: &str) -> Result<SessionContext, Failure> {
        let current = self.args.role();
        if self.is_fixed && role != current {
            return Err(Failure::usage(
                format!("the shell was started as role \"{current}\" and cannot switch"),
                format!("quit with \\q, then start the shell with --role {role}"),
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

    /// The names of the roles, for completion; empty if they cannot be read.
    pub(super) async fn names(&self) -> Vec<String> {
        let roles = self.lake.roles().await.unwrap_or_default();
        roles.iter().map(|role| role.name().to_owned()).collect()
    }

    /// The roles as rows: their settings, and which one is current.
    ///
    /// # Errors
    /// Returns an error if `lake.toml` cannot be read.
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
