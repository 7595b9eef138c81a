//! Score cells: what is unmistakably an answer from 0 to 10, and what is not.

/// What a score cell holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum ScoreCell {
    /// Not answered.
    Blank,
    /// A whole number from 0 to 10.
    Score(i8),
    /// A number, but not a whole one from 0 to 10.
    OutOfRange(f64),
    /// Not a number.
    Unreadable,
}

/// Cells that tools write where nobody answered.
const BLANKS: [&str; 9] = ["", "na", "n/a", "nan", "null", "none", "nil", "-", "#n/a"];

/// Whether a cell says that there is no value.
pub(super) fn is_blank(cell: &str) -> bool {
    let cell = cell.trim();
    BLANKS.iter().any(|blank| cell.eq_ignore_ascii_case(blank))
}

/// Reads a score: `9`, ` 9 `, `9.0`. Everything else is for the person to decide.
pub(super) fn read(cell: &str) -> ScoreCell {
    let cell = cell.trim();
    if let [digit @ b'0'..=b'9'] = cell.as_bytes() {
        return ScoreCell::Score((digit - b'0') as i8);
    }
    if is_blank(cell) {
        return ScoreCell::Blank;
    }
    // `parse` takes "inf" and "1e1" too, which no survey tool means as a score.
    let plain = cell
        .bytes()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+'));
    match cell.parse::<f64>() {
        Ok(value) if plain && value.fract() == 0.0 && (0.0..=10.0).contains(&value) => {
            ScoreCell::Score(value as i8)
        }
        Ok(value) if plain => ScoreCell::OutOfRange(value),
        _ => ScoreCell::Unreadable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_scores_are_read_and_nothing_else() {
        for (cell, score) in [("0", 0), ("10", 10), (" 9 ", 9), ("10.0", 10), ("07", 7)] {
            assert_eq!(read(cell), ScoreCell::Score(score), "{cell}");
        }
        for cell in ["", " ", "NA", "n/a", "NULL", "-"] {
            assert_eq!(read(cell), ScoreCell::Blank, "{cell}");
        }
        for cell in ["-1", "11", "9.5", "-2147483648"] {
            assert!(matches!(read(cell), ScoreCell::OutOfRange(_)), "{cell}");
        }
        for cell in ["ten", "10/10", "1e1", "inf", "9,0"] {
            assert_eq!(read(cell), ScoreCell::Unreadable, "{cell}");
        }
    }
}
