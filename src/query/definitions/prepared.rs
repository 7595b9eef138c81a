//! Prepared statements: `PREPARE p AS SELECT … WHERE score > $least`, `EXECUTE p(least => 5)`.
//!
//! EXECUTE puts its values into the statement, which is then planned as any other: a value has the type with
//! which it is written, and can be wherever a constant can.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    CastKind, DataType as SqlType, Expr, Ident, Statement as SqlStatement, Value, VisitMut,
    visit_expressions,
};

use crate::error::{Error, Result};
use crate::query::syntax::{Substitute, normalized, placeholder_name};

/// A prepared statement of a session.
#[derive(Clone, Debug)]
pub(super) struct Prepared {
    pub(super) name: String,
    statement: SqlStatement,
    placeholders: Placeholders,
}

#[derive(Clone, Debug)]
enum Placeholders {
    /// The number of placeholders, and the types of the first ones.
    Numbered(usize, Vec<SqlType>),
    Named(BTreeSet<String>),
}

impl Prepared {
    pub(super) fn new(name: &Ident, types: &[SqlType], statement: &SqlStatement) -> Result<Self> {
        let mut names = BTreeSet::new();
        let _: ControlFlow<Infallible> = visit_expressions(statement, |expr| {
            if let Expr::Value(value) = expr
                && let Value::Placeholder(name) = &value.value
            {
                names.insert(placeholder_name(name));
            }
            ControlFlow::Continue(())
        });
        let mut count = types.len();
        let (mut numbered, mut named) = (None, None);
        for name in &names {
            match name.parse::<usize>() {
                Ok(0) => {
                    return Err(Error::query("there is no placeholder $0")
                        .with_hint("begin with $1, or write ?"));
                }
                Ok(number) => {
                    count = count.max(number);
                    numbered = Some(name);
                }
                Err(_) => named = Some(name),
            }
        }
        let placeholders = match (numbered, named) {
            (Some(number), Some(name)) => {
                return Err(Error::query(format!(
                    "PREPARE has a placeholder with a number, ${number}, and one with a name, ${name}"
                ))
                .with_hint("give all of them numbers, or all of them names"));
            }
            (None, Some(name)) if !types.is_empty() => {
                return Err(Error::query(format!(
                    "the types of PREPARE are for placeholders with numbers, not for ${name}"
                ))
                .with_hint(format!("remove the types, and write ${name}::TYPE")));
            }
            (None, Some(_)) => Placeholders::Named(names),
            (_, None) => Placeholders::Numbered(count, types.to_vec()),
        };
        Ok(Self {
            name: normalized(name),
            statement: statement.clone(),
            placeholders,
        })
    }

    /// The statement with the values of EXECUTE.
    pub(super) fn with_values(&self, values: &[Expr]) -> Result<SqlStatement> {
        let mut substitute = Substitute::of_placeholders(self.bind(values)?);
        let mut statement = self.statement.clone();
        match statement.visit(&mut substitute) {
            ControlFlow::Continue(()) => {}
            ControlFlow::Break(error) => return Err(error.into()),
        }
        Ok(statement)
    }

    /// The value of each placeholder.
    fn bind(&self, values: &[Expr]) -> Result<BTreeMap<String, Expr>> {
        let mut bound = BTreeMap::new();
        for (value, number) in values.iter().zip(1_usize..) {
            let (name, value) = match (value, &self.placeholders) {
                (Expr::Named { expr, name }, Placeholders::Named(names))
                    if names.contains(&name.value.to_lowercase()) =>
                {
                    (name.value.to_lowercase(), expr.as_ref().clone())
                }
                (Expr::Named { name, .. }, _) => {
                    return Err(self.refused(format!("there is no placeholder ${}", name.value)));
                }
                (_, Placeholders::Named(_)) => {
                    return Err(self.refused("its placeholders have names".to_owned()));
                }
                (value, Placeholders::Numbered(_, types)) => {
                    let value = match types.get(number - 1) {
                        Some(data_type) => cast(value.clone(), data_type.clone()),
                        None => value.clone(),
                    };
                    (number.to_string(), value)
                }
            };
            self.check_constant(&value)?;
            if bound.insert(name.clone(), value).is_some() {
                return Err(self.refused(format!("${name} is given twice")));
            }
        }
        match &self.placeholders {
            Placeholders::Named(names) => {
                match names.iter().find(|name| !bound.contains_key(*name)) {
                    Some(name) => Err(self.refused(format!("${name} has no value"))),
                    None => Ok(bound),
                }
            }
            Placeholders::Numbered(count, _) if *count == bound.len() => Ok(bound),
            Placeholders::Numbered(count, _) => {
                let given = bound.len();
                let values = if *count == 1 { "value" } else { "values" };
                Err(self.refused(format!("it takes {count} {values}, not {given}")))
            }
        }
    }

    /// Refuses a column or a query as a value: it would be one of the statement that is executed.
    fn check_constant(&self, value: &Expr) -> Result<()> {
        let found = visit_expressions(value, |expr| match expr {
            Expr::Identifier(_) | Expr::CompoundIdentifier(_) => ControlFlow::Break(
                Error::query(format!("EXECUTE takes values, and {expr} is a column"))
                    .with_hint(format!("put text in single quotes: '{expr}'")),
            ),
            Expr::Subquery(_) | Expr::Exists { .. } | Expr::InSubquery { .. } => {
                ControlFlow::Break(
                    Error::query("EXECUTE takes values, not queries")
                        .with_hint(format!("write the value: {}", self.signature())),
                )
            }
            _ => ControlFlow::Continue(()),
        });
        match found {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(error) => Err(error),
        }
    }

    fn refused(&self, why: String) -> Error {
        Error::query(format!("prepared statement \"{}\": {why}", self.name))
            .with_hint(format!("write {}", self.signature()))
    }

    /// The statement that executes it, such as `EXECUTE p(name => VALUE)`.
    fn signature(&self) -> String {
        let values: Vec<String> = match &self.placeholders {
            Placeholders::Numbered(0, _) => return format!("EXECUTE {}", self.name),
            Placeholders::Numbered(count, _) => vec!["VALUE".to_owned(); *count],
            Placeholders::Named(names) => {
                let values = names.iter().map(|name| format!("{name} => VALUE"));
                values.collect()
            }
        };
        format!("EXECUTE {}({})", self.name, values.join(", "))
    }
}

fn cast(value: Expr, data_type: SqlType) -> Expr {
    Expr::Cast {
        kind: CastKind::Cast,
        expr: Box::new(value),
        data_type,
        array: false,
        format: None,
    }
}

pub(super) fn unknown(name: &str) -> Error {
    Error::query(format!("prepared statement \"{name}\" does not exist"))
        .with_hint("prepare it in this session: PREPARE name AS SELECT …")
}
