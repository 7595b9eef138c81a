//! The counting of responses at every grain of the rollup.
//!
//! Each response goes into a count of every grain, so what tells counts apart is packed into two
//! whole numbers first: `own` (grain, file, month, day of the month, score) and `values` (metric
//! and dimensions, each as its place among the column's values). Counting these takes a sixth of
//! the time of counting by ten columns, half of them texts.

use std::sync::Arc;

use chrono::{DateTime, Datelike, NaiveDate};
use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, DictionaryArray, Int32Array, Int64Array, PrimitiveArray, StringArray,
};
use datafusion::arrow::datatypes::{
    ArrowPrimitiveType, DataType, Date32Type, Int8Type, Int64Type, TimestampMicrosecondType,
    UInt32Type,
};
use datafusion::common::HashMap;
use datafusion::error::DataFusionError;
use datafusion::functions_aggregate::expr_fn::{count, sum};
use datafusion::functions_nested::expr_fn::make_array;
use datafusion::logical_expr::{ColumnarValue, ScalarUDF, Volatility, cast};
use datafusion::prelude::{DataFrame, SessionContext, create_udf, ident, lit};
use datafusion::scalar::ScalarValue;

use super::grain::Grain;
use super::rollup::{COUNT, DAY, FILE, FILES, GRAIN};
use super::scan::{DataFile, DeltaScan};
use super::schema::timestamp;
use crate::error::{Error, Result};

/// A run of bits in a number.
#[derive(Clone, Copy, Debug)]
struct Bits {
    start: u32,
    width: u32,
}

impl Bits {
    fn max(self) -> i64 {
        (1 << self.width) - 1
    }

    fn mask(self) -> i64 {
        self.max() << self.start
    }

    fn of(self, packed: i64) -> i64 {
        (packed >> self.start) & self.max()
    }

    /// The value in its place, nothing where it is too large for it.
    fn place(self, value: i64) -> Option<i64> {
        (0..=self.max())
            .contains(&value)
            .then(|| value << self.start)
    }
}

/// 0 for no score, else how far it is from [`SCORE_BEFORE_ALL`].
const SCORE: Bits = Bits { start: 0, width: 9 };
/// From 0.
const DAY_OF_MONTH: Bits = Bits { start: 9, width: 5 };
/// 0 for no date, else months since [`FIRST_YEAR`] and 1.
const MONTH: Bits = Bits {
    start: 14,
    width: 24,
};
const FILE_PLACE: Bits = Bits {
    start: 38,
    width: 20,
};
const GRAIN_PLACE: Bits = Bits {
    start: 58,
    width: 5,
};

/// Other programs may have written any that fits the column.
const SCORE_BEFORE_ALL: i64 = i8::MIN as i64 - 1;

/// Before all years that moments can be of.
const FIRST_YEAR: i64 = -300_000;

/// The values of a column, and where their places stand in a packed number. 0 is NULL.
#[derive(Debug)]
struct Values {
    name: String,
    texts: ArrayRef,
    bits: Bits,
}

// Names of kept columns do not begin so.
const PLACE: &str = "__voxql_file";
const OWN: &str = "__voxql_own";
const VALUES: &str = "__voxql_values";
const SET: &str = "__voxql_grain";
// Other names than those of the keys before: by these DataFusion would take the counts for keys too.
const OWN_OF_GRAIN: &str = "__voxql_own_of_grain";
const VALUES_OF_GRAIN: &str = "__voxql_values_of_grain";

/// The responses of some files, counted at every grain, with the list of the files.
pub(super) async fn counts(
    context: &SessionContext,
    files: DeltaScan,
    dimensions: &[String],
) -> Result<DataFrame> {
    let grains = Grain::all(dimensions);
    let columns = values_of(context, &files, dimensions).await?;
    let value_bits = columns.iter().map(|column| column.bits.width).sum();
    check_fits(dimensions, &grains, value_bits)?;
    let names: StringArray = grains
        .iter()
        .map(|grain| Some(grain.name(dimensions)))
        .collect();
    let texts = |of: &dyn Fn(&DataFile) -> Option<String>| -> ArrayRef {
        Arc::new(files.files().iter().map(of).collect::<StringArray>())
    };
    let partition = |file: &DataFile, name: &str| {
        let value = files.partition_value(file, name);
        value.map(ToOwned::to_owned)
    };
    let of_file = [
        (FILE, texts(&|file| Some(file.path.clone()))),
        ("survey", texts(&|file| partition(file, "survey"))),
        ("month", texts(&|file| partition(file, "month"))),
    ];

    let responses = context.read_table(Arc::new(files.with_file_column(PLACE)))?;
    let listed = responses
        .clone()
        .aggregate(vec![ident(PLACE)], vec![count(lit(1)).alias(COUNT)])?;
    let of_row = ["metric"].into_iter();
    let of_row = of_row.chain(dimensions.iter().map(String::as_str));
    let fine = responses
        .select(vec![
            pack_own()
                .call(vec![ident(PLACE), ident("responded_at"), ident("score")])
                .alias(OWN),
            pack_values(&columns)
                .call(of_row.map(ident).collect())
                .alias(VALUES),
        ])?
        .aggregate(
            vec![ident(OWN), ident(VALUES)],
            vec![count(lit(1)).alias(COUNT)],
        )?;
    let places = (0..grains.len() as i64).map(lit).collect();
    let counted = fine
        .with_column(SET, make_array(places))?
        .unnest_columns(&[SET])?;
    let [own, values] = masked(&grains, &columns);
    let counted = counted.aggregate(
        vec![
            own.call(vec![ident(OWN), ident(SET)]).alias(OWN_OF_GRAIN),
            values
                .call(vec![ident(VALUES), ident(SET)])
                .alias(VALUES_OF_GRAIN),
        ],
        vec![sum(ident(COUNT)).alias(COUNT)],
    )?;

    let mut unpacked = vec![
        look_up(GRAIN, Arc::new(names), GRAIN_PLACE, 0)
            .call(vec![ident(OWN_OF_GRAIN)])
            .alias(GRAIN),
        unpacked::<Date32Type>("day_of", day_of)
            .call(vec![ident(OWN_OF_GRAIN)])
            .alias(DAY),
        unpacked::<Int8Type>("score_of", score_of)
            .call(vec![ident(OWN_OF_GRAIN)])
            .alias("score"),
        ident(COUNT),
    ];
    let mut of_list = vec![
        cast(lit(FILES), dictionary()).alias(GRAIN),
        lit(ScalarValue::Date32(None)).alias(DAY),
        lit(ScalarValue::Int8(None)).alias("score"),
        ident(COUNT),
    ];
    for (name, texts) in of_file {
        let by_place = Bits {
            start: 0,
            width: 32,
        };
        let of_own = look_up(name, Arc::clone(&texts), FILE_PLACE, 0);
        let of_place = look_up(name, texts, by_place, 0);
        unpacked.push(of_own.call(vec![ident(OWN_OF_GRAIN)]).alias(name));
        of_list.push(of_place.call(vec![ident(PLACE)]).alias(name));
    }
    for column in columns {
        let nothing = cast(lit(ScalarValue::Utf8(None)), dictionary());
        let text = look_up(&column.name, column.texts, column.bits, 1);
        unpacked.push(text.call(vec![ident(VALUES_OF_GRAIN)]).alias(&column.name));
        of_list.push(nothing.alias(column.name));
    }
    Ok(counted.select(unpacked)?.union(listed.select(of_list)?)?)
}

/// The values of the metric and of the dimensions.
async fn values_of(
    context: &SessionContext,
    files: &DeltaScan,
    dimensions: &[String],
) -> Result<Vec<Values>> {
    let mut columns = Vec::with_capacity(dimensions.len() + 1);
    let mut start = 0;
    for name in ["metric"]
        .into_iter()
        .chain(dimensions.iter().map(String::as_str))
    {
        let batches = context
            .read_table(Arc::new(files.clone()))?
            .select(vec![cast(ident(name), DataType::Utf8)])?
            .distinct()?
            .collect()
            .await?;
        let texts = batches
            .iter()
            .flat_map(|batch| batch.column(0).as_string::<i32>());
        let texts: StringArray = texts.flatten().map(Some).collect();
        let width = usize::BITS - texts.len().leading_zeros();
        columns.push(Values {
            name: name.to_owned(),
            texts: Arc::new(texts),
            bits: Bits { start, width },
        });
        start += width;
    }
    Ok(columns)
}

/// Whether what tells counts apart fits into two numbers.
fn check_fits(dimensions: &[String], grains: &[Grain], value_bits: u32) -> Result<()> {
    // The sign is left alone.
    if grains.len() as i64 <= GRAIN_PLACE.max() + 1 && value_bits < i64::BITS {
        return Ok(());
    }
    Err(Error::invalid(format!(
        "{} are too many columns, or have too many values together, to count responses by",
        dimensions.join(", ")
    ))
    .with_hint("name fewer of them in lake.toml: [rollup] dimensions = [\"…\"]"))
}

/// A function of DataFusion that only this counting calls.
fn function(
    name: &str,
    arguments: Vec<DataType>,
    result: DataType,
    of_arrays: impl Fn(&[ArrayRef]) -> Result<ArrayRef, DataFusionError> + Send + Sync + 'static,
) -> ScalarUDF {
    let of_values = move |values: &[ColumnarValue]| {
        let arrays = ColumnarValue::values_to_arrays(values)?;
        Ok(ColumnarValue::Array(of_arrays(&arrays)?))
    };
    let name = format!("voxql_{name}");
    create_udf(
        &name,
        arguments,
        result,
        Volatility::Immutable,
        Arc::new(of_values),
    )
}

fn does_not_fit(what: &str) -> DataFusionError {
    DataFusionError::Execution(format!("{what} that does not fit into a count"))
}

/// File, date and score of each row.
fn pack_own() -> ScalarUDF {
    let arguments = vec![DataType::UInt32, timestamp(), DataType::Int8];
    function("pack_own", arguments, DataType::Int64, |arrays| {
        let files = arrays[0].as_primitive::<UInt32Type>();
        let moments = arrays[1].as_primitive::<TimestampMicrosecondType>();
        let scores = arrays[2].as_primitive::<Int8Type>();
        let packed = (0..files.len()).map(|row| {
            let file = FILE_PLACE.place(i64::from(files.value(row)));
            let mut packed = file.ok_or_else(|| does_not_fit("a number of files"))?;
            if scores.is_valid(row) {
                // Always fits: the width is that of the type and one more.
                packed |= (i64::from(scores.value(row)) - SCORE_BEFORE_ALL) << SCORE.start;
            }
            if moments.is_valid(row) {
                let date = DateTime::from_timestamp_micros(moments.value(row));
                let date = date.ok_or_else(|| does_not_fit("a date"))?.date_naive();
                let month = (i64::from(date.year()) - FIRST_YEAR) * 12 + i64::from(date.month0());
                let month = MONTH
                    .place(month + 1)
                    .ok_or_else(|| does_not_fit("a date"))?;
                packed |= month | i64::from(date.day0()) << DAY_OF_MONTH.start;
            }
            Ok(packed)
        });
        let packed = packed.collect::<Result<Vec<_>, DataFusionError>>()?;
        Ok(Arc::new(Int64Array::from(packed)))
    })
}

/// The place of each value among those of its column.
fn pack_values(columns: &[Values]) -> ScalarUDF {
    let places: Vec<(HashMap<String, i64>, Bits)> = columns
        .iter()
        .map(|column| {
            let texts = column.texts.as_string::<i32>().iter().flatten();
            let places = texts.map(ToOwned::to_owned).zip(1..).collect();
            (places, column.bits)
        })
        .collect();
    let arguments = vec![DataType::Utf8View; columns.len()];
    function("pack_values", arguments, DataType::Int64, move |arrays| {
        let mut packed = vec![0; arrays[0].len()];
        for (array, (places, bits)) in arrays.iter().zip(&places) {
            let texts = array.as_string_view();
            for (packed, text) in packed.iter_mut().zip(texts) {
                let Some(text) = text else { continue };
                let place = places
                    .get(text)
                    .ok_or_else(|| does_not_fit("a new value"))?;
                *packed |= place << bits.start;
            }
        }
        Ok(Arc::new(Int64Array::from(packed)))
    })
}

/// What a grain keeps of the packed numbers, with its place.
fn masked(grains: &[Grain], columns: &[Values]) -> [ScalarUDF; 2] {
    let of_own = grains.iter().zip(0_i64..).map(|(grain, place)| {
        let left_out = match grain.of_months {
            true => DAY_OF_MONTH.mask(),
            false => 0,
        };
        (!left_out, place << GRAIN_PLACE.start)
    });
    let of_values = grains.iter().map(|grain| {
        let kept = columns.iter().filter(|column| {
            // The metric is no dimension, and kept by all.
            column.name == "metric" || grain.dimensions.contains(&column.name)
        });
        (kept.map(|column| column.bits.mask()).sum(), 0)
    });
    let masked = |name, masks: Vec<(i64, i64)>| {
        let arguments = vec![DataType::Int64, DataType::Int64];
        function(name, arguments, DataType::Int64, move |arrays| {
            let packed = arrays[0].as_primitive::<Int64Type>().values();
            let grains = arrays[1].as_primitive::<Int64Type>().values();
            let masked = packed.iter().zip(grains).map(|(packed, &grain)| {
                let (mask, place) = masks[grain as usize];
                packed & mask | place
            });
            Ok(Arc::new(masked.collect::<Int64Array>()))
        })
    };
    [
        masked("own_of_grain", of_own.collect()),
        masked("values_of_grain", of_values.collect()),
    ]
}

/// The text at the place that some bits are, counted from `first`; NULL before it. As a dictionary,
/// since these rows are sorted and paths are long.
fn look_up(name: &str, texts: ArrayRef, bits: Bits, first: i64) -> ScalarUDF {
    let result = dictionary();
    function(
        &format!("{name}_at"),
        vec![DataType::Int64],
        result,
        move |arrays| {
            let packed = arrays[0].as_primitive::<Int64Type>().values().iter();
            let places: Int32Array = packed
                .map(|&packed| {
                    let place = i32::try_from(bits.of(packed) - first).ok();
                    place.filter(|place| *place >= 0)
                })
                .collect();
            Ok(Arc::new(DictionaryArray::try_new(
                places,
                Arc::clone(&texts),
            )?))
        },
    )
}

fn dictionary() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
}

/// What a packed number says of each row.
fn unpacked<T: ArrowPrimitiveType>(name: &str, of: fn(i64) -> Option<T::Native>) -> ScalarUDF {
    let arguments = vec![DataType::Int64];
    function(name, arguments, T::DATA_TYPE, move |arrays| {
        let packed = arrays[0].as_primitive::<Int64Type>().values().iter();
        let values = packed.map(|&packed| of(packed));
        Ok(Arc::new(values.collect::<PrimitiveArray<T>>()))
    })
}

/// Days since 1970.
fn day_of(own: i64) -> Option<i32> {
    let month = MONTH.of(own) - 1;
    if month < 0 {
        return None;
    }
    let year = i32::try_from(month / 12 + FIRST_YEAR).ok()?;
    let day = DAY_OF_MONTH.of(own) as u32 + 1;
    let date = NaiveDate::from_ymd_opt(year, (month % 12) as u32 + 1, day)?;
    Some(Date32Type::from_naive_date(date))
}

fn score_of(own: i64) -> Option<i8> {
    let score = SCORE.of(own);
    (score > 0).then(|| (score + SCORE_BEFORE_ALL) as i8)
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::datatypes::Field;
    use datafusion::common::config::ConfigOptions;
    use datafusion::logical_expr::ScalarFunctionArgs;

    use super::*;

    #[test]
    fn what_does_not_fit_is_refused() {
        let names = |count| (0..count).map(|name| name.to_string()).collect::<Vec<_>>();
        for (dimensions, value_bits, fits) in [
            (0, 4, true),
            (14, 63, true),
            (14, 64, false),
            (15, 40, false),
        ] {
            let dimensions = names(dimensions);
            let grains = Grain::all(&dimensions);
            let checked = check_fits(&dimensions, &grains, value_bits);
            assert_eq!(checked.is_ok(), fits, "{dimensions:?}, {value_bits} bits");
        }
    }

    #[test]
    fn days_and_scores_come_back() {
        for (micros, day) in [(0, 0), (-1, -1), (1_767_225_600_000_000, 20_454)] {
            for score in [i8::MIN, -1, 0, 10, i8::MAX] {
                let packed = pack_own()
                    .invoke_with_args(ScalarFunctionArgs {
                        args: vec![
                            ScalarValue::UInt32(Some(77)).into(),
                            ScalarValue::TimestampMicrosecond(Some(micros), Some("UTC".into()))
                                .into(),
                            ScalarValue::Int8(Some(score)).into(),
                        ],
                        arg_fields: Vec::new(),
                        number_rows: 1,
                        return_field: Arc::new(Field::new("own", DataType::Int64, true)),
                        config_options: Arc::new(ConfigOptions::default()),
                    })
                    .and_then(|packed| packed.to_array(1))
                    .expect("it fits");
                let own = packed.as_primitive::<Int64Type>().value(0);
                assert_eq!((day_of(own), score_of(own)), (Some(day), Some(score)));
                assert_eq!((FILE_PLACE.of(own), GRAIN_PLACE.of(own)), (77, 0));
            }
        }
        assert_eq!((day_of(0), score_of(0)), (None, None));
    }
}
