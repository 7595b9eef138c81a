//! Headers of personal data: who a person is, where, and how to reach them.

use std::sync::LazyLock;

use super::headers::{Pattern, compile, fold, leaf, with_spaces};

/// A kind of personal data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Personal {
    /// The respondent's name, in full or in part.
    Name,
    Email,
    Phone,
    /// Someone else's name, such as the agent's.
    OtherName,
    /// Places, other contacts and official identity.
    Other,
}

/// Names. Patterns as those of the fields; see [`header_words`](super::header_words).
#[rustfmt::skip]
const NAMES: &[&str] = &[
    "=name", "=nom", "=nombre", "=nome", "=naam", "=namn", "=navn", "=nimi", "=név", "=nume",
    "=jméno", "=meno", "=imię", "=ad", "=adı", "=isim", "=имя", "=фио", "=ім'я", "=піб", "=όνομα",
    "=שם", "=الاسم", "=اسم", "=नाम", "=名", "=姓", "=이름", "=성명", "=성함",
    "~氏名", "~名前", "~お名前", "~姓名", "~名字", "~フリガナ", "~ふりがな", "~고객명", "~客户姓名",
    "=contact", "contact name", "contact person", "=your name", "your name", "first name",
    "firstname", "fname", "last name", "lastname", "lname", "middle name", "maiden name",
    "given name", "family name", "full name", "fullname", "surname", "forename", "nickname",
    "initials", "customer name", "customername", "client name", "clientname", "member name",
    "person name", "patient name", "guest name",
    "recipient name", "recipientfirstname", "recipientlastname", "respondent name", "user name",
    "username", "display name", "screen name", "buyer name", "student name",
    "~vorname", "~nachname", "familienname", "zuname", "kundenname", "ansprechpartner",
    "ansprechpartnerin", "kontaktperson", "ihr name", "benutzername",
    "prénom", "prénoms", "nom de famille", "nom complet", "nom du client", "nom client", "votre nom",
    "nom et prénom", "interlocuteur", "nom d'utilisateur",
    "apellido", "apellidos", "nombre completo", "nombre y apellidos", "nombre del cliente",
    "nombre cliente", "encuestado", "su nombre", "tu nombre",
    "sobrenome", "apelido", "nome completo", "nome do cliente", "nome cliente", "seu nome",
    "cognome", "nome e cognome", "nome del cliente", "nominativo",
    "voornaam", "achternaam", "volledige naam", "klantnaam", "contactpersoon",
    "förnamn", "efternamn", "kundnamn", "fornavn", "efternavn", "etternavn", "kundenavn",
    "etunimi", "sukunimi", "asiakkaan nimi", "nazwisko", "imię i nazwisko", "imię nazwisko",
    "příjmení", "jméno a příjmení", "priezvisko", "meno a priezvisko",
    "keresztnév", "vezetéknév", "teljes név", "ügyfél neve", "prenume", "nume de familie",
    "numele", "soyad", "soyadı", "ad soyad", "adı soyadı", "müşteri adı",
    "фамилия", "отчество", "имя клиента", "ваше имя", "прізвище", "по батькові", "ім'я клієнта",
    "επώνυμο", "ονοματεπώνυμο", "שם פרטי", "שם משפחה", "שם מלא", "שם הלקוח",
    "الاسم الأول", "اسم العائلة", "الاسم الكامل", "اسم العميل", "ग्राहक का नाम", "पूरा नाम",
    "=login", "login name",
];

/// Headers of staff names.
#[rustfmt::skip]
const STAFF_NAMES: &[&str] = &[
    "employee name", "agent name", "owner name", "teacher name", "manager", "author", "salesperson",
    "account executive", "mitarbeitername", "bearbeiter", "betreuer", "kundenbetreuer",
];

/// Headers of all other personal data.
#[rustfmt::skip]
const OTHERS: &[&str] = &[
    // Places.
    "=address", "=adresse", "street", "streetname", "street address", "postal address",
    "home address", "billing address", "shipping address", "mailing address", "address line",
    "address line 1", "address 1", "=address1", "=address2", "house number", "adresse",
    "straße", "hausnummer", "anschrift", "wohnort", "rue", "=dirección", "dirección postal", "calle",
    "domicilio", "endereço", "morada", "rua", "indirizzo", "via e numero", "adres", "straat",
    "huisnummer", "adress", "gata", "gatuadress", "gadenavn", "osoite", "katuosoite", "ulica",
    "adresa", "ulice", "=cím", "lakcím", "utca", "strada", "sokak", "адрес", "улица", "адреса",
    "вулиця", "διεύθυνση", "כתובת", "=العنوان", "عنوان", "~住所", "~地址", "=주소", "집 주소",
    "latitude", "longitude", "geolocation", "gps", "locationlatitude", "locationlongitude",
    "=ip", "ip address", "ipaddress", "ip adresse", "adresse ip", "dirección ip", "indirizzo ip",
    "ip adres", "ip adress", "ip адрес", "~ip地址", "~ipアドレス", "ip 주소", "ip",
    // Contacts.
    "~phone", "tel", "~telefon", "~teléfono", "~téléphone", "~telefone", "~puhelin", "=mobile",
    "mobile number", "mobile phone", "mobile no", "mobile nr", "~mobilnummer", "~handy", "mobil", "mobiel", "móvil", "celular", "portable", "cellulare", "telemóvel",
    "matkapuhelin", "komórka", "cep", "cep telefonu", "gsm", "cell", "cellphone", "fax",
    "whatsapp", "telegram", "skype", "~телефон", "мобильный", "мобільний", "~τηλέφων", "κινητό",
    "טלפון", "נייד", "~هاتف", "جوال", "मोबाइल", "फ़ोन", "~電話", "~携帯", "~电话", "~手机", "~手機",
    "~전화", "~휴대", "rufnummer", "numéro de portable",
    "email", "emails", "e mail", "~correo", "~courriel", "~sähköposti", "e post", "epost", "eposta",
    "e posta", "электронная почта", "электронной почты", "електронна пошта", "~メール", "~邮箱",
    "~邮件", "~電子郵件", "~이메일", "אימייל", "~البريد", "ईमेल",
    "twitter", "twitter handle", "facebook", "instagram", "linkedin", "social handle",
    // Official identity.
    "~birth", "dob", "~geburt", "~naissance", "~nacimiento", "~nascimento", "~nascita",
    "~geboorte", "födelsedatum", "fødselsdato", "fødselsdag", "syntymäaika", "~urodzenia",
    "~narození", "~narodenia", "~születés", "~nașterii", "~doğum", "~рождения", "~народження",
    "~γέννησης", "תאריך לידה", "~الميلاد", "जन्म", "~生年月日", "~誕生日", "~生日", "~出生",
    "~생년월일", "~생일", "ssn", "social security", "passport", "national id", "personnummer",
    "codice fiscale", "cpf", "dni", "nif", "pesel", "iban", "tax id", "driver license",
    "license plate", "kennzeichen", "signature", "avatar", "photo",
];

/// Headers of the respondent's country, which decides the format of telephone numbers.
#[rustfmt::skip]
const COUNTRIES: &[&str] = &[
    "=country", "country code", "=land", "=länderkürzel", "=pays", "=país", "=paese", "=kraj",
    "=ország", "=țara", "=ülke", "=страна", "=країна", "=χώρα", "=国", "=国家", "=국가",
];

static NAME_PATTERNS: LazyLock<Vec<Pattern>> = LazyLock::new(|| compile(NAMES));
static STAFF_NAME_PATTERNS: LazyLock<Vec<Pattern>> = LazyLock::new(|| compile(STAFF_NAMES));
static OTHER_PATTERNS: LazyLock<Vec<Pattern>> = LazyLock::new(|| compile(OTHERS));
static COUNTRY_PATTERNS: LazyLock<Vec<Pattern>> = LazyLock::new(|| compile(COUNTRIES));

/// Headers that are not personal, although a word of them is.
#[rustfmt::skip]
const NOT_PERSONAL: [&str; 13] = [
    "survey name", "form name", "campaign name", "product name", "company name", "account name", "mobile app",
    "mobile device", "mobile os", "email sent", "email opened", "phone model", "phone type",
];

/// True if the header names any personal data.
pub fn names_a_person(header: &str) -> bool {
    names_the_respondent(header) || names_someone_else(header) || any_fits(&OTHER_PATTERNS, header)
}

/// True if the header is that of respondents' names.
pub fn names_the_respondent(header: &str) -> bool {
    any_fits(&NAME_PATTERNS, header)
}

/// True if the header is that of others' names, such as agents'.
pub fn names_someone_else(header: &str) -> bool {
    any_fits(&STAFF_NAME_PATTERNS, header)
}

/// True if the header is that of the respondent's country.
pub fn names_a_country(header: &str) -> bool {
    any_fits(&COUNTRY_PATTERNS, header)
}

fn any_fits(patterns: &[Pattern], header: &str) -> bool {
    let fits = |folded: &str| {
        let words = with_spaces(folded);
        !NOT_PERSONAL.contains(&folded)
            && patterns.iter().any(|pattern| pattern.fits(folded, &words))
    };
    let whole = fold(header);
    // `survey.name` is no name of a person, although `name` alone is.
    !NOT_PERSONAL.contains(&whole.as_str()) && (fits(&whole) || fits(&fold(leaf(header))))
}

/// True if the folded header mentions telephones.
pub fn names_a_phone(folded: &str) -> bool {
    ["phone", "telefon", "telephone", "mobile", "handy"]
        .iter()
        .any(|part| folded.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn personal_headers_are_recognised_in_many_languages() {
        #[rustfmt::skip]
        let personal = [
            "Name", "First Name", "person.name", "Vorname", "Nom de famille", "Apellidos",
            "Cognome", "Achternaam", "Förnamn", "Etternavn", "Sukunimi", "Nazwisko", "Příjmení",
            "Vezetéknév", "Prenume", "Soyadı", "Фамилия", "Ім'я", "Ονοματεπώνυμο", "שם פרטי",
            "الاسم", "नाम", "お名前", "姓名", "이름", "Straße", "Dirección", "住所", "Handynummer",
            "Téléphone portable", "Телефон", "電話番号", "Geburtsdatum", "Fecha de nacimiento",
            "生年月日", "IPAddress", "IP-Adresse", "LocationLatitude", "RecipientEmail", "E-post",
            "メールアドレス",
        ];
        for header in personal {
            assert!(names_a_person(header), "{header}");
        }
        #[rustfmt::skip]
        let others = [
            "Plan", "Region", "survey name", "survey.name", "form.name", "Land", "Segment", "Score", "Datum", "Kommentar",
            "Produkt", "国", "地域", "Versand", "Country", "Description", "Shipping",
        ];
        for header in others {
            assert!(!names_a_person(header), "{header}");
        }
    }
}
