//! The words that name fields in headers, in the languages of exports.
//!
//! A pattern `=x` is the whole header, `x` a word or run of words in it, `~x` any part, and `x & y`
//! two patterns that both fit. Patterns and headers are folded before they are compared. Patterns of one group name the field equally
//! well; earlier groups name it better.

use std::ops::RangeInclusive;

use super::field::Field;

type Groups = &'static [&'static [&'static str]];

/// Groups of [`Field::Score`] that are the NPS question itself.
pub const NPS_GROUPS: usize = 2;

/// Groups of [`Field::Score`] that name the NPS question or just a score. Later groups may be any
/// grade or rating.
pub const SCORE_GROUPS: usize = 3;

/// The group of [`Field::ResponseId`] that names a number, or a survey, of which each response may have
/// its own.
pub const NUMBER_GROUP: usize = 3;

/// Groups of [`Field::RespondedAt`] that name months or weeks.
pub const MONTH_GROUPS: RangeInclusive<usize> = 6..=7;

#[rustfmt::skip]
pub fn patterns(field: Field) -> Groups {
    match field {
        Field::Score => &[
            &[
                "=nps", "=nps score", "=net promoter score", "=nps rating", "=enps", "=nps answer",
                "=nps value", "=nps wert", "=nps note", "=note nps", "=score nps", "=nota nps",
                "=punteggio nps", "=puntuación nps", "=nps puntuación", "=net promoter",
                "nps", "enps", "np score", "net promoter score", "net promoter",
            ],
            &[
                "~recommend", "~weiterempfehl", "~empfehlen", "~recomend", "~recomiend", "~recommand",
                "~raccomand", "~consigli", "~aanbevel", "~aanrad", "~aanbeveel", "~rekommend",
                "~anbefal", "~suosittel", "~suositel", "~polecić", "~polecen", "~poleci", "~doporuč",
                "~odporúč", "~ajánl", "~recomand", "~tavsiye", "~önerir", "~önerme",
                "~порекоменд", "~рекоменд", "~советова", "~συστήσ", "~συστήν", "~συνιστ",
                "~προτείν", "~תמליצ", "~תמליץ", "~להמליץ", "~המליץ", "~ממליצ", "~ממליץ", "~توصي", "~التوصية", "~توصية",
                "~أوصي", "~نوصي", "~تنصح", "~सिफारिश", "~सिफ़ारिश", "~अनुशंसा", "~勧め", "~薦め",
                "~すすめ", "~推奨", "~オススメ", "~推荐", "~推薦", "~추천", "~promoter score", "=ltr", "ltr score", "~likelihood to refer",
            ],
            &[
                "=score", "=survey score", "=response score", "=answer score", "=customer score",
                "=hs value", "=score value", "=punktzahl", "=puntuación", "=puntaje", "=pontuação",
                "=punteggio", "=poäng", "=poeng", "=pistemäärä", "=punktacja", "=skóre",
                "=pontszám", "=scor", "=puan", "=skor", "=балл", "=баллы", "=бал", "=βαθμός",
                "=ציון", "=الدرجة", "=النتيجة", "=स्कोर", "=अंक", "=スコア", "=点数", "=得点", "=得分",
                "=分数", "=점수",
            ],
            &[
                "~score", "rating", "note", "nota", "~bewertung", "~punkte", "~puntuación",
                "~pontuação", "~punteggio", "calificación", "valoración", "avaliação",
                "valutazione", "voto", "cijfer", "beoordeling", "betyg", "bedømmelse", "karakter",
                "vurdering", "arvosana", "arvio", "ocena", "hodnocení", "hodnotenie", "értékelés",
                "evaluare", "değerlendirme", "оценка", "оцінка", "рейтинг", "βαθμολογία", "דירוג",
                "~تقييم", "~रेटिंग", "~評価", "~评分", "~評分", "~평점", "rate", "~évaluation",
            ],
        ],
        Field::RespondedAt => &[
            &[
                "=responded at", "=response date", "=date of response",
                "=response timestamp", "=response datetime", "~responded", "~answered", "=responsedate",
                "~beantwortet", "~antwortdatum", "=datum der antwort", "~antwortzeit",
                "~ausgefüllt", "=rempli le", "=respondido el", "=respondido em", "~compilato",
                "=data di compilazione", "~ingevuld", "~wypełni", "~vyplněn", "=ifylld", "=udfyldt",
                "=date de réponse", "=date réponse", "=répondu le", "=fecha de respuesta",
                "=fecha respuesta", "=respondido", "=data da resposta", "=data de resposta",
                "=data risposta", "=data di risposta", "=data della risposta", "~antwoorddatum",
                "=datum antwoord", "=beantwoord op", "~svarsdatum", "~svardato", "=besvarad",
                "=besvaret", "~vastausaika", "~vastauspäivä", "=data odpowiedzi", "=datum odpovědi",
                "=dátum odpovede", "=válasz dátuma", "=data răspunsului", "=yanıt tarihi",
                "=cevap tarihi", "=дата ответа", "=время ответа", "=дата відповіді",
                "=ημερομηνία απάντησης", "=תאריך תגובה", "=תאריך מענה", "=تاريخ الرد",
                "=تاريخ الاستجابة", "~回答日", "~回答時", "~答题时间", "~回答时间", "~응답일", "~응답시",
                "~응답날짜", "=responded", "=answer date", "=answer time",
                "~surveyed", "~befragt & ~am", "date & responses", "date & ~réponse", "data & ~respost",
                "fecha & ~respuest", "data & ~rispost", "~datum & ~antwort", "~datum & ~antwoord",
                "~dat & ~svar", "~päiv & ~vastau", "data & ~odpowied", "~datum & ~odpověd",
                "~dátum & ~odpoved", "~dátum & ~válasz", "data & ~răspuns", "~tarih & ~yanıt",
                "~tarih & ~cevap", "~дата & ~ответ", "~дата & ~відповід", "~ημερομηνία & ~απάντησ",
            ],
            &[
                "~recorded", "~completed", "=completion time", "=completion date",
                "=date completed", "completion time", "~submit", "~submission date",
                "submission timestamp", "submission time", "rated at", "=finished at",
                "=date finished", "~abgeschlossen", "~abgesendet", "~abgeschickt", "~abgegeben", "~eingereicht",
                "~erfassungsdatum", "=abgabedatum", "~date de soumission", "=soumis le",
                "~date d'envoi du formulaire", "=fecha de envío", "=data de envio", "=enviado em",
                "=data invio", "=inzenddatum", "=ingediend op", "~inskickad", "=indsendt",
                "=innsendt", "=lähetetty", "=data wysłania", "=datum odeslání", "=beküldve",
                "=gönderim tarihi", "=gönderilme tarihi", "=дата отправки", "=дата завершения",
                "=ημερομηνία υποβολής", "=תאריך שליחה", "=تاريخ الإرسال", "~送信日", "~提交时间",
                "~提交日期", "~제출",
            ],
            &[
                "=end", "enddate", "end date", "end time", "=ended at", "=endzeit", "=enddatum",
                "=date de fin", "=heure de fin", "=fecha de finalización", "=hora de finalización",
                "=fecha final", "=data final", "=data de conclusão", "=hora de conclusão",
                "=data fine", "=ora di completamento", "=einddatum", "=eindtijd",
                "=voltooiingstijd", "=sluttid", "=slutdatum", "=lopetusaika",
                "=godzina ukończenia", "=data zakończenia", "=befejezés időpontja",
                "=bitiş tarihi", "~fertigstellung", "=heure de la fin", "~完了時刻", "~完成时间",
                "~结束时间", "~완료 시간", "=время завершения", "=дата окончания",
            ],
            &[
                "=created", "=created at", "=created on", "=createdat", "=createddate",
                "=created date", "=date created", "=creation date", "created at", "created date",
                "=created time", "~erstellt", "=créé le", "=date de création", "=creado",
                "=fecha de creación", "=criado em", "=data de criação", "=data creazione",
                "=aangemaakt", "=aanmaakdatum", "=skapad", "=oprettet", "=opprettet", "=luotu",
                "=data utworzenia", "=vytvořeno", "=vytvorené", "=létrehozva", "=creat la",
                "=oluşturulma tarihi", "=дата создания", "=создано", "=дата створення",
                "~作成日", "~创建时间", "~생성일",
                "=date", "=datum", "=timestamp", "=time stamp", "=datetime", "=date time",
                "=date and time", "=when", "=survey date", "=feedback date", "=interview date",
                "=date of survey", "=date of feedback", "=review date", "=rating date",
                "=score date", "=nps date", "=date nps", "=occurred at", "=event time",
                "=event timestamp", "~zeitstempel", "=datum uhrzeit", "=datum und uhrzeit",
                "=befragungsdatum", "=umfragedatum", "=zeitpunkt", "=zeit",
                "horodateur", "horodatage", "=date heure", "=date et heure", "=date enquête",
                "=fecha", "=fecha y hora", "=fecha hora", "marca temporal", "=data", "=data hora",
                "=data e hora", "carimbo de data", "=data e ora", "informazioni cronologiche",
                "=tijd", "tijdstempel", "=datum tijd", "=datum en tijd", "tidsstämpel",
                "=datum tid", "=dato", "tidsstempel", "=tidspunkt", "=päivämäärä", "=päiväys",
                "=aikaleima", "=data i godzina", "sygnatura czasowa", "=datum a čas",
                "časové razítko", "=dátum", "=dátum a čas", "časová pečiatka", "időbélyeg",
                "=dátum idő", "=tarih", "=tarih saat", "zaman damgası", "marcaj de timp",
                "=marcaj temporal", "=дата", "=дата и время", "отметка времени", "=время", "=час",
                "=дата та час", "позначка часу", "=ημερομηνία", "=ημερομηνία και ώρα",
                "χρονική σήμανση", "=תאריך", "=תאריך ושעה", "חותמת זמן", "=التاريخ", "=تاريخ",
                "طابع زمني", "=التاريخ والوقت", "=तारीख", "=दिनांक", "=तिथि", "=日付", "=日時",
                "タイムスタンプ", "=日期", "=时间", "=時間", "=日期时间", "~时间戳", "~時間戳", "=날짜",
                "=일시", "타임스탬프", "=작성일", "=stempel waktu", "=cap waktu", "=setem masa",
                "=cap masa", "=dấu thời gian", "=ประทับเวลา", "=टाइमस्टैम्प", "časová značka",
                "vremenska oznaka", "временска ознака", "časovni žig", "клеймо за време",
                "laiko žyma", "laika zīmogs", "ajatempel", "=marca horària", "marca de temps",
            ],
            &[
                "created", "date", "datum", "~datum", "fecha", "timestamp", "horodat", "uhrzeit",
                "=time", "=response time", "дата", "tarih", "tarihi", "dato", "~日付", "~日時", "~日期", "~날짜", "data",
            ],
            &[
                "start date", "startdate", "start time", "=started at", "=start", "=startzeit",
                "=startdatum", "=date de début", "=heure de début", "=fecha de inicio",
                "=hora de inicio", "=data de início", "=hora de início", "=ora di inizio",
                "=begintijd", "=starttid", "=aloitusaika", "=godzina rozpoczęcia",
                "=başlangıç tarihi", "=время начала", "~開始時刻", "~开始时间", "~시작 시간",
            ],
            &[
                "=year month", "=yearmonth", "=month year", "=survey month", "=response month",
                "=month of response", "=yyyymm", "=jahr monat", "=monat jahr", "=année mois",
                "=mois année", "=mes año", "=año mes", "=mês ano", "=ano mês", "=mese anno",
                "=anno mese", "=jaar maand", "=rok miesiąc", "=год месяц", "=年月", "=연월", "=week",
                "=calendar week", "=iso week", "=survey week", "=response week", "=year week",
                "=yearweek", "=woche", "=kalenderwoche", "=kw", "=semaine", "=semana", "=settimana",
                "=vecka", "=uge", "=uke", "=viikko", "=tydzień", "=týden", "=týždeň", "=hét",
                "=hafta", "=неделя", "=тиждень", "=εβδομάδα", "=週", "=周", "=주",
            ],
            &[
                "=month", "=monat", "=mois", "=mes", "=mês", "=mese", "=maand", "=månad", "=måned",
                "=kuukausi", "=miesiąc", "=měsíc", "=mesiac", "=hónap", "=luna", "=ay", "=месяц",
                "=місяць", "=μήνας", "=חודש", "=الشهر", "=月", "=月份", "=월",
            ],
            &[
                "=quarter", "=year quarter", "=survey quarter", "=quartal", "=trimestre",
                "=kwartaal", "=kvartal", "=kvartaali", "=kwartał", "=čtvrtletí", "=štvrťrok",
                "=negyedév", "=çeyrek", "=квартал", "=τρίμηνο", "=四半期", "=季度", "=분기",
                "=period", "=survey period", "=zeitraum", "=période", "=periodo", "=período",
                "=periode", "=dönem", "=период", "=期間", "=期间",
            ],
        ],
        Field::SentAt => &[
            &[
                "=sent at", "=sent date", "=date sent", "=sent on", "=survey sent", "=sentdate",
                "=survey sent at", "=survey sent date", "=send date", "=sent time", "=send time",
                "=invitation date", "=invitation sent", "=invited at",
            ],
            &["~delivered"],
            &[
                "sent", "~invited", "~versendet", "~versanddatum", "~versandt", "~gesendet",
                "~enviado", "~envoyé", "=date d'envoi", "~inviato", "~verzonden", "~verzenddatum",
                "~einladung", "~invitaci", "~convite", "~invito", "~uitnodig", "~zaproszen", "~inbjud",
                "~davet", "~招待",
                "~skickad", "=sendt", "~wysłano", "~odesláno", "=отправлено", "~発送", "~发送时间",
                "~발송",
            ],
        ],
        Field::UpdatedAt => &[
            &["=updated at", "=updated", "=last updated", "=date updated", "=updated on", "~updated at"],
            &[
                "=last modified", "=modified at", "=modified", "=date modified",
                "=last modified time", "=geändert am", "=zuletzt geändert", "=aktualisiert am",
                "=modifié le", "=dernière modification", "=mis à jour le", "=modificado",
                "=actualizado", "=última modificación", "=atualizado em", "=ultima modifica",
                "=bijgewerkt", "=laatst gewijzigd", "=uppdaterad", "=opdateret", "=oppdatert",
                "=zmodyfikowano", "=изменено", "=обновлено", "~更新日", "~更新时间", "~수정일",
                "=zeit der letzten änderung",
            ],
        ],
        Field::Respondent => &[
            &["=respondent", "=respondent email"],
            &[
                "=email", "=e mail", "=mail", "=email address", "=e mail address", "=mail address",
                "=e mail adresse", "=e mailadresse", "=email adresse", "=mailadresse", "=correo", "=correo electrónico",
                "=dirección de correo electrónico", "=courriel", "=adresse e mail",
                "=adresse email", "=adresse mail", "=adresse électronique", "=endereço de e mail",
                "=endereço de email", "=indirizzo e mail", "=indirizzo email", "=e mailadres",
                "=emailadres", "=e postadress", "=e post", "=epost", "=e postadresse",
                "=sähköposti", "=sähköpostiosoite", "=adres e mail", "=e mailová adresa",
                "=e mail cím", "=adresă de e mail", "=e posta", "=eposta", "=e posta adresi",
                "=почта", "=электронная почта", "=адрес электронной почты", "=эл почта",
                "=електронна пошта", "=διεύθυνση email", "=ηλεκτρονικό ταχυδρομείο", "=אימייל",
                "=דואר אלקטרוני", "=כתובת אימייל", "=البريد الإلكتروني", "=ईमेल", "=メール",
                "=メールアドレス", "=電子メール", "=邮箱", "=电子邮件", "=电子邮箱", "=電子郵件", "=이메일",
                "=이메일 주소",
            ],
            &[
                "=recipient email", "=user email", "=customer email", "=person email",
                "=contact email", "=recipient mail", "=client email", "=email client",
                "=kunden e mail", "=useremail", "=customeremail",
            ],
            &[
                "email", "e mail", "~correo", "~courriel", "~sähköposti", "~メール", "~邮箱", "~邮件",
                "~이메일", "~אימייל",
            ],
            &[
                "=customer id", "=customerid", "=customer number", "=customer no", "=customer nr",
                "=customer code", "=user id", "=userid", "=contact id", "=contactid",
                "=person id", "=recipient id", "=client id", "=client number", "=member id",
                "=member number", "=subscriber id", "=patient id", "=guest id", "=panelist id",
                "=rider id", "=passenger id", "=student id", "=visitor id", "=player id", "=buyer id",
                "=shopper id", "=learner id",
                "=external id", "=externalreference", "=external reference",
                "=external data reference", "~kundennummer", "~kundennr", "=kunden nr",
                "=kunden id", "=kd nr", "~mitgliedsnummer", "=numéro client", "=numéro de client",
                "=n client", "=no client", "=id client", "=code client", "=identifiant client",
                "=número de cliente", "=id cliente", "=id de cliente", "=código cliente",
                "=código de cliente", "=código do cliente", "=número do cliente", "=codice cliente", "=numero cliente",
                "=id do cliente", "~klantnummer", "=klant id", "=klantnr", "~kundnummer",
                "=kund id", "~kundenummer", "=kunde id", "~asiakasnumero", "=asiakas id",
                "=numer klienta", "=id klienta", "=číslo zákazníka", "=zákaznické číslo",
                "=id zákazníka", "=ügyfélszám", "=ügyfél id", "=ügyfélazonosító",
                "=număr client", "=müşteri no", "=müşteri numarası", "=müşteri id",
                "=номер клиента", "=id клиента", "=ид клиента", "=код клиента", "=номер клієнта",
                "=αριθμός πελάτη", "=κωδικός πελάτη", "=מספר לקוח", "=رقم العميل",
                "=ग्राहक संख्या", "~顧客番号", "~お客様番号", "~顧客id", "~会員番号", "~客户编号", "~客户id", "~会员号",
                "~客戶編號", "~고객번호", "~고객 번호", "~고객id", "~회원번호",
            ],
            &[
                "customer id", "user id", "contact id", "person id", "recipient id", "client id",
                "member id", "customer number", "external reference",
            ],
            &["~phone", "~telefon", "~mobile", "~handy"],
        ],
        Field::ResponseId => &[
            &[
                "=response id", "=responseid", "=response key", "=response uuid", "=antwort id",
                "=antwortid", "=submission id", "=submissionid", "=answer id", "=feedback id",
                "=survey response id", "=id de réponse", "=id réponse", "=id de respuesta",
                "=id respuesta", "=id da resposta", "=id risposta", "=antwoord id", "=svars id",
                "=svar id", "=vastaus id", "=id odpowiedzi", "=id odpovědi", "=válasz id",
                "=identifiant réponse", "=numéro de réponse", "=réponse no", "=réponse numéro", "=antwort nr", "=antwortnummer",
                "=rückmeldung id", "~回答番号", "~回答者id",
                "=yanıt id", "=id ответа", "~回答id", "~答卷编号", "~응답id", "~응답 id",
            ],
            &["=respondent id", "=respondentid", "=resp id", "=respid", "=network id", "=event id"],
            &["=uuid", "=guid", "=id", "=token", "=identifiant", "=identificador", "=kennung"],
            &[
                "=no", "=nr", "=num", "=number", "=nummer", "=numéro", "=número", "=numer", "=numero",
                "=nro", "=număr", "=numara", "=číslo", "=sorszám", "=azonosító", "=tunniste", "=identyfikator",
                "=identificativo", "=номер", "=ид", "=идентификатор", "=ідентифікатор", "=αριθμός",
                "=מספר", "=الرقم", "=番号", "=通番", "=管理番号", "=受付番号", "=编号", "=編號", "=序号",
                "=번호", "=record", "=record id", "=record no", "=record number", "=entry", "=entry id",
                "=entry no", "=entry number", "=row id", "=case id", "=interview id", "=interview no",
                "=interview nr", "=interviewnummer", "=questionnaire id", "=questionnaire no", "=survey id",
                "=survey no", "=survey number", "=call id", "=anruf id", "=chat id", "=session id", "=response no", "=response number", "=submission no",
                "=submission number", "=form no", "=serial", "=serial no", "=serial number",
                "=umfrage id", "=umfrage nr", "=umfragenummer", "=fragebogen id", "=fragebogen nr",
                "=fragebogennummer", "=bogen nr", "=datensatz", "=datensatz nr", "=lfd nr", "=laufnummer",
                "=laufende nummer", "=vorgangsnummer", "=id enquête", "=id questionnaire",
                "=id de l'enquête", "=no enquête", "=no de réponse", "=no questionnaire",
                "=numéro de questionnaire", "=numéro d'enquête", "=id encuesta", "=id de encuesta",
                "=id de la encuesta", "=no encuesta", "=no de encuesta", "=no de respuesta", "=folio",
                "=número de encuesta", "=número de respuesta", "=id pesquisa", "=id da pesquisa",
                "=no da pesquisa", "=no da resposta", "=número da resposta", "=protocolo",
                "=id questionario", "=id sondaggio", "=no questionario", "=numero risposta",
                "=enquête id", "=volgnummer", "=volgnr", "=respons id", "=enkät id", "=löpnummer",
                "=løbenummer", "=løpenummer", "=id ankiety", "=nr ankiety", "=lp", "=id dotazníku",
                "=číslo dotazníku", "=anket no", "=anket id", "=kayıt no", "=sıra no", "=id анкеты",
                "=номер анкеты", "=no анкеты", "=id опроса", "=номер опроса", "=アンケートid", "=回答no",
                "=问卷编号", "=问卷id", "=答卷id", "=설문id", "=설문 번호", "=응답번호",
            ],
        ],
        Field::Comment => &[
            &[
                "=comment", "=comments", "=nps comment", "=score comment", "=rating comment",
                "=kommentar", "=commentaire", "=commentaires", "=comentario", "=comentarios",
                "=comentário", "=comentários", "=commento", "=commenti", "=opmerking",
                "=opmerkingen", "=kommentti", "=komentarz", "=komentář", "=komentár",
                "=megjegyzés", "=comentariu", "=comentarii", "=yorum", "=yorumlar",
                "=комментарий", "=комментарии", "=коментар", "=σχόλιο", "=σχόλια", "=הערה",
                "=הערות", "=תגובה", "=تعليق", "=تعليقات", "=ملاحظات", "=التعليق", "=टिप्पणी",
                "=コメント", "=評論", "=评论", "=意见", "=意見", "=备注", "=코멘트", "=의견",
            ],
            &[
                "~comment", "~kommentar", "~comentario", "~commento", "~opmerking", "~komentar",
                "~комментар", "~коментар", "~コメント", "~自由記述", "~ご意見", "~의견",
            ],
            &[
                "~feedback", "~verbatim", "~explication", "~begründung", "~reason", "why", "warum",
                "pourquoi", "por qué", "por que", "perché", "waarom", "varför", "hvorfor", "miksi",
                "dlaczego", "proč", "prečo", "miért", "de ce", "neden", "почему", "чому", "γιατί",
                "למה", "מדוע", "لماذا", "क्यों", "~理由", "~なぜ", "~原因", "~为什么", "~為什麼", "~이유",
                "~raison", "~motivo", "~razón", "~grund", "~toelichting", "~motivering",
                "~begrunnelse", "~begrundelse", "~perustel", "~powód", "~uzasadnienie", "~důvod",
                "~dôvod", "~indok", "~motivul", "~причин", "~open ended", "~open text", "hs content",
                "=text", "text", "~freitext", "~anmerkung", "~suggestion", "~improve", "~verbesser",
                "~améliorer", "~mejorar", "~melhorar", "~migliorare", "~verbeter", "~förbättr",
                "~отзыв", "~відгук", "=remarks", "=notes", "=message", "=review",
            ],
        ],
        Field::Survey => &[
            &["=survey", "=survey name", "=surveyname", "=umfrage", "=umfragename", "=umfrage name"],
            &[
                "surveyname", "survey name", "=survey title", "=campaignname", "=campaign name",
                "campaignname", "campaign name", "=campaign", "=kampagne", "=encuesta", "=enquête",
                "=nom de l'enquête", "=sondage", "=pesquisa", "=sondaggio", "=enkät",
                "=undersøgelse", "=undersøkelse", "=kysely", "=ankieta", "=průzkum", "=prieskum",
                "=felmérés", "=sondaj", "=anket", "=опрос", "=опитування", "=έρευνα", "=סקר",
                "=استبيان", "=アンケート名", "=アンケート", "=问卷", "=问卷名称", "=설문", "=설문명",
            ],
        ],
        Field::Account => &[
            &[
                "=account", "=account id", "=account name", "=company", "=company name",
                "=companyname", "=firma", "=firmenname", "=unternehmen", "=empresa", "=entreprise",
                "=société", "=azienda", "=bedrijf", "=bedrijfsnaam", "=företag", "=virksomhed",
                "=bedrift", "=yritys", "=przedsiębiorstwo", "=společnost", "=spoločnosť", "=cég",
                "=cégnév", "=companie", "=şirket", "=компания", "=компанія", "=организация",
                "=εταιρεία", "=εταιρία", "=חברה", "=الشركة", "=कंपनी", "=会社", "=会社名", "=企業名",
                "=公司", "=公司名称", "=公司名稱", "=회사", "=회사명", "=organisation", "=organization",
            ],
            &[
                "account", "companyname", "company", "firma", "unternehmen", "organisation",
                "organization", "empresa", "entreprise", "azienda",
            ],
        ],
        Field::Metric => &[
            &[
                "=metric", "=survey type", "=surveytype", "=metric type", "surveytype",
                "survey type", "metricstype", "metrics type", "=question type", "question type",
                "hs survey type",
            ],
        ],
        // These depend on each other; see `ConsentHeader`.
        Field::Consent => &[],
    }
}

/// Words that give a header another meaning than the field.
#[rustfmt::skip]
pub fn other_meanings(field: Field) -> &'static [&'static str] {
    match field {
        Field::Score => &[
            "csat", "~satisf", "~zufried", "~satisfac", "~soddisf", "~tevred", "~nöjd", "~effort",
            "~aufwand", "star", "stars", "~sentiment", "reason", "reasons", "why", "warum",
            "pourquoi", "por qué", "perché", "~begründ", "ces", "~理由", "~満足", "~满意", "~滿意",
            "~만족", "~удовлетвор", "~задовол", "~comment", "~kommentar",
        ],
        Field::RespondedAt => &[
            "~birth", "~geburt", "naissance", "nacimiento", "nascimento", "nascita", "geboorte",
            "~renew", "~expir", "order", "orders", "ordered", "~login", "~purchase", "~signup",
            "sign up", "signed up", "~registr", "due", "sent", "send", "~delivered", "delivery",
            "~updated", "update", "~modified", "changed", "~geändert", "~aktualisiert", "~kauf",
            "~bestell", "~vertrag", "contract", "contrat", "contrato", "contratto", "~bounced", "~invited", "invitation", "~reminder", "scheduled",
            "~import", "~export", "~install", "hire", "hired", "joined", "since", "first", "last",
            "previous", "next", "~churn", "~cancel", "shipped", "shipping", "check in", "checkin",
            "check out", "checkout", "visit", "stay", "arrival", "departure", "booking",
            "reservation", "appointment", "closed", "resolved", "trial", "subscription", "~invoice",
            "~rechnung", "~payment", "paid", "account", "customer", "user", "ticket", "company",
            "contact", "lead", "deal", "case", "activation", "activated", "onboarding", "training",
            "seit", "depuis", "desde", "dal", "sinds", "sedan", "siden", "lähtien", "od", "с какого",
            "~einladung", "~invitaci", "~convite", "~invito", "~uitnodig", "~zaproszen", "~inbjud",
            "~invitat", "~davet", "~招待", "~登録", "~注册", "~가입",
            "~envoi", "~versand", "~achat", "~compra", "~acquisto", "valid", "quality", "type",
            "format", "range", "timezone", "time zone", "protection", "processing", "permission",
            "consent", "plan", "usage", "source", "custom data", "meta data", "metadata",
            "external data", "data reference", "duration", "spent", "taken", "seconds",
        ],
        Field::SentAt => &["comment", "by", "to", "from", "count", "status"],
        Field::UpdatedAt => &["by"],
        Field::Respondent => &[
            "agent", "employee", "manager", "owner", "support", "staff", "sender", "company",
            "betreuer", "mitarbeiter", "sent", "status", "opt in", "domain", "subject", "consent",
            "verified", "rep", "vendeur", "vendedor",
        ],
        Field::Account => &[
            "manager", "owner", "contact", "~phone", "~mail", "address", "age", "type", "status",
            "created", "size", "since", "number of", "telefon", "tier",
        ],
        Field::Comment => &[
            "author", "comment by", "commented by", "name", "date", "count", "length", "language",
            "type", "category", "status", "id", "code", "number", "sentiment", "topic", "tags",
            "text color",
        ],
        _ => &[],
    }
}

/// Words that, in a short header, refer to something about a score: its group, its number, the one
/// before it, an aggregate. In a question they have no meaning.
#[rustfmt::skip]
pub const ABOUT_A_SCORE: &[&str] = &[
    "group", "groups", "grp", "category", "categories", "type", "segment", "bucket", "class",
    "classification", "label", "status", "id", "ids", "no", "nr", "num", "number", "code", "key",
    "date", "time", "at", "sent", "previous", "prev", "prior", "last", "old", "former", "past",
    "earlier", "initial", "first", "baseline", "change", "delta", "diff", "difference", "trend",
    "growth", "avg", "average", "mean", "median", "overall", "total", "sum", "count", "counts",
    "benchmark", "target", "goal", "forecast", "expected", "predicted", "prediction", "wave",
    "round", "cohort", "period", "quarter", "month", "year", "week", "days", "day", "text",
    "feedback", "verbatim", "language", "lang", "channel", "email", "name", "contact",
    "owner", "agent", "eligible", "weight", "weighting", "survey", "surveys", "url", "link", "tag",
    "tags", "topic", "max", "min", "scale", "rank", "ranking", "version", "contribution",
    "index", "percentile", "percentage", "company", "team", "parent", "industry", "promoters",
    "passives", "detractors", "responses", "respondents", "recommended by", "recommendations",
    "gruppe", "kategorie", "klasse", "segmentierung", "vorjahr", "vorher", "vorige", "voriger",
    "letzter", "letzte", "letztes", "alt", "alter", "durchschnitt", "mittelwert", "anzahl", "ziel",
    "datum", "nummer", "veränderung", "quartal", "monat", "jahr", "welle", "runde", "typ", "sprache",
    "groupe", "catégorie", "précédent", "dernier", "ancien", "moyenne", "moyen", "nombre", "objectif",
    "année", "mois", "langue", "vague", "numéro", "évolution",
    "grupo", "categoría", "anterior", "último", "promedio", "media", "número", "objetivo", "año",
    "mes", "fecha", "idioma", "categoria", "média", "meta", "ano", "mês", "data",
    "gruppo", "precedente", "ultimo", "obiettivo", "anno", "mese", "numero", "lingua",
    "groep", "categorie", "vorig", "vorige meting", "gemiddelde", "gemiddeld", "aantal", "doel",
    "grupp", "föregående", "medel", "snitt", "antal", "mål", "kategori", "forrige", "gjennomsnitt",
    "ryhmä", "luokka", "edellinen", "keskiarvo", "grupa", "poprzedni", "średnia", "liczba",
    "skupina", "předchozí", "průměr", "predchádzajúci", "priemer", "csoport", "kategória", "előző",
    "átlag", "anterioară", "medie", "önceki", "ortalama", "группа", "категория", "предыдущий",
    "средний", "среднее", "група", "попередній", "ομάδα", "κατηγορία", "προηγούμενο", "קבוצה",
    "קטגוריה", "קודם", "ממוצע", "فئة", "السابق", "متوسط",
    "~区分", "~分類", "~前回", "~平均", "~分组", "~分类", "~类别", "~上次", "~그룹", "~구분", "~이전", "~평균",
];

/// Words for what can happen without an answer. Such a date is that of the answer only if there is
/// no other.
#[rustfmt::skip]
pub const OTHER_EVENTS: &[&str] = &[
    "~opened", "~viewed", "~clicked", "~geöffnet", "~ouvert", "~abierto", "~aberto", "~aperto",
    "~geopend",
];

/// Words for the question why the score was given.
#[rustfmt::skip]
pub const REASONS: &[&str] = &[
    "why", "~reason", "warum", "weshalb", "~grund", "~begründ", "pourquoi", "~raison", "por qué",
    "~razón", "~motivo", "por que", "perché", "waarom", "~reden", "~toelichting", "varför",
    "~anledning", "~motivering", "hvorfor", "~begrunnelse", "~begrundelse", "miksi", "~perustel",
    "dlaczego", "~powód", "~uzasadnienie", "proč", "~důvod", "prečo", "~dôvod", "miért", "~indok",
    "de ce", "~motivul", "neden", "почему", "~причин", "чому", "γιατί", "למה", "מדוע", "لماذا",
    "क्यों", "~理由", "~なぜ", "~原因", "~为什么", "~為什麼", "~이유",
];

/// Words for what else can have a reason.
#[rustfmt::skip]
pub const OTHER_REASONS: &[&str] = &[
    "contact", "visit", "call", "~churn", "~cancel", "leaving", "purchase", "ticket", "return",
    "refund", "~kontakt", "~besuch", "~anruf", "~kündig", "~kauf", "achat", "appel", "visite",
    "compra", "visita", "contacto", "contato", "contatto", "acquisto",
];

/// First words of questions whose answers are names.
#[rustfmt::skip]
pub const ASKING_FOR_A_NAME: &[&str] = &[
    "what", "which", "name", "in", "for", "welche", "welcher", "welches", "wie", "quel", "quelle",
    "nom", "que", "cual", "nombre", "qual", "nome", "quale", "welk", "welke", "vilket", "hvilken",
    "hvilket",
];

/// Words for what is asked other than the NPS question, by the lake's metric.
#[rustfmt::skip]
pub const OTHER_METRICS: &[(&str, &[&str])] = &[
    ("csat", &[
        "~csat", "~satisf", "~zufried", "~soddisf", "~tevred", "~nöjd", "~tilfreds", "~fornøyd",
        "~tyytyväi", "~zadowol", "~spokoj", "~elégedett", "~mulțumit", "~memnun", "~удовлетвор",
        "~доволен", "~довольны", "~задовол", "~ικανοποι", "~מרוצ", "~שביעות רצון", "~رضا", "~راض",
        "~संतुष्ट", "~満足", "~满意", "~滿意", "~만족",
    ]),
    ("ces", &[
        "ces", "~effort", "~aufwand", "~esfuerzo", "~esforço", "~sforzo", "~moeite", "~ansträngning",
        "~wysiłek", "~усили", "~зусил", "easy", "easily", "ease of", "~difficult", "~einfach",
        "~leicht war", "wie leicht", "~schwierig", "~facile", "~facilité", "~facilement", "~difficile",
        "~fácil", "~facilidad", "~facilidade", "~difícil", "~facilità", "~facilmente", "~makkelijk",
        "~eenvoudig", "hur lätt", "~enkelt", "hvor nemt", "hvor let", "kuinka helppo", "~helppoa",
        "~łatwo", "~łatwe", "~snadné", "~jednoduché", "~könnyű", "cât de ușor", "~kolay", "~легко",
        "~πόσο εύκολ", "~עד כמה קל", "~سهول", "~कितना आसान", "~簡単", "~容易", "~쉬웠", "~쉽",
    ]),
    ("stars", &["star", "stars", "sterne", "5star"]),
];
