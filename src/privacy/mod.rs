//! Keys, pseudonyms, sealing and the audit log: what keeps a respondent's name out of the lake, and
//! shows who asked.

pub(crate) mod audit;
pub(crate) mod keys;
pub(crate) mod seal;
