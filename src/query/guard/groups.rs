//! An aggregate with groups of too few respondents merged, as a plan over the same rows.

use std::collections::BTreeSet;

use datafusion::common::{Column, DFSchema, NullEquality};
use datafusion::error::Result;
use datafusion::functions::expr_fn::{coalesce, concat_ws};
use datafusion::functions_aggregate::expr_fn::count_distinct;
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{
    Expr, ExprSchemable, JoinType, LogicalPlan, LogicalPlanBuilder, ident, lit, not, when,
};

use crate::privacy::roles::Role;

/// Who answered: an anonymous response is somebody of its own.
const PERSON: &str = "__person";
/// The respondents of a group.
const PEOPLE: &str = "__people";
/// Whether a key is among those that are merged.
const IS_MERGED: &str = "__is_merged";
/// Tables of the plan.
const ROWS: &str = "__rows";
const MERGED: &str = "__merged";

/// An aggregate that may be asked, over the columns of a table.
pub(super) struct Question {
    rows: LogicalPlan,
    people_min: u32,
    pub(super) filters: Vec<Expr>,
    pub(super) keys: Vec<Expr>,
    pub(super) calls: Vec<Expr>,
    /// The columns that the calls measure. A call rests on the respondents of whom there is one.
    pub(super) measures: BTreeSet<String>,
}

impl Question {
    pub(super) fn new(rows: LogicalPlan, role: &Role) -> Self {
        Self {
            rows,
            people_min: role.min_group_size().unwrap_or(u32::MAX),
            filters: Vec::new(),
            keys: Vec::new(),
            calls: Vec::new(),
            measures: BTreeSet::new(),
        }
    }

    /// The aggregate, with the columns and names of `schema`: its groups that rest on enough
    /// respondents, and the others as one row whose keys are NULL, which groups of NULL join. Where
    /// that is still too few, the smallest of the others joins it; where there is none left, the
    /// row is left out. So no row, nor all without one, is of fewer.
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
            .filter(self.is_enough())?;
        let names = (0..self.keys.len()).map(key_name);
        let names = names.chain((0..self.calls.len()).map(call_name));
        let outputs = names.enumerate().map(|(index, name)| {
            let (qualifier, field) = schema.qualified_field(index);
            // What is asked of the answer, such as HAVING, may be computed before the filter.
            let output = when(self.is_enough(), ident(name)).end()?;
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
        let groups = LogicalPlanBuilder::from(rows.clone())
            .aggregate(keys(), self.people()?)?
            .build()?;
        let is_nameless = conjunction(keys().map(Expr::is_null)).unwrap_or(lit(true));
        let is_merged = not(self.is_enough()).or(is_nameless);
        let small = LogicalPlanBuilder::from(groups.clone())
            .filter(is_merged.clone())?
            .project(keys())?
            .build()?;

        // One row where the small ones are too few even together.
        let too_few = LogicalPlanBuilder::from(rows.clone())
            .join_detailed(
                LogicalPlanBuilder::from(small.clone())
                    .alias(MERGED)?
                    .build()?,
                JoinType::LeftSemi,
                (columns(ROWS, &names), columns(MERGED, &names)),
                None,
                NullEquality::NullEqualsNull,
            )?
            .aggregate(Vec::<Expr>::new(), self.people()?)?
            .filter(ident(PEOPLE).gt(lit(0_i64)).and(not(self.is_enough())))?
            .project([lit(true).alias(IS_MERGED)])?
            .build()?;
        let measured = self.measures.iter().map(|name| {
            let people = ident(people_of(name));
            people.gt_eq(self.people_min()).sort(false, false)
        });
        let smallest_first = measured
            .chain([ident(PEOPLE).sort(true, false)])
            .chain(keys().map(|key| key.sort(true, false)));
        let next = LogicalPlanBuilder::from(groups)
            .filter(not(is_merged))?
            .sort(smallest_first.collect::<Vec<_>>())?
            .limit(0, Some(1))?
            .cross_join(too_few)?
            .project(keys())?
            .build()?;
        let merged = LogicalPlanBuilder::from(small)
            .union(next)?
            .project(keys().chain([lit(true).alias(IS_MERGED)]))?
            .alias(MERGED)?
            .build()?;

        let of_rows = |name: &String| Expr::Column(Column::new(Some(ROWS), name));
        let is_merged = || Expr::Column(Column::new(Some(MERGED), IS_MERGED)).is_not_null();
        let shown = names
            .iter()
            .map(|name| Ok(when(not(is_merged()), of_rows(name)).end()?.alias(name)))
            .collect::<Result<Vec<_>>>()?;
        let measures = self.measures.iter().map(of_rows);
        let others = measures.chain([of_rows(&PERSON.to_owned()), is_merged().alias(IS_MERGED)]);
        let source = LogicalPlanBuilder::from(rows)
            .join_detailed(
                merged,
                JoinType::Left,
                (columns(ROWS, &names), columns(MERGED, &names)),
                None,
                NullEquality::NullEqualsNull,
            )?
            .project(shown.into_iter().chain(others))?
            .build()?;
        Ok((source, keys().collect()))
    }

    /// How many respondents there are, and how many of whom there is each measure.
    fn people(&self) -> Result<Vec<Expr>> {
        let mut people = vec![count_distinct(ident(PERSON)).alias(PEOPLE)];
        for name in &self.measures {
            let measured = when(ident(name).is_not_null(), ident(PERSON)).end()?;
            people.push(count_distinct(measured).alias(people_of(name)));
        }
        Ok(people)
    }

    /// Whether these are enough. A measure that there is of nobody tells of nobody.
    fn is_enough(&self) -> Expr {
        let measured = self.measures.iter().map(|name| {
            let people = || ident(people_of(name));
            people()
                .eq(lit(0_i64))
                .or(people().gt_eq(self.people_min()))
        });
        let all = ident(PEOPLE).gt_eq(self.people_min());
        measured.fold(all, Expr::and)
    }

    fn people_min(&self) -> Expr {
        lit(i64::from(self.people_min))
    }
}

fn key_name(index: usize) -> String {
    format!("__key_{index}")
}

fn call_name(index: usize) -> String {
    format!("__call_{index}")
}

fn people_of(measure: &str) -> String {
    format!("{PEOPLE}_{measure}")
}

fn columns(table: &str, names: &[String]) -> Vec<Column> {
    let columns = names.iter().map(|name| Column::new(Some(table), name));
    columns.collect()
}
