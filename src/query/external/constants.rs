//! Columns with one value for a whole file: those of its folders (`month=2026-01/`), and its name.

use std::borrow::Cow;
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::catalog::Session;
use datafusion::error::Result as DataFusionResult;
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown};
use datafusion::scalar::ScalarValue;
use percent_encoding::percent_decode_str;

use super::find::FoundFile;
use super::options::FileOptions;
use crate::error::{Error, Result};
use crate::lake::file_values;

/// Hive's folder of rows without a value.
const NO_VALUE: &str = "__HIVE_DEFAULT_PARTITION__";

/// The columns, and for each file its values.
#[derive(Clone, Debug, Default)]
pub(super) struct Constants {
    pub(super) fields: Vec<FieldRef>,
    pub(super) values: Vec<Vec<ScalarValue>>,
}

impl Constants {
    /// The columns of the folders that all files have, and the file's name if the options ask.
    ///
    /// # Errors
    /// Returns an error if the options ask for columns of folders and the files have none in common.
    pub(super) fn of(files: &[FoundFile], options: &FileOptions) -> Result<Self> {
        let mut constants = Self {
            fields: Vec::new(),
            values: vec![Vec::new(); files.len()],
        };
        if options.hive_partitioning != Some(false) {
            constants.add_folders(files, options.hive_partitioning == Some(true))?;
        }
        let folders = constants.fields.iter().map(|field| field.name().as_str());
        Self::check_filename(options, folders)?;
        if let Some(column) = &options.filename {
            let names = files.iter().map(|file| Some(file.name.clone()));
            constants.add(
                column,
                DataType::Utf8View,
                names.map(ScalarValue::Utf8View).collect(),
            );
        }
        Ok(constants)
    }

    fn add_folders(&mut self, files: &[FoundFile], is_wanted: bool) -> Result<()> {
        let folders: Vec<Vec<(String, String)>> =
            files.iter().map(|file| folder_values(&file.name)).collect();
        let keys = |folders: &[(String, String)]| -> Vec<String> {
            folders.iter().map(|(key, _)| key.clone()).collect()
        };
        let first = keys(&folders[0]);
        let other = folders.iter().position(|folders| keys(folders) != first);
        if first.is_empty() || other.is_some() {
            let name = &files[other.unwrap_or(0)].name;
            return if is_wanted {
                Err(Error::query(format!(
                    "{name}: its folders are not those of a Hive layout that all files share"
                ))
                .with_hint("remove hive_partitioning, or name folders such as month=2026-01"))
            } else {
                Ok(())
            };
        }
        for (column, name) in first.iter().enumerate() {
            let texts = folders.iter().map(|folders| folders[column].1.as_str());
            let texts: Vec<Option<&str>> = texts
                .map(|text| (text != NO_VALUE).then_some(text))
                .collect();
            let data_type = narrowest_type(&texts);
            let values = texts.into_iter().map(|text| {
                let text = ScalarValue::Utf8(text.map(str::to_owned));
                text.cast_to(&data_type)
            });
            let values = values.collect::<DataFusionResult<_>>()?;
            self.add(name, data_type.clone(), values);
        }
        Ok(())
    }

    fn add(&mut self, name: &str, data_type: DataType, values: Vec<ScalarValue>) {
        self.fields
            .push(Arc::new(Field::new(name, data_type, true)));
        for (of_file, value) in self.values.iter_mut().zip(values) {
            of_file.push(value);
        }
    }

    /// Checks that the column with the names of files has a name of its own among those of the files.
    pub(super) fn check_filename<'a>(
        options: &FileOptions,
        mut columns: impl Iterator<Item = &'a str>,
    ) -> Result<()> {
        match &options.filename {
            Some(name) if columns.any(|column| column == name) => Err(Error::query(format!(
                "filename would be a second column with the name \"{name}\""
            ))
            .with_hint("give it another: filename => 'file_name'")),
            _ => Ok(()),
        }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|field| field.name() == name)
    }

    /// Says of each filter that it is applied exactly if it decides for whole files, else `others`.
    pub(super) fn pushdown(
        &self,
        filters: &[&Expr],
        others: &TableProviderFilterPushDown,
    ) -> Vec<TableProviderFilterPushDown> {
        file_values::pushdown(&self.fields, filters, others)
    }

    /// The indexes of the files that may contain rows that pass the filters.
    pub(super) fn files_passing(
        &self,
        session: &dyn Session,
        filters: &[Expr],
    ) -> DataFusionResult<Vec<usize>> {
        let all = 0..self.values.len();
        let decided = filters
            .iter()
            .filter(|filter| file_values::decides(&self.fields, filter));
        let Some(filter) = conjunction(decided.cloned()) else {
            return Ok(all.collect());
        };
        let values: Vec<_> = self.values.iter().map(Vec::as_slice).collect();
        let passes = file_values::files_passing(session, &self.fields, &values, filter)?;
        Ok(all.filter(|file| passes[*file]).collect())
    }
}

/// The names and values of the folders in a path, such as `month=2026-01`.
fn folder_values(name: &str) -> Vec<(String, String)> {
    let mut parts = name.split(['/', '\\']);
    parts.next_back();
    let pairs = parts.filter_map(|part| part.split_once('='));
    pairs
        .filter(|(key, _)| !key.is_empty())
        .map(|(key, value)| (decoded(key), decoded(value)))
        .collect()
}

/// Decodes `%20` and the like, in which writers encode what folders cannot be called.
fn decoded(text: &str) -> String {
    let decoded = percent_decode_str(text).decode_utf8();
    decoded.map_or_else(|_| text.to_owned(), Cow::into_owned)
}

/// The type of folder values: whole numbers, days, or text.
fn narrowest_type(texts: &[Option<&str>]) -> DataType {
    let all = |fits: fn(&str) -> bool| texts.iter().flatten().all(|text| fits(text));
    if texts.iter().all(Option::is_none) {
        DataType::Utf8View
    } else if all(|text| text.parse::<i64>().is_ok()) {
        DataType::Int64
    } else if all(|text| chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok()) {
        DataType::Date32
    } else {
        DataType::Utf8View
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_have_names_and_values() {
        let values = folder_values("data/year=2026/team=a%20b%2Fc/=x/part=1.csv");
        let expected = [("year", "2026"), ("team", "a b/c")];
        let expected = expected.map(|(key, value)| (key.to_owned(), value.to_owned()));
        assert_eq!(values, expected);
    }

    #[test]
    fn folder_values_have_the_narrowest_type() {
        for (texts, expected) in [
            (&[Some("01"), Some("12"), None][..], DataType::Int64),
            (&[Some("2026-01-31")], DataType::Date32),
            (&[Some("2026-01")], DataType::Utf8View),
            (&[Some("1"), Some("x")], DataType::Utf8View),
            (&[None], DataType::Utf8View),
        ] {
            assert_eq!(narrowest_type(texts), expected, "{texts:?}");
        }
    }
}
