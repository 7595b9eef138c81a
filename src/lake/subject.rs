//! Subject access: all that a lake holds of one person.

use std::collections::{BTreeSet, HashSet};

use datafusion::arrow::array::{AsArray, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::json::ArrayWriter;
use datafusion::error::DataFusionError;
use datafusion::prelude::{DataFrame, Expr, SessionConfig, SessionContext, ident, lit};
use datafusion_functions_nps::DEFAULT_PURPOSE;
use deltalake::DeltaTable;
use serde_json::{Map, Value, json};

use super::Lake;
use super::identities::{self, RESPONDENT};
use crate::error::{Error, Result};
use crate::privacy::audit::{Action, Entry};

/// What pseudonyms begin with.
const PSEUDONYM: &str = "v1:";

pub(super) fn is_pseudonym(text: &str) -> bool {
    text.starts_with(PSEUDONYM)
}

impl Lake {
    /// The pseudonyms of people who are named as exports name them, or by their pseudonyms; none
    /// for a blank name.
    ///
    /// # Errors
    /// Without the lake, or its key where one has to be made.
    pub(super) async fn tokens_of(&self, people: &[String]) -> Result<Vec<String>> {
        let people: Vec<&str> = people.iter().map(|person| person.trim()).collect();
        if people.iter().all(|person| is_pseudonym(person)) {
            return Ok(people.into_iter().map(ToOwned::to_owned).collect());
        }
        let pseudonyms = self.pseudonymizer().await?.for_purpose(DEFAULT_PURPOSE);
        let tokens = people
            .into_iter()
            .filter_map(|person| match is_pseudonym(person) {
                true => Some(person.to_owned()),
                false => pseudonyms.pseudonym(person),
            });
        Ok(tokens.collect())
    }

    /// All that the lake holds of one person, who is named as exports name them or by their
    /// pseudonym, as JSON for an access request: the pseudonym, what is sealed, in the clear, the
    /// responses, and the files they came from.
    ///
    /// # Errors
    /// Without the lake or its key; where the name is blank.
    pub async fn subject(&self, person: &str) -> Result<Value> {
        let token = self.tokens_of(&[person.to_owned()]).await?.pop();
        let token = token.ok_or_else(|| Error::invalid("nobody is named"))?;
        // Whether somebody is found says something of them: the entry does not.
        self.audit(&Entry::new(Action::Subject)).await?;
        let mut people = identities::people(self, &HashSet::from([token.as_str()])).await?;
        let identity: Map<String, Value> = people
            .remove(&token)
            .unwrap_or_default()
            .into_iter()
            .map(|(name, value)| (name, Value::from(value.as_str())))
            .collect();
        let context =
            SessionContext::new_with_config_rt(SessionConfig::new(), self.runtime().clone());
        let is_theirs = ident(RESPONDENT).eq(lit(&token));
        let by_time = ident("responded_at");
        let responses = rows(&context, self.responses().await?, is_theirs, by_time).await?;
        let imports = import_ids(&responses)?;
        let named = imports.iter().map(lit).collect();
        let is_one = ident("import_id").in_list(named, false);
        let by_time = ident("imported_at");
        let imports = match imports.is_empty() {
            true => Vec::new(),
            false => rows(&context, self.imports().await?, is_one, by_time).await?,
        };
        Ok(json!({
            "lake": self.uri(),
            "respondent": token,
            "identity": identity,
            "responses": as_json(&responses)?,
            "imports": as_json(&imports)?,
        }))
    }
}

/// Some rows of a table in an order; none where there is no table.
async fn rows(
    context: &SessionContext,
    table: Option<DeltaTable>,
    these: Expr,
    order: Expr,
) -> Result<Vec<RecordBatch>> {
    let Some(table) = table else {
        return Ok(Vec::new());
    };
    let rows: DataFrame = context.read_table(table.table_provider().await?)?;
    Ok(rows.filter(these)?.sort_by(vec![order])?.collect().await?)
}

fn import_ids(responses: &[RecordBatch]) -> Result<BTreeSet<String>> {
    let mut imports = BTreeSet::new();
    for batch in responses {
        let ids = batch.column(batch.schema().index_of("import_id").map_err(arrow)?);
        let ids = cast(ids, &DataType::Utf8).map_err(arrow)?;
        let ids = ids.as_string::<i32>().iter().flatten();
        imports.extend(ids.map(ToOwned::to_owned));
    }
    Ok(imports)
}

fn arrow(error: ArrowError) -> Error {
    DataFusionError::from(error).into()
}

fn as_json(batches: &[RecordBatch]) -> Result<Value> {
    let mut written = Vec::new();
    let mut writer = ArrayWriter::new(&mut written);
    let write = |writer: &mut ArrayWriter<_>| {
        for batch in batches {
            writer.write(batch)?;
        }
        writer.finish()
    };
    write(&mut writer).map_err(arrow)?;
    drop(writer);
    match written.is_empty() {
        true => Ok(json!([])),
        false => serde_json::from_slice(&written).map_err(|error| {
            Error::invalid(format!("the rows cannot be written as JSON: {error}"))
        }),
    }
}
