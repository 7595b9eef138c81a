//! Countries in which telephone numbers begin with a zero that is not dialled from abroad.

use super::headers::fold;

/// The calling code of each country, with its codes and folded names in languages of exports.
#[rustfmt::skip]
const COUNTRIES: [(&str, &[&str]); 18] = [
    ("49", &["de", "deu", "germany", "deutschland", "allemagne", "alemania", "alemanha", "germania", "duitsland", "tyskland", "niemcy"]),
    ("43", &["at", "aut", "austria", "osterreich", "autriche", "oostenrijk", "osterrike"]),
    ("41", &["ch", "che", "switzerland", "schweiz", "suisse", "svizzera", "suiza", "suica", "zwitserland"]),
    ("33", &["fr", "fra", "france", "frankreich", "francia", "franca", "frankrijk", "frankrike"]),
    ("44", &["gb", "gbr", "uk", "united kingdom", "great britain", "vereinigtes konigreich", "royaume uni", "reino unido", "regno unito"]),
    ("31", &["nl", "nld", "netherlands", "the netherlands", "niederlande", "pays bas", "paises bajos", "paises baixos", "paesi bassi", "nederland"]),
    ("32", &["be", "bel", "belgium", "belgien", "belgique", "belgie", "belgica", "belgio"]),
    ("46", &["se", "swe", "sweden", "schweden", "sverige", "suede", "suecia", "zweden"]),
    ("358", &["fi", "fin", "finland", "finnland", "suomi", "finlande", "finlandia"]),
    ("353", &["ie", "irl", "ireland", "irland", "irlande", "irlanda"]),
    ("61", &["au", "aus", "australia", "australien", "australie"]),
    ("64", &["nz", "nzl", "new zealand", "neuseeland"]),
    ("81", &["jp", "jpn", "japan", "japon", "giappone", "japao", "日本"]),
    ("90", &["tr", "tur", "turkey", "turkiye", "turkei", "turquie"]),
    ("40", &["ro", "rou", "romania", "rumanien", "roumanie"]),
    ("27", &["za", "zaf", "south africa", "sudafrika", "afrique du sud"]),
    ("91", &["in", "ind", "india", "indien", "inde"]),
    ("380", &["ua", "ukr", "ukraine", "україна", "украина"]),
];

/// The calling code of the country in a cell.
pub fn calling_code(cell: &str) -> Option<&'static str> {
    let folded = fold(cell);
    let mut countries = COUNTRIES.iter();
    let (code, _) = countries.find(|(_, names)| names.contains(&folded.as_str()))?;
    Some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_names_are_known() {
        for (cell, code) in [
            ("DE", Some("49")),
            ("Österreich", Some("43")),
            ("日本", Some("81")),
            ("IT", None),
            ("EMEA", None),
        ] {
            assert_eq!(calling_code(cell), code, "{cell}");
        }
    }
}
