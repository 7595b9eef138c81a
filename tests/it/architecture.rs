//! The rooms of the source and the direction of its imports, as docs/design/architecture.md has
//! them: a room imports from rooms below it, and files import in no circle.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The rooms of `src/` by floor, from the bottom. A room may import from lower floors, from
/// itself, and from the rooms named beside it.
const FLOORS: [&[&str]; 7] = [
    &["sql_type"],
    &["error"],
    &["privacy"],
    &["lake", "output"],
    &["query", "ingest"],
    &["statement", "failure"],
    &["repl", "check", "report"],
];

/// Rooms at the top: nothing imports from them.
const TOP: [&str; 1] = ["cli"];

/// Rooms of one floor that may know each other: a failure shows its place in a statement.
const PAIRS: [(&str, &str); 2] = [("failure", "statement"), ("statement", "failure")];

/// Circles of files that are left within a room.
const CIRCLES_MAX: usize = 3;

#[test]
fn rooms_import_from_rooms_below_them() {
    let mut wrong = Vec::new();
    for (file, imports) in imports("src") {
        let from = room(&file);
        for (to, path) in imports {
            let to = room(&to);
            if from != to && !is_below(&to, &from) && !PAIRS.contains(&(&from, &to)) {
                wrong.push(format!("{}: {path}", file.display()));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "imports upwards or sideways:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn the_lowest_crates_know_nothing_of_the_engine() {
    let exports = fs::read_to_string(root().join("exports/Cargo.toml")).expect("a manifest");
    for name in ["datafusion", "deltalake", "voxql"] {
        let names_it = |line: &str| line.split([' ', '.']).next() == Some(name);
        assert!(!exports.lines().any(names_it), "exports depends on {name}");
    }
}

#[test]
fn files_import_in_no_circle() {
    let mut circles = Vec::new();
    for folder in ["src", "exports/src", "udfs/src"] {
        let arrows: BTreeMap<PathBuf, BTreeSet<PathBuf>> = imports(folder)
            .into_iter()
            .map(|(file, imports)| (file, imports.into_iter().map(|(to, _)| to).collect()))
            .collect();
        circles.extend(circles_of(&arrows));
    }
    let across = circles.iter().filter(|circle| {
        let rooms: BTreeSet<String> = circle.iter().map(|file| room(file)).collect();
        circle.iter().any(|file| file.starts_with("src")) && rooms.len() > 1
    });
    assert_eq!(across.count(), 0, "a circle across rooms: {circles:#?}");
    assert!(
        circles.len() <= CIRCLES_MAX,
        "{} circles: {circles:#?}",
        circles.len()
    );
}

#[test]
fn imports_are_read_as_they_are_written() {
    assert_eq!(
        expand("crate::a::{self, b::{C, D}, e}"),
        [
            "crate::a::self",
            "crate::a::b::C",
            "crate::a::b::D",
            "crate::a::e"
        ]
    );
    let arrows = |pairs: &[(&str, &str)]| {
        let mut arrows: BTreeMap<PathBuf, BTreeSet<PathBuf>> = BTreeMap::new();
        for (from, to) in pairs {
            arrows.entry(from.into()).or_default().insert(to.into());
        }
        arrows
    };
    assert_eq!(
        circles_of(&arrows(&[("a", "b"), ("b", "c"), ("a", "c")])).len(),
        0
    );
    assert_eq!(
        circles_of(&arrows(&[("a", "b"), ("b", "c"), ("c", "a"), ("d", "a")])).len(),
        1
    );
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn is_below(lower: &str, upper: &str) -> bool {
    let floor = |room: &str| {
        let found = FLOORS.iter().position(|rooms| rooms.contains(&room));
        found.or_else(|| TOP.contains(&room).then_some(FLOORS.len()))
    };
    match (floor(lower), floor(upper)) {
        (Some(lower), Some(upper)) => lower < upper,
        _ => panic!("{lower} or {upper} is a room of no floor: give it one"),
    }
}

/// The folder or file directly below `src/` that a file is in.
fn room(file: &Path) -> String {
    let mut parts = file
        .components()
        .map(|part| part.as_os_str().to_string_lossy());
    let parts: Vec<_> = parts
        .by_ref()
        .skip_while(|part| part != "src")
        .skip(1)
        .collect();
    parts[0].trim_end_matches(".rs").to_owned()
}

/// The files of a crate, each with the files that it imports from and the paths that say so. Tests
/// within the files are left out, and so is the crate's root, which names its public items.
fn imports(folder: &str) -> BTreeMap<PathBuf, Vec<(PathBuf, String)>> {
    let mut files = BTreeMap::new();
    collect(&root().join(folder), &mut files);
    let modules: BTreeMap<String, PathBuf> = files
        .keys()
        .map(|file| {
            let file = file.strip_prefix(root()).expect("below the root");
            (module_of(file, folder), file.to_owned())
        })
        .collect();
    let mut imports = BTreeMap::new();
    for (module, file) in &modules {
        if module == "crate" || module == "crate::main" {
            continue;
        }
        let text = &files[&root().join(file)];
        let text = text.split("#[cfg(test)]\nmod tests").next().unwrap_or(text);
        let paths = paths_in(text, module, &modules);
        let to = paths.into_iter().filter_map(|path| {
            let to = file_of(&path, &modules)?;
            (to != *file && module_of(&to, folder) != "crate").then_some((to, path))
        });
        imports.insert(file.clone(), to.collect());
    }
    assert!(imports.len() > 20, "{folder} is read");
    imports
}

fn collect(folder: &Path, files: &mut BTreeMap<PathBuf, String>) {
    for entry in fs::read_dir(folder).expect("a folder of the source") {
        let path = entry.expect("an entry").path();
        let is_test = path
            .file_stem()
            .is_some_and(|stem| stem == "tests" || stem == "fuzzing");
        if path.is_dir() && !is_test {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") && !is_test {
            let text = fs::read_to_string(&path).expect("source text");
            files.insert(path, text);
        }
    }
}

fn module_of(file: &Path, folder: &str) -> String {
    let below = file
        .strip_prefix(folder)
        .expect("below the folder")
        .with_extension("");
    let mut parts: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
    parts.retain(|part| part != "mod" && part != "lib");
    parts.insert(0, "crate".into());
    parts.join("::")
}

/// The file that defines what a path names: the longest part of it that is a module.
fn file_of(path: &str, modules: &BTreeMap<String, PathBuf>) -> Option<PathBuf> {
    let mut path = path;
    loop {
        if let Some(file) = modules.get(path) {
            return Some(file.clone());
        }
        path = path.rsplit_once("::")?.0;
    }
}

/// The absolute paths of the crate that a file names in `use` lines or in its code.
fn paths_in(text: &str, module: &str, modules: &BTreeMap<String, PathBuf>) -> Vec<String> {
    let code: String = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| [line, "\n"])
        .collect();
    let mut paths = Vec::new();
    for statement in code.split(';') {
        let start = statement.rfind("use ").filter(|&start| {
            let before = statement[..start].trim_end();
            before.is_empty() || before.ends_with(['}', ')', ']', ';']) || before.ends_with("pub")
        });
        if let Some(start) = start {
            paths.extend(expand(statement[start + "use ".len()..].trim()));
        }
    }
    for start in ["crate::", "super::"] {
        for (at, _) in code.match_indices(start) {
            let is_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
            let path = code[at..].split(|c| !is_path(c)).next().unwrap_or_default();
            // `$crate::`, and `pub(in crate::room)`, which is no import.
            if !code[..at].ends_with([':', '$', '_']) && !code[..at].ends_with("(in ") {
                paths.push(path.to_owned());
            }
        }
    }
    let absolute = |path: String| {
        let mut parts: Vec<&str> = path.split("::").collect();
        let mut base: Vec<&str> = module.split("::").collect();
        match parts[0] {
            "crate" => return Some(path),
            "self" => drop(parts.remove(0)),
            "super" => {
                while parts.first() == Some(&"super") {
                    base.pop();
                    parts.remove(0);
                }
            }
            child if modules.contains_key(&format!("{module}::{child}")) => {}
            _ => return None,
        }
        base.extend(parts);
        Some(base.join("::"))
    };
    // What ends in `::` goes on in braces, and is a `use` that was expanded.
    let whole = paths.into_iter().filter(|path| !path.ends_with(':'));
    whole.filter_map(absolute).collect()
}

/// The single paths of the tree of a `use`.
fn expand(tree: &str) -> Vec<String> {
    let Some((before, inner)) = tree.split_once('{') else {
        let path = tree.split(" as ").next().unwrap_or_default();
        return vec![path.trim().to_owned()];
    };
    let inner = inner.rsplit_once('}').map_or(inner, |(inner, _)| inner);
    let mut depth = 0;
    let parts = inner.split(|c| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        c == ',' && depth == 0
    });
    parts
        .filter(|part| !part.trim().is_empty())
        .flat_map(|part| expand(part.trim()))
        .map(|path| format!("{before}{path}"))
        .collect()
}

/// Groups of files that reach each other.
fn circles_of(arrows: &BTreeMap<PathBuf, BTreeSet<PathBuf>>) -> Vec<BTreeSet<PathBuf>> {
    let reached: BTreeMap<&PathBuf, BTreeSet<&PathBuf>> = arrows
        .keys()
        .map(|file| {
            let mut reached = BTreeSet::new();
            let mut open = vec![file];
            while let Some(next) = open.pop() {
                let new = arrows.get(next).into_iter().flatten();
                open.extend(new.filter(|to| reached.insert(*to)));
            }
            (file, reached)
        })
        .collect();
    let mut circles = BTreeSet::new();
    for (file, to) in &reached {
        let circle = to
            .iter()
            .filter(|to| reached.get(*to).is_some_and(|back| back.contains(file)));
        let circle: BTreeSet<PathBuf> = circle.map(|file| (*file).clone()).collect();
        if circle.len() > 1 {
            circles.insert(circle);
        }
    }
    circles.into_iter().collect()
}
