use crate::exchange::{Body, Headers, Request, Response, Version};
use crate::mock::{Mock, Strangers};
use crate::spec::Spec;
use serde_json::{Value, json};

const DEPOT: &str = include_str!("../../../tests/mock/depot.yaml");
const YARD: &str = include_str!("../../../tests/mock/yard.yaml");

struct Client(Mock);

impl Client {
    fn of(documents: &[&str]) -> Self {
        let specs = documents
            .iter()
            .enumerate()
            .map(|(index, text)| Spec::load(format!("{index}.yaml"), text.as_bytes()).unwrap());
        Self(Mock::new(specs.collect(), 0).stateful(Strangers::Refused))
    }

    fn send(&self, method: &str, path: &str, token: &str, body: Value) -> Response {
        let mut headers = Headers::from([("Host", "h"), ("X-Depot-Token", token)]);
        let body = match body {
            Value::Null => Body::Empty,
            Value::String(form) => {
                headers.push("Content-Type", "application/x-www-form-urlencoded");
                Body::from(form.as_str())
            }
            body => {
                headers.push("Content-Type", "application/json");
                Body::from(body.to_string().as_str())
            }
        };
        self.0.respond(&Request {
            method: method.to_owned(),
            target: format!("http://h{path}"),
            version: Version::Http11,
            headers,
            body,
            trailers: Headers::new(),
        })
    }

    fn ask(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let response = self.send(method, path, "t", body);
        let bytes = response.body.bytes().unwrap_or_default();
        (response.status, serde_json::from_slice(bytes).unwrap_or_default())
    }

    fn get(&self, path: &str) -> (u16, Value) {
        self.ask("GET", path, Value::Null)
    }
}

#[test]
fn what_is_created_is_listed_read_and_deleted() {
    let client = Client::of(&[DEPOT]);
    assert_eq!(client.get("/crates").1, json!({"count": 0, "items": []}));
    let none = "/crates/0b2f6d8e-93a1-4c55-8a77-1f2e3d4c5b6a";
    assert_eq!(client.get(none).0, 404);
    let (status, taken) = client.ask("POST", "/crates", json!({"label": "tea", "size": 20}));
    assert_eq!(status, 202);
    let (status, _) = client.ask("POST", "/crates", json!({"label": "tea", "size": 30}));
    assert_eq!(status, 409);
    let (status, other) = client.ask("POST", "/api/v1/crates", json!({"label": "rum", "size": 30}));
    assert_eq!(status, 202);
    assert_ne!(taken["job"], other["job"]);
    let (_, listed) = client.get("/crates");
    assert_eq!((&listed["count"], &listed["items"][0]["label"]), (&json!(2), &json!("tea")));
    let id = listed["items"][0]["id"].as_str().unwrap();
    assert_ne!(id, listed["items"][1]["id"].as_str().unwrap());
    let one = format!("/crates/{id}");
    assert_eq!(client.get(&one), (200, listed["items"][0].clone()));
    assert_eq!(client.get("/crates?limit=1").1["items"].as_array().unwrap().len(), 1);
    assert_eq!(client.ask("DELETE", &one, Value::Null).0, 204);
    assert_eq!(client.ask("DELETE", &one, Value::Null).0, 404);
    assert_eq!(client.get(&one).0, 404);
    assert_eq!(client.get("/crates").1["count"], 1);
    assert_eq!(client.ask("POST", "/crates", json!({"label": "tea", "size": 20})).0, 202);
}

#[test]
fn another_identity_is_refused_where_the_document_says_so() {
    let client = Client::of(&[YARD]);
    let sweep = json!({"name": "a", "kind": "oak"});
    let of = |token: &str, path: &str| client.send("GET", path, token, Value::Null).status;
    assert_eq!(client.send("POST", "/v1/p1/trees", "", sweep.clone()).status, 401);
    assert_eq!(client.send("POST", "/v1/p1/trees", "one", sweep.clone()).status, 201);
    assert_eq!(client.send("POST", "/v1/p1/trees", "two", sweep).status, 403);
    assert_eq!((of("one", "/v1/p1/trees"), of("two", "/v1/p1/trees")), (200, 403));
    // Nothing makes projects: the first one is there.
    assert_eq!(of("one", "/v1/p2/trees"), 404);
}

#[test]
fn things_are_replaced_changed_and_found_by_what_they_are() {
    let client = Client::of(&[YARD]);
    let (status, oak) = client.ask("POST", "/v1/p/trees", json!({"name": "a", "kind": "oak"}));
    assert_eq!((status, &oak["kind"]), (201, &json!("oak")));
    let (_, elm) = client.ask("POST", "/v1/p/trees", json!({"name": "b", "kind": "elm"}));
    assert_eq!(client.ask("POST", "/v1/p/trees", json!({"name": "b", "kind": "oak"})).0, 409);
    let one = format!("/v1/p/trees/{}", elm["id"]);
    let (status, changed) = client.ask("PATCH", &one, json!({"height": 7}));
    assert_eq!((status, &changed["height"], &changed["kind"]), (200, &json!(7), &json!("elm")));
    assert_eq!(client.get(&one).1, changed);
    let (status, whole) = client.ask("PUT", &one, json!({"name": "c", "kind": "oak"}));
    assert_eq!((status, &whole["name"], &whole["id"]), (200, &json!("c"), &elm["id"]));
    let names = |path: &str| -> Vec<Value> {
        let found = client.get(path).1["trees"].as_array().unwrap().clone();
        found.into_iter().map(|tree| tree["name"].clone()).collect()
    };
    assert_eq!(names("/v1/p/trees"), ["a", "c"]);
    assert_eq!(names("/v1/p/trees?name=c"), ["c"]);
    assert_eq!(names("/v1/p/trees?limit=1&offset=1"), ["c"]);
    // What belongs to one goes with it.
    let leaves = format!("{one}/leaves");
    assert_eq!(client.ask("POST", &leaves, json!({"name": "l"})).0, 201);
    assert_eq!(client.ask("POST", "/v1/p/trees/999/leaves", json!({"name": "l"})).0, 404);
    assert_eq!(client.get(&leaves).1[0]["name"], "l");
    assert_eq!(client.ask("DELETE", &one, Value::Null).0, 204);
    assert_eq!(client.get(&leaves).0, 404);
}

#[test]
fn a_put_makes_what_is_not_there_where_201_is_documented() {
    let client = Client::of(&[YARD]);
    let tag = json!({"colour": "red"});
    assert_eq!(client.get("/v1/tags/new").0, 404);
    assert_eq!(client.ask("PUT", "/v1/tags/new", tag.clone()).0, 201);
    assert_eq!(client.ask("PUT", "/v1/tags/new", tag).0, 200);
    assert_eq!(client.get("/v1/tags/new").1["colour"], "red");
}

#[test]
fn jobs_run_and_end() {
    let client = Client::of(&[YARD]);
    let (_, oak) = client.ask("POST", "/v1/p/trees", json!({"name": "a", "kind": "oak"}));
    assert_eq!(client.get("/v1/jobs/none").0, 404);
    let fell = format!("/v1/p/trees/{}/fell", oak["id"]);
    let (status, begun) = client.ask("POST", &fell, Value::Null);
    assert_eq!(status, 202);
    let job = format!("/v1/jobs/{}", begun["job_id"].as_str().unwrap());
    let told: Vec<Value> = (0..3).map(|_| client.get(&job).1["status"].clone()).collect();
    assert_eq!(told, ["RUNNING", "SUCCESS", "SUCCESS"]);
    assert_eq!(client.get(&job).1["tree_id"], oak["id"]);
    assert_eq!(client.ask("POST", "/v1/p/trees/77/fell", Value::Null).0, 404);
}

#[test]
fn actions_by_name_make_and_delete() {
    let client = Client::of(&[YARD]);
    let act = |query: &str| client.ask("POST", &format!("/?Action={query}"), Value::Null);
    let (status, made) = act("CreateShed&ShedName=one");
    assert_eq!(status, 200);
    let id = made["ShedId"].as_str().unwrap().to_owned();
    assert_eq!(act("CreateShed&ShedName=one").0, 409);
    act("CreateShed&ShedName=two");
    let names = |query: &str| -> Vec<Value> {
        let found = act(query).1["Sheds"]["Shed"].as_array().unwrap().clone();
        found.into_iter().map(|shed| shed["ShedName"].clone()).collect()
    };
    assert_eq!(names("DescribeSheds"), ["one", "two"]);
    assert_eq!(names(&format!("DescribeSheds&ShedIds.1={id}")), ["one"]);
    assert_eq!(act("DescribeSheds").1["TotalCount"], 2);
    assert_eq!(act(&format!("ModifyShed&ShedId={id}&ShedName=three")).0, 200);
    assert_eq!(names("DescribeSheds"), ["three", "two"]);
    assert_eq!(act(&format!("PaintShed&ShedId={id}")).0, 200);
    assert_eq!(act(&format!("DeleteShed&ShedId={id}")).0, 200);
    assert_eq!(act(&format!("DeleteShed&ShedId={id}")).0, 404);
    assert_eq!(act(&format!("PaintShed&ShedId={id}")).0, 404);
    assert_eq!(names("DescribeSheds"), ["two"]);
}

#[test]
fn what_nothing_makes_is_there_until_it_is_deleted() {
    let client = Client::of(&[YARD]);
    let stones = client.get("/v1/stones").1;
    let id = stones[0]["id"].as_i64().unwrap();
    assert_eq!(client.get(&format!("/v1/stones/{id}")).1, stones[0]);
    assert_eq!(client.get("/v1/stones/424242").0, 404);
    assert_eq!(client.ask("DELETE", &format!("/v1/stones/{id}"), Value::Null).0, 204);
    assert_eq!(client.get("/v1/stones").1, json!([]));
    // No list tells of the gates that there are.
    assert_eq!(client.get("/v1/gates/7").0, 200);
    assert_eq!(client.ask("DELETE", "/v1/gates/7", Value::Null).0, 204);
    assert_eq!((client.get("/v1/gates/7").0, client.get("/v1/gates/8").0), (404, 200));
}

#[test]
fn the_same_requests_get_the_same_answers() {
    let tell = || {
        let client = Client::of(&[YARD]);
        let trees = (0..5).map(|n| {
            client.ask("POST", "/v1/p/trees", json!({"name": format!("t{n}"), "kind": "elm"}))
        });
        trees.collect::<Vec<_>>()
    };
    assert_eq!(tell(), tell());
}

#[test]
fn a_code_or_example_that_is_asked_for_changes_nothing() {
    let client = Client::of(&[DEPOT]);
    let headers = Headers::from([
        ("Host", "h"),
        ("X-Depot-Token", "t"),
        ("Content-Type", "application/json"),
        ("Prefer", "code=202"),
    ]);
    let request = Request {
        method: "POST".to_owned(),
        target: "http://h/crates".to_owned(),
        headers,
        body: Body::from(r#"{"label": "tea", "size": 20}"#),
        ..Request::default()
    };
    assert_eq!(client.0.respond(&request).status, 202);
    assert_eq!(client.get("/crates").1["count"], 0);
}
