//! Macros: named expressions and queries with parameters.

use std::collections::BTreeMap;

use datafusion::error::Result;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{
    MacroArg, MacroDefinition, ObjectName, Statement as SqlStatement,
};

use crate::error::Error;
use crate::lake::definitions::Definitions;
use crate::query::syntax::{normalized, parse_one};

/// The schema of what the session makes.
pub(in crate::query) const SESSION_SCHEMA: &str = "public";

/// The schema of the views and macros that the lake keeps.
pub(in crate::query) const LAKE_SCHEMA: &str = "lake";

/// A macro, which stands for an expression or a query.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Macro {
    pub(super) name: String,
    pub(super) parameters: Vec<MacroArg>,
    pub(super) definition: MacroDefinition,
    pub(super) is_of_lake: bool,
}

impl Macro {
    /// Parses the statement that creates a macro of the lake.
    fn parse(name: &str, text: &str) -> Result<Self> {
        let unreadable = || {
            Error::invalid(format!("macro \"{name}\": its definition cannot be read")).with_hint(
                format!("replace it: CREATE OR REPLACE MACRO {LAKE_SCHEMA}.{name}(…) AS …"),
            )
        };
        let Ok(Statement::Statement(statement)) = parse_one(text) else {
            return Err(unreadable().into());
        };
        match *statement {
            SqlStatement::CreateMacro {
                args, definition, ..
            } => Ok(Self {
                name: name.to_owned(),
                parameters: args.unwrap_or_default(),
                definition,
                is_of_lake: true,
            }),
            _ => Err(unreadable().into()),
        }
    }

    /// The macro as it is called, such as `share(part, whole := 100)`.
    pub(super) fn signature(&self) -> String {
        let parameters = self.parameters.iter().map(ToString::to_string);
        format!(
            "{}({})",
            self.name,
            parameters.collect::<Vec<_>>().join(", ")
        )
    }
}

/// The macros that a statement can call.
#[derive(Clone, Debug, Default)]
pub(super) struct Macros {
    session: BTreeMap<String, Macro>,
    lake: BTreeMap<String, String>,
}

impl Macros {
    pub(super) fn new(session: BTreeMap<String, Macro>, stored: &Definitions) -> Self {
        Self {
            session,
            ..Self::of_lake(stored)
        }
    }

    /// The macros that views and macros of the lake can call.
    pub(super) fn of_lake(stored: &Definitions) -> Self {
        Self {
            session: BTreeMap::new(),
            lake: stored.macros.clone(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.session.is_empty() && self.lake.is_empty()
    }

    /// The macros that the definition of a macro can call.
    pub(super) fn inside(&self, outer: &Macro) -> Self {
        let mut macros = self.clone();
        if outer.is_of_lake {
            macros.session.clear();
        }
        macros
    }

    /// The macro of this name: the session's, else the lake's.
    pub(super) fn find(&self, name: &ObjectName) -> Result<Option<Macro>> {
        let Some((schema, name)) = schema_and_name(name) else {
            return Ok(None);
        };
        if schema
            .as_deref()
            .is_none_or(|schema| schema == SESSION_SCHEMA)
            && let Some(found) = self.session.get(&name)
        {
            return Ok(Some(found.clone()));
        }
        if schema.as_deref().is_none_or(|schema| schema == LAKE_SCHEMA)
            && let Some(text) = self.lake.get(&name)
        {
            return Macro::parse(&name, text).map(Some);
        }
        Ok(None)
    }

    /// All macros, by name. One of the session hides one of the lake.
    pub(super) fn all(&self) -> Result<BTreeMap<String, Macro>> {
        let mut all = BTreeMap::new();
        for (name, text) in &self.lake {
            all.insert(name.clone(), Macro::parse(name, text)?);
        }
        all.extend(self.session.clone());
        Ok(all)
    }
}

/// The schema, if there is one, and the name. `None` for a name of three parts or more.
pub(super) fn schema_and_name(name: &ObjectName) -> Option<(Option<String>, String)> {
    let parts: Option<Vec<_>> = name.0.iter().map(|part| part.as_ident()).collect();
    match parts?.as_slice() {
        [name] => Some((None, normalized(name))),
        [schema, name] => Some((Some(normalized(schema)), normalized(name))),
        _ => None,
    }
}
