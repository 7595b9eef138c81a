//! File formats under further names and extensions.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::catalog::Session;
use datafusion::common::GetExt;
use datafusion::common::config::ConfigFileType;
use datafusion::datasource::file_format::csv::CsvFormat;
use datafusion::datasource::file_format::json::JsonFormatFactory;
use datafusion::datasource::file_format::{FileFormat, FileFormatFactory};
use datafusion::error::Result;
use datafusion::execution::SessionState;

use super::csv::QuotedCsv;
use super::xlsx::XlsxFactory;

/// Registers `.ndjson`, `.jsonl`, `.tsv` and `.xlsx`, for `COPY` and `STORED AS`, and a `.csv` format
/// that reads line breaks inside quotes.
pub(in crate::query) fn register(state: &mut SessionState) -> Result<()> {
    let json: Arc<dyn FileFormatFactory> = Arc::new(JsonFormatFactory::new());
    let csv: Arc<dyn FileFormatFactory> = Arc::new(QuotedCsvFactory);
    let tabs: &[_] = &[("format.delimiter", "\t"), ("format.has_header", "true")];
    for (extension, inner, options) in [
        ("ndjson", &json, &[][..]),
        ("jsonl", &json, &[]),
        ("csv", &csv, &[]),
        ("tsv", &csv, tabs),
    ] {
        let format = NamedFormat {
            extension,
            inner: Arc::clone(inner),
            options,
        };
        state.register_file_format(Arc::new(format), true)?;
    }
    state.register_file_format(Arc::new(XlsxFactory), true)?;
    Ok(())
}

/// Creates [`QuotedCsv`] with the options of DataFusion's CSV format.
#[derive(Debug)]
struct QuotedCsvFactory;

impl FileFormatFactory for QuotedCsvFactory {
    fn create(
        &self,
        state: &dyn Session,
        given: &HashMap<String, String>,
    ) -> Result<Arc<dyn FileFormat>> {
        let mut options = state.default_table_options();
        options.set_config_format(ConfigFileType::CSV);
        options.alter_with_string_hash_map(given)?;
        let format = CsvFormat::default().with_options(options.csv);
        Ok(Arc::new(QuotedCsv(format)))
    }

    fn default(&self) -> Arc<dyn FileFormat> {
        Arc::new(QuotedCsv(CsvFormat::default()))
    }
}

impl GetExt for QuotedCsvFactory {
    fn get_ext(&self) -> String {
        "csv".to_owned()
    }
}

/// A format under another extension, with different default options.
#[derive(Debug)]
struct NamedFormat {
    extension: &'static str,
    inner: Arc<dyn FileFormatFactory>,
    options: &'static [(&'static str, &'static str)],
}

impl FileFormatFactory for NamedFormat {
    fn create(
        &self,
        state: &dyn Session,
        given: &HashMap<String, String>,
    ) -> Result<Arc<dyn FileFormat>> {
        let mut options = given.clone();
        for (name, value) in self.options {
            options
                .entry((*name).to_owned())
                .or_insert_with(|| (*value).to_owned());
        }
        self.inner.create(state, &options)
    }

    fn default(&self) -> Arc<dyn FileFormat> {
        self.inner.default()
    }
}

impl GetExt for NamedFormat {
    fn get_ext(&self) -> String {
        self.extension.to_owned()
    }
}
