//! Dates of birth: dates after a word for birth.

use std::sync::LazyLock;

use regex::Regex;

use super::PersonalData;
use super::pattern::regex_ignoring_case;
use super::spans::Spans;

/// The shortest date is a year.
pub(super) const DIGITS_MIN: usize = 4;

static BIRTH_DATE: LazyLock<Regex> = LazyLock::new(|| {
    let word = r"(?:born|birth\s*-?\s*da(?:y|te)|date\s+of\s+birth|d\.?\s?o\.?\s?b\b\.?|geboren|geburtstag|geburtsdatum|geb\.
        |née?\s|date\s+de\s+naissance|naissance|anniversaire|nacid[oa]|nací|nacimiento|cumpleaños|nat[oa]\b|nascita|compleanno
        |nascid[oa]|nasci\b|nascimento|aniversário|geboortedatum|född|födelsedatum|født|fødselsdato|fødselsdag|syntynyt|syntymäaika
        |urodzon[ya]|urodził[ae]?m?|data\s+urodzenia|narozen[aý]?|datum\s+narození|doğum\s+tarihi[mn]?|doğdum|született|născut[ă]?|γεννήθηκα
        |родил(?:ся|ась)|дата\s+рождения|जन्म(?:\s*तिथि)?|生年月日|出生)";
    let month = r"(?:jan|feb|fev|fév|mar|mär|maa|apr|avr|abr|kwi|may|mai|maj|mag|mei|maggio|jun|jui|giu|ka|jul|lug|aug|aoû|ago|sep|set|oct|okt|ott|out|nov|dec|dez|déc|dic|styc|lut|czer|lip|sier|wrz|paź|lis|gru)\p{L}*\.?";
    let date = format!(
        r"(?:\d{{1,4}}\s?[-/.]\s?\d{{1,2}}\s?[-/.]\s?\d{{1,4}}
          | \d{{1,2}}(?:st|nd|rd|th|er|\.|º|ª)?\s*(?:of\s|de\s|d[ei]l?\s)?\s*{month}(?:\s+(?:de|del)\b)?,?\s*'?\d{{2,4}}
          | {month}\s*\d{{1,2}}(?:st|nd|rd|th)?,?\s*'?\d{{2,4}}
          | (?:19|20)\d{{2}}年\s?\d{{1,2}}月\s?\d{{1,2}}日
          | (?:19|20)\d{{2}})"
    );
    regex_ignoring_case(&format!(
        r"(?:^|[^\p{{L}}]){word}[^\d\n.!?;]{{0,24}}[\s:]*(?P<date>{date})(?:$|[^\p{{L}}\d])"
    ))
});

pub(super) fn find(text: &str, spans: &mut Spans) {
    for captures in BIRTH_DATE.captures_iter(text) {
        if let Some(date) = captures.name("date") {
            spans.add(PersonalData::BirthDate, date.range());
        }
    }
}
