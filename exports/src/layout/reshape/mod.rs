//! Files whose rows are not one response each: one row an answer, or several events of a response.
//!
//! The rows of a response need not be adjacent. They are put together in memory that is bounded:
//! what does not fit goes, apart by the response's key, into temporary files without a name.

mod answers;
mod events;
mod records;

use std::borrow::Cow;
use std::io::{BufRead, BufReader};
use std::ops::ControlFlow;

use crate::error::Result;
use crate::files::spool::{Spool, SpoolWriter, failed};
use crate::format::rows::Row;
use crate::layout::header::Header;
use crate::profiles::bound::Bound;

use answers::AnswersPlan;
use events::EventsPlan;
use records::{Partitions, Record};

/// The responses of a file, each a row.
#[derive(Debug)]
pub struct Reshaped {
    plan: Plan,
    names: Vec<String>,
    stored: Stored,
    /// Rows of the file that responses are made of.
    parts: u64,
    /// The responses made of them.
    responses: u64,
}

#[derive(Debug)]
enum Plan {
    Answers(AnswersPlan),
    Events(EventsPlan),
}

/// Where the rows are: a line of JSON each.
#[derive(Debug)]
enum Stored {
    Memory(Vec<u8>),
    Spool(Spool),
}

impl Reshaped {
    /// Puts the responses of a file together, `None` where each row is one already.
    pub fn make(
        header: &Header,
        bound: &Bound,
        read: impl FnOnce(&mut dyn FnMut(&Row<'_>) -> Result<ControlFlow<()>>) -> Result<()>,
    ) -> Result<Option<Self>> {
        let Some(profile) = bound.profile() else {
            return Ok(None);
        };
        let plan = match (&profile.answers, &profile.events) {
            (Some(answers), _) => {
                let plan = AnswersPlan::new(answers, header, &profile.name)?;
                Some(Plan::Answers(plan))
            }
            (None, Some(events)) => EventsPlan::new(events, header).map(Plan::Events),
            (None, None) => None,
        };
        let Some(mut plan) = plan else {
            return Ok(None);
        };
        let mut partitions = Partitions::default();
        let mut parts = 0;
        read(&mut |row| {
            let alone = row.problem.is_some()
                || row.cells.iter().all(|cell| cell.trim().is_empty())
                || bound.not_a_response(&row.cells).is_some();
            let mut record = Record::of(row);
            if !alone {
                match &mut plan {
                    Plan::Answers(plan) => plan.key(&mut record)?,
                    Plan::Events(plan) => plan.key(&mut record),
                }
                parts += u64::from(record.key.is_some());
            }
            partitions.add(&record)?;
            Ok(ControlFlow::Continue(()))
        })?;
        let names = match &plan {
            Plan::Answers(plan) => plan.names(),
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

    /// Makes the responses and puts them where they can be read again and again.
    fn store(&mut self, partitions: Partitions) -> Result<Stored> {
        let mut file = match partitions.is_spilled() {
            true => Some(SpoolWriter::create(1 << 18)?),
            false => None,
        };
        let mut memory = Vec::new();
        partitions.for_each_group(&mut |group| {
            self.responses += u64::from(group[0].key.is_some());
            let rows = match (&self.plan, &group[0].key) {
                (Plan::Answers(plan), Some(_)) => vec![plan.response(group)],
                (Plan::Answers(plan), None) => vec![plan.alone(group)],
                (Plan::Events(plan), Some(_)) => plan.responses(group),
                (Plan::Events(_), None) => group,
            };
            // Events of one key can be of several responses.
            let several = rows.len().saturating_sub(1);
            self.responses += several as u64;
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
    pub fn read(&self, each: &mut dyn FnMut(&Row<'_>) -> Result<ControlFlow<()>>) -> Result<()> {
        match &self.stored {
            Stored::Memory(bytes) => read_lines(bytes.as_slice(), each),
            Stored::Spool(spool) => {
                read_lines(BufReader::with_capacity(1 << 18, spool.reader()), each)
            }
        }
    }

    /// The rows that the file had for this one. A row that could not be read is as it was.
    pub fn as_in_file<'a>(&self, row: &'a Row<'_>) -> Vec<Vec<Cow<'a, str>>> {
        match &self.plan {
            Plan::Answers(plan) if row.problem.is_none() => plan.as_in_file(&row.cells),
            _ => vec![
                row.cells
                    .iter()
                    .map(|cell| Cow::Borrowed(&**cell))
                    .collect(),
            ],
        }
    }

    /// How many rows of the file make how many responses, for the summary.
    pub fn note(&self) -> (u64, &'static str, u64) {
        let what = match self.plan {
            Plan::Answers(_) => "answers",
            Plan::Events(_) => "events",
        };
        (self.parts, what, self.responses)
    }
}

fn read_lines(
    mut lines: impl BufRead,
    each: &mut dyn FnMut(&Row<'_>) -> Result<ControlFlow<()>>,
) -> Result<()> {
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
            narrow_cells: record.narrow_cells,
            replaced: record.replaced,
            repeats_header: false,
            problem: record.problem,
        };
        if each(&row)?.is_break() {
            return Ok(());
        }
    }
}
