//! Properties of the accumulators on random data.

use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, BooleanArray, FixedSizeListArray, Float64Array, Int8Array, Int64Array, ListArray,
};
use datafusion::arrow::compute::{cast, filter};
use datafusion::arrow::datatypes::{DataType, Float64Type, Int64Type};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::AggregateUDF;
use datafusion_functions_nps::{NpsCounts, udfs};
use proptest::prelude::*;

use crate::accumulators::{Function, grouped};

/// A score and a weight, or none of either.
type Row = (Option<i8>, Option<u32>);

/// The way to call a function, and to make its columns from the rows.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Call {
    /// The score alone.
    Score,
    /// The score and the weight.
    Whole,
    /// The score and a tenth of the weight, which a double can rarely represent exactly.
    Fractional,
    /// The score and the literals 0.9 and a method.
    Interval(&'static str),
    /// The same with the weight.
    WeightedInterval(&'static str),
    /// The score and a condition, true if the weight is odd.
    Compare,
    /// A list of eleven zeros, except for the weight at the score, or a tenth of it if fractional.
    Histogram { fractional: bool },
    /// The score folded into a scale, whose maximum is a second argument unless it is the default.
    Rating {
        lowest: i8,
        highest: i8,
        is_default: bool,
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

    /// Returns the arguments after the first.
    fn literals(self) -> Vec<ScalarValue> {
        match self {
            Self::Interval(method) | Self::WeightedInterval(method) => {
                vec![ScalarValue::from(0.9), ScalarValue::from(method)]
            }
            Self::Rating {
                highest,
                is_default: false,
                ..
            } => vec![ScalarValue::from(f64::from(highest))],
            _ => vec![],
        }
    }
}

/// A function with the way to call it.
struct CalledFunction {
    function: Function,
    call: Call,
}

impl CalledFunction {
    fn new(udaf: Arc<AggregateUDF>, call: Call) -> Self {
        let function = Function::new(udaf, &call.columns(&[]), call.literals());
        Self { function, call }
    }

    fn columns(&self, rows: &[Row]) -> Vec<ArrayRef> {
        self.call.columns(rows)
    }

    fn evaluate(&self, rows: &[Row]) -> ScalarValue {
        self.function.evaluate(&self.columns(rows))
    }
}

/// Returns the functions that take a weight.
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

/// Returns every function of tallies, with every way to call it.
fn functions() -> Vec<CalledFunction> {
    let mut functions = Vec::new();
    for udaf in weighted() {
        for call in [Call::Score, Call::Whole, Call::Fractional] {
            functions.push(CalledFunction::new(Arc::clone(&udaf), call));
        }
    }
    for method in ["adjusted_wald", "wald", "score"] {
        for call in [Call::Interval(method), Call::WeightedInterval(method)] {
            functions.push(CalledFunction::new(udfs::nps_ci_udaf(), call));
        }
    }
    functions.push(CalledFunction::new(udfs::nps_compare_udaf(), Call::Compare));
    for fractional in [false, true] {
        let call = Call::Histogram { fractional };
        functions.push(CalledFunction::new(udfs::nps_merge_udaf(), call));
    }
    for (udaf, lowest, usual) in [(udfs::csat_udaf(), 0, 5), (udfs::ces_udaf(), 1, 7)] {
        for (highest, is_default) in [(usual, true), (10, false)] {
            let call = Call::Rating {
                lowest,
                highest,
                is_default,
            };
            functions.push(CalledFunction::new(Arc::clone(&udaf), call));
        }
    }
    functions
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let score = prop::option::weighted(0.9, 0..=10_i8);
    let weight = prop::option::weighted(0.9, 0..1000_u32);
    prop::collection::vec((score, weight), 0..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn order_does_not_matter(
        (rows, shuffled) in rows().prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle())),
    ) {
        for function in functions() {
            prop_assert_eq!(function.evaluate(&rows), function.evaluate(&shuffled));
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
                CalledFunction::new(Arc::clone(&udaf), Call::Whole).evaluate(&weighted),
                CalledFunction::new(udaf, Call::Score).evaluate(&repeated)
            );
        }
        for method in ["adjusted_wald", "wald", "score"] {
            prop_assert_eq!(
                CalledFunction::new(udfs::nps_ci_udaf(), Call::WeightedInterval(method)).evaluate(&weighted),
                CalledFunction::new(udfs::nps_ci_udaf(), Call::Interval(method)).evaluate(&repeated)
            );
        }
        let nps = CalledFunction::new(udfs::nps_udaf(), Call::Score);
        let merged = CalledFunction::new(udfs::nps_merge_udaf(), Call::Histogram { fractional: false });
        prop_assert_eq!(merged.evaluate(&weighted), nps.evaluate(&repeated));
    }

    #[test]
    fn parts_merged_are_the_whole(rows in rows(), cut: prop::sample::Index) {
        let (left, right) = rows.split_at(cut.index(rows.len() + 1));
        for function in functions() {
            let batches = [left, right].map(|part| function.columns(part));
            prop_assert_eq!(function.function.evaluate_merged(&batches), function.evaluate(&rows));
        }
    }

    #[test]
    fn retract_undoes_update(kept in rows(), passing in rows()) {
        for function in functions() {
            let mut window = function.function.accumulator();
            prop_assert!(window.supports_retract_batch());
            window.update_batch(&function.columns(&passing)).unwrap();
            window.update_batch(&function.columns(&kept)).unwrap();
            window.retract_batch(&function.columns(&passing)).unwrap();
            prop_assert_eq!(window.evaluate().unwrap(), function.evaluate(&kept));
        }
    }

    #[test]
    fn sliding_windows_equal_separate_evaluation(rows in rows(), width in 1..8_usize) {
        for function in functions() {
            let mut window = function.function.accumulator();
            for end in 0..rows.len() {
                window.update_batch(&function.columns(&rows[end..=end])).unwrap();
                if let Some(gone) = end.checked_sub(width) {
                    window.retract_batch(&function.columns(&rows[gone..=gone])).unwrap();
                }
                let frame = &rows[(end + 1).saturating_sub(width)..=end];
                prop_assert_eq!(window.evaluate().unwrap(), function.evaluate(frame));
            }
        }
    }

    #[test]
    fn groups_equal_separate_evaluation((rows, grouping) in grouped(rows())) {
        for function in functions() {
            let columns = function.columns(&rows);
            let results = function.function.evaluate_groups(&columns, &grouping);
            for (group, result) in results.iter().enumerate() {
                let in_group = (0..rows.len()).map(|row| Some(grouping.contains(group, row)));
                let in_group: BooleanArray = in_group.collect();
                let columns = columns.iter().map(|column| filter(column, &in_group).unwrap());
                let columns: Vec<_> = columns.collect();
                prop_assert_eq!(result, &function.function.evaluate(&columns));
            }
        }
    }

    #[test]
    fn nps_equals_that_of_the_counts(rows in rows()) {
        let answered = || rows.iter().filter_map(|row| row.0);
        let counts = NpsCounts {
            promoters: answered().filter(|&score| score >= 9).count() as f64,
            passives: answered().filter(|score| (7..=8).contains(score)).count() as f64,
            detractors: answered().filter(|&score| score <= 6).count() as f64,
        };
        let nps = CalledFunction::new(udfs::nps_udaf(), Call::Score);
        prop_assert_eq!(nps.evaluate(&rows), ScalarValue::Float64(counts.nps()));
    }
}

/// Entries of all numeric types give the same counts.
#[test]
fn histograms_of_any_type() {
    let rows: Vec<Row> = (0..=10)
        .map(|score| (Some(score), Some(1 + score as u32 * 3)))
        .collect();
    let call = Call::Histogram { fractional: false };
    let whole = CalledFunction::new(udfs::nps_merge_udaf(), call);
    let columns = whole.columns(&rows);
    for entry in [DataType::UInt64, DataType::Float64] {
        let data_type = DataType::new_large_list(entry, true);
        let lists = [cast(&columns[0], &data_type).expect("another list")];
        let function = Function::new(udfs::nps_merge_udaf(), &lists, vec![]);
        assert_eq!(function.evaluate(&lists), whole.evaluate(&rows));
    }
}

#[test]
fn states_and_results_have_the_declared_types() {
    for function in functions() {
        function.function.assert_types();
    }
}
