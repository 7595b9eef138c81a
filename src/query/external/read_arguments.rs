//! The arguments of the functions that read files, with DuckDB's names.

use crate::query::arguments::{Argument, TableFunctionNames, optional, required};

/// A path, a pattern or a URL, or a list of these.
const FILE: Argument = required("file");
const COLUMNS: Argument = optional("columns");
const TYPES: Argument = optional("types").or(&["dtypes", "column_types"]);
const NAMES: Argument = optional("names").or(&["column_names"]);
const HEADER: Argument = optional("header");
const SKIP: Argument = optional("skip");
const NULLSTR: Argument = optional("nullstr").or(&["null"]);
const ALL_VARCHAR: Argument = optional("all_varchar");
const DECIMAL_SEPARATOR: Argument = optional("decimal_separator");
const DATEFORMAT: Argument = optional("dateformat").or(&["date_format"]);
const TIMESTAMPFORMAT: Argument = optional("timestampformat").or(&["timestamp_format"]);
const IGNORE_ERRORS: Argument = optional("ignore_errors");
const ENCODING: Argument = optional("encoding");
const UNION_BY_NAME: Argument = optional("union_by_name");
const FILENAME: Argument = optional("filename");
const HIVE_PARTITIONING: Argument = optional("hive_partitioning");

/// The functions, with the names of their arguments.
pub(in crate::query) static READ_FUNCTIONS: [TableFunctionNames; 4] = [
    TableFunctionNames {
        function: "read_csv",
        aliases: &["read_csv_auto"],
        arguments: &[
            FILE,
            optional("delim").or(&["sep", "delimiter"]),
            HEADER,
            optional("quote"),
            optional("escape"),
            optional("comment"),
            NULLSTR,
            SKIP,
            ALL_VARCHAR,
            COLUMNS,
            NAMES,
            TYPES,
            DECIMAL_SEPARATOR,
            DATEFORMAT,
            TIMESTAMPFORMAT,
            IGNORE_ERRORS,
            ENCODING,
            optional("auto_detect"),
            optional("sample_size"),
            UNION_BY_NAME,
            FILENAME,
            HIVE_PARTITIONING,
        ],
        refused: &[
            (
                "auto_type_candidates",
                "give types: types => {'NAME': 'TYPE'}",
            ),
            ("null_padding", "remove it: a row that ends early has NULLs"),
            (
                "strict_mode",
                "remove it, or leave out rows with ignore_errors => true",
            ),
            ("store_rejects", IGNORE),
            ("rejects_table", IGNORE),
            ("rejects_scan", IGNORE),
            ("rejects_limit", IGNORE),
            ("compression", COMPRESSION),
            ("new_line", "remove it: all line ends are read"),
            ("buffer_size", REMOVE),
            ("parallel", REMOVE),
            ("max_line_size", "remove it: a cell may have 64 MiB"),
            ("maximum_line_size", "remove it: a cell may have 64 MiB"),
            (
                "thousands",
                "read the column as text: CAST(replace(x, ',', '') AS DOUBLE)",
            ),
            ("normalize_names", "name the columns: names => ['a', 'b']"),
            ("force_not_null", NOT_NULL),
            ("allow_quoted_nulls", NOT_NULL),
            ("hive_types", "cast the column: month::VARCHAR"),
            ("hive_types_autocast", "cast the column: month::VARCHAR"),
        ],
        positional_max: 1,
    },
    TableFunctionNames {
        function: "read_json",
        aliases: &["read_json_auto", "read_ndjson", "read_ndjson_auto"],
        arguments: &[
            FILE,
            optional("format"),
            COLUMNS,
            TYPES,
            DATEFORMAT,
            TIMESTAMPFORMAT,
            IGNORE_ERRORS,
            ENCODING,
            UNION_BY_NAME,
            FILENAME,
            HIVE_PARTITIONING,
        ],
        refused: &[
            (
                "auto_detect",
                "remove it, or name the columns: columns => {'NAME': 'TYPE'}",
            ),
            ("records", "remove it: each object is a row"),
            ("sample_size", ALL_ROWS),
            (
                "maximum_depth",
                "remove it: objects in objects are columns such as \"person.email\"",
            ),
            ("maximum_sample_files", ALL_ROWS),
            ("maximum_object_size", REMOVE),
            ("map_inference_threshold", REMOVE),
            ("field_appearance_threshold", REMOVE),
            (
                "convert_strings_to_integers",
                "give types: types => {'NAME': 'BIGINT'}",
            ),
            ("compression", COMPRESSION),
        ],
        positional_max: 1,
    },
    TableFunctionNames {
        function: "read_parquet",
        aliases: &["parquet_scan"],
        arguments: &[FILE, UNION_BY_NAME, FILENAME, HIVE_PARTITIONING],
        refused: &[
            ("binary_as_string", "cast the column: x::VARCHAR"),
            ("file_row_number", "use row_number() OVER ()"),
            ("compression", COMPRESSION),
            ("encryption_config", "decrypt the file before"),
            ("schema", "cast the columns: x::BIGINT"),
            ("hive_types", "cast the column: month::VARCHAR"),
            ("hive_types_autocast", "cast the column: month::VARCHAR"),
        ],
        positional_max: 1,
    },
    TableFunctionNames {
        function: "read_export",
        aliases: &[],
        arguments: &[
            FILE,
            optional("sheet"),
            HEADER,
            NULLSTR,
            SKIP,
            ALL_VARCHAR,
            NAMES,
            TYPES,
            DECIMAL_SEPARATOR,
            DATEFORMAT,
            TIMESTAMPFORMAT,
            IGNORE_ERRORS,
            ENCODING,
            UNION_BY_NAME,
            FILENAME,
            HIVE_PARTITIONING,
        ],
        refused: &[
            ("range", "say with skip how many rows are before the header"),
            (
                "columns",
                "use names => ['a', 'b'] and types => {'a': 'BIGINT'}",
            ),
        ],
        positional_max: 1,
    },
];

const REMOVE: &str = "remove it";
const ALL_ROWS: &str = "remove it: types are decided by all rows";
const COMPRESSION: &str = "remove it: compressed files are recognised";
const IGNORE: &str = "leave out rows that do not fit with ignore_errors => true";
const NOT_NULL: &str = "use coalesce(x, '') for the column";
