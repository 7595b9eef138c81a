//! What a single cell looks like.

use super::headers::fold;
use super::score;

/// The type that a kept column's cells have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CellType {
    Boolean,
    Integer,
    Number,
    Text,
}

impl CellType {
    /// Whether a cell that is not blank can be stored as this type and come back as it was.
    pub fn fits(self, cell: &str) -> bool {
        match self {
            Self::Boolean => ["true", "false"]
                .iter()
                .any(|word| cell.eq_ignore_ascii_case(word)),
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

    /// This type, or text where it does not hold a cell.
    pub fn widened(self, cell: &str) -> Self {
        match score::is_blank(cell) || self.fits(cell) {
            true => self,
            false => Self::Text,
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

/// Whether a cell has a word in it that tells what was asked, such as `CSAT survey`.
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

/// What a cell of a consent column means for the lake.
pub fn consent(cell: &str) -> Option<&'static str> {
    Some(match fold(cell).as_str() {
        "granted" | "yes" | "true" | "1" | "y" | "ja" | "oui" | "si" | "sim" | "opted in"
        | "opt in" | "i agree" | "agree" | "agreed" | "i accept" | "accepted" | "i consent"
        | "consented" | "ich stimme zu" | "zugestimmt" | "einverstanden" | "j accepte"
        | "d accord" | "acepto" | "de acuerdo" | "aceito" | "concordo" | "accetto" | "akkoord"
        | "да" | "はい" | "同意する" | "同意" | "是" | "예" => "granted",
        "withdrawn"
        | "no"
        | "false"
        | "0"
        | "n"
        | "nein"
        | "non"
        | "nao"
        | "nee"
        | "nej"
        | "opted out"
        | "opt out"
        | "i do not agree"
        | "i disagree"
        | "disagree"
        | "declined"
        | "revoked"
        | "denied"
        | "abgelehnt"
        | "nicht einverstanden"
        | "je refuse"
        | "refuse"
        | "no acepto"
        | "non accetto"
        | "нет"
        | "いいえ"
        | "同意しない"
        | "不同意"
        | "否"
        | "아니요" => "withdrawn",
        "unknown" => "unknown",
        _ => return None,
    })
}

pub fn looks_like_email(cell: &str) -> bool {
    let Some((local, domain)) = cell.trim().split_once('@') else {
        return false;
    };
    !local.is_empty()
        && !domain.contains('@')
        && domain.contains('.')
        && !domain.starts_with('.')
        && !domain.ends_with('.')
        && !cell.trim().contains(char::is_whitespace)
}

/// What a telephone number can look like; other numbers can, too.
pub fn looks_like_phone(cell: &str) -> bool {
    let cell = cell.trim_start_matches('\'');
    let digits = cell.bytes().filter(u8::is_ascii_digit).count();
    let only_phone = cell
        .bytes()
        .all(|byte| byte.is_ascii_digit() || b"+-() ./".contains(&byte));
    only_phone && (7..=15).contains(&digits)
}

/// An address of the internet, of either version.
pub fn looks_like_ip(cell: &str) -> bool {
    (cell.contains('.') || cell.matches(':').count() > 2)
        && cell.parse::<std::net::IpAddr>().is_ok()
}

/// A telephone number by how its digits are grouped; dates have to be told apart before.
pub fn looks_like_grouped_phone(cell: &str) -> bool {
    let cell = cell.trim_start_matches('\'');
    let grouped = cell.contains(['(', ' ', '/']) && cell.starts_with(['(', '0', '+']);
    let groups: Vec<usize> = cell.split(['-', ' ', '.']).map(str::len).collect();
    let american = groups == [3, 3, 4];
    looks_like_phone(cell) && (american || (grouped && !cell.contains('.')))
}

/// A telephone number that nothing else looks like.
pub fn looks_like_international_phone(cell: &str) -> bool {
    let cell = cell.trim_start_matches('\'');
    (cell.starts_with('+') || cell.starts_with("00")) && looks_like_phone(cell)
}
