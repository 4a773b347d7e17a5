//! YAML as [`Node`]s, from the parser's events. Tags are names here and nothing more: no type is
//! looked up and nothing is made. `!!binary` alone is decoded.

use super::message::ImportError;
use super::node::{DEPTH_LIMIT, NODE_LIMIT, Node, Scalar};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use granit_parser::{Event, Parser, ScalarStyle, Tag};
use std::borrow::Cow;
use std::collections::HashMap;

/// Most nodes that aliases may stand for in one file: a guard against billions of laughs.
const ALIASED_LIMIT: usize = 2_000_000;

/// Reads every document of a YAML stream.
pub(super) fn parse(bytes: &[u8]) -> Result<Vec<Node>, ImportError> {
    let text = std::str::from_utf8(bytes).map_err(|error| ImportError::Syntax {
        line: 1 + bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count(),
        cause: "not UTF-8".to_owned(),
    })?;
    let options = granit_parser::options! {
        emit_comments: false,
        flow_nesting_limit: DEPTH_LIMIT,
        block_nesting_limit: DEPTH_LIMIT,
    };
    let mut builder = Builder::default();
    for next in Parser::new_from_str_with_options(text, options) {
        let (event, span) = next.map_err(|error| ImportError::Syntax {
            line: error.marker().line(),
            cause: error.info(),
        })?;
        builder.take(event).map_err(|cause| ImportError::Syntax {
            line: span.start.line(),
            cause: cause.to_owned(),
        })?;
    }
    Ok(builder.documents)
}

/// A collection that is open.
enum Open {
    List(Vec<Node>),
    Map(Vec<(String, Node)>, Option<String>),
}

/// What an anchor stands for.
struct Anchored {
    node: Node,
    size: usize,
    depth: usize,
}

#[derive(Default)]
struct Builder {
    documents: Vec<Node>,
    open: Vec<(Open, usize)>,
    /// What anchors stand for.
    anchors: HashMap<usize, Anchored>,
    nodes: usize,
    aliased: usize,
}

impl Builder {
    fn take(&mut self, event: Event<'_>) -> Result<(), &'static str> {
        match event {
            Event::DocumentStart(..) => self.anchors.clear(),
            Event::Scalar(text, style, anchor, tag) => {
                let node = scalar(text, style, tag.as_deref())?;
                self.put(node, anchor)?;
            }
            Event::SequenceStart(_, anchor, _) => self.enter(Open::List(Vec::new()), anchor)?,
            Event::MappingStart(_, anchor, _) => self.enter(Open::Map(Vec::new(), None), anchor)?,
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some((Open::List(elements), anchor)) => self.put(Node::List(elements), anchor)?,
                Some((Open::Map(members, _), anchor)) => self.put(Node::Map(members), anchor)?,
                None => {}
            },
            Event::Alias(anchor) => {
                let found = self.anchors.get(&anchor).ok_or("an alias of itself")?;
                self.aliased += found.size;
                if self.aliased > ALIASED_LIMIT {
                    return Err("its aliases stand for too much");
                }
                if self.open.len() + found.depth > DEPTH_LIMIT {
                    return Err("nested too deeply");
                }
                let node = found.node.clone();
                self.put(node, 0)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn enter(&mut self, open: Open, anchor: usize) -> Result<(), &'static str> {
        if self.open.len() >= DEPTH_LIMIT {
            return Err("nested too deeply");
        }
        self.open.push((open, anchor));
        Ok(())
    }

    fn put(&mut self, node: Node, anchor: usize) -> Result<(), &'static str> {
        self.nodes += 1;
        if self.nodes > NODE_LIMIT {
            return Err("more values than are read of one file");
        }
        if anchor > 0 {
            let size = size(&node);
            self.aliased += size;
            if self.aliased > ALIASED_LIMIT {
                return Err("its anchors stand for too much");
            }
            let depth = depth(&node);
            self.anchors.insert(anchor, Anchored { node: node.clone(), size, depth });
        }
        match self.open.last_mut() {
            None => self.documents.push(node),
            Some((Open::List(elements), _)) => elements.push(node),
            Some((Open::Map(members, name), _)) => match name.take() {
                None => *name = Some(key(node)?),
                Some(name) => members.push((name, node)),
            },
        }
        Ok(())
    }
}

/// A name in a map. Ruby writes symbols and tagged strings as names, too.
fn key(node: Node) -> Result<String, &'static str> {
    match node {
        Node::Text(scalar) => Ok(scalar.text),
        Node::Null => Ok(String::new()),
        Node::Bytes(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Node::List(_) | Node::Map(_) => Err("a name that is a list or a map"),
    }
}

/// How deep a node is nested: 0 for a scalar.
fn depth(node: &Node) -> usize {
    match node {
        Node::Null | Node::Text(_) | Node::Bytes(_) => 0,
        Node::List(elements) => 1 + elements.iter().map(depth).max().unwrap_or(0),
        Node::Map(members) => 1 + members.iter().map(|(_, value)| depth(value)).max().unwrap_or(0),
    }
}

/// How much a node holds: its nodes, and a node for each 64 bytes of text.
fn size(node: &Node) -> usize {
    match node {
        Node::Null => 1,
        Node::Text(scalar) => 1 + scalar.text.len() / 64,
        Node::Bytes(bytes) => 1 + bytes.len() / 64,
        Node::List(elements) => 1 + elements.iter().map(size).sum::<usize>(),
        Node::Map(members) => {
            1 + members.iter().map(|(name, value)| name.len() / 64 + size(value)).sum::<usize>()
        }
    }
}

fn scalar(text: Cow<'_, str>, style: ScalarStyle, tag: Option<&Tag>) -> Result<Node, &'static str> {
    let named = tag.map(ToString::to_string).unwrap_or_default();
    if named.ends_with(":binary") || named == "!binary" {
        let packed: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
        return BASE64_STANDARD.decode(packed).map(Node::Bytes).map_err(|_| "not base64");
    }
    let plain = style == ScalarStyle::Plain && (named.is_empty() || !named.ends_with("str"));
    let is_null = plain && matches!(&*text, "" | "~" | "null" | "Null" | "NULL");
    Ok(if is_null { Node::Null } else { Node::Text(Scalar { text: text.into_owned(), plain }) })
}
