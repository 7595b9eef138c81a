//! Errors of writing a result.

use std::error::Error;
use std::io;

use datafusion::arrow::error::ArrowError;
use datafusion::error::DataFusionError;
use datafusion::parquet::errors::ParquetError;

/// Reason a result could not be written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OutputError {
    /// The sink failed: a full disk, a closed pipe.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The query failed while its rows were being read.
    #[error(transparent)]
    Query(#[from] DataFusionError),
    /// The format cannot represent a type or a value, for example an interval in Parquet.
    #[error("the result cannot be written in this format: {0}")]
    Encode(#[source] Box<dyn Error + Send + Sync>),
    /// The format cannot hold the result: no numbers to draw, more rows than a sheet has.
    #[error("{message}")]
    Unfit { message: String, hint: String },
}

impl OutputError {
    pub(super) fn unfit(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Unfit {
            message: message.into(),
            hint: hint.into(),
        }
    }
}

/// Encoders write to the sink themselves and wrap its errors in their own.
impl From<ArrowError> for OutputError {
    fn from(error: ArrowError) -> Self {
        match error {
            ArrowError::IoError(_, error) => Self::Io(error),
            error => Self::Encode(error.into()),
        }
    }
}

impl From<ParquetError> for OutputError {
    fn from(error: ParquetError) -> Self {
        match error {
            ParquetError::External(error) => match error.downcast::<io::Error>() {
                Ok(error) => Self::Io(*error),
                Err(error) => Self::Encode(error),
            },
            error => Self::Encode(error.into()),
        }
    }
}
