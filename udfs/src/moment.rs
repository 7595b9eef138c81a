//! Moments: the order of `latest_by`, in a form that is fast to compare.

use std::cmp::Ordering;
use std::fmt::Debug;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, Int64Array, new_empty_array,
};
use datafusion::arrow::buffer::NullBuffer;
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Float32Type, Float64Type, Int64Type, UInt64Type};
use datafusion::arrow::row::{RowConverter, SortField};
use datafusion::common::{Result, internal_err};

/// The moment of a row. A row whose time is NULL has none.
pub(crate) trait Moment: Debug + Default + Send + Sync + 'static {
    /// A column of moments, of the type used in partial states.
    type Array: Array + Clone;

    /// The type of [`Self::Array`].
    const STATE: DataType;

    /// Reads an argument.
    fn read(at: &ArrayRef) -> Result<Self::Array>;

    /// Reads the column that [`to_array`](Self::to_array) made.
    fn from_state(state: &ArrayRef) -> Result<Self::Array>;

    /// Returns the moments with NULL for rows that are not set in `rows`.
    fn only(array: Self::Array, rows: Option<&NullBuffer>) -> Result<Self::Array>;

    /// Compares the moment of a row that is not NULL with this one.
    fn compare_row(&self, array: &Self::Array, row: usize) -> Ordering;

    /// Sets this to the moment of a row that is not NULL.
    fn assign_row(&mut self, array: &Self::Array, row: usize);

    /// Converts moments to a column.
    fn to_array<'a>(moments: impl Iterator<Item = Option<&'a Self>>) -> Self::Array;

    /// Returns the number of bytes on the heap.
    fn heap_size(&self) -> usize;
}

/// True if moments of this type are read as whole numbers, [`i64`], and not as bytes.
pub(crate) fn is_whole(at: &DataType) -> bool {
    <i64 as Moment>::read(&new_empty_array(at)).is_ok()
}

/// A number, date or time as a whole number with the same order.
impl Moment for i64 {
    type Array = Int64Array;

    const STATE: DataType = DataType::Int64;

    fn read(at: &ArrayRef) -> Result<Int64Array> {
        Ok(match at.data_type() {
            DataType::UInt64 => at.as_primitive::<UInt64Type>().unary(ordered_unsigned),
            DataType::Float32 => at.as_primitive::<Float32Type>().unary(ordered_float32),
            DataType::Float64 => at.as_primitive::<Float64Type>().unary(ordered_float64),
            DataType::Interval(_) => return internal_err!("intervals are not whole numbers"),
            whole if whole.is_integer() || whole.is_temporal() => {
                // The numbers behind dates and times, which are only copied to widen them.
                let whole = cast(at, &DataType::Int64)?;
                whole.as_primitive::<Int64Type>().clone()
            }
            other => return internal_err!("moments of type {other} are not whole numbers"),
        })
    }

    fn from_state(state: &ArrayRef) -> Result<Int64Array> {
        match state.as_primitive_opt::<Int64Type>() {
            Some(state) => Ok(state.clone()),
            None => internal_err!("moments are not stored as {}", state.data_type()),
        }
    }

    fn only(array: Int64Array, rows: Option<&NullBuffer>) -> Result<Int64Array> {
        let (_, values, nulls) = array.into_parts();
        let nulls = NullBuffer::union(nulls.as_ref(), rows);
        Ok(Int64Array::try_new(values, nulls)?)
    }

    #[inline]
    fn compare_row(&self, array: &Int64Array, row: usize) -> Ordering {
        array.values()[row].cmp(self)
    }

    #[inline]
    fn assign_row(&mut self, array: &Int64Array, row: usize) {
        *self = array.values()[row];
    }

    fn to_array<'a>(moments: impl Iterator<Item = Option<&'a Self>>) -> Int64Array {
        moments.map(|moment| moment.copied()).collect()
    }

    fn heap_size(&self) -> usize {
        0
    }
}

/// Any other type that has an order, in Arrow's row format.
impl Moment for Vec<u8> {
    type Array = BinaryArray;

    const STATE: DataType = DataType::Binary;

    fn read(at: &ArrayRef) -> Result<BinaryArray> {
        let converter = RowConverter::new(vec![SortField::new(at.data_type().clone())])?;
        let rows = converter.convert_columns(std::slice::from_ref(at))?;
        // In the row format NULL is a value like any other.
        Self::only(rows.try_into_binary()?, at.logical_nulls().as_ref())
    }

    fn from_state(state: &ArrayRef) -> Result<BinaryArray> {
        match state.as_binary_opt::<i32>() {
            Some(state) => Ok(state.clone()),
            None => internal_err!("moments are not stored as {}", state.data_type()),
        }
    }

    fn only(array: BinaryArray, rows: Option<&NullBuffer>) -> Result<BinaryArray> {
        let (offsets, values, nulls) = array.into_parts();
        let nulls = NullBuffer::union(nulls.as_ref(), rows);
        Ok(BinaryArray::try_new(offsets, values, nulls)?)
    }

    fn compare_row(&self, array: &BinaryArray, row: usize) -> Ordering {
        array.value(row).cmp(self.as_slice())
    }

    fn assign_row(&mut self, array: &BinaryArray, row: usize) {
        self.clear();
        self.extend_from_slice(array.value(row));
    }

    fn to_array<'a>(moments: impl Iterator<Item = Option<&'a Self>>) -> BinaryArray {
        moments.collect()
    }

    fn heap_size(&self) -> usize {
        self.capacity()
    }
}

fn ordered_unsigned(at: u64) -> i64 {
    (at ^ 1 << 63).cast_signed()
}

/// Maps to the order of [`f64::total_cmp`], in which NaN is the greatest: in negative numbers all bits
/// except the sign are flipped.
fn ordered_float64(at: f64) -> i64 {
    let bits = at.to_bits().cast_signed();
    bits ^ i64::MAX & bits >> 63
}

fn ordered_float32(at: f32) -> i64 {
    let bits = at.to_bits().cast_signed();
    i64::from(bits ^ i32::MAX & bits >> 31)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::arrow::array::{
        BooleanArray, Date32Array, Float32Array, Float64Array, Int8Array, StringArray,
        TimestampMillisecondArray, UInt64Array,
    };
    use datafusion::arrow::datatypes::TimeUnit;

    use super::*;

    /// Checks the order of ascending values, with a NULL at the end.
    #[track_caller]
    fn assert_ordered<M: Moment>(array: impl Array + 'static) {
        let array: ArrayRef = Arc::new(array);
        let moments = M::read(&array).expect("moments");
        assert_eq!(moments.data_type(), &M::STATE);
        assert_eq!(moments.null_count(), 1);
        let last = array.len() - 1;
        assert!(moments.is_null(last));
        for row in 1..last {
            let mut moment = M::default();
            moment.assign_row(&moments, row - 1);
            assert_eq!(
                moment.compare_row(&moments, row),
                Ordering::Greater,
                "{row}"
            );
            assert_eq!(moment.compare_row(&moments, row - 1), Ordering::Equal);
        }
    }

    #[test]
    fn whole_moments_keep_the_order() {
        assert_ordered::<i64>(Int8Array::from(vec![Some(-128), Some(0), Some(127), None]));
        let unsigned = [Some(0), Some(1), Some(u64::MAX), None];
        assert_ordered::<i64>(UInt64Array::from(unsigned.to_vec()));
        let days = [Some(i32::MIN), Some(-1), Some(0), None];
        assert_ordered::<i64>(Date32Array::from(days.to_vec()));
        let times = [Some(-1), Some(0), None];
        assert_ordered::<i64>(TimestampMillisecondArray::from(times.to_vec()));
        assert_ordered::<i64>(Float64Array::from(vec![
            Some(f64::NEG_INFINITY),
            Some(-1.5),
            Some(-0.0),
            Some(0.0),
            Some(1e-300),
            Some(f64::INFINITY),
            Some(f64::NAN),
            None,
        ]));
        assert_ordered::<i64>(Float32Array::from(vec![
            Some(f32::MIN),
            Some(-0.0),
            Some(0.0),
            Some(f32::MAX),
            Some(f32::NAN),
            None,
        ]));
    }

    #[test]
    fn byte_moments_keep_the_order() {
        let texts = [Some(""), Some("a"), Some("ab"), Some("b"), None];
        assert_ordered::<Vec<u8>>(StringArray::from(texts.to_vec()));
        assert_ordered::<Vec<u8>>(BooleanArray::from(vec![Some(false), Some(true), None]));
    }

    #[test]
    fn every_whole_type_is_read() {
        let numbers: ArrayRef = Arc::new(Int8Array::from(vec![1, 2]));
        let units = [
            TimeUnit::Second,
            TimeUnit::Millisecond,
            TimeUnit::Microsecond,
            TimeUnit::Nanosecond,
        ];
        let timestamps = units.map(|unit| DataType::Timestamp(unit, None));
        let durations = units.map(DataType::Duration);
        let times = [
            DataType::Time32(TimeUnit::Second),
            DataType::Time32(TimeUnit::Millisecond),
            DataType::Time64(TimeUnit::Microsecond),
            DataType::Time64(TimeUnit::Nanosecond),
        ];
        let other_types = [
            DataType::Int8,
            DataType::Int16,
            DataType::Int32,
            DataType::Int64,
            DataType::UInt8,
            DataType::UInt16,
            DataType::UInt32,
            DataType::UInt64,
            DataType::Float32,
            DataType::Float64,
            DataType::Date32,
            DataType::Date64,
        ];
        for data_type in timestamps
            .into_iter()
            .chain(durations)
            .chain(times)
            .chain(other_types)
        {
            assert!(is_whole(&data_type), "{data_type}");
            let through = if data_type.primitive_width() == Some(4) {
                DataType::Int32
            } else {
                DataType::Int64
            };
            let array = cast(&cast(&numbers, &through).unwrap(), &data_type).unwrap();
            let moments = i64::read(&array).unwrap();
            assert!(moments.value(0) < moments.value(1), "{data_type}");
        }
        assert!(!is_whole(&DataType::Utf8));
    }

    #[test]
    fn excluded_rows_are_null() {
        let array = Int64Array::from(vec![Some(1), None, Some(3)]);
        let rows = NullBuffer::from(vec![false, true, true]);
        let only = i64::only(array, Some(&rows)).unwrap();
        assert_eq!(only, Int64Array::from(vec![None, None, Some(3)]));
    }
}
