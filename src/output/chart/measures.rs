//! The numbers of a result that can be drawn, each with its confidence interval where columns beside
//! it say so.

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Float64Array, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Float64Type};
use datafusion::arrow::error::ArrowError;

use super::super::text::visible;
use super::super::value::is_numeric;

/// Ends of a name that say the lower and the upper end of an interval.
const INTERVALS: [(&str, &str); 3] = [("low", "high"), ("lower", "upper"), ("lo", "hi")];

/// Ends of a name that say half an interval's width.
const MARGINS: [&str; 4] = ["margin", "margin_of_error", "moe", "error_margin"];

/// Fields of the statistics' structs that are not on the scale of what they are about.
const NOT_DRAWN: [&str; 3] = ["z", "p_value", "std_error"];

/// A column of numbers, a value a row. NaN and the infinities are no values.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Measure {
    pub(super) name: String,
    pub(super) values: Vec<Option<f64>>,
    /// The lower and upper end of the confidence interval, a row each; empty without one.
    pub(super) intervals: Vec<Option<(f64, f64)>>,
    /// How the interval is called, such as `ci_low to ci_high`.
    pub(super) interval_name: String,
}

impl Measure {
    /// The interval of a row.
    pub(super) fn interval(&self, row: usize) -> Option<(f64, f64)> {
        self.intervals.get(row).copied().flatten()
    }
}

/// The measures of a result in the order of its columns. Columns in `without` are left out.
pub(super) fn measures(rows: &RecordBatch, without: &[usize]) -> Result<Vec<Measure>, ArrowError> {
    let mut measures = Vec::new();
    for (index, field) in rows.schema().fields().iter().enumerate() {
        if !without.contains(&index) {
            collect(field.name(), rows.column(index), &mut measures)?;
        }
    }
    let mut measures = with_intervals(measures);
    // The score and the statistics that it is in, side by side, are one.
    let all = measures.clone();
    measures.retain(|measure| {
        let is_again = |other: &Measure| {
            other.name == measure.name
                && other.values == measure.values
                && !other.intervals.is_empty()
        };
        !measure.intervals.is_empty() || !all.iter().any(is_again)
    });
    Ok(measures)
}

fn collect(name: &str, array: &ArrayRef, into: &mut Vec<Measure>) -> Result<(), ArrowError> {
    if is_numeric(array.data_type()) {
        into.push(measure(short_name(name), numbers(array, None)?));
        return Ok(());
    }
    let DataType::Struct(fields) = array.data_type() else {
        return Ok(());
    };
    let structs = array.as_struct();
    let of = |wanted: &str| -> Result<Option<Vec<Option<f64>>>, ArrowError> {
        let column = structs.column_by_name(wanted);
        let column = column.filter(|column| is_numeric(column.data_type()));
        column
            .map(|column| numbers(column, Some(array)))
            .transpose()
    };
    // What nps_stats gives: one score, its interval, and the counts that it was made of.
    if let (Some(nps), Some(low), Some(high)) = (of("nps")?, of("ci_low")?, of("ci_high")?) {
        let mut nps = measure("nps".to_owned(), nps);
        nps.intervals = pairs(&low, &high);
        nps.interval_name = "ci_low to ci_high".to_owned();
        into.push(nps);
        return Ok(());
    }
    for field in fields {
        let name = field.name();
        if !NOT_DRAWN.contains(&name.as_str())
            && let Some(values) = of(name)?
        {
            into.push(measure(name.clone(), values));
        }
    }
    Ok(())
}

fn measure(name: String, values: Vec<Option<f64>>) -> Measure {
    Measure {
        // A file's header can be anything.
        name: visible(&name).into_owned(),
        values,
        intervals: Vec::new(),
        interval_name: String::new(),
    }
}

/// `nps` of `nps_stats(responses.score)[nps]`, which is how a field without an alias is called.
fn short_name(name: &str) -> String {
    let field = name
        .strip_suffix(']')
        .and_then(|rest| rest.rsplit_once('['))
        .map(|(_, field)| field.trim_matches(['\'', '"']));
    field.unwrap_or(name).to_owned()
}

fn numbers(array: &ArrayRef, within: Option<&ArrayRef>) -> Result<Vec<Option<f64>>, ArrowError> {
    let array = cast(array, &DataType::Float64)?;
    let array: &Float64Array = array.as_primitive::<Float64Type>();
    let values = array.iter().enumerate().map(|(row, value)| {
        let is_there = within.is_none_or(|within| within.is_valid(row));
        value.filter(|value| is_there && value.is_finite())
    });
    Ok(values.collect())
}

fn pairs(low: &[Option<f64>], high: &[Option<f64>]) -> Vec<Option<(f64, f64)>> {
    std::iter::zip(low, high)
        .map(|(low, high)| Some(((*low)?, (*high)?)))
        .collect()
}

/// Takes out the measures that are intervals of another, and gives them to it.
fn with_intervals(mut measures: Vec<Measure>) -> Vec<Measure> {
    while let Some((low, high)) = interval_columns(&measures) {
        let intervals = pairs(&measures[low].values, &measures[high].values);
        let prefix = prefix_of(&measures[low].name, &INTERVALS.map(|(low, _)| low));
        let of = owner(&measures, &[low, high], prefix, &intervals);
        let name = format!("{} to {}", measures[low].name, measures[high].name);
        let Some(of) = of else {
            break;
        };
        measures[of].intervals = intervals;
        measures[of].interval_name = name;
        measures.remove(low.max(high));
        measures.remove(low.min(high));
    }
    let margin = measures
        .iter()
        .position(|measure| prefix_of(&measure.name, &MARGINS).is_some());
    if let Some(margin) = margin {
        let prefix = prefix_of(&measures[margin].name, &MARGINS);
        let candidates = named(&measures, prefix).or_else(|| named(&measures, Some("nps")));
        let of = candidates.or(margin.checked_sub(1));
        if let Some(of) = of.filter(|&of| of != margin && measures[of].intervals.is_empty()) {
            let around = std::iter::zip(&measures[of].values, &measures[margin].values);
            measures[of].intervals = around
                .map(|(value, margin)| Some(((*value)? - (*margin)?, (*value)? + (*margin)?)))
                .collect();
            measures[of].interval_name = format!("± {}", measures[margin].name);
            measures.remove(margin);
        }
    }
    measures
}

/// Two measures whose names differ in nothing but the end of the interval that they are.
fn interval_columns(measures: &[Measure]) -> Option<(usize, usize)> {
    for (low_end, high_end) in INTERVALS {
        for (low, measure) in measures.iter().enumerate() {
            let Some(prefix) = prefix_of(&measure.name, &[low_end]) else {
                continue;
            };
            let high = measures
                .iter()
                .position(|measure| prefix_of(&measure.name, &[high_end]) == Some(prefix));
            if let Some(high) = high {
                return Some((low, high));
            }
        }
    }
    None
}

/// What stands before one of `ends` and an underscore; the empty text where nothing does.
fn prefix_of<'a>(name: &'a str, ends: &[&str]) -> Option<&'a str> {
    ends.iter().find_map(|end| {
        let prefix = name.strip_suffix(end)?;
        match prefix {
            "" => Some(prefix),
            _ => prefix.strip_suffix('_'),
        }
    })
}

fn named(measures: &[Measure], name: Option<&str>) -> Option<usize> {
    let name = name?;
    measures.iter().position(|measure| measure.name == name)
}

/// The measure that an interval is of: the one of its name, else the first that never leaves it.
fn owner(
    measures: &[Measure],
    ends: &[usize],
    prefix: Option<&str>,
    intervals: &[Option<(f64, f64)>],
) -> Option<usize> {
    named(measures, prefix).or_else(|| {
        measures.iter().enumerate().position(|(index, measure)| {
            let within =
                |(value, interval): (&Option<f64>, &Option<(f64, f64)>)| match (value, interval) {
                    (Some(value), Some((low, high))) => low <= value && value <= high,
                    _ => true,
                };
            !ends.contains(&index)
                && measure.intervals.is_empty()
                && std::iter::zip(&measure.values, intervals).all(within)
        })
    })
}
