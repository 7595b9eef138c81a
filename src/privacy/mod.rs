//! Keys, pseudonyms, sealing, roles and the audit log: what keeps a respondent's name out of the lake
//! and of answers, and shows who asked.

pub(crate) mod audit;
pub(crate) mod keys;
pub(crate) mod roles;
pub(crate) mod seal;
