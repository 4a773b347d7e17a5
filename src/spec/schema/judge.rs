use super::cost::{Affordable, Course, Demand, cost};
use super::court::{Court, Unit};
use super::fault::Reader;
use super::prepare::{Features, Numbers, Rules};
use super::survey::{Sound, Survey};
use super::violation::Told;
use super::{Direction, UnreadablePromise, Violation, polymorph};
use crate::spec::model::SchemaRef;
use serde_json::Value;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

/// The validators of one document, compiled as they are needed and shared among threads.
pub(in crate::spec) struct Judge {
    features: Features,
    request: Lane,
    response: Lane,
    /// The same for values with numbers by their digits.
    exact_request: Lane,
    exact_response: Lane,
}

/// Validators for values that travel one way.
struct Lane {
    direction: Direction,
    numbers: Numbers,
    loosened: OnceLock<Arc<Court>>,
    written: OnceLock<Arc<Court>>,
    readings: RwLock<HashMap<String, Arc<Reading>>>,
    sound: RwLock<HashMap<String, Sound>>,
}

/// What was made of a promise.
type Reading = Result<Readable, UnreadablePromise>;

/// A promise that values can be judged by.
struct Readable {
    loosened: Arc<Unit>,
    /// By the rules as written, where the page contradicts them.
    written: Option<Arc<Unit>>,
    demand: Demand,
    /// The pointer of what it leads to and no validator judges.
    unjudged: Option<String>,
}

impl fmt::Debug for Judge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Judge").finish_non_exhaustive()
    }
}

impl Judge {
    pub fn new(document: &Value) -> Self {
        Self {
            features: Features::of(document),
            request: Lane::new(Direction::Request, Numbers::Rounded),
            response: Lane::new(Direction::Response, Numbers::Rounded),
            exact_request: Lane::new(Direction::Request, Numbers::Exact),
            exact_response: Lane::new(Direction::Response, Numbers::Exact),
        }
    }

    /// The pointer of what a schema leads to and no validator judges.
    pub fn unjudged(&self, document: &Value, schema: &SchemaRef) -> Option<String> {
        let reading = self.response.reading(document, &schema.pointer);
        reading.as_ref().as_ref().ok()?.unjudged.clone()
    }

    /// What values are judged by a schema whatever that costs; `None` where it can't be read, or is not judged
    /// whole.
    pub fn affordable(
        &self,
        document: &Value,
        schema: &SchemaRef,
        direction: Direction,
    ) -> Option<Affordable> {
        let reading = self.lane(direction).reading(document, &schema.pointer);
        let readable = reading.as_ref().as_ref().ok()?;
        readable.unjudged.is_none().then_some(Affordable(readable.demand))
    }

    /// Where nothing tells the directions apart, one lane does for both.
    fn lane(&self, direction: Direction) -> &Lane {
        match direction {
            Direction::Request if self.features.directions => &self.request,
            _ => &self.response,
        }
    }

    /// Every way in which a value breaks a schema, at most [`super::violation::LIMIT`].
    pub fn violations(
        &self,
        document: &Value,
        schema: &SchemaRef,
        instance: &Value,
        direction: Direction,
    ) -> Result<Vec<Violation>, UnreadablePromise> {
        if self.features.literals {
            return self.violations_written(document, schema, instance, direction);
        }
        Self::judged(self.lane(direction), document, schema, instance)
    }

    /// The same, where numbers of the value may be there by their digits.
    pub fn violations_written(
        &self,
        document: &Value,
        schema: &SchemaRef,
        instance: &Value,
        direction: Direction,
    ) -> Result<Vec<Violation>, UnreadablePromise> {
        // The exact form hides some keywords from the schema of schemas: the usual one must be sound, too.
        let usual = self.lane(direction).reading(document, &schema.pointer);
        usual.as_ref().as_ref().map_err(Clone::clone)?;
        let lane = match direction {
            Direction::Request if self.features.directions => &self.exact_request,
            _ => &self.exact_response,
        };
        Self::judged(lane, document, schema, instance)
    }

    fn judged(
        lane: &Lane,
        document: &Value,
        schema: &SchemaRef,
        instance: &Value,
    ) -> Result<Vec<Violation>, UnreadablePromise> {
        let reading = lane.reading(document, &schema.pointer);
        let readable = reading.as_ref().as_ref().map_err(Clone::clone)?;
        let judge = || lane.judged(document, readable, instance);
        let refused =
            |what: &str| UnreadablePromise { pointer: schema.pointer.clone(), what: what.into() };
        match readable.demand.course(instance) {
            Course::Plain => judge().map_err(refused),
            Course::Deep(stack) => on_stack(stack, judge)
                .unwrap_or(Err("no stack to judge so deep a value on"))
                .map_err(refused),
            Course::Doubtful(stack, limit) => on_stack(stack, || {
                let affordable = cost(document, &schema.pointer, instance) <= limit;
                affordable.then(judge)
            })
            .flatten()
            .unwrap_or(Err("its alternatives make this value too costly to judge"))
            .map_err(refused),
            Course::Refused => Err(refused("the value is nested too deep to be judged")),
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

impl Lane {
    fn new(direction: Direction, numbers: Numbers) -> Self {
        Self {
            direction,
            numbers,
            loosened: OnceLock::new(),
            written: OnceLock::new(),
            readings: RwLock::default(),
            sound: RwLock::default(),
        }
    }

    fn court(&self, document: &Value, rules: Rules) -> &Arc<Court> {
        let slot = match rules {
            Rules::Loosened => &self.loosened,
            Rules::Written => &self.written,
        };
        slot.get_or_init(|| Court::new(document, self.direction, rules, self.numbers))
    }

    /// The error says why it can't be told.
    fn judged(
        &self,
        document: &Value,
        readable: &Readable,
        instance: &Value,
    ) -> Result<Vec<Violation>, &'static str> {
        let mut told = Told::new(document);
        let units = [
            (Rules::Loosened, Some(&readable.loosened)),
            (Rules::Written, readable.written.as_ref()),
        ];
        for (rules, unit) in units {
            let Some(Ok(validator)) = unit.map(AsRef::as_ref) else { continue };
            if !validator.is_valid(instance) {
                let mut reader = Reader::new(self.court(document, rules));
                let faults = reader.read("", validator.iter_errors(instance));
                let silent = faults.is_empty().then_some("it is refused, and nothing says why");
                told.tell(faults, rules);
                if let Some(why) = reader.undecided.or(silent) {
                    return Err(why);
                }
            }
        }
        Ok(told.violations)
    }

    fn reading(&self, document: &Value, pointer: &str) -> Arc<Reading> {
        let known = self.readings.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(reading) = known.get(pointer) {
            return Arc::clone(reading);
        }
        drop(known);
        let reading = Arc::new(self.read(document, pointer));
        let mut known = self.readings.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(known.entry(pointer.to_owned()).or_insert(reading))
    }

    /// Walks all that a promise leads to and compiles it: a mistake anywhere in it is found before
    /// any value is judged.
    fn read(&self, document: &Value, pointer: &str) -> Reading {
        let known = self.sound.read().unwrap_or_else(PoisonError::into_inner);
        let mut survey = Survey::new(document, &known);
        survey.walk(pointer);
        if let Some(problem) = survey.problems.first().cloned() {
            return Err(UnreadablePromise { pointer: problem.pointer, what: problem.what });
        }
        let readable = Readable {
            loosened: self.compiled(document, Rules::Loosened, pointer, &survey.entries)?,
            written: if survey.contradicted {
                Some(self.compiled(document, Rules::Written, pointer, &survey.entries)?)
            } else {
                None
            },
            demand: survey.demand,
            unjudged: polymorph::unjudged(document, pointer),
        };
        let sound = survey.sound();
        drop(survey);
        drop(known);
        self.sound.write().unwrap_or_else(PoisonError::into_inner).extend(sound);
        Ok(readable)
    }

    fn compiled(
        &self,
        document: &Value,
        rules: Rules,
        pointer: &str,
        entries: &[String],
    ) -> Result<Arc<Unit>, UnreadablePromise> {
        let court = self.court(document, rules);
        for entry in entries {
            // Rules as written stand below a keyword of their own in the document, and in place of
            // the loosened ones in its prepared form; either may be without schemas of the other.
            let entry = match rules {
                Rules::Loosened => entry.clone(),
                Rules::Written => entry.replace("/x-contradicted", ""),
            };
            if rules == Rules::Loosened && !court.has(&entry) && !entry.contains("/x-contradicted")
            {
                let what = "no schema that values can be judged by stands here".to_owned();
                return Err(UnreadablePromise { pointer: entry, what });
            }
            if court.has(&entry)
                && let Err(unreadable) = court.unit(&entry).as_ref()
            {
                return Err(unreadable.clone());
            }
        }
        let unit = court.unit(pointer);
        match unit.as_ref() {
            Ok(_) => Ok(unit),
            Err(unreadable) => Err(unreadable.clone()),
        }
    }
}
