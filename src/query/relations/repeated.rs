//! Rows that are repeated with other cells.

use datafusion::common::{Column, Result};
use datafusion::functions::core::expr_ext::FieldAccessor;
use datafusion::functions::expr_fn::named_struct;
use datafusion::functions_nested::expr_fn::make_array;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};
use datafusion::prelude::{col, lit};

/// The rows of a plan, each repeated once for every row of `rows`, whose cells become the columns
/// `names` after those of `kept`. All cells of a column have one type.
pub(super) fn repeated(
    input: LogicalPlan,
    kept: Vec<Column>,
    names: &[&str],
    rows: Vec<Vec<Expr>>,
) -> Result<LogicalPlan> {
    const ROW: &str = "__row";
    let rows = rows.into_iter().map(|cells| {
        let pairs = std::iter::zip(names, cells).flat_map(|(name, cell)| [lit(*name), cell]);
        named_struct(pairs.collect())
    });
    let row = make_array(rows.collect()).alias(ROW);
    let columns = || kept.iter().cloned().map(Expr::Column);
    let cells = names.iter().map(|name| col(ROW).field(*name).alias(*name));
    LogicalPlanBuilder::from(input)
        .project(columns().chain([row]))?
        .unnest_column(Column::from_name(ROW))?
        .project(columns().chain(cells))?
        .build()
}
