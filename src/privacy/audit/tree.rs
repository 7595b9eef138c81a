//! The Merkle tree over the entries, reduced to what is needed to extend it.

use tlog_tiles::{Error as TreeError, HASH_SIZE, Hash, HashReader, Tile, record_hash, tree_hash};

/// Levels of the tree in a tile, as in c2sp.org/tlog-tiles.
const TILE_HEIGHT: u8 = 8;
/// Hashes in a full tile.
const TILE_WIDTH: u32 = 1 << TILE_HEIGHT;
/// Bytes in a full tile.
pub(super) const TILE_BYTES: usize = TILE_WIDTH as usize * HASH_SIZE;
/// Maximum levels of tiles in a tree of less than 2^64 leaves.
const TILE_LEVELS_MAX: u8 = 64 / TILE_HEIGHT;
/// Path prefix in `tlog_tiles`, which includes the height, unlike c2sp.org/tlog-tiles.
const CRATE_PREFIX: &str = "tile/8/";

/// A tile and its content.
pub(super) type FilledTile = (Tile, Vec<u8>);

/// An append-only Merkle tree as in RFC 6962.
///
/// It contains the last tile of every level unless that is full; a full tile is one hash in the level
/// above. This is enough to add leaves and to compute the root, so a tree of a million entries
/// continues from three tiles.
#[derive(Clone, Debug, Default)]
pub(super) struct Tree {
    size: u64,
    /// Concatenated hashes in the open tile of each level.
    open: Vec<Vec<u8>>,
}

impl Tree {
    /// Continues a tree of `size` leaves from the contents of its [`open_tiles`], in order. Returns
    /// `None` if one is missing or has the wrong length.
    pub(super) fn from_tiles(size: u64, contents: Vec<Option<Vec<u8>>>) -> Option<Self> {
        let mut open = vec![Vec::new(); levels(size)];
        for (tile, content) in open_tiles(size).zip(contents) {
            let content = content?;
            if content.len() != tile_bytes(&tile) {
                return None;
            }
            open[usize::from(tile.level())] = content;
        }
        Some(Self { size, open })
    }

    /// Returns the number of leaves.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf and returns the tiles that it makes full.
    pub(super) fn push(&mut self, leaf: Hash) -> Vec<FilledTile> {
        self.size += 1;
        let mut full = Vec::new();
        let mut hash = leaf;
        for level in 0..TILE_LEVELS_MAX {
            let at = usize::from(level);
            if self.open.len() == at {
                self.open.push(Vec::new());
            }
            self.open[at].extend_from_slice(&hash.0);
            if self.open[at].len() < TILE_BYTES {
                break;
            }
            let content = std::mem::take(&mut self.open[at]);
            hash = Tile::subtree_hash(&content);
            let tiles = self.size >> (TILE_HEIGHT * (level + 1));
            let tile = new_tile(level, tiles - 1, TILE_WIDTH);
            full.push((tile, content));
        }
        full
    }

    /// Returns the partial tile at the end of each level.
    pub(super) fn open(&self) -> impl Iterator<Item = FilledTile> {
        open_tiles(self.size).map(|tile| (tile, self.open[usize::from(tile.level())].clone()))
    }

    /// Returns the root of the tree.
    pub(super) fn root(&self) -> Hash {
        tree_hash(self.size, self).expect("the open tiles determine the root")
    }
}

impl HashReader for Tree {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, TreeError> {
        indexes
            .iter()
            .map(|&index| {
                let level = Tile::from_index(TILE_HEIGHT, index).level();
                let tile = open_tile(self.size, level).ok_or(TreeError::IndexesNotInTree)?;
                tile.hash_at_index(&self.open[usize::from(level)], index)
            })
            .collect()
    }
}

/// Returns the leaf hash of an entry.
pub(super) fn leaf(line: &[u8]) -> Hash {
    record_hash(line)
}

/// Returns the partial tiles of a tree of `size` leaves.
pub(super) fn open_tiles(size: u64) -> impl Iterator<Item = Tile> {
    (0..TILE_LEVELS_MAX).filter_map(move |level| open_tile(size, level))
}

/// Returns the partial tile at the end of a level, `None` if the last tile is full.
fn open_tile(size: u64, level: u8) -> Option<Tile> {
    let hashes = size >> (TILE_HEIGHT * level);
    let width =
        u32::try_from(hashes % u64::from(TILE_WIDTH)).expect("it is less than a tile's width");
    (width > 0).then(|| new_tile(level, hashes >> TILE_HEIGHT, width))
}

/// Returns the tiles with the leaves of a tree of `size` leaves.
pub(super) fn leaf_tiles(size: u64) -> impl Iterator<Item = Tile> {
    (0..size >> TILE_HEIGHT)
        .map(|n| new_tile(0, n, TILE_WIDTH))
        .chain(open_tile(size, 0))
}

fn new_tile(level: u8, index: u64, width: u32) -> Tile {
    Tile::new(TILE_HEIGHT, level, index, width, false)
}

fn levels(size: u64) -> usize {
    (0..TILE_LEVELS_MAX)
        .take_while(|level| size >> (TILE_HEIGHT * level) > 0)
        .count()
}

/// Returns the length of a tile in bytes.
pub(super) fn tile_bytes(tile: &Tile) -> usize {
    tile.width() as usize * HASH_SIZE
}

/// Returns the index of a tile's first hash in its level.
pub(super) fn first_hash(tile: &Tile) -> u64 {
    tile.level_index() << TILE_HEIGHT
}

/// Returns the full tile that replaces a partial one.
pub(super) fn full(tile: &Tile) -> Tile {
    new_tile(tile.level(), tile.level_index(), TILE_WIDTH)
}

/// Returns the path of a tile in the log's folder, such as `tile/0/x001/234.p/5`.
pub(super) fn tile_path(tile: &Tile) -> String {
    let path = tile.path();
    let path = path.strip_prefix(CRATE_PREFIX).unwrap_or(&path);
    format!("tile/{path}")
}

/// True if a path in the log's folder is that of a tile.
pub(super) fn is_tile_path(path: &str) -> bool {
    let Some(rest) = path.strip_prefix("tile/") else {
        return false;
    };
    // `tlog_tiles` panics on an invalid level or width.
    let has_level = rest
        .split_once('/')
        .and_then(|(level, _)| level.parse::<u8>().ok())
        .is_some_and(|level| level < TILE_LEVELS_MAX);
    let has_width = rest
        .rsplit_once(".p/")
        .is_none_or(|(_, width)| width.parse::<u32>() != Ok(0));
    has_level && has_width && Tile::from_path(&format!("{CRATE_PREFIX}{rest}")).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6962, section 2.1.
    fn reference_root(leaves: &[Hash]) -> Hash {
        match leaves {
            [leaf] => *leaf,
            _ => {
                let split = leaves.len().next_power_of_two() / 2;
                let (left, right) = leaves.split_at(split);
                tlog_tiles::node_hash(reference_root(left), reference_root(right))
            }
        }
    }

    #[test]
    fn roots_match_the_rfc() {
        let leaves: Vec<Hash> = (0..600_u32).map(|n| leaf(&n.to_be_bytes())).collect();
        let mut tree = Tree::default();
        assert_eq!(tree.root(), tlog_tiles::EMPTY_HASH);
        for (n, &leaf) in leaves.iter().enumerate() {
            tree.push(leaf);
            if n < 70 || n % 256 < 2 || n % 64 == 63 {
                assert_eq!(tree.root(), reference_root(&leaves[..=n]), "{n}");
            }
        }
    }

    #[test]
    fn a_tree_continues_from_its_open_tiles() {
        // Past a full tile of the second level.
        let size_max = 65_536_u64 + 300;
        let (mut tree, mut full) = (Tree::default(), 0);
        for n in 0..size_max {
            full += tree.push(leaf(&n.to_be_bytes())).len();
            let size = n + 1;
            if size % 8_191 == 0 || size % 65_536 < 2 || size == size_max {
                let contents = tree.open().map(|(_, content)| Some(content)).collect();
                let again = Tree::from_tiles(size, contents).unwrap();
                assert_eq!(again.root(), tree.root(), "{size}");
            }
        }
        assert_eq!(full, 257 + 1);
        assert!(Tree::from_tiles(3, vec![None]).is_none());
        assert!(Tree::from_tiles(3, vec![Some(vec![0; 64])]).is_none());
    }

    #[test]
    fn paths_match_the_specification() {
        let tile = Tile::new(8, 0, 1_234_067, 5, false);
        assert_eq!(tile_path(&tile), "tile/0/x001/x234/067.p/5");
        assert_eq!(tile_path(&full(&tile)), "tile/0/x001/x234/067");
        for path in ["tile/0/x001/x234/067.p/5", "tile/7/000", "tile/1/000.p/255"] {
            assert!(is_tile_path(path), "{path}");
        }
        let invalid = "tile/0/000.p/0 tile/0/000.p/+0 tile/0/000.p/00 tile/0/000.p/256 tile/64/000 \
             tile/8/000 tile/data/000 tile/0/0 tile/0 tile/notes.txt entry/000";
        for path in invalid.split(' ') {
            assert!(!is_tile_path(path), "{path}");
        }
    }
}
