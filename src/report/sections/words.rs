//! Words that distinguish the comments of detractors from those of promoters.

use crate::report::data::{RESPONDENTS_MIN, Report, Term, Words};
use crate::report::section::{Graphic, Prose, Row, Section, Table};
use crate::report::text::{count_of, period, plural};

pub(super) fn words(report: &Report, words: &Words) -> Section {
    let section = Section::new("words", "What detractors and promoters say");
    if words.detractors + words.promoters == 0 {
        return section.with("No detractor and no promoter left a comment.");
    }
    let whose = format!(
        "the comments of {} from those of {}",
        plural(words.detractors, "detractor"),
        plural(words.promoters, "promoter")
    );
    let current = report.periods.map(|periods| periods.current);
    let when = match (words.period, current) {
        (Some(read), Some(current)) if read.from < current.from => format!(
            ", {} (the current period alone has too few such words)",
            period(read)
        ),
        (Some(read), Some(current)) if read.from > current.from => format!(
            ", {} (the whole period has too many comments to read)",
            period(read)
        ),
        (Some(read), _) => format!(", {}", period(read)),
        (None, _) => String::new(),
    };
    if words.terms.is_empty() {
        return section.with(format!(
            "No word used by at least {RESPONDENTS_MIN} people distinguishes {whose}{when}."
        ));
    }
    let mut section = section.with(format!("Words that distinguish {whose}{when}."));
    let (of_detractors, of_promoters): (Vec<_>, Vec<_>) =
        words.terms.iter().partition(|term| term.z_score > 0.0);
    for (caption, terms) in [
        ("Detractors say", of_detractors),
        ("Promoters say", of_promoters),
    ] {
        if !terms.is_empty() {
            section = section.with_table(table(caption, words, &terms));
        }
    }
    section.with_note(format!(
        "Log-odds ratio with an informative Dirichlet prior (Monroe, Colaresi and Quinn 2008), z of at \
         least 1.96. The numbers are people: someone who used a word twice counts once. Words used by \
         fewer than {RESPONDENTS_MIN} people are not shown, and neither are comments."
    ))
}

fn table(caption: &'static str, words: &Words, terms: &[&Term]) -> Table {
    let share = |part: u64, all: u64| part as f64 / all.max(1) as f64;
    let shares = |term: &Term| {
        (
            share(term.detractors, words.detractors),
            share(term.promoters, words.promoters),
        )
    };
    let larger = words.terms.iter().map(|term| {
        let (detractors, promoters) = shares(term);
        detractors.max(promoters)
    });
    let max = larger.fold(0.0, f64::max);
    let rows = terms.iter().map(|term| {
        let (detractors, promoters) = shares(term);
        let cells = [
            count_of(term.detractors, words.detractors),
            count_of(term.promoters, words.promoters),
            format!("{:.1}", term.z_score.abs()),
        ];
        Row::new(Prose::data(&term.term), cells).with_graphic(Graphic::Shares {
            detractors,
            promoters,
            max,
        })
    });
    let columns = ["detractors", "promoters", "z"];
    Table {
        graphic: Some("share: detractors above promoters"),
        ..Table::new(caption, &["word"], &columns, rows)
    }
}
