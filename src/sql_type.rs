//! Names of types, as SQL writes them.

use datafusion::arrow::datatypes::{DataType, IntervalUnit};

/// The name of a type in SQL, such as `VARCHAR`, `TIMESTAMP WITH TIME ZONE` or `BIGINT[]`. CAST takes
/// the names of types that are not nested.
pub(crate) fn sql_type(data_type: &DataType) -> String {
    let name = match data_type {
        DataType::Null => "NULL",
        DataType::Boolean => "BOOLEAN",
        DataType::Int8 => "TINYINT",
        DataType::Int16 => "SMALLINT",
        DataType::Int32 => "INTEGER",
        DataType::Int64 => "BIGINT",
        DataType::UInt8 => "TINYINT UNSIGNED",
        DataType::UInt16 => "SMALLINT UNSIGNED",
        DataType::UInt32 => "INTEGER UNSIGNED",
        DataType::UInt64 => "BIGINT UNSIGNED",
        DataType::Float16 | DataType::Float32 => "REAL",
        DataType::Float64 => "DOUBLE",
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "VARCHAR",
        DataType::Binary
        | DataType::LargeBinary
        | DataType::BinaryView
        | DataType::FixedSizeBinary(_) => "BYTEA",
        DataType::Date32 | DataType::Date64 => "DATE",
        DataType::Time32(_) | DataType::Time64(_) => "TIME",
        DataType::Timestamp(_, None) => "TIMESTAMP",
        DataType::Timestamp(_, Some(_)) => "TIMESTAMP WITH TIME ZONE",
        DataType::Duration(_)
        | DataType::Interval(
            IntervalUnit::YearMonth | IntervalUnit::DayTime | IntervalUnit::MonthDayNano,
        ) => "INTERVAL",
        DataType::Decimal32(precision, scale)
        | DataType::Decimal64(precision, scale)
        | DataType::Decimal128(precision, scale)
        | DataType::Decimal256(precision, scale) => {
            return format!("DECIMAL({precision}, {scale})");
        }
        DataType::List(item)
        | DataType::ListView(item)
        | DataType::LargeList(item)
        | DataType::LargeListView(item)
        | DataType::FixedSizeList(item, _) => {
            return format!("{}[]", sql_type(item.data_type()));
        }
        DataType::Struct(fields) => {
            let fields = fields
                .iter()
                .map(|field| format!("{} {}", field.name(), sql_type(field.data_type())));
            return format!("STRUCT({})", fields.collect::<Vec<_>>().join(", "));
        }
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(pair) => {
                let types = pair.iter().map(|field| sql_type(field.data_type()));
                return format!("MAP({})", types.collect::<Vec<_>>().join(", "));
            }
            other => return format!("MAP({})", sql_type(other)),
        },
        DataType::Union(fields, _) => {
            let types = fields.iter().map(|(_, field)| sql_type(field.data_type()));
            return format!("UNION({})", types.collect::<Vec<_>>().join(", "));
        }
        // How values are stored is not their type.
        DataType::Dictionary(_, value) => return sql_type(value),
        DataType::RunEndEncoded(_, values) => return sql_type(values.data_type()),
    };
    name.to_owned()
}

/// The name in SQL of a type that a message of Arrow names, such as `Utf8View`; the name itself if it is
/// none.
pub(crate) fn sql_type_of_name(name: &str) -> String {
    name.parse::<DataType>()
        .map_or_else(|_| name.to_owned(), |data_type| sql_type(&data_type))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_have_the_names_of_sql() {
        for (arrow, sql) in [
            ("Utf8View", "VARCHAR"),
            ("Date32", "DATE"),
            ("Timestamp(µs)", "TIMESTAMP"),
            ("Timestamp(µs, \"UTC\")", "TIMESTAMP WITH TIME ZONE"),
            ("Decimal128(38, 2)", "DECIMAL(38, 2)"),
            ("Dictionary(Int32, Utf8)", "VARCHAR"),
            ("List(Int64)", "BIGINT[]"),
            ("no type", "no type"),
        ] {
            assert_eq!(sql_type_of_name(arrow), sql, "{arrow}");
        }
    }
}
