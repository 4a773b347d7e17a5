//! Compiled schemas of one prepared document. Each is compiled for itself: where a schema leads to
//! another for a *part* of the value, it asks this court for that one when a value has the part.
//! Compiling everything that a promise leads to, for each promise anew, is what makes documents with
//! a thousand schemas slow.

use super::cut::Cuts;
use super::prepare::{Numbers, Rules, prepared};
use super::{Direction, UnreadablePromise, keyword, violation};
use crate::spec::place::fragment;
use jsonschema::{Draft, Registry, Validator};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, Weak};

/// Name of the document among the resources that schemas may refer to. Never fetched.
const DOCUMENT: &str = "testimony:document";

/// A schema, compiled, or what is wrong with it.
pub(super) type Unit = Result<Validator, UnreadablePromise>;

/// A document as validators read it, with the schemas compiled so far.
pub(super) struct Court {
    me: Weak<Self>,
    document: Arc<Value>,
    cuts: Cuts,
    registry: Result<Registry<'static>, String>,
    units: RwLock<HashMap<String, Arc<Unit>>>,
}

impl Court {
    pub fn new(
        document: &Value,
        direction: Direction,
        rules: Rules,
        numbers: Numbers,
    ) -> Arc<Self> {
        let (document, cuts) = prepared(document, direction, rules, numbers);
        let document = Arc::new(document);
        let registry = Registry::new()
            .draft(Draft::Draft202012)
            .add(DOCUMENT, Arc::clone(&document))
            .and_then(jsonschema::RegistryBuilder::prepare)
            .map_err(|error| error.to_string());
        Arc::new_cyclic(|me| Self {
            me: Weak::clone(me),
            document,
            cuts,
            registry,
            units: RwLock::default(),
        })
    }

    /// Whether a schema stands at a place, in this form of the document.
    pub fn has(&self, pointer: &str) -> bool {
        self.document.pointer(&self.cuts.place(pointer)).is_some()
    }

    /// The schema at a place, compiled on first use.
    pub fn unit(&self, pointer: &str) -> Arc<Unit> {
        let known = self.units.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(unit) = known.get(pointer) {
            return Arc::clone(unit);
        }
        drop(known);
        let unit = Arc::new(self.compile(pointer));
        let mut known = self.units.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(known.entry(pointer.to_owned()).or_insert(unit))
    }

    fn compile(&self, pointer: &str) -> Unit {
        let unreadable = |what: String| UnreadablePromise { pointer: pointer.to_owned(), what };
        let place = self.cuts.place(pointer);
        self.well_formed(pointer, &place)?;
        let registry = self.registry.as_ref().map_err(|what| unreadable(what.clone()))?;
        let options =
            keyword::for_texts().with_registry(registry).with_base_uri("testimony:promise");
        keyword::with_ours(options, &self.me)
            .build(&json!({"$ref": format!("{DOCUMENT}{}", fragment(&place))}))
            .map_err(|error| unreadable(violation::cut(&error.to_string())))
    }

    /// Judges a schema by the schema of schemas: the compiler passes over some mistakes in silence
    /// (`items: []`), and a promise that is not judged must not look kept.
    fn well_formed(&self, pointer: &str, place: &str) -> Result<(), UnreadablePromise> {
        let schema = self.document.pointer(place).unwrap_or(&Value::Null);
        jsonschema::draft202012::meta::validate(schema).map_err(|error| UnreadablePromise {
            pointer: format!("{pointer}{}", Cuts::without_marks(error.instance_path().as_str())),
            what: format!("no schema: {}", violation::cut(&error.to_string())),
        })
    }
}
