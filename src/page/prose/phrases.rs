//! Phrases that state a rule, as data: a kind and the pattern that finds it, by language. Patterns
//! run in linear time. Groups: `a` and `b` numbers, `u` unit, `v` a value, `f` a field, `n` a noun.

use regex::{Captures, Regex};
use std::sync::LazyLock;

/// What a phrase states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phrase {
    LengthBetween,
    LengthAtMost,
    LengthAtLeast,
    /// `Minimum: 1`, which of a text means its length.
    StringBound,
    /// The number of an array's elements.
    ArrayLength,
    /// What should no longer be used.
    Deprecated,
    /// A keyword of strings: on a number it is a range.
    LengthKeyword,
    Between,
    AtLeast,
    AtMost,
    /// More than a number, which is not among the values.
    MoreThan,
    NotNegative,
    Positive,
    MultipleOf,
    /// How far the index of a repeated parameter (`Id.N`) goes.
    IndexUpTo,
    ItemsAtMost,
    ItemsAtLeast,
    Unique,
    Unit,
    Default,
    LeftBlank,
    EmptyMeans,
    Reserved,
    Internal,
    PartialMatch,
    Optional,
    MandatoryWhen,
    UseEither,
    EitherOrThis,
    /// What may not be there together with the field.
    ExclusiveWith,
    Restricted,
    OneOf,
    /// `TCP and UDP are supported`.
    Supported,
    /// Speaks of one kind of a field's values.
    OfKind,
    /// A text that holds several values, with commas between them.
    Several,
    /// Announces values, one a line.
    AnnouncesValues,
    /// A text that may be empty whatever its least length.
    MayBeEmpty,
    /// The characters that a length is counted in.
    CountedIn,
    /// One element, said in words.
    SingleItem,
    MustStartWith,
    CannotStartWith,
    NoEdges,
    Contains,
    OnlyAllowed,
    NotAllowed,
    PairFormat,
    /// Begins a sentence that holds in some cases only.
    Conditional,
    /// A condition that holds when the field is left out.
    WhenAbsent,
    /// Speaks of a part of a text, whose rules are not the whole's.
    OfParts,
    /// Says that a list is not all there is.
    OpenList,
    /// Announces a list or rules that must follow.
    Announces,
}

const ENGLISH: &[(Phrase, &str)] = &[
    (
        Phrase::LengthBetween,
        r"(?i)\b(?P<a>\d+)\s*(?:to|-|–|~|and)\s*(?P<b>\d+)\s+(?:unicode |utf-8 |ascii )?characters?\b",
    ),
    (
        Phrase::LengthAtMost,
        r"(?i)\b(?:at most|maximum of|maximum length (?:is|of)|up to|(?:less|fewer) than or equal to|(?:no|not) (?:more|longer) than|cannot exceed|not exceed|within|max\.?|longer than)\s+(?P<b>\d+)\s+(?:unicode |utf-8 |ascii |english )?characters?\b",
    ),
    (
        Phrase::LengthAtLeast,
        r"(?i)\b(?:at least|minimum of|no less than)\s+(?P<a>\d+)\s+(?:unicode |utf-8 |ascii )?characters?\b",
    ),
    (Phrase::LengthAtMost, r"(?i)\b(?P<b>\d+) characters? at most\b"),
    (
        Phrase::LengthBetween,
        r"(?i)\blength (?:ranges from|must range from|is from|range is|must be between|is between|ranges between)\s+\[?(?P<a>\d+)\s*(?:to|-|–|~|,|and)\s*(?P<b>\d+)\]?(?P<u> ?(?:bytes?|KB))?",
    ),
    (Phrase::StringBound, r"(?i)^(?:(?P<n>min|max)(?:imum)?(?: value)?)\s*[:：]\s*(?P<a>\d+)\.?$"),
    (Phrase::StringBound, r"(?i)\b(?P<n>Min|Max)imum:\s*(?P<a>\d+)\b"),
    (Phrase::ArrayLength, r"(?i)\barray length\s*[:：]\s*(?P<a>\d+)\s*(?:to|-|–|~)\s*(?P<b>\d+)\b"),
    (Phrase::LengthKeyword, r"(?i)\b(?P<n>min|max)(?:imum)? ?length\s*[:=]\s*(?P<a>\d+)"),
    (
        Phrase::Between,
        r"(?i)\b(?:value range|valid values|ranges|range|between)\s*(?:is|are)?\s*:?\s*(?:from\s+)?\[?(?P<a>-?\d+(?:\.\d+)?)\s*(?P<u>GB|GiB|MB|MiB|KB|TB|%)?\s*(?:to|-|–|~|,|and)\s*(?P<b>-?\d+(?:\.\d+)?)\s*(?:GB|GiB|MB|MiB|KB|TB|%)?\b(?P<more>,?\s+(?:and|or)\s+-?\d|,\s*-?\d)?",
    ),
    (
        Phrase::Between,
        r"(?i)\b(?:integers?|values?|number|value must be|value can be|value is|ranging|range is)\s+(?:an integer |any integer |ranging |in the range |within the range )?(?:of |from |between |in the range of )\s*\[?(?P<a>-?\d+(?:\.\d+)?)\s*(?P<u>GB|GiB|MB|MiB|KB|TB|%)?\s*(?:to|-|–|~|and)\s*(?P<b>-?\d+(?:\.\d+)?)\s*(?:GB|GiB|MB|MiB|KB|TB|%)?\b",
    ),
    (Phrase::AtLeast, r"(?i)\bmin(?:imum)?(?: value)?\s*(?::|is|=)\s*(?P<a>-?\d+(?:\.\d+)?)\b"),
    (
        Phrase::AtLeast,
        r"(?i)\b(?:must be |is )?(?:greater than or equal to|equal to or greater than)\s+(?P<a>-?\d+(?:\.\d+)?)\b",
    ),
    (Phrase::AtMost, r"(?i)\bmax(?:imum)?(?: value)?\s*(?::|is|=)\s*(?P<a>-?\d+(?:\.\d+)?)\b"),
    (Phrase::AtMost, r"(?i)\b(?:must be |is )?less than or equal to\s+(?P<a>-?\d+(?:\.\d+)?)\b"),
    (
        Phrase::MoreThan,
        r"(?i)\b(?:(?:must|should) be|valid values?\s*:|value range\s*:|values? (?:is|are)) (?:an integer |integers )?(?:greater|larger) than (?P<a>-?\d+|zero)\b",
    ),
    (
        Phrase::NotNegative,
        r"(?i)\b(?:cannot be (?:a )?negative|must be (?:a )?non-negative|is a non-negative)\b",
    ),
    (Phrase::Positive, r"(?i)\b(?:must be|should be|value is) a positive integer\b"),
    (
        Phrase::IndexUpTo,
        r"(?i)\b(?:the )?valid values of N(?: are)?\s*:?\s*(?P<a>\d+)\s*(?:to|-|–|~)\s*(?P<b>\d+)",
    ),
    (Phrase::MultipleOf, r"(?i)\b(?:a )?multiple of\s+(?P<a>\d+(?:\.\d+)?)\b"),
    (
        Phrase::ItemsAtMost,
        r"(?i)\b(?:at most|maximum of|up to|no more than)\s+(?P<b>\d+)\s+(?P<n>[a-z]+)\b",
    ),
    (Phrase::ItemsAtLeast, r"(?i)\b(?:at least|minimum of)\s+(?P<a>\d+)\s+(?P<n>[a-z]+)\b"),
    (
        Phrase::Unique,
        r"(?i)\b(?P<n>[a-z]+)\b[^.]*?\b(?:each of them must be unique|must be unique|cannot be repeated)",
    ),
    (
        Phrase::Unit,
        r"(?i)\b(?:in|units?\s*[:：]|unit is|in (?:the )?units? of)\s+(?P<u>GB|GiB|MB|MiB|KB|KiB|TB|seconds?|minutes?|hours?|days?|milliseconds?|ms|percentage|[MKG]bit/s)\b",
    ),
    (Phrase::Unit, r"\((?P<u>%|[MGKT]i?B|ms)\)"),
    (
        Phrase::Default,
        r"(?i)(?:\bdefault value(?: is|\s*[:：=])|\bthe default is|\bdefault\s*[:：=])\s*(?P<v>\S.*)$",
    ),
    (
        Phrase::Default,
        r"(?i)\b(?:defaults to|by default, the value is|and is set to)\s+(?P<v>\S+?)(?: by default)?[.,]?$",
    ),
    (
        Phrase::LeftBlank,
        r"(?i)\b(?:(?:is )?left blank by default|(?:is )?empty by default|by default, this parameter is (?:left blank|empty))",
    ),
    (
        Phrase::EmptyMeans,
        r"(?i)\bif this parameter is left (?:blank|empty)(?: or set to \S+)?, (?P<v>[^.]+)",
    ),
    (Phrase::Reserved, r"(?i)\b(?:attribute|parameter|field) is reserved\b"),
    (Phrase::Internal, r"(?i)\bnot publicly available\b"),
    (Phrase::PartialMatch, r"(?i)\b(?:partial|fuzzy) match"),
    (
        Phrase::Optional,
        r"(?i)\b(?:will not be returned|(?:is )?returned only (?:when|if)|is only returned|required only for)\b",
    ),
    (
        Phrase::MandatoryWhen,
        r"(?i)\b(?:mandatory|required)\s+(?:when|if)\s+(?:the value of\s+)?(?P<f>[a-z][\w ]*?)\s+(?:is set to|is|equals|=)\s+(?P<v>[\w.-]*\w)",
    ),
    (Phrase::UseEither, r"(?i)\buse either\s+(?P<f>[\w-]+)\s+or\s+(?P<v>[\w-]+)"),
    (
        Phrase::EitherOrThis,
        r"(?i)\beither this parameter or\s+(?P<f>[\w-]+)\s+must be (?:set|specified|provided)",
    ),
    (Phrase::Restricted, r"(?i)^restricted (?P<f>[a-z][a-z ]*?)\s*:\s*(?P<v>.+)$"),
    (Phrase::OfKind, r"(?i)^an? [a-z-]+ [a-z-]+ (?:[a-z-]+ )?(?:must|should|cannot)\b"),
    (
        Phrase::Several,
        r"(?i)\bseparated?\b[^.]*\bcommas?\b|\bcomma-separated\b|逗号[^。；，]*(?:分隔|隔开|分开|间隔)",
    ),
    (Phrase::OneOf, r"(?i)\bcan only be\s+(?P<v>.+)$"),
    (Phrase::OneOf, r"(?i),\s*which can be(?: either)?\s+(?P<v>.+)$"),
    (Phrase::OneOf, r"(?i)\bthe value can be set to(?: either)?\s+(?P<v>.+)$"),
    (Phrase::OneOf, r"(?i)\bthe value (?:can|must) be(?: either)?\s+(?P<v>.+)$"),
    (
        Phrase::OneOf,
        r"(?i)\b(?:valid|possible|optional|allowed|available|supported) values(?: are|\s*:)\s*(?P<v>\S.*)$",
    ),
    (
        Phrase::OneOf,
        r"(?i)\b(?:value options|enumeration values?|enum values?|options)(?: are|\s*:)\s*(?P<v>\S.*)$",
    ),
    (
        Phrase::Supported,
        r"^(?:Currently, )?(?:[Oo]nly )?(?P<v>\w[\w.-]*(?:(?:, and |, or |, | and | or )\w[\w.-]*)+) (?:is|are) (?:currently )?supported$",
    ),
    (
        Phrase::AnnouncesValues,
        r"(?i)\b(?:valid values|possible values|value range|value options|options|options are(?: as follows)?|enumeration values?|enum(?:s| values?)?|allowed values|(?:the )?values? (?:can|may|must) be(?: one of the following| as follows)?|the values? (?:is|are)(?: as follows)?)\s*[:：]$",
    ),
    (
        Phrase::MayBeEmpty,
        r"(?i)\b(?:can|may) be (?:left )?empty or\b|\bvalue (?:can|may) be (?:left )?empty\b|\bcan be an empty string\b",
    ),
    (
        Phrase::SingleItem,
        r"(?i)\bonly one [a-z0-9 -]+? (?:can|may) be (?:specified|entered|added|set|configured)\b|\b(?:can|may) (?:specify|enter|add|set|configure) only one\b",
    ),
    (
        Phrase::Deprecated,
        r"(?i)\b(?:(?:is|are|has been|have been) (?:deprecated|discarded|abandoned)|no longer used|will be removed in the future|is to be deprecated)\b",
    ),
    (Phrase::Deprecated, r"(?i)^\(?deprecated\b"),
    (
        Phrase::MustStartWith,
        r"(?i)\b(?:must (?:start|begin)|starting|beginning) with\s+(?P<v>.+?)(?:\s+(?:and|but)\s+(?:can|cannot|must)\b.*)?$",
    ),
    (Phrase::NoEdges, r"(?i)\bcannot (?:start|begin) or end with\s+(?P<v>.+)$"),
    (Phrase::CannotStartWith, r"(?i)\bcannot (?:start|begin) with\s+(?P<v>.+)$"),
    (Phrase::Contains, r"(?i)\b(?:contains?|consists? of|supports?)\s+(?:only\s+)?(?P<v>\S.*)$"),
    (Phrase::OnlyAllowed, r"(?i)^use only\s+(?P<v>.+)$"),
    (Phrase::OnlyAllowed, r"(?i)^only\s+(?P<v>.+?)\s+(?:are|is) (?:allowed|supported)"),
    (Phrase::NotAllowed, r"(?i)^(?P<v>.+?)\s+(?:are|is) not (?:allowed|supported)"),
    (Phrase::NotAllowed, r"(?i)\bcannot contain\s+(?P<v>.+)$"),
    (
        Phrase::NotAllowed,
        r"(?i)\b(?:does not|do not|cannot|must not) (?:support|contain|include) (?:any of )?(?:the following )?(?:special )?characters\s*:?\s*(?P<v>\S.*)$",
    ),
    (
        Phrase::ExclusiveWith,
        r"(?i)\bmutually exclusive with (?:the )?(?:parameters? )?(?P<v>\w[\w.:-]*(?:(?:, | and | or )+\w[\w.:-]*)*)",
    ),
    (Phrase::PairFormat, r"(?i)\bformat is\s+[a-z][\w -]*:[a-z][\w -]*$"),
    (
        Phrase::OfParts,
        r"(?i)^(?:key|value)\s*(?:的|最|不|长|可)|每(?:一)?个[^值]|\beach (?:key|label|variable|segment|name|address|domain)\b|\bcustom parameter",
    ),
    (Phrase::OpenList, r"(?i)\b(?:are|is) (?:only )?for (?:your )?reference only\b|仅供参考"),
    (Phrase::Conditional, r"(?i)^(?:if|for|when|in case|unless)\b"),
    (
        Phrase::WhenAbsent,
        r"(?i)^(?:if|when) (?:(?:this|the|it|no)(?: parameter| field| value)? ?)?(?:is |are )?(?:not (?:specified|set|provided|configured|passed|entered|given)|left (?:blank|empty|unspecified)|unspecified|omitted|empty|blank),",
    ),
    (
        Phrase::WhenAbsent,
        r"(?i)^(?:if|when) you (?:do not|don't) (?:specify|set|configure) (?:this|the) (?:parameter|field|value),",
    ),
    (
        Phrase::Announces,
        r"(?i)(?:\b(?:requirements|options|rules|valid values|possible values|value options|as follows|the following|following)\s*[:：])$",
    ),
];

const CHINESE: &[(Phrase, &str)] = &[
    (
        Phrase::LengthBetween,
        r"(?P<a>\d+)\s*(?:到|至|-|~|～)\s*(?P<b>\d+)\]?\s*(?:个|位)?[^\d，。；、,;]{0,8}?字符",
    ),
    (
        Phrase::LengthAtMost,
        r"(?:最多(?:支持)?|不超过|不得超过|不能超过|最大长度(?:为)?|最大支持|最长(?:为)?|最大(?:为)?|不大于)\s*(?P<b>\d+)\s*(?:个|位)?(?:(?i)unicode|utf-?8)?\s*(?:字符|英文|中文)",
    ),
    (
        Phrase::LengthBetween,
        r"长度(?:为|范围为?|限制为?|必须在)?\s*[:：]?\s*\[?(?P<a>\d+)\s*(?:到|至|-{1,2}|~|～|,|，)\s*(?P<b>\d+)(?P<u>\]?\s*(?:字节|KB))?",
    ),
    (
        Phrase::LengthAtMost,
        r"长度(?:不超过|不大于|不能超过|不得超过|最大为|最长为|小于等于)\s*(?P<b>\d+)(?P<u>\s*(?:字节|KB))?",
    ),
    (Phrase::LengthKeyword, r"(?P<n>最小|最大)(?:字符)?长度\s*[:：]\s*(?P<a>\d+)"),
    (
        Phrase::OneOf,
        r"(?:取值|可选值|枚举值|取值范围|取值为|可取值|有效值|可能值)\s*[:：]\s*(?P<v>\S.*)$",
    ),
    (
        Phrase::OneOf,
        r"(?:取值可以为|取值可以是|取值为|可以为|可以是|只能为|只能是|值为)\s*(?P<v>[\w“][^：:]*)$",
    ),
    (
        Phrase::OneOf,
        r"(?:取值范围|取值|可以指定的参数|可选参数|支持的类型|可选值)(?:为|是|有|包括)?\s*[:：]?\s*(?P<v>[\w“][^：:，。；]*/[^：:，。；]*)$",
    ),
    (
        Phrase::OneOf,
        r"(?:取值|类型\s*[:：])\s*(?P<v>[A-Za-z][A-Za-z0-9_.-]*(?:、\s*[A-Za-z][A-Za-z0-9_.-]*)+)(?:$|[，,])",
    ),
    (
        Phrase::Supported,
        r"^(?:目前|当前)?(?:仅|只)?支持\s*(?P<v>\w[\w.-]*(?:[、，和或]\s*\w[\w.-]*)+)(?:协议|类型|格式)?$",
    ),
    (
        Phrase::AnnouncesValues,
        r"(?:取值|取值范围|取值如下|取值包括|取值为|可选值|枚举值|有效值)\s*[:：]$",
    ),
    (Phrase::CountedIn, r"\d+\]?\s*个(?P<v>[^\d，。；,;]+?)字符"),
    (Phrase::MayBeEmpty, r"(?:可以?|允许|能)为空(?:字符串)?(?:$|[，。；,或])|为空或"),
    (
        Phrase::SingleItem,
        r"(?:只能|仅能|仅支持|只支持|最多)(?:指定|配置|添加|输入|设置|传入)?\s*(?:一|1)\s*个",
    ),
    (Phrase::Deprecated, r"(?:已废弃|已弃用|即将废弃|不再使用)"),
    (
        Phrase::Unit,
        r"单位\s*(?:[:：]|为|是)?\s*(?P<u>GB|GiB|MB|MiB|KB|KiB|TB|Mbit/s|Kbit/s|毫秒|秒|分钟|小时|天|%)",
    ),
    (Phrase::Unit, r"\d\s*[（(]?(?P<u>毫秒|秒|分钟|小时)[)）]?(?:$|[。，；,;])"),
    (
        Phrase::Between,
        r"(?:取值范围|范围|取值|有效值)(?:为|是)?\s*[:：]?\s*\[?(?P<a>-?\d+)\s*(?:GB|MB)?\s*(?:到|至|-|~|～)\s*(?P<b>-?\d+)\]?(?P<more>\s*(?:[,，、]\s*\d|[*×]))?",
    ),
    (
        Phrase::Between,
        r"(?:取值范围|范围|取值|有效值)(?:为|是)?\s*[:：]?\s*\[\s*(?P<a>-?\d+)\s*[,，]\s*(?P<b>-?\d+)\s*\]",
    ),
    (Phrase::AtLeast, r"最小值\s*(?:[:：]|为|是)?\s*(?P<a>-?\d+)"),
    (Phrase::AtMost, r"最大值\s*(?:[:：]|为|是)?\s*(?P<a>-?\d+)"),
    (Phrase::AtMost, r"最多(?:支持|返回|查询|显示)?\s*(?P<a>\d+)\s*条"),
    (Phrase::NotNegative, r"(?:不能为负|非负整?数)"),
    (Phrase::MoreThan, r"(?:取值范围\s*[:：]|取值\s*[:：]|必须|须|应)\s*大于\s*(?P<a>\d+)"),
    (Phrase::Positive, r"(?:必须为|必须是|取值为|只能为)正整数"),
    (
        Phrase::IndexUpTo,
        r"(?:其中)?\s*N\s*的(?:有效)?(?:取值)?(?:范围)?(?:为|是)?\s*[:：]?\s*\[?(?P<a>\d+)\s*(?:到|至|-|~|～|,|，)\s*(?P<b>\d+)\]?",
    ),
    (Phrase::MultipleOf, r"(?P<a>\d+)\s*的(?:整数)?倍数?"),
    (
        Phrase::ItemsAtMost,
        r"最多(?:支持|可以?|能)?(?:指定|包含|添加|输入|查询|传入|配置|设置|选择|绑定|创建)?\s*(?P<b>\d+)\s*个(?P<n>)",
    ),
    (Phrase::Default, r"(?:默认值|缺省值|默认)(?:为|是|使用|\s*[:：])\s*[:：]?\s*(?P<v>\S.*)$"),
    (Phrase::LeftBlank, r"默认(?:值)?为空|默认值\s*[:：]\s*空"),
    (Phrase::MustStartWith, r"(?:必须|只能|需要?)以(?P<v>[^，。；]+?)(?:开头|开始)"),
    (
        Phrase::NoEdges,
        r"不(?:能|可|得|允许)以(?P<v>[^，。；]+?)(?:开头或结尾|开头和结尾|开头、结尾)",
    ),
    (Phrase::CannotStartWith, r"不(?:能|可|得|允许)以(?P<v>[^，。；]+?)(?:开头|开始)"),
    (Phrase::OnlyAllowed, r"由(?P<v>[^。；]+?)组成"),
    (
        Phrase::OnlyAllowed,
        r"(?:可以?|允许|能够?|支持)(?:包含|包括|含有|使用|由)\s*(?P<v>[^。；]+?)$",
    ),
    (
        Phrase::OnlyAllowed,
        r"(?:只能|仅能|仅|只)(?:包含|支持|允许|能包含|可包含|输入)\s*(?P<v>[^。；]+?)$",
    ),
    (Phrase::OnlyAllowed, r"支持(?P<v>(?:数字|字母|中文|英文|大小写)[^。；]+?)$"),
    (
        Phrase::NotAllowed,
        r"不(?:能|可以?|得|允许|支持)(?:包含|含有?|输入)?\s*(?P<v>[!-/:-@\[-`{-~ ]+?)\s*(?:等)?(?:特殊)?字符",
    ),
    (Phrase::NotAllowed, r"不(?:能|可以?|得|允许|支持)(?:包含|含有?|输入)(?P<v>[^，。；]+)"),
    (Phrase::Conditional, r"^(?:[^:：，,]*[:：]\s*)?(?:如果|若|当|对于)|当[^。；]+?时[，,：:]"),
    (
        Phrase::WhenAbsent,
        r"^(?:如果|若|当)?[^，。；为是]*?(?:不|未|没有)(?:填|传|指定|设置|配置|输入|选|携带|提供|存在)[^，。；为是]*?(?:[，,时]|则)",
    ),
    (
        Phrase::MandatoryWhen,
        r"当\s*(?P<f>[\w-]+)\s*(?:取值)?(?:为|是)\s*(?P<v>[\w.-]+)\s*时.{0,4}必(?:选|填|传)",
    ),
    (Phrase::Announces, r"(?:取值范围|取值如下|要求|约束|可选值|枚举值)\s*[:：]$"),
];

/// A phrase, the pattern that finds it, and whether every place that it finds has other letters than
/// ASCII's.
struct Pattern {
    phrase: Phrase,
    wide: bool,
    regex: Regex,
}

static PHRASES: LazyLock<Vec<Pattern>> = LazyLock::new(|| {
    let compiled = |wide: bool| {
        move |(phrase, pattern): &(Phrase, &str)| Pattern {
            phrase: *phrase,
            wide,
            regex: Regex::new(pattern).expect("the pattern is data that a test compiles"),
        }
    };
    let english = ENGLISH.iter().map(compiled(false));
    english.chain(CHINESE.iter().map(compiled(true))).collect()
});

/// The patterns of a phrase that a text can hold: there are many, and most texts are ASCII.
fn patterns(phrase: Phrase, text: &str) -> impl Iterator<Item = &'static Regex> {
    let ascii = text.is_ascii();
    let own = PHRASES.iter().filter(move |own| own.phrase == phrase && !(own.wide && ascii));
    own.map(|own| &own.regex)
}

/// Every place in a text at which a phrase is found, in the order of the table.
pub(super) fn all(phrase: Phrase, text: &str) -> impl Iterator<Item = Captures<'_>> {
    patterns(phrase, text).flat_map(move |pattern| pattern.captures_iter(text))
}

/// The first place at which a phrase is found.
pub(super) fn first(phrase: Phrase, text: &str) -> Option<Captures<'_>> {
    all(phrase, text).next()
}

/// Whether a phrase is found.
pub(super) fn holds(phrase: Phrase, text: &str) -> bool {
    patterns(phrase, text).any(|pattern| pattern.is_match(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        assert_eq!(PHRASES.len(), ENGLISH.len() + CHINESE.len());
    }
}
