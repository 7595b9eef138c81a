//! Options for reading files as tables.

use datafusion::arrow::datatypes::DataType;
use exports::file_table::TableOptions;

/// Options of a statement for files. Those that are not set are detected.
#[derive(Clone, Debug, Default)]
pub(super) struct FileOptions {
    pub(super) table: TableOptions,
    /// True to read all columns as text.
    pub(super) all_varchar: bool,
    /// Texts that are NULL, besides the empty one.
    pub(super) null_texts: Vec<String>,
    /// True if a comma begins the decimals of a number.
    pub(super) has_decimal_comma: bool,
    /// Names of the first columns.
    pub(super) names: Vec<String>,
    /// Names and types of all columns.
    pub(super) columns: Option<Vec<(String, DataType)>>,
    pub(super) types: GivenTypes,
    /// Formats of dates, as strftime patterns.
    pub(super) date_formats: Vec<String>,
    /// True to leave out rows that do not fit the header or a given type.
    pub(super) ignore_errors: bool,
    /// False if all files must have the columns of the first.
    pub(super) union_by_name: Option<bool>,
    /// The name of the column with the file's name.
    pub(super) filename: Option<String>,
    pub(super) hive_partitioning: Option<bool>,
}

/// Types of some columns.
#[derive(Clone, Debug)]
pub(super) enum GivenTypes {
    ByName(Vec<(String, DataType)>),
    /// Of the first columns.
    ByPosition(Vec<DataType>),
}

impl Default for GivenTypes {
    fn default() -> Self {
        Self::ByName(Vec::new())
    }
}
