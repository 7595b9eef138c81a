//! What tells responses apart, held in bounded memory: past a limit it goes to temporary files,
//! parted by the key, and is looked at one part after the other.

use std::io::{BufReader, Read, Write};

use exports::files::spool::{Spool, SpoolWriter, failed};

use crate::error::Result;

/// Into how many parts keys are split that do not fit into memory. A power of two up to 256, as
/// the first byte of the key decides.
const PARTS: usize = 256;

/// The buffer of each part's file.
const PART_BUFFER_BYTES: usize = 16 << 10;

/// A moment that is not known.
pub(in crate::ingest) const NO_MOMENT: i64 = i64::MIN;

/// What is remembered of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ingest) struct Key {
    /// 128 bits of a hash of what identifies the response.
    pub(in crate::ingest) id: u128,
    /// Equal rows are different responses, so what counts is how many there are.
    pub(in crate::ingest) counted: bool,
    /// Another id that the response may be known by: an export that gives ids, and one whose ids
    /// only number its rows, hold the same responses under different ones.
    pub(in crate::ingest) alias: bool,
    /// Hash of everything that was answered, by whom and when.
    pub(in crate::ingest) content: u64,
    /// Hash of the pseudonym, 0 where nobody is named.
    pub(in crate::ingest) respondent: u32,
    /// Microseconds since 1970, or [`NO_MOMENT`].
    pub(in crate::ingest) responded_at: i64,
    pub(in crate::ingest) updated_at: i64,
    /// The id is a small number, as exports that count from 1 have them.
    pub(in crate::ingest) may_restart: bool,
    /// The response's place among those of the file.
    pub(in crate::ingest) row: u64,
}

impl Key {
    const BYTES: usize = 16 + 1 + 8 + 4 + 8 + 8 + 8;

    fn to_bytes(self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        bytes[..16].copy_from_slice(&self.id.to_be_bytes());
        bytes[16] =
            u8::from(self.counted) | u8::from(self.may_restart) << 1 | u8::from(self.alias) << 2;
        bytes[17..25].copy_from_slice(&self.content.to_le_bytes());
        bytes[25..29].copy_from_slice(&self.respondent.to_le_bytes());
        bytes[29..37].copy_from_slice(&self.responded_at.to_le_bytes());
        bytes[37..45].copy_from_slice(&self.updated_at.to_le_bytes());
        bytes[45..].copy_from_slice(&self.row.to_le_bytes());
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
            content: u64::from_le_bytes(part(bytes, 17)),
            respondent: u32::from_le_bytes(part(bytes, 25)),
            responded_at: i64::from_le_bytes(part(bytes, 29)),
            updated_at: i64::from_le_bytes(part(bytes, 37)),
            row: u64::from_le_bytes(part(bytes, 45)),
        }
    }

    fn part(&self) -> usize {
        (self.id >> 120) as usize * PARTS / 256
    }
}

/// Collects keys.
#[derive(Debug)]
pub(in crate::ingest) struct KeysBuilder {
    held: Vec<Key>,
    held_max: usize,
    parts: Vec<SpoolWriter>,
    len: u64,
}

/// Keys that were collected.
#[derive(Debug)]
pub(in crate::ingest) struct Keys {
    held: Vec<Key>,
    parts: Vec<Spool>,
    len: u64,
}

impl KeysBuilder {
    /// Holds about as many bytes in memory.
    pub(in crate::ingest) fn new(memory_bytes: u64) -> Self {
        let held_max = usize::try_from(memory_bytes).unwrap_or(usize::MAX) / size_of::<Key>();
        Self {
            held: Vec::new(),
            held_max: held_max.max(1024),
            parts: Vec::new(),
            len: 0,
        }
    }

    pub(in crate::ingest) fn push(&mut self, key: Key) -> Result<()> {
        // A vector that grows holds twice its content for a moment.
        if self.held.len() >= self.held_max / 2 {
            self.spill()?;
        }
        self.held.push(key);
        self.len += 1;
        Ok(())
    }

    fn spill(&mut self) -> Result<()> {
        if self.parts.is_empty() {
            for _ in 0..PARTS {
                self.parts.push(SpoolWriter::create(PART_BUFFER_BYTES)?);
            }
        }
        for key in self.held.drain(..) {
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
            held: self.held,
            parts: parts.collect::<exports::Result<_>>()?,
            len: self.len,
        })
    }
}

impl Keys {
    /// How many parts there are to look at.
    pub(in crate::ingest) fn parts(&self) -> usize {
        self.parts.len().max(1)
    }

    /// One of `parts` parts, ordered by key, then by row.
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
            None if parts == 1 => self.held.clone(),
            None => {
                let of_part = self.held.iter().filter(|key| key.part() == part);
                of_part.copied().collect()
            }
        };
        keys.sort_unstable_by_key(|key| (key.id, key.row));
        Ok(keys)
    }

    /// Tells quickly of most keys that they are not among these.
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

/// A bit for each of a range of hashes: set where a key has it.
#[derive(Debug)]
pub(in crate::ingest) struct KeyFilter {
    bits: Vec<u64>,
}

impl KeyFilter {
    /// At most 64 MiB, for the sake of memory; beyond, it lets more through.
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

    pub(in crate::ingest) fn may_hold(&self, id: u128) -> bool {
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
            content: row * 7,
            respondent: row as u32,
            responded_at: NO_MOMENT,
            updated_at: -5,
            may_restart: row.is_multiple_of(3),
            row,
        }
    }

    #[test]
    fn keys_come_back_from_memory_and_from_files() {
        for memory_bytes in [1 << 30, 0] {
            let mut builder = KeysBuilder::new(memory_bytes);
            for row in 0..5000 {
                builder.push(key(u128::from(row % 1000), row)).unwrap();
            }
            let keys = builder.finish().unwrap();
            assert_eq!(keys.parts() > 1, memory_bytes == 0);
            let mut seen = Vec::new();
            for part in 0..keys.parts() {
                let part = keys.part(part, keys.parts()).unwrap();
                assert!(part.is_sorted_by_key(|key| (key.id, key.row)));
                seen.extend(part);
            }
            seen.sort_unstable_by_key(|key| key.row);
            let all = (0..5000).map(|row| key(u128::from(row % 1000), row));
            assert_eq!(seen, all.collect::<Vec<_>>());
            let filter = keys.filter().unwrap();
            assert!((0..1000).all(|number| filter.may_hold(key(number, 0).id)));
            let others = (1000..2000).filter(|number| filter.may_hold(key(*number, 0).id));
            assert!(others.count() < 200);
        }
    }

    #[test]
    fn keys_in_memory_are_parted_like_those_in_files() {
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
