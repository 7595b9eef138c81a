//! A profile on the columns of one file: what it says of each.

use std::sync::Arc;

use super::recognise::Recognised;
use crate::columns::Column;
use crate::columns::field::Field;
use crate::layout::header::Header;
use crate::options::ReadOptions;
use crate::profiles::{self, Profile, fits, fits_any};

/// What a profile says of the columns of a file. Without a profile, nothing.
#[derive(Clone, Debug, Default)]
pub struct Bound {
    profile: Option<Arc<Profile>>,
    /// The person named the profile.
    named: bool,
    /// For each field that the profile knows, its columns by preference; those that one name
    /// fits are together.
    fields: [Option<Vec<Vec<usize>>>; Field::ALL.len()],
    never: Vec<usize>,
    rules: Vec<Rule>,
}

/// Rows that are no responses, by a column.
#[derive(Clone, Debug)]
struct Rule {
    index: usize,
    and_empty: Vec<usize>,
    what: String,
    values: Vec<String>,
    except: Vec<String>,
}

/// The columns that a name fits, by their header, else by their title.
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

/// The column that the first of the names fits that fits any.
pub fn column_of(header: &Header, names: &[String]) -> Option<usize> {
    let mut found = names.iter().flat_map(|name| columns_of(header, name));
    found.next()
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
        let mut fields: [Option<Vec<Vec<usize>>>; Field::ALL.len()] = Default::default();
        for field in Field::ALL {
            fields[field as usize] = profile.fields.get(field.name()).and_then(|names| {
                let found = columns(names);
                // Of a field whose columns are not in this file, the profile knows nothing.
                (names.is_empty() || !found.is_empty()).then_some(found)
            });
        }
        let rules = profile.not_a_response.iter().filter_map(|rule| {
            Some(Rule {
                index: column_of(header, &rule.column)?,
                and_empty: columns(&rule.and_empty).concat(),
                what: rule.what.clone(),
                values: rule.values.clone(),
                except: rule.except.clone(),
            })
        });
        let rules = rules.collect();
        Self {
            never: columns(&profile.never).concat(),
            profile: Some(Arc::clone(profile)),
            named,
            fields,
            rules,
        }
    }

    /// The profile, `None` where none recognises the file.
    pub fn profile(&self) -> Option<&Profile> {
        self.profile.as_deref()
    }

    /// What the lake's column `source` says.
    pub fn source(&self) -> &str {
        self.profile().map_or(profiles::GENERIC, Profile::source)
    }

    /// What the summary calls the profile.
    pub fn name(&self) -> &str {
        self.profile()
            .map_or(profiles::GENERIC, |profile| &profile.name)
    }

    /// The columns of a field by preference, none where there is no such field in these files;
    /// `None` where the profile leaves it open.
    pub fn candidates(&self, field: Field) -> Option<&[Vec<usize>]> {
        self.fields[field as usize].as_deref()
    }

    /// Tells the columns what the profile says of them.
    pub fn tell(&self, columns: &mut [Column], header: &Header) {
        for (index, column) in columns.iter_mut().enumerate() {
            column.never = self.never.contains(&index);
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

    /// The options, completed by what the profile says where the person does not.
    pub fn complete(&self, options: &ReadOptions) -> ReadOptions {
        let mut options = options.clone();
        if let Some(profile) = self.profile() {
            if options.keep.is_empty() {
                options.keep.clone_from(&profile.keep);
            }
            options.timezone = options.timezone.or_else(|| profile.timezone.clone());
            options.scale = options.scale.or_else(|| profile.scale.clone());
        }
        options
    }

    /// What the row is, where it is no response.
    pub fn not_a_response<S: AsRef<str>>(&self, cells: &[S]) -> Option<&str> {
        let cell = |index: usize| cells.get(index).map_or("", |cell| cell.as_ref().trim());
        let rule = self.rules.iter().find(|rule| {
            let cell_of_rule = cell(rule.index);
            let says_so = match rule.except.is_empty() {
                true => fits_any(&rule.values, cell_of_rule),
                false => !cell_of_rule.is_empty() && !fits_any(&rule.except, cell_of_rule),
            };
            says_so && rule.and_empty.iter().all(|index| cell(*index).is_empty())
        })?;
        Some(&rule.what)
    }

    /// The lake's metric for a cell, where the profile knows the tool's word for it.
    pub fn metric(&self, cell: &str) -> Option<&'static str> {
        self.profile()?.metric(cell)
    }

    /// The top of a metric's scale.
    pub fn rating_max(&self, metric: &str) -> Option<f64> {
        self.profile()?.metric.rating_max.get(metric).copied()
    }

    /// An empty score is the answer 0.
    pub fn empty_is_zero(&self) -> bool {
        let empty = self
            .profile()
            .and_then(|profile| profile.empty_score.as_ref());
        empty.is_some_and(|empty| empty.means == "0")
    }

    /// The question that empty scores raise where all responses are from before a moment and none
    /// has a 0: that moment, the question and its hint. A person who named the profile has
    /// answered it.
    pub fn empty_score_question(&self) -> Option<(i64, &str, &str)> {
        let empty = self.profile()?.empty_score.as_ref()?;
        if self.named || empty.means != "ask" {
            return None;
        }
        let question = empty.question.as_deref().unwrap_or("a score is empty");
        let hint = empty.hint.as_deref().unwrap_or("say so with --profile");
        Some((empty.before_micros()?, question, hint))
    }
}
