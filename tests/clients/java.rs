//! Java's clients, each in a single file that `java` compiles and runs.

use crate::journey::{Journey, Upstream, program};
use crate::support::has;

fn journey(file: &str) -> Option<testimony::cassette::Cassette> {
    let upstream = Upstream::start().filter(|_| has("java") && has("keytool"))?;
    Some(Journey::of(&["java", "-XX:TieredStopAtLevel=1", &program(file)]).run(upstream).0)
}

#[test]
fn http_client() {
    let Some(cassette) = journey("HttpClientJourney.java") else { return };
    // To a base URL on plain HTTP it offers HTTP/2, which nobody takes up.
    let offer = cassette.exchanges.last().unwrap();
    assert!(offer.request.headers.has_token("Upgrade", "h2c"), "{:?}", offer.request);
    assert_eq!(offer.response.as_ref().unwrap().status, 200);
}

#[test]
fn https_url_connection() {
    journey("UrlConnectionJourney.java");
}
