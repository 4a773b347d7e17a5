//! The closed vocabulary by which a page's parts are recognised: headings, captions, column names,
//! yes and no, type words, places. Each language is data ([`Language`]); a word of any language is
//! understood on any page, for pages mix them. No page and no file is ever named here.

mod chinese;
mod english;

use super::model::{Place, Sent};
use std::sync::LazyLock;

/// What a heading announces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    /// What the operation does.
    Function,
    /// Method and path.
    Uri,
    /// Parameters that the client sends.
    Request,
    /// Parameters that the provider answers with.
    Response,
    /// Examples, their side given by a nearer heading or by what they hold.
    Examples,
    /// Example requests.
    RequestExample,
    /// Example responses.
    ResponseExample,
    /// The table of status codes.
    StatusCodes,
    /// The vendor's own error codes.
    ErrorCodes,
    /// Nothing that is promised of the operation: permissions, history, feedback.
    Aside,
}

/// What a table's column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    /// The parameter's name.
    Name,
    /// Whether the parameter must be there.
    Mandatory,
    /// The parameter's type.
    Type,
    /// Where the parameter is sent.
    Location,
    /// Prose.
    Description,
    /// An example value.
    Example,
    /// The default value.
    Default,
    /// An HTTP status code.
    StatusCode,
    /// The vendor's own error code.
    ErrorCode,
    /// The vendor's own error text.
    ErrorMessage,
    /// A column that means nothing to the importer.
    Other,
}

/// What a table's caption says it lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Listing {
    /// Parameters of one place.
    Parameters(Place),
    /// Parameters of path and query, told apart by the path's variables.
    Target,
    /// The request's body.
    RequestBody,
    /// The response's headers.
    ResponseHeaders,
    /// The response's body.
    ResponseBody,
    /// Status codes.
    StatusCodes,
}

/// A label inside a cell that is laid out as a run of labelled paragraphs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Facet {
    /// What the parameter is.
    Definition,
    /// Rules in prose.
    Constraints,
    /// The values it may take.
    Range,
    /// Its default.
    Default,
}

/// A key of a two-column table that gives method and path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PrototypeKey {
    /// The method.
    Method,
    /// The path.
    Path,
}

/// The words of one language, lower-case.
pub(super) struct Language {
    sections: &'static [(Section, &'static [&'static str])],
    columns: &'static [(Column, &'static [&'static str])],
    /// A caption means the first listing of which it contains all words.
    listings: &'static [(Listing, &'static [&'static str])],
    facets: &'static [(Facet, &'static [&'static str])],
    prototype: &'static [(PrototypeKey, &'static [&'static str])],
    places: &'static [(&'static str, Sent)],
    yes: &'static [&'static str],
    no: &'static [&'static str],
    /// What stands in a cell that says nothing.
    nothing: &'static [&'static str],
    /// Words in front of a caption's number.
    table: &'static [&'static str],
    /// Words behind such a number that only speak of the table.
    describes: &'static [&'static str],
    /// Captions that say no more than that there are parameters.
    only_parameters: &'static [&'static str],
    /// Words around a field's name in the caption of its object's table.
    object_of: &'static [(&'static str, &'static str)],
    /// Words in front of a status code that heads a part of the page.
    status: &'static [&'static str],
    /// Words that follow a structure's name in a heading of its table.
    structure: &'static [&'static str],
}

const LANGUAGES: &[&Language] = &[&english::ENGLISH, &chinese::CHINESE];

/// Lower-case, without permalink marks, closing colons and doubled blanks.
pub(super) fn plain(text: &str) -> String {
    let trimmed = text.trim_matches(['#', '*', ' ']).trim_end_matches(['¶', ':', '：', ' ']);
    trimmed.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

fn meaning<T: Copy + 'static>(
    text: &str,
    table: impl Fn(&'static Language) -> &'static [(T, &'static [&'static str])],
) -> Option<T> {
    if text.len() > 80 {
        return None;
    }
    let word = plain(text);
    LANGUAGES
        .iter()
        .flat_map(|language| table(language))
        .find(|(_, words)| words.contains(&word.as_str()))
        .map(|(meaning, _)| *meaning)
}

/// What a line announces, where it is a heading and nothing else.
pub(super) fn section(text: &str) -> Option<Section> {
    meaning(text, |language| language.sections)
}

/// What a column of this name holds.
pub(super) fn column(text: &str) -> Option<Column> {
    meaning(text, |language| language.columns)
}

/// The label that a paragraph of a cell is.
pub(super) fn facet(text: &str) -> Option<Facet> {
    meaning(text, |language| language.facets)
}

/// The label that a text ends with, and its length in bytes.
pub(super) fn facet_at_end(text: &str) -> Option<(Facet, usize)> {
    let lower = text.to_lowercase();
    let known = LANGUAGES.iter().flat_map(|language| language.facets);
    let words = known.flat_map(|(facet, words)| words.iter().map(|word| (*facet, *word)));
    let longest =
        words.filter(|(_, word)| lower.ends_with(word)).max_by_key(|(_, word)| word.len());
    longest.filter(|_| lower.len() == text.len()).map(|(facet, word)| (facet, word.len()))
}

/// A label's own word.
pub(super) fn facet_label(facet: Facet) -> &'static str {
    let mut known = english::ENGLISH.facets.iter();
    known.find(|(own, _)| *own == facet).map_or("", |(_, words)| words[0])
}

/// What the second cell of such a row gives.
pub(super) fn prototype_key(text: &str) -> Option<PrototypeKey> {
    meaning(text, |language| language.prototype)
}

/// All column names, longest first: for heads whose cells run together.
pub(super) fn column_words() -> &'static [(&'static str, Column)] {
    static WORDS: LazyLock<Vec<(&str, Column)>> = LazyLock::new(|| {
        let mut words: Vec<(&str, Column)> = LANGUAGES
            .iter()
            .flat_map(|language| language.columns)
            .flat_map(|(column, words)| words.iter().map(|word| (*word, *column)))
            .collect();
        words.sort_by_key(|(word, _)| std::cmp::Reverse(word.len()));
        words
    });
    &WORDS
}

/// What a caption (without its number) says of its table; `None` for a structure's name.
pub(super) fn listing(caption: &str) -> Option<Listing> {
    let caption = plain(caption);
    LANGUAGES
        .iter()
        .flat_map(|language| language.listings)
        .find(|(_, words)| words.iter().all(|word| caption.contains(word)))
        .map(|(listing, _)| *listing)
}

/// The number and the words of a caption such as `Table 3 Label`, where the line is one.
pub(super) fn caption(line: &str) -> Option<(Option<u32>, &str)> {
    let line = line.trim().trim_end_matches('¶').trim_end();
    LANGUAGES.iter().flat_map(|language| language.table).find_map(|word| {
        let head = line.get(..word.len())?;
        let rest = line[word.len()..].trim_start();
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '-').unwrap_or(rest.len());
        let words = rest[digits..].trim_start_matches([' ', '.', ':', '：']).trim();
        let short = line.len() <= 160;
        // `Table 1 describes the parameters` speaks of the caption, and is none.
        let first = words.split(' ').next().unwrap_or_default().to_lowercase();
        let speaks = LANGUAGES.iter().any(|own| own.describes.contains(&first.as_str()));
        (short && head.eq_ignore_ascii_case(word) && digits > 0 && !speaks)
            .then(|| (rest[..digits].parse().ok(), words))
    })
}

/// Whether a caption says no more than that there are parameters.
pub(super) fn says_only_parameters(caption: &str) -> bool {
    let caption = plain(caption);
    LANGUAGES.iter().any(|language| language.only_parameters.contains(&caption.as_str()))
}

/// The field whose object a caption announces, as in `Data structure of the label field`; a name
/// alone is one as well.
pub(super) fn object_of(caption: &str) -> Option<&str> {
    let caption = caption.trim().trim_end_matches(['.', ':', '：', '¶']).trim();
    if caption.len() > 160 {
        return None;
    }
    let framed =
        LANGUAGES.iter().flat_map(|language| language.object_of).find_map(|(before, after)| {
            let rest = stripped(caption, before, true)?;
            let name = stripped(rest, after, false)?.trim();
            let name = name.trim_matches(['"', '\'', '`', '“', '”']);
            (is_name(name) && !is_word_of_places(name)).then_some(name)
        });
    framed.or_else(|| (is_name(caption) && !is_word_of_places(caption)).then_some(caption))
}

/// The object whose name a caption writes in several words, as in `Depot Label objects`.
pub(super) fn object_of_words(caption: &str) -> Option<String> {
    LANGUAGES.iter().flat_map(|language| language.object_of).find_map(|(before, after)| {
        let rest = stripped(caption.trim(), before, true)?;
        joined_name(stripped(rest, after, false)?)
    })
}

/// A text without words at its beginning or its end.
fn stripped<'a>(text: &'a str, words: &str, front: bool) -> Option<&'a str> {
    let at = if front { words.len() } else { text.len().checked_sub(words.len())? };
    let (one, other) = (text.get(..at)?, text.get(at..)?);
    let (own, rest) = if front { (one, other) } else { (other, one) };
    (own.to_lowercase() == words).then_some(rest)
}

/// `request` and its like name a place or a side, and no object.
fn is_word_of_places(name: &str) -> bool {
    [
        "request",
        "response",
        "header",
        "headers",
        "path",
        "query",
        "body",
        "uri",
        "url",
        "parameter",
        "parameters",
        "field",
        "fields",
        "the",
        "return",
        "input",
        "output",
        "object",
        "form",
        "formdata",
        "form-data",
    ]
    .contains(&name.to_lowercase().as_str())
}

/// Whether a line of text that stands right above a table says what it lists.
pub(super) fn announces_table(line: &str) -> bool {
    let short = line.len() <= 100 && !line.ends_with(['.', '。']);
    let several = line.contains(char::is_whitespace);
    short && (listing(line).is_some() || several && object_of(line).is_some())
}

/// What a short heading says of the table below it.
pub(super) fn heading_listing(line: &str) -> Option<Listing> {
    let short = line.len() <= 60
        && !line.ends_with(['.', '。', ',', ';'])
        && !line.contains(['"', '{', '/']);
    let few = line.split_whitespace().count() <= 8;
    let found = (short && few && !says_only_parameters(line)).then(|| listing(line)).flatten()?;
    // `Response parameters` heads headers and bodies alike.
    let wide = found == Listing::StatusCodes
        || found == Listing::ResponseBody
            && section(line).is_some()
            && !plain(line).contains("body");
    (!wide).then_some(found)
}

/// The numbers of the tables that a text speaks of.
pub(super) fn tables_mentioned(text: &str) -> Vec<u32> {
    let lower = text.to_lowercase();
    let mut found = Vec::new();
    for word in LANGUAGES.iter().flat_map(|language| language.table) {
        for (at, _) in lower.match_indices(word).take(8) {
            let rest = lower[at + word.len()..].trim_start();
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            found.extend(rest[..digits].parse::<u32>().ok());
        }
    }
    found
}

/// Whether a heading begins a part that promises nothing.
pub(super) fn is_aside(heading: &str) -> bool {
    section(heading) == Some(Section::Aside)
}

/// The status code that a line such as `Status code: 200` heads its part of the page with.
pub(super) fn status_heading(line: &str) -> Option<u16> {
    if line.len() > 60 {
        return None;
    }
    let line = line.trim().trim_end_matches('¶').to_lowercase();
    let rest = LANGUAGES
        .iter()
        .flat_map(|language| language.status)
        .find_map(|word| line.strip_prefix(word))?;
    let rest = rest.trim_start().trim_start_matches([':', '：', '为']).trim_start();
    let rest = rest.strip_prefix("is ").unwrap_or(rest);
    status_code(rest).map(|(code, _)| code)
}

/// A status code at the start of a text, and what follows it.
pub(super) fn status_code(text: &str) -> Option<(u16, &str)> {
    let text = text.trim();
    let digits = text.get(..3)?;
    let code: u16 = digits.parse().ok()?;
    let rest = &text[3..];
    let ends = rest.chars().next().is_none_or(|c| c.is_whitespace() || c == ':' || c == '：');
    ((100..600).contains(&code) && digits.bytes().all(|b| b.is_ascii_digit()) && ends)
        .then(|| (code, rest.trim_start_matches([' ', ':', '：']).trim()))
}

/// The name in a heading such as `Label structure`.
pub(super) fn structure_heading(line: &str) -> Option<&str> {
    let (name, word) = line.trim().trim_end_matches('¶').split_once(' ')?;
    let known = LANGUAGES.iter().any(|language| language.structure.contains(&plain(word).as_str()));
    (known && is_name(name)).then_some(name)
}

/// Yes or no, by a closed set of words.
pub(super) fn yes_or_no(text: &str) -> Option<bool> {
    let word = plain(text.trim().trim_end_matches(['.', '。']));
    LANGUAGES.iter().find_map(|language| {
        let yes = language.yes.contains(&word.as_str());
        (yes || language.no.contains(&word.as_str())).then_some(yes)
    })
}

/// Yes or no where words follow that restrict it: what holds in some cases only is no.
pub(super) fn yes_or_no_in_some_cases(text: &str) -> Option<bool> {
    let word = plain(text);
    let (first, rest) = word.split_once([' ', '(', '（', ',', '/'])?;
    let bound = rest.len() <= 200;
    bound.then(|| yes_or_no(first)).flatten().map(|_| false)
}

/// Yes or no at the end of a text, and what stands before it.
pub(super) fn yes_or_no_at_end(text: &str) -> Option<(&str, bool)> {
    LANGUAGES.iter().find_map(|language| {
        let ends = |words: &[&str]| {
            words.iter().find_map(|word| {
                let at = text.len().checked_sub(word.len())?;
                let (before, end) = (text.get(..at)?, text.get(at..)?);
                // Run-together cells keep the capital of `Yes`: `piano` does not end in `No`.
                let capital = !end.chars().next().is_some_and(char::is_lowercase);
                (capital && end.to_lowercase() == **word).then_some(before)
            })
        };
        let yes = ends(language.yes).map(|before| (before, true));
        yes.or_else(|| ends(language.no).map(|before| (before, false)))
    })
}

/// Whether a cell says that it says nothing.
pub(super) fn says_nothing(text: &str) -> bool {
    let word = plain(text);
    word.is_empty() || LANGUAGES.iter().any(|language| language.nothing.contains(&word.as_str()))
}

/// Where a parameter is sent.
pub(super) fn place(text: &str) -> Option<Sent> {
    let word = plain(text);
    LANGUAGES
        .iter()
        .flat_map(|language| language.places)
        .find(|(known, _)| *known == word)
        .map(|(_, place)| *place)
}

/// The name that several capitalised words make, `Depot Label` as `DepotLabel`; only the first may
/// be in small letters.
pub(super) fn joined_name(words: &str) -> Option<String> {
    let all: Vec<&str> = words.split_whitespace().collect();
    let plain = all.iter().all(|word| word.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    let mut later = all.iter().skip(1);
    let capital = later.all(|word| word.starts_with(|c: char| c.is_ascii_uppercase()));
    ((2..=5).contains(&all.len()) && plain && capital).then(|| all.concat())
}

/// Whether a text can be a parameter's name on the wire.
pub(super) fn is_name(text: &str) -> bool {
    // A colon is part of a name between words only: `os:scheduler_hints`.
    let colons = |(at, _): (usize, &str)| {
        let next = text[at + 1..].chars().next();
        at > 0 && next.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    text.len() <= 128
        && text.chars().any(|c| c.is_ascii_alphanumeric())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "_.-[]{}$@*/<>:".contains(c))
        && text.matches("://").next().is_none()
        && text.match_indices(':').all(colons)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_any_language_are_known() {
        assert_eq!(section("Request Parameters¶"), Some(Section::Request));
        assert_eq!(section("请求参数"), Some(Section::Request));
        assert_eq!(section("Request Parameters of the depot"), None);
        assert_eq!(column("是否必选"), Some(Column::Mandatory));
        assert_eq!(column("Mandatory"), Some(Column::Mandatory));
        assert_eq!(yes_or_no("否"), Some(false));
        assert_eq!(yes_or_no("perhaps"), None);
    }

    #[test]
    fn captions_lose_their_number() {
        assert_eq!(caption("Table 12 Label"), Some((Some(12), "Label")));
        assert_eq!(caption("表2 请求Header参数"), Some((Some(2), "请求Header参数")));
        assert_eq!(caption("Table of depots"), None);
        assert_eq!(caption("Table 1 describes the depots."), None);
        assert_eq!(listing("Request header parameters"), Some(Listing::Parameters(Place::Header)));
        assert_eq!(listing("响应Body参数"), Some(Listing::ResponseBody));
        assert_eq!(listing("Label"), None);
    }

    #[test]
    fn status_codes_are_told_from_numbers() {
        for (line, expected) in [
            ("Status code: 200", Some(200)),
            ("STATUS CODE 404", Some(404)),
            ("状态码：202", Some(202)),
            ("Status code: many", None),
            ("Status Code", None),
            ("Status code: 2000", None),
        ] {
            assert_eq!(status_heading(line), expected, "{line}");
        }
        assert_eq!(status_code("400 Bad request"), Some((400, "Bad request")));
        assert_eq!(status_code("4000"), None);
    }

    #[test]
    fn run_together_words_are_split_from_the_right() {
        assert_eq!(yes_or_no_at_end("DepotIdstringYes"), Some(("DepotIdstring", true)));
        assert_eq!(yes_or_no_at_end("stringNo"), Some(("string", false)));
        assert_eq!(yes_or_no_at_end("piano"), None);
    }
}
