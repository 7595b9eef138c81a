//! `latest_by`: the value of the latest row.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, make_comparator, new_empty_array};
use datafusion::arrow::compute::{SortOptions, cast};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::arrow::row::{RowConverter, SortField};
use datafusion::common::{Result, ScalarValue, internal_err, plan_err};
use datafusion::logical_expr::function::{
    AccumulatorArgs, AggregateFunctionSimplification, StateFieldsArgs,
};
use datafusion::logical_expr::utils::{AggregateOrderSensitivity, format_state_name};
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, Documentation, GroupsAccumulator, ReversedUDAF,
    Signature, Volatility,
};
use datafusion_macros::user_doc;

use crate::distinct::{check_distinct, refuse_distinct};
use crate::latest::{Latest, read_batch, read_state};
use crate::moment::{Moment, is_whole};

#[user_doc(
    doc_section(label = "Net Promoter Score Functions"),
    description = "Returns the value of the row with the latest (greatest) time, which is NULL if that row's value is NULL. DuckDB's arg_max skips such rows; to skip them here, add FILTER (WHERE value IS NOT NULL). Rows with a NULL time are ignored; if there are no other rows, the result is NULL. If several rows have the latest time, the greatest value is returned, with NULL as the least, so that the result does not depend on the order of rows. To get several columns of the same row, combine them into one value: latest_by(named_struct('score', score, 'comment', comment), answered_at).",
    syntax_example = "latest_by(value, at)",
    sql_example = r#"```sql
> SELECT respondent, latest_by(score, day) AS score
  FROM (VALUES ('ann', 3, DATE '2025-01-31'), ('ann', 9, DATE '2025-06-30'), ('bob', 7, DATE '2025-03-31'))
       AS t(respondent, score, day)
  GROUP BY respondent ORDER BY respondent;
+------------+-------+
| respondent | score |
+------------+-------+
| ann        | 9     |
| bob        | 7     |
+------------+-------+
```"#,
    argument(
        name = "value",
        description = "The value, of any type that has an order, structs and lists included."
    ),
    argument(
        name = "at",
        description = "The time, or another type that has an order."
    )
)]
#[derive(Debug, PartialEq, Eq, Hash)]
struct LatestBy {
    signature: Signature,
}

/// `latest_by(value, at)`: the value with the greatest `at`, of the type of the value.
pub fn latest_by_udaf() -> Arc<AggregateUDF> {
    Arc::new(AggregateUDF::new_from_impl(LatestBy {
        signature: Signature::user_defined(Volatility::Immutable)
            .with_parameter_names(vec!["value", "at"])
            .expect("two different names"),
    }))
}

impl AggregateUDFImpl for LatestBy {
    fn name(&self) -> &str {
        "latest_by"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arg_types: &[DataType]) -> Result<Vec<DataType>> {
        Ok(arg_types.iter().map(without_dictionary).collect())
    }

    fn return_type(&self, arg_types: &[DataType]) -> Result<DataType> {
        let [value, at] = arg_types else {
            return plan_err!(
                "latest_by takes a value and its time, not {} arguments: latest_by(value, at)",
                arg_types.len()
            );
        };
        if !has_order(value) {
            return plan_err!(
                "latest_by(value, at) needs a value of a type that has an order, for rows with the same time; {value} has none"
            );
        }
        if !has_order(at) {
            return plan_err!(
                "latest_by(value, at) needs a time, or a value of another type that has an order, not {at}"
            );
        }
        Ok(value.clone())
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        check_distinct(self.name(), args.is_distinct)?;
        let (value, at) = types(args.expr_fields)?;
        Ok(if is_whole(at) {
            Box::new(LatestAccumulator(Latest::<i64>::new(value.clone())))
        } else {
            Box::new(LatestAccumulator(Latest::<Vec<u8>>::new(value.clone())))
        })
    }

    fn create_sliding_accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        check_distinct(self.name(), args.is_distinct)?;
        let (value, at) = types(args.expr_fields)?;
        Ok(Box::new(SlidingAccumulator::try_new(value, at)?))
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        check_distinct(self.name(), args.is_distinct)?;
        let (value, at) = types(args.input_fields)?;
        let moment = if is_whole(at) {
            i64::STATE
        } else {
            <Vec<u8>>::STATE
        };
        Ok(vec![
            Arc::new(Field::new(format_state_name(args.name, "at"), moment, true)),
            Arc::new(Field::new(
                format_state_name(args.name, "value"),
                value.clone(),
                true,
            )),
        ])
    }

    fn groups_accumulator_supported(&self, _args: AccumulatorArgs) -> bool {
        true
    }

    fn create_groups_accumulator(
        &self,
        args: AccumulatorArgs,
    ) -> Result<Box<dyn GroupsAccumulator>> {
        check_distinct(self.name(), args.is_distinct)?;
        let (value, at) = types(args.expr_fields)?;
        Ok(if is_whole(at) {
            Box::new(Latest::<i64>::new(value.clone()))
        } else {
            Box::new(Latest::<Vec<u8>>::new(value.clone()))
        })
    }

    fn simplify(&self) -> Option<AggregateFunctionSimplification> {
        refuse_distinct()
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }

    fn reverse_expr(&self) -> ReversedUDAF {
        ReversedUDAF::Identical
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.doc()
    }
}

/// Returns the value type of a dictionary: those of different batches do not fit into one.
fn without_dictionary(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Dictionary(_, values) => without_dictionary(values),
        other => other.clone(),
    }
}

fn has_order(data_type: &DataType) -> bool {
    let none = new_empty_array(data_type);
    RowConverter::supports_fields(&[SortField::new(data_type.clone())])
        && make_comparator(&none, &none, SortOptions::default()).is_ok()
}

fn types(fields: &[FieldRef]) -> Result<(&DataType, &DataType)> {
    match fields {
        [value, at] => Ok((value.data_type(), at.data_type())),
        other => internal_err!("expected a value and its time, not {} columns", other.len()),
    }
}

/// The accumulator without groups.
#[derive(Debug)]
struct LatestAccumulator<M>(Latest<M>);

impl<M: Moment> Accumulator for LatestAccumulator<M> {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let (values, moments) = read_batch::<M>(values, None)?;
        self.0.update(values, &moments, |_row| 0, 1)
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        self.0.value()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        self.0
            .state_of_one()?
            .iter()
            .map(|column| ScalarValue::try_from_array(column, 0))
            .collect()
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let (values, moments) = read_state::<M>(states)?;
        self.0.update(values, &moments, |_row| 0, 1)
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.0.heap_size()
    }
}

/// The accumulator of a sliding window: all rows of the window, in order.
struct SlidingAccumulator {
    value_type: DataType,
    /// Converts time and value.
    converter: RowConverter,
    /// The number of equal rows in the window.
    rows: BTreeMap<Box<[u8]>, usize>,
    rows_size: usize,
}

impl SlidingAccumulator {
    fn try_new(value: &DataType, at: &DataType) -> Result<Self> {
        let fields = [at, value].map(|data_type| SortField::new(data_type.clone()));
        Ok(Self {
            value_type: value.clone(),
            converter: RowConverter::new(fields.to_vec())?,
            rows: BTreeMap::new(),
            rows_size: 0,
        })
    }

    fn for_each_row(
        &mut self,
        values: &[ArrayRef],
        mut visit: impl FnMut(&mut Self, &[u8]) -> Result<()>,
    ) -> Result<()> {
        let [value, at] = values else {
            return internal_err!(
                "expected a value and its time, not {} columns",
                values.len()
            );
        };
        let rows = self
            .converter
            .convert_columns(&[Arc::clone(at), Arc::clone(value)])?;
        let nulls = at.logical_nulls();
        for (row, bytes) in rows.iter().enumerate() {
            if nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row)) {
                visit(self, bytes.data())?;
            }
        }
        Ok(())
    }
}

impl Accumulator for SlidingAccumulator {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.for_each_row(values, |window, row| {
            if let Some(count) = window.rows.get_mut(row) {
                *count += 1;
            } else {
                window.rows.insert(row.into(), 1);
                window.rows_size += row.len();
            }
            Ok(())
        })
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.for_each_row(values, |window, row| {
            match window.rows.get_mut(row) {
                Some(1) => {
                    window.rows.remove(row);
                    window.rows_size -= row.len();
                }
                Some(count) => *count -= 1,
                None => return internal_err!("a row left the window without having entered it"),
            }
            Ok(())
        })
    }

    fn supports_retract_batch(&self) -> bool {
        true
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let Some((row, _count)) = self.rows.last_key_value() else {
            return ScalarValue::try_new_null(&self.value_type);
        };
        let parser = self.converter.parser();
        let columns = self.converter.convert_rows([parser.parse(row)])?;
        let [_at, value] = columns.as_slice() else {
            return internal_err!("expected a time and a value, not {} columns", columns.len());
        };
        // The row format drops dictionaries, which a struct may contain.
        let value = cast(value, &self.value_type)?;
        ScalarValue::try_from_array(&value, 0)
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        internal_err!("a sliding window has no partial state")
    }

    fn merge_batch(&mut self, _states: &[ArrayRef]) -> Result<()> {
        internal_err!("a sliding window has no partial state")
    }

    fn size(&self) -> usize {
        size_of_val(self)
            + self.converter.size()
            + self.rows.len() * size_of::<(Box<[u8]>, usize)>()
            + self.rows_size
    }
}

impl fmt::Debug for SlidingAccumulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the rows: they are people's answers.
        f.debug_struct("SlidingAccumulator")
            .field("value_type", &self.value_type)
            .field("rows", &self.rows.len())
            .finish_non_exhaustive()
    }
}
