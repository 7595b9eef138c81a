//! Keys and pseudonyms: what keeps a respondent's name out of the lake.

pub(crate) mod keys;
