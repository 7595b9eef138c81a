//! The functions, their arguments, and their documentation.

use datafusion::logical_expr::{DocSection, Documentation};
use datafusion::sql::sqlparser::ast::ObjectName;

use crate::query::arguments::{Argument, TableFunctionNames, optional, required};
use crate::query::syntax::normalized;

/// A function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::query) enum Answer {
    NpsChange,
    DecliningAccounts,
    Drivers,
    GamingSignals,
    NpsAround,
}

static NPS_CHANGE: TableFunctionNames = TableFunctionNames {
    function: "nps_change",
    aliases: &[],
    arguments: &[required("by"), required("from"), required("to")],
    refused: &[],
    positional_max: 3,
};

static DECLINING_ACCOUNTS: TableFunctionNames = TableFunctionNames {
    function: "declining_accounts",
    aliases: &[],
    arguments: &[
        optional("periods"),
        optional("every"),
        optional("until"),
        optional("by"),
    ],
    refused: &[],
    positional_max: 1,
};

static DRIVERS: TableFunctionNames = TableFunctionNames {
    function: "drivers",
    aliases: &[],
    arguments: &[optional("by")],
    refused: &[],
    positional_max: 1,
};

static GAMING_SIGNALS: TableFunctionNames = TableFunctionNames {
    function: "gaming_signals",
    aliases: &[],
    arguments: &[optional("by")],
    refused: &[],
    positional_max: 1,
};

static NPS_AROUND: TableFunctionNames = TableFunctionNames {
    function: "nps_around",
    aliases: &[],
    arguments: &[
        optional("event"),
        optional("events"),
        optional("at"),
        optional("window"),
        optional("by"),
    ],
    refused: &[],
    positional_max: 1,
};

impl Answer {
    pub(super) const ALL: [Self; 5] = [
        Self::NpsChange,
        Self::DecliningAccounts,
        Self::Drivers,
        Self::GamingSignals,
        Self::NpsAround,
    ];

    /// The function that a call in FROM names.
    pub(in crate::query) fn called(name: &ObjectName) -> Option<Self> {
        let [part] = name.0.as_slice() else {
            return None;
        };
        let name = normalized(part.as_ident()?);
        let mut all = Self::ALL.into_iter();
        all.find(|answer| answer.name() == name)
    }

    pub(in crate::query) fn name(self) -> &'static str {
        self.names().function
    }

    pub(super) fn names(self) -> &'static TableFunctionNames {
        match self {
            Self::NpsChange => &NPS_CHANGE,
            Self::DecliningAccounts => &DECLINING_ACCOUNTS,
            Self::Drivers => &DRIVERS,
            Self::GamingSignals => &GAMING_SIGNALS,
            Self::NpsAround => &NPS_AROUND,
        }
    }

    /// The question that the function answers, an example, and the meanings of its arguments, in their order.
    fn described(self) -> (&'static str, &'static str, &'static [&'static str]) {
        match self {
            Self::NpsChange => (
                "Divides the change of the NPS between two periods into mix, who answered, and rate, how they \
                 scored, of each group and of all, with 95 % intervals. The parts add up to the change.",
                "SELECT segment, mix, rate FROM nps_change(by => 'segment', from => '2025-Q4', to => '2026-Q1')",
                &[
                    "a column, or a list of columns, that make the groups",
                    "the first period: '2026-Q1', '2026-01', '2026', or days '2026-01-10..2026-02-20'",
                    "the second period, without a day of the first",
                ],
            ),
            Self::DecliningAccounts => (
                "Returns the accounts whose NPS fell from each of the newest periods to the next, with the test of \
                 the newest against the first, adjusted for the number of accounts (Benjamini and Hochberg), \
                 and the last comment.",
                "SELECT account, change, adjusted_p_value FROM declining_accounts(periods => 2) ORDER BY change",
                &[
                    "the number of consecutive periods, 2 or more. Default 2",
                    "'month', 'quarter' or 'year'. Default 'quarter', or what until is",
                    "the newest period, such as '2026-Q1'. Default that of the newest score",
                    "a column, or a list of columns, instead of account",
                ],
            ),
            Self::Drivers => (
                "Returns, for each column, the share of the spread of scores that is between its groups, with a \
                 95 % interval. Columns with a large share need not be causes.",
                "SELECT column_name, omega_squared FROM drivers() ORDER BY omega_squared DESC",
                &["a column, or a list of columns. Default those that responses are counted by"],
            ),
            Self::GamingSignals => (
                "Returns the groups whose scores look as if they were not given freely: all 10, more 10s than 8s \
                 and 9s explain, or a jump from 8 to 9, each with a test against all other responses. \
                 p-values are adjusted for the number of tests, and shown up to 0.05.",
                "SELECT signal, sentence FROM gaming_signals(by => ['channel', 'account'])",
                &["a column, or a list of columns. Default those that responses are counted by"],
            ),
            Self::NpsAround => (
                "Returns the NPS before and after each event, the change with its 95 % interval, and its p-value, \
                 adjusted for the number of events and groups (Benjamini and Hochberg).",
                "SELECT event, change, adjusted_p_value FROM nps_around(event => ['2025-09-16', '2026-01-20'], window => 60)",
                &[
                    "a day, or a list of days",
                    "a table or file with a row for each event, instead of event",
                    "the column of events with their days",
                    "the number of days before the event, and from the event on. Default 60",
                    "a column, or a list of columns, to compare each group by itself",
                ],
            ),
        }
    }

    fn documentation(self) -> Documentation {
        let names = self.names();
        let (description, example, meanings) = self.described();
        let arguments = names.arguments.iter().map(Argument::syntax);
        let arguments = arguments.collect::<Vec<_>>().join(", ");
        let syntax = format!("{}({arguments})", names.function);
        let builder = Documentation::builder(DocSection::default(), description, syntax);
        let builder = names.arguments.iter().zip(meanings).fold(
            builder.with_sql_example(example),
            |builder, (argument, meaning)| builder.with_argument(argument.name, *meaning),
        );
        builder.build()
    }
}

/// The documentation of the function of this name.
pub(crate) fn documentation(name: &str) -> Option<Documentation> {
    let mut all = Answer::ALL.into_iter();
    let answer = all.find(|answer| answer.name() == name)?;
    Some(answer.documentation())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_argument_is_described() {
        for answer in Answer::ALL {
            let (_, _, meanings) = answer.described();
            assert_eq!(answer.names().arguments.len(), meanings.len(), "{answer:?}");
        }
    }
}
