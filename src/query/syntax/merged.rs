//! Columns of USING and NATURAL JOIN that the planner takes for ambiguous, as it does in WHERE and behind several
//! joins: the column of the table on the left, since RIGHT and FULL joins with USING are refused.

use std::ops::ControlFlow;

use datafusion::common::SchemaError;
use datafusion::error::DataFusionError;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{
    Expr, Ident, Join, JoinConstraint, JoinOperator, ObjectNamePart, Select, TableFactor,
    TableWithJoins, VisitMut, VisitorMut,
};

use super::name::normalized;
use super::names::Names;
use super::visit::visit_mut;

/// Writes the table on the left before the column that the planner found ambiguous. Returns how many places
/// had it.
pub(super) fn replace(statement: &mut Statement, error: &DataFusionError) -> usize {
    let DataFusionError::SchemaError(schema, _) = error.find_root() else {
        return 0;
    };
    let SchemaError::AmbiguousReference { field } = schema.as_ref() else {
        return 0;
    };
    let mut merged = Merged {
        name: field.name(),
        replaced: 0,
    };
    let _ = visit_mut(statement, &mut merged);
    merged.replaced
}

/// Qualifies a column in the selects that merge it.
struct Merged<'a> {
    name: &'a str,
    replaced: usize,
}

impl VisitorMut for Merged<'_> {
    type Break = ();

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        let Some(table) = select.from.iter().find_map(|from| self.left_of(from)) else {
            return ControlFlow::Continue(());
        };
        let mut names = Names::new(|name| {
            (normalized(name) == self.name).then(|| {
                let parts = table.iter().chain([name]).cloned();
                Expr::CompoundIdentifier(parts.collect())
            })
        });
        let _ = select.projection.visit(&mut names);
        let _ = select.selection.visit(&mut names);
        let _ = select.group_by.visit(&mut names);
        let _ = select.having.visit(&mut names);
        let _ = select.qualify.visit(&mut names);
        self.replaced += names.replaced;
        ControlFlow::Continue(())
    }
}

impl Merged<'_> {
    /// The name of the table on the left of joins that all merge the column.
    fn left_of(&self, from: &TableWithJoins) -> Option<Vec<Ident>> {
        let merges = |join: &Join| match constraint(&join.join_operator) {
            Some(JoinConstraint::Natural) => true,
            Some(JoinConstraint::Using(columns)) => columns.iter().any(|column| {
                let last = column.0.last().and_then(ObjectNamePart::as_ident);
                last.is_some_and(|column| normalized(column) == self.name)
            }),
            _ => false,
        };
        if from.joins.is_empty() || !from.joins.iter().all(merges) {
            return None;
        }
        let alias = match &from.relation {
            TableFactor::Table { alias, .. }
            | TableFactor::Derived { alias, .. }
            | TableFactor::Function { alias, .. }
            | TableFactor::TableFunction { alias, .. } => alias,
            _ => &None,
        };
        if let Some(alias) = alias {
            return Some(vec![alias.name.clone()]);
        }
        match &from.relation {
            TableFactor::Table {
                name, args: None, ..
            } => name.0.iter().map(|part| part.as_ident().cloned()).collect(),
            _ => None,
        }
    }
}

fn constraint(operator: &JoinOperator) -> Option<&JoinConstraint> {
    match operator {
        JoinOperator::Join(constraint)
        | JoinOperator::Inner(constraint)
        | JoinOperator::Left(constraint)
        | JoinOperator::LeftOuter(constraint)
        | JoinOperator::Semi(constraint)
        | JoinOperator::LeftSemi(constraint)
        | JoinOperator::Anti(constraint)
        | JoinOperator::LeftAnti(constraint) => Some(constraint),
        _ => None,
    }
}
