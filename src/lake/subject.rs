//! Subject access: all data of one person in a lake.

use std::collections::BTreeSet;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::json::ArrayWriter;
use datafusion::error::DataFusionError;
use datafusion::prelude::{Expr, SessionContext, ident, lit};
use deltalake::DeltaTable;
use exports::quote::clip;
use serde_json::{Map, Value, json};

use super::handle::Lake;
use super::identities::RESPONDENT;
use super::person::Form;
use super::scan;
use super::search::search_sealed;
use super::table::texts;
use super::traces::Traces;
use crate::error::{Error, Result};
use crate::privacy::audit::{Action, Entry};
use crate::privacy::suppression::{Names, Rule};

/// The field that says that nothing is held about the person.
pub(crate) const NOTE: &str = "note";

impl Lake {
    /// All data of one person in the lake, as JSON for an access request: the pseudonyms, the
    /// identity in clear text, the responses, and the files they came from; with a `note` if there is
    /// nothing. The person is named as
    /// in exports or by a pseudonym; what they answered under another address that is sealed for
    /// them is theirs too.
    ///
    /// # Errors
    /// Returns an error if the lake or its key is missing, or the name is blank, or an address or pseudonym
    /// with a mistake.
    pub async fn subject(&self, person: &str) -> Result<Value> {
        let given = [person.to_owned()];
        if !Form::of(person.trim()).is_a_word() {
            self.check_named(&given).await?;
        }
        let found = self.named_people(&given, &[]).await?;
        // The entry does not state whether the person was found: that is itself personal data.
        self.audit(&Entry::new(Action::Subject)).await?;
        let identity: Map<String, Value> = found
            .identities
            .values()
            .flatten()
            .map(|(name, value)| (name.clone(), Value::from(value.as_str())))
            .collect();
        let context = self.reading_context();
        let tokens = found.tokens.iter().map(lit).collect();
        let is_theirs = ident(RESPONDENT).in_list(tokens, false);
        let by_time = ident("responded_at");
        let responses = rows(&context, self.responses().await?, is_theirs, by_time).await?;
        let columns = |name: &str| {
            let columns = responses
                .iter()
                .map(|batch| Ok(batch.column(batch.schema().index_of(name)?)));
            columns.collect::<Result<Vec<_>, DataFusionError>>()
        };
        let import_ids: BTreeSet<String> = texts(columns("import_id")?)?.into_iter().collect();
        let respondents: BTreeSet<String> = texts(columns(RESPONDENT)?)?
            .into_iter()
            .chain(found.identities.keys().cloned())
            .collect();
        let imports = if import_ids.is_empty() {
            Vec::new()
        } else {
            let listed = import_ids.iter().map(lit).collect();
            let is_listed = ident("import_id").in_list(listed, false);
            let by_time = ident("imported_at");
            rows(&context, self.imports().await?, is_listed, by_time).await?
        };
        let is_held = !identity.is_empty() || responses.iter().any(|batch| batch.num_rows() > 0);
        let mut subject = json!({
            "lake": self.uri(),
            "respondent": found.given.first(),
            "respondents": respondents,
            "identity": identity,
            "responses": to_json(&responses)?,
            "imports": to_json(&imports)?,
        });
        if !is_held {
            let list = self
                .suppressions_under(self.suppression_key().await?)
                .await?
                .list;
            let names = Names {
                pseudonyms: found.tokens.iter().cloned().collect(),
                addresses: found.addresses().cloned().collect(),
                phones: Vec::new(),
            };
            let nothing = format!("nothing is held about {}", clip(person.trim()));
            let settings = self.existing_settings().await?;
            let kept_days = settings.retention.unwrap_or_default().withdrawn_days;
            let note = match (list.find(&names), kept_days) {
                (Some(found), Some(days)) if found.rule == Rule::Withdrawn && days > 0 => format!(
                    "{nothing} but the entry that keeps imports from bringing them back, and earlier \
                     versions until {days} days after consent was withdrawn"
                ),
                (Some(_), _) => {
                    format!("{nothing} but the entry that keeps imports from bringing them back")
                }
                (None, _) => nothing,
            };
            let named = search_sealed(self, &Traces::new(&found)?).await?;
            let named: Vec<String> = named.iter().map(ToString::to_string).collect();
            subject[NOTE] = Value::from(match named.as_slice() {
                [] => note,
                named => format!(
                    "{note}; in the data of others: {}; voxql forget --dry-run searches all of it",
                    named.join(", ")
                ),
            });
        }
        Ok(subject)
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
    let rows = context.read_table(scan::provider(&table).await?)?;
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
