//! What a result is drawn as: which column goes along, which numbers go up, what tells lines apart.

use datafusion::arrow::array::{Array, ArrayRef, RecordBatch};
use datafusion::arrow::datatypes::DataType;
use datafusion::arrow::error::ArrowError;

use super::super::OutputError;
use super::super::text::visible;
use super::super::value::{Cells, is_midnight};
use super::axis::Step;
use super::cannot_draw;
use super::measures::{Measure, measures};
use super::paint::PALETTE;
use super::times::Times;

/// Lines that colours and markers tell apart.
const SERIES_MAX: usize = PALETTE.len();

/// Measures share an axis up to this ratio of their sizes.
const SCALE_RATIO_MAX: f64 = 6.0;

#[derive(Debug)]
pub(super) enum Drawing {
    Lines(Lines),
    Bars(Bars),
}

/// Lines over time, in charts below one another where their scales differ.
#[derive(Debug)]
pub(super) struct Lines {
    pub(super) panels: Vec<Vec<Series>>,
    /// The finest that the times tell.
    pub(super) step_min: Step,
    pub(super) notes: Vec<String>,
}

/// A line.
#[derive(Debug)]
pub(super) struct Series {
    pub(super) name: String,
    /// In the order of their time.
    pub(super) points: Vec<Point>,
    pub(super) interval_name: String,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Point {
    /// Seconds since 1970.
    pub(super) time: f64,
    /// `None` is a gap.
    pub(super) value: Option<f64>,
    pub(super) interval: Option<(f64, f64)>,
}

/// Bars, one a row and measure.
#[derive(Debug)]
pub(super) struct Bars {
    /// What the labels are, such as `segment`.
    pub(super) name: String,
    pub(super) labels: Vec<String>,
    pub(super) measures: Vec<Measure>,
}

/// Chooses how the rows are drawn. NULL is called `null` where it is a category.
///
/// # Errors
/// Where there is no number, or nothing to draw the numbers by, or several rows for one place.
pub(super) fn choose(rows: &RecordBatch, null: &str) -> Result<Drawing, OutputError> {
    let columns = 0..rows.num_columns();
    let mut texts: Vec<usize> = columns
        .filter(|&index| is_text(rows.column(index)))
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
        return Err(cannot_draw(
            "the result has no rows to draw",
            "ask for others",
        ));
    }
    if texts.is_empty() {
        if rows.num_rows() == 1 {
            return Ok(Drawing::Bars(one_row(all)));
        }
        if all.len() < 2 {
            return Err(cannot_draw(
                "the result has nothing to draw its numbers by",
                "select a time or a category too, such as month or segment",
            ));
        }
        // A number that comes first is what the others are counted by, such as score.
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
    cannot_draw(
        "the result has no numbers to draw",
        "select a number too, such as nps(score) or count(*)",
    )
}

/// One row of numbers alone: a bar a column.
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

/// The lines, `None` where each of them would be a single point.
fn lines(
    times: &Times,
    texts: &[usize],
    labels: &[String],
    measures: &[Measure],
) -> Result<Option<Lines>, OutputError> {
    let mut keys: Vec<&str> = labels.iter().map(String::as_str).collect();
    let mut seen = std::collections::HashSet::new();
    keys.retain(|key| seen.insert(*key));
    if texts.is_empty() {
        keys = vec![""];
    }
    let mut notes = Vec::new();
    let mut count = 0;
    let mut left_out = 0;
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
                return Err(cannot_draw(
                    format!("several rows have the same {}", times.name),
                    format!(
                        "aggregate with GROUP BY {}, or select what tells them apart",
                        times.name
                    ),
                ));
            }
            is_line |= points.len() > 1;
            if count == SERIES_MAX {
                left_out += 1;
                continue;
            }
            count += 1;
            let name = match (key.is_empty(), measures.len()) {
                (true, _) => measure.name.clone(),
                (false, 1) => (*key).to_owned(),
                (false, _) => format!("{} · {key}", measure.name),
            };
            let size = measure
                .values
                .iter()
                .flatten()
                .fold(0.0, |size: f64, v| size.max(v.abs()));
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
    if left_out > 0 {
        notes.push(format!("{left_out} more lines are not drawn;"));
        notes.push("choose some with WHERE".to_owned());
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

/// Whether a column is a category: texts, and what is true or not.
pub(super) fn is_text(array: &ArrayRef) -> bool {
    match array.data_type() {
        DataType::Dictionary(_, value) => value.is_string(),
        data_type => data_type.is_string() || *data_type == DataType::Boolean,
    }
}

/// What the columns say of each row, put together.
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
            if cells.is_null(row) {
                label.push_str(null);
            } else {
                let mut text = String::new();
                cells.append(row, &mut text)?;
                label.push_str(&visible(&text));
            }
        }
    }
    Ok(labels)
}
