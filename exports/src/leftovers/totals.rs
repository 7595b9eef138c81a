//! Recognises totals: rows that sum up other rows.
//!
//! A row that begins with a word for a total waits until the file is read, since its word may come
//! back and responses may follow it.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;

use super::facts::RowFacts;
use super::signs::{RowKind, Sign, kind_of};
use super::sums::{Sums, Written};
use super::words::{TotalWord, WordKind, total_word};
use crate::columns::field::Field;
use crate::columns::group::Group;
use crate::columns::score::{self, ScoreCell, whole_score};
use crate::error::Result;
use crate::files::source::SourceFile;
use crate::format::rows::Row;
use crate::layout::Layout;
use crate::layout::first_rows::is_answer;
use crate::mapping::Mapping;
use crate::text::trim;

/// Fields that a total does not have.
const IDENTIFYING: [Field; 4] = [
    Field::ResponseId,
    Field::Respondent,
    Field::RespondedAt,
    Field::Comment,
];

/// Cells of a row that counts a group: its name, the number, and the percentage.
const COUNT_CELLS_MAX: usize = 3;

/// Counts of words for totals, by column and word.
#[derive(Clone, Debug, Default)]
pub struct TotalWords(HashMap<(usize, String), u64>);

impl TotalWords {
    /// Counts the word for a total that the row begins with, and returns `true` if it does.
    pub fn count(&mut self, row: &Row<'_>) -> bool {
        let Some((index, TotalWord { word, .. })) = first_word(row) else {
            return false;
        };
        *self.0.entry((index, word)).or_default() += 1;
        true
    }

    pub fn extend(&mut self, other: Self) {
        for (word, count) in other.0 {
            *self.0.entry(word).or_default() += count;
        }
    }

    /// True if any word comes back in its column.
    pub fn any_returns(&self) -> bool {
        self.0.values().any(|count| *count > 1)
    }

    /// True if the row begins with a word that names nothing but a total, or with one that does not
    /// come back in its column.
    pub fn is_likely_total(&self, row: &Row<'_>) -> bool {
        first_word(row).is_some_and(|(index, word)| match word.kind {
            WordKind::Certain => true,
            WordKind::Ambiguous | WordKind::Suffix | WordKind::Group(_) => {
                self.count_of(index, &word.word) <= 1
            }
        })
    }

    /// The sign that the word that the row begins with comes back.
    fn sign_of_return(&self, row: &Row<'_>) -> Option<Sign> {
        let (index, word) = first_word(row)?;
        (self.count_of(index, &word.word) > 1).then_some(match word.kind {
            WordKind::Certain => Sign::CertainReturns,
            WordKind::Ambiguous | WordKind::Suffix | WordKind::Group(_) => Sign::Returns,
        })
    }

    fn count_of(&self, index: usize, word: &str) -> u64 {
        let key = (index, word.to_owned());
        self.0.get(&key).copied().unwrap_or_default()
    }
}

/// The first cell of a row that is neither blank nor a number, if it is a word for a total.
fn first_word(row: &Row<'_>) -> Option<(usize, TotalWord)> {
    let mut cells = row.cells.iter().map(|cell| trim(cell)).enumerate();
    let is_text = |cell: &str| !cell.is_empty() && cell.parse::<f64>().is_err();
    let (index, cell) = cells.find(|(_, cell)| is_text(cell))?;
    let word = total_word(cell)?;
    // A response has more beside the group of its score.
    let filled = || row.cells.iter().filter(|cell| !trim(cell).is_empty());
    let is_response = matches!(word.kind, WordKind::Group(_)) && filled().count() > COUNT_CELLS_MAX;
    (!is_response).then_some((index, word))
}

/// True if a row may be a total: it begins with a word for one, and no date, respondent, id or
/// comment stands in it.
pub fn may_be_total(row: &Row<'_>, mapping: &Mapping) -> bool {
    let Some((first, word)) = first_word(row) else {
        return false;
    };
    let mut others = identifying_columns(mapping).filter(|index| *index != first);
    let mut has_others = false;
    let is_filled = others.any(|index| {
        has_others = true;
        let cell = trim(&row.cells[index]);
        !score::is_blank(cell) && total_word(cell).is_none()
    });
    // Names end with "Total", too: without such columns that is not enough.
    !is_filled && (has_others || word.kind != WordKind::Suffix)
}

fn identifying_columns(mapping: &Mapping) -> impl Iterator<Item = usize> + '_ {
    IDENTIFYING
        .into_iter()
        .filter_map(|field| mapping.column(field))
}

/// A row that may be a total, with its place in the file.
pub struct Candidate<'a> {
    pub row: Row<'a>,
    /// The number of the row after the header, from 1.
    pub ordinal: u64,
    /// `true` if the rows directly above are blank or missing.
    pub below_gap: bool,
    /// `true` if no response follows.
    pub is_at_end: bool,
}

/// The file of the rows, for comparing them with others.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    pub source: &'a SourceFile,
    pub layout: &'a Layout,
    pub mapping: &'a Mapping,
    pub facts: &'a RowFacts,
}

/// Decides on rows that may be totals, in ascending order. If they are all such rows of the file
/// and have numbers to compare with their columns, the file is read again.
pub fn decide(
    context: &Context<'_>,
    candidates: &[Candidate<'_>],
    words: &TotalWords,
    are_all: bool,
) -> Result<Vec<RowKind>> {
    let sums = if are_all {
        column_sums(context, candidates, words)?
    } else {
        AllSums::default()
    };
    let kinds = candidates.iter().zip(0..).map(|(candidate, which)| {
        let computed = Computed { sums: &sums, which };
        kind_of(&signs(context, candidate, words, &computed))
    });
    Ok(kinds.collect())
}

/// The sums of the columns that candidates have numbers in.
#[derive(Default)]
struct AllSums {
    columns: HashMap<usize, ColumnSums>,
    /// Those of the answers, if several columns have them.
    answers: Option<ColumnSums>,
}

/// The sums of a column: of all rows, and of those above each candidate, up to the one before.
#[derive(Default)]
struct ColumnSums {
    whole: Sums,
    block: Sums,
    blocks: Vec<Sums>,
}

impl ColumnSums {
    fn add(&mut self, cell: &str) {
        self.whole.add(cell);
        self.block.add(cell);
    }

    fn end_block(&mut self) {
        self.blocks.push(std::mem::take(&mut self.block));
    }

    /// True if a number sums up all rows, or those of a block.
    fn give(&self, block: usize, number: Written) -> bool {
        let block = self.blocks.get(block);
        self.whole.give(number) || block.is_some_and(|block| block.give(number))
    }
}

/// The sums that a candidate's numbers may repeat.
struct Computed<'a> {
    sums: &'a AllSums,
    /// The place of the candidate among all.
    which: usize,
}

impl Computed<'_> {
    /// True if a number sums up its column, or the rows above the candidate.
    fn gives(&self, index: usize, in_score: bool, number: Written) -> bool {
        let column = self.sums.columns.get(&index);
        let answers = self.sums.answers.as_ref().filter(|_| in_score);
        let mut sums = column.into_iter().chain(answers);
        sums.any(|sums| sums.give(self.which, number))
    }

    /// True if a number in any column is that of the respondents of a group in the column of scores.
    fn counts(&self, score: usize, group: Group, number: Written) -> bool {
        let column = self.sums.columns.get(&score);
        let mut sums = column.into_iter().chain(&self.sums.answers);
        sums.any(|sums| sums.whole.count(group, number))
    }
}

fn column_sums(
    context: &Context<'_>,
    candidates: &[Candidate<'_>],
    words: &TotalWords,
) -> Result<AllSums> {
    let mut sums = AllSums::default();
    for candidate in candidates {
        // A name that comes back is no total, whatever its numbers are.
        if words.sign_of_return(&candidate.row) == Some(Sign::Returns) {
            continue;
        }
        for (index, cell) in candidate.row.cells.iter().enumerate() {
            if Written::read(cell).is_some() {
                sums.columns.entry(index).or_default();
            }
        }
    }
    if sums.columns.is_empty() {
        return Ok(sums);
    }
    let of_answers = || context.mapping.columns(Field::Score);
    sums.answers = (of_answers().count() > 1).then(ColumnSums::default);
    let ordinals: HashSet<u64> = candidates
        .iter()
        .map(|candidate| candidate.ordinal)
        .collect();
    let mut ordinal = 0;
    context.layout.read(context.source, &mut |row| {
        ordinal += 1;
        let is_candidate = ordinals.contains(&ordinal);
        let is_blank = || row.cells.iter().all(|cell| trim(cell).is_empty());
        if !is_candidate && (row.problem.is_some() || row.repeats_header || is_blank()) {
            return Ok(ControlFlow::Continue(()));
        }
        for (index, sums) in &mut sums.columns {
            if is_candidate {
                sums.end_block();
            } else if let Some(cell) = row.cells.get(*index) {
                sums.add(cell);
            }
        }
        if let Some(answers) = &mut sums.answers {
            if is_candidate {
                answers.end_block();
            } else {
                let mut cells = of_answers().filter_map(|index| row.cells.get(index));
                let answer = cells.find(|cell| !score::is_blank(trim(cell)));
                answers.add(answer.map_or("", |cell| cell));
            }
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(sums)
}

/// The signs for and against a row being a total.
fn signs(
    context: &Context<'_>,
    candidate: &Candidate<'_>,
    words: &TotalWords,
    computed: &Computed<'_>,
) -> Vec<Sign> {
    let Context { mapping, facts, .. } = context;
    let row = &candidate.row;
    let Some((first, word)) = first_word(row) else {
        return Vec::new();
    };
    let mut signs = vec![match word.kind {
        WordKind::Suffix => Sign::WordAtEnd,
        WordKind::Certain | WordKind::Ambiguous | WordKind::Group(_) => Sign::Word,
    }];
    let score = mapping.column(Field::Score);
    let is_of_score = |index: usize| mapping.columns(Field::Score).any(|it| it == index);
    let mut others = 0;
    let (mut has_answer, mut counts_group) = (false, false);
    let mut numbers = Vec::new();
    for (index, cell) in row.cells.iter().enumerate() {
        let cell = trim(cell);
        if index == first || score::is_blank(cell) {
            continue;
        }
        others += 1;
        let Some(number) = Written::read(cell) else {
            signs.push(if is_answer(cell) {
                Sign::DateOrAddress
            } else if total_word(cell).is_some() {
                Sign::SecondWord
            } else {
                Sign::OtherText
            });
            continue;
        };
        if let (WordKind::Group(group), Some(score)) = (word.kind, score) {
            counts_group |= computed.counts(score, group, number);
        }
        let is_score =
            matches!(score::read(cell), ScoreCell::Number(value) if whole_score(value).is_some());
        let in_score = is_of_score(index);
        has_answer |= is_score && in_score;
        numbers.push(match (computed.gives(index, in_score, number), in_score) {
            (true, _) if is_score => Some(Sign::AnswerComputed),
            (true, _) => Some(Sign::Computed),
            (false, true) if is_score => Some(Sign::OtherAnswer),
            (false, true) => Some(Sign::NoAnswer),
            (false, false) => None,
        });
        if in_score && !is_score && numbers.last() == Some(&Some(Sign::Computed)) {
            numbers.push(Some(Sign::NoAnswer));
        }
    }
    // However many numbers agree, each sign counts once.
    for sign in [
        Sign::Computed,
        Sign::AnswerComputed,
        Sign::OtherAnswer,
        Sign::NoAnswer,
    ] {
        if numbers.contains(&Some(sign)) {
            signs.push(sign);
        }
    }
    let is = |field: Field| mapping.column(field) == Some(first);
    let lacks = |index: usize| {
        index != first
            && facts.column(index).is_always_filled
            && score::is_blank(trim(&row.cells[index]))
    };
    let is_unlike = identifying_columns(mapping).any(lacks);
    let is_named = [Field::Account, Field::Survey].into_iter().any(is);
    let has_only_decimals = mapping
        .columns(Field::Score)
        .any(|score| trim(&row.cells[score]).contains('.') && !facts.column(score).has_decimals);
    let category = facts.column(first).has_categories || is_named;
    for (sign, applies) in [
        (Sign::OthersEmpty, others == 0),
        (Sign::AtEnd, candidate.is_at_end),
        (Sign::BelowGap, candidate.below_gap),
        (Sign::Unlike, is_unlike),
        (Sign::NotInColumn, facts.column(first).is_typed),
        (Sign::Category, category && has_answer && !is_unlike),
        (Sign::InComment, is(Field::Comment)),
        (Sign::OnlyDecimals, has_only_decimals),
        (Sign::CountsGroup, counts_group),
    ] {
        if applies {
            signs.push(sign);
        }
    }
    signs.extend(words.sign_of_return(row));
    signs
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;
    use crate::options::ReadOptions;
    use crate::understand::understand;

    /// The kinds of the rows that may be totals.
    fn kinds(content: &str) -> Vec<RowKind> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("export.csv");
        std::fs::write(&path, content).unwrap();
        let source = SourceFile::examine_file(&path).unwrap();
        let understood = understand(source, &ReadOptions::default()).unwrap();
        let mapping = &understood.mapping;
        let mut words = TotalWords::default();
        let mut candidates = Vec::new();
        let mut ordinal = 0;
        let mut last_response = 0;
        understood
            .layout
            .read(&understood.source, &mut |row| {
                ordinal += 1;
                words.count(row);
                if !may_be_total(row, mapping) {
                    last_response = ordinal;
                    return Ok(ControlFlow::Continue(()));
                }
                let cells = row.cells.iter();
                candidates.push(Candidate {
                    row: Row {
                        cells: cells.map(|cell| Cow::Owned(cell.to_string())).collect(),
                        ..Row::default()
                    },
                    ordinal,
                    below_gap: false,
                    is_at_end: false,
                });
                Ok(ControlFlow::Continue(()))
            })
            .unwrap();
        for candidate in &mut candidates {
            candidate.is_at_end = candidate.ordinal > last_response;
        }
        decide(&understood.context(), &candidates, &words, true).unwrap()
    }

    #[test]
    fn totals_are_rows_with_several_signs() {
        use RowKind::{Response, Total, Unclear};
        let mut wrong = Vec::new();
        for (content, expected) in [
            // Sums, means and counts at the end, in several languages.
            (
                "region,nps\nNorth,9\nSouth,3\nEast,8\nTotal,20\n",
                &[Total][..],
            ),
            (
                "Region;NPS;Sitze\nNord;9;4\nSüd;3;8\nOst;10;2\nGesamtergebnis;7,3;14\n",
                &[Total],
            ),
            (
                "date,nps,email\n2026-03-01,9,a@x.example\n2026-03-02,3,b@x.example\nMoyenne,6,\n",
                &[Total],
            ),
            (
                "部署,nps\n営業,9\n開発,3\n総務,10\n合計,22\n平均,7.3\n",
                &[Total, Total],
            ),
            (
                "shop,nps\nA,9\nA,10\nSubtotal,19\nB,3\nB,8\nSubtotal,11\nGrand total,30\n",
                &[Total; 3],
            ),
            (
                "Region,Date,NPS\nN,2026-03-01,9\nS,2026-03-02,3\nTotal,,2\n",
                &[Total],
            ),
            (
                "Region,Score,Date\nNorth,9,2026-03-01\nNorth,3,2026-03-02\nNorth Total,6,\nMaximum,9,\n",
                &[Total; 2],
            ),
            ("nps,shop\n9,A\n3,B\n,\nTotal,\n", &[Total]),
            // One question in two columns.
            (
                "why,date,nps_score,nps_score\nslow,2026-07-01,,9\nfine,2026-07-02,8,\nbad,2026-07-03,4,\nOverall,,,7.0\n",
                &[Total],
            ),
            // Counts of groups, and what is summed up beside how.
            (
                "customer,nps\nAnna,9\nBen,10\nCem,9\nDora,3\nPromoters,3\nPassives,0\nDetractors,1\nNPS,50\n",
                &[Total; 4],
            ),
            (
                "date,email,nps\n2026-03-01,a@x.example,9\n2026-03-02,b@x.example,3\n,% Promoters,50%\n",
                &[Total],
            ),
            (
                "account,email,date,nps\nA,a@x.example,2026-03-01,9\n,b@x.example,2026-03-02,7\n\
                 Subtotal,Avg,,8\nB,c@x.example,2026-03-02,10\nTotal,Avg,,8.7\n",
                &[Total; 2],
            ),
            (
                "nps,group\n9,Promoters\n3,Detractors\n10,Promoters\n",
                &[Response; 3],
            ),
            // Names: they come back, or have an answer that is no sum.
            (
                "department,nps\nMedia,9\nSales,3\nMedia,10\nLegal,7\nMedia,9\n",
                &[Response; 3],
            ),
            (
                "company,nps\nTotal,9\nShell,3\nBP,10\nTotal,7\n",
                &[Response; 2],
            ),
            ("company,nps\nTotal,9\nShell,3\nBP,10\n", &[Response]),
            ("company,nps\nShell,3\nBP,10\nTotal,9\n", &[Response]),
            ("store,nps\nMean,9\nLane,3\nRoad,10\n", &[Response]),
            ("product,score\nWindows Total,9\nOffice,3\nOffice,10\n", &[]),
            (
                "team,nps,survey_date\nOverall,9,2026-03-01\nSales,3,2026-03-02\n",
                &[],
            ),
            ("id,nps\nNPS-1,9\nNPS-2,3\nTotal00003,10\n", &[]),
            (
                "opinion,nps\ngreat,9\naverage,6\nso so,7\nbad,1\n",
                &[Response],
            ),
            // A mean, or the answer of a department.
            ("department,nps\nSales,8\nLegal,10\nMedia,9\n", &[Unclear]),
        ] {
            let found = kinds(content);
            if found != expected {
                wrong.push(format!("{content}{found:?}, expected {expected:?}"));
            }
        }
        assert!(wrong.is_empty(), "\n{}", wrong.join("\n\n"));
    }
}
