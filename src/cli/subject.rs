//! `voxql subject`: everything the lake holds about people, for access requests.

use serde_json::Value;

use super::args::SubjectArgs;
use super::forget::named;
use crate::failure::{Failure, print_line};
use crate::lake::Lake;

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
    match (subjects.as_slice(), &args.file) {
        ([subject], None) => print_line(format_args!("{subject:#}")),
        _ => print_line(format_args!("{:#}", Value::Array(subjects))),
    }
}
