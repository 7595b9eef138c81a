//! The sources of a result's columns, which decide which values may be shown.
//!
//! The output of a check goes to logs, artifacts and pages that many people read. So it must not
//! contain anything that respondents wrote or that identifies them, however the query renames or
//! transforms it. Each column is traced through the plan to the table columns that it is computed
//! from; anything not understood counts as personal. Literals come from the author, and are in the
//! file.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, DFSchema, JoinType};
use datafusion::logical_expr::{
    Aggregate, Distinct, Expr, ExprSchemable, Join, LogicalPlan, TableScan,
};

/// The source of values; of several sources, the last one in this order counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Provenance {
    /// Written by Voxql or the author of the query: `survey`, `month`, a literal. Shown.
    Own,
    /// Columns that an import kept. Shown, except for prose, which may be a comment.
    Kept,
    /// Other tables and parameters, about which nothing is known, and parts of kept text, which may
    /// have been prose. Numbers and dates are shown.
    Foreign,
    /// Written by a respondent, or identifying one. Never shown, whatever its type.
    Personal,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lineage {
    pub(super) provenance: Provenance,
    /// `true` if it is computed over several rows, and so cannot be a key.
    pub(super) is_measure: bool,
}

impl Lineage {
    fn new(provenance: Provenance) -> Self {
        Self {
            provenance,
            is_measure: false,
        }
    }

    fn join(self, other: Self) -> Self {
        Self {
            provenance: self.provenance.max(other.provenance),
            is_measure: self.is_measure || other.is_measure,
        }
    }

    fn into_measure(self) -> Self {
        Self {
            is_measure: true,
            ..self
        }
    }
}

/// The lake's tables of responses.
const RESPONSES: [&str; 3] = ["responses", "latest_responses", "valid_responses"];

/// The table of response counts, which only the optimizer adds to a plan, and its own columns.
const ROLLUP: &str = "rollup";
const ROLLUP_COLUMNS: [&str; 4] = ["grain", "file", "day", "n"];

/// The columns of responses that are neither personal nor kept from an export.
const OWN_COLUMNS: [&str; 13] = [
    "survey",
    "month",
    "day",
    "metric",
    "source",
    "consent",
    "import_id",
    "score",
    "rating",
    "rating_max",
    "responded_at",
    "sent_at",
    "updated_at",
];

/// An account may be a customer number, which identifies one person.
const PERSONAL_COLUMNS: [&str; 4] = ["response_id", "respondent", "account", "comment"];

/// Functions with personal results, whatever their arguments.
const PERSONAL_FUNCTIONS: [&str; 2] = ["reveal", "anonymize"];

/// Functions whose results do not reveal their arguments.
const COUNTING_FUNCTIONS: [&str; 6] = [
    "count",
    "approx_distinct",
    "character_length",
    "octet_length",
    "bit_length",
    "sentiment",
];

/// Functions that keep a text whole, so that prose is still recognized. Others may cut it into parts
/// that no longer look like prose.
const WHOLE_FUNCTIONS: [&str; 13] = [
    "btrim",
    "coalesce",
    "concat",
    "concat_ws",
    "greatest",
    "initcap",
    "least",
    "lower",
    "ltrim",
    "nullif",
    "nvl",
    "rtrim",
    "upper",
];

/// Traces each column of the plan's schema.
pub(super) fn lineage(plan: &LogicalPlan) -> Vec<Lineage> {
    let columns = plan.schema().fields().len();
    let traced = trace(plan);
    if traced.len() == columns {
        traced
    } else {
        vec![Lineage::new(Provenance::Personal); columns]
    }
}

fn trace(plan: &LogicalPlan) -> Vec<Lineage> {
    match plan {
        LogicalPlan::Projection(projection) => {
            Scope::new(&projection.input).trace_all(&projection.expr)
        }
        LogicalPlan::Filter(filter) => lineage(&filter.input),
        LogicalPlan::Sort(sort) => lineage(&sort.input),
        LogicalPlan::Limit(limit) => lineage(&limit.input),
        LogicalPlan::Repartition(repartition) => lineage(&repartition.input),
        LogicalPlan::Subquery(subquery) => lineage(&subquery.subquery),
        LogicalPlan::SubqueryAlias(alias) => lineage(&alias.input),
        LogicalPlan::Distinct(Distinct::All(input)) => lineage(input),
        LogicalPlan::Distinct(Distinct::On(on)) => Scope::new(&on.input).trace_all(&on.select_expr),
        LogicalPlan::Aggregate(aggregate) => trace_aggregate(aggregate),
        LogicalPlan::Window(window) => {
            let calls = Scope::new(&window.input).trace_all(&window.window_expr);
            [lineage(&window.input), calls].concat()
        }
        LogicalPlan::Join(join) => trace_join(join),
        LogicalPlan::Union(union) => {
            let inputs = union.inputs.iter().map(|input| lineage(input));
            join_rows(union.schema.fields().len(), inputs)
        }
        LogicalPlan::Unnest(unnest) => {
            let inputs = lineage(&unnest.input);
            let of_input = |index: &usize| known(inputs.get(*index));
            unnest.dependency_indices.iter().map(of_input).collect()
        }
        LogicalPlan::Values(values) => {
            let scope = Scope {
                schema: DFSchema::empty_ref(),
                columns: Vec::new(),
            };
            let rows = values.values.iter().map(|row| scope.trace_all(row));
            join_rows(values.schema.fields().len(), rows)
        }
        LogicalPlan::EmptyRelation(empty) => {
            vec![Lineage::new(Provenance::Own); empty.schema.fields().len()]
        }
        LogicalPlan::TableScan(scan) => {
            let fields = scan.projected_schema.fields().iter();
            fields
                .map(|field| Lineage::new(column_provenance(scan, field.name())))
                .collect()
        }
        // Recursive queries, and nodes of later versions, are not understood.
        _ => Vec::new(),
    }
}

/// Joins the lineages of several inputs, column by column.
fn join_rows(columns: usize, rows: impl Iterator<Item = Vec<Lineage>>) -> Vec<Lineage> {
    let mut joined = vec![Lineage::new(Provenance::Own); columns];
    for row in rows {
        for (column, lineage) in joined.iter_mut().zip(row) {
            *column = column.join(lineage);
        }
    }
    joined
}

/// A lineage that was not found counts as personal.
fn known(lineage: Option<&Lineage>) -> Lineage {
    lineage
        .copied()
        .unwrap_or(Lineage::new(Provenance::Personal))
}

fn column_provenance(scan: &TableScan, name: &str) -> Provenance {
    let table = scan.table_name.table();
    if !is_lake_table(scan) {
        Provenance::Foreign
    } else if table == ROLLUP && ROLLUP_COLUMNS.contains(&name) {
        Provenance::Own
    } else if table == ROLLUP || RESPONSES.contains(&table) {
        match name {
            name if OWN_COLUMNS.contains(&name) => Provenance::Own,
            name if PERSONAL_COLUMNS.contains(&name) => Provenance::Personal,
            _ => Provenance::Kept,
        }
    } else if ["identities", "audit", "suppressions"].contains(&table) {
        Provenance::Personal
    } else {
        Provenance::Foreign
    }
}

/// True for tables in the lake's schema, whose names other tables cannot take.
fn is_lake_table(scan: &TableScan) -> bool {
    scan.table_name
        .schema()
        .is_none_or(|schema| schema == "public")
}

fn trace_aggregate(aggregate: &Aggregate) -> Vec<Lineage> {
    let scope = Scope::new(&aggregate.input);
    let trace_key = |key: &Expr| Lineage::new(scope.trace(key).provenance);
    let mut traced: Vec<Lineage> = match aggregate.group_expr.as_slice() {
        [Expr::GroupingSet(set)] => {
            let keys = set.distinct_expr().into_iter().map(trace_key);
            // The number of the grouping set follows the keys.
            keys.chain([Lineage::new(Provenance::Own)]).collect()
        }
        keys => keys.iter().map(trace_key).collect(),
    };
    let calls = aggregate.aggr_expr.iter();
    traced.extend(calls.map(|call| scope.trace(call).into_measure()));
    traced
}

fn trace_join(join: &Join) -> Vec<Lineage> {
    let left = || lineage(&join.left);
    let right = || lineage(&join.right);
    let mark = || vec![Lineage::new(Provenance::Own)];
    match join.join_type {
        JoinType::Inner | JoinType::Left | JoinType::Right | JoinType::Full => {
            [left(), right()].concat()
        }
        JoinType::LeftSemi | JoinType::LeftAnti => left(),
        JoinType::RightSemi | JoinType::RightAnti => right(),
        JoinType::LeftMark => [left(), mark()].concat(),
        JoinType::RightMark => [right(), mark()].concat(),
    }
}

/// The input columns of expressions.
struct Scope<'a> {
    schema: &'a DFSchema,
    columns: Vec<Lineage>,
}

impl<'a> Scope<'a> {
    fn new(input: &'a LogicalPlan) -> Self {
        Self {
            schema: input.schema(),
            columns: lineage(input),
        }
    }

    fn trace_all(&self, exprs: &[Expr]) -> Vec<Lineage> {
        exprs.iter().map(|expr| self.trace(expr)).collect()
    }

    fn trace(&self, expr: &Expr) -> Lineage {
        let traced = match expr {
            Expr::Column(column) => self.trace_column(column),
            Expr::Literal(..) => Lineage::new(Provenance::Own),
            Expr::Placeholder(_) => Lineage::new(Provenance::Foreign),
            Expr::Case(case) => {
                // The conditions that choose a value are not shown.
                let values = case.when_then_expr.iter().map(|(_, then)| then);
                self.join(values.chain(&case.else_expr).map(AsRef::as_ref))
            }
            Expr::ScalarFunction(call) => self.trace_call(call.func.name(), &call.args),
            Expr::AggregateFunction(call) => self
                .trace_call(call.func.name(), &call.params.args)
                .into_measure(),
            Expr::WindowFunction(call) => self
                .trace_call(call.fun.name(), &call.params.args)
                .into_measure(),
            Expr::ScalarSubquery(subquery) => known(lineage(&subquery.subquery).first()),
            expr => self.trace_children(expr),
        };
        // True and false reveal no text.
        let data_type = expr.get_type(self.schema);
        if data_type.is_ok_and(|data_type| data_type == DataType::Boolean) {
            Lineage {
                provenance: Provenance::Own,
                ..traced
            }
        } else {
            traced
        }
    }

    fn trace_column(&self, column: &Column) -> Lineage {
        let index = self.schema.maybe_index_of_column(column);
        known(index.and_then(|index| self.columns.get(index)))
    }

    fn trace_call(&self, function: &str, args: &[Expr]) -> Lineage {
        let traced = self.join(args.iter());
        let provenance = match function {
            name if PERSONAL_FUNCTIONS.contains(&name) => Provenance::Personal,
            name if COUNTING_FUNCTIONS.contains(&name) => Provenance::Own,
            name if WHOLE_FUNCTIONS.contains(&name) => traced.provenance,
            _ if traced.provenance == Provenance::Kept => Provenance::Foreign,
            _ => traced.provenance,
        };
        Lineage {
            provenance,
            ..traced
        }
    }

    fn join<'e>(&self, exprs: impl Iterator<Item = &'e Expr>) -> Lineage {
        exprs.fold(Lineage::new(Provenance::Own), |joined, expr| {
            joined.join(self.trace(expr))
        })
    }

    /// Joins the lineages of an expression's children; without children, it is not understood.
    fn trace_children(&self, expr: &Expr) -> Lineage {
        let mut traced: Option<Lineage> = None;
        let visited = expr.apply_children(|child| {
            let child = self.trace(child);
            traced = Some(traced.map_or(child, |traced| traced.join(child)));
            Ok(TreeNodeRecursion::Continue)
        });
        known(traced.as_ref().filter(|_| visited.is_ok()))
    }
}

/// True if an error of running the plan may quote personal data or the contents of another file.
///
/// The plan must be optimized, so that its scans list only the columns that they read.
pub(super) fn errors_may_quote_data(optimized: &LogicalPlan) -> bool {
    let mut may_quote = false;
    let visited = optimized.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node {
            let is_own = |name: &str| column_provenance(scan, name) == Provenance::Own;
            let mut fields = scan.projected_schema.fields().iter();
            let mut filters = scan.filters.iter().flat_map(Expr::column_refs);
            let table = scan.table_name.table();
            let is_known = is_lake_table(scan) && (table == ROLLUP || RESPONSES.contains(&table));
            may_quote |= !is_known
                || fields.any(|field| !is_shown_type(field.data_type()) && !is_own(field.name()))
                || filters.any(|column| !is_own(&column.name));
        }
        Ok(TreeNodeRecursion::Continue)
    });
    may_quote || visited.is_err()
}

/// True if values of this type are shown even when they come from an unknown table.
pub(super) fn is_shown_type(data_type: &DataType) -> bool {
    data_type.is_numeric() || data_type.is_temporal() || *data_type == DataType::Boolean
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::arrow::datatypes::{Field, Schema, TimeUnit};
    use datafusion::datasource::empty::EmptyTable;
    use datafusion::prelude::SessionContext;

    use super::*;

    async fn traced(sql: &str) -> String {
        let context = SessionContext::new();
        let text = |name| Field::new(name, DataType::Utf8, true);
        let responded_at = DataType::Timestamp(TimeUnit::Microsecond, None);
        let responses = Schema::new(vec![
            text("response_id"),
            text("respondent"),
            text("survey"),
            Field::new("score", DataType::Int8, true),
            Field::new("responded_at", responded_at, true),
            text("comment"),
            text("segment"),
        ]);
        let other = Schema::new(vec![
            text("owner"),
            Field::new("seats", DataType::Int64, true),
        ]);
        for (name, schema) in [("responses", responses), ("crm", other)] {
            let table = Arc::new(EmptyTable::new(Arc::new(schema)));
            context.register_table(name, table).unwrap();
        }
        let plan = context.state().create_logical_plan(sql).await.unwrap();
        let columns = lineage(&plan).into_iter().map(|column| {
            let mark = if column.is_measure { "*" } else { "" };
            format!("{:?}{mark}", column.provenance)
        });
        columns.collect::<Vec<_>>().join(" ")
    }

    /// Each line has the sources of a query's columns, with `*` after measures, and the query.
    const TRACED: &str = "\
Own Kept Personal: SELECT survey, segment, comment FROM responses
Personal: SELECT a.comment AS segment FROM responses AS a
Personal Own Own Own: SELECT upper(comment), length(comment), comment IS NULL, comment LIKE 'a%' FROM responses
Kept Own* Personal* Own*: SELECT segment, avg(score), max(comment), count(comment) FROM responses GROUP BY segment
Own Own*: SELECT n, count(*) FROM (SELECT count(*) AS n FROM responses GROUP BY segment) GROUP BY n
Own*: SELECT DISTINCT n FROM (SELECT count(*) AS n FROM responses)
Kept Personal Own*: SELECT segment, comment, count(*) FROM responses GROUP BY ROLLUP (segment, comment)
Foreign Foreign Own: SELECT owner, seats, 'x' AS x FROM crm
Kept Foreign: SELECT r.segment, c.owner FROM responses r JOIN crm c ON c.owner = r.comment
Personal: SELECT segment FROM responses UNION ALL SELECT respondent FROM responses
Personal*: WITH t AS (SELECT comment AS said FROM responses) SELECT (SELECT min(said) FROM t)
Kept: SELECT upper(coalesce(segment, '-')) FROM responses
Foreign Own Own: SELECT left(segment, 4), left(survey, 4), length(segment) FROM responses
Own*: SELECT row_number() OVER (ORDER BY comment) FROM responses
Personal*: SELECT lag(comment) OVER (ORDER BY score) FROM responses
Kept: SELECT CASE comment WHEN 'a' THEN segment ELSE survey END FROM responses
Own Personal: SELECT date_trunc('month', responded_at), CAST(comment AS DATE) FROM responses
Personal: SELECT unnest(make_array(comment)) FROM responses
Personal: WITH RECURSIVE t AS (SELECT comment AS c FROM responses UNION ALL SELECT c FROM t WHERE c IS NULL) SELECT c FROM t
";

    #[tokio::test]
    async fn columns_are_traced_to_their_sources() {
        for line in TRACED.lines() {
            let (expected, sql) = line.split_once(": ").unwrap();
            assert_eq!(traced(sql).await, expected, "{sql}");
        }
    }
}
