use super::cost::{Course, Demand, cost};
use super::prepare::{Features, Rules, fragment, prepared};
use super::survey::Survey;
use super::violation::{self, Told};
use super::{Direction, UnreadablePromise, Violation, keyword};
use crate::spec::model::SchemaRef;
use jsonschema::{Draft, Registry, Validator};
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

/// Name of the document among the resources that schemas may refer to. Never fetched.
const DOCUMENT: &str = "testimony:document";

/// The validators of one document, compiled as they are needed and shared among threads.
pub(in crate::spec) struct Judge {
    features: Features,
    request: Lane,
    response: Lane,
}

/// Validators for values that travel one way.
#[derive(Default)]
struct Lane {
    loosened: OnceLock<Prepared>,
    written: OnceLock<Prepared>,
    compiled: RwLock<HashMap<String, Arc<Compiled>>>,
}

type Compiled = Result<Validators, UnreadablePromise>;

/// The validators of one schema.
struct Validators {
    loosened: Validator,
    /// The rules as written, where the page contradicts them.
    written: Option<Validator>,
    demand: Demand,
}

/// The document as validators read it, and the schemas of it that were found well formed.
struct Prepared {
    document: Arc<Value>,
    registry: Result<Registry<'static>, String>,
    well_formed: RwLock<HashSet<String>>,
}

impl fmt::Debug for Judge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Judge").finish_non_exhaustive()
    }
}

impl Judge {
    pub fn new(document: &Value) -> Self {
        let features = Features::of(document);
        Self { features, request: Lane::default(), response: Lane::default() }
    }

    /// Every way in which a value breaks a schema, at most [`violation::LIMIT`].
    pub fn violations(
        &self,
        document: &Value,
        schema: &SchemaRef,
        instance: &Value,
        direction: Direction,
    ) -> Result<Vec<Violation>, UnreadablePromise> {
        // Where nothing tells the directions apart, one lane does for both.
        let direction = if self.features.directions { direction } else { Direction::Response };
        let lane = match direction {
            Direction::Request => &self.request,
            Direction::Response => &self.response,
        };
        let validators = lane.validators(document, schema, direction);
        let validators = validators.as_ref().as_ref().map_err(Clone::clone)?;
        let unreadable =
            |what: &str| UnreadablePromise { pointer: schema.pointer.clone(), what: what.into() };
        match validators.demand.course(instance) {
            Course::Plain => Ok(validators.violations(document, instance)),
            Course::Deep(stack) => on_stack(stack, || validators.violations(document, instance))
                .ok_or_else(|| unreadable("no stack to judge so deep a value on")),
            Course::Doubtful(stack, limit) => on_stack(stack, || {
                let affordable = cost(document, &schema.pointer, instance) <= limit;
                affordable.then(|| validators.violations(document, instance))
            })
            .flatten()
            .ok_or_else(|| unreadable("its alternatives make this value too costly to judge")),
            Course::Refused => Err(unreadable("the value is nested too deep to be judged")),
        }
    }
}

/// Runs some work on a stack of its own. `None` when there is none to be had, or the work panicked.
fn on_stack<T: Send>(bytes: usize, work: impl FnOnce() -> T + Send) -> Option<T> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(bytes).spawn_scoped(scope, work);
        thread.ok()?.join().ok()
    })
}

impl Validators {
    fn violations(&self, document: &Value, instance: &Value) -> Vec<Violation> {
        let mut told = Told::new(document);
        if !self.loosened.is_valid(instance) {
            self.loosened.iter_errors(instance).for_each(|error| told.error(&error));
        }
        if let Some(written) = &self.written
            && !written.is_valid(instance)
        {
            written.iter_errors(instance).for_each(|error| told.advice(&error));
        }
        told.violations
    }
}

impl Lane {
    fn validators(
        &self,
        document: &Value,
        schema: &SchemaRef,
        direction: Direction,
    ) -> Arc<Compiled> {
        let known = self.compiled.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(compiled) = known.get(&schema.pointer) {
            return Arc::clone(compiled);
        }
        drop(known);
        let compiled = Arc::new(self.compile(document, &schema.pointer, direction));
        let mut known = self.compiled.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(known.entry(schema.pointer.clone()).or_insert(compiled))
    }

    fn compile(&self, document: &Value, pointer: &str, direction: Direction) -> Compiled {
        let mut survey = Survey::new(document);
        survey.walk(pointer);
        if let Some(problem) = survey.problems.into_iter().next() {
            return Err(UnreadablePromise { pointer: problem.pointer, what: problem.what });
        }
        let validator = |slot: &OnceLock<Prepared>, rules| {
            slot.get_or_init(|| Prepared::new(document, direction, rules))
                .validator(pointer, &survey.entries)
        };
        Ok(Validators {
            loosened: validator(&self.loosened, Rules::Loosened)?,
            written: if survey.contradicted {
                Some(validator(&self.written, Rules::Written)?)
            } else {
                None
            },
            demand: survey.demand,
        })
    }
}

impl Prepared {
    fn new(document: &Value, direction: Direction, rules: Rules) -> Self {
        let document = Arc::new(prepared(document, direction, rules));
        let registry = Registry::new()
            .draft(Draft::Draft202012)
            .add(DOCUMENT, Arc::clone(&document))
            .and_then(jsonschema::RegistryBuilder::prepare)
            .map_err(|error| error.to_string());
        Self { document, registry, well_formed: RwLock::default() }
    }

    /// Compiles the schema at a pointer; `entries` are the schemas that it leads to.
    fn validator(&self, pointer: &str, entries: &[String]) -> Result<Validator, UnreadablePromise> {
        let unreadable = |what: String| UnreadablePromise { pointer: pointer.to_owned(), what };
        for entry in entries {
            self.well_formed(entry)?;
        }
        let registry = self.registry.as_ref().map_err(|what| unreadable(what.clone()))?;
        let options = jsonschema::options()
            .with_draft(Draft::Draft202012)
            .with_registry(registry)
            .with_base_uri("testimony:promise")
            .should_validate_formats(true);
        keyword::with_ours(options)
            .build(&json!({"$ref": format!("{DOCUMENT}{}", fragment(pointer))}))
            .map_err(|error| unreadable(violation::cut(&error.to_string())))
    }

    /// Judges a schema by the schema of schemas: the compiler passes over some mistakes in silence
    /// (`items: []`), and a promise that is not judged must not look kept.
    fn well_formed(&self, pointer: &str) -> Result<(), UnreadablePromise> {
        let known = self.well_formed.read().unwrap_or_else(PoisonError::into_inner);
        if known.contains(pointer) {
            return Ok(());
        }
        drop(known);
        let schema = self.document.pointer(pointer).unwrap_or(&Value::Null);
        jsonschema::draft202012::meta::validate(schema).map_err(|error| UnreadablePromise {
            pointer: format!("{pointer}{}", error.instance_path()),
            what: format!("no schema: {}", violation::cut(&error.to_string())),
        })?;
        let mut known = self.well_formed.write().unwrap_or_else(PoisonError::into_inner);
        known.insert(pointer.to_owned());
        Ok(())
    }
}
