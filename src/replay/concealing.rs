//! What was sent where the recording has a secret is not told, wherever else it stands.

use crate::exchange::percent_decoded;
use crate::matching::Missed;

/// Takes out values that were sent where secrets are recorded, wherever else they stand.
pub(super) fn conceal(missed: &mut Missed, secrets: &[String]) {
    for secret in secrets {
        let concealed = |text: &mut String| {
            if text.contains(secret.as_str()) {
                *text = text.replace(secret.as_str(), "{{secret}}");
            }
        };
        let Missed { reason, differences, settle, hint, .. } = missed;
        let sent = differences.iter_mut().filter_map(|one| one.sent.as_mut());
        let when = settle.iter_mut().map(|one| &mut one.how);
        let texts = [reason, hint].into_iter().chain(sent).chain(when);
        texts.for_each(concealed);
    }
}

/// A URL without these values.
pub(super) fn concealed_target(target: &str, secrets: &[String]) -> String {
    secrets.iter().fold(target.to_owned(), |target, secret| concealed_url(&target, secret))
}

/// A URL without a value, however that is escaped in it.
fn concealed_url(target: &str, secret: &str) -> String {
    let piece = |piece: &str| {
        let plain = percent_decoded(&piece.replace('+', " "));
        let hidden = plain.contains(secret) || percent_decoded(piece).contains(secret);
        if hidden { "{{secret}}" } else { piece }.to_owned()
    };
    let joined = |text: &str, at: char| {
        text.split(at).map(piece).collect::<Vec<_>>().join(at.encode_utf8(&mut [0; 4]))
    };
    let (path, query) =
        target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
    let mut told = joined(path, '/');
    if let Some(query) = query {
        let pair = |pair: &str| match pair.split_once('=') {
            Some((name, value)) => format!("{}={}", piece(name), piece(value)),
            None => piece(pair),
        };
        let pairs: Vec<String> = query.split('&').map(pair).collect();
        told = format!("{told}?{}", pairs.join("&"));
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_concealed_however_it_is_escaped() {
        let cases = [
            ("https://h/t/s%65cret%2F1/x?a=b", "https://h/t/{{secret}}/x?a=b"),
            ("https://h/?k=a+secret/1=&l=2", "https://h/?k={{secret}}&l=2"),
            ("https://h/?k=a+secret%2f1&l=2", "https://h/?k={{secret}}&l=2"),
        ];
        for (target, expected) in cases {
            assert_eq!(concealed_url(target, "secret/1"), expected);
        }
    }
}
