//! From a normalised 3.1 document to operations and promises. What cannot be read is noted as a
//! [`Problem`] and left out; the rest stands.

mod body;
mod operation;
mod parameter;
mod response;
mod security;
mod server;
mod source;

use super::model::{Envelope, Operation, PageSource, Problem, SchemaRef, SecurityScheme};
use super::place::Node;
use serde_json::Value;
use std::collections::{BTreeMap, HashSet};

pub(super) use source::source_of;

/// What a document says, as far as it could be read.
#[derive(Debug, Default)]
pub(super) struct Reading {
    pub title: Option<String>,
    pub family: Option<String>,
    pub operations: Vec<Operation>,
    pub gateway_codes: Vec<u16>,
    pub envelopes: Vec<Envelope>,
    pub security_schemes: BTreeMap<String, SecurityScheme>,
    pub problems: Vec<Problem>,
}

/// Reads a normalised document.
pub(super) fn read(document: &Value) -> Reading {
    let root = Node::root(document);
    let mut problems = Problems::default();
    let info = root.member("info");
    let codes = root.member("x-gateway-codes");
    let security_schemes = security::schemes(&root, &mut problems);
    Reading {
        title: info.and_then(|info| info.text("title").map(str::to_owned)),
        family: root.text("x-family").map(str::to_owned),
        operations: operation::operations(&root, &mut problems),
        gateway_codes: codes
            .iter()
            .flat_map(Node::items)
            .filter_map(|code| u16::try_from(code.value.as_u64()?).ok())
            .collect(),
        envelopes: envelopes(&root),
        security_schemes,
        problems: problems.list,
    }
}

fn envelopes(root: &Node) -> Vec<Envelope> {
    let list = root.member("x-envelopes");
    list.iter()
        .flat_map(Node::items)
        .filter_map(|envelope| {
            let schema = envelope.member("schema")?;
            Some(Envelope {
                name: envelope.text("name")?.to_owned(),
                schema: SchemaRef { pointer: schema.pointer },
            })
        })
        .collect()
}

/// What could not be read, collected on the way; each once, at most [`PROBLEMS`].
#[derive(Debug, Default)]
struct Problems {
    list: Vec<Problem>,
    known: HashSet<Problem>,
}

/// Most problems that are told of one document.
const PROBLEMS: usize = 1000;

impl Problems {
    fn note(&mut self, pointer: impl Into<String>, what: impl Into<String>) {
        let problem = Problem { pointer: pointer.into(), what: what.into() };
        if self.list.len() < PROBLEMS && self.known.insert(problem.clone()) {
            self.list.push(problem);
        }
    }

    /// What a node refers to; `None`, and a note, where the reference is bad.
    fn resolved<'a>(&mut self, node: Node<'a>) -> Option<Node<'a>> {
        let pointer = node.pointer.clone();
        match node.resolved() {
            Ok(node) if node.value.is_object() => Some(node),
            Ok(node) => {
                self.note(node.pointer, "an object is expected here");
                None
            }
            Err(what) => {
                self.note(pointer, what);
                None
            }
        }
    }
}

/// Sources of a part that is used in one place and may be described in another: what stands at the
/// place of use, else at the description, else nearest above the use.
fn sources(used: &Node, described: &Node) -> Vec<PageSource> {
    source::own(used.value)
        .or_else(|| source::own(described.value))
        .unwrap_or_else(|| source_of(used.document, &used.pointer))
}
