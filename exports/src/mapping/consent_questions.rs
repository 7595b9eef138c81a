//! Questions and notes about the columns of consent.

use super::choose::Chosen;
use super::consents::{ConsentColumn, Consents};
use super::kept::KeptColumn;
use super::signs::{MARGIN, Sign, TAKE};
use super::undecided::{Undecided, choice, describe, map_option, unmap_option};
use crate::columns::Column;
use crate::columns::consent::{Consent, Sense, Word};
use crate::columns::field::Field;
use crate::error::{Error, Result};
use crate::layout::header::REJECT_REASON;
use crate::message::{ImportOption, Message};
use crate::options::{ReadOptions, consent_values};
use crate::quote::{clip, shown};

/// Values and columns that a message names.
const NAMED_MAX: usize = 5;

/// Asks which column is the consent, if several could be that give it.
pub fn check_consent_choice(columns: &[Column], chosen: &Chosen) -> Result<()> {
    if chosen.assignment.fields[Field::Consent].is_none() {
        return Ok(());
    }
    let given: Vec<_> = chosen.assignment.candidates[Field::Consent as usize]
        .iter()
        .filter(|candidate| {
            let column = &columns[candidate.column];
            let is_other = chosen.fields.contains(candidate.column)
                && chosen.fields[Field::Consent] != Some(candidate.column);
            column.consent_header.sense == Sense::Given
                && !is_other
                && !candidate.has(Sign::ConsentDates)
                && candidate.total() >= TAKE
        })
        .collect();
    let Some(best) = given.iter().map(|candidate| candidate.total()).max() else {
        return Ok(());
    };
    let mut close: Vec<usize> = Vec::new();
    for candidate in given {
        let column = &columns[candidate.column];
        let is_copy = close.iter().any(|other| columns[*other].repeats(column));
        if candidate.total() > best - MARGIN && !is_copy {
            close.push(candidate.column);
        }
    }
    if close.len() < 2 {
        return Ok(());
    }
    let described: Vec<String> = close
        .iter()
        .map(|index| describe(&columns[*index]))
        .collect();
    let mut answers: Vec<Message> = close
        .iter()
        .map(|index| map_option(Field::Consent, &columns[*index]))
        .collect();
    let all = map_all(columns, &close);
    let hint = choice(&answers)
        .text("; if a refusal in any of them counts, set ")
        .message(all.clone());
    answers.push(all);
    Err(Error::question(format!(
        "several columns could be the consent: {}",
        described.join("; ")
    ))
    .with_hint(hint)
    .with_answers(answers))
}

/// The options that map consent to several columns.
fn map_all(columns: &[Column], indexes: &[usize]) -> Message {
    let columns = indexes.iter().map(|index| &columns[*index]);
    Message::joined(columns.map(|column| map_option(Field::Consent, column)))
}

/// Asks about values of a consent column whose meaning is not known. `complete` is true if every row was
/// observed.
pub fn check_consent_values(
    columns: &[Column],
    consents: &Consents,
    consent: ConsentColumn,
    complete: bool,
) -> Result<(), Undecided> {
    let column = &columns[consent.index];
    let (mut known, mut cells) = (0, 0);
    let mut unknown: Vec<(&str, usize)> = Vec::new();
    for (value, count) in column.first_values() {
        cells += count;
        if consents.read(consent, value).is_some() {
            known += count;
        } else {
            unknown.push((value, count));
        }
    }
    let is_told = |(value, _): &(&str, usize)| consents.is_told(value);
    let answers_yes_or_no =
        |(value, _): &(&str, usize)| matches!(Word::read(value), Some(Word::Yes | Word::No));
    let is_date_by_name = column.consent_header.names_a_date && column.has_consents();
    if is_date_by_name
        && !column
            .first_values()
            .filter(answers_yes_or_no)
            .all(|value| is_told(&value))
    {
        let values: Vec<_> = column.first_values().filter(answers_yes_or_no).collect();
        return Err(yes_or_no(
            column,
            &values,
            "is named as the date of a consent, but has yes and no",
        )
        .into());
    }
    if !unknown.is_empty() && unknown.iter().all(answers_yes_or_no) {
        return Err(yes_or_no(
            column,
            &unknown,
            "is used as the consent, and a yes there may give it or take it back",
        )
        .into());
    }
    if known * 5 >= cells * 4 {
        return Ok(());
    }
    if !complete {
        return Err(Undecided::MoreRows);
    }
    Err(unknown_values(column, unknown).into())
}

/// The option that gives values a meaning.
fn meaning(consent: Consent, values: &[&str]) -> Message {
    let name = consent_values(consent.name());
    if values.iter().any(|value| value.contains(',')) {
        let option = |value| ImportOption::Map.with(format_args!("{name}={value}"));
        return Message::joined(values.iter().map(option));
    }
    ImportOption::Map.with(format_args!("{name}={}", values.join(",")))
}

/// Adds how to import without the column of consent, and the consequence.
fn or_ignore(hint: Message) -> Message {
    hint.text(
        "; to ignore the column, which identifies people who refused or withdrew consent, set ",
    )
    .message(unmap_option(Field::Consent))
}

/// The question about what yes and no mean.
fn yes_or_no(column: &Column, values: &[(&str, usize)], problem: &str) -> Error {
    let of_word = |word: Word| {
        let values = values
            .iter()
            .filter(move |(value, _)| Word::read(value) == Some(word));
        values.map(|(value, _)| *value).collect::<Vec<_>>()
    };
    let (yes, no) = (of_word(Word::Yes), of_word(Word::No));
    let answer = |of_yes: Consent, of_no: Consent| {
        let both = [(of_yes, &yes), (of_no, &no)].into_iter();
        let both = both.filter(|(_, values)| !values.is_empty());
        Message::joined(both.map(|(consent, values)| meaning(consent, values)))
    };
    let given = answer(Consent::Granted, Consent::Withdrawn);
    let withdrawn = answer(Consent::Withdrawn, Consent::Unknown);
    let hint = Message::from("if a yes gives consent, set ")
        .message(given.clone())
        .text("; if a yes refuses it or takes it back, set ")
        .message(withdrawn.clone());
    Error::question(format!("column {} {problem}", describe(column)))
        .with_hint(or_ignore(hint))
        .with_answers([given, withdrawn])
}

/// The question about unknown values.
fn unknown_values(column: &Column, mut unknown: Vec<(&str, usize)>) -> Error {
    unknown.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let mut listed: Vec<String> = unknown
        .iter()
        .take(NAMED_MAX)
        .map(|(value, count)| {
            let noun = if *count == 1 { "row" } else { "rows" };
            format!("\"{}\" ({count} {noun})", shown(value))
        })
        .collect();
    match unknown.len().saturating_sub(NAMED_MAX) {
        0 => {}
        more => listed.push(format!("{more} more")),
    }
    let message = format!(
        "column \"{}\" is used as the consent, but has unknown values: {}",
        clip(&column.header),
        listed.join(", ")
    );
    // Long values, and those that may be personal, are not quoted whole.
    let quoted: Vec<&str> = unknown
        .iter()
        .map(|(value, _)| *value)
        .filter(|value| shown(value) == *value)
        .take(NAMED_MAX)
        .collect();
    if quoted.is_empty() {
        let hint = Message::from("if it is no consent, rename the column");
        return Error::question(message).with_hint(or_ignore(hint));
    }
    let answers = Consent::ALL.map(|consent| meaning(consent, &quoted));
    let [granted, withdrawn, neither] = answers.clone();
    let hint = Message::from("say what each of them means, with ")
        .message(granted)
        .text(", ")
        .message(withdrawn)
        .text(" or ")
        .message(neither);
    let error = Error::question(message).with_hint(or_ignore(hint));
    if quoted.len() == unknown.len() {
        error.with_answers(answers)
    } else {
        error
    }
}

/// A note on columns that look like consent and are not read as such.
pub fn note_on_consents(
    columns: &[Column],
    chosen: &Chosen,
    consents: &Consents,
    kept: &[KeptColumn],
    options: &ReadOptions,
) -> Option<Message> {
    let is_read = |index: usize| {
        consents
            .columns()
            .iter()
            .any(|column| column.index == index)
    };
    let has_consent = !consents.columns().is_empty();
    let is_ignored = options
        .map
        .iter()
        .any(|(name, column)| name.trim() == Field::Consent.name() && column.trim().is_empty());
    let sense = |index: usize| columns[index].consent_header.sense;
    let others: Vec<usize> = (0..columns.len())
        .filter(|index| {
            let column = &columns[*index];
            let is_likely = column.is_consent() || !has_consent;
            let is_used = is_read(*index)
                || chosen.fields.contains(*index)
                || kept.iter().any(|kept| kept.index == *index)
                || column.header == REJECT_REASON
                || column.ignored;
            let is_told = column.tells_consent() || (is_ignored && column.is_consent());
            if is_used || !is_likely || !is_told || column.cells == 0 {
                return false;
            }
            // A copy, and when it was given, say nothing more.
            let mut read = consents.columns().iter();
            !read.any(|read| {
                columns[read.index].repeats(column)
                    || (read.sense == sense(*index) && !column.has_consents())
            })
        })
        .collect();
    if others.is_empty() {
        return None;
    }
    let named: Vec<String> = others
        .iter()
        .take(NAMED_MAX)
        .map(|index| describe(&columns[*index]))
        .collect();
    let named = named.join(", ");
    let noun = if others.len() == 1 {
        "column"
    } else {
        "columns"
    };
    if is_ignored {
        let is_are = if others.len() == 1 { "is" } else { "are" };
        return Some(Message::from(format!(
            "{noun} {named} {is_are} ignored, so people who refused or withdrew consent are identified, \
             unless lake.toml requires consent"
        )));
    }
    let (verb, is_are, does) = match others.len() {
        1 => ("may state consent", "is", "if it does, set "),
        _ => ("may state consent", "are", "if they do, set "),
    };
    let read = consents.columns().iter().map(|column| column.index);
    let all: Vec<usize> = read.chain(others.iter().copied().take(NAMED_MAX)).collect();
    let note = format!("{noun} {named} {verb}, and {is_are} not read; {does}");
    Some(Message::from(note).message(map_all(columns, &all)))
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;
    use crate::fuzzing::source;
    use crate::mapping::Mapping;
    use crate::understand::understand;

    fn options(map: &[(&str, &str)]) -> ReadOptions {
        let map = map.iter();
        ReadOptions {
            map: map
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            ..ReadOptions::default()
        }
    }

    /// A file of responses with further columns.
    fn file(header: &str, rows: &[&str]) -> String {
        let rows = rows.iter().enumerate();
        let rows = rows
            .map(|(at, row)| format!("r{at},2026-03-{:02},9,p{at}@example.com,{row}\n", at + 1));
        format!("id,date,score,email,{header}\n{}", rows.collect::<String>())
    }

    fn read(header: &str, rows: &[&str], map: &[(&str, &str)]) -> Result<Mapping> {
        let file = file(header, rows);
        let read = understand(source(file.as_bytes()).expect("a file"), &options(map))?;
        Ok(read.mapping)
    }

    /// The consents of the rows.
    fn consents(header: &str, rows: &[&str], map: &[(&str, &str)]) -> String {
        let mapping = match read(header, rows, map) {
            Ok(mapping) => mapping,
            Err(error) => return format!("{error}"),
        };
        let of_row = |row: &&str| {
            let cells = ["r", "2026-03-01", "9", "a@example.com"];
            let cells = cells.into_iter().chain(row.split(',')).map(Cow::Borrowed);
            match mapping.consents.of_row(&cells.collect::<Vec<_>>()) {
                Ok(consent) => consent.name().to_owned(),
                Err(cell) => format!("? {cell}"),
            }
        };
        rows.iter().map(of_row).collect::<Vec<_>>().join(" ")
    }

    fn notes(header: &str, rows: &[&str], map: &[(&str, &str)]) -> String {
        let mapping = read(header, rows, map).expect("it is read");
        let notes = mapping.notes.iter().map(ToString::to_string);
        notes.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn the_header_tells_what_yes_means() {
        #[rustfmt::skip]
        let files = [
            ("consent", &["yes", "no", ""][..], "granted withdrawn unknown"),
            ("consent withdrawn", &["yes", "no", ""], "withdrawn unknown unknown"),
            ("consent revoked", &["1", "0", "0"], "withdrawn unknown unknown"),
            ("Einwilligung widerrufen", &["ja", "nein", "nein"], "withdrawn unknown unknown"),
            ("consentement retiré", &["oui", "non", "non"], "withdrawn unknown unknown"),
            ("opt_out", &["true", "false", "false"], "withdrawn unknown unknown"),
            ("Email opt out", &["true", "false", "false"], "withdrawn unknown unknown"),
            ("email opt in", &["true", "false", "true"], "granted withdrawn granted"),
            ("unsubscribed", &["1", "0", ""], "withdrawn unknown unknown"),
            ("do not contact", &["yes", "no", "no"], "withdrawn unknown unknown"),
            ("consent status", &["granted", "withdrawn", "pending"], "granted withdrawn unknown"),
            ("opt in/opt out", &["opted in", "opted out", "opted in"], "granted withdrawn granted"),
            ("Einwilligung", &["ja", "nein", "widerrufen"], "granted withdrawn withdrawn"),
            ("Subscription status", &["subscribed", "unsubscribed", "subscribed"],
                "granted withdrawn granted"),
        ];
        for (header, rows, expected) in files {
            assert_eq!(consents(header, rows, &[]), expected, "{header}");
        }
    }

    #[test]
    fn dates_state_what_their_header_names() {
        #[rustfmt::skip]
        let files = [
            ("consent date", &["2026-03-01", "", "2026-03-02"][..], "granted unknown granted"),
            ("consented at", &["2026-03-01 10:15", "", "2026-03-02 10:16"], "granted unknown granted"),
            ("consent withdrawn at", &["2026-03-01", "", "2026-03-02"], "withdrawn unknown withdrawn"),
            ("consent withdrawn", &["2026-03-01", "no", "2026-03-02"], "withdrawn unknown withdrawn"),
            ("unsubscribed_at", &["2026-03-01T10:15:00Z", "0000-00-00", "2026-03-02T10:15:00Z"],
                "withdrawn unknown withdrawn"),
            ("consent", &["withdrawn 2026-03-01", "yes", "no"], "withdrawn granted withdrawn"),
        ];
        for (header, rows, expected) in files {
            assert_eq!(consents(header, rows, &[]), expected, "{header}");
        }
        let error = read("consent date", &["yes", "no", "yes"], &[]).expect_err("no dates");
        assert_eq!(error.kind(), crate::ErrorKind::Question);
        let message = error.to_string();
        assert!(
            message.contains("named as the date of a consent, but has yes and no"),
            "{message}"
        );
        let told = [("consent.granted", "yes"), ("consent.withdrawn", "no")];
        let read = consents("consent date", &["yes", "no", "yes"], &told);
        assert_eq!(read, "granted withdrawn granted");
    }

    #[test]
    fn withdrawal_outweighs_other_columns() {
        #[rustfmt::skip]
        let files = [
            ("consent,consent withdrawn", &["yes,no", "yes,yes", "no,no", ",", ",yes"][..],
                "granted withdrawn withdrawn unknown withdrawn"),
            ("opt_out,opt_in", &["no,yes", "yes,yes", "no,no"], "granted withdrawn withdrawn"),
            ("consent,consent date", &["yes,2026-03-01", "no,2026-03-01", ",2026-03-01"],
                "granted withdrawn unknown"),
            ("consented at,withdrawn consent at", &["2026-03-01,", "2026-03-01,2026-03-04", ","],
                "granted withdrawn unknown"),
        ];
        for (header, rows, expected) in files {
            assert_eq!(consents(header, rows, &[]), expected, "{header}");
        }
        let rows = ["yes,no", "yes,yes", "no,yes"];
        let error = read("email consent,sms consent", &rows, &[]).expect_err("two consents");
        assert_eq!(error.kind(), crate::ErrorKind::Question);
        let answers = error.questions()[0].answers.iter().map(ToString::to_string);
        assert_eq!(
            answers.collect::<Vec<_>>(),
            [
                "map(\"consent=email consent\")",
                "map(\"consent=sms consent\")",
                "map(\"consent=email consent\") map(\"consent=sms consent\")",
            ]
        );
        let both = [("consent", "email consent"), ("consent", "sms consent")];
        let read = consents("email consent,sms consent", &rows, &both);
        assert_eq!(read, "withdrawn granted withdrawn");
    }

    #[test]
    fn what_yes_means_is_asked_where_the_header_names_both() {
        let rows = ["yes", "no", "yes"];
        let error = read("opt in / opt out", &rows, &[]).expect_err("it is unclear");
        let answers = error.questions()[0].answers.iter().map(ToString::to_string);
        assert_eq!(
            answers.collect::<Vec<_>>(),
            [
                "map(\"consent.granted=yes\") map(\"consent.withdrawn=no\")",
                "map(\"consent.withdrawn=yes\") map(\"consent.unknown=no\")",
            ]
        );
        let told = [("consent.withdrawn", "yes"), ("consent.unknown", "no")];
        let read = consents("opt in / opt out", &rows, &told);
        assert_eq!(read, "withdrawn unknown withdrawn");
    }

    #[test]
    fn unknown_values_are_asked_about_alone() {
        let rows = ["ja", "nein", "vielleicht", "vielleicht", "evtl"];
        let error = read("Einwilligung", &rows, &[]).expect_err("values are unknown");
        let message = error.to_string();
        assert!(
            message.contains("has unknown values: \"vielleicht\" (2 rows), \"evtl\" (1 row)"),
            "{message}"
        );
        let answers = error.questions()[0].answers.iter().map(ToString::to_string);
        assert_eq!(
            answers.collect::<Vec<_>>(),
            [
                "map(\"consent.granted=vielleicht,evtl\")",
                "map(\"consent.withdrawn=vielleicht,evtl\")",
                "map(\"consent.unknown=vielleicht,evtl\")",
            ]
        );
        let hint = error.hint().expect("a hint").to_string();
        assert!(
            hint.contains("identifies people who refused or withdrew consent"),
            "{hint}"
        );
        let told = [
            ("consent.unknown", "vielleicht"),
            ("consent.withdrawn", "EVTL"),
        ];
        let read = consents("Einwilligung", &rows, &told);
        assert_eq!(read, "granted withdrawn unknown unknown withdrawn");
        let wrong = super::tests::read("consent", &rows, &[("consent.maybe", "x")]);
        assert!(
            wrong
                .expect_err("no meaning")
                .to_string()
                .contains("\"consent.maybe\" does not exist")
        );
        // Codes are asked about; counts are no consent.
        assert!(consents("consent", &["1", "2", "2"], &[]).contains("\"2\" (2 rows)"));
        let coded = [("consent.granted", "1"), ("consent.withdrawn", "2")];
        assert_eq!(
            consents("consent", &["1", "2", "2"], &coded),
            "granted withdrawn withdrawn"
        );
        let counts = read_mapping("unsubscribed", &["12", "35", "17", "3", "48"]);
        assert_eq!(counts.column(Field::Consent), None);
    }

    fn read_mapping(header: &str, rows: &[&str]) -> Mapping {
        super::tests::read(header, rows, &[]).expect("it is read")
    }

    #[test]
    fn columns_that_may_be_consent_are_noted() {
        let rows = ["yes", "no", "yes"];
        for header in [
            "can we contact you?",
            "contact permission",
            "Newsletter",
            "may we email you?",
        ] {
            let notes = notes(header, &rows, &[]);
            let expected = format!(
                "column \"{header}\" (yes, no) may state consent, and is not read; if it does, set \
                 map(\"consent={header}\")"
            );
            assert!(notes.contains(&expected), "{header}: {notes}");
            let read = consents(header, &rows, &[("consent", header)]);
            assert_eq!(read, "granted withdrawn granted", "{header}");
        }
        let ignored = notes("consent", &rows, &[("consent", "")]);
        assert!(
            ignored.contains("people who refused or withdrew consent are identified"),
            "{ignored}"
        );
        let one = notes(
            "consent,consent withdrawn",
            &["yes,no", "no,yes", "yes,no"],
            &[("consent", "consent")],
        );
        assert!(
            one.contains("map(\"consent=consent\") map(\"consent=consent withdrawn\")"),
            "{one}"
        );
        for (header, row) in [
            ("Plan", "Pro"),
            ("Refused delivery", "yes"),
            ("consent version", "v2"),
        ] {
            let notes = notes(header, &[row, row, row], &[]);
            assert!(!notes.contains("consent"), "{header}: {notes}");
        }
    }
}
