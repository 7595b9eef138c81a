//! The responses of the lake that newer versions take the place of.

use std::collections::HashSet;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::{Array, AsArray, BooleanArray};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::DFSchema;
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility, cast,
    col, lit,
};
use datafusion::prelude::{DataFrame, JoinType, SessionContext};
use deltalake::DeltaTable;

use super::columns::headers::Field;
use super::identity::id_digest;
use super::mapping::Mapping;
use super::selected::Selected;
use super::staged::{RESPONSE_ID, SURVEY};
use crate::error::Result;

/// Before the names of columns of the older version.
const OLD: &str = "old ";

/// True for the rows of an import itself, and for the rows that it replaces: `(import_id, source,
/// survey, response_id)`. A function, so that the ids themselves stay out of the lake's log.
#[derive(Debug)]
struct ReplacedBy {
    signature: Signature,
    import_id: String,
    source: String,
    ids: HashSet<u128>,
}

impl PartialEq for ReplacedBy {
    fn eq(&self, other: &Self) -> bool {
        self.import_id == other.import_id
    }
}

impl Eq for ReplacedBy {}

impl Hash for ReplacedBy {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.import_id.hash(state);
    }
}

impl ScalarUDFImpl for ReplacedBy {
    fn name(&self) -> &str {
        "replaced_by_import"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType, DataFusionError> {
        Ok(DataType::Boolean)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue, DataFusionError> {
        let mut columns = Vec::with_capacity(args.args.len());
        for column in ColumnarValue::values_to_arrays(&args.args)? {
            columns.push(datafusion::arrow::compute::cast(&column, &DataType::Utf8)?);
        }
        let column = |index: usize| columns[index].as_string::<i32>();
        let (import_ids, sources) = (column(0), column(1));
        let (surveys, response_ids) = (column(2), column(3));
        let replaced = (0..import_ids.len()).map(|row| {
            let is_of_import = import_ids.value(row) == self.import_id;
            let is_replaced = || {
                sources.value(row) == self.source
                    && self
                        .ids
                        .contains(&id_digest(surveys.value(row), response_ids.value(row)))
            };
            Some(is_of_import || is_replaced())
        });
        Ok(ColumnarValue::Array(Arc::new(
            replaced.collect::<BooleanArray>(),
        )))
    }
}

/// The condition that a row of the lake is replaced by one of `updated`, or is of the import
/// itself.
pub(super) fn condition(updated: &Selected, source: &str, import_id: &str) -> Result<Expr> {
    let mut ids = HashSet::new();
    for batch in updated.staged_batches()? {
        let batch = batch?;
        let surveys = batch.column(SURVEY).as_string::<i32>();
        let response_ids = batch.column(RESPONSE_ID).as_string::<i32>();
        ids.extend(
            (0..batch.num_rows()).map(|row| id_digest(surveys.value(row), response_ids.value(row))),
        );
    }
    let replaced = ScalarUDF::from(ReplacedBy {
        signature: Signature::any(4, Volatility::Immutable),
        import_id: import_id.to_owned(),
        source: source.to_owned(),
        ids,
    });
    Ok(replaced.call(vec![
        col("import_id"),
        col("source"),
        col("survey"),
        col("response_id"),
    ]))
}

/// The new versions, with what the file says nothing of taken over from the old ones.
pub(super) async fn with_old_values(
    context: &SessionContext,
    updated: Selected,
    replaced: &Expr,
    responses: &DeltaTable,
    mapping: &Mapping,
) -> Result<DataFrame> {
    let own = Arc::clone(updated.batches.schema());
    let new = context.read_table(updated.table()?)?;
    let old = context
        .read_table(responses.table_provider().await?)?
        .filter(replaced.clone())?;
    let old_schema = DFSchema::clone(old.schema());
    let renamed = old_schema
        .fields()
        .iter()
        .map(|field| ident(field.name()).alias(format!("{OLD}{}", field.name())));
    let old = old.select(renamed.collect::<Vec<_>>())?;
    let joined = new.join(
        old,
        JoinType::Left,
        &["survey", "response_id"],
        &[&format!("{OLD}survey"), &format!("{OLD}response_id")],
        None,
    )?;
    let has = |field| mapping.column(field).is_some();
    let is_told = |name: &str| match name {
        "respondent" => has(Field::Respondent),
        "account" => has(Field::Account),
        "comment" => has(Field::Comment),
        "consent" => has(Field::Consent),
        "responded_at" | "month" => has(Field::RespondedAt),
        "sent_at" => has(Field::SentAt),
        "updated_at" => has(Field::UpdatedAt),
        name => own.field_with_name(name).is_ok(),
    };
    let lake_only = responses.snapshot()?.snapshot().arrow_schema();
    let lake_only = lake_only
        .fields()
        .iter()
        .filter(|field| own.field_with_name(field.name()).is_err())
        .cloned()
        .collect::<Vec<_>>();
    let columns = own.fields().iter().chain(&lake_only).map(|field| {
        let name = field.name();
        let is_old = !is_told(name) && old_schema.has_column_with_unqualified_name(name);
        let value = match is_old {
            true => ident(&format!("{OLD}{name}")),
            false => ident(name),
        };
        cast(value, field.data_type().clone()).alias(name)
    });
    Ok(joined.select(columns.collect::<Vec<_>>())?)
}

/// New responses, with the columns that only the lake has.
pub(super) fn with_empty_columns(new: DataFrame, like: &DataFrame) -> Result<DataFrame> {
    let own = DFSchema::clone(new.schema());
    let columns = like.schema().fields().iter().map(|field| {
        let value = match own.has_column_with_unqualified_name(field.name()) {
            true => ident(field.name()),
            false => lit(datafusion::scalar::ScalarValue::Null),
        };
        cast(value, field.data_type().clone()).alias(field.name())
    });
    Ok(new.select(columns.collect::<Vec<_>>())?)
}

/// A column by its very name, whatever letters that has.
fn ident(name: &str) -> Expr {
    datafusion::prelude::ident(name)
}
