//! `AT TIME ZONE` of times that have a zone.

use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{internal_err, plan_err};
use datafusion::error::Result;
use datafusion::functions::datetime::to_local_time;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

/// The function that `time AT TIME ZONE zone` is rewritten to.
pub(super) const AT_TIME_ZONE: &str = "at_time_zone";

/// `at_time_zone(time, converted)`: of a time with a zone, the clock of the other zone as a TIMESTAMP, as in
/// Postgres and DuckDB; of a TIMESTAMP, which is a clock of that zone, the converted time. NULL for NULL.
///
/// DataFusion alone keeps a time with a zone at its instant, and `date_bin` and a cast to TIMESTAMP then
/// take its clock in UTC.
#[derive(Debug, PartialEq, Eq, Hash)]
struct AtTimeZone {
    signature: Signature,
}

pub(super) fn at_time_zone_udf() -> Arc<ScalarUDF> {
    Arc::new(ScalarUDF::new_from_impl(AtTimeZone {
        signature: Signature::any(2, Volatility::Immutable),
    }))
}

impl ScalarUDFImpl for AtTimeZone {
    fn name(&self) -> &str {
        AT_TIME_ZONE
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, arg_types: &[DataType]) -> Result<DataType> {
        match arg_types {
            [
                DataType::Timestamp(_, Some(_)),
                DataType::Timestamp(unit, _),
            ] => Ok(DataType::Timestamp(*unit, None)),
            [_, converted] => Ok(converted.clone()),
            _ => plan_err!("{AT_TIME_ZONE}() takes two arguments"),
        }
    }

    fn invoke_with_args(&self, mut args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let (Some(time), Some(converted)) = (args.arg_fields.first(), args.args.pop()) else {
            return internal_err!("{AT_TIME_ZONE}() needs two arguments");
        };
        if !matches!(time.data_type(), DataType::Timestamp(_, Some(_))) {
            return Ok(converted);
        }
        args.args = vec![converted];
        args.arg_fields.remove(0);
        to_local_time().invoke_with_args(args)
    }
}
