//! Views and macros: those that the lake keeps, those that every lake has, and the session's macros.
//!
//! [`built_in`] and [`views`] plan views when a query names them, in the session that reads them, so
//! a role's rules hold inside them. [`expand`] replaces calls of [`macros`] in a statement before it is
//! planned. [`change`] creates and drops both, and
//! [`prepared`] statements.

mod bind;
mod built_in;
mod change;
mod execute;
mod expand;
mod functions;
mod listing;
mod macros;
mod pivot;
mod plan;
mod prepared;
mod session;
mod views;

pub(crate) use change::define;
pub(super) use listing::ListsViews;
pub(super) use macros::{LAKE_SCHEMA, SESSION_SCHEMA};
pub(crate) use plan::plan;
pub(crate) use session::SessionDefinitions;
