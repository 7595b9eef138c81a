//! An aggregate with groups of too few respondents merged, as a plan over the same rows.

use std::collections::BTreeSet;
use std::iter;
use std::sync::Arc;

use datafusion::common::{Column, DFSchema, NullEquality};
use datafusion::error::Result;
use datafusion::functions::expr_fn::{coalesce, concat_ws};
use datafusion::functions_aggregate::expr_fn::count;
use datafusion::functions_nested::expr_fn::cardinality;
use datafusion::functions_window::expr_fn::row_number;
use datafusion::logical_expr::expr::WindowFunction;
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{
    AggregateUDF, Expr, ExprFunctionExt, ExprSchemable, JoinType, LogicalPlan, LogicalPlanBuilder,
    ident, lit, not, when,
};

use super::people::people_udaf;
use crate::privacy::roles::Role;

/// Who answered: an anonymous response is somebody of its own.
const PERSON: &str = "__person";
/// The respondents of a group.
const PEOPLE: &str = "__people";
/// How many responses it has.
const SIZE: &str = "__size";
/// Whether it is of too few, or has no key.
const IS_SMALL: &str = "__is_small";
/// Whether each measure of it is of enough.
const IS_MEASURED: &str = "__is_measured";
/// The respondents of all groups that are small.
const SMALL: &str = "__small";
/// The place of a group among those that are not small, or among those that are.
const PLACE: &str = "__place";
/// Whether a key is among those that are merged.
const IS_MERGED: &str = "__is_merged";
/// Tables of the plan.
const ROWS: &str = "__rows";
const MERGED: &str = "__merged";

/// An aggregate that may be asked, over the columns of a table.
pub(super) struct Question {
    rows: LogicalPlan,
    people_min: u32,
    people: Arc<AggregateUDF>,
    pub(super) filters: Vec<Expr>,
    pub(super) keys: Vec<Expr>,
    pub(super) calls: Vec<Expr>,
    /// The columns that the calls measure. A call rests on the respondents of whom there is one.
    pub(super) measures: BTreeSet<String>,
}

impl Question {
    pub(super) fn new(rows: LogicalPlan, role: &Role) -> Self {
        let people_min = role.min_group_size().unwrap_or(u32::MAX);
        Self {
            rows,
            people_min,
            people: people_udaf(people_min),
            filters: Vec::new(),
            keys: Vec::new(),
            calls: Vec::new(),
            measures: BTreeSet::new(),
        }
    }

    /// The aggregate, with the columns and names of `schema`: its groups that rest on enough
    /// respondents, and the others as one row whose keys are NULL, which groups of NULL join. Where
    /// that is still too few, the one of fewest responses of the others joins it; where there is
    /// none left, the row is left out. So no row, nor all without one, is of fewer.
    pub(super) fn answer(self, schema: &DFSchema) -> Result<LogicalPlan> {
        let rows = self.rows()?;
        let (source, keys) = match self.keys.len() {
            0 => (rows, Vec::new()),
            _ => self.merged(rows)?,
        };
        let calls = (0..).zip(&self.calls);
        let calls = calls.map(|(index, call)| call.clone().alias(call_name(index)));
        let mut groups = keys;
        if !groups.is_empty() {
            groups.push(ident(IS_MERGED));
        }
        let answered = LogicalPlanBuilder::from(source)
            .aggregate(groups, calls.chain(self.people()?))?
            .filter(self.is_enough(PEOPLE))?;
        let names = (0..self.keys.len()).map(key_name);
        let names = names.chain((0..self.calls.len()).map(call_name));
        let outputs = names.enumerate().map(|(index, name)| {
            let (qualifier, field) = schema.qualified_field(index);
            // What is asked of the answer, such as HAVING, may be computed before the filter.
            let output = when(self.is_enough(PEOPLE), ident(name)).end()?;
            let output = output.cast_to(field.data_type(), answered.schema())?;
            Ok(output.alias_qualified(qualifier.cloned(), field.name()))
        });
        let outputs = outputs.collect::<Result<Vec<_>>>()?;
        answered.project(outputs)?.build()
    }

    /// What is aggregated: keys, measures, and who answered.
    fn rows(&self) -> Result<LogicalPlan> {
        let mut rows = LogicalPlanBuilder::from(self.rows.clone());
        for filter in &self.filters {
            rows = rows.filter(filter.clone())?;
        }
        let response = ["source", "survey", "response_id"].map(ident);
        let person = coalesce(vec![
            ident("respondent"),
            concat_ws(lit("\u{1f}"), response.to_vec()),
        ]);
        let keys = (0..).zip(&self.keys);
        let keys = keys.map(|(index, key)| key.clone().alias(key_name(index)));
        let measures = self.measures.iter().map(|name| ident(name).alias(name));
        rows.project(keys.chain(measures).chain([person.alias(PERSON)]))?
            .alias(ROWS)?
            .build()
    }

    /// The rows with the keys that they are shown under, and these keys.
    fn merged(&self, rows: LogicalPlan) -> Result<(LogicalPlan, Vec<Expr>)> {
        let names: Vec<String> = (0..self.keys.len()).map(key_name).collect();
        let keys = || names.iter().map(ident);
        let merged = LogicalPlanBuilder::from(self.groups(rows.clone())?)
            .filter(self.is_merged())?
            .project(keys().chain([lit(true).alias(IS_MERGED)]))?
            .alias(MERGED)?;

        let of_rows = |name: &String| Expr::Column(Column::new(Some(ROWS), name));
        let is_merged = || Expr::Column(Column::new(Some(MERGED), IS_MERGED)).is_not_null();
        let shown = names
            .iter()
            .map(|name| Ok(when(not(is_merged()), of_rows(name)).end()?.alias(name)))
            .collect::<Result<Vec<_>>>()?;
        let measures = self.measures.iter().map(of_rows);
        let others = measures.chain([of_rows(&PERSON.to_owned()), is_merged().alias(IS_MERGED)]);
        let source = merged
            .join_detailed(
                rows,
                JoinType::Right,
                (columns(MERGED, &names), columns(ROWS, &names)),
                None,
                NullEquality::NullEqualsNull,
            )?
            .project(shown.into_iter().chain(others))?
            .build()?;
        Ok((source, keys().collect()))
    }

    /// The groups before any is merged: whether each is small, the respondents of all that are, and
    /// its place among the others, the smallest first.
    fn groups(&self, rows: LogicalPlan) -> Result<LogicalPlan> {
        let keys = || (0..self.keys.len()).map(|index| ident(key_name(index)));
        let size = count(lit(true)).alias(SIZE);
        let groups = LogicalPlanBuilder::from(rows)
            .aggregate(keys(), self.people()?.into_iter().chain([size]))?;
        let is_nameless = conjunction(keys().map(Expr::is_null)).unwrap_or(lit(true));
        let is_small = not(self.is_enough(PEOPLE)).or(is_nameless);
        let columns = groups.schema().columns().into_iter().map(Expr::Column);
        let conditions = [
            is_small.alias(IS_SMALL),
            self.is_measured().alias(IS_MEASURED),
        ];
        let groups = groups.project(columns.chain(conditions).collect::<Vec<_>>())?;

        let of_small = |name: String| -> Result<Expr> {
            let people = when(ident(IS_SMALL), ident(people_of(PEOPLE, &name))).end()?;
            let all = WindowFunction::new(Arc::clone(&self.people), vec![people]);
            Ok(Expr::from(all).alias(people_of(SMALL, &name)))
        };
        let first = [
            ident(IS_MEASURED).sort(false, false),
            ident(SIZE).sort(true, false),
        ];
        let keys = keys().map(|key| key.sort(true, false));
        let place = row_number()
            .partition_by(vec![ident(IS_SMALL)])
            .order_by(first.into_iter().chain(keys).collect())
            .build()?
            .alias(PLACE);
        let of_small = self.counted().map(of_small).collect::<Result<Vec<_>>>()?;
        groups.window(of_small)?.window([place])?.build()
    }

    /// Whether one of the [`groups`](Self::groups) is merged with others: it is small, or it is the
    /// first of the others, where the small ones are too few even together.
    fn is_merged(&self) -> Expr {
        let are_small = number(SMALL, PERSON).gt(lit(0_u64));
        let are_too_few = are_small.and(not(self.is_enough(SMALL)));
        ident(IS_SMALL).or(ident(PLACE).eq(lit(1_u64)).and(are_too_few))
    }

    /// What has respondents of its own: the rows of a group, and the values of each measure.
    fn counted(&self) -> impl Iterator<Item = String> {
        let rows = iter::once(PERSON.to_owned());
        rows.chain(self.measures.iter().cloned())
    }

    /// The respondents of a group, and those of whom there is each measure.
    fn people(&self) -> Result<Vec<Expr>> {
        let people = self.counted().map(|name| {
            let people = self.people.call(vec![ident(PERSON)]);
            let people = people.filter(ident(&name).is_not_null()).build()?;
            Ok(people.alias(people_of(PEOPLE, &name)))
        });
        people.collect()
    }

    /// Whether a group has enough respondents of whom there is each measure.
    fn is_measured(&self) -> Expr {
        let measured = self
            .measures
            .iter()
            .map(|name| self.are_enough(PEOPLE, name));
        conjunction(measured).unwrap_or(lit(true))
    }

    /// Whether these respondents are enough. A measure that there is of nobody tells of nobody.
    fn is_enough(&self, these: &str) -> Expr {
        let measured = self.measures.iter().map(|name| {
            let is_of_nobody = number(these, name).eq(lit(0_u64));
            is_of_nobody.or(self.are_enough(these, name))
        });
        measured.fold(self.are_enough(these, PERSON), Expr::and)
    }

    fn are_enough(&self, these: &str, name: &str) -> Expr {
        number(these, name).gt_eq(lit(u64::from(self.people_min)))
    }
}

/// How many respondents these are, up to enough.
fn number(these: &str, name: &str) -> Expr {
    cardinality(ident(people_of(these, name)))
}

fn key_name(index: usize) -> String {
    format!("__key_{index}")
}

fn call_name(index: usize) -> String {
    format!("__call_{index}")
}

fn people_of(these: &str, name: &str) -> String {
    format!("{these}_{name}")
}

fn columns(table: &str, names: &[String]) -> Vec<Column> {
    let columns = names.iter().map(|name| Column::new(Some(table), name));
    columns.collect()
}
