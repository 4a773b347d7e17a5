use crate::check::Rule;
use std::fmt;

/// What can be planted. The ids ([`Mistake::id`]) are part of `self-test --format json`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mistake {
    /// A member that is asked for is not there.
    RequiredFieldRemoved,
    /// A value of another type, at whatever depth.
    WrongType,
    /// `null` where it is not allowed.
    NullNotAllowed,
    /// A value that an enumeration does not list.
    EnumValueOut,
    /// Another value than the only one.
    ConstChanged,
    /// Text that is not of its format.
    FormatBroken,
    /// A number beyond its bounds, its format's included.
    NumberOutOfRange,
    /// A number that is no multiple.
    NotAMultiple,
    /// Longer text than allowed.
    StringTooLong,
    /// Shorter text than allowed.
    StringTooShort,
    /// Text that does not match.
    PatternBroken,
    /// More items than allowed.
    ArrayTooLong,
    /// Fewer items than allowed.
    ArrayTooShort,
    /// One item twice.
    DuplicateItems,
    /// A member that nothing names.
    ExtraField,
    /// A discriminator that names no form.
    WrongDiscriminator,
    /// JSON that ends in the middle.
    BrokenSyntax,
    /// An HTML page in place of JSON.
    HtmlForJson,
    /// An HTML page that is called JSON.
    HtmlCalledJson,
    /// Another media type than promised.
    WrongMediaType,
    /// A body without a media type.
    NoMediaType,
    /// No body where one is promised.
    NoBody,
    /// Another coding than `Content-Encoding` says.
    WrongCoding,
    /// A coding that nobody knows.
    UnknownCoding,
    /// The body of another code.
    EnvelopeSwapped,
    /// A body where nothing is said of one.
    UnpromisedBody,
    /// A status code that is not documented.
    UndocumentedStatus,
    /// A promised header is not there.
    HeaderMissing,
    /// A promised header with another value than promised.
    HeaderWrong,
    /// A 405 that names no methods.
    AllowMissing,
    /// A 2xx to a request without credentials.
    TakenWithoutCredentials,
    /// A 405 to the documented method.
    RefusedMethod,
    /// A 415 to a documented media type.
    RefusedMediaType,
    /// A path that is documented nowhere.
    UnknownPath,
    /// A method that the path does not document.
    UnknownMethod,
    /// A request without a parameter that is asked for, and taken.
    ParameterMissing,
    /// A request with a wrong parameter, and taken.
    ParameterWrong,
    /// A request without the body that is asked for, and taken.
    RequestBodyMissing,
    /// A request whose body is wrong, and taken.
    RequestBodyWrong,
    /// A request of another media type than documented, and taken.
    RequestMediaType,
}

impl Mistake {
    /// Every kind, in the order of reports.
    pub const ALL: [Self; 40] = [
        Self::RequiredFieldRemoved,
        Self::WrongType,
        Self::NullNotAllowed,
        Self::EnumValueOut,
        Self::ConstChanged,
        Self::FormatBroken,
        Self::NumberOutOfRange,
        Self::NotAMultiple,
        Self::StringTooLong,
        Self::StringTooShort,
        Self::PatternBroken,
        Self::ArrayTooLong,
        Self::ArrayTooShort,
        Self::DuplicateItems,
        Self::ExtraField,
        Self::WrongDiscriminator,
        Self::BrokenSyntax,
        Self::HtmlForJson,
        Self::HtmlCalledJson,
        Self::WrongMediaType,
        Self::NoMediaType,
        Self::NoBody,
        Self::WrongCoding,
        Self::UnknownCoding,
        Self::EnvelopeSwapped,
        Self::UnpromisedBody,
        Self::UndocumentedStatus,
        Self::HeaderMissing,
        Self::HeaderWrong,
        Self::AllowMissing,
        Self::TakenWithoutCredentials,
        Self::RefusedMethod,
        Self::RefusedMediaType,
        Self::UnknownPath,
        Self::UnknownMethod,
        Self::ParameterMissing,
        Self::ParameterWrong,
        Self::RequestBodyMissing,
        Self::RequestBodyWrong,
        Self::RequestMediaType,
    ];

    /// The id used in reports.
    pub const fn id(self) -> &'static str {
        match self {
            Self::RequiredFieldRemoved => "required-field-removed",
            Self::WrongType => "wrong-type",
            Self::NullNotAllowed => "null-not-allowed",
            Self::EnumValueOut => "enum-value-out",
            Self::ConstChanged => "const-changed",
            Self::FormatBroken => "format-broken",
            Self::NumberOutOfRange => "number-out-of-range",
            Self::NotAMultiple => "not-a-multiple",
            Self::StringTooLong => "string-too-long",
            Self::StringTooShort => "string-too-short",
            Self::PatternBroken => "pattern-broken",
            Self::ArrayTooLong => "array-too-long",
            Self::ArrayTooShort => "array-too-short",
            Self::DuplicateItems => "duplicate-items",
            Self::ExtraField => "extra-field",
            Self::WrongDiscriminator => "wrong-discriminator",
            Self::BrokenSyntax => "broken-syntax",
            Self::HtmlForJson => "html-for-json",
            Self::HtmlCalledJson => "html-called-json",
            Self::WrongMediaType => "wrong-media-type",
            Self::NoMediaType => "no-media-type",
            Self::NoBody => "no-body",
            Self::WrongCoding => "wrong-coding",
            Self::UnknownCoding => "unknown-coding",
            Self::EnvelopeSwapped => "envelope-swapped",
            Self::UnpromisedBody => "unpromised-body",
            Self::UndocumentedStatus => "undocumented-status",
            Self::HeaderMissing => "header-missing",
            Self::HeaderWrong => "header-wrong",
            Self::AllowMissing => "allow-missing",
            Self::TakenWithoutCredentials => "taken-without-credentials",
            Self::RefusedMethod => "refused-method",
            Self::RefusedMediaType => "refused-media-type",
            Self::UnknownPath => "unknown-path",
            Self::UnknownMethod => "unknown-method",
            Self::ParameterMissing => "parameter-missing",
            Self::ParameterWrong => "parameter-wrong",
            Self::RequestBodyMissing => "request-body-missing",
            Self::RequestBodyWrong => "request-body-wrong",
            Self::RequestMediaType => "request-media-type",
        }
    }

    /// The rule that must find it in the answer to a request with this status code. A member that nothing
    /// names may be found as a broken schema as well.
    pub const fn rule(self, status: u16) -> Rule {
        match self {
            Self::ExtraField => Rule::UndocumentedField,
            Self::HtmlForJson | Self::WrongMediaType | Self::NoMediaType => Rule::ContentType,
            Self::UnknownCoding => Rule::NotJudged,
            Self::UnpromisedBody => Rule::NoPromise,
            Self::UndocumentedStatus => Rule::UndocumentedStatus,
            Self::HeaderMissing | Self::HeaderWrong => Rule::ResponseHeader,
            Self::AllowMissing => Rule::AllowHeader,
            Self::TakenWithoutCredentials => Rule::WrongStatus,
            Self::RefusedMethod | Self::RefusedMediaType => Rule::UndeservedError,
            Self::UnknownPath | Self::UnknownMethod => Rule::UndocumentedOperation,
            Self::ParameterMissing | Self::ParameterWrong => Rule::RequestParameter,
            Self::RequestBodyMissing | Self::RequestBodyWrong | Self::RequestMediaType => {
                Rule::RequestSchema
            }
            _ if status >= 400 => Rule::ErrorBody,
            _ => Rule::ResponseSchema,
        }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn ids_are_unique() {
        let ids: BTreeSet<_> = Mistake::ALL.iter().map(|mistake| mistake.id()).collect();
        assert_eq!(ids.len(), Mistake::ALL.len());
    }
}
