//! Tables of responses in random layouts: each comes back with the same NPS, count, days and people,
//! or as a question, one of whose answers brings it back.
//!
//! `VOXQL_TEST_LAYOUTS` sets how many, 300 by default, and `VOXQL_TEST_SEED` the first seed, 1 by
//! default, so a failure is repeated by its seed and `VOXQL_TEST_LAYOUTS=1`.

mod case;
mod random;
mod simplify;
mod vocabulary;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use case::{Case, Column, Truth};
use voxql::{Field, ImportOption, ImportSummary, IngestOptions, Lake, Message, Question};

use super::common::{Workspace, value};

/// The maximum number of questions about one file.
const QUESTIONS_MAX: usize = 5;

/// The maximum number of simpler cases that are tried for one failure.
const TRIES_MAX: usize = 200;

/// A layout that comes back wrong.
struct Failure {
    /// Failures of one kind are shown once, with the simplest file.
    kind: &'static str,
    detail: String,
}

fn failure(kind: &'static str, detail: impl Into<String>) -> Failure {
    let detail = detail.into();
    Failure { kind, detail }
}

fn number(variable: &str, default: u64) -> u64 {
    let text = std::env::var(variable).ok();
    text.map_or(default, |text| text.parse().expect("a number"))
}

#[test]
fn random_layouts_come_back() {
    let first = number("VOXQL_TEST_SEED", 1);
    let layouts = number("VOXQL_TEST_LAYOUTS", 300);
    let next = AtomicU64::new(first);
    let questions = AtomicU64::new(0);
    let failures: Mutex<Vec<(u64, Failure)>> = Mutex::default();
    let threads = std::thread::available_parallelism().map_or(2, |threads| threads.get().min(8));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let runtime = runtime();
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + layouts {
                        break;
                    }
                    match runtime.block_on(check(&Case::random(seed))) {
                        Ok(asked) => {
                            questions.fetch_add(u64::from(asked), Ordering::Relaxed);
                        }
                        Err(failure) => failures.lock().expect("no panic").push((seed, failure)),
                    }
                }
            });
        }
    });
    let mut failures = failures.into_inner().expect("no panic");
    failures.sort_by_key(|(seed, _)| *seed);
    let asked = questions.into_inner();
    println!(
        "{layouts} layouts: {asked} asked about, {} wrong",
        failures.len()
    );
    assert!(failures.is_empty(), "{}", report(&failures));
}

fn runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().expect("a runtime")
}

/// Imports a case and compares. Returns true if the file was asked about.
async fn check(case: &Case) -> Result<bool, Failure> {
    let workspace = Workspace::new();
    let file = workspace.write("export.csv", case.file());
    let mut options = IngestOptions::default();
    for questions in 0..=QUESTIONS_MAX {
        let error = match workspace.lake().ingest(&file, &options).await {
            Ok(summary) => {
                compare(case, &workspace.lake(), &summary).await?;
                return Ok(questions > 0);
            }
            Err(error) => error,
        };
        let hint = error.hint().unwrap_or_default();
        if !error.is_question() {
            return Err(failure("error", format!("{error}\nhint: {hint}")));
        }
        let before = format!("{options:?}");
        for question in error.questions() {
            options = answered(case, options, question);
        }
        if format!("{options:?}") == before {
            return Err(failure("no answer", format!("{error}\nhint: {hint}")));
        }
    }
    Err(failure("too many questions", format!("{options:?}")))
}

async fn compare(case: &Case, lake: &Lake, summary: &ImportSummary) -> Result<(), Failure> {
    let expected = case.truth();
    let sql = "SELECT concat(nps(score), '|', count(score), '|', \
                      CAST(min(CAST(responded_at AS DATE)) AS VARCHAR), '|', \
                      CAST(max(CAST(responded_at AS DATE)) AS VARCHAR), '|', \
                      count(DISTINCT CAST(responded_at AS DATE)), '|', count(DISTINCT respondent)) \
               FROM responses WHERE score IS NOT NULL";
    let found = value(lake, sql).await;
    let wrong = |kind| {
        Err(failure(
            kind,
            format!("expected {expected:?}\nfound {found}\n{summary}"),
        ))
    };
    let cells: Vec<&str> = found.split('|').collect();
    let [nps, scored, first_day, last_day, days, people] = cells[..] else {
        return wrong("nothing");
    };
    let found = Truth {
        nps: nps.parse().expect("a number"),
        scored: scored.parse().expect("a number"),
        // No day is of undated responses.
        first_day: first_day.parse().unwrap_or_default(),
        last_day: last_day.parse().unwrap_or_default(),
        days: days.parse().expect("a number"),
        people: people.parse().expect("a number"),
    };
    if found.scored != expected.scored {
        wrong("count")
    } else if (found.nps - expected.nps).abs() > 1e-9 {
        wrong("nps")
    } else if (found.first_day, found.last_day, found.days)
        != (expected.first_day, expected.last_day, expected.days)
    {
        wrong("days")
    } else if found.people != expected.people {
        wrong("people")
    } else {
        Ok(())
    }
}

/// The options with the right answer to a question, or with what its hint names where that is right.
fn answered(case: &Case, options: IngestOptions, question: &Question) -> IngestOptions {
    let is_right = |(option, value): (ImportOption, Option<&str>)| is_right(case, option, value);
    let given = |answer: &Message| options.clone().answer(answer).expect("a valid answer");
    let mut answers = question.answers.iter();
    if let Some(answer) = answers.find(|answer| answer.options().all(is_right)) {
        return given(answer);
    }
    let named = question.hint.iter().flat_map(Message::options);
    let answer = named.filter(|named| is_right(*named)).fold(
        Message::default(),
        |answer, (option, value)| match value {
            // Only an example is named.
            Some(_) if option == ImportOption::Timezone => answer.option_with(option, "UTC"),
            Some(value) => answer.option_with(option, value),
            None => answer,
        },
    );
    given(&answer)
}

/// True if the case is written so.
fn is_right(case: &Case, option: ImportOption, value: Option<&str>) -> bool {
    let Some(value) = value else {
        return false;
    };
    match option {
        ImportOption::Map => {
            let (name, header) = value.split_once('=').expect("a pair");
            let columns: &[Column] = match Field::parse(name).expect("a field") {
                Field::Score => &[Column::Score, Column::OtherBranch],
                Field::RespondedAt => &[Column::Date],
                Field::Respondent => &[Column::Person],
                Field::Comment => &[Column::Comment],
                Field::ResponseId => &[Column::ResponseId],
                Field::SentAt => &[Column::Sent],
                _ => &[],
            };
            let mut columns = columns
                .iter()
                .filter(|column| case.has(**column))
                .peekable();
            if header.is_empty() {
                return columns.peek().is_none();
            }
            columns.any(|column| {
                let places = case.places(*column);
                let place = |place: &usize| {
                    header == format!("#{place}") || header == format!("column {place}")
                };
                case.header(*column) == header || places.iter().any(place)
            })
        }
        ImportOption::DateFormat => {
            let format = value.split_once('=').map_or(value, |(_, format)| format);
            case.day_format().is_some_and(|day| format.starts_with(day))
        }
        ImportOption::HeaderRows => value.parse() == Ok(case.header_rows()),
        ImportOption::Scale => value == "0-10",
        ImportOption::Metric => value == "nps",
        ImportOption::Timezone => true,
        _ => false,
    }
}

/// Each kind of failure with its seeds and its simplest file.
fn report(failures: &[(u64, Failure)]) -> String {
    let mut kinds: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    for (seed, failure) in failures {
        kinds.entry(failure.kind).or_default().push(*seed);
    }
    let runtime = runtime();
    let mut report = String::from("wrong layouts\n");
    for (kind, seeds) in kinds {
        let shown: Vec<String> = seeds.iter().take(10).map(u64::to_string).collect();
        let _ = writeln!(
            report,
            "\n== {kind}: {} layouts, seeds {}",
            seeds.len(),
            shown.join(", ")
        );
        let (case, detail) = runtime.block_on(simplest(kind, seeds[0]));
        let path = save(kind, seeds[0], &case);
        let text = String::from_utf8_lossy(&case.file()).into_owned();
        let lines: Vec<&str> = text.lines().take(15).collect();
        let _ = writeln!(report, "{}\n{}\n{detail}", path.display(), lines.join("\n"));
    }
    report
}

/// The simplest case that fails in the same way as that of a seed, and what is wrong with it.
async fn simplest(kind: &str, seed: u64) -> (Case, String) {
    let mut case = Case::random(seed);
    let mut detail = String::new();
    let mut tries = 0;
    'simplify: loop {
        for simpler in case.simpler() {
            if tries == TRIES_MAX {
                break 'simplify;
            }
            if simpler.size() >= case.size() {
                continue;
            }
            tries += 1;
            if let Err(failure) = check(&simpler).await
                && failure.kind == kind
            {
                (case, detail) = (simpler, failure.detail);
                continue 'simplify;
            }
        }
        break;
    }
    if detail.is_empty()
        && let Err(failure) = check(&case).await
    {
        detail = failure.detail;
    }
    (case, detail)
}

/// Saves a case's file where it outlives the test.
fn save(kind: &str, seed: u64, case: &Case) -> PathBuf {
    let folder = std::env::temp_dir().join("voxql-random-layouts");
    std::fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join(format!("{}-{seed}.csv", kind.replace(' ', "-")));
    std::fs::write(&path, case.file()).expect("a file");
    path
}
