//! The words of headers of consent, in the languages of exports.
//!
//! Words of earlier groups are taken out of the header before those of later groups are looked for, so that
//! `不同意` is no `同意`.

/// A group of words in headers, in the languages of exports; see
/// [`header_words`](crate::columns::header_words) for the patterns.
pub(super) struct Group {
    pub(super) says: Says,
    /// Weight for the header being about consent.
    pub(super) topic: i32,
    /// Weight for a yes refusing consent or taking it back.
    pub(super) withdrawn: i32,
    pub(super) patterns: &'static [&'static str],
}

/// The meaning of a group of words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Says {
    /// The answers to choose from, which say nothing.
    Choices,
    /// Something about a consent that is none itself.
    About,
    OptOut,
    /// A word for consent with a negation in it.
    NoConsent,
    TakenBack,
    TakenBackAlone,
    /// That what was given can be taken back.
    AnyTime,
    OptIn,
    Consent,
    Refused,
    Given,
    Objection,
    /// A purpose that needs consent, or a word for consent itself.
    Related,
    Date,
    Negation,
}

#[rustfmt::skip]
pub(super) const GROUPS: &[Group] = &[
    // The answers to choose from: "no" in them negates nothing.
    Group { says: Says::Choices, topic: 0, withdrawn: 0, patterns: &[
        "yes no", "no yes", "y n", "yes or no", "true false", "1 0", "0 1", "ja nein", "j n", "oui non", "o n",
        "sí no", "s n", "sim não", "ja nee", "ja nej", "ja nei", "kyllä ei", "k e", "tak nie", "t n", "ano ne",
        "áno nie", "a n", "igen nem", "da nu", "evet hayır", "e h", "да нет", "так ні", "ναι όχι", "כן לא",
        "نعم لا", "हाँ नहीं", "हां नहीं", "はい いいえ", "是 否", "是否", "예 아니요", "예 아니오", "네 아니요",
    ] },
    // A consent has these, and they are none.
    Group { says: Says::About, topic: -200, withdrawn: 0, patterns: &[
        "version", "wording", "id", "ids", "ip", "source", "url", "link", "method", "expires", "expired",
        "expiry", "expiration", "valid until", "required", "consent requested", "opt in requested", "reason",
        "reasons", "updated", "modified", "changed", "reminder", "count", "number of", "rate", "type",
        "language", "consent text", "opt in text", "opt out text", "comment", "score", "grund", "quelle",
        "gültig bis", "erforderlich", "geändert", "anzahl", "raison", "motif", "expire", "nombre de", "motivo",
        "fuente", "origen", "origem", "fonte", "caduca", "scadenza", "reden", "bron", "aantal", "anledning",
        "antal", "syy", "powód", "źródło", "důvod", "dôvod", "motivul", "neden", "причина", "источник",
        "версия", "λόγος", "~理由", "~原因", "~이유",
    ] },
    Group { says: Says::OptOut, topic: 90, withdrawn: 100, patterns: &[
        "opt out", "opt outs", "optout", "optouts", "opted out", "optedout", "opts out", "opting out",
        "unsub", "unsubs", "~unsubscri", "do not contact", "do not call", "do not email", "do not e mail",
        "do not mail", "do not phone", "do not text", "do not sms", "do not bulk email", "do not send",
        "do not process", "do not sell", "do not market", "do not solicit", "do not disturb",
        "don t contact", "don t call", "don t email", "dont contact", "dont call", "dont email", "~donotc",
        "~donote", "~donotb", "~donotp", "~donotm", "~donots", "not contactable", "no contact", "no email",
        "no emails", "no marketing", "no newsletter", "no mailing", "no mailings", "contact not allowed",
        "not be contacted",
        "abgemeldet", "abmeldung", "newsletter abmeldung", "abbestellt", "abbestellung", "kein kontakt",
        "nicht kontaktieren", "keine kontaktaufnahme", "keine werbung", "kein newsletter", "werbesperre",
        "werbewiderspruch", "kontaktsperre", "~austragung", "ausgetragen",
        "~désabonn", "~désinscri", "ne pas contacter", "ne plus contacter", "pas de contact",
        "refus de contact", "ne pas appeler",
        "dado de baja", "dada de baja", "no contactar", "no llamar", "cancelar suscripción",
        "suscripción cancelada", "desuscrito", "desuscripto", "desuscripción",
        "não contactar", "não contatar", "não ligar", "~descadastr", "inscrição cancelada",
        "~disiscri", "non contattare", "non chiamare", "cancellazione iscrizione", "iscrizione cancellata",
        "afgemeld", "afmelding", "uitgeschreven", "uitschrijving", "niet contacteren", "niet benaderen",
        "geen contact", "niet bellen", "niet mailen",
        "avregistrerad", "avanmäld", "avanmälan", "avprenumererad", "kontakta inte", "kontakta ej",
        "afmeldt", "afmelding", "frameldt", "kontakt ikke", "må ikke kontaktes", "ikke kontakt", "avmeldt",
        "avmelding", "älä ota yhteyttä", "ei yhteydenottoja", "ei saa ottaa yhteyttä", "tilaus peruttu",
        "wypisany", "wypisana", "wypisano", "nie kontaktować", "nie dzwonić", "rezygnacja z newslettera",
        "~odhlášen", "nekontaktovat", "nevolat", "nekontaktovať", "nevolať", "~leiratkoz", "ne keressük",
        "ne hívjuk", "~dezabon", "nu contactați", "a nu se contacta", "abonelikten çıktı", "abonelikten çıkma",
        "aramayın", "aranmasın", "iletişime geçmeyin",
        "отписан", "отписана", "отписался", "отписалась", "отписка", "не связываться", "не контактировать",
        "не беспокоить", "не звонить", "відписаний", "відписана", "відписався", "відписка", "не турбувати",
        "не телефонувати", "μην επικοινωνείτε", "να μην επικοινωνήσουμε", "απεγγραφή", "κατάργηση εγγραφής",
        "לא ליצור קשר", "הוסר מרשימת התפוצה", "הסרה מרשימת התפוצה", "إلغاء الاشتراك", "ألغى الاشتراك",
        "عدم الاتصال", "संपर्क न करें", "सदस्यता समाप्त", "~オプトアウト", "~配信停止", "~連絡不可", "~連絡しない",
        "~退订", "~退訂", "~取消订阅", "~取消訂閱", "~请勿联系", "~勿联系", "~不要联系", "~수신거부", "~수신 거부",
        "~연락 금지", "~연락금지", "~구독 취소", "~구독취소",
    ] },
    Group { says: Says::NoConsent, topic: 100, withdrawn: 240, patterns: &[
        "~nonconsent", "~unconsent", "~nesouhlas", "~nesúhlas", "~несоглас", "~незгод", "~不同意", "~未同意",
        "~非同意", "~同意しない", "~同意なし", "~同意无", "~無同意", "~无同意", "~미동의", "~비동의", "~동의 안",
        "~동의안함", "~동의하지", "~동의 하지", "~동의 없", "onaysız", "rızasız", "सहमति नहीं", "असहमति", "असहमत",
    ] },
    // By itself it may be the consent that is taken back, or an order or a complaint.
    Group { says: Says::TakenBackAlone, topic: 40, withdrawn: 160, patterns: &[
        "=withdrawn", "=withdrew", "=revoked", "=withdrawn at", "=revoked at", "=withdrawal", "=widerrufen",
        "=widerruf", "=widerrufen am", "=révoqué", "=revocado", "=revogado", "=revocato",
    ] },
    Group { says: Says::AnyTime, topic: 0, withdrawn: -120, patterns: &[
        "any time", "anytime", "right to withdraw", "right to revoke", "can withdraw", "may withdraw",
        "can revoke", "may revoke", "jederzeit", "à tout moment", "en cualquier momento",
        "em qualquer momento", "a qualquer momento", "in qualsiasi momento", "in ogni momento",
        "te allen tijde", "op elk moment", "när som helst", "når som helst", "til enhver tid", "milloin tahansa",
        "w każdej chwili", "w dowolnym momencie", "kdykoli", "kedykoľvek", "bármikor", "oricând",
        "istediğim zaman", "istediğiniz zaman", "в любое время", "в любой момент", "у будь який час",
        "ανά πάσα στιγμή", "οποτεδήποτε", "בכל עת", "في أي وقت", "किसी भी समय", "~いつでも", "~随时", "~隨時",
        "~언제든",
    ] },
    Group { says: Says::TakenBack, topic: 0, withdrawn: 160, patterns: &[
        "~withdr", "~revok", "~revoc", "~retract", "~rescind", "no longer", "not any more", "not anymore",
        "~cancel", "~removed", "ended", "pulled", "taken back", "took back",
        "~widerruf", "~zurückgezogen", "~zurückgenommen", "~entzogen", "nicht mehr",
        "~retir", "retrait", "~révoqu", "~annul", "ne plus", "n est plus", "~revog", "ya no", "~quitad",
        "~anulad", "não mais", "~ritir", "~annull", "non più", "~ingetrokken", "~intrekking", "~herroepen",
        "niet meer", "~återkall", "~tillbakadrag", "inte längre", "~tilbagekald",
        "~tilbagetrukk", "~tilbakekal", "~tilbaketrukk", "~trukket", "drog tillbaka", "dragit tillbaka",
        "ikke længere", "ikke lenger", "~perut", "~peruut", "~poistettu", "ei enää", "~wycof", "~cofnię",
        "~odwoł", "~odvol", "~stažen", "~zrušen", "~stiahnut", "~visszavon", "~retras", "~retrag", "nu mai",
        "geri çek", "~çekildi", "geri al", "~iptal", "~отозва", "~отзыв", "~аннулир", "~відклик",
        "~скасован", "~ανακλη", "~ανακαλ", "~αποσυρ", "בוטל", "בוטלה", "ביטול", "חזר בו", "חזרה", "סחب", "سحب",
        "سحبت", "إلغاء", "ملغى", "ملغاة", "वापस", "रद्द", "~撤回", "~取消", "~取り消", "~撤销", "~撤銷", "~철회",
        "~취소",
    ] },
    Group { says: Says::OptIn, topic: 90, withdrawn: -60, patterns: &[
        "opt in", "opt ins", "optin", "optins", "opted in", "optedin", "opts in", "opting in", "~オプトイン",
    ] },
    Group { says: Says::Consent, topic: 100, withdrawn: 0, patterns: &[
        "~consent", "~einwillig", "willige ein", "~einverständ", "~consens", "~consentim", "~toestemming",
        "~samtyck", "~samtykk", "~samþykki", "~suostumus", "~zgoda", "zgody", "zgodę", "~souhlas", "~súhlas",
        "~hozzájárul", "~consimțământ", "rıza", "~rızas", "rızam", "~согласие", "~согласия", "~згода",
        "згоди", "згоду", "~συγκατάθε", "~συγκαταθέ", "~συναίνεσ", "הסכמה", "הסכמת", "הסכמתי", "~موافق",
        "सहमति", "~同意", "~동의",
    ] },
    Group { says: Says::Refused, topic: 0, withdrawn: 100, patterns: &[
        "~refus", "~reject", "~declin", "~denied", "deny", "~verweiger", "~abgelehnt", "~ablehn", "~untersagt",
        "~rechaz", "~denegad", "~negad", "~recusad", "~rejeit", "~rifiut", "~negat", "~geweigerd", "~weiger",
        "~afgewezen", "~nekat", "~nekad", "~avslag", "~avvis", "~afvis", "~nægt", "~nektet", "~afslå",
        "~kieltä", "~evätty", "~odmów", "~odmow", "~odrzuc", "~odmít", "~zamít", "~odmiet",
        "~zamiet", "~elutasít", "~refuz", "~respin", "~redded", "~отказ", "~отклон", "~відмов", "~відхил",
        "~αρν", "~απορρ", "סירב", "סירוב", "סורב", "~رفض", "~مرفوض", "अस्वीकृत", "अस्वीकार", "~拒", "~거부",
        "~거절",
    ] },
    Group { says: Says::Given, topic: 0, withdrawn: -120, patterns: &[
        "given", "gave", "granted", "accepted", "agreed", "confirmed", "~erteilt", "gegeben", "~akzeptiert",
        "~bestätigt", "donné", "donnée", "accordé", "accepté", "otorgado", "dado", "aceptado", "concedido",
        "aceito", "concesso", "accettato", "gegeven", "verleend", "givet", "gitt", "lämnat", "annettu",
        "udzielona", "udzielono", "wyrażona", "~udělen", "~udelen", "megadva", "acordat", "verildi", "~дано",
        "~предоставлен", "~надан", "δόθηκε", "ניתנה", "~同意済", "~同意する",
    ] },
    // With marketing or contact beside it, it is one to these.
    Group { says: Says::Objection, topic: 50, withdrawn: 100, patterns: &[
        "objection", "objected", "objects to", "blocklist", "blocklisted", "blacklist", "blacklisted",
        "~widersproch", "~widerspruch", "opposition", "oposición", "oposição", "opposizione", "bezwaar",
        "invändning", "indsigelse", "innsigelse", "sprzeciw", "námitka", "námietka", "tiltakozás", "opoziție",
        "itiraz", "возражение", "заперечення", "αντίρρηση",
    ] },
    Group { says: Says::Related, topic: 40, withdrawn: 0, patterns: &[
        "permission", "permissions", "may we", "can we", "contact me", "contact you", "contact allowed",
        "allowed to contact", "ok to contact", "allow", "allowed", "gdpr", "ccpa", "privacy", "~newsletter",
        "marketing", "subscribed", "subscriber", "subscription", "mailing list", "mailings", "agree",
        "agreement", "terms accepted", "~zustimm", "zugestimmt", "einverstanden", "~erlaub", "~datenschutz",
        "dsgvo", "~kontaktaufnahme", "~kontaktieren", "~werbung", "~werbe", "rgpd", "accepte", "~autoris",
        "accord", "~recontact", "être contacté", "infolettre", "~autoriz", "acepto", "acepta", "aceptación",
        "~contactar", "boletín", "privacidad", "lopd", "aceito", "aceitação", "~contatar", "privacidade",
        "lgpd", "accetto", "accettazione", "~contattare", "akkoord", "nieuwsbrief", "contact opnemen",
        "~privacyverklaring", "~godkän", "~godken", "~godkjen", "nyhetsbrev", "nyhedsbrev", "~personvern",
        "uutiskirje", "lupa", "~tietosuoja", "rodo", "~marketingow", "~hírlevél", "~adatvédel", "acord",
        "onay", "onayı", "izin", "izni", "kvkk", "~рассылк", "~разреш", "~маркетинг", "~розсилк", "~дозв",
        "ενημερωτικό δελτίο", "άδεια", "אישור", "דיוור", "ניוזלטר", "إذن", "النشرة", "अनुमति", "~メルマガ", "~許可",
        "~許諾", "~承諾", "~许可", "~授权", "~订阅", "~訂閱", "~隐私", "~허락", "~허용", "~구독", "~마케팅",
        "~개인정보",
    ] },
    Group { says: Says::Date, topic: 0, withdrawn: 0, patterns: &[
        "date", "dates", "at", "time", "timestamp", "datum", "zeitpunkt", "am", "le", "fecha", "data di", "data do",
        "data da", "data del", "data zgody", "dato", "dátum", "pvm", "päivämäärä", "tarih", "tarihi", "дата",
        "ημερομηνία", "תאריך", "تاريخ", "तारीख", "~日時", "~日付", "~日期", "~时间", "~時間", "~날짜", "~일시", "~일자",
    ] },
    Group { says: Says::Negation, topic: 0, withdrawn: 240, patterns: &[
        "no", "not", "non", "without", "never", "kein", "keine", "keiner", "nicht", "ohne", "pas", "sans",
        "aucun", "sin", "não", "sem", "nenhum", "senza", "nessun", "geen", "zonder", "niet", "inte", "ej",
        "inget", "ingen", "utan", "ikke", "intet", "uden", "uten", "ei", "ilman", "nie", "brak", "bez", "není",
        "nincs", "nem", "nélkül", "nu", "fără", "yok", "değil", "нет", "не", "без", "ні", "немає", "δεν",
        "χωρίς", "όχι", "לא", "ללא", "אין", "لا", "بدون", "नहीं", "बिना", "~없음", "~안 함",
    ] },
];
