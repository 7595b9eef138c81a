//! Collects the respondents of a group, up to the minimum group size.
//!
//! A group below the minimum keeps all its respondents, which can be added to those of other groups.

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, UInt64Array};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, UInt64Type};
use datafusion::common::hash_utils::{QualityRandomState, with_hashes};
use datafusion::common::utils::SingleRowListArrayBuilder;
use datafusion::common::{Result, ScalarValue, internal_err};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::AggregateOrderSensitivity;
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, ReversedUDAF, Signature, Volatility,
};

/// Respondents with the same hash count as one, which errs towards too few.
const HASHES: QualityRandomState = QualityRandomState::with_seed(0);

/// `people(respondent)`: the hashes of a group's respondents, at most `enough` of them. The argument
/// is text, or lists returned by this function, which it merges. NULL does not count.
pub(super) fn people_udaf(enough: u32) -> Arc<AggregateUDF> {
    Arc::new(AggregateUDF::new_from_impl(People {
        enough: enough as usize,
        signature: Signature::any(1, Volatility::Immutable),
    }))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct People {
    enough: usize,
    signature: Signature,
}

fn list_type() -> DataType {
    DataType::new_list(DataType::UInt64, true)
}

impl AggregateUDFImpl for People {
    fn name(&self) -> &str {
        "people"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(list_type())
    }

    fn is_nullable(&self) -> bool {
        false
    }

    fn accumulator(&self, _: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(PeopleAccumulator::new(self.enough)))
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        Ok(vec![Arc::new(Field::new(args.name, list_type(), false))])
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }

    fn reverse_expr(&self) -> ReversedUDAF {
        ReversedUDAF::Identical
    }
}

#[derive(Debug)]
struct PeopleAccumulator {
    enough: usize,
    hashes: BTreeSet<u64>,
}

impl PeopleAccumulator {
    fn new(enough: usize) -> Self {
        Self {
            enough,
            hashes: BTreeSet::new(),
        }
    }

    fn is_enough(&self) -> bool {
        self.hashes.len() >= self.enough
    }

    fn add(&mut self, hashes: impl Iterator<Item = u64>) {
        for hash in hashes {
            if self.is_enough() {
                return;
            }
            self.hashes.insert(hash);
        }
    }

    fn list(&self) -> ScalarValue {
        let hashes = self.hashes.iter().copied();
        let hashes = Arc::new(UInt64Array::from_iter_values(hashes));
        SingleRowListArrayBuilder::new(hashes).build_list_scalar()
    }
}

impl Accumulator for PeopleAccumulator {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let [respondents] = values else {
            return internal_err!("a group has one column of respondents");
        };
        if self.is_enough() {
            return Ok(());
        }
        if let DataType::List(_) = respondents.data_type() {
            return self.merge_batch(values);
        }
        with_hashes([respondents], &HASHES, |hashes| {
            let rows = hashes.iter().enumerate();
            self.add(
                rows.filter(|(row, _)| respondents.is_valid(*row))
                    .map(|(_, hash)| *hash),
            );
            Ok(())
        })
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let [lists] = states else {
            return internal_err!("a group has one list of respondents");
        };
        for hashes in lists.as_list::<i32>().iter().flatten() {
            self.add(hashes.as_primitive::<UInt64Type>().iter().flatten());
        }
        Ok(())
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![self.list()])
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(self.list())
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.hashes.len() * size_of::<u64>()
    }
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::StringArray;

    use super::*;

    fn people(enough: usize, batches: &[&[Option<&str>]]) -> PeopleAccumulator {
        let mut people = PeopleAccumulator::new(enough);
        for batch in batches {
            let batch = Arc::new(StringArray::from(batch.to_vec()));
            people.update_batch(&[batch]).expect("texts");
        }
        people
    }

    fn merged(enough: usize, lists: &[&PeopleAccumulator]) -> usize {
        let mut all = people(enough, &[]);
        for list in lists {
            let list = list.list().to_array().expect("a list");
            all.update_batch(&[list]).expect("a list");
        }
        all.hashes.len()
    }

    #[test]
    fn respondents_count_once_and_null_does_not_count() {
        let found = people(9, &[&[Some("a"), None, Some("b")], &[Some("a"), Some("")]]);
        assert_eq!(found.hashes.len(), 3);
        assert_eq!(people(9, &[&[], &[None]]).hashes.len(), 0);
    }

    #[test]
    fn at_most_enough_respondents_are_kept() {
        let names: Vec<String> = (0..100).map(|name| name.to_string()).collect();
        let names: Vec<_> = names.iter().map(|name| Some(name.as_str())).collect();
        assert_eq!(people(7, &[&names, &names]).hashes.len(), 7);
    }

    #[test]
    fn respondents_of_several_groups_are_merged() {
        let one = people(4, &[&[Some("a"), Some("b")]]);
        let other = people(4, &[&[Some("b"), Some("c")]]);
        let many = people(
            4,
            &[&[Some("a"), Some("b"), Some("c"), Some("d"), Some("e")]],
        );
        let nobody = people(4, &[]);
        assert_eq!(merged(4, &[&one, &other, &nobody]), 3);
        assert_eq!(merged(4, &[&one, &many]), 4);
        assert_eq!(merged(4, &[]), 0);
    }
}
