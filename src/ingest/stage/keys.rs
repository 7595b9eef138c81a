//! Keys that identify responses, in bounded memory: beyond a limit they are partitioned into
//! temporary files, and read one part at a time.

use std::io::{BufReader, Read, Write};

use exports::files::spool::{Spool, SpoolWriter, failed};

use crate::error::Result;

/// Number of parts for keys that do not fit into memory: a power of two up to 256, as the first
/// byte of the id chooses the part.
const PARTS: usize = 256;

/// The buffer of each part's file.
const PART_BUFFER_BYTES: usize = 16 << 10;

/// Microseconds of a minute.
pub(in crate::ingest) const MINUTE_MICROS: i64 = 60_000_000;

/// A missing moment.
pub(in crate::ingest) const NO_MOMENT: i64 = i64::MIN;

/// The identity and version of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ingest) struct Key {
    /// 128-bit digest of the response's identity.
    pub(in crate::ingest) id: u128,
    /// `true` if equal rows are different responses, which are compared by their number.
    pub(in crate::ingest) counted: bool,
    /// `true` for a second id: an export with ids, and one whose ids only number its rows, contain
    /// the same responses under different ids.
    pub(in crate::ingest) alias: bool,
    /// `true` for an alias by the minute of the answer, which exports with and without seconds share.
    pub(in crate::ingest) by_minute: bool,
    /// Hash of the answers, the respondent and the time.
    pub(in crate::ingest) content: u64,
    /// Hash of all cells of the row if the answers and nothing else identify it: rows that differ in
    /// any cell are different responses.
    pub(in crate::ingest) row_hash: Option<u64>,
    /// The number of the response among the different ones of this id.
    pub(in crate::ingest) nth: u32,
    /// Hash of the pseudonym; 0 without a respondent.
    pub(in crate::ingest) respondent: u32,
    /// Microseconds since 1970, or [`NO_MOMENT`].
    pub(in crate::ingest) responded_at: i64,
    pub(in crate::ingest) updated_at: i64,
    /// `true` if the id is a small number, which an export may have counted from 1.
    pub(in crate::ingest) may_restart: bool,
    /// `true` if the lake may have the response without its respondent.
    pub(in crate::ingest) is_cut_loose: bool,
    /// Index of the response in the file.
    pub(in crate::ingest) row: u64,
}

impl Key {
    const BYTES: usize = 16 + 1 + 8 + 4 + 8 + 8 + 8 + 8 + 4;

    fn to_bytes(self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        bytes[..16].copy_from_slice(&self.id.to_be_bytes());
        bytes[16] = u8::from(self.counted)
            | u8::from(self.may_restart) << 1
            | u8::from(self.alias) << 2
            | u8::from(self.row_hash.is_some()) << 3
            | u8::from(self.by_minute) << 4
            | u8::from(self.is_cut_loose) << 5;
        bytes[17..25].copy_from_slice(&self.content.to_le_bytes());
        bytes[25..29].copy_from_slice(&self.respondent.to_le_bytes());
        bytes[29..37].copy_from_slice(&self.responded_at.to_le_bytes());
        bytes[37..45].copy_from_slice(&self.updated_at.to_le_bytes());
        bytes[45..53].copy_from_slice(&self.row.to_le_bytes());
        bytes[53..61].copy_from_slice(&self.row_hash.unwrap_or_default().to_le_bytes());
        bytes[61..].copy_from_slice(&self.nth.to_le_bytes());
        bytes
    }

    fn from_bytes(bytes: &[u8; Self::BYTES]) -> Self {
        fn part<const N: usize>(bytes: &[u8], start: usize) -> [u8; N] {
            let mut part = [0; N];
            part.copy_from_slice(&bytes[start..start + N]);
            part
        }
        Self {
            id: u128::from_be_bytes(part(bytes, 0)),
            counted: bytes[16] & 1 != 0,
            may_restart: bytes[16] & 2 != 0,
            alias: bytes[16] & 4 != 0,
            by_minute: bytes[16] & 16 != 0,
            is_cut_loose: bytes[16] & 32 != 0,
            content: u64::from_le_bytes(part(bytes, 17)),
            row_hash: (bytes[16] & 8 != 0).then(|| u64::from_le_bytes(part(bytes, 53))),
            nth: u32::from_le_bytes(part(bytes, 61)),
            respondent: u32::from_le_bytes(part(bytes, 25)),
            responded_at: i64::from_le_bytes(part(bytes, 29)),
            updated_at: i64::from_le_bytes(part(bytes, 37)),
            row: u64::from_le_bytes(part(bytes, 45)),
        }
    }

    /// True if the time of the answer is not a whole minute.
    pub(in crate::ingest) fn has_seconds(&self) -> bool {
        self.responded_at != NO_MOMENT && self.responded_at.rem_euclid(MINUTE_MICROS) != 0
    }

    fn part(&self) -> usize {
        (self.id >> 120) as usize * PARTS / 256
    }
}

/// Collects keys.
#[derive(Debug)]
pub(in crate::ingest) struct KeysBuilder {
    in_memory: Vec<Key>,
    in_memory_max: usize,
    parts: Vec<SpoolWriter>,
    len: u64,
}

/// The collected keys.
#[derive(Debug)]
pub(in crate::ingest) struct Keys {
    in_memory: Vec<Key>,
    parts: Vec<Spool>,
    len: u64,
}

impl KeysBuilder {
    /// Creates a builder that spills beyond about `memory_bytes`.
    pub(in crate::ingest) fn new(memory_bytes: u64) -> Self {
        let in_memory_max = usize::try_from(memory_bytes).unwrap_or(usize::MAX) / size_of::<Key>();
        Self {
            in_memory: Vec::new(),
            in_memory_max: in_memory_max.max(1024),
            parts: Vec::new(),
            len: 0,
        }
    }

    pub(in crate::ingest) fn push(&mut self, key: Key) -> Result<()> {
        // While it grows, a vector takes up twice its size.
        if self.in_memory.len() >= self.in_memory_max / 2 {
            self.spill()?;
        }
        self.in_memory.push(key);
        self.len += 1;
        Ok(())
    }

    fn spill(&mut self) -> Result<()> {
        if self.parts.is_empty() {
            for _ in 0..PARTS {
                self.parts.push(SpoolWriter::create(PART_BUFFER_BYTES)?);
            }
        }
        for key in self.in_memory.drain(..) {
            self.parts[key.part()]
                .write_all(&key.to_bytes())
                .map_err(failed)?;
        }
        Ok(())
    }

    pub(in crate::ingest) fn finish(mut self) -> Result<Keys> {
        if !self.parts.is_empty() {
            self.spill()?;
        }
        let parts = self.parts.into_iter().map(SpoolWriter::finish);
        Ok(Keys {
            in_memory: self.in_memory,
            parts: parts.collect::<exports::Result<_>>()?,
            len: self.len,
        })
    }
}

impl Keys {
    /// The number of parts.
    pub(in crate::ingest) fn parts(&self) -> usize {
        self.parts.len().max(1)
    }

    /// Returns one of `parts` parts, ordered by id, then by row.
    pub(in crate::ingest) fn part(&self, part: usize, parts: usize) -> Result<Vec<Key>> {
        let mut keys = match self.parts.get(part) {
            Some(spool) => {
                let count = spool.bytes() as usize / Key::BYTES;
                let mut keys = Vec::with_capacity(count);
                let mut reader = BufReader::with_capacity(1 << 18, spool.reader());
                let mut bytes = [0; Key::BYTES];
                for _ in 0..count {
                    reader.read_exact(&mut bytes).map_err(failed)?;
                    keys.push(Key::from_bytes(&bytes));
                }
                keys
            }
            None if parts == 1 => self.in_memory.clone(),
            None => {
                let keys = self.in_memory.iter().filter(|key| key.part() == part);
                keys.copied().collect()
            }
        };
        keys.sort_unstable_by_key(|key| (key.id, key.row));
        Ok(keys)
    }

    /// Builds a filter that rules out most other keys.
    pub(in crate::ingest) fn filter(&self) -> Result<KeyFilter> {
        let mut filter = KeyFilter::new(self.len);
        for part in 0..self.parts() {
            for key in self.part(part, self.parts())? {
                filter.insert(key.id);
            }
        }
        Ok(filter)
    }
}

/// A Bloom filter with one hash function.
#[derive(Debug)]
pub(in crate::ingest) struct KeyFilter {
    bits: Vec<u64>,
}

impl KeyFilter {
    /// At most 64 MiB; with more keys, the filter lets more through.
    const BITS_MAX: u64 = 1 << 29;

    fn new(keys: u64) -> Self {
        let bits = (keys * 16)
            .next_power_of_two()
            .clamp(1 << 10, Self::BITS_MAX);
        Self {
            bits: vec![0; (bits / 64) as usize],
        }
    }

    fn place(&self, id: u128) -> (usize, u64) {
        let bit = id as u64 as usize % (self.bits.len() * 64);
        (bit / 64, 1 << (bit % 64))
    }

    fn insert(&mut self, id: u128) {
        let (word, bit) = self.place(id);
        self.bits[word] |= bit;
    }

    pub(in crate::ingest) fn may_contain(&self, id: u128) -> bool {
        let (word, bit) = self.place(id);
        self.bits[word] & bit != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: u128, row: u64) -> Key {
        Key {
            id: number.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835),
            counted: row.is_multiple_of(2),
            alias: row.is_multiple_of(5),
            by_minute: row.is_multiple_of(10),
            content: row * 7,
            row_hash: row.is_multiple_of(7).then_some(row * 11),
            nth: row as u32 % 4,
            respondent: row as u32,
            responded_at: NO_MOMENT,
            updated_at: -5,
            may_restart: row.is_multiple_of(3),
            is_cut_loose: row.is_multiple_of(11),
            row,
        }
    }

    #[test]
    fn keys_round_trip_in_memory_and_in_files() {
        for memory_bytes in [1 << 30, 0] {
            let mut builder = KeysBuilder::new(memory_bytes);
            for row in 0..5000 {
                builder.push(key(u128::from(row % 1000), row)).unwrap();
            }
            let keys = builder.finish().unwrap();
            assert_eq!(keys.parts() > 1, memory_bytes == 0);
            let mut collected = Vec::new();
            for part in 0..keys.parts() {
                let part = keys.part(part, keys.parts()).unwrap();
                assert!(part.is_sorted_by_key(|key| (key.id, key.row)));
                collected.extend(part);
            }
            collected.sort_unstable_by_key(|key| key.row);
            let all = (0..5000).map(|row| key(u128::from(row % 1000), row));
            assert_eq!(collected, all.collect::<Vec<_>>());
            let filter = keys.filter().unwrap();
            assert!((0..1000).all(|number| filter.may_contain(key(number, 0).id)));
            let others = (1000..2000).filter(|number| filter.may_contain(key(*number, 0).id));
            assert!(others.count() < 200);
        }
    }

    #[test]
    fn keys_in_memory_split_into_the_same_parts() {
        let mut builder = KeysBuilder::new(1 << 20);
        for row in 0..1000 {
            builder.push(key(u128::from(row), row)).unwrap();
        }
        let keys = builder.finish().unwrap();
        let parts: usize = (0..PARTS)
            .map(|part| keys.part(part, PARTS).unwrap().len())
            .sum();
        assert_eq!(parts, 1000);
    }
}
