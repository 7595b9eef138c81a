//! Telephone numbers.
//!
//! A number with a country code, or grouped as in North America or after a trunk 0, is found by itself.
//! Others need a word that names them, or the format of the row's country. libphonenumber could check
//! which numbers are in use, but a mistyped number is still personal, and its metadata is as large as
//! the rest of this crate.

use std::sync::LazyLock;

use regex::Regex;

use super::number::Candidate;
use super::pattern::regex_ignoring_case as regex;

const DIGITS_MIN: usize = 6;
/// E.164's 15 digits and an exit code.
const DIGITS_MAX: usize = 17;

/// Words before a telephone number.
static PHONE_BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?:^|[^\p{L}\p{N}])(?:phone|phones|telephone|tel|tlf|tfn|tél|mobile|mob|cell|cellphone|landline|call|calls|callbacks?|called|calling|ring|rang|ringing
        |dial|text|texted|sms|whats\s?app|viber|signal|telegram|fax|desk|office|hotline|extension|contact|contactable|reach|reached|reachable
        |my\s+(?:\w+\s+)?number|numbers?\s+(?:is|are)|registered|answering|messages|landline|home|work|direct|ph
        |handy|handynummer|mobil|mobiles|mobilnummer|telefon\w*|telefoon\w*|rückruf|anrufen|erreichbar|rufen|rufnummer|festnetz|durchwahl
        |téléphone|portable|numéro|appelez|appeler|joindre|joignable|rappelez|rappeler
        |teléfono|telefono|móvil|movil|celular|llámen?me|llamar|llamen|número|fijo
        |cellulare|chiamatemi|chiamare|chiamami|numero|recapito
        |telemóvel|telefone|ligar|liguem|ligue|contacto|contato
        |bellen|bel|nummer|nummeret|gsm|mobiel|bereikbaar
        |ring|ringa|puhelin\w*|soita|numero\w*|numer\w*|komórk\w*|zadzwo\w*|dzwoni\w*|číslo|zavolejte|mobil\w*
        |numaram|numara\w*|ara(?:yın|yabilirsiniz)|cep|szám\w*|hívj\w*|τηλέφωνο|κινητό|тел|телефон\w*|звони\w*|позвони\w*|номер\w*|फोन|मोबाइल|नंबर|नम्बर|هاتف|جوال)(?:$|[^\p{L}\p{N}])
        |電話|电话|電话|手机|手機|携帯|전화|휴대폰|핸드폰|내\x20번호|제\x20번호|โทร|เบอร์|☎|📞|📱",
    )
});

/// Words after a telephone number: "416 60 039 office".
static PHONE_AFTER: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^[\s\\,()-]{0,3}(?:call|text|office|fax|mobile|cell|phone|tel|home|work|desk|direct|whats\s?app|mobil|handy|anrufen|zurückrufen|erreichbar)\b",
    )
});

/// Words before other numbers.
pub(super) static OTHER_BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?:\b(?:orders?|order\s?id|invoice|ticket|case|ref|reference|tracking|parcel|shipment|package|account|acct|policy|booking|reservation|serial|model|version|article
        |item|sku|product|part|transaction|confirmation|code|pin|zip|postcode|plz|ean|isbn|imei|barcode|customer|client|member|membership|contract|claim|incident|request|flight|voucher|coupon|gift
        |rechnung\w*|bestell\w*|auftrag\w*|kunden\w*|vertrags?\w*|sendung\w*|artikel\w*|konto\w*|vorgang\w*|buchung\w*
        |commande|facture|dossier|référence|colis|client|contrat
        |pedido|factura|referencia|cliente|contrato|expediente|reserva|ordine|fattura|pratica|contratto|prenotazione
        |encomenda|fatura|processo|bestelling|factuur|klant\w*|zamówieni\w*|faktur\w*|zlecen\w*|objednávk\w*|beställning\w*|ordre\w*|ordern\w*|tilaus\w*|заказ[а-я]*)\b|заказ[а-я]*|sipariş|注文|订单|주문
        | [€$£₹¥\#] | \b(?:eur|usd|gbp|inr|rs|chf|sek|nok|pln)\b)
        (?:\s*(?:no|nr|num|number|nummer|numéro|número|numero|numara\w*|numer\w*|č|id|code|\#|n°|nº|番号|号|번호)\b?)?[\s.:;\#=°ºis-]*$",
    )
});

/// Units after amounts.
static OTHER_AFTER: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^\s{0,2}(?:[€$£₹¥%]|(?:eur|euros?|usd|dollars?|gbp|pounds?|inr|rupees?|rs|chf|sek|kr|pln|zł|kč|ft|tl|km|kg|g|mb|gb|kb|users?|customers?|people|points?|punkte|views?|items?|units?|steps|miles|rows|records|times|seconds|hours|minutes|days|ms)\b)",
    )
});

/// An extension right after a telephone number.
static EXTENSION: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"^\s?(?:x|ext\.?|extension|poste|durchwahl|dw|int\.?|ramal)\s?\.?\s?\d{1,6}\b")
});

/// A date, with or without a time, or a range of years.
static DATE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^\(?(?:(?:0?[1-9]|[12]\d|3[01])\s?[-/.]\s?(?:0?[1-9]|[12]\d|3[01])\s?[-/.]\s?(?:19|20)?\d\d
        | (?:19|20)\d\d\s?[-/.]\s?(?:0?[1-9]|1[0-2])\s?[-/.]\s?(?:0?[1-9]|[12]\d|3[01])
        | (?:19|20)\d\d\s?[-–/]\s?(?:19|20)\d\d
        | (?:0[1-9]|1[0-2])/(?:19|20)\d\d
        )(?:$|\D)",
    )
});

/// True if the text after a number is its extension: "x4587".
pub(super) fn is_extension(after: &str) -> bool {
    EXTENSION.is_match(after)
}

/// Returns the end of a telephone number with its extension, if the candidate is one.
pub(super) fn end_of_phone(candidate: &Candidate<'_>, country: Option<&str>) -> Option<usize> {
    let count = candidate.digits.len();
    if !(DIGITS_MIN..=DIGITS_MAX).contains(&count) || !is_phone(candidate, country) {
        return None;
    }
    let end = candidate.range.end;
    let extension = EXTENSION.find(&candidate.text[end..]);
    Some(end + extension.map_or(0, |extension| extension.end()))
}

fn is_phone(candidate: &Candidate<'_>, country: Option<&str>) -> bool {
    let digits = candidate.digits;
    if candidate.has_plus {
        return (8..=15).contains(&digits.len()) && digits[0] != 0;
    }
    // The digits are cheaper to check than the surrounding text.
    if digits.iter().all(|digit| digit == &digits[0])
        || !is_evenly_written(candidate)
        || is_plain_date(candidate)
    {
        return false;
    }
    // By its form only as a whole run, not as two cells of a table; with a word, as a part too.
    let may_be_named = digits.len() <= 15 && candidate.group_lengths.len() <= 12;
    let is_by_form = candidate.is_whole_run
        && (is_north_american(candidate)
            || has_trunk_code(candidate)
            || country.is_some_and(|country| is_of_country(digits, country)));
    let is_named =
        || PHONE_BEFORE.is_match(candidate.before()) || PHONE_AFTER.is_match(candidate.after());
    (is_by_form || may_be_named && is_named())
        // Amounts, coordinates, and 1.234.567.
        && !DATE.is_match(candidate.as_written())
        && !OTHER_AFTER.is_match(candidate.after())
        && !OTHER_BEFORE.is_match(candidate.before())
}

/// True if the groups of a number are a date that [`DATE`] matches too, as for most numbers of eight
/// digits.
fn is_plain_date(candidate: &Candidate<'_>) -> bool {
    let value = |digits: &[u8]| {
        digits
            .iter()
            .fold(0, |value, &digit| 10 * value + u32::from(digit))
    };
    let is_day = |digits: &[u8]| (1..=31).contains(&value(digits));
    let is_month = |digits: &[u8]| (1..=12).contains(&value(digits));
    let is_year = |digits: &[u8]| digits.len() == 2 || matches!(digits, [1, 9, ..] | [2, 0, ..]);
    let digits = candidate.digits;
    let is_plain = candidate.range.len() == digits.len() + candidate.gaps.len()
        && candidate
            .gaps
            .iter()
            .all(|gap| matches!(*gap, "-" | "/" | "."));
    is_plain
        && match *candidate.group_lengths {
            [first @ 1..=2, second @ 1..=2, 2 | 4] => {
                is_day(&digits[..first])
                    && is_day(&digits[first..first + second])
                    && is_year(&digits[first + second..])
            }
            // Month and year.
            [2, 4] => candidate.gaps[0] == "/" && is_month(&digits[..2]) && is_year(&digits[2..]),
            [4, month @ 1..=2, 1..=2] => {
                is_year(&digits[..4])
                    && is_month(&digits[4..4 + month])
                    && is_day(&digits[4 + month..])
            }
            _ => false,
        }
}

/// True if the separators may be those of a telephone number, not of a decimal or thousands.
fn is_evenly_written(candidate: &Candidate<'_>) -> bool {
    let lengths = candidate.group_lengths;
    let points = candidate.gaps.iter().filter(|gap| **gap == ".").count();
    // 1234.56 and 12.345678.
    let is_decimal = points == 1 && lengths.len() == 2 && candidate.digits[0] != 0;
    // 1.234.567, 12 345 678: thousands.
    let is_thousands = points == candidate.gaps.len()
        && points > 0
        && lengths[0] <= 3
        && candidate.digits[0] != 0
        && lengths[1..].iter().all(|&length| length == 3)
        && lengths[0] < 3;
    !is_decimal && !is_thousands
}

/// (212) 555-0123, 1-212-555-0123, 212.555.0123.
fn is_north_american(candidate: &Candidate<'_>) -> bool {
    let digits = candidate
        .digits
        .strip_prefix(&[1])
        .unwrap_or(candidate.digits);
    let lengths = match candidate.group_lengths {
        [1, lengths @ ..] => lengths,
        lengths => lengths,
    };
    let is_grouped = lengths == [3, 3, 4] || lengths == [3, 7] || lengths == [6, 4];
    let is_set_apart = candidate
        .gaps
        .iter()
        .any(|gap| gap.contains(['-', '.', ')', '‐', '‑', '–']))
        || lengths == [3, 3, 4];
    digits.len() == 10 && is_grouped && is_set_apart && is_of_country(digits, "US")
}

/// 020 7946 0958, 030/1234567, (08) 8747 6301, 0044 20 7946 0958.
fn has_trunk_code(candidate: &Candidate<'_>) -> bool {
    let digits = candidate.digits;
    let groups = candidate.group_lengths.len();
    let is_decimal = candidate.group_lengths[0] == 1 && candidate.gaps.first() == Some(&".");
    digits[0] == 0
        && !is_decimal
        && match digits[1] {
            0 => (11..=DIGITS_MAX).contains(&digits.len()) && digits[2] != 0 && groups >= 2,
            _ => (9..=12).contains(&digits.len()) && (2..=6).contains(&groups),
        }
}

/// True if a number has the format of a country, with or without the trunk code.
fn is_of_country(digits: &[u8], country: &str) -> bool {
    let number: String = digits
        .iter()
        .map(|&digit| char::from(b'0' + digit))
        .collect();
    let Ok(at) = NUMBERS.binary_search_by_key(&country, |&(country, _)| country) else {
        return false;
    };
    NATIONAL[at].is_match(&number)
}

static NATIONAL: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let anchored = |(_, pattern): &(&str, &str)| regex(&format!("^(?:{pattern})$"));
    NUMBERS.iter().map(anchored).collect()
});

/// National numbers by country code: lengths and first digits from the numbering plans published by
/// the ITU.
const NUMBERS: [(&str, &str); 60] = [
    ("AE", "0?[2-9][0-9]{7,8}"),
    ("AR", "0?[1-9][0-9]{9,10}"),
    ("AT", "0[1-9][0-9]{5,11}"),
    ("AU", "0?[2-478][0-9]{8}"),
    ("BD", "0?1[0-9]{9}"),
    ("BE", "0[1-9][0-9]{7,8}"),
    ("BG", "0[1-9][0-9]{6,8}"),
    ("BR", "0?[1-9][1-9]9?[0-9]{8}"),
    ("CA", "1?[2-9][0-9]{2}[2-9][0-9]{6}"),
    ("CH", "0[1-9][0-9]{8}"),
    ("CL", "[2-9][0-9]{8}"),
    ("CN", "1[3-9][0-9]{9}|0[1-9][0-9]{8,10}"),
    ("CO", "[36][0-9]{9}"),
    ("CY", "[29][0-9]{7}"),
    ("CZ", "[2-79][0-9]{8}"),
    ("DE", "0[1-9][0-9]{6,11}"),
    ("DK", "[2-9][0-9]{7}"),
    ("EE", "[3-9][0-9]{6,7}"),
    ("EG", "0[1-9][0-9]{7,9}"),
    ("ES", "[6-9][0-9]{8}"),
    ("FI", "0[1-9][0-9]{5,10}"),
    ("FR", "0[1-9][0-9]{8}"),
    ("GB", "0[1-9][0-9]{8,9}"),
    ("GR", "[26][0-9]{9}"),
    ("HK", "[2-9][0-9]{7}"),
    ("HR", "0[1-9][0-9]{6,8}"),
    ("HU", "(?:06)?[1-9][0-9]{7,8}"),
    ("ID", "0[1-9][0-9]{7,11}"),
    ("IE", "0[1-9][0-9]{6,9}"),
    ("IL", "0[2-9][0-9]{7,8}"),
    ("IN", "0?[6-9][0-9]{9}|0[1-9][0-9]{9}"),
    ("IT", "3[0-9]{8,9}|0[1-9][0-9]{5,9}"),
    ("JP", "0[1-9][0-9]{8,9}"),
    ("KE", "0[1-9][0-9]{8}"),
    ("KR", "0[1-9][0-9]{7,9}"),
    ("LT", "[0-9][3-6][0-9]{7}"),
    ("LU", "[2-9][0-9]{5,8}"),
    ("LV", "[2-9][0-9]{7}"),
    ("MX", "[2-9][0-9]{9}"),
    ("MY", "0[1-9][0-9]{7,9}"),
    ("NG", "0[1-9][0-9]{7,9}"),
    ("NL", "0[1-9][0-9]{8}"),
    ("NO", "[2-9][0-9]{7}"),
    ("NZ", "0[2-9][0-9]{7,9}"),
    ("PH", "0[2-9][0-9]{7,9}"),
    ("PK", "0[2-9][0-9]{8,9}"),
    ("PL", "[1-9][0-9]{8}"),
    ("PT", "[239][0-9]{8}"),
    ("RO", "0[2-9][0-9]{8}"),
    ("RU", "[78]?[3-9][0-9]{9}"),
    ("SA", "0[1-9][0-9]{7,8}"),
    ("SE", "0[1-9][0-9]{6,9}"),
    ("SG", "[3689][0-9]{7}"),
    ("SK", "0[1-9][0-9]{8}"),
    ("TH", "0[1-9][0-9]{7,8}"),
    ("TR", "0?[2-5][0-9]{9}"),
    ("TW", "0[1-9][0-9]{7,8}"),
    ("UA", "0[1-9][0-9]{8}"),
    ("US", "1?[2-9][0-9]{2}[2-9][0-9]{6}"),
    ("ZA", "0[1-9][0-9]{8}"),
];
