//! `bar`: a number as a bar, for tables in a terminal.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, StringBuilder};
use datafusion::arrow::datatypes::{DataType, Float64Type};
use datafusion::common::{Result, exec_err, internal_err, plan_err};
use datafusion::logical_expr::ScalarUDF;
use datafusion_macros::user_doc;

use crate::Doc;
use crate::arguments::coerce_number_type;
use crate::scalar::{ScalarFunction, scalar_udf};

const WIDTH_MAX: f64 = 1000.0;

/// Blocks of one to seven eighths.
const EIGHTHS: [char; 7] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉'];
const FULL: char = '█';

#[user_doc(
    doc_section(label = "Text Functions"),
    description = "Returns a bar of block characters, like ClickHouse's bar: empty if x is at or below min, width characters long if x is at or above max, and proportional in between, in eighths of a character. NULL if any argument is NULL or x is NaN.",
    syntax_example = "bar(x, min, max, width)",
    sql_example = r#"```sql
> SELECT nps, bar(nps, -100, 100, 20) AS bar FROM (VALUES (-30), (42), (71)) AS t(nps);
+-----+-------------------+
| nps | bar               |
+-----+-------------------+
| -30 | ███████           |
| 42  | ██████████████▏   |
| 71  | █████████████████ |
+-----+-------------------+
```"#,
    argument(name = "x", description = "The number to draw, of any type."),
    argument(name = "min", description = "The number of an empty bar."),
    argument(
        name = "max",
        description = "The number of a full bar, greater than min."
    ),
    argument(
        name = "width",
        description = "The length of a full bar in characters, from 1 to 1000."
    )
)]
#[derive(Debug, Default, PartialEq, Eq, Hash)]
struct Bar;

/// `bar(x, min, max, width)`: a bar of block characters, as Utf8.
pub fn bar_udf() -> Arc<ScalarUDF> {
    scalar_udf::<Bar>()
}

impl ScalarFunction for Bar {
    const NAME: &'static str = "bar";
    const DOC: Doc<Self> = Self::doc;
    const ARGUMENTS: &'static [&'static str] = &["x", "min", "max", "width"];

    fn coerce_type(data_type: &DataType) -> DataType {
        coerce_number_type(data_type)
    }

    fn return_type(arg_types: &[DataType]) -> Result<DataType> {
        if arg_types.len() != Self::ARGUMENTS.len() {
            return plan_err!(
                "bar takes four numbers, not {} arguments: bar(x, min, max, width)",
                arg_types.len()
            );
        }
        for (argument, data_type) in Self::ARGUMENTS.iter().zip(arg_types) {
            if *data_type != DataType::Float64 {
                return plan_err!(
                    "bar(x, min, max, width) needs a number as {argument}, not {data_type}"
                );
            }
        }
        Ok(DataType::Utf8)
    }

    fn invoke(columns: &[ArrayRef]) -> Result<ArrayRef> {
        let [x, min, max, width] = columns else {
            return internal_err!("bar expects four columns, not {}", columns.len());
        };
        let [x, min, max, width] = [x, min, max, width].map(|c| c.as_primitive::<Float64Type>());
        let mut bars = StringBuilder::new();
        let mut bar = String::new();
        for (((x, min), max), width) in x.iter().zip(min).zip(max).zip(width) {
            let (Some(x), Some(min), Some(max), Some(width)) = (x, min, max, width) else {
                bars.append_null();
                continue;
            };
            let width = check_width(width)?;
            check_range(min, max)?;
            if x.is_nan() {
                bars.append_null();
                continue;
            }
            bar.clear();
            write_bar(share(x, min, max), width, &mut bar);
            bars.append_value(&bar);
        }
        Ok(Arc::new(bars.finish()))
    }
}

fn check_width(width: f64) -> Result<u32> {
    if (1.0..=WIDTH_MAX).contains(&width) && width.fract() == 0.0 {
        return Ok(width as u32);
    }
    exec_err!(
        "bar(x, min, max, width) needs a whole number from 1 to {WIDTH_MAX} as width, not {width}"
    )
}

fn check_range(min: f64, max: f64) -> Result<()> {
    if min.is_finite() && max.is_finite() && min < max {
        return Ok(());
    }
    exec_err!("bar(x, min, max, width) needs a max greater than min, not {max} with a min of {min}")
}

/// Returns the position of x between `min` and `max`, from 0 to 1.
fn share(x: f64, min: f64, max: f64) -> f64 {
    // Halved so that no difference overflows.
    let share = (x / 2.0 - min / 2.0) / (max / 2.0 - min / 2.0);
    share.clamp(0.0, 1.0)
}

fn write_bar(share: f64, width: u32, bar: &mut String) {
    // A little more than the product, which rounding may leave just below a whole number.
    let eighths = (share * f64::from(8 * width) + 1e-9) as usize;
    bar.extend(std::iter::repeat_n(FULL, eighths / 8));
    if let Some(partial) = (eighths % 8).checked_sub(1) {
        bar.push(EIGHTHS[partial]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(x: f64, min: f64, max: f64, width: u32) -> String {
        let mut bar = String::new();
        write_bar(share(x, min, max), width, &mut bar);
        bar
    }

    /// The example in ClickHouse's documentation, `bar(c, 0, 600000, 20)`, except for the 6/8 that
    /// it shows as 5/8.
    #[test]
    fn bars_match_clickhouse() {
        for (count, drawn) in [
            (292_907.0, "█████████▊"),
            (180_563.0, "██████"),
            (68_543.0, "██▎"),
            (78_116.0, "██▌"),
            (391_053.0, "█████████████"),
            (457_681.0, "███████████████▎"),
        ] {
            assert_eq!(bar(count, 0.0, 600_000.0, 20), drawn);
        }
    }

    #[test]
    fn every_eighth_has_a_block() {
        let bars: Vec<_> = (0..=9).map(|x| bar(f64::from(x), 0.0, 16.0, 2)).collect();
        assert_eq!(bars, ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█", "█▏"]);
        assert_eq!(bar(0.29, 0.0, 1.0, 100).chars().count(), 29);
    }

    #[test]
    fn values_outside_the_range_are_clamped() {
        assert_eq!(bar(-5.0, 0.0, 1.0, 3), "");
        assert_eq!(bar(7.0, 0.0, 1.0, 3), "███");
        assert_eq!(bar(f64::INFINITY, 0.0, 1.0, 3), "███");
        assert_eq!(bar(f64::NEG_INFINITY, 0.0, 1.0, 3), "");
        assert_eq!(bar(0.0, f64::MIN, f64::MAX, 4), "██");
        assert_eq!(bar(0.0, -100.0, 100.0, 1), "▌");
    }
}
