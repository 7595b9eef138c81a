//! Plans an aggregate in which groups of too few respondents are merged.

use std::collections::{BTreeMap, BTreeSet};
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
use crate::lake::identities::RESPONDENT;
use crate::privacy::roles::{Anonymous, Role};

/// Respondent. Anonymous responses count as the role says.
const PERSON: &str = "__person";
/// Respondents of a group.
const PEOPLE: &str = "__people";
/// Number of responses of a group.
const SIZE: &str = "__size";
/// True if a group has too few respondents, or only NULL keys.
const IS_SMALL: &str = "__is_small";
/// True if each measure of a group has enough respondents.
const IS_MEASURED: &str = "__is_measured";
/// Respondents of all small groups.
const SMALL: &str = "__small";
/// Rank of a group among the small groups, or among the others.
const RANK: &str = "__rank";
/// True if a key is one of the merged ones.
const IS_MERGED: &str = "__is_merged";
/// Tables of the plan.
const ROWS: &str = "__rows";
const MERGED: &str = "__merged";

/// A checked aggregate over the columns of a table.
pub(super) struct GroupQuery {
    rows: LogicalPlan,
    people_min: u32,
    people: Arc<AggregateUDF>,
    pub(super) filters: Vec<Expr>,
    pub(super) keys: Vec<Expr>,
    calls: Vec<Expr>,
    /// Columns that the calls read, and how they are computed.
    columns: BTreeMap<String, Expr>,
    /// Columns that the calls measure. A call depends on the respondents with a value in its columns.
    measures: BTreeSet<String>,
    /// The condition that makes two samples of each group.
    samples: Option<Expr>,
    anonymous: Anonymous,
}

/// A checked aggregate call.
pub(super) struct Call {
    call: Expr,
    columns: Vec<(String, Expr)>,
    measures: Vec<String>,
    /// The condition that makes two samples of the group.
    samples: Option<Expr>,
}

impl Call {
    /// A call that counts rows.
    pub(super) fn of_rows(call: Expr) -> Self {
        Self {
            call,
            columns: Vec::new(),
            measures: Vec::new(),
            samples: None,
        }
    }

    /// A call that measures a column of the table.
    pub(super) fn of_column(call: Expr, column: &str) -> Self {
        Self::of_computed(column.to_owned(), ident(column), |_| call)
    }

    /// A call that measures a computed column.
    pub(super) fn of_computed(name: String, value: Expr, call: impl FnOnce(Expr) -> Expr) -> Self {
        Self {
            call: call(ident(&name)),
            columns: vec![(name.clone(), value)],
            measures: vec![name],
            samples: None,
        }
    }

    /// A call that compares the values of a column where a condition is true with those where it is
    /// false. Each sample needs enough respondents.
    pub(super) fn of_samples(
        value: &Expr,
        column: &str,
        condition: Expr,
        call: impl FnOnce(Vec<Expr>) -> Expr,
    ) -> Result<Self> {
        let name = |sample: &str| format!("__{sample} {column} {condition}");
        let [is_second, first, second] = ["is_second", "first", "second"].map(name);
        // Rows for which it is unknown are of the first sample: else all rows minus both samples would be
        // those few.
        let in_second = when(condition.clone(), lit(true)).otherwise(lit(false))?;
        let measured = |condition: Expr| when(condition, ident(column)).end();
        Ok(Self {
            call: call(vec![value.clone(), ident(&is_second)]),
            columns: vec![
                (column.to_owned(), ident(column)),
                (first.clone(), measured(not(in_second.clone()))?),
                (second.clone(), measured(in_second.clone())?),
                (is_second, in_second),
            ],
            measures: vec![column.to_owned(), first, second],
            samples: Some(condition),
        })
    }
}

impl GroupQuery {
    pub(super) fn new(rows: LogicalPlan, role: &Role) -> Self {
        let people_min = role.min_group_size().unwrap_or(u32::MAX);
        Self {
            rows,
            people_min,
            people: people_udaf(people_min),
            filters: Vec::new(),
            keys: Vec::new(),
            calls: Vec::new(),
            columns: BTreeMap::new(),
            measures: BTreeSet::new(),
            samples: None,
            anonymous: role.anonymous(),
        }
    }

    /// Adds an aggregate call. Returns false, and adds nothing, if the group would be divided into
    /// samples in two ways: their difference could be one person.
    pub(super) fn add(&mut self, call: Call) -> bool {
        if let Some(condition) = call.samples {
            if self
                .samples
                .as_ref()
                .is_some_and(|other| *other != condition)
            {
                return false;
            }
            self.samples = Some(condition);
        }
        self.calls.push(call.call);
        self.columns.extend(call.columns);
        self.measures.extend(call.measures);
        true
    }

    /// Columns that the calls measure.
    pub(super) fn measures(&self) -> &BTreeSet<String> {
        &self.measures
    }

    /// Returns the aggregate with the columns and names of `schema`: groups of enough respondents,
    /// and all others, with the groups of NULL keys, merged into one row whose keys are NULL. If the
    /// merged row still has too few respondents, the smallest other group by responses is merged as
    /// well; if there is none, the row is dropped. So neither a row, nor the total without one,
    /// describes too few respondents.
    pub(super) fn into_plan(self, schema: &DFSchema) -> Result<LogicalPlan> {
        let rows = self.rows()?;
        let (source, keys) = if self.keys.is_empty() {
            (rows, Vec::new())
        } else {
            self.merged(rows)?
        };
        let calls = (0..).zip(&self.calls);
        let calls = calls.map(|(index, call)| call.clone().alias(call_name(index)));
        let mut groups = keys;
        if !groups.is_empty() {
            groups.push(ident(IS_MERGED));
        }
        let grouped = LogicalPlanBuilder::from(source)
            .aggregate(groups, calls.chain(self.people()?))?
            .filter(self.is_enough(PEOPLE))?;
        let names = (0..self.keys.len()).map(key_name);
        let names = names.chain((0..self.calls.len()).map(call_name));
        let outputs = names.enumerate().map(|(index, name)| {
            let (qualifier, field) = schema.qualified_field(index);
            // Expressions above, such as HAVING, may be evaluated before the filter.
            let output = when(self.is_enough(PEOPLE), ident(name)).end()?;
            let output = output.cast_to(field.data_type(), grouped.schema())?;
            Ok(output.alias_qualified(qualifier.cloned(), field.name()))
        });
        let outputs = outputs.collect::<Result<Vec<_>>>()?;
        grouped.project(outputs)?.build()
    }

    /// Input of the aggregate: keys, measures, and the respondent.
    fn rows(&self) -> Result<LogicalPlan> {
        let mut rows = LogicalPlanBuilder::from(self.rows.clone());
        for filter in &self.filters {
            rows = rows.filter(filter.clone())?;
        }
        let anonymous = match self.anonymous {
            Anonymous::One => ident("source"),
            Anonymous::Each => {
                let response = ["source", "survey", "response_id"].map(ident);
                concat_ws(lit("\u{1f}"), response.to_vec())
            }
        };
        let person = coalesce(vec![ident(RESPONDENT), anonymous]);
        let keys = (0..).zip(&self.keys);
        let keys = keys.map(|(index, key)| key.clone().alias(key_name(index)));
        let columns = self.columns.iter();
        let columns = columns.map(|(name, value)| value.clone().alias(name));
        rows.project(keys.chain(columns).chain([person.alias(PERSON)]))?
            .alias(ROWS)?
            .build()
    }

    /// The rows with the keys under which they are shown, and these keys.
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
        let columns_of_calls = self.columns.keys().map(of_rows);
        let others =
            columns_of_calls.chain([of_rows(&PERSON.to_owned()), is_merged().alias(IS_MERGED)]);
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

    /// The groups before merging: a flag for small groups, the respondents of all small groups, and
    /// the group's rank, smallest first.
    fn groups(&self, rows: LogicalPlan) -> Result<LogicalPlan> {
        let keys = || (0..self.keys.len()).map(|index| ident(key_name(index)));
        let size = count(lit(true)).alias(SIZE);
        let groups = LogicalPlanBuilder::from(rows)
            .aggregate(keys(), self.people()?.into_iter().chain([size]))?;
        let has_no_key = conjunction(keys().map(Expr::is_null)).unwrap_or(lit(true));
        let is_small = not(self.is_enough(PEOPLE)).or(has_no_key);
        let columns = groups.schema().columns().into_iter().map(Expr::Column);
        let conditions = [
            is_small.alias(IS_SMALL),
            self.is_measured().alias(IS_MEASURED),
        ];
        let groups = groups.project(columns.chain(conditions).collect::<Vec<_>>())?;

        let of_small = |name: String| -> Result<Expr> {
            let people = when(ident(IS_SMALL), ident(people_column(PEOPLE, &name))).end()?;
            let all = WindowFunction::new(Arc::clone(&self.people), vec![people]);
            Ok(Expr::from(all).alias(people_column(SMALL, &name)))
        };
        let order = [
            ident(IS_MEASURED).sort(false, false),
            ident(SIZE).sort(true, false),
        ];
        let keys = keys().map(|key| key.sort(true, false));
        let rank = row_number()
            .partition_by(vec![ident(IS_SMALL)])
            .order_by(order.into_iter().chain(keys).collect())
            .build()?
            .alias(RANK);
        let of_small = self.counted().map(of_small).collect::<Result<Vec<_>>>()?;
        groups.window(of_small)?.window([rank])?.build()
    }

    /// True if one of the [`groups`](Self::groups) is merged: it is small, or it is the first of the
    /// others and the small ones together have too few respondents.
    fn is_merged(&self) -> Expr {
        let are_small = number(SMALL, PERSON).gt(lit(0_u64));
        let are_too_few = are_small.and(not(self.is_enough(SMALL)));
        ident(IS_SMALL).or(ident(RANK).eq(lit(1_u64)).and(are_too_few))
    }

    /// Columns whose respondents are counted: those of the rows and those of each measure.
    fn counted(&self) -> impl Iterator<Item = String> {
        let rows = iter::once(PERSON.to_owned());
        rows.chain(self.measures.iter().cloned())
    }

    /// The respondents of a group, and those with a value of each measure.
    fn people(&self) -> Result<Vec<Expr>> {
        let people = self.counted().map(|name| {
            let people = self.people.call(vec![ident(PERSON)]);
            let people = people.filter(ident(&name).is_not_null()).build()?;
            Ok(people.alias(people_column(PEOPLE, &name)))
        });
        people.collect()
    }

    /// True if a group has enough respondents with a value of each measure.
    fn is_measured(&self) -> Expr {
        let measured = self
            .measures
            .iter()
            .map(|name| self.are_enough(PEOPLE, name));
        conjunction(measured).unwrap_or(lit(true))
    }

    /// True if a set of respondents is large enough, and those with a value of each measure are. A
    /// measure of nobody is too small as well: else the answer would tell that somebody has a value.
    fn is_enough(&self, set: &str) -> Expr {
        let measured = self.measures.iter();
        let measured = measured.map(|name| self.are_enough(set, name));
        measured.fold(self.are_enough(set, PERSON), Expr::and)
    }

    fn are_enough(&self, set: &str, name: &str) -> Expr {
        number(set, name).gt_eq(lit(u64::from(self.people_min)))
    }
}

/// The number of respondents in a set, capped at the minimum group size.
fn number(set: &str, name: &str) -> Expr {
    cardinality(ident(people_column(set, name)))
}

fn key_name(index: usize) -> String {
    format!("__key_{index}")
}

fn call_name(index: usize) -> String {
    format!("__call_{index}")
}

fn people_column(set: &str, name: &str) -> String {
    format!("{set}_{name}")
}

fn columns(table: &str, names: &[String]) -> Vec<Column> {
    let columns = names.iter().map(|name| Column::new(Some(table), name));
    columns.collect()
}
