//! Responses in the lake that are replaced by newer versions.

use std::collections::{BTreeMap, HashSet};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::{Array, AsArray, BooleanArray};
use datafusion::arrow::compute::cast as cast_array;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::DFSchema;
use datafusion::error::DataFusionError;
use datafusion::functions::core::expr_fn::coalesce;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility, cast,
    col, ident, lit, when,
};
use datafusion::prelude::{DataFrame, JoinType, SessionContext};
use deltalake::DeltaTable;
use deltalake::kernel::Remove;

use exports::columns::field::Field;
use exports::mapping::Mapping;

use super::selected::{Selected, streaming_table};
use crate::error::Result;
use crate::ingest::clean::digest::id_digest;
use crate::ingest::stage::staged::{RESPONSE_ID, SURVEY};
use crate::lake::identities::RESPONDENT;
use crate::lake::scan;
use crate::lake::schema::{DAY, PARTITION_COLUMNS};

/// Prefix of the columns of the older version in a join.
const OLD: &str = "old ";

/// True for the rows that an import replaces: `(source, survey, response_id)`.
#[derive(Debug)]
struct IsReplaced {
    signature: Signature,
    source: String,
    ids: Arc<HashSet<u128>>,
}

impl PartialEq for IsReplaced {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source && Arc::ptr_eq(&self.ids, &other.ids)
    }
}

impl Eq for IsReplaced {}

impl Hash for IsReplaced {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.source.hash(state);
    }
}

impl ScalarUDFImpl for IsReplaced {
    fn name(&self) -> &str {
        "is_replaced"
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
            columns.push(cast_array(&column, &DataType::Utf8)?);
        }
        let column = |index: usize| columns[index].as_string::<i32>();
        let (sources, surveys, response_ids) = (column(0), column(1), column(2));
        let replaced = (0..sources.len()).map(|row| {
            let id = || id_digest(surveys.value(row), response_ids.value(row));
            Some(sources.value(row) == self.source && self.ids.contains(&id()))
        });
        Ok(ColumnarValue::Array(Arc::new(
            replaced.collect::<BooleanArray>(),
        )))
    }
}

/// The rows of the lake that are replaced by newer versions, and their partitions. The files of
/// these partitions are rewritten.
pub(super) struct Replaced<'a> {
    responses: &'a DeltaTable,
    is_replaced: Expr,
    /// Pairs of survey and month.
    partitions: HashSet<[String; 2]>,
}

impl<'a> Replaced<'a> {
    /// Finds the rows that the `updated` responses of `source` replace.
    pub(super) async fn find(
        context: &SessionContext,
        responses: &'a DeltaTable,
        updated: &Selected,
        source: &str,
    ) -> Result<Self> {
        let mut ids = HashSet::new();
        for batch in updated.staged_batches()? {
            let batch = batch?;
            let surveys = batch.column(SURVEY).as_string::<i32>();
            let response_ids = batch.column(RESPONSE_ID).as_string::<i32>();
            let id = |row| id_digest(surveys.value(row), response_ids.value(row));
            ids.extend((0..batch.num_rows()).map(id));
        }
        let is_replaced = ScalarUDF::from(IsReplaced {
            signature: Signature::any(3, Volatility::Immutable),
            source: source.to_owned(),
            ids: Arc::new(ids),
        });
        let is_replaced = is_replaced.call(vec![col("source"), col("survey"), col("response_id")]);
        let found = context
            .read_table(scan::provider(responses).await?)?
            .filter(is_replaced.clone())?
            .select_columns(&PARTITION_COLUMNS)?
            .distinct()?
            .collect()
            .await?;
        let mut partitions = HashSet::new();
        for batch in found {
            let column = |index: usize| {
                cast_array(batch.column(index), &DataType::Utf8).map_err(DataFusionError::from)
            };
            let (surveys, months) = (column(0)?, column(1)?);
            let (surveys, months) = (surveys.as_string::<i32>(), months.as_string::<i32>());
            partitions.extend(
                (0..batch.num_rows())
                    .map(|row| [surveys, months].map(|column| column.value(row).to_owned())),
            );
        }
        Ok(Self {
            responses,
            is_replaced,
            partitions,
        })
    }

    /// The files of the partitions.
    pub(super) fn files(&self) -> Result<Vec<Remove>> {
        let mut files = Vec::new();
        for file in self.responses.snapshot()?.snapshot().log_data() {
            let mut values = file.partition_values_map();
            let partition = PARTITION_COLUMNS.map(|column| values.remove(column).flatten());
            if let [Some(survey), Some(month)] = partition
                && self.partitions.contains(&[survey, month])
            {
                files.push(file.remove_action(true));
            }
        }
        Ok(files)
    }

    /// The rows of the partitions.
    async fn rows(&self, context: &SessionContext) -> Result<DataFrame> {
        let mut months: BTreeMap<&str, Vec<Expr>> = BTreeMap::new();
        for [survey, month] in &self.partitions {
            months.entry(survey).or_default().push(lit(month));
        }
        let partitions = months.into_iter().map(|(survey, months)| {
            col("survey")
                .eq(lit(survey))
                .and(col("month").in_list(months, false))
        });
        let partitions = partitions.reduce(Expr::or).unwrap_or_else(|| lit(false));
        let rows = context.read_table(scan::provider(self.responses).await?)?;
        Ok(rows.filter(partitions)?)
    }

    /// The rows of the partitions that are not replaced.
    pub(super) async fn remaining(&self, context: &SessionContext) -> Result<DataFrame> {
        let rows = self.rows(context).await?;
        Ok(rows.filter(!self.is_replaced.clone())?)
    }

    /// The new versions, with the values of columns missing in the file taken from the old ones.
    pub(super) async fn with_old_values(
        &self,
        context: &SessionContext,
        updated: Selected,
        mapping: &Mapping,
    ) -> Result<DataFrame> {
        let own = Arc::clone(updated.batches.schema());
        let new = context.read_table(streaming_table(updated)?)?;
        let old = self.rows(context).await?.filter(self.is_replaced.clone())?;
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
        // Without a column, the metric follows from the question. Day and month follow from the date.
        let is_provided = |name: &str| match Field::parse(name) {
            Some(Field::Metric) => true,
            Some(field) => mapping.column(field).is_some(),
            None if name == "month" || name == DAY => mapping.column(Field::RespondedAt).is_some(),
            None => own.field_with_name(name).is_ok(),
        };
        let lake_only = self.responses.snapshot()?.snapshot().arrow_schema();
        let lake_only = lake_only.fields().iter();
        let lake_only = lake_only.filter(|field| own.field_with_name(field.name()).is_err());
        let columns = own.fields().iter().chain(lake_only).map(|field| {
            let name = field.name();
            let is_old = !is_provided(name) && old_schema.has_column_with_unqualified_name(name);
            let value = if name == RESPONDENT && !is_old {
                // Whoever withdraws consent without a name is the respondent of the older version.
                let is_withdrawn = ident("consent").eq(lit("withdrawn"));
                let old = || cast(ident(format!("{OLD}{name}")), field.data_type().clone());
                let known = coalesce(vec![ident(name), old()]);
                when(is_withdrawn, known).otherwise(ident(name))?
            } else if is_old {
                ident(format!("{OLD}{name}"))
            } else {
                ident(name)
            };
            Ok(cast(value, field.data_type().clone()).alias(name))
        });
        Ok(joined.select(columns.collect::<Result<Vec<_>>>()?)?)
    }
}
