//! Groups rows by key, in memory or in temporary files.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, BufRead, BufReader, Write};

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::files::spool::{SpoolWriter, failed};
use crate::format::rows::Row;

/// Bytes in memory before they are written to files.
const MEMORY_BYTES_MAX: usize = 32 << 20;

/// Number of files that the keys are divided among. They are read into memory one at a time.
const PARTITIONS: usize = 128;

/// A row with the key of its group, or without a group.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Record {
    pub key: Option<String>,
    pub number: u64,
    pub non_utf8_cells: u64,
    pub replaced_chars: u64,
    pub problem: Option<String>,
    pub cells: Vec<String>,
}

impl Record {
    pub fn from_row(row: &Row<'_>) -> Self {
        Self {
            key: None,
            number: row.number,
            non_utf8_cells: row.non_utf8_cells,
            replaced_chars: row.replaced_chars,
            problem: row.problem.clone(),
            cells: row.cells.iter().map(|cell| cell.to_string()).collect(),
        }
    }

    pub fn write(&self, to: &mut impl Write) -> Result<()> {
        serde_json::to_writer(&mut *to, self)
            .map_err(io::Error::from)
            .and_then(|()| to.write_all(b"\n"))
            .map_err(failed)
    }

    pub fn read(line: &[u8]) -> Result<Self> {
        serde_json::from_slice(line).map_err(|error| failed(error.into()))
    }
}

/// Collects rows, divided by key.
#[derive(Debug, Default)]
pub struct Partitions {
    buffers: Vec<Vec<u8>>,
    buffered: usize,
    files: Vec<SpoolWriter>,
}

impl Partitions {
    pub fn add(&mut self, record: &Record) -> Result<()> {
        if self.buffers.is_empty() {
            self.buffers = vec![Vec::new(); PARTITIONS];
        }
        let mut hasher = DefaultHasher::new();
        match &record.key {
            Some(key) => key.hash(&mut hasher),
            None => record.number.hash(&mut hasher),
        }
        let buffer = &mut self.buffers[hasher.finish() as usize % PARTITIONS];
        let before = buffer.len();
        record.write(buffer)?;
        self.buffered += buffer.len() - before;
        if self.buffered > MEMORY_BYTES_MAX {
            self.spill()?;
        }
        Ok(())
    }

    fn spill(&mut self) -> Result<()> {
        while self.files.len() < PARTITIONS {
            self.files.push(SpoolWriter::create(0)?);
        }
        for (buffer, file) in self.buffers.iter_mut().zip(&mut self.files) {
            file.write_all(buffer).map_err(failed)?;
            buffer.clear();
        }
        self.buffered = 0;
        Ok(())
    }

    /// Returns `true` if rows are in files.
    pub fn is_spilled(&self) -> bool {
        !self.files.is_empty()
    }

    /// Calls `each` with every group, its rows in file order. Groups are in the order of their
    /// first row, within each partition if rows are in files.
    pub fn for_each_group(mut self, each: &mut dyn FnMut(Vec<Record>) -> Result<()>) -> Result<()> {
        if !self.is_spilled() {
            return each_group(self.buffers.concat().as_slice(), each);
        }
        self.spill()?;
        for file in self.files {
            each_group(BufReader::new(file.finish()?.reader()), each)?;
        }
        Ok(())
    }
}

fn each_group(
    mut lines: impl BufRead,
    each: &mut dyn FnMut(Vec<Record>) -> Result<()>,
) -> Result<()> {
    let mut groups: Vec<Vec<Record>> = Vec::new();
    let mut by_key: HashMap<String, usize> = HashMap::new();
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line).map_err(failed)? > 0 {
        let record = Record::read(&line)?;
        let group = match &record.key {
            Some(key) => *by_key.entry(key.clone()).or_insert(groups.len()),
            None => groups.len(),
        };
        match groups.get_mut(group) {
            Some(group) => group.push(record),
            None => groups.push(vec![record]),
        }
        line.clear();
    }
    for group in &mut groups {
        group.sort_by_key(|record| record.number);
    }
    groups.sort_by_key(|group| group[0].number);
    groups.into_iter().try_for_each(each)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(rows: u64, cell: &str) -> (bool, Vec<(String, usize)>) {
        let mut partitions = Partitions::default();
        for number in 0..rows {
            let record = Record {
                key: Some(format!("k{}", number % 1000)),
                number,
                cells: vec![cell.to_owned()],
                ..Record::default()
            };
            partitions.add(&record).unwrap();
        }
        let spilled = partitions.is_spilled();
        let mut seen = Vec::new();
        partitions
            .for_each_group(&mut |group| {
                seen.push((group[0].key.clone().unwrap(), group.len()));
                Ok(())
            })
            .unwrap();
        (spilled, seen)
    }

    #[test]
    fn groups_are_complete_in_memory_and_in_files() {
        let (spilled, small) = groups(3000, "x");
        assert!(!spilled);
        assert_eq!(small[0], ("k0".to_owned(), 3));
        assert_eq!(small.len(), 1000);
        let (spilled, mut large) = groups(3000, &"x".repeat(12_000));
        assert!(spilled);
        large.sort_by_key(|(key, _)| key[1..].parse::<u64>().unwrap());
        assert_eq!(small, large);
    }
}
