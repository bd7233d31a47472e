//! The texts of a scenario: its file, and the files that it includes, laid under it.
//!
//! `include = "base.toml"`, or a list of paths, stands at the top of a file. What is included is the base: the including file's
//! keys are laid over it, table by table. A key that is in both has the including file's value; lists, and so the tables of a
//! list such as `[[peers.group]]`, are replaced as wholes. Where a table is one choice of several (`[overlay.gnutella]`,
//! `search.flood`), another choice takes its place. Of a list of files, each is laid over those before it.
//!
//! This room reads no files: whoever calls it is asked for them ([`Includes`]).

use super::diagnostics::{Finding, Findings, Severity, Source};
use super::document::{Kind, Node, Place};
use super::json_schema::INCLUDE as KEY;
use super::shape::Shape;
use std::collections::BTreeMap;
use std::path::Path;

/// Files that may lie below one another, the scenario's own included.
pub const INCLUDE_DEPTH_MAX: usize = 8;
/// Times that a file may be included in all.
pub const INCLUDES_MAX: usize = 64;

/// Gives the files that others include.
pub trait Includes {
    /// The file that one in `directory` includes as `path`. Directories and paths in answers lead from the first file's directory,
    /// with `/` between their parts; that directory itself is empty.
    ///
    /// # Errors
    /// Why there is none.
    fn include(&mut self, directory: &str, path: &str) -> Result<Included, Refusal>;
}

/// A file that another includes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Included {
    /// Its path, the same however it was asked for.
    pub path: String,
    /// What it holds.
    pub text: String,
}

/// Why a file cannot be included.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal {
    /// A lower-case fragment, which names the file.
    pub message: String,
    /// What to do about it.
    pub help: String,
    /// Input or limit.
    pub severity: Severity,
}

/// A scenario's file and all that it includes.
#[derive(Clone, Debug)]
pub struct Texts {
    /// The scenario's own is the first.
    files: Vec<File>,
}

#[derive(Clone, Debug)]
struct File {
    source: Source,
    /// Its path from the first file's directory.
    path: String,
    /// What each path leads to that it includes.
    links: BTreeMap<String, Result<usize, Refusal>>,
}

impl File {
    fn directory(&self) -> &str {
        self.path.rsplit_once('/').map_or("", |(directory, _)| directory)
    }
}

impl Texts {
    /// A text that includes nothing.
    pub fn alone(name: &str, text: &str) -> Self {
        let file = Path::new(name).file_name().unwrap_or_default();
        Self {
            files: vec![File {
                source: Source {
                    name: name.to_owned(),
                    text: text.to_owned(),
                },
                path: file.to_string_lossy().into_owned(),
                links: BTreeMap::new(),
            }],
        }
    }

    /// A text, and what it includes: `name` is the file's for messages. What is wrong with an include is told when the texts are
    /// read.
    pub fn gather(name: &str, text: &str, includes: &mut dyn Includes) -> Self {
        let mut texts = Self::alone(name, text);
        let mut bytes = text.len();
        let mut number = 0;
        while number < texts.files.len() {
            for (path, _) in texts.paths(number) {
                let included = includes.include(texts.files[number].directory(), &path);
                let link = included.and_then(|included| {
                    if let Some(known) = texts.files.iter().position(|file| file.path == included.path) {
                        return Ok(known);
                    }
                    bytes += included.text.len();
                    texts.admit(name, included, bytes)
                });
                texts.files[number].links.insert(path, link);
            }
            number += 1;
        }
        texts
    }

    /// Adds a file, if there are not too many of them or too many bytes.
    fn admit(&mut self, first: &str, included: Included, bytes: usize) -> Result<usize, Refusal> {
        if self.files.len() > INCLUDES_MAX || bytes > super::FILE_BYTES_MAX {
            return Err(Refusal {
                message: format!(
                    "`{KEY}`: too much is included: at most {INCLUDES_MAX} files, and {} bytes with its own",
                    super::FILE_BYTES_MAX
                ),
                help: "data belong into files of their own".to_owned(),
                severity: Severity::Limit,
            });
        }
        let beside = Path::new(first).parent().unwrap_or(Path::new(""));
        self.files.push(File {
            source: Source {
                name: beside.join(&included.path).display().to_string(),
                text: included.text,
            },
            path: included.path,
            links: BTreeMap::new(),
        });
        Ok(self.files.len() - 1)
    }

    /// The paths that a file includes, as far as it can be read.
    fn paths(&self, number: usize) -> Vec<(String, Place)> {
        let mut findings = Findings::default();
        let text = &self.files[number].source.text;
        super::too_much(text, number, &mut findings);
        if !findings.is_empty() {
            return Vec::new();
        }
        let root = super::parse(text, number, &mut findings);
        root.map_or_else(Vec::new, |mut root| take_paths(&mut root, &mut findings))
    }

    /// Number of files.
    pub(super) fn len(&self) -> usize {
        self.files.len()
    }

    /// The files' texts, the scenario's own first.
    pub(super) fn sources(&self) -> impl Iterator<Item = &Source> {
        self.files.iter().map(|file| &file.source)
    }

    /// The document that the files make together: it includes nothing any more. `None` if there is something wrong.
    pub(super) fn document(&self, findings: &mut Findings) -> Option<Node> {
        let mut parsed = Vec::with_capacity(self.files.len());
        for (number, file) in self.files.iter().enumerate() {
            parsed.push(super::parse(&file.source.text, number, findings));
        }
        let roots: Vec<Node> = parsed.into_iter().collect::<Option<_>>()?;
        let mut layers = Layers {
            texts: self,
            roots: &roots,
            includes: 0,
            findings,
        };
        let root = layers.lay(&mut vec![0]);
        findings.is_empty().then_some(root)
    }
}

/// Lays files over one another.
struct Layers<'t, 'f> {
    texts: &'t Texts,
    /// The files' own documents.
    roots: &'t [Node],
    /// How many includes were followed.
    includes: usize,
    findings: &'f mut Findings,
}

impl Layers<'_, '_> {
    /// The document of the last file of a chain of files that include one another.
    fn lay(&mut self, chain: &mut Vec<usize>) -> Node {
        let number = *chain.last().expect("a chain has a file");
        let file = &self.texts.files[number];
        let mut own = self.roots[number].clone();
        let paths = take_paths(&mut own, self.findings);
        rebase(&mut own, file.directory());
        let mut base: Option<Node> = None;
        for (path, place) in paths {
            match self.follow(chain, &path) {
                Err(refusal) => self.findings.push(finding(place, refusal)),
                Ok(included) => {
                    chain.push(included);
                    let layer = self.lay(chain);
                    chain.pop();
                    match &mut base {
                        Some(base) => lay_over(base, layer, Some(Shape::scenario())),
                        None => base = Some(layer),
                    }
                }
            }
        }
        match base {
            Some(mut base) => {
                lay_over(&mut base, own, Some(Shape::scenario()));
                base
            }
            None => own,
        }
    }

    /// The file that the last of a chain includes as `path`.
    fn follow(&mut self, chain: &[usize], path: &str) -> Result<usize, Refusal> {
        let number = *chain.last().expect("a chain has a file");
        let link = self.texts.files[number].links.get(path).cloned();
        let included = link.unwrap_or_else(|| {
            Err(Refusal {
                message: format!("`{KEY}`: {path} is not at hand"),
                help: "a text without a place in a directory includes nothing".to_owned(),
                severity: Severity::Input,
            })
        })?;
        if chain.contains(&included) {
            let circle = chain.iter().chain([&included]);
            let names: Vec<&str> = circle
                .map(|&number| self.texts.files[number].path.as_str())
                .collect();
            return Err(Refusal {
                message: format!("`{KEY}`: leads in a circle: {}", names.join(" -> ")),
                help: "a base includes none of the files that are laid over it".to_owned(),
                severity: Severity::Input,
            });
        }
        self.includes += 1;
        let what = if chain.len() >= INCLUDE_DEPTH_MAX {
            format!("files include one another at most {INCLUDE_DEPTH_MAX} deep")
        } else if self.includes > INCLUDES_MAX {
            format!("at most {INCLUDES_MAX} files are included, each as often as it is")
        } else {
            return Ok(included);
        };
        Err(Refusal {
            message: format!("`{KEY}`: {what}"),
            help: "include fewer files".to_owned(),
            severity: Severity::Limit,
        })
    }
}

fn finding(place: Place, refusal: Refusal) -> Finding {
    Finding {
        key: KEY.to_owned(),
        place,
        message: refusal.message,
        label: String::new(),
        help: vec![refusal.help],
        severity: refusal.severity,
    }
}

/// Takes the key from a document and gives the paths that it names, each with its place.
fn take_paths(root: &mut Node, findings: &mut Findings) -> Vec<(String, Place)> {
    let Kind::Table(entries) = &mut root.kind else {
        return Vec::new();
    };
    let Some((place, node)) = entries.remove(KEY) else {
        return Vec::new();
    };
    let (place, nodes) = match node.kind {
        Kind::List(nodes) if nodes.is_empty() => (node.place, Vec::new()),
        Kind::List(nodes) => (place, nodes),
        _ => (place, vec![node]),
    };
    if nodes.is_empty() {
        findings.push(wrong(place, "an empty list"));
    }
    let mut paths = Vec::with_capacity(nodes.len());
    for node in nodes {
        match node.kind {
            Kind::Text(path) if path.is_empty() => findings.push(wrong(node.place, "an empty string")),
            Kind::Text(path) => paths.push((path, node.place)),
            kind => findings.push(wrong(node.place, kind.article())),
        }
    }
    paths
}

fn wrong(place: Place, found: &str) -> Finding {
    Finding {
        label: format!("is {found}"),
        ..finding(
            place,
            Refusal {
                message: format!("`{KEY}`: a path or a list of paths is wanted, not {found}"),
                help: format!("write {KEY} = \"base.toml\""),
                severity: Severity::Input,
            },
        )
    }
}

/// Takes the key from a document where an override brought it, and says that it is no override's.
pub(super) fn refuse_override(root: &mut Node, findings: &mut Findings) {
    let Kind::Table(entries) = &mut root.kind else {
        return;
    };
    if let Some((place, _)) = entries.remove(KEY) {
        let refusal = Refusal {
            message: format!("`{KEY}`: stands in files only"),
            help: "name the file that includes it, or set the keys that it would bring".to_owned(),
            severity: Severity::Input,
        };
        findings.push(finding(place, refusal));
    }
}

/// Paths of data files are relative to the file that names them; from here on, to the first file.
fn rebase(node: &mut Node, directory: &str) {
    if directory.is_empty() {
        return;
    }
    match &mut node.kind {
        Kind::List(items) => items.iter_mut().for_each(|item| rebase(item, directory)),
        Kind::Table(entries) => {
            for (key, (_, entry)) in entries {
                match &mut entry.kind {
                    Kind::Text(path) if key == PATH && !Path::new(path).is_absolute() => {
                        *path = format!("{directory}/{path}");
                    }
                    _ => rebase(entry, directory),
                }
            }
        }
        _ => {}
    }
}

/// What every key is called that names a data file, and no other.
const PATH: &str = "path";

/// Lays a document or a part of one over another.
fn lay_over(base: &mut Node, over: Node, shape: Option<&Shape>) {
    match (&mut base.kind, over.kind) {
        (Kind::Table(below), Kind::Table(above)) => {
            if let Some(Shape::Choice { tables, .. }) = shape
                && above.keys().any(|key| tables.contains_key(key.as_str()))
            {
                below.retain(|key, _| above.contains_key(key) || !tables.contains_key(key.as_str()));
            }
            for (key, (place, node)) in above {
                match below.get_mut(&key) {
                    Some((key_place, entry)) => {
                        *key_place = place;
                        lay_over(entry, node, shape.and_then(|shape| shape.below(&key)));
                    }
                    None => {
                        below.insert(key, (place, node));
                    }
                }
            }
            base.place = over.place;
        }
        (kind, over_kind) => {
            *kind = over_kind;
            base.place = over.place;
        }
    }
}
