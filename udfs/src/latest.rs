//! The state of `latest_by`: the latest moment of each group, and the value that came with it.
//!
//! Values are of any type and stay in Arrow arrays. Each batch adds one array, with the values that
//! are the latest of their group at the end of the batch; a group stores the place of its value.
//! Superseded values are removed once they outnumber the others.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, DynComparator, StructArray, UInt32Array,
    make_comparator, new_null_array,
};
use datafusion::arrow::compute::{SortOptions, interleave, take};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, ScalarValue, internal_err};
use datafusion::logical_expr::{EmitTo, GroupsAccumulator};

use crate::moment::Moment;
use crate::score::{filtered_rows, try_for_each_row};

/// The order of values with the same moment: NULL is the least.
const TIES: SortOptions = SortOptions {
    descending: false,
    nulls_first: true,
};

/// Fewer superseded values are not worth removing.
const SUPERSEDED_MIN: usize = 1024;

/// The number of values per array after a compaction, so that 32-bit offsets do not overflow.
const VALUES_PER_ARRAY: usize = 1 << 16;

/// The place of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    array: u32,
    row: u32,
}

impl Place {
    /// The place of a group without a value.
    const NOWHERE: Self = Self {
        array: u32::MAX,
        row: 0,
    };

    /// Stands for the array of values in the current batch.
    const IN_BATCH: u32 = u32::MAX - 1;

    fn is_in_batch(self) -> bool {
        self.array == Self::IN_BATCH
    }
}

/// The latest row of a group. Moment and place are adjacent, because a group is rarely in the cache.
#[derive(Debug)]
struct Newest<M> {
    at: M,
    place: Place,
}

impl<M: Moment> Default for Newest<M> {
    fn default() -> Self {
        Self {
            at: M::default(),
            place: Place::NOWHERE,
        }
    }
}

impl<M: Moment> Newest<M> {
    fn place(&self) -> Option<Place> {
        (self.place != Place::NOWHERE).then_some(self.place)
    }
}

pub(crate) struct Latest<M> {
    value_type: DataType,
    groups: Vec<Newest<M>>,
    arrays: Vec<ArrayRef>,
    /// The number of values in `arrays` that are the latest of a group, and of those that are not.
    kept: usize,
    superseded: usize,
    arrays_size: usize,
    moments_size: usize,
}

impl<M: Moment> Latest<M> {
    pub(crate) fn new(value_type: DataType) -> Self {
        Self {
            value_type,
            groups: Vec::new(),
            arrays: Vec::new(),
            kept: 0,
            superseded: 0,
            arrays_size: 0,
            moments_size: 0,
        }
    }

    /// Adds the rows of a batch; those without a moment do not count.
    pub(crate) fn update(
        &mut self,
        values: &ArrayRef,
        moments: &M::Array,
        group_of: impl Fn(usize) -> usize,
        group_count: usize,
    ) -> Result<()> {
        self.groups.resize_with(group_count, Newest::default);
        self.remove_superseded()?;

        let mut changed = Vec::new();
        let mut ties = Ties {
            values,
            arrays: &self.arrays,
            comparators: HashMap::new(),
        };
        try_for_each_row(moments.nulls(), values.len(), |row| {
            let group = group_of(row);
            let newest = &mut self.groups[group];
            if let Some(place) = newest.place() {
                let order = match newest.at.compare_row(moments, row) {
                    Ordering::Equal => ties.compare(row, place)?,
                    order => order,
                };
                if order.is_le() {
                    return Ok(());
                }
            }
            if !newest.place.is_in_batch() {
                match newest.place {
                    Place::NOWHERE => self.kept += 1,
                    _ => self.superseded += 1,
                }
                changed.push(group);
            }
            self.moments_size -= newest.at.heap_size();
            newest.at.assign_row(moments, row);
            self.moments_size += newest.at.heap_size();
            newest.place = Place {
                array: Place::IN_BATCH,
                row: row as u32,
            };
            Ok(())
        })?;
        self.keep(values, &changed)
    }

    /// Copies the changed values out of the batch.
    fn keep(&mut self, values: &ArrayRef, changed: &[usize]) -> Result<()> {
        if changed.is_empty() {
            return Ok(());
        }
        let rows = changed.iter().map(|&group| self.groups[group].place.row);
        let rows = UInt32Array::from_iter_values(rows);
        let array = self.arrays.len() as u32;
        self.push(take(values, &rows, None)?)?;
        for (row, &group) in (0..).zip(changed) {
            self.groups[group].place = Place { array, row };
        }
        Ok(())
    }

    fn push(&mut self, array: ArrayRef) -> Result<()> {
        if self.arrays.len() >= Place::IN_BATCH as usize {
            return internal_err!("more than {} arrays of values", self.arrays.len());
        }
        let array = compact(&array)?;
        self.arrays_size += array.get_array_memory_size();
        self.arrays.push(array);
        Ok(())
    }

    /// Removes superseded values once they outnumber the kept ones, so that each value is copied a
    /// constant number of times on average.
    fn remove_superseded(&mut self) -> Result<()> {
        if self.superseded <= self.kept.max(SUPERSEDED_MIN) {
            return Ok(());
        }
        let arrays = std::mem::take(&mut self.arrays);
        let arrays: Vec<&dyn Array> = arrays.iter().map(AsRef::as_ref).collect();
        self.arrays_size = 0;
        self.superseded = 0;

        let kept: Vec<_> = (0..self.groups.len())
            .filter(|&group| self.groups[group].place().is_some())
            .collect();
        for groups in kept.chunks(VALUES_PER_ARRAY) {
            let places: Vec<_> = groups
                .iter()
                .map(|&group| self.groups[group].place)
                .map(|place| (place.array as usize, place.row as usize))
                .collect();
            let array = self.arrays.len() as u32;
            self.push(interleave(&arrays, &places)?)?;
            for (row, &group) in (0..).zip(groups) {
                self.groups[group].place = Place { array, row };
            }
        }
        Ok(())
    }

    /// Returns the value of the first group, the only one without GROUP BY.
    pub(crate) fn value(&self) -> Result<ScalarValue> {
        match self.groups.first().and_then(Newest::place) {
            Some(place) => {
                let array = &self.arrays[place.array as usize];
                ScalarValue::try_from_array(array, place.row as usize)
            }
            None => ScalarValue::try_new_null(&self.value_type),
        }
    }

    /// Returns the partial state of the first group.
    pub(crate) fn state_of_one(&self) -> Result<Vec<ArrayRef>> {
        match self.groups.first() {
            Some(newest) => self.state_of(std::slice::from_ref(newest)),
            None => self.state_of(&[Newest::default()]),
        }
    }

    fn state_of(&self, groups: &[Newest<M>]) -> Result<Vec<ArrayRef>> {
        let moments = groups
            .iter()
            .map(|newest| newest.place().map(|_| &newest.at));
        Ok(vec![
            Arc::new(M::to_array(moments)) as ArrayRef,
            self.values_of(groups)?,
        ])
    }

    fn values_of(&self, groups: &[Newest<M>]) -> Result<ArrayRef> {
        // The value of groups without one.
        let null = new_null_array(&self.value_type, 1);
        let arrays: Vec<&dyn Array> = [&null]
            .into_iter()
            .chain(&self.arrays)
            .map(AsRef::as_ref)
            .collect();
        let places: Vec<_> = groups
            .iter()
            .map(|newest| match newest.place() {
                Some(place) => (place.array as usize + 1, place.row as usize),
                None => (0, 0),
            })
            .collect();
        Ok(interleave(&arrays, &places)?)
    }

    fn take_groups(&mut self, emit_to: EmitTo) -> Vec<Newest<M>> {
        let groups = emit_to.take_needed(&mut self.groups);
        let taken = groups.iter().filter_map(Newest::place).count();
        self.kept -= taken;
        self.superseded += taken;
        self.moments_size -= groups.iter().map(|n| n.at.heap_size()).sum::<usize>();
        groups
    }

    fn clear_if_empty(&mut self) {
        if self.kept == 0 {
            self.arrays = Vec::new();
            self.arrays_size = 0;
            self.superseded = 0;
        }
    }

    pub(crate) fn heap_size(&self) -> usize {
        self.groups.capacity() * size_of::<Newest<M>>()
            + self.arrays.capacity() * size_of::<ArrayRef>()
            + self.arrays_size
            + self.moments_size
    }
}

impl<M> fmt::Debug for Latest<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the values: they are people's answers.
        f.debug_struct("Latest")
            .field("value_type", &self.value_type)
            .field("groups", &self.groups.len())
            .field("kept", &self.kept)
            .field("superseded", &self.superseded)
            .finish_non_exhaustive()
    }
}

/// Reads a batch of arguments: the values, and the moments of the rows that count.
pub(crate) fn read_batch<'a, M: Moment>(
    values: &'a [ArrayRef],
    filter: Option<&BooleanArray>,
) -> Result<(&'a ArrayRef, M::Array)> {
    let [value, at] = values else {
        return internal_err!(
            "expected a value and its time, not {} columns",
            values.len()
        );
    };
    let moments = M::only(M::read(at)?, filtered_rows(filter).as_ref())?;
    Ok((value, moments))
}

/// Reads the columns that [`Latest::state_of`] made.
pub(crate) fn read_state<M: Moment>(state: &[ArrayRef]) -> Result<(&ArrayRef, M::Array)> {
    let [moments, value] = state else {
        return internal_err!("expected moments and values, not {} columns", state.len());
    };
    Ok((value, M::from_state(moments)?))
}

impl<M: Moment> GroupsAccumulator for Latest<M> {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        opt_filter: Option<&BooleanArray>,
        total_num_groups: usize,
    ) -> Result<()> {
        let (values, moments) = read_batch::<M>(values, opt_filter)?;
        self.update(values, &moments, |row| group_indices[row], total_num_groups)
    }

    fn merge_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        total_num_groups: usize,
    ) -> Result<()> {
        let (values, moments) = read_state::<M>(values)?;
        self.update(values, &moments, |row| group_indices[row], total_num_groups)
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        let groups = self.take_groups(emit_to);
        let values = self.values_of(&groups)?;
        self.clear_if_empty();
        Ok(values)
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        let groups = self.take_groups(emit_to);
        let state = self.state_of(&groups)?;
        self.clear_if_empty();
        Ok(state)
    }

    fn convert_to_state(
        &self,
        values: &[ArrayRef],
        opt_filter: Option<&BooleanArray>,
    ) -> Result<Vec<ArrayRef>> {
        let (values, moments) = read_batch::<M>(values, opt_filter)?;
        Ok(vec![Arc::new(moments), Arc::clone(values)])
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.heap_size()
    }
}

/// Compares the values of the current batch with kept values and with each other.
///
/// Needed only for equal moments, so comparators are created on demand.
struct Ties<'a> {
    values: &'a ArrayRef,
    arrays: &'a [ArrayRef],
    comparators: HashMap<u32, DynComparator>,
}

impl Ties<'_> {
    /// Compares the value of `row` with that of `place`.
    fn compare(&mut self, row: usize, place: Place) -> Result<Ordering> {
        let comparator = match self.comparators.entry(place.array) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => {
                let other = if place.is_in_batch() {
                    self.values
                } else {
                    &self.arrays[place.array as usize]
                };
                entry.insert(make_comparator(self.values, other, TIES)?)
            }
        };
        Ok(comparator(row, place.row as usize))
    }
}

/// Returns the array without unused buffers: a view may keep a whole batch alive.
fn compact(array: &ArrayRef) -> Result<ArrayRef> {
    Ok(match array.data_type() {
        DataType::Utf8View => Arc::new(array.as_string_view().gc()),
        DataType::BinaryView => Arc::new(array.as_binary_view().gc()),
        DataType::Struct(fields) if !fields.is_empty() => {
            let columns = array.as_struct().columns().iter().map(compact);
            let columns = columns.collect::<Result<Vec<_>>>()?;
            Arc::new(StructArray::try_new(
                fields.clone(),
                columns,
                array.nulls().cloned(),
            )?)
        }
        _ => Arc::clone(array),
    })
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::{Int32Array, Int64Array, StringViewArray};

    use super::*;

    fn batch(rows: &[(i64, Option<&str>)]) -> (ArrayRef, Int64Array) {
        let values: StringViewArray = rows.iter().map(|row| row.1).collect();
        let moments = Int64Array::from_iter_values(rows.iter().map(|row| row.0));
        (Arc::new(values), moments)
    }

    fn update(latest: &mut Latest<i64>, rows: &[(i64, Option<&str>)]) {
        let (values, moments) = batch(rows);
        latest.update(&values, &moments, |row| row % 2, 2).unwrap();
    }

    fn texts(array: &ArrayRef) -> Vec<Option<&str>> {
        array.as_string_view().iter().collect()
    }

    #[test]
    fn ties_return_the_greatest_value() {
        for rows in [
            [(1, Some("a")), (0, None), (1, Some("b")), (0, None)],
            [(1, Some("b")), (0, None), (1, Some("a")), (0, None)],
            [(1, None), (0, None), (1, Some("b")), (0, None)],
        ] {
            let mut together = Latest::new(DataType::Utf8View);
            update(&mut together, &rows);
            let mut apart = Latest::new(DataType::Utf8View);
            update(&mut apart, &rows[..2]);
            update(&mut apart, &rows[2..]);
            for latest in [&mut together, &mut apart] {
                assert_eq!(
                    latest.value().unwrap(),
                    ScalarValue::from("b").cast_to(&DataType::Utf8View).unwrap()
                );
                let values = latest.evaluate(EmitTo::All).unwrap();
                assert_eq!(texts(&values), [Some("b"), None]);
            }
        }
    }

    #[test]
    fn superseded_values_are_removed() {
        let mut latest = Latest::new(DataType::Utf8View);
        let long = "a text that does not fit into a view";
        for at in 0..20_000 {
            update(&mut latest, &[(at, Some(long)), (-at, Some("first"))]);
        }
        assert!(latest.arrays.len() <= SUPERSEDED_MIN + 2);
        assert!(latest.size() < 1 << 20, "{}", latest.size());
        let state = GroupsAccumulator::state(&mut latest, EmitTo::First(1)).unwrap();
        assert_eq!(state[0].as_ref(), &Int64Array::from(vec![19_999]));
        assert_eq!(texts(&state[1]), [Some(long)]);
        assert_eq!(
            texts(&latest.evaluate(EmitTo::All).unwrap()),
            [Some("first")]
        );
        assert!(latest.arrays.is_empty());
    }

    #[test]
    fn views_do_not_keep_the_batch_alive() {
        let long = "a text that does not fit into a view";
        let rows: Vec<_> = (0..10_000).map(|at| (at, Some(long))).collect();
        let mut latest = Latest::new(DataType::Utf8View);
        update(&mut latest, &rows);
        assert!(latest.size() < 10_000, "{}", latest.size());
    }

    #[test]
    fn sizes_are_tracked() {
        let mut latest = Latest::<Vec<u8>>::new(DataType::Int32);
        let values: ArrayRef = Arc::new(Int32Array::from_iter_values(0..100));
        let moments = <Vec<u8>>::read(&values).unwrap();
        let empty = latest.heap_size();
        for _ in 0..3 {
            latest.update(&values, &moments, |row| row, 100).unwrap();
            assert_eq!((latest.kept, latest.superseded), (100, 0));
            assert!(latest.moments_size >= 400);
            latest.evaluate(EmitTo::First(30)).unwrap();
            assert_eq!((latest.kept, latest.superseded), (70, 30));
            latest.evaluate(EmitTo::First(70)).unwrap();
            assert_eq!((latest.kept, latest.superseded), (0, 0));
            assert_eq!(latest.moments_size, 0);
            latest.evaluate(EmitTo::All).unwrap();
        }
        assert_eq!(latest.heap_size(), empty);
    }
}
