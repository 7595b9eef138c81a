//! The CRC-32 of each block of a file.

use std::ops::Range;

use crc32fast::Hasher;
use data_encoding::BASE64_NOPAD;

use crate::error::{Error, Result};

/// The tag of a file in the Delta log: the size of a block in bytes, a colon, and the CRC-32 of each block,
/// little-endian, in Base64.
pub(in crate::lake) const TAG: &str = "voxql.crc32";

/// Whole blocks are read, so that larger ones make reading a few columns slower, and smaller ones the log
/// larger: 11 KiB for 128 MiB.
const BLOCK_BYTES: u64 = 64 << 10;

/// The CRC-32 of each block of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Checksums {
    file_bytes: u64,
    block_bytes: u64,
    blocks: Vec<u32>,
}

impl Checksums {
    /// Reads the tag of a file of `file_bytes`.
    ///
    /// # Errors
    /// Returns an error if the tag is malformed or has another number of blocks than the file.
    pub(crate) fn parse(tag: &str, file_bytes: u64) -> Result<Self> {
        let parts = parts(tag).filter(|(block_bytes, blocks)| {
            blocks.len() as u64 == file_bytes.div_ceil(*block_bytes)
        });
        let Some((block_bytes, blocks)) = parts else {
            return Err(Error::damaged(format!("its tag {TAG} is not valid: {tag}")));
        };
        Ok(Self {
            file_bytes,
            block_bytes,
            blocks,
        })
    }

    /// True for a text in the form of a tag.
    pub(in crate::lake) fn is_tag(text: &str) -> bool {
        parts(text).is_some()
    }

    pub(in crate::lake) fn tag(&self) -> String {
        let blocks = self.blocks.iter().flat_map(|crc| crc.to_le_bytes());
        let blocks: Vec<u8> = blocks.collect();
        format!("{}:{}", self.block_bytes, BASE64_NOPAD.encode(&blocks))
    }

    pub(crate) fn file_bytes(&self) -> u64 {
        self.file_bytes
    }

    /// The range of whole blocks that contains a range of bytes.
    pub(super) fn whole_blocks(&self, range: &Range<u64>) -> Range<u64> {
        let start = range.start - range.start % self.block_bytes;
        let end = range.end.div_ceil(self.block_bytes) * self.block_bytes;
        start..end.min(self.file_bytes)
    }

    /// The first range of bytes that differs, of the whole blocks that begin at `start`.
    pub(super) fn first_damage(&self, start: u64, bytes: &[u8]) -> Option<Range<u64>> {
        let size = usize::try_from(self.block_bytes).unwrap_or(usize::MAX);
        let first = start / self.block_bytes;
        let mut blocks = (first..).zip(bytes.chunks(size));
        let damaged = blocks.find(|(index, block)| {
            let expected = usize::try_from(*index)
                .ok()
                .and_then(|index| self.blocks.get(index));
            expected != Some(&crc32fast::hash(block))
        });
        damaged.map(|(index, block)| {
            let start = index * self.block_bytes;
            start..start + block.len() as u64
        })
    }
}

/// Computes checksums of bytes that arrive in pieces.
#[derive(Debug, Default)]
pub(super) struct Summing {
    file_bytes: u64,
    blocks: Vec<u32>,
    block: Hasher,
}

impl Summing {
    pub(super) fn update(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let left = BLOCK_BYTES - self.file_bytes % BLOCK_BYTES;
            let (piece, rest) =
                bytes.split_at(bytes.len().min(usize::try_from(left).unwrap_or(usize::MAX)));
            self.block.update(piece);
            self.file_bytes += piece.len() as u64;
            if self.file_bytes.is_multiple_of(BLOCK_BYTES) {
                self.blocks.push(std::mem::take(&mut self.block).finalize());
            }
            bytes = rest;
        }
    }

    pub(super) fn finish(mut self) -> Checksums {
        if !self.file_bytes.is_multiple_of(BLOCK_BYTES) {
            self.blocks.push(self.block.finalize());
        }
        Checksums {
            file_bytes: self.file_bytes,
            block_bytes: BLOCK_BYTES,
            blocks: self.blocks,
        }
    }
}

/// The size of a block, which is not 0, and the CRC-32 of each, in a tag; `None` for another text.
fn parts(tag: &str) -> Option<(u64, Vec<u32>)> {
    let (block_bytes, blocks) = tag.split_once(':')?;
    let block_bytes = block_bytes.parse::<u64>().ok().filter(|size| *size > 0)?;
    let blocks = BASE64_NOPAD.decode(blocks.as_bytes()).ok()?;
    let (blocks, rest) = blocks.as_chunks::<4>();
    let blocks = blocks.iter().map(|crc| u32::from_le_bytes(*crc));
    rest.is_empty().then(|| (block_bytes, blocks.collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_bytes(bytes: &[u8], piece: usize) -> Checksums {
        let mut summing = Summing::default();
        for piece in bytes.chunks(piece) {
            summing.update(piece);
        }
        summing.finish()
    }

    #[test]
    fn checksums_do_not_depend_on_the_pieces() {
        for size in [0, 1, 65_535, 65_536, 65_537, 200_000] {
            let bytes: Vec<u8> = (0..size).map(|n| (n % 251) as u8).collect();
            let whole = of_bytes(&bytes, usize::MAX);
            assert_eq!(of_bytes(&bytes, 1000), whole);
            assert_eq!(of_bytes(&bytes, 65_536), whole);
            let read = Checksums::parse(&whole.tag(), size).expect("a valid tag");
            assert_eq!(read, whole);
            assert_eq!(read.first_damage(0, &bytes), None);
        }
    }

    #[test]
    fn a_changed_bit_is_found_in_its_block() {
        let mut bytes = vec![7; 200_000];
        let sums = of_bytes(&bytes, 999);
        bytes[70_000] ^= 1;
        assert_eq!(sums.first_damage(0, &bytes), Some(65_536..131_072));
        assert_eq!(sums.first_damage(131_072, &bytes[131_072..]), None);
        assert_eq!(sums.whole_blocks(&(1..2)), 0..65_536);
        assert_eq!(sums.whole_blocks(&(65_536..199_999)), 65_536..200_000);
    }

    #[test]
    fn tags_of_other_files_are_refused() {
        let tag = of_bytes(&[1; 100_000], 999).tag();
        for (tag, size) in [
            (tag.as_str(), 200_000),
            ("0:", 0),
            ("x", 1),
            ("65536:!!", 1),
            ("", 0),
        ] {
            assert!(Checksums::parse(tag, size).is_err(), "{tag}");
        }
    }
}
