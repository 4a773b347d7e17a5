//! Everything that the specs promise, laid out so that a run can tick it off.

use super::plain::Plain;
use super::shape::{Named, ShapeId, Shapes};
use crate::spec::{
    CodePattern, Direction, MediaPromise, Operation, Promise, Routed, SchemaRef, Spec,
};
use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

/// The specs of a run with their operations and ledger rows in order.
#[derive(Debug)]
pub struct Catalogue<'a> {
    /// The specs, as given.
    pub specs: &'a [Spec],
    /// Flattened schemas, one set for each spec.
    pub shapes: Vec<Shapes<'a>>,
    /// Every operation, in spec order.
    pub operations: Vec<Listed<'a>>,
    /// Every operation × documented code, in spec order: the rows of the ledger.
    pub rows: Vec<Row<'a>>,
    /// Everything documented that can be seen in an exchange.
    pub items: HashSet<Item>,
    roots: HashMap<(usize, &'a str), ShapeId>,
    /// Shapes whose names are among the items, by spec and direction.
    listed: HashMap<(usize, Direction), HashSet<ShapeId>>,
    /// Documented schemas as texts can be held to them; each is made when it is first asked for.
    plain: HashMap<(usize, &'a str, Direction), Ready>,
    /// Promises of which a part could not be read, by spec and pointer.
    unreadable: HashSet<(usize, &'a str)>,
    index: HashMap<(&'a str, &'a str), usize>,
}

/// A schema in its plain form, which it may not have, and its position among all.
type Ready = (usize, OnceLock<Option<Plain>>);

/// An operation of one of the specs.
#[derive(Debug, Clone, Copy)]
pub struct Listed<'a> {
    /// Position of its spec.
    pub spec_index: usize,
    /// Its spec.
    pub spec: &'a Spec,
    /// The operation.
    pub operation: &'a Operation,
    first_row: usize,
}

/// One row of the ledger.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    /// Position of the operation.
    pub operation: usize,
    /// What is promised for the code.
    pub promise: &'a Promise,
}

/// A documented thing that an exchange can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Item {
    /// An operation, by position.
    Operation(usize),
    /// A parameter of an operation, by positions.
    Parameter(usize, usize),
    /// A media type of an operation's request body, by positions.
    RequestMedia(usize, usize),
    /// A media type of a response, by positions of operation, promise and media type.
    ResponseMedia(usize, usize, usize),
    /// A field or value in a request body or parameter of a spec.
    Request(usize, Named),
    /// A field or value in a response body of a spec.
    Response(usize, Named),
}

impl<'a> Catalogue<'a> {
    /// Lists what these specs promise.
    pub fn of(specs: &'a [Spec]) -> Self {
        let mut catalogue = Self {
            specs,
            shapes: specs.iter().map(|spec| Shapes::new(spec.document())).collect(),
            operations: Vec::new(),
            rows: Vec::new(),
            items: HashSet::new(),
            roots: HashMap::new(),
            listed: HashMap::new(),
            plain: HashMap::new(),
            unreadable: HashSet::new(),
            index: HashMap::new(),
        };
        for (spec_index, spec) in specs.iter().enumerate() {
            for operation in &spec.operations {
                catalogue.list(Listed {
                    spec_index,
                    spec,
                    operation,
                    first_row: catalogue.rows.len(),
                });
            }
        }
        catalogue
    }

    /// The position of an operation that routing found.
    pub fn position(&self, routed: &Routed<'_>) -> Option<usize> {
        self.index.get(&(routed.spec.path.as_str(), routed.operation.pointer.as_str())).copied()
    }

    /// The ledger row of an operation's promise; `None` for `default`, which names no code.
    pub fn row(&self, operation: usize, promise: &Promise) -> Option<usize> {
        let first = self.operations.get(operation)?.first_row;
        self.rows[first..]
            .iter()
            .take_while(|row| row.operation == operation)
            .position(|row| row.promise.code == promise.code)
            .map(|offset| first + offset)
    }

    /// The shape of a documented schema.
    pub fn root(&self, spec_index: usize, pointer: &str) -> Option<ShapeId> {
        self.roots.get(&(spec_index, pointer)).copied()
    }

    /// A documented schema in its plain form, where it has one, and its position among all.
    pub fn plain<'s>(
        &'s self,
        spec_index: usize,
        schema: &'s SchemaRef,
        direction: Direction,
    ) -> Option<(usize, &'s Plain)> {
        let key = (spec_index, schema.pointer.as_str(), direction);
        let (position, plain) = self.plain.get(&key)?;
        let made = plain.get_or_init(|| {
            let root = self.root(spec_index, &schema.pointer)?;
            let (spec, shapes) = (&self.specs[spec_index], &self.shapes[spec_index]);
            Plain::of((spec_index, spec), shapes, (schema, root), direction)
        });
        made.as_ref().map(|plain| (*position, plain))
    }

    /// Whether a part of a promise could not be read, other than its schemas: these are told where
    /// a value meets them.
    pub fn is_unreadable(&self, spec_index: usize, pointer: &str) -> bool {
        self.unreadable.contains(&(spec_index, pointer))
    }

    /// Position of the spec that documents an item.
    pub fn spec_of(&self, item: &Item) -> usize {
        match *item {
            Item::Operation(operation)
            | Item::Parameter(operation, _)
            | Item::RequestMedia(operation, _)
            | Item::ResponseMedia(operation, ..) => self.operations[operation].spec_index,
            Item::Request(spec, _) | Item::Response(spec, _) => spec,
        }
    }

    fn list(&mut self, listed: Listed<'a>) {
        let position = self.operations.len();
        let Listed { spec_index, spec, operation, .. } = listed;
        self.operations.push(listed);
        self.index.insert((&spec.path, &operation.pointer), position);
        self.items.insert(Item::Operation(position));
        for (n, parameter) in operation.parameters.iter().enumerate() {
            // What nobody is meant to send is nothing to be seen.
            if parameter.internal || parameter.reserved {
                continue;
            }
            self.items.insert(Item::Parameter(position, n));
            if let Some(schema) = &parameter.schema {
                self.add_root(spec_index, &schema.pointer, Direction::Request);
            }
        }
        for (n, media) in operation.body.iter().flat_map(|body| &body.media).enumerate() {
            self.items.insert(Item::RequestMedia(position, n));
            self.add_media(spec_index, media, Direction::Request);
        }
        for (p, promise) in operation.promises.iter().enumerate() {
            if lacks_a_part(spec, promise) {
                self.unreadable.insert((spec_index, &promise.pointer));
            }
            if promise.code != CodePattern::Default {
                self.rows.push(Row { operation: position, promise });
            }
            for (n, media) in promise.media.iter().enumerate() {
                self.items.insert(Item::ResponseMedia(position, p, n));
                self.add_media(spec_index, media, Direction::Response);
            }
        }
    }

    fn add_media(&mut self, spec_index: usize, media: &'a MediaPromise, direction: Direction) {
        if let Some(schema) = &media.schema {
            self.add_root(spec_index, &schema.pointer, direction);
        }
    }

    fn add_root(&mut self, spec_index: usize, pointer: &'a str, direction: Direction) {
        let Some(root) = self.shapes[spec_index].shape(pointer) else { return };
        let next = self.plain.len();
        let key = (spec_index, pointer, direction);
        self.plain.entry(key).or_insert_with(|| (next, OnceLock::new()));
        self.roots.insert((spec_index, pointer), root);
        let mut named = HashSet::new();
        let listed = self.listed.entry((spec_index, direction)).or_default();
        self.shapes[spec_index].named(root, direction, listed, &mut named);
        self.items.extend(named.into_iter().map(|named| match direction {
            Direction::Request => Item::Request(spec_index, named),
            Direction::Response => Item::Response(spec_index, named),
        }));
    }
}

/// Whether the reading of a spec passed over a part of a promise that an answer would be held to.
fn lacks_a_part(spec: &Spec, promise: &Promise) -> bool {
    // `/headers/NAME/…` and `/content/TYPE/…`: schemas and examples stand below those.
    let counts = |whole: &str, pointer: &str, at: usize| {
        let rest =
            pointer.strip_prefix(whole).filter(|rest| rest.is_empty() || rest.starts_with('/'));
        rest.is_some_and(|rest| matches!(rest.split('/').nth(at), None | Some("content")))
    };
    spec.problems.iter().any(|problem| {
        counts(&promise.pointer, &problem.pointer, 3)
            || promise.media.iter().any(|media| counts(&media.pointer, &problem.pointer, 1))
            || promise.headers.iter().any(|header| counts(&header.pointer, &problem.pointer, 1))
    })
}
