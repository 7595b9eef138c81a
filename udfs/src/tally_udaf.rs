//! The aggregate function that every statistic of a [`Tally`] is made into.

use std::fmt::Debug;
use std::hash::Hash;
use std::sync::Arc;

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, ScalarValue, plan_err};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::{AggregateOrderSensitivity, format_state_name};
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, Documentation, GroupsAccumulator, ReversedUDAF,
    Signature, Volatility,
};

use crate::accumulator::TallyAccumulator;
use crate::distinct::{DISTINCT_STATE_TYPE, DistinctAccumulator};
use crate::groups_accumulator::TallyGroupsAccumulator;
use crate::score::{check_score_type, coerce_score_type};
use crate::sum::{CompensatedSum, Sum, check_weight_type, coerce_weight_type};
use crate::tally::Tally;

/// What a function makes of the tallies; all else it shares with the others.
pub(crate) trait Statistic:
    Copy + Debug + Default + Eq + Hash + Send + Sync + 'static
{
    /// The function's name in SQL.
    const NAME: &'static str;

    /// Whether the result may be NULL, as it then is without an answered score.
    const IS_NULLABLE: bool;

    /// The type of the result, where counts are of type `count`: Int64, or Float64 if weights
    /// are fractional.
    fn return_type(count: DataType) -> DataType;

    /// The results of many tallies.
    fn evaluate<S: Sum>(self, tallies: &[Tally<S>]) -> Result<ArrayRef>;

    /// The result of one, as for each row of a window.
    fn evaluate_one<S: Sum>(self, tally: Tally<S>) -> Result<ScalarValue> {
        ScalarValue::try_from_array(&self.evaluate(&[tally])?, 0)
    }

    /// What `#[user_doc]` made.
    fn documentation(&self) -> Option<&Documentation>;
}

/// `statistic(score [, weight])`.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct TallyUdaf<F> {
    signature: Signature,
    statistic: F,
}

impl<F: Statistic> TallyUdaf<F> {
    pub(crate) fn udaf() -> Arc<AggregateUDF> {
        Arc::new(AggregateUDF::new_from_impl(Self {
            signature: Signature::user_defined(Volatility::Immutable)
                .with_parameter_names(vec!["score", "weight"])
                .expect("two different names"),
            statistic: F::default(),
        }))
    }

    /// The type of counts for arguments of these types, or what is wrong with them.
    fn count_type(arg_types: &[DataType]) -> Result<DataType> {
        let name = F::NAME;
        match arg_types {
            [score] => {
                check_score_type(name, score)?;
                Ok(DataType::Int64)
            }
            [score, weight] => {
                check_score_type(name, score)?;
                check_weight_type(name, weight)
            }
            other => plan_err!(
                "{name} takes a score and, if wanted, a weight, not {} arguments: {name}(score) or {name}(score, weight)",
                other.len()
            ),
        }
    }

    fn count_type_of_fields(fields: &[FieldRef]) -> Result<DataType> {
        let types: Vec<_> = fields.iter().map(|f| f.data_type().clone()).collect();
        Self::count_type(&types)
    }

    /// DISTINCT takes the scores by themselves: what a set of weighted scores would be is anyone's
    /// guess.
    fn check_distinct(arg_count: usize) -> Result<()> {
        if arg_count == 1 {
            return Ok(());
        }
        let name = F::NAME;
        plan_err!(
            "{name}(DISTINCT score, weight) is not supported; leave out either DISTINCT or the weight"
        )
    }
}

impl<F: Statistic> AggregateUDFImpl for TallyUdaf<F> {
    fn name(&self) -> &str {
        F::NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arg_types: &[DataType]) -> Result<Vec<DataType>> {
        let coerce = |(position, data_type)| match position {
            0 => coerce_score_type(data_type),
            _ => coerce_weight_type(data_type),
        };
        Ok(arg_types.iter().enumerate().map(coerce).collect())
    }

    fn return_type(&self, arg_types: &[DataType]) -> Result<DataType> {
        Ok(F::return_type(Self::count_type(arg_types)?))
    }

    fn is_nullable(&self) -> bool {
        F::IS_NULLABLE
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        if args.is_distinct {
            Self::check_distinct(args.expr_fields.len())?;
            return Ok(Box::new(DistinctAccumulator::new(self.statistic)));
        }
        Ok(match Self::count_type_of_fields(args.expr_fields)? {
            DataType::Int64 => Box::new(TallyAccumulator::<F, i64>::new(self.statistic)),
            _ => Box::new(TallyAccumulator::<F, CompensatedSum>::new(self.statistic)),
        })
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        if args.is_distinct {
            Self::check_distinct(args.input_fields.len())?;
            let name = format_state_name(args.name, "seen");
            return Ok(vec![Arc::new(Field::new(name, DISTINCT_STATE_TYPE, false))]);
        }
        Ok(match Self::count_type_of_fields(args.input_fields)? {
            DataType::Int64 => Tally::<i64>::state_fields(args.name),
            _ => Tally::<CompensatedSum>::state_fields(args.name),
        })
    }

    fn groups_accumulator_supported(&self, args: AccumulatorArgs) -> bool {
        !args.is_distinct
    }

    fn create_groups_accumulator(
        &self,
        args: AccumulatorArgs,
    ) -> Result<Box<dyn GroupsAccumulator>> {
        Ok(match Self::count_type_of_fields(args.expr_fields)? {
            DataType::Int64 => Box::new(TallyGroupsAccumulator::<F, i64>::new(self.statistic)),
            _ => Box::new(TallyGroupsAccumulator::<F, CompensatedSum>::new(
                self.statistic,
            )),
        })
    }

    fn default_value(&self, data_type: &DataType) -> Result<ScalarValue> {
        // What no rows give, for an empty window frame or group: counts are 0 there, not NULL.
        if *data_type == F::return_type(DataType::Int64) {
            self.statistic.evaluate_one(Tally::<i64>::default())
        } else {
            self.statistic
                .evaluate_one(Tally::<CompensatedSum>::default())
        }
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }

    fn reverse_expr(&self) -> ReversedUDAF {
        ReversedUDAF::Identical
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.statistic.documentation()
    }
}
