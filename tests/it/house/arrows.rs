//! Which source file knows which: every path of every file followed to the file in which its item is written.
//!
//! Names that a module only passes on (`pub use`) lead to where they come from, so that a folder's front door knows
//! nobody by itself. What stands in tests does not count.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};

/// A module: `lib::sim::queue`.
type Name = String;

/// What one file holds.
#[derive(Default)]
struct Module {
    children: BTreeSet<String>,
    /// What is written here.
    items: BTreeSet<String>,
    /// What is brought into scope: its name here, and the path that it has.
    imports: BTreeMap<String, Vec<String>>,
    globs: Vec<Vec<String>>,
    /// Paths that the code follows.
    mentions: BTreeSet<Vec<String>>,
}

/// All modules below the roots of a package.
#[derive(Default)]
pub(crate) struct Arrows {
    modules: BTreeMap<Name, Module>,
}

impl Arrows {
    /// Reads `lib.rs` and `main.rs` below a folder, whichever there are.
    pub(crate) fn read(src: &Path) -> Self {
        let mut arrows = Self::default();
        for root in ["lib", "main"] {
            let file = src.join(format!("{root}.rs"));
            if file.exists() {
                arrows.load(root.to_owned(), &file, src);
            }
        }
        arrows
    }

    fn load(&mut self, name: Name, file: &Path, folder: &Path) {
        let text = fs::read_to_string(file).unwrap();
        let tree = syn::parse_file(&text).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        let mut reader = Reader::default();
        reader.visit_file(&tree);
        for child in &reader.module.children {
            let (flat, deep) = (folder.join(format!("{child}.rs")), folder.join(child).join("mod.rs"));
            let file = if flat.exists() { flat } else { deep };
            self.load(format!("{name}::{child}"), &file, &folder.join(child));
        }
        self.modules.insert(name, reader.module);
    }

    /// The module in which the item of a path is written, seen from `from`; `None` outside the package.
    fn home(&self, from: &str, path: &[String], steps: u32) -> Option<Name> {
        let (first, rest) = path.split_first()?;
        let root = from.split("::").next().unwrap();
        match first.as_str() {
            "crate" => self.below(root.to_owned(), rest, steps),
            "self" => self.below(from.to_owned(), rest, steps),
            "super" => self.below(from.rsplit_once("::")?.0.to_owned(), rest, steps),
            "signsim" => self.below("lib".to_owned(), rest, steps),
            _ => self.below(from.to_owned(), path, steps),
        }
    }

    /// The same inside the module `at`.
    fn below(&self, at: Name, path: &[String], steps: u32) -> Option<Name> {
        let (Some((first, rest)), true) = (path.split_first(), steps < 20) else { return None };
        let module = &self.modules[&at];
        if first == "super" {
            return self.below(at.rsplit_once("::")?.0.to_owned(), rest, steps + 1);
        }
        if module.children.contains(first) {
            return self.below(format!("{at}::{first}"), rest, steps + 1);
        }
        if let Some(from) = module.imports.get(first) {
            // `use time::Round` in a file that is itself called `time` names another crate's, or nothing of ours.
            let whole = from.iter().chain(rest).cloned().collect::<Vec<_>>();
            return if from.first() == Some(first) { None } else { self.home(&at, &whole, steps + 1) };
        }
        if module.items.contains(first) {
            return Some(at);
        }
        module.globs.iter().find_map(|glob| {
            let whole = glob.iter().chain(path).cloned().collect::<Vec<_>>();
            self.home(&at, &whole, steps + 1)
        })
    }

    /// From every module to those that it knows.
    pub(crate) fn known(&self) -> BTreeMap<&str, BTreeSet<Name>> {
        let of = |(name, module): (&String, &Module)| {
            let homes = module.mentions.iter().filter_map(|path| self.home(name, path, 0));
            homes.filter(|home| home != name).collect::<BTreeSet<_>>()
        };
        self.modules.iter().map(|entry| (entry.0.as_str(), of(entry))).collect()
    }

    /// Modules that know each other, each in a row that ends where it began.
    pub(crate) fn circles(&self) -> Vec<Vec<Name>> {
        let known = self.known();
        // Whoever is known by nobody that is left, or knows nobody that is left, is in no circle.
        let mut left: BTreeSet<&str> = known.keys().copied().collect();
        loop {
            let knows = |m: &&str| known[*m].iter().any(|other| left.contains(other.as_str()));
            let is_known = |m: &&str| left.iter().any(|other| known[other].contains(*m));
            let next: BTreeSet<&str> = left.iter().copied().filter(|m| knows(m) && is_known(m)).collect();
            if next.len() == left.len() {
                break;
            }
            left = next;
        }
        let mut found: Vec<Vec<Name>> = Vec::new();
        while let Some(start) = left.first().copied() {
            let mut way = vec![start.to_owned()];
            let circle = loop {
                let next = known[way.last().unwrap().as_str()].iter().find(|m| left.contains(m.as_str()));
                let Some(next) = next else { break Vec::new() };
                if let Some(at) = way.iter().position(|m| m == next) {
                    way.push(next.clone());
                    break way.split_off(at);
                }
                way.push(next.clone());
            };
            left.remove(start);
            left.retain(|m| !circle.iter().any(|one| one == m));
            found.extend(Some(circle).filter(|circle| !circle.is_empty()));
        }
        found
    }
}

/// Takes a file apart.
#[derive(Default)]
struct Reader {
    module: Module,
}

fn is_test(attributes: &[syn::Attribute]) -> bool {
    let is = |attribute: &syn::Attribute| {
        let text = match &attribute.meta {
            syn::Meta::List(list) => list.tokens.to_string(),
            _ => String::new(),
        };
        attribute.path().is_ident("test") || attribute.path().is_ident("cfg") && text == "test"
    };
    attributes.iter().any(is)
}

fn name_of(item: &syn::Item) -> Option<String> {
    Some(match item {
        syn::Item::Const(item) => item.ident.to_string(),
        syn::Item::Enum(item) => item.ident.to_string(),
        syn::Item::Fn(item) => item.sig.ident.to_string(),
        syn::Item::Static(item) => item.ident.to_string(),
        syn::Item::Struct(item) => item.ident.to_string(),
        syn::Item::Trait(item) => item.ident.to_string(),
        syn::Item::Type(item) => item.ident.to_string(),
        syn::Item::Macro(item) => item.ident.as_ref()?.to_string(),
        _ => return None,
    })
}

impl Reader {
    fn import(&mut self, tree: &syn::UseTree, before: &[String], passes_on: bool) {
        let with = |last: String| before.iter().cloned().chain([last]).collect::<Vec<_>>();
        match tree {
            syn::UseTree::Path(path) => self.import(&path.tree, &with(path.ident.to_string()), passes_on),
            syn::UseTree::Group(group) => {
                group.items.iter().for_each(|tree| self.import(tree, before, passes_on));
            }
            syn::UseTree::Glob(_) => self.module.globs.push(before.to_vec()),
            syn::UseTree::Name(name) if name.ident == "self" => {
                self.bring(before.last().unwrap().clone(), before.to_vec(), passes_on);
            }
            syn::UseTree::Name(name) => {
                self.bring(name.ident.to_string(), with(name.ident.to_string()), passes_on);
            }
            syn::UseTree::Rename(name) => {
                self.bring(name.rename.to_string(), with(name.ident.to_string()), passes_on);
            }
        }
    }

    fn bring(&mut self, name: String, path: Vec<String>, passes_on: bool) {
        if !passes_on {
            self.module.mentions.insert(path.clone());
        }
        self.module.imports.insert(name, path);
    }

    /// Paths in what a macro is given, which is no tree.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => {
                    if colons != 2 {
                        self.mention(std::mem::take(&mut path));
                    }
                    path.push(ident.to_string());
                    colons = 0;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                other => {
                    self.mention(std::mem::take(&mut path));
                    colons = 0;
                    if let TokenTree::Group(group) = other {
                        self.tokens(group.stream());
                    }
                }
            }
        }
        self.mention(path);
    }

    fn mention(&mut self, path: Vec<String>) {
        if path.len() > 1 {
            self.module.mentions.insert(path);
        }
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        let attributes: &[syn::Attribute] = match item {
            syn::Item::Mod(item) => &item.attrs,
            syn::Item::Fn(item) => &item.attrs,
            syn::Item::Use(item) => &item.attrs,
            syn::Item::Impl(item) => &item.attrs,
            syn::Item::Const(item) => &item.attrs,
            syn::Item::Struct(item) => &item.attrs,
            _ => &[],
        };
        if is_test(attributes) {
            return;
        }
        self.module.items.extend(name_of(item));
        match item {
            syn::Item::Mod(item) if item.content.is_none() => {
                let elsewhere = item.attrs.iter().any(|a| a.path().is_ident("path"));
                if !elsewhere {
                    self.module.children.insert(item.ident.to_string());
                }
            }
            syn::Item::Use(item) => {
                let passes_on = !matches!(item.vis, syn::Visibility::Inherited);
                self.import(&item.tree, &[], passes_on);
            }
            _ => visit::visit_item(self, item),
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.mention(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, invocation: &'ast syn::Macro) {
        self.tokens(invocation.tokens.clone());
    }
}
