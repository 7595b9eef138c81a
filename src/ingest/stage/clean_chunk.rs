//! Cleans a chunk of rows independently of the others.

use std::collections::BTreeSet;

use datafusion::arrow::array::RecordBatch;

use exports::columns::cells::CellType;
use exports::leftovers::heads_another_table;
use exports::leftovers::totals::{TotalWords, may_be_total};
use exports::understand::Understood;
use exports::{ImportOption, Message};

use super::file_ids::FileIds;
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
    pub(in crate::ingest) ids: FileIds,
    /// One per response, in order.
    pub(in crate::ingest) flags: Vec<ResponseFlags>,
    /// The indexes of the rejected rows, with their reasons.
    pub(in crate::ingest) rejected: Vec<(usize, String)>,
    /// The indexes of the rows that may be totals, which the whole file decides.
    pub(in crate::ingest) undecided: Vec<usize>,
    /// The words for totals that rows begin with.
    pub(in crate::ingest) words: TotalWords,
    /// The ordinal of the last response.
    pub(in crate::ingest) last_response: Option<u64>,
    pub(in crate::ingest) counts: RowCounts,
    pub(in crate::ingest) surveys: BTreeSet<String>,
    /// Types that fit the cells of the kept columns.
    pub(in crate::ingest) kept: Vec<CellType>,
}

impl CleanChunk {
    /// Cleans the rows, except those that may be totals if `holds_back` is true.
    pub(in crate::ingest) fn new(
        chunk: Chunk,
        understood: &Understood,
        cleaner: &Cleaner,
        identifier: &Identifier,
        holds_back: bool,
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
        let mut ids = FileIds::default();
        let mut flags = Vec::with_capacity(chunk.len());
        let mut rejected = Vec::new();
        let mut counts = RowCounts::new(noun);
        let mut surveys = BTreeSet::new();
        let mut undecided = Vec::new();
        let mut words = TotalWords::default();
        let mut last_response = None;
        for index in 0..chunk.len() {
            let PlacedRow {
                row,
                ordinal,
                below_gap,
            } = chunk.row(index);
            match cleaner.clean(&row) {
                Cleaned::NotAResponse(kind) => counts.skip(kind, 1),
                _ if holds_back
                    && row.problem.is_none()
                    && words.count(&row)
                    && may_be_total(&row, &understood.mapping) =>
                {
                    undecided.push(index);
                }
                Cleaned::Suppressed => counts.suppressed += 1,
                Cleaned::Rejected(_)
                    if heads_another_table(&row, &understood.mapping, below_gap) =>
                {
                    let this_table =
                        ImportOption::HeaderRows.with(understood.layout.header.rows + ordinal);
                    return Err(Error::question(format!(
                        "{noun} {} is the header of another table",
                        row.number
                    ))
                    .with_hint(
                        Message::from(
                            "split the tables into separate files, each with its header, and \
                             import those; to read only this table, set ",
                        )
                        .message(this_table.clone()),
                    )
                    .with_answers([this_table])
                    .at_file(&understood.source));
                }
                Cleaned::Rejected(rejection) => {
                    counts.rejected_withdrawals += u64::from(cleaner.withdraws_consent(&row));
                    counts.reject(row.number, rejection.kind, &rejection.reason);
                    rejected.push((index, rejection.reason));
                }
                Cleaned::Response(mut response) => {
                    last_response = Some(ordinal);
                    ids.add(&response, ordinal);
                    let (mut id, keys_of_row) = identifier.identify(&response, &row, ordinal);
                    response.cut_loose(&mut id);
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
            ids,
            flags,
            rejected,
            undecided,
            words,
            last_response,
            counts,
            surveys,
            kept,
        })
    }
}
