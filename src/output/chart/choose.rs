//! Choice of a chart: the column along the axis, the numbers drawn, and the series.

use std::collections::HashSet;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::error::ArrowError;
use exports::text::visible;

use super::super::error::OutputError;
use super::super::value::{Cells, is_category, is_midnight};
use super::axis::Step;
use super::measures::{Measure, measures};
use super::paint::PALETTE;
use super::times::Times;

/// Maximum number of lines: one per colour and marker.
const SERIES_MAX: usize = PALETTE.len();

/// Maximum ratio between the sizes of measures that share an axis.
const SCALE_RATIO_MAX: f64 = 6.0;

#[derive(Debug)]
pub(super) enum Drawing {
    Lines(Lines),
    Bars(Bars),
}

/// Lines over time, in one panel per scale.
#[derive(Debug)]
pub(super) struct Lines {
    pub(super) panels: Vec<Vec<Series>>,
    /// Precision of the times.
    pub(super) step_min: Step,
    pub(super) notes: Vec<String>,
}

#[derive(Debug)]
pub(super) struct Series {
    pub(super) name: String,
    /// Sorted by time.
    pub(super) points: Vec<Point>,
    pub(super) interval_name: String,
}

#[derive(Debug)]
pub(super) struct Point {
    /// Seconds since 1970.
    pub(super) time: f64,
    /// `None` is a gap.
    pub(super) value: Option<f64>,
    pub(super) interval: Option<(f64, f64)>,
}

/// Bars, one per row and measure.
#[derive(Debug)]
pub(super) struct Bars {
    /// Name of the labels, such as `segment`.
    pub(super) name: String,
    pub(super) labels: Vec<String>,
    pub(super) measures: Vec<Measure>,
}

/// Chooses a chart for the rows. `null` is the label of NULL as a category.
///
/// # Errors
/// Returns an error if there is no number, no column to draw the numbers against, or several rows
/// for one place.
pub(super) fn choose(rows: &RecordBatch, null: &str) -> Result<Drawing, OutputError> {
    let mut texts: Vec<usize> = (0..rows.num_columns())
        .filter(|&index| is_category(rows.column(index).data_type()))
        .collect();
    let times = Times::find(rows)?;
    if let Some(times) = &times {
        texts.retain(|&index| index != times.column);
        let labels = labels(rows, &texts, null)?;
        let measures = measures(rows, &[times.column])?;
        if measures.is_empty() {
            return Err(no_numbers());
        }
        if let Some(lines) = lines(times, &texts, &labels, &measures)? {
            return Ok(Drawing::Lines(lines));
        }
        texts.insert(0, times.column);
    }
    let all = measures(rows, &[])?;
    if all.is_empty() {
        return Err(no_numbers());
    }
    if rows.num_rows() == 0 {
        return Err(OutputError::unfit(
            "the result has no rows to draw",
            "change the query so that it returns rows",
        ));
    }
    if texts.is_empty() {
        if rows.num_rows() == 1 {
            return Ok(Drawing::Bars(one_row(all)));
        }
        if all.len() < 2 {
            return Err(OutputError::unfit(
                "the result has no column to draw its numbers against",
                "add a time or a category to the select list, such as month or segment",
            ));
        }
        // The first number is the category of the others, such as score in a histogram.
        texts.push(0);
    }
    let measures = measures(rows, &texts)?;
    let schema = rows.schema();
    let names = texts
        .iter()
        .map(|&column| visible(schema.field(column).name()).into_owned());
    Ok(Drawing::Bars(Bars {
        name: names.collect::<Vec<_>>().join(" · "),
        labels: labels(rows, &texts, null)?,
        measures: if measures.is_empty() { all } else { measures },
    }))
}

fn no_numbers() -> OutputError {
    OutputError::unfit(
        "the result has no numbers to draw",
        "add a number to the select list, such as nps(score) or count(*)",
    )
}

/// Converts a single row of numbers to one bar per column.
fn one_row(measures: Vec<Measure>) -> Bars {
    let first = |measure: &Measure| measure.values.first().copied().flatten();
    let intervals: Vec<_> = measures.iter().map(|measure| measure.interval(0)).collect();
    Bars {
        name: String::new(),
        measures: vec![Measure {
            name: String::new(),
            values: measures.iter().map(first).collect(),
            intervals,
            interval_name: String::new(),
        }],
        labels: measures.into_iter().map(|measure| measure.name).collect(),
    }
}

/// Returns the lines, `None` if each of them is a single point.
fn lines(
    times: &Times,
    texts: &[usize],
    labels: &[String],
    measures: &[Measure],
) -> Result<Option<Lines>, OutputError> {
    let mut seen = HashSet::new();
    let keys: Vec<&str> = if texts.is_empty() {
        vec![""]
    } else {
        let labels = labels.iter().map(String::as_str);
        labels.filter(|key| seen.insert(*key)).collect()
    };
    let mut notes = Vec::new();
    let mut count = 0;
    let mut omitted = 0;
    let mut is_line = false;
    let mut panels: Vec<(f64, Vec<Series>)> = Vec::new();
    for measure in measures {
        for key in &keys {
            let rows =
                (0..times.seconds.len()).filter(|&row| texts.is_empty() || labels[row] == *key);
            let mut points: Vec<Point> = rows
                .filter_map(|row| {
                    Some(Point {
                        time: times.seconds[row]?,
                        value: measure.values[row],
                        interval: measure.interval(row),
                    })
                })
                .collect();
            points.sort_by(|a, b| a.time.total_cmp(&b.time));
            if points.windows(2).any(|pair| pair[0].time == pair[1].time) {
                return Err(OutputError::unfit(
                    format!("several rows have the same {}", times.name),
                    format!(
                        "aggregate with GROUP BY {}, or select the column that distinguishes them",
                        times.name
                    ),
                ));
            }
            is_line |= points.len() > 1;
            if count == SERIES_MAX {
                omitted += 1;
                continue;
            }
            count += 1;
            let name = if key.is_empty() {
                measure.name.clone()
            } else if measures.len() == 1 {
                (*key).to_owned()
            } else {
                format!("{} · {key}", measure.name)
            };
            let values = measure.values.iter().flatten();
            let size = values.fold(0.0, |size: f64, v| size.max(v.abs()));
            let series = Series {
                name,
                points,
                interval_name: measure.interval_name.clone(),
            };
            let fits =
                |other: f64| size.max(other) <= SCALE_RATIO_MAX * size.min(other) || size == other;
            match panels.iter_mut().find(|(other, _)| fits(*other)) {
                Some((_, panel)) => panel.push(series),
                None => panels.push((size, vec![series])),
            }
        }
    }
    if !is_line {
        return Ok(None);
    }
    if omitted > 0 {
        notes.push(format!("{omitted} more lines not drawn;"));
        notes.push("filter with WHERE".to_owned());
    }
    let without = times.seconds.iter().filter(|time| time.is_none()).count();
    if without > 0 {
        let rows = if without == 1 { "row" } else { "rows" };
        notes.push(format!("{without} {rows} without {} left out", times.name));
    }
    Ok(Some(Lines {
        panels: panels.into_iter().map(|(_, panel)| panel).collect(),
        step_min: times.step_min,
        notes,
    }))
}

/// Returns one label per row, joined from the values of `columns`.
fn labels(rows: &RecordBatch, columns: &[usize], null: &str) -> Result<Vec<String>, ArrowError> {
    let mut labels = vec![String::new(); rows.num_rows()];
    for &column in columns {
        let array = rows.column(column);
        let dates_only = is_midnight(array);
        let mut cells = Cells::human(array, dates_only)?;
        for (row, label) in labels.iter_mut().enumerate() {
            if !label.is_empty() {
                label.push_str(" · ");
            }
            let mut text = String::new();
            cells.append_or(row, null, &mut text)?;
            label.push_str(&visible(&text));
        }
    }
    Ok(labels)
}
