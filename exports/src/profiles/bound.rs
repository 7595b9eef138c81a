//! A profile applied to the columns of one file.

use std::sync::Arc;

use super::questions::QuestionColumns;
use super::recognise::Recognised;
use crate::columns::Column;
use crate::columns::field::Field;
use crate::layout::header::Header;
use crate::options::{ReadOptions, SwappedDates, consent_values};
use crate::profiles::{self, Profile, fits, fits_any};

/// A profile applied to the columns of a file; the default is no profile.
#[derive(Clone, Debug, Default)]
pub struct Bound {
    profile: Option<Arc<Profile>>,
    /// `true` if the options name the profile.
    named: bool,
    /// The columns of each field in the profile, by preference. Columns of one name are a group.
    fields: [Option<Vec<Vec<usize>>>; Field::ALL.len()],
    never: Vec<usize>,
    score_branches: Vec<usize>,
    comment_branches: Vec<usize>,
    consent_branches: Vec<usize>,
    questions: Option<QuestionColumns>,
    rules: Vec<Rule>,
}

/// A rule for rows that are no responses.
#[derive(Clone, Debug)]
struct Rule {
    index: usize,
    and_empty: Vec<usize>,
    what: String,
    values: Vec<String>,
    except: Vec<String>,
}

/// The columns whose header, or else title, fits a name.
pub fn columns_of(header: &Header, name: &str) -> Vec<usize> {
    let named: Vec<usize> = (0..header.names.len())
        .filter(|index| fits(name, &header.names[*index]))
        .collect();
    if !named.is_empty() {
        return named;
    }
    let titled = |index: &usize| {
        let title = header.titles[*index].as_ref();
        title.is_some_and(|title| fits(name, title))
    };
    (0..header.names.len()).filter(titled).collect()
}

/// The column of the first name that fits any.
pub fn column_of(header: &Header, names: &[String]) -> Option<usize> {
    names
        .iter()
        .find_map(|name| columns_of(header, name).first().copied())
}

impl Bound {
    pub fn new(recognised: Option<&Recognised>, header: &Header, named: bool) -> Self {
        let Some(Recognised { profile, .. }) = recognised else {
            return Self::default();
        };
        let columns = |names: &Vec<String>| -> Vec<Vec<usize>> {
            let groups = names.iter().map(|name| columns_of(header, name));
            groups.filter(|group| !group.is_empty()).collect()
        };
        let fields = Field::ALL.map(|field| {
            let names = profile.fields.get(field.name())?;
            let found = columns(names);
            // If no column of the field is in this file, the profile leaves the field open.
            (names.is_empty() || !found.is_empty()).then_some(found)
        });
        let rules = profile.not_a_response.iter().filter_map(|rule| {
            Some(Rule {
                index: column_of(header, &rule.column)?,
                and_empty: columns(&rule.and_empty).concat(),
                what: rule.what.clone(),
                values: rule.values.clone(),
                except: rule.except.clone(),
            })
        });
        Self {
            rules: rules.collect(),
            never: columns(&profile.never).concat(),
            score_branches: columns(&profile.score_branches).concat(),
            comment_branches: columns(&profile.comment_branches).concat(),
            consent_branches: columns(&profile.consent_branches).concat(),
            questions: profile.questions.as_ref().and_then(|questions| {
                QuestionColumns::new(questions, header, |name| columns_of(header, name))
            }),
            profile: Some(Arc::clone(profile)),
            named,
            fields,
        }
    }

    /// The profile, `None` if none recognises the file.
    pub fn profile(&self) -> Option<&Profile> {
        self.profile.as_deref()
    }

    /// The value of the lake's column `source`.
    pub fn source(&self) -> &str {
        self.profile().map_or(profiles::GENERIC, Profile::source)
    }

    /// The profile's name, for the summary.
    pub fn name(&self) -> &str {
        self.profile()
            .map_or(profiles::GENERIC, |profile| &profile.name)
    }

    /// The columns of a field by preference, empty if the tool's files have none; `None` if the
    /// profile leaves the field open.
    pub fn candidates(&self, field: Field) -> Option<&[Vec<usize>]> {
        self.fields[field as usize].as_deref()
    }

    /// Further columns of the score's question.
    pub fn score_branches(&self) -> &[usize] {
        &self.score_branches
    }

    /// Further columns of comments.
    pub fn comment_branches(&self) -> &[usize] {
        &self.comment_branches
    }

    /// Further columns of consent.
    pub fn consent_branches(&self) -> &[usize] {
        &self.consent_branches
    }

    /// The columns of questions and their answers, `None` if the header has the questions.
    pub fn questions(&self) -> Option<&QuestionColumns> {
        self.questions.as_ref()
    }

    /// Adds what the profile and the header state about the columns.
    pub fn annotate(&self, columns: &mut [Column], header: &Header) {
        for (index, column) in columns.iter_mut().enumerate() {
            column.ignored = self.never.contains(&index);
            column.zone = header.zone(index);
        }
        let Some(profile) = self.profile() else {
            return;
        };
        for (name, format) in &profile.dates {
            let candidates = Field::parse(name).and_then(|field| self.candidates(field));
            for index in candidates.unwrap_or_default().concat() {
                columns[index].date_format = Some(format.clone());
            }
        }
    }

    /// The options, completed by those of the profile.
    pub fn complete(&self, options: &ReadOptions) -> ReadOptions {
        let mut options = options.clone();
        if let Some(profile) = self.profile() {
            if options.keep.is_empty() {
                options.keep.clone_from(&profile.keep);
            }
            options.timezone = options.timezone.or_else(|| profile.timezone.clone());
            if options.keep_personal.is_empty() {
                options.keep_personal.clone_from(&profile.keep_personal);
            }
            options.scale = options.scale.or_else(|| profile.scale.clone());
            options.metric = options.metric.or_else(|| profile.asked_metric.clone());
            let swapped_dates = || SwappedDates::parse(profile.swapped_dates.as_deref()?);
            options.swapped_dates = options.swapped_dates.or_else(swapped_dates);
            options.lenient |= profile.lenient;
            for (meaning, values) in &profile.consent {
                let values = values.iter().map(|value| (meaning, value));
                // What the user gives comes later, and counts.
                let values =
                    values.map(|(meaning, value)| (consent_values(meaning), value.clone()));
                options.map.splice(0..0, values);
            }
        }
        options
    }

    /// The kind of row if it is no response.
    pub fn not_a_response<S: AsRef<str>>(&self, cells: &[S]) -> Option<&str> {
        let cell = |index: usize| cells.get(index).map_or("", |cell| cell.as_ref().trim());
        let rule = self.rules.iter().find(|rule| {
            let cell_of_rule = cell(rule.index);
            let applies = if rule.except.is_empty() {
                fits_any(&rule.values, cell_of_rule)
            } else {
                !cell_of_rule.is_empty() && !fits_any(&rule.except, cell_of_rule)
            };
            applies && rule.and_empty.iter().all(|index| cell(*index).is_empty())
        })?;
        Some(&rule.what)
    }

    /// The lake's metric for a cell that the profile has.
    pub fn metric(&self, cell: &str) -> Option<&'static str> {
        self.profile()?.metric(cell)
    }

    /// The top of a metric's scale.
    pub fn rating_max(&self, metric: &str) -> Option<f64> {
        self.profile()?.metric.rating_max.get(metric).copied()
    }

    /// True if an empty score is the answer 0.
    pub fn empty_is_zero(&self) -> bool {
        let profile = self.profile();
        let empty = profile.and_then(|profile| profile.empty_score.as_ref());
        empty.is_some_and(|empty| empty.means == "0")
    }

    /// The question about empty scores if all responses are from before a moment and none has a 0:
    /// that moment, in microseconds since 1970, the question and its hint. Naming the profile
    /// answers it.
    pub fn empty_score_question(&self) -> Option<(i64, &str, &str)> {
        let empty = self.profile()?.empty_score.as_ref()?;
        if self.named || empty.means != "ask" {
            return None;
        }
        let question = empty.question.as_deref().unwrap_or("a score is empty");
        let hint = empty
            .hint
            .as_deref()
            .unwrap_or("name the profile of the file");
        Some((empty.before_micros()?, question, hint))
    }
}
