//! The functions of the session and their documentation.

use std::collections::BTreeMap;

use datafusion::logical_expr::{DocSection, Documentation};
use datafusion::prelude::SessionContext;

use crate::output::fill;
use crate::query::answers;

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
        let reveal = || (name == "reveal").then(reveal_documentation);
        let documentation = documentation.cloned().or_else(reveal);
        let function = Function {
            kind,
            documentation,
        };
        functions.insert(name.to_owned(), function);
    };
    for name in state.table_functions().keys() {
        add(name, "table", answers::documentation(name).as_ref());
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

/// The documentation of `reveal`. DataFusion's asynchronous functions do not carry their own.
fn reveal_documentation() -> Documentation {
    let description = "Decrypts a sealed field of a respondent, such as 'email'; NULL if there is \
                       none. It needs the lake's key, and each use is in the audit log.";
    let syntax = "reveal(respondent, field)";
    Documentation::builder(DocSection::default(), description, syntax)
        .with_sql_example(
            "SELECT comment, reveal(respondent, 'email') FROM responses WHERE score <= 2",
        )
        .with_argument("respondent", "the pseudonym, from the column respondent")
        .with_argument(
            "field",
            "a name in the column fields of the table identities",
        )
        .build()
}

impl Function {
    /// The signature, such as `nps(score [, weight])`.
    pub(super) fn signature(&self, name: &str) -> String {
        let documentation = self.documentation.as_ref();
        let syntax = documentation.map_or("", |it| it.syntax_example.trim());
        // Some functions have several syntaxes, one per line; an alias shows its own name.
        let first = syntax.lines().next().unwrap_or("");
        match first.split_once('(') {
            Some((_, arguments)) => format!("{name}({arguments}"),
            None => format!("{name}()"),
        }
    }

    /// The first sentence of the documentation.
    pub(super) fn summary(&self) -> String {
        let documentation = self.documentation.as_ref();
        let description = documentation.map_or("", |it| it.description.trim());
        let line = description.lines().next().unwrap_or("");
        let end = line.find(". ").map_or(line.len(), |end| end + 1);
        without_markdown(&line[..end])
    }

    /// The whole documentation, in lines of at most `width`.
    pub(super) fn help(&self, name: &str, width: usize) -> String {
        let Some(documentation) = &self.documentation else {
            return format!("{name} has no documentation");
        };
        let mut lines = vec![documentation.syntax_example.trim().to_owned()];
        lines.extend(documentation.alternative_syntax.iter().flatten().cloned());
        lines.push(String::new());
        for line in documentation.description.trim().lines() {
            lines.extend(fill(without_markdown(line).trim_end(), width, 0));
        }
        if let Some(arguments) = &documentation.arguments {
            lines.push(String::new());
            for (argument, meaning) in arguments {
                let meaning = meaning.split_whitespace().collect::<Vec<_>>().join(" ");
                let line = format!("  {argument}: {}", without_markdown(&meaning));
                lines.extend(fill(&line, width, 2));
            }
        }
        if let Some(example) = &documentation.sql_example {
            lines.push(String::new());
            let code = example.trim().lines();
            let code = code.filter(|line| !line.starts_with("```"));
            lines.extend(code.map(|line| line.trim_end().to_owned()));
        }
        let related = documentation.related_udfs.as_ref();
        if let Some(related) = related.filter(|related| !related.is_empty()) {
            lines.push(String::new());
            lines.extend(fill(&format!("See also {}", related.join(", ")), width, 2));
        }
        lines.join("\n")
    }
}

/// The text without Markdown's code and bold.
fn without_markdown(text: &str) -> String {
    text.replace("**", "").replace('`', "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_function_has_a_signature_with_its_name() {
        let context = SessionContext::new();
        let functions = functions(&context);
        for (name, function) in &functions {
            let signature = function.signature(name);
            assert!(signature.starts_with(&format!("{name}(")), "{signature}");
        }
        let sum = &functions["sum"];
        assert_eq!(sum.signature("sum"), "sum(expression)");
        assert_eq!(sum.kind, "aggregate");
        let help = sum.help("sum", 40);
        for line in help.lines().take_while(|line| !line.contains('>')) {
            assert!(line.len() <= 40, "{line}");
        }
    }
}
