//! Columns with a part of a date each: the year, the month, the day.

use super::Column;
use crate::dates::day::YEARS;
use crate::dates::month_names::month;

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
        let mut headers = HEADERS.into_iter();
        let (part, _) = headers.find(|(_, headers)| headers.contains(&self.folded.as_str()))?;
        let fits = |sample: &String| {
            let number = sample
                .trim_start_matches(['Q', 'q', 'W', 'w'])
                .parse::<i32>();
            match (part, number) {
                (DatePart::Year, Ok(year)) => YEARS.contains(&year),
                (DatePart::Quarter, Ok(quarter)) => (1..=4).contains(&quarter),
                (DatePart::Month, Ok(month)) => (1..=12).contains(&month),
                (DatePart::Month, Err(_)) => month(sample).is_some(),
                (DatePart::Week, Ok(week)) => (1..=53).contains(&week),
                (DatePart::Day, Ok(day)) => (1..=31).contains(&day),
                (_, Err(_)) => false,
            }
        };
        (self.cells > 0 && self.samples.iter().all(fits)).then_some(part)
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
        ] {
            let mut column = Column::new(header, None);
            column.observe(cell);
            assert_eq!(column.date_part(), expected, "{header} {cell}");
        }
    }
}
