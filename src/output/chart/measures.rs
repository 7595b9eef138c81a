//! Numbers of a result that can be drawn, with their confidence intervals.

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Float64Array, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Float64Type};
use datafusion::arrow::error::ArrowError;
use exports::text::visible;

use super::super::value::is_numeric;

/// Suffixes of columns with the lower and the upper end of an interval.
const INTERVALS: [(&str, &str); 3] = [("low", "high"), ("lower", "upper"), ("lo", "hi")];

/// Suffixes of columns with half an interval's width.
const MARGINS: [&str; 4] = ["margin", "margin_of_error", "moe", "error_margin"];

/// Fields of statistics structs that are not on the scale of the score.
const NOT_DRAWN: [&str; 3] = ["z", "p_value", "std_error"];

/// A column of numbers. NaN and the infinities are `None`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Measure {
    pub(super) name: String,
    pub(super) values: Vec<Option<f64>>,
    /// The lower and upper end of the confidence interval per row; empty without one.
    pub(super) intervals: Vec<Option<(f64, f64)>>,
    /// Name of the interval, such as `ci_low to ci_high`.
    pub(super) interval_name: String,
}

impl Measure {
    pub(super) fn interval(&self, row: usize) -> Option<(f64, f64)> {
        self.intervals.get(row).copied().flatten()
    }
}

/// Returns the measures of a result in column order, except the columns in `without`.
pub(super) fn measures(rows: &RecordBatch, without: &[usize]) -> Result<Vec<Measure>, ArrowError> {
    let mut measures = Vec::new();
    for (index, field) in rows.schema().fields().iter().enumerate() {
        if !without.contains(&index) {
            collect(field.name(), rows.column(index), &mut measures)?;
        }
    }
    let mut measures = with_intervals(measures);
    // A score next to the statistics that contain it is drawn once.
    let all = measures.clone();
    measures.retain(|measure| {
        let is_duplicate = |other: &Measure| {
            other.name == measure.name
                && other.values == measure.values
                && !other.intervals.is_empty()
        };
        !measure.intervals.is_empty() || !all.iter().any(is_duplicate)
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
    let field_values = |wanted: &str| -> Result<Option<Vec<Option<f64>>>, ArrowError> {
        let column = structs.column_by_name(wanted);
        let column = column.filter(|column| is_numeric(column.data_type()));
        let values = column.map(|column| numbers(column, Some(array)));
        values.transpose()
    };
    // The result of nps_stats: one score, its interval and counts.
    let stats = (
        field_values("nps")?,
        field_values("ci_low")?,
        field_values("ci_high")?,
    );
    if let (Some(nps), Some(low), Some(high)) = stats {
        let mut nps = measure("nps".to_owned(), nps);
        nps.intervals = pairs(&low, &high);
        nps.interval_name = "ci_low to ci_high".to_owned();
        into.push(nps);
        return Ok(());
    }
    for field in fields {
        let name = field.name();
        if !NOT_DRAWN.contains(&name.as_str())
            && let Some(values) = field_values(name)?
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

/// Returns `nps` for `nps_stats(responses.score)[nps]`, the name of a field without an alias.
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
        let is_valid = within.is_none_or(|within| within.is_valid(row));
        value.filter(|value| is_valid && value.is_finite())
    });
    Ok(values.collect())
}

fn pairs(low: &[Option<f64>], high: &[Option<f64>]) -> Vec<Option<(f64, f64)>> {
    std::iter::zip(low, high)
        .map(|(low, high)| Some(((*low)?, (*high)?)))
        .collect()
}

/// Moves interval columns into the measures they belong to.
fn with_intervals(mut measures: Vec<Measure>) -> Vec<Measure> {
    while let Some((low, high)) = interval_columns(&measures) {
        let intervals = pairs(&measures[low].values, &measures[high].values);
        let prefix = prefix_of(&measures[low].name, &INTERVALS.map(|(low, _)| low));
        let Some(owner) = owner(&measures, &[low, high], prefix, &intervals) else {
            break;
        };
        measures[owner].interval_name =
            format!("{} to {}", measures[low].name, measures[high].name);
        measures[owner].intervals = intervals;
        measures.remove(low.max(high));
        measures.remove(low.min(high));
    }
    let margin = measures
        .iter()
        .position(|measure| prefix_of(&measure.name, &MARGINS).is_some());
    if let Some(margin) = margin {
        let prefix = prefix_of(&measures[margin].name, &MARGINS);
        let candidates = named(&measures, prefix).or_else(|| named(&measures, Some("nps")));
        let owner = candidates.or(margin.checked_sub(1));
        if let Some(owner) = owner.filter(|&i| i != margin && measures[i].intervals.is_empty()) {
            let around = std::iter::zip(&measures[owner].values, &measures[margin].values);
            measures[owner].intervals = around
                .map(|(value, margin)| Some(((*value)? - (*margin)?, (*value)? + (*margin)?)))
                .collect();
            measures[owner].interval_name = format!("± {}", measures[margin].name);
            measures.remove(margin);
        }
    }
    measures
}

/// Finds two measures whose names differ only in the suffix for the lower and the upper end.
fn interval_columns(measures: &[Measure]) -> Option<(usize, usize)> {
    INTERVALS.into_iter().find_map(|(low_end, high_end)| {
        measures.iter().enumerate().find_map(|(low, measure)| {
            let prefix = prefix_of(&measure.name, &[low_end])?;
            let high = measures
                .iter()
                .position(|measure| prefix_of(&measure.name, &[high_end]) == Some(prefix))?;
            Some((low, high))
        })
    })
}

/// Returns the part of a name before one of `ends` and an underscore, empty if there is none.
fn prefix_of<'a>(name: &'a str, ends: &[&str]) -> Option<&'a str> {
    ends.iter().find_map(|end| {
        let prefix = name.strip_suffix(end)?;
        if prefix.is_empty() {
            Some(prefix)
        } else {
            prefix.strip_suffix('_')
        }
    })
}

fn named(measures: &[Measure], name: Option<&str>) -> Option<usize> {
    let name = name?;
    measures.iter().position(|measure| measure.name == name)
}

/// Finds the measure of an interval: by name, else the first that is always inside it.
fn owner(
    measures: &[Measure],
    ends: &[usize],
    prefix: Option<&str>,
    intervals: &[Option<(f64, f64)>],
) -> Option<usize> {
    named(measures, prefix).or_else(|| {
        measures.iter().enumerate().position(|(index, measure)| {
            let mut rows = std::iter::zip(&measure.values, intervals);
            !ends.contains(&index)
                && measure.intervals.is_empty()
                && rows.all(|row| match row {
                    (Some(value), Some((low, high))) => low <= value && value <= high,
                    _ => true,
                })
        })
    })
}
