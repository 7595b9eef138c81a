//! Cleans a chunk of rows independently of the others.

use std::collections::BTreeSet;

use datafusion::arrow::array::RecordBatch;

use exports::columns::cells::CellType;
use exports::leftovers::heads_another_table;
use exports::understand::Understood;

use super::identity::Identifier;
use super::keys::Key;
use super::row_counts::{ResponseFlags, RowCounts};
use super::staged::ResponsesBuilder;
use crate::error::{Error, Result};
use crate::ingest::clean::chunk::{Chunk, PlacedRow};
use crate::ingest::clean::cleaner::{Cleaned, Cleaner};

/// A chunk after cleaning.
pub(in crate::ingest) struct CleanChunk {
    pub(in crate::ingest) chunk: Chunk,
    pub(in crate::ingest) responses: RecordBatch,
    /// The keys of the responses. Their rows count from the chunk's first response.
    pub(in crate::ingest) keys: Vec<Key>,
    /// One per response, in order.
    pub(in crate::ingest) flags: Vec<ResponseFlags>,
    /// The indexes of the rejected rows, with their reasons.
    pub(in crate::ingest) rejected: Vec<(usize, String)>,
    pub(in crate::ingest) counts: RowCounts,
    pub(in crate::ingest) surveys: BTreeSet<String>,
    /// Types that fit the cells of the kept columns.
    pub(in crate::ingest) kept: Vec<CellType>,
}

impl CleanChunk {
    pub(in crate::ingest) fn new(
        chunk: Chunk,
        understood: &Understood,
        cleaner: &Cleaner,
        identifier: &Identifier,
    ) -> Result<Self> {
        let mut kept: Vec<CellType> = understood
            .mapping
            .kept
            .iter()
            .map(|column| column.cell_type)
            .collect();
        let noun = understood.layout.format.row_noun();
        let mut responses = ResponsesBuilder::new(kept.len(), chunk.len());
        let mut keys = Vec::with_capacity(chunk.len());
        let mut flags = Vec::with_capacity(chunk.len());
        let mut rejected = Vec::new();
        let mut counts = RowCounts::new(noun);
        let mut surveys = BTreeSet::new();
        for index in 0..chunk.len() {
            let PlacedRow {
                row,
                ordinal,
                below_gap,
            } = chunk.row(index);
            match cleaner.clean(&row) {
                Cleaned::NotAResponse(kind) => counts.skip(kind, 1),
                Cleaned::Rejected(_)
                    if heads_another_table(&row, &understood.mapping, below_gap) =>
                {
                    return Err(Error::question(format!(
                        "{noun} {} is the header of another table",
                        row.number
                    ))
                    .with_hint(
                        "split the tables into separate files, each with its header, and import \
                         those",
                    )
                    .at_file(&understood.source));
                }
                Cleaned::Rejected(reason) => {
                    counts.reject(row.number, &reason);
                    rejected.push((index, reason));
                }
                Cleaned::Response(response) => {
                    let (id, keys_of_row) = identifier.identify(&response, ordinal);
                    if !surveys.contains(response.survey.as_ref()) {
                        surveys.insert(response.survey.to_string());
                    }
                    counts.observe(&response, keys_of_row.is_empty());
                    for (cell_type, cell) in kept.iter_mut().zip(&response.kept) {
                        *cell_type = cell
                            .as_deref()
                            .map_or(*cell_type, |cell| cell_type.widened(cell));
                    }
                    let row_index = flags.len() as u64;
                    keys.extend(keys_of_row.into_iter().map(|key| Key {
                        row: row_index,
                        ..key
                    }));
                    flags.push(ResponseFlags::new(&response));
                    responses.append(&response, &id, row.number, ordinal);
                }
            }
        }
        Ok(Self {
            responses: responses.finish()?,
            chunk,
            keys,
            flags,
            rejected,
            counts,
            surveys,
            kept,
        })
    }
}
