//! Drives aggregate functions as DataFusion does.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, BooleanArray};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Schema};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{Accumulator, AggregateUDF, EmitTo, GroupsAccumulator};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::{Column, Literal};
use proptest::prelude::*;

/// The number of groups of [`Function::evaluate_groups`].
pub(crate) const GROUPS: usize = 5;

/// An aggregate function with its argument types.
pub(crate) struct Function {
    udaf: Arc<AggregateUDF>,
    fields: Vec<FieldRef>,
    exprs: Vec<Arc<dyn PhysicalExpr>>,
    return_field: FieldRef,
    schema: Schema,
}

impl Function {
    /// Creates the function for arguments of the types of `columns`. The arguments after the first
    /// are `literals`, as far as there are any.
    pub(crate) fn new(
        udaf: Arc<AggregateUDF>,
        columns: &[ArrayRef],
        literals: Vec<ScalarValue>,
    ) -> Self {
        let field = |column: &ArrayRef| Field::new("c", column.data_type().clone(), true);
        let fields: Vec<FieldRef> = columns.iter().map(|c| Arc::new(field(c))).collect();
        let mut exprs: Vec<Arc<dyn PhysicalExpr>> = (0..columns.len())
            .map(|index| -> Arc<dyn PhysicalExpr> { Arc::new(Column::new("c", index)) })
            .collect();
        for (expr, literal) in exprs.iter_mut().skip(1).zip(literals) {
            *expr = Arc::new(Literal::new(literal));
        }
        Self {
            return_field: udaf.return_field(&fields).expect("types it accepts"),
            udaf,
            fields,
            exprs,
            schema: Schema::empty(),
        }
    }

    fn args(&self) -> AccumulatorArgs<'_> {
        AccumulatorArgs {
            return_field: Arc::clone(&self.return_field),
            schema: &self.schema,
            ignore_nulls: false,
            order_bys: &[],
            is_reversed: false,
            name: self.udaf.name(),
            is_distinct: false,
            exprs: &self.exprs,
            expr_fields: &self.fields,
        }
    }

    pub(crate) fn accumulator(&self) -> Box<dyn Accumulator> {
        self.udaf.accumulator(self.args()).expect("accumulator")
    }

    pub(crate) fn window(&self) -> Box<dyn Accumulator> {
        let accumulator = self.udaf.create_sliding_accumulator(self.args());
        accumulator.expect("sliding accumulator")
    }

    fn groups(&self) -> Box<dyn GroupsAccumulator> {
        let accumulator = self.udaf.create_groups_accumulator(self.args());
        accumulator.expect("groups accumulator")
    }

    pub(crate) fn evaluate(&self, columns: &[ArrayRef]) -> ScalarValue {
        let mut accumulator = self.accumulator();
        accumulator.update_batch(columns).expect("valid rows");
        accumulator.evaluate().expect("a result")
    }

    /// Merges the partial states of several batches.
    pub(crate) fn evaluate_merged(&self, batches: &[Vec<ArrayRef>]) -> ScalarValue {
        let mut merged = self.accumulator();
        for columns in batches {
            let mut accumulator = self.accumulator();
            // The state of an accumulator without input is merged too.
            if !columns[0].is_empty() {
                accumulator.update_batch(columns).expect("valid rows");
            }
            let state = accumulator.state().expect("a state");
            let state = state
                .iter()
                .map(|value| value.to_array().expect("one value"));
            merged
                .merge_batch(&state.collect::<Vec<_>>())
                .expect("a state");
        }
        merged.evaluate().expect("a result")
    }

    /// Evaluates groups of rows through states of both kinds, a merge, and output in two parts.
    pub(crate) fn evaluate_groups(
        &self,
        columns: &[ArrayRef],
        grouping: &Grouping,
    ) -> Vec<ScalarValue> {
        let Grouping {
            groups,
            passes,
            cut,
            first,
        } = grouping;
        let part = |start: usize, end: usize| -> (Vec<ArrayRef>, BooleanArray) {
            let columns = columns
                .iter()
                .map(|column| column.slice(start, end - start));
            (columns.collect(), passes[start..end].to_vec().into())
        };
        let mut partial = self.groups();
        let (values, filter) = part(0, *cut);
        partial
            .update_batch(&values, &groups[..*cut], Some(&filter), GROUPS)
            .expect("valid rows");
        let mut merged = self.groups();
        // In two parts: the remaining groups are numbered from 0 again.
        let mut group = 0;
        for emit_to in [EmitTo::First(*first), EmitTo::All] {
            let state = partial.state(emit_to).expect("a state");
            let indices: Vec<_> = (group..group + state[0].len()).collect();
            group += indices.len();
            merged
                .merge_batch(&state, &indices, GROUPS)
                .expect("a state");
        }
        assert_eq!(group, GROUPS);
        let (values, filter) = part(*cut, groups.len());
        let state = self
            .groups()
            .convert_to_state(&values, Some(&filter))
            .expect("a state");
        merged
            .merge_batch(&state, &groups[*cut..], GROUPS)
            .expect("a state");
        assert!(merged.size() >= GROUPS * 3 * size_of::<i64>());

        let parts = [EmitTo::First(*first), EmitTo::All]
            .map(|emit_to| merged.evaluate(emit_to).expect("results"));
        assert_eq!(parts[0].len(), *first);
        let values = parts.iter().flat_map(|part| {
            (0..part.len()).map(|row| ScalarValue::try_from_array(part, row).expect("a value"))
        });
        values.collect()
    }

    /// Asserts that the state and the result have the declared types.
    pub(crate) fn assert_types(&self) {
        let args = StateFieldsArgs {
            name: "f",
            input_fields: &self.fields,
            return_field: Arc::clone(&self.return_field),
            ordering_fields: &[],
            is_distinct: false,
        };
        let fields = self.udaf.state_fields(args).expect("fields");
        let fields: Vec<DataType> = fields.iter().map(|f| f.data_type().clone()).collect();
        let mut accumulator = self.accumulator();
        let state = accumulator.state().expect("a state");
        let state: Vec<DataType> = state.iter().map(ScalarValue::data_type).collect();
        assert_eq!(fields, state);
        let result = accumulator.evaluate().expect("a result");
        assert_eq!(self.return_field.data_type(), &result.data_type());
    }
}

/// Groups of rows, and the way they are evaluated.
#[derive(Debug)]
pub(crate) struct Grouping {
    /// The group of each row.
    groups: Vec<usize>,
    /// The filter of each row.
    passes: Vec<Option<bool>>,
    /// The number of rows in the first partial state.
    cut: usize,
    /// The number of groups in the first part of the output.
    first: usize,
}

impl Grouping {
    /// True for rows that count in a group.
    pub(crate) fn contains(&self, group: usize, row: usize) -> bool {
        self.groups[row] == group && self.passes[row] == Some(true)
    }
}

/// Generates rows with a random grouping.
pub(crate) fn grouped<R: std::fmt::Debug + Clone>(
    rows: impl Strategy<Value = Vec<R>>,
) -> impl Strategy<Value = (Vec<R>, Grouping)> {
    rows.prop_flat_map(|rows| {
        let count = rows.len();
        let pass = prop::option::weighted(0.9, prop::bool::weighted(0.8));
        let seeds = prop::collection::vec((0..GROUPS, pass), count);
        (Just(rows), seeds, 0..=count, 0..=GROUPS).prop_map(|(rows, seeds, cut, first)| {
            let (groups, passes) = seeds.into_iter().unzip();
            (
                rows,
                Grouping {
                    groups,
                    passes,
                    cut,
                    first,
                },
            )
        })
    })
}
