//! Columns with a part of a date each: the year, the month, the day.

use super::Column;
use crate::dates::day::YEARS;
use crate::dates::month_names::month;

/// Words, folded, that a header can have beside that of a part: the date is that of the answer.
#[rustfmt::skip]
const OF_THE_ANSWER: [&str; 38] = [
    "survey", "response", "resp", "answer", "answered", "date", "submission", "submitted", "feedback",
    "interview", "of", "the", "umfrage", "antwort", "befragung", "datum", "der", "des", "enquete",
    "reponse", "sondage", "de", "la", "del", "da", "do", "encuesta", "respuesta", "fecha", "pesquisa",
    "resposta", "data", "risposta", "sondaggio", "antwoord", "svar", "odpowiedzi", "ответа",
];

/// A part of a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DatePart {
    Year,
    Quarter,
    Month,
    Week,
    Day,
}

/// Folded headers of each part.
#[rustfmt::skip]
const HEADERS: [(DatePart, &[&str]); 5] = [
    (DatePart::Year, &[
        "year", "yr", "survey year", "response year", "jahr", "annee", "ano", "anno", "jaar", "ar",
        "vuosi", "rok", "ev", "an", "yil", "год", "рік", "ετος", "שנה", "年", "年份", "연도",
    ]),
    (DatePart::Quarter, &[
        "quarter", "qtr", "quartal", "trimestre", "kwartaal", "kvartal", "kwartal", "квартал",
    ]),
    (DatePart::Month, &[
        "month", "month name", "month number", "survey month", "response month", "monat", "mois",
        "mes", "mese", "maand", "manad", "maned", "kuukausi", "miesiac", "mesic", "mesiac", "honap",
        "luna", "ay", "месяц", "місяць", "μηνασ", "חודש", "月", "月份", "월",
    ]),
    (DatePart::Week, &[
        "week", "week number", "week no", "weeknum", "calendar week", "iso week", "kw",
        "kalenderwoche", "woche", "semaine", "semana", "settimana", "vecka", "uge", "uke", "viikko",
        "tydzien", "tyden", "неделя", "週", "周", "주",
    ]),
    (DatePart::Day, &[
        "day", "day of month", "tag", "jour", "dia", "giorno", "dag", "paiva", "dzien", "den",
        "nap", "zi", "gun", "день", "日", "일",
    ]),
];

impl Column {
    /// The part of a date that header and cells name.
    pub fn date_part(&self) -> Option<DatePart> {
        let part = part_named(&self.folded)?;
        let fits = |sample: &String| match part {
            DatePart::Month => month_number(sample).is_some(),
            _ => number(sample).is_some_and(|number| part.contains(number)),
        };
        (self.cells > 0 && self.samples.iter().all(fits)).then_some(part)
    }

    /// True if the days of a month may be those of a week: many, and none is above 7.
    fn may_be_weekdays(&self) -> bool {
        const CELLS_MIN: usize = 20;
        self.cells >= CELLS_MIN && !self.answers.exceed(7)
    }
}

/// The part that a folded header names, alone or with words for the answer.
fn part_named(folded: &str) -> Option<DatePart> {
    let named = |text: &str| {
        let mut headers = HEADERS.into_iter();
        let (part, _) = headers.find(|(_, headers)| headers.contains(&text))?;
        Some(part)
    };
    let words = folded.split(' ');
    let words: Vec<&str> = words.filter(|word| !OF_THE_ANSWER.contains(word)).collect();
    named(folded).or_else(|| named(&words.join(" ")))
}

impl DatePart {
    fn contains(self, number: i32) -> bool {
        match self {
            Self::Year => YEARS.contains(&number),
            Self::Quarter => (1..=4).contains(&number),
            Self::Month => (1..=12).contains(&number),
            Self::Week => (1..=53).contains(&number),
            Self::Day => (1..=31).contains(&number),
        }
    }
}

/// The number in a cell such as `2026`, `2026.0`, `Q3` or `W36`.
fn number(cell: &str) -> Option<i32> {
    let cell = cell
        .trim()
        .trim_start_matches(['Q', 'q', 'W', 'w', 'T', 't']);
    cell.strip_suffix(".0").unwrap_or(cell).parse().ok()
}

/// The month in a cell: its number or name.
fn month_number(cell: &str) -> Option<i32> {
    match number(cell) {
        Some(number) => DatePart::Month.contains(number).then_some(number),
        None => Some(month(cell)? as i32),
    }
}

/// The columns of a date's parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JoinedDate {
    pub year: usize,
    rest: Rest,
}

/// The columns besides that of the year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rest {
    Day { month: usize, day: usize },
    Month(usize),
    Week(usize),
    Quarter(usize),
}

impl JoinedDate {
    /// The columns of a date's parts; `None` if a part is missing, or in several columns.
    pub fn find(columns: &[Column]) -> Option<Self> {
        let parts = columns
            .iter()
            .enumerate()
            .filter(|(_, column)| !column.ignored)
            .filter_map(|(index, column)| Some((column.date_part()?, index)));
        let parts: Vec<(DatePart, usize)> = parts.collect();
        let only = |part: DatePart| {
            let mut found = parts.iter().filter(|(other, _)| *other == part);
            match (found.next(), found.next()) {
                (Some((_, index)), None) => Ok(Some(*index)),
                (None, _) => Ok(None),
                (Some(_), Some(_)) => Err(()),
            }
        };
        let column = |part: DatePart| only(part).ok();
        let year = column(DatePart::Year)??;
        let day = column(DatePart::Day)?.filter(|day| !columns[*day].may_be_weekdays());
        let rest = match (column(DatePart::Month)?, day) {
            (Some(month), Some(day)) => Rest::Day { month, day },
            (Some(month), None) => Rest::Month(month),
            (None, _) => match (column(DatePart::Week)?, column(DatePart::Quarter)?) {
                (Some(week), _) => Rest::Week(week),
                (None, quarter) => Rest::Quarter(quarter?),
            },
        };
        Some(Self { year, rest })
    }

    /// The columns besides that of the year.
    pub fn others(&self) -> Vec<usize> {
        match self.rest {
            Rest::Day { month, day } => vec![month, day],
            Rest::Month(other) | Rest::Week(other) | Rest::Quarter(other) => vec![other],
        }
    }

    /// The format of the joined text.
    pub fn format(&self) -> &'static str {
        match self.rest {
            Rest::Day { .. } => "%Y-%m-%d",
            Rest::Month(_) => "%Y-%m",
            Rest::Week(_) => "%G-W%V",
            Rest::Quarter(_) => "%Y-Q",
        }
    }

    /// The day that stands for a period, if there is no column of days.
    pub fn day_of_period(&self) -> Option<&'static str> {
        match self.rest {
            Rest::Day { .. } => None,
            Rest::Month(_) => Some("first day of the month"),
            Rest::Week(_) => Some("Monday of the week"),
            Rest::Quarter(_) => Some("first day of the quarter"),
        }
    }

    /// The date of a row in ISO notation, as far as its parts can be read. `None` if all are blank.
    pub fn text<'a>(&self, cell: impl Fn(usize) -> &'a str) -> Option<String> {
        let part = |index: usize| match number(cell(index)) {
            Some(number) => format!("{number:02}"),
            None => cell(index).trim().to_owned(),
        };
        let year = part(self.year);
        let others = self.others();
        if year.is_empty() && others.iter().all(|index| part(*index).is_empty()) {
            return None;
        }
        let month = |index: usize| match month_number(cell(index)) {
            Some(month) => format!("{month:02}"),
            None => part(index),
        };
        Some(match self.rest {
            Rest::Day { month: of, day } => format!("{year}-{}-{}", month(of), part(day)),
            Rest::Month(of) => format!("{year}-{}", month(of)),
            Rest::Week(week) => format!("{year}-W{}", part(week)),
            Rest::Quarter(quarter) => {
                format!("{year}-Q{}", part(quarter).trim_start_matches('0'))
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_and_cells_name_a_part() {
        for (header, cell, expected) in [
            ("Year", "2025", Some(DatePart::Year)),
            ("Année", "2025", Some(DatePart::Year)),
            ("Year", "3", None),
            ("Month", "9", Some(DatePart::Month)),
            ("Monat", "März", Some(DatePart::Month)),
            ("Month", "13", None),
            ("Week", "W36", Some(DatePart::Week)),
            ("Quarter", "Q3", Some(DatePart::Quarter)),
            ("Day", "31", Some(DatePart::Day)),
            ("Day", "Monday", None),
            ("Plan", "3", None),
            ("Survey Year", "2025", Some(DatePart::Year)),
            ("Date: month", "9", Some(DatePart::Month)),
            ("Jahr der Umfrage", "2025.0", Some(DatePart::Year)),
            ("Birth year", "1985", None),
            ("Member since year", "2019", None),
        ] {
            let mut column = Column::new(header, None);
            column.observe(cell);
            assert_eq!(column.date_part(), expected, "{header} {cell}");
        }
    }

    #[test]
    fn parts_are_joined() {
        let columns = |headers: &str, row: &str| {
            let mut columns: Vec<Column> = Vec::new();
            for (header, cell) in headers.split(',').zip(row.split(',')) {
                columns.push(Column::new(header, None));
                columns.last_mut().unwrap().observe(cell);
            }
            columns
        };
        for (headers, row, expected) in [
            ("Year,Month,Day", "2025,3,7", Some("2025-03-07")),
            ("Tag,Monat,Jahr", "7,März,2025", Some("2025-03-07")),
            ("año,mes,nps", "2025,diciembre,9", Some("2025-12")),
            ("Year,Week", "2025,W09", Some("2025-W09")),
            ("Year,Quarter", "2025,Q3", Some("2025-Q3")),
            ("年,月,日", "2025,3,7", Some("2025-03-07")),
            ("Year,Day", "2025,7", None),
            ("Year,Jahr,Month", "2025,2024,7", None),
        ] {
            let joined = JoinedDate::find(&columns(headers, row));
            let cells: Vec<&str> = row.split(',').collect();
            let text = joined.and_then(|joined| joined.text(|index| cells[index]));
            assert_eq!(text.as_deref(), expected, "{headers}");
        }
        let joined = JoinedDate::find(&columns("Year,Month", "2025,3")).unwrap();
        assert_eq!(joined.text(|_| " "), None);
        assert_eq!(
            joined.text(|index| ["2025", "13"][index]).as_deref(),
            Some("2025-13")
        );
    }
}
