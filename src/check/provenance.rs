//! Where the columns of a result come from, which decides what of them may be shown.
//!
//! What a check writes goes to logs, artifacts and pages that many people read. So nothing that a
//! respondent wrote or is known by may be in it, however the query names or changes it. Each
//! column is traced through the plan to the columns of tables that it is computed from; whatever
//! is not understood counts as personal. Literals are the author's own and stand in the file.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, DFSchema, JoinType};
use datafusion::logical_expr::{
    Aggregate, Distinct, Expr, ExprSchemable, Join, LogicalPlan, TableScan,
};

/// Where values come from, of several the one that is shown least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Provenance {
    /// What Voxql or the author of the query writes: `survey`, `month`, a literal. Shown.
    Own,
    /// Columns that an import kept. Shown, but for prose, of which a comment may be made.
    Kept,
    /// Other tables and parameters, of which nothing is known, and what is cut out of kept text,
    /// which may have been prose. Numbers and dates are shown.
    Foreign,
    /// What a respondent wrote or is known by. Never shown, whatever its type.
    Personal,
}

/// What is known of a column of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lineage {
    pub(super) provenance: Provenance,
    /// Whether it is computed over several rows, and so is no key of its row.
    pub(super) is_measure: bool,
}

impl Lineage {
    fn of(provenance: Provenance) -> Self {
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
}

/// The lake's tables of responses.
const RESPONSES: [&str; 3] = ["responses", "latest_responses", "valid_responses"];

/// Counts of responses, which only the optimizer puts into a plan, and what they have besides.
const ROLLUP: &str = "rollup";
const ROLLUP_COLUMNS: [&str; 4] = ["grain", "file", "day", "n"];

/// The columns of responses that are known to be neither about a person nor kept from an export.
const OWN_COLUMNS: [&str; 12] = [
    "survey",
    "month",
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

/// An account may be a customer's number, by which one person is known.
const PERSONAL_COLUMNS: [&str; 4] = ["response_id", "respondent", "account", "comment"];

/// Functions whose results are personal whatever they are given.
const PERSONAL_FUNCTIONS: [&str; 2] = ["reveal", "anonymize"];

/// Functions of whose results nobody can tell what they were given.
const COUNTING_FUNCTIONS: [&str; 6] = [
    "count",
    "approx_distinct",
    "character_length",
    "octet_length",
    "bit_length",
    "sentiment",
];

/// Functions that leave a text whole, so that prose can still be told to be prose. Of what others cut
/// out of one it cannot.
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
    match traced.len() == columns {
        true => traced,
        false => vec![Lineage::of(Provenance::Personal); columns],
    }
}

fn trace(plan: &LogicalPlan) -> Vec<Lineage> {
    match plan {
        LogicalPlan::Projection(projection) => Scope::of(&projection.input).all(&projection.expr),
        LogicalPlan::Filter(filter) => lineage(&filter.input),
        LogicalPlan::Sort(sort) => lineage(&sort.input),
        LogicalPlan::Limit(limit) => lineage(&limit.input),
        LogicalPlan::Repartition(repartition) => lineage(&repartition.input),
        LogicalPlan::Subquery(subquery) => lineage(&subquery.subquery),
        LogicalPlan::SubqueryAlias(alias) => lineage(&alias.input),
        LogicalPlan::Distinct(Distinct::All(input)) => lineage(input),
        LogicalPlan::Distinct(Distinct::On(on)) => Scope::of(&on.input).all(&on.select_expr),
        LogicalPlan::Aggregate(aggregate) => of_aggregate(aggregate),
        LogicalPlan::Window(window) => {
            let mut traced = lineage(&window.input);
            traced.extend(Scope::of(&window.input).all(&window.window_expr));
            traced
        }
        LogicalPlan::Join(join) => of_join(join),
        LogicalPlan::Union(union) => {
            let mut traced = vec![Lineage::of(Provenance::Own); union.schema.fields().len()];
            for input in &union.inputs {
                for (column, of_input) in traced.iter_mut().zip(lineage(input)) {
                    *column = column.join(of_input);
                }
            }
            traced
        }
        LogicalPlan::Unnest(unnest) => {
            let inputs = lineage(&unnest.input);
            let of_input = |index: &usize| {
                let known = inputs.get(*index).copied();
                known.unwrap_or(Lineage::of(Provenance::Personal))
            };
            unnest.dependency_indices.iter().map(of_input).collect()
        }
        LogicalPlan::Values(values) => {
            let scope = Scope {
                schema: DFSchema::empty_ref(),
                columns: Vec::new(),
            };
            let mut traced = vec![Lineage::of(Provenance::Own); values.schema.fields().len()];
            for row in &values.values {
                for (column, value) in traced.iter_mut().zip(row) {
                    *column = column.join(scope.trace(value));
                }
            }
            traced
        }
        LogicalPlan::EmptyRelation(empty) => {
            vec![Lineage::of(Provenance::Own); empty.schema.fields().len()]
        }
        LogicalPlan::TableScan(scan) => {
            let names = scan.projected_schema.fields().iter();
            let of_column = |name: &str| Lineage::of(of_column(scan, name));
            names.map(|field| of_column(field.name())).collect()
        }
        // Of recursive queries and whatever may come, nothing is known.
        _ => Vec::new(),
    }
}

fn of_column(scan: &TableScan, name: &str) -> Provenance {
    match scan.table_name.table() {
        _ if !is_of_lake(scan) => Provenance::Foreign,
        ROLLUP if ROLLUP_COLUMNS.contains(&name) => Provenance::Own,
        table if table == ROLLUP || RESPONSES.contains(&table) => match name {
            name if OWN_COLUMNS.contains(&name) => Provenance::Own,
            name if PERSONAL_COLUMNS.contains(&name) => Provenance::Personal,
            _ => Provenance::Kept,
        },
        "identities" | "audit" => Provenance::Personal,
        _ => Provenance::Foreign,
    }
}

/// Whether a table is one of the lake's own, which no other can be named as.
fn is_of_lake(scan: &TableScan) -> bool {
    scan.table_name
        .schema()
        .is_none_or(|schema| schema == "public")
}

fn of_aggregate(aggregate: &Aggregate) -> Vec<Lineage> {
    let scope = Scope::of(&aggregate.input);
    let as_key = |lineage: Lineage| Lineage::of(lineage.provenance);
    let mut traced: Vec<Lineage> = match aggregate.group_expr.as_slice() {
        [Expr::GroupingSet(set)] => {
            let keys = set
                .distinct_expr()
                .into_iter()
                .map(|key| as_key(scope.trace(key)));
            // Behind them there is the number of the set.
            keys.chain([Lineage::of(Provenance::Own)]).collect()
        }
        keys => keys.iter().map(|key| as_key(scope.trace(key))).collect(),
    };
    traced.extend(aggregate.aggr_expr.iter().map(|call| Lineage {
        is_measure: true,
        ..scope.trace(call)
    }));
    traced
}

fn of_join(join: &Join) -> Vec<Lineage> {
    let left = || lineage(&join.left);
    let right = || lineage(&join.right);
    let mark = Lineage::of(Provenance::Own);
    match join.join_type {
        JoinType::Inner | JoinType::Left | JoinType::Right | JoinType::Full => {
            [left(), right()].concat()
        }
        JoinType::LeftSemi | JoinType::LeftAnti => left(),
        JoinType::RightSemi | JoinType::RightAnti => right(),
        JoinType::LeftMark => [left(), vec![mark]].concat(),
        JoinType::RightMark => [right(), vec![mark]].concat(),
    }
}

/// What the columns are that expressions are about.
struct Scope<'a> {
    schema: &'a DFSchema,
    columns: Vec<Lineage>,
}

impl<'a> Scope<'a> {
    fn of(input: &'a LogicalPlan) -> Self {
        Self {
            schema: input.schema(),
            columns: lineage(input),
        }
    }

    fn all(&self, exprs: &[Expr]) -> Vec<Lineage> {
        exprs.iter().map(|expr| self.trace(expr)).collect()
    }

    fn column(&self, column: &Column) -> Lineage {
        let index = self.schema.maybe_index_of_column(column);
        let known = index.and_then(|index| self.columns.get(index).copied());
        known.unwrap_or(Lineage::of(Provenance::Personal))
    }

    fn trace(&self, expr: &Expr) -> Lineage {
        let traced = match expr {
            Expr::Column(column) => self.column(column),
            Expr::Literal(..) => Lineage::of(Provenance::Own),
            Expr::Placeholder(_) => Lineage::of(Provenance::Foreign),
            Expr::Case(case) => {
                // What decides between the values is not shown.
                let values = case.when_then_expr.iter().map(|(_, then)| then);
                self.join(values.chain(&case.else_expr).map(AsRef::as_ref))
            }
            Expr::ScalarFunction(call) => self.call(call.func.name(), &call.args),
            Expr::AggregateFunction(call) => Lineage {
                is_measure: true,
                ..self.call(call.func.name(), &call.params.args)
            },
            Expr::WindowFunction(call) => Lineage {
                is_measure: true,
                ..self.call(call.fun.name(), &call.params.args)
            },
            Expr::ScalarSubquery(subquery) => lineage(&subquery.subquery)
                .first()
                .copied()
                .unwrap_or(Lineage::of(Provenance::Personal)),
            expr => self.children(expr),
        };
        // True and false tell nothing that was written.
        let is_boolean = expr
            .get_type(self.schema)
            .is_ok_and(|data_type| data_type == DataType::Boolean);
        match is_boolean {
            true => Lineage {
                provenance: Provenance::Own,
                ..traced
            },
            false => traced,
        }
    }

    /// The call of a function.
    fn call(&self, function: &str, args: &[Expr]) -> Lineage {
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
        exprs.fold(Lineage::of(Provenance::Own), |joined, expr| {
            joined.join(self.trace(expr))
        })
    }

    /// An expression that is what its parts are; one without parts is not understood.
    fn children(&self, expr: &Expr) -> Lineage {
        let mut traced: Option<Lineage> = None;
        let visited = expr.apply_children(|child| {
            let child = self.trace(child);
            traced = Some(traced.map_or(child, |traced| traced.join(child)));
            Ok(TreeNodeRecursion::Continue)
        });
        match (visited, traced) {
            (Ok(_), Some(traced)) => traced,
            _ => Lineage::of(Provenance::Personal),
        }
    }
}

/// Whether an error that a plan runs into may quote what a respondent wrote or is known by, or
/// what is in another file.
///
/// `optimized` has been optimized: it says of each table which columns are read.
pub(super) fn may_quote(optimized: &LogicalPlan) -> bool {
    let mut may_quote = false;
    let visited = optimized.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node {
            let read = scan.projected_schema.fields().iter().map(|field| {
                let is_text = !is_shown_of_others(field.data_type());
                is_text && of_column(scan, field.name()) != Provenance::Own
            });
            let filters = scan.filters.iter().flat_map(Expr::column_refs);
            let filtered = filters.map(|column| of_column(scan, &column.name) != Provenance::Own);
            let table = scan.table_name.table();
            let is_known = is_of_lake(scan) && (table == ROLLUP || RESPONSES.contains(&table));
            may_quote |= !is_known || read.chain(filtered).any(|of_others| of_others);
        }
        Ok(TreeNodeRecursion::Continue)
    });
    may_quote || visited.is_err()
}

/// Whether values of this type are shown of tables of which nothing is known.
pub(super) fn is_shown_of_others(data_type: &DataType) -> bool {
    data_type.is_numeric() || data_type.is_temporal() || *data_type == DataType::Boolean
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::arrow::datatypes::{Field, Schema, TimeUnit};
    use datafusion::datasource::empty::EmptyTable;
    use datafusion::prelude::SessionContext;

    use super::*;

    async fn traced(sql: &str) -> Vec<(Provenance, bool)> {
        let context = SessionContext::new();
        let responses = Schema::new(vec![
            Field::new("response_id", DataType::Utf8, false),
            Field::new("respondent", DataType::Utf8, true),
            Field::new("survey", DataType::Utf8, false),
            Field::new("score", DataType::Int8, true),
            Field::new(
                "responded_at",
                DataType::Timestamp(TimeUnit::Microsecond, None),
                true,
            ),
            Field::new("comment", DataType::Utf8, true),
            Field::new("segment", DataType::Utf8, true),
        ]);
        let other = Schema::new(vec![
            Field::new("owner", DataType::Utf8, true),
            Field::new("seats", DataType::Int64, true),
        ]);
        for (name, schema) in [("responses", responses), ("crm", other)] {
            let table = Arc::new(EmptyTable::new(Arc::new(schema)));
            context.register_table(name, table).unwrap();
        }
        let plan = context.state().create_logical_plan(sql).await.unwrap();
        let lineage = lineage(&plan).into_iter();
        lineage
            .map(|column| (column.provenance, column.is_measure))
            .collect()
    }

    #[tokio::test]
    async fn columns_are_traced_to_where_they_come_from() {
        use Provenance::{Foreign, Kept, Own, Personal};
        for (sql, expected) in [
            (
                "SELECT survey, segment, comment FROM responses",
                vec![(Own, false), (Kept, false), (Personal, false)],
            ),
            (
                "SELECT a.comment AS segment FROM responses AS a",
                vec![(Personal, false)],
            ),
            (
                "SELECT upper(comment), length(comment), comment IS NULL, comment LIKE 'a%' \
              FROM responses",
                vec![(Personal, false), (Own, false), (Own, false), (Own, false)],
            ),
            (
                "SELECT segment, avg(score), max(comment), count(comment) FROM responses \
              GROUP BY segment",
                vec![(Kept, false), (Own, true), (Personal, true), (Own, true)],
            ),
            (
                "SELECT n, count(*) FROM (SELECT count(*) AS n FROM responses GROUP BY segment) \
              GROUP BY n",
                vec![(Own, false), (Own, true)],
            ),
            (
                "SELECT DISTINCT n FROM (SELECT count(*) AS n FROM responses)",
                vec![(Own, true)],
            ),
            (
                "SELECT segment, comment, count(*) FROM responses GROUP BY ROLLUP (segment, comment)",
                vec![(Kept, false), (Personal, false), (Own, true)],
            ),
            (
                "SELECT owner, seats, 'x' AS x FROM crm",
                vec![(Foreign, false), (Foreign, false), (Own, false)],
            ),
            (
                "SELECT r.segment, c.owner FROM responses r JOIN crm c ON c.owner = r.comment",
                vec![(Kept, false), (Foreign, false)],
            ),
            (
                "SELECT segment FROM responses UNION ALL SELECT respondent FROM responses",
                vec![(Personal, false)],
            ),
            (
                "WITH t AS (SELECT comment AS said FROM responses) SELECT (SELECT min(said) FROM t)",
                vec![(Personal, true)],
            ),
            (
                "SELECT upper(coalesce(segment, '-')), left(segment, 4), left(survey, 4), \
              length(segment) FROM responses",
                vec![(Kept, false), (Foreign, false), (Own, false), (Own, false)],
            ),
            (
                "SELECT row_number() OVER (ORDER BY comment), lag(comment) OVER (ORDER BY score) \
              FROM responses",
                vec![(Own, true), (Personal, true)],
            ),
            (
                "SELECT CASE comment WHEN 'a' THEN segment ELSE survey END FROM responses",
                vec![(Kept, false)],
            ),
            (
                "SELECT date_trunc('month', responded_at), CAST(comment AS DATE) FROM responses",
                vec![(Own, false), (Personal, false)],
            ),
            (
                "SELECT unnest(make_array(comment)) FROM responses",
                vec![(Personal, false)],
            ),
            (
                "WITH RECURSIVE t AS (SELECT comment AS c FROM responses UNION ALL \
              SELECT c FROM t WHERE c IS NULL) SELECT c FROM t",
                vec![(Personal, false)],
            ),
        ] {
            assert_eq!(traced(sql).await, expected, "{sql}");
        }
    }
}
