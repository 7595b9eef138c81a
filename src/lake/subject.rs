//! Subject access: all data of one person in a lake.

use std::collections::{BTreeSet, HashSet};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::json::ArrayWriter;
use datafusion::error::DataFusionError;
use datafusion::prelude::{Expr, SessionContext, ident, lit};
use datafusion_functions_nps::DEFAULT_PURPOSE;
use deltalake::DeltaTable;
use exports::text;
use serde_json::{Map, Value, json};

use super::handle::Lake;
use super::identities::{self, RESPONDENT};
use super::table::texts;
use crate::error::{Error, Result};
use crate::privacy::audit::{Action, Entry};

pub(super) fn is_pseudonym(text: &str) -> bool {
    text.starts_with("v1:")
}

impl Lake {
    /// The pseudonyms of people who are named as in exports, or by their pseudonyms; none for a
    /// blank name.
    ///
    /// # Errors
    /// Returns an error if a pseudonym must be derived and the lake or its key is missing.
    pub(super) async fn tokens_of(&self, people: &[String]) -> Result<Vec<String>> {
        let people: Vec<&str> = people.iter().map(|person| person.trim()).collect();
        if people.iter().all(|person| is_pseudonym(person)) {
            return Ok(people.into_iter().map(ToOwned::to_owned).collect());
        }
        let pseudonyms = self.pseudonymizer().await?.for_purpose(DEFAULT_PURPOSE);
        let tokens = people.into_iter().filter_map(|person| {
            if is_pseudonym(person) {
                Some(person.to_owned())
            } else {
                pseudonyms.pseudonym(&text::respondent(person))
            }
        });
        Ok(tokens.collect())
    }

    /// All data of one person in the lake, as JSON for an access request: the pseudonym, the
    /// identity in clear text, the responses, and the files they came from. The person is named as
    /// in exports or by their pseudonym.
    ///
    /// # Errors
    /// Returns an error if the lake or its key is missing, or the name is blank.
    pub async fn subject(&self, person: &str) -> Result<Value> {
        let token = self.tokens_of(&[person.to_owned()]).await?.pop();
        let token = token.ok_or_else(|| Error::invalid("no person is named"))?;
        // The entry does not state whether the person was found: that is itself personal data.
        self.audit(&Entry::new(Action::Subject)).await?;
        let mut people = identities::people(self, &HashSet::from([token.as_str()])).await?;
        let identity: Map<String, Value> = people
            .remove(&token)
            .unwrap_or_default()
            .into_iter()
            .map(|(name, value)| (name, Value::from(value.as_str())))
            .collect();
        let context = self.reading_context();
        let is_theirs = ident(RESPONDENT).eq(lit(&token));
        let by_time = ident("responded_at");
        let responses = rows(&context, self.responses().await?, is_theirs, by_time).await?;
        let columns = responses
            .iter()
            .map(|batch| Ok(batch.column(batch.schema().index_of("import_id")?)))
            .collect::<Result<Vec<_>, DataFusionError>>()?;
        let import_ids: BTreeSet<String> = texts(columns)?.into_iter().collect();
        let imports = if import_ids.is_empty() {
            Vec::new()
        } else {
            let listed = import_ids.iter().map(lit).collect();
            let is_listed = ident("import_id").in_list(listed, false);
            let by_time = ident("imported_at");
            rows(&context, self.imports().await?, is_listed, by_time).await?
        };
        Ok(json!({
            "lake": self.uri(),
            "respondent": token,
            "identity": identity,
            "responses": to_json(&responses)?,
            "imports": to_json(&imports)?,
        }))
    }
}

/// Reads rows of a table in an order; none if there is no table.
async fn rows(
    context: &SessionContext,
    table: Option<DeltaTable>,
    filter: Expr,
    order: Expr,
) -> Result<Vec<RecordBatch>> {
    let Some(table) = table else {
        return Ok(Vec::new());
    };
    let rows = context.read_table(table.table_provider().await?)?;
    Ok(rows.filter(filter)?.sort_by(vec![order])?.collect().await?)
}

fn to_json(batches: &[RecordBatch]) -> Result<Value> {
    let mut written = Vec::new();
    let mut writer = ArrayWriter::new(&mut written);
    for batch in batches {
        writer.write(batch).map_err(DataFusionError::from)?;
    }
    writer.finish().map_err(DataFusionError::from)?;
    drop(writer);
    if written.is_empty() {
        return Ok(json!([]));
    }
    serde_json::from_slice(&written)
        .map_err(|error| Error::invalid(format!("cannot write the rows as JSON: {error}")))
}
