//! Names of months and of days of the week, as exports write them.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::columns::patterns::fold;

/// The names of each month, and its short forms.
#[rustfmt::skip]
const MONTHS: [&str; 12] = [
    "january januar jänner jänner janvier enero janeiro gennaio januari tammikuu tammikuuta styczeń \
     stycznia leden ledna január januára ianuarie ocak январь января січень січня ιανουάριος \
     ιανουαρίου ינואר يناير जनवरी jan janv ene gen oca sty янв січ ιαν",
    "february februar feber février febrero fevereiro febbraio februari helmikuu helmikuuta luty \
     lutego únor února február februára februarie şubat февраль февраля лютий лютого φεβρουάριος \
     φεβρουαρίου פברואר فبراير फ़रवरी फरवरी feb févr fev fév lut úno şub фев лют φεβ",
    "march märz mars marzo março maart marts maaliskuu maaliskuuta marzec marca březen března \
     marec március martie mart март марта березень березня μάρτιος μαρτίου מרץ مارس मार्च mar mär mrz mrt \
     maa bře márc мар бер μαρ",
    "april avril abril aprile huhtikuu huhtikuuta kwiecień kwietnia duben dubna apríl apríla \
     április aprilie nisan апрель апреля квітень квітня απρίλιος απριλίου אפריל أبريل ابريل अप्रैल apr avr \
     abr kwi dub ápr nis апр квіт απρ",
    "may mai mayo maio maggio mei maj toukokuu toukokuuta maja květen května máj mája május mayıs \
     май мая травень травня μάιος μαΐου מאי مايو मई mag kvě máj may мая трав μαϊ μάι",
    "june juni juin junio junho giugno kesäkuu kesäkuuta czerwiec czerwca červen června jún júna \
     június iunie haziran июнь июня червень червня ιούνιος ιουνίου יוני يونيو जून jun giu cze iun haz июн черв ιουν \
     ιούν",
    "july juli juillet julio julho luglio heinäkuu heinäkuuta lipiec lipca červenec července júl \
     júla július iulie temmuz июль июля липень липня ιούλιος ιουλίου יולי يوليو जुलाई jul juil lug lip iul tem \
     июл лип ιουλ ιούλ",
    "august augusti août agosto augustus elokuu elokuuta sierpień sierpnia srpen srpna augusta augusztus \
     ağustos август августа серпень серпня αύγουστος αυγούστου אוגוסט أغسطس اغسطس अगस्त aug aoû ago elo sie srp \
     ağu авг серп αυγ",
    "september septembre septiembre setiembre setembro settembre syyskuu syyskuuta wrzesień \
     września září septembra szeptember septembrie eylül сентябрь сентября вересень вересня σεπτέμβριος \
     σεπτεμβρίου ספטמבר سبتمبر सितंबर sep sept set wrz zář szept eyl сен сент вер σεπ",
    "october oktober octobre octubre outubro ottobre lokakuu lokakuuta październik października \
     říjen října október októbra octombrie ekim октябрь октября жовтень жовтня οκτώβριος οκτωβρίου \
     אוקטובר أكتوبر اكتوبر अक्टूबर oct okt out ott paź říj eki окт жовт οκτ",
    "november novembre noviembre novembro marraskuu marraskuuta listopad listopada listopadu \
     novembra noiembrie kasım ноябрь ноября листопад листопада νοέμβριος νοεμβρίου נובמבר نوفمبر नवंबर nov lis \
     noi kas ноя нояб лист νοε νοέ",
    "december dezember décembre diciembre dezembro dicembre joulukuu joulukuuta grudzień grudnia \
     prosinec prosince decembra decembrie aralık декабрь декабря грудень грудня δεκέμβριος δεκεμβρίου \
     דצמבר ديسمبر दिसंबर dec dez déc dic gru pro ara дек груд δεκ",
];

static BY_NAME: LazyLock<HashMap<String, u32>> = LazyLock::new(|| {
    let names = MONTHS.iter().zip(1..).flat_map(|(names, month)| {
        names
            .split_whitespace()
            .map(move |name| (fold(name), month))
    });
    names.collect()
});

/// The month, from 1, that a word names.
pub fn month(word: &str) -> Option<u32> {
    let folded = fold(word);
    // Hebrew writes "in March" as one word.
    let bare = folded.strip_prefix('ב').unwrap_or(&folded);
    BY_NAME.get(&folded).or_else(|| BY_NAME.get(bare)).copied()
}

#[rustfmt::skip]
const WEEKDAYS: [&str; 50] = [
    "mon", "tue", "tues", "wed", "thu", "thur", "thurs", "fri", "sat", "sun", "monday", "tuesday",
    "wednesday", "thursday", "friday", "saturday", "sunday", "mo", "di", "mi", "do", "fr", "sa",
    "so", "montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonntag", "lun",
    "mer", "jeu", "ven", "sam", "dim", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi",
    "dimanche", "mie", "jue", "vie", "sab", "dom", "gio",
];

/// True if a word names a day of the week, which adds nothing to the date.
pub fn is_weekday(word: &str) -> bool {
    WEEKDAYS.contains(&fold(word).as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_recognised_in_many_languages() {
        #[rustfmt::skip]
        let words = [
            ("Mar", 3), ("March", 3), ("März", 3), ("août", 8), ("AOUT", 8), ("maio", 5), ("Sept", 9),
            ("listopada", 11), ("červenec", 7), ("июля", 7), ("Ιουνίου", 6), ("marraskuu", 11),
            ("мая", 5), ("במרץ", 3), ("أبريل", 4), ("Dez", 12), ("juil", 7),
        ];
        for (word, number) in words {
            assert_eq!(month(word), Some(number), "{word}");
        }
        assert_eq!(month("soon"), None);
        // No name means two months.
        for (names, number) in MONTHS.iter().zip(1..) {
            for name in names.split_whitespace() {
                assert_eq!(month(name), Some(number), "{name}");
            }
        }
    }
}
