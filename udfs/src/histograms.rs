//! `(histogram)`: lists of 11 counts, as returned by `score_histogram`.

use std::ops::Range;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, BooleanBufferBuilder, GenericListArray, OffsetSizeTrait,
};
use datafusion::arrow::buffer::{NullBuffer, ScalarBuffer};
use datafusion::arrow::datatypes::{DataType, Field};
use datafusion::common::{Result, exec_err, internal_err, plan_err};

use crate::NpsCounts;
use crate::arguments::Arguments;
use crate::score::{Category, SCORES, filtered_rows, try_for_each_row};
use crate::sum::{CompensatedSum, Quantity, Sum, check_weight_type, coerce_weight_type};
use crate::tally::{Tally, Weight};

/// The argument: a histogram, whose entries are the weights of the scores.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Histograms;

impl Arguments<3> for Histograms {
    const NAMES: &'static [&'static str] = &["histogram"];

    fn coerce_type(_position: usize, data_type: &DataType) -> DataType {
        coerce_histogram_type(data_type)
    }

    fn count_type(function: &str, arg_types: &[DataType]) -> Result<DataType> {
        let [histogram] = arg_types else {
            return plan_err!(
                "{function} takes one argument, not {}: {function}(histogram)",
                arg_types.len()
            );
        };
        check_histogram_type(function, histogram)
    }

    fn try_for_each<S: Sum>(
        &self,
        values: &[ArrayRef],
        filter: Option<&BooleanArray>,
        visit: impl FnMut(usize, usize, Weight<S>) -> Result<()>,
    ) -> Result<()> {
        let [histograms] = values else {
            return internal_err!("expected one histogram, not {} columns", values.len());
        };
        Entries::<S>::try_new(histograms, filtered_rows(filter).as_ref())?.try_for_each(visit)
    }
}

/// Returns the type to read a histogram of type `data_type` as. Other types are returned unchanged,
/// for [`check_histogram_type`] to refuse.
pub(crate) fn coerce_histogram_type(data_type: &DataType) -> DataType {
    // Only the type changes: a different field name would force a needless cast.
    let coerce = |entry: &Field| {
        let data_type = coerce_weight_type(entry.data_type());
        entry.clone().with_data_type(data_type).into()
    };
    match data_type {
        DataType::Null => DataType::List(Field::new_list_field(DataType::Int64, true).into()),
        DataType::List(entry) => DataType::List(coerce(entry)),
        DataType::LargeList(entry) => DataType::LargeList(coerce(entry)),
        DataType::FixedSizeList(entry, len) => DataType::FixedSizeList(coerce(entry), *len),
        other => other.clone(),
    }
}

/// Returns the type of sums of entries of a coerced histogram type, or an error if it is not one.
pub(crate) fn check_histogram_type(function: &str, data_type: &DataType) -> Result<DataType> {
    let count = entry_type(data_type).and_then(|entry| check_weight_type(function, entry));
    count.or_else(|_| {
        plan_err!(
            "{function} needs a histogram: a list of {SCORES} numbers, as returned by score_histogram(score), not {data_type}"
        )
    })
}

/// Returns the counts of each histogram, zeros for NULL.
pub(crate) fn counts_of_histograms(histograms: &ArrayRef) -> Result<Vec<NpsCounts>> {
    match entry_type(histograms.data_type())? {
        DataType::Float64 => sum_entries::<CompensatedSum>(histograms),
        _ => sum_entries::<i64>(histograms),
    }
}

fn sum_entries<S: Sum>(histograms: &ArrayRef) -> Result<Vec<NpsCounts>> {
    let mut tallies = vec![Tally::<S, 3>::default(); histograms.len()];
    Entries::<S>::try_new(histograms, None)?
        .try_for_each(|row, category, count| tallies[row].add(category, count))?;
    tallies.iter().map(Tally::counts).collect()
}

/// Returns the counts of each score, zeros for NULL.
pub(crate) fn totals_of_histograms(histograms: &ArrayRef) -> Result<Vec<[f64; SCORES]>> {
    match entry_type(histograms.data_type())? {
        DataType::Float64 => totals::<CompensatedSum>(histograms),
        _ => totals::<i64>(histograms),
    }
}

fn totals<S: Sum>(histograms: &ArrayRef) -> Result<Vec<[f64; SCORES]>> {
    let entries = Entries::<S>::try_new(histograms, None)?;
    let mut totals = vec![[0.0; SCORES]; histograms.len()];
    try_for_each_row(entries.rows.as_ref(), histograms.len(), |row| {
        for (score, entry) in entry_range(histograms, row).enumerate() {
            let mut total = S::default();
            total.add(entries.counts[entry])?;
            totals[row][score] = total.total_f64();
        }
        Ok(())
    })?;
    Ok(totals)
}

fn entry_type(histogram: &DataType) -> Result<&DataType> {
    match histogram {
        DataType::List(entry) | DataType::LargeList(entry) | DataType::FixedSizeList(entry, _) => {
            Ok(entry.data_type())
        }
        other => internal_err!("a histogram of type {other} was not coerced"),
    }
}

/// A batch of histograms. Those that count were checked to have 11 valid entries.
struct Entries<S: Sum> {
    lists: ArrayRef,
    rows: Option<NullBuffer>,
    counts: ScalarBuffer<Weight<S>>,
}

impl<S: Sum> Entries<S> {
    /// Reads a column of a type that [`check_histogram_type`] accepts. A row counts if it is not NULL
    /// and is set in `rows`; other rows are not checked.
    fn try_new(lists: &ArrayRef, rows: Option<&NullBuffer>) -> Result<Self> {
        let rows = NullBuffer::union(lists.nulls(), rows);
        let entries = match lists.data_type() {
            DataType::List(_) => lists.as_list::<i32>().values(),
            DataType::LargeList(_) => lists.as_list::<i64>().values(),
            DataType::FixedSizeList(..) => lists.as_fixed_size_list().values(),
            other => return internal_err!("a histogram of type {other} was not coerced"),
        };
        let nulls = entries.logical_nulls();
        // Entries of rows that do not count may be invalid, and are not read.
        let mut is_read = BooleanBufferBuilder::new(entries.len());
        is_read.append_n(entries.len(), false);
        try_for_each_row(rows.as_ref(), lists.len(), |row| {
            let range = entry_range(lists, row);
            if range.len() != SCORES {
                return exec_err!(
                    "a histogram has {SCORES} entries, for scores 0 to 10, not {}; use the result of score_histogram(score)",
                    range.len()
                );
            }
            for (score, entry) in range.enumerate() {
                if nulls.as_ref().is_some_and(|nulls| nulls.is_null(entry)) {
                    return exec_err!(
                        "the histogram entry for score {score} is NULL; use 0 if no response has that score"
                    );
                }
                is_read.set_bit(entry, true);
            }
            Ok(())
        })?;
        let is_read = NullBuffer::new(is_read.finish());
        let counts = S::read_weights(Quantity::Entry, entries, Some(&is_read))?;
        Ok(Self {
            lists: lists.clone(),
            rows,
            counts,
        })
    }

    /// Calls `visit` with the row, category and count of each entry that counts.
    fn try_for_each(
        &self,
        mut visit: impl FnMut(usize, usize, Weight<S>) -> Result<()>,
    ) -> Result<()> {
        try_for_each_row(self.rows.as_ref(), self.lists.len(), |row| {
            (0..)
                .zip(&self.counts[entry_range(&self.lists, row)])
                .try_for_each(|(score, &count)| {
                    visit(row, Category::from_score(score) as usize, count)
                })
        })
    }
}

/// Returns the range of entries of a row that is not NULL.
fn entry_range(lists: &ArrayRef, row: usize) -> Range<usize> {
    match lists.data_type() {
        DataType::List(_) => offset_range(lists.as_list::<i32>(), row),
        DataType::LargeList(_) => offset_range(lists.as_list::<i64>(), row),
        _ => {
            let lists = lists.as_fixed_size_list();
            let start = lists.value_offset(row) as usize;
            start..start + lists.value_length() as usize
        }
    }
}

fn offset_range<O: OffsetSizeTrait>(lists: &GenericListArray<O>, row: usize) -> Range<usize> {
    let offsets = lists.value_offsets();
    offsets[row].as_usize()..offsets[row + 1].as_usize()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::arrow::array::{
        FixedSizeListArray, Float64Array, Int64Array, LargeListArray, ListArray,
    };
    use datafusion::arrow::buffer::OffsetBuffer;

    use super::*;

    const SPRING: [i64; SCORES] = [1, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5];

    fn counts(promoters: f64, passives: f64, detractors: f64) -> NpsCounts {
        NpsCounts::from_categories([promoters, passives, detractors])
    }

    fn list(entries: impl Array + 'static, lengths: &[usize], valid: &[bool]) -> ArrayRef {
        let field = Field::new_list_field(entries.data_type().clone(), true);
        Arc::new(ListArray::new(
            Arc::new(field),
            OffsetBuffer::from_lengths(lengths.iter().copied()),
            Arc::new(entries),
            Some(valid.to_vec().into()),
        ))
    }

    #[track_caller]
    fn assert_refused(histograms: &ArrayRef, message: &str) {
        let error = counts_of_histograms(histograms).expect_err("an invalid histogram");
        assert!(error.to_string().contains(message), "{error}");
    }

    #[test]
    fn every_list_type_is_read() {
        let entries: ArrayRef = Arc::new(Int64Array::from(SPRING.repeat(2)));
        let field = Arc::new(Field::new_list_field(DataType::Int64, true));
        let offsets = OffsetBuffer::from_lengths([SCORES, SCORES]);
        let large = LargeListArray::new(field.clone(), offsets, entries.clone(), None);
        let fixed = FixedSizeListArray::new(field, SCORES as i32, entries, None);
        let spring = counts(9.0, 5.0, 2.0);
        for lists in [Arc::new(large) as ArrayRef, Arc::new(fixed)] {
            assert_eq!(counts_of_histograms(&lists).unwrap(), [spring; 2]);
            let last = lists.slice(1, 1);
            assert_eq!(counts_of_histograms(&last).unwrap(), [spring]);
        }
        let halves: Vec<f64> = SPRING.iter().map(|&count| count as f64 / 2.0).collect();
        let halves = list(Float64Array::from(halves), &[SCORES], &[true]);
        assert_eq!(
            counts_of_histograms(&halves).unwrap(),
            [counts(4.5, 2.5, 1.0)]
        );
    }

    #[test]
    fn null_histograms_count_zero() {
        let entries = Int64Array::from([vec![-1, -2], SPRING.to_vec()].concat());
        let lists = list(entries, &[2, SCORES], &[false, true]);
        assert_eq!(
            counts_of_histograms(&lists).unwrap(),
            [NpsCounts::default(), counts(9.0, 5.0, 2.0)]
        );
    }

    #[test]
    fn invalid_histograms_are_refused() {
        let short = list(Int64Array::from(vec![1; 10]), &[10], &[true]);
        assert_refused(
            &short,
            "a histogram has 11 entries, for scores 0 to 10, not 10",
        );
        let empty = list(Int64Array::from(Vec::<i64>::new()), &[0], &[true]);
        assert_refused(&empty, "for scores 0 to 10, not 0");

        let mut gap = SPRING.map(Some);
        gap[3] = None;
        let gap = list(Int64Array::from(gap.to_vec()), &[SCORES], &[true]);
        assert_refused(&gap, "the histogram entry for score 3 is NULL");

        let mut negative = SPRING;
        negative[10] = -7;
        let negative = list(Int64Array::from(negative.to_vec()), &[SCORES], &[true]);
        assert_refused(&negative, "histogram entry -7 is negative");
        for (bad, message) in [
            (f64::NAN, "histogram entry NaN is not a number of responses"),
            (f64::INFINITY, "histogram entry inf is not"),
            (-0.5, "histogram entry -0.5 is negative"),
        ] {
            let mut entries = [1.0; SCORES];
            entries[0] = bad;
            let lists = list(Float64Array::from(entries.to_vec()), &[SCORES], &[true]);
            assert_refused(&lists, message);
        }
        let heavy = list(Int64Array::from(vec![i64::MAX; SCORES]), &[SCORES], &[true]);
        assert_refused(&heavy, "add up to more than");
    }

    #[test]
    fn types_are_checked() {
        let text = DataType::List(Arc::new(Field::new_list_field(DataType::Utf8, true)));
        for invalid in [DataType::Int64, coerce_histogram_type(&text)] {
            let error = check_histogram_type("nps_merge", &invalid).expect_err("no list");
            assert!(
                error.to_string().contains("nps_merge needs a histogram"),
                "{error}"
            );
        }
        let null = coerce_histogram_type(&DataType::Null);
        assert_eq!(
            check_histogram_type("nps_merge", &null).unwrap(),
            DataType::Int64
        );
    }
}
