//! Gathers the evidence that a column is a field: its words, its cells, and how it relates to
//! other columns.

use super::branches::{self, Branches};
use super::choose_dates::date_format;
use super::signs::Sign;
use crate::columns::Column;
use crate::columns::consent::Sense;
use crate::columns::field::Field;
use crate::columns::headers::{NPS_GROUPS, SCORE_GROUPS};
use crate::columns::marks::{Agreement, Marks};
use crate::columns::score::Reading;
use crate::layout::header::REJECT_REASON;
use crate::options::ReadOptions;
use crate::profiles::bound::Bound;

/// The least number of rows that must agree with a column of promoters and detractors.
const AGREEING_ROWS_MIN: usize = 3;

/// A column that may be a field, and the signs for and against it.
#[derive(Clone, Debug)]
pub struct Candidate {
    pub column: usize,
    /// The signs, and how often each counts.
    pub signs: Vec<(Sign, i32)>,
}

impl Candidate {
    pub(super) fn new(column: usize) -> Self {
        let signs = Vec::new();
        Self { column, signs }
    }

    pub(super) fn add(&mut self, sign: Sign) {
        self.add_times(sign, 1);
    }

    pub(super) fn add_times(&mut self, sign: Sign, times: usize) {
        if times > 0 {
            self.signs.push((sign, times as i32));
        }
    }

    pub(super) fn add_if(&mut self, condition: bool, sign: Sign) {
        self.add_times(sign, usize::from(condition));
    }

    pub fn has(&self, sign: Sign) -> bool {
        self.signs.iter().any(|(other, _)| *other == sign)
    }

    /// The sum of the signs' weights.
    pub fn total(&self) -> i32 {
        let weights = self.signs.iter().map(|(sign, times)| sign.weight() * times);
        weights.sum()
    }
}

/// What the columns of a file show.
pub struct Evidence<'a> {
    pub(super) columns: &'a [Column],
    bound: &'a Bound,
    options: &'a ReadOptions,
    reading: Reading,
    /// `true` if the answers are to questions of several metrics.
    is_mixed: bool,
    /// Columns of promoters, passives and detractors.
    groups: Vec<usize>,
    /// Columns of one question that was asked in several branches.
    pub branches: Branches,
    /// Columns with 1 for one of the answers, and 0 for the others.
    flags: Vec<usize>,
}

impl<'a> Evidence<'a> {
    pub fn new(
        columns: &'a [Column],
        reading: Reading,
        bound: &'a Bound,
        options: &'a ReadOptions,
    ) -> Self {
        let may_be_score = |column: &Column| {
            column.score_group().is_some() && !column.is_personal() && column.has_answers(reading)
        };
        let in_profile = bound
            .candidates(Field::Score)
            .and_then(|groups| groups.first());
        let first = in_profile.and_then(|group| group.first());
        let has_metrics = |column: &Column| {
            column.has_several_metrics()
                || (column.has_metrics() && column.is_clearly(Field::Metric))
        };
        let groups = (0..columns.len()).filter(|index| columns[*index].marks.are_groups());
        Self {
            columns,
            bound,
            options,
            reading,
            is_mixed: bound.candidates(Field::Metric).is_some() || columns.iter().any(has_metrics),
            groups: groups.collect(),
            branches: match (first, bound.score_branches()) {
                (Some(first), further @ [_, ..]) => Branches::of([&[*first], further].concat()),
                _ => {
                    let mut found = branches::find(columns, may_be_score);
                    branches::find_by_answer(columns, &mut found, may_be_score);
                    found
                }
            },
            flags: branches::flags(columns),
        }
    }

    /// The candidates of a field, given the rows that have an answer, and the comments that are one.
    pub fn candidates(
        &self,
        field: Field,
        answered: Option<&Marks>,
        comments: &Branches,
    ) -> Vec<Candidate> {
        let free = (0..self.columns.len()).filter(|index| {
            let column = &self.columns[*index];
            column.header != REJECT_REASON && !self.branches.is_further(*index)
        });
        let free: Vec<usize> = free.collect();
        match field {
            Field::Score => free
                .into_iter()
                .filter_map(|index| self.as_score(index))
                .collect(),
            Field::RespondedAt => self.as_dates(&free, answered),
            Field::Comment => self.as_comments(&free, comments),
            Field::Consent => self.as_consents(&free),
            _ => self.all_named(field, &free),
        }
    }

    /// The marks of a score column and of its branches.
    pub fn marks(&self, index: usize) -> Marks {
        let mut marks = self.columns[index].marks.clone();
        for further in self.branches.further(index) {
            marks.fill_from(&self.columns[*further].marks);
        }
        marks
    }

    /// The columns with comments that are one question in several branches, or questions of which each is
    /// asked after other scores.
    pub fn comment_branches(&self, answered: Option<&Marks>) -> Branches {
        let in_profile = self.bound.candidates(Field::Comment);
        let first = in_profile.and_then(|groups| groups.first()?.first());
        if let (Some(first), further @ [_, ..]) = (first, self.bound.comment_branches()) {
            return Branches::of([&[*first], further].concat());
        }
        let may_be_comment =
            |column: &Column| column.has_sentences() && !column.is_personal() && !column.ignored;
        let follow_ups = answered
            .map(|scores| branches::follow_ups(self.columns, scores, may_be_comment))
            .unwrap_or_default();
        if !follow_ups.is_empty() {
            return follow_ups;
        }
        let fits = |column: &Column| {
            may_be_comment(column) && column.rank_by_header(Field::Comment).is_some()
        };
        branches::find(self.columns, fits)
    }

    /// The agreement of a score column with the column of promoters and detractors that it agrees
    /// with best.
    pub fn agreement(&self, index: usize) -> Option<(usize, Agreement)> {
        // The groups of other metrics have other limits, and so have those of other scales.
        if self.is_mixed || self.reading.scale.is_some_and(|scale| !scale.is_nps()) {
            return None;
        }
        let marks = self.marks(index);
        let groups = self.groups.iter().copied().filter(|other| *other != index);
        let compared = groups.map(|other| (other, marks.agreement(&self.columns[other].marks)));
        compared
            .filter(|(_, agreement)| agreement.agree + agreement.differ >= AGREEING_ROWS_MIN)
            .min_by(|(_, one), (_, other)| {
                let differ = |agreement: &Agreement| {
                    agreement.differ as f64 / (agreement.agree + agreement.differ) as f64
                };
                differ(one).total_cmp(&differ(other))
            })
    }

    /// The column's place in the profile's list of the field.
    pub(super) fn place_in_profile(&self, field: Field, index: usize) -> Option<usize> {
        let mut groups = self.bound.candidates(field)?.iter();
        groups.position(|group| group.contains(&index))
    }

    /// A candidate with the signs of the profile, `None` if it does not name the column.
    fn profiled(&self, field: Field, index: usize) -> Option<Candidate> {
        let place = self.place_in_profile(field, index)?;
        let mut candidate = Candidate::new(index);
        candidate.add(Sign::Profile);
        candidate.add_times(Sign::LaterInProfile, place);
        Some(candidate)
    }

    fn as_score(&self, index: usize) -> Option<Candidate> {
        let column = &self.columns[index];
        // A score column of several metrics has more than answers from 0 to 10.
        let is_mixed = self.bound.candidates(Field::Metric).is_some();
        let profiled = self.profiled(Field::Score, index);
        let fits = column.has_answers(self.reading) || (is_mixed && profiled.is_some());
        if column.cells == 0 || column.is_personal() || !fits {
            return None;
        }
        let is_no_answer = column.ignored || column.numbers_rows() || self.flags.contains(&index);
        if profiled.is_none() && is_no_answer {
            return None;
        }
        let metric = self
            .options
            .metric
            .as_deref()
            .filter(|metric| *metric != "nps");
        let other_metric = column.other_metric();
        let asks_for_metric = metric.is_some() && other_metric == metric;
        let mut candidate = profiled.unwrap_or_else(|| Candidate::new(index));
        match column.score_group() {
            _ if asks_for_metric => candidate.add(Sign::AsksForMetric),
            Some(..NPS_GROUPS) => candidate.add_if(metric.is_none(), Sign::AsksToRecommend),
            Some(..SCORE_GROUPS) => candidate.add(Sign::NamedScore),
            Some(_) => candidate.add(Sign::NamedRating),
            None => {}
        }
        let may_be_other = !is_mixed && self.options.metric.as_deref() != Some("nps");
        let is_other = may_be_other && !asks_for_metric && other_metric.is_some();
        candidate.add_if(is_other, Sign::OtherMetric);
        if let Some((_, agreement)) = self.agreement(index) {
            let agrees = agreement.differ * 20 <= agreement.agree && agreement.several_groups;
            candidate.add_if(agrees, Sign::AgreesWithGroups);
            let differs = agreement.differ * 20 > agreement.agree;
            candidate.add_if(differs, Sign::DiffersFromGroups);
        }
        (candidate.total() > 0).then_some(candidate)
    }

    /// The candidates by profile, header or cells. Those without cells are left out if the profile,
    /// or else a header, names one with cells.
    pub(super) fn all_named(&self, field: Field, free: &[usize]) -> Vec<Candidate> {
        let named = |index: &usize| self.named(field, *index);
        let mut candidates: Vec<Candidate> = free.iter().filter_map(named).collect();
        let is_filled = |candidate: &Candidate| !candidate.has(Sign::Empty);
        let any_filled = candidates.iter().any(is_filled);
        let in_profile = |candidate: &Candidate| candidate.has(Sign::Profile);
        let profiled = candidates.iter().filter(|candidate| in_profile(candidate));
        let any_filled_in_profile = profiled.into_iter().any(is_filled);
        candidates.retain(|candidate| {
            is_filled(candidate)
                || if in_profile(candidate) {
                    !any_filled_in_profile
                } else {
                    !any_filled
                }
        });
        candidates
    }

    /// A candidate by profile, header or cells, without its relations to other columns.
    fn named(&self, field: Field, index: usize) -> Option<Candidate> {
        let column = &self.columns[index];
        let is_empty = column.cells == 0;
        if is_empty && !field.can_be_empty() {
            return None;
        }
        if !is_empty && column.is_personal() && !column.may_be_personal(field) {
            return None;
        }
        let profiled = self.profiled(field, index);
        // The question may mention a company, a product or a day, and its answers are none of these.
        let asks = column.score_group().is_some_and(|group| group < NPS_GROUPS);
        if profiled.is_none() && asks && column.has_answers(self.reading) {
            return None;
        }
        // With a given format the header alone decides, and a profile knows whose ids it names.
        let fits = is_empty
            || column.fits(field)
            || (field.is_date() && date_format(field, self.options).is_some())
            || (field == Field::Respondent && profiled.is_some());
        if !fits {
            return None;
        }
        let mut candidate = match (profiled, column.rank_by_header(field)) {
            (Some(profiled), _) => profiled,
            (None, Some(rank)) => {
                let mut candidate = Candidate::new(index);
                candidate.add(Sign::Header);
                candidate.add_times(Sign::WeakerWord, rank);
                candidate
            }
            (None, None) => Candidate::new(index),
        };
        let is_named = !candidate.signs.is_empty();
        match field {
            Field::Respondent if !is_named && column.has_addresses_of_anyone() => {
                candidate.add(Sign::Addresses);
            }
            Field::Metric if column.has_several_metrics() && !column.ignored => {
                candidate.add(Sign::Metrics);
            }
            _ if is_named => {}
            _ => return None,
        }
        candidate.add_if(is_empty, Sign::Empty);
        if field == Field::Respondent && !candidate.has(Sign::Profile) {
            candidate.add_if(column.names_staff(), Sign::NamesStaff);
            candidate.add_if(column.has_few_values(), Sign::FewPeople);
        }
        Some(candidate)
    }

    fn as_consents(&self, free: &[usize]) -> Vec<Candidate> {
        let candidates = free.iter().filter_map(|index| {
            let column = &self.columns[*index];
            if column.cells == 0 || column.is_personal() {
                return None;
            }
            let header = column.consent_header;
            let named = column.rank_by_header(Field::Consent);
            let named = named.filter(|_| column.is_consent());
            let mut candidate = match (self.profiled(Field::Consent, *index), named) {
                (Some(profiled), _) => profiled,
                (None, Some(rank)) => {
                    let mut candidate = Candidate::new(*index);
                    candidate.add(Sign::Header);
                    candidate.add_times(Sign::WeakerWord, rank);
                    candidate
                }
                (None, None) => {
                    let mut candidate = Candidate::new(*index);
                    let may_be =
                        header.may_be_consent() && !column.ignored && column.has_consents();
                    candidate.add_if(may_be, Sign::MayBeConsent);
                    candidate
                }
            };
            if candidate.signs.is_empty() {
                return None;
            }
            let (has_consents, states) = (column.has_consents(), column.states_consents());
            candidate.add_if(states, Sign::StatesConsent);
            candidate.add_if(has_consents && !states, Sign::YesOrNo);
            candidate.add_if(
                column.dates.has_dates() && !has_consents,
                Sign::ConsentDates,
            );
            candidate.add_if(header.sense == Sense::Withdrawn, Sign::TakesConsentBack);
            Some(candidate)
        });
        candidates.collect()
    }

    fn as_comments(&self, free: &[usize], branches: &Branches) -> Vec<Candidate> {
        let mut candidates = self.all_named(Field::Comment, free);
        for index in free {
            let is_branch = branches.others(*index).next().is_some();
            if !is_branch {
                continue;
            }
            let mut known = candidates.iter_mut();
            match known.find(|candidate| candidate.column == *index) {
                Some(candidate) => candidate.add(Sign::FollowsScores),
                None => {
                    let mut candidate = Candidate::new(*index);
                    candidate.add(Sign::FollowsScores);
                    candidates.push(candidate);
                }
            }
        }
        let cells = |candidate: &Candidate| self.columns[candidate.column].cells;
        let most = candidates.iter().map(cells).max();
        for candidate in &mut candidates {
            let column = &self.columns[candidate.column];
            let is_prose = column.has_sentences();
            candidate.add_if(is_prose && column.asks_for_the_reason(), Sign::GivesReason);
            candidate.add_if(is_prose, Sign::Prose);
            candidate.add_if(Some(column.cells) == most, Sign::OftenFilled);
        }
        candidates
    }
}
