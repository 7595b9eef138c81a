//! Table functions that read files: `read_csv`, `read_json`, `read_parquet` and `read_export`.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::datatypes::DataType;
use datafusion::catalog::{Session, TableFunctionArgs, TableFunctionImpl, TableProvider};
use datafusion::common::DFSchema;
use datafusion::error::Result as DataFusionResult;
use datafusion::execution::SessionState;
use datafusion::logical_expr::{Expr, ExprSchemable};
use datafusion::scalar::ScalarValue;
use exports::file_table::TableOptions;
use exports::format::charset::Charset;
use exports::format::given::{JsonShape, TextFormat};
use exports::quote::clip;

use super::files;
use super::find::FileKind;
use super::options::{FileOptions, GivenTypes};
use super::read_arguments::READ_FUNCTIONS;
use crate::error::{Error, Result};
use crate::lake::Lake;
use crate::query::arguments::TableFunctionNames;

/// Registers the functions.
pub(in crate::query) fn register(state: &mut SessionState, lake: &Lake) {
    for names in &READ_FUNCTIONS {
        let function = ReadFunction {
            names,
            lake: lake.clone(),
        };
        state.register_udtf(names.function, Arc::new(function));
    }
}

#[derive(Debug)]
struct ReadFunction {
    names: &'static TableFunctionNames,
    lake: Lake,
}

impl TableFunctionImpl for ReadFunction {
    fn call_with_args(&self, args: TableFunctionArgs) -> DataFusionResult<Arc<dyn TableProvider>> {
        let session = args.session();
        let given = Given::read(self.names, args.exprs())?;
        let files = given.files()?;
        let options = given.options(session)?;
        let kind = match self.names.function {
            "read_parquet" => FileKind::Parquet,
            _ => FileKind::Export,
        };
        let table = files::table(&self.lake, session, &files, Some(kind), options);
        // Planning is not asynchronous, and must not block the runtime that it runs in.
        std::thread::scope(|scope| {
            let reading = scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build();
                let runtime = runtime.map_err(|error| Error::io("a thread", error))?;
                runtime.block_on(table)
            });
            match reading.join() {
                Ok(table) => Ok(table?),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        })
    }
}

/// The arguments of a call that are not NULL.
struct Given {
    names: &'static TableFunctionNames,
    values: HashMap<&'static str, ScalarValue>,
}

impl Given {
    fn read(names: &'static TableFunctionNames, exprs: &[Expr]) -> Result<Self> {
        let mut values = HashMap::new();
        for (argument, expr) in names.arguments.iter().zip(exprs) {
            let Expr::Literal(value, _) = expr else {
                return Err(Error::query(format!(
                    "{}(): {} is not a constant",
                    names.function, argument.name
                ))
                .with_hint(
                    "write the value itself: files are opened before columns and parameters have \
                     values",
                ));
            };
            if !value.is_null() {
                values.insert(argument.name, value.clone());
            }
        }
        Ok(Self { names, values })
    }

    fn wrong(&self, name: &str, expected: &str) -> Error {
        let shown = self
            .values
            .get(name)
            .map(ToString::to_string)
            .unwrap_or_default();
        Error::query(format!(
            "{}(): {name} is {expected}, not {}",
            self.names.function,
            clip(&shown)
        ))
        .with_hint(format!("see {} in docs/sql.md", self.names.function))
    }

    fn text(&self, name: &'static str) -> Result<Option<String>> {
        match self.values.get(name) {
            None => Ok(None),
            Some(value) => match value.try_as_str() {
                Some(Some(text)) => Ok(Some(text.to_owned())),
                _ => Err(self.wrong(name, "a text")),
            },
        }
    }

    /// A text, or a list of them.
    fn texts(&self, name: &'static str) -> Result<Vec<String>> {
        let Some(value) = self.values.get(name) else {
            return Ok(Vec::new());
        };
        if let Some(Some(text)) = value.try_as_str() {
            return Ok(vec![text.to_owned()]);
        }
        let items = match value {
            ScalarValue::List(list) => list.value(0),
            ScalarValue::LargeList(list) => list.value(0),
            ScalarValue::FixedSizeList(list) => list.value(0),
            _ => return Err(self.wrong(name, "a text or a list of texts")),
        };
        texts_of(&items).ok_or_else(|| self.wrong(name, "a text or a list of texts"))
    }

    fn boolean(&self, name: &'static str) -> Result<Option<bool>> {
        match self.values.get(name) {
            None => Ok(None),
            Some(ScalarValue::Boolean(Some(value))) => Ok(Some(*value)),
            Some(_) => Err(self.wrong(name, "true or false")),
        }
    }

    /// A text of one ASCII character.
    fn character(&self, name: &'static str) -> Result<Option<u8>> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        match (text.as_str(), text.as_bytes()) {
            ("\\t", _) => Ok(Some(b'\t')),
            (_, [byte]) if byte.is_ascii() => Ok(Some(*byte)),
            _ => Err(self.wrong(name, "one character such as ';'")),
        }
    }

    fn skip(&self) -> Result<u64> {
        match self.values.get("skip") {
            None => Ok(0),
            Some(ScalarValue::Int64(Some(rows))) if *rows >= 0 => Ok(rows.unsigned_abs()),
            Some(ScalarValue::UInt64(Some(rows))) => Ok(*rows),
            Some(_) => Err(self.wrong("skip", "a number of rows")),
        }
    }

    fn files(&self) -> Result<Vec<String>> {
        let files = self.texts("file")?;
        if files.is_empty() {
            return Err(
                Error::query(format!("{}() needs a file", self.names.function))
                    .with_hint(format!("write {}('FILE')", self.names.function)),
            );
        }
        Ok(files)
    }

    fn options(&self, session: &dyn Session) -> Result<FileOptions> {
        let mut options = FileOptions::default();
        let table = &mut options.table;
        table.given.text = match self.names.function {
            "read_csv" => Some(TextFormat::Csv),
            "read_json" => Some(TextFormat::Json),
            _ => None,
        };
        table.given.delimiter = self.character("delim")?;
        table.given.comment = self.character("comment")?;
        table.given.json = self.json_shape()?;
        table.given.quote = match self.text("quote")?.as_deref() {
            // No text contains it, so that nothing is quoted.
            Some("") => Some(0),
            _ => self.character("quote")?,
        };
        table.given.has_escapes = match self.text("escape")?.as_deref() {
            None => None,
            Some("\\") => Some(true),
            Some("") => Some(false),
            Some(escape) => {
                let quote = table.given.quote.unwrap_or(b'"');
                if escape.as_bytes() != [quote] {
                    return Err(
                        self.wrong("escape", "a backslash, or the quotation mark to double it")
                    );
                }
                Some(false)
            }
        };
        table.has_header = self.boolean("header")?;
        table.skip = self.skip()?;
        table.encoding = self.encoding()?;
        table.sheet = self.text("sheet")?;
        if !matches!(
            self.values.get("sample_size"),
            None | Some(ScalarValue::Int64(Some(-1)))
        ) {
            return Err(self.wrong("sample_size", "-1, because types are decided by all rows"));
        }
        if self.boolean("auto_detect")? == Some(false) {
            self.without_detection(table)?;
        }
        options.all_varchar = self.boolean("all_varchar")?.unwrap_or(false);
        options.null_texts = self.texts("nullstr")?;
        options.names = self.names()?;
        options.has_decimal_comma = self.has_decimal_comma()?;
        options.columns = if self.values.contains_key("columns") {
            Some(self.named_types("columns", session)?)
        } else {
            None
        };
        options.types = match self.values.get("types") {
            None => GivenTypes::default(),
            Some(ScalarValue::List(_)) => {
                let types = self.texts("types")?;
                let types = types
                    .iter()
                    .map(|name| self.data_type("types", name, session));
                GivenTypes::ByPosition(types.collect::<Result<_>>()?)
            }
            Some(_) => GivenTypes::ByName(self.named_types("types", session)?),
        };
        let formats = [self.text("dateformat")?, self.text("timestampformat")?];
        options.date_formats = formats.into_iter().flatten().collect();
        options.ignore_errors = self.boolean("ignore_errors")?.unwrap_or(false);
        options.union_by_name = self.boolean("union_by_name")?;
        options.filename = match self.values.get("filename") {
            None | Some(ScalarValue::Boolean(Some(false))) => None,
            Some(ScalarValue::Boolean(_)) => Some("filename".to_owned()),
            Some(_) => self.text("filename")?,
        };
        options.hive_partitioning = self.boolean("hive_partitioning")?;
        Ok(options)
    }

    /// The defaults of CSV, instead of what would be detected.
    fn without_detection(&self, table: &mut TableOptions) -> Result<()> {
        if !self.values.contains_key("columns") {
            return Err(
                Error::query("read_csv(): auto_detect => false needs columns")
                    .with_hint("add columns => {'NAME': 'TYPE'}, or remove auto_detect"),
            );
        }
        table.given.delimiter.get_or_insert(b',');
        table.given.quote.get_or_insert(b'"');
        table.given.has_escapes.get_or_insert(false);
        table.has_header.get_or_insert(false);
        Ok(())
    }

    fn encoding(&self) -> Result<Option<String>> {
        let encoding = self.text("encoding")?;
        if let Some(label) = &encoding
            && let Err(error) = Charset::from_label(label)
        {
            let unknown = self.wrong("encoding", "the name of an encoding");
            let hint = error.hint().map(ToString::to_string);
            return Err(unknown.with_hint_if_any(hint));
        }
        Ok(encoding)
    }

    fn json_shape(&self) -> Result<Option<JsonShape>> {
        match self.text("format")?.as_deref() {
            None | Some("auto") => Ok(None),
            Some("array") => Ok(Some(JsonShape::Array)),
            Some("newline_delimited" | "nd" | "unstructured") => Ok(Some(JsonShape::Lines)),
            Some(_) => Err(self.wrong(
                "format",
                "'auto', 'array', 'newline_delimited' or 'unstructured'",
            )),
        }
    }

    fn has_decimal_comma(&self) -> Result<bool> {
        match self.text("decimal_separator")?.as_deref() {
            None | Some(".") => Ok(false),
            Some(",") => Ok(true),
            Some(_) => Err(self.wrong("decimal_separator", "',' or '.'")),
        }
    }

    /// Names of the first columns, which differ.
    fn names(&self) -> Result<Vec<String>> {
        let names = self.texts("names")?;
        if !names.is_empty() && self.values.contains_key("columns") {
            return Err(Error::query(format!(
                "{}(): names and columns both name the columns",
                self.names.function
            ))
            .with_hint("remove names"));
        }
        for (at, name) in names.iter().enumerate() {
            if names[..at].contains(name) {
                return Err(Error::query(format!(
                    "{}(): names has \"{}\" twice",
                    self.names.function,
                    clip(name)
                ))
                .with_hint("name each column differently"));
            }
        }
        Ok(names)
    }

    /// Names and types, written `{'NAME': 'TYPE'}`.
    fn named_types(
        &self,
        name: &'static str,
        session: &dyn Session,
    ) -> Result<Vec<(String, DataType)>> {
        const EXPECTED: &str = "{'NAME': 'TYPE'}";
        let wrong = || self.wrong(name, EXPECTED);
        let (names, types) = match self.values.get(name) {
            Some(ScalarValue::Map(map)) => {
                let entries = map.value(0);
                let texts = |column: usize| texts_of(entries.column(column)).ok_or_else(wrong);
                (texts(0)?, texts(1)?)
            }
            Some(ScalarValue::Struct(fields)) => {
                let names = fields.fields().iter().map(|field| field.name().clone());
                let types = fields.columns().iter().map(|column| {
                    let texts = texts_of(column)?;
                    texts.into_iter().next()
                });
                let types = types.collect::<Option<Vec<_>>>().ok_or_else(wrong)?;
                (names.collect(), types)
            }
            _ => return Err(wrong()),
        };
        let types = types.iter().map(|text| self.data_type(name, text, session));
        let types = types.collect::<Result<Vec<_>>>()?;
        Ok(names.into_iter().zip(types).collect())
    }

    /// The type with a name in SQL, such as `DECIMAL(10, 2)`.
    fn data_type(&self, argument: &str, name: &str, session: &dyn Session) -> Result<DataType> {
        let unknown = || {
            Error::query(format!(
                "{}(): {argument} has the unknown type \"{}\"",
                self.names.function,
                clip(name)
            ))
            .with_hint("use types such as VARCHAR, BIGINT, DOUBLE, BOOLEAN, DATE or TIMESTAMP")
        };
        let is_name = |c: char| c.is_alphanumeric() || " _(),".contains(c);
        let state = session.as_any().downcast_ref::<SessionState>();
        let state = state
            .filter(|_| name.chars().all(is_name))
            .ok_or_else(unknown)?;
        let schema = DFSchema::empty();
        let cast = state.create_logical_expr(&format!("CAST(NULL AS {name})"), &schema);
        match cast {
            Ok(cast @ Expr::Cast(_)) => cast.get_type(&schema).map_err(|_| unknown()),
            _ => Err(unknown()),
        }
    }
}

/// The texts of an array without NULLs.
fn texts_of(array: &ArrayRef) -> Option<Vec<String>> {
    let texts = datafusion::arrow::compute::cast(array, &DataType::Utf8).ok()?;
    let is_text = array.data_type().is_string() && array.null_count() == 0;
    let texts = texts.as_string::<i32>().iter().flatten().map(str::to_owned);
    is_text.then(|| texts.collect())
}
