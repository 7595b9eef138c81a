//! Sequences of three letters as numbers, ignoring case.

/// The number of three-letter sequences.
pub(super) const THREES: usize = 1 << 15;

/// Returns a number below [`THREES`], the same for upper and lower case.
pub(super) fn three(letters: [Option<u8>; 3]) -> usize {
    letters.iter().fold(0, |three, letter| {
        three << 5 | usize::from(letter.unwrap_or_default() & 31)
    })
}
