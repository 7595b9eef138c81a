//! Files that have several rows per response: one for each answer, or one for each event.
//!
//! The rows of a response need not be adjacent. Memory is bounded: rows that do not fit are written
//! to unnamed temporary files, divided by the response's key.

mod answers;
mod events;
mod records;

use std::borrow::Cow;
use std::io::{BufRead, BufReader};
use std::ops::ControlFlow;

use crate::columns::field::Field;
use crate::columns::headers::fold;
use crate::error::{Error, Result};
use crate::files::spool::{Spool, SpoolWriter, failed};
use crate::format::rows::{EachRow, Row};
use crate::layout::header::Header;
use crate::message::ImportOption;
use crate::options::{ANSWER, QUESTION, ReadOptions};
use crate::profiles::bound::Bound;
use crate::quote::clip;

use answers::{AnswersPlan, Told};
use events::EventsPlan;
use records::{Partitions, Record};

/// The responses of a file, one per row.
#[derive(Debug)]
pub struct Reshaped {
    plan: Plan,
    names: Vec<String>,
    stored: Stored,
    /// Number of rows of the file that were merged into responses.
    parts: u64,
    /// Number of responses.
    responses: u64,
}

#[derive(Debug)]
enum Plan {
    Answers(AnswersPlan),
    Events(EventsPlan),
}

/// The rows, as lines of JSON.
#[derive(Debug)]
enum Stored {
    Memory(Vec<u8>),
    Spool(Spool),
}

impl Reshaped {
    /// Merges rows into responses. `None` if each row is a response already.
    pub fn make(
        header: &Header,
        bound: &Bound,
        first_rows: &[Vec<String>],
        options: &ReadOptions,
        read: impl FnOnce(&mut EachRow<'_>) -> Result<()>,
    ) -> Result<Option<Self>> {
        let Some(profile) = bound.profile() else {
            return Ok(None);
        };
        let mut plan = if let Some(answers) = &profile.answers {
            let told = told(header, options)?;
            let rows = first_rows.get(header.rows as usize..).unwrap_or_default();
            Plan::Answers(AnswersPlan::new(answers, header, rows, &told)?)
        } else if let Some(events) = &profile.events
            && let Some(plan) = EventsPlan::new(events, header)
        {
            Plan::Events(plan)
        } else {
            return Ok(None);
        };
        let mut partitions = Partitions::default();
        let mut parts = 0;
        read(&mut |row| {
            let is_single = row.problem.is_some()
                || row.cells.iter().all(|cell| cell.trim().is_empty())
                || bound.not_a_response(&row.cells).is_some();
            let mut record = Record::from_row(row);
            if !is_single {
                match &mut plan {
                    Plan::Answers(plan) => plan.set_key(&mut record)?,
                    Plan::Events(plan) => plan.set_key(&mut record),
                }
                parts += u64::from(record.key.is_some());
            }
            partitions.add(&record)?;
            Ok(ControlFlow::Continue(()))
        })?;
        let names = match &plan {
            Plan::Answers(plan) => plan.names(header),
            Plan::Events(_) => header.names.clone(),
        };
        let mut reshaped = Self {
            plan,
            names,
            stored: Stored::Memory(Vec::new()),
            parts,
            responses: 0,
        };
        reshaped.stored = reshaped.store(partitions)?;
        Ok(Some(reshaped))
    }

    /// Merges the rows and stores the responses, which are read several times.
    fn store(&mut self, partitions: Partitions) -> Result<Stored> {
        let is_spilled = partitions.is_spilled();
        let file = is_spilled.then(|| SpoolWriter::create(1 << 18));
        let mut file = file.transpose()?;
        let mut memory = Vec::new();
        partitions.for_each_group(&mut |group| {
            let is_keyed = group[0].key.is_some();
            let rows = match (&self.plan, &group[0].key) {
                (Plan::Answers(plan), Some(_)) => vec![plan.response(group)],
                (Plan::Answers(plan), None) => vec![plan.without_response(group)],
                (Plan::Events(plan), Some(_)) => plan.responses(group),
                (Plan::Events(_), None) => group,
            };
            if is_keyed {
                self.responses += rows.len() as u64;
            }
            for row in &rows {
                match &mut file {
                    Some(file) => row.write(file)?,
                    None => row.write(&mut memory)?,
                }
            }
            Ok(())
        })?;
        Ok(match file {
            None => Stored::Memory(memory),
            Some(file) => Stored::Spool(file.finish()?),
        })
    }

    /// The names of the columns.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Calls `each` with every row until it breaks.
    pub fn read(&self, each: &mut EachRow<'_>) -> Result<()> {
        match &self.stored {
            Stored::Memory(bytes) => read_lines(bytes.as_slice(), each),
            Stored::Spool(spool) => {
                read_lines(BufReader::with_capacity(1 << 18, spool.reader()), each)
            }
        }
    }

    /// Returns the rows of the file for this one, which is unchanged if it could not be read.
    pub fn rows_in_file<'a>(&self, row: &'a Row<'_>) -> Vec<Vec<Cow<'a, str>>> {
        match &self.plan {
            Plan::Answers(plan) if row.problem.is_none() => plan.rows_in_file(&row.cells),
            _ => vec![row.borrowed_cells()],
        }
    }

    /// Returns the number of rows in the file, their noun, and the number of responses.
    pub fn counts(&self) -> (u64, &'static str, u64) {
        let what = match self.plan {
            Plan::Answers(_) => "answers",
            Plan::Events(_) => "events",
        };
        (self.parts, what, self.responses)
    }
}

/// The columns that the options map, which of the response those of its id, or else of the respondent.
fn told(header: &Header, options: &ReadOptions) -> Result<Told> {
    let column = |name: &str| {
        let given = options
            .mapped(name)
            .map(str::trim)
            .filter(|given| !given.is_empty());
        Some((given?, position(&header.names, given?)))
    };
    let of_answers = |name: &str| match column(name) {
        None => Ok(None),
        Some((given, None)) => {
            let error = Error::invalid(format!("column \"{}\" does not exist", clip(given)));
            let option = ImportOption::Map.with(format_args!("{name}={given}"));
            Err(error
                .within(option)
                .with_hint("name a column by its header, or its place, such as #7"))
        }
        Some((_, found)) => Ok(found),
    };
    let response = [Field::ResponseId, Field::Respondent].into_iter();
    let mut response = response.filter_map(|field| column(field.name())?.1);
    Ok(Told {
        response: response.next(),
        question: of_answers(QUESTION)?,
        value: of_answers(ANSWER)?,
    })
}

/// The position of the column that an option names.
fn position(names: &[String], given: &str) -> Option<usize> {
    let folded = fold(given);
    let exact = names.iter().position(|name| name == given);
    let named = exact.or_else(|| names.iter().position(|name| fold(name) == folded));
    named.or_else(|| {
        let place: usize = given.strip_prefix('#')?.parse().ok()?;
        place.checked_sub(1).filter(|index| *index < names.len())
    })
}

fn read_lines(mut lines: impl BufRead, each: &mut EachRow<'_>) -> Result<()> {
    let mut line = Vec::new();
    loop {
        line.clear();
        if lines.read_until(b'\n', &mut line).map_err(failed)? == 0 {
            return Ok(());
        }
        let record = Record::read(&line)?;
        let row = Row {
            number: record.number,
            cells: record.cells.into_iter().map(Cow::Owned).collect(),
            non_utf8_cells: record.non_utf8_cells,
            replaced_chars: record.replaced_chars,
            problem: record.problem,
            ..Row::default()
        };
        if each(&row)?.is_break() {
            return Ok(());
        }
    }
}
