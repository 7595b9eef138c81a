//! What holds for any data, of the accumulators as DataFusion drives them.

use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, BooleanArray, FixedSizeListArray, Float64Array, Int8Array, Int64Array, ListArray,
};
use datafusion::arrow::compute::{cast, filter};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Float64Type, Int64Type, Schema};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::function::AccumulatorArgs;
use datafusion::logical_expr::{Accumulator, AggregateUDF, EmitTo, GroupsAccumulator};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::{Column, Literal};
use datafusion_functions_nps::{NpsCounts, udfs};
use proptest::prelude::*;

/// A score and a weight, or none of either.
type Row = (Option<i8>, Option<u32>);

/// How a function is called, and what columns are made of the rows for it.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Call {
    /// Of the score alone.
    Score,
    /// With the weight.
    Whole,
    /// With the weight divided by ten, few of which a double can hold exactly.
    Fractional,
    /// With the literals 0.9 and a method.
    Interval(&'static str),
    /// With these literals and the weight as it is.
    WeightedInterval(&'static str),
    /// With a condition: whether the weight is odd.
    Compare,
    /// Of a list of eleven zeros, but for the weight where the score is; of weights divided by ten
    /// if fractional.
    Histogram { fractional: bool },
    /// Of a score folded into a scale from the lowest answer to the highest, which is a second
    /// argument if it is not the usual one.
    Rating {
        lowest: i8,
        highest: i8,
        is_usual: bool,
    },
}

fn whole(row: &Row) -> Option<i64> {
    row.1.map(i64::from)
}

fn fractional(row: &Row) -> Option<f64> {
    row.1.map(|weight| f64::from(weight) / 10.0)
}

fn histogram<T: Copy + Default>(score: Option<i8>, count: Option<T>) -> Option<Vec<Option<T>>> {
    let mut histogram = vec![Some(T::default()); 11];
    histogram[score? as usize] = Some(count?);
    Some(histogram)
}

impl Call {
    fn columns(self, rows: &[Row]) -> Vec<ArrayRef> {
        let scores =
            || -> ArrayRef { Arc::new(rows.iter().map(|row| row.0).collect::<Int8Array>()) };
        let mut columns: Vec<ArrayRef> = match self {
            Self::Score | Self::Interval(_) => vec![scores()],
            Self::Whole | Self::WeightedInterval(_) => {
                let weights: Int64Array = rows.iter().map(whole).collect();
                vec![scores(), Arc::new(weights)]
            }
            Self::Fractional => {
                let weights: Float64Array = rows.iter().map(fractional).collect();
                vec![scores(), Arc::new(weights)]
            }
            Self::Compare => {
                let is_odd = |row: &Row| row.1.map(|weight| weight % 2 == 1);
                let is_second: BooleanArray = rows.iter().map(is_odd).collect();
                vec![scores(), Arc::new(is_second)]
            }
            Self::Histogram { fractional: false } => {
                let histograms = rows.iter().map(|row| histogram(row.0, whole(row)));
                let lists = ListArray::from_iter_primitive::<Int64Type, _, _>(histograms);
                vec![Arc::new(lists)]
            }
            Self::Histogram { fractional: true } => {
                let histograms = rows.iter().map(|row| histogram(row.0, fractional(row)));
                let lists =
                    FixedSizeListArray::from_iter_primitive::<Float64Type, _, _>(histograms, 11);
                vec![Arc::new(lists)]
            }
            Self::Rating {
                lowest, highest, ..
            } => {
                let fold = |score: i8| lowest + score % (highest - lowest + 1);
                let ratings: Int8Array = rows.iter().map(|row| row.0.map(fold)).collect();
                vec![Arc::new(ratings)]
            }
        };
        // DataFusion passes a literal as a column too.
        let literals = self
            .literals()
            .into_iter()
            .map(|literal| literal.to_array_of_size(rows.len()).expect("a column"));
        columns.splice(1..1, literals);
        columns
    }

    /// The arguments behind the first.
    fn literals(self) -> Vec<ScalarValue> {
        match self {
            Self::Interval(method) | Self::WeightedInterval(method) => {
                vec![ScalarValue::from(0.9), ScalarValue::from(method)]
            }
            Self::Rating {
                highest,
                is_usual: false,
                ..
            } => vec![ScalarValue::from(f64::from(highest))],
            _ => vec![],
        }
    }
}

/// The two kinds of accumulator of one function called in one way.
struct Function {
    udaf: Arc<AggregateUDF>,
    call: Call,
    fields: Vec<FieldRef>,
    exprs: Vec<Arc<dyn PhysicalExpr>>,
    return_field: FieldRef,
    schema: Schema,
}

impl Function {
    fn new(udaf: Arc<AggregateUDF>, call: Call) -> Self {
        let columns = call.columns(&[]);
        let fields: Vec<FieldRef> = columns
            .iter()
            .map(|column| Arc::new(Field::new("c", column.data_type().clone(), true)))
            .collect();
        let literals = call.literals();
        let mut exprs: Vec<Arc<dyn PhysicalExpr>> = (0..columns.len())
            .map(|index| -> Arc<dyn PhysicalExpr> { Arc::new(Column::new("c", index)) })
            .collect();
        for (expr, literal) in exprs.iter_mut().skip(1).zip(literals) {
            *expr = Arc::new(Literal::new(literal));
        }
        Self {
            exprs,
            return_field: udaf.return_field(&fields).expect("types it accepts"),
            udaf,
            call,
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
            exprs: &self.exprs,
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

    fn columns(&self, rows: &[Row]) -> Vec<ArrayRef> {
        self.call.columns(rows)
    }

    fn of(&self, rows: &[Row]) -> ScalarValue {
        self.of_columns(&self.columns(rows))
    }

    fn of_columns(&self, columns: &[ArrayRef]) -> ScalarValue {
        let mut accumulator = self.accumulator();
        accumulator.update_batch(columns).expect("good rows");
        accumulator.evaluate().expect("a result")
    }
}

/// The functions that take a weight.
fn weighted() -> [Arc<AggregateUDF>; 6] {
    [
        udfs::nps_udaf(),
        udfs::nps_stats_udaf(),
        udfs::promoters_udaf(),
        udfs::passives_udaf(),
        udfs::detractors_udaf(),
        udfs::score_histogram_udaf(),
    ]
}

/// Every function of tallies, called in every way.
fn functions() -> Vec<Function> {
    let mut functions = Vec::new();
    for udaf in weighted() {
        for call in [Call::Score, Call::Whole, Call::Fractional] {
            functions.push(Function::new(Arc::clone(&udaf), call));
        }
    }
    for method in ["adjusted_wald", "wald", "score"] {
        for call in [Call::Interval(method), Call::WeightedInterval(method)] {
            functions.push(Function::new(udfs::nps_ci_udaf(), call));
        }
    }
    functions.push(Function::new(udfs::nps_compare_udaf(), Call::Compare));
    for fractional in [false, true] {
        let call = Call::Histogram { fractional };
        functions.push(Function::new(udfs::nps_merge_udaf(), call));
    }
    for (udaf, lowest, usual) in [(udfs::csat_udaf(), 0, 5), (udfs::ces_udaf(), 1, 7)] {
        for (highest, is_usual) in [(usual, true), (10, false)] {
            let call = Call::Rating {
                lowest,
                highest,
                is_usual,
            };
            functions.push(Function::new(Arc::clone(&udaf), call));
        }
    }
    functions
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
        for function in functions() {
            prop_assert_eq!(function.of(&rows), function.of(&shuffled));
        }
    }

    #[test]
    fn a_weight_repeats_a_response(rows in prop::collection::vec((0..=10_i8, 0..20_u32), 0..20)) {
        let weighted: Vec<Row> = rows.iter().map(|&(score, n)| (Some(score), Some(n))).collect();
        let repeated: Vec<Row> = rows
            .iter()
            .flat_map(|&(score, n)| (0..n).map(move |_| (Some(score), None)))
            .collect();
        for udaf in self::weighted() {
            prop_assert_eq!(
                Function::new(Arc::clone(&udaf), Call::Whole).of(&weighted),
                Function::new(udaf, Call::Score).of(&repeated)
            );
        }
        for method in ["adjusted_wald", "wald", "score"] {
            prop_assert_eq!(
                Function::new(udfs::nps_ci_udaf(), Call::WeightedInterval(method)).of(&weighted),
                Function::new(udfs::nps_ci_udaf(), Call::Interval(method)).of(&repeated)
            );
        }
        let nps = Function::new(udfs::nps_udaf(), Call::Score);
        let merged = Function::new(udfs::nps_merge_udaf(), Call::Histogram { fractional: false });
        prop_assert_eq!(merged.of(&weighted), nps.of(&repeated));
    }

    #[test]
    fn parts_merged_are_the_whole(rows in rows(), cut: prop::sample::Index) {
        let (left, right) = rows.split_at(cut.index(rows.len() + 1));
        for function in functions() {
            let mut merged = function.accumulator();
            for part in [left, right] {
                let mut accumulator = function.accumulator();
                accumulator.update_batch(&function.columns(part)).unwrap();
                let state = accumulator.state().unwrap();
                merged.merge_batch(&state_arrays(&state)).unwrap();
            }
            prop_assert_eq!(merged.evaluate().unwrap(), function.of(&rows));
        }
    }

    #[test]
    fn retract_undoes_update(kept in rows(), passing in rows()) {
        for function in functions() {
            let mut window = function.accumulator();
            prop_assert!(window.supports_retract_batch());
            window.update_batch(&function.columns(&passing)).unwrap();
            window.update_batch(&function.columns(&kept)).unwrap();
            window.retract_batch(&function.columns(&passing)).unwrap();
            prop_assert_eq!(window.evaluate().unwrap(), function.of(&kept));
        }
    }

    #[test]
    fn a_sliding_window_is_as_if_computed_afresh(rows in rows(), width in 1..8_usize) {
        for function in functions() {
            let mut window = function.accumulator();
            for end in 0..rows.len() {
                window.update_batch(&function.columns(&rows[end..=end])).unwrap();
                if let Some(gone) = end.checked_sub(width) {
                    window.retract_batch(&function.columns(&rows[gone..=gone])).unwrap();
                }
                let frame = &rows[(end + 1).saturating_sub(width)..=end];
                prop_assert_eq!(window.evaluate().unwrap(), function.of(frame));
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
        for function in functions() {
            let mut partial = function.groups();
            partial
                .update_batch(
                    &function.columns(&rows[..cut]),
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
                    &function.columns(&rows[cut..]),
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
                let apart: Vec<_> = function.columns(&rows)
                    .iter()
                    .map(|column| filter(column, &in_group).unwrap())
                    .collect();
                prop_assert_eq!(result, &function.of_columns(&apart));
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
        let nps = Function::new(udfs::nps_udaf(), Call::Score);
        prop_assert_eq!(nps.of(&rows), ScalarValue::Float64(counts.nps()));
    }
}

/// Entries of any numeric type are the same counts.
#[test]
fn histograms_of_any_type() {
    let rows: Vec<Row> = (0..=10)
        .map(|score| (Some(score), Some(1 + score as u32 * 3)))
        .collect();
    let whole = Function::new(
        udfs::nps_merge_udaf(),
        Call::Histogram { fractional: false },
    );
    let columns = whole.columns(&rows);
    for entry in [DataType::UInt64, DataType::Float64] {
        let data_type = DataType::new_large_list(entry, true);
        let lists = cast(&columns[0], &data_type).expect("another list");
        let fields: Vec<FieldRef> = vec![Arc::new(Field::new("c", data_type, true))];
        let function = Function {
            return_field: whole.udaf.return_field(&fields).expect("a histogram"),
            fields,
            ..Function::new(udfs::nps_merge_udaf(), whole.call)
        };
        assert_eq!(function.of_columns(&[lists]), whole.of(&rows));
    }
}

#[test]
fn state_fields_are_the_types_of_the_state() {
    for function in functions() {
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
