use crate::check::Severity;
use std::fmt;

/// What can be wrong with documentation before any request is sent. The ids ([`Rule::id`]) are for
/// scripts and never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// A part of the document cannot be read.
    Unreadable,
    /// No value can keep a schema.
    ImpossibleSchema,
    /// An example breaks its schema.
    ExampleBreaksSchema,
    /// A default breaks its schema.
    DefaultBreaksSchema,
    /// A variable of the path and the path parameters do not go together.
    PathVariable,
    /// A listed value that the rest of its schema refuses.
    UnreachableValue,
    /// A keyword that means nothing for the type.
    MisplacedKeyword,
    /// A mandatory member that is not described.
    UndeclaredRequired,
    /// A page says something twice and differently.
    Contradiction,
    /// What a page says and could not be read.
    NotRead,
    /// A text that announces what does not follow.
    TruncatedRule,
    /// An error code without a body's schema.
    NoErrorBody,
    /// One parameter with two types.
    ParameterTypesDiffer,
    /// One name with two types.
    TypesDiffer,
    /// One name with two lists of values.
    EnumsDiffer,
    /// One parameter that is mandatory here and optional there, at one path.
    RequiredDiffers,
    /// An example whose value is a mask or a placeholder.
    MaskedExample,
    /// A code that nearly all other operations document.
    CodeMissing,
    /// An operation that documents no error.
    NoErrorCode,
    /// Authentication asked for without 401, or 401 without authentication.
    Unannounced401,
}

impl Rule {
    /// Every rule, worst first.
    pub const ALL: [Self; 20] = [
        Self::Unreadable,
        Self::ImpossibleSchema,
        Self::ExampleBreaksSchema,
        Self::DefaultBreaksSchema,
        Self::PathVariable,
        Self::UnreachableValue,
        Self::MisplacedKeyword,
        Self::UndeclaredRequired,
        Self::Contradiction,
        Self::NotRead,
        Self::TruncatedRule,
        Self::NoErrorBody,
        Self::ParameterTypesDiffer,
        Self::TypesDiffer,
        Self::EnumsDiffer,
        Self::RequiredDiffers,
        Self::MaskedExample,
        Self::CodeMissing,
        Self::NoErrorCode,
        Self::Unannounced401,
    ];

    /// The id used on the command line and in reports.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::ImpossibleSchema => "impossible-schema",
            Self::ExampleBreaksSchema => "example-breaks-schema",
            Self::DefaultBreaksSchema => "default-breaks-schema",
            Self::PathVariable => "path-variable",
            Self::UnreachableValue => "unreachable-value",
            Self::MisplacedKeyword => "misplaced-keyword",
            Self::UndeclaredRequired => "undeclared-required",
            Self::Contradiction => "contradiction",
            Self::NotRead => "not-read",
            Self::TruncatedRule => "truncated-rule",
            Self::NoErrorBody => "no-error-body",
            Self::ParameterTypesDiffer => "parameter-types-differ",
            Self::TypesDiffer => "types-differ",
            Self::EnumsDiffer => "enums-differ",
            Self::RequiredDiffers => "required-differs",
            Self::MaskedExample => "masked-example",
            Self::CodeMissing => "code-missing",
            Self::NoErrorCode => "no-error-code",
            Self::Unannounced401 => "unannounced-401",
        }
    }

    /// Reads an id.
    pub fn parse(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.id() == id)
    }

    /// How much a finding of the rule weighs.
    pub const fn severity(self) -> Severity {
        match self {
            Self::Unreadable
            | Self::ImpossibleSchema
            | Self::ExampleBreaksSchema
            | Self::DefaultBreaksSchema
            | Self::PathVariable => Severity::Error,
            Self::UnreachableValue
            | Self::MisplacedKeyword
            | Self::UndeclaredRequired
            | Self::Contradiction
            | Self::NotRead
            | Self::TruncatedRule
            | Self::NoErrorBody
            | Self::ParameterTypesDiffer => Severity::Warning,
            Self::TypesDiffer
            | Self::EnumsDiffer
            | Self::RequiredDiffers
            | Self::MaskedExample
            | Self::CodeMissing
            | Self::NoErrorCode
            | Self::Unannounced401 => Severity::Info,
        }
    }

    /// What it is, in one line.
    pub const fn summary(self) -> &'static str {
        match self {
            Self::Unreadable => "a part of the document cannot be read",
            Self::ImpossibleSchema => "no value can keep the schema",
            Self::ExampleBreaksSchema => "an example breaks the schema that it stands for",
            Self::DefaultBreaksSchema => "a default breaks its own schema",
            Self::PathVariable => "the path's variables and its path parameters differ",
            Self::UnreachableValue => "a listed value that the rest of its schema refuses",
            Self::MisplacedKeyword => "a keyword that means nothing for the type",
            Self::UndeclaredRequired => "a mandatory member that is described nowhere",
            Self::Contradiction => "the documentation says one thing twice, and differently",
            Self::NotRead => "what the page says here could not be read",
            Self::TruncatedRule => "a text that announces what does not follow",
            Self::NoErrorBody => "an error code whose body is not described",
            Self::ParameterTypesDiffer => "one parameter has different types",
            Self::TypesDiffer => "one name has different types",
            Self::EnumsDiffer => "one name has different lists of values",
            Self::RequiredDiffers => "one parameter is mandatory here and optional there",
            Self::MaskedExample => "an example is a mask or a placeholder",
            Self::CodeMissing => "a code that nearly all other operations document is missing",
            Self::NoErrorCode => "the operation documents no error",
            Self::Unannounced401 => "authentication and 401 do not go together",
        }
    }

    /// What it means to whom, and what to do.
    pub const fn explanation(self) -> &'static str {
        match self {
            Self::Unreadable => {
                "Nothing can be held to what cannot be read: `check` reports it as `promise-unreadable`. Mend the \
                 document at the place named."
            }
            Self::ImpossibleSchema => {
                "Its bounds exclude each other, its list of values is empty, or none of them has its type. Every \
                 answer breaks such a promise."
            }
            Self::ExampleBreaksSchema => {
                "Who copies the example sends what is refused, or expects what never comes: the example is wrong, \
                 or the rule is. On imported pages the rule is loosened instead, and told as `contradiction`."
            }
            Self::DefaultBreaksSchema => {
                "A client that sends the default, or a provider that fills it in, breaks the documentation."
            }
            Self::PathVariable => {
                "A variable of the path template has no path parameter (OpenAPI 3.1, section 4.8.9), or a path \
                 parameter is not in the template."
            }
            Self::UnreachableValue => {
                "A value of `enum` that type, length or pattern of the same schema refuse can never be sent."
            }
            Self::MisplacedKeyword => {
                "A length on a number, a range on text: a validator passes over it, so the rule that was meant \
                 holds nobody."
            }
            Self::UndeclaredRequired => {
                "A name in `required` that is not among `properties` is often a misspelling: clients look in vain \
                 for the one, and checks for the other."
            }
            Self::Contradiction => {
                "Two places of the documentation disagree. The import took the one that keeps the page's own \
                 example right, and noted the other beside it; `resolved` says how. To turn the choice, change the \
                 keyword in the spec, or in an overlay beside it."
            }
            Self::NotRead => {
                "The import found a rule or a table here that it could not read; the spec is without it. Complete \
                 the spec by hand, or in an overlay beside it."
            }
            Self::TruncatedRule => {
                "The description ends where a list or a rule should begin. What was meant is in no schema."
            }
            Self::NoErrorBody => {
                "An answer with this code proves the status and nothing of its body (`no-promise`)."
            }
            Self::ParameterTypesDiffer | Self::TypesDiffer => {
                "One name usually means one thing. Where its type differs between operations, one of the places \
                 is wrong, or SDKs need two types for it."
            }
            Self::EnumsDiffer => {
                "Two places list values of one name, share some of them, and differ in others: one list may be out \
                 of date."
            }
            Self::RequiredDiffers => {
                "Operations at one path differ in whether they ask for a parameter. That may be meant; often one \
                 of the tables was not kept up."
            }
            Self::MaskedExample => {
                "Stars, angle brackets or rows of x stand where a value should: no client can use it, and nothing \
                 can be learnt from it. Such examples are not held against schemas."
            }
            Self::CodeMissing => {
                "At least three quarters of the operations document this error code; this one may just not say so. \
                 An answer with it is an `undocumented-status`."
            }
            Self::NoErrorCode => {
                "Every 4xx and 5xx that it gives is an `undocumented-status`, and no error can be proven."
            }
            Self::Unannounced401 => {
                "An operation that asks for authentication answers 401 sooner or later, and one that documents 401 \
                 asks for it."
            }
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}
