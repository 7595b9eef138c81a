//! The cells of a column as answers on a scale.

use super::score::{self, EndsInWords, Reading, ScoreCell, end_in_words, whole_score};

/// Counts of the cells that can be answers.
#[derive(Clone, Debug, Default)]
pub struct Answers {
    /// Cells that state in words that there is no answer.
    pub blank: usize,
    /// Numbers of any size.
    pub numbers: usize,
    /// Counts of each whole number from 0 to 10.
    whole: [usize; 11],
    /// Numbers from 0 to 10 that are not whole.
    fractions: usize,
    elevens: usize,
    /// Numbers above 10, to 100.
    to_hundred: usize,
    above_hundred: usize,
    percentages: usize,
    /// −1 and −100, which with 0, 1 and 100 are the contributions of answers to the score.
    contributions: usize,
    hundreds: usize,
    /// Answers from 0 to 10 that only a lenient reading reads.
    lenient: usize,
    /// Dates that a spreadsheet makes of answers out of 10, by answer, and the first of them.
    dated: [usize; 11],
    first_dated: Option<String>,
    /// Days of a month that no answer out of 10 becomes.
    other_days: usize,
    /// Ends of the scale in words: the first text, and the number of cells.
    low: Option<(String, usize)>,
    high: Option<(String, usize)>,
}

impl Answers {
    /// Counts a cell, and returns how it reads.
    pub fn count(&mut self, cell: &str) -> ScoreCell {
        let read = score::read(cell);
        match read {
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
                } else if let Some((day, month)) = score::day_and_month(cell) {
                    match score::out_of(day, month, 10) {
                        Some(answer) => {
                            self.dated[usize::from(answer)] += 1;
                            self.first_dated.get_or_insert_with(|| cell.to_owned());
                        }
                        None => self.other_days += 1,
                    }
                } else if let Some(end) = end_in_words(cell) {
                    let end = if end == 0 {
                        &mut self.low
                    } else {
                        &mut self.high
                    };
                    end.get_or_insert_with(|| (cell.to_owned(), 0)).1 += 1;
                }
            }
        }
        read
    }

    /// True if each whole number from 0 to 10 is there once.
    pub fn each_once(&self) -> bool {
        self.whole.iter().all(|count| *count == 1)
    }

    /// Adds the counts of another column of the same question.
    pub fn add(&mut self, other: &Self) {
        for (count, more) in self.whole.iter_mut().zip(other.whole) {
            *count += more;
        }
        for (count, more) in self.dated.iter_mut().zip(other.dated) {
            *count += more;
        }
        self.first_dated = self
            .first_dated
            .take()
            .or_else(|| other.first_dated.clone());
        for (count, more) in [
            (&mut self.blank, other.blank),
            (&mut self.numbers, other.numbers),
            (&mut self.fractions, other.fractions),
            (&mut self.elevens, other.elevens),
            (&mut self.to_hundred, other.to_hundred),
            (&mut self.above_hundred, other.above_hundred),
            (&mut self.percentages, other.percentages),
            (&mut self.contributions, other.contributions),
            (&mut self.hundreds, other.hundreds),
            (&mut self.lenient, other.lenient),
            (&mut self.other_days, other.other_days),
        ] {
            *count += more;
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

    /// The ends of the scale from 0 to 10 that are words, where their neighbours are numbers and they are
    /// not.
    pub fn ends_in_words(&self) -> EndsInWords {
        let has = |score: usize| self.whole[score] > 0;
        let high = self.high.is_some() && has(9) && !has(10);
        EndsInWords {
            // Without a 1, the scale may begin there.
            low: self.low.is_some() && has(9) && !has(0) && (has(1) || high),
            high,
        }
    }

    /// The words for the ends of the scale, with the numbers that they mean and of cells.
    pub fn words_for_ends(&self) -> Vec<(&str, u8, usize)> {
        let EndsInWords { low, high } = self.ends_in_words();
        [(low, &self.low, 0), (high, &self.high, 10)]
            .into_iter()
            .filter(|(is_read, ..)| *is_read)
            .filter_map(|(_, words, end)| {
                let (text, count) = words.as_ref()?;
                Some((text.as_str(), end, *count))
            })
            .collect()
    }

    /// Whole numbers from 0 to 10.
    pub fn scores(&self) -> usize {
        self.whole.iter().sum()
    }

    /// The number of cells that are answers on the scale of the reading.
    pub fn on(&self, reading: Reading) -> usize {
        let Some(scale) = reading.scale.filter(|scale| !scale.is_nps()) else {
            let lenient = if reading.lenient {
                self.lenient + self.read_dates()
            } else {
                0
            };
            let ends = self.words_for_ends().into_iter().map(|(.., count)| count);
            return self.scores() + lenient + ends.sum::<usize>();
        };
        let whole = (0_u8..).zip(&self.whole);
        let mut answers = self.fractions
            + whole
                .filter(|(value, _)| scale.contains(f64::from(*value)))
                .map(|(_, count)| count)
                .sum::<usize>();
        if scale.max > 10.0 {
            answers += self.to_hundred + self.percentages;
        }
        if scale.max > 100.0 {
            answers += self.above_hundred;
        }
        answers
    }

    /// True if a lenient reading reads most cells, and some that a strict one does not.
    pub fn would_read_leniently(&self, cells: usize) -> bool {
        let lenient = self.lenient + self.read_dates();
        let read = lenient + self.scores();
        lenient > 0 && (read * 2 > cells || read > self.numbers.max(self.scores()))
    }

    /// A date that a spreadsheet seems to have made of an answer such as `9/10`.
    pub fn first_date(&self) -> Option<&str> {
        self.first_dated.as_deref()
    }

    /// True if these dates are answers for certain: several, and no date is anything else, as those that
    /// were ranges such as `7-8` are.
    pub fn dates_are_answers(&self) -> bool {
        self.read_dates() > 0
    }

    /// The number of dates that are answers for certain.
    fn read_dates(&self) -> usize {
        let different = self.dated.iter().filter(|count| **count > 0).count();
        match (different, self.other_days) {
            (2.., 0) => self.dated.iter().sum(),
            _ => 0,
        }
    }

    /// The number of dates that may have been answers, or ranges of them.
    pub fn days(&self) -> usize {
        self.dated.iter().sum::<usize>() + self.other_days
    }

    /// True if the cells are not the answers, but what each adds to the score: −100, 0 and 100.
    pub fn are_contributions(&self) -> bool {
        let others = self.numbers - self.whole[0] - self.whole[1] - self.hundreds;
        self.numbers > 0 && self.contributions > 0 && others == self.contributions
    }

    /// True if many numbers are below 0, as computed scores are.
    pub fn are_below_zero(&self) -> bool {
        let others = self.scores() + self.fractions + self.to_hundred + self.above_hundred;
        (self.numbers - others) * 10 >= self.numbers.max(1) && !self.are_contributions()
    }

    /// The shorter scale that the answers are on, if there are too many of them for chance.
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

    /// True if no answer is above 5.
    pub fn are_few_and_low(&self) -> bool {
        self.scores() > 0 && self.whole[6..].iter().all(|count| *count == 0)
    }

    /// True if there are many answers with 1 among them, but no 0, as on a scale from 1.
    pub fn may_begin_with_one(&self) -> bool {
        self.scores() >= 100 && self.whole[0] == 0 && self.whole[1] > 0
    }

    /// True if the answers have 11 but no 0, like choices from 0 to 10 numbered from 1.
    pub fn are_numbered_choices(&self) -> bool {
        let above = self.to_hundred + self.above_hundred;
        self.whole[0] == 0
            && self.elevens >= 3
            && self.elevens == above
            && self.elevens * 50 >= self.scores()
    }

    /// True if any number is above 1, so that they are no flags.
    pub fn exceed_one(&self) -> bool {
        self.exceed(1)
    }

    /// True if any whole number is above this one, which is at most 10.
    pub fn exceed(&self, limit: usize) -> bool {
        let above = self.whole[limit + 1..].iter().any(|count| *count > 0);
        above || self.to_hundred + self.above_hundred > 0
    }

    /// The answer from 0 to 10 that all cells are.
    pub fn only(&self) -> Option<u8> {
        let mut given = (0..).zip(&self.whole).filter(|(_, count)| **count > 0);
        let (answer, count) = given.next()?;
        (given.next().is_none() && *count == self.numbers).then_some(answer)
    }

    /// True if most cells are numbers from 0 to 100 or percentages, and so many above 10 that these are no
    /// mistakes.
    pub fn look_like_percentages(&self, cells: usize) -> bool {
        let above = self.to_hundred + self.percentages;
        let on = self.scores() + self.fractions + above;
        above * 3 >= on && above > 0 && on * 5 >= cells * 4 && !self.are_below_zero()
    }
}
