//! What detractors write that promoters do not, and the other way round.

use crate::report::data::{RESPONDENTS_MIN, Report, Term, Words};
use crate::report::section::{Graphic, Prose, Row, Section, Table, number, text};
use crate::report::text::{count, counted, percent_of, period};

pub(super) fn words(report: &Report, words: &Words) -> Section {
    let mut section = Section {
        id: "words",
        heading: "What detractors say, and promoters",
        ..Section::default()
    };
    if words.detractors + words.promoters == 0 {
        let reason = "No detractor and no promoter left a comment.";
        section.paragraphs.push(Prose::words(reason));
        return section;
    }
    let of_whom = format!(
        "{} and {}",
        counted(words.detractors, "detractor", "detractors"),
        counted(words.promoters, "promoter", "promoters")
    );
    let current = report.periods.map(|periods| periods.current);
    let when = match (words.period, current) {
        (Some(of), Some(current)) if of.from < current.from => {
            format!(
                ", {}, since those of the period alone tell too little",
                period(of)
            )
        }
        (Some(of), Some(current)) if of.from > current.from => {
            format!(
                ", {}, as those of the whole period are too many to read",
                period(of)
            )
        }
        (Some(of), _) => format!(", {}", period(of)),
        (None, _) => String::new(),
    };
    if words.terms.is_empty() {
        section.paragraphs.push(Prose::words(format!(
            "In the comments of {of_whom}{when}, no word that at least {RESPONDENTS_MIN} people \
             used sets one apart from the other.",
        )));
        return section;
    }
    section.paragraphs.push(Prose::words(format!(
        "Words that set the comments of one apart from those of the other: {of_whom} who left \
         one{when}.",
    )));
    let by_detractors = |term: &&Term| term.z_score > 0.0;
    let (of_detractors, of_promoters): (Vec<_>, Vec<_>) =
        words.terms.iter().partition(by_detractors);
    section
        .tables
        .extend(table("Detractors say", words, &of_detractors));
    section
        .tables
        .extend(table("Promoters say", words, &of_promoters));
    section.notes.push(Prose::words(format!(
        "By the log-odds ratio with an informative Dirichlet prior (Monroe, Colaresi and Quinn 2008), \
         z of 1.96 and more. Numbers are of people: who used a word twice counts once. A word that \
         fewer than {RESPONDENTS_MIN} people used is not shown, and no comment is.",
    )));
    section
}

fn table(caption: &'static str, words: &Words, terms: &[&Term]) -> Option<Table> {
    if terms.is_empty() {
        return None;
    }
    let share = |part: u64, all: u64| part as f64 / all.max(1) as f64;
    let shares = words.terms.iter().map(|term| {
        share(term.detractors, words.detractors).max(share(term.promoters, words.promoters))
    });
    let longest = shares.fold(0.0, f64::max);
    let rows = terms.iter().map(|term| {
        let of = |part, all| format!("{} ({})", count(part), percent_of(part, all));
        Row::new(
            Prose::data(&term.term),
            [
                of(term.detractors, words.detractors),
                of(term.promoters, words.promoters),
                format!("{:.1}", term.z_score.abs()),
            ],
        )
        .drawn(Graphic::Shares {
            detractors: share(term.detractors, words.detractors),
            promoters: share(term.promoters, words.promoters),
            longest,
        })
    });
    Some(Table {
        caption: Prose::words(caption),
        columns: vec![
            text("word"),
            number("detractors"),
            number("promoters"),
            number("z"),
        ],
        rows: rows.collect(),
        graphic: Some(text("share: detractors over promoters")),
    })
}
