//! Secrets beside their names in any text: parameters of URLs, parts of multipart forms, elements
//! of XML.

use super::Find;
use super::fields::{decoded_too, named};
use super::forms::{COMPILED, MULTIPART};
use super::nested;
use super::rules::{self, ONCE, UPLOAD_POLICY};
use crate::cassette::redact::spelling::lines;
use crate::exchange::percent_decoded;
use std::ops::Range;

/// What stands beside the name of a credential.
pub(super) fn in_text(text: &[u8], found: &mut Vec<Find>) {
    // Each form has one of these; JSON in one line has hardly any of them.
    let may_have = text.iter().any(|byte| matches!(byte, b'=' | b'\'' | b'<'));
    if !may_have && !has_lines(text) && !has_bare_names(text) {
        return;
    }
    for (index, form) in COMPILED.iter().enumerate() {
        for hit in form.pattern.captures_iter(text) {
            let (Some(name), Some(value)) = (hit.get(form.name), hit.get(form.value)) else {
                continue;
            };
            let name = String::from_utf8_lossy(name.as_bytes());
            let bytes = if form.encoded {
                percent_decoded(&String::from_utf8_lossy(value.as_bytes())).into_bytes()
            } else {
                value.as_bytes().to_vec()
            };
            match named(&name, &bytes, value.range()) {
                Some(find) if index == MULTIPART => {
                    let find = to_the_end(text, find);
                    found.extend(decoded_too(&find));
                    found.push(find);
                }
                Some(find) => found.push(find),
                None if form.encoded => nested::in_value(text, value.range(), found),
                None => {}
            }
        }
    }
    upload_policy(text, found);
    quoted_printable(text, found);
}

/// Longest value of a part, in bytes.
const LONGEST_PART: usize = 64 * 1024;

/// The value of a part in all its lines: up to the next boundary.
fn to_the_end(text: &[u8], find: Find) -> Find {
    let rest = &text[find.range.start..text.len().min(find.range.start + LONGEST_PART)];
    let Some(length) = memchr::memmem::find(rest, b"\r\n--") else { return find };
    if find.value != text[find.range.clone()] || length <= find.range.len() {
        return find;
    }
    let range = find.range.start..find.range.start + length;
    Find { value: text[range.clone()].to_vec(), range, ..find }
}

/// What stands beside its name in parts that are quoted-printable: the value is known as it is, and
/// replaced as it is spelt.
fn quoted_printable(text: &[u8], found: &mut Vec<Find>) {
    if !lines::is_quoted(text) {
        return;
    }
    let (plain, places) = lines::unquoted(text);
    // Only once: without its escapes it may still say that it is quoted-printable.
    if plain.len() == text.len() {
        return;
    }
    let mut inner = Vec::new();
    for (index, form) in COMPILED.iter().enumerate() {
        for hit in form.pattern.captures_iter(&plain) {
            let (Some(name), Some(value)) = (hit.get(form.name), hit.get(form.value)) else {
                continue;
            };
            let name = String::from_utf8_lossy(name.as_bytes());
            let find = named(&name, value.as_bytes(), value.range());
            inner.extend(find.map(|f| if index == MULTIPART { to_the_end(&plain, f) } else { f }));
        }
    }
    super::fields::in_json(&plain, &mut inner);
    let place = |at: usize| places.get(at).copied().unwrap_or(text.len());
    found.extend(
        inner
            .into_iter()
            .map(|find| Find { range: place(find.range.start)..place(find.range.end), ..find }),
    );
}

/// The policy beside the signature of a form that a browser uploads with.
fn upload_policy(text: &[u8], found: &mut Vec<Find>) {
    if memchr::memmem::find(text, b"form-data").is_none() {
        return;
    }
    let parts = parts(text);
    let is_signed = parts
        .iter()
        .any(|(name, _)| rules::name_rule(name).is_some_and(|rule| ONCE.contains(&rule)));
    for (name, range) in parts.into_iter().filter(|_| is_signed) {
        // Base64 of what begins with a brace.
        if name.eq_ignore_ascii_case("policy") && text[range.clone()].starts_with(b"e") {
            let value = text[range.clone()].to_vec();
            let rule = UPLOAD_POLICY.into();
            found.push(Find { range, value, rule, carried: false, bare: false });
        }
    }
}

/// The parts of a multipart form: name, and where the first line of the value stands.
pub(super) fn parts(text: &[u8]) -> Vec<(String, Range<usize>)> {
    let Some(form) = COMPILED.get(MULTIPART) else { return Vec::new() };
    form.pattern
        .captures_iter(text)
        .filter_map(|hit| {
            let name = String::from_utf8_lossy(hit.get(form.name)?.as_bytes()).into_owned();
            Some((name, hit.get(form.value)?.range()))
        })
        .collect()
}

/// Longest name that a form takes, in bytes.
const LONGEST_NAME: usize = 64;

/// Whether there is a telling name without quotes before a value: `password: "…"`, `--password …`.
fn has_bare_names(text: &[u8]) -> bool {
    let of_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    let tells = |name: &[u8]| std::str::from_utf8(name).is_ok_and(rules::is_telling);
    let before = |colon: usize| {
        let end = text[..colon].trim_ascii_end().len();
        let start = end.saturating_sub(LONGEST_NAME);
        let from = text[start..end]
            .iter()
            .rposition(|byte| !of_name(byte))
            .map_or(start, |at| start + at + 1);
        // A name begins with a letter, whatever stands before it.
        let name = &text[from..end];
        &name[name.iter().position(u8::is_ascii_alphabetic).unwrap_or(name.len())..]
    };
    let after = |dashes: usize| {
        let rest = &text[dashes + 2..];
        &rest[..rest
            .iter()
            .take(LONGEST_NAME)
            .position(|byte| !of_name(byte))
            .unwrap_or(rest.len().min(LONGEST_NAME))]
    };
    memchr::memchr_iter(b':', text).any(|colon| tells(before(colon)))
        || memchr::memmem::find_iter(text, b"--").any(|dashes| tells(after(dashes)))
}

/// Whether there may be a line `name: value`.
fn has_lines(text: &[u8]) -> bool {
    text.first().is_some_and(u8::is_ascii_alphabetic)
        || text
            .windows(2)
            .any(|pair| pair[0] == b'\n' && !matches!(pair[1], b' ' | b'\t' | b'"' | b'}' | b']'))
        || text.windows(2).any(|pair| pair == b"\\n")
        || (text.contains(&b'\n') && !matches!(text.first(), Some(b'{' | b'[')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_beside_their_names_are_found() {
        let cases: &[(&str, &[&str])] = &[
            ("{'user': 'bob', 'password': 'Pp1'}", &["Pp1"]),
            ("db:\n  user: bob\n  password: Pp1\n  port: 1\n", &["Pp1"]),
            ("[db]\nuser = bob\npassword = Pp1\r\n", &["Pp1"]),
            ("export API_TOKEN=Pp1\n", &["Pp1"]),
            ("{\"log\":\"user: a\\npassword: Pp1\\n\"}", &["Pp1"]),
            ("<input type=hidden name=\"csrf_token\" value=\"Pp1\">", &["Pp1"]),
            ("<add value='Pp1' key='Db.Password'/>", &["Pp1"]),
            ("<Parameter><Name>DbPassword</Name><Value>Pp1</Value></Parameter>", &["Pp1"]),
            ("<Password><![CDATA[Pp1]]></Password>", &["Pp1"]),
            ("<user password=\"Pp1\" name='x'/>", &["Pp1"]),
            ("Server=db;User Id=sa;Password=Pp1;Encrypt=true", &["Pp1"]),
            ("> Authorization: Bearer Pp1Pp1", &[]),
            ("Authorization: Bearer Pp1Pp1\n", &["Pp1Pp1"]),
            ("{user: 'a', password: 'Pp1Pp1'}", &["Pp1Pp1"]),
            ("var c={password:\"Pp1Pp1\",b:1};", &["Pp1Pp1"]),
            (r#"{"query":"mutation{login(user:\"a\", password: \"Pp1Pp1\"){id}}"}"#, &["Pp1Pp1"]),
            ("env: {password: Pp1Pp1, b: 1}", &["Pp1Pp1"]),
            ("password: \"Pp1Pp1\"", &["Pp1Pp1"]),
            ("password = Pp1Pp1 # old\n", &["Pp1Pp1"]),
            ("db:\n  password: !vault Pp1Pp1\n", &["Pp1Pp1"]),
            ("password: |\n  Pp1Pp1\nport: 1", &["Pp1Pp1"]),
            ("password:\n  type: string\n", &[]),
            ("- name: password\n  value: Pp1Pp1\n", &["Pp1Pp1"]),
            ("run --password Pp1Pp1 --token=Tt1Tt1 x", &["Pp1Pp1", "Tt1Tt1"]),
            ("run --password --user x", &[]),
            ("Unexpected token: '<', in JSON", &[]),
            ("<property name=\"password\">Pp1Pp1</property>", &["Pp1Pp1"]),
            ("<attr name='password'><value>Pp1Pp1</value></attr>", &["Pp1Pp1"]),
            (
                "<member><name>password</name><value><string>Pp1Pp1</string></value></member>",
                &["Pp1Pp1"],
            ),
            ("<dict><key>password</key><string>Pp1Pp1</string></dict>", &["Pp1Pp1"]),
            ("<input type=password value=\"Pp1Pp1\">", &["Pp1Pp1"]),
            ("<input value='Pp1Pp1' name=p type=\"password\">", &["Pp1Pp1"]),
            ("<input type=\"hidden\" name=\"csrf_token\" value=\"Pp1Pp1\">", &["Pp1Pp1"]),
            ("<input type=\"text\" value=\"Pp1Pp1\">", &[]),
            ("Error: the token: it has expired", &[]),
            ("see http://h/?a=1&access_token=Tt1&b=2", &["Tt1"]),
            (r#"{"next":"http:\/\/h\/?Signature=Ss1\u0026AccessKeyId=Kk1"}"#, &["Ss1", "Kk1"]),
            ("<a href='/x?token=Tt1&amp;sig=Ss1Ss1Ss1'>", &["Tt1", "Ss1Ss1Ss1"]),
            ("login password=Pp%2F1 ok", &["Pp/1"]),
            ("password=Pp1", &["Pp1"]),
            ("<c><a:SecurityToken x='1'>Tt1</a:SecurityToken><Key>no</Key></c>", &["Tt1"]),
            (
                "--b\r\nContent-Disposition: form-data; name=\"password\"\r\nX: y\r\n\r\nPp1\r\n--b--",
                &["Pp1"],
            ),
            (
                "--b\r\nContent-Disposition: form-data; name=\"policy\"\r\n\r\neyJhIjoxfQ==\r\n--b\r\nContent-Disposition: form-data; name=\"AWSAccessKeyId\"\r\n\r\nKk1\r\n--b\r\nContent-Disposition: form-data; name=\"x-amz-signature\"\r\n\r\n00ff\r\n--b--",
                &["Kk1", "00ff", "eyJhIjoxfQ=="],
            ),
            (
                "--b\r\nContent-Disposition: form-data; name=\"policy\"\r\n\r\neyJhIjoxfQ==\r\n--b--",
                &[],
            ),
            ("next_token=7&page=2 and token without a value", &[]),
            ("nothing=here", &[]),
        ];
        for (text, expected) in cases {
            let mut found = Vec::new();
            in_text(text.as_bytes(), &mut found);
            let mut values: Vec<_> =
                found.iter().map(|find| String::from_utf8_lossy(&find.value)).collect();
            values.dedup();
            assert_eq!(values, *expected, "{text}");
        }
    }
}
