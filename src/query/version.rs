//! `version`: the version of Voxql.

use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{ColumnarValue, ScalarUDF, Volatility, create_udf};

/// `version()`: the name and version of this program and of its engine, as Utf8. Never NULL.
pub(super) fn version_udf() -> Arc<ScalarUDF> {
    let version = |_: &[ColumnarValue]| {
        let version = format!(
            "Voxql {}, DataFusion {}",
            env!("CARGO_PKG_VERSION"),
            datafusion::DATAFUSION_VERSION
        );
        Ok(ColumnarValue::Scalar(ScalarValue::from(version)))
    };
    let (types, returned) = (Vec::new(), DataType::Utf8);
    let volatility = Volatility::Immutable;
    Arc::new(create_udf(
        "version",
        types,
        returned,
        volatility,
        Arc::new(version),
    ))
}
