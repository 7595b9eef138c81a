//! Remarks of the summary: on the conversion of a field, and on the import.

use exports::columns::consent::Sense;
use exports::columns::field::Field;
use exports::layout::Layout;
use exports::mapping::Mapping;
use exports::mapping::consents::ConsentColumn;
use exports::quote::clip;
use exports::{ImportOption, Message};

use super::thousands::thousands;
use crate::ingest::decide::tally::Tally;
use crate::ingest::options::IngestOptions;
use crate::ingest::stage::row_counts::TOTAL;
use crate::lake::zone::Zone;

/// Details of the conversion of a field's column.
pub(super) fn detail(
    field: Field,
    mapping: &Mapping,
    options: &IngestOptions,
    lake_zone: Zone,
) -> Option<String> {
    let reader = match field {
        Field::Respondent => return Some("pseudonym".to_owned()),
        Field::Account if mapping.account_is_personal => return Some("pseudonym".to_owned()),
        _ if !mapping.branches(field).is_empty() => {
            let branches = mapping.branches(field).iter();
            let headers = branches.map(|index| format!("\"{}\"", clip(&mapping.headers[*index])));
            return Some(format!("with {}", headers.collect::<Vec<_>>().join(", ")));
        }
        Field::Consent => return detail_of_consent(mapping),
        Field::RespondedAt => mapping.responded_at.as_ref()?,
        Field::SentAt => mapping.sent_at.as_ref()?,
        Field::UpdatedAt => mapping.updated_at.as_ref()?,
        _ => return None,
    };
    let zone = if reader.is_absolute() {
        String::new()
    } else if let Some(zone) = mapping.header_zones[field as usize] {
        format!(", {zone} from the header")
    } else if let Some(zone) = &options.timezone {
        format!(", {zone}")
    } else if lake_zone.is_utc() {
        ", UTC by default".to_owned()
    } else {
        format!(", {lake_zone} as the lake")
    };
    let joined = mapping.joined_date.filter(|_| field == Field::RespondedAt);
    let parts = joined.map_or_else(String::new, |joined| {
        let others = joined.others().into_iter();
        let headers = others.map(|index| format!("\"{}\"", clip(&mapping.headers[index])));
        format!(" with {}", headers.collect::<Vec<_>>().join(", "))
    });
    let time = match mapping.responded_time {
        Some(index) if field == Field::RespondedAt => {
            let and = if parts.is_empty() { "with" } else { "and" };
            format!(" {and} \"{}\"", clip(&mapping.headers[index]))
        }
        _ => String::new(),
    };
    Some(format!("{}{parts}{time}{zone}", reader.style))
}

/// The meaning of a value of each column of consent, unless there is one column of yes and no.
fn detail_of_consent(mapping: &Mapping) -> Option<String> {
    let meaning = |column: &ConsentColumn| {
        let value = if column.has_dates { "a date" } else { "yes" };
        match column.sense {
            Sense::Withdrawn => Some(format!("{value} is withdrawn")),
            Sense::Given if column.has_dates => Some("a date is granted".to_owned()),
            Sense::Given | Sense::Unclear => None,
        }
    };
    let (first, others) = mapping.consents.columns().split_first()?;
    let others = others.iter().map(|column| {
        let header = clip(&mapping.headers[column.index]);
        let meaning = meaning(column).map_or_else(String::new, |meaning| format!(", {meaning}"));
        format!("with \"{header}\"{meaning}")
    });
    let details: Vec<String> = meaning(first).into_iter().chain(others).collect();
    (!details.is_empty()).then(|| details.join("; "))
}

/// The remark on dates of the file that are in another zone than the days of the lake.
fn note_on_zone(mapping: &Mapping, options: &IngestOptions, lake_zone: Zone) -> Option<Message> {
    let reader = mapping.responded_at.as_ref()?;
    let is_of_header = mapping.header_zones[Field::RespondedAt as usize].is_some();
    if reader.is_absolute() || is_of_header || options.timezone.is_none() {
        return None;
    }
    let zone = Zone::parse(reader.zone.name()).ok()?;
    (zone != lake_zone).then(|| {
        format!(
            "the dates are read in {zone}, but the lake's days and months are those of \
             {lake_zone}; to change these: voxql optimize --zone {zone}"
        )
        .into()
    })
}

/// Remarks on the import, one sentence each.
pub(super) fn notes(
    layout: &Layout,
    mapping: &Mapping,
    options: &IngestOptions,
    lake_zone: Zone,
    tally: &Tally,
) -> Vec<Message> {
    let counts = &tally.counts;
    let mut notes = mapping.notes.clone();
    notes.extend(note_on_zone(mapping, options, lake_zone));
    if let Some(reshaped) = &layout.reshaped {
        let (parts, noun, responses) = reshaped.counts();
        let note = format!(
            "{} {noun} of {} responses",
            thousands(parts),
            thousands(responses)
        );
        notes.push(note.into());
    }
    if counts.skipped.keys().any(|kind| kind != "blank") {
        let skipped: Vec<String> = counts
            .skipped
            .iter()
            .map(|(kind, rows)| format!("{} {kind}", thousands(*rows)))
            .collect();
        notes.push(format!("not a response: {}", skipped.join(", ")).into());
    }
    if let Some((number, cells)) = &counts.first_total {
        let rows = counts.skipped.get(TOTAL).copied().unwrap_or_default();
        let noun = layout.format.row_noun();
        let note = match rows {
            1 => format!("left out as a total: {noun} {number} ({cells})"),
            rows => format!(
                "left out as totals: {} rows, the first on {noun} {number} ({cells})",
                thousands(rows)
            ),
        };
        notes.push(note.into());
    }
    let has_dates = mapping.column(Field::RespondedAt).is_some();
    let not_utf_8 = format!(
        "cells that are not UTF-8, read as {}",
        layout.format.fallback_encoding()
    );
    let keyless = format!("responses without {}", missing_keys(mapping));
    let counted = [
        (not_utf_8.as_str(), counts.narrow_cells, ""),
        (
            "new responses without a date",
            if has_dates { tally.undated } else { 0 },
            "",
        ),
        ("new responses dated in the future", tally.future, ""),
        ("new responses dated before 2000", tally.before_2000, ""),
        (
            "times that the clocks of their zone skip in spring",
            counts.skipped_times,
            "; read as an hour later",
        ),
        (
            "times that the clocks of their zone show twice in autumn",
            counts.repeated_times,
            "; read as the first of the two",
        ),
        (
            keyless.as_str(),
            counts.keyless,
            "; each one counts, even if another file repeats it",
        ),
        (
            "responses without consent, which the lake requires",
            counts.without_consent,
            "; imported without respondent and comment",
        ),
        (
            "responses whose consent is withdrawn",
            counts.withdrawn,
            "; kept as scores, as are earlier ones of the same people",
        ),
        (
            "rejected rows that withdraw consent",
            counts.rejected_withdrawals,
            ", which is not applied; mend and import them, or run voxql forget --keep-score for their people",
        ),
        (
            "responses of forgotten people whose scores are kept",
            counts.kept_scores,
            "; imported without respondent and comment",
        ),
        (
            "duplicates that are older versions of a response in the same file",
            tally.superseded,
            "",
        ),
    ];
    if counts.replaced > 0 {
        let count = thousands(counts.replaced);
        let note = format!("unreadable characters, replaced by \u{fffd}: {count}; set another ");
        notes.push(Message::from(note).option(ImportOption::Encoding));
    }
    for (subject, count, advice) in counted {
        if count > 0 {
            notes.push(format!("{subject}: {}{advice}", thousands(count)).into());
        }
    }
    notes
}

/// The fields, of those that identify a response, that the file has no column for; all of them if it
/// has a column for each.
fn missing_keys(mapping: &Mapping) -> String {
    let time = match mapping.column(Field::RespondedAt) {
        Some(_) => "a time of day",
        None => "a date",
    };
    let fields = [
        ("an id", mapping.column(Field::ResponseId).is_some()),
        ("a respondent", mapping.column(Field::Respondent).is_some()),
        (time, false),
    ];
    let missing: Vec<&str> = fields
        .iter()
        .filter(|(_, has_column)| !has_column)
        .map(|(name, _)| *name)
        .collect();
    match missing.as_slice() {
        [] => "an id".to_owned(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}
