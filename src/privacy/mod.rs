//! Keys and pseudonyms: what keeps a respondent's name out of the lake; and the log of what was
//! done to it.

#[allow(
    dead_code,
    unused_imports,
    reason = "the commands that write, show and verify the log come next"
)]
pub(crate) mod audit;
pub(crate) mod keys;
