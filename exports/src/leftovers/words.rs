//! Words for totals.

use crate::columns::group::Group;
use crate::columns::headers::fold;

/// A word for a total in the first filled cell of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TotalWord {
    /// The word, folded, without a number after it.
    pub word: String,
    pub kind: WordKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WordKind {
    /// Names nothing but a total, such as `Grand total`.
    Certain,
    /// Can also name a company, a department or a product, such as `Media`.
    Ambiguous,
    /// A name that ends with a word for a total, such as `North Total`.
    Suffix,
    /// Names the respondents that are counted: `Promoters`, `% Detractors`.
    Group(Group),
}

/// Words for totals that name nothing else, folded.
#[rustfmt::skip]
const CERTAIN: [&str; 30] = [
    "totals", "grand total", "subtotal", "sub total", "averages", "std dev", "standard deviation",
    "stdev", "std deviation", "variance", "total responses", "total average", "overall average",
    "sample size", "gesamtergebnis", "gesamtsumme", "zwischensumme", "teilergebnis",
    "durchschnitt", "mittelwert", "moyenne", "total general", "promedio", "media total",
    "gemiddelde", "medelvarde", "gennemsnit", "gjennomsnitt", "keskiarvo", "suma koncowa",
];

/// Words for totals that are also names, folded.
#[rustfmt::skip]
const AMBIGUOUS: [&str; 44] = [
    "total", "sum", "average", "avg", "mean", "median", "count", "overall", "summe", "gesamt",
    "anzahl", "somme", "media", "suma", "totale", "somma", "totaal", "totalt", "yhteensa",
    "srednia", "celkem", "osszesen", "toplam", "ortalama", "nps", "maximum", "minimum", "max",
    "min", "razem", "ukupno", "summa", "i alt", "prumer", "priemer", "atlag", "medie", "prosek", "nps score",
    "net promoter score", "margin of error", "standard error", "respondents", "responses",
];

/// Words for totals in other scripts, which folding does not cover.
#[rustfmt::skip]
const NOT_LATIN: [&str; 15] = [
    "итого", "всего", "среднее", "разом", "σύνολο", "סהכ", "المجموع", "合計", "平均", "总计",
    "平均值", "합계", "평균", "小計", "总和",
];

/// Last words of the first cells of subtotal rows, folded.
#[rustfmt::skip]
const LAST_WORDS: [&str; 6] = ["total", "subtotal", "ergebnis", "teilergebnis", "gesamt", "summe"];

/// The word for a total in a cell such as `Total`, `Average:`, `Total 2026` or `North Total`. Ids
/// such as `NPS-1` and `Total00001` have none.
pub fn total_word(cell: &str) -> Option<TotalWord> {
    let starts_with_digit = cell.starts_with(|c: char| c.is_ascii_digit());
    if cell.len() > 40 || starts_with_digit || cell.contains('@') {
        return None;
    }
    // A number belongs to the word only if it is apart from it.
    let number = cell.trim_end_matches(|c: char| c.is_ascii_digit() || ".,()=: ".contains(c));
    let rest = &cell[number.len()..];
    let has_number = rest.contains(|c: char| c.is_ascii_digit());
    let text = if rest.starts_with([' ', ':', '(', '=']) {
        number
    } else if has_number {
        return None;
    } else {
        cell
    };
    let folded = fold(text);
    let kind = if CERTAIN.contains(&folded.as_str()) {
        WordKind::Certain
    } else if AMBIGUOUS.contains(&folded.as_str()) {
        WordKind::Ambiguous
    } else if NOT_LATIN
        .iter()
        .any(|word| *word == folded || *word == text)
    {
        WordKind::Certain
    } else if let Some(group) = Group::counted(&folded) {
        WordKind::Group(group)
    } else if !has_number && ends_with_total(&folded) {
        WordKind::Suffix
    } else {
        return None;
    };
    Some(TotalWord { word: folded, kind })
}

fn ends_with_total(folded: &str) -> bool {
    let words: Vec<&str> = folded.split(' ').collect();
    (2..=4).contains(&words.len()) && words.last().is_some_and(|word| LAST_WORDS.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_told_from_ids_and_names() {
        use WordKind::{Ambiguous, Certain, Suffix};
        for (cell, expected) in [
            ("Total", Some(("total", Ambiguous))),
            ("Average:", Some(("average", Ambiguous))),
            ("Total 2026", Some(("total", Ambiguous))),
            ("Total (45)", Some(("total", Ambiguous))),
            ("Grand Total", Some(("grand total", Certain))),
            ("Ø", None),
            ("Gesamtergebnis", Some(("gesamtergebnis", Certain))),
            ("合計", Some(("合計", Certain))),
            ("Итого:", Some(("итого", Certain))),
            ("North Total", Some(("north total", Suffix))),
            (
                "Promoters",
                Some(("promoters", WordKind::Group(Group::Promoter))),
            ),
            (
                "% Detractors",
                Some(("detractors", WordKind::Group(Group::Detractor))),
            ),
            (
                "Number of passives:",
                Some(("number of passives", WordKind::Group(Group::Passive))),
            ),
            ("NPS-000001", None),
            ("Total00001", None),
            ("NPS1", None),
            ("Media Markt", None),
            ("Total Energies", None),
            ("12 Total", None),
        ] {
            let found = total_word(cell);
            let found = found.as_ref().map(|word| (word.word.as_str(), word.kind));
            assert_eq!(found, expected, "{cell}");
        }
    }
}
