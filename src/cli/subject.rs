//! `voxql subject`: everything the lake holds about people, for access requests.

use serde_json::Value;

use super::args::SubjectArgs;
use super::forget::named;
use crate::failure::{Failure, print_json, report_note};
use crate::lake::Lake;
use crate::lake::subject::NOTE;

pub(super) async fn run(lake: &Lake, args: &SubjectArgs) -> Result<(), Failure> {
    let mut subjects = Vec::new();
    for person in named(&args.people, args.file.as_deref())? {
        subjects.push(lake.subject(&person).await?);
    }
    if subjects.is_empty() {
        return Err(Failure::usage(
            "no person is given",
            "give their identifier in exports, such as jane@example.com",
        ));
    }
    for note in subjects.iter().filter_map(|subject| subject[NOTE].as_str()) {
        report_note(note);
    }
    match (subjects.as_slice(), &args.file) {
        ([subject], None) => print_json(format_args!("{subject:#}")),
        _ => print_json(format_args!("{:#}", Value::Array(subjects))),
    }
}
