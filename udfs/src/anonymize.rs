//! `anonymize`: pseudonyms in SQL.

use std::collections::HashMap;
use std::fmt::Debug;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, StringArray, StringBuilder};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, exec_err, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
    Volatility,
};
use datafusion_macros::user_doc;

use crate::pseudonym::{DEFAULT_PURPOSE, Pseudonymizer, PurposeKey};
use crate::scalar::{columnar, row_count};
use crate::text::strings;

/// The source of the key for [`Anonymize`].
pub trait KeySource: Send + Sync + Debug {
    /// Returns the key. Called for each batch the function is evaluated on, and not before: a query
    /// that makes no pseudonyms needs no key.
    fn pseudonymizer(&self) -> Result<Arc<Pseudonymizer>>;
}

/// `anonymize(value [, purpose])`, alias `pseudonymize`; see [`Pseudonymizer`] for the result.
#[user_doc(
    doc_section(label = "Privacy Functions"),
    description = "Returns a pseudonym: 'v1:' and 52 letters and digits, always the same for the same value, purpose and lake, and impossible to compute or reverse without the lake's key. Letter case, surrounding white space and Unicode variants of letters make no difference. NULL for NULL and for blank text. The result is pseudonymous, not anonymous: it is still personal data (GDPR art. 4(5)).",
    syntax_example = "anonymize(value[, purpose])",
    alternative_syntax = "pseudonymize(value[, purpose])",
    sql_example = r#"```sql
> SELECT anonymize('Ann@example.com') = anonymize(' ann@example.com') AS same;
+------+
| same |
+------+
| true |
+------+
```"#,
    argument(
        name = "value",
        description = "The identifier of a person, such as an email address or a customer number; text or a whole number."
    ),
    argument(
        name = "purpose",
        description = "The purpose of the pseudonym; those of one value for different purposes are unrelated. Default 'respondent', which gives the tokens stored in the lake."
    )
)]
#[derive(Debug)]
pub struct Anonymize {
    signature: Signature,
    aliases: Vec<String>,
    source: Option<Arc<dyn KeySource>>,
}

/// Returns [`Anonymize`] with the key of `source`, to register in place of the one without a key.
pub fn anonymize_udf(source: Arc<dyn KeySource>) -> Arc<ScalarUDF> {
    Arc::new(ScalarUDF::new_from_impl(Anonymize::with_key_source(source)))
}

impl Anonymize {
    /// Creates the function without a key, as [`register_all`](crate::register_all) registers it. It
    /// can be planned and described, but evaluating it is an error.
    pub fn without_key() -> Self {
        Self::new(None)
    }

    /// Creates the function with a key.
    pub fn with_key_source(source: Arc<dyn KeySource>) -> Self {
        Self::new(Some(source))
    }

    fn new(source: Option<Arc<dyn KeySource>>) -> Self {
        Self {
            // Not immutable, because the key is not an argument: the result of an immutable function
            // may be stored in a plan, which can outlive the key or be run on another lake.
            signature: Signature::user_defined(Volatility::Stable)
                .with_parameter_names(vec!["value", "purpose"])
                .expect("two different names"),
            aliases: vec!["pseudonymize".to_owned()],
            source,
        }
    }

    fn pseudonymizer(&self) -> Result<Arc<Pseudonymizer>> {
        match &self.source {
            Some(source) => source.pseudonymizer(),
            None => exec_err!(
                "anonymize() needs the lake's key; open the lake with its key, or register anonymize_udf() with a key source"
            ),
        }
    }

    fn source_address(&self) -> Option<*const ()> {
        self.source
            .as_ref()
            .map(|source| Arc::as_ptr(source).cast())
    }
}

// Functions with different keys are different, or a plan for one lake could be used for another.
impl PartialEq for Anonymize {
    fn eq(&self, other: &Self) -> bool {
        self.source_address() == other.source_address()
    }
}

impl Eq for Anonymize {}

impl Hash for Anonymize {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.source_address().hash(state);
    }
}

impl ScalarUDFImpl for Anonymize {
    fn name(&self) -> &str {
        "anonymize"
    }

    fn aliases(&self) -> &[String] {
        &self.aliases
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arg_types: &[DataType]) -> Result<Vec<DataType>> {
        Ok(arg_types.iter().map(coerce_to_text).collect())
    }

    fn return_type(&self, arg_types: &[DataType]) -> Result<DataType> {
        let (value, purpose) = match arg_types {
            [value] => (value, None),
            [value, purpose] => (value, Some(purpose)),
            other => {
                return plan_err!(
                    "anonymize takes a value and an optional purpose, not {} arguments: anonymize(value) or anonymize(value, purpose)",
                    other.len()
                );
            }
        };
        if !value.is_string() {
            // The texts of 42 and 42.0 would be two people.
            return plan_err!(
                "anonymize(value) needs text or a whole number, not {value}; cast it: anonymize(CAST(value AS VARCHAR))"
            );
        }
        match purpose {
            Some(purpose) if !purpose.is_string() => {
                plan_err!("anonymize(value, purpose) needs text as purpose, not {purpose}")
            }
            _ => Ok(DataType::Utf8),
        }
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let pseudonymizer = self.pseudonymizer()?;
        let (row_count, is_scalar) = row_count(&args);
        let values = args.args[0].to_array(row_count)?;

        let pseudonyms = match args.args.get(1) {
            None => one_purpose(&values, &pseudonymizer.for_purpose(DEFAULT_PURPOSE))?,
            Some(ColumnarValue::Scalar(purpose)) => match purpose.try_as_str().flatten() {
                Some(purpose) => one_purpose(&values, &purpose_key(&pseudonymizer, purpose)?)?,
                None => StringArray::new_null(row_count),
            },
            Some(ColumnarValue::Array(purposes)) => {
                many_purposes(&values, purposes, &pseudonymizer)?
            }
        };
        columnar(Arc::new(pseudonyms), is_scalar)
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.doc()
    }
}

/// Returns the text type to read an argument as. Types without a unique text are returned unchanged,
/// for `return_type` to refuse.
fn coerce_to_text(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Null => DataType::Utf8,
        integer if integer.is_integer() => DataType::Utf8,
        DataType::Decimal128(_, 0) | DataType::Decimal256(_, 0) => DataType::Utf8,
        DataType::Dictionary(_, values) => coerce_to_text(values),
        other => other.clone(),
    }
}

fn purpose_key(pseudonymizer: &Pseudonymizer, purpose: &str) -> Result<PurposeKey> {
    if purpose.trim().is_empty() {
        return exec_err!(
            "anonymize(value, purpose) needs a name as purpose; omit it for '{DEFAULT_PURPOSE}'"
        );
    }
    Ok(pseudonymizer.for_purpose(purpose))
}

fn one_purpose(values: &ArrayRef, key: &PurposeKey) -> Result<StringArray> {
    let mut writer = Writer::with_capacity(values.len());
    for value in strings(values)? {
        writer.push(value.map(|value| (key, value)));
    }
    Ok(writer.pseudonyms.finish())
}

fn many_purposes(
    values: &ArrayRef,
    purposes: &ArrayRef,
    pseudonymizer: &Pseudonymizer,
) -> Result<StringArray> {
    let mut writer = Writer::with_capacity(values.len());
    let mut keys = HashMap::new();
    for (value, purpose) in strings(values)?.zip(strings(purposes)?) {
        let Some((value, purpose)) = value.zip(purpose) else {
            writer.push(None);
            continue;
        };
        if !keys.contains_key(purpose) {
            keys.insert(purpose, purpose_key(pseudonymizer, purpose)?);
        }
        writer.push(Some((&keys[purpose], value)));
    }
    Ok(writer.pseudonyms.finish())
}

struct Writer {
    pseudonyms: StringBuilder,
    buffer: String,
}

impl Writer {
    fn with_capacity(rows: usize) -> Self {
        Self {
            pseudonyms: StringBuilder::with_capacity(rows, rows * PurposeKey::PSEUDONYM_LEN),
            buffer: String::with_capacity(PurposeKey::PSEUDONYM_LEN),
        }
    }

    fn push(&mut self, value: Option<(&PurposeKey, &str)>) {
        self.buffer.clear();
        let has_pseudonym =
            value.is_some_and(|(key, value)| key.write_pseudonym(value, &mut self.buffer));
        self.pseudonyms
            .append_option(has_pseudonym.then_some(&self.buffer));
    }
}
