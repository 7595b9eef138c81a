//! What holds for any data, of the accumulators as DataFusion drives them.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, BooleanArray, Float64Array, Int8Array, Int64Array};
use datafusion::arrow::compute::filter;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Schema};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::function::AccumulatorArgs;
use datafusion::logical_expr::{Accumulator, AggregateUDF, EmitTo, GroupsAccumulator};
use datafusion_functions_nps::{NpsCounts, all_aggregates, udfs};
use proptest::prelude::*;

/// A score and a weight, or none of either.
type Row = (Option<i8>, Option<u32>);

/// How a function is called.
#[derive(Debug, Clone, Copy)]
enum Weights {
    None,
    Whole,
    /// The whole weights divided by ten, few of which a double can hold exactly.
    Fractional,
}

const WEIGHTS: [Weights; 3] = [Weights::None, Weights::Whole, Weights::Fractional];

fn columns(rows: &[Row], weights: Weights) -> Vec<ArrayRef> {
    let scores: Int8Array = rows.iter().map(|row| row.0).collect();
    let mut columns: Vec<ArrayRef> = vec![Arc::new(scores)];
    let weight = |row: &Row| row.1.map(f64::from);
    match weights {
        Weights::None => {}
        Weights::Whole => columns.push(Arc::new(
            rows.iter()
                .map(|row| row.1.map(i64::from))
                .collect::<Int64Array>(),
        )),
        Weights::Fractional => columns.push(Arc::new(
            rows.iter()
                .map(|row| weight(row).map(|weight| weight / 10.0))
                .collect::<Float64Array>(),
        )),
    }
    columns
}

/// The two kinds of accumulator of one function for one kind of weight.
struct Function {
    udaf: Arc<AggregateUDF>,
    fields: Vec<FieldRef>,
    return_field: FieldRef,
    schema: Schema,
}

impl Function {
    fn new(udaf: &Arc<AggregateUDF>, weights: Weights) -> Self {
        let fields: Vec<FieldRef> = columns(&[], weights)
            .iter()
            .map(|column| Arc::new(Field::new("c", column.data_type().clone(), true)))
            .collect();
        Self {
            udaf: Arc::clone(udaf),
            return_field: udaf.return_field(&fields).expect("types it accepts"),
            fields,
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
            exprs: &[],
            expr_fields: &self.fields,
        }
    }

    fn accumulator(&self) -> Box<dyn Accumulator> {
        self.udaf.accumulator(self.args()).expect("accumulator")
    }

    fn groups(&self) -> Box<dyn GroupsAccumulator> {
        self.udaf
            .create_groups_accumulator(self.args())
            .expect("groups accumulator")
    }

    fn of(&self, columns: &[ArrayRef]) -> ScalarValue {
        let mut accumulator = self.accumulator();
        accumulator.update_batch(columns).expect("good rows");
        accumulator.evaluate().expect("a result")
    }
}

/// The functions of a score and a weight; others have their properties beside their SQL.
fn statistics() -> Vec<Arc<AggregateUDF>> {
    const OTHERS: [&str; 2] = ["latest_by", "distinctive_terms"];
    all_aggregates()
        .into_iter()
        .filter(|udaf| !OTHERS.contains(&udaf.name()))
        .collect()
}

/// Every function with every kind of weight.
fn functions() -> impl Iterator<Item = (Function, Weights)> {
    statistics()
        .into_iter()
        .flat_map(|udaf| WEIGHTS.map(|weights| (Function::new(&udaf, weights), weights)))
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let score = prop::option::weighted(0.9, 0..=10_i8);
    let weight = prop::option::weighted(0.9, 0..1000_u32);
    prop::collection::vec((score, weight), 0..60)
}

fn state_arrays(state: &[ScalarValue]) -> Vec<ArrayRef> {
    state
        .iter()
        .map(|value| value.to_array().expect("one value"))
        .collect()
}

fn scalars(array: &ArrayRef) -> Vec<ScalarValue> {
    (0..array.len())
        .map(|row| ScalarValue::try_from_array(array, row).expect("a value"))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn order_does_not_matter(
        (rows, shuffled) in rows().prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle())),
    ) {
        for (function, weights) in functions() {
            prop_assert_eq!(
                function.of(&columns(&rows, weights)),
                function.of(&columns(&shuffled, weights))
            );
        }
    }

    #[test]
    fn a_weight_repeats_a_response(rows in prop::collection::vec((0..=10_i8, 0..20_u32), 0..20)) {
        let weighted: Vec<Row> = rows.iter().map(|&(score, n)| (Some(score), Some(n))).collect();
        let repeated: Vec<Row> = rows
            .iter()
            .flat_map(|&(score, n)| (0..n).map(move |_| (Some(score), None)))
            .collect();
        for udaf in statistics() {
            prop_assert_eq!(
                Function::new(&udaf, Weights::Whole).of(&columns(&weighted, Weights::Whole)),
                Function::new(&udaf, Weights::None).of(&columns(&repeated, Weights::None))
            );
        }
    }

    #[test]
    fn parts_merged_are_the_whole(rows in rows(), cut: prop::sample::Index) {
        let (left, right) = rows.split_at(cut.index(rows.len() + 1));
        for (function, weights) in functions() {
            let mut merged = function.accumulator();
            for part in [left, right] {
                let mut accumulator = function.accumulator();
                accumulator.update_batch(&columns(part, weights)).unwrap();
                let state = accumulator.state().unwrap();
                merged.merge_batch(&state_arrays(&state)).unwrap();
            }
            prop_assert_eq!(merged.evaluate().unwrap(), function.of(&columns(&rows, weights)));
        }
    }

    #[test]
    fn retract_undoes_update(kept in rows(), passing in rows()) {
        for (function, weights) in functions() {
            let mut window = function.accumulator();
            prop_assert!(window.supports_retract_batch());
            window.update_batch(&columns(&passing, weights)).unwrap();
            window.update_batch(&columns(&kept, weights)).unwrap();
            window.retract_batch(&columns(&passing, weights)).unwrap();
            prop_assert_eq!(window.evaluate().unwrap(), function.of(&columns(&kept, weights)));
        }
    }

    #[test]
    fn a_sliding_window_is_as_if_computed_afresh(rows in rows(), width in 1..8_usize) {
        for (function, weights) in functions() {
            let mut window = function.accumulator();
            for end in 0..rows.len() {
                window.update_batch(&columns(&rows[end..=end], weights)).unwrap();
                if let Some(gone) = end.checked_sub(width) {
                    window.retract_batch(&columns(&rows[gone..=gone], weights)).unwrap();
                }
                let frame = &rows[(end + 1).saturating_sub(width)..=end];
                prop_assert_eq!(window.evaluate().unwrap(), function.of(&columns(frame, weights)));
            }
        }
    }

    /// Rows of some groups, some of them filtered out, go through states of either kind and a
    /// merge, and come out in two parts: each group equals the plain accumulator of its rows.
    #[test]
    fn groups_are_as_if_computed_apart(
        rows in rows(),
        seed in prop::collection::vec((0..5_usize, prop::option::weighted(0.9, prop::bool::weighted(0.8))), 60),
        cut: prop::sample::Index,
        first in 0..=5_usize,
    ) {
        let groups: Vec<usize> = seed.iter().map(|s| s.0).take(rows.len()).collect();
        let passes: Vec<Option<bool>> = seed.iter().map(|s| s.1).take(rows.len()).collect();
        let cut = cut.index(rows.len() + 1);
        for (function, weights) in functions() {
            let mut partial = function.groups();
            partial
                .update_batch(
                    &columns(&rows[..cut], weights),
                    &groups[..cut],
                    Some(&BooleanArray::from(passes[..cut].to_vec())),
                    5,
                )
                .unwrap();
            let mut merged = function.groups();
            // In two parts: what is left is numbered from 0 again.
            let mut group = 0;
            for emit_to in [EmitTo::First(first), EmitTo::All] {
                let state = partial.state(emit_to).unwrap();
                let indices: Vec<_> = (group..group + state[0].len()).collect();
                group += indices.len();
                merged.merge_batch(&state, &indices, 5).unwrap();
            }
            prop_assert_eq!(group, 5);
            let state = function
                .groups()
                .convert_to_state(
                    &columns(&rows[cut..], weights),
                    Some(&BooleanArray::from(passes[cut..].to_vec())),
                )
                .unwrap();
            merged.merge_batch(&state, &groups[cut..], 5).unwrap();
            prop_assert!(merged.size() >= 5 * 3 * size_of::<i64>());

            let mut results = scalars(&merged.evaluate(EmitTo::First(first)).unwrap());
            prop_assert_eq!(results.len(), first);
            results.extend(scalars(&merged.evaluate(EmitTo::All).unwrap()));
            for (group, result) in results.iter().enumerate() {
                let in_group: BooleanArray = (0..rows.len())
                    .map(|row| Some(groups[row] == group && passes[row] == Some(true)))
                    .collect();
                let apart: Vec<_> = columns(&rows, weights)
                    .iter()
                    .map(|column| filter(column, &in_group).unwrap())
                    .collect();
                prop_assert_eq!(result, &function.of(&apart));
            }
        }
    }

    #[test]
    fn nps_is_that_of_the_counts(rows in rows()) {
        let answered = || rows.iter().filter_map(|row| row.0);
        let counts = NpsCounts {
            promoters: answered().filter(|&score| score >= 9).count() as f64,
            passives: answered().filter(|score| (7..=8).contains(score)).count() as f64,
            detractors: answered().filter(|&score| score <= 6).count() as f64,
        };
        let nps = Function::new(&udfs::nps_udaf(), Weights::None);
        prop_assert_eq!(
            nps.of(&columns(&rows, Weights::None)),
            ScalarValue::Float64(counts.nps())
        );
    }
}

#[test]
fn state_fields_are_the_types_of_the_state() {
    for (function, _) in functions() {
        let args = datafusion::logical_expr::function::StateFieldsArgs {
            name: "f",
            input_fields: &function.fields,
            return_field: Arc::clone(&function.return_field),
            ordering_fields: &[],
            is_distinct: false,
        };
        let fields: Vec<DataType> = function
            .udaf
            .state_fields(args)
            .unwrap()
            .iter()
            .map(|field| field.data_type().clone())
            .collect();
        let state = function.accumulator().state().unwrap();
        let state: Vec<DataType> = state.iter().map(ScalarValue::data_type).collect();
        assert_eq!(fields, state);
    }
}
