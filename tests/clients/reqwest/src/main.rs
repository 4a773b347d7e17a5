//! The journey with reqwest, which trusts the system's roots as rustls finds them.

use reqwest::Method;
use reqwest::blocking::{Body, Client, RequestBuilder};
use std::io::Read;

const BASE: &str = "https://depot.example";

fn step(name: &str, request: RequestBuilder) -> Result<(), reqwest::Error> {
    let answer = request.send()?;
    println!("{name} {} {}", answer.status().as_u16(), answer.text()?);
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    rustls::crypto::ring::default_provider().install_default().map_err(|_| "a provider is set")?;
    let client = Client::new();
    let get = |path: &str| client.get(format!("{BASE}{path}"));
    step("list", get("/items?page=1&size=2"))?;
    step("list", get("/items?page=1&size=2"))?;
    let item = serde_json::json!({"name": "räksmörgås", "tags": ["a", "b"]});
    step("create", client.post(format!("{BASE}/items")).json(&item))?;
    step("missing", get("/items/404"))?;
    step("moved", get("/moved"))?;
    step("zipped", get("/zipped"))?;
    // Without a length known before, it is sent in chunks.
    let large = std::io::Cursor::new("a large body\n".repeat(100_000)).take(1_200_000);
    step("upload", client.put(format!("{BASE}/large")).body(Body::new(large)))?;
    step("stream", get("/stream"))?;
    step("delete", client.request(Method::DELETE, format!("{BASE}/items/7")))?;
    step("head", client.head(format!("{BASE}/items?page=3")))?;
    step("plain", client.get("http://depot.example/plain"))?;
    Ok(())
}
