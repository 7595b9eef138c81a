//! Finds out how a file is to be read: its layout, and which column is which field.

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::sync::Arc;

use super::columns::Column;
use super::files::source::SourceFile;
use super::format::rows::Row;
use super::layout::Layout;
use super::leftovers::facts::RowFacts;
use super::leftovers::totals::{Context, TotalWords};
use super::mapping::Mapping;
use super::mapping::branches::mark_repeated_names;
use super::mapping::choose::find_column;
use super::mapping::explain::{self, FieldEvidence};
use super::mapping::undecided::Undecided;
use super::profiles::bound::Bound;
use crate::error::{Error, ErrorKind, Result};
use crate::message::{ImportOption, Message};
use crate::options::{ReadOptions, names_consent_values};
use crate::question::{Question, Sample};
use crate::quote;

/// Rows sampled to decide the mapping. If they leave it open, all rows decide.
pub const SAMPLE_ROWS: u64 = 10_000;

/// The size of the sample in a question.
const SAMPLE_ROWS_SHOWN: usize = 3;
const SAMPLE_COLUMNS_MAX: usize = 8;

/// A file whose columns are understood.
#[derive(Clone)]
pub struct Understood {
    pub source: SourceFile,
    pub layout: Layout,
    pub mapping: Mapping,
    /// Facts about the columns that rows are compared with.
    pub facts: RowFacts,
    /// The options, completed by the profile.
    pub options: ReadOptions,
}

impl Understood {
    /// Identifies these rows among those of other files, and of other sheets of the workbook.
    pub fn fingerprint(&self) -> String {
        match self.layout.format.sheet() {
            Some(sheet) => format!("{}/{sheet}", self.source.sha256),
            None => self.source.sha256.clone(),
        }
    }

    /// The value of the lake's column `source` for the file's responses.
    pub fn source_name(&self) -> String {
        self.layout.bound.source().to_owned()
    }

    /// The file of rows that may be totals.
    pub fn context(&self) -> Context<'_> {
        Context {
            source: &self.source,
            layout: &self.layout,
            mapping: &self.mapping,
            facts: &self.facts,
        }
    }
}

/// Decides the mapping from the first rows, and from all rows if those leave it open.
pub fn understand(source: SourceFile, options: &ReadOptions) -> Result<Understood> {
    let layout = Layout::recognise(&source, options)?;
    let options = layout.bound.complete(options);
    let decide = |rows: u64| -> Result<_> {
        let observed = observe(&source, &layout, rows)?;
        let Observed {
            columns,
            facts,
            complete,
        } = observed;
        let mapping = decide_at_once(&columns, complete, &layout.bound, &options);
        Ok((mapping, columns, facts))
    };
    let decided = match decide(SAMPLE_ROWS)? {
        (Err(Undecided::MoreRows), ..) => decide(u64::MAX)?,
        decided => decided,
    };
    let (mapping, columns, facts) = decided;
    let mut mapping = mapping.map_err(|undecided| match undecided {
        Undecided::Failed(error) => with_context(error, &source, &layout, &columns),
        Undecided::MoreRows => unreachable!("every row was observed"),
    })?;
    let summary = layout.summary.as_ref();
    mapping
        .notes
        .extend(summary.map(|summary| summary.note(layout.format.row_noun())));
    Ok(Understood {
        source,
        layout,
        mapping,
        facts,
        options,
    })
}

/// Decides the mapping. Questions that come up once others are answered are asked together with these.
fn decide_at_once(
    columns: &[Column],
    complete: bool,
    bound: &Arc<Bound>,
    options: &ReadOptions,
) -> Result<Mapping, Undecided> {
    let mut answered = options.clone();
    let mut asked: Vec<Error> = Vec::new();
    loop {
        let error = match Mapping::decide(columns, complete, bound, &answered) {
            Err(Undecided::Failed(error)) if error.kind() == ErrorKind::Question => error,
            Err(Undecided::Failed(error)) if asked.is_empty() => return Err(error.into()),
            Err(Undecided::MoreRows) => return Err(Undecided::MoreRows),
            Ok(mapping) if asked.is_empty() => return Ok(mapping),
            Ok(_) | Err(Undecided::Failed(_)) => break,
        };
        let is_asked = |question: &Question| {
            let mut known = asked.iter().flat_map(Error::questions);
            known.any(|known| known.message == question.message)
        };
        // An answer that leads back to a question does not answer it.
        if error.questions().iter().any(is_asked) {
            break;
        }
        let next = error
            .questions()
            .iter()
            .try_fold(answered, |options, question| {
                let first = question
                    .answers
                    .first()
                    .filter(|_| concerns_one_column(question));
                options.with_answer(first?)
            });
        asked.push(error);
        match next {
            Some(next) => answered = next,
            None => break,
        }
    }
    match Error::all(asked) {
        Some(error) => Err(error.into()),
        None => unreachable!("the loop ends with a question"),
    }
}

/// True if no answer names another column than the others do, so that what comes next is the same for
/// all of them.
fn concerns_one_column(question: &Question) -> bool {
    let options = question.answers.iter().flat_map(Message::options);
    let columns = options
        .filter(|(option, _)| *option == ImportOption::Map)
        .filter_map(|(_, value)| value?.split_once('='))
        .filter(|(name, column)| !column.is_empty() && !names_consent_values(name))
        .map(|(_, column)| column);
    columns.collect::<HashSet<_>>().len() <= 1
}

/// Adds to a question what helps to answer it: another header row, and rows of the file.
fn with_context(error: Error, source: &SourceFile, layout: &Layout, columns: &[Column]) -> Error {
    let error = error.at(source.path().display());
    if error.kind() != ErrorKind::Question {
        return error;
    }
    let error = match layout.other_header_rows {
        Some(rows) => {
            let more = Message::from(format!("if row {rows} names the columns, set "));
            error.with_more_hint(more.option_with(ImportOption::HeaderRows, rows))
        }
        None => error,
    };
    // A file that cannot be read again is asked about without rows.
    match sample(source, layout, columns, error.questions()) {
        Ok(sample) => error.with_sample(sample),
        Err(_) => error,
    }
}

/// The first rows of a file, with the columns that the answers name and others as there is room.
fn sample(
    source: &SourceFile,
    layout: &Layout,
    columns: &[Column],
    questions: &[Question],
) -> Result<Sample> {
    let named = questions
        .iter()
        .flat_map(|question| &question.answers)
        .flat_map(Message::options)
        .filter(|(option, _)| *option == ImportOption::Map)
        .filter_map(|(_, value)| Some(value?.split_once('=')?.1))
        .filter_map(|name| find_column(columns, name).ok());
    let mut shown: Vec<usize> = named.chain(0..columns.len()).collect();
    let mut seen = HashSet::new();
    shown.retain(|index| {
        let column = &columns[*index];
        seen.insert(*index) && column.cells > 0 && !column.is_personal()
    });
    shown.truncate(SAMPLE_COLUMNS_MAX);
    shown.sort_unstable();
    let mut rows = Vec::new();
    layout.read(source, &mut |row| {
        if row.problem.is_none() && !row.repeats_header {
            let cell = |index: &usize| row.cells.get(*index).map_or("", |cell| cell);
            rows.push(
                shown
                    .iter()
                    .map(|index| quote::shown(cell(index)).into_owned())
                    .collect(),
            );
        }
        Ok(match rows.len() {
            SAMPLE_ROWS_SHOWN => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        })
    })?;
    let header = shown
        .iter()
        .map(|index| quote::clip(&columns[*index].header).into_owned())
        .collect();
    Ok(Sample { header, rows })
}

/// Explains which column is which field, from the first rows. What is open is no error here.
pub fn explain(source: &SourceFile, options: &ReadOptions) -> Result<Explanation> {
    let layout = Layout::recognise(source, options)?;
    let options = layout.bound.complete(options);
    let observed = observe(source, &layout, SAMPLE_ROWS)?;
    let fields = explain::explain(&observed.columns, &layout.bound, &options);
    Ok(Explanation {
        profile: layout.bound.name().to_owned(),
        fields: fields.map_err(|error| error.at(source.path().display()))?,
    })
}

/// The evidence for the fields of a file.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Explanation {
    /// The profile that recognised the file, `generic` if none did.
    pub profile: String,
    pub fields: Vec<FieldEvidence>,
}

/// The columns of a file, observed from its rows.
pub struct Observed {
    pub columns: Vec<Column>,
    pub facts: RowFacts,
    /// `true` if the file has no more rows.
    pub complete: bool,
}

/// Observes the first `rows` rows.
pub fn observe(source: &SourceFile, layout: &Layout, rows: u64) -> Result<Observed> {
    let mut words = TotalWords::default();
    let first = observe_rows(source, layout, rows, &mut |row| !words.count(row))?;
    let are_all_skipped = first.skipped == first.seen;
    if first.skipped == 0 || !(words.any_returns() || are_all_skipped) {
        return Ok(first.observed);
    }
    // Words for totals that come back are values of their column.
    let mut takes = |row: &Row<'_>| are_all_skipped || !words.is_likely_total(row);
    Ok(observe_rows(source, layout, rows, &mut takes)?.observed)
}

struct ObservedRows {
    observed: Observed,
    seen: u64,
    /// Rows that were not taken.
    skipped: u64,
}

/// Observes those of the first `rows` rows that `takes` returns true for.
fn observe_rows(
    source: &SourceFile,
    layout: &Layout,
    rows: u64,
    takes: &mut dyn FnMut(&Row<'_>) -> bool,
) -> Result<ObservedRows> {
    let header = &layout.header;
    let mut columns: Vec<Column> = std::iter::zip(&header.names, &header.titles)
        .map(|(name, title)| Column::new(name, title.as_deref()))
        .collect();
    layout.bound.annotate(&mut columns, header);
    for column in &mut columns {
        column.dates.in_workbook = layout.format.is_workbook();
    }
    if layout.reshaped.is_none() {
        mark_repeated_names(&mut columns);
    }
    let mut seen = 0;
    let mut skipped = 0;
    let mut problems = 0;
    let mut filled = 0;
    let mut first_problem = None;
    let mut complete = true;
    let mut questions_seen = HashSet::new();
    layout.read(source, &mut |row| {
        if seen == rows {
            complete = false;
            return Ok(ControlFlow::Break(()));
        }
        seen += 1;
        if let Some(problem) = &row.problem {
            problems += 1;
            first_problem.get_or_insert_with(|| {
                let noun = layout.format.row_noun();
                format!("{noun} {}: {problem}", row.number)
            });
        } else if !row.repeats_header && takes(row) {
            filled += u64::from(row.cells.iter().any(|cell| !cell.trim().is_empty()));
            for (index, column) in columns.iter_mut().enumerate() {
                // A row that ends early has empty cells at its end.
                column.observe(row.cells.get(index).map_or("", |cell| cell));
            }
            if layout.bound.not_a_response(&row.cells).is_some() {
                columns.iter_mut().for_each(Column::ignore_last_row);
            } else if let Some(questions) = layout.bound.questions() {
                questions.read(&row.cells, &mut columns, &mut questions_seen);
            }
        } else if !row.repeats_header {
            skipped += 1;
        }
        Ok(ControlFlow::Continue(()))
    })?;
    let error = if seen == 0 {
        Error::invalid("no rows after the header")
    } else if let Some(problem) = first_problem.filter(|_| problems == seen) {
        Error::invalid(format!("no row fits the header: {problem}")).with_hint(
            Message::from(
                "quote cells that contain the delimiter; if titles precede the header, give the \
                 number of rows up to and including it with ",
            )
            .option(ImportOption::HeaderRows),
        )
    } else {
        let facts = RowFacts::new(&columns, filled);
        return Ok(ObservedRows {
            observed: Observed {
                columns,
                facts,
                complete,
            },
            seen,
            skipped,
        });
    };
    Err(error.at(source.path().display()))
}
