//! The layouts of survey tools in `tests/data/layouts`: the profile that recognises each, and the
//! columns of its fields. What a lake holds of them is tested with the engine, in `tests/it`.

use std::ops::ControlFlow;
use std::path::Path;

use voxql_exports::columns::field::Field;
use voxql_exports::files::source::SourceFile;
use voxql_exports::options::ReadOptions;
use voxql_exports::understand::{Understood, understand};

fn layout(name: &str) -> Understood {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/layouts");
    let source = SourceFile::examine_file(&folder.join(name)).expect("a fixture");
    understand(source, &ReadOptions::default()).unwrap_or_else(|error| {
        panic!(
            "{name}: {error}, {:?}",
            error.hint().map(ToString::to_string)
        )
    })
}

/// The header of a field's column, or nothing.
fn header(file: &Understood, field: Field) -> &str {
    let column = file.mapping.column(field);
    column.map_or("", |index| file.mapping.headers[index].as_str())
}

#[test]
fn the_columns_of_each_tool_are_found() {
    const RECOMMEND: &str = "How likely are you to recommend us to a friend or colleague?";
    const REASON: &str = "What is the main reason for your score?";
    let code_and_recommend = format!("NPS. {RECOMMEND}");
    let code_and_reason = format!("WHY. {REASON}");
    let first_and_recommend = format!("Q#1: {RECOMMEND}");
    let second_and_reason = format!("Q#2: {REASON}");
    let third_and_reason = format!("Q#3: {REASON}");
    #[rustfmt::skip]
    let files = [
        // The file, its profile, rows that are no responses, and the columns of score, date,
        // respondent, comment and response id.
        ("alchemer.csv", "alchemer", 2, [RECOMMEND, "Date Submitted", "Contact ID", REASON, "Response ID"]),
        ("jotform.csv", "jotform", 0, [RECOMMEND, "Submission Date", "Email", REASON, "Submission ID"]),
        ("kobotoolbox.csv", "kobotoolbox", 1, [RECOMMEND, "end", "", REASON, "_uuid"]),
        ("limesurvey.csv", "limesurvey", 1, [&code_and_recommend, "submitdate. Date submitted", "", &code_and_reason, "id. Response ID"]),
        ("limesurvey_codes.csv", "limesurvey", 1, ["NPS", "submitdate", "", "WHY", "id"]),
        ("pendo.json", "pendo", 0, ["quantitativeResponse", "browserTime", "visitorId", "qualitativeResponse", ""]),
        ("questionpro.csv", "questionpro", 2, [RECOMMEND, "Timestamp (mm/dd/yyyy)", "Respondent Email", REASON, "Response ID"]),
        ("refiner.json", "refiner", 0, ["data.nps", "completed_at", "contact.email", "data.main_reason", "uuid"]),
        ("satismeter.json", "satismeter", 1, ["rating", "created", "user.email", "feedback", "id"]),
        ("simplesat.json", "simplesat", 1, ["choice", "created", "", "comment", "id"]),
        ("survicate.csv", "survicate", 0, [&first_and_recommend, "Date & Time (UTC)", "email", &third_and_reason, "Response uuid"]),
        ("survicate_one_row.csv", "survicate", 0, [&first_and_recommend, "Date & Time (UTC)", "email", &second_and_reason, ""]),
        ("tally.csv", "tally", 0, [RECOMMEND, "Submitted at", "Respondent ID", REASON, "Submission ID"]),
        ("zoho_survey.csv", "zoho_survey", 1, ["Net Promoter Score (de un total de 10)", "Hora de finalización", "", "Explica las razones de la calificación que diste en la pregunta anterior.", "ID de respuesta"]),
    ];
    for (name, profile, not_responses, columns) in files {
        let file = layout(name);
        let fields = [
            Field::Score,
            Field::RespondedAt,
            Field::Respondent,
            Field::Comment,
            Field::ResponseId,
        ];
        let found = fields.map(|field| header(&file, field));
        assert_eq!(
            (file.source_name().as_str(), found),
            (profile, columns),
            "{name}"
        );
        let date = file.mapping.column(Field::RespondedAt).expect("a date");
        let reader = file.mapping.responded_at.as_ref().expect("a date");
        let mut others = 0;
        let read = file.layout.read(&file.source, &mut |row| {
            if file.layout.bound.not_a_response(&row.cells).is_some() {
                others += 1;
            } else {
                let cell = &row.cells[date];
                assert!(reader.read(cell).is_some(), "{name}: {cell}");
            }
            Ok(ControlFlow::Continue(()))
        });
        read.expect("a fixture");
        assert_eq!(others, not_responses, "{name}");
    }
}

#[test]
fn the_name_of_a_survey_is_no_name_of_a_person() {
    for (name, column) in [
        ("refiner.json", "form.name"),
        ("simplesat.json", "survey.name"),
    ] {
        assert_eq!(header(&layout(name), Field::Survey), column, "{name}");
    }
}
