//! The groups of NPS and their names.

use std::fmt;

use super::headers::fold;

/// A group of respondents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    Promoter,
    Passive,
    Detractor,
}

impl Group {
    /// The group of a score from 0 to 10.
    pub fn of(score: u8) -> Self {
        match score {
            9.. => Self::Promoter,
            7..=8 => Self::Passive,
            _ => Self::Detractor,
        }
    }

    /// The group that a cell such as `Promoters` or `Detractor (0-6)` names.
    pub fn named(cell: &str) -> Option<Self> {
        if !(3..=60).contains(&cell.len()) || !cell.starts_with(char::is_alphabetic) {
            return None;
        }
        Self::named_folded(&fold(cell))
    }

    /// The group that a folded text counts: `Promoters`, `Number of passives`, `% Detractors`.
    pub fn counted(folded: &str) -> Option<Self> {
        #[rustfmt::skip]
        const COUNTED: [&str; 11] = [
            "number of ", "no of ", "nr of ", "count of ", "total ", "percent ", "percentage of ",
            "share of ", "anzahl ", "anteil ", "nombre de ",
        ];
        let mut prefixes = COUNTED.iter();
        let rest = prefixes.find_map(|prefix| folded.strip_prefix(prefix));
        Self::named_folded(rest.unwrap_or(folded))
    }

    /// The group that a folded text names.
    fn named_folded(folded: &str) -> Option<Self> {
        #[rustfmt::skip]
        const PROMOTERS: [&str; 22] = [
            "promoter", "promoters", "promotor", "promotors", "promotoren", "promotores",
            "promotora", "promoteur", "promoteurs", "promotore", "promotori", "promotorer",
            "promoottori", "promotorzy", "promotera", "promotőr", "promoteri", "промоутер",
            "промоутеры", "推奨者", "推荐者", "추천고객",
        ];
        #[rustfmt::skip]
        const PASSIVES: [&str; 32] = [
            "passive", "passives", "passiv", "passiver", "passiva", "passif", "passifs", "pasivo",
            "pasivos", "passivo", "passivos", "passivi", "passief", "passieven", "neutral",
            "neutrals", "neutrale", "neutraler", "neutro", "neutros", "neutre", "neutres",
            "indifferent", "indifferente", "passiivinen", "pasywny", "нейтрал", "нейтралы",
            "нейтральный", "中立者", "被动者", "중립고객",
        ];
        #[rustfmt::skip]
        const DETRACTORS: [&str; 25] = [
            "detractor", "detractors", "detractore", "detraktor", "detraktoren", "kritiker", "detracteur",
            "detracteurs", "detractores", "detractora", "detrator", "detratores", "detratore",
            "detrattore", "detrattori", "criticaster", "criticasters", "detraktorer", "arvostelija",
            "krytyk", "критик", "критики", "批判者", "贬损者", "비추천고객",
        ];
        let mut words = folded.split(' ').filter(|word| *word != "nps");
        let word = words.next()?;
        // `Promoter (9-10)` is one, and `Promoter programme` is not.
        if words.any(|rest| !rest.bytes().all(|byte| byte.is_ascii_digit())) {
            return None;
        }
        [
            (Self::Promoter, &PROMOTERS[..]),
            (Self::Passive, &PASSIVES[..]),
            (Self::Detractor, &DETRACTORS[..]),
        ]
        .into_iter()
        .find_map(|(group, words)| words.contains(&word).then_some(group))
    }
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Promoter => "promoter",
            Self::Passive => "passive",
            Self::Detractor => "detractor",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_named_in_several_languages() {
        for (cell, group) in [
            ("Promoters", Some(Group::Promoter)),
            ("NPS Detractor (0-6)", Some(Group::Detractor)),
            ("Passif", Some(Group::Passive)),
            ("Kritiker", Some(Group::Detractor)),
            ("推荐者", Some(Group::Promoter)),
            ("Promoter programme", None),
            ("9", None),
        ] {
            assert_eq!(Group::named(cell), group, "{cell}");
        }
    }
}
