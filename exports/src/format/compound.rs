//! The container that an old workbook is in: sectors in chains, of which a table names the next.

use std::collections::HashSet;
use std::io::{self, Read, Seek, SeekFrom};

/// Where the table of chains of a file says what is no sector.
const NO_SECTOR: u32 = 0xffff_fffa;

/// Whether every chain of sectors ends. The reader of workbooks follows one that does not until
/// there is no memory left. Whatever else is wrong with the file it finds by itself.
pub fn chains_end(file: &mut (impl Read + Seek)) -> io::Result<bool> {
    let length = file.seek(SeekFrom::End(0))?;
    let mut header = [0; 512];
    if length < header.len() as u64 {
        return Ok(true);
    }
    file.rewind()?;
    file.read_exact(&mut header)?;
    let sector_bytes: usize = match header[30] {
        9 => 512,
        12 => 4096,
        _ => return Ok(true),
    };
    let sectors = length / sector_bytes as u64;
    let mut sector = |index: u32| -> io::Result<Vec<u32>> {
        let mut bytes = Vec::with_capacity(sector_bytes);
        file.seek(SeekFrom::Start(
            (u64::from(index) + 1) * sector_bytes as u64,
        ))?;
        file.take(sector_bytes as u64).read_to_end(&mut bytes)?;
        Ok(numbers(&bytes))
    };
    let is_sector = |index: u32| index < NO_SECTOR && u64::from(index) < sectors;

    // The table is in sectors of its own. The header lists the first of them, and a chain of
    // further lists, each with the next list in its last place, the others.
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

/// Whether none of the chains comes back to where it was.
fn all_end(table: &[u32]) -> bool {
    const UNSEEN: u32 = 0;
    // The number of the walk that saw a sector first, from 1.
    let mut seen_by = vec![UNSEEN; table.len()];
    for (walk, start) in (1..).zip(0..table.len()) {
        let mut at = start;
        while let Some(seen) = seen_by.get_mut(at) {
            match *seen {
                UNSEEN => *seen = walk,
                before => {
                    if before == walk {
                        return false;
                    }
                    break;
                }
            }
            at = table[at] as usize;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_that_comes_back_does_not_end() {
        const END: u32 = 0xffff_fffe;
        assert!(all_end(&[1, 2, END, 2, END, 900]));
        assert!(!all_end(&[1, 2, 0]));
        assert!(!all_end(&[END, 1]));
        assert!(!all_end(&[3, END, 1, 4, 3]));
    }
}
