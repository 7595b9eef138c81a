//! One question asked in several branches of a survey: several columns, of which each row fills
//! at most one.

use std::collections::{HashMap, HashSet};
use std::ops::RangeInclusive;

use crate::columns::Column;
use crate::columns::headers::fold;
use crate::columns::marks::Marks;
use crate::columns::score::{self, ScoreCell, whole_score};

/// The least number of cells of a follow-up. Three of each of two unrelated columns lie apart by chance in
/// one file of ten, which makes one comment of two remarks.
const FOLLOW_UP_CELLS_MIN: usize = 3;

/// Groups of columns that are one question each.
#[derive(Clone, Debug, Default)]
pub struct Branches(Vec<Vec<usize>>);

impl Branches {
    /// One question with these columns.
    pub fn of(columns: Vec<usize>) -> Self {
        Self(vec![columns])
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The further columns of a question, by its first column.
    pub fn further(&self, first: usize) -> &[usize] {
        let mut groups = self.0.iter();
        let group = groups.find(|group| group.first() == Some(&first));
        group.map_or(&[], |group| &group[1..])
    }

    /// The other columns of a question.
    pub fn others(&self, index: usize) -> impl Iterator<Item = usize> {
        let mut groups = self.0.iter();
        let group = groups.find(|group| group.contains(&index));
        let columns = group.into_iter().flatten().copied();
        columns.filter(move |other| *other != index)
    }

    /// True if the column is a question's second or later one.
    pub fn is_further(&self, index: usize) -> bool {
        self.0.iter().any(|group| group[1..].contains(&index))
    }
}

/// Finds the questions with several columns, among those that `may_be_one`.
pub fn find(columns: &[Column], may_be_one: impl Fn(&Column) -> bool) -> Branches {
    let headers = headers(columns);
    let questions = columns.iter().enumerate().filter_map(|(index, column)| {
        let is_one = column.cells > 0 && may_be_one(column);
        is_one.then(|| (question(&headers, column), index))
    });
    let groups = grouped(questions).into_iter();
    let are_branches = |group: &Vec<usize>| {
        group.len() > 1
            && each_pair(columns, group, |one, other| {
                one.marks.overlap(&other.marks).both == 0
            })
    };
    Branches(groups.filter(are_branches).collect())
}

/// Adds the questions with a column for each answer, of which a row fills one with the answer itself:
/// `Would you recommend us?: 0` to `Would you recommend us?: 10`.
pub fn find_by_answer(
    columns: &[Column],
    branches: &mut Branches,
    may_be_one: impl Fn(&Column) -> bool,
) {
    for mut group in columns_by_answer(columns) {
        // An answer that nobody gave so far may come further on.
        group.sort_by_key(|(index, _)| columns[*index].cells == 0);
        let has_answer = |(index, answer): &(usize, u8)| {
            let column = &columns[*index];
            column.cells == 0 || column.answers.only() == Some(*answer) && may_be_one(column)
        };
        let filled = group.iter().filter(|(index, _)| columns[*index].cells > 0);
        let is_one_question = filled.count() > 1 && group.iter().all(has_answer);
        let indices: Vec<usize> = group.into_iter().map(|(index, _)| index).collect();
        if is_one_question
            && each_pair(columns, &indices, |one, other| {
                one.marks.overlap(&other.marks).both == 0
            })
        {
            branches.0.push(indices);
        }
    }
}

/// Finds the columns of questions with a column for each answer, of which a row has 1 in one and 0 or
/// nothing in the others.
pub fn flags(columns: &[Column]) -> Vec<usize> {
    let is_flag = |column: &Column| {
        column.cells == 0 || column.answers.scores() == column.cells && !column.answers.exceed_one()
    };
    let mut flags = Vec::new();
    for group in columns_by_answer(columns) {
        let indices: Vec<usize> = group.into_iter().map(|(index, _)| index).collect();
        let has_cells = indices.iter().any(|index| columns[*index].cells > 0);
        let are_flags = indices.iter().all(|index| is_flag(&columns[*index]));
        if has_cells
            && are_flags
            && each_pair(columns, &indices, |one, other| {
                !one.marks.share(&other.marks, 1)
            })
        {
            flags.extend(indices);
        }
    }
    flags
}

/// The columns whose names differ only in an answer from 0 to 10 at the end, with that answer.
fn columns_by_answer(columns: &[Column]) -> Vec<Vec<(usize, u8)>> {
    const COLUMNS_MIN: usize = 3;
    let questions = columns.iter().enumerate().filter_map(|(index, column)| {
        // The number of a repeated name is none of the file's.
        let answer = answer_in_name(&column.header).filter(|_| column.place_of_name.is_none());
        answer.map(|(question, answer)| (question, (index, answer)))
    });
    let are_different = |group: &Vec<(usize, u8)>| {
        let answers: HashSet<u8> = group.iter().map(|(_, answer)| *answer).collect();
        answers.len() == group.len() && group.len() >= COLUMNS_MIN
    };
    let groups = grouped(questions).into_iter();
    groups.filter(are_different).collect()
}

/// The items by their text, in the order of the first of each.
fn grouped<T>(items: impl Iterator<Item = (String, T)>) -> Vec<Vec<T>> {
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut groups: Vec<Vec<T>> = Vec::new();
    for (text, item) in items {
        let place = *places.entry(text).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.push(item),
            None => groups.push(vec![item]),
        }
    }
    groups
}

/// The question and the answer in a name such as `NPS_7`, `NPS [7]` or `Recommend us?: 10 - very likely`.
fn answer_in_name(header: &str) -> Option<(String, u8)> {
    if let Some((question, answer)) = header.rsplit_once(": ")
        && let ScoreCell::Number(value) = score::read(answer)
        && let Some(answer) = whole_score(value)
    {
        return Some((fold(question), answer as u8));
    }
    let name = header.trim_end_matches([']', ')']);
    let question = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let answer: u8 = name[question.len()..].parse().ok()?;
    (answer <= 10).then(|| (fold(question), answer))
}

/// True if `test` is for each two of the columns.
fn each_pair(
    columns: &[Column],
    indices: &[usize],
    test: impl Fn(&Column, &Column) -> bool,
) -> bool {
    let mut pairs = indices.iter().enumerate().flat_map(|(at, one)| {
        let later = indices[at + 1..].iter();
        later.map(move |other| (&columns[*one], &columns[*other]))
    });
    pairs.all(|(one, other)| test(one, other))
}

/// Finds the questions of which each is asked after other scores: "What do you like?" after 9 and 10, "What
/// can we improve?" after the rest.
pub fn follow_ups(
    columns: &[Column],
    scores: &Marks,
    may_be_one: impl Fn(&Column) -> bool,
) -> Branches {
    let all = scores.scores_where(scores).map(|(all, _)| all);
    let mut taken: Vec<(RangeInclusive<u8>, usize)> = Vec::new();
    for (index, column) in columns.iter().enumerate() {
        if !may_be_one(column) {
            continue;
        }
        let Some((range, cells)) = scores.scores_where(&column.marks) else {
            continue;
        };
        let is_apart =
            |other: &RangeInclusive<u8>| range.end() < other.start() || other.end() < range.start();
        let is_of_some = cells >= FOLLOW_UP_CELLS_MIN && all.as_ref() != Some(&range);
        if is_of_some && taken.iter().all(|(other, _)| is_apart(other)) {
            taken.push((range, index));
        }
    }
    match taken.len() {
        0 | 1 => Branches::default(),
        _ => Branches::of(taken.into_iter().map(|(_, index)| index).collect()),
    }
}

/// The question of a column, without the number of the question or of a repeated header.
fn question(headers: &HashSet<&str>, column: &Column) -> String {
    let text = match &column.title {
        Some(title) if title.contains(' ') => title,
        _ => first_of_name(headers, column).unwrap_or(&column.header),
    };
    let unnumbered = text
        .trim_start_matches(['Q', 'q'])
        .trim_start_matches(|c: char| c.is_ascii_digit());
    let numbered = unnumbered.strip_prefix(['.', ')', ':', '_', ' ', '-']);
    match numbered {
        Some(rest) if unnumbered.len() < text.len() && !rest.trim().is_empty() => fold(rest),
        _ => fold(text),
    }
}

/// The header that this column repeats: the second column called `NPS` is `NPS 2`.
fn first_of_name<'a>(headers: &HashSet<&str>, column: &'a Column) -> Option<&'a str> {
    let (name, number) = column.header.rsplit_once(' ')?;
    let is_number = number.parse::<u32>().is_ok_and(|number| number >= 2);
    (is_number && headers.contains(name)).then_some(name)
}

fn headers(columns: &[Column]) -> HashSet<&str> {
    columns
        .iter()
        .map(|column| column.header.as_str())
        .collect()
}

/// Gives the columns of one name their places, so that messages can name each.
pub fn mark_repeated_names(columns: &mut [Column]) {
    let headers = headers(columns);
    let firsts: Vec<Option<&str>> = columns
        .iter()
        .map(|column| first_of_name(&headers, column))
        .collect();
    let repeated: HashSet<&str> = firsts.iter().flatten().copied().collect();
    let are_repeated: Vec<bool> = columns
        .iter()
        .zip(&firsts)
        .map(|(column, first)| first.is_some() || repeated.contains(column.header.as_str()))
        .collect();
    for (index, is_repeated) in are_repeated.into_iter().enumerate() {
        columns[index].place_of_name = is_repeated.then_some(index + 1);
    }
}
