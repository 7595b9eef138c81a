//! Known data about the respondent of a text.

use unicode_normalization::UnicodeNormalization;

use super::PersonalData;
use super::lexicon::LEXICON;
use super::signs::digit;
use super::spans::Spans;
use super::words::{fold, words};

/// Shorter parts are initials or words.
const PART_LETTERS_MIN: usize = 3;
/// The same for parts of names in scripts without spaces, whose letters are syllables or words.
const UNSPACED_LETTERS_MIN: usize = 2;
/// Shorter local parts do not identify a person.
const LOCAL_LENGTH_MIN: usize = 4;
/// The same for local parts of letters only, because most short ones are words.
const LOCAL_LETTERS_MIN: usize = 6;
/// The number of final digits that identify a telephone number, without codes.
const PHONE_DIGITS: usize = 7;

/// Local parts of many companies' addresses.
const COMMON_LOCALS: &str = "
    account accounts admin billing booking bookings contact customer customerservice director
    enquiries events feedback finance hello helpdesk information invoice kontakt manager marketing
    newsletter noreply no-reply office orders purchasing reception sales service support webmaster
";

/// A respondent's own name, address and number, prepared for comparison.
#[derive(Debug, Clone, Default)]
pub(super) struct KnownWords {
    /// Folded parts of names, and `true` for those that count in lower case.
    parts: Vec<(String, bool)>,
    /// Folded parts of names in scripts without spaces, which are also found within a text.
    unspaced: Vec<String>,
    /// In lower case: `jose` and `josé` are two mailboxes.
    emails: Vec<String>,
    locals: Vec<String>,
    phones: Vec<KnownPhone>,
}

/// The last digits of a telephone number.
#[derive(Debug, Clone)]
pub(super) struct KnownPhone(Vec<u8>);

impl KnownPhone {
    pub(super) fn matches(&self, digits: &[u8]) -> bool {
        digits.ends_with(&self.0)
    }
}

impl KnownWords {
    pub(super) fn add_name(&mut self, name: &str) {
        for word in words(name) {
            self.add_part(word.text);
            for part in word.text.split(['-', '‐', '‑']) {
                self.add_part(part);
            }
        }
    }

    fn add_part(&mut self, written: &str) {
        let part = fold(written);
        let flags = LEXICON.flags_of_folded(&part);
        if is_unspaced(written) {
            if written.chars().count() >= UNSPACED_LETTERS_MIN {
                self.unspaced.push(part);
            }
            return;
        }
        let letters = part.chars().filter(|c| c.is_alphabetic()).count();
        if letters < PART_LETTERS_MIN || flags.is_particle() || flags.is_title() {
            return;
        }
        // "will" is rarely Will.
        let in_lower_case = !flags.is_stop() && !flags.is_also_word();
        self.parts.push((part, in_lower_case));
    }

    pub(super) fn add_email(&mut self, email: &str) {
        let email = lower(email.trim());
        let Some((local, _)) = email.rsplit_once('@') else {
            return;
        };
        let local = fold(local);
        let is_letters = local.chars().all(char::is_alphabetic);
        let length = local.chars().count();
        let is_distinctive = length >= LOCAL_LENGTH_MIN
            && (!is_letters || length >= LOCAL_LETTERS_MIN)
            && !COMMON_LOCALS
                .split_ascii_whitespace()
                .any(|common| common == local)
            && !LEXICON.flags_of_folded(&local).is_stop();
        if is_distinctive {
            self.locals.push(local);
        }
        self.emails.push(email);
    }

    pub(super) fn add_phone(&mut self, phone: &str) {
        let digits: Vec<u8> = phone.chars().filter_map(digit).collect();
        if digits.len() >= PHONE_DIGITS {
            // Eight digits are enough in any country, seven for shorter numbers.
            let start = digits.len() - digits.len().min(PHONE_DIGITS + 1);
            self.phones.push(KnownPhone(digits[start..].to_vec()));
        }
    }

    pub(super) fn phone(&self) -> &[KnownPhone] {
        &self.phones
    }

    /// Finds addresses, and local parts by themselves.
    pub(super) fn find_email(&self, text: &str, spans: &mut Spans) {
        if self.emails.is_empty() {
            return;
        }
        for token in tokens(text) {
            let written = &text[token.clone()];
            let is_theirs = if written.contains('@') {
                self.has_address(written)
            } else {
                self.locals.contains(&fold(written))
            };
            if is_theirs {
                spans.add(PersonalData::Email, token);
            }
        }
        // Within a longer token, such as a URL.
        for sign in ["@", "%40"] {
            for (at, _) in text.match_indices(sign) {
                let (before, after) = (&text[..at], &text[at + sign.len()..]);
                let local = before.trim_end_matches(is_in_local);
                let host = &after[..after.len() - after.trim_start_matches(is_in_host).len()];
                let host = host.trim_end_matches(['.', '-']);
                let address = format!("{}@{host}", &before[local.len()..]);
                if self.has_address(&address) {
                    let end = at + sign.len() + host.len();
                    spans.add(PersonalData::Email, local.len()..end);
                }
            }
        }
    }

    /// True for one of the addresses, with any tag.
    fn has_address(&self, written: &str) -> bool {
        let address = lower(written);
        let bare = without_tag(&address);
        let is_known = |known: &String| *known == address || bare.as_ref() == Some(known);
        self.emails.iter().any(is_known)
    }

    /// Finds the numbers in any grouping, with what precedes their last digits.
    pub(super) fn find_phones(&self, text: &str, spans: &mut Spans) {
        if self.phones.is_empty() {
            return;
        }
        let mut chars = text.char_indices().peekable();
        while let Some((start, c)) = chars.next() {
            let Some(first) = digit(c) else {
                continue;
            };
            let (mut digits, mut end) = (vec![first], start + c.len_utf8());
            while let Some((at, c)) = chars.next_if(|(_, c)| is_in_number(*c)) {
                if let Some(next) = digit(c) {
                    digits.push(next);
                    end = at + c.len_utf8();
                }
            }
            if self.phones.iter().any(|phone| phone.matches(&digits)) {
                let sign = text[..start].ends_with('+');
                spans.add(PersonalData::Phone, start - usize::from(sign)..end);
            }
        }
    }

    /// Finds the parts of the name.
    pub(super) fn find_names(&self, text: &str, spans: &mut Spans) {
        self.find_unspaced(text, spans);
        if self.parts.is_empty() {
            return;
        }
        for word in words(text) {
            if self.has_part(word.text) {
                spans.add(PersonalData::Name, word.start..word.end);
                continue;
            }
            // "Müller-Quill", "l'Élise".
            let mut start = word.start;
            for part in word.text.split_inclusive(['-', '‐', '‑', '\'', '’']) {
                let bare = part.trim_end_matches(['-', '‐', '‑', '\'', '’']);
                if self.has_part(bare) {
                    spans.add(PersonalData::Name, start..start + bare.len());
                }
                start += part.len();
            }
        }
    }

    /// Finds the parts of the name in scripts without spaces, wherever they are.
    fn find_unspaced(&self, text: &str, spans: &mut Spans) {
        if self.unspaced.is_empty() || !is_unspaced(text) {
            return;
        }
        for (start, _) in text.char_indices() {
            let rest = &text[start..];
            let ends = self
                .unspaced
                .iter()
                .filter_map(|part| folded_prefix(rest, part));
            if let Some(length) = ends.max() {
                spans.add(PersonalData::Name, start..start + length);
            }
        }
    }

    fn has_part(&self, word: &str) -> bool {
        let folded = fold(word);
        self.parts.iter().any(|(part, in_lower_case)| {
            *part == folded && (*in_lower_case || word.starts_with(char::is_uppercase))
        })
    }
}

/// The length of the beginning of a text that is a folded word; `None` if it begins otherwise.
fn folded_prefix(text: &str, word: &str) -> Option<usize> {
    let mut left = word;
    for (at, c) in text.char_indices() {
        if left.is_empty() {
            return Some(at);
        }
        left = left.strip_prefix(fold(c.encode_utf8(&mut [0; 4])).as_str())?;
    }
    left.is_empty().then_some(text.len())
}

/// True if a text has letters of a script that writes no spaces between words, or ends words with particles:
/// Thai, Lao, Burmese, Khmer, Chinese, Japanese and Korean.
fn is_unspaced(text: &str) -> bool {
    !text.is_ascii() && text.contains(is_unspaced_letter)
}

fn is_unspaced_letter(c: char) -> bool {
    matches!(
        c,
        '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
            | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
            | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}'
    )
}

/// A text in lower case, with the letters in one form.
fn lower(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.nfkc().flat_map(char::to_lowercase).collect()
}

/// True for what the local parts of nearly all addresses are made of.
fn is_in_local(c: char) -> bool {
    (c.is_alphanumeric() && !is_unspaced_letter(c)) || "._+-".contains(c)
}

fn is_in_host(c: char) -> bool {
    (c.is_alphanumeric() && !is_unspaced_letter(c)) || ".-".contains(c)
}

/// True for digits, and for what separates their groups.
fn is_in_number(c: char) -> bool {
    digit(c).is_some() || c == '\u{a0}' || " -–./()".contains(c)
}

/// The address without the tag after a plus sign in its local part; `None` if it has none.
fn without_tag(address: &str) -> Option<String> {
    let (local, host) = address.rsplit_once('@')?;
    let (bare, _) = local.split_once('+')?;
    (!bare.is_empty()).then(|| format!("{bare}@{host}"))
}

/// Iterates over the runs of characters that are allowed in addresses.
fn tokens(text: &str) -> impl Iterator<Item = std::ops::Range<usize>> + '_ {
    let is_part = |c: char| c.is_alphanumeric() || ".!#$%&*+/=?^_`{|}~-@".contains(c);
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + text[at..].find(is_part)?;
        let rest = &text[start..];
        let length = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        at = start + length;
        let token = &text[start..at];
        // Without the punctuation around it.
        let bare = token.trim_end_matches(|c: char| !c.is_alphanumeric());
        let trimmed = bare.trim_start_matches(|c: char| !c.is_alphanumeric());
        let start = start + bare.len() - trimmed.len();
        Some(start..start + trimmed.len())
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Redactor, RowContext};

    fn left(text: &str, row: &RowContext) -> String {
        Redactor::new().redact_known(text, row).text.into_owned()
    }

    #[test]
    fn names_in_scripts_without_spaces_are_found_within_a_text() {
        for (name, text, expected) in [
            ("李小龙", "感谢李小龙的帮助", "感谢[NAME]的帮助"),
            ("王伟", "王伟很好", "[NAME]很好"),
            ("山田 太郎", "山田太郎さんに感謝", "[NAME]さんに感謝"),
            ("김민수", "김민수님 감사합니다", "[NAME]님 감사합니다"),
            ("สมชาย ใจดี", "ขอบคุณคุณสมชายมาก", "ขอบคุณคุณ[NAME]มาก"),
            // A letter of Hangul is one sound, which other syllables have too.
            ("가나", "간나", "간나"),
            ("李", "李子很好", "李子很好"),
        ] {
            assert_eq!(
                left(text, &RowContext::new().with_name(name)),
                expected,
                "{text}"
            );
        }
    }

    #[test]
    fn invisible_characters_hide_nothing() {
        let jane = RowContext::new()
            .with_name("Jane Quill")
            .with_email("jane@example.com");
        for (text, expected) in [
            ("ask Ja\u{200b}ne!", "ask [NAME]!"),
            (
                "\u{202a}jane@exam\u{ad}ple.com\u{202c} – yes",
                "\u{202a}[EMAIL]\u{202c} – yes",
            ),
            ("\u{feff}thanks", "\u{feff}thanks"),
        ] {
            assert_eq!(left(text, &jane), expected, "{text}");
        }
        let found = Redactor::new().redact("to ja\u{200b}ne@x.example", &RowContext::new());
        assert_eq!(found.text, "to [EMAIL]");
    }

    #[test]
    fn addresses_are_found_in_urls_and_beside_other_scripts() {
        let jane = RowContext::new().with_email("jane.smith@example.com");
        for (text, expected) in [
            (
                "http://x/?email=jane.smith@example.com&y=1",
                "http://x/?email=[EMAIL]&y=1",
            ),
            ("?u=jane.smith%40example.com", "?u=[EMAIL]"),
            (
                "http://x/u/jane.smith@example.com/profile",
                "http://x/u/[EMAIL]/profile",
            ),
            ("连接jane.smith@example.com。", "连接[EMAIL]。"),
            ("an jane.smith@example.comとか", "an [EMAIL]とか"),
            ("x=jane.smith+z@EXAMPLE.com.", "x=[EMAIL]."),
            ("mary-jane.smith@example.com", "mary-jane.smith@example.com"),
            ("jane.smith@example.com.au", "jane.smith@example.com.au"),
        ] {
            assert_eq!(left(text, &jane), expected, "{text}");
        }
    }

    #[test]
    fn addresses_with_and_without_accents_are_two() {
        let weiss = RowContext::new().with_email("weiss@strasse.example");
        assert_eq!(left("Weiss@Strasse.example", &weiss), "[EMAIL]");
        for other in [
            "weiß@strasse.example",
            "weiss@straße.example",
            "wéiss@strasse.example",
        ] {
            assert_eq!(left(other, &weiss), other);
        }
    }
}
