//! Keys, sealed identities, the list of forgotten people, roles and the audit log.

pub(crate) mod address;
pub(crate) mod audit;
pub(crate) mod keys;
pub(crate) mod pseudonym;
pub(crate) mod roles;
pub(crate) mod seal;
pub(crate) mod suppression;
