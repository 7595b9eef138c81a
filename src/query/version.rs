//! `version`: the version of Voxql.

use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

/// `version()`: the name and version of this program and of its engine, as Utf8. Never NULL.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Version {
    signature: Signature,
}

pub(super) fn version_udf() -> Arc<ScalarUDF> {
    Arc::new(ScalarUDF::new_from_impl(Version {
        signature: Signature::nullary(Volatility::Immutable),
    }))
}

impl ScalarUDFImpl for Version {
    fn name(&self) -> &str {
        "version"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, _: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let version = format!(
            "Voxql {}, DataFusion {}",
            env!("CARGO_PKG_VERSION"),
            datafusion::DATAFUSION_VERSION
        );
        Ok(ColumnarValue::Scalar(ScalarValue::from(version)))
    }
}
