//! The roles of a lake.

use super::handle::Lake;
use super::settings::FILE_NAME;
use crate::error::{Error, Result};
use crate::privacy::roles::Role;

impl Lake {
    /// The roles that `lake.toml` defines, by name, and `owner`, which sees everything.
    ///
    /// # Errors
    /// Returns an error if `lake.toml` cannot be read.
    pub async fn roles(&self) -> Result<Vec<Role>> {
        let settings = self.settings().await?;
        let mut roles: Vec<Role> = settings
            .iter()
            .flat_map(|settings| settings.roles())
            .collect();
        if roles.iter().all(|role| role.name() != Role::OWNER) {
            roles.insert(0, Role::owner());
        }
        Ok(roles)
    }

    /// The role of this name.
    ///
    /// # Errors
    /// Returns an error if the role does not exist or `lake.toml` cannot be read.
    pub async fn role(&self, name: &str) -> Result<Role> {
        let mut roles = self.roles().await?;
        if let Some(found) = roles.iter().position(|role| role.name() == name) {
            return Ok(roles.swap_remove(found));
        }
        let names: Vec<&str> = roles.iter().map(Role::name).collect();
        Err(
            Error::not_found(format!("role {name:?} does not exist in {FILE_NAME}")).with_hint(
                format!(
                    "use one of: {}; or define it in a section [roles.NAME]",
                    names.join(", ")
                ),
            ),
        )
    }
}
