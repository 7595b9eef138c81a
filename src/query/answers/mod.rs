//! Table functions that answer the questions of an NPS programme.
//!
//! A call is replaced by a query of the lake's tables before the statement is planned, as that of a
//! macro is, so roles and counts apply to it as to every query.

mod arguments;
mod columns;
mod declining_accounts;
mod drivers;
mod gaming_signals;
mod names;
mod nps_around;
mod nps_change;
mod period;
mod query;
mod registered;
mod scope;
mod sql;

pub(super) use names::Answer;
pub(crate) use names::documentation;
pub(super) use registered::register;
pub(super) use scope::Scope;
