use super::{Route, route};
use crate::exchange::{Body, Headers, Request};
use crate::spec::Spec;
use serde_json::{Map, Value, json};

/// A spec with one GET for each path, named by the path, and what `more` adds to the document.
fn spec(server: &str, paths: &[&str], more: &Value) -> Spec {
    let mut items = Map::new();
    for path in paths {
        items.insert((*path).to_owned(), json!({"get": {"operationId": path, "responses": {}}}));
    }
    let mut document = json!({"openapi": "3.1.0", "paths": items});
    if !server.is_empty() {
        document["servers"] = json!([{"url": server}]);
    }
    for (key, value) in more.as_object().into_iter().flatten() {
        document["paths"][key] = value.clone();
    }
    let spec = Spec::load("depot.json", document.to_string().as_bytes()).unwrap();
    assert_eq!(spec.problems, []);
    spec
}

fn request(method: &str, target: &str) -> Request {
    Request { method: method.into(), target: target.into(), ..Request::default() }
}

/// The operation and its path's values, as `id a=1 b=2`.
fn routed(specs: &[Spec], request: &Request) -> String {
    let text = |routed: &super::Routed| {
        let values = routed.path_values.iter().map(|(name, value)| format!(" {name}={value}"));
        format!("{}{}", routed.operation.id, values.collect::<String>())
    };
    match route(specs, request) {
        Route::Operation(found) => text(&found),
        Route::OtherMethod(found) => {
            format!("not {}", found.iter().map(text).collect::<Vec<_>>().join(", "))
        }
        Route::Unknown => "unknown".to_owned(),
    }
}

#[test]
fn the_most_specific_path_wins() {
    let paths = [
        "/crates/{id}",
        "/crates/latest",
        "/crates/{id}.{format}",
        "/crates/{id}:seal",
        "/crates/v{version}",
        "/crates/{id}/slats/{slat}",
        "/crates/{id}/slats/first",
        "/crates/latest/slats/{slat}",
        "/a b/{c}",
        "/",
        "/closed/",
    ];
    let specs = [spec("", &paths, &json!({}))];
    let cases = [
        ("/crates/7", "/crates/{id} id=7"),
        ("/crates/latest", "/crates/latest"),
        ("/crates/LATEST", "/crates/{id} id=LATEST"),
        ("/crates/7.json", "/crates/{id}.{format} id=7 format=json"),
        ("/crates/7:seal", "/crates/{id}:seal id=7"),
        ("/crates/v2", "/crates/v{version} version=2"),
        ("/crates/v", "/crates/{id} id=v"),
        ("/crates/7/slats/first", "/crates/{id}/slats/first id=7"),
        ("/crates/7/slats/2?x=/y", "/crates/{id}/slats/{slat} id=7 slat=2"),
        ("/crates/latest/slats/first", "/crates/latest/slats/{slat} slat=first"),
        ("/crates/a%2Fb", "/crates/{id} id=a/b"),
        ("/crates/%6Catest", "/crates/latest"),
        ("/crates/%E4%B8%AD", "/crates/{id} id=中"),
        ("/crates/", "unknown"),
        ("/crates", "unknown"),
        ("/crates/7/", "unknown"),
        ("/a%20b/1", "/a b/{c} c=1"),
        ("/", "/"),
        ("https://depot.example", "/"),
        ("/closed/", "/closed/"),
        ("/closed", "unknown"),
        ("//crates/7", "unknown"),
    ];
    for (target, expected) in cases {
        assert_eq!(routed(&specs, &request("GET", target)), expected, "{target}");
    }
}

#[test]
fn base_paths_may_be_there_or_not() {
    let specs = [spec("https://depot.example/api/v1", &["/crates/{id}", "/{any}"], &json!({}))];
    let cases = [
        ("/api/v1/crates/7", "/crates/{id} id=7"),
        ("/crates/7", "/crates/{id} id=7"),
        ("/api/v1/crates", "/{any} any=crates"),
        ("/crates", "/{any} any=crates"),
        ("/api/v2/crates/7", "unknown"),
    ];
    for (target, expected) in cases {
        assert_eq!(routed(&specs, &request("GET", target)), expected, "{target}");
    }
}

#[test]
fn other_methods_name_the_operations_of_the_path() {
    let more = json!({
        "/crates/{id}": {
            "get": {"operationId": "Show", "responses": {}},
            "delete": {"operationId": "Drop", "responses": {}},
        },
        "/crates/latest": {"get": {"operationId": "Latest", "responses": {}}},
    });
    let specs = [spec("", &[], &more)];
    let cases = [
        ("POST", "/crates/7", "not Show id=7, Drop id=7"),
        ("HEAD", "/crates/7", "not Show id=7, Drop id=7"),
        ("get", "/crates/7", "not Show id=7, Drop id=7"),
        ("POST", "/crates/latest", "not Latest"),
        ("DELETE", "/crates/latest", "Drop id=latest"),
        ("POST", "/pallets", "unknown"),
    ];
    for (method, target, expected) in cases {
        assert_eq!(routed(&specs, &request(method, target)), expected, "{method} {target}");
    }
}

fn rpc(action: &str) -> Value {
    json!({"operationId": action, "responses": {},
        "x-selector": {"header": "x-depot-action", "query": "Action", "value": action}})
}

#[test]
fn selectors_win_over_paths() {
    let more = json!({
        "/": {"post": rpc("Start")},
        "/?Action=Stop": {"post": rpc("Stop")},
        "/rest": {"get": {"operationId": "Rest", "responses": {}}},
        "/query?mode=a": {"get": {"operationId": "A", "responses": {}}},
        "/query?mode=b": {"get": {"operationId": "B", "responses": {}}},
    });
    let specs = [spec("https://depot.example/rpc", &[], &more)];
    let plain = |method, target| request(method, target);
    let with = |method: &str, target: &str, name: &str, value: &str| Request {
        headers: Headers::from([(name, value)]),
        ..request(method, target)
    };
    let form = |body: &str| Request {
        headers: Headers::from([(
            "Content-Type",
            "application/x-www-form-urlencoded; charset=utf-8",
        )]),
        body: Body::from(body),
        ..request("POST", "/")
    };
    let cases = [
        (plain("POST", "/?Action=Start"), "Start"),
        (plain("GET", "/?Version=1&Action=Stop"), "Stop"),
        (plain("POST", "/rpc/?Action=Stop"), "Stop"),
        (plain("DELETE", "/?Action=Stop"), "not Stop"),
        (plain("POST", "/?Action=Other"), "unknown"),
        (plain("POST", "/"), "unknown"),
        (plain("GET", "/rest?Action=Stop"), "Rest"),
        (with("POST", "/anything", "X-Depot-Action", "Start"), "Start"),
        (with("POST", "/?Action=Stop", "X-Depot-Action", "Start"), "Start"),
        (with("POST", "/?Action=Stop", "X-Depot-Action", "Other"), "Stop"),
        (form("Action=Stop&Name=x"), "Stop"),
        (Request { headers: Headers::new(), ..form("Action=Stop") }, "unknown"),
        (plain("GET", "/query?mode=b&x=1"), "B"),
        (plain("GET", "/query"), "unknown"),
    ];
    for (request, expected) in cases {
        assert_eq!(routed(&specs, &request), expected, "{request:?}");
    }
}

#[test]
fn the_host_decides_between_specs_alone() {
    let specs = [
        spec("https://north.depot.example/v1", &["/crates/{first}"], &json!({})),
        spec("https://*.yard.example", &["/crates/{second}", "/only"], &json!({})),
        spec("https://{region}.yard.example:8443", &["/crates/{third}"], &json!({})),
    ];
    let cases = [
        ("http://127.0.0.1:9/crates/7", "first"),
        ("https://north.depot.example/crates/7", "first"),
        ("https://NORTH.depot.example:443/v1/crates/7", "first"),
        ("https://a.yard.example:8443/crates/7", "second"),
        ("https://b.elsewhere.example/crates/7", "first"),
    ];
    for (target, expected) in cases {
        let found = routed(&specs, &request("GET", target));
        assert_eq!(found, format!("/crates/{{{expected}}} {expected}=7"), "{target}");
    }
    assert_eq!(routed(&specs, &request("GET", "https://north.depot.example/only")), "/only");
    let vague = [spec("", &["/{a}/{b}"], &json!({})), spec("", &["/crates/{id}"], &json!({}))];
    assert_eq!(routed(&vague, &request("GET", "http://127.0.0.1/crates/7")), "/crates/{id} id=7");
    let by_header = Request {
        headers: Headers::from([("Host", "a.yard.example")]),
        ..request("GET", "/crates/7")
    };
    assert_eq!(routed(&specs, &by_header), "/crates/{second} second=7");
    let not = routed(&specs, &request("PUT", "https://a.yard.example:8443/crates/7"));
    assert_eq!(not, "not /crates/{second} second=7, /crates/{third} third=7");
}

#[test]
fn thousands_of_paths_are_told_apart() {
    let names: Vec<String> =
        (0..5000).map(|n| format!("/area{n}/things/{{id}}/parts/{n}")).collect();
    let paths: Vec<&str> = names.iter().map(String::as_str).collect();
    let specs = [spec("", &paths, &json!({}))];
    for n in (0..5000).rev() {
        let target = format!("/area{n}/things/x/parts/{n}");
        let expected = format!("/area{n}/things/{{id}}/parts/{n} id=x");
        assert_eq!(routed(&specs, &request("GET", &target)), expected);
    }
    let deep = format!("/area1{}", "/x".repeat(100_000));
    assert!(matches!(route(&specs, &request("GET", &deep)), Route::Unknown));
}

#[test]
fn every_listed_value_of_a_servers_variable_is_a_base_path() {
    let document = r#"
openapi: 3.1.0
info: {title: Depot, version: "1"}
servers:
  - url: https://{region}.depot.example/{version}/{tier}
    variables:
      region: {default: north, enum: [north, south]}
      version: {default: v2, enum: [v1, v2]}
      tier: {default: open}
paths:
  /crates: {get: {operationId: List, responses: {"200": {description: ok}}}}
"#;
    let spec = crate::spec::Spec::load("depot.yaml", document.as_bytes()).unwrap();
    assert_eq!(spec.operations[0].base_paths, ["/v2/open", "/v1/open"]);
    assert_eq!(spec.operations[0].servers[0].url, "https://north.depot.example/v2/open");
    for (target, known) in [
        ("https://south.depot.example/v1/open/crates", true),
        ("https://north.depot.example/v2/open/crates", true),
        ("https://north.depot.example/v3/open/crates", false),
        ("https://north.depot.example/v1/shut/crates", false),
    ] {
        let request = crate::exchange::Request {
            method: "GET".into(),
            target: target.into(),
            ..crate::exchange::Request::default()
        };
        let routed = super::route(std::slice::from_ref(&spec), &request);
        assert_eq!(matches!(routed, super::Route::Operation(_)), known, "{target}");
    }
}
