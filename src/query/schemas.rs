//! The names of a session's catalog and of its schema `information_schema`.

/// The catalog, as `information_schema` shows it.
pub(super) const CATALOG: &str = "voxql";

pub(super) const INFORMATION_SCHEMA: &str = "information_schema";

/// The setting of the dialect, which only DataFusion's own parser reads.
pub(super) const DIALECT: &str = "datafusion.sql_parser.dialect";
