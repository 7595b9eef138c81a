//! Consent: withdrawn later, required from the start, and required of what is already there.

use voxql::{ImportSummary, IngestOptions, Lake};

use super::{assert_contains_none, decoded};
use crate::common::{UNREACHABLE, Workspace, assert_counts_add_up, value};

const ZOE: &str = "zoe.quill@example.com";

const GRANTED: &str = "\
id,date,score,email,Surname,consent,comment
r1,2026-03-01 10:00,9,zoe.quill@example.com,Quillfeather,yes,the plan is quite expensive for us
r2,2026-03-02 10:00,2,otto.brandt@example.org,Brandtmeyer,yes,too slow to load for me
r3,2026-03-03 10:00,6,zoe.quill@example.com,Quillfeather,yes,a second opinion of hers
";

const PERSONAL: [&str; 5] = [
    "zoe.quill",
    "Quillfeather",
    "quite expensive",
    "second opinion",
    "third",
];

/// Each response with its score, consent and what is left of its person.
const RESPONSES: &str = "SELECT string_agg(response_id || ' ' || score || ' ' || consent || ' ' || \
                         (respondent IS NOT NULL) || ' ' || (comment IS NOT NULL), ',' \
                         ORDER BY response_id) FROM responses";

async fn ingest(workspace: &Workspace, name: &str, export: &str) -> ImportSummary {
    let file = workspace.write(name, export);
    let summary = workspace
        .lake()
        .ingest(&file, &IngestOptions::default())
        .await;
    let summary = summary.expect("it is imported");
    assert_counts_add_up(&summary);
    summary
}

fn add_settings(workspace: &Workspace, sections: &str) {
    let settings = workspace.path().join("lake/lake.toml");
    let text = std::fs::read_to_string(&settings).expect("the lake's settings");
    std::fs::write(&settings, format!("{text}\n{sections}")).expect("the lake's settings");
}

async fn assert_subject_is_empty(lake: &Lake) {
    let subject = lake.subject(ZOE).await.expect("an empty result");
    assert_eq!(subject["responses"], serde_json::json!([]));
    assert_eq!(subject["identity"], serde_json::json!({}));
}

/// The same export later, with the consent of one response withdrawn, and a new response.
fn withdrawn() -> String {
    let withdrawn = GRANTED.replacen("Quillfeather,yes", "Quillfeather,withdrawn", 1);
    format!(
        "{withdrawn}r4,2026-03-04 10:00,8,ines.lund@example.org,Lundqvist,yes,works well enough here\n"
    )
}

#[tokio::test]
async fn consent_withdrawn_later_removes_the_person_from_every_version() {
    let workspace = Workspace::new();
    ingest(&workspace, "granted.csv", GRANTED).await;
    let lake = workspace.lake();
    let zoe = value(&lake, &format!("SELECT anonymize('{ZOE}')")).await;
    let subject = lake.subject(ZOE).await.expect("she is in the lake");
    assert_eq!(subject["responses"].as_array().map(Vec::len), Some(2));

    let summary = ingest(&workspace, "withdrawn.csv", &withdrawn()).await;
    let counts = (
        summary.new,
        summary.updated,
        summary.duplicate,
        summary.withdrawn,
    );
    assert_eq!(counts, (1, 1, 2, 1), "{summary}");
    assert!(
        summary.to_string().contains("consent is withdrawn: 1"),
        "{summary}"
    );
    let lake = workspace.lake();
    assert_subject_is_empty(&lake).await;
    let expected = "r1 9 withdrawn false false,r2 2 granted true true,r3 6 granted false false,\
                    r4 8 granted true true";
    assert_eq!(value(&lake, RESPONSES).await, expected);
    assert_eq!(value(&lake, UNREACHABLE).await, "0");
    let mut personal = PERSONAL.to_vec();
    personal.push(&zoe);
    assert_contains_none(&workspace, &personal);
    lake.verify_audit(None).await.expect("the log is whole");
    let audited = "SELECT count(*) FROM audit WHERE action = 'withdraw'";
    assert_eq!(value(&lake, audited).await, "1");

    // A later export without consents, and one that still has the earlier ones, bring nobody back.
    let without = withdrawn()
        .lines()
        .map(|line| {
            let mut cells: Vec<&str> = line.split(',').collect();
            cells.remove(5);
            cells.join(",") + "\n"
        })
        .collect::<String>();
    for (name, export) in [
        ("without.csv", without),
        ("again.csv", format!("{}\n", withdrawn())),
        ("older.csv", format!("{GRANTED}\n")),
    ] {
        let summary = ingest(&workspace, name, &export).await;
        assert_eq!(summary.new, 0, "{name}: {summary}");
        assert_subject_is_empty(&workspace.lake()).await;
        assert_contains_none(&workspace, &personal);
    }

    // Consent that is granted after that counts.
    let tomorrow = chrono::Utc::now() + chrono::Duration::hours(12);
    let later = format!(
        "id,date,score,email,consent\nr9,{},10,{ZOE},yes\n",
        tomorrow.format("%Y-%m-%d %H:%M")
    );
    let summary = ingest(&workspace, "later.csv", &later).await;
    assert_eq!((summary.new, summary.withdrawn), (1, 0), "{summary}");
    let subject = workspace.lake().subject(ZOE).await.expect("she is back");
    assert_eq!(subject["responses"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_withdrawal_without_a_name_is_of_the_response_s_person() {
    let workspace = Workspace::new();
    ingest(&workspace, "granted.csv", GRANTED).await;
    let anonymous = "id,date,score,consent\nr1,2026-03-01 10:00,9,withdrawn\n";
    let summary = ingest(&workspace, "anonymous.csv", anonymous).await;
    assert_eq!((summary.updated, summary.withdrawn), (1, 1), "{summary}");
    assert_subject_is_empty(&workspace.lake()).await;
    assert_contains_none(&workspace, &PERSONAL);
}

/// The row that withdraws consent brings the address by which the others are found.
#[tokio::test]
async fn a_withdrawal_is_of_the_person_under_all_forms_of_an_address() {
    let workspace = Workspace::new();
    let tagged =
        "r4,2026-03-04 10:00,7,Zoe <zoe.quill+news@example.com>,Quillfeather,yes,a third one\n";
    ingest(&workspace, "granted.csv", &format!("{GRANTED}{tagged}")).await;
    let withdrawn = "id,date,score,email,consent\n\
                     r9,2026-04-01 10:00,5,zoe.quill+survey@example.com,withdrawn\n";
    let summary = ingest(&workspace, "withdrawn.csv", withdrawn).await;
    assert_eq!((summary.new, summary.withdrawn), (1, 1), "{summary}");
    let lake = workspace.lake();
    let expected = "r1 9 granted false false,r2 2 granted true true,r3 6 granted false false,\
                    r4 7 granted false false,r9 5 withdrawn false false";
    assert_eq!(value(&lake, RESPONSES).await, expected);
    assert_subject_is_empty(&lake).await;
    assert_contains_none(&workspace, &PERSONAL);
    let later = "id,date,score,email,comment\n\
                 r10,2026-05-01 10:00,8,zoe.quill+later@example.com,third time\n";
    let summary = ingest(&workspace, "later.csv", later).await;
    assert_eq!(summary.withdrawn, 0, "{summary}");
    assert_subject_is_empty(&workspace.lake()).await;
    assert_contains_none(&workspace, &PERSONAL);
}

/// The id of the response is replaced, since it has her name; later exports find it nevertheless.
#[tokio::test]
async fn a_withdrawn_response_whose_id_has_a_name_counts_once() {
    let workspace = Workspace::new();
    let granted = GRANTED.replace("r1,", "quillfeather-1,");
    ingest(&workspace, "granted.csv", &granted).await;
    let withdrawn = granted.replacen("Quillfeather,yes", "Quillfeather,withdrawn", 1);
    for number in 5..8 {
        let row = format!(
            "r{number},2026-03-0{number} 10:00,8,p{number}@example.org,Lundqvist,yes,fine\n"
        );
        let summary = ingest(&workspace, "withdrawn.csv", &format!("{withdrawn}{row}")).await;
        assert_eq!(summary.new, 1, "{summary}");
        assert_contains_none(&workspace, &PERSONAL);
        let scores = "SELECT count(*) FROM responses WHERE score = 9";
        assert_eq!(value(&workspace.lake(), scores).await, "1");
    }
    assert_contains_none(&workspace, &["quillfeather"]);
}

#[tokio::test]
async fn a_withdrawal_in_a_rejected_row_is_noted() {
    let workspace = Workspace::new();
    let mut export = "id,date,score,email,consent\n".to_owned();
    for row in 1..60 {
        export.push_str(&format!(
            "r{row},2026-03-01 10:00,9,p{row}@example.org,yes\n"
        ));
    }
    export.push_str("r60,2026-03-01 10:00,97,zoe.quill@example.com,withdrawn\n");
    let summary = ingest(&workspace, "export.csv", &export).await;
    assert_eq!(summary.rejected, 1, "{summary}");
    let note = "rejected rows that withdraw consent: 1, which is not applied";
    assert!(summary.to_string().contains(note), "{summary}");
}

#[tokio::test]
async fn the_newest_statement_of_one_export_counts() {
    let workspace = Workspace::new();
    let export = GRANTED.replacen("Quillfeather,yes", "Quillfeather,no", 1);
    ingest(&workspace, "a.csv", &export).await;
    let expected = "r1 9 withdrawn false false,r2 2 granted true true,r3 6 granted true true";
    assert_eq!(value(&workspace.lake(), RESPONSES).await, expected);
    assert_contains_none(&workspace, &["quite expensive"]);
    let summary = ingest(&workspace, "again.csv", &format!("{export}\n")).await;
    assert_eq!((summary.updated, summary.duplicate), (0, 3), "{summary}");
}

/// Rows without an id are recognised although their person is gone.
#[tokio::test]
async fn responses_without_ids_are_cut_loose_too() {
    let workspace = Workspace::new();
    let without_ids = |export: &str| -> String {
        let lines = export.lines().map(|line| {
            let (_, rest) = line.split_once(',').expect("a first cell");
            format!("{rest}\n")
        });
        lines.collect()
    };
    ingest(&workspace, "granted.csv", &without_ids(GRANTED)).await;
    let summary = ingest(&workspace, "withdrawn.csv", &without_ids(&withdrawn())).await;
    let counts = (summary.new, summary.updated, summary.duplicate);
    assert_eq!(counts, (1, 1, 2), "{summary}");
    assert_subject_is_empty(&workspace.lake()).await;
    assert_contains_none(&workspace, &PERSONAL);
    let again = format!("{}\n", without_ids(&withdrawn()));
    let summary = ingest(&workspace, "again.csv", &again).await;
    assert_eq!((summary.new, summary.updated), (0, 0), "{summary}");
}

#[tokio::test]
async fn old_versions_can_stay_for_some_days() {
    let workspace = Workspace::new();
    ingest(&workspace, "granted.csv", GRANTED).await;
    add_settings(&workspace, "[retention]\nwithdrawn_days = 3\n");
    ingest(&workspace, "withdrawn.csv", &withdrawn()).await;
    assert_subject_is_empty(&workspace.lake()).await;
    let mut content = String::new();
    decoded(&workspace.path().join("lake"), &mut content);
    assert!(content.contains("quite expensive"), "an old version");
    let optimized = workspace.lake().optimize().await.expect("it is optimized");
    assert_eq!(optimized.kept_days, 3);
}

#[tokio::test]
async fn consent_can_be_required_before_the_first_import() {
    let workspace = Workspace::new();
    let output = workspace
        .voxql()
        .arg("init")
        .output()
        .expect("the program starts");
    assert!(output.status.success());
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(printed.contains("created lake/lake.toml"), "{printed}");
    let settings = workspace.path().join("lake/lake.toml");
    let text = std::fs::read_to_string(&settings).expect("the lake's settings");
    let text = text
        .replace("# [consent]", "[consent]")
        .replace("# require", "require");
    std::fs::write(&settings, text).expect("the lake's settings");
    let empty = workspace
        .voxql()
        .args(["-c", "SELECT nps(score) FROM responses"])
        .output();
    let printed = String::from_utf8_lossy(&empty.expect("the program starts").stderr).into_owned();
    assert!(printed.contains("has no responses yet"), "{printed}");

    let export = GRANTED.replacen("Brandtmeyer,yes", "Brandtmeyer,", 1);
    ingest(&workspace, "a.csv", &export).await;
    let expected = "r1 9 granted true true,r2 2 unknown false false,r3 6 granted true true";
    assert_eq!(value(&workspace.lake(), RESPONSES).await, expected);
    assert_contains_none(&workspace, &["otto", "Brandtmeyer", "too slow"]);

    let again = workspace
        .voxql()
        .arg("init")
        .output()
        .expect("the program starts");
    assert_eq!(again.status.code(), Some(2));
    let printed = String::from_utf8_lossy(&again.stderr);
    assert!(printed.contains("exists already"), "{printed}");
}

#[tokio::test]
async fn consent_required_later_is_applied_by_retain() {
    let workspace = Workspace::new();
    let export = GRANTED
        .replacen("Brandtmeyer,yes", "Brandtmeyer,", 1)
        .replacen("Quillfeather,yes,a second", "Quillfeather,,a second", 1);
    ingest(&workspace, "a.csv", &export).await;
    let otto = value(
        &workspace.lake(),
        "SELECT anonymize('otto.brandt@example.org')",
    )
    .await;
    add_settings(&workspace, "[consent]\nrequire = \"granted\"\n");
    let lake = workspace.lake();
    let would = lake.retain(true).await.expect("it is counted");
    assert_eq!(would.without_consent, 2, "{would}");
    let removed = lake.retain(false).await.expect("it is removed");
    assert_eq!(
        (removed.without_consent, removed.identities),
        (2, 1),
        "{removed}"
    );
    let expected = "r1 9 granted true true,r2 2 unknown false false,r3 6 unknown false false";
    assert_eq!(value(&lake, RESPONSES).await, expected);
    assert_contains_none(
        &workspace,
        &["otto", "Brandtmeyer", "too slow", "second opinion", &otto],
    );
    let again = lake.retain(false).await.expect("there is nothing to do");
    assert_eq!((again.without_consent, again.identities), (0, 0), "{again}");
    let subject = lake.subject(ZOE).await.expect("she is in the lake");
    assert_eq!(subject["identity"]["surname"], "Quillfeather");
}

/// A yes that takes consent back is none that gives it.
#[tokio::test]
async fn headers_of_withdrawn_consent_are_read_as_such() {
    let first = "id,date,score,email,comment\n\
                 a,2026-03-01,9,jane@example.com,her words\n\
                 b,2026-03-02,4,john@example.com,his words\n";
    for (header, jane, john) in [
        ("consent withdrawn", "no", "yes"),
        ("consent revoked", "0", "1"),
        ("opt_out", "false", "true"),
        ("Einwilligung widerrufen", "nein", "ja"),
        ("consentement retir\u{e9}", "", "oui"),
        ("unsubscribed_at", "", "2026-03-05 10:00"),
        ("Einwilligung", "erteilt", "widerrufen am 05.03.2026"),
    ] {
        let workspace = Workspace::new();
        ingest(&workspace, "first.csv", first).await;
        let second = format!(
            "id,date,score,email,{header},comment\n\
             a,2026-03-01,9,jane@example.com,{jane},her words\n\
             b,2026-03-02,4,john@example.com,{john},his words\n"
        );
        let summary = ingest(&workspace, "second.csv", &second).await;
        assert_eq!(summary.withdrawn, 1, "{header}: {summary}");
        let left = value(&workspace.lake(), RESPONSES).await;
        let consent = if jane == "erteilt" {
            "granted"
        } else {
            "unknown"
        };
        assert_eq!(
            left,
            format!("a 9 {consent} true true,b 4 withdrawn false false"),
            "{header}"
        );
        assert_contains_none(&workspace, &["john@example", "his words"]);
    }
}

#[test]
fn unknown_values_of_consent_are_answered() {
    let workspace = Workspace::new();
    workspace.write(
        "a.csv",
        "id,date,score,email,Einwilligung\n\
         a,2026-03-01,9,a@example.com,ja\nb,2026-03-02,4,b@example.com,nein\n\
         c,2026-03-02,4,c@example.com,evtl\nd,2026-03-02,4,d@example.com,evtl\n",
    );
    let run = |arguments: &[&str]| {
        let output = workspace.voxql().args(arguments).output();
        let output = output.expect("the program starts");
        let printed = [output.stdout, output.stderr].concat();
        (
            output.status.code(),
            String::from_utf8_lossy(&printed).into_owned(),
        )
    };
    let (code, printed) = run(&["ingest", "a.csv"]);
    assert_eq!(code, Some(2));
    assert!(
        printed.contains("unknown values: \"evtl\" (2 rows)\n"),
        "{printed}"
    );
    let hint =
        "--map consent.granted=evtl, --map consent.withdrawn=evtl or --map consent.unknown=evtl";
    assert!(printed.contains(hint), "{printed}");
    assert!(
        printed.contains("identifies people who refused or withdrew consent, set --map consent="),
        "{printed}"
    );
    let (code, printed) = run(&["ingest", "a.csv", "--map", "consent.maybe=evtl"]);
    assert_eq!(code, Some(2));
    assert!(
        printed.contains("\"consent.maybe\" does not exist"),
        "{printed}"
    );
    let (code, printed) = run(&["ingest", "a.csv", "--map", "consent.unknown=evtl"]);
    assert_eq!(code, Some(0), "{printed}");
    let counts = "SELECT consent, count(*) AS n FROM responses GROUP BY consent ORDER BY consent";
    let (_, printed) = run(&["-c", counts, "--format", "csv"]);
    assert_eq!(printed, "consent,n\ngranted,1\nunknown,2\nwithdrawn,1\n");
    let (_, printed) = run(&["--lake", "other", "ingest", "a.csv", "--map", "consent="]);
    assert!(
        printed.contains("people who refused or withdrew consent are identified"),
        "{printed}"
    );
}

/// Versions that `withdrawn_days` kept go with the next `optimize` or `retain` once it is lowered, and
/// versions of since then stay.
#[tokio::test]
async fn kept_versions_go_when_fewer_days_are_set() {
    for retains in [false, true] {
        let workspace = Workspace::new();
        ingest(&workspace, "granted.csv", GRANTED).await;
        let settings = workspace.path().join("lake/lake.toml");
        let text = std::fs::read_to_string(&settings).expect("the lake's settings");
        add_settings(&workspace, "[retention]\nwithdrawn_days = 7\n");
        ingest(&workspace, "withdrawn.csv", &withdrawn()).await;
        let mut content = String::new();
        decoded(&workspace.path().join("lake"), &mut content);
        assert!(content.contains("quite expensive"), "an old version");
        std::fs::write(
            &settings,
            format!("{text}\n[retention]\nwithdrawn_days = 0\n"),
        )
        .expect("the lake's settings");
        let lake = workspace.lake();
        if retains {
            let retained = lake.retain(false).await.expect("it is removed");
            assert!(retained.earlier_files > 0, "{retained}");
            assert!(
                retained.to_string().contains("files of earlier versions"),
                "{retained}"
            );
        } else {
            let optimized = lake.optimize().await.expect("it is optimized");
            assert!(optimized.withdrawn > 0, "{optimized}");
            let printed = optimized.to_string();
            assert!(
                printed.contains("with people who withdrew consent"),
                "{printed}"
            );
        }
        assert_contains_none(&workspace, &PERSONAL);

        let later = GRANTED.replace("r2,", "r20,").replace("r3,", "r30,");
        let later: String = later
            .lines()
            .filter(|line| !line.starts_with("r1"))
            .fold(String::new(), |all, line| all + line + "\n");
        ingest(&workspace, "later.csv", &later).await;
        let optimized = workspace.lake().optimize().await.expect("it is optimized");
        assert_eq!(optimized.withdrawn, 0, "{optimized}");
    }
}
