//! Agreement with the independent computations of `tests/oracle/oracle.py`.

use std::fs;
use std::path::Path;

use datafusion_functions_nps::{Confidence, IntervalMethod, NpsComparison, NpsCounts};

/// The largest difference between two computations, relative for figures above 1.
const TOLERANCE: f64 = 1e-9;

/// Parses a histogram of eleven numbers.
fn counts(histogram: &str) -> NpsCounts {
    let scores: Vec<f64> = histogram
        .split(' ')
        .map(|count| count.parse().expect("a count"))
        .collect();
    assert_eq!(scores.len(), 11, "{histogram}");
    NpsCounts {
        promoters: scores[9..].iter().sum(),
        passives: scores[7..9].iter().sum(),
        detractors: scores[..7].iter().sum(),
    }
}

#[track_caller]
fn assert_agrees(got: Option<f64>, expected: &str, what: &str) {
    let agrees = match (got, expected) {
        (None, "") => true,
        (Some(got), expected) if !expected.is_empty() => {
            let expected: f64 = expected.parse().expect("a number");
            (got - expected).abs() <= TOLERANCE * expected.abs().max(1.0)
        }
        _ => false,
    };
    assert!(agrees, "{what}: {got:?}, not {expected}");
}

#[test]
fn a_thousand_samples_agree() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle/samples.csv");
    let samples = fs::read_to_string(path).expect("samples.csv");
    let mut lines = samples.lines();
    let header: Vec<&str> = lines.next().expect("a header").split(',').collect();
    let mut seen = 0;
    for line in lines {
        let cells: Vec<&str> = line.split(',').collect();
        let cell = |name: &str| {
            let at = header.iter().position(|column| *column == name);
            cells[at.expect("a column")]
        };
        let (first, second) = (counts(cell("histogram")), counts(cell("other")));
        let level = cell("confidence").parse().expect("a share");
        let confidence = Confidence::new(level).expect("a level");
        assert_agrees(first.nps(), cell("nps"), line);
        assert_agrees(first.std_error(), cell("std_error"), line);
        for method in IntervalMethod::ALL {
            let interval = first.interval(method, confidence).expect("answers");
            // The crate clamps intervals to ±100.
            let clamped = |end: &str| {
                let value: f64 = cell(&format!("{}_{end}", method.name()))
                    .parse()
                    .expect("a number");
                value.clamp(-100.0, 100.0).to_string()
            };
            assert_agrees(Some(interval.low), &clamped("low"), line);
            assert_agrees(Some(interval.high), &clamped("high"), line);
        }
        let comparison = NpsComparison::new(&first, &second);
        assert_agrees(comparison.change, cell("change"), line);
        if !cell("z").is_empty() {
            assert_agrees(comparison.z, cell("z"), line);
            assert_agrees(comparison.p_value, cell("p_value"), line);
        }
        seen += 1;
    }
    assert_eq!(seen, 1000);
}
