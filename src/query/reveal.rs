//! `reveal`: decrypts a sealed field of a respondent.

use std::collections::{BTreeSet, HashSet};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::array::{AsArray, StringArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::error::Result;
use datafusion::logical_expr::async_udf::{AsyncScalarUDF, AsyncScalarUDFImpl};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use crate::error::Error;
use crate::lake::{Lake, identities};
use crate::privacy::audit::{Action, Entry};

/// `reveal(respondent, field)`: a field of a respondent, such as `email`, in clear text. NULL if
/// the respondent has no sealed field of that name. Fails without the lake's key, and for a field that no
/// respondent has.
#[derive(Debug)]
struct Reveal {
    lake: Lake,
    signature: Signature,
}

/// The function over the identities of a lake.
pub(super) fn reveal_udf(lake: &Lake) -> Arc<ScalarUDF> {
    let reveal = Reveal {
        lake: lake.clone(),
        // The table changes from one statement to the next.
        signature: Signature::exact(vec![DataType::Utf8, DataType::Utf8], Volatility::Stable),
    };
    Arc::new(AsyncScalarUDF::new(Arc::new(reveal)).into_scalar_udf())
}

// Calls over different lakes differ, so that their plans are not merged.
impl PartialEq for Reveal {
    fn eq(&self, other: &Self) -> bool {
        self.lake.uri() == other.lake.uri()
    }
}

impl Eq for Reveal {}

impl Hash for Reveal {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.lake.uri().hash(state);
    }
}

impl ScalarUDFImpl for Reveal {
    fn name(&self) -> &str {
        "reveal"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, _: ScalarFunctionArgs) -> Result<ColumnarValue> {
        datafusion::common::internal_err!("reveal() is asynchronous")
    }
}

#[async_trait]
impl AsyncScalarUDFImpl for Reveal {
    async fn invoke_async_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let respondents = cast(&arrays[0], &DataType::Utf8)?;
        let fields = cast(&arrays[1], &DataType::Utf8)?;
        let (respondents, fields) = (respondents.as_string::<i32>(), fields.as_string::<i32>());
        let wanted: HashSet<&str> = respondents.iter().flatten().collect();
        if !wanted.is_empty() {
            let entry = Entry::new(Action::Reveal).with("respondents", wanted.len() as u64);
            self.lake.audit(&entry).await?;
        }
        let people = identities::people(&self.lake, &wanted).await?;
        let is_sealed = |field: &str| people.values().any(|person| person.contains_key(field));
        let unknown: BTreeSet<&str> = fields
            .iter()
            .flatten()
            .filter(|field| !is_sealed(field))
            .collect();
        if !unknown.is_empty() {
            check_fields(&self.lake, unknown).await?;
        }
        let revealed: StringArray = respondents
            .iter()
            .zip(fields)
            .map(|(respondent, field)| {
                let value = people.get(respondent?)?.get(field?)?;
                Some(value.as_str())
            })
            .collect();
        Ok(ColumnarValue::Array(Arc::new(revealed)))
    }
}

/// Refuses fields that no respondent of the lake has, such as a misspelled one.
async fn check_fields(lake: &Lake, fields: BTreeSet<&str>) -> Result<()> {
    let known = identities::field_names(lake).await?;
    if known.is_empty() {
        return Ok(());
    }
    match fields.into_iter().find(|field| !known.contains(*field)) {
        Some(field) => {
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            let message = format!("no respondent has a sealed field '{field}'");
            let hint = format!("the fields are {}", known.join(", "));
            let error = Error::query(message).with_hint(hint);
            Err(error.about(format!("'{field}'")).into())
        }
        None => Ok(()),
    }
}
