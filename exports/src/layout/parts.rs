//! Second header rows that name the parts of questions, such as `Score` and `Label` below a
//! question of Survicate.

use super::first_rows::is_answer;
use crate::columns::headers::fold;

/// Words, folded, for the answer to the question itself. Its column is named by the question alone.
#[rustfmt::skip]
const ANSWERS: [&str; 44] = [
    "answer", "response", "score", "rating", "value", "open ended response", "text", "grade",
    "antwort", "bewertung", "wert", "punktzahl", "punkte", "offene antwort", "reponse", "note",
    "valeur", "respuesta", "puntuacion", "puntaje", "calificacion", "valor", "risposta",
    "punteggio", "voto", "valutazione", "resposta", "nota", "pontuacao", "antwoord", "cijfer",
    "waarde", "svar", "betyg", "vastaus", "arvosana", "odpowiedz", "ocena", "yanit", "puan", "ответ",
    "оценка", "回答", "スコア",
];

/// Rows below the second header row that are compared with it.
const SAMPLE_ROWS: usize = 50;

/// True for a word for the answer to the question itself.
pub fn is_whole_answer(part: &str) -> bool {
    ANSWERS.contains(&fold(part).as_str())
}

/// True if the second of the rows names parts of the questions in the first: it has texts where a
/// question goes on over several columns, and elsewhere nothing, or a word for the answer.
pub fn names_parts(rows: &[Vec<String>]) -> bool {
    let [names, parts, below @ ..] = rows else {
        return false;
    };
    let cell = |row: &[String], index: usize| {
        let cell = row.get(index).map_or("", |cell| cell.trim());
        cell.to_owned()
    };
    let continues = |index: usize| {
        let name = cell(names, index);
        index > 0 && (name.is_empty() || name == cell(names, index - 1))
    };
    let width = names.len().max(parts.len());
    let below = &below[..below.len().min(SAMPLE_ROWS)];
    let mut continued = 0;
    let mut has_contrast = false;
    for index in 0..width {
        let part = cell(parts, index);
        let is_in_group = continues(index) || (index + 1 < width && continues(index + 1));
        if part.is_empty() {
            continue;
        }
        let values = || below.iter().map(|row| cell(row, index));
        let values = || values().filter(|value| !value.is_empty());
        let is_whole = is_whole_answer(&part);
        if is_answer(&part) || values().any(|value| value == part) || !(is_in_group || is_whole) {
            return false;
        }
        continued += usize::from(continues(index));
        let (filled, typed) = (values().count(), values().filter(|v| is_answer(v)).count());
        has_contrast |= is_whole || (typed > 0 && typed * 5 >= filled * 4);
    }
    continued > 0 && has_contrast
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_told_from_responses_and_translations() {
        for (text, expected) in [
            // Survicate, a German tool with a part for the reason, merged cells that repeat.
            (
                "Date,Q1: Recommend?,,city|,Score,Label,|2026-01-01,9,Promoter,Graz|,3,,Wien",
                true,
            ),
            ("ID,Weiterempfehlung,|,Wert,Begründung|1,9,gut|2,3,", true),
            ("id,NPS,NPS|,Nota,Motivo|1,9,bom|2,3,caro", true),
            // The first response, unnamed columns, units, and a repeated name.
            ("id,comment,,nps|a,good,,9|b,bad,,3", false),
            ("name,,comment|Ana,Smith,good|Bo,Lee,bad", false),
            ("id,date,score|,,(0-10)|1,2026-01-01,9", false),
            ("id,date,score|Nr.,Datum,Note|1,2026-01-01,9", false),
            (",team,score|,Sales,9|,Legal,3", false),
            ("score|9", false),
        ] {
            let rows: Vec<Vec<String>> = text
                .split('|')
                .map(|row| row.split(',').map(str::to_owned).collect())
                .collect();
            assert_eq!(names_parts(&rows), expected, "{text}");
        }
    }
}
