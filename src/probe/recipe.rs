use crate::exchange::Request;
use crate::live::Shows;
use crate::spec::CodePattern;

/// What is changed in a good request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Nothing: the request as it is documented.
    Documented,
    /// Nothing that the documentation forbids: a value at its bounds.
    Boundary,
    /// One constraint of a parameter or of the body is broken.
    Constraint,
    /// The body can't be read.
    Syntax,
    /// The body is in another coding than it says.
    Coding,
    /// The body is of a media type that is not documented.
    MediaType,
    /// No credentials.
    NoCredentials,
    /// Credentials that nobody gave out.
    WrongCredentials,
    /// The credentials of the second identity.
    OtherIdentity,
    /// A well-formed id that does not exist.
    Absent,
    /// An id in a form that no id has.
    Malformed,
    /// A method that the path does not document.
    Method,
    /// `Accept` excludes all that is documented.
    Acceptance,
    /// A precondition that can't hold, or is left out.
    Precondition,
    /// The same creation a second time.
    Repeat,
    /// More than a service takes: body, target, or header.
    Size,
    /// Many requests at once.
    Burst,
    /// Nothing that a client can do brings it about.
    Unprovoked,
}

/// How a recipe is carried out.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// The request is sent.
    Send(Box<Request>),
    /// What succeeded as documented is sent once more, as it was.
    Again,
    /// The good request is sent so many times, as fast as can be.
    Burst(u32),
    /// It is not sent, for this reason.
    Leave(String),
}

/// What the answers to a recipe mean. Codes that are in none of the lists are wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answers {
    /// These show what the recipe is for.
    pub wanted: Vec<u16>,
    /// These are documented, too, and the same mistake deserves them as well.
    pub also: Vec<u16>,
    /// These may have another cause.
    pub unclear: Vec<u16>,
    /// Why a success is no fault, where it is none.
    pub taken: Option<&'static str>,
}

/// One named change to a good request, and what it deserves.
#[derive(Debug, Clone, PartialEq)]
pub struct Recipe {
    /// The documented code, or range of codes, that it is for.
    pub code: CodePattern,
    /// Its name, unique within operation and code: `too-long body:/name`.
    pub name: String,
    /// What is changed, in a few words.
    pub change: String,
    /// What kind of change it is.
    pub kind: Kind,
    /// How it is carried out.
    pub step: Step,
    /// Whose credentials are shown.
    pub shows: Shows,
    /// What answers mean.
    pub answers: Answers,
    /// The variable of the path whose value is the change: it has no other.
    pub variable: Option<String>,
    /// What it wants before it can be sent, in words.
    pub needs: Vec<String>,
}

impl Recipe {
    /// The request that is sent, where it is a request of its own.
    pub fn request(&self) -> Option<&Request> {
        match &self.step {
            Step::Send(request) => Some(request),
            Step::Again | Step::Burst(_) | Step::Leave(_) => None,
        }
    }
}
