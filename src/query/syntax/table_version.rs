//! Versions of a table: `FOR SYSTEM_TIME AS OF '2026-01-31'`, `AT (VERSION => 12)`.

use datafusion::sql::sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgOperator, FunctionArguments, Ident,
    ObjectName, ObjectNamePart, TableAlias, TableFactor, TableVersion, TypedString, Value,
};

use super::name::normalized;
use crate::query::session_options::AtVersion;

/// The version that a clause names; `None` if it does not name one.
pub(super) fn read(version: &TableVersion) -> Option<AtVersion> {
    match version {
        TableVersion::ForSystemTimeAsOf(time) | TableVersion::TimestampAsOf(time) => at_time(time),
        TableVersion::VersionAsOf(number) => at_number(number),
        TableVersion::Function(Expr::Function(function)) => at_function(function),
        TableVersion::Function(_) | TableVersion::Changes { .. } => None,
    }
}

fn at_time(time: &Expr) -> Option<AtVersion> {
    let text = match time {
        Expr::Value(value) => value.value.clone().into_string()?,
        Expr::TypedString(TypedString { value, .. }) => value.value.clone().into_string()?,
        _ => return None,
    };
    AtVersion::at_time(&text)
}

fn at_number(number: &Expr) -> Option<AtVersion> {
    match number {
        Expr::Value(value) => match &value.value {
            Value::Number(number, _) => number.parse().ok().map(AtVersion::Number),
            _ => None,
        },
        _ => None,
    }
}

fn at_function(function: &Function) -> Option<AtVersion> {
    let FunctionArguments::List(list) = &function.args else {
        return None;
    };
    let [
        FunctionArg::Named {
            name,
            arg: FunctionArgExpr::Expr(value),
            operator: FunctionArgOperator::RightArrow,
        },
    ] = list.args.as_slice()
    else {
        return None;
    };
    let is_at = function.name.to_string().eq_ignore_ascii_case("at");
    match name.value.to_lowercase().as_str() {
        "version" if is_at => at_number(value),
        "timestamp" if is_at => at_time(value),
        _ => None,
    }
}

/// Replaces a table and its version by a table with both in its name, which the lake reads.
pub(super) fn rename(table: &mut TableFactor) {
    let TableFactor::Table {
        name,
        alias,
        version,
        ..
    } = table
    else {
        return;
    };
    let Some(at) = version.as_ref().and_then(read) else {
        return;
    };
    *version = None;
    let Some(ObjectNamePart::Identifier(last)) = name.0.last().cloned() else {
        return;
    };
    alias.get_or_insert_with(|| TableAlias {
        explicit: true,
        name: last.clone(),
        columns: Vec::new(),
        at: None,
    });
    let versioned = at.name_of(&normalized(&last));
    *name = ObjectName::from(vec![Ident::with_quote('"', versioned)]);
}
