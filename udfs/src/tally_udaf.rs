//! Aggregate functions that compute a statistic from a [`Tally`].

use std::fmt::Debug;
use std::hash::Hash;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Float64Array};
use datafusion::arrow::datatypes::{DataType, FieldRef};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::function::{
    AccumulatorArgs, AggregateFunctionSimplification, StateFieldsArgs,
};
use datafusion::logical_expr::utils::AggregateOrderSensitivity;
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, Documentation, GroupsAccumulator, ReversedUDAF,
    Signature, Volatility,
};

use crate::Doc;
use crate::accumulator::TallyAccumulator;
use crate::arguments::Arguments;
use crate::distinct::{check_distinct, refuse_distinct};
use crate::groups_accumulator::TallyGroupsAccumulator;
use crate::sum::{CompensatedSum, Sum};
use crate::tally::Tally;

/// A statistic of tallies. [`TallyUdaf`] makes it an aggregate function.
pub(crate) trait Statistic<const BINS: usize>:
    Copy + Debug + Default + Eq + Hash + Send + Sync + 'static
{
    /// The function's arguments.
    type Arguments: Arguments<BINS>;

    /// The function's name in SQL.
    const NAME: &'static str;

    /// The function's documentation.
    const DOC: Doc<Self>;

    /// `true` if the result is NULL when there are no scores.
    const IS_NULLABLE: bool;

    /// Returns the type of the result. `count` is the type of counts: Int64, or Float64 if weights are
    /// fractional.
    fn return_type(count: DataType) -> DataType;

    /// Computes one result for each tally.
    fn evaluate<S: Sum>(
        arguments: &Self::Arguments,
        tallies: &[Tally<S, BINS>],
    ) -> Result<ArrayRef>;

    /// Computes the result of one tally, as for each row of a window.
    fn evaluate_one<S: Sum>(
        arguments: &Self::Arguments,
        tally: Tally<S, BINS>,
    ) -> Result<ScalarValue> {
        ScalarValue::try_from_array(&Self::evaluate(arguments, &[tally])?, 0)
    }
}

/// A [`Statistic`] that is one DOUBLE, or NULL when there are no scores.
pub(crate) trait FloatStatistic<const BINS: usize>:
    Copy + Debug + Default + Eq + Hash + Send + Sync + 'static
{
    /// The function's arguments.
    type Arguments: Arguments<BINS>;

    /// The function's name in SQL.
    const NAME: &'static str;

    /// The function's documentation.
    const DOC: Doc<Self>;

    /// Computes the result of one tally.
    fn value<S: Sum>(arguments: &Self::Arguments, tally: &Tally<S, BINS>) -> Result<Option<f64>>;
}

impl<F: FloatStatistic<BINS>, const BINS: usize> Statistic<BINS> for F {
    type Arguments = <F as FloatStatistic<BINS>>::Arguments;

    const NAME: &'static str = <F as FloatStatistic<BINS>>::NAME;
    const DOC: Doc<Self> = <F as FloatStatistic<BINS>>::DOC;
    const IS_NULLABLE: bool = true;

    fn return_type(_count: DataType) -> DataType {
        DataType::Float64
    }

    fn evaluate<S: Sum>(
        arguments: &Self::Arguments,
        tallies: &[Tally<S, BINS>],
    ) -> Result<ArrayRef> {
        let values = tallies.iter().map(|tally| F::value(arguments, tally));
        Ok(Arc::new(values.collect::<Result<Float64Array>>()?))
    }

    fn evaluate_one<S: Sum>(
        arguments: &Self::Arguments,
        tally: Tally<S, BINS>,
    ) -> Result<ScalarValue> {
        Ok(ScalarValue::Float64(F::value(arguments, &tally)?))
    }
}

/// A [`Statistic`] as an aggregate function.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct TallyUdaf<F, const BINS: usize> {
    signature: Signature,
    statistic: F,
}

impl<F: Statistic<BINS>, const BINS: usize> TallyUdaf<F, BINS> {
    pub(crate) fn udaf() -> Arc<AggregateUDF> {
        Arc::new(AggregateUDF::new_from_impl(Self {
            signature: Signature::user_defined(Volatility::Immutable)
                .with_parameter_names(F::Arguments::NAMES.to_vec())
                .expect("different names"),
            statistic: F::default(),
        }))
    }

    fn count_type(arg_types: &[DataType]) -> Result<DataType> {
        F::Arguments::count_type(F::NAME, arg_types)
    }

    fn count_type_of_fields(fields: &[FieldRef]) -> Result<DataType> {
        let types: Vec<_> = fields.iter().map(|f| f.data_type().clone()).collect();
        Self::count_type(&types)
    }
}

impl<F: Statistic<BINS>, const BINS: usize> AggregateUDFImpl for TallyUdaf<F, BINS> {
    fn name(&self) -> &str {
        F::NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arg_types: &[DataType]) -> Result<Vec<DataType>> {
        let arg_types = arg_types.iter().enumerate();
        Ok(arg_types
            .map(|(position, data_type)| F::Arguments::coerce_type(position, data_type))
            .collect())
    }

    fn return_type(&self, arg_types: &[DataType]) -> Result<DataType> {
        Ok(F::return_type(Self::count_type(arg_types)?))
    }

    fn is_nullable(&self) -> bool {
        F::IS_NULLABLE
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        check_distinct(F::NAME, args.is_distinct)?;
        let arguments = F::Arguments::try_new(F::NAME, &args)?;
        Ok(match Self::count_type_of_fields(args.expr_fields)? {
            DataType::Int64 => Box::new(TallyAccumulator::<F, i64, BINS>::new(arguments)),
            _ => Box::new(TallyAccumulator::<F, CompensatedSum, BINS>::new(arguments)),
        })
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        check_distinct(F::NAME, args.is_distinct)?;
        Ok(match Self::count_type_of_fields(args.input_fields)? {
            DataType::Int64 => Tally::<i64, BINS>::state_fields(args.name),
            _ => Tally::<CompensatedSum, BINS>::state_fields(args.name),
        })
    }

    fn groups_accumulator_supported(&self, _args: AccumulatorArgs) -> bool {
        true
    }

    fn create_groups_accumulator(
        &self,
        args: AccumulatorArgs,
    ) -> Result<Box<dyn GroupsAccumulator>> {
        check_distinct(F::NAME, args.is_distinct)?;
        let arguments = F::Arguments::try_new(F::NAME, &args)?;
        Ok(match Self::count_type_of_fields(args.expr_fields)? {
            DataType::Int64 => Box::new(TallyGroupsAccumulator::<F, i64, BINS>::new(arguments)),
            _ => Box::new(TallyGroupsAccumulator::<F, CompensatedSum, BINS>::new(
                arguments,
            )),
        })
    }

    fn simplify(&self) -> Option<AggregateFunctionSimplification> {
        refuse_distinct()
    }

    fn default_value(&self, data_type: &DataType) -> Result<ScalarValue> {
        // The result of an empty window frame or group: counts are 0 there, not NULL. The other
        // arguments do not matter.
        let arguments = F::Arguments::default();
        if *data_type == F::return_type(DataType::Int64) {
            F::evaluate_one(&arguments, Tally::<i64, BINS>::default())
        } else {
            F::evaluate_one(&arguments, Tally::<CompensatedSum, BINS>::default())
        }
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }

    fn reverse_expr(&self) -> ReversedUDAF {
        ReversedUDAF::Identical
    }

    fn documentation(&self) -> Option<&Documentation> {
        F::DOC(&self.statistic)
    }
}
