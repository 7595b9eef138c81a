//! `\role`: the role that the shell runs statements as.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, BooleanArray, RecordBatch, StringArray, UInt32Array};
use datafusion::prelude::SessionContext;

use crate::failure::Failure;
use crate::lake::Lake;
use crate::privacy::roles::{Policy, Role};
use crate::query::SessionOptions;

/// The role of a shell, and the lake that defines it.
pub(super) struct ShellRole {
    lake: Lake,
    options: SessionOptions,
    /// `true` if the role was given at startup; it cannot change then.
    is_fixed: bool,
}

impl ShellRole {
    pub(super) fn new(lake: &Lake, options: &SessionOptions) -> Self {
        Self {
            lake: lake.clone(),
            options: options.clone(),
            is_fixed: options.chosen_role().is_some(),
        }
    }

    /// Switches to another role and returns a new session, without the tables and views created in
    /// the old one.
    ///
    /// # Errors
    /// Returns an error if there is no such role, or the shell was started with another one.
    pub(super) async fn switch(&mut self, role: &str) -> Result<SessionContext, Failure> {
        let current = self.options.role_name();
        if self.is_fixed && role != current {
            return Err(Failure::usage(
                format!("the shell was started as role \"{current}\" and cannot switch"),
                format!("quit with \\q, then start the shell with --role {role}"),
            ));
        }
        let options = self.options.clone().role(role);
        let context = self.lake.session_with(options.clone()).await?;
        self.options = options;
        Ok(context)
    }

    /// The name of the role.
    pub(super) fn name(&self) -> &str {
        self.options.role_name()
    }

    /// The names of the roles, for completion; empty if they cannot be read.
    pub(super) async fn names(&self) -> Vec<String> {
        let roles = self.lake.roles().await.unwrap_or_default();
        roles.iter().map(|role| role.name().to_owned()).collect()
    }

    /// The roles as rows: their settings, and which one is current; of a restricted role, its own.
    ///
    /// # Errors
    /// Returns an error if `lake.toml` cannot be read.
    pub(super) async fn list(&self) -> Result<RecordBatch, Failure> {
        let mut roles = self.lake.roles().await?;
        let current = self.options.role_name();
        let own = roles.iter().find(|role| role.name() == current);
        if own.is_some_and(|role| role.policy() != Policy::Owner) {
            // Conditions of other roles may name whom they are about.
            roles.retain(|role| role.name() == current);
        }
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
