//! Keys, pseudonyms, sealing and the audit log: what keeps a respondent's name out of the lake, and
//! shows who asked.

#[allow(
    dead_code,
    unused_imports,
    reason = "the commands that write, show and verify the log come next"
)]
pub(crate) mod audit;
pub(crate) mod keys;
pub(crate) mod seal;
