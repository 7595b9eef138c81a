//! Sets of three-letter sequences, ignoring case.

/// The number of three-letter sequences.
pub(super) const THREES: usize = 1 << 15;

/// Returns a number below [`THREES`], the same for upper and lower case.
pub(super) fn three(letters: [Option<u8>; 3]) -> usize {
    letters.iter().fold(0, |three, letter| {
        three << 5 | usize::from(letter.unwrap_or_default() & 31)
    })
}

/// A set of three-letter sequences.
pub(super) struct Threes(Box<[u64]>);

impl Default for Threes {
    fn default() -> Self {
        Self(vec![0; THREES / 64].into())
    }
}

impl Threes {
    pub(super) fn has(&self, three: usize) -> bool {
        self.0[three / 64] >> (three % 64) & 1 == 1
    }

    pub(super) fn add(&mut self, three: usize) {
        self.0[three / 64] |= 1 << (three % 64);
    }
}
