//! The types and kinds of single cells.

use super::headers::fold;
use super::score;

/// The type of a kept column's cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CellType {
    Boolean,
    Integer,
    Number,
    Text,
}

impl CellType {
    /// True if a cell that is not blank can be stored as this type without loss.
    pub fn fits(self, cell: &str) -> bool {
        match self {
            Self::Boolean => {
                cell.eq_ignore_ascii_case("true") || cell.eq_ignore_ascii_case("false")
            }
            // A leading zero is part of a code, not of a number.
            Self::Integer => {
                let digits = cell.strip_prefix('-').unwrap_or(cell);
                digits.bytes().all(|byte| byte.is_ascii_digit())
                    && (digits.len() == 1 || !digits.starts_with('0'))
                    && cell.parse::<i64>().is_ok()
            }
            Self::Number => {
                Self::Integer.fits(cell)
                    || (cell.contains('.')
                        && cell
                            .bytes()
                            .all(|byte| byte.is_ascii_digit() || byte == b'.' || byte == b'-')
                        && cell.parse::<f64>().is_ok())
            }
            Self::Text => true,
        }
    }

    /// This type, or text if the cell does not fit it.
    pub fn widened(self, cell: &str) -> Self {
        if score::is_blank(cell) || self.fits(cell) {
            self
        } else {
            Self::Text
        }
    }
}

/// The metric that a cell such as `NPS`, `CSAT` or `5STAR` names, in the lake's spelling.
pub fn metric_name(cell: &str) -> Option<&'static str> {
    Some(match fold(cell).as_str() {
        "nps" | "enps" | "e nps" | "net promoter score" => "nps",
        "csat" | "customer satisfaction" => "csat",
        "ces" | "customer effort score" => "ces",
        "5star" | "5 star" | "stars" | "five star" => "stars",
        "pmf" => "pmf",
        "smileys" => "smileys",
        "thumbs" => "thumbs",
        "rating" => "rating",
        _ => return None,
    })
}

/// The metric that a cell names among other words, such as `Support CSAT`; `None` if it names several.
pub fn metric_among_words(cell: &str) -> Option<&'static str> {
    // A comment names none.
    if cell.len() > 40 {
        return None;
    }
    let folded = fold(cell);
    let mut named = folded.split(' ').filter_map(|word| match word {
        "nps" | "enps" => Some("nps"),
        "csat" => Some("csat"),
        "ces" => Some("ces"),
        _ => None,
    });
    let first = named.next()?;
    named.all(|other| other == first).then_some(first)
}

/// True if a cell contains a word for a metric, such as `CSAT survey`.
pub fn has_metric_word(cell: &str) -> bool {
    #[rustfmt::skip]
    const WORDS: [&str; 20] = [
        "nps", "promoter", "loyal", "recommend", "empfehl", "csat", "satisf", "zufried", "tevred",
        "soddisf", "nojd", "ces", "effort", "aufwand", "star", "rating", "bewert", "pmf", "smiley",
        "thumb",
    ];
    let folded = fold(cell);
    WORDS.iter().any(|word| folded.contains(word))
}

/// True for a letter of a script that writes no spaces between words.
fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}')
        || (matches!(c, '\u{3040}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'))
}

/// True for a cell of at least three words.
pub fn has_several_words(cell: &str) -> bool {
    /// Letters of a text without spaces. Names of companies are shorter, unless they end a sentence.
    const LETTERS_MIN: usize = 12;
    const LETTERS_OF_SENTENCE_MIN: usize = 6;
    if cell.split_whitespace().nth(2).is_some() {
        return true;
    }
    let letters = cell.chars().filter(|c| is_unspaced(*c)).count();
    let is_sentence = cell.contains(['。', '、', '！', '？', '，']);
    letters >= LETTERS_MIN || (is_sentence && letters >= LETTERS_OF_SENTENCE_MIN)
}

/// True for a cell that someone wrote: several words, most of letters alone, and not all of them with a
/// capital, as those of names are.
pub fn is_free_text(cell: &str) -> bool {
    if !has_several_words(cell) {
        return false;
    }
    if cell.chars().any(is_unspaced) {
        return true;
    }
    let is_in_word = |c: char| c.is_alphabetic() || "'’-".contains(c);
    let words = cell.split_whitespace();
    let is_word = |word: &&str| {
        let word = word.trim_matches(|c: char| c.is_ascii_punctuation());
        !word.is_empty() && word.chars().all(is_in_word)
    };
    let all = words.clone().count();
    let written = words.clone().filter(is_word).count();
    let has_lower_case = words
        .skip(1)
        .any(|word| word.starts_with(|c: char| c.is_alphabetic() && !c.is_uppercase()));
    written * 3 >= all * 2 && has_lower_case
}

/// The email address in a cell: alone, with the name that mail programs put before or behind it, or as a
/// link: `Ana <ana@x.example>`, `ana@x.example (Ana)`, `mailto:ana@x.example`.
pub fn address(cell: &str) -> Option<&str> {
    /// Words of a name. A sentence that ends with an address is none.
    const NAME_WORDS_MAX: usize = 4;
    let cell = cell.trim().trim_end_matches([';', ',']);
    let bare = without_scheme(cell);
    if is_bare_address(bare) {
        return Some(bare);
    }
    let (name, bare) = match cell.strip_suffix('>') {
        Some(cell) => cell.rsplit_once('<')?,
        None => {
            let (bare, name) = cell.strip_suffix(')')?.split_once(" (")?;
            (name, bare)
        }
    };
    let bare = without_scheme(bare.trim());
    let is_name = name.split_whitespace().count() <= NAME_WORDS_MAX && !name.contains('@');
    (is_name && is_bare_address(bare)).then_some(bare)
}

/// An address without what makes it a link.
fn without_scheme(cell: &str) -> &str {
    const SCHEMES: [&str; 2] = ["mailto:", "smtp:"];
    for scheme in SCHEMES {
        let start = cell.get(..scheme.len());
        if start.is_some_and(|start| start.eq_ignore_ascii_case(scheme)) {
            let address = &cell[scheme.len()..];
            return address.split('?').next().unwrap_or(address);
        }
    }
    cell
}

fn is_bare_address(cell: &str) -> bool {
    cell.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty()
            && !domain.contains('@')
            && domain.contains('.')
            && !domain.starts_with('.')
            && !domain.ends_with('.')
            && !cell.contains(|c: char| c.is_whitespace() || "<>".contains(c))
    })
}

/// True if a cell is an email address, maybe with a name.
pub fn looks_like_email(cell: &str) -> bool {
    cell.contains('@') && address(cell).is_some()
}

/// True if a cell can be a telephone number; other numbers can look like one too.
pub fn looks_like_phone(cell: &str) -> bool {
    let cell = cell.trim_start_matches('\'');
    let digits = cell.bytes().filter(u8::is_ascii_digit).count();
    let is_allowed = |byte: u8| byte.is_ascii_digit() || b"+-() ./".contains(&byte);
    cell.bytes().all(is_allowed) && (7..=15).contains(&digits)
}

/// True if a cell is an IP address, of version 4 or 6.
pub fn looks_like_ip(cell: &str) -> bool {
    (cell.contains('.') || cell.matches(':').count() > 2)
        && cell.parse::<std::net::IpAddr>().is_ok()
}

/// True if a cell is a telephone number by its groups of digits. Some dates are, too.
pub fn looks_like_grouped_phone(cell: &str) -> bool {
    let cell = cell.trim_start_matches('\'');
    let grouped = cell.contains(['(', ' ', '/']) && cell.starts_with(['(', '0', '+']);
    let groups: Vec<usize> = cell.split(['-', ' ', '.']).map(str::len).collect();
    let american = groups == [3, 3, 4];
    looks_like_phone(cell) && (american || (grouped && !cell.contains('.')))
}

/// True if a cell is unmistakably a telephone number.
pub fn looks_like_international_phone(cell: &str) -> bool {
    let cell = cell.trim_start_matches('\'');
    (cell.starts_with('+') || cell.starts_with("00")) && looks_like_phone(cell)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_found_beside_names() {
        for cell in [
            "ana@x.example",
            "Ana <ana@x.example>",
            "\"Gómez, Ana\" <ana@x.example>",
            "<ana@x.example>",
            "ana@x.example (Ana Gómez)",
            "mailto:ana@x.example",
            "MAILTO:ana@x.example?subject=NPS",
            "Ana <mailto:ana@x.example>",
            "ana@x.example;",
        ] {
            assert_eq!(address(cell), Some("ana@x.example"), "{cell}");
        }
        for cell in [
            "ana@x",
            "please write to me at home <ana@x.example>",
            "ask ana@x.example",
            "a@b@x.example",
            "@ana",
        ] {
            assert_eq!(address(cell), None, "{cell}");
        }
    }

    #[test]
    fn free_texts_are_told_from_names_and_codes() {
        for cell in [
            "It never works on Mondays",
            "zu teuer, leider",
            "Le livreur n'est pas venu.",
            "とても良いサービスでした。",
            "サポートの対応がとても丁寧でした",
            "บริการดีมากและรวดเร็ว",
            "Очень долго ждать",
        ] {
            assert!(is_free_text(cell), "{cell}");
        }
        for cell in [
            "New York City",
            "very good",
            "Mozilla/5.0 (X11; Linux x86_64)",
            "5 Mar 2026",
            "株式会社サンプル",
            "+49 30 1234567",
            "https://x.example/a b",
        ] {
            assert!(!is_free_text(cell), "{cell}");
        }
    }
}
