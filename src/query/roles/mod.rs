//! Sessions of a role: its tables, and the statements it can run.

mod barrier;
mod guard;
pub(in crate::query) mod planned;
mod question;
pub(in crate::query) mod refusal;
pub(in crate::query) mod restricted;
pub(in crate::query) mod role_tables;
