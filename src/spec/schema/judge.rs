use super::{Direction, UnreadablePromise, Violation, violation};
use crate::spec::model::SchemaRef;
use jsonschema::{Draft, Registry, Validator};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

/// Name of the document among the resources that schemas may refer to. Never fetched.
const DOCUMENT: &str = "testimony:document";

/// What a JSON pointer needs escaped in a URI's fragment (RFC 3986, section 3.5).
const FRAGMENT: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

type Compiled = Result<Validator, UnreadablePromise>;

/// The validators of one document, compiled as they are needed and shared among threads.
pub(in crate::spec) struct Judge {
    registry: OnceLock<Result<Registry<'static>, String>>,
    validators: RwLock<HashMap<String, Arc<Compiled>>>,
}

impl fmt::Debug for Judge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Judge").finish_non_exhaustive()
    }
}

impl Judge {
    pub fn new() -> Self {
        Self { registry: OnceLock::new(), validators: RwLock::default() }
    }

    /// Every way in which a value breaks a schema, at most [`violation::LIMIT`].
    pub fn violations(
        &self,
        document: &Value,
        schema: &SchemaRef,
        instance: &Value,
        _direction: Direction,
    ) -> Result<Vec<Violation>, UnreadablePromise> {
        let validator = self.validator(document, schema);
        let validator = validator.as_ref().as_ref().map_err(Clone::clone)?;
        if validator.is_valid(instance) {
            return Ok(Vec::new());
        }
        Ok(validator.iter_errors(instance).take(violation::LIMIT).map(violation::of).collect())
    }

    fn validator(&self, document: &Value, schema: &SchemaRef) -> Arc<Compiled> {
        let known = self.validators.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(validator) = known.get(&schema.pointer) {
            return Arc::clone(validator);
        }
        drop(known);
        let compiled = Arc::new(self.compile(document, schema));
        let mut known = self.validators.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(known.entry(schema.pointer.clone()).or_insert(compiled))
    }

    fn compile(&self, document: &Value, schema: &SchemaRef) -> Compiled {
        let unreadable = |what: String| UnreadablePromise { pointer: schema.pointer.clone(), what };
        let registry = self.registry.get_or_init(|| {
            Registry::new()
                .draft(Draft::Draft202012)
                .add(DOCUMENT, document.clone())
                .and_then(|builder| builder.prepare())
                .map_err(|error| error.to_string())
        });
        let registry = registry.as_ref().map_err(|what| unreadable(what.clone()))?;
        let fragment = utf8_percent_encode(&schema.pointer, FRAGMENT);
        jsonschema::options()
            .with_draft(Draft::Draft202012)
            .with_registry(registry)
            .with_base_uri("testimony:promise")
            .should_validate_formats(true)
            .build(&json!({"$ref": format!("{DOCUMENT}#{fragment}")}))
            .map_err(|error| unreadable(error.to_string()))
    }
}
