//! The container of an xls workbook: sectors in chains, with a table of the next sector of each.

use std::collections::HashSet;
use std::io::{self, Read, Seek, SeekFrom};

/// In the table, numbers from here on are not sectors.
const NO_SECTOR: u32 = 0xffff_fffa;

/// Returns `true` if every chain of sectors ends. The workbook reader follows an endless one until
/// memory is exhausted. It finds other errors by itself.
pub fn chains_end(file: &mut (impl Read + Seek)) -> io::Result<bool> {
    let length = file.seek(SeekFrom::End(0))?;
    let mut header = [0; 512];
    if length < header.len() as u64 {
        return Ok(true);
    }
    file.rewind()?;
    file.read_exact(&mut header)?;
    let sector_bytes: u64 = match header[30] {
        9 => 512,
        12 => 4096,
        _ => return Ok(true),
    };
    let sectors = length / sector_bytes;
    let mut sector = |index: u32| -> io::Result<Vec<u32>> {
        let mut bytes = Vec::with_capacity(sector_bytes as usize);
        file.seek(SeekFrom::Start((u64::from(index) + 1) * sector_bytes))?;
        file.take(sector_bytes).read_to_end(&mut bytes)?;
        Ok(numbers(&bytes))
    };
    let is_sector = |index: u32| index < NO_SECTOR && u64::from(index) < sectors;

    // The header lists the first sectors of the table. A chain of further lists, each with the next
    // one in its last place, has the others.
    let mut listed = numbers(&header[76..]);
    let mut list = u32::from_le_bytes([header[68], header[69], header[70], header[71]]);
    let mut lists = HashSet::new();
    while is_sector(list) {
        if !lists.insert(list) {
            return Ok(false);
        }
        listed.extend(sector(list)?);
        list = listed.pop().unwrap_or(NO_SECTOR);
    }
    let mut table = Vec::new();
    let mut read = HashSet::new();
    for index in listed.into_iter().filter(|index| is_sector(*index)) {
        if !read.insert(index) {
            return Ok(false);
        }
        table.extend(sector(index)?);
    }
    Ok(all_end(&table))
}

fn numbers(bytes: &[u8]) -> Vec<u32> {
    let (numbers, _) = bytes.as_chunks();
    numbers.iter().copied().map(u32::from_le_bytes).collect()
}

/// True if no chain returns to one of its sectors.
fn all_end(table: &[u32]) -> bool {
    const UNSEEN: u32 = 0;
    // The number of the walk that first saw each sector, from 1.
    let mut seen_by = vec![UNSEEN; table.len()];
    for (walk, start) in (1..).zip(0..table.len()) {
        let mut at = start;
        while let Some(seen) = seen_by.get_mut(at) {
            if *seen == walk {
                return false;
            }
            if *seen != UNSEEN {
                break;
            }
            *seen = walk;
            at = table[at] as usize;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cyclic_chains_are_found() {
        const END: u32 = 0xffff_fffe;
        assert!(all_end(&[1, 2, END, 2, END, 900]));
        assert!(!all_end(&[1, 2, 0]));
        assert!(!all_end(&[END, 1]));
        assert!(!all_end(&[3, END, 1, 4, 3]));
    }
}
