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

/// The lake's value for a cell of a consent column.
pub fn consent(cell: &str) -> Option<&'static str> {
    #[rustfmt::skip]
    const GRANTED: [&str; 35] = [
        "granted", "yes", "true", "1", "y", "ja", "oui", "si", "sim", "opted in", "opt in",
        "i agree", "agree", "agreed", "i accept", "accepted", "i consent", "consented",
        "ich stimme zu", "zugestimmt", "einverstanden", "j accepte", "d accord", "acepto",
        "de acuerdo", "aceito", "concordo", "accetto", "akkoord", "да", "はい", "同意する", "同意", "是",
        "예",
    ];
    #[rustfmt::skip]
    const WITHDRAWN: [&str; 30] = [
        "withdrawn", "no", "false", "0", "n", "nein", "non", "nao", "nee", "nej", "opted out",
        "opt out", "i do not agree", "i disagree", "disagree", "declined", "revoked", "denied",
        "abgelehnt", "nicht einverstanden", "je refuse", "refuse", "no acepto", "non accetto",
        "нет", "いいえ", "同意しない", "不同意", "否", "아니요",
    ];
    match fold(cell).as_str() {
        "unknown" => Some("unknown"),
        word if GRANTED.contains(&word) => Some("granted"),
        word if WITHDRAWN.contains(&word) => Some("withdrawn"),
        _ => None,
    }
}

pub fn looks_like_email(cell: &str) -> bool {
    let cell = cell.trim();
    cell.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty()
            && !domain.contains('@')
            && domain.contains('.')
            && !domain.starts_with('.')
            && !domain.ends_with('.')
            && !cell.contains(char::is_whitespace)
    })
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
