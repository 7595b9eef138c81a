//! The output formats.

use std::fmt;
use std::path::Path;

use clap::ValueEnum;

/// Output format of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, ValueEnum)]
pub(crate) enum Format {
    /// A table for a person to read, fitted to the terminal
    Table,
    /// Comma-separated values (RFC 4180); NULL is an empty field, the empty string is ""
    Csv,
    /// Tab-separated values as PostgreSQL's COPY writes them; NULL is \N
    Tsv,
    /// One array of objects
    Json,
    /// One JSON object a line
    #[value(alias = "jsonl")]
    Ndjson,
    /// A Markdown table
    #[value(alias = "md")]
    Markdown,
    /// Apache Parquet, compressed with zstd
    Parquet,
    /// An Excel workbook with one sheet
    Xlsx,
    /// A chart in the terminal: lines over a time column, bars over a category
    Chart,
}

impl Format {
    /// Returns the format of a file extension, in upper or lower case.
    pub(crate) fn from_extension(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        Some(match extension.as_str() {
            "txt" => Self::Table,
            "csv" => Self::Csv,
            "tsv" => Self::Tsv,
            "json" => Self::Json,
            "ndjson" | "jsonl" => Self::Ndjson,
            "md" => Self::Markdown,
            "parquet" => Self::Parquet,
            "xlsx" => Self::Xlsx,
            _ => return None,
        })
    }

    /// The extensions of [`from_extension`](Self::from_extension), for hints.
    pub(crate) const EXTENSIONS: &str =
        ".csv, .tsv, .json, .ndjson, .md, .parquet, .xlsx or .txt (a table)";

    /// Returns the format of a file by its extension. `None` if the path has no extension, or is not
    /// a file but a folder, a device or a pipe.
    ///
    /// # Errors
    /// Returns the extension if it is unknown.
    pub(crate) fn of_file(path: &Path) -> Result<Option<Self>, String> {
        if let Some(format) = Self::from_extension(path) {
            return Ok(Some(format));
        }
        match path.extension() {
            Some(extension) if path.is_file() || !path.exists() => {
                Err(extension.to_string_lossy().into_owned())
            }
            _ => Ok(None),
        }
    }

    /// True if one file can contain the results of several statements.
    pub(crate) fn can_append(self) -> bool {
        matches!(
            self,
            Self::Table | Self::Chart | Self::Markdown | Self::Ndjson
        )
    }

    /// Returns the text between two results in one file. Without an empty line between them, two
    /// Markdown tables are one.
    pub(crate) fn separator(self) -> &'static str {
        if self == Self::Markdown { "\n" } else { "" }
    }

    /// True if the output is not text and must not go to a terminal.
    pub(crate) fn is_binary(self) -> bool {
        matches!(self, Self::Parquet | Self::Xlsx)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.to_possible_value().expect("no variant is skipped");
        f.write_str(value.get_name())
    }
}
