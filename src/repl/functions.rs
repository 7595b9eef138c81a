//! The functions of the session, with the documentation that they carry.

use std::collections::BTreeMap;

use datafusion::logical_expr::Documentation;
use datafusion::prelude::SessionContext;

use crate::output::fill;

/// A function under one of its names.
#[derive(Clone, Debug)]
pub(super) struct Function {
    pub(super) kind: &'static str,
    documentation: Option<Documentation>,
}

/// All functions by name.
pub(super) fn functions(context: &SessionContext) -> BTreeMap<String, Function> {
    let state = context.state();
    let mut functions = BTreeMap::new();
    let mut add = |name: &str, kind, documentation: Option<&Documentation>| {
        let documentation = documentation.cloned().or_else(|| undocumented(name));
        let function = Function {
            kind,
            documentation,
        };
        functions.insert(name.to_owned(), function);
    };
    for name in state.table_functions().keys() {
        add(name, "table", None);
    }
    for (name, function) in state.window_functions() {
        add(name, "window", function.documentation());
    }
    for (name, function) in state.scalar_functions() {
        add(name, "scalar", function.documentation());
    }
    for (name, function) in state.higher_order_functions() {
        add(name, "scalar", function.documentation());
    }
    for (name, function) in state.aggregate_functions() {
        add(name, "aggregate", function.documentation());
    }
    functions
}

/// What DataFusion's asynchronous functions and some of its own do not carry themselves.
fn undocumented(name: &str) -> Option<Documentation> {
    use datafusion::logical_expr::DocSection;

    let (syntax, description, example, arguments): (_, _, _, &[(&str, &str)]) = match name {
        "reveal" => (
            "reveal(respondent, field)",
            "What is sealed of a respondent, in the clear: a field such as 'email', NULL where there \
             is none. It needs the lake's key, and each use is in the audit log.",
            "SELECT comment, reveal(respondent, 'email') FROM responses WHERE score <= 2",
            &[
                (
                    "respondent",
                    "the pseudonym, as the column respondent has it",
                ),
                (
                    "field",
                    "a name of the column fields in the table identities",
                ),
            ],
        ),
        _ => return None,
    };
    let mut builder = Documentation::builder(DocSection::default(), description, syntax)
        .with_sql_example(example);
    for (argument, meaning) in arguments {
        builder = builder.with_argument(*argument, *meaning);
    }
    Some(builder.build())
}

impl Function {
    /// How it is called, such as `nps(score [, weight])`.
    pub(super) fn signature(&self, name: &str) -> String {
        let syntax = self
            .documentation
            .as_ref()
            .map(|it| it.syntax_example.trim());
        // Some have several ways on lines of their own; a function under another name says so.
        let first = syntax
            .and_then(|syntax| syntax.lines().next())
            .unwrap_or("");
        match first.split_once('(') {
            Some((_, arguments)) => format!("{name}({arguments}"),
            None => format!("{name}()"),
        }
    }

    /// Its first sentence.
    pub(super) fn summary(&self) -> String {
        let description = self
            .documentation
            .as_ref()
            .map_or("", |it| it.description.trim());
        let line = description.lines().next().unwrap_or("");
        let end = line.find(". ").map_or(line.len(), |end| end + 1);
        plain(&line[..end])
    }

    /// All that it says of itself, in lines of at most `width`.
    pub(super) fn help(&self, name: &str, width: usize) -> String {
        let Some(documentation) = &self.documentation else {
            return format!("{name} has no documentation");
        };
        let mut lines = vec![documentation.syntax_example.trim().to_owned()];
        lines.extend(documentation.alternative_syntax.iter().flatten().cloned());
        lines.push(String::new());
        for line in documentation.description.trim().lines() {
            lines.extend(fill(plain(line).trim_end(), width, 0));
        }
        if let Some(arguments) = &documentation.arguments {
            lines.push(String::new());
            for (argument, meaning) in arguments {
                let line = format!("  {argument}: {}", plain(&one_line(meaning)));
                lines.extend(fill(&line, width, 2));
            }
        }
        if let Some(example) = &documentation.sql_example {
            lines.push(String::new());
            let code = example
                .trim()
                .lines()
                .filter(|line| !line.starts_with("```"));
            lines.extend(code.map(|line| line.trim_end().to_owned()));
        }
        if let Some(related) = documentation
            .related_udfs
            .as_ref()
            .filter(|it| !it.is_empty())
        {
            lines.push(String::new());
            lines.extend(fill(&format!("See also {}", related.join(", ")), width, 2));
        }
        lines.join("\n")
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Markdown's marks of code and emphasis, left away.
fn plain(markdown: &str) -> String {
    markdown.replace("**", "").replace('`', "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_function_has_a_signature_of_its_name() {
        let context = SessionContext::new();
        let functions = functions(&context);
        for (name, function) in &functions {
            let signature = function.signature(name);
            assert!(signature.starts_with(&format!("{name}(")), "{signature}");
        }
        let sum = &functions["sum"];
        assert_eq!(sum.signature("sum"), "sum(expression)");
        assert_eq!(sum.kind, "aggregate");
        for line in sum
            .help("sum", 40)
            .lines()
            .take_while(|line| !line.contains('>'))
        {
            assert!(line.len() <= 40, "{line}");
        }
    }
}
