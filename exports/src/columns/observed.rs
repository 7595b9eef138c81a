//! What the cells of a column say as answers on a scale.

use super::score::{self, Reading, ScoreCell, whole_score};

/// Counts, cell by cell, what could be answers.
#[derive(Debug, Default)]
pub struct Answers {
    /// Cells that say in words that nobody answered.
    pub blank: usize,
    /// Cells that are a number of any size.
    pub numbers: usize,
    /// The whole ones from 0 to 10, how often each.
    whole: [usize; 11],
    /// Those between 0 and 10 that are not whole.
    fractions: usize,
    elevens: usize,
    /// Those above 10, to 100 and beyond.
    to_hundred: usize,
    above_hundred: usize,
    percentages: usize,
    /// −1 and −100: with 0, 1 and 100 they are what a promoter or detractor adds to the score.
    contributions: usize,
    hundreds: usize,
    /// Those that only a lenient reading reads, and finds on the scale.
    lenient: usize,
}

impl Answers {
    pub fn count(&mut self, cell: &str) {
        match score::read(cell) {
            ScoreCell::Blank => self.blank += 1,
            ScoreCell::Number(value) => self.count_number(value),
            ScoreCell::Unreadable => {
                let percentage = cell.strip_suffix('%').map(score::read);
                if let Some(ScoreCell::Number(0.0..=100.0)) = percentage {
                    self.percentages += 1;
                } else if let ScoreCell::Number(value) = score::read_lenient(cell, 10.0)
                    && whole_score(value).is_some()
                {
                    self.lenient += 1;
                }
            }
        }
    }

    fn count_number(&mut self, value: f64) {
        self.numbers += 1;
        match whole_score(value) {
            Some(score) => self.whole[score as usize] += 1,
            None if (0.0..=10.0).contains(&value) => self.fractions += 1,
            None if (0.0..=100.0).contains(&value) => self.to_hundred += 1,
            None if value > 100.0 => self.above_hundred += 1,
            None => {}
        }
        self.elevens += usize::from(value == 11.0);
        self.hundreds += usize::from(value == 100.0);
        self.contributions += usize::from(value == -1.0 || value == -100.0);
    }

    /// Whole numbers from 0 to 10.
    pub fn scores(&self) -> usize {
        self.whole.iter().sum()
    }

    /// How many cells are answers where the file is read so.
    pub fn on(&self, reading: Reading) -> usize {
        let Some(scale) = reading.scale.filter(|scale| !scale.is_nps()) else {
            return self.scores() + if reading.lenient { self.lenient } else { 0 };
        };
        let within = (0_u8..).zip(&self.whole);
        let whole: usize = within
            .filter(|(value, _)| scale.contains(f64::from(*value)))
            .map(|(_, count)| count)
            .sum();
        whole
            + self.fractions
            + if scale.max > 10.0 {
                self.to_hundred + self.percentages
            } else {
                0
            }
            + if scale.max > 100.0 {
                self.above_hundred
            } else {
                0
            }
    }

    /// A lenient reading reads what a strict one does not.
    pub fn would_read_leniently(&self) -> bool {
        self.lenient > 0 && self.lenient + self.scores() > self.numbers.max(self.scores())
    }

    /// What each answer adds to the score, and not the answers: −100, 0 and 100.
    pub fn are_contributions(&self) -> bool {
        let others = self.numbers - self.whole[0] - self.whole[1] - self.hundreds;
        self.numbers > 0 && self.contributions > 0 && others == self.contributions
    }

    /// The shorter scale that the answers look like, where there are enough of them that staying
    /// on it is no chance.
    pub fn shorter_scale(&self) -> Option<&'static str> {
        let count = self.scores();
        let min = self.whole.iter().position(|count| *count > 0)?;
        let max = self.whole.iter().rposition(|count| *count > 0)?;
        match (min, max) {
            (1.., ..=5) if count >= 3 => Some("1-5"),
            (0, ..=5) if count >= 5 => Some("0-5"),
            (1.., 6..=7) if count >= 8 => Some("1-7"),
            (0, 6..=7) if count >= 20 => Some("0-7"),
            _ => None,
        }
    }

    /// Too few answers to tell, all of them low.
    pub fn are_few_and_low(&self) -> bool {
        self.scores() > 0 && self.whole[6..].iter().all(|count| *count == 0)
    }

    /// As many answers as leave no doubt, among them the lowest of a scale from 1, and no 0.
    pub fn may_begin_with_one(&self) -> bool {
        self.scores() >= 100 && self.whole[0] == 0 && self.whole[1] > 0
    }

    /// The answers from 0 to 10 as the numbers of their choices: 11 is there, and 0 is not.
    pub fn are_numbered_choices(&self) -> bool {
        let above = self.to_hundred + self.above_hundred;
        self.whole[0] == 0
            && self.elevens >= 3
            && self.elevens == above
            && self.elevens * 50 >= self.scores()
    }

    /// Some number is greater than 1, so that these are no flags.
    pub fn exceed_one(&self) -> bool {
        self.whole[2..].iter().any(|count| *count > 0) || self.to_hundred + self.above_hundred > 0
    }

    /// Mostly numbers from 0 to 100, or percentages.
    pub fn look_like_percentages(&self, cells: usize) -> bool {
        let on = self.scores() + self.fractions + self.to_hundred + self.percentages;
        self.to_hundred + self.percentages > 0 && on * 5 >= cells * 4
    }
}
