//! A shell script with one `curl` a request. Everything is quoted, secrets are variables that the
//! script asks for, and nothing is sent that the request did not have.

use crate::cassette::Losses;
use crate::exchange::{Exchange, Headers, Request, Target, Version};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use std::fmt::Write as _;

/// Fields that curl adds of its own, and does not when they are given empty.
const OWN: [&str; 3] = ["Accept", "User-Agent", "Content-Type"];
/// Fields that curl makes from what it sends.
const MADE: [&str; 4] = ["content-length", "transfer-encoding", "connection", "proxy-connection"];

pub(super) fn write(exchanges: &[Exchange], losses: &mut Losses) -> Vec<u8> {
    let mut out =
        String::from("#!/bin/sh\n# One request a command, in the order of the recording.\n");
    let commands: Vec<String> = exchanges
        .iter()
        .map(|exchange| {
            let number = exchange.number.0;
            losses
                .of_exchange("response, time and source: a command holds the request only", number);
            if !exchange.request.trailers.is_empty() {
                losses.of_exchange("trailers", number);
            }
            command(exchange, losses)
        })
        .collect();
    let secrets = secrets(&commands);
    if !secrets.is_empty() {
        out.push_str("# Redacted values are taken from the environment:\n");
        for number in secrets {
            let _ = writeln!(out, ": \"${{SECRET_{number}:?}}\"");
        }
    }
    for command in commands {
        out.push('\n');
        out.push_str(&command);
    }
    out.into_bytes()
}

/// Numbers of the variables that are used, ascending.
fn secrets(commands: &[String]) -> std::collections::BTreeSet<u32> {
    let numbers = commands.iter().flat_map(|command| {
        command.split("\"${SECRET_").skip(1).filter_map(|rest| rest.split('}').next()?.parse().ok())
    });
    numbers.collect()
}

fn command(exchange: &Exchange, losses: &mut Losses) -> String {
    let request = &exchange.request;
    let number = exchange.number.0;
    let body = request.body.bytes().unwrap_or_default();
    let text = std::str::from_utf8(body).ok().filter(|text| !text.contains('\0'));
    let target = &request.target;
    let shown: String = target.chars().filter(|c| !c.is_control()).take(200).collect();
    let mut parts = vec!["curl --silent --show-error --include --globoff --path-as-is".to_owned()];
    parts.push(version(request.version).to_owned());
    parts.push(match request.method.as_str() {
        "HEAD" => "--head".to_owned(),
        method => format!("--request {}", shell(method)),
    });
    parts.extend(headers(request, body.is_empty(), number, losses));
    match text {
        _ if body.is_empty() => {}
        Some(text) => parts.push(format!("--data-raw {}", shell(text))),
        None => parts.push("--data-binary @-".to_owned()),
    }
    parts.push(shell(target));
    let command = parts.join(" \\\n  ");
    let pipe = match text {
        None if !body.is_empty() => {
            format!("printf %s {} | base64 -d | ", shell(&BASE64_STANDARD.encode(body)))
        }
        _ => String::new(),
    };
    format!("# exchange {number}: {} {shown}\n{pipe}{command}\n", request.method)
}

fn version(version: Version) -> &'static str {
    match version {
        Version::Http10 => "--http1.0",
        Version::Http11 => "--http1.1",
        Version::Http2 => "--http2",
    }
}

fn headers(request: &Request, is_empty: bool, number: u64, losses: &mut Losses) -> Vec<String> {
    let authority = Target::parse(&request.target).authority;
    let mut given = Vec::new();
    for header in &request.headers {
        let made = MADE.iter().any(|name| header.is(name));
        if made || (header.is("host") && header.value == authority.as_bytes()) {
            continue;
        }
        if std::str::from_utf8(&header.value).is_err() {
            losses.of_exchange("header values that are no UTF-8", number);
        }
        let text = header.text();
        // `Name;` is curl's word for a field without a value.
        let field = if text.is_empty() {
            format!("{};", header.name)
        } else {
            format!("{}: {text}", header.name)
        };
        given.push(format!("--header {}", shell(&field)));
    }
    given.extend(unwanted(&request.headers, is_empty));
    given
}

/// Takes out what curl would add.
fn unwanted(headers: &Headers, is_empty: bool) -> impl Iterator<Item = String> {
    let missing = OWN.into_iter().filter(|name| !headers.contains(name));
    let missing = missing.filter(move |name| *name != "Content-Type" || !is_empty);
    missing.map(|name| format!("--header '{name}:'")).collect::<Vec<_>>().into_iter()
}

/// A word for a POSIX shell: in single quotes, and each `{{secret:N}}` as a variable.
fn shell(text: &str) -> String {
    let mut out = String::from("'");
    let mut rest = text;
    while let Some(at) = rest.find(['\'', '{']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(after) = rest.strip_prefix('\'') {
            out.push_str("'\\''");
            rest = after;
        } else if let Some((number, after)) = secret(rest) {
            let _ = write!(out, "'\"${{SECRET_{number}}}\"'");
            rest = after;
        } else {
            out.push('{');
            rest = &rest[1..];
        }
    }
    out.push_str(rest);
    out.push('\'');
    out
}

/// The number of a placeholder at the start of a text, and what follows.
fn secret(text: &str) -> Option<(u32, &str)> {
    let (number, after) = text.strip_prefix("{{secret:")?.split_once("}}")?;
    let digits = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    Some((number.parse().ok().filter(|_| digits)?, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_takes_every_word_as_it_is_meant() {
        assert_eq!(shell("a'b $(x) `y` \"z\" \\"), r#"'a'\''b $(x) `y` "z" \'"#);
        assert_eq!(shell("Bearer {{secret:12}}!"), "'Bearer '\"${SECRET_12}\"'!'");
        for other in ["{{secret:}}", "{{secret:x}}", "{{secret:1", "{", "{{secret:+1}}"] {
            assert_eq!(shell(other), format!("'{other}'"));
        }
    }
}
