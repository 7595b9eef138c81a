//! The cleaning of a chunk of rows, apart from all others.

use std::collections::BTreeSet;

use datafusion::arrow::array::RecordBatch;

use exports::columns::cells::CellType;
use exports::leftovers::heads_another_table;

use exports::understand::Understood;

use super::identity::Identifier;
use super::keys::Key;
use super::seen::{Kind, Seen};
use super::staged::ResponsesBuilder;
use crate::error::{Error, Result};
use crate::ingest::clean::chunk::{Chunk, PlacedRow};
use crate::ingest::clean::cleaner::{Cleaned, Cleaner};

/// What came of a chunk.
pub(in crate::ingest) struct CleanChunk {
    pub(in crate::ingest) chunk: Chunk,
    pub(in crate::ingest) responses: RecordBatch,
    /// What the responses are known by, their rows counted from the chunk's first response.
    pub(in crate::ingest) keys: Vec<Key>,
    /// What each response adds to the counts.
    pub(in crate::ingest) kinds: Vec<Kind>,
    /// The rejected rows of the chunk, each with its reason.
    pub(in crate::ingest) rejected: Vec<(usize, String)>,
    pub(in crate::ingest) seen: Seen,
    pub(in crate::ingest) surveys: BTreeSet<String>,
    /// Types that hold the cells of the kept columns.
    pub(in crate::ingest) kept: Vec<CellType>,
}

impl CleanChunk {
    pub(in crate::ingest) fn of(
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
        let mut kinds = Vec::with_capacity(chunk.len());
        let mut rejected = Vec::new();
        let mut seen = Seen::new(noun);
        let mut surveys = BTreeSet::new();
        for index in 0..chunk.len() {
            let PlacedRow {
                row,
                ordinal,
                below_gap,
            } = chunk.row(index);
            match cleaner.clean(&row) {
                Cleaned::NotAResponse(what) => seen.count_not_a_response(what),
                Cleaned::Rejected(_)
                    if heads_another_table(&row, &understood.mapping, below_gap) =>
                {
                    return Err(Error::question(format!(
                        "{noun} {} names the columns of another table",
                        row.number
                    ))
                    .with_hint(
                        "put the tables into files of their own, each with its header, and ingest \
                         these",
                    )
                    .at_file(&understood.source));
                }
                Cleaned::Rejected(reason) => {
                    seen.reject(row.number, &reason);
                    rejected.push((index, reason));
                }
                Cleaned::Response(response) => {
                    let (id, keys_of_row) = identifier.identify(&response, ordinal);
                    if !surveys.contains(response.survey.as_ref()) {
                        surveys.insert(response.survey.to_string());
                    }
                    seen.observe(&response, keys_of_row.is_empty());
                    for (cell_type, cell) in kept.iter_mut().zip(&response.kept) {
                        *cell_type = cell
                            .as_deref()
                            .map_or(*cell_type, |cell| cell_type.widened(cell));
                    }
                    let place = kinds.len() as u64;
                    keys.extend(keys_of_row.into_iter().map(|key| Key { row: place, ..key }));
                    kinds.push(Kind::of(&response));
                    responses.append(&response, &id, row.number, ordinal);
                }
            }
        }
        Ok(Self {
            responses: responses.finish()?,
            chunk,
            keys,
            kinds,
            rejected,
            seen,
            surveys,
            kept,
        })
    }
}
