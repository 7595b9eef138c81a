//! Keys, sealed identities, roles and the audit log.

pub(crate) mod audit;
pub(crate) mod keys;
pub(crate) mod roles;
pub(crate) mod seal;
