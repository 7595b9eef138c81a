//! Keys, pseudonyms and sealing: what keeps a respondent's name out of the lake.

pub(crate) mod keys;
pub(crate) mod seal;
