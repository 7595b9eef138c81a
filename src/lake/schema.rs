//! The columns of the lake's tables.

use std::sync::{Arc, LazyLock};

use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};

/// Names of the tables of a lake.
pub(crate) const RESPONSES: &str = "responses";
pub(crate) const IMPORTS: &str = "imports";
pub(crate) const ROLLUP: &str = "rollup";
pub(crate) const IDENTITIES: &str = "identities";
pub(crate) const SUPPRESSIONS: &str = "suppressions";

/// The columns that `responses` is partitioned by.
pub(crate) const PARTITION_COLUMNS: [&str; 2] = ["survey", "month"];

/// The column of `responses` that identifies a response.
pub(crate) const RESPONSE_ID: &str = "response_id";

/// The column of `responses` with the day in the lake's zone. Tables of format 1 do not have it.
pub(crate) const DAY: &str = "day";

/// The column of `responses` with the customer that a respondent belongs to.
pub(crate) const ACCOUNT: &str = "account";

/// The partition of responses without a date.
pub(crate) const UNDATED: &str = "undated";

/// The columns whose minimum and maximum go into the Delta log. Nothing that a respondent wrote
/// or that identifies one may appear there.
pub(crate) const STATISTICS_COLUMNS: &str = "score,rating,day,responded_at,sent_at,updated_at";

/// The metadata key with a kept column's header as the export wrote it.
pub(crate) const ORIGINAL_HEADER: &str = "voxql.header";

/// A timestamp as every table of the lake stores it: microseconds, UTC.
pub(crate) fn timestamp() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

/// The columns that every response has. Kept columns follow them.
pub(crate) static RESPONSES_SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
    Arc::new(Schema::new(vec![
        Field::new("response_id", DataType::Utf8, false),
        Field::new("survey", DataType::Utf8, false),
        Field::new("month", DataType::Utf8, false),
        Field::new(DAY, DataType::Date32, true),
        Field::new("metric", DataType::Utf8, false),
        Field::new("source", DataType::Utf8, false),
        Field::new("respondent", DataType::Utf8, true),
        Field::new(ACCOUNT, DataType::Utf8, true),
        Field::new("score", DataType::Int8, true),
        Field::new("rating", DataType::Float64, true),
        Field::new("rating_max", DataType::Float64, true),
        Field::new("responded_at", timestamp(), true),
        Field::new("sent_at", timestamp(), true),
        Field::new("updated_at", timestamp(), true),
        Field::new("comment", DataType::Utf8, true),
        Field::new("consent", DataType::Utf8, false),
        Field::new("import_id", DataType::Utf8, false),
    ]))
});

/// One row per import. The counts are null if a crash interrupted the import before its row was
/// written.
pub(crate) static IMPORTS_SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
    Arc::new(Schema::new(vec![
        Field::new("import_id", DataType::Utf8, false),
        Field::new("imported_at", timestamp(), false),
        Field::new("file", DataType::Utf8, false),
        Field::new("file_sha256", DataType::Utf8, false),
        Field::new("file_bytes", DataType::Int64, true),
        Field::new("source", DataType::Utf8, true),
        Field::new("survey", DataType::Utf8, true),
        Field::new("rows", DataType::Int64, true),
        Field::new("new", DataType::Int64, true),
        Field::new("updated", DataType::Int64, true),
        Field::new("not_answered", DataType::Int64, true),
        Field::new("duplicate", DataType::Int64, true),
        Field::new("not_a_response", DataType::Int64, true),
        Field::new("rejected", DataType::Int64, true),
        Field::new("fields", DataType::Utf8, true),
        Field::new("dropped", DataType::Utf8, true),
        Field::new("suppressed", DataType::Int64, true),
        Field::new("withdrawn", DataType::Int64, true),
    ]))
});

/// The columns of text of responses and imports that name nobody, besides the pseudonym.
pub(super) const IMPERSONAL: [&str; 6] = [
    "month",
    "metric",
    "source",
    "consent",
    "import_id",
    "file_sha256",
];

/// One row for what one export contained about a respondent.
pub(crate) static IDENTITIES_SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
    Arc::new(Schema::new(vec![
        Field::new("respondent", DataType::Utf8, false),
        Field::new("fields", DataType::Utf8, false),
        Field::new("sealed", DataType::Binary, false),
        Field::new("key_fingerprint", DataType::Utf8, false),
        Field::new("import_id", DataType::Utf8, false),
        Field::new("sealed_at", timestamp(), false),
    ]))
});

/// One row for each hash of something that names a person whom imports must not bring back.
pub(crate) static SUPPRESSIONS_SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
    Arc::new(Schema::new(vec![
        Field::new("entry", DataType::Utf8, false),
        Field::new("rule", DataType::Utf8, false),
        Field::new("suppressed_at", timestamp(), false),
    ]))
});
