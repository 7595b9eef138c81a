//! A table of responses and the layout that it is written in, both drawn from a seed.

use std::collections::{BTreeSet, HashSet};

use chrono::{Datelike, Duration, NaiveDate, NaiveDateTime};

use super::random::Random;
use super::vocabulary::{LANGUAGES, Words};

/// A response as the lake must hold it.
#[derive(Clone)]
pub(super) struct Response {
    pub(super) score: Option<u8>,
    /// The local time, in whole seconds.
    pub(super) at: NaiveDateTime,
    /// The number of the person.
    pub(super) person: usize,
    comment: String,
    categories: [usize; 2],
    rating: u8,
    seconds: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum People {
    Addresses,
    Numbers,
    Nobody,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DateStyle {
    Iso,
    DayMonth(char),
    MonthDay(char),
    Unix,
    /// With the name of the month, or the signs for year, month and day.
    Named,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Clock {
    None,
    Minutes,
    Seconds,
    /// Seconds, and this offset from UTC in minutes.
    Offset(i32),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Utf8,
    Utf8WithMark,
    Utf16,
    Latin1,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    Score,
    /// The same question in the other branch.
    OtherBranch,
    Date,
    Person,
    Comment,
    Category(usize),
    RowNumber,
    Agent,
    ResponseId,
    Browser,
    Duration,
    Rating,
    Sent,
    Since,
}

/// Blank rows: none, after the tenth row, or so many at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Blank {
    None,
    Middle,
    End(usize),
}

#[derive(Clone)]
pub(super) struct Case {
    pub(super) responses: Vec<Response>,
    pub(super) language: usize,
    /// Which of the language's headers for a field.
    pub(super) variant: usize,
    pub(super) people: People,
    pub(super) date: DateStyle,
    pub(super) clock: Clock,
    pub(super) delimiter: char,
    pub(super) encoding: Encoding,
    pub(super) line_end: &'static str,
    pub(super) quote_all: bool,
    pub(super) columns: Vec<Column>,
    pub(super) totals: bool,
    pub(super) blank: Blank,
    pub(super) titles: usize,
}

/// What the lake must hold of the scored responses.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Truth {
    pub(super) nps: f64,
    pub(super) scored: usize,
    pub(super) first_day: NaiveDate,
    pub(super) last_day: NaiveDate,
    pub(super) days: usize,
    /// The number of people, 0 if the file names none.
    pub(super) people: usize,
}

const AGENTS: [&str; 4] = ["Maria Lind", "Jonas Berg", "Ana Costa", "Tom Reed"];
const BROWSERS: [&str; 3] = ["Chrome", "Firefox", "Safari"];

impl Case {
    pub(super) fn random(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let language = random.below(LANGUAGES.len());
        let words = &LANGUAGES[language];
        let people = random.of(&[
            People::Addresses,
            People::Addresses,
            People::Numbers,
            People::Nobody,
        ]);
        let date = match random.below(6) {
            0 => DateStyle::Iso,
            1 => DateStyle::DayMonth('/'),
            2 => DateStyle::DayMonth('.'),
            3 => DateStyle::MonthDay('/'),
            4 if words.months.is_some() || language + 1 == LANGUAGES.len() => DateStyle::Named,
            4 => DateStyle::Iso,
            _ => DateStyle::Unix,
        };
        let clock = match random.below(4) {
            0 => Clock::None,
            1 => Clock::Minutes,
            2 => Clock::Seconds,
            _ if date == DateStyle::Iso => Clock::Offset(random.of(&[0, 60, 120, 330, -300, -480])),
            _ => Clock::Seconds,
        };
        let branches = random.one_in(5);
        let mut columns = vec![Column::Score, Column::Date];
        if branches {
            columns.push(Column::OtherBranch);
        }
        if people != People::Nobody {
            columns.push(Column::Person);
        }
        let optional = [
            (Column::Comment, 1),
            (Column::Category(0), 1),
            (Column::Category(1), 2),
            (Column::RowNumber, 4),
            (Column::Agent, 4),
            (Column::ResponseId, 3),
            (Column::Browser, 4),
            (Column::Duration, 4),
            (Column::Rating, 4),
            (Column::Sent, 5),
            (Column::Since, 6),
        ];
        columns.extend(
            optional
                .into_iter()
                .filter_map(|(column, one_in)| random.one_in(one_in).then_some(column)),
        );
        random.shuffle(&mut columns);
        let mut case = Self {
            responses: Vec::new(),
            language,
            variant: random.below(60),
            people,
            date,
            clock,
            delimiter: random.of(&[',', ',', ';', ';', '\t', '|']),
            encoding: random.of(&[
                Encoding::Utf8,
                Encoding::Utf8,
                Encoding::Utf8WithMark,
                Encoding::Utf16,
                Encoding::Latin1,
            ]),
            line_end: random.of(&["\n", "\r\n"]),
            quote_all: random.one_in(3),
            columns,
            totals: random.one_in(5),
            blank: match random.below(6) {
                0 => Blank::Middle,
                1 => Blank::End(1 + random.below(30)),
                _ => Blank::None,
            },
            titles: if random.one_in(5) {
                1 + random.below(3)
            } else {
                0
            },
        };
        let rows = if random.one_in(8) {
            200
        } else {
            20 + random.below(60)
        };
        case.responses = responses(&mut random, rows, words);
        case.remove_repeated_rows();
        case
    }

    /// Removes what may be one response or two: rows with the same cells as another, and those of the same
    /// person with the same comment or at the same time.
    pub(super) fn remove_repeated_rows(&mut self) {
        let numbered = [Column::RowNumber, Column::ResponseId];
        let content = self.columns.iter().copied();
        let content: Vec<Column> = content
            .filter(|column| !numbered.contains(column))
            .collect();
        let mut rows = HashSet::new();
        let (mut comments, mut times) = (HashSet::new(), HashSet::new());
        let mut responses = std::mem::take(&mut self.responses);
        responses.retain(|response| {
            let cells = content.iter().map(|column| self.cell(*column, 0, response));
            let comment = (response.person, response.comment.clone());
            let time = (response.person, self.cell(Column::Date, 0, response));
            let has_clock = self.clock != Clock::None;
            rows.insert(cells.collect::<Vec<_>>())
                && (!has_clock || times.insert(time))
                && (response.comment.is_empty() || comments.insert(comment))
        });
        self.responses = responses;
    }

    fn words(&self) -> &'static Words {
        &LANGUAGES[self.language]
    }

    /// The header of a column.
    pub(super) fn header(&self, column: Column) -> &'static str {
        let words = self.words();
        let of = |names: &'static [&'static str]| names[self.variant % names.len()];
        match column {
            Column::Score | Column::OtherBranch => of(words.score),
            Column::Date => of(words.date),
            Column::Person if self.people == People::Addresses => of(words.address),
            Column::Person => of(words.number),
            Column::Comment => of(words.comment),
            Column::Category(index) => words.categories[index].0,
            Column::RowNumber => words.row_number,
            Column::Agent => words.agent,
            Column::ResponseId => words.response_id,
            Column::Browser => words.browser,
            Column::Duration => words.duration,
            Column::Rating => words.rating,
            Column::Sent => words.sent,
            Column::Since => words.since,
        }
    }

    /// The places of a column's cells, from 1.
    pub(super) fn places(&self, column: Column) -> Vec<usize> {
        let places = self.columns.iter().enumerate();
        let places = places.filter(|(_, other)| **other == column);
        places.map(|(index, _)| index + 1).collect()
    }

    pub(super) fn has(&self, column: Column) -> bool {
        self.columns.contains(&column)
    }

    /// The number of rows up to and including the header.
    pub(super) fn header_rows(&self) -> usize {
        self.titles + 1
    }

    /// The day's part of the date format, if the cells alone may leave it open.
    pub(super) fn day_format(&self) -> Option<&'static str> {
        match self.date {
            DateStyle::Iso => Some("%Y-%m-%d"),
            DateStyle::DayMonth('/') => Some("%d/%m/%Y"),
            DateStyle::DayMonth(_) => Some("%d.%m.%Y"),
            DateStyle::MonthDay(_) => Some("%m/%d/%Y"),
            DateStyle::Unix => Some("unix"),
            DateStyle::Named => None,
        }
    }

    pub(super) fn truth(&self) -> Truth {
        let scored: Vec<&Response> = self
            .responses
            .iter()
            .filter(|response| response.score.is_some())
            .collect();
        let of = |from: u8, to: u8| {
            let within = |response: &&&Response| {
                response
                    .score
                    .is_some_and(|score| (from..=to).contains(&score))
            };
            scored.iter().filter(within).count() as f64
        };
        let days: BTreeSet<NaiveDate> = scored.iter().map(|response| self.day(response)).collect();
        let people: BTreeSet<usize> = scored.iter().map(|response| response.person).collect();
        let is_named = self.has(Column::Person);
        Truth {
            nps: 100.0 * (of(9, 10) - of(0, 6)) / scored.len() as f64,
            scored: scored.len(),
            first_day: *days.first().expect("a scored response"),
            last_day: *days.last().expect("a scored response"),
            days: days.len(),
            people: if is_named { people.len() } else { 0 },
        }
    }

    /// The day of a response in UTC.
    fn day(&self, response: &Response) -> NaiveDate {
        let offset = match self.clock {
            Clock::Offset(minutes) if self.date == DateStyle::Iso => minutes,
            _ => 0,
        };
        (response.at - Duration::minutes(offset.into())).date()
    }

    fn date_cell(&self, at: NaiveDateTime) -> String {
        let day = match self.date {
            DateStyle::Iso => at.format("%Y-%m-%d").to_string(),
            DateStyle::DayMonth(separator) => at
                .format(&format!("%d{separator}%m{separator}%Y"))
                .to_string(),
            DateStyle::MonthDay(separator) => at
                .format(&format!("%m{separator}%d{separator}%Y"))
                .to_string(),
            DateStyle::Unix => return at.and_utc().timestamp().to_string(),
            DateStyle::Named => match self.words().months {
                Some(months) => {
                    let month = months[at.month0() as usize];
                    if self.language == 0 {
                        format!("{month} {}, {}", at.day(), at.year())
                    } else {
                        format!("{} {month} {}", at.day(), at.year())
                    }
                }
                None => format!("{}年{}月{}日", at.year(), at.month(), at.day()),
            },
        };
        match self.clock {
            Clock::None => day,
            Clock::Minutes => format!("{day} {}", at.format("%H:%M")),
            Clock::Seconds => format!("{day} {}", at.format("%H:%M:%S")),
            Clock::Offset(minutes) => {
                let sign = if minutes < 0 { '-' } else { '+' };
                let (hours, minutes) = (minutes.abs() / 60, minutes.abs() % 60);
                format!(
                    "{day}T{}{sign}{hours:02}:{minutes:02}",
                    at.format("%H:%M:%S")
                )
            }
        }
    }

    fn cell(&self, column: Column, row: usize, response: &Response) -> String {
        let in_other_branch = self.has(Column::OtherBranch) && response.person % 2 == 1;
        let score = || {
            response
                .score
                .map_or_else(String::new, |score| score.to_string())
        };
        match column {
            Column::Score if !in_other_branch => score(),
            Column::OtherBranch if in_other_branch => score(),
            Column::Score | Column::OtherBranch => String::new(),
            Column::Date => self.date_cell(response.at),
            Column::Person if self.people == People::Addresses => {
                format!("person{}@example.com", response.person)
            }
            Column::Person => (40_117 + 13 * response.person).to_string(),
            Column::Comment => response.comment.clone(),
            Column::Category(index) => {
                self.words().categories[index].1[response.categories[index]].to_owned()
            }
            Column::RowNumber => (row + 1).to_string(),
            Column::Agent => AGENTS[response.person % 4].to_owned(),
            Column::ResponseId => format!("R-{}", 7_000 + row),
            Column::Browser => BROWSERS[response.person % 3].to_owned(),
            Column::Duration => response.seconds.to_string(),
            Column::Rating => response.rating.to_string(),
            Column::Sent => self.date_cell(response.at - Duration::hours(50)),
            Column::Since => {
                let days = 200 + 37 * i64::try_from(response.person).expect("few people");
                self.date_cell(response.at - Duration::days(days))
            }
        }
    }

    /// The file's bytes.
    pub(super) fn file(&self) -> Vec<u8> {
        let mut lines = Vec::new();
        let titles = [self.words().title, "2026", "v2"];
        lines.extend(
            titles
                .iter()
                .take(self.titles)
                .map(|title| (*title).to_owned()),
        );
        let line = |cells: Vec<String>| {
            let cells = cells.iter().map(|cell| self.quoted(cell));
            cells.collect::<Vec<_>>().join(&self.delimiter.to_string())
        };
        let headers = self
            .columns
            .iter()
            .map(|column| self.header(*column).to_owned());
        lines.push(line(headers.collect()));
        let blank = self.delimiter.to_string().repeat(self.columns.len() - 1);
        for (row, response) in self.responses.iter().enumerate() {
            if self.blank == Blank::Middle && row == 10 {
                lines.push(blank.clone());
            }
            let cells = self
                .columns
                .iter()
                .map(|column| self.cell(*column, row, response));
            lines.push(line(cells.collect()));
        }
        if self.totals {
            lines.push(line(self.total()));
        }
        if let Blank::End(rows) = self.blank {
            lines.extend(std::iter::repeat_n(blank, rows));
        }
        let text = lines.join(self.line_end) + self.line_end;
        match self.encoding {
            Encoding::Utf8 => text.into_bytes(),
            Encoding::Utf8WithMark => [b"\xef\xbb\xbf", text.as_bytes()].concat(),
            Encoding::Utf16 => {
                let units = std::iter::once(0xfeff).chain(text.encode_utf16());
                units.flat_map(u16::to_le_bytes).collect()
            }
            // Of other languages, a spreadsheet saves UTF-8.
            Encoding::Latin1 => match encoding_rs::WINDOWS_1252.encode(&text) {
                (bytes, _, false) => bytes.into_owned(),
                (_, _, true) => text.into_bytes(),
            },
        }
    }

    fn quoted(&self, cell: &str) -> String {
        let special = |c| c == self.delimiter || matches!(c, '"' | '\n' | '\r');
        if self.quote_all || cell.contains(special) {
            format!("\"{}\"", cell.replace('"', "\"\""))
        } else {
            cell.to_owned()
        }
    }

    /// A row of totals: a word for it in the first cell that holds no number, the mean of the scores.
    fn total(&self) -> Vec<String> {
        let words = self.words();
        let word = words.total[self.variant % words.total.len()];
        let scores = self.responses.iter().filter_map(|response| response.score);
        let (sum, count) = scores.fold((0, 0), |(sum, count), score| {
            (sum + u32::from(score), count + 1)
        });
        let mean = format!("{:.1}", f64::from(sum) / f64::from(count));
        let label = self
            .columns
            .iter()
            .position(|column| *column != Column::Score);
        let cells = self
            .columns
            .iter()
            .enumerate()
            .map(|(index, column)| match column {
                _ if Some(index) == label => word.to_owned(),
                Column::Score => mean.clone(),
                _ => String::new(),
            });
        cells.collect()
    }
}

/// Random responses of a few people, over about a year.
fn responses(random: &mut Random, rows: usize, words: &Words) -> Vec<Response> {
    let people = rows / 2 + random.below(rows);
    let start = NaiveDate::from_ymd_opt(2024, 1, 1).expect("a day")
        + Duration::days(random.below(600) as i64);
    let length = random.of(&[6, 60, 400]);
    // Blank scores are rare, or frequent where most people did not answer.
    let blank = random.of(&[0, 0, 20, 3]);
    let mut responses: Vec<Response> = (0..rows)
        .map(|row| {
            let seconds = random.below(86_400) as i64;
            let day = start + Duration::days(random.below(length) as i64);
            let comment = match random.below(3) {
                0 => String::new(),
                kind => {
                    let text = words.comments[random.below(4)];
                    if kind == 1 {
                        text.to_owned()
                    } else {
                        format!("{text} ({row})")
                    }
                }
            };
            Response {
                score: (blank == 0 || !random.one_in(blank)).then(|| random.score()),
                at: day.and_hms_opt(0, 0, 0).expect("midnight") + Duration::seconds(seconds),
                person: random.below(people),
                comment,
                categories: [random.below(3), random.below(3)],
                rating: 1 + random.below(5) as u8,
                seconds: 20 + random.below(600) as u32,
            }
        })
        .collect();
    if responses.iter().all(|response| response.score.is_none()) {
        responses[0].score = Some(9);
    }
    responses
}
