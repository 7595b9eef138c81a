//! The roles of a lake.

use super::Lake;
use super::settings::FILE_NAME;
use crate::error::{Error, Result};
use crate::privacy::roles::Role;

impl Lake {
    /// The roles that `lake.toml` defines, by name, and `owner`, from which nothing is kept.
    ///
    /// # Errors
    /// Where `lake.toml` cannot be read.
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
    /// Where there is none, and where `lake.toml` cannot be read.
    pub async fn role(&self, name: &str) -> Result<Role> {
        let mut roles = self.roles().await?;
        if let Some(found) = roles.iter().position(|role| role.name() == name) {
            return Ok(roles.swap_remove(found));
        }
        let names: Vec<&str> = roles.iter().map(Role::name).collect();
        Err(
            Error::not_found(format!("there is no role {name:?} in {FILE_NAME}")).with_hint(
                format!(
                    "known here: {}; another is made with a section [roles.NAME]",
                    names.join(", ")
                ),
            ),
        )
    }
}
